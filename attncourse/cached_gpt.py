"""A GPT that reads on where it stopped: one cache for each layer."""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from attncourse.blocks import Block
from attncourse.kv_cache import KVCache, cached_step
from attncourse.language import GPT
from attncourse.multihead import merge_heads, split_heads
from attncourse.positions import rotate

Caches = tuple[KVCache, ...]


def empty_caches(model: GPT) -> Caches:
    """One cache per layer before the first token, for a batch of one."""
    attention = model.blocks[0].attention
    d_head = attention.W_k.out_features // attention.n_heads
    empty = KVCache.empty(1, attention.n_heads, d_k=d_head, d_v=d_head)
    return (empty,) * len(model.blocks)


@torch.no_grad()
def read_on(
    model: GPT, tokens: Int[Tensor, "B M"], caches: Caches, *, window: int | None = None
) -> tuple[Float[Tensor, "B M V"], Caches]:
    """Read M more tokens: what `model` says after each, with the keys and values of those before.

    Args:
        caches: one per layer, of all tokens read so far.
        window: how many tokens each attends to, itself included, and how many are kept.

    Returns: (logits, the caches for the next tokens).
    Derived in: lesson 15.
    """
    x, kept = model.table(tokens), []
    for block, cache in zip(model.blocks, caches, strict=True):
        x, cache = _through(block, x, cache, window)
        kept.append(cache)
    return model.score(model.norm(x)), tuple(kept)


def _through(block: Block, x: Tensor, cache: KVCache, window: int | None):
    """One pre-norm block on M new tokens: only its attention needs the earlier ones."""
    attention, normal = block.attention, block.norm_1(x)
    maps = (attention.W_q, attention.W_k, attention.W_v)
    q, k, v = (split_heads(W(normal), attention.n_heads) for W in maps)  # B H M d_head
    output, _, cache = cached_step(q, k, v, cache, window=window, rotate=rotate)
    x = x + attention.W_o(merge_heads(output))
    return x + block.feed_forward(block.norm_2(x)), cache


def write(model: GPT, prompt: Sequence[int], n: int, *, window: int | None = None) -> list[int]:
    """Write n tokens, the likeliest each time; the prompt is read at once, then token by token."""
    written, caches, new = list(prompt), empty_caches(model), torch.tensor([list(prompt)])
    for _ in range(n):
        logits, caches = read_on(model, new, caches, window=window)
        new = logits[:, -1:].argmax(-1)
        written.append(int(new))
    return written
