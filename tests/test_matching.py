"""Laws of the match: every object has a query of its own, and no other way is cheaper."""

from itertools import permutations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from attncourse.vision.matching import (
    class_loss,
    match,
    match_cost,
    match_several,
    overlap,
    set_loss,
)
from attncourse.vision.painting import NOTHING


def some(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


@settings(max_examples=25, deadline=None)
@given(M=st.integers(1, 5), K=st.integers(1, 3), seed=st.integers(0, 99))
def test_no_other_match_is_cheaper(M, K, seed):
    K = min(M, K)
    cost = some(1, M, K, seed=seed)
    taken = match(cost)[0]
    assert len(taken.unique()) == K
    every = [cost[0, list(rows), range(K)].sum() for rows in permutations(range(M), K)]
    assert torch.isclose(cost[0, taken, range(K)].sum(), min(every))


def test_each_picture_is_matched_alone():
    cost = some(4, 5, 3)
    alone = torch.cat([match(table[None]) for table in cost])
    assert torch.equal(match(cost), alone)


def test_more_objects_than_queries_cannot_be_matched():
    with pytest.raises(ValueError, match="every object needs a query of its own; got 3 objects, 2"):
        match(some(1, 2, 3))


def test_several_queries_are_the_cheapest_ones():
    assert match_several(torch.tensor([[[3.0], [1.0], [2.0]]]), 2).tolist() == [[[1, 2]]]


def test_overlap_by_hand():
    box = torch.tensor([[0.5, 0.5, 0.4, 0.4]])
    others = box + torch.tensor([[0, 0, 0, 0], [0.2, 0, 0, 0], [0.4, 0, 0, 0], [0.9, 0, 0, 0]])
    assert torch.allclose(overlap(box, others), torch.tensor([[1, 1 / 3, 0, 0]]), atol=1e-6)


def test_cost_by_hand():
    logits = torch.tensor([[[0.7, 0.2, 0.1], [0.1, 0.6, 0.3]]]).log()
    boxes, digits = torch.zeros(1, 2, 4), torch.tensor([[1, NOTHING]])
    theirs = torch.tensor([[[0.1, 0, 0, 0], [0, 0, 0, 0]]])
    expected = torch.tensor([[[0.3, 0.0], [-0.1, 0.0]]])
    assert torch.allclose(match_cost(logits, boxes, digits, theirs), expected, atol=1e-6)


def test_queries_without_an_object_are_taught_nothing():
    logits, matched, digits = (
        some(2, 4, 3),
        torch.tensor([[2], [0]]),
        torch.tensor([[1], [NOTHING]]),
    )
    wanted = torch.tensor([[2, 2, 1, 2], [2, 2, 2, 2]])
    expected = F.cross_entropy(logits.mT, wanted, torch.tensor([1, 1, 0.3]))
    assert torch.allclose(class_loss(logits, matched, digits, 0.3), expected)


def test_a_box_counts_only_where_there_is_an_object():
    logits, boxes = some(1, 3, 3), some(1, 3, 4, seed=1).requires_grad_()
    digits, theirs = torch.tensor([[1, NOTHING]]), some(1, 2, 4, seed=2)
    set_loss(logits, boxes, torch.tensor([[2, 0]]), digits, theirs).backward()
    assert boxes.grad.abs().sum(-1).ne(0).tolist() == [[False, False, True]]


def test_the_order_of_the_objects_does_not_matter():
    logits, boxes, theirs = some(2, 5, 4), some(2, 5, 4, seed=1), some(2, 3, 4, seed=2)
    digits = torch.tensor([[0, 2, 1], [1, 1, NOTHING]])

    def loss(order):
        objects = digits[:, order], theirs[:, order]
        return set_loss(logits, boxes, match(match_cost(logits, boxes, *objects)), *objects)

    assert torch.isclose(loss([0, 1, 2]), loss([2, 0, 1]))
