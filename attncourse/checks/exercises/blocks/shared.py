"""What the exercises on blocks share."""

from functools import cache

import torch
from torch import nn

from attncourse.masks import causal_mask, padding_mask


@cache
def kept(kind: type[nn.Module], *sizes: int, number: int = 1) -> nn.Module:
    """A part of a rewrite, made once: each case loads its parameters into it, and nothing stays.

    To make it anew for each known mistake takes longer than to call it.
    """
    return kind(*sizes)


def block_masks(T=5):
    padding = padding_mask(torch.tensor([5, 3]), T)[:, None]
    blind = torch.ones(T, T, dtype=torch.bool)
    blind[2] = False
    return causal_mask(T), padding, blind


PRE_NORM = (
    "That is the post-norm block of the first Transformer. We ask for pre-norm: normalise what "
    "enters a sublayer, and add the result to x as it was."
)
