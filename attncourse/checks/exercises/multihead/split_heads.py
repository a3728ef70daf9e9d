"""Cut the width into heads and put the heads before the positions."""

import torch

from attncourse import multihead
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import by_shape
from attncourse.checks.exercises.multihead.shared import split_with


def _cases():
    return [
        Case("plain", by_shape(2, 5, 21), 3),
        Case("no batch axis", by_shape(5, 6), 3),
        Case("one token", by_shape(3, 1, 10), 5),
        Case("two heads", by_shape(3, 71, 14), 2),
        Case("one head", by_shape(2, 5, 7), 1),
        Case("one number per head", by_shape(2, 7, 5), 5),
        Case("two batch axes", by_shape(2, 3, 5, 14), 7),
        Case("float32", by_shape(3, 11, 10, dtype=torch.float32), 2),
        Case("not contiguous", by_shape(14, 5).T, 7),
        Case("not contiguous", by_shape(2, 6, 5).transpose(-1, -2), 3),
    ]


EXERCISE = Exercise(
    reference=multihead.split_heads,
    points=1,
    cases=_cases,
    hints=(
        "Look at one token's vector alone: which of its numbers belong to head 0?",
        "First give the heads an axis of their own inside the last axis, then move that axis to "
        "the left of the tokens. These are two steps: the first keeps every number in its place, "
        "the second changes the order.",
        "In an einops pattern the axis to be cut stands in brackets, the outer factor first: "
        "(H d_head). Three dots stand for any number of batch axes.",
    ),
    verified="any number of batch axes, one head, one number per head, one token, float32 and "
    "float64, non-contiguous input; every number lands where it should; gradient",
    sizes=lambda x, n_heads: {"T": x.shape[-2], "d_model": x.shape[-1], "n_heads": n_heads},
    rewrite=split_with,
    laws=(
        Law(
            "head 0 starts with the first number of every token",
            lambda result, x, n_heads: torch.equal(result[..., 0, :, 0], x[..., 0]),
        ),
        Law(
            "token 0 keeps all its numbers, and no other's",
            lambda result, x, n_heads: torch.equal(
                result[..., 0, :].flatten(-2).sort(-1).values, x[..., 0, :].sort(-1).values
            ),
        ),
    ),
    mistakes=(
        Mistake(
            "used-view-where-transpose-due",
            "used `view` where a transpose is due",
            "Reshaping alone reads the numbers in memory order, so one head gets whole tokens and "
            "pieces of others. Cut the last axis first, then swap heads and tokens.",
            cut="view",
        ),
        Mistake(
            "left-heads-right-tokens",
            "left the heads to the right of the tokens",
            "The cut is right, but each head must see all tokens: its axis belongs to the left of "
            "the tokens, beside the batch.",
            cut="left in place",
        ),
        Mistake(
            "dealt-numbers-out-like-cards",
            "dealt the numbers out like cards instead of cutting pieces",
            "Head h got every H-th number of a vector. It should get d_head neighbours: in the "
            "pattern, H is the outer factor, (H d_head).",
            cut="interleaved",
        ),
        Mistake(
            "took-n-heads-width-head",
            "took n_heads for the width of a head",
            "n_heads counts the heads; each head is d_model / n_heads wide.",
            count="width",
        ),
        Mistake(
            "put-heads-before-batch",
            "put the heads before the batch",
            "The heads stand between the batch and the tokens: (…, H, T, d_head).",
            cut="first",
        ),
        Mistake(
            "put-heads-last",
            "put the heads last",
            "The heads stand between the batch and the tokens: (…, H, T, d_head).",
            cut="last",
        ),
        Mistake(
            "transposed-head",
            "transposed each head",
            "Inside a head, rows are tokens and columns are the d_head numbers, as before.",
            cut="head transposed",
        ),
        Mistake(
            "folded-heads-into-batch-axis",
            "folded the heads into the batch axis",
            "Some libraries do that inside. Here the heads keep an axis of their own: "
            "(…, H, T, d_head).",
            cut="folded",
        ),
        Mistake(
            "cut-tokens",
            "cut the tokens instead of the width",
            "Every head sees all T tokens; what is cut into pieces is each token's vector.",
            cut="tokens",
        ),
        Mistake(
            "kept-only-first-head",
            "kept only the first head",
            "That is the right first piece; the other heads are lost.",
            cut="first head",
        ),
        Mistake(
            "counted-exactly-one-batch-axis",
            "counted on exactly one batch axis",
            "The input may have no batch axis, or several. Count axes from the right: T is −2, "
            "d_model is −1.",
            batch="one",
        ),
        Mistake(
            "last-head-first",
            "put the last head first",
            "Head 0 has the first d_head numbers of each token.",
            cut="last first",
        ),
        Mistake(
            "repeated",
            "gave every head the whole vector",
            "Each head gets d_head = d_model / n_heads numbers of it.",
            cut="repeated",
        ),
        Mistake(
            "typed-count",
            "typed the number of heads",
            "It is an argument, `n_heads`.",
            {"count": 2},
            alone=True,
        ),
    ),
)
