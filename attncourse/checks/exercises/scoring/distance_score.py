"""Measure squared distance by dot products alone."""

import torch
from torch.nn.functional import normalize

from attncourse import scoring
from attncourse.checks.engine.exercise import Exercise, Law, Mistake
from attncourse.checks.exercises.scoring.shared import (
    KEYS_DOWN,
    SHAPE,
    arranged,
    mistake_of_half,
    mistake_of_position,
    mistake_of_t,
    mistake_of_two_axes,
    pair_cases,
    sizes,
)


def _with(
    query,
    key,
    *,
    factor=2,
    squares="both",
    root="none",
    sign=1,
    over="width",
    divide="nothing",
    rows="queries",
    after="nothing",
):
    axis = -1 if over == "width" else -2
    q, k = query.square().sum(axis), key.square().sum(axis)
    if root == "squares":
        q, k = q.sqrt(), k.sqrt()
    q = 0 * q if squares in ("key", "none") else q
    k = 0 * k if squares in ("query", "none") else k
    squared = q.unsqueeze(-1) - factor * (query @ key.mT) + k.unsqueeze(-2)
    squared = squared.clamp_min(0).sqrt() if root == "result" else squared
    squared = squared / {"nothing": 1, "d_k": query.shape[-1], "2": 2}[divide]
    squared = torch.exp(-squared) if after == "exp" else squared
    squared = (-squared).softmax(-1) if after == "softmax" else squared
    return arranged(sign * squared, rows)


def given(query, key):
    """The slip: the squared norms have lost an axis, and line up with the wrong one."""
    query_squared = (query * query).sum(-1)
    key_squared = (key * key).sum(-1)
    return query_squared - 2 * query @ key.mT + key_squared


