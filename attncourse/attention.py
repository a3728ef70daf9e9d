"""Masked softmax and the weighted sum.

Attention returns `(output, weights)`. Who needs no weights hands in `fused_attention` instead: the
same output from one kernel, and None for the weights, because nobody made them.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from attncourse.masks import causal_mask
from attncourse.scoring import scaled_dot_score

# (query, key, value, mask, bias=…) → (output, weights), or (output, None) where none were made.
Attend = Callable[..., tuple[Tensor, Tensor | None]]


def masked_softmax(
    scores: Float[Tensor, "*batch M N"], mask: Bool[Tensor, "..."] | None = None
) -> Float[Tensor, "*batch M N"]:
    """Turn each row of scores into weights that sum to 1 over the keys the query may attend to.

    α_ij = m_ij exp(a_ij) / Σ_n m_in exp(a_in); zeros in a row that may attend to nothing

    Args:
        scores: one row per query, one column per key.
        mask: True = may attend; any shape that broadcasts to the scores'. None: attend to all.

    Raises: ValueError if the mask is not bool or does not broadcast to the scores.
    Derived in: lesson 04.
    """
    return _softmax_over(scores if mask is None else scores.clone(), mask)


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
        mask: True = may attend; broadcasts to (*batch, M, N).
        bias: what positions add to the scores (lesson 08); broadcasts likewise.

    Returns: (output, weights).
    Raises: ValueError if sizes do not fit or the mask is not bool.
    Source: Vaswani et al. 2017, equation 1. Derived in: lesson 04.
    """
    if key.shape[:-1] != value.shape[:-1]:
        got = f"{tuple(key.shape[:-1])} and {tuple(value.shape[:-1])}"
        raise ValueError(f"key and value must share their batch axes and N; got {got}")
    scores = scaled_dot_score(query, key)
    weights = _softmax_over(scores if bias is None else scores + bias, mask)
    return weights @ value, weights


def fused_attention(
    query: Float[Tensor, "*batch M d_k"],
    key: Float[Tensor, "*batch N d_k"],
    value: Float[Tensor, "*batch N d_v"],
    mask: Bool[Tensor, "..."] | None = None,
    *,
    bias: Float[Tensor, "..."] | None = None,
) -> tuple[Float[Tensor, "*batch M d_v"], None]:
    """Compute the same output in PyTorch's fused kernel, which never stores the M × N weights.

    Args: as `scaled_dot_product_attention`.
    Returns: (output, None): what was not made cannot be returned.
    Source: Dao et al. 2022 (the kernel's idea, lesson 15).
    """
    if bias is None and _is_causal(mask):  # the kernel then skips the future instead of hiding it
        return F.scaled_dot_product_attention(query, key, value, is_causal=True), None
    if bias is not None and mask is not None:
        bias = torch.where(mask, bias, -torch.inf)
    hidden = mask if bias is None else bias
    return F.scaled_dot_product_attention(query, key, value, attn_mask=hidden), None


def _softmax_over(scores: Tensor, mask: Tensor | None) -> Tensor:
    """`masked_softmax`, which may overwrite the scores: at long lengths memory costs most."""
    if mask is None:
        return torch.softmax(scores, dim=-1)
    _require_mask(mask, scores)
    blind = ~mask.any(dim=-1, keepdim=True)  # queries that may attend to nothing
    hidden = torch.where(mask | blind, 0.0, -torch.inf).to(scores.dtype)  # never a row of −inf
    weights = torch.softmax(scores.add_(hidden), dim=-1)
    return weights.masked_fill(blind, 0.0) if blind.any() else weights


def _is_causal(mask: Tensor | None) -> bool:
    square = mask is not None and mask.ndim == 2 and mask.shape[0] == mask.shape[1]
    return square and torch.equal(mask, causal_mask(len(mask), device=mask.device))


def _require_mask(mask: Tensor, scores: Tensor) -> None:
    if mask.dtype != torch.bool:
        raise ValueError(f"mask must be bool, True = may attend; got {mask.dtype}")
    sizes = zip(reversed(mask.shape), reversed(scores.shape), strict=False)
    if mask.ndim > scores.ndim or any(m not in (1, n) for m, n in sizes):
        got = f"{tuple(mask.shape)} and {tuple(scores.shape)}"
        raise ValueError(f"mask must broadcast to the scores; got {got}")
