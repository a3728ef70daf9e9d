"""What a query may attend to; True = may attend.

A mask has one row per query and one column per key. Masks combine with `&`, and broadcast:
a missing or one-sized axis serves every batch element, head or query.
"""

import torch
from jaxtyping import Bool, Int
from torch import Tensor


def causal_mask(T: int, *, device: torch.device | str | None = None) -> Bool[Tensor, "{T} {T}"]:
    """Let each position attend to itself and to everything before it.

    m_ij = (j ≤ i)

    Args:
        T: length of the sequence, in positions.
        device: where the mask is made; the default device if None.

    Returns: lower triangle of True, diagonal included.
    Derived in: lesson 04.
    """
    if T < 0:
        raise ValueError(f"T must not be negative; got {T}")
    return torch.ones(T, T, dtype=torch.bool, device=device).tril()


def padding_mask(lengths: Int[Tensor, "*batch"], N: int) -> Bool[Tensor, "*batch 1 {N}"]:
    """Let every query attend to the first `lengths` keys and to none of the padding after them.

    m_bj = (j < lengths_b), the same for every query

    Args:
        lengths: number of real keys in each sequence, 0 … N.
        N: number of keys after padding.

    Returns: one row per sequence, which broadcasts to scores of shape (*batch, M, N).
    Derived in: lesson 04.
    """
    if lengths.numel() and not 0 <= lengths.min() <= lengths.max() <= N:
        raise ValueError(f"every length must lie in 0 … {N}; got {lengths.tolist()}")
    return torch.arange(N, device=lengths.device) < lengths[..., None, None]
