"""Make queries from one sequence, keys and values from another."""

import torch

from attncourse import projections
from attncourse.checks.engine.exercise import Case, Exercise, Mistake
from attncourse.checks.exercises.inputs import blind_row, normal, some_mask
from attncourse.checks.exercises.projections.shared import (
    ATTENTION_MISTAKES,
    FLOAT,
    after_projecting,
    cross_with,
    laws,
    matrices,
)


def _both_ways(id, name, why, **knobs):
    """A mistake of one who writes attention out, or calls the package's, which minds the sizes."""
    return Mistake(id, name, why, {"through": "package", **knobs}, **knobs)


def _cases():
    def pair(seed, *batch, M=5, N=7, d_model=3, d_memory=None, spread=1.0, dtype=torch.float64):
        x = normal(seed, *batch, M, d_model, spread=spread, dtype=dtype)
        return x, normal(seed + 100, *batch, N, d_memory or d_model, dtype=dtype)

    wide = {"d_memory": 11}
    strided = tuple(each.mT.contiguous().mT for each in pair(90))
    return [
        Case("plain", *pair(81, M=2, N=3), *matrices(110, 3, 5, 1)),
        Case("plain", *pair(82), *matrices(113, 3, 6, 10)),
        Case("one query", *pair(83, M=1), *matrices(116, 3, 6, 10)),
        Case("one key", *pair(84, N=1), *matrices(119, 3, 6, 10)),
        Case("more queries than keys", *pair(85, M=7, N=2), *matrices(122, 3, 6, 10)),
        Case("M = N", *pair(86, M=5, N=5), *matrices(125, 3, 6, 10)),
        Case("memory of another width", *pair(87, **wide), *matrices(128, 3, 6, 10, **wide)),
        Case("one batch axis", *pair(88, 2), *matrices(131, 3, 6, 10)),
        Case("two batch axes", *pair(89, 2, 3, **wide), *matrices(134, 3, 5, 2, **wide)),
        Case("mask", *pair(91), *matrices(137, 3, 6, 10), some_mask(91, 5, 7)),
        Case(
            "mask",
            *pair(92, 2, M=67, N=71),
            *matrices(140, 3, 6, 10),
            some_mask(92, 2, 67, 71),
        ),
        Case(
            "one row of mask for all queries",
            *pair(93, 3),
            *matrices(143, 3, 6, 10),
            some_mask(93, 3, 1, 7),
        ),
        Case(
            "fully masked row",
            *pair(94, 2),
            *matrices(146, 3, 6, 10),
            blind_row(some_mask(94, 2, 5, 7)),
        ),
        Case("not contiguous", *strided, *matrices(149, 3, 6, 10)),
        Case("large scores", *pair(95, spread=12.0), *matrices(152, 3, 6, 10), rtol=1e-4),
        Case("float32", *pair(96, 2, dtype=FLOAT), *matrices(155, 3, 6, 10, dtype=FLOAT)),
    ]


def _joined_memory(x, memory, W_q, W_k, W_v, mask=None):
    joined = torch.cat([memory, x], dim=-2)
    return projections.cross_attention(x, joined, W_q, W_k, W_v)


def _joined_x(x, memory, W_q, W_k, W_v, mask=None):
    joined = torch.cat([x, memory], dim=-2)
    return projections.cross_attention(x, joined, W_q, W_k, W_v, mask)


def _residual(x, memory, W_q, W_k, W_v, mask=None):
    output, weights = projections.cross_attention(x, memory, W_q, W_k, W_v, mask)
    return output + x, weights


