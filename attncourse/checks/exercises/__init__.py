"""The exercises, one file each: `<module>/<exercise>.py`, named as the learner's object is.

**A misconception** is one more entry in `mistakes` of that file:

    Mistake("over-queries", "normalised over the queries", "Each row has its own 1.", over=-2)

An id that never changes, a name that ends the sentence "you …", a reason, and ways to make it:
knobs of the file's `rewrite` as here, a dictionary of knobs, a small wrong function, or, where the
answer is one prediction, the wrong value itself. `alone=True` keeps it out of pairs of mistakes.

**An exercise** is a file that ends in `EXERCISE = Exercise(reference=…, cases=…, …)`; copy the one
that is nearest to yours. What several share stands in the folder's `shared.py`, seeded tensors in
`inputs.py`. Its kind decides what is special:

    write it, derive it   the reference is the package's function; nothing else
    predict it            the reference takes no argument; one `Case("", rtol=1e-2)`; mistakes are
                          wrong values: `Mistake("other-axis", "summed the columns", "…", (3, 4))`
    mend it               `def given(…)`: the wrong code to hand out, and `given=given`; as long as
                          it stands untouched, the answer is *not attempted*
    assemble it           `Case("unseen data", x, y, unseen, use=train, seconds=30, exact=False)`:
                          `train(answer, x, y, unseen)` says what is measured, laws judge it, and
                          `Law("…", holds, broken=Finding("leak", "let the future leak", "…"))`
                          names what a failure proves. Labels that stay unknown live in the law.

Then: its name in `curriculum.py`, its cells in `solutions/`, right and wrong answers in
`tests/answers/<module>.py`, `make release`, and `python -m tests.test_readme`.
"""
