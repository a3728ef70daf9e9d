"""Score every query with every key through a small network."""

import torch

from attncourse import scoring
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import DOUBLE, normal
from attncourse.checks.exercises.scoring.shared import (
    KEYS_DOWN,
    SHAPE,
    SOFTMAX,
    arranged,
    first_score,
    mistake_of_front,
    mistake_of_half,
    mistake_of_position,
    mistake_of_two_axes,
)


def _cases():
    def of(seed, *batch, M=5, N=7, d_q=3, d_k=6, hidden=10, dtype=DOUBLE, spread=1.0):
        return (
            normal(5 * seed, *batch, M, d_q, dtype=dtype, spread=spread),
            normal(5 * seed + 1, *batch, N, d_k, dtype=dtype, spread=spread),
            normal(5 * seed + 2, d_q, hidden, dtype=dtype),
            normal(5 * seed + 3, d_k, hidden, dtype=dtype),
            normal(5 * seed + 4, hidden, dtype=dtype),
        )

    strided = tuple(x.mT.contiguous().mT if x.ndim > 1 else x for x in of(408))
    return [
        Case("one key", *of(400, M=2, N=1, d_q=3, d_k=2, hidden=5)),
        Case("plain", *of(401)),
        Case("one query", *of(402, M=1)),
        Case("M = N", *of(403, M=3, N=3, d_q=5)),
        Case("d_q = d_k", *of(404, d_q=6)),
        Case("hidden dimension 1", *of(405, hidden=1)),
        Case("hidden = d_q = d_k", *of(411, M=3, N=2, d_q=5, d_k=5, hidden=5)),
        Case("more queries than keys", *of(410, M=7, N=2)),
        Case("one batch axis", *of(406, 2, M=67, N=71)),
        Case("two batch axes", *of(407, 2, 3)),
        Case("float32", *of(409, M=3, dtype=torch.float32)),
        Case("not contiguous", *strided),
        Case("long vectors", *of(412, spread=30.0)),
        Case("very long vectors", *of(413, M=3, spread=900.0)),
    ]


_BENDS = {
    "tanh": torch.tanh,
    "nothing": lambda x: x,
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "exp": torch.exp,
    "softmax": lambda x: x.softmax(-1),
    "gelu": torch.nn.functional.gelu,
    "hardtanh": torch.nn.functional.hardtanh,
    "cubic": lambda x: x - x**3 / 3,
    "exponentials": lambda x: (x.exp() - (-x).exp()) / (x.exp() + (-x).exp()),
}


_JOINS = {
    "add": torch.add,
    "subtract": torch.sub,
    "multiply": torch.mul,
    "query only": lambda q, k: q + 0 * k,
    "key only": lambda q, k: k + 0 * q,
    "average": lambda q, k: (q + k) / 2,
}


def _with(
    query,
    key,
    W_q,
    W_k,
    w_v,
    *,
    bend="tanh",
    join="add",
    bent="sum",
    read="w_v",
    rows="queries",
    after="nothing",
    swap=False,
    divide=False,
):
    W_q, W_k = (W_k, W_q) if swap else (W_q, W_k)
    q, k = (query @ W_q).unsqueeze(-2), (key @ W_k).unsqueeze(-3)
    if bent == "each":
        hidden = _JOINS[join](_BENDS[bend](q), _BENDS[bend](k))
    elif bent == "last":
        hidden = _JOINS[join](q, k)
    elif bent == "inside":
        hidden = _BENDS[bend](_JOINS[join](q, k) * w_v)
    else:
        hidden = _BENDS[bend](_JOINS[join](q, k))
    if bent == "inside" or read == "sum":
        scores = hidden.sum(-1)
    elif read == "mean":
        scores = hidden.mean(-1)
    else:
        scores = hidden @ {"w_v": w_v, "|w_v|": w_v.abs(), "softmax": w_v.softmax(0)}[read]
    scores = _BENDS[bend](scores) if bent == "last" else scores
    scores = scores / len(w_v) ** 0.5 if divide else scores
    return arranged(scores.softmax(-1) if after == "softmax" else scores, rows)


