"""Give each vector mean 0 and variance 1, then a gain and a bias."""

from functools import partial

import torch

from attncourse import blocks
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import by_shape


def _norm_case(label, x, *, dtype=torch.float64, **options):
    width = x.shape[-1]
    gain, bias = by_shape(width, seed=31, dtype=dtype), by_shape(width, seed=62, dtype=dtype)
    return Case(label, x.to(dtype), gain, bias, **options)


def _cases():
    return [
        _norm_case("plain", by_shape(2, 3)),
        _norm_case("one vector", by_shape(5)),
        _norm_case("one token", by_shape(1, 7)),
        _norm_case("plain", by_shape(2, 5, 6) * 3 + 2),
        _norm_case("another eps", by_shape(3, 5, 7), eps=0.3),
        _norm_case("large offset", by_shape(5, 6) + 50, rtol=1e-4),
        _norm_case(
            "vectors of different size", by_shape(3, 7) * torch.tensor([[1e2], [1], [1e-2]])
        ),
        _norm_case("nearly equal entries", by_shape(3, 5) * 1e-3 - 1),
        _norm_case("equal entries", torch.full((2, 6), 3.0)),
        _norm_case("two batch axes", by_shape(2, 3, 5, 71)),
        _norm_case("float32", by_shape(3, 5, 10), dtype=torch.float32),
        _norm_case("not contiguous", by_shape(7, 5).T),
    ]


def _with(
    x,
    gain,
    bias,
    eps=1e-5,
    *,
    over="entries",
    centre="mean",
    spread="variance",
    guard="inside",
    stretch="gain",
    shift="bias",
    batch="any",
):
    if batch == "one":
        _, _, _ = x.shape
    axes = {"entries": -1, "tokens": -2, "batch": 0, "all": tuple(range(x.ndim)), "two": (-2, -1)}
    axis = axes[over]
    mean = x.mean(axis, keepdim=True)
    squares = (x if spread == "square" else x - mean).square()
    size = squares.numel() / squares.sum(axis, keepdim=True).numel()
    count = {"unbiased": size - 1, "sum": 1}.get(spread, size)
    variance = squares.sum(axis, keepdim=True) / count
    eps = {"fixed": 1e-5, "none": 0.0, "after": 0.0, "off": -eps}.get(guard, eps)
    deviation = (
        variance.sqrt() + eps
        if guard == "outside"
        else variance + eps
        if spread == "no root"
        else (variance + eps).sqrt()
    )
    normal = {
        "mean": lambda: (x - mean) / deviation,
        "none": lambda: x / deviation,
        "after": lambda: x / deviation - mean,
        "only": lambda: x - mean,
    }[centre]()
    if shift == "in brackets":
        return normal * (gain + bias)
    if shift == "before gain":
        return (normal + bias) * gain
    stretched = {"gain": gain, "none": 1.0, "one more": 1 + gain, "bias": bias}[stretch] * normal
    return stretched + {"bias": bias, "none": 0.0, "gain": gain, "minus": -bias}[shift]


def _around(x, gain, bias, eps=1e-5, *, way):
    """Another way to bring a vector to a common size."""
    distance = x - x.mean(-1, keepdim=True)
    low, high = x.amin(-1, keepdim=True), x.amax(-1, keepdim=True)
    made = {
        "absolute": lambda: distance / (distance.abs().mean(-1, keepdim=True) + eps).sqrt(),
        "no root": lambda: distance / (distance.abs().mean(-1, keepdim=True) + eps),
        "range": lambda: (x - low) / (high - low + eps),
        "softmax": lambda: x.softmax(-1),
    }[way]()
    return made * gain + bias


def _mean_divided(x, gain, bias, eps=1e-5):
    deviation = (x.var(-1, keepdim=True, correction=0) + eps).sqrt()
    return x - x.mean(-1, keepdim=True) / deviation * gain + bias


