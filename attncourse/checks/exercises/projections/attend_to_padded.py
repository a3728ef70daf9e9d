"""Mend cross-attention to a memory whose padding still takes weight."""

import math

import torch

from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import normal
from attncourse.checks.exercises.projections.shared import matrices
from attncourse.masks import padding_mask
from attncourse.projections import cross_attention


def attend_to_padded(x, memory, W_q, W_k, W_v, lengths):
    """Let x attend to the first `lengths` vectors of each memory, and to none of its padding."""
    return cross_attention(x, memory, W_q, W_k, W_v, padding_mask(lengths, memory.shape[-2]))


def given(x, memory, W_q, W_k, W_v, lengths):
    """The slip: padding gives nothing, but it is still asked."""
    query, key, value = x @ W_q, memory @ W_k, memory @ W_v
    real = torch.arange(memory.shape[-2]) < lengths[:, None]  # B N
    value = value * real[..., None]  # padding has nothing to give
    weights = (query @ key.mT / key.shape[-1] ** 0.5).softmax(dim=-1)  # B M N
    return weights @ value, weights


def _with(
    x,
    memory,
    W_q,
    W_k,
    W_v,
    lengths,
    *,
    hidden="keys",
    real="before",
    empty="zeros",
    scale="√d_k",
    over=-1,
):
    query, key, value = x @ W_q, memory @ W_k, memory @ W_v
    place = torch.arange(memory.shape[-2])
    allowed = {
        "before": place < lengths[:, None],
        "up to": place <= lengths[:, None],
        "below": place < lengths[:, None] - 1,
        "after": place >= lengths[:, None],
        "from the end": place >= memory.shape[-2] - lengths[:, None],
        "one at least": place < lengths.clamp(min=1)[:, None],
        "first": (place < lengths[:1, None]).expand(len(lengths), -1),
    }[real]
    scores = query @ key.mT / {"√d_k": math.sqrt(key.shape[-1]), "nothing": 1.0}[scale]
    if hidden == "nothing":
        allowed = torch.ones_like(allowed)
    mask = allowed[:, None]
    if hidden == "late":
        weights = scores.softmax(dim=-1) * mask
    elif hidden == "zero scores":
        weights = (scores * mask).softmax(dim=-1)
    elif empty == "uniform":
        weights = scores.masked_fill(~mask, -1e9).softmax(dim=-1)
    else:
        weights = scores.masked_fill(~mask, -torch.inf).softmax(dim=over)
        weights = weights if empty == "NaN" else weights.nan_to_num(0.0)
    return weights @ value, weights


def _emptied(x, memory, W_q, W_k, W_v, lengths):
    """Padding set to zero: its keys score 0, its values give 0, and its weights stay."""
    real = torch.arange(memory.shape[-2]) < lengths[:, None]
    return cross_attention(x, memory * real[..., None], W_q, W_k, W_v)


def _cases():
    def case(label, seed, lengths, B=2, M=5, N=7, d_memory=3):
        x, memory = normal(seed, B, M, 3), normal(seed + 50, B, N, d_memory)
        projections = matrices(200 + 3 * seed, 3, 5, 4, d_memory=d_memory)
        return Case(label, x, memory, *projections, torch.tensor(lengths))

    return [
        case("two memories, 2 and 3 of 3 real", 1, [2, 3], M=2, N=3),
        case("plain", 2, [3, 67], N=71),
        case("no padding", 3, [7, 7]),
        case("one real vector", 4, [1, 4]),
        case("M = N", 5, [2, 4], M=5, N=5),
        case("three memories", 6, [2, 5, 1], B=3),
        case("more queries than keys", 7, [1, 2], M=7, N=3),
        case("memory of another width", 8, [6, 2], d_memory=11),
        case("an empty memory", 9, [0, 4]),
    ]


def _padding_gets_nothing(result, x, memory, W_q, W_k, W_v, lengths):
    hidden = torch.arange(memory.shape[-2]) >= lengths[:, None]
    return not result[1].masked_fill(~hidden[:, None], 0).any()


def _real_rows_sum_to_one(result, x, memory, W_q, W_k, W_v, lengths):
    sums = (lengths > 0).double()[:, None].expand(result[1].shape[:-1])
    return torch.allclose(result[1].sum(-1).double(), sums, atol=1e-4)


