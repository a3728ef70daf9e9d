"""Exaggerate what the words change."""

import torch

from attncourse.checks.engine.exercise import Case, Convention, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import normal
from attncourse.vision import noise


def _pair(seed, *shape, **options):
    return normal(seed, *shape, **options), normal(seed + 20, *shape, **options)


def _cases():
    return [
        Case("one number", *_pair(1, 1), 2.0),
        Case("a row", *_pair(2, 4), 3.0),
        Case("pictures", *_pair(3, 2, 1, 4, 4), 1.5),
        Case("scale 1", *_pair(4, 3, 2), 1.0),
        Case("scale 0", *_pair(5, 3, 2), 0.0),
        Case("between", *_pair(6, 5), 0.3),
        Case("strong", *_pair(7, 2, 40), 8.0),
        Case("float32", *_pair(8, 2, 1, 8, 8, dtype=torch.float32), 2.0),
    ]


def _with(conditional, unconditional, scale, *, way="guided"):
    c, u, w = conditional, unconditional, scale
    return {
        "guided": u + w * (c - u),
        "swapped": c + w * (u - c),
        "away": u - w * (c - u),
        "paper": c + w * (c - u),
        "added": c + w * u,
        "forgot": w * c + u,
        "scaled": w * c,
        "difference": w * (c - u),
        "words only": c + 0 * u,
        "no words": u + 0 * c,
        "mean": (c + u) / 2,
    }[way]


EXERCISE = Exercise(
    reference=noise.guided_noise,
    points=1,
    cases=_cases,
    hints=(
        "What do the words change? The difference of the two predictions is an arrow.",
        "At scale 0 you stand where there are no words, at scale 1 where the words are.",
        "Begin at the prediction without words, and go `scale` times along the arrow.",
    ),
    verified="scale 0 ignores the words, 1 takes them as they are, more goes further; numbers, "
    "rows and pictures, float32 and float64; gradient",
    rewrite=_with,
    laws=(
        Law(
            "at scale 1 the words are taken as they are",
            lambda result, conditional, unconditional, scale: (
                scale != 1 or torch.allclose(result, conditional)
            ),
        ),
        Law(
            "at scale 0 the words do not matter",
            lambda result, conditional, unconditional, scale: (
                scale != 0 or torch.allclose(result, unconditional)
            ),
        ),
    ),
    mistakes=(
        Mistake(
            "wrong-way-round",
            "weighted the predictions the wrong way round",
            "The one with words has the weight `scale`, the other 1 − `scale`.",
            way="swapped",
        ),
        Mistake(
            "away-from-words",
            "went away from the words",
            "The step leads from the prediction without words to the one with words.",
            way="away",
        ),
        Convention(
            "paper-scale",
            "counted the guidance from 0, as the paper does",
            "There, w = 0 means the words as they are. Here that is scale 1, as in most programs: "
            "begin at the prediction *without* words.",
            way="paper",
        ),
        Mistake(
            "kept-unconditional",
            "added the prediction without words at its full weight",
            "The two weights sum to 1: `scale` and 1 − `scale`. Otherwise the noise grows with "
            "the scale, even where words change nothing.",
            way="forgot",
        ),
        Mistake(
            "only-scaled",
            "scaled the prediction with words alone",
            "That makes all of the noise larger. Exaggerate only what the words change.",
            way="scaled",
        ),
        Mistake(
            "only-difference",
            "returned the step alone",
            "It has to begin somewhere: at the prediction without words.",
            way="difference",
        ),
        Mistake(
            "dropped-guidance",
            "returned the prediction with words as it is",
            "Then the scale changes nothing.",
            way="words only",
        ),
        Mistake(
            "dropped-words",
            "returned the prediction without words",
            "Then nothing says what to draw.",
            way="no words",
        ),
        Mistake(
            "mean",
            "averaged the two predictions",
            "That goes half of the way to the words, whatever the scale.",
            way="mean",
        ),
        Mistake(
            "added-unconditional",
            "multiplied the prediction without words by the scale",
            "The one with words is to be exaggerated.",
            way="added",
        ),
    ),
)
