"""What the exercises on projections share."""

import math
from functools import partial

import torch

from attncourse.checks.engine.exercise import Law, Mistake
from attncourse.checks.exercises.attention import scaled_dot_product_attention as of_attention
from attncourse.checks.exercises.attention.shared import rows_sum
from attncourse.checks.exercises.inputs import normal

FLOAT = torch.float32


ATTENTION = of_attention.EXERCISE  # scaled_dot_product_attention, with its knobs and mistakes


MADE_HERE_TOO = {
    "forgot-divide-root-d-k",
    "divided-d-k",
    "divided-root-d-v",
    "normalised-over-queries",
    "normalised-over-first-axis",
    "ignored-mask",
    "took-true-hidden",
    "masked-after-softmax",
    "added-mask-scores",
    "gave-hidden-keys-score-0",
    "looked-forbidden-keys-where-row",
    "got-nan-where-row-hides",
    "used-t-batch",
    "counted-axes-front",
    "hid-future-without-being-asked",
    "always-expected-mask",
}


def matrices(seed, d_model, d_k, d_v, *, d_memory=None, dtype=torch.float64):
    rows = (d_model, d_memory or d_model, d_memory or d_model)
    sizes = zip(rows, (d_k, d_k, d_v), strict=True)
    return [normal(seed + i, *size, dtype=dtype) for i, size in enumerate(sizes)]


# What stands before each @ W: sources are x and memory, matrices are W_q, W_k, W_v.
SOURCES = {
    "right": (0, 1, 1),
    "queries from the memory": (1, 1, 1),
    "keys from x": (0, 0, 1),
    "values from x": (0, 1, 0),
    "x only": (0, 0, 0),
    "roles swapped": (1, 0, 0),
}


MATRICES = {
    "right": (0, 1, 2),
    "W_q twice": (0, 0, 2),
    "W_k twice": (1, 1, 2),
    "W_q and W_k swapped": (1, 0, 2),
    "W_k for the values": (0, 1, 1),
    "no W_q, no W_k": (None, None, 2),
    "no W_v": (0, 1, None),
    "none": (None, None, None),
}


def cross_with(
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
    chosen = zip(SOURCES[sources], MATRICES[matrices], strict=True)
    query, key, value = (
        (x, memory)[source] if W is None else (x, memory)[source] @ (W_q, W_k, W_v)[W]
        for source, W in chosen
    )
    if width != "d_k":
        sizes = {"d_model": x.shape[-1], "d_memory": memory.shape[-1], "N": memory.shape[-2]}
        query = query * math.sqrt(query.shape[-1] / sizes.get(width, width))
    if through == "package":
        return ATTENTION.reference(query, key, value, mask)
    return ATTENTION.rewrite(query, key, value, mask, **knobs)


ATTENTION_MISTAKES = (
    Mistake(
        "typed-width",
        "divided by a number of your own, not by √d_k",
        "d_k is whatever came in: the columns of W_q.",
        *({"width": width} for width in (4, 8, 16, 64, 512)),
    ),
    Mistake(
        "divided-root-d-model",
        "divided by √d_model, not by √d_k",
        "Queries and keys meet after the projection: their width is d_k, the columns of W_q.",
        width="d_model",
    ),
    *(
        each
        for each in ATTENTION.mistakes
        if isinstance(each.ways[0], dict) and each.id in MADE_HERE_TOO
    ),
    Mistake(
        "returned-scores-where-weights-due",
        "returned the scores where the weights were due",
        "Your output is right. The second part is the result of the softmax, not its input.",
        told="scores",
    ),
)


def after_projecting(sources):
    """Mistakes of attention that are functions of their own, made with projected vectors."""

    def projected(wrong, x, *rest):
        memory, W_q, W_k, W_v, *mask = rest if sources == 2 else (x, *rest)
        return wrong(x @ W_q, memory @ W_k, memory @ W_v, *mask)

    return tuple(
        Mistake(each.id, each.name, each.why, *(partial(projected, way) for way in each.ways))
        for each in ATTENTION.mistakes
        if callable(each.ways[0]) and each.id in MADE_HERE_TOO
    )


def laws(find_mask):
    return (
        Law(
            "each row of weights sums to 1, or to 0 if it may attend to nothing",
            lambda result, *arguments: rows_sum(result[1], None, find_mask(arguments)),
        ),
        Law(
            "no weight is negative",
            lambda result, *arguments: bool((result[1] >= 0).all()),
        ),
    )
