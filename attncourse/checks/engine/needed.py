"""When two mistakes may be told of one answer: each is needed, and no input speaks against it."""

from collections.abc import Iterable

from attncourse.checks.engine.candidate import Candidate
from attncourse.checks.engine.compare import same_values
from attncourse.checks.engine.guards import guard
from attncourse.checks.engine.trial import Trial


@guard(off=True)
def both_needed(trial: Trial, candidate: Candidate, explained: Iterable[int]) -> bool:
    """Whether each of two parts alone explains fewer inputs than both, and none denies either."""
    if not candidate.parts:
        return True
    one, two = candidate.parts
    if any(all(_agrees(trial, part, index) for index in explained) for part in (one, two)):
        return False
    return not any(is_denied(trial, part) for part in (one, two))


@guard(off=False)
def is_denied(trial: Trial, part: Candidate) -> bool:
    """Whether an input speaks against a mistake: it is wrong there, and the answer is right.

    A wrong answer speaks against no part: made at once, two mistakes may meet.
    """
    right = set(trial.returned) - trial.crashed - set(trial.misvalued)
    return any(trial.claim(part, index) is not None for index in sorted(right))


def _agrees(trial, part, index) -> bool:
    """Whether a mistake alone makes of an input what the answer makes of it."""
    came = part.values(index, *trial.truths[index])
    return same_values(came, trial.outcomes[index], trial.cases[index])
