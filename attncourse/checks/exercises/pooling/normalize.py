"""Divide each row of weights by its sum."""

from functools import partial

import numpy as np

from attncourse import pooling
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake


def _cases():
    rng = np.random.default_rng(21)
    return [
        Case("plain", np.array([[1.0, 3.0], [2.0, 6.5], [0.5, 0.25]])),
        Case("no batch axis", rng.uniform(0.1, 4, 3)),
        Case("one key", rng.uniform(0.1, 4, (5, 1))),
        Case("one query", rng.uniform(0.1, 4, (1, 7))),
        Case("plain", rng.uniform(0, 4, (67, 71))),
        Case("zeros among the weights", np.array([[0.0, 3, 0, 5, 0], [2, 0, 0, 0, 0]])),
        Case("two batch axes", rng.uniform(0, 4, (2, 3, 5, 7))),
        Case("large weights", rng.uniform(1, 2, (3, 5)) * 1e6),
        Case("small weights", rng.uniform(1, 2, (3, 5)) * 1e-4, rtol=1e-3),
        Case("tiny weights", np.array([[1e-9, 3e-9, 0.5e-9], [2e-9, 0, 5e-9]]), rtol=1e-3),
        Case("rows of different size", rng.uniform(1, 2, (3, 5)) * [[1e-3], [1], [1e4]], rtol=1e-4),
        Case("float32", rng.uniform(0, 4, (2, 5)).astype("float32")),
        Case("whole numbers", np.array([[1, 3, 0, 5], [2, 2, 7, 1]]), rtol=1e-5),
        Case("already normalised", rng.dirichlet(np.ones(7), size=3)),
        Case("not contiguous", rng.uniform(0.1, 4, (7, 3)).T),
    ]


def _with(weights, *, over="keys", divide="sum", first="nothing", epsilon=0.0):
    if first == "exp":
        weights = np.exp(weights)
    elif first == "stable exp":
        weights = np.exp(weights - weights.max(None if over == "all" else -1, keepdims=True))
    elif first == "square":
        weights = weights**2
    elif first == "root":
        weights = np.sqrt(weights)
    axis = {"keys": -1, "queries": max(-2, -weights.ndim), "all": None, "first": 0}[over]
    if divide == "range":
        weights = weights - weights.min(axis, keepdims=True)
        return weights / weights.max(axis, keepdims=True)
    total = {
        "sum": lambda: weights.sum(axis, keepdims=True),
        "mean": lambda: weights.mean(axis, keepdims=True),
        "max": lambda: weights.max(axis, keepdims=True),
        "norm": lambda: np.sqrt((weights**2).sum(axis, keepdims=True)),
        "count": lambda: weights.shape[-1],
    }[divide]
    return weights / (total() + epsilon)


