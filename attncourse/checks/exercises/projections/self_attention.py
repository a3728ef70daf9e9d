"""Make queries, keys and values from one sequence."""

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


def _with(x, W_q, W_k, W_v, mask=None, **knobs):
    return cross_with(x, x, W_q, W_k, W_v, mask, **knobs)


def _cases():
    def x(seed, *shape, spread=1.0, dtype=torch.float64):
        return normal(seed, *shape, spread=spread, dtype=dtype)

    causal = torch.ones(5, 5).tril().bool()
    strided = normal(69, 3, 7).mT
    return [
        Case("plain", x(61, 2, 3), *matrices(10, 3, 5, 1)),
        Case("plain", x(62, 5, 3), *matrices(13, 3, 6, 10)),
        Case("one position", x(63, 1, 3), *matrices(16, 3, 5, 2)),
        Case("one batch axis", x(64, 2, 5, 3), *matrices(19, 3, 6, 10)),
        Case("two batch axes", x(65, 2, 3, 7, 5), *matrices(22, 5, 6, 10)),
        Case("batch of one", x(66, 1, 5, 3), *matrices(25, 3, 6, 10)),
        Case("mask", x(67, 5, 3), *matrices(28, 3, 6, 10), causal),
        Case("mask", x(68, 2, 71, 3), *matrices(31, 3, 5, 11), some_mask(68, 2, 71, 71)),
        Case("one mask for the whole batch", x(71, 3, 5, 7), *matrices(34, 7, 6, 2), causal),
        Case(
            "one row of mask for all queries",
            x(72, 3, 5, 2),
            *matrices(37, 2, 6, 10),
            some_mask(72, 3, 1, 5),
        ),
        Case(
            "fully masked row",
            x(73, 2, 5, 3),
            *matrices(40, 3, 6, 10),
            blind_row(some_mask(73, 2, 5, 5)),
        ),
        Case("not contiguous", strided, *(W.mT.contiguous().mT for W in matrices(43, 3, 6, 10))),
        Case("large scores", x(74, 5, 3, spread=40.0), *matrices(46, 3, 6, 10), rtol=1e-4),
        Case("float32", x(75, 2, 5, 3, dtype=FLOAT), *matrices(49, 3, 6, 10, dtype=FLOAT), causal),
        Case("d_v < d_k < d_model", x(76, 5, 11), *matrices(52, 11, 7, 3)),
        Case("d_v = d_k = d_model", x(77, 3, 5), *matrices(55, 5, 5, 5)),
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


def _with_a_residual(x, W_q, W_k, W_v, mask=None):
    output, weights = projections.self_attention(x, W_q, W_k, W_v, mask)
    return (x + output if output.shape == x.shape else output), weights


def _itself_hidden(x, W_q, W_k, W_v, mask=None):
    other = ~torch.eye(x.shape[-2]).bool()
    mask = other if mask is None else other & mask
    return projections.self_attention(x, W_q, W_k, W_v, mask)


EXERCISE = Exercise(
    reference=projections.self_attention,
    points=2,
    cases=_cases,
    hints=(
        "Three products make the queries, the keys and the values, all three from the same x. "
        "What is left is lesson 04.",
        "x has one position per row, so the matrix stands on the right: `x @ W_q` has shape "
        "(*batch, T, d_k), and no transpose is needed for any number of batch axes.",
        "Hand the three projections and the mask to `scaled_dot_product_attention`: it divides by "
        "√d_k itself, and returns output and weights in this order.",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "used-w-q-keys-too",
            "used W_q for the keys too",
            "What a position asks and what it is found by are different things: keys have a matrix "
            "of their own.",
            matrices="W_q twice",
        ),
        Mistake(
            "used-w-k-queries-too",
            "used W_k for the queries too",
            "What a position asks and what it is found by are different things: queries have a "
            "matrix of their own.",
            matrices="W_k twice",
        ),
        Mistake(
            "swapped-w-q-w-k",
            "swapped W_q and W_k",
            "Now position j asks i where i should ask j: the scores come out transposed.",
            matrices="W_q and W_k swapped",
        ),
        Mistake(
            "averaged-keys",
            "averaged the keys, not the values",
            "Keys are for finding. What a position gives is x W_v.",
            matrices="W_k for the values",
        ),
        Mistake(
            "compared-positions-without-w-q",
            "compared the positions without W_q and W_k",
            "x with itself: each position mostly finds its own likeness. Project first, then "
            "compare.",
            matrices="no W_q, no W_k",
        ),
        Mistake(
            "averaged-x-itself",
            "averaged x itself, without W_v",
            "What a position gives is x W_v, of width d_v.",
            matrices="no W_v",
        ),
        Mistake(
            "left-three-matrices-out",
            "left all three matrices out",
            "That is attention with Q = K = V = x, from which nothing can be learned.",
            matrices="none",
        ),
        Mistake(
            "divided-root-t",
            "divided by √T, not by √d_k",
            "What matters is how many products a score sums, not how many positions there are.",
            width="N",
        ),
        *ATTENTION_MISTAKES,
        *after_projecting(sources=1),
        Mistake(
            "let-batch-attend-itself",
            "let the batch attend to itself, not the positions",
            "Sequences of a batch know nothing of each other. The positions stand on the axis "
            "before the last.",
            _asks_the_batch,
        ),
        Mistake(
            "hid-position-itself",
            "hid each position from itself",
            "A position may attend to itself, unless the mask forbids it.",
            _itself_hidden,
        ),
        Mistake(
            "hid-future-without-being-asked",
            "hid the future without being asked",
            "Only the mask says who may attend to whom; None hides nothing.",
            _causal_unless_told,
        ),
        Mistake(
            "added-x",
            "added x to the output where the widths allow it",
            "The residual connection belongs to the block around attention, in lesson 10.",
            _with_a_residual,
        ),
        Mistake(
            "let-only-last-position-ask",
            "let only the last position ask",
            "Every position asks: T queries, T outputs.",
            _last_asks,
        ),
    ),
    laws=laws(lambda arguments: arguments[4] if len(arguments) > 4 else None),
    sizes=lambda x, W_q, W_k, W_v, mask=None: {
        "T": x.shape[-2],
        "d_model": x.shape[-1],
        "d_k": W_q.shape[-1],
        "d_v": W_v.shape[-1],
    },
    returns=("output", "weights"),
    verified="output, weights and the gradients of x and all three matrices, any number of batch "
    "axes, d_v ≠ d_k ≠ d_model, masks that broadcast, a row that may attend to nothing, float32 "
    "and float64",
)
