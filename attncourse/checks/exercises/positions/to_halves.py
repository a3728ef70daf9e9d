"""Carry W_q or W_k from pairs of neighbours to pairs of halves."""

import torch
from einops import rearrange

from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import normal
from attncourse.positions import rotate


def to_halves(W, n_heads):
    """Reorder the columns of W, so that `rotate(…, pairs="halves")` gives the same scores."""
    return _with(W, n_heads)


def _with(W, n_heads, *, way="there", heads="each", of="columns", first="even"):
    H = 1 if heads == "all at once" else n_heads
    if of == "rows":
        W = W.mT
    if first == "odd":
        W = rearrange(W, "m (H i two) -> m H i two", H=H, two=2).flip(-1).flatten(1)
    patterns = ("(H i two)", "(H two i)") if way == "there" else ("(H two i)", "(H i two)")
    W = rearrange(W, f"m {patterns[0]} -> m {patterns[1]}", H=H, two=2)
    return W.mT if of == "rows" else W


def _unchanged(W, n_heads):
    return W.clone()


def _cases():
    def case(label, seed, d_model, n_heads):
        return Case(label, normal(seed, d_model, d_model), n_heads)

    return [
        case("one head of width 4", 1, 4, 1),
        case("two heads of width 4", 2, 8, 2),
        case("two heads of width 6", 3, 12, 2),
        case("three heads of width 8", 4, 24, 3),
        case("heads of width 2", 5, 6, 3),
        Case("float32", normal(6, 8, 8, dtype=torch.float32), 2),
    ]


def _scores(W, n_heads, pairs):
    """Scores of five vectors in every head, W for queries and keys alike."""
    x, place = normal(9, 5, len(W)).to(W.dtype), torch.arange(5)
    heads = rearrange(x @ W, "T (H d) -> H T d", H=n_heads)
    turned = rotate(heads, place, pairs=pairs)
    return turned @ turned.mT


def _same_scores(result, W, n_heads):
    before, after = _scores(W, n_heads, "neighbours"), _scores(result, n_heads, "halves")
    return torch.allclose(before, after, rtol=1e-3, atol=1e-4)


def _piece_by_piece(of):
    """The columns of each head, taken in some order by `of`."""

    def reordered(W, n_heads):
        return torch.cat([of(columns) for columns in W.chunk(n_heads, dim=1)], dim=1)

    return reordered


def _first_head_only(W, n_heads):
    d_k = W.shape[1] // n_heads
    return torch.cat([_with(W[:, :d_k], 1), W[:, d_k:]], dim=1)


def _width_for_count(W, n_heads):
    return W.reshape(len(W), -1, n_heads // 2, 2).mT.reshape(len(W), -1)


def _heads_inside(W, n_heads):
    return rearrange(W, "m (i H two) -> m (i two H)", H=n_heads, two=2)


EXERCISE = Exercise(
    reference=to_halves,
    points=2,
    cases=_cases,
    hints=(
        "Take one head of width 6 with the columns 0 1 2 3 4 5. Its pairs are (0, 1), (2, 3), "
        "(4, 5). In halves, pair i stands in places i and i + 3. Which column belongs where?",
        "All first numbers of the pairs come first, then all second ones: 0 2 4 1 3 5. And so in "
        "each head by itself.",
        "As an einops pattern the columns are (H i two) before and (H two i) after.",
    ),
    verified="the same scores in every head after the other rotation, for one to three heads of "
    "width 2 to 8; gradient",
    sizes=lambda W, n_heads: {"d_model": len(W), "H": n_heads},
    rewrite=_with,
    laws=(
        Law(
            "the columns are the same, in another order",
            lambda result, W, n_heads: torch.equal(
                result.sum(0).sort().values, W.sum(0).sort().values
            ),
        ),
        Law("the scores are the same after the other rotation", _same_scores),
    ),
    mistakes=(
        Mistake(
            "unchanged",
            "left the columns as they were",
            "Then other numbers make a pair, and the weights are nonsense.",
            _unchanged,
        ),
        Mistake(
            "way-back",
            "went the other way, from halves to neighbours",
            "Neighbours are given: the first numbers of all pairs come first.",
            way="back",
        ),
        Mistake(
            "all-heads-at-once",
            "reordered all columns at once, across the heads",
            "Each head turns its own vectors, so each head's columns stay among themselves.",
            heads="all at once",
        ),
        Mistake(
            "rows",
            "reordered the rows",
            "x stands on the left: the columns of W are the numbers of a query.",
            of="rows",
        ),
        Mistake(
            "odd-first",
            "put the second numbers of the pairs first",
            "Then every pair is turned the other way round.",
            first="odd",
        ),
        Mistake(
            "halves-swapped",
            "swapped the two halves of each head",
            "Neighbours have to be taken apart: columns 0 2 4 … first, then 1 3 5 …",
            _piece_by_piece(lambda W: W.roll(W.shape[1] // 2, 1)),
        ),
        Mistake(
            "first-head-only",
            "reordered the first head only",
            "Every head turns its own vectors.",
            _first_head_only,
        ),
        Mistake(
            "signs-turned",
            "turned the signs of the second numbers",
            "The columns only change places; `rotate` brings the minus sign.",
            _piece_by_piece(lambda W: torch.cat([W[:, 0::2], -W[:, 1::2]], dim=1)),
        ),
        Mistake(
            "second-half-mirrored",
            "turned the order of the second half round",
            "Pair i stands in places i and i + d_k / 2, in both halves in the same order.",
            _piece_by_piece(lambda W: torch.cat([W[:, 0::2], W[:, 1::2].flip(1)], dim=1)),
        ),
        Mistake(
            "width-for-count",
            "took n_heads for the width of a head",
            "n_heads counts the heads; each has d_model / n_heads columns.",
            _width_for_count,
        ),
        Mistake(
            "heads-inside",
            "read the columns as if the heads were the inner axis",
            "Head 0 has the first d_k columns, head 1 the next: (H i two).",
            _heads_inside,
        ),
    ),
)
