"""Mend it: what queries without an object are taught."""

import torch
import torch.nn.functional as F

from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import normal
from attncourse.vision import matching


def given(logits, matched, digits, weight):
    picture, thing = (digits >= 0).nonzero(as_tuple=True)
    said = logits[picture, matched[picture, thing]]
    wanted = digits[picture, thing]
    return F.cross_entropy(said, wanted)


def _matched(seed, B, M, K):
    generator = torch.Generator().manual_seed(seed)
    return torch.stack([torch.randperm(M, generator=generator)[:K] for _ in range(B)])


def _case(label, seed, B, M, digits, weight, n_classes=3, **options):
    digits = torch.tensor(digits)
    logits = normal(seed, B, M, n_classes + 1, spread=2.0, **options)
    return Case(label, logits, _matched(seed, B, M, digits.shape[-1]), digits, weight)


def _cases():
    return [
        _case("one object", 1, 1, 3, [[2]], 0.5),
        _case("two objects", 2, 1, 4, [[0, 1]], 0.2),
        _case("a batch", 3, 3, 5, [[1, 0], [2, 2], [0, 1]], 0.2),
        _case("fewer objects in some", 4, 3, 5, [[1, -1], [2, 0], [-1, -1]], 0.1),
        _case("every query has an object", 5, 1, 2, [[1, 2]], 0.3),
        _case("all alike", 6, 2, 6, [[1, 2], [0, -1]], 1.0),
        _case("ten digits", 7, 2, 9, [[9, 0, 4], [3, 3, -1]], 0.2, n_classes=10),
        _case("forty queries", 9, 1, 40, [[2, 0, -1]], 0.2),
        _case("float32", 8, 2, 5, [[1, 0], [2, -1]], 0.2, dtype=torch.float32),
    ]


def _with(
    logits,
    matched,
    digits,
    weight,
    *,
    rest="nothing",
    order="matched",
    weighs="nothing",
    divide="weights",
    before="nothing",
):
    B, M, n = logits.shape
    if order == "first":
        matched = torch.arange(matched.shape[1]).expand_as(matched)
    blank = {"nothing": n - 1, "first class": 0, "ignored": -100}[rest]
    wanted = torch.full((B, M), blank)
    picture, thing = (digits >= 0).nonzero(as_tuple=True)
    wanted[picture, matched[picture, thing]] = digits[picture, thing]
    weights = torch.ones(n, dtype=logits.dtype)
    if weighs == "nothing":
        weights[-1] = weight
    if weighs == "objects":
        weights[:-1] = weight
    if weighs == "first class":
        weights[0] = weight
    scores = logits.softmax(-1) if before == "softmax" else logits
    total = F.cross_entropy(scores.mT, wanted, weights, reduction="sum")
    counted = wanted[wanted != -100]
    by = {
        "weights": weights[counted].sum(),
        "queries": len(counted),
        "objects": max(len(picture), 1),
        "pictures": B,
        "none": 1,
    }
    return total / by[divide]


def _unmatched_count(loss, logits, matched, digits, weight):
    """A query without an object moves the loss where it says something."""
    return bool(torch.isfinite(loss))


EXERCISE = Exercise(
    reference=matching.class_loss,
    points=3,
    cases=_cases,
    hints=(
        "Let it train, and every query names a digit with certainty, where there is one and where "
        "there is none. Which queries has this loss never asked anything?",
        "What should a query say that no object has got? It has a class of its own, the last.",
        "Write down for each query which class it is to say: first `logits.shape[-1] - 1` for all "
        "of them, then the digits for those that are matched.",
        "`F.cross_entropy(logits.mT, wanted, weights)` takes one weight for each *class*, and "
        "divides by the sum of the weights.",
    ),
    verified="queries without an object are to say nothing, by their weight; pictures with fewer "
    "objects or none, every query taken, float32 and float64; gradient",
    rewrite=_with,
    given=given,
    sizes=lambda logits, matched, digits, weight: {"M": logits.shape[1], "K": digits.shape[1]},
    laws=(
        Law("the loss is a finite number", _unmatched_count),
        Law("a surprise is not negative", lambda loss, *rest: bool(loss >= 0)),
    ),
    mistakes=(
        Mistake(
            "forgot-nothing",
            "asked only the queries that have an object",
            "The others never learn to say nothing, so each of them names something.",
            {"rest": "ignored"},
            {"rest": "ignored", "weighs": "none"},
        ),
        Mistake(
            "rest-is-zero",
            "taught the queries without an object the first class",
            "Class 0 is a digit. Nothing is the last class.",
            rest="first class",
        ),
        Mistake(
            "ignored-match",
            "gave the first object to the first query, whatever the match says",
            "Object j belongs to the query `matched[:, j]`.",
            order="first",
        ),
        Mistake(
            "forgot-weight",
            "left out the weight",
            "There are many more queries without an object than with one: each of them counts "
            "`weight`.",
            weighs="none",
        ),
        Mistake(
            "weight-on-objects",
            "gave the weight to the queries that have an object",
            "It belongs to those that are to say nothing.",
            weighs="objects",
        ),
        Mistake(
            "weight-on-first",
            "gave the weight to the first class",
            "Nothing is the last class.",
            weighs="first class",
        ),
        Mistake(
            "divided-by-queries",
            "divided by the number of queries",
            "A weighted mean is divided by the sum of the weights.",
            divide="queries",
        ),
        Mistake(
            "divided-by-objects",
            "divided by the number of objects",
            "A weighted mean is divided by the sum of the weights.",
            divide="objects",
        ),
        Mistake(
            "took-sum",
            "took the sum instead of the mean",
            "Divide by the sum of the weights.",
            {"divide": "none"},
            {"divide": "pictures"},
        ),
        Mistake(
            "softmax-twice",
            "took a softmax before `F.cross_entropy`, which takes it itself",
            "`F.cross_entropy` wants scores and not probabilities.",
            before="softmax",
        ),
    ),
)
