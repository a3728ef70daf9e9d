"""Rate how near each key lies to each query."""

import numpy as np

from attncourse import pooling
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.pooling.shared import (
    KERNEL_MISTAKES,
    gaussian_kernel_with,
    points,
    rarer_kernel_mistakes,
)


def _cases():
    rng = np.random.default_rng(24)
    query, keys = points(rng, M=3, N=5, d=2)
    crowd = np.random.default_rng(26).normal(size=(23, 5))
    return [
        Case("plain", np.array([[0.0, 1.0]]), np.array([[1.5, 1], [0, -1], [0, 1]]), 0.8),
        Case("one key", *points(rng, M=3, N=1, d=2), 1.7),
        Case("one query", *points(rng, M=1, N=5, d=3), 0.7),
        Case("one dimension", *points(rng, M=3, N=5, d=1), 0.7),
        Case("narrow", *points(rng, M=3, N=5, d=2), 0.3),
        Case("wide", *points(rng, M=5, N=3, d=2), 6.0),
        Case("M < N", *points(rng, M=67, N=71, d=2), 1.3),
        Case("M > N", *points(rng, M=7, N=2, d=5), 2.6),
        Case("many dimensions", *points(rng, M=2, N=3, d=11), 2.2),
        Case("far from all keys", query + 40, keys, 1.5),
        Case("a query on a key", keys[[1, 4]], keys, 0.6),
        Case("every query on a key", crowd[:17], crowd, 0.7),
        Case("float32", query.astype("float32"), keys.astype("float32"), 0.9),
        Case("not contiguous", rng.normal(size=(3, 5)).T, rng.normal(size=(3, 7)).T, 1.4),
    ]


def _kernel_of_each(query, keys, bandwidth):
    return np.exp(-((query[:, None] - keys[None]) ** 2) / (2 * bandwidth**2)).sum(-1)


def _kernel_cut_off(query, keys, bandwidth):
    squared = pooling.squared_distance(query, keys)
    return np.where(squared > 9 * bandwidth**2, 0.0, np.exp(-squared / (2 * bandwidth**2)))


def _kernel_over_keys(query, keys, bandwidth):
    return np.exp(-((query[:, None] - keys[None]) ** 2).sum(1) / (2 * bandwidth**2))


