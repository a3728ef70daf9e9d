"""Score every query with every key by their dot product."""

import torch

from attncourse import scoring
from attncourse.checks.engine.exercise import Exercise, Law, Mistake
from attncourse.checks.exercises.scoring.shared import (
    KEYS_DOWN,
    SHAPE,
    SOFTMAX,
    arranged,
    mistake_of_front,
    mistake_of_half,
    mistake_of_position,
    mistake_of_reshape,
    mistake_of_t,
    mistake_of_two_axes,
    pair_cases,
    reshaped,
    sizes,
)


def _first_of_batch(x):
    return x.flatten(0, -3)[0] if x.ndim > 2 else x


def _with(
    query, key, *, divide="nothing", rows="queries", after="nothing", inside="nothing", use="both"
):
    query, key = {"both": (query, key), "query": (query, query), "key": (key, key)}[use]
    d_k = query.shape[-1]
    if inside == "squared":
        scores = query.square() @ key.square().mT
    elif inside == "absolute":
        scores = query.abs() @ key.abs().mT
    else:
        scores = query @ key.mT
    by_query, by_key = query.norm(dim=-1, keepdim=True), key.norm(dim=-1, keepdim=True).mT
    lengths = {"query": by_query, "key": by_key, "lengths": by_query * by_key}
    scores = scores / {"nothing": 1, "√d_k": d_k**0.5, "d_k": d_k, **lengths}[divide]
    return arranged(scores.softmax(-1) if after == "softmax" else scores, rows)


def given(query, key):
    """The slip: a reshape gives the right shape, and puts numbers of different keys together."""
    turned = key.reshape(*key.shape[:-2], key.shape[-1], key.shape[-2])  # … d_k N
    return query @ turned


EXERCISE = Exercise(
    reference=scoring.dot_score,
    points=1,
    cases=lambda: pair_cases(100),
    hints=(
        "With a single key it is right, and with two it is not. Print `turned` for "
        "`torch.tensor([[1.0, 2.0], [3.0, 4.0]])`: what should its columns be?",
        "A column of `turned` must be one key, from top to bottom. Reading the numbers in their "
        "old order fills the rows first.",
        "You swapped two axes in lesson 00, and left all axes before them where they were. "
        "PyTorch's tensors have a short attribute for it.",
    ),
    rewrite=_with,
    given=given,
    mistakes=(
        Mistake(
            "divided-root-d-k",
            "divided by √d_k",
            "That is the scaled dot product, lesson 04. Here the plain one is asked for.",
            divide="√d_k",
        ),
        Mistake(
            "averaged-where-rule-sums",
            "averaged where the rule sums",
            "You divided by d_k. A dot product adds up d_k products and divides by nothing.",
            divide="d_k",
        ),
        Mistake(
            "divided-vectors-lengths",
            "divided by the vectors' norms",
            "That is cosine similarity, the next exercise. A dot product keeps the norms.",
            divide="lengths",
        ),
        Mistake(
            "divided-query-s-length",
            "divided by the query's norm",
            "A dot product keeps the norms, of the query and of the key.",
            divide="query",
        ),
        Mistake(
            "divided-keys-lengths",
            "divided by the keys' norms",
            "A dot product keeps the norms, of the query and of the key.",
            divide="key",
        ),
        KEYS_DOWN,
        SOFTMAX,
        Mistake(
            "squared-entries",
            "squared the entries",
            "The signs are gone: opposite vectors must get a negative score.",
            inside="squared",
        ),
        Mistake(
            "dropped-signs",
            "dropped the signs",
            "Opposite vectors must get a negative score.",
            inside="absolute",
        ),
        Mistake(
            "compared-queries-themselves",
            "compared the queries with themselves",
            "The keys play no part in your result.",
            use="query",
        ),
        Mistake(
            "compared-keys-themselves",
            "compared the keys with themselves",
            "The queries play no part in your result.",
            use="key",
        ),
        mistake_of_t(lambda query, key: query @ key.T),
        mistake_of_front(lambda query, key: query @ key.transpose(1, 2)),
        mistake_of_front(lambda query, key: torch.bmm(query, key.permute(0, 2, 1))),
        mistake_of_position(lambda query, key: (query * key).sum(-1)),
        Mistake(
            "multiplied-without-turning-keys",
            "multiplied without turning the keys",
            "Both have d_k as their last axis, and `@` wants it last in one and second to last in "
            "the other.",
            lambda query, key: query @ key,
        ),
        Mistake(
            "summed-over-positions",
            "summed over the positions, not over the dimension",
            "Your result is d_k × d_k. A score sums over the coordinates of one query and one key.",
            lambda query, key: query.mT @ key,
        ),
        Mistake(
            "forgot-sum",
            "forgot to sum",
            "You have M × N × d_k products. A score is their sum over d_k.",
            lambda query, key: query[..., :, None, :] * key[..., None, :, :],
        ),
        Mistake(
            "compared-element-batch-other",
            "compared each element of the batch with every other",
            "The elements of a batch do not know each other. `@` treats batch axes so, inner and "
            "tensordot do not.",
            lambda query, key: torch.tensordot(query, key, dims=([-1], [-1])),
        ),
        Mistake(
            "summed-over-batch-too",
            "summed over the batch too",
            "The elements of a batch do not know each other: each keeps scores of its own.",
            lambda query, key: torch.einsum("...md,...nd->mn", query, key),
        ),
        mistake_of_two_axes(lambda query, key: torch.einsum("md,nd->mn", query, key)),
        mistake_of_half(lambda query, key: (query.half() @ key.half().mT).to(query.dtype)),
        mistake_of_reshape(lambda query, key: query @ reshaped(key)),
        Mistake(
            "used-only-first-keys-batch",
            "used only the first keys of the batch",
            "Each element of the batch has keys of its own.",
            lambda query, key: query @ _first_of_batch(key).mT,
        ),
        Mistake(
            "left-out-last-coordinate",
            "left out the last coordinate",
            "The sum runs over all d_k coordinates.",
            lambda query, key: query[..., :-1] @ key[..., :-1].mT,
        ),
    ),
    laws=(
        SHAPE,
        Law(
            "the first score is the dot product of the first query and the first key",
            lambda result, query, key: torch.allclose(
                result[..., 0, 0], (query[..., 0, :] * key[..., 0, :]).sum(-1), rtol=1e-3
            ),
        ),
    ),
    sizes=sizes,
    verified="all M × N products and their gradients, M ≠ N, any batch axes, float32 and float64",
)
