"""An answer's outcomes on every case of an exercise, beside the right ones."""

from functools import cached_property

from attncourse.checks.engine.answer import Answer
from attncourse.checks.engine.candidate import Candidate
from attncourse.checks.engine.compare import BESIDE_VALUES, aspects
from attncourse.checks.engine.exercise import Case, Exercise
from attncourse.checks.engine.outcome import Outcome, Seen


class Trial:
    """All that is known of one answer: what came of every case, and what should have."""

    def __init__(self, exercise: Exercise, answer: Answer, outcomes: list[Outcome]):
        self.exercise, self.answer, self.outcomes = exercise, answer, outcomes
        self.truths = exercise.truths[: len(outcomes)]

    def compared(self) -> "Trial":
        """The same without cases that are only measured: there is nothing to compare them with."""
        count = sum(not case.measured for case in self.cases)  # these stand first
        return Trial(self.exercise, self.answer, self.outcomes[:count])

    @property
    def cases(self) -> list[Case]:
        """The inputs, smallest first."""
        return [case for case, _ in self.truths]

    @cached_property
    def wrong(self) -> list[tuple[str, ...]]:
        """Per case, the aspects in which the answer is wrong."""
        rows = zip(self.truths, self.outcomes, strict=True)
        return [aspects(truth, outcome, case) for (case, truth), outcome in rows]

    @cached_property
    def failing(self) -> list[int]:
        """Indices of the cases that the answer gets wrong, smallest first."""
        return [index for index, found in enumerate(self.wrong) if found]

    @cached_property
    def crashed(self) -> set[int]:
        """Indices of the failing cases where the answer raised."""
        return {index for index in self.failing if self.outcomes[index].raised}

    @cached_property
    def other_error(self) -> set[int]:
        """Indices of the cases that must be refused, and were, with another error."""
        return {index for index in self.crashed if self.truths[index][1].raised}

    @cached_property
    def misvalued(self) -> list[int]:
        """Indices of the cases where something came, and its values, shape or kind are wrong."""
        told = [index for index in self.failing if set(self.wrong[index]) - BESIDE_VALUES]
        return [index for index in told if index not in self.crashed]

    @cached_property
    def without_right_values(self) -> set[int]:
        """Indices of the cases where it raised, or what came is wrong beyond its dtype."""
        return self.crashed | set(self.misvalued)

    @cached_property
    def returned(self) -> list[int]:
        """Indices of the cases for which something came."""
        return [i for i, outcome in enumerate(self.outcomes) if outcome.result is not None]

    @cached_property
    def kinds(self) -> set[str]:
        """All aspects that are wrong somewhere."""
        return {aspect for found in self.wrong for aspect in found}

    @cached_property
    def telling_first(self) -> list[int]:
        """All indices, those first that soonest tell candidates apart."""
        told = set(self.misvalued) | self.crashed
        right = [index for index in range(len(self.outcomes)) if index not in told]
        errors = sorted(self.crashed)
        return [*self.misvalued, *right, *errors] if self.misvalued else [*errors, *right]

    def claim(self, candidate: Candidate, index: int) -> Outcome | None:
        """What a candidate returns for a case, where that is wrong."""
        return candidate.claim(index, *self.truths[index])


def arrays_of(seen: Seen | None) -> list[Seen]:
    """The arrays in a result: itself, or its parts."""
    if seen is None:
        return []
    if seen.is_array:
        return [seen]
    if seen.kind in ("tuple", "list"):
        return [part for part in seen.value if part.is_array]
    return []
