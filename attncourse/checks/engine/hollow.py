"""Answers that compute nothing: a constant, an argument handed back, memory never filled."""

import re

import numpy as np

from attncourse.checks.engine.guards import guard
from attncourse.checks.engine.trial import Trial, arrays_of
from attncourse.checks.engine.verdict import Finding

ZERO = "Every entry is 0.0, whatever came in."
UNFILLED = re.compile(r"\b(?:new_)?empty(?:_like|_strided)?\(")


def hollow(trial: Trial) -> list[Finding]:
    """What an answer hands out without having computed it; asked before any composite is tried."""
    if len(trial.returned) < 2:
        return []
    found = _unfilled(trial) or _constant(trial) or _handed_back(trial)
    return [found] if found else []


def _values(trial) -> list[list[np.ndarray]]:
    """The arrays of every result that came."""
    seen = [arrays_of(trial.outcomes[index].result) for index in trial.returned]
    return [[np.asarray(array.value) for array in arrays] for arrays in seen]


def _unfilled(trial) -> Finding | None:
    """Memory is poisoned with NaN before an answer gets it, so what is left of it shows."""
    if not UNFILLED.search(trial.answer.source):
        return None
    left = [
        index
        for index in trial.returned
        if "value" in trial.wrong[index]
        and any(np.isnan(x.value).any() for x in arrays_of(trial.outcomes[index].result))
        and not any(np.isnan(x.value).any() for x in arrays_of(trial.truths[index][1].result))
    ]
    if not left:
        return None
    why = "`empty` reserves memory and leaves in it whatever stood there. Fill every entry."
    return Finding("unfilled", "left entries of a fresh array unfilled", why)


@guard(off=None)
def _constant(trial) -> Finding | None:
    values = _values(trial)
    flat = [np.ravel(x) for arrays in values for x in arrays]
    if not flat or any(x.size == 0 for x in flat):
        return None
    if all(map(_all_zero, flat)):
        return Finding("constant", "returned 0.0 everywhere", ZERO)
    first = flat[0][0]
    if all(_same(x, np.full_like(x, first)) for x in flat):
        why = f"Every entry is {first}, whatever came in."
        return Finding("constant", f"returned {first} everywhere", why)
    whole = [values[0] == []] + [
        len(arrays) == len(values[0]) and all(map(_same, arrays, values[0])) for arrays in values
    ]
    if len(values) > 2 and all(whole[1:]):
        why = "The arguments are never used: an example seems to be written into the code."
        return Finding("constant", "returned the same result whatever came in", why)
    return None


def _all_zero(x: np.ndarray) -> bool:
    """Whether floats are 0 up to their rounding: a sum of what cancels leaves 1e-17."""
    return x.dtype.kind == "f" and bool((np.abs(x) <= 4 * np.finfo(x.dtype).eps).all())


def _handed_back(trial) -> Finding | None:
    """A part of the result that is an argument, untouched, on every input."""
    names = trial.exercise.returns or ("",)
    values = _values(trial)
    for part in range(min(map(len, values))):
        for place, name in enumerate(trial.exercise.arguments):
            given = [_argument(trial, index, place) for index in trial.returned]
            if all(_same(arrays[part], g) for arrays, g in zip(values, given, strict=True)):
                instead = (
                    f" in place of `{names[part]}`" if len(names) > part and names[part] else ""
                )
                why = "The very same entries come back."
                return Finding("handed-back", f"returned `{name}` as it came{instead}", why)
    return None


def _argument(trial, index, place):
    args = trial.truths[index][0].args
    return args[place] if place < len(args) else None


def _same(one, other) -> bool:
    """Whether both are arrays of one shape and hold the same numbers."""
    if other is None or np.shape(one) != np.shape(other) or not hasattr(other, "shape"):
        return False
    if (one.dtype.kind == "b") != str(other.dtype).endswith("bool"):
        return False  # weights that are all 1 are no mask
    return bool(
        np.array_equal(np.asarray(one), np.asarray(other), equal_nan=one.dtype.kind in "fc")
    )
