"""Exercises of lesson 06: a sequence asks itself, a sequence asks another."""

import math
from functools import partial

import torch

from attncourse import projections
from attncourse.checks.attention import EXERCISES as OF_ATTENTION
from attncourse.checks.attention import _blind as blind
from attncourse.checks.attention import _random as random
from attncourse.checks.attention import _rows_sum as rows_sum
from attncourse.checks.attention import _some as some
from attncourse.checks.core import Case, Exercise, Law, Mistake

FLOAT = torch.float32
ATTENTION = OF_ATTENTION[-1]  # scaled_dot_product_attention, with its knobs and mistakes
_MADE_HERE_TOO = {
    "forgot to divide by √d_k",
    "divided by d_k, not by √d_k",
    "divided by √d_v",
    "normalised over the queries, not the keys",
    "normalised over the first axis",
    "ignored the mask",
    "took True for hidden",
    "masked after the softmax",
    "added the mask to the scores",
    "gave hidden keys a score of 0, or nearly",
    "looked at forbidden keys where a row hides everything",
    "got NaN where a row hides everything",
    "used .T on a batch",
    "counted the axes from the front",
    "hid the future without being asked",
    "always expected a mask",
}


def _matrices(seed, d_model, d_k, d_v, *, d_memory=None, dtype=torch.float64):
    rows = (d_model, d_memory or d_model, d_memory or d_model)
    sizes = zip(rows, (d_k, d_k, d_v), strict=True)
    return [random(seed + i, *size, dtype=dtype) for i, size in enumerate(sizes)]


# What stands before each @ W: sources are x and memory, matrices are W_q, W_k, W_v.
_SOURCES = {
    "right": (0, 1, 1),
    "queries from the memory": (1, 1, 1),
    "keys from x": (0, 0, 1),
    "values from x": (0, 1, 0),
    "x only": (0, 0, 0),
    "roles swapped": (1, 0, 0),
}
_MATRICES = {
    "right": (0, 1, 2),
    "W_q twice": (0, 0, 2),
    "W_k twice": (1, 1, 2),
    "W_q and W_k swapped": (1, 0, 2),
    "W_k for the values": (0, 1, 1),
    "no W_q, no W_k": (None, None, 2),
    "no W_v": (0, 1, None),
    "none": (None, None, None),
}


def _cross_with(
    x,
    memory,
    W_q,
    W_k,
    W_v,
    mask=None,
    *,
    sources="right",
    matrices="right",
    width="d_k",
    through="hand",
    **knobs,
):
    chosen = zip(_SOURCES[sources], _MATRICES[matrices], strict=True)
    query, key, value = (
        (x, memory)[source] if W is None else (x, memory)[source] @ (W_q, W_k, W_v)[W]
        for source, W in chosen
    )
    if width != "d_k":
        sizes = {"d_model": x.shape[-1], "d_memory": memory.shape[-1], "N": memory.shape[-2]}
        query = query * math.sqrt(query.shape[-1] / sizes[width])
    if through == "package":
        return ATTENTION.reference(query, key, value, mask)
    return ATTENTION.rewrite(query, key, value, mask, **knobs)


def _self_with(x, W_q, W_k, W_v, mask=None, **knobs):
    return _cross_with(x, x, W_q, W_k, W_v, mask, **knobs)


_ATTENTION_MISTAKES = (
    Mistake(
        "divided by √d_model, not by √d_k",
        "Queries and keys meet after the projection: their width is d_k, the columns of W_q.",
        width="d_model",
    ),
    *(each for each in ATTENTION.mistakes if each.knobs and each.name in _MADE_HERE_TOO),
    Mistake(
        "returned the scores where the weights were due",
        "Your output is right. The second part is the result of the softmax, not its input.",
        told="scores",
    ),
)


def _after_projecting(sources):
    """Mistakes of attention that are functions of their own, made with projected vectors."""

    def projected(wrong, x, *rest):
        memory, W_q, W_k, W_v, *mask = rest if sources == 2 else (x, *rest)
        return wrong(x @ W_q, memory @ W_k, memory @ W_v, *mask)

    return tuple(
        Mistake(each.name, each.why, wrong=partial(projected, each.wrong))
        for each in ATTENTION.mistakes
        if each.wrong and each.name in _MADE_HERE_TOO
    )


