"""Mend a loss that takes the softmax twice."""

import math

import torch
import torch.nn.functional as F

from attncourse import interpret
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import integers, normal


def given(logits, logits_without, tokens):
    """The slip: `cross_entropy` takes logits, and makes probabilities of them itself."""
    before = logits.softmax(-1).flatten(0, -2)
    after = logits_without.softmax(-1).flatten(0, -2)
    tokens = tokens.flatten()
    return F.cross_entropy(after, tokens) - F.cross_entropy(before, tokens)


def _cases():
    def case(label, seed, *shape, V=5, spread=3.0):
        logits = (normal(seed + i, *shape, V, spread=spread) for i in range(2))
        return Case(label, *logits, integers(seed, 0, V, *shape))

    return [
        case("two tokens, three words", 1, 2, V=3),
        case("one sequence", 3, 4),
        case("a batch", 5, 3, 71),
        case("two batch axes", 7, 2, 3, 4, V=4),
        case("large logits", 9, 2, 6, spread=1000.0),
        case("one token", 11, 1, V=7),
        Case(
            "far below 0", normal(15, 3, 4) - 2000, normal(16, 3, 4) - 2000, integers(15, 0, 4, 3)
        ),
        Case(
            "a shift of all logits", normal(13, 3, 4), normal(13, 3, 4) + 5, integers(13, 0, 4, 3)
        ),
    ]


def _with(
    logits,
    logits_without,
    tokens,
    *,
    ends="log",
    order="after",
    reduce="mean",
    base=math.e,
    hit="token",
):
    def said(x):
        if ends == "twice":
            x = x.softmax(-1)
        if ends == "logits":
            return x
        return x.softmax(-1) if ends == "probability" else x.log_softmax(-1)

    change = (said(logits) - said(logits_without)) / math.log(base)
    came = change.gather(-1, tokens.unsqueeze(-1)).squeeze(-1)
    worse = change.mean(-1) if hit == "all" else came
    worse = worse if order == "after" else -worse
    if reduce == "none":
        return worse
    return worse.sum() if reduce == "sum" else worse.mean()


def _plain_exponentials(logits, logits_without, tokens):
    def loss(x):
        shares = x.exp() / x.exp().sum(-1, keepdim=True)
        return -shares.gather(-1, tokens.unsqueeze(-1)).log().mean()

    return loss(logits_without) - loss(logits)


def _log_of_softmax(logits, logits_without, tokens):
    change = logits.softmax(-1).log() - logits_without.softmax(-1).log()
    return change.gather(-1, tokens.unsqueeze(-1)).mean()


def _accuracy(logits, logits_without, tokens):
    right = [(x.argmax(-1) == tokens).to(logits.dtype).mean() for x in (logits, logits_without)]
    return right[0] - right[1]


def _only_after(logits, logits_without, tokens):
    return F.cross_entropy(logits_without.flatten(0, -2), tokens.flatten())


def _ratio(logits, logits_without, tokens):
    before = F.cross_entropy(logits.flatten(0, -2), tokens.flatten())
    return _only_after(logits, logits_without, tokens) / before


def _relative(logits, logits_without, tokens):
    return _ratio(logits, logits_without, tokens) - 1


def _unmoved(result, logits, logits_without, tokens):
    """Logits that are shifted as a whole make the same probabilities."""
    step = logits - logits_without
    shifted = torch.allclose(step, step[..., :1].expand_as(step))
    return not shifted or bool(result.abs() < 1e-6)


EXERCISE = Exercise(
    reference=interpret.removal_effect,
    points=2,
    cases=_cases,
    hints=(
        "Let the whole model be sure and right, and the model without the part sure and wrong. "
        "How much does the loss rise, in truth and by this function?",
        "Look up what `F.cross_entropy` expects: probabilities, or logits?",
        "It applies log_softmax itself. Leave out the softmax before it.",
    ),
    verified="the rise of the loss for any batch and for large logits; gradients",
    rewrite=_with,
    given=given,
    laws=(Law("logits that are all shifted by the same number change nothing", _unmoved),),
    sizes=lambda logits, logits_without, tokens: {"V": logits.shape[-1]},
    mistakes=(
        Mistake(
            "softmax-twice",
            "took the softmax twice",
            "`cross_entropy` wants logits and normalises them itself. Given probabilities, it "
            "normalises once more, and no model looks sure any longer.",
            given,
            ends="twice",
        ),
        Mistake(
            "no-logarithm",
            "compared probabilities, not their logarithms",
            "The effect is a difference of losses, and a loss is −ln p.",
            ends="probability",
        ),
        Mistake(
            "logits-raw",
            "compared logits",
            "Logits can all be shifted and mean the same. Normalise them first: log_softmax.",
            ends="logits",
        ),
        Mistake(
            "wrong-sign",
            "subtracted the wrong way round",
            "If the part was useful, the loss rises without it, and the effect is positive.",
            order="before",
        ),
        Mistake(
            "summed",
            "summed over the tokens",
            "Per token: the mean, so that batches of different sizes can be compared.",
            reduce="sum",
        ),
        Mistake(
            "not-averaged",
            "did not average",
            "One number for all tokens: the mean.",
            reduce="none",
        ),
        Mistake(
            "in-bits",
            "measured in bits",
            "Here the unit is the nat: the natural logarithm.",
            base=2,
        ),
        Mistake(
            "all-words",
            "averaged over the whole vocabulary",
            "Only the token that came counts.",
            hit="all",
        ),
        Mistake(
            "log-of-softmax",
            "took the logarithm of a softmax",
            "A probability can be so small that it is stored as 0, and its logarithm is −∞. "
            "`log_softmax` does both in one step, without that.",
            _log_of_softmax,
        ),
        Mistake(
            "exponentials-overflow",
            "took exponentials of large logits",
            "exp(1000) is infinite. `log_softmax` shifts first.",
            _plain_exponentials,
        ),
        Mistake(
            "accuracy",
            "counted right answers",
            "A token can be less sure and still right: compare the losses.",
            _accuracy,
        ),
        Mistake(
            "only-after",
            "gave the loss without the part",
            "The effect is what has changed: take off the loss of the whole model.",
            _only_after,
        ),
        Mistake(
            "ratio",
            "divided the two losses",
            "The effect in nats is a difference.",
            _ratio,
            _relative,
        ),
    ),
)
