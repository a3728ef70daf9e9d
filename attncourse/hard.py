"""Picking one value instead of averaging all of them, and three ways to learn what to pick.

A pick passes no gradient to its scores: nudge a score, and the same value is picked. So pretend
that the pick was soft (straight-through), draw a pick that is nearly hard (Gumbel-softmax), or
draw hard and make likelier what was rewarded (REINFORCE).
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


def one_hot_like(weights: Float[Tensor, "*batch N"], index: Tensor) -> Float[Tensor, "*batch N"]:
    """Put 1 at each index and 0 elsewhere, in the dtype of `weights`."""
    return F.one_hot(index, weights.shape[-1]).to(weights.dtype)


def argmax_attention(
    scores: Float[Tensor, "*batch M N"], value: Float[Tensor, "*#batch N_value d_v"]
) -> tuple[Float[Tensor, "*batch M d_v"], Float[Tensor, "*batch M N"]]:
    """Read the one value with the highest score, and no other.

    o_i = v_j*,  j* = argmax_j a_ij; of equal scores the first

    Args:
        scores: how well each of M queries fits each of N keys.
        value: what the keys stand for.

    Returns: (output, weights); each row of weights is 1 at j* and 0 elsewhere. The output has a
        gradient by the value that was read; by the scores it has none.
    Source: Xu et al. 2015, section 4.1, with the likeliest place instead of a drawn one.
    Derived in: lesson 12.
    """
    return _read(scores, value, scores.argmax(-1))


def sample_attention(
    scores: Float[Tensor, "*batch M N"], value: Float[Tensor, "*#batch N_value d_v"]
) -> tuple[Float[Tensor, "*batch M d_v"], Float[Tensor, "*batch M N"]]:
    """Read one value, drawn with the softmax of the scores as probabilities.

    o_i = v_j,  j drawn with probability α_ij = softmax(a_i)_j

    Returns: (output, weights), each row of weights 1 at the value drawn.
    Source: Xu et al. 2015, section 4.1. Derived in: lesson 12.
    """
    return _read(scores, value, torch.distributions.Categorical(logits=scores).sample())


def log_probability(
    scores: Float[Tensor, "*batch N"], weights: Float[Tensor, "*batch N"]
) -> Float[Tensor, "*batch"]:
    """Log of the probability with which the softmax of the scores draws these one-hot weights."""
    return (weights * scores.log_softmax(-1)).sum(-1)


def reinforce_loss(
    log_prob: Float[Tensor, "*batch"],
    reward: Float[Tensor, "..."],
    baseline: Float[Tensor, "..."] | float = 0.0,
) -> Float[Tensor, ""]:
    """Make draws likelier by how much their reward exceeds the baseline.

    loss = −mean((reward − baseline) · log p), whose gradient is on average that of −E[reward]

    Args:
        log_prob: log of the probability of what was drawn; the only gradient goes through it.
        reward: how good that was; taken as a number, without gradient.
        baseline: what to expect; must not depend on the draw that it is compared with.

    Source: Williams 1992, section 3. Derived in: lesson 12.
    """
    if log_prob.shape != reward.shape:
        got = f"{tuple(log_prob.shape)} and {tuple(reward.shape)}"
        raise ValueError(f"every draw needs one log_prob and one reward; got {got}")
    return -((reward - baseline).detach() * log_prob).mean()


def leave_one_out_baseline(reward: Float[Tensor, "*batch K"]) -> Float[Tensor, "*batch K"]:
    """Give each of K draws the mean reward of the other K − 1 as its baseline.

    Raises: ValueError if there is no other draw.
    Source: Kool, van Hoof, Welling 2019, equation 8. Derived in: lesson 12.
    """
    K = reward.shape[-1]
    if K < 2:
        raise ValueError(f"leaving one out needs at least 2 draws; got {K}")
    return (reward.sum(-1, keepdim=True) - reward) / (K - 1)


def straight_through(weights: Float[Tensor, "*batch N"]) -> Float[Tensor, "*batch N"]:
    """Pick hard on the way forward; on the way back, let the gradient pass as if nothing happened.

    forward: one-hot at the largest weight; backward: ∂output/∂weights = identity

    Source: Bengio, Léonard, Courville 2013, section 4; Jang, Gu, Poole 2017, section 2.2.
    Derived in: lesson 12.
    """
    return weights + (one_hot_like(weights, weights.argmax(-1)) - weights).detach()


def gumbel_softmax(
    scores: Float[Tensor, "*batch N"], temperature: float = 1.0
) -> Float[Tensor, "*batch N"]:
    """Draw weights that are the closer to one-hot, the lower the temperature.

    weights = softmax((scores + g)/t),  g_j = −log(−log u_j),  u_j uniform on (0, 1)

    The largest of them is at j with probability softmax(scores)_j, at any temperature.

    Raises: ValueError if the temperature is not above 0.
    Source: Jang, Gu, Poole 2017; Maddison, Mnih, Teh 2017. Derived in: lesson 12.
    """
    if temperature <= 0:
        raise ValueError(f"temperature must be above 0; got {temperature}")
    noise = -torch.empty_like(scores).exponential_().log()  # −log of an exponential is Gumbel
    return ((scores + noise) / temperature).softmax(-1)


def expected_gradient(
    scores: Float[Tensor, "*batch N"], reward: Float[Tensor, "*batch N"]
) -> Float[Tensor, "*batch N"]:
    """Gradient of the expected reward by the scores, when every outcome's reward is known.

    ∂/∂a_j Σ_i α_i r_i = α_j (r_j − Σ_i α_i r_i),  α = softmax(a)

    Source: Williams 1992, section 5. Derived in: lesson 12.
    """
    weights = scores.softmax(-1)
    return weights * (reward - (weights * reward).sum(-1, keepdim=True))


class AtTemperature(nn.Module):
    """A score divided by a temperature: near 0, the softmax after it picks the best fit alone."""

    def __init__(self, score: Callable[[Tensor, Tensor], Tensor], temperature: float):
        super().__init__()
        self.score, self.temperature = score, temperature

    def forward(self, query: Tensor, key: Tensor) -> Tensor:
        """Compare, then divide."""
        return self.score(query, key) / self.temperature


def _read(scores: Tensor, value: Tensor, index: Tensor) -> tuple[Tensor, Tensor]:
    """Take the value at each index: M values are read, not N."""
    if scores.shape[-1] != value.shape[-2]:
        raise ValueError(
            f"scores and value must share N; got {scores.shape[-1]} and {value.shape[-2]}"
        )
    every = value.expand(*scores.shape[:-2], *value.shape[-2:])
    return every.take_along_dim(index[..., None], dim=-2), one_hot_like(scores, index)
