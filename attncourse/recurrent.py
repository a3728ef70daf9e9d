"""What an encoder–decoder attends to, what it reads in training, and what it is judged by.

The models themselves are in `seq2seq`; how they write is in `decoding`.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from attncourse.attention import masked_softmax
from attncourse.scoring import additive_score, bilinear_score, dot_score

Score = Callable[[Tensor, Tensor], Tensor]  # (*batch, M, d_q), (*batch, N, d_k) → (*batch, M, N)


def context_vector(
    state: Float[Tensor, "*batch d_state"],
    memory: Float[Tensor, "*batch N d_memory"],
    mask: Bool[Tensor, "*batch N"],
    score: Score,
) -> tuple[Float[Tensor, "*batch d_memory"], Float[Tensor, "*batch N"]]:
    """Attend to the memory once: the decoder's state is the query, keys are values.

    c = Σ_j α_j h_j,  α = softmax over the real words j of score(s, h_j)

    Args:
        state: s, one vector per sentence.
        memory: h_1 … h_N, the encoder's states.
        mask: True = a real word, False = padding.
        score: compares queries (*batch, 1, d_state) with keys, as `dot_score` does.

    Returns: (context, weights).
    Source: Bahdanau et al. 2015, equations 5 and 6. Derived in: lesson 09.
    """
    scores = score(state.unsqueeze(-2), memory)  # *batch 1 N
    weights = masked_softmax(scores, mask.unsqueeze(-2))
    return (weights @ memory).squeeze(-2), weights.squeeze(-2)


def shift_right(tokens: Int[Tensor, "*batch T"], bos: int) -> Int[Tensor, "*batch T"]:
    """What the decoder reads in training: at each place the word before, at first `bos`.

    (y_1, y_2, …, y_T) becomes (bos, y_1, …, y_{T−1})

    Args:
        tokens: the target; it stays as it is.
        bos: the token that stands for the beginning.

    Source: Williams and Zipser 1989, "teacher forcing". Derived in: lesson 09.
    """
    return F.pad(tokens, (1, 0), value=bos)[..., :-1]


def sequence_loss(
    logits: Float[Tensor, "*batch T V"], target: Int[Tensor, "*batch T"], pad: int
) -> Float[Tensor, ""]:
    """Cross-entropy in nats per word: each real word counts once, padding never.

    −1/n Σ ln softmax(logits_t)[target_t]  over the n places where target_t ≠ pad

    Args:
        logits: scores of the V tokens at each place.
        target: the token that should stand there.
        pad: the token that only fills up.

    Returns: 0 where everything is padding.
    Raises: ValueError if the sizes do not fit. Derived in: lesson 09.
    """
    if logits.shape[:-1] != target.shape:
        got = f"{tuple(logits.shape[:-1])} and {tuple(target.shape)}"
        raise ValueError(f"logits and target must share their batch axes and T; got {got}")
    flat = logits.reshape(-1, logits.shape[-1]), target.reshape(-1)
    total = F.cross_entropy(*flat, ignore_index=pad, reduction="sum")
    return total / (target != pad).sum().clamp_min(1)


def loss_gradient(
    logits: Float[Tensor, "*batch T V"], target: Int[Tensor, "*batch T"], pad: int
) -> Float[Tensor, "*batch T V"]:
    """What `sequence_loss` tells each logit: how far the model's belief is from the truth.

    ∂ℓ/∂logits = (softmax(logits) − one-hot(target)) / n  at real words, 0 at padding

    Args: as `sequence_loss`.
    Source: Bridle 1990, section 3. Derived in: lesson 09.
    """
    real = target != pad
    belief, truth = logits.softmax(-1), F.one_hot(target, logits.shape[-1])
    return (belief - truth) * real.unsqueeze(-1) / real.sum().clamp_min(1)


class GeneralScore(nn.Module):
    """Luong's "general": a learned matrix between query and key."""

    def __init__(self, width: int):
        super().__init__()
        self.W = _parameter(width, width)

    def forward(self, query: Tensor, key: Tensor) -> Tensor:
        """Scores a_ij = q_iᵀ W k_j."""
        return bilinear_score(query, key, self.W)


class AdditiveScore(nn.Module):
    """Bahdanau's: a small network reads query and key."""

    def __init__(self, width: int):
        super().__init__()
        self.W_q, self.W_k = _parameter(width, width), _parameter(width, width)
        self.w_v = _parameter(width)

    def forward(self, query: Tensor, key: Tensor) -> Tensor:
        """Scores a_ij = w_v · tanh(q_i W_q + k_j W_k)."""
        return additive_score(query, key, self.W_q, self.W_k, self.w_v)


SCORES = {"dot": lambda width: dot_score, "general": GeneralScore, "additive": AdditiveScore}


def _parameter(*shape: int) -> nn.Parameter:
    return nn.Parameter(torch.randn(*shape) / shape[0] ** 0.5)