def _both_ways(name, why, **knobs):
    """A mistake of one who writes attention out, or calls the package's, which minds the sizes."""
    return Mistake(name, why, **knobs), Mistake(name, why, through="package", **knobs)


def _laws(find_mask):
    return (
        Law(
            "each row of weights sums to 1, or to 0 if it may look at nothing",
            lambda result, *arguments: rows_sum(result[1], None, find_mask(arguments)),
        ),
        Law(
            "no weight is negative",
            lambda result, *arguments: bool((result[1] >= 0).all()),
        ),
    )


# self_attention -----------------------------------------------------------------------------------


def _self_cases():
    def x(seed, *shape, spread=1.0, dtype=torch.float64):
        return random(seed, *shape, spread=spread, dtype=dtype)

    causal = torch.ones(5, 5).tril().bool()
    strided = random(69, 3, 7).mT
    return [
        Case("plain", x(61, 2, 3), *_matrices(10, 3, 5, 1)),
        Case("plain", x(62, 5, 3), *_matrices(13, 3, 6, 10)),
        Case("one position", x(63, 1, 3), *_matrices(16, 3, 5, 2)),
        Case("one batch axis", x(64, 2, 5, 3), *_matrices(19, 3, 6, 10)),
        Case("two batch axes", x(65, 2, 3, 7, 5), *_matrices(22, 5, 6, 10)),
        Case("batch of one", x(66, 1, 5, 3), *_matrices(25, 3, 6, 10)),
        Case("mask", x(67, 5, 3), *_matrices(28, 3, 6, 10), causal),
        Case("mask", x(68, 2, 7, 3), *_matrices(31, 3, 5, 11), some(68, 2, 7, 7)),
        Case("one mask for the whole batch", x(71, 3, 5, 7), *_matrices(34, 7, 6, 2), causal),
        Case(
            "one row of mask for all queries",
            x(72, 3, 5, 2),
            *_matrices(37, 2, 6, 10),
            some(72, 3, 1, 5),
        ),
        Case(
            "fully masked row", x(73, 2, 5, 3), *_matrices(40, 3, 6, 10), blind(some(73, 2, 5, 5))
        ),
        Case("not contiguous", strided, *(W.mT.contiguous().mT for W in _matrices(43, 3, 6, 10))),
        Case("large scores", x(74, 5, 3, spread=12.0), *_matrices(46, 3, 6, 10), rtol=1e-4),
        Case("float32", x(75, 2, 5, 3, dtype=FLOAT), *_matrices(49, 3, 6, 10, dtype=FLOAT), causal),
        Case("d_v < d_k < d_model", x(76, 5, 11), *_matrices(52, 11, 7, 3)),
    ]


def _asks_the_batch(x, W_q, W_k, W_v, mask=None):
    flipped = x.transpose(0, -2)
    output, weights = projections.self_attention(flipped, W_q, W_k, W_v)
    return output.transpose(0, -2), weights


def _causal_unless_told(x, W_q, W_k, W_v, mask=None):
    if mask is None:
        mask = torch.ones(x.shape[-2], x.shape[-2]).tril().bool()
    return projections.self_attention(x, W_q, W_k, W_v, mask)


def _last_asks(x, W_q, W_k, W_v, mask=None):
    return projections.cross_attention(x[..., -1:, :], x, W_q, W_k, W_v)


def _itself_hidden(x, W_q, W_k, W_v, mask=None):
    other = ~torch.eye(x.shape[-2]).bool()
    mask = other if mask is None else other & mask
    return projections.self_attention(x, W_q, W_k, W_v, mask)


