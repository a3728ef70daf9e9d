"""Mistakes that any exercise can meet: the right result turned, or the right rule on turned inputs.

Each becomes a candidate like those that an author declares, and must agree as they must.
"""

from collections.abc import Callable, Iterator

import numpy as np

from attncourse.checks.engine.verdict import LIKELY, Finding

Turn = tuple[Finding, Callable[[np.ndarray], np.ndarray]]
AXES = (-1, -2, 0, 1)  # whichever an array has


def turns() -> Iterator[Turn]:
    """What may happen to a finished array, most likely first."""
    yield from _swaps()
    for finding, *ways in ENTRYWISE:
        yield from ((finding, way) for way in ways)
    for axis in AXES:
        yield from _along(axis)


def _finding(id: str, name: str, why: str) -> Finding:
    return Finding(id, name, why, LIKELY)


def _swaps() -> Iterator[Turn]:
    last = "The last two axes are swapped; rows are queries, columns are keys."
    yield _finding("transposed", "returned the transpose", last), lambda x: x.swapaxes(-1, -2)
    for one, two in ((0, 1), (1, 2), (0, -1)):
        name = f"swapped axes {one} and {two} of the result"
        why = "All entries are there, and stand in another order of axes."
        yield (
            _finding("axes-swapped", name, why),
            lambda x, one=one, two=two: x.swapaxes(one, two),
        )


def _softmax(x):
    powers = np.exp(x - x.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def _rounding(digits):
    return lambda x: np.round(x, digits)


ENTRYWISE = (
    (
        _finding("sign-flipped", "flipped the sign", "Every entry has the opposite sign."),
        np.negative,
    ),
    (
        _finding("inverted", "inverted True and False", "Every entry is the opposite one."),
        lambda x: 1 - x,
    ),
    (
        _finding("reciprocal", "returned the reciprocal", "Each entry is one over the right one."),
        np.reciprocal,
    ),
    (
        _finding("no-root", "left out a square root", "Each entry is the square of the right one."),
        np.square,
    ),
    (
        _finding("root", "took a square root too many", "Each entry is the root of the right one."),
        np.sqrt,
    ),
    (
        _finding(
            "no-exp", "left out an exponential", "Each entry is the logarithm of the right one."
        ),
        np.log,
    ),
    (
        _finding("exp", "exponentiated once too often", "Each entry is exp of the right one."),
        np.exp,
    ),
    (
        _finding(
            "absolute", "took absolute values", "The sizes are right, but the signs are gone."
        ),
        np.abs,
    ),
    (
        _finding("cut-at-zero", "cut off negative values", "Entries below zero became zero."),
        lambda x: np.maximum(x, 0),
    ),
    (
        _finding(
            "softmax", "applied a softmax too many", "Yours is the softmax of the right result."
        ),
        _softmax,
    ),
    (
        _finding("rounded", "rounded the result", "Digits are missing."),
        *map(_rounding, range(1, 5)),
        np.trunc,
    ),
)


def _along(axis: int) -> Iterator[Turn]:
    """What may happen along one axis of a finished array."""
    where = NAMES[axis]
    why = "The right entries come in the opposite order."
    yield _finding("reversed", f"reversed {where}", why), lambda x: np.flip(x, axis)
    why = "The right entries stand one place too far; count from 0."
    for step in (1, -1):
        yield (
            _finding("off-by-one", f"were off by one along {where}", why),
            lambda x, step=step: np.roll(x, step, axis),
        )
    why = "Each entry along this axis got the first one's result."
    yield (
        _finding("first-for-all", f"used only the first entry along {where}", why),
        lambda x: _first_for_all(x, axis),
    )
    for id, verb, reduce in (("summed", "summed", np.sum), ("averaged", "averaged", np.mean)):
        yield (
            _finding(id, f"{verb} over {where}", "That axis is gone, or of size 1."),
            lambda x, reduce=reduce: reduce(x, axis),
        )


def _first_for_all(x: np.ndarray, axis: int) -> np.ndarray:
    """Every entry along an axis is the first; rows of yes or no are alike in too many ways."""
    if axis == -1 and np.isin(x, (0, 1)).all():
        return x
    return np.broadcast_to(np.take(x, [0], axis), x.shape)


NAMES = {-1: "the last axis", -2: "the axis before the last", 0: "the first axis", 1: "axis 1"}
