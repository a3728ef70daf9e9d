"""One layer of a Transformer: look, think, add, normalise.

A block adds to each token's vector what attention found, then what two linear maps make of it.
Nothing here is a second attention: blocks compose what earlier rooms made.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from attncourse.multihead import MultiHeadAttention


def layer_norm(
    x: Float[Tensor, "*batch d_model"],
    gain: Float[Tensor, " d_model"],
    bias: Float[Tensor, " d_model"],
    eps: float = 1e-5,
) -> Float[Tensor, "*batch d_model"]:
    """Bring each vector to mean 0 and variance 1; then stretch and shift its entries.

    output = (x − μ) / √(σ² + eps) · gain + bias,  μ and σ² over the d_model entries

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


class LayerNorm(nn.Module):
    """`layer_norm` with a gain and a bias to learn; both start by changing nothing."""

    def __init__(self, d_model: int):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(d_model))
        self.bias = nn.Parameter(torch.zeros(d_model))

    def forward(self, x: Float[Tensor, "*batch d_model"]) -> Float[Tensor, "*batch d_model"]:
        """Normalise each vector."""
        return layer_norm(x, self.gain, self.bias)


class FeedForward(nn.Module):
    """Think about each token alone: W_2 max(0, W_1 x), wider inside than outside.

    Source: Vaswani et al. 2017, equation 2. Derived in: lesson 10.
    """

    def __init__(self, d_model: int, d_ff: int):
        super().__init__()
        self.W_1 = nn.Linear(d_model, d_ff)
        self.W_2 = nn.Linear(d_ff, d_model)

    def forward(self, x: Float[Tensor, "*batch d_model"]) -> Float[Tensor, "*batch d_model"]:
        """Widen, cut off what is negative, narrow."""
        return self.W_2(F.relu(self.W_1(x)))


class EncoderBlock(nn.Module):
    """Tokens look at each other, then each thinks alone; both are added to what was there.

    pre-norm: x + look(norm(x)), then x + think(norm(x))
    post-norm: norm(x + look(x)), then norm(x + think(x))

    Args:
        pre_norm: normalise what enters a sublayer, or the sum that leaves it.

    Source: Vaswani et al. 2017, section 3.1 (post); Xiong et al. 2020, figure 1 (pre).
    Derived in: lesson 10.
    """

    def __init__(self, d_model: int, n_heads: int, d_ff: int, *, pre_norm: bool = True):
        super().__init__()
        self.attention = MultiHeadAttention(d_model, n_heads)
        self.feed_forward = FeedForward(d_model, d_ff)
        self.norm_1, self.norm_2 = LayerNorm(d_model), LayerNorm(d_model)
        self.pre_norm = pre_norm

    def forward(
        self, x: Float[Tensor, "*batch T d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> tuple[Float[Tensor, "*batch T d_model"], Float[Tensor, "*batch H T T"]]:
        """Return (output, weights); with a causal mask this is the block of a GPT."""
        if self.pre_norm:
            seen = self.norm_1(x)
            found, weights = self.attention(seen, seen, seen, mask)
            x = x + found
            return x + self.feed_forward(self.norm_2(x)), weights
        found, weights = self.attention(x, x, x, mask)
        x = self.norm_1(x + found)
        return self.norm_2(x + self.feed_forward(x)), weights

    @classmethod
    def from_torch(cls, layer: nn.TransformerEncoderLayer) -> "EncoderBlock":
        """Copy the weights of PyTorch's layer; a ValueError if its activation is not ReLU."""
        return _copy(layer, cls, {"attention": layer.self_attn})


class DecoderBlock(nn.Module):
    """Tokens look back at each other, then at a memory, then each thinks alone.

    pre-norm: x + look(norm(x)), then x + ask(norm(x), memory), then x + think(norm(x))
    post-norm: the same with norm(x + …) around each sum instead

    Source: Vaswani et al. 2017, section 3.1. Derived in: lesson 10.
    """

    def __init__(self, d_model: int, n_heads: int, d_ff: int, *, pre_norm: bool = True):
        super().__init__()
        self.attention = MultiHeadAttention(d_model, n_heads)
        self.cross_attention = MultiHeadAttention(d_model, n_heads)
        self.feed_forward = FeedForward(d_model, d_ff)
        self.norm_1, self.norm_2 = LayerNorm(d_model), LayerNorm(d_model)
        self.norm_3 = LayerNorm(d_model)
        self.pre_norm = pre_norm

    def forward(
        self,
        x: Float[Tensor, "*batch M d_model"],
        memory: Float[Tensor, "*batch N d_model"],
        mask: Bool[Tensor, "..."] | None = None,
        memory_mask: Bool[Tensor, "..."] | None = None,
    ) -> tuple[
        Float[Tensor, "*batch M d_model"],
        Float[Tensor, "*batch H M M"],
        Float[Tensor, "*batch H M N"],
    ]:
        """Return (output, weights over x, weights over the memory).

        Args:
            x: what has been written; memory: what the encoder made of the source.
            mask: who in x may look at whom in x; memory_mask: … at whom in the memory.
        """
        if self.pre_norm:
            seen = self.norm_1(x)
            found, weights = self.attention(seen, seen, seen, mask)
            x = x + found
            heard, cross = self.cross_attention(self.norm_2(x), memory, memory, memory_mask)
            x = x + heard
            return x + self.feed_forward(self.norm_3(x)), weights, cross
        found, weights = self.attention(x, x, x, mask)
        x = self.norm_1(x + found)
        heard, cross = self.cross_attention(x, memory, memory, memory_mask)
        x = self.norm_2(x + heard)
        return self.norm_3(x + self.feed_forward(x)), weights, cross

    @classmethod
    def from_torch(cls, layer: nn.TransformerDecoderLayer) -> "DecoderBlock":
        """Copy the weights of PyTorch's layer; a ValueError if its activation is not ReLU."""
        attentions = {"attention": layer.self_attn, "cross_attention": layer.multihead_attn}
        return _copy(layer, cls, attentions)


def _copy(layer: nn.Module, block: type, attentions: dict[str, nn.MultiheadAttention]):
    """A block of ours with the weights of a layer of PyTorch's."""
    if layer.activation not in (F.relu, torch.relu) and not isinstance(layer.activation, nn.ReLU):
        raise ValueError(f"the layer's activation must be ReLU; got {layer.activation}")
    d_ff, d_model = layer.linear1.weight.shape
    ours = block(d_model, layer.self_attn.num_heads, d_ff, pre_norm=layer.norm_first)
    for name, attention in attentions.items():
        setattr(ours, name, MultiHeadAttention.from_torch(attention))
    ours.to(layer.linear1.weight)
    ours.feed_forward.W_1.load_state_dict(layer.linear1.state_dict())
    ours.feed_forward.W_2.load_state_dict(layer.linear2.state_dict())
    for number in range(1, len(attentions) + 2):
        theirs = getattr(layer, f"norm{number}")
        state = {"gain": theirs.weight, "bias": theirs.bias}
        getattr(ours, f"norm_{number}").load_state_dict(state)
    return ours
