"""What came of one call, as plain data: all that a check may know of an answer."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np


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

    @cached_property
    def numbers(self) -> np.ndarray:
        """An array's entries in float64."""
        return np.asarray(np.real(self.value), np.float64)  # a complex dtype is wrong by itself

    @cached_property
    def is_finite(self) -> bool:
        """Whether no entry is NaN or infinite."""
        return bool(np.isfinite(self.numbers).all())

    @cached_property
    def largest(self) -> float:
        """The largest finite entry, by size."""
        numbers = self.numbers if self.is_finite else self.numbers[np.isfinite(self.numbers)]
        return float(np.abs(numbers).max(initial=0.0))


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

    @property
    def deliberate(self) -> bool:
        """Whether the learner's line says `raise`: then its words are theirs, and tell nothing."""
        return ": raise" in self.line

    def is_a(self, kind: str) -> bool:
        """Whether `except kind` would catch it."""
        return kind == self.kind or kind in self.family


@dataclass(frozen=True)
class Outcome:
    """All that a check may know of one call.

    `changed` names arguments that the call altered; `gradients` has one entry per differentiable
    input (None where no gradient arrived), or is None where the result carries no gradient at all;
    `backward` is the error that differentiating ended in.
    """

    result: Seen | None = None
    raised: Raised | None = None
    changed: tuple[str, ...] = ()
    gradients: dict[str, Seen | None] | None = None
    backward: Raised | None = None
    measured: dict = field(default_factory=dict, compare=False, repr=False)  # by laws, once
