"""Where no known mistake explains an answer: what can still be said of it, all of it observed."""

from dataclasses import replace

import numpy as np

from attncourse.checks.engine.compare import RTOL
from attncourse.checks.engine.entries import entries
from attncourse.checks.engine.evidence import nearest
from attncourse.checks.engine.facts import facts
from attncourse.checks.engine.features import shared
from attncourse.checks.engine.laws import broken_law
from attncourse.checks.engine.probe import ignored
from attncourse.checks.engine.resemblance import same_parts
from attncourse.checks.engine.trial import Trial, arrays_of
from attncourse.checks.engine.verdict import NEAREST, Finding


def law_proves(trial: Trial) -> list[Finding]:
    """What the first broken law of the first failing input proves."""
    index = trial.failing[0]
    law = broken_law(trial.cases[index], trial.outcomes[index])
    return [law.broken] if law and law.broken else []


def inklings(trial: Trial) -> list[Finding]:
    """The nearest known mistake, what failing inputs share, what is never used, a broken rule."""
    rest = facts(trial, trial.kinds)
    if not trial.misvalued:
        return rest
    for search in (entries, _nearest, _shared, ignored):
        if found := search(trial):
            return [*found, *rest]
    return rest or _not_finite(trial) or _one_part(trial) or _rule(trial)


def _nearest(trial) -> list[Finding]:
    found = nearest(trial, trial.exercise.singles)
    return [replace(f, certainty=NEAREST) for f in found.candidate.findings] if found else []


def _shared(trial) -> list[Finding]:
    """The answer is right but for inputs of one kind."""
    bad = trial.without_right_values
    good = set(range(len(trial.outcomes))) - bad
    odd = "dtype" in trial.kinds
    found = shared(trial.exercise, trial.cases, bad, good, wrong_dtype=odd)
    return [found] if found else []


def _not_finite(trial) -> list[Finding]:
    index = trial.misvalued[0]
    arrays = arrays_of(trial.outcomes[index].result)
    due = arrays_of(trial.truths[index][1].result)
    if not all(np.isfinite(x.value).all() for x in due):  # −∞ may be right there
        return []
    if all(np.isfinite(x.value).all() for x in arrays if x.dtype in RTOL):
        return []
    why = "Something overflows, or is divided by zero."
    return [Finding("not-finite", "produced NaN or infinity", why)]


def _rule(trial) -> list[Finding]:
    index = trial.misvalued[0]
    law = broken_law(trial.cases[index], trial.outcomes[index])
    if law is None:
        return []
    why = "Look for the line that should ensure it."
    return [Finding("broke-a-rule", f"broke a rule: {law.name}", why)]


def _one_part(trial) -> list[Finding]:
    """The one part of the result that is wrong, where the others are right on every input."""
    names = trial.exercise.returns
    rows = [
        [same_parts([right], [came], case) for right, came in zip(due, seen, strict=False)]
        for case, due, seen in (
            (case, arrays_of(truth.result), arrays_of(trial.outcomes[index].result))
            for index, (case, truth) in enumerate(trial.truths)
            if index in trial.returned and truth.result
        )
    ]
    if len(names) < 2 or any(len(row) != len(names) for row in rows):
        return []
    columns = zip(names, zip(*rows, strict=True), strict=True)
    wrong = [name for name, fits in columns if not all(fits)]
    if len(wrong) != 1:
        return []
    others = ", ".join(f"`{name}`" for name in names if name not in wrong)
    name = f"got {others} right, but not `{wrong[0]}`"
    return [Finding("one-part", name, "Look at what comes after it.")]
