"""Laws of the ways to tell order."""

import math
from inspect import unwrap

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from attncourse.positions import (
    LearnedPositions,
    Rotation,
    alibi_bias,
    relative_bias,
    rotate,
    sinusoidal_encoding,
)

even = st.integers(1, 8).map(lambda half: 2 * half)


def test_sinusoidal_encoding_by_hand():
    by_hand = [[0, 1, 0, 1], [math.sin(1), math.cos(1), math.sin(0.01), math.cos(0.01)]]
    torch.testing.assert_close(sinusoidal_encoding(2, 4), torch.tensor(by_hand))


@given(st.integers(1, 40), even)
def test_every_pair_of_the_encoding_lies_on_the_unit_circle(T, d_model):
    pairs = sinusoidal_encoding(T, d_model).unflatten(-1, (-1, 2))
    torch.testing.assert_close(pairs.norm(dim=-1), torch.ones(T, d_model // 2))


def test_products_of_encodings_depend_on_the_distance_only():
    encoding = sinusoidal_encoding(9, 16).double()
    products = encoding @ encoding.T
    for distance in range(9):
        diagonal = products.diagonal(distance)
        torch.testing.assert_close(diagonal, diagonal[:1].expand_as(diagonal), atol=1e-5, rtol=0)


def test_a_shorter_encoding_is_the_beginning_of_a_longer_one():
    assert torch.equal(sinusoidal_encoding(4, 6), sinusoidal_encoding(9, 6)[:4])


def test_the_encoding_has_the_default_dtype():
    torch.set_default_dtype(torch.float64)
    try:
        assert sinusoidal_encoding(3, 4).dtype == torch.float64
        assert alibi_bias(2, 3).dtype == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


def test_learned_positions_take_the_place_of_the_sinusoidal_encoding():
    learned = LearnedPositions(9, 6)
    assert learned(4).shape == sinusoidal_encoding(4, 6).shape
    learned(4).sum().backward()
    assert torch.equal(learned.table.grad[:, 0], torch.tensor([1.0] * 4 + [0.0] * 5))


def test_learned_positions_end_where_the_table_ends():
    with pytest.raises(ValueError, match="T must be at most T_max; got 10 and 9"):
        LearnedPositions(9, 6)(10)


def test_relative_bias_by_hand():
    table = torch.tensor([-20.0, -10.0, 0.0, 1.0, 2.0])
    by_hand = [[0, 1, 2, 2], [-10, 0, 1, 2], [-20, -10, 0, 1]]
    assert torch.equal(relative_bias(table, 3, 4), torch.tensor(by_hand).float())


@given(st.integers(0, 4), st.integers(1, 9), st.integers(1, 9))
def test_relative_bias_is_the_loop(R, M, N):
    table = torch.randn(3, 2 * R + 1)
    bias = relative_bias(table, M, N)
    assert bias.shape == (3, M, N)
    for i in range(M):
        for j in range(N):
            assert torch.equal(bias[:, i, j], table[:, R + max(-R, min(R, j - i))])


def test_the_table_learns_how_often_each_distance_occurs():
    table = torch.zeros(5, requires_grad=True)
    relative_bias(table, 3, 4).sum().backward()
    assert torch.equal(table.grad, torch.tensor([1.0, 2.0, 3.0, 3.0, 3.0]))


def test_relative_bias_needs_an_odd_table():
    with pytest.raises(ValueError, match=r"odd axis, 2R \+ 1; got shape \(3, 4\)"):
        relative_bias(torch.zeros(3, 4), 5, 5)


def test_rotation_by_hand():
    turned = rotate(torch.tensor([[1.0, 0.0, 2.0, 0.0]]), torch.tensor([3]))
    by_hand = [[math.cos(3), math.sin(3), 2 * math.cos(0.03), 2 * math.sin(0.03)]]
    torch.testing.assert_close(turned, torch.tensor(by_hand))


@pytest.mark.parametrize("batch", [(), (2,), (2, 3)])
def test_rotation_is_multiplication_by_a_complex_number_of_length_one(batch):
    x, positions = torch.randn(*batch, 5, 6, dtype=torch.float64), torch.tensor([0, 1, 2, 5, 900])
    turns = positions[:, None] * 10_000 ** (-torch.arange(0, 6, 2).double() / 6)
    numbers = torch.view_as_complex(x.unflatten(-1, (3, 2))) * torch.polar(
        torch.ones_like(turns), turns
    )
    torch.testing.assert_close(rotate(x, positions), torch.view_as_real(numbers).flatten(-2))


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500), even)
def test_a_rotated_product_depends_on_the_difference_of_positions_only(i, j, shift, d_k):
    generator = torch.Generator().manual_seed(d_k)
    query, key = torch.randn(2, 1, d_k, dtype=torch.float64, generator=generator)

    def product(i, j):
        return rotate(query, torch.tensor([i])) @ rotate(key, torch.tensor([j])).mT

    torch.testing.assert_close(product(i, j), product(i + shift, j + shift), atol=1e-9, rtol=0)


