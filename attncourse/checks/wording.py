"""What a check says: names of what is wrong, and arrays small enough to read."""

import re

import numpy as np

from attncourse.checks.answer import Case, Outcome, Seen

READABLE = 24  # entries of an array that a message prints in full


def explain_aspect(aspect, exercise, case: Case, truth: Outcome, outcome: Outcome):
    """Name and explain one aspect in which an outcome is wrong: ("returned nothing", "…")."""
    return EXPLAIN[aspect](exercise, case, truth, outcome)


def _raised(exercise, case, truth, outcome):
    raised = outcome.raised
    if raised is None:
        return (
            "accepted an input that must be refused",
            f"Raise {truth.raised.kind} here, as the exercise says.",
        )
    if raised.kind == "time limit":
        return "took too long", f"Stopped: {raised.message}. Look for a loop that cannot end."
    if raised.kind == "ParameterNamesError":
        return "named the parameters differently", raised.message[:1].upper() + raised.message[1:]
    if "requires grad" in raised.message and "numpy" in raised.message.lower():
        return "left PyTorch for NumPy", f"No gradient gets through: {raised.line}"
    at = f"\n  {raised.line}" if raised.line else ""
    return f"raised {_article(raised.kind)}", f"{raised.kind}: {raised.message}{at}"


def _none(*_):
    return "returned nothing", "The function ends without `return` (or returns None)."


def _type(exercise, case, truth, outcome):
    due = "a PyTorch tensor" if truth.result.kind == "tensor" else _kind(truth.result)
    return f"returned {_kind(outcome.result)}, not {due}", f"Return {due}."


def _parts(exercise, case, truth, outcome):
    names = ", ".join(exercise.returns) or f"{len(truth.result.value)} parts"
    return (
        f"returned {_kind(outcome.result)} where ({names}) is due",
        f"Return a tuple: ({names}).",
    )


def _shape(exercise, case, truth, outcome):
    pairs = _array_pairs(truth.result, outcome.result)
    name, due, came = next(
        (part, t.value.shape, s.value.shape)
        for part, (t, s) in zip((*exercise.returns, *[""] * 9), pairs, strict=False)
        if np.shape(t.value) != np.shape(s.value)
    )
    of = f" for `{name}`" if name else ""
    return _shape_name(due, came), f"You returned shape {came}{of}; asked for is {due}."


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


def _dtype(exercise, case, truth, outcome):
    pairs = _array_pairs(truth.result, outcome.result)
    due, came = next((t.dtype, s.dtype) for t, s in pairs if t.dtype != s.dtype)
    return (
        f"returned {came} where {due} is due",
        "The result keeps the inputs' dtype: look for a hard-coded dtype or a fresh array."
        if due != "bool"
        else "Return True and False, not numbers.",
    )


def _changed(exercise, case, truth, outcome):
    return (
        f"changed the argument {_names(exercise, outcome.changed)} in place",
        "The caller's data must be the same afterwards: work on a copy, no `+=` or `x[...] =`.",
    )


def _gradient(exercise, case, truth, outcome):
    if outcome.gradients is None:
        return (
            "cut the gradient",
            "Nothing can be learned through this result: look for detach(), .data, .item(), "
            "no_grad() or a detour through NumPy.",
        )
    due = {key: g for key, g in truth.gradients.items() if g is not None}
    cut = [key for key in due if outcome.gradients.get(key) is None]
    if cut:
        return (
            f"cut the gradient to {_names(exercise, cut)}",
            "No gradient arrives there: look for detach(), .data, torch.tensor(…) or a copy "
            "through NumPy.",
        )
    spoiled = [key for key in due if np.isnan(outcome.gradients[key].value).any()]
    if spoiled:
        return (
            f"sent a gradient of NaN to {_names(exercise, spoiled)}",
            "The values are right, but replacing a NaN or an infinity afterwards does not mend "
            "its gradient: keep it from arising.",
        )
    return (
        "let a wrong gradient through",
        "The values are right, but part of the computation is hidden from PyTorch (detach, .data).",
    )


