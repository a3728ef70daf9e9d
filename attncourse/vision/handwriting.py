"""Handwritten digits, split so that nobody's hand is on both sides."""

from functools import cache
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

N_TEST = 360  # a fifth
SIDE = 8  # pixels
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


class Handwriting(NamedTuple):
    """n pictures, ink from 0 (none) to 1, and the digit that each of them shows."""

    images: Float[Tensor, "n 8 8"]
    labels: Int[Tensor, " n"]


@cache
def handwriting(part: str = "train") -> Handwriting:
    """Read scikit-learn's 1,797 digits: the first 1,437 to learn from, the last 360 for the test.

    They stay in their order, because pictures by one person stand together in it: six in ten
    have their nearest neighbour within 200 places. A random split would put every
    hand on both sides, and ask an easier question.

    Args:
        part: "train" or "test".

    Source: Alpaydin and Kaynak 1998, "Optical recognition of handwritten digits", UCI.
    """
    from sklearn.datasets import load_digits

    rows = {"train": slice(None, -N_TEST), "test": slice(-N_TEST, None)}
    if part not in rows:
        raise ValueError(f"part must be train or test; got {part!r}")
    table = load_digits()
    images = torch.tensor(table.images / 16, dtype=torch.float32)  # ink is counted from 0 to 16
    return Handwriting(images[rows[part]], torch.tensor(table.target)[rows[part]])
