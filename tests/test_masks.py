"""Laws of the masks."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from attncourse.masks import causal_mask, padding_mask

LENGTHS = st.lists(st.integers(0, 9), min_size=1, max_size=5).map(torch.tensor)


def test_causal_mask_by_hand():
    assert causal_mask(3).tolist() == [[True, False, False], [True, True, False], [True] * 3]


@given(st.integers(0, 12))
def test_causal_mask_hides_the_future_and_nothing_else(T):
    mask = causal_mask(T)
    assert mask.dtype == torch.bool
    assert all(mask[i, j] == (j <= i) for i in range(T) for j in range(T))


@given(st.integers(1, 12))
def test_causal_mask_lets_every_query_see_something(T):
    assert causal_mask(T).any(-1).all()


def test_padding_mask_by_hand():
    assert padding_mask(torch.tensor([1, 3]), 3).tolist() == [[[True, False, False]], [[True] * 3]]


@given(LENGTHS, st.integers(9, 12))
def test_padding_mask_shows_as_many_keys_as_there_are(lengths, N):
    mask = padding_mask(lengths, N)
    assert mask.shape == (len(lengths), 1, N)
    assert mask.sum(-1).flatten().tolist() == lengths.tolist()
    assert not mask[..., 1:].logical_and(~mask[..., :-1]).any()  # real keys come first


def test_padding_mask_takes_any_batch_axes():
    assert padding_mask(torch.tensor([[1, 2, 0], [4, 4, 3]]), 4).shape == (2, 3, 1, 4)
    assert padding_mask(torch.tensor(2), 4).tolist() == [[True, True, False, False]]


def test_padding_mask_broadcasts_to_scores_and_combines_with_causal_mask():
    both = causal_mask(5) & padding_mask(torch.tensor([5, 2]), 5)
    assert both.shape == (2, 5, 5)
    assert torch.equal(both[0], causal_mask(5))
    assert not both[1, :, 2:].any()


@pytest.mark.parametrize("lengths", [[3, 6], [-1, 2]])
def test_padding_mask_refuses_impossible_lengths(lengths):
    with pytest.raises(ValueError, match=r"every length must lie in 0 … 5; got \["):
        padding_mask(torch.tensor(lengths), 5)


def test_causal_mask_refuses_a_negative_length():
    with pytest.raises(ValueError, match="T must not be negative; got -2"):
        causal_mask(-2)
