"""Where an outcome differs from the right one, and whether two outcomes are the same."""

from functools import partial

import numpy as np

from attncourse.checks.engine.case import Case
from attncourse.checks.engine.guards import guard
from attncourse.checks.engine.laws import broken_laws, measures
from attncourse.checks.engine.outcome import Outcome, Seen

# Relative tolerances by dtype: where logits are large, exp(x − logsumexp(x)) needs 1e-4 in float32.
RTOL = {"float64": 1e-6, "float32": 1e-4, "float16": 1e-2, "bfloat16": 5e-2}
ATOL = {"float64": 1e-11, "float32": 1e-6, "float16": 1e-3, "bfloat16": 1e-2}
BESIDE_VALUES = {"dtype", "gradient", "changed"}


def aspects(truth: Outcome, outcome: Outcome, case: Case) -> tuple[str, ...]:
    """Name every way in which an outcome differs from the truth; empty when it is right.

    Aspects: "raised", "none", "type", "parts", "shape", "dtype", "value", "changed", "gradient".
    """
    if case.measured:
        return ("raised",) if outcome.raised else ("value",) * bool(broken_laws(case, outcome))
    if outcome.raised or truth.raised:
        same = outcome.raised and truth.raised and outcome.raised.is_a(truth.raised.kind)
        return () if same else ("raised",)
    found = list(_result_aspects(truth.result, outcome.result, case))
    if not case.exact:
        found = [aspect for aspect in found if aspect != "value"]
        if not set(found) - {"dtype"} and broken_laws(case, truth) != broken_laws(case, outcome):
            found.append("value")
    if set(outcome.changed) - set(truth.changed):
        found.append("changed")
    if not found and not _same_gradients(truth.gradients, outcome.gradients, case):
        found.append("gradient")
    return tuple(found)


def is_right(truth: Outcome, outcome: Outcome, case: Case) -> bool:
    """Whether an outcome has the right values; dtype, gradient and arguments are overlooked."""
    return not set(aspects(truth, outcome, case)) - BESIDE_VALUES


@guard(off=True)
def same_values(one: Outcome, other: Outcome, case: Case) -> bool:
    """Whether two outcomes hold the same values; where draws differ, whether they measure alike."""
    if one.raised or other.raised or case.exact:
        return not _differ_at_a_glance(one, other, case) and is_right(one, other, case)
    kinds = set(_result_aspects(one.result, other.result, case))
    if kinds - {"value", "dtype"}:
        return False
    if "value" in kinds:
        return _measure_alike(one, other, case)
    return not kinds


def _differ_at_a_glance(one: Outcome, other: Outcome, case: Case) -> bool:
    """Whether one entry says that two results differ: most do, and nobody has to compare the rest.

    It never says so of results that are the same; of some that differ, only the rest tells.
    """
    return any(map(partial(_far_apart, case), _large(one.result), _large(other.result)))


def _large(seen: Seen | None) -> list[Seen]:
    """A result's parts, if they are arrays: in the order in which they came."""
    parts = seen.value if seen and seen.kind in ("tuple", "list") else [seen]
    arrays = all(part and part.kind in ("tensor", "array") and part.dtype in RTOL for part in parts)
    return list(parts) if arrays else []


