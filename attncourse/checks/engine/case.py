"""One input, and how an answer is put to work on it."""

import copy
import sys
from collections.abc import Callable

import numpy as np

from attncourse.checks.engine.guards import guard

SECONDS = 5.0  # of CPU time for one call, where a case gives it no other


class Case:
    """One input. `label` says what is special about it; then the arguments exactly as passed.

    Args:
        gradient: whether gradients of floating tensors are compared too.
        exact: False where right answers differ, as draws do: then the exercise's laws decide.
        rtol, atol: tolerances, where the dtype's own do not fit.
        build: for classes, the constructor's arguments; parameters are then loaded by name.
        training: for classes, whether the module is in training mode, not in evaluation.
        before: arguments of an earlier call on the same object; nothing may be kept from it.
        seconds: of CPU time that the call may take; more where the answer is trained in it.
        use: puts the answer to work in its own way, `use(answer, *args)`, where it is not simply
            called; for instance trains it and returns what it says about unseen inputs. Grading
            runs its text beside the answer, in a process without this package's checks: it
            imports what it needs in its body. Where such a case is not exact, no reference is
            run: the exercise's laws alone decide on what came. Such cases stand last.
    """

    def __init__(
        self,
        label: str,
        *args,
        gradient: bool = True,
        exact: bool = True,
        rtol: float | None = None,
        atol: float | None = None,
        build: tuple | None = None,
        training: bool = False,
        before: tuple | None = None,
        seconds: float | None = None,
        use: Callable | None = None,
        **kwargs,
    ):
        self.label, self.args, self.kwargs = label, args, kwargs
        self.gradient, self.rtol, self.atol = gradient and exact and use is None, rtol, atol
        self.exact, self.laws, self.measure, self.noise = exact, (), None, 0.0
        self.build, self.state, self.training, self.before = build, None, training, before
        self.seconds, self.use = seconds, use

    @property
    def measured(self) -> bool:
        """Whether laws alone decide, with no right result beside them."""
        return self.use is not None and not self.exact

    def under(self, laws, measure=None, noise=0.0) -> "Case":
        """The case with what decides, and what tells mistakes apart, where no result is exact."""
        judged = copy.copy(self)
        judged.laws, judged.measure, judged.noise = laws, measure, noise
        return judged

    def with_arguments(self, *args) -> "Case":
        """The same case with other arguments, values only."""
        other = self.without_gradient()
        other.args = args
        return other

    @property
    def has_generator(self) -> bool:
        """Whether a generator of random numbers comes with the arguments."""
        return any(map(_is_generator, self.args))

    def with_another_generator(self) -> "Case":
        """The same case with a generator that has another seed."""
        return self.with_arguments(*(_reseeded(x) if _is_generator(x) else x for x in self.args))

    def in_float32(self) -> "Case":
        """The same case with all tensors of float64 in float32."""
        single = copy.copy(self)
        single.args = tuple(x.float() if is_float_tensor(x) else x for x in self.args)
        return single

    def repeated(self) -> "Case":
        """The same case for two runs of one answer: its values only, and the same draws again."""
        exact = self.without_gradient()
        exact.exact = True
        return exact

    def with_state(self, reference) -> "Case":
        """For classes: the case with seeded parameters that every answer is to load."""
        if self.build is None:
            return self
        from attncourse.checks.engine.modules import seeded_state

        filled = copy.copy(self)
        dtype = next(x.dtype for x in self.args if is_float_tensor(x))
        filled.state = seeded_state(reference(*self.build), dtype)
        return filled

    def without_gradient(self) -> "Case":
        """The same case, values only."""
        plain = copy.copy(self)
        plain.gradient = False
        return plain


def _is_generator(thing) -> bool:
    return type(thing).__name__ == "Generator"


def _reseeded(generator):
    return type(generator)().manual_seed(generator.initial_seed() + 1)


def is_float_tensor(thing) -> bool:
    """Whether PyTorch could differentiate by it; never imports PyTorch."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(thing, torch.Tensor) and thing.is_floating_point()


def fresh(thing):
    """A copy that keeps memory layout, so that a non-contiguous case stays non-contiguous."""
    torch = sys.modules.get("torch")
    if isinstance(thing, np.ndarray):
        return thing.copy(order="K")
    if torch is not None and isinstance(thing, torch.Tensor):
        return thing.detach().clone(memory_format=torch.preserve_format)
    if isinstance(thing, list | tuple) and type(thing) in (list, tuple):
        return type(thing)(fresh(item) for item in thing)
    if type(thing) is dict:
        return {key: fresh(value) for key, value in thing.items()}
    if callable(thing) and not hasattr(thing, "parameters"):
        return thing
    return copy.deepcopy(thing)


@guard(off=True)
def unchanged(old, new) -> bool:
    """Whether an argument is after the call what it was before."""
    if isinstance(old, np.ndarray):
        return old.shape == new.shape and np.array_equal(old, new, equal_nan=old.dtype.kind in "fc")
    if is_float_tensor(old) or hasattr(old, "untyped_storage"):
        return old.shape == new.shape and bool(((old == new) | (old != old)).all())
    if isinstance(old, list | tuple):
        return len(old) == len(new) and all(map(unchanged, old, new))
    if isinstance(old, dict):
        return old.keys() == new.keys() and all(unchanged(old[key], new[key]) for key in old)
    if callable(old) or _is_generator(old):  # drawing moves a generator on
        return True
    return type(old) is type(new) and repr(old) == repr(new)
