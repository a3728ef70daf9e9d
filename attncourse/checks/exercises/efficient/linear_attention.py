"""Attend backwards with sums that grow, and no map at all."""

import torch
import torch.nn.functional as F

from attncourse import efficient
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import DOUBLE, normal


def _triple(seed, *batch, T=5, d_k=4, d_v=3, dtype=DOUBLE, spread=1.0):
    return (
        normal(3 * seed, *batch, T, d_k, dtype=dtype, spread=spread),
        normal(3 * seed + 1, *batch, T, d_k, dtype=dtype, spread=spread),
        normal(3 * seed + 2, *batch, T, d_v, dtype=dtype),
    )


def _cases():
    strided = tuple(x.mT.contiguous().mT for x in _triple(7))
    return [
        Case("two positions", *_triple(1, T=2, d_k=2, d_v=1)),
        Case("plain", *_triple(2)),
        Case("one position", *_triple(3, T=1)),
        Case("one batch axis", *_triple(4, 2)),
        Case("two batch axes", *_triple(5, 2, 3, T=6)),
        Case("d_v > d_k", *_triple(6, T=7, d_k=2, d_v=9)),
        Case("not contiguous", *strided),
        Case("long", *_triple(8, T=40, d_k=6, d_v=5)),
        Case("d_v = d_k", *_triple(9, T=6, d_k=4, d_v=4)),
        Case("large entries", *_triple(10, spread=5.0)),
        Case("float32", *_triple(11, 2, T=9, dtype=torch.float32)),
    ]


_FEATURES = {
    "elu + 1": lambda x: F.elu(x) + 1,
    "elu": F.elu,
    "relu": F.relu,
    "exp": torch.exp,
    "softmax": lambda x: x.softmax(-1),
    "sigmoid": torch.sigmoid,
    "x": lambda x: x,
    "relu + 1": lambda x: F.relu(x) + 1,
}


def _with(
    query,
    key,
    value,
    *,
    of_queries="elu + 1",
    of_keys="elu + 1",
    past="itself too",
    divide="by the sum",
    scale=0.0,
    weigh="values",
):
    asked, found = _FEATURES[of_queries](query), _FEATURES[of_keys](key)
    weights = asked @ found.mT / query.shape[-1] ** scale
    hidden = {
        "itself too": torch.ones_like(weights).tril(),
        "not itself": torch.ones_like(weights).tril(-1),
        "all": torch.ones_like(weights),
        "ahead": torch.ones_like(weights).triu(),
        "only itself": torch.ones_like(weights).tril().triu(),
    }[past]
    kept = weights * hidden
    if divide == "softmax":
        kept = weights.masked_fill(hidden == 0, -torch.inf).softmax(-1)
    total = {
        "by the sum": kept.sum(-1, keepdim=True),
        "by the whole sum": weights.sum(-1, keepdim=True),
        "by the count": hidden.sum(-1, keepdim=True),
        "not": 1.0,
        "softmax": 1.0,
        "by the last sum": (asked * found).sum(-1, keepdim=True),
        "by √d_k": query.shape[-1] ** 0.5,
    }[divide]
    return kept / total @ (value if weigh == "values" else found)


def _hides_the_future(result, query, key, value):
    first = _with(query[..., :1, :], key[..., :1, :], value[..., :1, :])
    return torch.allclose(result[..., :1, :], first, rtol=1e-3, atol=1e-5)


