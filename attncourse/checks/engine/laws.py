"""Which property a wrong result breaks."""

from collections.abc import Iterator

from attncourse.checks.engine.case import Case
from attncourse.checks.engine.exercise import Exercise, Law
from attncourse.checks.engine.outcome import Outcome


def broken_law(exercise: Exercise, case: Case, outcome: Outcome) -> Law | None:
    """The first law that a result breaks; None where it breaks none or cannot be measured."""
    return next(_broken(exercise.laws, case, outcome), None)


def broken_laws(case: Case, outcome: Outcome) -> tuple[str, ...]:
    """Names of all laws of a case that a result breaks, once asked and kept."""
    if "broken" not in outcome.measured:
        outcome.measured["broken"] = tuple(law.name for law in _broken(case.laws, case, outcome))
    return outcome.measured["broken"]


def _broken(laws: tuple[Law, ...], case: Case, outcome: Outcome) -> Iterator[Law]:
    """A result of the wrong kind or shape cannot be measured: a fault only where laws decide."""
    if outcome.result is None:
        return
    result = _as_given(outcome.result)
    for law in laws:
        try:
            if not law.holds(result, *case.args, **case.kwargs):
                yield law
        except (TypeError, ValueError, IndexError, RuntimeError, AttributeError, KeyError):
            if case.measured:
                yield law


def _as_given(seen):
    """The result again, as laws expect it: arrays as arrays, tensors as tensors."""
    if seen.kind == "tensor":
        import torch

        return torch.from_numpy(seen.value)
    if seen.kind in ("tuple", "list"):
        parts = [_as_given(part) for part in seen.value]
        return tuple(parts) if seen.kind == "tuple" else parts
    if seen.kind == "dict":
        return {key: _as_given(value) for key, value in seen.value.items()}
    return seen.value.item() if seen.kind == "number" else seen.value
