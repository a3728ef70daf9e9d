"""Composition only: encoder–decoder, GPT, BERT.

Every model is a stack of blocks between an embedding and a map back to the vocabulary. Calling a
model gives logits; `with_weights` gives its maps of attention too.
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from attncourse.blocks import DecoderBlock, EncoderBlock, LayerNorm
from attncourse.generation import generate
from attncourse.masks import causal_mask, padding_mask
from attncourse.positions import LearnedPositions, sinusoidal_encoding
from attncourse.text import embed

Maps = tuple[Float[Tensor, "B H _ _"], ...]  # one per layer, queries × keys


class Attention(NamedTuple):
    """The maps of an encoder–decoder, one B × H × M × N tensor per layer."""

    source: Maps
    target: Maps
    cross: Maps


class Transformer(nn.Module):
    """Read a source both ways, write a target from left to right, looking back at the source.

    Args:
        source_size, target_size: numbers of tokens in the two vocabularies.
        pad: the token that fills up short sources at their end; nobody looks at it.
        d_ff: width inside the feed-forward layers; 4 d_model if None.
        pre_norm: where the blocks normalise.

    Source: Vaswani et al. 2017, figure 1. Derived in: lesson 10.
    """

    def __init__(
        self,
        source_size: int,
        target_size: int,
        *,
        pad: int = 0,
        d_model: int = 64,
        n_heads: int = 4,
        n_layers: int = 2,
        d_ff: int | None = None,
        pre_norm: bool = True,
    ):
        super().__init__()
        self.pad = pad
        self.source = nn.Parameter(_table(source_size, d_model))
        self.target = nn.Parameter(_table(target_size, d_model))
        sizes = (d_model, n_heads, d_ff or 4 * d_model)
        norms = [LayerNorm(d_model) if pre_norm else nn.Identity() for _ in range(2)]
        self.norm_source, self.norm_target = norms  # post-norm blocks end in a norm already
        self.encoder, self.decoder = (
            nn.ModuleList(block(*sizes, pre_norm=pre_norm) for _ in range(n_layers))
            for block in (EncoderBlock, DecoderBlock)
        )
        self.unembed = nn.Linear(d_model, target_size)

    def forward(
        self, source: Int[Tensor, "B N"], target: Int[Tensor, "B M"]
    ) -> Float[Tensor, "B M target_size"]:
        """Return logits: row t scores what may follow target[: t + 1]."""
        return self.with_weights(source, target)[0]

    def with_weights(
        self, source: Int[Tensor, "B N"], target: Int[Tensor, "B M"]
    ) -> tuple[Float[Tensor, "B M target_size"], Attention]:
        """Return (logits, every map of attention)."""
        memory, source_maps = self.encode(source)
        logits, target_maps, cross_maps = self.decode(target, memory, self.source_mask(source))
        return logits, Attention(source_maps, target_maps, cross_maps)

    def encode(self, source: Int[Tensor, "B N"]) -> tuple[Float[Tensor, "B N d_model"], Maps]:
        """Turn a source into its memory, one vector per token."""
        x, mask, maps = _place(source, self.source), self.source_mask(source), []
        for block in self.encoder:
            x, weights = block(x, mask)
            maps.append(weights)
        return self.norm_source(x), tuple(maps)

    def decode(
        self,
        target: Int[Tensor, "B M"],
        memory: Float[Tensor, "B N d_model"],
        memory_mask: Bool[Tensor, "B 1 1 N"],
    ) -> tuple[Float[Tensor, "B M target_size"], Maps, Maps]:
        """Score what comes next, from the target so far and the memory."""
        x, mask, maps = _place(target, self.target), self.target_mask(target), []
        for block in self.decoder:
            x, weights, cross = block(x, memory, mask, memory_mask)
            maps.append((weights, cross))
        target_maps, cross_maps = zip(*maps, strict=True)
        return self.unembed(self.norm_target(x)), target_maps, cross_maps

    def write(
        self, source: Int[Tensor, "B N"], n: int, *, bos: int = 1
    ) -> Int[Tensor, "B n_written"]:
        """Write n tokens, the likeliest each time; what follows an end token means nothing."""
        memory, mask = self.encode(source)[0], self.source_mask(source)
        begin = source.new_full((len(source), 1), bos)
        written = generate(lambda so_far: self.decode(so_far, memory, mask)[0], begin, n, 0.0)
        return written[:, 1:]

    def source_mask(self, source: Int[Tensor, "B N"]) -> Bool[Tensor, "B 1 1 N"]:
        """Every token of a source may look at all of it, but not at the padding."""
        return _without_padding(source, self.pad)

    def target_mask(self, target: Int[Tensor, "B M"]) -> Bool[Tensor, "M M"]:
        """Every token of a target may look at itself and back; padding lies ahead of all."""
        return causal_mask(target.shape[-1], device=target.device)


class LanguageModel(nn.Module):
    """Embed, add positions, pass through blocks, score the vocabulary: what GPT and BERT share.

    The same table embeds the tokens and, transposed, scores them. Subclasses say who may look at
    whom: the one difference in their code.
    """

    def __init__(
        self, vocab_size: int, T_max: int, *, d_model: int = 64, n_heads: int = 4, n_layers: int = 2
    ):
        super().__init__()
        self.T_max = T_max
        self.table = nn.Parameter(_table(vocab_size, d_model))
        self.positions = LearnedPositions(T_max, d_model)
        blocks = (EncoderBlock(d_model, n_heads, 4 * d_model) for _ in range(n_layers))
        self.blocks = nn.ModuleList(blocks)
        self.norm = LayerNorm(d_model)

    def forward(self, tokens: Int[Tensor, "B T"]) -> Float[Tensor, "B T vocab_size"]:
        """Return logits, one row of scores per token."""
        return self.with_weights(tokens)[0]

    def with_weights(
        self, tokens: Int[Tensor, "B T"]
    ) -> tuple[Float[Tensor, "B T vocab_size"], Maps]:
        """Return (logits, every layer's map of attention)."""
        vectors, maps = self.encode(tokens)
        return self.score(vectors), maps

    def encode(self, tokens: Int[Tensor, "B T"]) -> tuple[Float[Tensor, "B T d_model"], Maps]:
        """Return (what the stack makes of each token, every layer's map of attention)."""
        x = embed(tokens, self.table) + self.positions(tokens.shape[-1])
        mask, maps = self.mask(tokens), []
        for block in self.blocks:
            x, weights = block(x, mask)
            maps.append(weights)
        return self.norm(x), tuple(maps)

    def score(self, vectors: Float[Tensor, "*batch d_model"]) -> Float[Tensor, "*batch vocab_size"]:
        """Turn vectors into logits; a loss may score only the tokens that it asks about."""
        return vectors @ self.table.mT


class GPT(LanguageModel):
    """A stack of blocks that reads only backwards, so that each row predicts the next token.

    Source: Radford et al. 2018, section 3.1; pre-norm as in Radford et al. 2019, section 2.3.
    Derived in: lesson 11.
    """

    def mask(self, tokens: Int[Tensor, "B T"]) -> Bool[Tensor, "T T"]:
        """Look at yourself and back."""
        return causal_mask(tokens.shape[-1], device=tokens.device)


class BERT(LanguageModel):
    """The same stack reading both ways, so that each row can fill in its own blank.

    Source: Devlin et al. 2019, section 3; with pre-norm and without segments.
    Derived in: lesson 11.
    """

    def __init__(self, vocab_size: int, T_max: int, *, pad: int = 0, **sizes: int):
        super().__init__(vocab_size, T_max, **sizes)
        self.pad = pad

    def mask(self, tokens: Int[Tensor, "B T"]) -> Bool[Tensor, "B 1 1 T"]:
        """Look everywhere but at padding."""
        return _without_padding(tokens, self.pad)


def _table(size: int, d_model: int) -> Tensor:
    return torch.randn(size, d_model) / d_model**0.5  # rows of length 1, so scores start small


def _place(tokens: Tensor, table: Tensor) -> Tensor:
    """Embed tokens at the size of the positions, and add those."""
    T, d_model = tokens.shape[-1], table.shape[-1]
    return embed(tokens, table) * d_model**0.5 + sinusoidal_encoding(T, d_model).to(table)


def _without_padding(tokens: Tensor, pad: int) -> Tensor:
    return padding_mask((tokens != pad).sum(-1), tokens.shape[-1])[:, None]
