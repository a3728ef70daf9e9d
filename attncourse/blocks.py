"""One layer of a Transformer: attend, transform, add, normalise.

Each sublayer adds something to a token's vector and leaves the rest as it was: what runs from the
first block to the last is the *residual stream*. Nothing here is a second attention.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import LayerNorm

from attncourse.attention import Attend, scaled_dot_product_attention
from attncourse.loading import copy_layer
from attncourse.multihead import MultiHeadAttention


def layer_norm(
    x: Float[Tensor, "*batch d_model"],
    gain: Float[Tensor, " d_model"],
    bias: Float[Tensor, " d_model"],
    eps: float = 1e-5,
) -> Float[Tensor, "*batch d_model"]:
    """Bring each vector to mean 0 and variance 1; then stretch and shift its entries.

    output = (x − μ) / √(σ² + eps) · gain + bias,  μ and σ² over the d_model entries

    Blocks use `nn.LayerNorm`: the same numbers, computed and differentiated in one pass.

    Args:
        x: vectors; each is normalised on its own, whatever stands beside it.
        gain, bias: one number per entry, learned.
        eps: keeps a vector of equal entries from a division by zero.

    Source: Ba, Kiros, Hinton 2016, equation 4. Derived in: lesson 10.
    """
    if not x.shape[-1:] == gain.shape == bias.shape:
        got = f"{x.shape[-1]}, {tuple(gain.shape)} and {tuple(bias.shape)}"
        raise ValueError(f"x, gain and bias must share d_model; got {got}")
    centred = x - x.mean(dim=-1, keepdim=True)
    variance = centred.square().mean(dim=-1, keepdim=True)
    return centred / (variance + eps).sqrt() * gain + bias


class FeedForward(nn.Module):
    """Transform each token alone: W_2 f(W_1 x), wider inside than outside.

    Args:
        activation: f, ReLU in the first Transformer, GELU in GPT and BERT.

    Source: Vaswani et al. 2017, equation 2; Hendrycks and Gimpel 2016 (GELU).
    Derived in: lesson 10.
    """

    def __init__(self, d_model: int, d_ff: int, activation: Callable[[Tensor], Tensor] = F.relu):
        super().__init__()
        self.W_1 = nn.Linear(d_model, d_ff)
        self.W_2 = nn.Linear(d_ff, d_model)
        self.activation = activation

    def forward(self, x: Float[Tensor, "*batch d_model"]) -> Float[Tensor, "*batch d_model"]:
        """Widen, bend, narrow."""
        return self.W_2(self.activation(self.W_1(x)))


class Block(nn.Module):
    """Tokens attend to each other, then each is transformed alone; both are added to the stream.

    pre-norm: x + attention(norm(x)), then x + feed_forward(norm(x))
    post-norm: norm(x + attention(x)), then norm(x + feed_forward(x))

    Args:
        pre_norm: normalise what enters a sublayer, or the sum that leaves it.
        dropout: share of what a sublayer adds that is set to 0 in training.
        activation: of the feed-forward layer.

    Source: Vaswani et al. 2017, section 3.1 (post); Xiong et al. 2020, figure 1 (pre).
    Derived in: lesson 10.
    """

    def __init__(
        self,
        d_model: int,
        n_heads: int,
        d_ff: int,
        *,
        pre_norm: bool = True,
        dropout: float = 0.0,
        activation: Callable[[Tensor], Tensor] = F.relu,
    ):
        super().__init__()
        self.attention = MultiHeadAttention(d_model, n_heads)
        self.feed_forward = FeedForward(d_model, d_ff, activation)
        self.norm_1, self.norm_2 = LayerNorm(d_model), LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)
        self.pre_norm = pre_norm

    def forward(
        self,
        x: Float[Tensor, "*batch T d_model"],
        mask: Bool[Tensor, "..."] | None = None,
        *,
        rotate: Callable[[Tensor], Tensor] | None = None,
        attend: Attend = scaled_dot_product_attention,
    ) -> tuple[Float[Tensor, "*batch T d_model"], Float[Tensor, "*batch H T T"] | None]:
        """Return (output, weights); with a causal mask this is the block of a GPT.

        Args: rotate, attend: as in `MultiHeadAttention.forward`.
        """
        how = {"rotate": rotate, "attend": attend}
        if self.pre_norm:
            normal = self.norm_1(x)
            attended, weights = self.attention(normal, normal, normal, mask, **how)
            x = x + self.dropout(attended)
            return x + self.dropout(self.feed_forward(self.norm_2(x))), weights
        attended, weights = self.attention(x, x, x, mask, **how)
        x = self.norm_1(x + self.dropout(attended))
        return self.norm_2(x + self.dropout(self.feed_forward(x))), weights

    @classmethod
    def from_torch(cls, layer: nn.TransformerEncoderLayer) -> "Block":
        """Copy PyTorch's layer; a ValueError names an option that a block does not have."""
        return copy_layer(layer, cls, {"attention": layer.self_attn})


