"""How far are cheaper attentions from the exact one, and on which queries and keys?

The last token of a sequence asks, so it may attend to all keys and no mask is needed.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from attncourse.attention import scaled_dot_product_attention
from attncourse.efficient import kernel_attention, pooled_attention, random_features
from attncourse.language import GPT
from attncourse.multihead import split_heads
from attncourse.positions import rotate

Attention = Callable[[Tensor, Tensor, Tensor], Tensor]


class Asked(NamedTuple):
    """Last queries, and all the keys and values that each may attend to."""

    query: Float[Tensor, "*batch 1 d_k"]
    key: Float[Tensor, "*batch N d_k"]
    value: Float[Tensor, "*batch N d_v"]


def cheaper(d_k: int = 32, budget: int = 16, *, n_features: int = 64, seed: int = 0):
    """Ways to attend that see `budget` keys or mixtures, or features; and a mean, to compare with.

    Returns: {name: function of query, key, value}; queries attend to all keys or to the last ones.
    """
    features = random_features(d_k, n_features, torch.Generator().manual_seed(seed))
    return {
        "mean of all values": lambda q, k, v: v.mean(-2, keepdim=True),
        "window": lambda q, k, v: _exact(q, k[..., -budget:, :], v[..., -budget:, :]),
        "Linformer, means": lambda q, k, v: pooled_attention(q, k, v, _means(k, budget))[0],
        "Performer": lambda q, k, v: kernel_attention(q, k, v, features),
        "elu + 1": kernel_attention,
    }


def error(attend: Attention, asked: Asked) -> float:
    """Size of what is wrong, over the size of the exact outputs; over all that was asked."""
    exact = _exact(*asked)
    return ((attend(*asked) - exact).norm() / exact.norm()).item()


def noise(N: int = 64, d_k: int = 32, *, size: int = 200, seed: int = 0) -> Asked:
    """Queries, keys and values of which none has to do with any other."""
    query, key, value = _drawn(3, size, N, d_k, seed=seed)
    return Asked(query[:, -1:], key, value)


def alike(N: int = 64, d_k: int = 32, *, size: int = 200, reach: float = 8.0, seed: int = 0):
    """Neighbours are alike, and each token asks for what is like itself, as in a picture.

    Keys and values are noise, blurred along the sequence by a bell curve of width `reach`, with
    variance 1; the query is the last key.
    """
    key, value = (_blurred(x, reach) for x in _drawn(2, size, N, d_k, seed=seed))
    return Asked(key[:, -1:], key, value)


@torch.no_grad()
def trained(model: GPT, tokens: Int[Tensor, "B N"]) -> list[Asked]:
    """What the last tokens ask in each layer of a trained model: (B, H, 1, d_k), (B, H, N, d_k)."""
    x, mask, found = model.table(tokens), model.mask(tokens), []
    place = torch.arange(tokens.shape[-1])
    for block in model.blocks:
        attention, normal = block.attention, block.norm_1(x)
        maps = (attention.W_q, attention.W_k, attention.W_v)
        q, k, v = (split_heads(W(normal), attention.n_heads) for W in maps)
        found.append(Asked(rotate(q, place)[..., -1:, :], rotate(k, place), v))
        x, _ = block(x, mask, rotate=model.rotate)
    return found


def _exact(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return scaled_dot_product_attention(query, key, value)[0]


def _means(key: Tensor, r: int) -> Float[Tensor, "r N"]:
    """r rows: each is the mean of N / r neighbours."""
    return F.adaptive_avg_pool1d(torch.eye(key.shape[-2]), r).mT.to(key)


def _drawn(n: int, *shape: int, seed: int) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(seed)
    return tuple(torch.randn(shape, generator=generator) for _ in range(n))


def _blurred(x: Float[Tensor, "B N d"], reach: float) -> Float[Tensor, "B N d"]:
    """Average neighbours on a ring of N places, and bring the variance back to 1."""
    place = torch.arange(x.shape[-2])
    steps = (place[:, None] - place).abs()
    steps = torch.minimum(steps, x.shape[-2] - steps)
    bell = (-(steps**2) / (2 * reach**2)).exp()
    return bell / bell.square().sum(-1, keepdim=True).sqrt() @ x
