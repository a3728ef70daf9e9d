"""Put the heads back side by side into one width."""

import torch

from attncourse import multihead
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import by_shape
from attncourse.checks.exercises.multihead.shared import merge_with


def _cases():
    return [
        Case("plain", by_shape(2, 3, 5, 7)),
        Case("no batch axis", by_shape(3, 5, 2)),
        Case("one token", by_shape(3, 5, 1, 2)),
        Case("two heads", by_shape(3, 2, 71, 7)),
        Case("one head", by_shape(2, 1, 5, 7)),
        Case("one number per head", by_shape(2, 5, 7, 1)),
        Case("two batch axes", by_shape(2, 3, 7, 5, 11)),
        Case("float32", by_shape(3, 2, 11, 5, dtype=torch.float32)),
        Case("not contiguous", by_shape(2, 5, 3, 7).transpose(1, 2)),
        Case("not contiguous", by_shape(7, 5, 3).permute(2, 1, 0)),
    ]


EXERCISE = Exercise(
    reference=multihead.merge_heads,
    points=1,
    cases=_cases,
    hints=(
        "It is `split_heads` read backwards: two steps, in the opposite order.",
        "First bring the tokens to the left of the heads, then make one axis of the last two.",
        "After a swap of axes the numbers are no longer in memory order, so `view` may refuse; "
        "`reshape` and einops copy where they must.",
    ),
    verified="undoes `split_heads`, for any number of batch axes, one head, one number per head, "
    "one token, float32 and float64, non-contiguous input; gradient",
    sizes=lambda x: {"H": x.shape[-3], "T": x.shape[-2], "d_head": x.shape[-1]},
    rewrite=merge_with,
    laws=(
        Law(
            "it undoes `split_heads`",
            lambda result, x: torch.equal(multihead.split_heads(result, x.shape[-3]), x),
        ),
        Law(
            "each token starts with its numbers from head 0",
            lambda result, x: torch.equal(result[..., : x.shape[-1]], x[..., 0, :, :]),
        ),
    ),
    mistakes=(
        Mistake(
            "used-view-where-transpose-due",
            "used `view` where a transpose is due",
            "Reshaping alone reads head after head, so a token gets numbers of other tokens. "
            "Bring the tokens to the left of the heads first.",
            join="view",
        ),
        Mistake(
            "merged-heads-wrong-order",
            "merged the heads in the wrong order",
            "The numbers of one head stay neighbours: all of head 0, then all of head 1. In the "
            "pattern, H is the outer factor, (H d_head).",
            join="interleaved",
        ),
        Mistake(
            "put-last-head-first",
            "put the last head first",
            "The pieces come in the order of the heads: head 0 first.",
            order="backward",
        ),
        Mistake(
            "averaged-heads",
            "averaged the heads",
            "Nothing is averaged: the pieces are put side by side, and W_o mixes them later.",
            join="mean",
        ),
        Mistake(
            "added-heads-up",
            "added the heads up",
            "Nothing is added: the pieces are put side by side, and W_o mixes them later.",
            join="sum",
        ),
        Mistake(
            "kept-only-first-head",
            "kept only the first head",
            "Every head has a piece of each token's output.",
            join="first head",
        ),
        Mistake(
            "put-heads-below-other",
            "put the heads below each other instead of side by side",
            "There are still T tokens afterwards; what grows is the width, to H · d_head.",
            join="tokens",
        ),
        Mistake(
            "joined-heads-tokens",
            "joined the heads to the tokens instead of to the width",
            "There are still T tokens afterwards; what grows is the width, to H · d_head.",
            join="tokens in turn",
        ),
        Mistake(
            "swapped-heads-tokens",
            "swapped heads and tokens, but did not join",
            "One step is left: the last two axes, H and d_head, become one.",
            join="not joined",
        ),
        Mistake(
            "returned-transpose",
            "returned the transpose",
            "Rows are tokens, columns are the H · d_head numbers.",
            join="transposed",
        ),
        Mistake(
            "joined-heads-tokens-width-first",
            "joined heads and tokens, and put the width first",
            "Rows are tokens, columns are the H · d_head numbers.",
            join="width first",
        ),
        Mistake(
            "counted-exactly-one-batch-axis",
            "counted on exactly one batch axis",
            "The input may have no batch axis, or several. Count axes from the right: H is −3.",
            batch="one",
        ),
        Mistake(
            "swapped-tokens-and-features",
            "swapped tokens and features before joining",
            "What changes places are heads and tokens; the d_head numbers stay last.",
            join="features first",
        ),
    ),
)
