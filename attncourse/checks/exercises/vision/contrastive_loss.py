"""The loss that brings pictures and their sentences together."""

import torch
import torch.nn.functional as F

from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.vision.shared import matched_pairs
from attncourse.vision import contrast


def _cases():
    return [
        Case("plain", *matched_pairs(1, 2, 2), 0.5),
        Case("three pairs", *matched_pairs(2, 3, 2), 1.0),
        Case("plain", *matched_pairs(3, 4, 6), 0.25),
        Case("one pair", *matched_pairs(4, 1, 3), 0.5),
        Case("many pairs", *matched_pairs(5, 67, 5), 0.3),
        Case("sentences in the wrong order", *_turned(matched_pairs(6, 5, 4)), 0.4),
        Case("low temperature", *matched_pairs(7, 4, 3), 0.02),
        Case("float32", *matched_pairs(8, 6, 8, dtype=torch.float32), 0.2),
    ]


def _turned(pairs):
    image, text = pairs
    return image, text.roll(1, 0)


def _with(
    image,
    text,
    temperature,
    *,
    norm="both",
    sides="both",
    by="divide",
    join="mean",
    reduce="mean",
    before="nothing",
):
    if norm in ("both", "image"):
        image = F.normalize(image, dim=-1)
    if norm in ("both", "text"):
        text = F.normalize(text, dim=-1)
    if norm == "columns":
        image, text = F.normalize(image, dim=0), F.normalize(text, dim=0)
    found = image @ text.T
    scores = {"divide": found / temperature, "multiply": found * temperature, "none": found}[by]
    if before == "softmax":
        rows, columns = scores.softmax(-1), scores.T.softmax(-1)
    else:
        rows, columns = scores, scores.T
    right = torch.arange(len(scores))
    one = F.cross_entropy(rows, right, reduction=reduce)
    other = F.cross_entropy(columns, right, reduction=reduce)
    both = (one + other) / 2 if join == "mean" else one + other
    return {"both": both, "image": one, "text": other}[sides]


def _only_pulled(image, text, temperature):
    return -(F.cosine_similarity(image, text) / temperature).mean()


def _all_at_once(image, text, temperature):
    scores = F.normalize(image, dim=-1) @ F.normalize(text, dim=-1).T / temperature
    return -scores.flatten().log_softmax(0).view_as(scores).diagonal().mean()


EXERCISE = Exercise(
    reference=contrast.contrastive_loss,
    points=3,
    cases=_cases,
    hints=(
        "Make a table first: row i, column j says how similar picture i and sentence j are. Where "
        "in the table are the right ones?",
        "A row asks which sentence belongs to a picture, a column which picture belongs to a "
        "sentence. Each is a choice among n: softmax, and the surprise at the right one.",
        "`F.cross_entropy(scores, right)` does that for the rows, where `right` is 0, 1, …, n − 1. "
        "For the columns, transpose the table.",
        "The similarity is the cosine: `F.normalize(image, dim=-1)` brings each vector to norm 1.",
    ),
    verified="both directions, vectors of any norm, one pair, many pairs, wrong pairs, a low "
    "temperature, float32 and float64; gradient",
    rewrite=_with,
    sizes=lambda image, text, temperature: {"n": len(image), "d": image.shape[-1]},
    laws=(
        Law(
            "a surprise is not negative",
            lambda result, image, text, temperature: bool(result >= 0),
        ),
    ),
    mistakes=(
        Mistake(
            "forgot-norm",
            "compared dot products instead of cosines",
            "A long vector then fits everything. Bring every vector to norm 1 first.",
            norm="neither",
        ),
        Mistake(
            "one-norm",
            "normalised only one of the two sides",
            "The cosine divides by both norms.",
            {"norm": "image"},
            {"norm": "text"},
        ),
        Mistake(
            "norm-over-pairs",
            "normalised over the pairs instead of each vector",
            "Each row is one vector: its norm runs over the last axis.",
            norm="columns",
        ),
        Mistake(
            "only-rows",
            "asked only which sentence belongs to each picture",
            "The columns ask the other question: which picture belongs to each sentence?",
            sides="image",
        ),
        Mistake(
            "only-columns",
            "asked only which picture belongs to each sentence",
            "The rows ask the other question: which sentence belongs to each picture?",
            sides="text",
        ),
        Mistake(
            "added-directions",
            "added the two directions instead of averaging them",
            "The loss is the mean of both questions.",
            join="sum",
        ),
        Mistake(
            "multiplied-temperature",
            "multiplied by the temperature",
            "The lower the temperature, the larger the differences: divide by it (lesson 01).",
            by="multiply",
        ),
        Mistake(
            "forgot-temperature",
            "ignored the temperature",
            "Cosines differ by 2 at most; divided by the temperature, they can decide.",
            by="none",
        ),
        Mistake(
            "softmax-twice",
            "took a softmax before `F.cross_entropy`, which takes it itself",
            "`F.cross_entropy` wants scores and not probabilities.",
            before="softmax",
        ),
        Mistake(
            "took-sum",
            "took the sum over the pairs instead of the mean",
            "A loss per pair can be compared between batches of different sizes.",
            reduce="sum",
        ),
        Mistake(
            "only-pulled",
            "only pulled the pairs together",
            "Nothing pushes the others apart: all vectors could become one and the same. Every "
            "pair must win against the n − 1 others of its row and of its column.",
            _only_pulled,
        ),
        Mistake(
            "one-softmax",
            "took one softmax over the whole table",
            "Each row is a question of its own with n answers, and so is each column.",
            _all_at_once,
        ),
    ),
)
