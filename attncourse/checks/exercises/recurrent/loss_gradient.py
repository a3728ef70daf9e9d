"""Derive what cross-entropy tells each logit."""

from functools import partial

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
        Case(
            "large logits",
            normal(5, 3, 4, 6, spread=900),
            _target(6, [1, 4, 3], 4),
            0,
            gradient=False,
        ),
        Case("not contiguous", normal(10, 2, 6, 5).mT, _target(11, [5, 2], 5), 0, gradient=False),
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
    given = {
        "softmax": lambda: logits.softmax(-1),
        "over time": lambda: logits.softmax(-2),
        "none": lambda: logits,
        "left out": lambda: 0 * logits,
        "exp": lambda: logits.exp() / logits.exp().sum(-1, keepdim=True),
        "sigmoid": lambda: logits.sigmoid(),
        "its logarithm": lambda: logits.log_softmax(-1),
        "its derivative": lambda: logits.softmax(-1) * (1 - logits.softmax(-1)),
    }[turn]()
    wanted = F.one_hot(target, logits.shape[-1]) if minus == "one-hot" else 0.0
    keep = {"none": target != pad, "too": target == target, "alone": target == pad}[padding]
    words = (target != pad if padding != "alone" else keep).sum()
    own = (target != pad).sum(-1, keepdim=True).clamp_min(1)[..., None]
    n = {
        "words": words,
        "places": target.numel(),
        "none": 1,
        "sentence": own,
        "sentences": len(target),
        "vocabulary": logits.shape[-1],
    }[mean]
    return sign * (given - wanted) * keep[..., None] / n


def _parts(logits, target, pad):
    """The probabilities, the one-hot target, and what is real, over their number."""
    real = target != pad
    one_hot = F.one_hot(target.masked_fill(~real, 0), logits.shape[-1]).to(logits.dtype)
    return logits.softmax(-1), one_hot, real[..., None] / real.sum()


def _of_probability(logits, target, pad):
    p, one_hot, share = _parts(logits, target, pad)
    return (p * one_hot).sum(-1, keepdim=True) * (p - one_hot) * share


def _right_word_alone(logits, target, pad):
    p, one_hot, share = _parts(logits, target, pad)
    return (p - 1) * one_hot * share


def _by_probability(logits, target, pad):
    p, one_hot, share = _parts(logits, target, pad)
    return -one_hot / p * share


def _difference_with(logits, target, pad, *, turn):
    p, one_hot, share = _parts(logits, target, pad)
    return {"squared": (p - one_hot) ** 2, "times p": p * (p - one_hot)}[turn] * share


def _pad_is_0(logits, target, pad):
    return recurrent.loss_gradient(logits, target, 0)


def _column_of_pad(logits, target, pad, *, at=None):
    stands = target.masked_fill(target == pad, pad if at is None else at)
    one_hot = F.one_hot(stands, logits.shape[-1])
    result = (logits.softmax(-1) - one_hot) / (target != pad).sum()
    result[..., pad] = 0
    return result


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
        Mistake(
            "softmax-left-out",
            "left out the softmax's term",
            "ln Σ exp(a_v) has a derivative, too: every logit of the word moves.",
            turn="left out",
        ),
        Mistake(
            "over-time",
            "normalised over the places, not over the vocabulary",
            "At each place the V words compete: the last axis.",
            turn="over time",
        ),
        Mistake(
            "mean-per-sentence",
            "divided by the words of each sentence",
            "The loss is one mean over all real words of the batch.",
            mean="sentence",
        ),
        Mistake(
            "overflow",
            "took exponentials of large logits",
            "exp(1000) is infinite. `softmax` subtracts the largest logit first.",
            turn="exp",
            alone=True,
        ),
        Mistake(
            "of-the-probability",
            "differentiated the probability, not its logarithm",
            "The loss is −ln p: the factor p cancels.",
            _of_probability,
        ),
        Mistake(
            "right-word-alone",
            "moved the right word's logit alone",
            "The sum in the softmax holds every logit, so every logit has a derivative.",
            _right_word_alone,
        ),
        Mistake(
            "by-the-probability",
            "stopped at the derivative by the probability, −1/p",
            "Asked for is the one by the logit: the softmax's derivative comes in between.",
            _by_probability,
        ),
        Mistake(
            "column-of-pad",
            "zeroed the column of pad, not the rows of padding",
            "Where the target is pad, the whole row is 0; in other rows pad is a word like any.",
            _column_of_pad,
            partial(_column_of_pad, at=0),
        ),
        Mistake(
            "divided-sentences",
            "divided by the number of sentences",
            "The loss is a mean over the n real words.",
            mean="sentences",
        ),
        Mistake(
            "divided-vocabulary",
            "divided by the size of the vocabulary",
            "The loss is a mean over the n real words; the vocabulary is summed in the logarithm.",
            mean="vocabulary",
        ),
        Mistake(
            "sigmoid",
            "took a sigmoid where the softmax belongs",
            "The sum ln Σ exp(a_v) holds all logits: its derivative is the softmax.",
            turn="sigmoid",
        ),
        Mistake(
            "log-softmax",
            "took the logarithm of the softmax",
            "The derivative of ln Σ exp(a_v) is the softmax itself, not its logarithm.",
            turn="its logarithm",
        ),
        Mistake(
            "softmax-differentiated",
            "differentiated the softmax",
            "ln Σ exp(a_v) has the softmax as its derivative; p (1 − p) would be one step further.",
            turn="its derivative",
        ),
        Mistake(
            "padding-alone",
            "gave a gradient to the padding alone",
            "The mask is the other way round: real words are where target ≠ pad.",
            padding="alone",
        ),
        Mistake(
            "squared",
            "squared the difference",
            "The derivative is the difference itself: p − 1 at the right word, p elsewhere.",
            partial(_difference_with, turn="squared"),
        ),
        Mistake(
            "times-p",
            "multiplied the difference by p",
            "p − 1 at the right word, p elsewhere, and no factor in front: in −ln p it cancels.",
            partial(_difference_with, turn="times p"),
        ),
        Mistake(
            "pad-is-0",
            "took 0 for the padding, whatever `pad` is",
            "`pad` is an argument. Another vocabulary pads with another number.",
            _pad_is_0,
        ),
    ),
    verified="the gradient that autograd finds, with padding and without, for two values of pad",
)
