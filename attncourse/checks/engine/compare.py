"""Where an outcome differs from the right one, in aspects: raised, shape, dtype, value, …"""

import numpy as np

from attncourse.checks.engine.case import Case
from attncourse.checks.engine.laws import broken_laws
from attncourse.checks.engine.outcome import Outcome, Seen

# Relative tolerances by dtype: where logits are large, exp(x − logsumexp(x)) needs 1e-4 in float32.
RTOL = {"float64": 1e-6, "float32": 1e-4, "float16": 1e-2, "bfloat16": 5e-2}
ATOL = {"float64": 1e-11, "float32": 1e-6, "float16": 1e-3, "bfloat16": 1e-2}


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
        if not found and broken_laws(case, truth) != broken_laws(case, outcome):
            found.append("value")
    if set(outcome.changed) - set(truth.changed):
        found.append("changed")
    if not found and not _same_gradients(truth.gradients, outcome.gradients, case):
        found.append("gradient")
    return tuple(found)


def agree(one: Outcome, other: Outcome, case: Case, *, values_only=False) -> bool:
    """Whether two outcomes are the same; `values_only` overlooks dtype, gradient and arguments."""
    found = aspects(one, other, case)
    if values_only:
        return not set(found) - {"dtype", "gradient", "changed"}
    return not found and not set(one.changed) - set(other.changed)


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
    return _allclose(*_numbers(truth, seen), **tolerance(truth, seen, case))


def _allclose(right, seen, rtol, atol):
    """np.allclose with equal_nan, at a third of its price where all is finite."""
    if not np.isfinite(right).all():  # an infinite right value would make its tolerance infinite
        return bool(np.allclose(seen, right, rtol=rtol, atol=atol, equal_nan=True))
    with np.errstate(all="ignore"):
        return bool((np.abs(seen - right) <= atol + rtol * np.abs(right)).all())


def tolerance(truth: Seen, seen: Seen, case: Case) -> dict[str, float]:
    """Tolerances for a comparison: the case's own, else those of the coarser dtype."""
    floats = [name for name in (truth.dtype, seen.dtype) if name in RTOL] or ["float64"]
    rtol = case.rtol or max(RTOL[name] for name in floats)
    largest = np.abs(truth.value[np.isfinite(truth.value)], dtype=float).max(initial=0.0)
    atol = case.atol or max(rtol * min(largest, 1.0), max(ATOL[name] for name in floats))
    return {"rtol": rtol, "atol": atol}


def _numbers(truth, seen):
    return (np.asarray(part.value, dtype=np.float64) for part in (truth, seen))


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
    limits = tolerance(truth, found, case)
    limits["atol"] = max(limits["atol"], floor)
    return _allclose(*_numbers(truth, found), **limits)
