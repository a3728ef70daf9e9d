"""The one sentence that describes a scene of at most two digits, in words and in token ids."""

from collections.abc import Sequence

import torch
from jaxtyping import Int
from torch import Tensor

from attncourse.tasks import EOS, PAD, SPECIAL
from attncourse.text import Vocabulary
from attncourse.vision.handwriting import DIGITS
from attncourse.vision.painting import NOTHING

COLOURS = {
    "red": (1.0, 0.25, 0.2),
    "yellow": (1.0, 0.85, 0.15),
    "blue": (0.25, 0.55, 1.0),
    "white": (1.0, 1.0, 1.0),
}
PLACES = ("top left", "top right", "bottom left", "bottom right")
_LITTLE = ("a", "at", "the", "top", "bottom", "left", "right", "above", "of", "nothing")
WORDS = Vocabulary((*SPECIAL, *_LITTLE, *COLOURS, *DIGITS))
LONGEST = 9  # "a red three left of a blue seven", and the end


def describe(
    digits: Sequence[int], colours: Sequence[int], boxes: Sequence[Sequence[float]]
) -> str:
    """Write "nothing", "a red three at the top left" or "a red three above a blue seven".

    Of two digits, the upper or left one comes first, so every scene has one sentence.

    Raises: ValueError if there are more than two digits.
    """
    names = list(COLOURS)
    found = [
        (x, y, f"a {names[colour]} {DIGITS[digit]}")
        for digit, colour, (x, y, _, _) in zip(digits, colours, boxes, strict=True)
        if digit != NOTHING
    ]
    if len(found) > 2:
        raise ValueError(f"a sentence has room for two digits; got {len(found)}")
    if len(found) < 2:
        return f"{found[0][2]} at the {_place(*found[0][:2])}" if found else "nothing"
    (x, y, one), (to_x, to_y, other) = found
    down, right = to_y - y, to_x - x
    relation = "above" if abs(down) > abs(right) else "left of"
    first, second = (one, other) if max(down, right, key=abs) > 0 else (other, one)
    return f"{first} {relation} {second}"


def captions_of(table: Int[Tensor, "n 3"]) -> list[str]:
    """Describe each (digit, colour, place)."""
    boxes = [((k % 2) / 2 + 0.25, (k // 2) / 2 + 0.25, 0.5, 0.5) for k in range(len(PLACES))]
    rows = table.tolist()
    return [describe([digit], [colour], [boxes[place]]) for digit, colour, place in rows]


def tokenise(sentences: Sequence[str]) -> Int[Tensor, "n 9"]:
    """Write sentences as token ids, each with its end and then with padding."""
    rows = [[*WORDS.encode(sentence.split()), EOS] for sentence in sentences]
    return torch.tensor([row + [PAD] * (LONGEST - len(row)) for row in rows])


def _place(x: float, y: float) -> str:
    return PLACES[2 * (y > 0.5) + (x > 0.5)]
