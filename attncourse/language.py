"""Composition only: GPT and BERT, one stack of blocks under two masks.

A GPT is called *decoder-only*. Its block is a Transformer's decoder block without cross-attention,
for there is no source to attend to; and that is the encoder's `Block` under a causal mask. So one
`Block` serves the encoder, BERT and GPT.
"""

import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from attncourse.attention import Attend, fused_attention, scaled_dot_product_attention
from attncourse.blocks import Block
from attncourse.generation import next_token_loss
from attncourse.masks import causal_mask
from attncourse.positions import Rotation
from attncourse.transformer import Maps, Sizes, look_up, without_padding


class LanguageModel(nn.Module):
    """Embed, pass through blocks, score the vocabulary: what GPT and BERT share.

    Positions turn the queries and keys of every block (RoPE). Subclasses say which tokens each may
    attend to: the one difference in their code.

    Args:
        T_max: the longest sequence that the model can read: its context.
        sizes: the other fields of `Sizes`; the activation is GELU.
    """

    def __init__(self, vocab_size: int, T_max: int, **sizes):
        super().__init__()
        shape = Sizes(**{"activation": F.gelu} | sizes, T_max=T_max)
        self.T_max = T_max
        self.table = nn.Embedding(vocab_size, shape.d_model)
        self.rotate = Rotation(T_max, shape.d_model // shape.n_heads)
        self.dropout = nn.Dropout(shape.dropout)
        self.blocks = shape.stack(Block)
        self.norm = shape.last_norm()
        self.unembed = nn.Linear(shape.d_model, vocab_size, bias=False)
        nn.init.zeros_(self.unembed.weight)  # at first, all tokens are alike

    def forward(self, tokens: Int[Tensor, "B T"]) -> Float[Tensor, "B T vocab_size"]:
        """Return logits, one row of scores per token."""
        return self.score(self.encode(tokens, attend=fused_attention)[0])

    def with_weights(
        self, tokens: Int[Tensor, "B T"]
    ) -> tuple[Float[Tensor, "B T vocab_size"], Maps]:
        """Return (logits, every layer's map of attention)."""
        vectors, maps = self.encode(tokens)
        return self.score(vectors), maps

    def encode(
        self, tokens: Int[Tensor, "B T"], *, attend: Attend = scaled_dot_product_attention
    ) -> tuple[Float[Tensor, "B T d_model"], Maps]:
        """Return (what the stack makes of each token, every layer's map of attention)."""
        if tokens.shape[-1] > self.T_max:
            raise ValueError(f"T must be at most T_max; got {tokens.shape[-1]} and {self.T_max}")
        x, mask, maps = self.dropout(look_up(tokens, self.table)), self.mask(tokens), []
        for block in self.blocks:
            x, weights = block(x, mask, rotate=self.rotate, attend=attend)
            maps.append(weights)
        return self.norm(x), tuple(maps)

    def score(self, vectors: Float[Tensor, "*batch d_model"]) -> Float[Tensor, "*batch vocab_size"]:
        """Turn vectors into logits; a loss may score only the tokens that it asks about."""
        return self.unembed(vectors)


class GPT(LanguageModel):
    """A stack of blocks that attends only backwards, so that each row predicts the next token.

    Source: Radford et al. 2018, section 3.1; pre-norm as in Radford et al. 2019, section 2.3.
    Derived in: lesson 11.
    """

    def mask(self, tokens: Int[Tensor, "B T"]) -> Bool[Tensor, "T T"]:
        """Attend to yourself and to earlier tokens."""
        return causal_mask(tokens.shape[-1], device=tokens.device)

    def loss(self, tokens: Int[Tensor, "B T"]) -> Float[Tensor, ""]:
        """Mean surprise at each next token, in nats."""
        return next_token_loss(self(tokens), tokens)


class BERT(LanguageModel):
    """The same stack attending both ways, so that each row can fill in its own blank.

    Source: Devlin et al. 2019, section 3; with pre-norm and without segments.
    Derived in: lesson 11.
    """

    def __init__(self, vocab_size: int, T_max: int, *, pad: int = 0, **sizes):
        super().__init__(vocab_size, T_max, **sizes)
        self.pad = pad

    def mask(self, tokens: Int[Tensor, "B T"]) -> Bool[Tensor, "B 1 1 T"]:
        """Attend to everything but padding."""
        return without_padding(tokens, self.pad)
