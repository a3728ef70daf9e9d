"""What is wrong besides values, as findings: an error, a shape, a dtype, a changed argument, …"""

import numpy as np

from attncourse.checks.engine.case import Case
from attncourse.checks.engine.describe import argument_name, article, kind_of
from attncourse.checks.engine.exercise import Exercise, Finding
from attncourse.checks.engine.outcome import Outcome, Seen


def fact(aspect: str, exercise: Exercise, case: Case, truth: Outcome, outcome: Outcome) -> Finding:
    """Name and explain one aspect in which an outcome is wrong."""
    return FACTS[aspect](exercise, truth, outcome)


def _raised(exercise, truth, outcome):
    raised = outcome.raised
    if raised is None:
        why = f"Raise {truth.raised.kind} here, as the exercise says."
        return Finding("accepted", "accepted an input that must be refused", why)
    if raised.kind == "time limit":
        why = f"Stopped: {raised.message}. Look for a loop that cannot end."
        return Finding("too-long", "took too long", why)
    if raised.kind == "ParameterNamesError":
        why = raised.message[:1].upper() + raised.message[1:]
        return Finding("parameter-names", "named the parameters differently", why)
    if "requires grad" in raised.message and "numpy" in raised.message.lower():
        why = f"No gradient gets through: {raised.line}"
        return Finding("left-torch", "left PyTorch for NumPy", why)
    why = f"{raised.kind}: {raised.message}"
    return Finding("raised", f"raised {article(raised.kind)}", why, line=raised.line)


def _none(*_):
    why = "The function ends without `return` (or returns None)."
    return Finding("nothing", "returned nothing", why)


def _type(exercise, truth, outcome):
    due = "a PyTorch tensor" if truth.result.kind == "tensor" else kind_of(truth.result)
    name = f"returned {kind_of(outcome.result)}, not {due}"
    return Finding("type", name, f"Return {due}.")


def _parts(exercise, truth, outcome):
    names = ", ".join(exercise.returns) or f"{len(truth.result.value)} parts"
    name = f"returned {kind_of(outcome.result)} where ({names}) is due"
    return Finding("parts", name, f"Return a tuple: ({names}).")


def _shape(exercise, truth, outcome):
    pairs = _array_pairs(truth.result, outcome.result)
    name, due, came = next(
        (part, t.value.shape, s.value.shape)
        for part, (t, s) in zip((*exercise.returns, *[""] * 9), pairs, strict=False)
        if np.shape(t.value) != np.shape(s.value)
    )
    of = f" for `{name}`" if name else ""
    why = f"You returned shape {came}{of}; asked for is {due}."
    return Finding("shape", _shape_name(due, came), why)


def _shape_name(due, came):
    if sorted(due) == sorted(came) and len(due) > 1:
        return "returned the axes in another order"
    if tuple(n for n in came if n != 1) == tuple(n for n in due if n != 1):
        verb = "kept" if len(came) > len(due) else "dropped"
        one = abs(len(came) - len(due)) < 2
        return f"{verb} an axis of size 1" if one else f"{verb} axes of size 1"
    if np.prod(due) == np.prod(came):
        return "returned the entries in another shape"
    if len(came) < len(due) and _is_inside(came, due):
        return "reduced over an axis too many"
    if len(came) > len(due) and _is_inside(due, came):
        return "left an axis that should be reduced"
    return "returned the wrong shape"


def _is_inside(short, long):
    rest = iter(long)
    return all(size in rest for size in short)


def _dtype(exercise, truth, outcome):
    pairs = _array_pairs(truth.result, outcome.result)
    due, came = next((t.dtype, s.dtype) for t, s in pairs if t.dtype != s.dtype)
    why = "The result keeps the inputs' dtype: look for a hard-coded dtype or a fresh array."
    why = "Return True and False, not numbers." if due == "bool" else why
    return Finding("dtype", f"returned {came} where {due} is due", why)


def _changed(exercise, truth, outcome):
    name = f"changed the argument {_names(exercise, outcome.changed)} in place"
    why = "The caller's data must be the same afterwards: work on a copy, no `+=` or `x[...] =`."
    return Finding("changed", name, why)


def _gradient(exercise, truth, outcome):
    if outcome.gradients is None:
        why = (
            "Nothing can be learned through this result: look for detach(), .data, .item(), "
            "no_grad() or a detour through NumPy."
        )
        return Finding("no-gradient", "cut the gradient", why)
    due = {key: g for key, g in truth.gradients.items() if g is not None}
    cut = [key for key in due if outcome.gradients.get(key) is None]
    if cut:
        why = (
            "No gradient arrives there: look for detach(), .data, torch.tensor(…) or a copy "
            "through NumPy."
        )
        return Finding("cut-gradient", f"cut the gradient to {_names(exercise, cut)}", why)
    return _wrong_gradient(exercise, due, outcome)


def _wrong_gradient(exercise, due, outcome):
    spoiled = [key for key in due if np.isnan(outcome.gradients[key].value).any()]
    if spoiled:
        name = f"sent a gradient of NaN to {_names(exercise, spoiled)}"
        why = (
            "The values are right, but replacing a NaN or an infinity afterwards does not mend "
            "its gradient: keep it from arising."
        )
        return Finding("nan-gradient", name, why)
    why = (
        "The values are right, but part of the computation is hidden from PyTorch (detach, .data)."
    )
    return Finding("wrong-gradient", "let a wrong gradient through", why)


FACTS = {
    "raised": _raised,
    "none": _none,
    "type": _type,
    "parts": _parts,
    "shape": _shape,
    "dtype": _dtype,
    "changed": _changed,
    "gradient": _gradient,
}


def _names(exercise, keys):
    return ", ".join(f"`{argument_name(exercise, key)}`" for key in keys)


def _array_pairs(truth: Seen, seen: Seen) -> list[tuple[Seen, Seen]]:
    """The arrays in a result beside those that came in their place."""
    if truth.is_array:
        return [(truth, seen)] if seen.is_array else []
    return [
        pair
        for t, s in zip(_parts_of(truth), _parts_of(seen), strict=False)
        for pair in _array_pairs(t, s)
    ]


def _parts_of(seen):
    if seen.kind == "dict":
        return [seen.value[key] for key in sorted(seen.value, key=repr)]
    return seen.value if seen.kind in ("tuple", "list") else []
