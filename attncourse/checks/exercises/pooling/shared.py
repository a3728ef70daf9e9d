"""What the exercises on pooling share."""

from functools import partial

import numpy as np

from attncourse.checks.engine.exercise import Mistake


def before_softmax(scores, first, axis):
    if isinstance(first, float):
        return first * scores
    return {
        "nothing": lambda: scores,
        "absolute": lambda: np.abs(scores),
        "cut": lambda: np.maximum(scores, 0),
        "square": lambda: scores**2,
        "divide by N": lambda: scores / np.take(scores.shape, -1 if axis is None else axis),
        "divide by root N": lambda: scores / np.sqrt(np.take(scores.shape, axis or -1)),
        "divide by root of the last": lambda: scores / np.sqrt(scores.shape[-1]),
        "standardize": lambda: (
            (scores - scores.mean(axis, keepdims=True)) / scores.std(axis, keepdims=True)
        ),
    }[first]()


def softmax_with(
    scores,
    axis=-1,
    *,
    over="axis",
    first="nothing",
    shift="row",
    raise_to="e",
    sign=1,
    divide="sum",
    tail="nothing",
):
    axis = {"axis": axis, "last": -1, "first": 0, "second": 1, "all": None}[over]
    scores = before_softmax(sign * scores, first, axis)
    if isinstance(shift, tuple):
        scores = np.clip(scores, *shift)
    elif shift == "rescale":
        scores = scores / np.abs(scores).max(axis, keepdims=True)
    elif shift != "none":
        least = {"min": np.min, "mean": np.mean}.get(shift, np.max)
        along = {"all": None, "last": -1}.get(shift, axis)
        scores = scores - least(scores, axis=along, keepdims=True)
    positive = {
        "e": np.exp,
        "2": np.exp2,
        "10": lambda x: 10.0**x,
        "nothing": lambda x: x,
        "square": np.square,
        "abs": np.abs,
        "relu": lambda x: np.maximum(x, 0),
        "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    }[raise_to](scores)
    if divide == "count":
        positive = positive / len(scores)
    elif divide != "none":
        total = {"sum": np.sum, "mean": np.mean, "norm": norm}[divide]
        positive = positive / total(positive, axis=axis, keepdims=True)
    if tail == "stable log":
        return scores - np.log(np.sum(np.exp(scores), axis=axis, keepdims=True))
    return np.log(positive) if tail == "log" else positive


def norm(x, axis, keepdims):
    return np.sqrt(np.sum(x**2, axis=axis, keepdims=keepdims))


def one_hot(scores, axis=-1):
    return (scores == scores.max(axis, keepdims=True)) * 1.0


def points(rng, *, M=5, N=7, d=3, spread=1.0):
    return spread * rng.normal(size=(M, d)), spread * rng.normal(size=(N, d))


def nearness(
    query, keys, bandwidth, *, distance="squared", factor=2, power=2, sign=-1, where="below"
):
    difference = query[:, None] - keys[None]
    measured = {
        "squared": lambda: (difference**2).sum(-1),
        "unsquared": lambda: np.sqrt((difference**2).sum(-1)),
        "absolute": lambda: np.abs(difference).sum(-1),
        "absolute squared": lambda: np.abs(difference).sum(-1) ** 2,
        "summed first": lambda: difference.sum(-1) ** 2,
        "mean": lambda: (difference**2).mean(-1),
        "first feature": lambda: difference[..., 0] ** 2,
        "dot": lambda: -query @ keys.T,
        "fourth": lambda: (difference**2).sum(-1) ** 2,
        "expanded": lambda: (query**2).sum(-1)[:, None] + (keys**2).sum(-1) - query @ keys.T,
    }[distance]()
    scale = factor * bandwidth**power if where == "below" else bandwidth**power / factor
    return (
        sign * measured / scale if where != "above" else sign * measured * bandwidth**power / factor
    )


KERNEL_MISTAKES = (
    Mistake(
        "forgot-square-distance",
        "forgot to square the distance",
        "You used the distance itself. The Gaussian falls with its square.",
        distance="unsquared",
    ),
    Mistake(
        "forgot-square-distance",
        "forgot to square the distance",
        "You added up absolute differences. The Gaussian needs the squared Euclidean distance.",
        distance="absolute",
    ),
    Mistake(
        "squared-sum-differences",
        "squared the sum of the differences",
        "Differences of opposite sign cancelled. Square each difference, then add up.",
        distance="summed first",
    ),
    Mistake(
        "took-mean-over-features",
        "took the mean over the features, not the sum",
        "The squared distance is the sum over all d features; the mean is d times smaller.",
        distance="mean",
    ),
    Mistake(
        "used-dot-product",
        "used the dot product, not the distance",
        "Nearness is measured by ‖q − k‖² here. Dot products are lesson 03.",
        distance="dot",
    ),
    Mistake(
        "forgot-2-under-fraction",
        "forgot the 2 under the fraction",
        "Without it your bump is narrower than the bandwidth says.",
        factor=1,
    ),
    Mistake(
        "squared-2-along-width",
        "squared the 2 along with the bandwidth",
        "Only the bandwidth is squared. With (2 bandwidth)² your bump is √2 times too wide.",
        factor=4,
    ),
    Mistake(
        "multiplied-2",
        "multiplied by 2 instead of dividing",
        "The 2 stands under the fraction, beside the squared bandwidth.",
        factor=0.5,
    ),
    Mistake(
        "forgot-square-width",
        "forgot to square the bandwidth",
        "The bandwidth has the unit of the distance, and the distance is squared, so it is too.",
        power=1,
    ),
    Mistake(
        "ignored-width",
        "ignored the bandwidth",
        "Doubling the bandwidth should make farther keys count more. Yours stays the same.",
        power=0,
    ),
    Mistake(
        "multiplied-width",
        "multiplied by the bandwidth instead of dividing",
        "A larger bandwidth must make the bump wider. Yours gets narrower.",
        where="above",
    ),
    Mistake(
        "forgot-minus-sign",
        "forgot the minus sign",
        "Far keys weigh more than near ones in yours. Nearness must fall with distance.",
        sign=1,
    ),
)


def rarer_kernel_mistakes(rewrite):
    """Mistakes that seldom come in company; on their own they cost no pairs to search."""
    return (
        Mistake(
            "forgot-both-squares-2",
            "forgot both squares and the 2",
            "exp(−distance / bandwidth) is the Laplace kernel, which has a sharp peak. "
            "The Gaussian squares distance and bandwidth, and divides by 2.",
            *(
                partial(rewrite, distance=distance, factor=1, power=1)
                for distance in ("unsquared", "absolute")
            ),
        ),
        Mistake(
            "put-under-fraction",
            "put π under the fraction",
            "π belongs to a density's constant in front, which this kernel does not have.",
            partial(rewrite, factor=2 * np.pi),
        ),
        Mistake(
            "squared-sum-absolute-differences",
            "squared the sum of the absolute differences",
            "That is the squared city-block distance. Square each difference, then add up.",
            partial(rewrite, distance="absolute squared"),
        ),
        Mistake(
            "compared-only-first-feature",
            "compared only the first feature",
            "A point has d features, and all of them add to its distance.",
            partial(rewrite, distance="first feature"),
        ),
        Mistake(
            "squared-distance-twice",
            "squared the distance twice",
            "The squared distance appears once. Yours falls with its square again.",
            partial(rewrite, distance="fourth"),
        ),
        Mistake(
            "forgot-2-before-q-k",
            "forgot the 2 before q·k",
            "‖q − k‖² is ‖q‖² + ‖k‖² minus *twice* the dot product.",
            partial(rewrite, distance="expanded"),
        ),
        Mistake(
            "used-dot-product",
            "used the dot product, not the distance",
            "Nearness is measured by ‖q − k‖² here. Dot products are lesson 03.",
            *(partial(rewrite, distance="dot", factor=1, power=power) for power in (0, 1, 2)),
        ),
        Mistake(
            "used-bare-distance",
            "used the bare distance",
            "The bandwidth sets how far is far; the Gaussian falls with the squared distance.",
            partial(rewrite, distance="unsquared", factor=1, power=0),
        ),
        Mistake(
            "took-square-root-width",
            "took the square root of the bandwidth",
            "The bandwidth is squared under the fraction.",
            partial(rewrite, power=0.5),
        ),
        Mistake(
            "squared-width-twice",
            "squared the bandwidth twice",
            "The squared bandwidth appears once under the fraction.",
            partial(rewrite, power=4),
        ),
        Mistake(
            "multiplied-width",
            "multiplied by the bandwidth instead of dividing",
            "A larger bandwidth must make the bump wider. Yours gets narrower.",
            partial(rewrite, where="above", power=1, factor=1),
        ),
    )


def gaussian_kernel_with(query, keys, bandwidth, *, after="nothing", **knobs):
    scores = nearness(query, keys, bandwidth, **knobs)
    if after == "no exp":
        return scores
    if after == "inverse":
        return 1 / (1 - scores)
    kernel = np.exp2(scores) if after == "base 2" else np.exp(scores)
    if after in ("rows", "columns", "all"):
        return kernel / kernel.sum({"rows": -1, "columns": 0, "all": None}[after], keepdims=True)
    if after == "row maximum":
        return kernel / kernel.max(-1, keepdims=True)
    if after == "density":
        return kernel / (bandwidth * np.sqrt(2 * np.pi))
    if after == "density in d":
        return kernel / (bandwidth * np.sqrt(2 * np.pi)) ** query.shape[-1]
    return 1 - kernel if after == "one minus" else kernel
