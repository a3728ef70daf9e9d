"""Mend it: which of these captions belongs to this picture?"""

import torch
import torch.nn.functional as F

from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import normal
from attncourse.vision import contrast


def given(image, text, temperature):
    image = image / image.norm(dim=-1, keepdim=True)
    text = text / text.norm(dim=-1, keepdim=True)
    scores = image @ text.T / temperature
    weights = (scores - scores.max()).exp()
    return weights / weights.sum(0)


def _case(label, n, m, d, temperature, seed, **options):
    image, text = normal(seed, n, d, spread=2.0, **options), normal(seed + 30, m, d, **options)
    return Case(label, image, text, temperature)


def _cases():
    return [
        _case("plain", 2, 3, 2, 0.5, 1),
        _case("as many pictures as captions", 3, 3, 4, 0.5, 2),
        _case("one picture", 1, 4, 3, 0.5, 3),
        _case("one caption", 3, 1, 3, 0.5, 4),
        _case("more pictures than captions", 7, 4, 5, 0.3, 5),
        _case("low temperature", 4, 6, 3, 0.01, 6),
        _case("float32", 5, 6, 8, 0.2, 7, dtype=torch.float32),
    ]


def _with(image, text, temperature, *, over="captions", norm="both", by="divide"):
    if norm in ("both", "image"):
        image = F.normalize(image, dim=-1)
    if norm in ("both", "text"):
        text = F.normalize(text, dim=-1)
    scores = image @ text.T
    scores = {"divide": scores / temperature, "multiply": scores * temperature, "none": scores}[by]
    if over == "captions":
        return scores.softmax(-1)
    if over == "pictures":
        return scores.softmax(0)
    if over == "all":
        return scores.flatten().softmax(0).view_as(scores)
    if over == "both":
        return (scores.softmax(0) + scores.softmax(-1)) / 2
    if over == "rows, of text":
        return scores.T.softmax(0)
    return scores.sigmoid()


EXERCISE = Exercise(
    reference=contrast.caption_probabilities,
    points=2,
    cases=_cases,
    hints=(
        "Call it with one picture and four captions, and read what comes out.",
        "What should sum to 1: the probabilities of one picture's captions, or of one caption's "
        "pictures? What do the sums run over now?",
        "Rows are pictures, columns are captions.",
    ),
    verified="each picture's captions sum to 1, whatever other pictures stand in the batch; any "
    "number of pictures and captions, a low temperature, float32 and float64; gradient",
    rewrite=_with,
    given=given,
    laws=(
        Law(
            "the probabilities of a picture's captions sum to 1",
            lambda result, image, *rest: torch.allclose(
                result.sum(-1), torch.ones_like(result.sum(-1)), atol=1e-4
            ),
        ),
    ),
    mistakes=(
        Mistake(
            "over-pictures",
            "let the pictures compete for each caption",
            "The question is which caption belongs to a picture, so its captions compete: each "
            "row sums to 1, whatever other pictures stand in the batch.",
            {"over": "pictures"},
            {"over": "rows, of text"},
        ),
        Mistake(
            "over-all",
            "let all pairs of the batch compete",
            "Each picture is a question of its own: each row sums to 1.",
            over="all",
        ),
        Mistake(
            "both-directions",
            "mixed both directions",
            "That is for training. Here only one question is asked: which caption?",
            over="both",
        ),
        Mistake(
            "sigmoid",
            "judged each pair alone, with a sigmoid",
            "Exactly one caption is right, so they compete: softmax over the captions.",
            over="none",
        ),
        Mistake(
            "forgot-norm",
            "compared dot products instead of cosines",
            "The towers were trained on cosines; a long vector must not fit everything.",
            {"norm": "neither"},
            {"norm": "image"},
            {"norm": "text"},
        ),
        Mistake(
            "multiplied-temperature",
            "multiplied by the temperature",
            "The lower the temperature, the surer the choice: divide by it.",
            by="multiply",
        ),
        Mistake(
            "forgot-temperature",
            "ignored the temperature",
            "Cosines differ by 2 at most; divided by the temperature, they can decide.",
            by="none",
        ),
    ),
)