class DecoderBlock(nn.Module):
    """Tokens attend to earlier ones, then to a memory, then each is transformed alone.

    pre-norm: x + attention(norm(x)), then x + cross_attention(norm(x), memory), then
        x + feed_forward(norm(x)); post-norm: the same with norm(x + …) around each sum instead

    Args: as `Block`.
    Source: Vaswani et al. 2017, section 3.1. Derived in: lesson 10.
    """

    def __init__(
        self,
        d_model: int,
        n_heads: int,
        d_ff: int,
        *,
        pre_norm: bool = True,
        dropout: float = 0.0,
        activation: Callable[[Tensor], Tensor] = F.relu,
    ):
        super().__init__()
        self.attention = MultiHeadAttention(d_model, n_heads)
        self.cross_attention = MultiHeadAttention(d_model, n_heads)
        self.feed_forward = FeedForward(d_model, d_ff, activation)
        self.norm_1, self.norm_2 = LayerNorm(d_model), LayerNorm(d_model)
        self.norm_3 = LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)
        self.pre_norm = pre_norm

    def forward(
        self,
        x: Float[Tensor, "*batch M d_model"],
        memory: Float[Tensor, "*batch N d_model"],
        mask: Bool[Tensor, "..."] | None = None,
        memory_mask: Bool[Tensor, "..."] | None = None,
        *,
        attend: Attend = scaled_dot_product_attention,
    ) -> tuple[
        Float[Tensor, "*batch M d_model"],
        Float[Tensor, "*batch H M M"] | None,
        Float[Tensor, "*batch H M N"] | None,
    ]:
        """Return (output, weights over x, weights over the memory).

        Args:
            x: what has been written; memory: what the encoder made of the source.
            mask: which tokens of x each may attend to; memory_mask: which of the memory.
            attend: as in `MultiHeadAttention.forward`, for both attentions.
        """
        masks = {"mask": memory_mask, "attend": attend}
        if self.pre_norm:
            normal = self.norm_1(x)
            attended, weights = self.attention(normal, normal, normal, mask, attend=attend)
            x = x + self.dropout(attended)
            found, cross = self.cross_attention(self.norm_2(x), memory, memory, **masks)
            x = x + self.dropout(found)
            return x + self.dropout(self.feed_forward(self.norm_3(x))), weights, cross
        attended, weights = self.attention(x, x, x, mask, attend=attend)
        x = self.norm_1(x + self.dropout(attended))
        found, cross = self.cross_attention(x, memory, memory, **masks)
        x = self.norm_2(x + self.dropout(found))
        return self.norm_3(x + self.dropout(self.feed_forward(x))), weights, cross

    @classmethod
    def from_torch(cls, layer: nn.TransformerDecoderLayer) -> "DecoderBlock":
        """Copy PyTorch's layer; a ValueError names an option that a block does not have."""
        attentions = {"attention": layer.self_attn, "cross_attention": layer.multihead_attn}
        return copy_layer(layer, cls, attentions)


def scale_residuals(stack: nn.ModuleList) -> None:
    """Let fresh blocks add little: divide the last map of each sublayer by √(sublayers).

    Then the stream starts at about the same size, however deep the stack is.

    Source: Radford et al. 2019, section 2.3.
    """
    parameters = dict(stack.named_parameters())
    last = [parameters[name] for name in parameters if name.endswith(("W_o.weight", "W_2.weight"))]
    with torch.no_grad():
        for weight in last:
            weight /= len(last) ** 0.5
