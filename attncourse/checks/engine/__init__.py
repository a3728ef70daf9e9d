"""The engine: what an exercise is, how an answer is run, and how its mistake is found.

Read from the top down; each file leans only on those above it in this list.

    message      a verdict's record as text, made last                  (no NumPy)
    page         a verdict's record as HTML                             (no NumPy)
    verdict      what a check answers: data, with findings by id        (no NumPy)
    hint         hints, revealed one by one
    source       the text of an answer: its digest, is it still the one given?

    time_limit   a call that ends in time
    outcome      what came of a call, as plain data
    case         one input, and how an answer is put to work on it
    untouched    how a stub's own words begin
    observe      turns any value into data
    modules      a learner's module, with the parameters that a case brings
    poison       memory that is reserved and never filled shows
    answer       runs a case; a learner's own object, or one in another process
    replay       one input again, as a plain call
    laws         which property a result breaks
    compare      in which aspects two outcomes differ

    turns        the right result, transformed: mistakes that any exercise can meet
    askew        the right rule on wrong inputs: mistakes that any exercise can meet
    candidate    a wrong implementation with its names
    exercise     what an author declares
    trial        all outcomes of an answer beside the right ones
    describe     names and kinds in words
    shown        inputs and results as a message shows them

    features     what the inputs that go wrong have in common
    guards       marks the conditions under which something may be said
    needed       when two mistakes may be told at once
    evidence     what the inputs say of a candidate: met, denied, enough?
    composites   two known mistakes in one answer
    apart        two slips, one of which shows alone
    hollow       answers that compute nothing
    ratios, resemblance            the right result up to numbers
    probe        asks the answer once more, with one thing changed
    gradient_facts, facts          what is wrong beside values
    crashes      why a call failed
    entries      what is wrong with a dictionary of predictions
    inkling      what can be said where no known mistake explains an answer
    diagnose     which mistake was made: all of these, in order
    telling      which failing input is shown
    judge        from an answer to a verdict
"""
