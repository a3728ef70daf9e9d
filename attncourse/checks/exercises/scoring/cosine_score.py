"""Score every query with every key by the angle between them."""

from functools import partial

import torch
from torch.nn.functional import cosine_similarity, normalize

from attncourse import scoring
from attncourse.checks.engine.exercise import Exercise, Law, Mistake
from attncourse.checks.exercises.scoring.shared import (
    KEYS_DOWN,
    SHAPE,
    SOFTMAX,
    arranged,
    mistake_of_half,
    mistake_of_position,
    mistake_of_t,
    mistake_of_two_axes,
    pair_cases,
    sizes,
)


def _with(query, key, *, divide="lengths", norm=2, over="width", rows="queries", after="nothing"):
    axis = {"width": -1, "positions": -2, "everything": None}[over]

    def length(x):
        if axis is None:
            return x.flatten(-2).norm(p=norm, dim=-1)[..., None, None]
        return x.norm(p=norm, dim=axis, keepdim=True)

    if over == "positions":
        scores = (query / length(query)) @ (key / length(key)).mT
        return arranged(_finished(scores, after), rows)
    by_query, by_key = length(query), length(key).mT
    divisor = {
        "lengths": lambda: by_query * by_key,
        "nothing": lambda: 1.0,
        "√ of the norms": lambda: (by_query * by_key).sqrt(),
        "squared norms": lambda: (by_query * by_key).square(),
        "query": lambda: by_query,
        "key": lambda: by_key,
        "key twice": lambda: by_key.square(),
        "sum": lambda: by_query + by_key,
        "largest": lambda: torch.maximum(by_query, by_key).square(),
        "√d_k": lambda: by_query * by_key * query.shape[-1] ** 0.5,
        "d_k": lambda: query.shape[-1],
    }[divide]()
    return arranged(_finished(query @ key.mT / divisor, after), rows)


def _finished(scores, after):
    return {
        "nothing": lambda: scores,
        "softmax": lambda: scores.softmax(-1),
        "distance": lambda: 1 - scores,
        "angle": lambda: scores.clamp(-1, 1).arccos(),
        "to 0…1": lambda: (1 + scores) / 2,
        "absolute": lambda: scores.abs(),
        "squared": lambda: scores.square(),
    }[after]()


def _cosine_plus(query, key, *, constant, under_the_root=False):
    def lengthened(x):
        square = x.square().sum(-1, keepdim=True)
        return (square + constant).sqrt() if under_the_root else square.sqrt() + constant

    return (query / lengthened(query)) @ (key / lengthened(key)).mT


def _correlation(query, key):
    query, key = query - query.mean(-1, keepdim=True), key - key.mean(-1, keepdim=True)
    return normalize(query, dim=-1) @ normalize(key, dim=-1).mT


def _no_shorter_than_1(query, key):
    query = query / query.norm(dim=-1, keepdim=True).clamp_min(1)
    return query @ (key / key.norm(dim=-1, keepdim=True).clamp_min(1)).mT