def _squeezed(query, key, W_q, W_k, w_v):
    hidden = torch.tanh((query @ W_q).unsqueeze(2) + (key @ W_k).unsqueeze(1))
    return hidden @ w_v


EXERCISE = Exercise(
    reference=scoring.additive_score,
    points=2,
    cases=_cases,
    hints=(
        "Take one query and one key: two projections to the hidden dimension, their sum, tanh, and "
        "one dot product with w_v.",
        "For all pairs at once give the projected queries an axis for the keys, (…, M, 1, hidden), "
        "and the keys one for the queries, (…, 1, N, hidden).",
        "Count these new axes from the end, −2 and −3, so that any batch axes fit. After tanh, "
        "the product with w_v removes the hidden axis.",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "left-out-tanh",
            "left out the tanh",
            "Without it the score is a number for the query plus a number for the key: every query "
            "would rank the keys alike.",
            bend="nothing",
        ),
        Mistake(
            "used-relu",
            "used ReLU, not tanh",
            "Bahdanau's score bends with tanh: odd and bounded.",
            bend="relu",
        ),
        Mistake(
            "used-sigmoid",
            "used a sigmoid, not tanh",
            "A sigmoid lies between 0 and 1. tanh lies between −1 and 1, and is 0 at 0.",
            bend="sigmoid",
        ),
        Mistake("used-exp", "used exp, not tanh", "exp is not bounded. tanh is.", bend="exp"),
        Mistake(
            "used-softmax",
            "used a softmax, not tanh",
            "Normalising comes later, and over the keys.",
            bend="softmax",
        ),
        Mistake(
            "used-gelu", "used GELU, not tanh", "Bahdanau's score bends with tanh.", bend="gelu"
        ),
        Mistake(
            "let-exponentials-tanh-overflow",
            "let the exponentials in tanh overflow",
            "For long vectors e^x is ∞, and ∞ / ∞ is NaN. `torch.tanh` stays within −1 and 1.",
            bend="exponentials",
        ),
        Mistake(
            "clamped",
            "clamped instead of bending",
            "tanh is smooth: it bends well before ±1.",
            bend="hardtanh",
        ),
        Mistake(
            "stopped-series-tanh-early",
            "stopped the series of tanh early",
            "x − x³/3 resembles tanh only near 0, and runs away elsewhere.",
            bend="cubic",
        ),
        Mistake(
            "bent-query-key-before-adding",
            "bent query and key before adding them",
            "tanh(q) + tanh(k) is again one number for the query plus one for the key. Add first, "
            "then bend.",
            bent="each",
        ),
        Mistake(
            "bent-finished-score",
            "bent the finished score",
            "tanh acts on the hidden vector, before w_v reads it.",
            bent="last",
        ),
        Mistake(
            "multiplied-w-v-inside-tanh",
            "multiplied by w_v inside the tanh",
            "First tanh, then w_v: it weighs the hidden units that tanh made.",
            bent="inside",
        ),
        Mistake(
            "multiplied-query-key",
            "multiplied query and key",
            "The score is called additive: add the two.",
            join="multiply",
        ),
        Mistake(
            "subtracted-key", "subtracted the key", "Add the two projections.", join="subtract"
        ),
        Mistake(
            "averaged-projections",
            "averaged the projections",
            "Add the two projections and halve nothing.",
            join="average",
        ),
        Mistake(
            "left-keys-out",
            "left the keys out",
            "Each score depends on a query and a key.",
            join="query only",
        ),
        Mistake(
            "left-queries-out",
            "left the queries out",
            "Each score depends on a query and a key.",
            join="key only",
        ),
        Mistake(
            "summed-hidden-units-without-w",
            "summed the hidden units without w_v",
            "w_v says how much each hidden unit counts. Take the dot product with it.",
            read="sum",
        ),
        Mistake(
            "averaged-hidden-units-without-w",
            "averaged the hidden units without w_v",
            "w_v says how much each hidden unit counts. Take the dot product with it.",
            read="mean",
        ),
        Mistake(
            "dropped-signs-w-v",
            "dropped the signs of w_v",
            "Entries of w_v may be negative.",
            read="|w_v|",
        ),
        Mistake(
            "put-w-v-through-softmax",
            "put w_v through a softmax",
            "w_v is used as it is.",
            read="softmax",
        ),
        Mistake(
            "swapped-w-q-w-k",
            "swapped W_q and W_k",
            "W_q belongs to the query and W_k to the key. Where d_q = d_k the shapes do not tell.",
            swap=True,
        ),
        Mistake(
            "divided-root-hidden-width",
            "divided by √ of the hidden dimension",
            "tanh keeps each unit within −1 … 1, and w_v can learn a scale: there is none here.",
            divide=True,
        ),
        KEYS_DOWN,
        SOFTMAX,
        mistake_of_position(
            lambda query, key, W_q, W_k, w_v: torch.tanh(query @ W_q + key @ W_k) @ w_v
        ),
        mistake_of_front(_squeezed),
        Mistake(
            "gave-query-key-same-new",
            "gave query and key the same new axis",
            "Queries need an axis for the keys, (…, M, 1, hidden), and keys one for the queries, "
            "(…, 1, N, hidden).",
            lambda query, key, W_q, W_k, w_v: (
                torch.tanh((query @ W_q).unsqueeze(-2) + (key @ W_k).unsqueeze(-2)) @ w_v
            ),
        ),
        Mistake(
            "left-w-q-w-k",
            "left W_q and W_k out",
            "Query and key are projected to the hidden dimension first, each by its own matrix.",
            lambda query, key, W_q, W_k, w_v: (
                torch.tanh(query.unsqueeze(-2) + key.unsqueeze(-3)) @ w_v
            ),
        ),
        Mistake(
            "forgot-w-v",
            "forgot w_v",
            "You have one hidden vector for each pair. w_v reads one number off it.",
            lambda query, key, W_q, W_k, w_v: torch.tanh(
                (query @ W_q).unsqueeze(-2) + (key @ W_k).unsqueeze(-3)
            ),
        ),
        mistake_of_two_axes(
            lambda query, key, W_q, W_k, w_v: (
                torch.tanh((query @ W_q).unsqueeze(1) + (key @ W_k).unsqueeze(0)) @ w_v
            )
        ),
        Mistake(
            "multiplied-transposes-w-q-w",
            "multiplied by the transposes of W_q and W_k",
            "W_q is d_q × hidden: it stands right of the query as it is, and W_k right of the key.",
            lambda query, key, W_q, W_k, w_v: (
                torch.tanh((query @ W_q.mT).unsqueeze(-2) + (key @ W_k.mT).unsqueeze(-3)) @ w_v
            ),
        ),
        Mistake(
            "took-dot-product-projections",
            "took the dot product of the projections",
            "That is a bilinear score. Here the projections are added, bent, and read by w_v.",
            lambda query, key, W_q, W_k, w_v: (query @ W_q) @ (key @ W_k).mT,
        ),
        mistake_of_half(
            lambda query, key, W_q, W_k, w_v: (
                torch.tanh((query @ W_q).unsqueeze(-2) + (key @ W_k).unsqueeze(-3)).half()
                @ w_v.half()
            ).to(query.dtype)
        ),
    ),
    laws=(
        SHAPE,
        Law(
            "no score exceeds Σ|w_v|",
            lambda result, query, key, W_q, W_k, w_v: result.abs().max() <= w_v.abs().sum() * 1.001,
        ),
        first_score(scoring.additive_score),
    ),
    sizes=lambda query, key, W_q, W_k, w_v: {
        "hidden": len(w_v),
        "M": query.shape[-2],
        "N": key.shape[-2],
    },
    verified="d_q ≠ d_k, M ≠ N, any batch axes, vectors of any norm, gradients of query, key "
    "and all parameters",
)
