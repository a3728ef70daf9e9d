"""Composition only: the encoder–decoder Transformer.

A stack of blocks stands between an embedding and a map back to the vocabulary. Calling the model
gives logits, and no layer makes weights; `with_weights` gives every map of attention, too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from attncourse.attention import Attend, fused_attention, scaled_dot_product_attention
from attncourse.blocks import Block, DecoderBlock, scale_residuals
from attncourse.masks import causal_mask, padding_mask
from attncourse.positions import sinusoidal_encoding

Maps = tuple[Float[Tensor, "B H _ _"] | None, ...]  # one per layer, queries × keys


@dataclass(frozen=True)
class Sizes:
    """How wide, how deep and how long: what every model of blocks takes by name.

    Attributes:
        d_ff: width inside the feed-forward layers; 4 d_model if None.
        T_max: the longest sequence that the model can read: its context.
        pre_norm, dropout, activation: as in `Block`.
    """

    d_model: int = 64
    n_heads: int = 4
    n_layers: int = 2
    d_ff: int | None = None
    T_max: int = 256
    pre_norm: bool = True
    dropout: float = 0.0
    activation: Callable[[Tensor], Tensor] = F.relu

    def stack(self, block: type) -> nn.ModuleList:
        """Make n_layers blocks, scaled so that the stack starts quietly."""
        sizes = (self.d_model, self.n_heads, self.d_ff or 4 * self.d_model)
        names = ("pre_norm", "dropout", "activation")
        options = {name: getattr(self, name) for name in names}
        stack = nn.ModuleList(block(*sizes, **options) for _ in range(self.n_layers))
        scale_residuals(stack)
        return stack

    def last_norm(self) -> nn.Module:
        """Make the norm after a stack; post-norm blocks end in one already."""
        return nn.LayerNorm(self.d_model) if self.pre_norm else nn.Identity()


class Embedding(nn.Module):
    """Look up each token's vector and add its position: x_t = √d_model · table[token_t] + p_t.

    Source: Vaswani et al. 2017, sections 3.4 and 3.5.
    """

    def __init__(self, size: int, sizes: Sizes):
        super().__init__()
        self.table = token_table(size, sizes.d_model)
        positions = sinusoidal_encoding(sizes.T_max, sizes.d_model)
        self.register_buffer("positions", positions, persistent=False)  # computed once
        self.dropout = nn.Dropout(sizes.dropout)

    def forward(self, tokens: Int[Tensor, "B T"]) -> Float[Tensor, "B T d_model"]:
        """Raises: ValueError if there are more tokens than positions."""
        T, d_model = tokens.shape[-1], self.positions.shape[-1]
        if len(self.positions) < T:
            raise ValueError(f"T must be at most T_max; got {T} and {len(self.positions)}")
        return self.dropout(look_up(tokens, self.table) * d_model**0.5 + self.positions[:T])


class Attention(NamedTuple):
    """The maps of an encoder–decoder, one B × H × M × N tensor per layer."""

    source: Maps
    target: Maps
    cross: Maps


class Transformer(nn.Module):
    """Read a source in both directions; write a target from left to right, attending to both.

    Args:
        source_size, target_size: numbers of tokens in the two vocabularies.
        pad: the token that fills up short sources at their end; nothing attends to it.
        sizes: the fields of `Sizes`.

    Source: Vaswani et al. 2017, figure 1. Derived in: lesson 10.
    """

    def __init__(self, source_size: int, target_size: int, *, pad: int = 0, **sizes):
        super().__init__()
        shape = Sizes(**sizes)
        self.pad, self.T_max = pad, shape.T_max
        self.source, self.target = Embedding(source_size, shape), Embedding(target_size, shape)
        self.encoder, self.decoder = shape.stack(Block), shape.stack(DecoderBlock)
        self.norm_source, self.norm_target = shape.last_norm(), shape.last_norm()
        self.unembed = nn.Linear(shape.d_model, target_size)

    def forward(
        self, source: Int[Tensor, "B N"], target: Int[Tensor, "B M"]
    ) -> Float[Tensor, "B M target_size"]:
        """Return logits: row t scores what may follow target[: t + 1]."""
        memory, _ = self.encode(source, attend=fused_attention)
        return self.decode(target, memory, self.source_mask(source), attend=fused_attention)[0]

    def with_weights(
        self, source: Int[Tensor, "B N"], target: Int[Tensor, "B M"]
    ) -> tuple[Float[Tensor, "B M target_size"], Attention]:
        """Return (logits, every map of attention)."""
        memory, source_maps = self.encode(source)
        logits, target_maps, cross_maps = self.decode(target, memory, self.source_mask(source))
        return logits, Attention(source_maps, target_maps, cross_maps)

    def encode(
        self, source: Int[Tensor, "B N"], *, attend: Attend = scaled_dot_product_attention
    ) -> tuple[Float[Tensor, "B N d_model"], Maps]:
        """Turn a source into its memory, one vector per token."""
        x, mask, maps = self.source(source), self.source_mask(source), []
        for block in self.encoder:
            x, weights = block(x, mask, attend=attend)
            maps.append(weights)
        return self.norm_source(x), tuple(maps)

    def decode(
        self,
        target: Int[Tensor, "B M"],
        memory: Float[Tensor, "B N d_model"],
        memory_mask: Bool[Tensor, "B 1 1 N"],
        *,
        attend: Attend = scaled_dot_product_attention,
    ) -> tuple[Float[Tensor, "B M target_size"], Maps, Maps]:
        """Score what comes next, from the target so far and the memory."""
        x, mask, maps = self.target(target), self.target_mask(target), []
        for block in self.decoder:
            x, weights, cross = block(x, memory, mask, memory_mask, attend=attend)
            maps.append((weights, cross))
        target_maps, cross_maps = zip(*maps, strict=True)
        return self.unembed(self.norm_target(x)), target_maps, cross_maps

    @torch.no_grad()
    def write(
        self, source: Int[Tensor, "B N"], n: int, *, bos: int = 1, eos: int = 2
    ) -> Int[Tensor, "B n_written"]:
        """Write up to n tokens, the likeliest each time; what follows an eos means nothing."""
        memory, mask = self.encode(source, attend=fused_attention)[0], self.source_mask(source)
        written = source.new_full((len(source), 1), bos)
        while written.shape[1] <= n and not (written == eos).any(-1).all():
            logits = self.decode(written, memory, mask, attend=fused_attention)[0]
            written = torch.cat([written, logits[:, -1:].argmax(-1)], dim=-1)
        return written[:, 1:]

    def source_mask(self, source: Int[Tensor, "B N"]) -> Bool[Tensor, "B 1 1 N"]:
        """Every token of a source attends to all of it, but not to the padding."""
        return without_padding(source, self.pad)

    def target_mask(self, target: Int[Tensor, "B M"]) -> Bool[Tensor, "M M"]:
        """Every token of a target attends to itself and to earlier ones; padding comes later."""
        return causal_mask(target.shape[-1], device=target.device)


def token_table(size: int, d_model: int) -> nn.Embedding:
    """Make a table of vectors of length about 1, so that scores start small."""
    table = nn.Embedding(size, d_model)
    nn.init.normal_(table.weight, std=d_model**-0.5)
    return table


def look_up(tokens: Int[Tensor, "*batch T"], table: nn.Embedding) -> Float[Tensor, "*batch T d"]:
    """Return each token's row; a ValueError says which tokens have none."""
    try:
        return table(tokens)
    except IndexError:
        got = f"{tokens.min()} … {tokens.max()}"
        rule = f"tokens must lie in 0 … {table.num_embeddings - 1}"
        raise ValueError(f"{rule}; got {got}") from None


def without_padding(tokens: Int[Tensor, "B T"], pad: int) -> Bool[Tensor, "B 1 1 T"]:
    """Let every query attend to the tokens before the padding."""
    return padding_mask((tokens != pad).sum(-1), tokens.shape[-1])[:, None]
