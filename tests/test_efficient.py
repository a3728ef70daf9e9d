"""Laws of attention without its map: exact block by block, or an honest other function."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from attncourse.attention import scaled_dot_product_attention
from attncourse.efficient import (
    elu_features,
    kernel_attention,
    linear_attention,
    online_softmax_attention,
    online_softmax_gradients,
    pooled_attention,
    random_features,
    sliding_window_mask,
)
from attncourse.masks import causal_mask
from attncourse.memory import peak_bytes


def drawn(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def triple(M=5, N=7, d_k=4, d_v=3, batch=(2,)):
    return drawn(*batch, M, d_k), drawn(*batch, N, d_k, seed=1), drawn(*batch, N, d_v, seed=2)


def test_two_blocks_by_hand():
    query, key = torch.tensor([[1.0]]), torch.tensor([[2.0], [-1.0], [4.0], [0.0]])
    value = torch.tensor([[2.0], [-1.0], [4.0], [1.0]])
    output, log_sums = online_softmax_attention(query, key, value, block=2)
    parts = key.flatten().exp()
    torch.testing.assert_close(output, (parts @ value / parts.sum())[None])
    torch.testing.assert_close(log_sums, parts.sum().log()[None])


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 12), st.sampled_from([1.0, 300.0]))
def test_any_block_gives_the_same_output(M, N, block, size):
    query, key, value = triple(M, N)
    output, log_sums = online_softmax_attention(size * query, key, value, block)
    expected, weights = scaled_dot_product_attention(size * query, key, value)
    torch.testing.assert_close(output, expected)
    scores = size * query @ key.mT / 2
    torch.testing.assert_close((scores - log_sums.unsqueeze(-1)).exp(), weights)


def test_the_order_of_the_keys_does_not_matter():
    query, key, value = triple()
    order = torch.randperm(7, generator=torch.Generator().manual_seed(3))
    shuffled = online_softmax_attention(query, key[:, order], value[:, order], 3)
    for one, two in zip(online_softmax_attention(query, key, value, 3), shuffled, strict=True):
        torch.testing.assert_close(one, two)


def test_no_more_than_a_tile_of_weights_is_alive():
    query, key, value = (drawn(512, 8, seed=seed) for seed in range(3))
    whole = peak_bytes(lambda: scaled_dot_product_attention(query, key, value))
    tiled = peak_bytes(lambda: online_softmax_attention(query, key, value, 32))
    assert whole >= 2 * 512 * 512 * 8 > 20 * tiled


def test_the_gradients_are_autograds():
    leaves = [tensor.requires_grad_() for tensor in triple()]
    result = online_softmax_attention(*leaves, block=3)
    above = drawn(*result[0].shape, seed=4)
    expected = torch.autograd.grad(result[0], leaves, above)
    with torch.no_grad():
        found = online_softmax_gradients(*leaves, result, above, block=2)
    for one, two in zip(found, expected, strict=True):
        torch.testing.assert_close(one, two)


def test_a_block_holds_something():
    with pytest.raises(ValueError, match="block must be at least 1; got 0"):
        online_softmax_attention(*triple(), 0)


def test_the_window_by_hand():
    expected = [[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]]
    assert sliding_window_mask(4, 2).int().tolist() == expected


@given(st.integers(0, 12), st.integers(1, 15))
def test_each_position_attends_to_a_window_at_most(T, window):
    mask = sliding_window_mask(T, window)
    rows = torch.arange(1, T + 1).clamp_max(window)
    assert torch.equal(mask.sum(-1), rows)
    assert not (mask & ~causal_mask(T)).any()


def test_a_window_holds_something():
    with pytest.raises(ValueError, match="window at least 1; got 4 and 0"):
        sliding_window_mask(4, 0)


def test_layers_of_windows_reach_further():
    one = sliding_window_mask(12, 3).double()
    reach = (one @ one @ one > 0).sum(-1)
    assert reach.tolist() == [min(i + 1, 3 * (3 - 1) + 1) for i in range(12)]


def test_a_summary_of_one_key_each_changes_nothing():
    query, key, value = triple()
    output, weights = pooled_attention(query, key, value, torch.eye(7, dtype=torch.float64))
    expected = scaled_dot_product_attention(query, key, value)
    torch.testing.assert_close((output, weights), expected)


def test_a_summary_of_all_keys_is_their_mean():
    query, key, value = triple()
    mean = torch.full((1, 7), 1 / 7, dtype=torch.float64)
    output, weights = pooled_attention(query, key, value, mean)
    torch.testing.assert_close(output, value.mean(-2, keepdim=True).expand_as(output))
    assert weights.shape == (2, 5, 1)


def test_kernel_attention_is_the_weighted_sum_that_it_never_writes_down():
    query, key, value = triple()
    weights = elu_features(query) @ elu_features(key).mT
    expected = weights / weights.sum(-1, keepdim=True) @ value
    torch.testing.assert_close(kernel_attention(query, key, value), expected)


def test_linear_attention_is_kernel_attention_on_what_came_before():
    query, key, value = triple(M=6, N=6)
    output = linear_attention(query, key, value)
    for t in range(6):
        past = slice(0, t + 1)
        expected = kernel_attention(query[:, [t]], key[:, past], value[:, past])
        torch.testing.assert_close(output[:, [t]], expected)


def test_linear_attention_hides_the_future():
    query, key, value = triple(M=6, N=6)
    changed = [torch.cat([x[:, :4], 5 * x[:, 4:]], dim=1) for x in (query, key, value)]
    before, after = linear_attention(query, key, value), linear_attention(*changed)
    assert torch.equal(before[:, :4], after[:, :4])
    assert not torch.allclose(before[:, 4:], after[:, 4:])


def test_random_features_come_near_the_softmax_where_vectors_are_short():
    query, key, value = triple(M=20, N=30)
    exact, _ = scaled_dot_product_attention(query / 2, key / 2, value)
    generator = torch.Generator().manual_seed(0)
    features = [random_features(4, R, generator) for R in (16, 4096)]
    few, many = (
        (kernel_attention(query / 2, key / 2, value, phi) - exact).norm() for phi in features
    )
    assert many < 0.1 * exact.norm() < few


def test_random_features_survive_long_vectors():
    query, key, value = triple()
    features = random_features(4, 32, torch.Generator().manual_seed(0))
    assert kernel_attention(20 * query, key, value, features).isfinite().all()
