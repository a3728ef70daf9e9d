"""Many small attentions side by side."""

from collections.abc import Callable

import torch
from einops import rearrange
from jaxtyping import Bool, Float
from torch import Tensor, nn

from attncourse.attention import Attend, scaled_dot_product_attention


def split_heads(
    x: Float[Tensor, "*batch T d_model"], n_heads: int
) -> Float[Tensor, "*batch H T d_head"]:
    """Cut every token's vector into n_heads pieces; head h gets the h-th piece of every token.

    output[…, h, t, c] = x[…, t, h · d_head + c],  d_head = d_model / H

    Args:
        x: one vector per token.
        n_heads: H, which must divide d_model.

    Returns: the same numbers as (…, H, T, d_head): heads stand beside the batch.
    Raises: ValueError if n_heads does not divide d_model.
    Source: Vaswani et al. 2017, section 3.2.2.
    Derived in: lesson 07.
    """
    _require_heads_fit(x.shape[-1], n_heads)
    return rearrange(x, "... T (H d_head) -> ... H T d_head", H=n_heads)


def merge_heads(x: Float[Tensor, "*batch H T d_head"]) -> Float[Tensor, "*batch T d_model"]:
    """Put every token's pieces back side by side: the inverse of `split_heads`.

    output[…, t, h · d_head + c] = x[…, h, t, c]

    Args:
        x: one T × d_head matrix per head.

    Returns: vectors (…, T, H · d_head).
    Source: Vaswani et al. 2017, section 3.2.2 ("Concat").
    Derived in: lesson 07.
    """
    return rearrange(x, "... H T d_head -> ... T (H d_head)")


class MultiHeadAttention(nn.Module):
    """Project to H small queries, keys and values; attend in each head; merge; project back.

    output = W_o · concat(head_1 … head_H),  head_h = attention(W_q^h query, W_k^h key, W_v^h value)

    Args:
        d_model: width of queries, keys, values and output.
        n_heads: H, which must divide d_model.

    Raises: ValueError if n_heads does not divide d_model.
    Source: Vaswani et al. 2017, section 3.2.2.
    Derived in: lesson 07.
    """

    def __init__(self, d_model: int, n_heads: int):
        super().__init__()
        _require_heads_fit(d_model, n_heads)
        self.n_heads = n_heads
        self.W_q = nn.Linear(d_model, d_model)
        self.W_k = nn.Linear(d_model, d_model)
        self.W_v = nn.Linear(d_model, d_model)
        self.W_o = nn.Linear(d_model, d_model)

    def forward(
        self,
        query: Float[Tensor, "*batch M d_model"],
        key: Float[Tensor, "*batch N d_model"],
        value: Float[Tensor, "*batch N d_model"],
        mask: Bool[Tensor, "..."] | None = None,
        *,
        bias: Float[Tensor, "..."] | None = None,
        rotate: Callable[[Tensor], Tensor] | None = None,
        attend: Attend = scaled_dot_product_attention,
    ) -> tuple[Float[Tensor, "*batch M d_model"], Float[Tensor, "*batch H M N"] | None]:
        """Let M queries attend to N keys in every head.

        Args:
            query, key, value: M questions, N keys and the N values behind them.
            mask: True = may attend; broadcasts to (*batch, H, M, N).
            bias: what positions add to the scores (ALiBi, relative); broadcasts likewise.
            rotate: turns the queries and keys of all heads (RoPE) and keeps their shape.
            attend: how each head attends; `fused_attention` where nobody needs the weights.

        Returns: (output, weights), one map of weights per head, as `attend` makes them.
        """
        q = split_heads(self.W_q(query), self.n_heads)  # … H M d_k
        k = split_heads(self.W_k(key), self.n_heads)  # … H N d_k
        v = split_heads(self.W_v(value), self.n_heads)  # … H N d_v
        if rotate is not None:
            q, k = rotate(q), rotate(k)
        output, weights = attend(q, k, v, mask, bias=bias)
        return self.W_o(merge_heads(output)), weights

    @classmethod
    def from_torch(cls, module: nn.MultiheadAttention) -> "MultiHeadAttention":
        """Copy the weights of PyTorch's module, which keeps W_q, W_k and W_v in one matrix.

        Raises: ValueError if the module has an option that ours lacks.
        """
        _require_plain(module)
        ours = cls(module.embed_dim, module.num_heads).to(module.in_proj_weight)
        weights = (*module.in_proj_weight.chunk(3), module.out_proj.weight)
        biases = [torch.zeros_like(weight[:, 0]) for weight in weights]
        if module.in_proj_bias is not None:
            biases = (*module.in_proj_bias.chunk(3), module.out_proj.bias)
        for linear, weight, bias in zip(ours.children(), weights, biases, strict=True):
            linear.load_state_dict({"weight": weight, "bias": bias})
        return ours


def _require_heads_fit(d_model: int, n_heads: int) -> None:
    if n_heads < 1 or d_model % n_heads:
        raise ValueError(f"n_heads must divide d_model; got {n_heads} and {d_model}")


def _require_plain(module: nn.MultiheadAttention) -> None:
    """Refuse every option that a copy would lose."""
    width = module.embed_dim
    options = (
        ("kdim", width, module.kdim),
        ("vdim", width, module.vdim),
        ("add_bias_kv", False, module.bias_k is not None),
        ("add_zero_attn", False, module.add_zero_attn),
        ("dropout", 0.0, module.dropout),
        ("batch_first", True, module.batch_first),
    )
    for name, needed, got in options:
        if got != needed:
            raise ValueError(f"the module's {name} must be {needed}; got {got}")