def test_rotation_keeps_lengths_and_leaves_position_zero_alone():
    x = torch.randn(5, 8)
    turned = rotate(x, torch.arange(5))
    torch.testing.assert_close(turned.norm(dim=-1), x.norm(dim=-1))
    assert torch.equal(turned[0], x[0])


def test_each_batch_element_may_have_its_own_positions():
    x, positions = torch.randn(2, 3, 5, 8), torch.stack([torch.arange(5), torch.arange(4, 9)])
    turned = rotate(x, positions[:, None])
    torch.testing.assert_close(turned[1], rotate(x[1], torch.arange(4, 9)))


def test_the_gradient_of_a_rotation_is_the_rotation_back():
    x = torch.randn(5, 8, dtype=torch.float64, requires_grad=True)
    toward = torch.randn(5, 8, dtype=torch.float64)
    (rotate(x, torch.arange(5)) * toward).sum().backward()
    torch.testing.assert_close(x.grad, rotate(toward, -torch.arange(5)))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_sixteen_bits_still_count_positions_one_by_one(dtype):
    x, positions = torch.ones(2, 4, dtype=dtype), torch.tensor([2048, 2049])
    turned = rotate(x, positions)
    assert turned.dtype == dtype
    torch.testing.assert_close(turned.double(), rotate(x.double(), positions), atol=0.02, rtol=0)


def test_rotation_says_what_does_not_fit():
    with pytest.raises(ValueError, match="x and positions must share T; got 5 and 4"):
        unwrap(rotate)(torch.zeros(5, 6), torch.arange(4))
    with pytest.raises(ValueError, match="width must be even, two numbers per angle; got 7"):
        rotate(torch.zeros(5, 7), torch.arange(5))
    with pytest.raises(ValueError, match="width must be even, two numbers per angle; got 7"):
        sinusoidal_encoding(5, 7)


def test_alibi_slopes_of_eight_heads_are_the_papers():
    slopes = -alibi_bias(8, 2)[:, 1, 0]
    assert torch.equal(slopes, 0.5 ** torch.arange(1.0, 9.0))


def test_halves_turn_as_gpt_neox_does():
    x, place = torch.randn(5, 8, dtype=torch.float64), torch.arange(5)
    angles = torch.outer(place, 10_000 ** (-torch.arange(0, 8, 2) / 8)).repeat(1, 2).double()
    swapped = torch.cat([-x[:, 4:], x[:, :4]], dim=-1)
    theirs = x * angles.cos() + swapped * angles.sin()
    torch.testing.assert_close(rotate(x, place, pairs="halves"), theirs, atol=1e-6, rtol=0)


def test_halves_are_neighbours_with_the_columns_in_another_order():
    x, place = torch.randn(2, 7, 6), torch.arange(7)
    order = torch.tensor([0, 2, 4, 1, 3, 5])
    turned = rotate(x, place)[..., order]
    torch.testing.assert_close(rotate(x[..., order], place, pairs="halves"), turned)


def test_a_pair_is_made_in_one_of_two_ways():
    with pytest.raises(ValueError, match="neighbours or halves; got 'thirds'"):
        unwrap(rotate)(torch.randn(3, 6), torch.arange(3), pairs="thirds")


@settings(deadline=None)
@given(st.integers(1, 12), st.integers(1, 9))
def test_alibi_takes_the_slope_off_for_every_step_of_distance(n_heads, T):
    bias = alibi_bias(n_heads, T).double()
    for h in range(n_heads):
        for i in range(T):
            for j in range(T):
                expected = -(2 ** (-8 * (h + 1) / n_heads)) * abs(i - j)
                assert bias[h, i, j] == pytest.approx(expected, rel=1e-5)


def test_alibi_needs_a_head():
    with pytest.raises(ValueError, match="n_heads must be at least 1; got 0"):
        alibi_bias(0, 5)


def test_turns_that_are_kept_are_those_of_rotate():
    x = torch.randn(2, 3, 5, 8)
    torch.testing.assert_close(Rotation(9, 8)(x), rotate(x, torch.arange(5)))
