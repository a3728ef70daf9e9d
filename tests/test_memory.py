"""Laws of counting: what is new counts while it lives, and nothing else does."""

import torch

from attncourse.memory import peak_bytes


def test_new_tensors_count_while_they_live():
    given = torch.ones(100)  # 400 bytes, not new

    def call():
        first = given + 1
        second = first * 2
        del first
        return second + given  # second and this one: no third is alive

    assert peak_bytes(call) == 800


def test_views_and_changes_in_place_cost_nothing():
    given = torch.ones(4, 4)
    assert peak_bytes(lambda: given.mT.contiguous()) == 64  # a copy of 16 floats
    assert peak_bytes(lambda: given.mT[0].add_(1)) == 0


def test_shapes_alone_are_enough():
    shape = torch.empty(1000, 1000, device="meta")
    assert peak_bytes(lambda: shape + 1) == 4_000_000
