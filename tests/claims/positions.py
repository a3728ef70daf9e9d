"""What lesson 08 claims."""

from functools import cache

import torch

from attncourse.positions import rotate, sinusoidal_encoding
from tests.claims import claim
from tests.claims.taught import taught

GIVEN = {"0.86 to 0.98": "seeds that the lesson does not show: squeezing_saves_all_three, below"}
NEW = range(3, 6)  # the lesson shows 0 to 2


@cache
def learned(way, seed):
    return taught("positions", "right").learn(way, seed)


@cache
def right(way, seed, T, **squeezed):
    return taught("positions", "right").right(learned(way, seed), T, **squeezed)


def share_of_distance(scores):
    """Which part of the variance of a T × T table its diagonals explain."""
    place = torch.arange(len(scores))
    distance = place - place[:, None]
    means = torch.stack([scores.diagonal(d).mean() for d in range(1 - len(scores), len(scores))])
    left = scores - means[distance + len(scores) - 1]
    return 1 - left.square().sum() / (scores - scores.mean()).square().sum()


@claim(
    "On the right the stripes are gone.",
    holds=lambda between, plain: between < 0.6 and plain > 0.999,
    beside="p · p: variance that the distance explains",
    shown=".2f",
    seeds=range(10, 20),
)
def projections_destroy_the_stripes(seed):
    encoding = sinusoidal_encoding(32, 32)
    W_q, W_k = torch.randn(2, 32, 32, generator=torch.Generator().manual_seed(seed)) / 32**0.5
    between = encoding @ W_q @ (encoding @ W_k).T
    return share_of_distance(between), share_of_distance(encoding @ encoding.T)


@claim(
    "RoPE turns by exactly the rotation that moves a sinusoid.",
    holds=lambda error: error < 1e-4,
    exact="nothing is drawn",
)
def rope_moves_a_sinusoid():
    encoding = sinusoidal_encoding(40, 32)
    return (rotate(encoding[:30], torch.full((30,), -10)) - encoding[10:]).abs().max()


@claim(
    "With other seeds one of them may need a few steps more",
    holds=lambda least, none: least > 0.9 and none < 0.56,
    beside="no positions",
    seeds=NEW,
)
def five_ways_solve_the_trained_length(seed):
    ways = ("learned", "sinusoidal", "relative bias", "RoPE", "ALiBi")
    return min(right(way, seed, 16) for way in ways), right("none", seed, 16)


@claim(
    "ALiBi is first, the relative bias second",
    holds=lambda alibi, relative: alibi > relative > 0.6,
    beside="relative bias, 64 words",
    seeds=NEW,
)
def order_at_four_times_the_length(seed):
    others = [right(way, seed, 64) for way in ("learned", "sinusoidal", "RoPE", "none")]
    relative = right("relative bias", seed, 64)
    return right("ALiBi", seed, 64), relative if relative > max(others) else 0


@claim(
    "RoPE has turned so far that it does worse than a coin",
    holds=lambda rope, none: rope < 0.4 < none,
    beside="no positions",
    seeds=NEW,
)
def rope_fails_worse_than_a_coin(seed):
    return right("RoPE", seed, 64), right("none", seed, 64)


@claim(
    "the answer of the relative bias is a guess",
    holds=lambda measured, foreseen: abs(measured - foreseen) < 0.11,
    beside="foreseen",
    seeds=NEW,
)
def the_relative_bias_is_foreseen(seed):
    T, R = 64, 15
    both_far = (T - R) * (T - R - 1) / ((T - 1) * (T - 2))
    return right("relative bias", seed, T), 1 - both_far / 2


@claim(
    "Squeezed, all positions that are numbers reach four times the length",
    holds=lambda least, plain: least > max(0.85, plain + 0.05),
    beside="the best of them, not squeezed",
    seeds=NEW,
)
def squeezing_saves_all_three(seed):
    ways = ("RoPE", "sinusoidal", "ALiBi")
    squeezed = min(right(way, seed, 64, scale=16 / 64) for way in ways)
    return squeezed, max(right(way, seed, 64) for way in ways)


@claim(
    "RoPE prefers the first of the two names",
    holds=lambda first, last: first > last,
    beside="the one who came last",
    seeds=NEW,
    shown=".0%",
)
def what_rope_says_at_four_times_the_length(seed):
    texts, last = taught("positions", "right").tests[64]
    with torch.no_grad():
        answers = learned("RoPE", seed)(texts).argmax(-1)
    named = (texts == answers[:, None]).any(-1)
    return (named & (answers != last)).float().mean(), (answers == last).float().mean()


@claim(
    "a model that cannot see order",
    holds=lambda wrong, sinusoidal: wrong < 0.56 and sinusoidal > 0.97,
    beside="encoding along the tokens",
    seeds=NEW,
)
def an_encoding_along_the_batch(seed):
    of = taught("positions", "tell_along_the_batch")
    wrong = of.learn("sinusoidal", seed, tell=of.tell_along_the_batch)
    return of.right(wrong, 16), right("sinusoidal", seed, 16)
