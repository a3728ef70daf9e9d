"""The parts that today's models exchanged: norms, gates, a softmax with a way out, a memory.

Each function takes the place of one of lesson 04's, 10's or 15's and changes one thing. Put
together they are `attncourse.remade`; longer texts and smaller caches are `attncourse.reach`.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn


def rms_norm(
    x: Float[Tensor, "*batch d_model"], gain: Float[Tensor, " d_model"], eps: float = 1e-6
) -> Float[Tensor, "*batch d_model"]:
    """Bring each vector to a root mean square of 1, and stretch its entries.

    output = x / √(mean(x²) + eps) · gain

    Args:
        gain: one number per entry, learned; there is no bias, and no mean is subtracted.
        eps: keeps a vector of zeros from a division by zero.

    Raises: ValueError if x and gain do not share d_model.
    Source: Zhang and Sennrich 2019, equation 4. Derived in: lesson 17.
    """
    if x.shape[-1:] != gain.shape:
        raise ValueError(
            f"x and gain must share d_model; got {x.shape[-1]} and {tuple(gain.shape)}"
        )
    return x * (x.square().mean(-1, keepdim=True) + eps).rsqrt() * gain


class SwiGLU(nn.Module):
    """Transform each token alone, through a gate: W_2 (silu(W_gate x) ⊙ W_1 x).

    Three matrices where `FeedForward` has two; at d_ff = 8/3 d_model they have as many numbers.

    Source: Shazeer 2020, equation 6. Derived in: lesson 17.
    """

    def __init__(self, d_model: int, d_ff: int):
        super().__init__()
        self.W_gate = nn.Linear(d_model, d_ff, bias=False)
        self.W_1 = nn.Linear(d_model, d_ff, bias=False)
        self.W_2 = nn.Linear(d_ff, d_model, bias=False)

    def forward(self, x: Float[Tensor, "*batch d_model"]) -> Float[Tensor, "*batch d_model"]:
        """Widen twice, let one half decide how much of the other passes, narrow."""
        return self.W_2(F.silu(self.W_gate(x)) * self.W_1(x))


def softmax_with_sink(
    scores: Float[Tensor, "*batch H M N"],
    sink: Float[Tensor, " H"],
    mask: Bool[Tensor, "..."] | None = None,
) -> Float[Tensor, "*batch H M N"]:
    """Turn scores into weights that sum to less than 1: what is left goes to nothing.

    α_ij = exp(a_ij) / (exp(s_h) + Σ_n exp(a_in))

    Args:
        sink: s, the score of nothing, one per head, learned; 0 is "softmax1", −∞ lesson 04's.
        mask: True = may attend; a row that may attend to nothing gives zeros by itself.

    Raises: ValueError if there is not one sink per head.
    Source: Miller 2023 (s = 0); OpenAI 2025, gpt-oss model card, section 2.2 (learned).
    Derived in: lesson 17.
    """
    if scores.shape[-3:-2] != sink.shape:
        got = f"{tuple(scores.shape)} and {tuple(sink.shape)}"
        raise ValueError(f"scores and sink must share H; got {got}")
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    nothing = sink[:, None, None].expand(*scores.shape[:-1], 1)  # H M 1, one more column
    return torch.cat([scores, nothing], dim=-1).softmax(-1)[..., :-1]


def qk_norm(
    query: Float[Tensor, "*batch M d_k"], key: Float[Tensor, "*batch N d_k"]
) -> tuple[Float[Tensor, "*batch M d_k"], Float[Tensor, "*batch N d_k"]]:
    """Give all queries and keys a root mean square of 1, so that no score can exceed √d_k.

    |q · k| / √d_k ≤ |q| |k| / √d_k = √d_k

    Learned gains are left out: `Remade` has one number per head.

    Source: Henry et al. 2020; Dehghani et al. 2023, section 2. Derived in: lesson 17.
    """
    ones = query.new_ones(query.shape[-1])
    return rms_norm(query, ones), rms_norm(key, ones)


def delta_rule_step(
    S: Float[Tensor, "*batch d_k d_v"],
    key: Float[Tensor, "*batch d_k"],
    value: Float[Tensor, "*batch d_v"],
    beta: Float[Tensor, " *batch"],
) -> Float[Tensor, "*batch d_k d_v"]:
    """Store a value under a key, in place of what the memory gives for that key.

    S ← S + β kᵀ (v − k S), k of norm 1;  ask with q S

    Args:
        S: the memory, one matrix whatever is stored.
        key: need not have norm 1; it is normalised here.
        beta: how much is corrected, 0 nothing, 1 all of it.

    Source: Widrow and Hoff 1960; Schlag, Irie, Schmidhuber 2021, equation 24; Yang et al. 2024.
    Derived in: lesson 17.
    """
    key = F.normalize(key, dim=-1).unsqueeze(-2)  # 1 d_k
    wrong = value.unsqueeze(-2) - key @ S  # 1 d_v
    return S + beta[..., None, None] * key.mT @ wrong


def delta_rule(
    query: Float[Tensor, "*batch T d_k"],
    key: Float[Tensor, "*batch T d_k"],
    value: Float[Tensor, "*batch T d_v"],
    beta: Float[Tensor, "*batch T"],
) -> Float[Tensor, "*batch T d_v"]:
    """Attend backwards through a memory that corrects itself: `delta_rule_step`, then ask.

    Source: Yang et al. 2024, section 2.2; queries are normalised as keys are.
    Derived in: lesson 17.
    """
    S = query.new_zeros(*query.shape[:-2], query.shape[-1], value.shape[-1])
    outputs = []
    for t in range(query.shape[-2]):
        S = delta_rule_step(S, key[..., t, :], value[..., t, :], beta[..., t])
        outputs.append((F.normalize(query[..., t, :], dim=-1).unsqueeze(-2) @ S).squeeze(-2))
    return torch.stack(outputs, dim=-2)
