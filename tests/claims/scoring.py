"""What lesson 03 claims."""

from functools import cache

import torch
from torch import nn
from torch.nn import functional as F

from attncourse import scoring
from attncourse.data import digit_halves, running_example
from attncourse.training import seeded, train
from tests.claims import claim

OWN = torch.arange(10)
ADDITIVE = {"W_q": (32, 32), "W_k": (32, 32), "w_v": (32,)}


@cache
def _halves(seed):
    halves = digit_halves(seed)
    return torch.tensor(halves.left), torch.tensor(halves.right)


def _found(score, seed=0):
    """Share of own halves found among ten, on held-out digits of a split."""
    left, right = _halves(seed)
    draws = torch.randint(1200, 1797, (200, 10), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        best = score(left[draws], right[draws]).argmax(-1)
    return (best == OWN).float().mean().item()


@cache
def _learned(score, seed):
    """The same after training, with another split for each seed."""
    sizes = ADDITIVE if score is scoring.additive_score else {"W": (32, 32)}
    with seeded(seed):
        parameters = nn.ParameterDict({n: torch.randn(size) / 6 for n, size in sizes.items()})
    left, right = _halves(seed)

    def loss():
        draws = torch.randint(1200, (32, 10))
        scores = score(left[draws], right[draws], **parameters)
        return F.cross_entropy(scores.flatten(0, 1), OWN.repeat(32))

    train(parameters, loss, 150, learning_rate=0.01, seed=seed)
    return _found(lambda query, key: score(query, key, **parameters), seed)


@claim(
    "similarity helps little: all three rules find fewer than two in ten",
    holds=lambda best, guessing: guessing < best < 0.2,
    beside="guessing",
    shown=".2f",
)
def best_similarity(seed):
    rules = (scoring.dot_score, scoring.cosine_score, scoring.gaussian_score)
    return max(_found(rule, seed) for rule in rules), 0.1


@claim(
    "finds six in ten, among digits that it has never seen",
    holds=lambda bilinear, similarity: bilinear > 0.54 > 0.2 > similarity,
    beside="dot product",
    shown=".2f",
)
def bilinear_learns(seed):
    return _learned(scoring.bilinear_score, seed), _found(scoring.dot_score, seed)


@claim(
    "hidden layer does about as well",
    holds=lambda additive, bilinear: abs(additive - bilinear) < 0.06,
    beside="bilinear",
    shown=".2f",
)
def additive_learns(seed):
    return _learned(scoring.additive_score, seed), _learned(scoring.bilinear_score, seed)


@claim(
    "After 100 steps both queries find the dog",
    holds=lambda dog, before: dog > 0.95 > 0.1 > before,
    beside="the dog's weight by similarity",
    shown=".2f",
)
def verbs_find_the_dog(seed):
    x = torch.tensor(running_example().keys)
    with seeded(seed):
        W = nn.Parameter(0.1 * torch.randn(2, 2, dtype=torch.float64))
    asking, right = x[[2, 6]], torch.tensor([1, 1])
    train(nn.ParameterList([W]), lambda: F.cross_entropy(asking @ W @ x.mT, right), 100,
          learning_rate=0.1, seed=seed)  # fmt: skip
    learned, similar = (asking @ V @ x.mT for V in (W.detach(), torch.eye(2).double()))
    return learned.softmax(-1)[:, 1].min(), similar.softmax(-1)[:, 1].max()


@claim(
    "A key that is the best fit of almost half of all queries",
    holds=lambda dot, cosine: 0.35 < dot < 0.5 and cosine < 0.05,
    beside="cosine",
    shown=".0%",
)
def one_long_key(seed):
    with seeded(seed + 10):  # other draws than the lesson's
        query, key = torch.randn(2000, 16), torch.randn(64, 16)
    key[0] *= 10
    rules = (scoring.dot_score, scoring.cosine_score)
    return tuple((rule(query, key).argmax(-1) == 0).float().mean() for rule in rules)


@claim(
    "with keys of equal norm, distance and dot product give the same weights",
    holds=lambda with_equal_norms, as_they_are: with_equal_norms < 1e-9 < 0.1 < as_they_are,
    beside="with the keys as they are",
    exact="an identity, tried on the running example",
)
def distance_and_dot_product_agree():
    example = running_example()
    query, keys = torch.tensor(example.query)[None], torch.tensor(example.keys)
    rules = (scoring.dot_score, scoring.gaussian_score)
    gaps = []
    for k in (F.normalize(keys, dim=-1), keys):
        dot, gaussian = (rule(query, k).softmax(-1) for rule in rules)
        gaps.append((dot - gaussian).abs().max())
    return tuple(gaps)
