"""Score every query with every key through a matrix."""

import torch

from attncourse import scoring
from attncourse.checks.engine.exercise import Case, Exercise, Mistake
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
    mistake_of_reshape,
    mistake_of_t,
    mistake_of_two_axes,
    reshaped,
)


def _cases():
    def of(seed, *batch, M=5, N=7, d_q=3, d_k=6, dtype=DOUBLE, spread=1.0):
        return (
            normal(3 * seed, *batch, M, d_q, dtype=dtype, spread=spread),
            normal(3 * seed + 1, *batch, N, d_k, dtype=dtype, spread=spread),
            normal(3 * seed + 2, d_q, d_k, dtype=dtype),
        )

    query = torch.tensor([[1.0, 2.0, -1.0], [0.0, -1.0, 3.0]], dtype=DOUBLE)
    key = torch.tensor([[2.0, 1.0, -1.0, 0.0, 3.0]], dtype=DOUBLE)
    W = torch.tensor([[1, 0, 2, 0, 1], [0, 1, 1, -1, 0], [2, -1, 0, 1, -2.0]], dtype=DOUBLE)
    strided = tuple(x.mT.contiguous().mT for x in of(307))
    return [
        Case("one key", query, key, W),
        Case("plain", *of(300)),
        Case("one query", *of(301, M=1)),
        Case("d_q = d_k", *of(302, d_q=6)),
        Case("d_q = d_k", *of(309, M=3, N=3, d_q=5, d_k=5)),
        Case("more queries than keys", *of(303, M=7, N=2)),
        Case("one batch axis", *of(304, 2, M=67, N=71)),
        Case("two batch axes", *of(305, 2, 3, d_q=5)),
        Case("a batch of one", *of(310, 1, N=6)),
        Case("float32", *of(306, M=3, dtype=torch.float32)),
        Case("not contiguous", *strided),
        Case("long vectors", *of(308, d_q=7, spread=100.0)),
    ]


def _with(
    query,
    key,
    W,
    *,
    between="W",
    divide="nothing",
    rows="queries",
    after="nothing",
):
    def both(matrix):
        return query @ matrix @ key.mT

    scores = {
        "W": lambda: both(W),
        "Wᵀ": lambda: both(W.mT),
        "nothing": lambda: query @ key.mT,
        "Wᵀ W": lambda: both(W.mT @ W),
        "W Wᵀ": lambda: both(W @ W.mT),
        "half of both": lambda: both((W + W.mT) / 2),
        "|W|": lambda: both(W.abs()),
        "diagonal": lambda: both(torch.diag(W.diagonal())),
        "softmax of W": lambda: both(W.softmax(-1)),
        "twice": lambda: both(W @ W),
    }[between]()
    root = key.shape[-1] ** 0.5
    divisor = {"nothing": 1, "√d_k": root, "√d_q": query.shape[-1] ** 0.5, "d_k": root**2}[divide]
    scores = scores / divisor
    scores = torch.tanh(scores) if after == "tanh" else scores
    return arranged(scores.softmax(-1) if after == "softmax" else scores, rows)


def _thick_diagonal(query, key, W):
    """Only w_ii counts, also where W is not square."""
    return query @ (W * torch.eye(*W.shape, dtype=W.dtype)) @ key.mT


