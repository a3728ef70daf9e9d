"""Mend a mask that meets the heads where it should meet the sentences."""

from functools import partial

import torch
from einops import rearrange

from attncourse.attention import scaled_dot_product_attention
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import normal
from attncourse.masks import padding_mask


def heads_with_padding(x, lengths, n_heads):
    """Let every sentence attend to itself in n_heads heads, padding left out; no projections."""
    return _with(x, lengths, n_heads)


def given(x, lengths, n_heads):
    """The slip: the mask's first axis counts sentences, and it meets the heads."""
    heads = rearrange(x, "B T (H d_head) -> B H T d_head", H=n_heads)
    mask = padding_mask(lengths, x.shape[1])  # B 1 T
    output, weights = scaled_dot_product_attention(heads, heads, heads, mask)
    return rearrange(output, "B H T d_head -> B T (H d_head)"), weights


def _with(
    x, lengths, n_heads, *, mask="keys", split="(H d_head)", merged="(H d_head)", real="before"
):
    T = x.shape[1]
    heads = rearrange(x, f"B T {split} -> B H T d_head", H=n_heads)
    place = torch.arange(T)
    allowed = {
        "before": place < lengths[:, None],
        "up to": place <= lengths[:, None],
        "below": place < lengths[:, None] - 1,
        "shortest": (place < lengths.min()).expand(len(lengths), -1),
        "longest": (place < lengths.max()).expand(len(lengths), -1),
        "after": place >= lengths[:, None],
    }[real]
    allowed = {
        "keys": allowed[:, None, None],
        "queries": allowed[:, None, :, None],
        "none": torch.ones(1, T, dtype=torch.bool),
        "first": allowed[:1, None, None],
        "both": allowed[:, None, None] & allowed[:, None, :, None],
        "causal": allowed[:, None, None] & (place <= place[:, None]),
        "late": None,
    }[mask]
    output, weights = scaled_dot_product_attention(heads, heads, heads, allowed)
    if mask == "late":
        weights = weights * (place < lengths[:, None])[:, None, None]
        output = weights @ heads
    return rearrange(output, f"B H T d_head -> B T {merged}"), weights


def _attending(x, lengths, n_heads, *, hide=-torch.inf, width="head", split="heads"):
    """Written out, with a number for hidden scores, and a width that scales them."""
    B, T, d_model = x.shape
    heads = rearrange(x, "B T (H d_head) -> B H T d_head", H=n_heads)
    heads = x.reshape(B, n_heads, T, -1) if split == "view" else heads
    real = torch.arange(T) < lengths[:, None, None, None]
    scale = (heads.shape[-1] if width == "head" else d_model) ** 0.5
    weights = (heads @ heads.mT / scale).masked_fill(~real, hide).softmax(-1)
    return rearrange(weights @ heads, "B H T d_head -> B T (H d_head)"), weights


def _cases():
    def case(label, seed, lengths, n_heads, T=5, d_model=12):
        return Case(label, normal(seed, len(lengths), T, d_model), torch.tensor(lengths), n_heads)

    return [
        case("two sentences, two heads", 1, [1, 3], 2, T=3, d_model=4),
        case("two sentences, two heads", 2, [2, 4], 2),
        case("three sentences, two heads", 3, [5, 1, 3], 2),
        case("two sentences, three heads", 4, [67, 4], 3, T=71),
        case("three sentences, three heads", 5, [1, 5, 2], 3),
        case("one sentence", 6, [3], 4),
        case("one head", 7, [2, 3, 1], 1),
        case("no padding", 8, [5, 5], 2),
    ]


def _padding_gets_nothing(result, x, lengths, n_heads):
    hidden = torch.arange(x.shape[1]) >= lengths[:, None]
    return not result[1].masked_fill(~hidden[:, None, None], 0).any()


