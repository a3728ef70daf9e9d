"""An answer in a child: the same interface as a learner's own object in a notebook.

Cases go out in batches and outcomes come back as they are made, so that no time is lost in talk.
What an outcome says of itself is not believed where the judge can tell: how long a call took, which
arguments it changed, how large it is.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from attncourse.checks.engine.case import Case
from attncourse.checks.engine.exercise import Exercise
from attncourse.checks.engine.outcome import Outcome, Raised
from attncourse.checks.engine.time_limit import ASLEEP
from attncourse.grading.lent import Lent, elements
from attncourse.grading.link import Child, ChildLostError
from attncourse.grading.untrusted import wire
from attncourse.grading.untrusted.forms import case_data, fingerprint, outcome_of
from attncourse.grading.untrusted.limits import LATE_SECONDS, MOST_NUMBERS, NUMBERS

NOTICED = 0.05  # seconds; a call that took less needs no look at the process's own clock


class MissingError(Exception):
    """No cell gave the exercise's name a meaning."""


class Batch:
    """Cases that are sent together, packed once for the whole class."""

    def __init__(self, name: str, cases: Iterable[tuple[Case, Outcome]], *, stops: bool):
        self.cases, functions, sizes, data = [], [], [], []
        for case, truth in cases:
            size = elements([*case.args, *case.kwargs.values(), *(case.state or {}).values()])
            data.append(case_data(case, functions))
            sizes += [size] * (len(functions) - len(sizes))
            found = {str(k): fingerprint(v) for k, v in _named(case).items()}
            most = NUMBERS + 16 * (size + _held(truth.result))
            self.cases.append((case, found, most if truth.result else MOST_NUMBERS))
        self.functions, self.sizes = functions, sizes
        self.packed = wire.pack({"exercise": name, "cases": data, "stops": stops})


def _named(case: Case) -> dict:
    return {**dict(enumerate(case.args)), **case.kwargs}


def _held(seen) -> int:
    """How many numbers a result holds, in all its parts."""
    if seen is None or isinstance(seen.value, str):
        return 1
    if seen.kind in ("list", "tuple", "dict"):
        parts = seen.value.values() if seen.kind == "dict" else seen.value
        return sum(map(_held, parts)) + len(seen.value)
    return elements(seen.value)


def first_batch(exercise: Exercise) -> Batch:
    """What a check asks for in any case: all its inputs, and some of them a second time."""
    runs = [run for run in exercise.truths if not run[0].seconds]
    drawn = [run for run in runs[3:] if not run[0].exact]
    trained = [run for run in runs[3:] if run[0].training]
    again = runs[:3] + drawn[:1] + trained[:1]
    again = [(case.without_gradient(), truth) for case, truth in again]
    return Batch(exercise.name, [*exercise.truths, *again], stops=True)


class RemoteAnswer:
    """An answer in the child.

    Args:
        exercise: what it answers.
        child: where it lives.
        limits: as in `limits.LIMITS`.
        source: the text that defines it.
        batch: makes the cases that are sent at the first question.
    """

    def __init__(
        self,
        exercise: Exercise,
        child: Child,
        limits: dict,
        source: str,
        batch: Callable[[Exercise], Batch] = first_batch,
    ):
        self.exercise, self.child, self.limits, self.source = exercise, child, limits, source
        own = sum(case.seconds or 0.0 for case, _ in exercise.truths)  # what long cases may take
        self.total = limits["exercise_seconds"] + own
        self.ends = time.monotonic() + self.total
        self.batch, self.known = batch, None

    def run(self, case: Case) -> Outcome:
        """The outcome of a case; raises ChildLostError when the child is gone."""
        if self.known is None:
            self.known = self.outcomes(self.batch(self.exercise))
        for index, (known, outcome) in enumerate(self.known):
            if _same(known, case):
                del self.known[index]
                return outcome
        return self.outcomes(Batch(self.exercise.name, [(case, Outcome())], stops=False))[0][1]

    def outcomes(self, batch: Batch) -> list[tuple[Case, Outcome]]:
        """Send a batch; cases with what came of each. Fewer come where the first is a stub."""
        self.child.send_packed(batch.packed)
        lent, found, clock = Lent(batch.functions, batch.sizes), [], Clock(self.child)
        for case, prints, most in batch.cases:
            reply = self._next(lent, case)
            if "end" in reply:
                break
            outcome, allowed = _outcome(reply, prints, most), self._allowed(case)
            if clock.is_over(allowed):
                told = f"no result after {case.seconds or self.limits['call_seconds']:g} seconds"
                outcome = Outcome(raised=Raised("time limit", told))
            found.append((case, outcome))
        return found

    def _next(self, lent, case) -> dict:
        while True:
            reply = self.child.receive(self._seconds(case))
            if "missing" in reply:
                raise MissingError
            if "call" not in reply and "gradient" not in reply:
                return reply
            self.child.send(lent.computed(reply))

    def _allowed(self, case) -> float:
        calls = 2 if case.gradient else 1
        return calls * (case.seconds or self.limits["call_seconds"])

    def _seconds(self, case) -> float:
        left = self.ends - time.monotonic()
        if left <= 0:
            raise ChildLostError(f"its calls took more than {self.total:g} seconds together")
        return min(left, ASLEEP * self._allowed(case)) + self.limits["grace_seconds"]


class Clock:
    """Tells how long a call took, whatever the process that made it says."""

    def __init__(self, child: Child):
        self.child, self.last, self.computed = child, time.monotonic(), child.computed()

    def is_over(self, seconds: float) -> bool:
        """Whether the call since the last question computed longer, or slept much longer."""
        now, before = time.monotonic(), self.last
        self.last = now
        if now - before < NOTICED:
            return False
        computed, had = self.child.computed(), self.computed
        self.computed = computed
        busy = computed - had if computed is not None and had is not None else 0.0
        return busy > seconds + LATE_SECONDS or now - before > ASLEEP * seconds + LATE_SECONDS


def _same(known: Case, case: Case) -> bool:
    """Whether two cases ask the same: copies of a case share its arguments."""
    if known.gradient != case.gradient or known.use is not case.use:
        return False
    return known.args is case.args and known.kwargs is case.kwargs and known.state is case.state


def _outcome(reply: dict, prints: dict[str, bytes], most: int) -> Outcome:
    """The outcome in a reply, with what the judge finds out about it."""
    try:
        outcome = outcome_of(reply.get("outcome"), most)
        after = dict(reply["after"])
        changed = tuple(name for name in prints if after.get(name) != prints[name])
    except (ValueError, TypeError, KeyError) as error:
        raise ChildLostError(f"it sent {error}") from None
    told = tuple(name for name in outcome.changed if name in prints and name not in changed)
    return outcome if outcome.raised else replace(outcome, changed=(*changed, *told))
