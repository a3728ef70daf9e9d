"""Derive it: what guidance aims at, where everything is Gaussian."""

import torch

from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import normal
from attncourse.vision import noise


def _case(label, seed, scale, *shape, share=0.5, **options):
    mean, mean_all = normal(seed, *shape, **options), normal(seed + 20, *shape, **options)
    variance_all = 0.5 + normal(seed + 40, *shape, **options).square()
    variance = variance_all * (share + (1 - share) * normal(seed + 60, *shape, **options).sigmoid())
    return Case(label, mean, variance * 0.9, mean_all, variance_all, scale, gradient=False)


def _cases():
    return [
        _case("plain", 1, 2.0, 1),
        _case("scale 1", 2, 1.0, 3),
        _case("scale 0", 3, 0.0, 3),
        _case("between", 4, 0.5, 4),
        _case("several numbers", 5, 3.0, 2, 3),
        _case("strong", 6, 8.0, 40),
        _case("sharp", 7, 2.0, 4, share=0.01),
        _case("float32", 8, 2.0, 5, dtype=torch.float32),
    ]


def _with(
    mean, variance, mean_all, variance_all, scale, *, join="product", rest="less", give="variance"
):
    w = scale
    v = {"less": 1 - w, "none": 0.0, "one": 1.0, "minus": -w, "same": w}[rest]
    if join == "swapped":
        w, v, join = v, w, "product"
    if join == "deviations":
        variance, variance_all, join = variance.sqrt(), variance_all.sqrt(), "product"
    precision = w / variance + v / variance_all
    found = (w * mean / variance + v * mean_all / variance_all) / precision, 1 / precision
    plain = w * mean + v * mean_all, w * variance + v * variance_all
    if join == "averages":
        found = plain
    if join == "mean only":
        found = plain[0], found[1]
    if join == "variance only":
        found = found[0], plain[1]
    if join == "independent":
        found = plain[0], w * w * variance + v * v * variance_all
    if join == "mixture":
        away = w * (mean - plain[0]).square() + v * (mean_all - plain[0]).square()
        found = plain[0], plain[1] + away
    if join == "no division":
        found = found[0] * precision, found[1]
    return found[0], {"variance": found[1], "root": found[1].sqrt(), "precision": precision}[give]


def _unchanged(result, mean, variance, mean_all, variance_all, scale):
    return scale != 1 or all(map(torch.allclose, result, (mean, variance)))


EXERCISE = Exercise(
    reference=noise.guided_gaussian,
    points=3,
    cases=_cases,
    hints=(
        "Take the logarithm: a product of powers becomes a sum, with the weights w and 1 − w.",
        "ln N(x; m, v) = −(x − m)² / 2v + something without x. Sum two such parabolas: again a "
        "parabola. What stands before x², what before x?",
        "Before x² stands −1/2 times the new precision 1/v, before x stands m/v.",
        "The precisions add up with the weights w and 1 − w, and so do the products m/v. Divide "
        "at the end.",
    ),
    verified="precisions and their products with the means add up with the weights scale and "
    "1 − scale; scales 0, 1, between and far above, float32 and float64",
    rewrite=_with,
    returns=("mean", "variance"),
    laws=(Law("at scale 1 nothing changes", _unchanged),),
    mistakes=(
        Mistake(
            "averaged",
            "averaged means and variances",
            "The logarithms are added, so it is the precisions, 1/variance, that add up.",
            {"join": "averages"},
        ),
        Mistake(
            "averaged-means",
            "added up the means without their precisions",
            "Before x stands mean/variance: a narrow Gaussian has more to say.",
            join="mean only",
        ),
        Mistake(
            "averaged-variances",
            "averaged the variances",
            "Before x² stands 1/variance: the precisions add up.",
            join="variance only",
        ),
        Mistake(
            "mixture",
            "mixed the two Gaussians instead of multiplying them",
            "A mixture draws from one or from the other. Here one density is the product of both.",
            join="mixture",
        ),
        Mistake(
            "sum-of-draws",
            "added two independent draws",
            "It is the densities that are multiplied, not the numbers that are added.",
            join="independent",
        ),
        Mistake(
            "swapped-weights",
            "swapped the weights scale and 1 − scale",
            "The Gaussian of the words has the power scale.",
            join="swapped",
        ),
        Mistake(
            "dropped-all",
            "left out the Gaussian of all pictures",
            "It has the power 1 − scale, which is negative where scale is above 1.",
            rest="none",
        ),
        Mistake(
            "power-of-all",
            "took another power than 1 − scale for the Gaussian of all pictures",
            "The two powers sum to 1, so that nothing changes at scale 1.",
            {"rest": "one"},
            {"rest": "minus"},
            {"rest": "same"},
        ),
        Mistake(
            "standard-deviations",
            "took the variances for standard deviations",
            "The exponent of a Gaussian is divided by the variance as it comes.",
            join="deviations",
        ),
        Mistake(
            "returned-deviation",
            "returned the standard deviation",
            "Asked for is the variance, its square.",
            give="root",
        ),
        Mistake(
            "returned-precision",
            "returned the precision",
            "The variance is 1 over it.",
            give="precision",
        ),
        Mistake(
            "undivided-mean",
            "forgot to divide what stands before x by the precision",
            "Before x stands mean/variance: to get the mean, divide by the new precision.",
            join="no division",
        ),
    ),
)
