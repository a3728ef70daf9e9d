"""Inputs and results as a message shows them: shapes first, then numbers as valid Python."""

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from attncourse.checks.engine.case import Case
from attncourse.checks.engine.describe import argument_name, article
from attncourse.checks.engine.observe import observe
from attncourse.checks.engine.outcome import Outcome, Seen
from attncourse.checks.engine.verdict import Shown

MOST_ENTRIES = 144  # of an array that is printed; of a larger one only its shape is told
LARGE = 6  # rows and columns of an array that is printed without being asked for
MOST_IN_A_LINE = 12
MOST_TEXT = 600  # characters of anything else
LIBRARIES = {"array": "np", "tensor": "torch"}
OWN_DTYPES = {"array": ("float64", "int64", "bool"), "tensor": ("float32", "int64", "bool")}


def shown_input(exercise, case: Case) -> tuple[Shown, ...]:
    """The arguments of a case by name; of a class, how it is built comes first."""
    named = [(argument_name(exercise, str(i)), value) for i, value in enumerate(case.args)]
    shown = [show(value, name) for name, value in [*named, *case.kwargs.items()]]
    if case.build is not None:
        code = f"{exercise.name}({', '.join(map(repr, case.build))})"
        shown.insert(0, Shown("module", "with the check's own parameters", code))
    return tuple(shown)


def shown_result(exercise, case: Case, truth: Outcome, outcome: Outcome) -> tuple[Shown, ...]:
    """What came back, part by part, with the entries that are wrong."""
    seen, right = outcome.result, truth.result
    if seen is None:
        return ()
    if seen.kind in ("tuple", "list") and any(p.is_array and p.value.ndim for p in seen.value):
        names = (*exercise.returns, *[f"part_{i}" for i in range(len(seen.value))])
        due = right.value if right is not None and right.kind in ("tuple", "list") else ()
        due = (*due, *[None] * len(seen.value))
        parts = zip(names, seen.value, due, strict=False)
        return tuple(_show_seen(part, name, right, case) for name, part, right in parts)
    return (_show_seen(seen, "", right, case),)


def _show_seen(seen, name, right, case) -> Shown:
    if seen.kind not in LIBRARIES:
        known = seen.kind in ("number", "text", "none") or isinstance(seen.value, tuple | dict)
        return show(plain(seen), name) if known else Shown(name, article(seen.kind))
    shown = _array(name, seen.value, seen.kind, seen.dtype)
    wrong = _wrong(right, seen, case)
    fault = _fault(np.unravel_index(wrong, seen.value.shape), seen.value) if len(wrong) else ""
    shaded = tuple(map(int, wrong)) if len(wrong) < seen.value.size else ()
    return replace(shown, wrong=shaded, fault=fault)


def _wrong(right, seen: Seen, case: Case) -> np.ndarray:
    """Which entries differ, counted row by row; of what holds no fractions, whole rows."""
    none = np.array([], int)
    if right is None or not right.is_array or np.shape(right.value) != seen.value.shape:
        return none
    if not case.exact or seen.value.ndim == 0:
        return none
    rtol = case.rtol or (1e-5 if seen.dtype == "float64" else 1e-3)
    differ = ~np.isclose(seen.value, right.value, rtol=rtol, atol=rtol, equal_nan=True)
    if _by_rows(seen.value):
        differ = differ | differ.any(axis=-1, keepdims=True)
    return np.flatnonzero(differ)


def _by_rows(value) -> bool:
    """Whether rows are marked, not cells: of yes or no, a marked cell would tell the answer."""
    return value.dtype.kind not in "fc" and value.ndim > 1


def _fault(wrong, value) -> str:
    """The wrong entries in words, for those who see no shading."""
    count = len(wrong[0])
    if count == value.size:
        return f"every {'row' if _by_rows(value) else 'entry'} is wrong"
    if value.ndim == 1:
        return f"wrong: {_list('entry', 'entries', wrong[0])}"
    rows = sorted(set(zip(*(axis.tolist() for axis in wrong[:-1]), strict=True)))
    told = _list("row", "rows", [row[0] if len(row) == 1 else list(row) for row in rows])
    if count == len(rows) * value.shape[-1]:
        return f"wrong: {told}"
    some = f"{count} of {value.size} entries"
    return f"wrong: {some}" if len(rows) == value.size // value.shape[-1] else f"{some}, in {told}"


