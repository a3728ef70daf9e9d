"""Writing a sentence about a picture: each word attends to the patches before it is written."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from attncourse.attention import Attend, fused_attention, scaled_dot_product_attention
from attncourse.blocks import DecoderBlock
from attncourse.masks import causal_mask
from attncourse.positions import LearnedPositions
from attncourse.text import embed
from attncourse.transformer import Maps
from attncourse.vision.patches import PictureEncoder


class CaptionDecoder(nn.Module):
    """Score each next word from the words so far and from a memory of the picture.

    Args:
        vocab_size, T_max: number of words, and of positions.
        d_model, n_heads, n_layers: of the blocks.

    Derived in: lesson 13.
    """

    def __init__(
        self, vocab_size: int, T_max: int, d_model: int, n_heads: int = 4, n_layers: int = 1
    ):
        super().__init__()
        self.table = nn.Parameter(torch.randn(vocab_size, d_model) / d_model**0.5)
        self.positions = LearnedPositions(T_max, d_model)
        blocks = (DecoderBlock(d_model, n_heads, 2 * d_model) for _ in range(n_layers))
        self.blocks = nn.ModuleList(blocks)
        self.norm = nn.LayerNorm(d_model)
        self.score = nn.Linear(d_model, vocab_size)

    def forward(
        self, tokens: Int[Tensor, "B T"], memory: Float[Tensor, "B N d_model"]
    ) -> Float[Tensor, "B T vocab_size"]:
        """Return logits; row t scores what may follow tokens[: t + 1]."""
        return self.with_weights(tokens, memory, fused_attention)[0]

    def with_weights(
        self,
        tokens: Int[Tensor, "B T"],
        memory: Float[Tensor, "B N d_model"],
        attend: Attend = scaled_dot_product_attention,
    ) -> tuple[Float[Tensor, "B T vocab_size"], Maps]:
        """Return (logits, maps over the memory of each layer)."""
        T = tokens.shape[-1]
        x, mask, maps = embed(tokens, self.table) + self.positions(T), causal_mask(T), []
        for block in self.blocks:
            x, _, weights = block(x, memory, mask, attend=attend)
            maps.append(weights)
        return self.score(self.norm(x)), tuple(maps)


class Captioner(nn.Module):
    """See with one stack, write with the other.

    Source: Xu et al. 2015, with the blocks of Vaswani et al. 2017. Derived in: lesson 13.
    """

    def __init__(self, encoder: PictureEncoder, decoder: CaptionDecoder):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def see(self, images: Float[Tensor, "B C height width"]) -> Float[Tensor, "B N d_model"]:
        """Turn pictures into memories: a vector for each patch, without the class token."""
        return self.encoder(images, fused_attention)[0][:, 1:]

    def forward(
        self, images: Float[Tensor, "B C height width"], tokens: Int[Tensor, "B T"]
    ) -> Float[Tensor, "B T vocab_size"]:
        """Return logits, one row of scores per word."""
        return self.decoder(tokens, self.see(images))

    @torch.no_grad()
    def write(
        self, images: Float[Tensor, "B C height width"], n: int, *, bos: int
    ) -> tuple[Int[Tensor, "B T"], Maps]:
        """Write T = n words, each the likeliest after those before it.

        Returns: (tokens, maps of each layer: row t is from when word t was chosen).
        """
        memory = self.see(images)
        tokens = torch.full((len(images), 1), bos)
        for _ in range(n):
            next_token = self.decoder(tokens, memory)[:, -1:].argmax(-1)
            tokens = torch.cat((tokens, next_token), dim=1)
        return tokens[:, 1:], self.decoder.with_weights(tokens[:, :-1], memory)[1]