EXERCISE = Exercise(
    reference=scoring.bilinear_score,
    points=1,
    cases=_cases,
    hints=(
        "W translates: it turns a query of dimension d_q into a vector of dimension d_k, which can "
        "meet the keys.",
        "First query times W, of shape (…, M, d_k); then it is a dot product again.",
        "Write the shapes of the three factors in a row, (M, d_q), (d_q, d_k), (N, d_k). Which "
        "of them must be turned, so that neighbours fit and (M, N) is left?",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "turned-w-round",
            "turned W round",
            "W is d_q × d_k: its rows meet the query and its columns the key. Turned, it only fits "
            "where d_q = d_k, and is wrong there.",
            between="Wᵀ",
        ),
        Mistake(
            "left-w-out",
            "left W out",
            "Without W this is the dot product, which only fits where d_q = d_k.",
            between="nothing",
        ),
        Mistake(
            "applied-w-both-sides",
            "applied W on both sides",
            "Q W (K W)ᵀ holds W twice. One W between query and key is asked for.",
            {"between": "W Wᵀ"},
            lambda query, key, W: (query @ W) @ (key @ W).mT,
        ),
        Mistake(
            "applied-w-both-sides",
            "applied W on both sides",
            "Your W stands there twice. One W between query and key is asked for.",
            between="Wᵀ W",
        ),
        Mistake(
            "applied-w-twice",
            "applied W twice",
            "One W between query and key is asked for.",
            between="twice",
        ),
        Mistake(
            "made-w-symmetric",
            "made W symmetric",
            "W need not be symmetric: what a query asks for and what a key offers are different.",
            between="half of both",
        ),
        Mistake(
            "dropped-signs-w",
            "dropped the signs of W",
            "Entries of W may be negative.",
            between="|W|",
        ),
        Mistake(
            "used-only-diagonal-w",
            "used only the diagonal of W",
            "An entry off the diagonal lets one coordinate of the query meet another of the key.",
            between="diagonal",
        ),
        Mistake(
            "put-w-through-softmax",
            "put W through a softmax",
            "W is used as it is; scores are normalised later, and over the keys.",
            between="softmax of W",
        ),
        Mistake(
            "divided-root-d-k",
            "divided by √d_k",
            "Luong's score has no scale: W can learn one.",
            divide="√d_k",
        ),
        Mistake(
            "divided-root-d-q",
            "divided by √d_q",
            "Luong's score has no scale: W can learn one.",
            divide="√d_q",
        ),
        Mistake(
            "divided-d-k",
            "divided by d_k",
            "Luong's score has no scale: W can learn one.",
            divide="d_k",
        ),
        Mistake(
            "added-tanh",
            "added a tanh",
            "That belongs to the additive score. This one is linear in the query and in the key.",
            after="tanh",
        ),
        KEYS_DOWN,
        SOFTMAX,
        mistake_of_t(lambda query, key, W: query @ W @ key.T),
        mistake_of_front(lambda query, key, W: query @ W @ key.transpose(1, 2)),
        mistake_of_front(lambda query, key, W: torch.bmm(query @ W, key.permute(0, 2, 1))),
        mistake_of_position(lambda query, key, W: ((query @ W) * key).sum(-1)),
        Mistake(
            "forgot-turn-keys",
            "forgot to turn the keys",
            "The keys' dimension d_k must meet W's columns: swap their last two axes.",
            lambda query, key, W: query @ W @ key,
        ),
        Mistake(
            "used-only-diagonal-w",
            "used only the diagonal of W",
            "An entry off the diagonal lets one coordinate of the query meet another of the key.",
            _thick_diagonal,
        ),
        Mistake(
            "applied-w-more-than-once",
            "applied W more than once",
            "One W between query and key is asked for.",
            lambda query, key, W: query @ W @ W.mT @ W @ key.mT,
        ),
        Mistake(
            "divided-w-norm",
            "divided W by its norm",
            "W is used as it is: its size is learned too.",
            lambda query, key, W: query @ (W / W.norm()) @ key.mT,
        ),
        Mistake(
            "added-query-s-sum-score",
            "added the query's sum to the score",
            "The score is the product of query, W and key, and nothing else.",
            lambda query, key, W: query @ W @ key.mT + query.sum(-1, keepdim=True),
        ),
        Mistake(
            "answered-only-first-query",
            "answered only the first query",
            "Every query gets a row of its own.",
            lambda query, key, W: query[..., :1, :] @ W @ key.mT,
        ),
        mistake_of_reshape(lambda query, key, W: query @ W @ reshaped(key)),
        mistake_of_half(
            lambda query, key, W: (query.half() @ W.half() @ key.half().mT).to(query.dtype)
        ),
        mistake_of_two_axes(lambda query, key, W: torch.einsum("mi,ij,nj->mn", query, W, key)),
    ),
    laws=(
        SHAPE,
        first_score(scoring.bilinear_score),
    ),
    sizes=lambda query, key, W: {
        "d_k": key.shape[-1],
        "d_q": query.shape[-1],
        "M": query.shape[-2],
        "N": key.shape[-2],
    },
    verified="d_q ≠ d_k and d_q = d_k, M ≠ N, any batch axes, gradients of query, key and W",
)
