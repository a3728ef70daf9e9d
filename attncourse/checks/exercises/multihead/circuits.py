"""Derive the two matrices that are all of a head: what it attends to, and what it adds."""

import torch
from einops import rearrange

from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import normal


def circuits(W_q, W_k, W_v, W_o, n_heads):
    """Per head: qk with scores = x qk xᵀ (before √d_k), and ov with contribution = weights x ov."""
    return _with(W_q, W_k, W_v, W_o, n_heads)


def _with(
    W_q,
    W_k,
    W_v,
    W_o,
    n_heads,
    *,
    columns="(H d)",
    rows="(H d)",
    of_o="rows",
    turned="",
    scale="none",
    order="qk ov",
    ov="v o",
):
    H = {"H": n_heads}
    q, k, v = (rearrange(W, f"m {columns} -> H m d", **H) for W in (W_q, W_k, W_v))
    o = rearrange(W_o if of_o == "rows" else W_o.mT, f"{rows} m -> H d m", **H)
    qk, ov = q @ k.mT, (v @ o if ov == "v o" else v @ v.mT)
    if scale == "root":
        qk = qk / k.shape[-1] ** 0.5
    qk = qk.mT if "qk" in turned else qk
    ov = ov.mT if "ov" in turned else ov
    if order == "summed":
        return qk.sum(0), ov.sum(0)
    if order == "first":
        return qk[0], ov[0]
    return (qk, ov) if order == "qk ov" else (ov, qk)


def _cases():
    def case(label, seed, d_model, n_heads):
        parts = (normal(seed + i, d_model, d_model) for i in range(4))
        return Case(label, *parts, n_heads)

    return [
        case("two heads of width 1", 11, 2, 2),
        case("two heads", 21, 6, 2),
        case("three heads", 31, 6, 3),
        case("four heads", 41, 8, 4),
        case("one head", 51, 3, 1),
    ]


def _sums(part):
    def holds(result, W_q, W_k, W_v, W_o, n_heads):
        whole = W_q @ W_k.mT if part == 0 else W_v @ W_o
        return torch.allclose(result[part].sum(0), whole, atol=1e-6)

    return holds


def _cut_by_rows(W_q, W_k, W_v, W_o, n_heads):
    q, k, v, o = (rearrange(W, "(H d) m -> H d m", H=n_heads) for W in (W_q, W_k, W_v, W_o))
    return q.mT @ k, v.mT @ o


def _repeated(W_q, W_k, W_v, W_o, n_heads):
    return (W_q @ W_k.mT).expand(n_heads, -1, -1), (W_v @ W_o).expand(n_heads, -1, -1)


def _narrow(W_q, W_k, W_v, W_o, n_heads):
    q, k, v = (rearrange(W, "m (H d) -> H m d", H=n_heads) for W in (W_q, W_k, W_v))
    o = rearrange(W_o, "(H d) m -> H d m", H=n_heads)
    return q.mT @ k, o @ v


def _overlapping(W_q, W_k, W_v, W_o, n_heads):
    d_k = W_q.shape[1] // n_heads
    cuts = [slice(h, h + d_k) for h in range(n_heads)]
    qk = torch.stack([W_q[:, cut] @ W_k[:, cut].mT for cut in cuts])
    return qk, torch.stack([W_v[:, cut] @ W_o[cut] for cut in cuts])


def _cut_afterwards(W_q, W_k, W_v, W_o, n_heads):
    qk = rearrange(W_q @ W_k.mT, "m (H d) -> H m d", H=n_heads)
    return qk, rearrange(W_v @ W_o, "(H d) m -> H d m", H=n_heads)


def _out_by_in(W_q, W_k, W_v, W_o, n_heads):
    return _with(W_q.mT, W_k.mT, W_v.mT, W_o.mT, n_heads)


