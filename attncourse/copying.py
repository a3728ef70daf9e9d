"""Sequences that repeat themselves: what comes next stands in the sequence, not in the weights.

A sequence is a random phrase, said again and again. The first time nothing can be known of it but
this: four syllables ("openers") are always followed by the same other one. From the second time on
everything can be known, by whoever looks up what followed last time.
"""

from itertools import product
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

SYLLABLES = tuple("".join(letters) for letters in product("bdfghklmnprstvwz", "aeiu"))  # 64
N_OPENERS = 4  # the first four; their followers are the last four, which stand nowhere else


class Repeats(NamedTuple):
    """Sequences of token ids, and the length of the phrase that each repeats."""

    tokens: Int[Tensor, "B T"]
    period: Int[Tensor, " B"]

    @property
    def repeated(self) -> Bool[Tensor, "B T_minus_1"]:
        """Which next tokens were seen before, after the same token: those of the second phrase on.

        Openers are left out: what follows them is known without a look back.
        """
        return (self._place >= self.period[:, None]) & ~self._opened

    @property
    def paired(self) -> Bool[Tensor, "B T_minus_1"]:
        """Which next tokens follow an opener in the first phrase: known from the weights alone."""
        return (self._place < self.period[:, None] - 1) & self._opened

    @property
    def _place(self) -> Int[Tensor, " T_minus_1"]:
        return torch.arange(self.tokens.shape[-1] - 1)

    @property
    def _opened(self) -> Bool[Tensor, "B T_minus_1"]:
        return self.tokens[:, :-1] < N_OPENERS


def repeats(B: int, T: int = 40, *, shortest: int = 4, longest: int = 20) -> Repeats:
    """Draw B sequences of T syllables, each a phrase of `shortest` to `longest`, repeated.

    No syllable stands twice in a phrase, so that what followed it last time is one thing.
    """
    V = len(SYLLABLES)
    phrase = torch.rand(B, V - N_OPENERS).argsort(-1)[:, :longest]
    for before, here in zip(phrase.T, phrase.T[1:], strict=False):  # views: changed in place
        here[:] = torch.where(before < N_OPENERS, before + V - N_OPENERS, here)
    period = torch.randint(shortest, longest + 1, (B,))
    return Repeats(phrase.gather(1, torch.arange(T) % period[:, None]), period)


class Skills(NamedTuple):
    """Shares of next tokens that are foreseen: known from the sequence, and from the weights."""

    repeated: float
    paired: float


def skills(logits: Float[Tensor, "B T V"], heard: Repeats) -> Skills:
    """Judge scores of the next token by what could be known."""
    right = logits[:, :-1].argmax(-1) == heard.tokens[:, 1:]
    shares = (right[known].float().mean().item() for known in (heard.repeated, heard.paired))
    return Skills(*shares)
