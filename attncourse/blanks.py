"""Blanks in names of scripts that nobody learned from: who fills them, script by script.

A large script has hundreds of names that are alike, so names are no independent trials. Here every
script counts the same, and the standard error is that over scripts.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from attncourse.counting import BlankFiller
from attncourse.language import BERT
from attncourse.names import AFTER, PAD, character_name_rows, is_word, one_blank_each
from attncourse.splits import split_scripts

FEWEST = 20  # blanks in a script that counts


class Blanks(NamedTuple):
    """Names with one blank each: rows, where it is, what stood there, and the name's script."""

    rows: Int[Tensor, "N 12"]
    place: Int[Tensor, " N"]
    word: Int[Tensor, " N"]
    script: Int[np.ndarray, " N"]


@cache
def blanks(split: int = 0, *, commonest: int = 100) -> Blanks:
    """Hide one of the commonest words in each held-out name that has one."""
    held = character_name_rows(split).held
    first = np.array([name.split()[0] for name in split_scripts(split).held])
    asked = (is_word(held) & (held <= AFTER + commonest)).any(-1).numpy()
    script = np.unique(first, return_inverse=True)[1]
    return Blanks(*one_blank_each(held, commonest=commonest), script[asked])


def by_counting(split: int = 0) -> dict[str, Int[np.ndarray, " N"]]:
    """What two ways of counting windows up to ±3 put into the blanks: back-off and a mixture."""
    names = character_name_rows(split)
    seen = [[token for token in row if token != PAD] for row in names.seen.tolist()]
    filler = BlankFiller(seen, len(names.words))
    asked = zip(blanks(split).rows.tolist(), blanks(split).place.tolist(), strict=True)
    asked = [([token for token in row if token != PAD], place) for row, place in asked]
    mixed = [filler.mixture(*question)[AFTER + 1 :].argmax() + AFTER + 1 for question in asked]
    return {
        "back-off": np.array([filler.back_off(*question) for question in asked]),
        "mixture": np.array(mixed),
    }


@torch.no_grad()
def by_model(model: BERT, split: int = 0) -> Int[np.ndarray, " N"]:
    """What a BERT puts into the blanks."""
    rows, place, _, _ = blanks(split)
    logits = model(rows)[torch.arange(len(rows)), place]
    return logits[:, AFTER + 1 :].argmax(-1).numpy() + AFTER + 1


def shares(filled: Int[np.ndarray, " N"], split: int = 0) -> Float[np.ndarray, " scripts"]:
    """Which part of its blanks is filled rightly, for each script with at least 20 of them."""
    asked = blanks(split)
    right: Bool[np.ndarray, " N"] = filled == asked.word.numpy()
    counts = np.bincount(asked.script)
    return (np.bincount(asked.script, right) / counts.clip(1))[counts >= FEWEST]


def mean_and_error(values: Float[np.ndarray, " n"]) -> tuple[float, float]:
    """Mean, and its standard error."""
    return float(values.mean()), float(values.std(ddof=1) / len(values) ** 0.5)
