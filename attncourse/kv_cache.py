"""Attending while writing: keep what was computed, and keep less of it.

A model that writes asks for one more row of attention per token. The keys and values of the tokens
before are the same as in the last step, so they are kept; fewer of them are needed if heads share
theirs, or if a window forgets.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from einops import rearrange, repeat
from jaxtyping import Bool, Float, Int
from torch import Tensor

from attncourse.attention import scaled_dot_product_attention


class KVCache(NamedTuple):
    """The keys (rotated, where positions rotate) and values that are kept; how many were seen."""

    keys: Float[Tensor, "*batch N d_k"]
    values: Float[Tensor, "*batch N d_v"]
    seen: int = 0

    @classmethod
    def empty(cls, *shape: int, d_k: int, d_v: int) -> "KVCache":
        """A cache before the first token; shape: the batch axes, heads included."""
        return cls(torch.zeros(*shape, 0, d_k), torch.zeros(*shape, 0, d_v))

    def extend(self, key: Tensor, value: Tensor) -> "KVCache":
        """Put M new keys and values behind the kept ones."""
        keys, values = torch.cat([self.keys, key], -2), torch.cat([self.values, value], -2)
        return KVCache(keys, values, self.seen + key.shape[-2])

    def trim(self, window: int | None) -> "KVCache":
        """Forget all but the last `window`; how many were seen is not forgotten."""
        if window is None:
            return self
        return KVCache(self.keys[..., -window:, :], self.values[..., -window:, :], self.seen)


def cached_step(
    query: Float[Tensor, "*batch M d_k"],
    key: Float[Tensor, "*batch M d_k"],
    value: Float[Tensor, "*batch M d_v"],
    cache: KVCache,
    *,
    window: int | None = None,
    rotate: Callable[[Tensor, Int[Tensor, " M"]], Tensor] | None = None,
) -> tuple[Float[Tensor, "*batch M d_v"], Float[Tensor, "*batch M N"], KVCache]:
    """Let M new tokens attend to the kept ones and, backwards, to each other.

    Positions go on where the cache ends; a step of M tokens equals M steps of one.

    Args:
        query, key, value: of the new tokens only.
        window: how many tokens each attends to, itself included, and how many are kept.
        rotate: turns queries and keys by their positions (lesson 08's `rotate`).

    Returns: (output, weights on kept and new tokens, the cache for the next step).
    Derived in: lesson 15.
    """
    positions = torch.arange(cache.seen, cache.seen + query.shape[-2])
    if rotate is not None:
        query, key = rotate(query, positions), rotate(key, positions)
    cache = cache.extend(key, value)
    mask = _reach(positions, cache, window)
    output, weights = scaled_dot_product_attention(query, cache.keys, cache.values, mask)
    return output, weights, cache.trim(window)  # after attending: new tokens may need the oldest


def _reach(positions: Tensor, cache: KVCache, window: int | None) -> Bool[Tensor, "M N"]:
    """Causal, as many columns as there are keys, and no further back than the window."""
    N = cache.keys.shape[-2]
    back = positions.unsqueeze(-1) - torch.arange(cache.seen - N, cache.seen)  # M N
    return (back >= 0) & (back < (N if window is None else window))


def grouped_query_attention(
    query: Float[Tensor, "*batch H M d_k"],
    key: Float[Tensor, "*batch G N d_k"],
    value: Float[Tensor, "*batch G N d_v"],
    mask: Bool[Tensor, "M N"] | None = None,
) -> tuple[Float[Tensor, "*batch H M d_v"], Float[Tensor, "*batch H M N"]]:
    """Let neighbouring heads share keys and values: H heads ask, G sets answer.

    head h asks set ⌊h · G / H⌋;  G = H is multi-head, G = 1 is multi-query attention

    Returns: (output, weights), one of each per head that asks.
    Raises: ValueError if G does not divide H.
    Source: Ainslie et al. 2023, section 2.2; for G = 1 Shazeer 2019. Derived in: lesson 15.
    """
    H, G = query.shape[-3], key.shape[-3]
    if H % G:
        raise ValueError(f"the sets of keys must divide the heads; got {G} and {H}")
    grouped = rearrange(query, "... (G R) M d_k -> ... G R M d_k", G=G)
    shared = (repeat(x, "... G N d -> ... G R N d", R=H // G) for x in (key, value))  # views
    output, weights = scaled_dot_product_attention(grouped, *shared, mask)
    return output.flatten(-4, -3), weights.flatten(-4, -3)


def cache_bytes(n_layers: int, n_kv_heads: int, d_head: int, T: int, *, bytes_each: int = 2) -> int:
    """Count the bytes of the keys and values that a model keeps for T tokens.

    2 · L · H_kv · d_head · T · bytes_each;  the 2 is one key and one value

    Args: n_kv_heads, heads that have keys of their own; bytes_each, 2 for 16-bit numbers.
    Source: Shazeer 2019, section 2.4. Derived in: lesson 15.
    """
    return 2 * n_layers * n_kv_heads * d_head * T * bytes_each
