"""What lesson 02 claims."""

from functools import cache

import numpy as np

from attncourse import pooling
from attncourse.data import diabetes
from attncourse.pooling import softmax
from tests.claims import claim

GIVEN = {"442": "scikit-learn, load_diabetes: number of patients"}

BANDWIDTHS = np.geomspace(0.3, 30, 21)


@claim(
    "What fraction of the weight do the nine keys get between them",
    holds=lambda nine, one: nine > 3 * one,
    beside="the one",
    shown=".0%",
    exact="ten given scores",
)
def nine_zeros():
    weights = softmax(np.array([1.0] + 9 * [0.0]))
    return weights[1:].sum(), weights[0]


@claim(
    "whatever the query, it can never leave the rubber band",
    holds=lambda outside: outside <= 0,
    exact="a law of convex weights; tried here on 300 outputs along 2000 directions",
)
def outside_the_hull():
    rng = np.random.default_rng(0)
    values, directions = rng.normal(size=(7, 5)), rng.normal(size=(5, 2000))
    reach = values @ directions
    found = softmax(10 * rng.normal(size=(300, 7))) @ values @ directions
    return max((found - reach.max(0)).max(), (reach.min(0) - found).max())


@cache
def _errors(seed, name):
    """Held-out error at the bandwidth chosen, and the chosen bandwidth's error and its range."""
    seen, choose, test = diabetes(standardize=True, seed=seed)
    kernel = getattr(pooling, f"{name}_kernel")

    def error(bandwidth, patients):
        predicted = pooling.kernel_regression(patients.features, *seen, bandwidth, kernel=kernel)
        return np.sqrt(np.mean((predicted - patients.progression) ** 2))

    by_choice = [error(b, choose) for b in BANDWIDTHS]
    always = np.sqrt(np.mean((test.progression - seen.progression.mean()) ** 2))
    return error(BANDWIDTHS[np.argmin(by_choice)], test), always, np.array(by_choice)


NAMES = ("gaussian", "boxcar", "triangular", "epanechnikov")


@claim(
    "a middle one predicts best",
    holds=lambda worst, mean: worst < mean - 5,
    beside="always the mean",
    shown=".1f",
    seeds=range(8),
)
def every_kernel_beats_the_mean(seed):
    found = [_errors(seed, name) for name in NAMES]
    return max(error for error, _, _ in found), found[0][1]


@claim(
    "the bandwidth matters much more than the kernel",
    holds=lambda between_kernels, between_bandwidths: 5 * between_kernels < between_bandwidths,
    beside="range over bandwidths, Gaussian",
    shown=".1f",
    seeds=range(8),
)
def valleys_are_about_equally_deep(seed):
    lowest = [_errors(seed, name)[2].min() for name in NAMES]
    gaussian = _errors(seed, "gaussian")[2]
    return max(lowest) - min(lowest), gaussian.max() - gaussian.min()


@claim(
    "On the left three curves shoot up, far above the mean",
    holds=lambda boxcar, mean: boxcar > 1.5 * mean,
    beside="always the mean",
    shown=".0f",
)
def a_small_bandwidth_is_worse_than_the_mean(seed):
    return _errors(seed, "boxcar")[2][0], _errors(seed, "boxcar")[1]


def _largest_entries(scale, seed):
    weights = softmax(scale * np.random.default_rng(seed).normal(size=(2000, 64)))
    return (weights * (1 - weights)).max(axis=-1)


@claim(
    "For the typical draw the Jacobian does vanish: the median falls off a cliff",
    holds=lambda median, mean: median < 1e-10 and 0.008 < mean < 0.02,
    beside="the mean",
    shown=".0e",
)
def median_and_mean_at_scale_100(seed):
    entries = _largest_entries(100, seed)
    return np.median(entries), entries.mean()


@claim(
    "the softmax lets something through in ever fewer rows",
    holds=lambda at_100, at_1: at_100 < 0.1 < 0.8 < at_1,
    beside="at scale 1",
    shown=".0%",
)
def share_that_carries_90_percent(seed):
    return tuple(pooling.carriers(_largest_entries(scale, seed), 0.9) for scale in (100, 1))
