"""Normalise by the root mean square, and by nothing else."""

import torch

from attncourse import modern
from attncourse.checks.engine.exercise import Case, Convention, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import DOUBLE, normal


def _case(label, seed, *shape, eps=1e-6, spread=1.0, shift=0.0, dtype=DOUBLE):
    x = normal(seed, *shape, spread=spread, dtype=dtype) + shift
    gain = 1 + normal(seed + 100, shape[-1], spread=0.5, dtype=dtype)
    return Case(label, x, gain, eps)


def _cases():
    by_hand = torch.tensor([3.0, 4.0, 0.0, 0.0], dtype=DOUBLE)
    gain = torch.tensor([1.0, 2.0, 3.0, -1.0], dtype=DOUBLE)
    half_zero = normal(8, 2, 6) * torch.tensor([[0.0], [1.0]], dtype=DOUBLE)
    return [
        Case("one vector", by_hand, gain, 1e-6),
        _case("three vectors", 1, 3, 6),
        _case("one batch axis", 2, 2, 3, 71),
        _case("two batch axes", 3, 2, 3, 4, 6),
        _case("d_model = tokens", 4, 5, 5),
        _case("far from 0", 5, 3, 6, shift=4.0),
        _case("small entries beside eps", 6, 3, 6, spread=1e-2, eps=1e-3),
        _case("a large eps", 7, 2, 5, eps=0.5),
        Case("a vector of zeros", half_zero, 1 + normal(108, 6), 1e-3),
        _case("one entry", 9, 4, 1, eps=0.1),
        _case("float32", 10, 2, 3, 6, dtype=torch.float32),
    ]


def _with(
    x,
    gain,
    eps=1e-6,
    *,
    centre="none",
    over="entries",
    size="root mean square",
    guard="inside",
    stretch="gain",
):
    axes = {"entries": (-1,), "tokens": (-2,), "first": (0,), "all": tuple(range(x.ndim))}[over]
    if len(axes) == 1 and x.ndim == 1:
        axes = (0,)
    kept = {"dim": axes, "keepdim": True}
    y = x - x.mean(**kept) if centre == "before" else x
    of = y - y.mean(**kept) if centre == "in the squares" else y
    squares = of.square().sum(**kept) if size == "norm" else of.square().mean(**kept)
    if size == "mean of sizes":
        divisor = of.abs().mean(**kept) + eps
    elif size == "mean square":
        divisor = squares + eps
    elif guard == "outside":
        divisor = squares.sqrt() + eps
    else:
        divisor = (
            squares + {"inside": eps, "none": 0, "fixed": 1e-6, "squared": eps**2}[guard]
        ).sqrt()
    strength = {"gain": gain, "none": 1.0, "1 + gain": 1 + gain, "divided": 1 / gain}[stretch]
    return y / divisor * strength


EXERCISE = Exercise(
    reference=modern.rms_norm,
    points=1,
    cases=_cases,
    hints=(
        "By hand: (3, 4, 0, 0) has the squares 9, 16, 0, 0. Their mean is 6.25, its root 2.5.",
        "One number per vector: `x.square().mean(-1, keepdim=True)`.",
        "eps is added to that mean, under the root. Divide, then multiply by the gain.",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "subtracted-mean",
            "subtracted the mean first",
            "That is lesson 10's layer norm. RMSNorm leaves the mean where it is.",
            centre="before",
        ),
        Mistake(
            "variance",
            "divided by the standard deviation",
            "The mean of the squares is taken of x itself, not of x − μ.",
            centre="in the squares",
        ),
        Mistake(
            "eps-outside-root",
            "put eps outside the root",
            "eps is added to the mean square, under the root: √(mean(x²) + eps).",
            guard="outside",
        ),
        Mistake(
            "forgot-eps",
            "forgot eps",
            "A vector of zeros is 0 / 0 without it. Add eps under the root.",
            guard="none",
        ),
        Mistake(
            "fixed-eps",
            "used 1e-6 whatever eps came",
            "eps is an argument; use the one that was passed.",
            guard="fixed",
        ),
        Mistake(
            "norm",
            "divided by the norm",
            "The norm adds the squares up; the root mean square averages them. They differ by "
            "√d_model.",
            size="norm",
        ),
        Mistake(
            "no-root",
            "divided by the mean square, without the root",
            "To bring the entries to size 1, divide by the root of the mean square.",
            size="mean square",
        ),
        Mistake(
            "mean-of-sizes",
            "averaged the absolute values",
            "Square, average, take the root.",
            size="mean of sizes",
        ),
        Mistake(
            "over-tokens",
            "averaged over the tokens, not over a vector's entries",
            "Each token is normalised on its own: the mean runs over the last axis.",
            over="tokens",
        ),
        Mistake(
            "over-first-axis",
            "averaged over the first axis",
            "Each vector is normalised on its own: the mean runs over the last axis.",
            over="first",
        ),
        Mistake(
            "over-everything",
            "took one root mean square for everything",
            "Every vector has its own: average over the last axis only, and keep it.",
            over="all",
        ),
        Mistake(
            "forgot-gain",
            "forgot the gain",
            "After normalising, each entry is multiplied by its own gain.",
            stretch="none",
        ),
        Convention(
            "one-plus-gain",
            "multiplied by 1 + gain",
            "Gemma stores the gain's difference from 1. Here the gain itself multiplies.",
            stretch="1 + gain",
        ),
        Mistake(
            "divided-by-gain", "divided by the gain", "The gain multiplies.", stretch="divided"
        ),
    ),
    laws=(
        Law(
            "without the gain, no root mean square is above 1",
            lambda result, x, gain, eps: bool(((result / gain).square().mean(-1) < 1 + 1e-4).all()),
        ),
    ),
    sizes=lambda x, gain, eps=1e-6: {"d_model": x.shape[-1]},
    verified="none to two batch axes, vectors far from 0 and of zeros, small and large eps, "
    "float32 and float64; gradients of x and gain",
)
