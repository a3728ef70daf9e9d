"""Masked softmax and the weighted sum."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from attncourse.scoring import scaled_dot_score


def masked_softmax(
    scores: Float[Tensor, "*batch M N"], mask: Bool[Tensor, "..."] | None = None
) -> Float[Tensor, "*batch M N"]:
    """Turn each row of scores into weights that sum to 1 over the keys the query may look at.

    α_ij = m_ij exp(a_ij) / Σ_n m_in exp(a_in); zeros in a row that may look at nothing

    Args:
        scores: one row per query, one column per key.
        mask: True = may look; any shape that broadcasts to the scores'. None: look everywhere.

    Raises: ValueError if the mask is not bool or does not broadcast to the scores.
    Derived in: lesson 04.
    """
    if mask is None:
        return torch.softmax(scores, dim=-1)
    _require_mask(mask, scores)
    blind = ~mask.any(dim=-1, keepdim=True)  # queries that may look at nothing
    hidden = torch.where(mask | blind, 0.0, -torch.inf).to(scores.dtype)  # never a row of −inf
    weights = torch.softmax(scores + hidden, dim=-1)  # adding costs one pass, and none backward
    return weights.masked_fill(blind, 0.0) if blind.any() else weights


def scaled_dot_product_attention(
    query: Float[Tensor, "*batch M d_k"],
    key: Float[Tensor, "*batch N d_k"],
    value: Float[Tensor, "*batch N d_v"],
    mask: Bool[Tensor, "..."] | None = None,
    *,
    bias: Float[Tensor, "..."] | None = None,
) -> tuple[Float[Tensor, "*batch M d_v"], Float[Tensor, "*batch M N"]]:
    """Answer each query with the average of the values, weighted by how well the keys fit.

    O = softmax(Q Kᵀ / √d_k + bias) V

    Args:
        query, key, value: M questions, N keys and the N values behind them.
        mask: True = may look; broadcasts to (*batch, M, N).
        bias: what positions add to the scores (lesson 08); broadcasts likewise.

    Returns: (output, weights).
    Raises: ValueError if sizes do not fit or the mask is not bool.
    Source: Vaswani et al. 2017, equation 1. Derived in: lesson 04.
    """
    if key.shape[:-1] != value.shape[:-1]:
        got = f"{tuple(key.shape[:-1])} and {tuple(value.shape[:-1])}"
        raise ValueError(f"key and value must share their batch axes and N; got {got}")
    scores = scaled_dot_score(query, key)
    weights = masked_softmax(scores if bias is None else scores + bias, mask)
    return weights @ value, weights


def _require_mask(mask: Tensor, scores: Tensor) -> None:
    if mask.dtype != torch.bool:
        raise ValueError(f"mask must be bool, True = may look; got {mask.dtype}")
    sizes = zip(reversed(mask.shape), reversed(scores.shape), strict=False)
    if mask.ndim > scores.ndim or any(m not in (1, n) for m, n in sizes):
        got = f"{tuple(mask.shape)} and {tuple(scores.shape)}"
        raise ValueError(f"mask must broadcast to the scores; got {got}")
