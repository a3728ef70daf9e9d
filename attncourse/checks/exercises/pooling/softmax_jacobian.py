"""Say how each weight reacts to each score."""

from functools import partial

import numpy as np

from attncourse import pooling
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.pooling.shared import softmax_with


def _cases():
    rng = np.random.default_rng(26)
    return [
        Case("plain", np.array([1.0, -0.5])),
        Case("plain", np.array([0.5, -1.0, 2.0])),
        Case("one key", np.array([3.0])),
        Case("ties", np.array([0.7, 0.7, 0.7, -1.3, -1.3])),
        Case("plain", rng.normal(size=71)),
        Case("negative scores", -np.abs(rng.normal(size=5)) - 1),
        Case("steep scores", 5 * rng.normal(size=5)),
        Case("large scores", np.array([1000, -2003, 999.2, -998.5, 5]), rtol=1e-4),
        Case("large scores", np.array([-1000.0, -1001.0, -999.5]), rtol=1e-4),
        Case("float32", rng.normal(size=3).astype("float32")),
        Case("not contiguous", rng.normal(size=14)[::2]),
    ]


def _with(scores, *, weights="softmax", own="alpha", pull="minus", shape="matrix"):
    alpha = {
        "softmax": lambda: pooling.softmax(scores),
        "unshifted": lambda: np.exp(scores) / np.exp(scores).sum(),
        "scores": lambda: scores,
        "exponentials": lambda: np.exp(scores),
        "sigmoid": lambda: 1 / (1 + np.exp(-scores)),
        "shifted by the mean": lambda: softmax_with(scores, shift="mean"),
        "softmin": lambda: pooling.softmax(-scores),
        "shares": lambda: scores / scores.sum(),
        "shifted exponentials": lambda: np.exp(scores - scores.max()),
        "softmax of softmax": lambda: pooling.softmax(pooling.softmax(scores)),
    }[weights]()
    columns = np.broadcast_to(alpha, (len(alpha), len(alpha)))
    diagonal = {
        "alpha": np.diag(alpha),
        "one": np.eye(len(alpha)),
        "none": np.zeros_like(columns),
        "everywhere": columns.T,
        "squared": np.diag(alpha**2),
        "plus squares": np.diag(alpha + alpha**2),
        "plus twice the squares": np.diag(alpha + 2 * alpha**2),
        "slope": np.diag(alpha * (1 - alpha)),
        "ones everywhere": np.ones_like(columns),
    }[own]
    outer = {
        "minus": -np.outer(alpha, alpha),
        "plus": np.outer(alpha, alpha),
        "none": np.zeros_like(columns),
        "j only": -columns,
        "i only": -columns.T,
        "double": -2 * np.outer(alpha, alpha),
        "squares": -(columns**2),
        "inner": -np.full_like(columns, alpha @ alpha),
    }[pull]
    jacobian = diagonal + outer
    return np.diag(jacobian) if shape == "diagonal" else jacobian


def _finite_differences(scores, *, step):
    moved = pooling.softmax(scores + step * np.eye(len(scores)))
    return ((moved - pooling.softmax(scores)) / step).T


def _sum_once(scores):
    """The quotient rule with the sum below the line, not its square."""
    powers = np.exp(scores - scores.max())
    total = powers.sum()
    return (np.diag(powers) * total - np.outer(powers, powers)) / total


