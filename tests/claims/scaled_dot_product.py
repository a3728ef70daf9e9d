"""What lesson 04 claims."""

from functools import cache

import torch
from torch import nn
from torch.nn import functional as F

from attncourse.attention import masked_softmax
from attncourse.data import digit_halves
from attncourse.training import seeded, train
from tests.claims import claim

GIVEN = {
    "65504": "IEEE 754, binary16: its largest number",
    "0.83": "lesson 01: the dog's weight in its flow diagram",
}

RATES = (0.001, 0.003, 0.01, 0.03)


@cache
def _halves(seed):
    halves = digit_halves(seed)
    return torch.tensor(halves.left), torch.tensor(halves.right)


def _start(seed, d_k):
    with seeded(seed):
        return nn.ParameterList([torch.randn(32, d_k) / 4 for _ in range(2)])


def _scores(parameters, draws, scale, seed):
    left, right = _halves(seed)
    return (left[draws] @ parameters[0]) @ (right[draws] @ parameters[1]).mT / scale


@cache
def _found(seed, scale, rate, *, shrink=1.0, steps=100):
    """Share of own halves found after training at d_k = 1024, on another split for each seed."""
    parameters = nn.ParameterList([W / shrink for W in _start(seed, 1024)])
    right = _halves(seed)[1]

    def loss():
        draws = torch.randint(1200, (16, 10))
        output = _scores(parameters, draws, scale, seed).softmax(-1) @ right[draws]
        return (output - right[draws]).square().mean()

    train(parameters, loss, steps, learning_rate=rate, seed=seed)
    held_out = torch.randint(1200, 1797, (200, 10), generator=torch.Generator().manual_seed(1))
    best = _scores(parameters, held_out, scale, seed).argmax(-1)
    return (best == torch.arange(10)).float().mean().item()


@claim(
    "About a third, in all three runs",
    holds=lambda unscaled, scaled: unscaled < 0.42 and scaled > 0.55,
    beside="with the scale",
    shown=".2f",
)
def without_the_scale(seed):
    return _found(seed, 1, 0.01), _found(seed, 32, 0.01)


@claim(
    "At every rate the scale is far ahead within 100 steps",
    holds=lambda unscaled, scaled: unscaled < 0.8 * scaled,
    beside="with the scale, at the rate that suits it least",
    shown=".2f",
)
def without_the_scale_at_its_best_rate(seed):
    unscaled, scaled = ([_found(seed, scale, rate) for rate in RATES] for scale in (1, 32))
    return max(unscaled), min(scaled)


@claim(
    "With ten times the steps, the model without it reaches almost what the other had after 100",
    holds=lambda long, scaled: scaled - 0.06 < long < scaled,
    beside="with the scale, 100 steps",
    shown=".2f",
)
def without_the_scale_for_1000_steps(seed):
    return _found(seed, 1, 0.003, steps=1000), _found(seed, 32, 0.01)


@claim(
    "As good as with the scale",
    holds=lambda small, scaled: abs(small - scaled) < 0.05,
    beside="with the scale",
    shown=".2f",
)
def small_beginning(seed):
    return _found(seed, 1, 0.001, shrink=1024**0.25), _found(seed, 32, 0.01)


def _gradients(d_k, scale, seed):
    """Norm of each query's row of derivatives, and of the gradient of W_q."""
    parameters, right = _start(seed, d_k), _halves(seed)[1]
    with seeded(seed):
        draws = torch.randint(1200, (64, 10))
    scores = _scores(parameters, draws, scale, seed)
    scores.retain_grad()
    (scores.softmax(-1) @ right[draws] - right[draws]).square().sum().backward()
    return scores.grad.norm(dim=-1).flatten(), parameters[0].grad.norm()


@claim(
    "The typical query's gradient all but vanishes",
    holds=lambda unscaled, scaled: unscaled < 1e-3 and 4 < scaled < 6,
    beside="with the scale",
    shown=".1e",
    seeds=range(5),
)
def median_of_the_rows(seed):
    return tuple(_gradients(1024, scale, seed)[0].median() for scale in (1, 32))


