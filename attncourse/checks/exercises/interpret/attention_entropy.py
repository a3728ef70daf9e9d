"""Measure how widely each query spreads its weights."""

import math

import torch

from attncourse import interpret
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import DOUBLE, normal


def _weights(seed, *shape, spread=1.0, dtype=DOUBLE):
    return normal(seed, *shape, spread=spread).softmax(-1).to(dtype)


def _near(label, weights, **options):
    """A case in which an ε inside the logarithm, up to 1e-8 or so, is no mistake."""
    return Case(label, weights, rtol=1e-4, atol=1e-6, **options)


def _cases():
    by_hand = torch.tensor([[0.5, 0.5], [0.25, 0.75], [0.9, 0.1]], dtype=DOUBLE)
    causal = normal(5, 2, 4, 4).masked_fill(~torch.ones(4, 4).tril().bool(), -math.inf).softmax(-1)
    blind = _weights(6, 3, 4)
    blind[1] = 0
    return [
        _near("three queries, two keys", by_hand),
        _near("all keys alike", torch.full((2, 4), 0.25, dtype=DOUBLE)),
        _near("sequences and heads", _weights(1, 2, 3, 4, 71)),
        _near("sharp weights", _weights(2, 3, 5, spread=6)),
        _near("one key", torch.ones(2, 1, dtype=DOUBLE)),
        _near("a causal mask: some weights are 0", causal, gradient=False),
        _near("all on one key", torch.eye(3, dtype=DOUBLE), gradient=False),
        _near("a query that may attend to nothing", blind, gradient=False),
        _near("float32", _weights(3, 2, 3, 5, dtype=torch.float32)),
    ]


def _with(weights, *, axis="keys", base=math.e, zeros="kept", sign=-1, reduce="sum", whose="query"):
    if axis == "queries":
        weights = weights.mT
    logs = weights.log()
    if zeros == "kept":
        logs = logs.masked_fill(weights == 0, 0)
    surprise = sign * weights * logs / math.log(base)
    rows = surprise.mean(-1) if reduce == "mean" else surprise.sum(-1)
    if whose == "map":
        return rows.mean(-1)
    return rows.sum() if whose == "all" else rows


def _softmax_again(weights):
    return interpret.attention_entropy(weights.softmax(-1))


def _over_largest(weights):
    return interpret.attention_entropy(weights) / math.log(max(2, weights.shape[-1]))


def _keys_in_effect(weights):
    return interpret.attention_entropy(weights).exp()


def _only_logs(weights):
    return -weights.log().masked_fill(weights == 0, 0).sum(-1)


EXERCISE = Exercise(
    reference=interpret.attention_entropy,
    points=1,
    cases=_cases,
    hints=(
        "By hand, for the weights (½, ½): −½ ln ½ − ½ ln ½ = ln 2.",
        "One number for each query: multiply each weight by its logarithm, sum over the keys, "
        "change the sign.",
        "0 · ln 0 is NaN for a computer and 0 for Shannon. `torch.special.entr(p)` is −p ln p with "
        "that rule; `torch.xlogy(p, p)` is p ln p.",
    ),
    verified="sharp, even, masked and missing weights, any number of leading axes",
    rewrite=_with,
    laws=(
        Law("an entropy is never negative", lambda result, weights: bool((result > -1e-6).all())),
        Law(
            "an entropy is at most ln N",
            lambda result, weights: bool((result <= math.log(weights.shape[-1]) + 1e-6).all()),
        ),
    ),
    sizes=lambda weights: {"M": weights.shape[-2], "N": weights.shape[-1]},
    mistakes=(
        Mistake(
            "nan-at-zero",
            "took the logarithm of a weight of 0",
            "0 · ln 0 comes out as NaN. A key without weight adds nothing: count it as 0.",
            zeros="lost",
        ),
        Mistake(
            "over-queries",
            "summed over the queries",
            "Each query spreads its own 1 over the keys: sum over the last axis.",
            axis="queries",
        ),
        Mistake(
            "in-bits",
            "took the logarithm to the base 2",
            "That is the entropy in bits. Here it is in nats: the natural logarithm.",
            base=2,
        ),
        Mistake(
            "wrong-sign",
            "left out the minus sign",
            "The logarithm of a weight is negative; an entropy is not.",
            sign=1,
        ),
        Mistake(
            "mean-over-keys",
            "averaged over the keys",
            "The weights are already the shares of an average: sum weight times surprise.",
            reduce="mean",
        ),
        Mistake(
            "one-for-a-map",
            "averaged over the queries, too",
            "One number for each query is wanted. The mean of a map can be taken later.",
            whose="map",
        ),
        Mistake(
            "one-for-all",
            "summed everything up",
            "One number for each query is wanted.",
            whose="all",
        ),
        Mistake(
            "softmax-again",
            "applied softmax to the weights",
            "They are weights already; another softmax makes them nearly even.",
            _softmax_again,
        ),
        Mistake(
            "share-of-largest",
            "divided by ln N",
            "That is the share of the largest entropy there can be, a useful number, but not asked "
            "for here.",
            _over_largest,
        ),
        Mistake(
            "number-of-keys",
            "raised e to the entropy",
            "That is the number of keys in effect. Leave the entropy as it is.",
            _keys_in_effect,
        ),
        Mistake(
            "without-weights",
            "summed the logarithms without the weights",
            "A key counts as much as its weight: α ln α, not ln α.",
            _only_logs,
        ),
    ),
)
