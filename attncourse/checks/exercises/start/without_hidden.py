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


def _with(weights, hidden, *, keep="allowed", over=-1, divide="sum"):
    kept = weights * {"allowed": ~hidden, "hidden": hidden, "all": np.ones_like(hidden)}[keep]
    if divide == "sum":
        return kept / kept.sum(axis=over, keepdims=True)
    return kept if divide == "nothing" else kept / weights.sum(axis=-1, keepdims=True)


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
    ),
)
