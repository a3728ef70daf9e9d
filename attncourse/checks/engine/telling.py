"""Which failing input a verdict shows: one on which no likelier mistake gives the same result."""

from collections.abc import Iterable

import numpy as np

from attncourse.checks.engine.candidate import Candidate
from attncourse.checks.engine.compare import same_values
from attncourse.checks.engine.guards import guard
from attncourse.checks.engine.shown import MOST_ENTRIES
from attncourse.checks.engine.trial import Trial
from attncourse.checks.engine.verdict import CONVENTION, LIKELY, Finding

MOST = 12  # failing inputs that are looked at, the smallest first


def telling(trial: Trial, findings: Iterable[Finding]) -> int:
    """The smallest failing input that shows what is named; the smallest of all, if none does.

    With d_v = 1, dividing by √d_v looks like not dividing at all: that input shows neither.
    """
    named = [found.id for found in findings if found.certainty in (LIKELY, CONVENTION)]
    rivals = _rivals(trial, named)
    for index in trial.failing[:MOST] if named else ():
        if _can_be_shown(trial, index) and not any(_agrees(trial, one, index) for one in rivals):
            return index
    return trial.failing[0]


def _rivals(trial: Trial, named: list[str]) -> list[Candidate]:
    """The mistakes that are likelier than the one that is named; where two are, all."""
    singles = trial.exercise.singles
    places = [place for place, one in enumerate(singles) if one.findings[0].id in named]
    return list(singles if named[1:] or not places else singles[: places[0]])


@guard(off=True)
def _can_be_shown(trial: Trial, index: int) -> bool:
    """Whether a wrong result came, for an input that is small enough to print."""
    case = trial.cases[index]
    sizes = [np.prod(getattr(x, "shape", ())) for x in case.args]
    came = index not in trial.crashed and not case.measured
    return came and max(sizes, default=0) <= MOST_ENTRIES


@guard(off=False)
def _agrees(trial: Trial, candidate: Candidate, index: int) -> bool:
    """Whether a candidate goes wrong on an input just as the answer does."""
    claim = trial.claim(candidate, index)
    return claim is not None and same_values(claim, trial.outcomes[index], trial.cases[index])
