"""Which mistake was made: known wrong answers run on the same inputs until one agrees."""

from collections.abc import Iterator

import numpy as np

from attncourse.checks.engine.compare import RTOL, agree, aspects
from attncourse.checks.engine.exercise import Candidate, Finding
from attncourse.checks.engine.laws import broken_law
from attncourse.checks.engine.resemblance import resemblance, same_parts
from attncourse.checks.engine.trial import Trial, arrays_of, facts
from attncourse.checks.engine.verdict import LIKELY, NEAREST


def diagnose(trial: Trial) -> list[Finding]:
    """Name what is wrong, most specific first.

    A law whose failure proves a mistake, then a known mistake, then a transformed result, then
    two mistakes at once, then what the failing inputs share, then the known mistake that agrees on
    most of them.
    """
    if found := _proved(trial):
        return found
    if trial.truths[trial.failing[0]][0].measured:
        return facts(trial, trial.kinds) or _broken(trial)
    trial = trial.compared()
    searches = (
        lambda: _known(trial, trial.exercise.singles),
        lambda: _only_aspects(trial),
        lambda: resemblance(trial, trial.right_rows()),
        lambda: _known(trial, trial.exercise.pairs),
        lambda: _known_and_transformed(trial),
        lambda: _shared_label(trial),
    )
    for search in searches:
        if found := search():
            return found
    return [*_nearest(trial), *facts(trial, trial.kinds)] or _broken(trial)


def _proved(trial) -> list[Finding]:
    """What the first broken law of the first failing input proves."""
    index = trial.failing[0]
    law = broken_law(trial.exercise, trial.truths[index][0], trial.outcomes[index])
    return [law.broken] if law and law.broken else []


def _named(candidate: Candidate, certainty: str) -> list[Finding]:
    return [Finding(m.id, m.name, m.why, certainty) for m in candidate.mistakes]


def _known(trial, candidates) -> list[Finding]:
    """Known mistakes with which the answer agrees on every input, and what else is wrong."""
    best = None
    for candidate in candidates:
        rest = _left_over(trial, candidate)
        if rest is not None and (best is None or len(rest) < len(best[1])):
            best = candidate, rest
        if rest == set():
            break
    if best is None:
        return []
    candidate, rest = best
    return _named(candidate, LIKELY) + facts(trial, rest)


def _left_over(trial, candidate: Candidate) -> set[str] | None:
    """Aspects that a candidate leaves unexplained; None if it does not explain the values."""
    for index in _failing_first(trial):
        case, _ = trial.truths[index]
        outcome = candidate.values(index, case)
        if not agree(outcome, trial.outcomes[index], case, values_only=True):
            return None
    rest = set()
    for index in trial.failing:
        case, _ = trial.truths[index]
        left = aspects(candidate.outcome(index, case), trial.outcomes[index], case)
        rest |= set(left) & set(trial.wrong[index])
    values_wrong = trial.kinds - {"dtype", "gradient", "changed"}
    return rest if values_wrong or not rest else None


def _failing_first(trial) -> Iterator[int]:
    yield from trial.failing
    yield from (index for index, found in enumerate(trial.wrong) if not found)


def _only_aspects(trial) -> list[Finding]:
    """Right values everywhere, but something else is wrong; or one thing is, on every input."""
    if trial.kinds <= {"dtype", "gradient", "changed"}:
        return facts(trial, trial.kinds)
    if len(trial.kinds) == 1 and trial.kinds <= {"none", "type", "parts"}:
        return facts(trial, trial.kinds)
    return []


def _known_and_transformed(trial) -> list[Finding]:
    for candidate in trial.exercise.singles:
        rows = [(case, candidate.values(i, case)) for i, (case, _) in enumerate(trial.truths)]
        if found := resemblance(trial, rows):
            return _named(candidate, LIKELY) + found
    return []


def _shared_label(trial) -> list[Finding]:
    """The answer is right but for inputs of one or two kinds."""
    bad = {trial.truths[index][0].label for index in trial.failing}
    good = {case.label for i, (case, _) in enumerate(trial.truths) if not trial.wrong[i]}
    if bad & good or not good or len(bad) > max(1, len(good)):
        return []
    kinds = facts(trial, trial.kinds & {"raised", "shape", "none", "type"})
    labels = sorted(bad)
    named = " and ".join([", ".join(labels[:-1]), labels[-1]] if labels[1:] else labels)
    why = f"Right on {len(trial.wrong) - len(trial.failing)} inputs; wrong only on these."
    name = f"overlooked one kind of input: {named}"
    return [Finding("one-kind-of-input", name, why, LIKELY), *kinds]


def _nearest(trial) -> list[Finding]:
    """The known mistake that agrees on most failing results, if on half of them at least.

    Two answers that raise have the mistake in common only where the message is the same.
    """
    best, most = None, max(1.0, len(trial.failing) / 2)
    for candidate in (*trial.exercise.singles, *trial.exercise.pairs):
        if any(_agrees_on(trial, candidate, index) for index in trial.failing[:3]):
            hits = sum(_agrees_on(trial, candidate, index) for index in trial.failing)
            if hits > most or (best is None and hits == most):
                best, most = candidate, hits
    return _named(best, NEAREST) if best else []


def _agrees_on(trial, candidate, index) -> bool:
    case, _ = trial.truths[index]
    theirs, ours = candidate.values(index, case), trial.outcomes[index]
    if theirs.raised and ours.raised:
        return (theirs.raised.kind, theirs.raised.message) == (
            ours.raised.kind,
            ours.raised.message,
        )
    return agree(theirs, ours, case, values_only=True)


def _broken(trial) -> list[Finding]:
    """Where nothing is known: a rule that the smallest result breaks, or the wrong part."""
    index = trial.failing[0]
    outcome = trial.outcomes[index]
    if any(not np.isfinite(x.value).all() for x in arrays_of(outcome.result) if x.dtype in RTOL):
        why = "Something overflows or is divided by zero."
        return [Finding("not-finite", "produced NaN or infinity", why)]
    if law := broken_law(trial.exercise, trial.truths[index][0], outcome):
        why = "Look for the line that should ensure it."
        return [Finding("broke-a-rule", f"broke a rule: {law.name}", why)]
    return _wrong_part(trial)


def _wrong_part(trial) -> list[Finding]:
    """The one part of the result that is wrong, where the others are right on every input."""
    names = trial.exercise.returns
    rows = [
        [same_parts([right], [seen], case) for right, seen in zip(truth, came, strict=False)]
        for (case, truth), came in (
            ((case, arrays_of(truth.result)), arrays_of(outcome.result))
            for (case, truth), outcome in zip(trial.truths, trial.outcomes, strict=True)
            if not outcome.raised and not truth.raised
        )
    ]
    if len(names) < 2 or any(len(row) != len(names) for row in rows):
        return []
    wrong = [
        name for name, fits in zip(names, zip(*rows, strict=True), strict=True) if not all(fits)
    ]
    if len(wrong) != 1:
        return []
    others = ", ".join(f"`{name}`" for name in names if name not in wrong)
    name = f"got {others} right, but not `{wrong[0]}`"
    return [Finding("one-part", name, "Look at what comes after it.")]
