"""Memory that an answer reserves and does not fill holds NaN, so that what it forgets shows."""

import contextlib
import sys
from collections.abc import Callable, Iterator

import numpy as np

from attncourse.checks.engine.guards import guard

ODD = 77  # where there is no NaN


@contextlib.contextmanager
def poisoned() -> Iterator[None]:
    """While it lasts, `empty` and `empty_like` of NumPy and PyTorch hand out NaN, or an odd number.

    Uninitialised memory holds whatever stood there: without this, the same answer would be right
    on one day and wrong on another.
    """
    torch = sys.modules.get("torch")
    names = [(np, "empty"), (np, "empty_like")]
    names += [(torch, "empty"), (torch, "empty_like")] if torch else []
    originals = [getattr(place, name) for place, name in names]
    for (place, name), original in zip(names, originals, strict=True):
        setattr(place, name, _filled(original))
    try:
        yield
    finally:
        for (place, name), original in zip(names, originals, strict=True):
            setattr(place, name, original)


@guard(off=contextlib.nullcontext())
@contextlib.contextmanager
def as_found() -> Iterator[None]:
    """Afterwards PyTorch records gradients, and makes numbers of the kind that it made before.

    An answer may have switched either; so may a time limit that ends it inside `no_grad()`.
    """
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    recording, dtype = torch.is_grad_enabled(), torch.get_default_dtype()
    try:
        yield
    finally:
        torch.set_grad_enabled(recording)
        torch.set_default_dtype(dtype)


def _filled(make: Callable) -> Callable:
    def made(*args, **kwargs):
        array = make(*args, **kwargs)
        if isinstance(array, np.ndarray):
            if array.dtype.kind in "biufc":
                array.fill(np.nan if array.dtype.kind in "fc" else ODD)
        elif array.layout is sys.modules["torch"].strided and not array.is_meta:
            array.detach().fill_(float("nan") if array.is_floating_point() else ODD)
        return array

    return made
