"""Muon: gradient descent for matrices, in steps that turn every direction by the same amount.

A gradient of a matrix is mostly made of a few strong directions. Muon keeps the directions and
makes all of them equally strong: of U S Vᵀ it follows U Vᵀ.
"""

from collections import defaultdict
from collections.abc import Iterable

import torch
from jaxtyping import Float
from torch import Tensor, nn

QUINTIC = (3.4445, -4.775, 2.0315)  # pushes singular values towards 1; found by Jordan


def orthogonalise(x: Float[Tensor, "*n M N"], steps: int = 5) -> Float[Tensor, "*n M N"]:
    """Bring all singular values of a matrix to about 1: U S Vᵀ becomes nearly U Vᵀ.

    x ← a x + b (x xᵀ) x + c (x xᵀ)² x, a few times: each singular value s becomes a s + b s³ + c s⁵

    Returns: singular values between about 0.7 and 1.2, which is near enough to 1.
    Source: Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks".
    """
    if x.shape[-2] > x.shape[-1]:
        return orthogonalise(x.mT, steps).mT
    a, b, c = QUINTIC
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    return x


class Muon(torch.optim.Optimizer):
    """Move matrices by their orthogonalised momentum, and everything else by AdamW.

    Args:
        matrices: the maps inside the blocks; rest: tables, norms, biases, the last map.
        learning_rate: of the matrices; the rest moves at a fifth of it.
        weight_decay: of the matrices.

    Source: Jordan et al. 2024.
    """

    def __init__(
        self,
        matrices: Iterable[Tensor],
        rest: Iterable[Tensor],
        learning_rate: float = 0.02,
        weight_decay: float = 0.0,
        momentum: float = 0.95,
    ):
        settings = {"lr": learning_rate, "weight_decay": weight_decay, "momentum": momentum}
        super().__init__(list(matrices), settings)
        self.adam = torch.optim.AdamW(
            list(rest), learning_rate / 5, betas=(0.9, 0.95), weight_decay=0.0, fused=True
        )
        self.param_groups += self.adam.param_groups

    @torch.no_grad()
    def step(self) -> None:
        """Take one step; matrices of one shape are orthogonalised together."""
        self.adam.step()
        group, shapes = self.param_groups[0], defaultdict(list)
        for matrix in group["params"]:
            shapes[matrix.shape].append(matrix)
        for (rows, columns), alike in shapes.items():
            steps = orthogonalise(torch.stack([self._direction(m, group) for m in alike]))
            size = group["lr"] * max(1, rows / columns) ** 0.5
            for matrix, direction in zip(alike, steps, strict=True):
                matrix.mul_(1 - group["lr"] * group["weight_decay"]).sub_(direction, alpha=size)

    def _direction(self, matrix: Tensor, group: dict) -> Tensor:
        """Nesterov's momentum: where the averaged gradient will point after this one."""
        state = self.state[matrix]
        average = state.setdefault("average", torch.zeros_like(matrix))
        average.lerp_(matrix.grad, 1 - group["momentum"])
        return matrix.grad.lerp(average, group["momentum"])


def muon(model: nn.Module, learning_rate: float, weight_decay: float) -> Muon:
    """Make Muon for a language model, as `train(…, optimizer=muon)` asks for it."""
    matrices = [p for p in model.blocks.parameters() if p.ndim == 2]
    taken = {id(matrix) for matrix in matrices}
    rest = [p for p in model.parameters() if id(p) not in taken]
    return Muon(matrices, rest, learning_rate, weight_decay)
