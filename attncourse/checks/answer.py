"""Running an answer: a case goes in, plain data comes out, whatever the answer does.

Checks never touch a learner's object. They ask an `Answer` to run a case and judge the `Outcome`,
which holds data only; so the same checks judge a process that nobody trusts.
"""

import copy
import linecache
import sys
import warnings
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from attncourse.checks.limits import TimeLimitError, call_limited

SECONDS_PER_CALL = 5.0


@dataclass(frozen=True)
class Seen:
    """A value as data. `kind` is "tensor", "array", "number", "list", "tuple", "dict", "none", …"""

    kind: str
    value: object = None
    dtype: str = ""

    @property
    def is_array(self) -> bool:
        """Tensors, arrays and plain numbers: anything with a shape and a dtype."""
        return self.kind in ("tensor", "array", "number")


@dataclass(frozen=True)
class Raised:
    """An exception of the answer: its type, message, and the learner's own line.

    `family` names the type and the types it derives from: a subclass of KeyError is a KeyError.
    """

    kind: str
    message: str
    line: str = ""
    stub: bool = False
    family: tuple[str, ...] = ()

    def is_a(self, kind: str) -> bool:
        """Whether `except kind` would catch it."""
        return kind == self.kind or kind in self.family


@dataclass(frozen=True)
class Outcome:
    """All that a check may know of one call.

    `changed` names arguments that the call altered; `gradients` has one entry per differentiable
    input (None where no gradient arrived), or is None where the result carries no gradient at all.
    """

    result: Seen | None = None
    raised: Raised | None = None
    changed: tuple[str, ...] = ()
    gradients: dict[str, Seen | None] | None = None
    measured: dict = field(default_factory=dict, compare=False, repr=False)  # by laws, once


class Case:
    """One input. `label` says what is special about it; then the arguments exactly as passed.

    Args:
        gradient: whether gradients of floating tensors are compared too.
        exact: False where right answers differ, as draws do: then the exercise's laws decide.
        rtol, atol: tolerances, where the dtype's own do not fit.
        build: for classes, the constructor's arguments; parameters are then loaded by name.
    """

    def __init__(
        self, label, *args, gradient=True, exact=True, rtol=None, atol=None, build=None, **kwargs
    ):
        self.label, self.args, self.kwargs = label, args, kwargs
        self.gradient, self.rtol, self.atol = gradient and exact, rtol, atol
        self.exact, self.laws = exact, ()
        self.build, self.state = build, None

    def under(self, laws) -> "Case":
        """The case with the laws that decide where no exact result does."""
        judged = copy.copy(self)
        judged.laws = laws
        return judged

    def repeated(self) -> "Case":
        """The same case for two runs of one answer: its values only, and the same draws again."""
        exact = self.without_gradient()
        exact.exact = True
        return exact

    def with_state(self, reference) -> "Case":
        """For classes: the case with seeded parameters that every answer is to load."""
        if self.build is None:
            return self
        filled = copy.copy(self)
        dtype = next(x.dtype for x in self.args if _is_float_tensor(x))
        filled.state = _seeded_state(reference(*self.build), dtype)
        return filled

    def without_gradient(self) -> "Case":
        """The same case, values only."""
        plain = copy.copy(self)
        plain.gradient = False
        return plain


class Answer(Protocol):
    """What checks talk to."""

    def run(self, case: Case) -> Outcome:
        """Call the answer with copies of the case's arguments; never raises."""


class LocalAnswer:
    """An answer that lives in this process: the learner's own function or class."""

    def __init__(self, function):
        self.function = function

    def run(self, case: Case) -> Outcome:
        """Call the answer with copies of the case's arguments; never raises."""
        args, kwargs = _fresh(case.args), _fresh(case.kwargs)
        names = [*range(len(args)), *kwargs]
        result, raised = self._call(case, args, kwargs)
        if raised:
            return Outcome(raised=raised)
        before, after = [*case.args, *case.kwargs.values()], [*args, *kwargs.values()]
        pairs = zip(names, before, after, strict=True)
        changed = tuple(str(name) for name, old, new in pairs if not _unchanged(old, new))
        outcome = Outcome(result=observe(result), changed=changed)
        return self._with_gradients(case, outcome) if case.gradient else outcome

    def _call(self, case, args, kwargs):
        try:
            with warnings.catch_warnings(), redirect_stdout(_Nowhere()):
                warnings.simplefilter("ignore")
                return call_limited(SECONDS_PER_CALL, self._built, case, args, kwargs), None
        except TimeLimitError:
            return None, Raised("time limit", f"no result after {SECONDS_PER_CALL:g} seconds")
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            return None, _describe(error, self.function)

    def _built(self, case, args, kwargs):
        if case.build is None:
            return self.function(*args, **kwargs)
        module = self.function(*case.build).eval()
        module = module.to(next(iter(case.state.values())).dtype)
        found = module.load_state_dict(case.state, strict=False)
        learned = {name for name, _ in module.named_parameters()}
        if found.unexpected_keys or learned.intersection(found.missing_keys):
            raise ParameterNamesError(sorted(case.state), sorted(module.state_dict()))
        self._module = module
        return module(*args, **kwargs)

    def _with_gradients(self, case, outcome):
        torch = sys.modules.get("torch")
        if torch is None:
            return outcome
        args, kwargs = _fresh(case.args), _fresh(case.kwargs)
        named = {**dict(enumerate(args)), **kwargs}
        leaves = {str(name): x for name, x in named.items() if _is_float_tensor(x)}
        for leaf in leaves.values():
            leaf.requires_grad_(True)
        if not leaves and case.build is None:
            return outcome
        with torch.enable_grad():
            result, raised = self._call(case, args, kwargs)
        if raised and (outcome.changed or "in-place operation" in raised.message):
            # In place on an input that wants a gradient: PyTorch's complaint hides the mistake.
            return replace(outcome, changed=outcome.changed or tuple(leaves)[:1])
        if raised:
            return replace(outcome, raised=raised)
        if case.build is not None:
            leaves |= dict(self._module.named_parameters())
        return replace(outcome, gradients=_gradients(torch, result, leaves))


