"""Laws of writing with a cache: the same outputs as reading all at once, from fewer numbers."""

from functools import partial

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from attncourse.attention import scaled_dot_product_attention
from attncourse.efficient import sliding_window_mask
from attncourse.kv_cache import KVCache, cache_bytes, cached_step, grouped_query_attention
from attncourse.masks import causal_mask
from attncourse.positions import rotate

T = 12


def drawn(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def in_chunks(chunks, step, *tensors):
    cache, outputs = KVCache.empty(2, d_k=4, d_v=3), []
    for parts in zip(*(tensor.split(chunks, dim=-2) for tensor in tensors), strict=True):
        output, _, cache = step(*parts, cache)
        outputs.append(output)
    return torch.cat(outputs, dim=-2), cache


def sequence():
    return drawn(2, T, 4), drawn(2, T, 4, seed=1), drawn(2, T, 3, seed=2)


CHUNKS = st.sampled_from([[1] * T, [T], [5, 1, 6], [4, 8], [1, 3, 1, 7], [3, 3, 3, 3]])


@settings(deadline=None)
@given(CHUNKS)
def test_steps_give_what_the_whole_sequence_gives(chunks):
    query, key, value = sequence()
    output, cache = in_chunks(chunks, cached_step, query, key, value)
    expected, _ = scaled_dot_product_attention(query, key, value, causal_mask(T))
    torch.testing.assert_close(output, expected)
    assert torch.equal(cache.keys, key)
    assert cache.seen == T


@settings(deadline=None)
@given(CHUNKS, st.integers(1, T + 2))
def test_a_window_forgets_only_what_it_no_longer_needs(chunks, window):
    query, key, value = sequence()
    step = partial(cached_step, window=window, rotate=rotate)
    output, cache = in_chunks(chunks, step, query, key, value)
    turned = rotate(query, torch.arange(T)), rotate(key, torch.arange(T))
    expected, _ = scaled_dot_product_attention(*turned, value, sliding_window_mask(T, window))
    torch.testing.assert_close(output, expected)
    assert cache.keys.shape[-2] == min(window, T)
    assert cache.seen == T  # positions go on


def test_weights_have_a_column_for_each_key_that_is_kept():
    query, key, value = sequence()
    first = KVCache.empty(2, d_k=4, d_v=3).extend(key[:, :9], value[:, :9])
    rest = (tensor[:, 9:] for tensor in (query, key, value))
    _, weights, _ = cached_step(*rest, first)
    assert weights.shape == (2, 3, T)
    assert torch.equal(weights > 0, causal_mask(T)[9:].expand(2, -1, -1))


@pytest.mark.parametrize("G", [1, 2, 4])
def test_grouped_queries_equal_pytorch(G):
    query, key, value = drawn(3, 4, 5, 6), drawn(3, G, 7, 6, seed=1), drawn(3, G, 7, 2, seed=2)
    output, weights = grouped_query_attention(query, key, value)
    expected = F.scaled_dot_product_attention(query, key, value, enable_gqa=True)
    torch.testing.assert_close(output, expected)
    assert weights.shape == (3, 4, 5, 7)


def test_neighbouring_heads_share():
    query = drawn(1, 3, 4).expand(4, 3, 4)
    output, _ = grouped_query_attention(query, drawn(2, 5, 4), drawn(2, 5, 2))
    assert torch.equal(output[0], output[1])
    assert torch.equal(output[2], output[3])
    assert not torch.allclose(output[0], output[2])


def test_a_group_masks_as_a_head_does():
    query, key, value = drawn(4, 5, 6), drawn(2, 5, 6, seed=1), drawn(2, 5, 2, seed=2)
    _, weights = grouped_query_attention(query, key, value, causal_mask(5))
    assert torch.equal(weights > 0, causal_mask(5).expand(4, -1, -1))


def test_sets_divide_heads():
    with pytest.raises(ValueError, match="must divide the heads; got 3 and 4"):
        grouped_query_attention(drawn(4, 5, 6), drawn(3, 7, 6), drawn(3, 7, 2))


def test_the_cache_of_llama_2_7b_by_hand():
    # 32 layers × 32 heads × 128 numbers × 2 (keys, values) × 2 bytes: half a mebibyte per token
    assert cache_bytes(32, 32, 128, T=1) == 512 * 1024
    assert cache_bytes(32, 8, 128, T=1) == cache_bytes(32, 32, 128, T=1) // 4