EXERCISE = Exercise(
    reference=blocks.layer_norm,
    points=2,
    cases=_cases,
    hints=(
        "Take one vector alone, with gain 1 and bias 0: which mean and which variance should it "
        "have afterwards?",
        "Mean and variance run over the last axis only. Keep that axis with size 1, so that they "
        "line up with the vector again.",
        "The variance is the mean of the squared distances from the mean, divided by d_model, not "
        "by d_model − 1; eps is added to it before the root.",
    ),
    verified="each vector on its own, with any number of batch axes, another eps, vectors of very "
    "different size, equal entries, float32 and float64; gradients of x, gain and bias",
    sizes=lambda x, gain, bias, eps=1e-5: {"d_model": x.shape[-1]},
    rewrite=_with,
    laws=(
        Law(
            "without gain and bias, each vector has mean 0",
            lambda result, x, gain, bias, eps=1e-5: bool(
                torch.allclose(
                    ((result - bias) / gain).mean(-1).double(), torch.zeros(()).double(), atol=1e-4
                )
            ),
        ),
        Law(
            "without gain and bias, no vector has a variance above 1",
            lambda result, x, gain, bias, eps=1e-5: bool(
                (((result - bias) / gain).var(-1, correction=0) < 1 + 1e-4).all()
            ),
        ),
    ),
    mistakes=(
        Mistake(
            "normalised-over-tokens",
            "normalised over the tokens, not over a vector's entries",
            "Each token is normalised on its own, so that no token needs to know the others: the "
            "mean runs over the last axis.",
            over="tokens",
        ),
        Mistake(
            "normalised-over-first-axis",
            "normalised over the first axis",
            "That is close to batch normalisation, and at another batch size it gives another "
            "result. The mean runs over the entries of one vector, the last axis.",
            over="batch",
        ),
        Mistake(
            "took-one-mean-variance-everything",
            "took one mean and variance for everything",
            "Every vector has a mean and a variance of its own: reduce the last axis only.",
            over="all",
        ),
        Mistake(
            "took-one-mean-variance-per",
            "took one mean and variance per sequence",
            "Every token has a mean and a variance of its own: reduce the last axis only.",
            over="two",
        ),
        Mistake(
            "divided-squares-d-model-1",
            "divided the squares by d_model − 1",
            "torch.var and torch.std do that by default. Here the variance is the plain mean of "
            "the squares.",
            spread="unbiased",
        ),
        Mistake(
            "divided-variance",
            "divided by the variance instead of its root",
            "The variance is in squared units. To bring a vector to variance 1, divide by √.",
            spread="no root",
        ),
        Mistake(
            "added-squares-up",
            "added the squares up instead of averaging them",
            "The variance is a mean: divide the sum of the squares by d_model.",
            spread="sum",
        ),
        Mistake(
            "put-eps-outside-root",
            "put eps outside the root",
            "eps is added to the variance, under the root: √(σ² + eps).",
            guard="outside",
        ),
        Mistake(
            "forgot-eps",
            "forgot eps",
            "A vector of equal entries has variance 0, and 0 / 0 is NaN. Add eps under the root.",
            guard="none",
        ),
        Mistake(
            "used-1e-5-whatever-eps",
            "used 1e-5 whatever eps came",
            "eps is an argument; use the one that was passed.",
            guard="fixed",
        ),
        Mistake(
            "forgot-gain",
            "forgot the gain",
            "After normalising, each entry is multiplied by its own gain.",
            stretch="none",
        ),
        Mistake(
            "forgot-bias",
            "forgot the bias",
            "At the end each entry gets its own bias added.",
            shift="none",
        ),
        Mistake(
            "swapped-gain-bias",
            "swapped gain and bias",
            "The gain multiplies, the bias is added.",
            stretch="bias",
            shift="gain",
        ),
        Mistake(
            "added-bias-before-gain",
            "added the bias before the gain",
            "Stretch first, then shift: the bias is not multiplied.",
            shift="before gain",
        ),
        Mistake(
            "subtracted-bias",
            "subtracted the bias",
            "The bias is added.",
            shift="minus",
        ),
        Mistake(
            "multiplied-1-gain",
            "multiplied by 1 + gain",
            "Some libraries store the gain's difference from 1. Here the gain itself multiplies.",
            stretch="one more",
        ),
        Mistake(
            "did-subtract-mean",
            "did not subtract the mean",
            "The result must have mean 0 before gain and bias: subtract μ first.",
            centre="none",
        ),
        Mistake(
            "divided-root-mean-square-x",
            "divided by the root mean square of x itself",
            "That is RMSNorm when the mean stays, a good idea of its own. Here squares are taken "
            "of x − μ, and x − μ is divided.",
            centre="none",
            spread="square",
        ),
        Mistake(
            "took-squares-x",
            "took the squares of x instead of x − μ",
            "The variance measures distances from the mean.",
            spread="square",
        ),
        Mistake(
            "subtracted-mean-after-dividing",
            "subtracted the mean after dividing",
            "Subtract first: (x − μ) / √(σ² + eps).",
            centre="after",
        ),
        Mistake(
            "did-divide-deviation",
            "did not divide by the deviation",
            "The mean is 0 now, but the variance is not 1 yet.",
            centre="only",
        ),
        Mistake(
            "counted-exactly-one-batch-axis",
            "counted on exactly one batch axis",
            "The input may be one vector, or have several batch axes. Count axes from the right.",
            batch="one",
        ),
        Mistake(
            "divided-mean-alone",
            "divided the mean alone, for want of brackets",
            "x − μ comes first: (x − μ) / √(σ² + eps).",
            _mean_divided,
        ),
        Mistake(
            "neither-gain-nor-bias",
            "used neither the gain nor the bias that came",
            "They are arguments: the normalised entries times the gain, plus the bias.",
            {"stretch": "none", "shift": "none"},
        ),
        Mistake(
            "eps-taken-off",
            "took eps off",
            "It is added, so that no variance is 0 under the root.",
            guard="off",
        ),
        Mistake(
            "bias-in-brackets",
            "multiplied by gain + bias",
            "The bias is added after the gain has multiplied.",
            shift="in brackets",
        ),
        Mistake(
            "absolute-distances",
            "took absolute distances for the variance",
            "The variance is the mean of the squared distances from the mean.",
            partial(_around, way="absolute"),
            partial(_around, way="no root"),
        ),
        Mistake(
            "range",
            "brought the entries between 0 and 1",
            "Asked are mean 0 and variance 1.",
            partial(_around, way="range"),
        ),
        Mistake(
            "softmax",
            "took a softmax",
            "Asked are mean 0 and variance 1; a softmax makes weights.",
            partial(_around, way="softmax"),
        ),
    ),
)
