"""An answer's outcomes beside the right ones, and the facts drawn from them."""

from functools import cached_property

from attncourse.checks.engine.compare import aspects
from attncourse.checks.engine.exercise import Exercise, Finding
from attncourse.checks.engine.facts import fact
from attncourse.checks.engine.outcome import Outcome, Seen


class Trial:
    """An answer's outcomes on every case of an exercise, beside the right ones."""

    def __init__(self, exercise: Exercise, outcomes: list[Outcome], truths=None):
        self.exercise, self.outcomes = exercise, outcomes
        self.truths = (truths or exercise.truths)[: len(outcomes)]

    def compared(self) -> "Trial":
        """The same without cases that are only measured: there is nothing to compare them with."""
        rows = zip(self.truths, self.outcomes, strict=True)
        kept = [(pair, outcome) for pair, outcome in rows if not pair[0].measured]
        return Trial(self.exercise, [outcome for _, outcome in kept], [pair for pair, _ in kept])

    @cached_property
    def wrong(self) -> list[tuple[str, ...]]:
        """Per case, the aspects in which the answer is wrong."""
        rows = zip(self.truths, self.outcomes, strict=True)
        return [aspects(truth, outcome, case) for (case, truth), outcome in rows]

    @property
    def failing(self) -> list[int]:
        """Indices of the cases that the answer gets wrong, smallest first."""
        return [index for index, found in enumerate(self.wrong) if found]

    @cached_property
    def kinds(self) -> set[str]:
        """All aspects that are wrong somewhere."""
        return {aspect for found in self.wrong for aspect in found}

    def right_rows(self) -> list[tuple[object, Outcome]]:
        """The right outcomes in the form in which candidates give theirs."""
        return [(case, truth) for case, truth in self.truths]


def facts(trial: Trial, kinds: set[str]) -> list[Finding]:
    """What is wrong besides values, in the order in which it matters.

    A wrong gradient is no news where values are wrong, unless none arrives at all.
    """
    order = ("raised", "none", "type", "parts", "shape", "dtype", "changed", "gradient")
    found = []
    for aspect in order:
        if aspect in kinds:
            index = next((i for i in trial.failing if aspect in trial.wrong[i]), trial.failing[0])
            case, truth = trial.truths[index]
            values_wrong = trial.kinds & {"value", "shape", "raised"}
            if aspect == "gradient" and values_wrong and trial.outcomes[index].gradients:
                continue
            found.append(fact(aspect, trial.exercise, case, truth, trial.outcomes[index]))
    return found


def arrays_of(seen: Seen) -> list[Seen]:
    """The arrays in a result: itself, or its parts."""
    if seen.is_array:
        return [seen]
    if seen.kind in ("tuple", "list"):
        return [part for part in seen.value if part.is_array]
    return []
