"""Follow the weights through all layers."""

import torch

from attncourse import interpret
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import DOUBLE, normal


def _cases():
    def layers(L, *shape, seed=0, spread=1.5):
        return [normal(seed + i, *shape, spread=spread).softmax(-1) for i in range(L)]

    previous = torch.eye(3, dtype=DOUBLE).roll(1, 0)[None]
    first = torch.zeros(1, 3, 3, dtype=DOUBLE)
    first[..., 0] = 1
    causal = [weights.tril() for weights in layers(2, 2, 4, 4, seed=30)]
    causal = [weights / weights.sum(-1, keepdim=True) for weights in causal]
    return [
        Case("two layers of one head", [previous, first]),
        Case("one layer, two heads", layers(1, 2, 3, 3)),
        Case("two layers, two heads", layers(2, 2, 4, 4, seed=10)),
        Case("three layers, three heads", layers(3, 3, 5, 5, seed=20)),
        Case("causal", causal),
        Case("a batch of sequences", layers(3, 4, 2, 71, 71, seed=40)),
        Case("float32", [weights.float() for weights in layers(2, 2, 4, 4, seed=50)]),
    ]


def _with(
    weights_per_layer,
    *,
    residual="half",
    order="last first",
    heads="mean",
    product="matrix",
    turned=False,
    keep="all",
):
    T = weights_per_layer[0].shape[-1]
    eye = torch.eye(T, dtype=weights_per_layer[0].dtype)
    passed = eye if product == "matrix" else None
    for weights in weights_per_layer[-1:] if keep == "last" else weights_per_layer:
        step = _joined(weights, heads)
        step = {"half": (eye + step) / 2, "none": step, "whole": eye + step}[residual]
        step = step.mT if turned else step
        if passed is None:
            passed = step
        elif product == "elementwise":
            passed = passed * step
        elif product == "mean":
            passed = passed + step
        else:
            passed = step @ passed if order == "last first" else passed @ step
    return passed / len(weights_per_layer) if product == "mean" else passed


def _joined(weights, heads):
    if heads == "max":
        return weights.max(-3).values
    return {"mean": weights.mean, "sum": weights.sum}[heads](-3)


def _heads_apart(weights_per_layer):
    """Each head rolled out by itself, the mean taken last."""
    alone = interpret.rollout([weights.unsqueeze(-3) for weights in weights_per_layer])
    return alone.mean(-3)


def _heads_kept(weights_per_layer):
    return interpret.rollout([weights.unsqueeze(-3) for weights in weights_per_layer])


def _residual_once(weights_per_layer):
    """The identity added to the product, not to each layer."""
    passed = _with(weights_per_layer, residual="none")
    return (torch.eye(passed.shape[-1], dtype=passed.dtype) + passed) / 2


def _rows_sum_to_one(result, weights_per_layer):
    return torch.allclose(result.sum(-1), torch.ones((), dtype=result.dtype), atol=1e-4)


EXERCISE = Exercise(
    reference=interpret.rollout,
    points=2,
    cases=_cases,
    hints=(
        "Begin with one layer and one head. Half of a new vector is the old one (the residual "
        "connection), half comes by the weights: (I + A) / 2.",
        "Two layers: the second mixes what the first has mixed, so its matrix stands on the left, "
        "A_2 A_1.",
        "Several heads: take the mean of their weights first, over the axis before the last two. "
        "Start from the identity and multiply from the left, layer by layer.",
    ),
    verified="one to three layers and heads, causal maps, batches",
    rewrite=_with,
    laws=(Law("each row sums to 1", _rows_sum_to_one),),
    sizes=lambda weights_per_layer: {
        "L": len(weights_per_layer),
        "H": weights_per_layer[0].shape[-3],
        "T": weights_per_layer[0].shape[-1],
    },
    mistakes=(
        Mistake(
            "forgot-residual",
            "forgot the residual connection",
            "A layer adds to the vector that was there, so each token also keeps itself: I + A.",
            residual="none",
        ),
        Mistake(
            "residual-once",
            "added the residual connection once, at the end",
            "Every layer has one: each matrix gets its own I before it is multiplied.",
            _residual_once,
        ),
        Mistake(
            "not-halved",
            "did not divide I + A by 2",
            "Rows of I + A sum to 2. Half of each, so that they stay shares of 1.",
            residual="whole",
        ),
        Mistake(
            "first-first",
            "multiplied the layers in the other order",
            "What the last layer attends to are vectors that the first has mixed: A_L … A_1.",
            order="first first",
        ),
        Mistake(
            "transposed",
            "transposed the maps",
            "A row belongs to the token that attends.",
            turned=True,
        ),
        Mistake(
            "summed-heads",
            "summed the heads",
            "The rows of H heads sum to H. Take their mean.",
            heads="sum",
        ),
        Mistake(
            "strongest-head",
            "took the strongest head at each place",
            "Rollout averages the heads.",
            heads="max",
        ),
        Mistake(
            "heads-apart",
            "rolled out each head by itself",
            "A head of layer 2 reads what *all* heads of layer 1 have written. Average the heads "
            "of a layer before you multiply.",
            _heads_apart,
            _heads_kept,
        ),
        Mistake(
            "elementwise",
            "multiplied number by number",
            "To follow two steps, sum over all places in between: a matrix product.",
            product="elementwise",
        ),
        Mistake(
            "mean-of-layers",
            "averaged the layers",
            "Layers act one after the other: multiply them.",
            product="mean",
        ),
        Mistake(
            "last-layer-only",
            "used the last layer only",
            "The last map says which *vectors* were read. What is in them, earlier layers decided.",
            keep="last",
        ),
    ),
)
