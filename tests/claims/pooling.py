"""What lesson 02 claims."""

from functools import cache

import numpy as np

from attncourse import pooling
from attncourse.data import diabetes
from attncourse.pooling import softmax
from tests.claims import claim

GIVEN = {
    "442": "scikit-learn, load_diabetes: number of patients",
    "25": "scikit-learn, load_diabetes: least progression",
}

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
    "On the left, three of them leave the picture",
    holds=lambda boxcar, mean: boxcar > 1.5 * mean,
    beside="always the mean",
    shown=".0f",
)
def a_small_bandwidth_without_neighbours(seed):
    return _errors(seed, "boxcar")[2][0], _errors(seed, "boxcar")[1]


@claim(
    "the curves would rise only a little above the line",
    holds=lambda largest, mean: largest < mean + 4,
    beside="always the mean",
    shown=".1f",
    seeds=range(8),
)
def the_mean_in_place_of_zero(seed):
    seen, choose, _ = diabetes(standardize=True, seed=seed)
    mean, found = seen.progression.mean(), []
    for bandwidth in BANDWIDTHS:
        kernel = pooling.boxcar_kernel(choose.features, seen.features, bandwidth)
        predicted = pooling.attention_pool(pooling.normalize(kernel), seen.progression)
        predicted[~kernel.any(axis=-1)] = mean
        found.append(np.sqrt(np.mean((predicted - choose.progression) ** 2)))
    return max(found), np.sqrt(np.mean((choose.progression - mean) ** 2))


@claim(
    "on average none does better than the straight line",
    holds=lambda best_kernel, line: best_kernel > line,
    beside="the straight line, mean of the same five splits",
    shown=".1f",
    seeds=range(4),  # splits 0 to 4, as in the lesson, then 5 to 9, and so on
)
def kernels_and_a_straight_line(seed):
    splits = range(5 * seed, 5 * seed + 5)
    lines = [_line(*diabetes(standardize=True, seed=split)[::2]) for split in splits]
    kernels = [np.mean([_errors(split, name)[0] for split in splits]) for name in NAMES]
    return min(kernels), np.mean(lines)


def _line(seen, patients):
    """Error of a straight line, least squares on the patients seen."""
    design, new = (np.insert(part.features, 0, 1, axis=1) for part in (seen, patients))
    predicted = new @ np.linalg.lstsq(design, seen.progression, rcond=None)[0]
    return np.sqrt(np.mean((predicted - patients.progression) ** 2))


@claim(
    "the three derivatives add up to 0",
    holds=lambda total: abs(total) < 1e-9,
    exact="three given scores",
)
def derivatives_add_up_to_zero():
    raised, scores = np.array([2.001, 1.0, 0.0]), np.array([2.0, 1.0, 0.0])
    return ((softmax(raised) - softmax(scores)) / 0.001).sum()
