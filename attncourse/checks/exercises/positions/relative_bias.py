"""Look up a bias for every distance between query and key."""

import torch

from attncourse import positions as package
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import by_shape


def _cases():
    return [
        Case("plain", by_shape(5), 6, 7),
        Case("one query", by_shape(7), 1, 6),
        Case("one key", by_shape(7), 5, 1),
        Case("nothing to clip", by_shape(13), 5, 3),
        Case("one distance", by_shape(1), 3, 5),
        Case("plain", by_shape(3), 7, 5),
        Case("M = N", by_shape(5), 6, 6),
        Case("several heads", by_shape(2, 7), 6, 71),
        Case("several heads", by_shape(3, 5), 10, 6),
        Case("two axes before the distances", by_shape(2, 3, 5), 7, 6),
        Case("float32", by_shape(2, 5, dtype=torch.float32), 6, 3),
        Case("not contiguous", by_shape(7, 3).T, 6, 5),
    ]


_DISTANCES = {
    "j − i": lambda i, j: j - i,
    "i − j": lambda i, j: i - j,
    "|j − i|": lambda i, j: (j - i).abs(),
    "−|j − i|": lambda i, j: -(j - i).abs(),
    "j": lambda i, j: j + 0 * i,
    "j + i": lambda i, j: j + i,
}


def _with(
    table,
    M,
    N,
    *,
    distance="j − i",
    clip="both",
    offset="R",
    axis="last",
    aligned="starts",
    size="",
):
    if size == "M for both":
        N = M
    if size == "N for both":
        M = N
    R = table.shape[0 if axis == "first" else -1] // 2
    i, j = torch.arange(M)[:, None], torch.arange(N)
    if aligned == "ends":
        i = i + N - M
    apart = _DISTANCES[distance](i, j)
    clipped = {
        "both": lambda: apart.clamp(-R, R),
        "none": lambda: apart,
        "above": lambda: apart.clamp(max=R),
        "below": lambda: apart.clamp(min=-R),
        "back only": lambda: apart.clamp(-R, 0),
        "ahead only": lambda: apart.clamp(0, R),
        "one short": lambda: apart.clamp(-R, R - 1),
        "both one short": lambda: apart.clamp(-R + 1, R - 1),
        "after moving": lambda: (apart + R).clamp(-R, R) - R,
        "to zero": lambda: torch.where(apart.abs() <= R, apart, 0),
        "wrapped": lambda: (apart + R) % (2 * R + 1) - R,
    }[clip]()
    shift = {"R": R, "none": 0, "R + 1": R + 1, "R − 1": R - 1, "N − 1": N - 1, "M − 1": M - 1}
    index = clipped + shift[offset]
    return table[index] if axis == "first" else table[..., index]


def _bias_dropped(table, M, N):
    apart = torch.arange(N) - torch.arange(M)[:, None]
    R = table.shape[-1] // 2
    return table[..., apart.clamp(-R, R) + R] * (apart.abs() <= R)


def _one_sided(table, M, N):
    """As if the table held the distances 0 … R only."""
    apart, R = torch.arange(N) - torch.arange(M)[:, None], table.shape[-1] - 1
    return table[..., (apart.clamp(-R, R) + R).clamp(max=R)]


def _future_hidden(table, M, N):
    return _with(table, M, N).masked_fill(torch.ones(M, N).triu(1).bool(), -torch.inf)


def _times_distance(table, M, N):
    return _with(table, M, N) * (torch.arange(N) - torch.arange(M)[:, None]).abs()


