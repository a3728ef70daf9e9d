"""Turns what an answer returns or raises into plain data."""

import copy
import inspect
import linecache
import sys

import numpy as np

from attncourse.checks.engine.case import is_float_tensor
from attncourse.checks.engine.outcome import Raised, Seen
from attncourse.checks.engine.untouched import STUB

DEEPEST = 20  # lists inside lists
MOST_WORDS = 500  # characters of an error's message


def observe(thing, depth: int = 0) -> Seen:
    """Turn any value into data: arrays are copied, unknown objects keep only their type's name.

    What holds itself ends at DEEPEST.
    """
    torch = sys.modules.get("torch")
    if thing is None:
        return Seen("none")
    if torch is not None and isinstance(thing, torch.Tensor):
        return _observe_tensor(torch, thing)
    if isinstance(thing, np.ndarray):
        return _observe_numbers("array", np.array(thing))
    if isinstance(thing, bool | int | float | complex | np.generic):
        return _observe_numbers("number", np.asarray(thing))
    if isinstance(thing, str):
        return Seen("text", thing)
    if depth == DEEPEST:
        return Seen(f"{type(thing).__name__} inside too many others")
    if isinstance(thing, list | tuple):
        kind = "tuple" if isinstance(thing, tuple) else "list"
        return Seen(kind, tuple(observe(item, depth + 1) for item in thing))
    if isinstance(thing, dict):
        return Seen(
            "dict", {copy.copy(key): observe(value, depth + 1) for key, value in thing.items()}
        )
    return Seen(type(thing).__name__)


def _observe_numbers(kind, array):
    """Numbers as they are; of an array of anything else only what it holds."""
    if array.dtype.kind in "biufc":
        return Seen(kind, array, str(array.dtype))
    return Seen(f"{kind} of {array.dtype}")


def _observe_tensor(torch, tensor):
    dtype = str(tensor.dtype).removeprefix("torch.")
    if tensor.layout != torch.strided or tensor.is_meta or tensor.is_quantized:
        return Seen("tensor without plain numbers", None, dtype)
    plain = tensor.detach().cpu()
    if plain.dtype == torch.bfloat16:
        plain = plain.float()
    return Seen("tensor", plain.resolve_conj().resolve_neg().numpy().copy(), dtype)


def observe_gradients(
    torch, result, leaves
) -> tuple[dict[str, Seen | None] | None, Exception | None]:
    """Gradients of a fixed weighted sum of all floating parts of the result, or what went wrong."""
    parts = result if isinstance(result, tuple | list) else (result,)
    parts = [part for part in parts if is_float_tensor(part) and part.requires_grad]
    if not parts:
        return None, None
    total = sum(
        (part * torch.cos(torch.arange(part.numel())).reshape(part.shape)).sum() for part in parts
    )
    try:
        found = torch.autograd.grad(total, list(leaves.values()), allow_unused=True)
    except RuntimeError as error:
        return None, error
    seen = (None if gradient is None else observe(_dense(torch, gradient)) for gradient in found)
    return dict(zip(leaves, seen, strict=True)), None


def _dense(torch, gradient):
    """A gradient with all its zeros: embedding layers may give it without."""
    return gradient if gradient.layout == torch.strided else gradient.to_dense()


def observe_error(error: BaseException, function) -> Raised:
    """The exception in the learner's terms: the deepest line of theirs, not of our stack."""
    frames, trace = [], error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append((code.co_filename, trace.tb_lineno, code.co_name))
        trace = trace.tb_next
    theirs = [frame for frame in frames if _is_theirs(frame[0], function)]
    file, number, inside = (theirs or frames)[-1]
    line = linecache.getline(file, number).strip()
    stub = isinstance(error, NotImplementedError) and _words(error).startswith(STUB)
    where = f"line {number} of {inside}: {line}" if theirs and line else ""
    message = _words(error)
    family = tuple(kind.__name__ for kind in type(error).__mro__)
    return Raised(type(error).__name__, message, where, stub, family)


def _words(error) -> str:
    """The whole message: in einops' and PyTorch's, the second half tells what to do."""
    try:
        lines = [line.strip() for line in str(error).strip().split("\n")]
    except Exception:  # a learner's own exception may fail to say what it is
        return ""
    return " ".join(line for line in lines if line)[:MOST_WORDS]


def _undecorated(thing):
    """The function itself: a decorator's wrapper stands in the decorator's file."""
    try:
        return inspect.unwrap(thing)
    except Exception:  # wrapped in itself, or lies about what it wraps
        return thing


def _is_theirs(file, function):
    """Whether a frame's file holds the answer: a cell, or where it or one of its methods stands."""
    things = (function, *vars(function).values()) if isinstance(function, type) else (function,)
    codes = (getattr(_undecorated(thing), "__code__", None) for thing in things)
    own = any(code is not None and file == code.co_filename for code in codes)
    return own or "ipykernel" in file or file.startswith("<ipython")
