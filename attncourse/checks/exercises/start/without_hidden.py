"""Mend a mask that was read by the other convention."""

import numpy as np

from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake


def without_hidden(weights, hidden):
    """Remove the weights of hidden keys and normalise what is left of each row."""
    return _with(weights, hidden)


def given(weights, hidden):
    """The slip: here True means hidden, and it is read as may attend."""
    kept = weights * hidden
    return kept / kept.sum(axis=-1, keepdims=True)


def _with(weights, hidden, *, keep="allowed", over=-1, divide="sum", tiny=0.0):
    kept = {
        "allowed": weights * ~hidden,
        "hidden": weights * hidden,
        "all": weights,
        "difference": weights - hidden,
        "shared": ~hidden * (weights + _lost(weights, hidden) / (~hidden).sum(-1, keepdims=True)),
    }[keep]
    return {
        "sum": lambda: kept / (kept.sum(axis=over, keepdims=True) + tiny),
        "old": lambda: kept / weights.sum(axis=-1, keepdims=True),
        "lost": lambda: kept / _lost(weights, hidden),
        "softmax": lambda: np.exp(kept) / np.exp(kept).sum(axis=-1, keepdims=True),
        "nothing": lambda: kept,
    }[divide]()


def _lost(weights, hidden):
    """What the hidden keys of each row had."""
    return (weights * hidden).sum(axis=-1, keepdims=True)


def _cases():
    def case(label, hidden, seed):
        hidden = np.array(hidden, dtype=bool)
        return Case(label, np.random.default_rng(seed).uniform(0.1, 1, hidden.shape), hidden)

    one_of_three = [[True, False, False], [False, False, True]]
    return [
        case("one of three keys is hidden", one_of_three, 1),
        case("a different number in each row", [[0, 1, 1, 0, 0], [1, 0, 0, 0, 0]], 2),
        case("as many queries as keys", [[0, 1, 1], [0, 0, 1], [0, 0, 0]], 3),
        case("two sentences", [one_of_three, [[False] * 3, [True, True, False]]], 4),
        case("nothing is hidden but one", [[0, 0, 0, 0], [0, 0, 1, 0]], 5),
    ]


EXERCISE = Exercise(
    reference=without_hidden,
    points=1,
    cases=_cases,
    hints=(
        "Print `hidden` and the result for one row. Which keys keep a weight?",
        "`weights * mask` keeps a weight where the mask is True. Here True means hidden.",
        "The product must keep a weight where `hidden` is False, and drop it where it is True. "
        "What turns a table of True and False into its opposite?",
    ),
    verified="hidden keys get 0 and every row adds up to 1, also in a batch",
    rewrite=_with,
    laws=(
        Law(
            "a hidden key has the weight 0",
            lambda result, weights, hidden: not np.any(np.asarray(result)[hidden]),
        ),
        Law(
            "each row of weights adds up to 1",
            lambda result, weights, hidden: np.allclose(np.asarray(result).sum(-1), 1),
        ),
    ),
    given=given,
    mistakes=(
        Mistake(
            "kept-the-hidden",
            "kept the hidden keys and removed the others",
            "This mask comes from a library in which True means hidden.",
            keep="hidden",
        ),
        Mistake(
            "removed-nothing",
            "removed nothing",
            "Hidden keys must get the weight 0.",
            keep="all",
        ),
        Mistake(
            "did-not-normalise",
            "did not normalise what is left",
            "What the hidden keys had must go to the others, so that the row adds up to 1.",
            divide="nothing",
        ),
        Mistake(
            "divided-by-the-old-sum",
            "divided by the sum from before",
            "Add up what is left, after the hidden weights are gone.",
            divide="old",
        ),
        Mistake(
            "normalised-columns",
            "normalised the columns",
            "Each row belongs to a query and has its own 1: sum over the last axis.",
            over=-2,
        ),
        Mistake(
            "small-number",
            "added a small number to what you divide by",
            "Every row keeps a key, so its sum is never 0. With the small number, a row no "
            "longer adds up to 1.",
            {"tiny": 1e-2},
            {"tiny": 1e-3},
            {"tiny": 1e-4},
            {"tiny": 1e-5},
            {"tiny": 1e-6},
        ),
        Mistake(
            "subtracted",
            "subtracted the mask from the weights",
            "True counts as 1, so a hidden key gets a negative weight. Multiply: by 0 where a key "
            "is hidden, by 1 elsewhere.",
            {"keep": "difference"},
            {"keep": "difference", "divide": "nothing"},
        ),
        Mistake(
            "softmax",
            "sent what is left through a softmax",
            "exp(0) is 1, so hidden keys get a weight again. Divide by the sum.",
            divide="softmax",
        ),
        Mistake(
            "shared-equally",
            "shared what the hidden keys had in equal parts",
            "Dividing by what is left lets each key grow in proportion to its weight.",
            {"keep": "shared", "divide": "nothing"},
            {"keep": "shared"},
        ),
        Mistake(
            "divided-by-the-lost",
            "divided by what the hidden keys had",
            "Add up what is left; that sum becomes 1.",
            divide="lost",
        ),
    ),
)