def _names(exercise, keys):
    return ", ".join(f"`{argument_name(exercise, key)}`" for key in keys)


EXPLAIN = {
    "raised": _raised,
    "none": _none,
    "type": _type,
    "parts": _parts,
    "shape": _shape,
    "dtype": _dtype,
    "changed": _changed,
    "gradient": _gradient,
}


def argument_name(exercise, key: str) -> str:
    """An argument's name from its position ("0" → "scores"); other keys are names already."""
    if key.isdecimal() and int(key) < len(exercise.arguments):
        return exercise.arguments[int(key)]
    return key


def describe_input(exercise, case: Case) -> str:
    """The case as the learner would write it, arrays in full where they are small."""
    named = [(argument_name(exercise, str(i)), value) for i, value in enumerate(case.args)]
    lines = [describe(value, f"{name} = ") for name, value in [*named, *case.kwargs.items()]]
    if case.build is not None:
        lines.insert(0, f"{exercise.name}({', '.join(map(str, case.build))})")
    return "\n".join(lines)


def describe_result(exercise, seen: Seen) -> str:
    """What came back, part by part."""
    if seen.kind in ("tuple", "list") and any(p.is_array and p.value.ndim for p in seen.value):
        names = (*exercise.returns, *[f"part {i}" for i in range(9)])
        parts = zip(names, seen.value, strict=False)
        return "\n".join(_describe_part(part, f"{name} = ") for name, part in parts)
    return _describe_part(seen)


def _describe_part(seen, prefix=""):
    if seen.kind in ("array", "tensor"):
        return _describe_array(seen.value, prefix, seen.kind)
    if seen.value is None and seen.kind != "none":
        return f"{prefix}{_article(seen.kind)}"
    return describe(plain(seen), prefix)


def describe(value, prefix: str = "") -> str:
    """A value on one to a few lines: numbers where they fit, else shape and dtype."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        value = (value.float() if "bfloat16" in str(value.dtype) else value).numpy()
        return _describe_array(value, prefix, "tensor")
    if isinstance(value, np.ndarray):
        return _describe_array(value, prefix, "array")
    text = re.sub(r"(?<=\w) (object )?at 0x[0-9a-f]+", "", repr(value))
    return prefix + (text if len(text) <= 200 else f"{text[:197]}…")


def _describe_array(value, prefix, kind):
    about = f"{kind} of shape {value.shape}, {value.dtype}"
    if value.size > READABLE or value.size == 0:
        return f"{prefix}{about}"
    numbers = np.array2string(value, precision=4, separator=", ", prefix=prefix)
    return f"{prefix}{numbers}   ← {about}"


def plain(seen: Seen):
    """The value behind what was seen, for printing."""
    if seen.is_array:
        return seen.value.item() if seen.value.ndim == 0 else seen.value
    if seen.kind in ("tuple", "list"):
        items = [plain(part) for part in seen.value]
        return tuple(items) if seen.kind == "tuple" else items
    if seen.kind == "dict":
        return {key: plain(value) for key, value in seen.value.items()}
    return None if seen.kind == "none" else seen.value


def _array_pairs(truth, seen):
    if truth.is_array:
        return [(truth, seen)] if seen.is_array else []
    return [
        pair for t, s in zip(truth.value, seen.value, strict=False) for pair in _array_pairs(t, s)
    ]


def _kind(seen):
    known = {"array": "a NumPy array", "tensor": "a PyTorch tensor", "none": "None", "text": "text"}
    if seen.kind in known:
        return known[seen.kind]
    if seen.kind in ("tuple", "list"):
        return f"a {seen.kind} of {len(seen.value)}"
    return "one number" if seen.kind == "number" else _article(seen.kind)


def _article(word):
    return f"{'an' if word[:1].lower() in 'aeiou' else 'a'} {word}"