_self = Exercise(
    reference=projections.self_attention,
    points=2,
    cases=_self_cases,
    hints=(
        "Three products make the queries, the keys and the values, all three from the same x. "
        "What is left is lesson 04.",
        "x has one position per row, so the matrix stands on the right: `x @ W_q` has shape "
        "(*batch, T, d_k), and no transpose is needed for any number of batch axes.",
        "Hand the three projections and the mask to `scaled_dot_product_attention`: it divides by "
        "√d_k itself, and returns output and weights in this order.",
    ),
    rewrite=_self_with,
    mistakes=(
        Mistake(
            "used W_q for the keys too",
            "What a position asks and what it is found by are different things: keys have a matrix "
            "of their own.",
            matrices="W_q twice",
        ),
        Mistake(
            "used W_k for the queries too",
            "What a position asks and what it is found by are different things: queries have a "
            "matrix of their own.",
            matrices="W_k twice",
        ),
        Mistake(
            "swapped W_q and W_k",
            "Now position j asks i where i should ask j: the scores come out transposed.",
            matrices="W_q and W_k swapped",
        ),
        Mistake(
            "averaged the keys, not the values",
            "Keys are for finding. What a position gives is x W_v.",
            matrices="W_k for the values",
        ),
        Mistake(
            "compared the positions without W_q and W_k",
            "x with itself: each position mostly finds its own likeness. Project first, then "
            "compare.",
            matrices="no W_q, no W_k",
        ),
        Mistake(
            "averaged x itself, without W_v",
            "What a position gives is x W_v, of width d_v.",
            matrices="no W_v",
        ),
        Mistake(
            "left all three matrices out",
            "That is attention with Q = K = V = x, from which nothing can be learned.",
            matrices="none",
        ),
        Mistake(
            "divided by √T, not by √d_k",
            "What matters is how many products a score sums, not how many positions there are.",
            width="N",
        ),
        *_ATTENTION_MISTAKES,
        *_after_projecting(sources=1),
        Mistake(
            "let the batch attend to itself, not the positions",
            "Sequences of a batch know nothing of each other. The positions stand on the axis "
            "before the last.",
            wrong=_asks_the_batch,
        ),
        Mistake(
            "hid each position from itself",
            "A position may look at itself, unless the mask forbids it.",
            wrong=_itself_hidden,
        ),
        Mistake(
            "hid the future without being asked",
            "Only the mask says who may look at whom; None hides nothing.",
            wrong=_causal_unless_told,
        ),
        Mistake(
            "let only the last position ask",
            "Every position asks: T queries, T outputs.",
            wrong=_last_asks,
        ),
    ),
    laws=_laws(lambda arguments: arguments[4] if len(arguments) > 4 else None),
    sizes=lambda x, W_q, W_k, W_v, mask=None: {
        "T": x.shape[-2],
        "d_model": x.shape[-1],
        "d_k": W_q.shape[-1],
        "d_v": W_v.shape[-1],
    },
    returns=("output", "weights"),
    verified="output, weights and the gradients of x and all three matrices, any number of batch "
    "axes, d_v ≠ d_k ≠ d_model, masks that broadcast, a row that may look at nothing, float32 and "
    "float64",
)

# cross_attention ----------------------------------------------------------------------------------


def _cross_cases():
    def pair(seed, *batch, M=5, N=7, d_model=3, d_memory=None, spread=1.0, dtype=torch.float64):
        x = random(seed, *batch, M, d_model, spread=spread, dtype=dtype)
        return x, random(seed + 100, *batch, N, d_memory or d_model, dtype=dtype)

    wide = {"d_memory": 11}
    strided = tuple(each.mT.contiguous().mT for each in pair(90))
    return [
        Case("plain", *pair(81, M=2, N=3), *_matrices(110, 3, 5, 1)),
        Case("plain", *pair(82), *_matrices(113, 3, 6, 10)),
        Case("one query", *pair(83, M=1), *_matrices(116, 3, 6, 10)),
        Case("one key", *pair(84, N=1), *_matrices(119, 3, 6, 10)),
        Case("more queries than keys", *pair(85, M=7, N=2), *_matrices(122, 3, 6, 10)),
        Case("M = N", *pair(86, M=5, N=5), *_matrices(125, 3, 6, 10)),
        Case("memory of another width", *pair(87, **wide), *_matrices(128, 3, 6, 10, **wide)),
        Case("one batch axis", *pair(88, 2), *_matrices(131, 3, 6, 10)),
        Case("two batch axes", *pair(89, 2, 3, **wide), *_matrices(134, 3, 5, 2, **wide)),
        Case("mask", *pair(91), *_matrices(137, 3, 6, 10), some(91, 5, 7)),
        Case("mask", *pair(92, 2), *_matrices(140, 3, 6, 10), some(92, 2, 5, 7)),
        Case(
            "one row of mask for all queries",
            *pair(93, 3),
            *_matrices(143, 3, 6, 10),
            some(93, 3, 1, 7),
        ),
        Case("fully masked row", *pair(94, 2), *_matrices(146, 3, 6, 10), blind(some(94, 2, 5, 7))),
        Case("not contiguous", *strided, *_matrices(149, 3, 6, 10)),
        Case("large scores", *pair(95, spread=12.0), *_matrices(152, 3, 6, 10), rtol=1e-4),
        Case("float32", *pair(96, 2, dtype=FLOAT), *_matrices(155, 3, 6, 10, dtype=FLOAT)),
    ]


