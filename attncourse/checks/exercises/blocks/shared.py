"""What the exercises on blocks share."""

import torch

from attncourse.masks import causal_mask, padding_mask


def block_masks(T=5):
    padding = padding_mask(torch.tensor([5, 3]), T)[:, None]
    blind = torch.ones(T, T, dtype=torch.bool)
    blind[2] = False
    return causal_mask(T), padding, blind


PRE_NORM = (
    "That is the post-norm block of the first Transformer. We ask for pre-norm: normalise what "
    "enters a sublayer, and add the result to x as it was."
)
