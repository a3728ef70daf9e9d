"""Which failing input a verdict shows: one on which only the named mistake gives this result."""

from collections.abc import Iterable

from attncourse.checks.engine.candidate import Candidate
from attncourse.checks.engine.compare import same_values
from attncourse.checks.engine.trial import Trial
from attncourse.checks.engine.verdict import CONVENTION, LIKELY, Finding

MOST = 12  # failing inputs that are looked at, the smallest first


def telling(trial: Trial, findings: Iterable[Finding]) -> int:
    """The smallest failing input that shows what is named; the smallest of all, if none does.

    With d_v = 1, dividing by √d_v looks like not dividing at all: that input shows neither.
    """
    named = [found.id for found in findings if found.certainty in (LIKELY, CONVENTION)]
    others = [c for c in trial.exercise.singles if named[1:] or c.findings[0].id not in named]
    for index in trial.failing[:MOST] if named else ():
        compared = index not in trial.crashed and not trial.cases[index].measured
        if compared and not any(_agrees(trial, other, index) for other in others):
            return index
    return trial.failing[0]


def _agrees(trial: Trial, candidate: Candidate, index: int) -> bool:
    """Whether a candidate goes wrong on an input just as the answer does."""
    claim = trial.claim(candidate, index)
    return claim is not None and same_values(claim, trial.outcomes[index], trial.cases[index])
