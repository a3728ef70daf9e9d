"""Derive what cross-entropy tells each logit."""

import torch
import torch.nn.functional as F

from attncourse import recurrent
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import DOUBLE, integers, normal
from attncourse.checks.exercises.recurrent.shared import real


def _target(seed, lengths, M, pad=0):
    return torch.where(real(lengths, M), integers(seed, 1, 4, len(lengths), M), pad)


def _cases():
    logits = torch.tensor([[2.0, 0.0, 1.0], [0.0, 1.0, -1.0]], dtype=DOUBLE)
    return [
        Case("one sentence", logits, torch.tensor([1, 2]), 0, gradient=False),
        Case("nothing is padding", normal(1, 2, 3, 5), _target(2, [3, 3], 3), 0, gradient=False),
        Case("padding", normal(3, 2, 5, 7), _target(4, [5, 2], 5), 0, gradient=False),
        Case("padding", normal(5, 3, 4, 6), _target(6, [1, 4, 3], 4), 0, gradient=False),
        Case("another pad", normal(7, 3, 4, 7), _target(8, [4, 1, 2], 4, 6), 6, gradient=False),
        Case(
            "float32",
            normal(9, 2, 5, 6, dtype=torch.float32),
            _target(9, [5, 3], 5),
            0,
            gradient=False,
        ),
    ]


def _with(
    logits, target, pad, *, sign=1, mean="words", padding="none", minus="one-hot", turn="softmax"
):
    given = logits.softmax(-1) if turn == "softmax" else logits
    wanted = F.one_hot(target, logits.shape[-1]) if minus == "one-hot" else 0.0
    keep = (target != pad) if padding == "none" else torch.ones_like(target, dtype=torch.bool)
    n = {"words": (target != pad).sum(), "places": target.numel(), "none": 1}[mean]
    return sign * (given - wanted) * keep[..., None] / n


EXERCISE = Exercise(
    reference=recurrent.loss_gradient,
    points=2,
    cases=_cases,
    hints=(
        "For one word with target y: ℓ = −a_y + ln Σ_v exp(a_v). Differentiate both terms by a_v.",
        "The first term gives −1 at v = y and 0 elsewhere; the second gives the softmax.",
        "The mean divides by n, the number of real words. Padding is not in the sum at all.",
    ),
    rewrite=_with,
    laws=(
        Law(
            "the derivatives of a word sum to 0",
            lambda result, *_: bool((result.sum(-1).abs() < 1e-4).all()),
        ),
        Law(
            "padding has no gradient",
            lambda result, logits, target, pad: bool((result[target == pad] == 0).all()),
        ),
    ),
    mistakes=(
        Mistake(
            "other-sign",
            "turned the sign round",
            "Raising the logit of the right word lowers the loss: its derivative is negative.",
            sign=-1,
        ),
        Mistake(
            "forgot-mean",
            "forgot to divide by the number of words",
            "The loss is a mean over the n real words.",
            mean="none",
        ),
        Mistake(
            "mean-over-places",
            "divided by all places, padding too",
            "n counts real words only.",
            mean="places",
        ),
        Mistake(
            "padding-pulls",
            "gave padding a gradient",
            "Padding is not in the loss, so it moves nothing.",
            padding="too",
        ),
        Mistake(
            "softmax-alone",
            "left out the right word",
            "The term −a_y has a derivative, too.",
            minus="nothing",
        ),
        Mistake(
            "no-softmax",
            "used the logits where their softmax belongs",
            "The derivative of ln Σ exp(a_v) is the softmax.",
            turn="none",
        ),
    ),
    verified="the gradient that autograd finds, with padding and without, for two values of pad",
)