EXERCISE = Exercise(
    reference=package.relative_bias,
    points=2,
    cases=_cases,
    hints=(
        "Make a table of distances first: row i, column j holds j − i.",
        "Clip the distances to −R … R, and only then move them to 0 … 2R. How does R follow from "
        "the size of the table's last axis?",
        "A tensor of whole numbers may stand where an index stands; three dots keep whatever axes "
        "come before.",
    ),
    verified="the right entry for every query and key, M ≠ N, distances beyond the table, a table "
    "of one number, one table per head, float32 and float64; gradient of the table",
    sizes=lambda table, M, N: {"M": M, "N": N, "2R + 1": table.shape[-1]},
    rewrite=_with,
    laws=(
        Law(
            "a query at its own place gets the middle of the table",
            lambda result, table, M, N: torch.equal(
                result[..., 0, 0], table[..., table.shape[-1] // 2]
            ),
        ),
        Law(
            "entries on one diagonal are equal",
            lambda result, table, M, N: torch.equal(result[..., 1:, 1:], result[..., :-1, :-1]),
        ),
    ),
    mistakes=(
        Mistake(
            "took-i-j",
            "took i − j instead of j − i",
            "Keys ahead of the query have positive distances: key minus query.",
            distance="i − j",
        ),
        Mistake(
            "forgot-clip",
            "forgot to clip",
            "A distance beyond R has no entry of its own: it uses the last one on its side. "
            "Negative indices do not fail, they count from the end.",
            clip="none",
        ),
        Mistake(
            "clipped-only-keys-far-ahead",
            "clipped only keys that are far ahead",
            "Keys far behind need it too: below −R, an index becomes negative and counts from the "
            "end.",
            clip="above",
        ),
        Mistake(
            "clipped-only-keys-far-behind",
            "clipped only keys that are far behind",
            "Keys far ahead need it too: the largest distance in the table is R.",
            clip="below",
        ),
        Mistake(
            "clipped-one-step-too-early",
            "clipped one step too early ahead",
            "The distances run from −R to R, both included.",
            clip="one short",
        ),
        Mistake(
            "wrapped-far-distances-around",
            "wrapped far distances around instead of clipping them",
            "Far is far: beyond R the last entry of that side is used again.",
            clip="wrapped",
        ),
        Mistake(
            "treated-keys-beyond-r-if",
            "treated keys beyond R as if they stood at distance 0",
            "Beyond R the last entry of that side is used again.",
            clip="to zero",
        ),
        Mistake(
            "gave-keys-beyond-r-bias",
            "gave keys beyond R a bias of zero",
            "Beyond R the last entry of that side is used again.",
            _bias_dropped,
        ),
        Mistake(
            "gave-keys-ahead-same-bias",
            "gave all keys ahead the same bias",
            "Both directions are told apart: clip to −R … R.",
            clip="back only",
        ),
        Mistake(
            "gave-keys-behind-same-bias",
            "gave all keys behind the same bias",
            "Both directions are told apart: clip to −R … R.",
            clip="ahead only",
        ),
        Mistake(
            "forgot-move-distances-0-2r",
            "forgot to move the distances to 0 … 2R",
            "The table's first entry is for −R. Without the + R, negative distances count from the "
            "end of the table.",
            offset="none",
        ),
        Mistake(
            "moved-distances-one-too-far",
            "moved the distances one too far",
            "Distance 0 belongs in the middle of the table, at index R.",
            offset="R + 1",
        ),
        Mistake(
            "moved-distances-one-too-little",
            "moved the distances one too little",
            "Distance 0 belongs in the middle of the table, at index R.",
            offset="R − 1",
        ),
        Mistake(
            "moved-distances-n-1",
            "moved the distances by N − 1 instead of R",
            "How far a table reaches is its own size's business, (2R + 1), not the sequence's.",
            offset="N − 1",
        ),
        Mistake(
            "moved-distances-m-1",
            "moved the distances by M − 1 instead of R",
            "How far a table reaches is its own size's business, (2R + 1), not the sequence's.",
            offset="M − 1",
        ),
        Mistake(
            "did-tell-ahead-behind",
            "did not tell ahead from behind",
            "The distance is signed: a key before and a key after the query have entries of their "
            "own.",
            distance="|j − i|",
        ),
        Mistake(
            "looked-up-distance-if-lay",
            "looked up every distance as if it lay behind",
            "The distance is signed: keys ahead of the query have positive distances.",
            distance="−|j − i|",
        ),
        Mistake(
            "used-key-s-position",
            "used the key's position instead of its distance from the query",
            "Each row must be moved: the distance is j − i.",
            distance="j",
        ),
        Mistake(
            "added-positions",
            "added the positions instead of subtracting them",
            "The distance is j − i; it is the same along each diagonal.",
            distance="j + i",
        ),
        Mistake(
            "indexed-first-axis-table",
            "indexed the first axis of the table",
            "Distances are the table's last axis; what comes before are heads: table[..., index].",
            axis="first",
        ),
        Mistake(
            "lined-up-last-query-last",
            "lined up the last query with the last key",
            "That is a convention for generating text. Here query 0 and key 0 stand at the same "
            "place.",
            aligned="ends",
        ),
        Mistake(
            "made-n-n",
            "made N × N instead of M × N",
            "There are M queries: M rows.",
            size="N for both",
        ),
        Mistake(
            "made-m-m",
            "made M × M instead of M × N",
            "There are N keys: N columns.",
            size="M for both",
        ),
        Mistake(
            "moved-before-clipping",
            "moved the distances first and clipped them then",
            "Clip to −R … R first; then + R brings them to 0 … 2R.",
            clip="after moving",
        ),
        Mistake(
            "clipped-one-short",
            "clipped one too early on both sides",
            "The table has an entry for R itself, and one for −R.",
            clip="both one short",
        ),
        Mistake(
            "one-sided",
            "took the size of the table less one for R",
            "The table has 2R + 1 entries: from −R to R.",
            _one_sided,
        ),
        Mistake(
            "future-hidden",
            "hid the future",
            "That is a mask's business. A relative bias tells before from after.",
            _future_hidden,
        ),
        Mistake(
            "times-distance",
            "multiplied the numbers by the distance",
            "That is ALiBi's penalty. Here the distance only says which number of the table is "
            "meant.",
            _times_distance,
        ),
    ),
)
