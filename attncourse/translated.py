"""One number, translated: the map that opens the course, and that comes back in many lessons.

The map stands here as numbers, so that lesson 01 can show it at once. `python -m
attncourse.translated` trains lesson 09's translator again and prints them; the claims of lesson 01
train it with other seeds, too.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

ENGLISH = ("five", "thousand", "seven", "hundred", "and", "forty", "six")  # one of the test numbers
GERMAN = ("fünf", "tausend", "sieben", "hundert", "sechs", "und", "vierzig")
_WEIGHTS = (
    (0.99, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00),
    (0.01, 0.92, 0.05, 0.02, 0.00, 0.00, 0.00),
    (0.00, 0.01, 0.92, 0.00, 0.00, 0.02, 0.04),
    (0.00, 0.03, 0.06, 0.87, 0.03, 0.00, 0.00),
    (0.00, 0.00, 0.00, 0.00, 0.00, 0.02, 0.97),
    (0.03, 0.26, 0.51, 0.09, 0.03, 0.06, 0.01),
    (0.00, 0.00, 0.00, 0.00, 0.00, 0.97, 0.02),
)


class Translation(NamedTuple):
    """A sentence, what a model wrote, and the weights with which it wrote each word."""

    english: tuple[str, ...]
    german: tuple[str, ...]
    weights: Float[np.ndarray, "M N"]


def translated_number() -> Translation:
    """The map of lesson 09's translator for 5746, a number that it never saw in training.

    Returns: the English words (N), the German ones (M) and the weights, to two decimals.
    Source: `attncourse.trained.translator`; see `translate_again`.
    """
    return Translation(ENGLISH, GERMAN, np.array(_WEIGHTS))


def translate_again(seed: int = 0) -> Translation:
    """The same map, made anew: trains the translator for some seconds."""
    from attncourse.tasks import number_task
    from attncourse.trained import translator, write

    words, weights = write(translator(seed=seed).model, number_task("de"), ENGLISH)
    return Translation(ENGLISH, tuple(words), weights.numpy())


if __name__ == "__main__":
    translation = translate_again()
    print(" ".join(translation.german))
    for row in translation.weights:
        print(f"    ({', '.join(f'{weight:.2f}' for weight in row)}),")
