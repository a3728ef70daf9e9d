"""The engine: what an exercise is, how an answer is run, and how its mistake is found.

Read from the bottom up; each file leans only on those above it in this list.

    verdict      what a check answers: data, with findings by id        (no NumPy)
    page         a verdict's record as HTML                             (no NumPy)
    message      a verdict's record as text, made last                  (no NumPy)
    source       the text of an answer: its digest, is it still the one given?
    time_limit   a call that ends in time
    outcome      what came of a call, as plain data
    case         one input, and how an answer is put to work on it
    observe      turns any value into data
    answer       runs a case; a learner's own object, or one in another process
    laws         which property a result breaks
    exercise     what an author declares
    compare      in which aspects two outcomes differ
    describe     names and kinds in words
    shown        inputs and results as a message shows them
    replay       one input again, as a plain call
    trial        all outcomes of an answer beside the right ones
    turns        the right result, transformed: mistakes that any exercise can meet
    resemblance  an answer that resembles the right one
    diagnose     which mistake was made
    judge        from an answer to a verdict
"""
