"""A convolution, written as a table of weights, to stand beside attention's."""

import torch
from jaxtyping import Float
from torch import Tensor


def convolution_weights(kernel: Float[Tensor, " width"], T: int) -> Float[Tensor, "T T"]:
    """Lay one kernel out for every position: the weights by which a convolution mixes neighbours.

    output[i, j] = kernel[j − i + R] where |j − i| ≤ R, else 0;  R = (width − 1) / 2

    Args:
        kernel: weights of the places from R before to R after; an odd number of them.
        T: number of positions; beyond the ends stand zeros.

    Returns: weights; weights @ x is a convolution of each column of x, with one kernel for all.
    Raises: ValueError if the kernel has no middle.
    Source: as `torch.nn.functional.conv1d` with padding R. Derived in: lesson 06.
    """
    if kernel.ndim != 1 or len(kernel) % 2 == 0:
        raise ValueError(
            f"kernel must be an odd number of weights; got shape {tuple(kernel.shape)}"
        )
    R = len(kernel) // 2
    place = torch.arange(T, device=kernel.device)
    distance = place - place[:, None]  # j − i
    weights = kernel[distance.clamp(-R, R) + R]
    return weights.masked_fill(distance.abs() > R, 0.0)
