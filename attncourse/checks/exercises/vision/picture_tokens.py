"""Predict what a picture costs when its patches are halved."""

from attncourse.checks.engine.exercise import Case, Exercise, Mistake


def picture_tokens():
    """A 24 × 24 picture in colour, in patches of 2 × 2, with a class token in front."""
    return _counts()


def _counts(tokens=145, numbers=12, weights=21025):
    return {"tokens": tokens, "numbers in a patch": numbers, "weights in a head": weights}


EXERCISE = Exercise(
    reference=picture_tokens,
    points=1,
    cases=lambda: [Case("")],
    hints=(
        "How many patches fit side by side? And one above the other?",
        "A pixel of a picture in colour has three numbers.",
        "Every token attends to every token, the class token too.",
    ),
    verified="145 tokens of 12 numbers each, and 145 × 145 weights in each head",
    rewrite=_counts,
    mistakes=(
        Mistake(
            "no-class-token",
            "forgot the class token",
            "It stands in front of the patches, attends to all of them, and they attend to it.",
            {"tokens": 144, "weights": 144 * 144},
            {"tokens": 144},
            {"weights": 144 * 144},
        ),
        Mistake(
            "one-side",
            "counted the patches along one side only",
            "12 fit side by side, and there are 12 such rows.",
            {"tokens": 13, "weights": 169},
            {"tokens": 12, "weights": 144},
            {"tokens": 13},
            {"tokens": 12},
        ),
        Mistake(
            "grey",
            "counted one number for each pixel",
            "Red, green and blue: a pixel in colour has three numbers.",
            numbers=4,
        ),
        Mistake(
            "pixels",
            "took the pixels for the tokens",
            "A token is a patch of 2 × 2 pixels, so there are four times fewer tokens than pixels.",
            {"tokens": 576, "weights": 576 * 576},
            {"tokens": 577, "weights": 577 * 577},
        ),
        Mistake(
            "one-row",
            "counted the weights of one token only",
            "Each of the 145 tokens has a row of 145 weights.",
            weights=145,
        ),
        Mistake(
            "old-patches",
            "counted patches of 4 × 4, as in the lesson",
            "Here a patch has 2 pixels along each side.",
            {"tokens": 37, "numbers": 48, "weights": 1369},
            {"tokens": 37, "weights": 1369},
            {"numbers": 48},
        ),
    ),
)
