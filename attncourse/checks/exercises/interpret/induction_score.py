"""Measure whether a head attends to what followed last time."""

import torch

from attncourse import interpret
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import DOUBLE, normal


def _weights(seed, *shape):
    T = shape[-1]
    hidden = ~torch.ones(T, T, dtype=torch.bool).tril()
    return normal(seed, *shape, spread=2).masked_fill(hidden, -torch.inf).softmax(-1)


def _cases():
    perfect = torch.zeros(6, 6, dtype=DOUBLE)
    perfect[torch.arange(6), torch.tensor([0, 0, 0, 1, 2, 3])] = 1
    return [
        Case("a perfect head: two times three tokens", perfect, 3),
        Case("one map, two times three tokens", _weights(1, 6, 6), 3),
        Case("three heads", _weights(2, 3, 8, 8), 4),
        Case("sequences and heads", _weights(3, 2, 3, 70, 70), 35),
        Case("said three times", _weights(4, 2, 9, 9), 3),
        Case("not said to the end", _weights(5, 2, 8, 8), 5),
        Case("only one token comes again", _weights(6, 2, 5, 5), 4),
        Case("without a causal mask", normal(7, 2, 6, 6).softmax(-1), 2),
        Case("float32", _weights(8, 2, 6, 6).float(), 3),
    ]


def _with(
    weights,
    period,
    *,
    shift=1,
    first="repeated",
    turned=False,
    reduce="mean",
    over="heads",
):
    T = weights.shape[-1]
    weights = weights.mT if turned else weights
    start = {"repeated": period, "one early": max(0, period - shift), "all": 0}[first]
    place = torch.arange(start, T)
    key = place - period + shift
    place, key = place[(key >= 0) & (key < T)], key[(key >= 0) & (key < T)]
    found = weights[..., place, key]
    if reduce == "sum":
        found = found.sum(-1)
    elif reduce == "max":
        found = found.amax(-1)
    elif reduce == "T":
        found = found.sum(-1) / T
    else:
        found = found.mean(-1)
    return found.mean() if over == "all" else found


def _previous(weights, period):
    return weights.diagonal(-1, -2, -1).mean(-1)


def _share_of_largest(weights, period):
    place = torch.arange(period, weights.shape[-1])
    return (weights[..., place, :].argmax(-1) == place - period + 1).to(weights.dtype).mean(-1)


def _every_token_not_only_repeated(weights, period):
    return weights.diagonal(1 - period, -2, -1).mean(-1)


EXERCISE = Exercise(
    reference=interpret.induction_score,
    points=2,
    cases=_cases,
    hints=(
        "Write down a b c a b c and take i = 4, the second b. Where did b stand before? Which "
        "token followed it there?",
        "Token i stood at i − period before, and what followed it at i − period + 1. Only i ≥ "
        "period has a before.",
        "`place = torch.arange(period, T)`, then `weights[..., place, place - period + 1]`: two "
        "lists of numbers pick one cell for each i.",
    ),
    verified="phrases said twice, more often and in part, any number of heads; gradients",
    rewrite=_with,
    laws=(
        Law(
            "a mean of weights lies between 0 and 1",
            lambda result, weights, period: bool(((result >= 0) & (result <= 1 + 1e-6)).all()),
        ),
    ),
    sizes=lambda weights, period: {"T": weights.shape[-1], "period": period},
    mistakes=(
        Mistake(
            "same-token",
            "measured the weight on the same token, last time",
            "That finds a head that attends to copies of the token itself. An induction head "
            "attends to what *followed*: one place later.",
            shift=0,
        ),
        Mistake(
            "token-before",
            "measured the weight on what stood before the same token",
            "What followed last time stands at i − period + 1.",
            shift=-1,
        ),
        Mistake(
            "two-later",
            "measured the weight two places after the same token",
            "What followed last time stands at i − period + 1.",
            shift=2,
        ),
        Mistake(
            "previous-token",
            "measured the weight on the token just before",
            "That is the score of a previous-token head, the helper of layer 1.",
            _previous,
        ),
        Mistake(
            "one-early",
            "counted one place of the first phrase",
            "The diagonal i − period + 1 already starts at i = period − 1, the last token of the "
            "first phrase, and nothing has come again there.",
            {"first": "one early"},
        ),
        Mistake(
            "transposed",
            "took keys for queries",
            "Rows attend: the later place is the row, the earlier one the column.",
            turned=True,
        ),
        Mistake(
            "summed",
            "summed instead of averaging",
            "A score that grows with the length cannot be compared.",
            reduce="sum",
        ),
        Mistake(
            "divided-by-T",
            "divided by T",
            "Only T − period places were counted: divide by their number.",
            reduce="T",
        ),
        Mistake(
            "best-place",
            "took the best place",
            "One lucky place makes no induction head: average over all of them.",
            reduce="max",
        ),
        Mistake(
            "one-for-all-heads",
            "averaged over the heads",
            "You are looking for a head: each needs a score of its own.",
            over="all",
        ),
        Mistake(
            "counted-largest",
            "counted how often the weight is the largest",
            "A fine measure, but here the weights themselves are averaged.",
            _share_of_largest,
        ),
    ),
)