def _width_for_count(W_q, W_k, W_v, W_o, n_heads):
    return _with(W_q, W_k, W_v, W_o, W_q.shape[1] // n_heads)


EXERCISE = Exercise(
    reference=circuits,
    points=3,
    cases=_cases,
    hints=(
        "Head h has the columns h · d_k … (h + 1) · d_k − 1 of W_q, W_k and W_v, and the *rows* of "
        "the same numbers of W_o.",
        "Its scores are (x W_q^h)(x W_k^h)ᵀ. Where are the two matrices that stand between x and "
        "xᵀ?",
        "Its contribution is weights · x · W_v^h · W_o^h: again two matrices side by side. So qk = "
        "W_q^h (W_k^h)ᵀ and ov = W_v^h W_o^h, both d_model × d_model.",
    ),
    verified="scores and contributions of every head, for one to four heads; gradients of all four "
    "matrices",
    sizes=lambda W_q, W_k, W_v, W_o, n_heads: {"d_model": len(W_q), "H": n_heads},
    rewrite=_with,
    laws=(
        Law("the qk of all heads add up to W_q W_kᵀ", _sums(0)),
        Law("the ov of all heads add up to W_v W_o", _sums(1)),
    ),
    returns=("qk", "ov"),
    mistakes=(
        Mistake(
            "columns-of-W_o",
            "took the columns of W_o that belong to the head, not its rows",
            "The joined heads stand on the left of W_o, so a head meets its rows.",
            of_o="columns",
        ),
        Mistake(
            "every-H-th-column",
            "took every H-th column for a head",
            "Head 0 has the first d_k columns, head 1 the next.",
            columns="(d H)",
        ),
        Mistake(
            "every-H-th-row",
            "took every H-th row of W_o for a head",
            "Head 0 has the first d_k rows, head 1 the next.",
            rows="(d H)",
        ),
        Mistake(
            "qk-transposed",
            "transposed qk",
            "The query stands on the left: x_i qk x_jᵀ is the score of query i with key j.",
            turned="qk",
        ),
        Mistake(
            "ov-transposed",
            "transposed ov",
            "x stands on the left of W_v, and the result on the right of W_o.",
            turned="ov",
        ),
        Mistake(
            "divided-already",
            "divided by √d_k",
            "Here the scores are meant as they are before the division.",
            scale="root",
        ),
        Mistake(
            "ov-first",
            "returned ov first",
            "First what decides where a head attends, qk; then what it adds, ov.",
            order="ov qk",
        ),
        Mistake(
            "summed",
            "made one pair of matrices for all heads together",
            "W_q W_kᵀ is a sum over all heads. Each head has columns of its own: H pairs in all.",
            order="summed",
        ),
        Mistake(
            "no-W_o",
            "left W_o out of ov",
            "What a head adds goes through W_v and then through its rows of W_o.",
            ov="v v",
        ),
        Mistake(
            "cut-by-rows",
            "cut all four matrices by rows",
            "W_q, W_k and W_v stand behind x: their columns are the heads' numbers. Only W_o is "
            "cut by rows.",
            _cut_by_rows,
        ),
        Mistake(
            "repeated",
            "gave every head the whole matrices",
            "Each head has d_k columns of its own, and d_k rows of W_o.",
            _repeated,
        ),
        Mistake(
            "narrow",
            "multiplied on the wrong side, so that d_k × d_k is left",
            "W_q^h (W_k^h)ᵀ stands between x and xᵀ: d_model × d_model.",
            _narrow,
        ),
        Mistake(
            "width-for-count",
            "took n_heads for the width of a head",
            "n_heads counts the heads; each is d_model / n_heads wide.",
            _width_for_count,
        ),
        Mistake(
            "first-head-only",
            "returned the first head alone",
            "There is a qk and an ov for every head: a `return` inside the loop ends it at once.",
            order="first",
        ),
        Mistake(
            "overlapping",
            "let the heads' columns overlap",
            "Head h begins at column h · d_k, where head h − 1 ends.",
            _overlapping,
        ),
        Mistake(
            "cut-afterwards",
            "multiplied the whole matrices and cut the product into heads",
            "The product has summed over all heads already. Cut first, multiply then.",
            _cut_afterwards,
        ),
        Mistake(
            "out-by-in",
            "read the matrices as nn.Linear stores them, out × in",
            "Here x stands on the left of them, as in x @ W_q: rows are what comes in.",
            _out_by_in,
        ),
    ),
)
