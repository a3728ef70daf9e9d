"""Blocks with one part missing: what is each part of a Transformer good for?

The task is to sort eight digits in one pass: place i must say the i-th smallest. No row is seen
twice, for there are 10⁸.
"""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from attncourse.attention import fused_attention
from attncourse.blocks import Block, scale_residuals
from attncourse.cache import trained_once
from attncourse.training import seeded, train
from attncourse.transformer import Embedding, Sizes

PARTS = ("attention", "feed-forward", "norm", "residual")
LENGTH, DIGITS = 8, 10


class Ablated(Block):
    """A `Block` without one of its parts, "" for none; pre-norm unless asked otherwise."""

    def __init__(self, d_model: int, n_heads: int, d_ff: int, *, without: str = "", **options):
        if without not in ("", *PARTS):
            raise ValueError(f"without must be '' or one of {', '.join(PARTS)}; got {without!r}")
        super().__init__(d_model, n_heads, d_ff, **options)
        self.without = without
        if without == "norm":
            self.norm_1, self.norm_2 = nn.Identity(), nn.Identity()

    def forward(
        self, x: Float[Tensor, "B T d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> tuple[Float[Tensor, "B T d_model"], None]:
        """Attend, then transform; a sublayer that is missing adds nothing."""

        def attend(vectors):
            return self.attention(vectors, vectors, vectors, mask, attend=fused_attention)[0]

        if self.without != "attention":
            x = self._sublayer(x, attend, self.norm_1)
        if self.without != "feed-forward":
            x = self._sublayer(x, self.feed_forward, self.norm_2)
        return x, None

    def _sublayer(self, x: Tensor, change: Callable[[Tensor], Tensor], norm: nn.Module) -> Tensor:
        kept = 0.0 if self.without == "residual" else x
        return kept + change(norm(x)) if self.pre_norm else norm(kept + change(x))


class Sorter(nn.Module):
    """Embed, add positions, pass through a stack, score the digits: one answer for each place."""

    def __init__(self, *, without: str = "", **sizes):
        super().__init__()
        shape = Sizes(**{"d_model": 32, "n_layers": 4} | sizes)
        self.embed = Embedding(DIGITS, shape)
        widths = (shape.d_model, shape.n_heads, shape.d_ff or 4 * shape.d_model)
        options = {"pre_norm": shape.pre_norm, "without": without}
        self.stack = nn.ModuleList(Ablated(*widths, **options) for _ in range(shape.n_layers))
        scale_residuals(self.stack)
        self.norm = nn.Identity() if without == "norm" else shape.last_norm()
        self.score = nn.Linear(shape.d_model, DIGITS)

    def forward(self, digits: Int[Tensor, "B T"]) -> Float[Tensor, "B T 10"]:
        """Return logits: row i scores what the i-th smallest digit is."""
        x = self.embed(digits)
        for block in self.stack:
            x, _ = block(x)
        return self.score(self.norm(x))


@trained_once
def sorter(
    without: str = "",
    *,
    pre_norm: bool = True,
    n_layers: int = 4,
    warmup: int = 50,
    learning_rate: float = 3e-3,
    steps: int = 200,
    seed: int = 0,
):
    """A stack that learns to sort, in about 4 s of CPU; `evaluated` holds the share of rows right.

    Args: without, as in `Ablated`; the others as in `Sizes` and `Recipe`.
    """
    with seeded(seed):
        model = Sorter(without=without, pre_norm=pre_norm, n_layers=n_layers)

    def loss():
        digits = torch.randint(DIGITS, (64, LENGTH))
        logits = model(digits)
        return nn.functional.cross_entropy(logits.mT, digits.sort(-1).values)

    def rows_right():
        digits = torch.randint(DIGITS, (1000, LENGTH))
        return (model(digits).argmax(-1) == digits.sort(-1).values).all(-1).float().mean().item()

    options = {"learning_rate": learning_rate, "warmup": warmup, "seed": seed}
    return model, lambda: train(model, loss, steps, evaluate=rows_right, **options)
