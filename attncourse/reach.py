"""Longer texts: positions that were never trained, weights that spread, and a smaller cache."""

import math
from typing import Literal

import torch
from einops import einsum
from jaxtyping import Bool, Float, Real
from torch import Tensor, nn

from attncourse.attention import masked_softmax

Way = Literal["plain", "interpolated", "ntk"]


def scaled_rope(
    positions: Real[Tensor, "*batch T"],
    d_k: int,
    factor: float,
    way: Way = "plain",
    *,
    base: float = 10_000.0,
) -> Float[Tensor, "*batch T half_d_k"]:
    """Angles by which RoPE turns each pair, for texts `factor` times as long as in training.

    plain: t · base^(−2i/d_k);  interpolated: the same with t / factor;
    ntk: the same with base · factor^(d_k/(d_k − 2)): the slowest pair turns `factor` times more
    slowly, the fastest as before

    Args: factor, 1 or more; way, as above.
    Raises: ValueError if d_k is odd or the way has no name.
    Source: Chen et al. 2023 (interpolated); bloc97 2023 and Peng et al. 2024, section 3.1 (ntk).
    Derived in: lesson 17.
    """
    if d_k % 2 or way not in ("plain", "interpolated", "ntk"):
        raise ValueError(f"needs an even d_k and a known way; got {d_k} and {way!r}")
    positions = positions.to(torch.promote_types(positions.dtype, torch.float32))
    if way == "interpolated":
        positions = positions / factor
    if way == "ntk":
        base *= factor ** (d_k / max(d_k - 2, 1))
    pairs = torch.arange(0, d_k, 2, dtype=positions.dtype)
    return positions[..., None] * base ** (-pairs / d_k)


class ScaledRotation(nn.Module):
    """Turn queries and keys by `scaled_rope`: takes the place of a trained model's `Rotation`.

    Args: T, number of tokens; the others as in `scaled_rope`.
    """

    def __init__(self, T: int, d_k: int, factor: float, way: Way = "plain"):
        super().__init__()
        angles = scaled_rope(torch.arange(T), d_k, factor, way)
        self.register_buffer("turns", torch.polar(torch.ones_like(angles), angles), False)

    def forward(self, x: Float[Tensor, "*batch T d_k"]) -> Float[Tensor, "*batch T d_k"]:
        """Turn the pairs of each vector by its position's angles."""
        pairs = torch.view_as_complex(x.unflatten(-1, (-1, 2)).contiguous())
        return torch.view_as_real(pairs * self.turns[: x.shape[-2]]).flatten(-2)


def sink_mask(T: int, window: int, n_first: int) -> Bool[Tensor, "{T} {T}"]:
    """A causal window that never loses the first tokens, where idle heads rest.

    m_ij = j ≤ i and (i − window < j or j < n_first)

    Source: Xiao et al. 2024 ("attention sinks"), section 3.2. Derived in: lesson 17.
    """
    place = torch.arange(T)
    back = place[:, None] - place
    return (back >= 0) & ((back < window) | (place < n_first))


def weight_of_the_best(lead: float, N: int) -> float:
    """Weight of one key whose score leads N − 1 equal others by `lead`: e^l / (e^l + N − 1).

    Source: Veličković et al. 2024 ("softmax is not enough"), section 4. Derived in: lesson 17.
    """
    return 1 / (1 + (N - 1) * math.exp(-lead))


def latent_attention(
    query: Float[Tensor, "*batch H M d_k"],
    latent: Float[Tensor, "*batch N d_c"],
    W_uk: Float[Tensor, "H d_c d_k"],
    W_uv: Float[Tensor, "H d_c d_v"],
    mask: Bool[Tensor, "..."] | None = None,
) -> tuple[Float[Tensor, "*batch H M d_v"], Float[Tensor, "*batch H M N"]]:
    """Attend to latents directly; keys and values are never made (MLA, absorbed).

    keys k_h = c W_uk[h] and values v_h = c W_uv[h] of head h, but computed as
    a = (q W_uk[h]ᵀ) cᵀ / √d_k,  o = (softmax(a) c) W_uv[h]

    Args: latent, c: all that is kept of each token, for all heads.
    Returns: (output, weights), equal to `unpacked_attention`'s.
    Source: DeepSeek-AI 2024 ("DeepSeek-V2"), section 2.1.2; without its decoupled RoPE.
    Derived in: lesson 17.
    """
    asked = einsum(query, W_uk, "... H M d_k, H d_c d_k -> ... H M d_c")
    scores = asked @ latent.unsqueeze(-3).mT / query.shape[-1] ** 0.5  # … H M N
    weights = masked_softmax(scores, mask)
    mixed = weights @ latent.unsqueeze(-3)  # … H M d_c
    return einsum(mixed, W_uv, "... H M d_c, H d_c d_v -> ... H M d_v"), weights


def unpacked_attention(
    query: Float[Tensor, "*batch H M d_k"],
    latent: Float[Tensor, "*batch N d_c"],
    W_uk: Float[Tensor, "H d_c d_k"],
    W_uv: Float[Tensor, "H d_c d_v"],
    mask: Bool[Tensor, "..."] | None = None,
) -> tuple[Float[Tensor, "*batch H M d_v"], Float[Tensor, "*batch H M N"]]:
    """The same, with every head's keys and values made from the latents first."""
    key = einsum(latent, W_uk, "... N d_c, H d_c d_k -> ... H N d_k")
    value = einsum(latent, W_uv, "... N d_c, H d_c d_v -> ... H N d_v")
    weights = masked_softmax(query @ key.mT / query.shape[-1] ** 0.5, mask)
    return weights @ value, weights
