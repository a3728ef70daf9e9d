"""Which property a wrong result breaks, and what can be measured of it."""

from collections.abc import Iterator

import numpy as np

from attncourse.checks.engine.case import Case
from attncourse.checks.engine.outcome import Outcome, Seen


def broken_law(case: Case, outcome: Outcome):
    """The first law of a case that a result breaks; None if it breaks none, or none measures it."""
    return next(_broken(case, outcome), None)


def broken_laws(case: Case, outcome: Outcome) -> tuple[str, ...]:
    """Names of all laws of a case that a result breaks; asked once and kept."""
    if "broken" not in outcome.measured:
        outcome.measured["broken"] = tuple(law.name for law in _broken(case, outcome))
    return outcome.measured["broken"]


def measures(case: Case, outcome: Outcome) -> np.ndarray | None:
    """What an exercise measures of a result where right ones differ; None if that fails."""
    if "numbers" not in outcome.measured:
        outcome.measured["numbers"] = _measured(case, outcome)
    return outcome.measured["numbers"]


def _measured(case, outcome):
    if case.measure is None or outcome.result is None:
        return None
    try:
        return np.asarray(case.measure(as_given(outcome.result), *case.args, **case.kwargs), float)
    except Exception:  # whatever an odd result does to the rule, it is no measurement
        return None


def _broken(case: Case, outcome: Outcome) -> Iterator:
    """A result of the wrong kind or shape cannot be measured: a fault only where laws decide."""
    if outcome.result is None:
        return
    result = as_given(outcome.result)
    for law in case.laws:
        try:
            if not law.holds(result, *case.args, **case.kwargs):
                yield law
        except Exception:  # the same here
            if case.measured:
                yield law


def as_given(seen: Seen):
    """The result again, as laws expect it: arrays as arrays, tensors as tensors."""
    if seen.kind == "tensor":
        import torch

        return torch.from_numpy(np.array(seen.value, order="C"))  # no negative strides
    if seen.kind in ("tuple", "list"):
        parts = [as_given(part) for part in seen.value]
        return tuple(parts) if seen.kind == "tuple" else parts
    if seen.kind == "dict":
        return {key: as_given(value) for key, value in seen.value.items()}
    return seen.value.item() if seen.kind == "number" else seen.value
