"""Inputs and results in words, with arrays small enough to read."""

import re

import numpy as np

from attncourse.checks.engine.case import Case
from attncourse.checks.engine.outcome import Seen

READABLE = 24  # entries of an array that a message prints in full


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
        return f"{prefix}{article(seen.kind)}"
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


def kind_of(seen: Seen) -> str:
    """What a value is, in words: "a NumPy array", "a list of 3", "one number"."""
    known = {"array": "a NumPy array", "tensor": "a PyTorch tensor", "none": "None", "text": "text"}
    if seen.kind in known:
        return known[seen.kind]
    if seen.kind in ("tuple", "list"):
        return f"a {seen.kind} of {len(seen.value)}"
    return "one number" if seen.kind == "number" else article(seen.kind)


def article(word: str) -> str:
    """The word after its indefinite article."""
    return f"{'an' if word[:1].lower() in 'aeiou' else 'a'} {word}"
