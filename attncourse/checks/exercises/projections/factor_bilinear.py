"""Find the narrow W_q and W_k that come nearest to one large bilinear matrix."""

import torch

from attncourse.checks.engine.exercise import Case, Exercise, Finding, Law, Mistake
from attncourse.checks.exercises.inputs import normal


def factor_bilinear(W, d_k):
    """W_q and W_k, each d_model × d_k, whose product W_q W_kᵀ comes nearest to W."""
    return _with(W, d_k)


def _with(W, d_k, *, kept="largest", split="even", right="Vᵀ"):
    U, sizes, Vh = torch.linalg.svd(W)
    chosen = slice(-d_k, None) if kept == "smallest" else slice(0, d_k)
    if kept == "all":
        chosen = slice(0, len(sizes))
    top = sizes[chosen]
    if kept == "one less":
        top = top * (torch.arange(len(top)) < d_k - 1)
    left = U[:, chosen] if right != "rows of both" else U[chosen].mT
    columns = {"Vᵀ": Vh.mT, "V rows": Vh, "U": U, "rows of both": Vh.mT}
    other = columns[right][:, chosen]
    parts = {
        "even": (left * top.sqrt(), other * top.sqrt()),
        "none": (left, other),
        "twice": (left * top, other * top),
        "more than once": (left * top, other * top.sqrt()),
        "roots": (left * top.sqrt(), other),
    }
    return parts[split]


def _columns(W, d_k):
    return W[:, :d_k], torch.eye(len(W), d_k, dtype=W.dtype)


def _product(answer, W, d_k):
    """The product is what counts: W_q and W_k may be any two matrices that have it."""
    told = answer(W, d_k)
    parts = told if isinstance(told, tuple | list) else [told]
    shapes = [list(part.shape) for part in parts]
    fits = len(parts) == 2 and shapes[0][1:] == shapes[1][1:]
    return {"W_q W_kᵀ": parts[0] @ parts[1].mT if fits else None, "shapes": shapes}


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


def _two_come(told, W, d_k):
    return len(told["shapes"]) == 2


def _right_way_round(told, W, d_k):
    return d_k == len(W) or [d_k, len(W)] not in told["shapes"]


def _is_nearest(told, W, d_k):
    least = torch.linalg.svdvals(W)[d_k:].square().sum().sqrt()
    return bool(_distance(told, W) <= least * (1 + 1e-5) + 1e-8)


def _eigenvectors(W, d_k):
    values, vectors = torch.linalg.eigh(W)
    order = values.abs().argsort(descending=True)[:d_k]
    return vectors[:, order] * values[order], vectors[:, order]


def _cut_qr(W, d_k):
    Q, R = torch.linalg.qr(W)
    return Q[:, :d_k], R[:d_k].mT


def _centred(axis):
    return lambda W, d_k: _with(W - W.mean(axis, keepdim=True), d_k)


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
            "two matrices come back",
            _two_come,
            Finding("not-two", "did not return two matrices", "W_q and W_k are asked for."),
        ),
        Law(
            "W_q and W_k both have a row for each number of a vector",
            _right_way_round,
            Finding(
                "returned-transposed",
                "returned a matrix transposed, d_k × d_model",
                "W_q and W_k are both d_model × d_k; the product transposes W_k.",
            ),
        ),
        Law(
            "W_q and W_k have d_k columns",
            lambda told, W, d_k: [shape[-1] for shape in told["shapes"]] == [d_k, d_k],
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
        Mistake(
            "rows-of-U",
            "used the first rows of U instead of its columns",
            "The directions are the columns of U: U[:, :d_k].",
            right="rows of both",
        ),
        Mistake(
            "one-less",
            "kept one direction too few",
            "d_k singular values stay; counted from 0, the last is d_k − 1.",
            kept="one less",
        ),
        Mistake(
            "values-not-once",
            "did not give each singular value to the product exactly once",
            "In the product the two sides' factors multiply: √s times √s, or s times 1.",
            {"split": "more than once"},
            {"split": "roots"},
        ),
        Mistake(
            "eigenvectors",
            "used eigenvectors, as if W were symmetric",
            "What asks and what is asked have directions of their own: singular vectors.",
            _eigenvectors,
        ),
        Mistake(
            "cut-qr",
            "cut a QR decomposition off after d_k columns",
            "Its columns are not sorted by how much they matter. Those of the singular value "
            "decomposition are.",
            _cut_qr,
        ),
        Mistake(
            "centred",
            "subtracted the mean of W first",
            "That is principal component analysis. W itself is to be met.",
            _centred(0),
            _centred(1),
            lambda W, d_k: _with(W - W.mean(), d_k),
        ),
    ),
)
