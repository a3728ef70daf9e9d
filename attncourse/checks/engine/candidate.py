"""Wrong answers that are known, to be held beside an answer: it may is_right with one of them."""

from collections.abc import Callable

import numpy as np

from attncourse.checks.engine.answer import LocalAnswer
from attncourse.checks.engine.case import Case
from attncourse.checks.engine.compare import is_right
from attncourse.checks.engine.outcome import Outcome, Seen
from attncourse.checks.engine.verdict import Finding


class Candidate:
    """A wrong implementation with its names: one known mistake, or two at once.

    Args:
        findings: what to say of an answer that agrees with it.
        function: the reference with the mistake made.
        parts: where two are made at once, each of them alone.
    """

    def __init__(
        self,
        findings: tuple[Finding, ...],
        function: Callable,
        parts: tuple["Candidate", ...] = (),
    ):
        self.findings, self.answer = tuple(dict.fromkeys(findings)), LocalAnswer(function)
        self.parts = parts
        self._outcomes: dict[tuple[int, bool], Outcome] = {}
        self._claims: dict[int, Outcome | None] = {}

    def claim(self, index: int, case: Case, truth: Outcome) -> Outcome | None:
        """What it returns for a case where that is wrong; None where its values are right."""
        if index not in self._claims:
            came = self.values(index, case, truth)
            right = is_right(truth, came, case)
            self._claims[index] = None if right else came
        return self._claims[index]

    def values(self, index: int, case: Case, truth: Outcome) -> Outcome:
        """What it returns for a case, without gradients; computed once."""
        return self._run(index, case.without_gradient())

    def whole(self, index: int, case: Case) -> Outcome | None:
        """The same with gradients, where the case asks for them; None where it has none to give."""
        return self._run(index, case)

    def _run(self, index, case):
        key = index, case.gradient
        if key not in self._outcomes:
            self._outcomes[key] = self.answer.run(case)
        return self._outcomes[key]


class Turned(Candidate):
    """The right result, or a candidate's, with one part turned: transposed, negated, rolled, …

    Args:
        finding: what to say of the turn.
        turn: turns an array of float64; may raise where it does not apply, and then leaves it.
        part: which part of a tuple.
        base: whose result is turned; the right one, if None.
    """

    def __init__(self, finding: Finding, turn: Callable, part: int, base: Candidate | None = None):
        parts = (base, Turned(finding, turn, part)) if base else ()
        super().__init__((*(base.findings if base else ()), finding), turn, parts)
        self.turn, self.part, self.base = turn, part, base

    def values(self, index: int, case: Case, truth: Outcome) -> Outcome:
        """The result as it stands after the turn."""
        outcome = self.base.values(index, case, truth) if self.base else truth
        result = outcome.result
        if result is None or result.kind not in ("tuple", "list"):
            return outcome if result is None else Outcome(self._turned(result))
        parts = list(result.value)
        if self.part < len(parts):
            parts[self.part] = self._turned(parts[self.part])
        return Outcome(Seen(result.kind, tuple(parts)))

    def whole(self, index: int, case: Case) -> None:
        """A turned result carries no gradient."""
        return None

    def _turned(self, seen: Seen) -> Seen:
        if not seen.is_array or np.size(seen.value) == 0:
            return seen
        with np.errstate(all="ignore"):
            try:
                return Seen(seen.kind, self.turn(np.asarray(seen.value, np.float64)), seen.dtype)
            except (TypeError, ValueError, IndexError):
                return seen
