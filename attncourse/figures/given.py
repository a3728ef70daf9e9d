"""What a drawing function was given: tensors, lists or arrays, names, panels; one line if wrong."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike


def array(numbers: ArrayLike, ndim: int | None = None, name: str = "numbers") -> np.ndarray:
    """Turn a tensor (with or without a gradient), a list or an array into floats."""
    if hasattr(numbers, "detach"):
        numbers = numbers.detach().cpu().numpy()
    found = np.asarray(numbers, dtype=float)
    if ndim is not None and found.ndim != ndim:
        wanted = {1: "a list of numbers", 2: "a matrix M × N"}[ndim]
        raise ValueError(f"{name} must be {wanted}; got shape {found.shape}")
    return found


def boolean(mask: ArrayLike | None, shape: tuple[int, ...]) -> np.ndarray:
    """A mask of this shape, True = may attend; None allows everything."""
    if mask is None:
        return np.ones(shape, dtype=bool)
    mask = np.asarray(mask.cpu() if hasattr(mask, "cpu") else mask)
    if mask.dtype != bool or np.broadcast_shapes(mask.shape, shape) != shape:
        raise ValueError(f"mask must be bool of shape {shape}; got {mask.dtype} {mask.shape}")
    return np.broadcast_to(mask, shape)


def names(given: Sequence | None, count: int, what: str = "row or column") -> list[str]:
    """One name for each of `count` things; their numbers, if none are given."""
    if given is None:
        return [str(i) for i in range(count)]
    if len(given) != count:
        raise ValueError(f"each {what} needs one name; got {len(given)} for {count}")
    return [str(name) for name in given]


def panels(given, name: str = "") -> dict[str, object]:
    """A dictionary of panels as it is; a single panel under no title."""
    return dict(given) if isinstance(given, Mapping) else {name: given}


def per_panel(given, panel: str):
    """What belongs to one panel, of something given once for all or by panel."""
    return given.get(panel) if isinstance(given, Mapping) else given