def _joined_memory(x, memory, W_q, W_k, W_v, mask=None):
    joined = torch.cat([memory, x], dim=-2)
    return projections.cross_attention(x, joined, W_q, W_k, W_v)


_cross = Exercise(
    reference=projections.cross_attention,
    points=2,
    cases=_cross_cases,
    hints=(
        "Who asks, and who answers? x asks, so it makes the queries; the memory makes the rest.",
        "Compared with self_attention only two of the three products change. M outputs come back, "
        "one per row of x.",
        "Keys *and* values come from the memory: key j is the handle of memory j, value j its "
        "content. Then it is lesson 04 again.",
    ),
    rewrite=_cross_with,
    mistakes=(
        Mistake(
            "swapped the roles of x and the memory",
            "x asks and the memory answers: there is one output per row of x.",
            sources="roles swapped",
        ),
        Mistake(
            "took the queries from the memory too",
            "The memory asks itself, and x is never used. Queries come from x.",
            sources="queries from the memory",
        ),
        *_both_ways(
            "took the keys from x",
            "Then x compares itself with itself. Keys and values both come from the memory.",
            sources="keys from x",
        ),
        *_both_ways(
            "took the values from x",
            "What is found in the memory must be given by the memory: keys and values belong "
            "together.",
            sources="values from x",
        ),
        Mistake(
            "ignored the memory",
            "That is self-attention of x. Keys and values come from the memory.",
            sources="x only",
        ),
        Mistake(
            "used W_q for the keys too",
            "What x asks and what the memory is found by are different things: keys have a matrix "
            "of their own.",
            matrices="W_q twice",
        ),
        Mistake(
            "used W_k for the queries too",
            "What x asks and what the memory is found by are different things: queries have a "
            "matrix of their own.",
            matrices="W_k twice",
        ),
        Mistake(
            "swapped W_q and W_k",
            "W_q belongs to what asks, x; W_k to what is asked, the memory.",
            matrices="W_q and W_k swapped",
        ),
        Mistake(
            "averaged the keys, not the values",
            "Keys are for finding. What the memory gives is memory W_v.",
            matrices="W_k for the values",
        ),
        *_both_ways(
            "compared x and the memory without W_q and W_k",
            "Two sequences need not have the same width, or speak of the same things. Project "
            "first, then compare.",
            matrices="no W_q, no W_k",
        ),
        Mistake(
            "averaged the memory itself, without W_v",
            "What the memory gives is memory W_v, of width d_v.",
            matrices="no W_v",
        ),
        *_both_ways(
            "left all three matrices out",
            "That is attention with Q = x and K = V = memory, from which nothing can be learned.",
            matrices="none",
        ),
        Mistake(
            "divided by √N, not by √d_k",
            "What matters is how many products a score sums, not how long the memory is.",
            width="N",
        ),
        *_ATTENTION_MISTAKES,
        Mistake(
            "divided by the root of the memory's width, not by √d_k",
            "Queries and keys meet after the projection: their width is d_k, the columns of W_q.",
            width="d_memory",
        ),
        *_after_projecting(sources=2),
        Mistake(
            "let x look at itself as well",
            "Keys and values come from the memory alone: N of them, not N + M.",
            wrong=_joined_memory,
        ),
    ),
    laws=_laws(lambda arguments: arguments[5] if len(arguments) > 5 else None),
    sizes=lambda x, memory, W_q, W_k, W_v, mask=None: {
        "M": x.shape[-2],
        "N": memory.shape[-2],
        "d_model": x.shape[-1],
        "d_k": W_q.shape[-1],
        "d_v": W_v.shape[-1],
    },
    returns=("output", "weights"),
    verified="output, weights and all gradients, M ≠ N, a memory of another width than x, any "
    "number of batch axes, masks that broadcast, a row that may look at nothing",
)

EXERCISES = (_self, _cross)