EXERCISE = Exercise(
    reference=pooling.normalize,
    points=1,
    cases=_cases,
    hints=(
        "What must each row be divided by, so that its entries sum to 1?",
        "Sum over the keys, the last axis, and over nothing else: the weights of every query add "
        "up to 1.",
        "The sums have one axis less than the weights. They must keep it, with size 1, so that "
        "row i is divided by sum i.",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "normalised-over-queries",
            "normalised over the queries, not the keys",
            "Your columns sum to 1. Each row belongs to one query, and it is the row that must "
            "add up to 1.",
            {"over": "queries"},
            lambda weights: weights / weights.reshape(-1, weights.shape[-1]).sum(0),
        ),
        Mistake(
            "divided-sum-weights",
            "divided by the sum of all weights",
            "Your whole array sums to 1. Each row must: a query has nothing to do with the other "
            "queries.",
            over="all",
        ),
        Mistake(
            "summed-over-first-axis",
            "summed over the first axis",
            "The first axis is the batch, or the queries. The keys are the last axis, however many "
            "axes stand before it.",
            over="first",
        ),
        Mistake(
            "divided-mean",
            "divided by the mean, not the sum",
            "Your rows sum to N, the number of keys. The weights of one query must add up to 1.",
            divide="mean",
        ),
        Mistake(
            "divided-number-keys",
            "divided by the number of keys",
            "That makes every weight smaller by the same factor, whatever the row sums to.",
            divide="count",
        ),
        Mistake(
            "divided-largest-weight",
            "divided by the largest weight",
            "Now the largest is 1. It is the sum of the row that must be 1.",
            divide="max",
        ),
        Mistake(
            "divided-euclidean-norm",
            "divided by the Euclidean norm",
            "Your squares sum to 1. The weights themselves must.",
            divide="norm",
        ),
        Mistake(
            "rescaled-range-0-1",
            "rescaled to the range from 0 to 1",
            "The smallest weight became 0 and the largest 1. Keep the proportions, change only "
            "the sum.",
            divide="range",
        ),
        Mistake(
            "added-constant-sum",
            "added a constant to the sum",
            "Your rows sum to less than 1, small ones most of all. "
            "Treat a sum of 0 on its own, if you want to.",
            *(
                partial(_with, epsilon=constant)
                for constant in (1.0, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10)
            ),
        ),
        Mistake(
            "exponentiated-first",
            "exponentiated first",
            "That is softmax, the next exercise. Here a weight twice as large gets a share twice "
            "as large.",
            first="exp",
        ),
        Mistake(
            "exponentiated-first",
            "exponentiated first",
            "That is softmax, the next exercise. Here a weight twice as large gets a share twice "
            "as large.",
            first="stable exp",
        ),
        Mistake(
            "squared-weights-first",
            "squared the weights first",
            "A weight twice as large must get a share twice as large, not four times.",
            first="square",
        ),
        Mistake(
            "took-square-root-weights-first",
            "took the square root of the weights first",
            "A weight four times as large must get a share four times as large, not twice.",
            first="root",
        ),
        Mistake(
            "forgot-keep-summed-axis",
            "forgot to keep the summed axis",
            "Sums of shape (M,) line up with the keys, not with the queries. Keep the axis with "
            "size 1.",
            lambda weights: weights / weights.sum(-1),
        ),
        Mistake(
            "kept-whole-numbers",
            "cut the shares of whole numbers to 0",
            "An array of whole numbers holds no 0.25: make the result with another dtype.",
            lambda weights: (weights / weights.sum(-1, keepdims=True)).astype(weights.dtype),
        ),
        Mistake(
            "returned-sums",
            "returned the sums",
            "The sums are what to divide by. The result has the shape of the weights.",
            lambda weights: weights.sum(-1, keepdims=True),
        ),
        Mistake(
            "made-weights-equal",
            "made all weights equal",
            "Every key got 1/N. Larger weights must keep larger shares.",
            lambda weights: np.full_like(weights, 1 / weights.shape[-1]),
        ),
        Mistake(
            "kept-only-largest-weight",
            "kept only the largest weight",
            "The largest got everything. Every key keeps its share.",
            lambda weights: (weights == weights.max(-1, keepdims=True)) * 1.0,
        ),
        Mistake(
            "subtracted",
            "subtracted instead of dividing",
            "Subtracting changes the proportions. To keep the proportions, divide.",
            lambda weights: weights - weights.sum(-1, keepdims=True),
        ),
        Mistake(
            "multiplied-sum",
            "multiplied by the sum",
            "To keep the proportions, divide by the sum.",
            lambda weights: weights * weights.sum(-1, keepdims=True),
        ),
        Mistake(
            "divided-row-first-row-s",
            "divided every row by the first row's sum",
            "Each query is normalised by itself: divide each row by its own sum.",
            lambda weights: weights / weights.reshape(-1, weights.shape[-1])[0].sum(),
        ),
        Mistake(
            "divided-only-where-sum-above",
            "divided only where the sum is above 1",
            "Rows that sum to less than 1 must grow, as the others must shrink.",
            lambda weights: weights / np.maximum(weights.sum(-1, keepdims=True), 1),
        ),
        Mistake(
            "left-last-weight-out-sum",
            "left the last weight out of the sum",
            "All N weights of a row belong to its sum.",
            lambda weights: weights / weights[..., :-1].sum(-1, keepdims=True),
        ),
        Mistake(
            "subtracted-smallest-weight-first",
            "subtracted the smallest weight first",
            "Then the smallest share is 0. Keep the proportions, change only the sum.",
            lambda weights: (
                (weights - weights.min(-1, keepdims=True))
                / (weights - weights.min(-1, keepdims=True)).sum(-1, keepdims=True)
            ),
        ),
    ),
    laws=(
        Law(
            "every row sums to 1", lambda result, weights: np.allclose(result.sum(-1), 1, rtol=1e-3)
        ),
        Law("no weight is negative", lambda result, weights: bool((result >= 0).all())),
    ),
    sizes=lambda weights: {"N": weights.shape[-1]},
    verified="every row sums to 1, for one row, many rows and batches of rows, zeros among the "
    "weights, whole numbers, and weights from 1e-9 to 1e6",
)
