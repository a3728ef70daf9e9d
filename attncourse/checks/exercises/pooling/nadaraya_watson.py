"""Average values by the nearness of their keys to each query."""

from functools import partial

import numpy as np

from attncourse import pooling
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.pooling.shared import (
    KERNEL_MISTAKES,
    gaussian_kernel_with,
    nearness,
    points,
    rarer_kernel_mistakes,
)


def _cases():
    rng = np.random.default_rng(25)

    def trio(*, M=5, N=7, d=3, d_v=2):
        return *points(rng, M=M, N=N, d=d), rng.normal(size=(N, d_v))

    query, keys, values = trio(M=3, N=5, d=2, d_v=7)
    distant = np.sqrt(2 * np.array([[706.0], [702.0], [703.5]]))
    remote = np.sqrt(2 * np.array([[1502.0], [1500.0], [1500.5]]))  # every kernel underflows to 0
    return [
        Case("plain", np.array([[0.0]]), np.array([[1.5], [-1.0]]), np.array([[4.0], [9.0]]), 0.8),
        Case("one key", *trio(M=3, N=1, d=2, d_v=5), 1.7),
        Case("one query", *trio(M=1), 0.7),
        Case("one number per value", *trio(M=3, N=5, d=2, d_v=1), 0.7),
        Case("one dimension", *trio(M=3, N=5, d=1, d_v=2), 0.6),
        Case("narrow", *trio(M=3, N=5, d=2, d_v=7), 0.3),
        Case("wide", *trio(M=5, N=3, d=2, d_v=7), 4.0),
        Case("M < N", *trio(M=67, N=71, d=2, d_v=5), 1.3),
        Case("M > N", *trio(M=7, N=2, d=5, d_v=3), 2.6),
        Case("a query on a key", keys[[1, 4]], keys, values, 0.6),
        Case(
            "far from all keys", query + np.array([[0], [60], [-90]]), keys, values, 0.7, rtol=1e-4
        ),
        Case("far from all keys", query[:1] + 70, keys, values, 1.5, rtol=1e-4),
        Case("far from all keys", np.zeros((1, 1)), distant, rng.normal(size=(3, 2)), 1.0),
        Case("far from all keys", np.zeros((1, 1)), remote, remote @ [[7.0, -2.0]], 1.0),
        Case("float32", *(part.astype("float32") for part in trio(M=2, N=5, d=3, d_v=7)), 0.9),
        Case("large values", *points(rng, M=3, N=5, d=2), 1e6 * rng.normal(size=(5, 7)), 1.3),
        Case(
            "not contiguous",
            rng.normal(size=(3, 5)).T,
            rng.normal(size=(3, 7)).T,
            rng.normal(size=(2, 7)).T,
            1.4,
        ),
    ]


def _with(query, keys, values, bandwidth, *, weigh="softmax", over="keys", output="mean", **knobs):
    scores = nearness(query, keys, bandwidth, **knobs)
    axis = {"keys": -1, "queries": 0, "all": None}[over]
    shift = {"softmax": scores.max(axis, keepdims=True), "common shift": scores.max()}
    if isinstance(weigh, int):
        scores = np.maximum(scores, weigh)
    kernel = np.exp(scores - shift.get("softmax" if weigh == "shifted only" else weigh, 0))
    if weigh == "mean for none":
        kernel = np.where(kernel.any(-1, keepdims=True), kernel, 1.0)
    if weigh == "nearest for none":
        lost = ~kernel.any(-1, keepdims=True)
        kernel = np.where(lost, scores == scores.max(-1, keepdims=True), kernel)
    if weigh == "twice":
        kernel = np.exp(kernel)
    elif weigh == "linear":
        kernel = scores
    weights = kernel
    if weigh not in ("unnormalised", "shifted only"):
        floor = {"epsilon": 1e-8, "large epsilon": 1e-2, "tiny epsilon": 1e-300}.get(weigh, 0)
        weights = kernel / (kernel.sum(axis, keepdims=True) + floor)
    if weigh == "nan to zero":
        weights = np.nan_to_num(weights)
    if weigh == "softmax twice":
        weights = pooling.softmax(pooling.softmax(scores))
    if output == "nearest":
        return values[scores.argmax(-1)]
    blend = weights @ values
    return blend / len(keys) if output == "over N" else blend


