"""Let heads share keys and values in groups."""

import torch

from attncourse import kv_cache as package
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.attention.shared import (
    AXIS_MISTAKES,
    MASK_MISTAKES,
    OVERFLOW,
    softmax_with,
)
from attncourse.checks.exercises.inputs import DOUBLE, blind_row, normal, some_mask


def _triple(seed, *batch, H=4, G=2, M=3, N=5, d_k=6, d_v=3, dtype=DOUBLE, spread=1.0):
    return (
        normal(3 * seed, *batch, H, M, d_k, dtype=dtype, spread=spread),
        normal(3 * seed + 1, *batch, G, N, d_k, dtype=dtype, spread=spread),
        normal(3 * seed + 2, *batch, G, N, d_v, dtype=dtype),
    )


def _cases():
    wild = _triple(17, M=3, spread=60.0)
    scores = wild[0] @ _spread(wild[1], 4, 2, "neighbours").mT
    least = (scores.argsort(-1).argsort(-1) < 2)[..., 0, :, :]  # where head 0 scores lowest
    return [
        Case("4 heads, 2 sets", *_triple(1, M=1, N=2, d_k=2, d_v=1)),
        Case("4 heads, 2 sets", *_triple(2)),
        Case("6 heads, 2 sets", *_triple(3, H=6)),
        Case("6 heads, 3 sets", *_triple(4, H=6, G=3, M=67, N=71)),
        Case("one set for all", *_triple(5, G=1)),
        Case("one set for each", *_triple(6, G=4)),
        Case("one head", *_triple(7, H=1, G=1)),
        Case("one batch axis", *_triple(8, 2, H=4)),
        Case("two batch axes", *_triple(9, 2, 3, H=6, G=3)),
        Case("mask", *_triple(10, M=5, N=5), torch.ones(5, 5).tril().bool()),
        Case("mask, one batch axis", *_triple(11, 2, H=6), some_mask(11, 3, 5)),
        Case("fully masked row", *_triple(12), blind_row(some_mask(12, 3, 5))),
        Case("large scores", *_triple(13, spread=20.0), some_mask(13, 3, 5), rtol=1e-4),
        Case("large scores under the mask", *wild, least, rtol=1e-4),
        Case("float32", *_triple(14, 2, dtype=torch.float32)),
        Case("d_v > d_k", *_triple(15, d_k=3, d_v=8)),
        Case("8 heads, 2 sets, M = N", *_triple(16, H=8, M=4, N=4, d_k=4, d_v=4)),
    ]


def _with(query, key, value, mask=None, *, share="neighbours", values="", divide=0.5, **knobs):
    H, G = query.shape[-3], key.shape[-3]
    keys = _spread(key, H, G, share)
    scores = query @ keys.mT / query.shape[-1] ** divide
    weights = softmax_with(scores, mask, **knobs)
    return weights @ _spread(value, H, G, values or share), weights


def _spread(x, H, G, share):
    """H sets from G."""
    head = torch.arange(H)
    order = {
        "neighbours": head * G // H,
        "in turn": head % G,
        "backwards": G - 1 - head * G // H,
        "first": 0 * head,
    }
    if share == "mean":
        return x.mean(-3, keepdim=True).expand(*x.shape[:-3], H, *x.shape[-2:])
    return x[..., order[share], :, :]


def _queries_averaged(query, key, value, mask=None):
    """One question per set: the mean of the heads that share it."""
    H, G = query.shape[-3], key.shape[-3]
    asked = query.unflatten(-3, (G, H // G)).mean(-3)
    return _with(asked, key, value, mask)


EXERCISE = Exercise(
    reference=package.grouped_query_attention,
    points=2,
    cases=_cases,
    hints=(
        "With H = 4 and G = 2: which heads ask the first set, and which the second?",
        "Either repeat each set H / G times, one after the other, or give the queries an axis for "
        "the groups: (…, G, H / G, M, d_k).",
        "`torch.repeat_interleave` repeats each set in place; `Tensor.repeat` repeats the whole "
        "row of sets.",
        "The heads stand on axis −3. Then it is lesson 04's attention: use "
        "`scaled_dot_product_attention`.",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "in-turn",
            "dealt the sets out in turn",
            "Neighbours share: heads 0 … H/G − 1 ask set 0. Yours give heads 0, G, 2G, … the first "
            "set. A checkpoint loaded like this runs, and talks nonsense.",
            share="in turn",
        ),
        Mistake(
            "values-in-turn",
            "dealt the values out in another order than the keys",
            "Head h takes key and value from the same set.",
            values="in turn",
        ),
        Mistake(
            "backwards",
            "gave the last set to the first heads",
            "Head 0 asks set 0.",
            share="backwards",
        ),
        Mistake(
            "one-set",
            "let all heads ask the first set",
            "That is multi-query attention, where G = 1. Here there are G sets.",
            share="first",
        ),
        Mistake(
            "mean-set",
            "averaged the sets",
            "That is how a trained model may be converted, once, to one with fewer sets. Here all "
            "G are asked as they are.",
            share="mean",
        ),
        Mistake(
            "queries-averaged",
            "averaged the queries of a group",
            "Every head keeps a question of its own: H maps, not G.",
            _queries_averaged,
        ),
        Mistake("no-scale", "forgot to divide by √d_k", "Lesson 04: √d_k.", divide=0),
        Mistake("d_k-scale", "divided by d_k instead of √d_k", "Lesson 04: √d_k.", divide=1),
        *(mistake for mistake in AXIS_MISTAKES if "batch" not in mistake.ways[-1].values()),
        *MASK_MISTAKES,
        OVERFLOW,
    ),
    laws=(
        Law(
            "one map per head that asks",
            lambda result, query, key, value, mask=None: (
                result[1].shape[-3:] == (*query.shape[-3:-1], key.shape[-2])
            ),
        ),
    ),
    sizes=lambda query, key, value, mask=None: {
        "H": query.shape[-3],
        "G": key.shape[-3],
        "d_k": query.shape[-1],
        "d_v": value.shape[-1],
        "M": query.shape[-2],
        "N": key.shape[-2],
    },
    returns=("output", "weights"),
    verified="output, weights and all gradients; G = 1, G = H and between, masks, none to two "
    "batch axes, float32 and float64",
)