def _longest(x, memory, W_q, W_k, W_v, lengths):
    """All memories cut where the longest ends."""
    return cross_attention(x, memory[:, : int(lengths.max())], W_q, W_k, W_v)


def _queries_hidden(x, memory, W_q, W_k, W_v, lengths):
    """The lengths taken for those of x."""
    real = torch.arange(x.shape[-2]) < lengths[:, None]
    return cross_attention(x, memory, W_q, W_k, W_v, real[..., None])


EXERCISE = Exercise(
    reference=attend_to_padded,
    points=2,
    cases=_cases,
    hints=(
        "Look at the picture: which cells of the weights should be empty?",
        "A row of weights sums to 1. What padding takes is missing from the real vectors. At which "
        "step are the shares decided?",
        "Hide padding before the softmax, not after it: scores of −∞ become weights of 0. The "
        "package's `masked_softmax` and `padding_mask` do it, also where nothing is real.",
    ),
    verified="no weight on padding, rows that sum to 1, M ≠ N, M = N, three memories, one real "
    "vector, and zeros where a memory is empty; gradients",
    rewrite=_with,
    laws=(
        Law("padding gets no weight", _padding_gets_nothing),
        Law("each row of weights sums to 1, or to 0 if nothing is real", _real_rows_sum_to_one),
    ),
    returns=("output", "weights"),
    given=given,
    mistakes=(
        Mistake(
            "emptied-values",
            "took the values of the padding away, but not its weights",
            "Padding still has a share of each row's 1, so the real vectors get too little.",
            given,
        ),
        Mistake(
            "masked-after-softmax",
            "masked after the softmax",
            "Now the rows no longer sum to 1: the shares were given out before padding was hidden.",
            hidden="late",
        ),
        Mistake(
            "zero-scores",
            "gave padding a score of 0",
            "exp(0) is 1, so a score of 0 still gets weight. Hidden is −∞.",
            {"hidden": "zero scores"},
            _emptied,
        ),
        Mistake(
            "hid-nothing",
            "hid nothing",
            "The memory behind `lengths` is padding: no query may attend to it.",
            hidden="nothing",
        ),
        Mistake(
            "hid-the-real",
            "hid the real vectors and kept the padding",
            "In this course True = may attend, and the first `lengths` vectors are real.",
            real="after",
        ),
        Mistake(
            "one-too-many",
            "kept one vector too many",
            "Places count from 0: the first `lengths` have j < length.",
            real="up to",
        ),
        Mistake(
            "padding-in-front",
            "kept the last vectors instead of the first",
            "Padding stands at the end.",
            real="from the end",
        ),
        Mistake(
            "one-length-for-all",
            "used the first memory's length for all",
            "Each memory of the batch has a length of its own.",
            real="first",
        ),
        Mistake(
            "nan-when-empty",
            "got NaN where a memory is empty",
            "A softmax over −∞ alone is 0/0. Give zeros there, as PyTorch's attention does.",
            empty="NaN",
        ),
        Mistake(
            "uniform-when-empty",
            "attended to padding where a memory is empty",
            "With −1e9 all hidden scores are equal, so the softmax shares the weight among them.",
            empty="uniform",
        ),
        Mistake(
            "one-too-few",
            "hid the last real vector too",
            "Places count from 0: the last of the first `lengths` is place length − 1.",
            real="below",
        ),
        Mistake(
            "forgot-divide-root-d-k",
            "forgot to divide by √d_k",
            "The slip was in what is hidden; the scale has to stay.",
            scale="nothing",
        ),
        Mistake(
            "longest-for-all",
            "cut all memories where the longest ends",
            "Each memory of the batch ends where its own length says.",
            _longest,
        ),
        Mistake(
            "hid-queries",
            "hid queries instead of keys",
            "`lengths` counts the vectors of the memory: the mask stands along its axis, the last.",
            _queries_hidden,
        ),
        Mistake(
            "over-queries",
            "normalised over the queries",
            "Each query shares out its own 1: over the memory, the last axis.",
            over=-2,
        ),
        Mistake(
            "one-at-least",
            "let an empty memory answer with its padding",
            "A length of 0 means that nothing is real: the row of weights is 0.",
            real="one at least",
        ),
    ),
)
