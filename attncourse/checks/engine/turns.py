"""Mistakes that any exercise can meet: the right result, transformed.

A transformation that turns every right result into the one that came names the mistake.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Transform(NamedTuple):
    """What an answer did to the right result; any one of `turns` that fits tells."""

    id: str
    name: str
    why: str
    turns: tuple[Callable[[np.ndarray], np.ndarray], ...]


def _axes(least, turn):
    """Apply `turn` only where there are enough axes."""
    return lambda x: turn(x) if x.ndim >= least else x


def _softmax(x):
    powers = np.exp(x - x.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def _decimals(count):
    return lambda x: np.round(x, count)


TRANSFORMS = tuple(
    Transform(id, name, why, turns)
    for id, name, why, *turns in (
        (
            "transposed",
            "returned the transpose",
            "The last two axes are swapped; rows are queries, columns are keys.",
            _axes(2, lambda x: np.swapaxes(x, -1, -2)),
        ),
        ("sign-flipped", "flipped the sign", "Every entry has the opposite sign.", np.negative),
        (
            "inverted",
            "inverted True and False",
            "Every entry is the opposite one.",
            lambda x: 1 - x,
        ),
        (
            "reciprocal",
            "returned the reciprocal",
            "Each entry is one over the right one.",
            np.reciprocal,
        ),
        (
            "no-root",
            "left out a square root",
            "Each entry is the square of the right one.",
            np.square,
        ),
        (
            "root-too-many",
            "took a square root too many",
            "Each entry is the root of the right one.",
            np.sqrt,
        ),
        (
            "no-exponential",
            "left out an exponential",
            "Each entry is the logarithm of the right one.",
            np.log,
        ),
        (
            "exponential-too-many",
            "exponentiated once too often",
            "Each entry is exp of the right one.",
            np.exp,
        ),
        (
            "absolute",
            "took absolute values",
            "The sizes are right, but the signs are gone.",
            np.abs,
        ),
        (
            "cut-at-zero",
            "cut off negative values",
            "Entries below zero became zero.",
            lambda x: np.maximum(x, 0),
        ),
        (
            "softmax-too-many",
            "applied a softmax too many",
            "Yours is the softmax of the right result.",
            _softmax,
        ),
        (
            "reversed",
            "reversed an axis",
            "The right entries come in the opposite order.",
            _axes(1, lambda x: x[..., ::-1]),
            _axes(2, lambda x: x[..., ::-1, :]),
            _axes(1, lambda x: x[::-1]),
        ),
        (
            "off-by-one",
            "were off by one along an axis",
            "The right entries stand one place too far; count from 0.",
            *(
                _axes(least, lambda x, step=step, axis=axis: np.roll(x, step, axis))
                for least, axis in ((1, -1), (2, -2))
                for step in (1, -1)
            ),
        ),
        (
            "first-of-batch",
            "used only the first of the batch",
            "Every entry of the batch got the first one's result.",
            _axes(3, lambda x: np.broadcast_to(x[:1], x.shape)),
        ),
        (
            "summed",
            "summed over the last axis",
            "The last axis is gone.",
            _axes(1, lambda x: x.sum(-1)),
        ),
        (
            "averaged",
            "averaged over the last axis",
            "The last axis is gone.",
            _axes(1, lambda x: x.mean(-1)),
        ),
        (
            "rounded",
            "rounded the result",
            "Digits are missing.",
            *map(_decimals, range(1, 5)),
            np.trunc,
        ),
    )
)

POWERS = {
    0.5: "√{}",
    -0.5: "1/√{}",
    1.0: "{}",
    -1.0: "1/{}",
    2.0: "{}²",
    -2.0: "1/{}²",
    0.25: "{}^(1/4)",
    -0.25: "{}^(−1/4)",
}


def transformed(turn, right: np.ndarray) -> np.ndarray | None:
    """The right result as a transformation would leave it; None where it does not apply."""
    with np.errstate(all="ignore"):
        try:
            return turn(np.asarray(right, dtype=np.float64))
        except (TypeError, ValueError):
            return None


def ratio(right: np.ndarray, seen: np.ndarray) -> float | None:
    """The one number by which all entries differ, or None."""
    large = np.abs(right) > 1e-6 * np.abs(right).max(initial=0.0)
    if right.shape != seen.shape or not large.any() or not np.isfinite(seen).all():
        return None
    with np.errstate(all="ignore"):
        ratios = seen[large] / right[large]
    if not np.isfinite(ratios).all() or not np.allclose(seen[~large], 0, atol=1e-4):
        return None
    return float(ratios[0]) if np.ptp(ratios) <= 2e-4 * abs(ratios[0]) else None


def factor_name(ratios: list[float | None], sizes: list[dict[str, int]]) -> str | None:
    """Say the factor by name ("√d_k", "1/N", "2"), if one explains every case."""
    if not ratios or None in ratios or np.allclose(ratios, 1.0, rtol=2e-4):
        return None
    if np.ptp(ratios) <= 2e-4 * abs(ratios[0]) and len(ratios) > 1:
        return f"{ratios[0]:.4g}"
    for name in sizes[0]:
        known = np.array([float(size.get(name, np.nan)) for size in sizes])
        for power, pattern in POWERS.items():
            for sign, mark in ((1.0, ""), (-1.0, "−")):
                if np.allclose(ratios, sign * known**power, rtol=2e-4):
                    return mark + pattern.format(name)
    return None


def row_factors(right: np.ndarray, seen: np.ndarray) -> bool:
    """Whether every row is the right one times a number of its own, not the same for all."""
    if right.shape != seen.shape or right.ndim < 1 or right.shape[-1] < 2:
        return False
    if not np.isfinite(seen).all():
        return False
    top = np.abs(right).argmax(-1)[..., None]
    with np.errstate(all="ignore"):
        scale = np.take_along_axis(seen, top, -1) / np.take_along_axis(right, top, -1)
        scaled = right * scale
    return bool(np.isfinite(scaled).all() and np.allclose(scaled, seen, rtol=2e-4, atol=1e-7))


def offset(right: np.ndarray, seen: np.ndarray) -> float | None:
    """The one number that was added to every entry, or None."""
    if right.shape != seen.shape or right.size < 2 or not np.isfinite([right, seen]).all():
        return None
    difference = seen - right
    spread = 1e-5 * max(1.0, np.abs(right).max())
    constant = np.ptp(difference) <= spread < abs(difference.flat[0])
    return float(difference.flat[0]) if constant else None
