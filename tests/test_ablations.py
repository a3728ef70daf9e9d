"""A block with a part missing is a block, less that part."""

import pytest
import torch

from attncourse.ablations import PARTS, Ablated, Sorter
from attncourse.blocks import Block


@pytest.mark.parametrize("pre_norm", [True, False])
def test_with_nothing_missing_it_is_the_block(pre_norm):
    torch.manual_seed(0)
    whole = Block(8, 2, 16, pre_norm=pre_norm)
    ours = Ablated(8, 2, 16, pre_norm=pre_norm)
    ours.load_state_dict(whole.state_dict())
    x = torch.randn(2, 5, 8)
    torch.testing.assert_close(ours(x)[0], whole(x)[0])


@pytest.mark.parametrize("part", PARTS)
def test_a_missing_part_changes_the_output(part):
    torch.manual_seed(0)
    whole, without = Block(8, 2, 16), Ablated(8, 2, 16, without=part)
    without.load_state_dict(whole.state_dict(), strict=False)
    x = torch.randn(2, 5, 8)
    assert not torch.allclose(without(x)[0], whole(x)[0])


def test_without_attention_tokens_know_nothing_of_each_other():
    model = Sorter(without="attention")
    digits = torch.tensor([[3, 1, 4, 1, 5, 9, 2, 6], [3, 8, 4, 1, 5, 9, 2, 6]])
    logits = model(digits)
    other = torch.arange(8) != 1
    torch.testing.assert_close(logits[0, other], logits[1, other])


def test_an_unknown_part_is_refused():
    with pytest.raises(ValueError, match="without must be"):
        Ablated(8, 2, 16, without="softmax")