EXERCISE = Exercise(
    reference=efficient.linear_attention,
    points=3,
    cases=_cases,
    hints=(
        "Write it first for one position: which sums over the keys and values before it are "
        "needed? One is a d_k × d_v matrix, the other a vector of d_k numbers.",
        "In a loop over t: add the outer product of φ(k_t) and v_t to S, and φ(k_t) to z; then the "
        "output is φ(q_t) S divided by φ(q_t) · z.",
        "Without a loop: all outer products at once, (…, T, d_k, d_v), and `cumsum` over T. "
        "`F.elu(x) + 1` is φ.",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "sees-all",
            "let each position attend to all others",
            "The sums must end at the position that asks: S and z grow with t.",
            past="all",
        ),
        Mistake(
            "whole-sum",
            "divided by the sum over all keys",
            "Upper sum and lower sum must run over the same keys, those up to t.",
            divide="by the whole sum",
        ),
        Mistake(
            "without-itself",
            "asked before the own key was added",
            "A position attends to itself, too: first add to S and z, then ask.",
            past="not itself",
        ),
        Mistake(
            "ahead",
            "summed from the end",
            "The past of t is 0 … t.",
            past="ahead",
        ),
        Mistake(
            "only-itself",
            "kept only the newest key and value",
            "S and z are sums: add to them, do not replace them.",
            past="only itself",
        ),
        Mistake(
            "not-divided",
            "did not divide by φ(q) · z",
            "Without it the output is a sum, not an average, and it grows with t.",
            divide="not",
        ),
        Mistake(
            "divided-by-count",
            "divided by the number of positions",
            "The weights φ(q) · φ(k) do not sum to t. Divide by what they sum to, φ(q) · z.",
            divide="by the count",
        ),
        Mistake(
            "divided-by-newest",
            "divided by the newest weight alone",
            "z is the sum of all φ(k) up to t, as S is.",
            divide="by the last sum",
        ),
        Mistake(
            "softmax",
            "took a softmax of the products",
            "The features are there to replace exp: φ(q) · φ(k) is the weight itself, and only has "
            "to be divided by the sum.",
            {"divide": "softmax", "of_queries": "x", "of_keys": "x"},
            {"divide": "softmax", "of_queries": "x", "of_keys": "x", "scale": 0.5},
            divide="softmax",
        ),
        Mistake(
            "no-one",
            "left out the + 1",
            "elu alone reaches down to −1: weights would be negative.",
            of_queries="elu",
            of_keys="elu",
        ),
        Mistake(
            "no-features",
            "took no features at all",
            "q · k may be negative, and a weight must not. φ(x) = elu(x) + 1 is positive.",
            of_queries="x",
            of_keys="x",
        ),
        Mistake(
            "keys-without-features",
            "gave features to the queries only",
            "Both get them: φ(q) · φ(k).",
            of_keys="x",
        ),
        Mistake(
            "queries-without-features",
            "gave features to the keys only",
            "Both get them: φ(q) · φ(k).",
            of_queries="x",
        ),
        Mistake(
            "relu",
            "used relu for φ",
            "relu gives 0 for everything negative, and a query of zeros only divides 0 by 0. Here "
            "φ(x) = elu(x) + 1.",
            {"of_queries": "relu + 1", "of_keys": "relu + 1"},
            of_queries="relu",
            of_keys="relu",
        ),
        Mistake(
            "exp",
            "used exp for φ",
            "That is another positive feature, and another result. Here φ(x) = elu(x) + 1.",
            of_queries="exp",
            of_keys="exp",
        ),
        Mistake(
            "softmax-features",
            "used a softmax for φ",
            "Here φ(x) = elu(x) + 1, entry by entry.",
            of_queries="softmax",
            of_keys="softmax",
        ),
        Mistake(
            "sigmoid",
            "used a sigmoid for φ",
            "Here φ(x) = elu(x) + 1, entry by entry.",
            of_queries="sigmoid",
            of_keys="sigmoid",
        ),
        Mistake(
            "averaged-keys",
            "averaged the features of the keys, not the values",
            "S collects φ(k) with v beside it: the outer product of the two.",
            weigh="keys",
        ),
    ),
    laws=(
        Law("the first position attends only to itself", _hides_the_future),
        Law(
            "the output lies between the smallest and the largest value",
            lambda result, query, key, value: bool(
                (result <= value.amax(-2, keepdim=True) + 1e-4).all()
                and (result >= value.amin(-2, keepdim=True) - 1e-4).all()
            ),
        ),
    ),
    sizes=lambda query, key, value: {
        "T": query.shape[-2],
        "d_k": query.shape[-1],
        "d_v": value.shape[-1],
    },
    verified="backwards only, output and all gradients; one to 40 positions, d_v ≠ d_k, none to "
    "two batch axes, float32 and float64",
)
