"""What the inputs say of a candidate: is it met, is it ever denied, is it the whole story?

Where a candidate is right it claims nothing. Elsewhere it claims a wrong result: the claim is *met*
where the answer returned just that, and *denied* where the answer returned anything else. An answer
that raised returned nothing, so it neither meets nor denies; two that raise agree only in the very
same error, and even that counts only beside results that agree.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from attncourse.checks.engine.candidate import Candidate
from attncourse.checks.engine.compare import same_values
from attncourse.checks.engine.features import shared
from attncourse.checks.engine.guards import guard
from attncourse.checks.engine.needed import both_needed
from attncourse.checks.engine.trial import Trial


@dataclass(frozen=True)
class Support:
    """Indices of the inputs that meet a candidate, and of those where it raises the same error.

    `crash_alike` says that it raises on the very inputs on which the answer does, in its own words.
    """

    candidate: Candidate
    met: frozenset[int]
    same_crash: frozenset[int] = frozenset()
    crash_alike: bool = False


def support(trial: Trial, candidate: Candidate, *, whole: bool = False) -> Support | None:
    """What speaks for a candidate; None once an input denies it, or leaves a rest where `whole`."""
    met, same, raising, due = set(), set(), set(), set(trial.misvalued)
    for index in trial.telling_first:
        outcome, (case, truth) = trial.outcomes[index], trial.truths[index]
        if whole and index in due:  # where the answer is wrong, agreeing is all that counts
            if not same_values(candidate.values(index, case, truth), outcome, case):
                return None
            met.add(index)
            continue
        claim = candidate.claim(index, case, truth)
        if index in trial.crashed:
            raising |= {index} if claim and claim.raised else set()
            if claim and claim.raised and _same_error(claim.raised, outcome.raised):
                same.add(index)
            elif whole and not due:
                return None
        elif claim is not None:
            if not same_values(claim, outcome, case):
                return None
            met.add(index)
    return Support(candidate, frozenset(met), frozenset(same), raising == trial.crashed)


@guard(off=True)
def _same_error(one, other) -> bool:
    """One type and one message; where both were raised on purpose, the type alone."""
    same_words = one.message == other.message or (one.deliberate and other.deliberate)
    return one.kind == other.kind and same_words


def explained(trial: Trial, candidates: Iterable[Candidate]) -> Iterator[Support]:
    """The candidates that agree wherever the answer returned something wrong.

    Errors beside that leave room for another slip: then most of what fails must agree, or the
    errors must have a reason of their own.
    """
    for candidate in candidates if _something_came(trial) else ():
        found = support(trial, candidate, whole=True)
        if found and _is_enough(trial, found) and _needs_its_parts(trial, found):
            yield found


@guard(off=True)
def _something_came(trial) -> bool:
    """An answer that only raises has shown nothing that could agree."""
    return bool(trial.returned and (trial.misvalued or trial.crashed))


def _needs_its_parts(trial, found) -> bool:
    return both_needed(trial, found.candidate, found.met | found.same_crash)


@guard(off=True)
def _is_enough(trial, found) -> bool:
    if not trial.misvalued:  # only errors: the very same ones, beside results that agree
        return found.same_crash == trial.crashed
    rest = trial.crashed - found.same_crash - trial.other_error
    if not rest or found.crash_alike or 2 * len(found.met) > len(trial.failing):
        return True
    return shared(trial.exercise, trial.cases, rest, set(trial.returned)) is not None


def nearest(trial: Trial, candidates: Iterable[Candidate]) -> Support | None:
    """The candidate that is never denied and explains most of what fails."""
    found = [s for s in (support(trial, candidate) for candidate in candidates) if s]
    best = max(found, key=lambda s: len(s.met), default=None)
    return best if best and _explains_most(trial, best) else None


@guard(off=True)
def _explains_most(trial, found) -> bool:
    return 2 * len(found.met) > len(trial.failing)
