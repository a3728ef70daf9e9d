"""Derive how the output of attention moves when its query moves."""

import math

import torch

from attncourse.checks.engine.exercise import Case, Exercise, Mistake
from attncourse.checks.exercises.inputs import normal


def output_jacobian(query, key, value):
    """∂o/∂q of one query: the weighted covariance of value and key, divided by √d_k: d_v × d_k."""
    return _with(query, key, value)


def _with(
    query,
    key,
    value,
    *,
    mean="weighted",
    scale="root",
    sign=1,
    turned=False,
    of="value",
    inside="root",
    pull="once",
):
    widths = {"root": math.sqrt(len(query)), "none": 1.0, "keys": math.sqrt(len(key))}
    weights = torch.softmax(key @ query / widths[inside], dim=-1)
    middle = {
        "weighted": weights @ key,
        "plain": key.mean(dim=0),
        "none": torch.zeros_like(query),
        "values' plain": torch.zeros_like(query),
        "plus": -(weights @ key),
        "query": query,
    }[mean]
    what = value if of == "value" else key
    by_key = {
        "once": weights,
        "not": torch.ones_like(weights),
        "twice": weights**2,
        "alone": weights * (1 - weights),
    }[pull]
    if pull in ("not", "twice"):
        what = what - weights @ what
    moved = (by_key[:, None] * what).mT @ (key - middle)
    if mean == "values' plain":
        moved = (weights[:, None] * (what - what.mean(dim=0))).mT @ key
    d_k = len(query)
    scales = {"root": math.sqrt(d_k), "none": 1, "d_k": d_k, "keys": math.sqrt(len(key))}
    moved = sign * moved / scales[scale]
    return moved.mT if turned else moved


def _cases():
    def case(label, seed, N, d_k, d_v, shift=0.0):
        parts = normal(seed, d_k), normal(seed + 1, N, d_k) + shift, normal(seed + 2, N, d_v)
        return Case(label, *parts, gradient=False)

    return [
        case("two keys", 40, 2, 2, 1),
        case("five keys", 50, 5, 3, 2),
        case("as many of everything", 60, 3, 3, 3),
        case("one key", 70, 1, 4, 2),
        case("wide values", 80, 7, 2, 5),
        case("keys far from zero", 90, 6, 4, 3, shift=2.0),
    ]


EXERCISE = Exercise(
    reference=output_jacobian,
    points=3,
    cases=_cases,
    hints=(
        "Chain rule: the output is Σ α_j v_j, the scores are k_j · q / √d_k. You know how weights "
        "move with scores from lesson 02.",
        "∂o/∂a_j = α_j (v_j − o), and ∂a_j/∂q = k_j / √d_k. Multiply and add up over j.",
        "Written out, it is a sum over the keys of a column (d_v, 1) times a row (1, d_k). "
        "Which product of two tables adds up such terms by itself?",
    ),
    verified="the derivative that PyTorch computes, for d_v ≠ d_k, one key, and keys far from zero",
    rewrite=_with,
    sizes=lambda query, key, value: {"d_k": len(query), "N": len(key), "d_v": value.shape[-1]},
    mistakes=(
        Mistake(
            "weights-stay",
            "did not subtract the mean",
            "Where one weight rises the others fall: α_j (v_j − o), not α_j v_j.",
            mean="none",
        ),
        Mistake(
            "plain-mean",
            "subtracted the plain mean",
            "The mean belongs to the weights: Σ α_j k_j for keys, the output for values.",
            mean="plain",
        ),
        Mistake(
            "from-the-query",
            "measured keys from the query",
            "In a dot product the derivative of k · q by q is k itself; then subtract the weighted "
            "mean of the keys.",
            mean="query",
        ),
        Mistake(
            "no-scale",
            "forgot the division by √d_k",
            "The scores are divided by √d_k, so their derivative is, too.",
            scale="none",
        ),
        Mistake(
            "by-d_k",
            "divided by d_k instead of its root",
            "The scale enters once, as √d_k.",
            scale="d_k",
        ),
        Mistake(
            "turned",
            "turned rows and columns round",
            "Row for the number of the output, column for the number of the query: d_v × d_k.",
            turned=True,
        ),
        Mistake(
            "sign",
            "turned the sign round",
            "Move the query towards a key, and the output moves towards its value.",
            sign=-1,
        ),
        Mistake(
            "covariance-of-keys",
            "took the covariance of the keys with themselves",
            "The output is made of values: covariance of value and key.",
            of="key",
        ),
        Mistake(
            "unscaled-weights",
            "made the weights without the division by √d_k",
            "The weights are softmax(K q / √d_k); their derivative brings another 1/√d_k.",
            inside="none",
        ),
        Mistake(
            "no-scale-at-all",
            "left out √d_k in the weights and behind them",
            "The scores are K q / √d_k.",
            {"inside": "none", "scale": "none"},
        ),
        Mistake(
            "root-N",
            "divided by the root of the number of keys",
            "What is divided by is the root of the width, d_k.",
            {"inside": "keys", "scale": "keys"},
        ),
        Mistake(
            "weights-missing",
            "left out the weights in front",
            "Σ α_j (v_j − o) k_jᵀ: a key without weight moves nothing.",
            {"pull": "not", "mean": "none"},
            {"pull": "not"},
        ),
        Mistake(
            "values-plain-mean",
            "subtracted the plain mean of the values",
            "The mean belongs to the weights: the output o.",
            mean="values' plain",
        ),
        Mistake(
            "diagonal-only",
            "took the derivative of each weight alone, α (1 − α)",
            "A score moves the weights of all keys: α_j (v_j − o).",
            {"pull": "alone", "mean": "none"},
        ),
        Mistake(
            "plus",
            "added where the softmax's Jacobian subtracts",
            "∂α_j/∂a_n = α_j (δ_jn − α_n): what one key gains, the others lose.",
            mean="plus",
        ),
        Mistake(
            "weights-twice",
            "multiplied by the weights twice",
            "One α_j stands in front of each product of a value's and a key's distance from their "
            "means.",
            pull="twice",
        ),
    ),
)