def _far_apart(case: Case, one: Seen, other: Seen) -> bool:
    if one.value.shape != other.value.shape or not one.value.size:
        return False
    x, y = (float(seen.value.flat[seen.value.size // 2]) for seen in (one, other))
    rtol = case.rtol or max(RTOL[one.dtype], RTOL[other.dtype])
    atol = case.atol or max(rtol, ATOL[one.dtype], ATOL[other.dtype])
    return abs(x - y) > atol + rtol * max(abs(x), abs(y))  # of NaN and infinities, it says nothing


@guard(off=True)
def _measure_alike(one, other, case) -> bool:
    """Draws of one kind: all that the exercise measures of them differs by chance only."""
    ours, theirs = measures(case, one), measures(case, other)
    if ours is None or theirs is None or len(ours) != len(theirs):
        return False
    return bool(np.allclose(ours, theirs, rtol=0, atol=case.noise, equal_nan=True))


def _result_aspects(truth: Seen, seen: Seen, case):
    if truth.is_array:
        return _array_aspects(truth, seen, case)
    if seen.kind == "none" and truth.kind != "none":
        return ("none",)
    if truth.kind in ("tuple", "list"):
        return _sequence_aspects(truth, seen, case)
    if truth.kind != seen.kind:
        return ("type",)
    if truth.kind == "dict":
        return _dict_aspects(truth, seen, case)
    return () if truth.value == seen.value else ("value",)


def _array_aspects(truth, seen, case):
    if seen.kind == "none":
        return ("none",)
    if not seen.is_array or (truth.kind == "tensor") != (seen.kind == "tensor"):
        return ("type",)
    if np.shape(truth.value) != np.shape(seen.value):
        return ("shape",)
    found = () if _dtype_fits(truth, seen) else ("dtype",)
    return found if close(truth, seen, case) else ("value", *found)


def _sequence_aspects(truth, seen, case):
    if seen.kind not in ("tuple", "list"):
        return ("parts",) if seen.is_array else ("type",)
    if len(truth.value) != len(seen.value):
        numbers = all(part.kind in ("text", "number") for part in truth.value)
        return ("value",) if numbers else ("parts",)
    pairs = zip(truth.value, seen.value, strict=True)
    return tuple(dict.fromkeys(a for t, s in pairs for a in _result_aspects(t, s, case)))


def _dict_aspects(truth, seen, case):
    if truth.value.keys() != seen.value.keys():
        return ("value",)
    pairs = ((truth.value[key], seen.value[key]) for key in truth.value)
    return tuple(dict.fromkeys(a for t, s in pairs for a in _result_aspects(t, s, case)))


def _dtype_fits(truth, seen):
    """A tensor keeps its dtype; an array keeps at least its precision (NumPy promotes)."""
    wanted, got = np.asarray(truth.value).dtype.kind, np.asarray(seen.value).dtype.kind
    if truth.kind == seen.kind == "number":  # 2 is as good as 2.0, but True is no number
        return (wanted == "b") == (got == "b")
    if wanted in "iub" or got not in "f":
        return wanted == got or (wanted in "iu" and got in "iu")
    if truth.kind == "tensor":
        return truth.dtype == seen.dtype
    return np.asarray(seen.value).dtype.itemsize >= np.asarray(truth.value).dtype.itemsize


def close(truth: Seen, seen: Seen, case: Case) -> bool:
    """Whether two arrays of one shape hold the same values, at the coarser one's precision."""
    return _allclose(truth, seen, *tolerance(truth, seen, case))


def _allclose(truth: Seen, seen: Seen, rtol: float, atol: float) -> bool:
    """np.allclose with equal_nan, at a third of its price where all is finite."""
    right, came = truth.numbers, seen.numbers
    if not truth.is_finite:  # an infinite right value would make its tolerance infinite
        return bool(np.allclose(came, right, rtol=rtol, atol=atol, equal_nan=True))
    with np.errstate(all="ignore"):
        return bool((np.abs(came - right) <= atol + rtol * np.abs(right)).all())


def tolerance(truth: Seen, seen: Seen, case: Case) -> tuple[float, float]:
    """Relative and absolute tolerance: the case's own, else those of the coarser dtype.

    Whole numbers are counted, not measured: they have to be equal.
    """
    if np.asarray(truth.value).dtype.kind in "iub":
        return 0.0, 1e-9  # 64.0 for 64
    floats = [name for name in (truth.dtype, seen.dtype) if name in RTOL] or ["float64"]
    rtol = case.rtol or max(RTOL[name] for name in floats)
    atol = case.atol or max(rtol * min(truth.largest, 1.0), *(ATOL[name] for name in floats))
    return rtol, atol


def _same_gradients(truth, found, case):
    """Parameters and inputs that the reference does not differentiate are not asked about."""
    if not truth:
        return True
    if found is None:
        return False
    return all(_same_gradient(truth[name], found.get(name), case) for name in truth)


def _same_gradient(truth, found, case):
    if truth is None or found is None:
        present = truth or found
        return present is None or not np.any(np.abs(present.value) > 1e-9)
    if truth.value.shape != found.value.shape:
        return False
    floor = 1e-4 if "float64" not in (truth.dtype, found.dtype) else 1e-9
    rtol, atol = tolerance(truth, found, case)
    return _allclose(truth, found, rtol, max(atol, floor))