EXERCISE = Exercise(
    reference=heads_with_padding,
    points=2,
    cases=_cases,
    hints=(
        "Write the shapes of mask and scores below each other, aligned at the right: that is how "
        "broadcasting reads them.",
        "The mask is B × 1 × T, the scores are B × H × T × T. Which axis of the scores does the "
        "mask's B meet?",
        "Give the mask an axis of size 1 where the heads are: `mask[:, None]` is B × 1 × 1 × T.",
    ),
    verified="no weight on padding, with as many sentences as heads, more and fewer, one sentence "
    "and one head; gradients",
    sizes=lambda x, lengths, n_heads: {
        "B": x.shape[0],
        "T": x.shape[1],
        "d_model": x.shape[2],
        "H": n_heads,
    },
    rewrite=_with,
    laws=(
        Law("padding gets no weight, in any head", _padding_gets_nothing),
        Law(
            "each row of weights sums to 1",
            lambda result, *arguments: torch.allclose(
                result[1].sum(-1), torch.ones((), dtype=result[1].dtype), atol=1e-4
            ),
        ),
    ),
    returns=("output", "weights"),
    given=given,
    mistakes=(
        Mistake(
            "mask-meets-heads",
            "let the mask of sentence b hide keys in head b",
            "Broadcasting aligns at the right: the mask's B meets the scores' H. With as many "
            "heads as sentences nothing complains.",
            given,
        ),
        Mistake(
            "hid-queries",
            "hid the queries instead of the keys",
            "Padding must not be attended to; a mask over keys stands in the last axis.",
            mask="queries",
        ),
        Mistake(
            "hid-both",
            "hid padding as keys and as queries",
            "Only the keys need hiding. What padding itself attends to is thrown away later.",
            mask="both",
        ),
        Mistake(
            "hid-nothing",
            "hid nothing",
            "The tokens behind `lengths` are padding.",
            mask="none",
        ),
        Mistake(
            "first-length-for-all",
            "used the first sentence's length for all",
            "Each sentence has a length of its own.",
            mask="first",
        ),
        Mistake(
            "one-too-many",
            "kept one token too many",
            "Places count from 0: the first `lengths` have j < length.",
            real="up to",
        ),
        Mistake(
            "hid-the-real",
            "hid the real tokens and kept the padding",
            "In this course True = may attend.",
            real="after",
        ),
        Mistake(
            "merged-in-turn",
            "interleaved the heads when merging",
            "Head 0 comes first, then head 1: (H d_head), not (d_head H).",
            merged="(d_head H)",
        ),
        Mistake(
            "split-in-turn",
            "split by taking every H-th number",
            "Head 0 gets the first d_head numbers of each token.",
            split="(d_head H)",
        ),
        Mistake(
            "masked-after-softmax",
            "hid the padding after the softmax",
            "Now the rows no longer sum to 1: padding already took its share. Hide its scores.",
            mask="late",
        ),
        Mistake(
            "shortest-for-all",
            "cut all sentences where the shortest ends",
            "Each sentence ends where its own length says.",
            real="shortest",
        ),
        Mistake(
            "longest-for-all",
            "kept as many tokens of every sentence as the longest has",
            "Each sentence ends where its own length says.",
            real="longest",
        ),
        Mistake(
            "one-too-few",
            "hid the last real token too",
            "Places count from 0: the last of the first `lengths` is place length − 1.",
            real="below",
        ),
        Mistake(
            "hid-future",
            "hid what comes later, too",
            "Only padding is to be hidden; a token may attend to those behind it.",
            mask="causal",
        ),
        Mistake(
            "zero-for-hidden",
            "gave padding a score of 0",
            "exp(0) is 1, so a score of 0 still gets weight. Hidden is −∞.",
            partial(_attending, hide=0.0),
        ),
        Mistake(
            "scaled-by-d-model",
            "divided by √d_model, not by the root of a head's width",
            "A score inside a head sums d_head products.",
            partial(_attending, width="model"),
        ),
        Mistake(
            "split-by-view",
            "used `view` where a transpose is due when splitting",
            "Reshaping alone gives a head whole tokens and pieces of others.",
            partial(_attending, split="view"),
        ),
    ),
)