EXERCISE = Exercise(
    reference=scoring.cosine_score,
    points=1,
    cases=lambda: pair_cases(200, steep=False),
    hints=(
        "A vector divided by its own norm has norm 1. What is the dot product of two such vectors?",
        "Norms are square roots of sums of squares over the dimension, the last axis: one number "
        "per query, one per key.",
        "Every vector is divided by its own norm, so the norms must keep the axis over which "
        "they were summed.",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "forgot-divide-lengths",
            "forgot to divide by the norms",
            "That is the plain dot product: it grows with the norms. A cosine lies between −1 "
            "and 1.",
            divide="nothing",
        ),
        Mistake(
            "divided-root-q-k",
            "divided by √(|q| |k|)",
            "You may meet it under this name, and it still grows with the vectors' norm: 10 for "
            "two equal vectors of norm 10. Divide by |q| |k|.",
            divide="√ of the norms",
        ),
        Mistake(
            "divided-squared-lengths",
            "divided by the squared norms",
            "The sum of squares is the squared norm; its root is still to be taken.",
            divide="squared norms",
        ),
        Mistake(
            "divided-query-s-length-only",
            "divided by the query's norm only",
            "A long key still scores more than a short one of the same direction.",
            divide="query",
        ),
        Mistake(
            "divided-keys-lengths-only",
            "divided by the keys' norms only",
            "A long query still scores more than a short one of the same direction.",
            divide="key",
        ),
        Mistake(
            "divided-sum-lengths",
            "divided by the sum of the norms",
            "The norms multiply: cos = q · k / (|q| |k|).",
            divide="sum",
        ),
        Mistake(
            "divided-larger-length-twice",
            "divided by the larger norm twice",
            "Each vector is divided by a norm of its own.",
            divide="largest",
        ),
        Mistake(
            "divided-root-d-k-well",
            "divided by √d_k as well",
            "After the division by the norms there is nothing left to scale.",
            divide="√d_k",
        ),
        Mistake(
            "divided-d-k",
            "divided by d_k, not by the norms",
            "The dimension is the same for all vectors; their norms differ.",
            divide="d_k",
        ),
        Mistake(
            "added-absolute-values-where-squares",
            "added absolute values where squares are due",
            "That is the 1-norm. A cosine needs the norm: the root of the sum of squares.",
            norm=1,
        ),
        Mistake(
            "took-largest-entry-length",
            "took the largest entry for the norm",
            "A cosine needs the norm: the root of the sum of squares.",
            norm=float("inf"),
        ),
        Mistake(
            "measured-lengths-along-wrong-axis",
            "measured norms along the wrong axis",
            "You normalised the columns. A vector is a row: its norm runs over the last axis.",
            over="positions",
        ),
        Mistake(
            "measured-one-length-vectors-together",
            "measured one norm for all vectors together",
            "`norm()` without an axis sees one long vector. Each query and key has a norm of its "
            "own.",
            over="everything",
        ),
        Mistake(
            "returned-1-cosine",
            "returned 1 − cosine",
            "That is a distance, small where the two fit. A score is large there.",
            after="distance",
        ),
        Mistake(
            "returned-angle",
            "returned the angle",
            "The arc cosine turns the score round: it is 0 for equal directions. Return the "
            "cosine itself.",
            after="angle",
        ),
        Mistake(
            "squeezed-cosine-into-0-1",
            "squeezed the cosine into 0 … 1",
            "A cosine lies between −1 and 1, and opposite directions score −1.",
            after="to 0…1",
        ),
        Mistake(
            "dropped-sign",
            "dropped the sign",
            "Opposite directions score −1, not 1.",
            after="absolute",
        ),
        Mistake(
            "squared-cosine",
            "squared the cosine",
            "Opposite directions score −1, not 1.",
            after="squared",
        ),
        KEYS_DOWN,
        SOFTMAX,
        mistake_of_t(
            lambda query, key: normalize(query, dim=-1) @ normalize(key, dim=-1).T,
        ),
        mistake_of_position(lambda query, key: cosine_similarity(query, key, dim=-1)),
        Mistake(
            "did-turn-keys-lengths",
            "did not turn the keys' norms",
            "One norm per query goes down, (…, M, 1); one per key goes across, (…, 1, N).",
            lambda query, key: (
                query @ key.mT / (query.norm(dim=-1, keepdim=True) * key.norm(dim=-1, keepdim=True))
            ),
        ),
        Mistake(
            "divided-keys-lengths-twice",
            "divided by the keys' norms twice",
            "One of the two divisions is for the query, by its own norm.",
            divide="key twice",
        ),
        Mistake(
            "normalised-along-axis-1",
            "normalised along axis 1, whatever stands there",
            "Axis 1 is the dimension only without batch axes; it is what `F.normalize` takes if "
            "you name none. Ask for the last axis.",
            lambda query, key: normalize(query) @ normalize(key).mT,
        ),
        Mistake(
            "added-constant-lengths",
            "added a constant to the norms",
            "Short vectors then get too small a cosine. Divide by the norm as it is.",
            *(
                partial(_cosine_plus, constant=constant, under_the_root=root)
                for root in (False, True)
                for constant in (1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5)
            ),
        ),
        Mistake(
            "divided-sum-entries",
            "divided by the sum of the entries",
            "A norm is the root of the sum of squares; entries of opposite sign must not cancel.",
            lambda query, key: (
                (query / query.sum(-1, keepdim=True)) @ (key / key.sum(-1, keepdim=True)).mT
            ),
        ),
        Mistake(
            "subtracted-mean-first",
            "subtracted the mean first",
            "That is a correlation. A cosine takes the vectors as they are.",
            _correlation,
        ),
        Mistake(
            "normalised-scores",
            "normalised the scores, not the vectors",
            "Each query and each key is divided by a norm of its own, before or after the product.",
            lambda query, key: normalize(query @ key.mT, dim=-1),
        ),
        mistake_of_half(
            lambda query, key: (
                normalize(query, dim=-1).half() @ normalize(key, dim=-1).half().mT
            ).to(query.dtype)
        ),
        mistake_of_two_axes(
            lambda query, key: torch.einsum(
                "md,nd->mn", normalize(query, dim=-1), normalize(key, dim=-1)
            )
        ),
        Mistake(
            "divided-only-vectors-longer-than",
            "divided only vectors longer than 1",
            "Short vectors must grow to norm 1, as long ones must shrink.",
            _no_shorter_than_1,
        ),
        Mistake(
            "one-length-for-all",
            "divided by one norm of the whole tensor",
            "Each vector has a norm of its own: `norm` needs `dim=-1, keepdim=True`.",
            lambda query, key: query @ key.mT / (query.norm() * key.norm()),
            lambda query, key: query @ key.mT / (query @ key.mT).norm(),
        ),
        Mistake(
            "divided-by-largest-score",
            "divided by the largest score of a row, not by the norms",
            "Then the largest is 1 whatever the angle. Divide by |q| |k|.",
            lambda query, key: query @ key.mT / (query @ key.mT).abs().amax(-1, keepdim=True),
            lambda query, key: query @ key.mT / (query @ key.mT).amax(-1, keepdim=True),
        ),
        Mistake(
            "took-cosine-of-product",
            "took the cosine function of the dot product",
            "The cosine of the angle is q · k / (|q| |k|): the angle itself is never needed.",
            lambda query, key: (query @ key.mT).cos(),
            lambda query, key: torch.cos(normalize(query, dim=-1) @ normalize(key, dim=-1).mT),
        ),
        Mistake(
            "norm-of-order-minus-1",
            "gave the axis to `norm` where it expects the order p",
            "The first argument of `norm` is p, so `norm(-1)` has the order −1: write `dim=-1`.",
            lambda query, key: (
                query @ key.mT / (query.norm(-1, keepdim=True) * key.norm(-1, keepdim=True).mT)
            ),
        ),
    ),
    laws=(
        SHAPE,
        Law(
            "a cosine lies between −1 and 1",
            lambda result, query, key: result.abs().max() <= 1 + 1e-5,
        ),
    ),
    sizes=sizes,
    verified="directions alone count, for vectors long and short; any batch axes, gradients",
)
