"""Telling order."""

from typing import Literal

import torch
from einops import rearrange
from jaxtyping import Float, Real
from torch import Tensor, nn

_LAYOUTS = {"neighbours": "(i two)", "halves": "(two i)"}  # where the two numbers of a pair stand


def sinusoidal_encoding(
    T: int, d_model: int, *, base: float = 10_000.0
) -> Float[Tensor, "T d_model"]:
    """Write each position as hands of many clocks, from fast to slow; add it to the tokens.

    output[t, 2i] = sin(t · ω_i),  output[t, 2i + 1] = cos(t · ω_i),  ω_i = base^(−2i / d_model)

    Args:
        T: number of positions, counted from 0.
        d_model: width, even.
        base: sets the slowest clock.

    Returns: one row per position, in the default dtype.
    Raises: ValueError if d_model is odd.
    Source: Vaswani et al. 2017, section 3.5.
    Derived in: lesson 08.
    """
    angles = _angles(torch.arange(T, dtype=torch.get_default_dtype()), d_model, base)  # T i
    return rearrange([angles.sin(), angles.cos()], "two T i -> T (i two)")


class LearnedPositions(nn.Module):
    """A table with one trained row per position; takes the place of `sinusoidal_encoding`.

    Args:
        T_max: number of rows; nothing is known about later positions.
        d_model: width.

    Source: Gehring et al. 2017, section 3.1; Devlin et al. 2019.
    Derived in: lesson 08.
    """

    def __init__(self, T_max: int, d_model: int):
        super().__init__()
        self.table = nn.Parameter(torch.randn(T_max, d_model) / d_model**0.5)

    def forward(self, T: int) -> Float[Tensor, "T d_model"]:
        """Return the first T rows. Raises: ValueError if the table is shorter."""
        if len(self.table) < T:
            raise ValueError(f"T must be at most T_max; got {T} and {len(self.table)}")
        return self.table[:T]


def relative_bias(
    table: Float[Tensor, "*heads n_distances"], M: int, N: int
) -> Float[Tensor, "*heads M N"]:
    """Look up one number per signed distance and lay it out as an M × N bias on the scores.

    output[…, i, j] = table[…, R + clip(j − i, −R, R)]

    Args:
        table: 2R + 1 numbers, from R steps back to R steps ahead; leading axes are heads.
        M, N: numbers of queries and keys, both counted from the same first token.

    Returns: one bias per query and key, the same along each diagonal.
    Raises: ValueError if the table's last axis is even.
    Source: Shaw et al. 2018, section 3.2; Raffel et al. 2020, section 2.1.
    Derived in: lesson 08.
    """
    if table.shape[-1] % 2 == 0:
        raise ValueError(f"table must end in an odd axis, 2R + 1; got shape {tuple(table.shape)}")
    R = table.shape[-1] // 2
    return table[..., R + _distance(M, N, table.device).clamp(-R, R)]


def rotate(
    x: Float[Tensor, "*batch T d_k"],
    positions: Real[Tensor, "*#batch T"],
    *,
    base: float = 10_000.0,
    pairs: Literal["neighbours", "halves"] = "neighbours",
) -> Float[Tensor, "*batch T d_k"]:
    """Turn the pairs (0, 1), (2, 3), … of a vector by angles that grow with its position (RoPE).

    (x_2i, x_2i+1) is turned by t · ω_i,  ω_i = base^(−2i / d_k),  counter-clockwise

    Args:
        x: queries or keys, d_k even.
        positions: t of each vector.
        pairs: "neighbours", as in the paper and in Meta's Llama; "halves" (i, i + d_k / 2), as in
            GPT-NeoX and in Hugging Face's Transformers. Weights fit one of the two only.

    Returns: x turned: its length stays, and ⟨rotate(q, i), rotate(k, j)⟩ depends on i − j only.
    Raises: ValueError if d_k is odd, the number of positions is not T, or pairs is neither.
    Source: Su et al. 2021, section 3.2.2 and equation 34.
    Derived in: lesson 08.
    """
    if positions.shape[-1] != x.shape[-2]:
        raise ValueError(
            f"x and positions must share T; got {x.shape[-2]} and {positions.shape[-1]}"
        )
    if pairs not in _LAYOUTS:
        raise ValueError(f"pairs must be {' or '.join(_LAYOUTS)}; got {pairs!r}")
    precise = torch.promote_types(x.dtype, torch.float32)  # 16 bits cannot count past 256
    angles = _angles(positions.to(precise), x.shape[-1], base)  # … T i
    sin, cos = angles.sin().to(x.dtype), angles.cos().to(x.dtype)
    laid_out = _LAYOUTS[pairs]
    first, second = rearrange(x, f"... T {laid_out} -> two ... T i", two=2)
    turned = torch.stack((first * cos - second * sin, first * sin + second * cos))
    return rearrange(turned, f"two ... T i -> ... T {laid_out}")


class Rotation(nn.Module):
    """`rotate` for tokens 0 … T − 1, with the turns computed once: for a model in training.

    A pair of numbers is turned by multiplying it, as a complex number, by e^(i t ω).

    Args:
        T_max: number of positions; d_k: width of a query, even.

    Source: Su et al. 2021, equation 12. Derived in: lesson 08.
    """

    def __init__(self, T_max: int, d_k: int):
        super().__init__()
        angles = _angles(torch.arange(T_max, dtype=torch.float32), d_k, 10_000.0)
        self.register_buffer("turns", torch.polar(torch.ones_like(angles), angles), False)

    def forward(self, x: Float[Tensor, "*batch T d_k"]) -> Float[Tensor, "*batch T d_k"]:
        """Turn each vector by its position; half precision is turned in float32."""
        pairs = torch.view_as_complex(x.float().unflatten(-1, (-1, 2)).contiguous())
        return torch.view_as_real(pairs * self.turns[: x.shape[-2]]).flatten(-2).type_as(x)


def alibi_bias(n_heads: int, T: int) -> Float[Tensor, "H T T"]:
    """Take a fixed penalty per step of distance off the scores; each head has its own slope.

    output[h, i, j] = −2^(−8 (h + 1) / H) · |i − j|,  h = 0 … H − 1

    Args:
        n_heads: H, at least 1.
        T: number of tokens.

    Returns: one bias per head, 0 on the diagonal, in the default dtype.
    Raises: ValueError if there is no head.
    Source: Press, Smith, Lewis 2022, section 3; without their causal mask.
    Derived in: lesson 08.
    """
    if n_heads < 1:
        raise ValueError(f"n_heads must be at least 1; got {n_heads}")
    steps = torch.arange(1, n_heads + 1, dtype=torch.get_default_dtype())
    slopes = 2 ** (-8 * steps / n_heads)  # H
    return slopes[:, None, None] * -_distance(T, T).abs()


def _angles(positions: Tensor, width: int, base: float) -> Tensor:
    """t · base^(−2i / width) for every position t and pair i."""
    if width % 2:
        raise ValueError(f"the width must be even, two numbers per angle; got {width}")
    pairs = torch.arange(0, width, 2, dtype=positions.dtype, device=positions.device)
    return positions[..., None] * base ** (-pairs / width)


def _distance(M: int, N: int, device: torch.device | None = None) -> Tensor:
    """j − i for query i and key j."""
    return torch.arange(N, device=device) - torch.arange(M, device=device)[:, None]
