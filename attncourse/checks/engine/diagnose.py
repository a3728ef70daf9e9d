"""Which mistake was made: known ones that the evidence supports, and what is seen directly."""

from collections.abc import Callable, Iterable

from attncourse.checks.engine.apart import apart
from attncourse.checks.engine.candidate import Candidate, Turned
from attncourse.checks.engine.compare import aspects
from attncourse.checks.engine.composites import pairs, singles_turned, two_at_once
from attncourse.checks.engine.crashes import crashes
from attncourse.checks.engine.evidence import Support, explained
from attncourse.checks.engine.facts import facts
from attncourse.checks.engine.guards import guard
from attncourse.checks.engine.hollow import hollow
from attncourse.checks.engine.inkling import inklings, law_proves
from attncourse.checks.engine.probe import in_float32
from attncourse.checks.engine.resemblance import resemblance
from attncourse.checks.engine.trial import Trial
from attncourse.checks.engine.verdict import LIKELY, Finding


def diagnose(trial: Trial) -> list[Finding]:
    """Name what is wrong, most specific first; a name is said only where the evidence bears it.

    Errors are told whatever else is.
    """
    if proved := law_proves(trial):
        return proved
    if trial.cases[trial.failing[0]].measured:
        return [*facts(trial, trial.kinds), *crashes(trial)] or inklings(trial)
    trial = trial.compared()
    found = next((found for search in SEARCHES if (found := search(trial))), [])
    return [*found, *crashes(trial, named=any(f.certainty == LIKELY for f in found))]


def _known(trial: Trial, candidates: Iterable[Candidate]) -> list[Finding]:
    """A candidate that explains all values, and what is wrong beside them; the tidiest one."""
    best: tuple[int, Support, set[str]] | None = None
    for found in explained(trial, candidates):
        rest = _left_over(trial, found.candidate)
        untidy = len(rest) + len(trial.crashed - found.same_crash)
        if best is None or untidy < best[0]:
            best = untidy, found, rest
        if not untidy:
            break
    return [] if best is None else [*best[1].candidate.findings, *facts(trial, best[2])]


def _left_over(trial: Trial, candidate: Candidate) -> set[str]:
    """What is wrong with the answer beside values, and not with the candidate."""
    if isinstance(candidate, Turned):  # it has no dtype and no gradient of its own
        return trial.kinds & {"changed"}
    rest: set[str] = set()
    for index in set(trial.failing) - trial.crashed:
        case = trial.cases[index]
        left = aspects(candidate.whole(index, case), trial.outcomes[index], case)
        rest |= set(left) & set(trial.wrong[index])
    return rest


def _beside_values(trial: Trial) -> list[Finding]:
    """Right values everywhere, but something else is wrong; or one thing is, on every input."""
    if trial.misvalued or trial.crashed:
        one = len(trial.kinds) == 1 and trial.kinds <= {"none", "type", "parts"}
        return facts(trial, trial.kinds) if one else []
    for candidate in trial.exercise.singles:
        silent = not any(trial.claim(candidate, i) for i in range(len(trial.outcomes)))
        if silent and _goes_wrong_alike(trial, candidate):
            return list(candidate.findings)
    return facts(trial, trial.kinds)


@guard(off=True)
def _goes_wrong_alike(trial: Trial, candidate: Candidate) -> bool:
    """Whether a candidate goes wrong in the answer's way on every input, and is the same there."""
    for index, (case, truth) in enumerate(trial.truths):
        made, outcome = candidate.whole(index, case), trial.outcomes[index]
        if set(aspects(truth, made, case)) != set(trial.wrong[index]):
            return False
        if aspects(made, outcome, case) or aspects(outcome, made, case):
            return False
    return True


def _two(trial: Trial) -> list[Finding]:
    return [finding for found in two_at_once(trial) for finding in found.candidate.findings]


SEARCHES: tuple[Callable[[Trial], list[Finding]], ...] = (
    lambda trial: _known(trial, trial.exercise.singles),
    _beside_values,
    hollow,
    lambda trial: _known(trial, trial.exercise.generic) if trial.misvalued else [],
    resemblance,
    lambda trial: _known(trial, pairs(trial)),
    _two,
    lambda trial: _known(trial, singles_turned(trial)),
    lambda trial: in_float32(trial, diagnose),
    apart,
    inklings,
)
