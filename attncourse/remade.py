"""Lesson 11's GPT with one part, or several, exchanged for today's; trained to copy letters."""

from collections.abc import Collection

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from attncourse.attention import masked_softmax
from attncourse.blocks import Block
from attncourse.cache import trained_once
from attncourse.language import GPT
from attncourse.modern import SwiGLU, qk_norm, softmax_with_sink
from attncourse.multihead import MultiHeadAttention, split_heads
from attncourse.muon import muon
from attncourse.pretrained import begin_with_nothing, repeated_rows, squared_relu
from attncourse.scoring import scaled_dot_score
from attncourse.training import seeded, train
from attncourse.transformer import Sizes

PARTS = ("RMSNorm", "SwiGLU", "QK-norm", "sink")


class RemadeAttention(MultiHeadAttention):
    """Multi-head attention with a sink, with QK-norm, with both or with neither.

    Args: parts, of `PARTS`; the others are not this layer's.
    """

    def __init__(self, d_model: int, n_heads: int, parts: Collection[str]):
        super().__init__(d_model, n_heads)
        self.sink = nn.Parameter(torch.zeros(n_heads)) if "sink" in parts else None
        self.gain = nn.Parameter(torch.ones(n_heads)) if "QK-norm" in parts else None

    def forward(self, query, key, value, mask=None, *, rotate=None, attend=None):
        """As `MultiHeadAttention.forward`; how to attend is decided here."""
        return super().forward(query, key, value, mask, rotate=rotate, attend=self._attend)

    def _attend(self, query, key, value, mask=None, *, bias=None):
        weights = self._weights(self.scores(query, key), mask)
        return weights @ value, weights

    def scores(
        self, query: Float[Tensor, "*batch M d_k"], key: Float[Tensor, "*batch N d_k"]
    ) -> Float[Tensor, "*batch M N"]:
        """Scaled dot products; after QK-norm times a learned number per head."""
        if self.gain is None:
            return scaled_dot_score(query, key)
        return self.gain[:, None, None] * scaled_dot_score(*qk_norm(query, key))

    def _weights(self, scores: Tensor, mask: Bool[Tensor, "..."] | None) -> Tensor:
        if self.sink is None:
            return masked_softmax(scores, mask)
        return softmax_with_sink(scores, self.sink, mask)


class RemadeBlock(Block):
    """A pre-norm block in which some parts are exchanged; subclasses say which."""

    parts: tuple[str, ...] = ()

    def __init__(self, d_model: int, n_heads: int, d_ff: int, **how):
        super().__init__(d_model, n_heads, d_ff, **how)
        self.attention = RemadeAttention(d_model, n_heads, self.parts)
        if "SwiGLU" in self.parts:
            self.feed_forward = SwiGLU(d_model, 2 * d_ff // 3)
        if "RMSNorm" in self.parts:
            self.norm_1, self.norm_2 = nn.RMSNorm(d_model), nn.RMSNorm(d_model)


class RemadeGPT(GPT):
    """A GPT whose blocks are `RemadeBlock`s.

    Args: parts, of `PARTS`: what is exchanged; nothing of them gives lesson 11's GPT.
    Raises: ValueError if a part has no name there.
    """

    def __init__(self, vocab_size: int, T_max: int, parts: Collection[str] = (), **sizes):
        if unknown := set(parts) - set(PARTS):
            raise ValueError(f"parts must be of {', '.join(PARTS)}; got {sorted(unknown)}")

        super().__init__(vocab_size, T_max, **sizes)
        shape = Sizes(**{"activation": F.gelu} | sizes, T_max=T_max)
        self.blocks = shape.stack(type("Remade", (RemadeBlock,), {"parts": tuple(parts)}))
        if "RMSNorm" in parts:
            self.norm = nn.RMSNorm(shape.d_model)


@trained_once
def copier(parts: tuple[str, ...] = (), *, steps: int = 150, seed: int = 0):
    """Lesson 11's copier with some parts exchanged: 150 steps take 7 s of CPU.

    It reads 12 random letters and then the same 12 again; only the second half can be foreseen.
    """
    with seeded(seed):
        sizes = {"d_model": 64, "n_heads": 4, "n_layers": 2, "activation": squared_relu}
        model = RemadeGPT(26, 24, parts, **sizes)
    begin_with_nothing(model)
    recipe = {"learning_rate": 0.02, "weight_decay": 0.0, "warmup": 10, "clip": None}

    def loss():
        return model.loss(repeated_rows(64))

    return model, lambda: train(model, loss, steps, seed=seed, optimizer=muon, **recipe)


def learn_steeply(parts: tuple[str, ...], rate: float, *, seed: int = 0) -> tuple[float, float]:
    """Train a GPT of one block for 100 steps at a learning rate that may be too high for it.

    It reads three random letters four times. AdamW, gradients cut at a norm of 1; under 1 s.

    Returns: (loss in nats where it can be foreseen, the largest score of all queries and keys).
    """
    with seeded(seed):
        model = RemadeGPT(26, 12, parts, d_model=32, n_heads=2, n_layers=1)
    options = {"learning_rate": rate, "weight_decay": 0.0, "warmup": 10, "seed": seed}
    train(model, lambda: model.loss(_in_threes(32)), 100, **options)
    with seeded(1), torch.no_grad():
        tokens = _in_threes(64)
        logits, block = model(tokens), model.blocks[0]
        x = block.norm_1(model.table(tokens))
        layer = block.attention
        asked = (split_heads(W(x), layer.n_heads) for W in (layer.W_q, layer.W_k))
        scores = layer.scores(*map(model.rotate, asked))
    return F.cross_entropy(logits[:, 3:-1].mT, tokens[:, 4:]).item(), scores.abs().max().item()


def _in_threes(n: int) -> Tensor:
    """n rows of three letters, four times each: n × 12."""
    return torch.randint(26, (n, 3)).repeat(1, 4)