def _list(one, many, things) -> str:
    words = [str(thing) for thing in things]
    if len(words) > 6:
        return f"{len(words)} {many}"
    last = " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
    return f"{one if len(words) == 1 else many} {last}"


def show(value, name: str = "") -> Shown:
    """A value as Python, after its kind and shape; of what is too large or no data, its kind."""
    if hasattr(value, "detach"):
        seen = observe(value)
        return _array(name, seen.value, "tensor", seen.dtype)
    if isinstance(value, np.ndarray):
        return _array(name, value, "array", str(value.dtype))
    code = _code(value)
    if not code or len(code) > MOST_TEXT:
        size = f" of {len(value)}" if hasattr(value, "__len__") else ""
        return Shown(name, f"{article(type(value).__name__)}{size}")
    return Shown(name, "", code)


def _code(value) -> str:
    """A value as Python; "" where it has no such form."""
    if hasattr(value, "detach") or isinstance(value, np.ndarray):
        return show(value).code
    if type(value) in (list, tuple):
        items = [_code(item) for item in value]
        inside = ", ".join(items) + "," * (type(value) is tuple and len(items) == 1)
        brackets = "[{}]" if type(value) is list else "({})"
        return brackets.format(inside) if all(items) else ""
    if type(value) is dict:
        items = {repr(key): _code(item) for key, item in value.items()}
        inside = ", ".join(f"{key}: {item}" for key, item in items.items())
        return f"{{{inside}}}" if all(items.values()) else ""
    text = repr(value)
    return "" if re.match(r"<|\w+\(\n", text) or " at 0x" in text else text


def _array(name: str, value, kind: str, dtype: str) -> Shown:
    """An array: its kind and shape in words, and it as Python if it is small enough to read."""
    about = f"{kind} of shape {value.shape}, {dtype}"
    large = value.size > LARGE**2 or max(value.shape, default=0) > LARGE
    if value.size > MOST_ENTRIES:
        return Shown(name, about)
    library = LIBRARIES[kind]
    of = "" if dtype in OWN_DTYPES[kind] else f", dtype={library}.{dtype}"
    if value.size == 0:
        return Shown(name, about, f"{library}.empty({value.shape}{of})")
    start = f"{library}.{kind}("
    entries = iter(numbers(value.ravel().tolist(), library))
    code = f"{start}{_nested(entries, value.shape, len(start))}{of})"
    return Shown(name, about, code, large=large)


def _nested(entries: Iterator[str], shape: tuple[int, ...], indent: int) -> str:
    """Entries in brackets, a row on a line."""
    if not shape:
        return next(entries)
    if len(shape) > 1:
        parts = [_nested(entries, shape[1:], indent + 1) for _ in range(shape[0])]
    else:
        row = [next(entries) for _ in range(shape[0])]
        cuts = range(0, len(row), MOST_IN_A_LINE)
        parts = [", ".join(row[cut : cut + MOST_IN_A_LINE]) for cut in cuts]
    between = "\n" * max(1, len(shape) - 1) + " " * (indent + 1)
    return f"[{f',{between}'.join(parts)}]"


def numbers(entries: list, library: str = "np") -> list[str]:
    """Entries as Python, all of one width: up to four decimals, or five digits if sizes differ."""
    sizes = [abs(x) for x in entries if isinstance(x, float) and x and abs(x) < np.inf]
    form = ".5g"
    if sizes and min(sizes) >= 1e-3 and max(sizes) < 1e6:
        form = f".{max(len(f'{x:.4f}'.rstrip('0').partition('.')[2]) for x in sizes)}f"
    texts = [_number(x, form, library) for x in entries]
    width = max(map(len, texts))
    return [text.rjust(width) for text in texts]


def _number(x, form, library) -> str:
    """A number as Python; a float that is whole keeps its point."""
    if not isinstance(x, float):
        return repr(x)
    if x != x or abs(x) == np.inf:
        return f"{'-' * (x < 0)}{library}.{'nan' if x != x else 'inf'}"
    text = f"{x:{form}}"
    return text if set(".e") & set(text) else f"{text}."


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
