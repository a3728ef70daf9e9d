"""Find the narrow W_q and W_k that come nearest to one large bilinear matrix."""

import torch

from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import normal


def factor_bilinear(W, d_k):
    """W_q and W_k, each d_model × d_k, whose product W_q W_kᵀ comes nearest to W."""
    return _with(W, d_k)


def _with(W, d_k, *, kept="largest", split="even", right="Vᵀ"):
    U, sizes, Vh = torch.linalg.svd(W)
    chosen = slice(-d_k, None) if kept == "smallest" else slice(0, d_k)
    if kept == "all":
        chosen = slice(0, len(sizes))
    left, top = U[:, chosen], sizes[chosen]
    other = {"Vᵀ": Vh.mT[:, chosen], "V rows": Vh[:, chosen], "U": left}[right]
    parts = {
        "even": (left * top.sqrt(), other * top.sqrt()),
        "none": (left, other),
        "twice": (left * top, other * top),
    }
    return parts[split]


def _columns(W, d_k):
    return W[:, :d_k], torch.eye(len(W), d_k, dtype=W.dtype)


def _product(answer, W, d_k):
    """The product is what counts: W_q and W_k may be any two matrices that have it."""
    W_q, W_k = answer(W, d_k)
    return {"W_q W_kᵀ": W_q @ W_k.mT, "columns": [W_q.shape[-1], W_k.shape[-1]]}


def _cases():
    def case(label, seed, d_model, d_k):
        return Case(label, normal(seed, d_model, d_model), d_k, use=_product)

    return [
        case("one column", 1, 3, 1),
        case("plain", 2, 5, 2),
        case("plain", 3, 6, 4),
        case("all columns", 4, 4, 4),
        Case("a matrix of rank 2", normal(5, 6, 2) @ normal(6, 2, 6), 2, use=_product),
    ]


def _distance(told, W):
    return torch.linalg.matrix_norm(told["W_q W_kᵀ"] - W)


def _is_nearest(told, W, d_k):
    least = torch.linalg.svdvals(W)[d_k:].square().sum().sqrt()
    return bool(_distance(told, W) <= least * (1 + 1e-5) + 1e-8)


EXERCISE = Exercise(
    reference=factor_bilinear,
    points=2,
    cases=_cases,
    hints=(
        "A product of a d_model × d_k and a d_k × d_model matrix has rank d_k at most. You look "
        "for the nearest matrix of that rank.",
        "The singular value decomposition W = U S Vᵀ gives it (Eckart and Young): keep the d_k "
        "largest singular values. `torch.linalg.svd(W)` returns U, the values and Vᵀ.",
        "Give one half of each kept value to either side: the columns of U and of V, times the "
        "root of their singular value. Mind that the last thing svd returns is already transposed.",
    ),
    verified="the product is as near to W as rank d_k allows, also for d_k = d_model and for a W "
    "of rank 2",
    rewrite=_with,
    laws=(
        Law(
            "W_q and W_k have d_k columns",
            lambda told, W, d_k: list(told["columns"]) == [d_k, d_k],
        ),
        Law("no product of rank d_k comes nearer to W", _is_nearest),
    ),
    mistakes=(
        Mistake(
            "first-columns",
            "kept the first columns of W",
            "Which columns come first means nothing. Which directions are large does: decompose W "
            "first.",
            _columns,
        ),
        Mistake(
            "smallest",
            "kept the smallest singular values",
            "svd sorts them from the largest down; the first d_k are to stay.",
            kept="smallest",
        ),
        Mistake(
            "kept-all",
            "kept all columns",
            "W_q and W_k may have d_k columns each; that is what makes them cheap.",
            kept="all",
        ),
        Mistake(
            "no-values",
            "left the singular values out",
            "U Vᵀ alone turns, and stretches nothing. Each direction counts as much as its value.",
            split="none",
        ),
        Mistake(
            "values-twice",
            "used each singular value on both sides",
            "Then the product has its square. Give the root to either side, or all to one.",
            split="twice",
        ),
        Mistake(
            "not-transposed",
            "used the columns of Vᵀ instead of its rows",
            "svd returns Vᵀ: the directions are its rows, so transpose it first.",
            right="V rows",
        ),
        Mistake(
            "one-side",
            "used the directions of one side for both",
            "W need not be symmetric: queries have the directions of U, keys those of V.",
            right="U",
        ),
    ),
)