EXERCISE = Exercise(
    reference=pooling.nadaraya_watson,
    points=2,
    cases=_cases,
    hints=(
        "Three functions you have already written, one after the other: scores, weights, average.",
        "Dividing a Gaussian kernel by its sum is a softmax. Of which scores?",
        "What stands inside the exponential is a score. A stable softmax wants scores, and "
        "makes the exponentials itself.",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "divided-0-0-query-far",
            "got NaN for a query far from all keys",
            "Far away every exponential underflows to 0, which can neither be normalised nor "
            "turned back. Use softmax of the exponents, which shifts them first.",
            weigh="naive",
        ),
        Mistake(
            "gave-0-query-far-keys",
            "gave 0 to a query far from all keys",
            "A constant added to the sum, or a fallback, makes it 0, which is no average of the "
            "values. Use softmax of the exponents.",
            weigh="epsilon",
        ),
        Mistake(
            "added-constant-sum",
            "added a constant to the sum",
            "The weights of a query do not reach a sum of 1 any more. Use softmax of the "
            "exponents.",
            weigh="large epsilon",
        ),
        Mistake(
            "shifted-row-one-common-maximum",
            "shifted every row by one common maximum",
            "A far query's row still underflows to 0/0. Each query needs its own maximum.",
            weigh="common shift",
        ),
        Mistake(
            "did-normalise-weights",
            "did not normalise the weights",
            "Without it a query among many keys gets too large an output. The weights of each "
            "query must sum to 1.",
            weigh="unnormalised",
        ),
        Mistake(
            "applied-softmax-kernel",
            "applied softmax to the kernel",
            "The kernel is an exponential already: you exponentiated twice. Softmax wants the "
            "exponents.",
            weigh="twice",
        ),
        Mistake(
            "applied-softmax-twice",
            "applied softmax twice",
            "The second softmax flattens the weights of the first towards equal shares.",
            weigh="softmax twice",
        ),
        Mistake(
            "clipped-exponents",
            "clipped the exponents",
            "Clipping makes far keys equally far, so a far query averages all of them alike. "
            "A shift keeps their differences.",
            *(partial(_with, weigh=limit) for limit in (-50, -100, -500, -700)),
        ),
        Mistake(
            "normalised-exponents-without-exponentiating",
            "normalised the exponents without exponentiating",
            "Your weights are the squared distances' shares, so the farthest key weighs most.",
            weigh="linear",
        ),
        Mistake(
            "normalised-over-queries",
            "normalised over the queries, not the keys",
            "Each query is normalised over the keys: rows, not columns, sum to 1.",
            over="queries",
        ),
        Mistake(
            "normalised-over-queries-keys-together",
            "normalised over all queries and keys together",
            "Each query is normalised over the keys: every row sums to 1.",
            over="all",
        ),
        Mistake(
            "returned-nearest-key-s-value",
            "returned the nearest key's value",
            "That is the limit of bandwidth 0. All values are blended, near ones more.",
            output="nearest",
        ),
        Mistake(
            "divided-number-keys",
            "divided by the number of keys",
            "The weights already sum to 1: the output is the weighted sum, not divided again.",
            output="over N",
        ),
        *KERNEL_MISTAKES,
        *rarer_kernel_mistakes(_with),
        Mistake(
            "forgot-keep-summed-axis",
            "forgot to keep the summed axis",
            "Sums of shape (M,) line up with the keys, not with the queries. "
            "Keep the axis with size 1.",
            lambda query, keys, values, bandwidth: (
                (
                    gaussian_kernel_with(query, keys, bandwidth)
                    / gaussian_kernel_with(query, keys, bandwidth).sum(-1)
                )
                @ values
            ),
        ),
        Mistake(
            "averaged-keys",
            "averaged the keys, not the values",
            "Keys say where to look. What comes back is made of values.",
            lambda query, keys, values, bandwidth: pooling.nadaraya_watson(
                query, keys, keys, bandwidth
            ),
        ),
        Mistake(
            "returned-weights",
            "returned the weights",
            "The weights still have to average the values.",
            lambda query, keys, values, bandwidth: pooling.softmax(
                -pooling.squared_distance(query, keys) / (2 * bandwidth**2)
            ),
        ),
        Mistake(
            "averaged-over-queries",
            "averaged over the queries",
            "Every query gets an output of its own.",
            lambda *arguments: pooling.nadaraya_watson(*arguments).mean(0),
        ),
        Mistake(
            "ignored-query-took-mean-values",
            "ignored the query and took the mean of the values",
            "Near keys must count more than far ones.",
            lambda query, keys, values, bandwidth: np.tile(values.mean(0), (len(query), 1)),
        ),
        Mistake(
            "compared-keys-themselves",
            "compared the keys with themselves",
            "Each output belongs to a query: measure the distance from queries to keys.",
            lambda query, keys, values, bandwidth: pooling.nadaraya_watson(
                keys, keys, values, bandwidth
            ),
        ),
        Mistake(
            "fell-back-mean-query-far",
            "fell back on the mean for a query far from all keys",
            "A far query still has a nearest key. Use softmax of the exponents, which shifts "
            "them first.",
            partial(_with, weigh="mean for none"),
        ),
        Mistake(
            "fell-back-nearest-query-far",
            "fell back on the nearest value for a query far from all keys",
            "A second key may be about as near. Use softmax of the exponents, which shifts "
            "them first.",
            partial(_with, weigh="nearest for none"),
        ),
        Mistake(
            "did-divide-sum-weights",
            "did not divide by the sum of the weights",
            "The shift makes the largest weight 1. It is their sum that must be 1.",
            partial(_with, weigh="shifted only"),
        ),
        Mistake(
            "answered-only-first-query",
            "answered only the first query",
            "Every query gets an output of its own.",
            lambda query, *rest: pooling.nadaraya_watson(query[:1], *rest),
        ),
        Mistake(
            "squeezed-axes-size-1-away",
            "squeezed axes of size 1 away",
            "The output has shape (M, d_v) always, also for one query or one number per value.",
            lambda *arguments: np.squeeze(pooling.nadaraya_watson(*arguments)),
        ),
        Mistake(
            "gave-0-query-far-keys",
            "gave 0 to a query far from all keys",
            "Zeros are no average of the values, and a constant in the sum or a 0 for NaN "
            "does not find one. Use softmax of the exponents.",
            *(partial(_with, weigh=weigh) for weigh in ("nan to zero", "tiny epsilon")),
        ),
        Mistake(
            "divided-number-keys-not-sum",
            "divided by the number of keys, not by the sum of the kernel",
            "Weights must sum to 1 for every query, however many keys are near it.",
            *(
                partial(_with, output="over N", weigh=how)
                for how in ("shifted only", "unnormalised")
            ),
        ),
    ),
    laws=(
        Law(
            "one output per query, as wide as a value",
            lambda result, query, keys, values, bandwidth: (
                result.shape == (len(query), values.shape[1])
            ),
        ),
        Law(
            "no output leaves the range of the values",
            lambda result, query, keys, values, bandwidth: bool(
                (result <= values.max(0) + 1e-3 * np.abs(values).max()).all()
                and (result >= values.min(0) - 1e-3 * np.abs(values).max()).all()
            ),
        ),
    ),
    sizes=lambda query, keys, values, bandwidth: {
        "M": query.shape[0],
        "N": keys.shape[0],
        "d": query.shape[1],
        "d_v": values.shape[1],
        "bandwidth": bandwidth,
    },
    verified="every output is a weighted mean of the values, near keys count more, widths from 0.3 "
    "to 4, and a query far from all keys gets a finite answer",
)