EXERCISE = Exercise(
    reference=projections.cross_attention,
    points=2,
    cases=_cases,
    hints=(
        "Who asks, and who answers? x asks, so it makes the queries; the memory makes the rest.",
        "Compared with self_attention only two of the three products change. M outputs come back, "
        "one per row of x.",
        "Keys *and* values come from the memory: key j is the handle of memory j, value j its "
        "content. Then it is lesson 04 again.",
    ),
    rewrite=cross_with,
    mistakes=(
        Mistake(
            "swapped-roles-x-memory",
            "swapped the roles of x and the memory",
            "x asks and the memory answers: there is one output per row of x.",
            sources="roles swapped",
        ),
        Mistake(
            "took-queries-memory-too",
            "took the queries from the memory too",
            "The memory asks itself, and x is never used. Queries come from x.",
            sources="queries from the memory",
        ),
        _both_ways(
            "took-keys-x",
            "took the keys from x",
            "Then x compares itself with itself. Keys and values both come from the memory.",
            sources="keys from x",
        ),
        _both_ways(
            "took-values-x",
            "took the values from x",
            "What is found in the memory must be given by the memory: keys and values belong "
            "together.",
            sources="values from x",
        ),
        Mistake(
            "ignored-memory",
            "ignored the memory",
            "That is self-attention of x. Keys and values come from the memory.",
            sources="x only",
        ),
        Mistake(
            "used-w-q-keys-too",
            "used W_q for the keys too",
            "What x asks and what the memory is found by are different things: keys have a matrix "
            "of their own.",
            matrices="W_q twice",
        ),
        Mistake(
            "used-w-k-queries-too",
            "used W_k for the queries too",
            "What x asks and what the memory is found by are different things: queries have a "
            "matrix of their own.",
            matrices="W_k twice",
        ),
        Mistake(
            "swapped-w-q-w-k",
            "swapped W_q and W_k",
            "W_q belongs to what asks, x; W_k to what is asked, the memory.",
            matrices="W_q and W_k swapped",
        ),
        Mistake(
            "averaged-keys",
            "averaged the keys, not the values",
            "Keys are for finding. What the memory gives is memory W_v.",
            matrices="W_k for the values",
        ),
        _both_ways(
            "compared-x-memory-without-w",
            "compared x and the memory without W_q and W_k",
            "Two sequences need not have the same width, or speak of the same things. Project "
            "first, then compare.",
            matrices="no W_q, no W_k",
        ),
        Mistake(
            "averaged-memory-itself",
            "averaged the memory itself, without W_v",
            "What the memory gives is memory W_v, of width d_v.",
            matrices="no W_v",
        ),
        _both_ways(
            "left-three-matrices-out",
            "left all three matrices out",
            "That is attention with Q = x and K = V = memory, from which nothing can be learned.",
            matrices="none",
        ),
        Mistake(
            "divided-root-n",
            "divided by √N, not by √d_k",
            "What matters is how many products a score sums, not how long the memory is.",
            width="N",
        ),
        *ATTENTION_MISTAKES,
        Mistake(
            "divided-root-memory-s-width",
            "divided by the root of the memory's width, not by √d_k",
            "Queries and keys meet after the projection: their width is d_k, the columns of W_q.",
            width="d_memory",
        ),
        *after_projecting(sources=2),
        Mistake(
            "let-x-look-itself-well",
            "let x look at itself as well",
            "Keys and values come from the memory alone: N of them, not N + M.",
            _joined_memory,
            _joined_x,
        ),
        Mistake(
            "added-x",
            "added x to the output",
            "That is a residual connection, of lesson 10. Asked for is what attention found.",
            _residual,
        ),
    ),
    laws=laws(lambda arguments: arguments[5] if len(arguments) > 5 else None),
    sizes=lambda x, memory, W_q, W_k, W_v, mask=None: {
        "M": x.shape[-2],
        "N": memory.shape[-2],
        "d_model": x.shape[-1],
        "d_k": W_q.shape[-1],
        "d_v": W_v.shape[-1],
    },
    returns=("output", "weights"),
    verified="output, weights and all gradients, M ≠ N, a memory of another width than x, any "
    "number of batch axes, masks that broadcast, a row that may attend to nothing",
)
