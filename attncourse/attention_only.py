"""The smallest Transformer that has something to explain: attention, added up, and nothing else.

Every token has a *residual stream*, a vector to which each layer adds. Without feed-forward layers,
whatever is found in a stream was brought there by attention.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from attncourse.blocks import LayerNorm
from attncourse.masks import causal_mask
from attncourse.multihead import MultiHeadAttention
from attncourse.positions import relative_bias

STRIDE = 3.0  # AdamW moves every number about as far; a bias has further to go than others


class AttentionOnly(nn.Module):
    """Embed, let layers of attention add to the residual streams, score the vocabulary.

    x_0 = table[tokens],  x_l = x_{l−1} + attention_l(norm(x_{l−1})),  logits = W norm(x_L)

    Args:
        causal: attend backwards only.
        reach: distances −reach … reach have a bias of their own, further ones share the last; None:
            the model does not know the order.

    Source: Elhage et al. 2021, "A mathematical framework for transformer circuits".
    """

    def __init__(
        self,
        vocab_size: int,
        *,
        d_model: int = 64,
        n_heads: int = 2,
        n_layers: int = 2,
        reach: int | None = 2,
        causal: bool = True,
    ):
        super().__init__()
        self.causal = causal
        self.table = nn.Parameter(torch.randn(vocab_size, d_model) / d_model**0.5)
        self.layers = nn.ModuleList(MultiHeadAttention(d_model, n_heads) for _ in range(n_layers))
        self.norms = nn.ModuleList(LayerNorm(d_model) for _ in range(n_layers + 1))
        sizes = [] if reach is None else [(n_heads, 2 * reach + 1)] * n_layers
        self.distances = nn.ParameterList(torch.zeros(size) for size in sizes)
        self.unembed = nn.Linear(d_model, vocab_size)

    def forward(self, tokens: Int[Tensor, "B T"]) -> Float[Tensor, "B T vocab_size"]:
        """Score the vocabulary at every token."""
        return self.finish(self.table[tokens], 0)

    def stream(self, tokens: Int[Tensor, "B T"], depth: int) -> Float[Tensor, "B T d_model"]:
        """The residual streams after `depth` layers; after none, the embeddings."""
        return self._pass(self.table[tokens], 0, depth)

    def finish(self, x: Float[Tensor, "B T d_model"], depth: int) -> Float[Tensor, "B T V"]:
        """Send streams that have passed `depth` layers through the others, and score."""
        return self.score(self._pass(x, depth, len(self.layers)))

    def score(self, x: Float[Tensor, "B T d_model"]) -> Float[Tensor, "B T V"]:
        """Read scores of the vocabulary off the streams as they are."""
        return self.unembed(self.norms[-1](x))

    def maps(self, tokens: Int[Tensor, "B T"]) -> list[Float[Tensor, "B H T T"]]:
        """The weights of every layer."""
        streams = (self.stream(tokens, depth) for depth in range(len(self.layers)))
        return [self.attend(number, x, x, x)[1] for number, x in enumerate(streams)]

    def attend(
        self,
        number: int,
        query: Float[Tensor, "B T d_model"],
        key: Float[Tensor, "B T d_model"],
        value: Float[Tensor, "B T d_model"],
    ) -> tuple[Float[Tensor, "B T d_model"], Float[Tensor, "B H T T"]]:
        """What one layer adds, with streams of your choice for its queries, keys and values."""
        T = query.shape[-2]
        mask = causal_mask(T) if self.causal else None
        bias = None
        if len(self.distances):
            bias = relative_bias(STRIDE * self.distances[number], T, T)
        inputs = (self.norms[number](x) for x in (query, key, value))
        return self.layers[number](*inputs, mask, bias=bias)

    def _pass(self, x: Tensor, first: int, last: int) -> Tensor:
        for number in range(first, last):
            x = x + self.attend(number, x, x, x)[0]
        return x