EXERCISE = Exercise(
    reference=pooling.softmax_jacobian,
    points=2,
    cases=_cases,
    hints=(
        "Start with the weights: every entry of the matrix is made of them.",
        "Write the rule for i = j and for i ≠ j apart. In each, look for e^a over the sum: it is "
        "an α.",
        "The case j ≠ i is a product of two weights: which matrix holds all of them? The case j"
        " = i has something more: where in the matrix does it stand?",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "returned-only-diagonal",
            "returned only the diagonal",
            "Every score moves every weight: the answer is a matrix (N, N).",
            shape="diagonal",
        ),
        Mistake(
            "left-out-off-diagonal-entries",
            "left out the off-diagonal entries",
            "Raising one score lowers all other weights, since the sum stays 1. "
            "The rule has entries for i ≠ j too.",
            own="slope",
            pull="none",
        ),
        Mistake(
            "left-out-products-i-j",
            "left out the products α_i α_j",
            "Your rows sum to α_i. The weights sum to 1 always, so each row must sum to 0.",
            pull="none",
        ),
        Mistake(
            "left-out-diagonal-term",
            "left out the diagonal term",
            "Raising a score must raise its own weight: on the diagonal δ is 1.",
            own="none",
        ),
        Mistake(
            "got-sign-off-diagonal-entries",
            "got the sign of the off-diagonal entries wrong",
            "Raising one score takes weight from the others: entries for i ≠ j are negative.",
            lambda scores: np.abs(pooling.softmax_jacobian(scores)),
        ),
        Mistake(
            "added-products",
            "added the products instead of subtracting them",
            "The rule has a minus between δ and α_j. Your rows do not sum to 0.",
            pull="plus",
        ),
        Mistake(
            "took-1-everywhere",
            "took δ for 1 everywhere",
            "δ is 1 only where i = j, and 0 elsewhere.",
            own="everywhere",
        ),
        Mistake(
            "forgot-factor-i",
            "forgot the factor α_i",
            "δ − α_j alone is how log-softmax moves. Each row still needs its own weight as a "
            "factor.",
            own="one",
            pull="j only",
        ),
        Mistake(
            "forgot-factor-i",
            "forgot the factor α_i",
            "δ − α_i alone is how log-softmax moves. Each entry still needs the other weight as a "
            "factor.",
            own="one",
            pull="i only",
        ),
        Mistake(
            "put-1-diagonal",
            "put 1 on the diagonal instead of α_i",
            "δ is multiplied by α_i too: the bracket is closed around δ − α_j.",
            own="one",
        ),
        Mistake(
            "squared-weights-diagonal",
            "squared the weights on the diagonal",
            "The diagonal is α_i (1 − α_i): the weight, minus its square.",
            own="squared",
        ),
        Mistake(
            "subtracted-weights",
            "subtracted the weights, not their products",
            "Both weights matter: the entry for i and j holds their product.",
            pull="j only",
        ),
        Mistake(
            "subtracted-weights",
            "subtracted the weights, not their products",
            "Both weights matter: the entry for i and j holds their product.",
            pull="i only",
        ),
        Mistake(
            "subtracted-squares-one-weight",
            "subtracted squares of one weight, not products of two",
            "`α * α` multiplies each weight by itself. "
            "The entry for i and j needs weight i times weight j, so a whole table of products.",
            {"pull": "squares"},
            lambda scores: np.diag(pooling.softmax(scores)) - pooling.softmax(scores)[:, None] ** 2,
        ),
        Mistake(
            "subtracted-inner-product-weights",
            "subtracted the inner product of the weights",
            "`α @ α` is one number. The entry for i and j needs weight i times weight j, "
            "so a whole table of products.",
            pull="inner",
        ),
        Mistake(
            "subtracted-products-twice",
            "subtracted the products twice",
            "On the diagonal α_i² is already in the outer product: subtract it once.",
            own="slope",
        ),
        Mistake(
            "used-scores-where-weights-belong",
            "used the scores where the weights belong",
            "α are the weights. Put the scores through softmax first.",
            weights="scores",
        ),
        Mistake(
            "used-exponentials-without-normalising-them",
            "used the exponentials without normalising them",
            "α are the weights, and sum to 1. Put the scores through softmax first.",
            weights="exponentials",
        ),
        Mistake(
            "used-exponentials-without-normalising-them",
            "used the exponentials without normalising them",
            "α are the weights, and sum to 1. Put the scores through softmax first.",
            weights="shifted exponentials",
        ),
        Mistake(
            "normalised-scores-without-exponentiating-them",
            "normalised the scores without exponentiating them",
            "α are the weights. Put the scores through softmax first.",
            weights="shares",
        ),
        Mistake(
            "flipped-sign-scores",
            "flipped the sign of the scores",
            "α grow with the scores, so the largest score has the largest weight.",
            weights="softmin",
        ),
        Mistake(
            "shifted-mean",
            "shifted by the mean, not the maximum",
            "Scores far above their mean still overflow. After the shift, none should be above 0.",
            weights="shifted by the mean",
        ),
        Mistake(
            "used-sigmoid-where-softmax-belongs",
            "used a sigmoid where the softmax belongs",
            "A sigmoid judges each score alone; its weights do not sum to 1.",
            weights="sigmoid",
        ),
        Mistake(
            "left-out-shift-maximum",
            "left out the shift by the maximum",
            "The exponential of 1000 overflows, and the quotient is NaN. Use your stable softmax.",
            weights="unshifted",
        ),
        Mistake(
            "applied-softmax-twice",
            "applied softmax twice",
            "The scores go through softmax once.",
            weights="softmax of softmax",
        ),
        Mistake(
            "returned-weights",
            "returned the weights",
            "The weights are the start. Asked is how each moves with each score: a matrix (N, N).",
            lambda scores: pooling.softmax(scores),
        ),
        Mistake(
            "left-i-out-diagonal",
            "left α_i² out on the diagonal",
            "The diagonal is α_i (1 − α_i): δ is 1 there, and α_j is α_i.",
            own="plus squares",
        ),
        Mistake(
            "added-i-diagonal",
            "added α_i² on the diagonal instead of subtracting it",
            "The diagonal is α_i (1 − α_i): the more weight a key has, the less it can gain.",
            own="plus twice the squares",
        ),
        Mistake(
            "subtracted-products-twice",
            "subtracted the products twice",
            "Each product α_i α_j is subtracted once. Your rows do not sum to 0.",
            pull="double",
        ),
        Mistake(
            "measured-slope-finite-step",
            "measured the slope with a finite step",
            "A step of any size leaves an error. The rule gives the slope exactly.",
            *(partial(_finite_differences, step=step) for step in (1e-1, 1e-2, 1e-3, 1e-4, 1e-5)),
        ),
        Mistake(
            "sum-not-squared",
            "divided by the sum, not by its square",
            "The quotient rule squares what is below the line: (u′v − uv′) / v².",
            _sum_once,
        ),
    ),
    laws=(
        Law(
            "every row sums to 0, since the weights always sum to 1",
            lambda result, scores: np.allclose(result.sum(-1), 0, atol=1e-4),
        ),
        Law(
            "the matrix is symmetric",
            lambda result, scores: np.allclose(result, result.T, atol=1e-4),
        ),
    ),
    sizes=lambda scores: {"N": scores.shape[-1]},
    verified="α_i (1 − α_i) on the diagonal, −α_i α_j beside it, rows that sum to 0, and scores of "
    "±1000",
)