EXERCISE = Exercise(
    reference=pooling.gaussian_kernel,
    points=2,
    cases=_cases,
    hints=(
        "First a table of squared distances, queries down and keys across; then one formula for "
        "the whole table.",
        "`query[:, None, :] - keys[None, :, :]` has shape (M, N, d): every query minus every key. "
        "What is left to do with the last axis?",
        "Once the table of squared distances is there, the formula is written for it as it "
        "stands. Check one entry: a query on top of a key must get 1, whatever the bandwidth.",
    ),
    rewrite=gaussian_kernel_with,
    mistakes=(
        *KERNEL_MISTAKES,
        Mistake(
            "used-dot-product",
            "used the dot product, not the distance",
            "Nearness is measured by ‖q − k‖² here. Dot products are lesson 03.",
            lambda query, keys, bandwidth: np.exp(-(query @ keys.T) / (2 * bandwidth**2)),
        ),
        *rarer_kernel_mistakes(gaussian_kernel_with),
        Mistake(
            "normalised-rows",
            "normalised the rows",
            "That is the next step. A kernel rates each key on its own: 1 at distance 0.",
            after="rows",
        ),
        Mistake(
            "normalised-columns",
            "normalised the columns",
            "A kernel rates each pair on its own: 1 at distance 0. Nothing is normalised here.",
            after="columns",
        ),
        Mistake(
            "normalised-whole-table",
            "normalised the whole table",
            "A kernel rates each pair on its own: 1 at distance 0. Nothing is normalised here.",
            after="all",
        ),
        Mistake(
            "divided-row-largest-entry",
            "divided each row by its largest entry",
            "A kernel rates each pair on its own: 1 at distance 0, whoever else is near.",
            after="row maximum",
        ),
        Mistake(
            "took-powers-2",
            "took powers of 2, not of e",
            "The rule asks for the exponential function.",
            after="base 2",
        ),
        Mistake(
            "used-boxcar-kernel",
            "used the boxcar kernel",
            "Near keys count fully and others not at all in yours. The Gaussian falls smoothly.",
            pooling.boxcar_kernel,
        ),
        Mistake(
            "used-triangular-kernel",
            "used the triangular kernel",
            "Yours falls in a straight line, to 0 at the bandwidth. The Gaussian never ends.",
            pooling.triangular_kernel,
        ),
        Mistake(
            "used-epanechnikov-kernel",
            "used the Epanechnikov kernel",
            "Yours falls along a parabola, to 0 at the bandwidth. The Gaussian never ends.",
            pooling.epanechnikov_kernel,
        ),
        Mistake(
            "divided-width-root-2",
            "divided by bandwidth √(2π), as for a density",
            "A probability density integrates to 1. This kernel is 1 at distance 0.",
            after="density",
        ),
        Mistake(
            "divided-width-root-2-d",
            "divided by (bandwidth √(2π))^d, as for a density",
            "A probability density integrates to 1. This kernel is 1 at distance 0.",
            after="density in d",
        ),
        Mistake(
            "left-out-exponential",
            "left out the exponential",
            "These are scores, at most 0. The kernel is their exponential, between 0 and 1.",
            after="no exp",
        ),
        Mistake(
            "used-1-1-distance",
            "used 1 / (1 + distance) instead of the exponential",
            "That falls much more slowly. The rule asks for the exponential.",
            after="inverse",
        ),
        Mistake(
            "returned-one-minus-kernel",
            "returned one minus the kernel",
            "At distance 0 the kernel is 1, far away nearly 0.",
            after="one minus",
        ),
        Mistake(
            "swapped-queries-keys",
            "swapped queries and keys",
            "Queries stand down, keys across: shape (M, N).",
            lambda query, keys, bandwidth: pooling.gaussian_kernel(keys, query, bandwidth),
        ),
        Mistake(
            "compared-query-i-key-i",
            "compared query i with key i only",
            "Every query meets every key: the table is (M, N). Give each its own axis before "
            "subtracting.",
            lambda query, keys, bandwidth: np.exp(
                -((query - keys) ** 2).sum(-1) / (2 * bandwidth**2)
            ),
        ),
        Mistake(
            "did-sum-over-features",
            "did not sum over the features",
            "You have one number per query, key and feature. A distance is one number per query "
            "and key.",
            lambda query, keys, bandwidth: np.exp(
                -((query[:, None] - keys[None]) ** 2) / (2 * bandwidth**2)
            ),
        ),
        Mistake(
            "exponentiated-feature-before-adding-up",
            "exponentiated each feature before adding up",
            "exp of a sum is a product of exponentials, not their sum. Add the squares first.",
            _kernel_of_each,
        ),
        Mistake(
            "cut-kernel-off-three-widths",
            "cut the kernel off at three widths",
            "A Gaussian is small far away, but never 0.",
            _kernel_cut_off,
        ),
        Mistake(
            "added-up-over-keys",
            "added up over the keys, not over the features",
            "There must be one distance per query and key: the features are the last axis.",
            _kernel_over_keys,
        ),
    ),
    laws=(
        Law(
            "queries down, keys across",
            lambda result, query, keys, bandwidth: result.shape == (len(query), len(keys)),
        ),
        Law(
            "every nearness is between 0 and 1",
            lambda result, query, keys, bandwidth: bool(
                ((result >= 0) & (result <= 1 + 1e-9)).all()
            ),
        ),
    ),
    sizes=lambda query, keys, bandwidth: {
        "M": query.shape[0],
        "N": keys.shape[0],
        "d": query.shape[1],
        "bandwidth": bandwidth,
    },
    verified="1 where a query lies on a key, falling with the squared distance over all features, "
    "widths from 0.3 to 6, M ≠ N, and not normalised",
)
