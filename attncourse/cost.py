"""What one layer costs: multiplications, numbers kept for the gradient, operations in a row.

Everything is counted while the layer runs, not timed, so it is the same on every machine.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from attncourse.blocks import Block
from attncourse.multihead import MultiHeadAttention


class Cost(NamedTuple):
    """Of one layer on one sequence.

    Attributes:
        multiplied: multiplications of two numbers inside matrix products.
        kept: numbers that forward keeps for backward, parameters not counted.
        row: operations that must wait for each other on the way from the first token to the last.
    """

    multiplied: int
    kept: int
    row: int


class Layer(NamedTuple):
    """A layer that maps T × width to T × width, and how many steps it takes across T tokens."""

    module: nn.Module
    run: Callable[[Tensor], Tensor]
    row: Callable[[int], int]


def layers(width: int = 64, *, window: int = 5, n_heads: int = 4) -> dict[str, Layer]:
    """Make a recurrent layer, a convolution, self-attention and a whole block of one width.

    Source: Vaswani et al. 2017, table 1. Derived in: lesson 10.
    """
    gru = nn.GRU(width, width, batch_first=True)
    convolution = nn.Conv1d(width, width, window, padding=window // 2)
    attention, block = MultiHeadAttention(width, n_heads), Block(width, n_heads, 4 * width)
    reach = window // 2
    return {
        "self-attention": Layer(attention, lambda x: attention(x, x, x)[0], lambda T: 1),
        "recurrent": Layer(gru, lambda x: gru(x)[0], lambda T: T - 1),
        "convolution": Layer(
            convolution, lambda x: convolution(x.mT).mT, lambda T: -(-(T - 1) // reach)
        ),
        "Transformer block": Layer(block, lambda x: block(x)[0], lambda T: 1),
    }


def measure(layer: Layer, T: int, width: int = 64) -> Cost:
    """Run a layer once on T random vectors and count."""
    x = torch.randn(1, T, width, generator=torch.Generator().manual_seed(0), requires_grad=True)
    own = {parameter.untyped_storage().data_ptr() for parameter in layer.module.parameters()}
    kept = {}

    def keep(tensor: Tensor) -> Tensor:
        place = tensor.untyped_storage().data_ptr()
        if place not in own:
            kept[place] = max(kept.get(place, 0), tensor.numel())
        return tensor

    hooks = torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor)
    with FlopCounterMode(display=False) as counter, hooks:
        held = layer.run(x)  # held, so that no memory is used twice while it is counted
    cost = Cost(counter.get_total_flops() // 2, sum(kept.values()), layer.row(T))
    del held
    return cost