EXERCISE = Exercise(
    reference=scoring.distance_score,
    points=2,
    cases=lambda: pair_cases(500),
    hints=(
        "Print the shapes of the three terms for M = 2 and N = 3. Which of them is a table?",
        "The squared norm of query i belongs to the whole row i, that of key j to the whole "
        "column j. A tensor of shape (N,) is added to every row. What is (M,) added to?",
        "A sum over the last axis loses it. Each of the two needs an axis of size 1 in its place, "
        "and not the same one.",
    ),
    rewrite=_with,
    given=given,
    mistakes=(
        Mistake(
            "forgot-2",
            "forgot the 2",
            "(q − k)² = q² − 2 q k + k²: the mixed product comes twice, as q k and as k q.",
            factor=1,
        ),
        Mistake(
            "added-product-where-subtracted",
            "added the product where it is subtracted",
            "That is |q + k|². A large dot product means near, so it makes the distance small.",
            factor=-2,
        ),
        Mistake(
            "left-product-out",
            "left the product out",
            "|q|² + |k|² does not know in which direction the two point.",
            factor=0,
        ),
        Mistake(
            "multiplied-product-4",
            "multiplied the product by 4",
            "(q − k)² = q² − 2 q k + k²: the factor is 2.",
            factor=4,
        ),
        Mistake(
            "left-out-keys-squares",
            "left out the keys' squares",
            "Long keys are far away too: |k|² belongs to the sum.",
            squares="query",
        ),
        Mistake(
            "left-out-queries-squares",
            "left out the queries' squares",
            "|q|² is the same for a whole row, so a softmax would not notice; the distance does.",
            squares="key",
        ),
        Mistake(
            "left-out-both-squares",
            "left out both squares",
            "−2 q · k alone is no distance: it is negative where two vectors agree.",
            squares="none",
        ),
        Mistake(
            "took-square-root",
            "took a square root",
            "The squared distance is asked for: it needs no root.",
            root="result",
        ),
        Mistake(
            "took-lengths-where-squared-lengths",
            "took norms where squared norms are due",
            "|q|² is q · q: a sum of squares, without the root.",
            root="squares",
        ),
        Mistake(
            "returned-negative-distance",
            "returned the negative distance",
            "As a score that makes sense, but the squared distance itself is asked for: never "
            "below 0.",
            sign=-1,
        ),
        Mistake(
            "summed-along-wrong-axis",
            "summed along the wrong axis",
            "Each query and each key has a squared norm of its own: sum over the last axis.",
            over="positions",
        ),
        Mistake(
            "averaged-over-width",
            "averaged over the dimension",
            "Distances add up coordinates; divide nothing.",
            divide="d_k",
        ),
        Mistake(
            "halved-distance",
            "halved the distance",
            "The ½ belongs to the Gaussian's exponent. Here the squared distance is asked for.",
            divide="2",
        ),
        Mistake(
            "returned-gaussian-kernel",
            "returned the Gaussian kernel",
            "The squared distance is what goes into exp(−…). Return it as it is.",
            after="exp",
        ),
        Mistake(
            "went-softmax",
            "went on to the softmax",
            "The squared distance itself is asked for.",
            after="softmax",
        ),
        KEYS_DOWN,
        mistake_of_t(
            lambda query, key: (
                query.square().sum(-1)[..., :, None]
                - 2 * query @ key.T
                + key.square().sum(-1)[..., None, :]
            )
        ),
        mistake_of_position(lambda query, key: (query - key).square().sum(-1)),
        Mistake(
            "swapped-axes-squares",
            "swapped the axes of the squares",
            "The queries' squares go down, one per row: (…, M, 1). The keys' go across: (…, 1, N).",
            lambda query, key: (
                query.square().sum(-1)[..., None, :]
                - 2 * query @ key.mT
                + key.square().sum(-1)[..., :, None]
            ),
        ),
        Mistake(
            "lost-axis-squares",
            "lost the axis of the squares",
            "M squares line up with the N columns of the product. Keep the summed axis with size "
            "1.",
            lambda query, key: query.square().sum(-1) - 2 * query @ key.mT + key.square().sum(-1),
        ),
        Mistake(
            "did-turn-keys-squares",
            "did not turn the keys' squares",
            "One square per query goes down, (…, M, 1); one per key goes across, (…, 1, N).",
            lambda query, key: (
                query.square().sum(-1, keepdim=True)
                - 2 * query @ key.mT
                + key.square().sum(-1, keepdim=True)
            ),
        ),
        Mistake(
            "compared-lengths-only",
            "compared the norms only",
            "Two vectors of one norm may point apart. Subtract the vectors, not their norms.",
            lambda query, key: (
                query.norm(dim=-1)[..., :, None] - key.norm(dim=-1)[..., None, :]
            ).square(),
        ),
        Mistake(
            "added-absolute-differences",
            "added absolute differences",
            "That is the city-block distance. Square the differences.",
            lambda query, key: (query[..., :, None, :] - key[..., None, :, :]).abs().sum(-1),
        ),
        mistake_of_two_axes(
            lambda query, key: (query.unsqueeze(1) - key.unsqueeze(0)).square().sum(-1)
        ),
        mistake_of_two_axes(
            lambda query, key: (
                query.square().sum(-1, keepdim=True)
                - 2 * query @ key.mT
                + key.square().sum(-1).unsqueeze(0)
            )
        ),
        Mistake(
            "squared-sum-differences",
            "squared the sum of the differences",
            "Differences of opposite sign cancel. Square each difference, then add up.",
            lambda query, key: (query.unsqueeze(-2) - key.unsqueeze(-3)).sum(-1).square(),
        ),
        Mistake(
            "measured-distance-between-directions",
            "measured the distance between directions",
            "That is 2 − 2 cos. The norms of query and key count too.",
            lambda query, key: 2 - 2 * normalize(query, dim=-1) @ normalize(key, dim=-1).mT,
        ),
        Mistake(
            "squared-squared-lengths-again",
            "squared the squared norms again",
            "|q|² is q · q, a sum of squares; it is not squared once more.",
            lambda query, key: (
                query.square().sum(-1, keepdim=True).square()
                - 2 * query @ key.mT
                + key.square().sum(-1).square().unsqueeze(-2)
            ),
        ),
        Mistake(
            "added-up-squares-vectors-together",
            "added up the squares of all vectors together",
            "Each query and each key has a squared norm of its own: sum over the last axis only.",
            lambda query, key: query.square().sum() - 2 * query @ key.mT + key.square().sum(),
        ),
        Mistake(
            "dropped-sign-product",
            "dropped the sign of the product",
            "A negative q · k means far apart: minus 2 q · k then makes the distance larger.",
            lambda query, key: (
                query.square().sum(-1, keepdim=True)
                - 2 * (query @ key.mT).abs()
                + key.square().sum(-1).unsqueeze(-2)
            ),
        ),
        mistake_of_half(
            lambda query, key: (
                (query.half().unsqueeze(-2) - key.half().unsqueeze(-3))
                .square()
                .sum(-1)
                .to(query.dtype)
            )
        ),
        Mistake(
            "returned-dot-product",
            "returned the dot product",
            "q · k is one of three terms: |q|² − 2 q · k + |k|².",
            lambda query, key: query @ key.mT,
            lambda query, key: -(query @ key.mT),
        ),
        Mistake(
            "subtracted-keys-squares",
            "subtracted the keys' squares",
            "(q − k)² = q² − 2 q k + k²: only the mixed term has a minus.",
            lambda query, key: (
                query.square().sum(-1, keepdim=True)
                - 2 * query @ key.mT
                - key.square().sum(-1).unsqueeze(-2)
            ),
        ),
        Mistake(
            "subtracted-queries-squares",
            "subtracted the queries' squares",
            "(q − k)² = q² − 2 q k + k²: only the mixed term has a minus.",
            lambda query, key: (
                key.square().sum(-1).unsqueeze(-2)
                - 2 * query @ key.mT
                - query.square().sum(-1, keepdim=True)
            ),
        ),
    ),
    laws=(
        SHAPE,
        Law(
            "no squared distance is negative",
            lambda result, query, key: result.min() >= -1e-4 * result.abs().max(),
        ),
    ),
    sizes=sizes,
    verified="|q − k|² for all M × N pairs, gradients, long and short vectors, any batch axes",
)