class ParameterNamesError(Exception):
    """A class whose parameters are not called as the exercise asks."""

    def __init__(self, asked, found):
        missing = ", ".join(name for name in asked if name not in found) or "none"
        extra = ", ".join(name for name in found if name not in asked) or "none"
        super().__init__(f"missing parameters: {missing}; not asked for: {extra}")


def observe(thing) -> Seen:
    """Turn any value into data: arrays are copied, unknown objects keep only their type's name."""
    torch = sys.modules.get("torch")
    if thing is None:
        return Seen("none")
    if torch is not None and isinstance(thing, torch.Tensor):
        return _observe_tensor(torch, thing)
    if isinstance(thing, np.ndarray):
        return _observe_numbers("array", np.array(thing))
    if isinstance(thing, (bool, int, float, complex, np.generic)):
        return _observe_numbers("number", np.asarray(thing))
    if isinstance(thing, str):
        return Seen("text", thing)
    if isinstance(thing, (list, tuple)):
        kind = "tuple" if isinstance(thing, tuple) else "list"
        return Seen(kind, tuple(observe(item) for item in thing))
    if isinstance(thing, dict):
        return Seen("dict", {copy.copy(key): observe(value) for key, value in thing.items()})
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


def _gradients(torch, result, leaves):
    """Gradients of a fixed weighted sum of all floating parts of the result."""
    parts = result if isinstance(result, (tuple, list)) else (result,)
    parts = [part for part in parts if _is_float_tensor(part) and part.requires_grad]
    if not parts:
        return None
    total = sum(
        (part * torch.cos(torch.arange(part.numel())).reshape(part.shape)).sum() for part in parts
    )
    try:
        found = torch.autograd.grad(total, list(leaves.values()), allow_unused=True)
    except RuntimeError:
        return None
    return {
        name: None if gradient is None else observe(gradient)
        for name, gradient in zip(leaves, found, strict=True)
    }


def _is_float_tensor(thing):
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(thing, torch.Tensor) and thing.is_floating_point()


def _fresh(thing):
    """A copy that keeps memory layout, so that a non-contiguous case stays non-contiguous."""
    torch = sys.modules.get("torch")
    if isinstance(thing, np.ndarray):
        return thing.copy(order="K")
    if torch is not None and isinstance(thing, torch.Tensor):
        return thing.detach().clone(memory_format=torch.preserve_format)
    if isinstance(thing, (list, tuple)) and type(thing) in (list, tuple):
        return type(thing)(_fresh(item) for item in thing)
    if type(thing) is dict:
        return {key: _fresh(value) for key, value in thing.items()}
    if callable(thing) and not hasattr(thing, "parameters"):
        return thing
    return copy.deepcopy(thing)


def _unchanged(old, new):
    if isinstance(old, np.ndarray):
        return old.shape == new.shape and np.array_equal(old, new, equal_nan=old.dtype.kind in "fc")
    if _is_float_tensor(old) or hasattr(old, "untyped_storage"):
        return old.shape == new.shape and bool(((old == new) | (old != old)).all())
    if isinstance(old, (list, tuple)):
        return len(old) == len(new) and all(map(_unchanged, old, new))
    if isinstance(old, dict):
        return old.keys() == new.keys() and all(_unchanged(old[key], new[key]) for key in old)
    if callable(old) or type(old).__name__ == "Generator":  # drawing moves a generator on
        return True
    return type(old) is type(new) and repr(old) == repr(new)


def _describe(error, function):
    """The exception in the learner's terms: the deepest line of theirs, not of our stack."""
    frames, trace = [], error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append((code.co_filename, trace.tb_lineno, code.co_name))
        trace = trace.tb_next
    theirs = [frame for frame in frames if _is_theirs(frame[0], function)]
    file, number, inside = (theirs or frames)[-1]
    line = linecache.getline(file, number).strip()
    deepest = linecache.getline(*frames[-1][:2])
    stub = isinstance(error, NotImplementedError) and (
        "NotImplementedError" in deepest or not deepest
    )
    where = f"line {number} of {inside}: {line}" if theirs and line else ""
    message = str(error).strip().split("\n")[0][:300]
    family = tuple(kind.__name__ for kind in type(error).__mro__)
    return Raised(type(error).__name__, message, where, stub, family)


def _is_theirs(file, function):
    code = getattr(function, "__code__", None)
    own = code is not None and file == code.co_filename
    return own or "ipykernel" in file or file.startswith("<ipython")


def _seeded_state(module, dtype):
    """Parameters that no initialisation would give, the same everywhere: biases are not zero."""
    import torch

    generator = torch.Generator().manual_seed(0)
    state = module.state_dict()
    for name, value in state.items():
        if value.is_floating_point():
            noise = torch.randn(value.shape, generator=generator, dtype=torch.float64)
            state[name] = (noise / max(1, value[0].numel()) ** 0.5).to(dtype)
    return state


class _Nowhere:
    """Swallows what an answer prints while it is checked on many inputs."""

    def write(self, text):
        return len(text)

    def flush(self):
        pass
