"""Two known mistakes in one answer: said only where each of them is needed."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from attncourse.checks.engine.candidate import Candidate, Turned
from attncourse.checks.engine.compare import same_values
from attncourse.checks.engine.evidence import Support, support
from attncourse.checks.engine.guards import guard
from attncourse.checks.engine.trial import Trial, arrays_of

MOST = 400  # pairs that are tried, the likeliest first; no clock decides, so that all see the same
GLANCE = 6  # inputs that say which pairs are likely, by what their parts do alone


def pairs(trial: Trial) -> Iterator[Candidate]:
    """Two mistakes that turn different knobs, made at once, the likeliest first."""
    if not _enough_came(trial):
        return
    came = [index for index in trial.telling_first if index not in trial.crashed]
    indices = came[: GLANCE // 2 if trial.cases[0].build else GLANCE]  # a module takes longer
    known = trial.exercise.knobbed
    alone = [_alone(trial, candidate, indices) for candidate, _ in known]
    both = [
        (
            _doubts(alone[one], alone[two]),
            -(alone[one] + alone[two]).count(MET),
            one + two,
            one,
            two,
        )
        for one, two in combinations(range(len(known)), 2)
        if not known[one][1].keys() & known[two][1].keys()
    ]
    for *_, one, two in sorted(both)[: _most(trial)]:
        yield trial.exercise.together(known[one], known[two])


@guard(off=True)
def _enough_came(trial) -> bool:
    """Two parts need more evidence than one: results on most of the inputs that fail."""
    return 2 * len(trial.misvalued) > len(trial.failing)


def _most(trial) -> int:
    """Fewer where a try costs more: modules, and results of many thousands of entries."""
    arrays = [array for _, truth in trial.truths for array in arrays_of(truth.result)]
    size = sum(np.size(array.value) for array in arrays)
    return MOST // max(1, size // 20_000) // (4 if trial.cases[0].build else 1)


SILENT, MET, DENIED = "silent", "met", "denied"


def _alone(trial, candidate, indices) -> list[str]:
    """What each of some inputs says of a mistake alone."""
    claims = [trial.claim(candidate, index) for index in indices]
    return [
        SILENT
        if claim is None
        else MET
        if same_values(claim, trial.outcomes[index], trial.cases[index])
        else DENIED
        for index, claim in zip(indices, claims, strict=True)
    ]


def _doubts(one: list[str], two: list[str]) -> int:
    """On how many inputs one of two does nothing, and the answer is not what the other makes."""
    return sum({a, b} == {SILENT, DENIED} for a, b in zip(one, two, strict=True))


def two_at_once(trial: Trial) -> tuple[Support, ...]:
    """Two mistakes, never denied, that explain together what neither explains alone."""
    due = set(trial.misvalued)
    found = [s for s in (support(trial, c) for c in trial.exercise.singles) if s and s.met]
    for pair in combinations(found, 2):
        if pair[0].met | pair[1].met >= due and not any(s.met >= due for s in pair):
            return pair
    return ()


USUAL = ("transposed", "sign-flipped", "inverted", "reversed", "off-by-one")


def singles_turned(trial: Trial) -> Iterator[Candidate]:
    """Every known mistake with its result turned: transposed, negated, …"""
    if not _enough_came(trial):
        return
    usual = [turned for turned in trial.exercise.turned if turned.findings[0].id in USUAL]
    for single in trial.exercise.singles:
        for turned in usual:
            yield Turned(turned.findings[0], turned.turn, turned.part, single)