@claim(
    "is more than three times as <i>large</i> as with the scale",
    holds=lambda unscaled, scaled: unscaled > 3 * scaled,
    beside="with the scale",
    shown=".0f",
    seeds=range(5),
)
def gradient_that_the_optimiser_gets(seed):
    return tuple(_gradients(1024, scale, seed)[1] for scale in (1, 32))


@claim(
    "the gradient comes from ever fewer queries",
    holds=lambda unscaled, scaled: unscaled < 0.1 and 0.7 < scaled < 0.85,
    beside="with the scale",
    shown=".0%",
    seeds=range(5),
)
def queries_that_carry_the_gradient(seed):
    return tuple(_carriers(4096, scale, seed) for scale in (1, 64))


def _carriers(d_k, scale, seed):
    """Fraction of the queries that carry 90% of the gradient, the largest first."""
    running = _gradients(d_k, scale, seed)[0].sort(descending=True).values.cumsum(0)
    return (running < 0.9 * running[-1]).float().mean()


@claim(
    "about one query in seven carries 90% of it",
    holds=lambda unscaled, scaled: 1 / 9.5 < unscaled < 1 / 6.5 and 0.7 < scaled < 0.85,
    beside="with the scale",
    shown=".0%",
    seeds=range(5),
)
def queries_that_carry_the_gradient_at_1024(seed):
    return tuple(_carriers(1024, scale, seed) for scale in (1, 32))


@claim(
    "With 1024 coordinates almost every row picks one key with near certainty",
    holds=lambda wide, narrow: wide > 0.9 > 0.8 > narrow,
    beside="mean of the largest weight with 4 numbers",
    shown=".2f",
)
def mean_of_the_largest_weight(seed):
    with seeded(seed):
        pairs = [torch.randn(2, 100, 6, d_k) for d_k in (1024, 4)]
    return tuple((q @ k.mT).softmax(-1).amax(-1).mean() for q, k in pairs)


@claim(
    "It leaks",
    holds=lambda late, early: late > 0.01 and early == 0,
    beside="masked before the softmax",
    exact="one table of scores, changed in one place",
)
def a_late_mask_leaks():
    scores, mask = torch.zeros(3, 3), torch.ones(3, 3).bool().tril()
    changed = scores.clone()
    changed[0, 2] = 3
    late = [(s.softmax(-1) * mask)[0].sum() for s in (scores, changed)]
    early = [masked_softmax(s, mask)[0].sum() for s in (scores, changed)]
    return abs(late[0] - late[1]), abs(early[0] - early[1])


@claim(
    "uniform weights on what must not be attended to",
    holds=lambda constant, ours: abs(constant - 1 / 3) < 1e-6 and ours == 0,
    beside="ours",
    exact="three given scores, all forbidden",
)
def a_constant_in_place_of_infinity():
    row, nothing = torch.tensor([[2.0, 0.0, -1.0]]), torch.zeros(1, 3).bool()
    return row.masked_fill(~nothing, -1e9).softmax(-1).max(), masked_softmax(row, nothing).max()


@claim(
    "The standard deviation is the root of the variance",
    holds=lambda unscaled, scaled: abs(unscaled - 32) < 1 and abs(scaled - 1) < 0.03,
    beside="divided by 32",
    shown=".2f",
)
def spread_of_the_scores(seed):
    with seeded(seed):
        query, key = torch.randn(2, 8, 64, 1024)
    spread = (query @ key.mT).std()
    return spread, spread / 32


@claim(
    "PyTorch's function returns zeros",
    holds=lambda weight: weight == 0,
    exact="one row, all forbidden",
)
def pytorch_and_a_forbidden_row():
    x = torch.zeros(3, 1)
    return F.scaled_dot_product_attention(x, x, torch.eye(3), torch.zeros(3, 3).bool()).max()
