"""What the exercises on attention share."""

import math

import torch

from attncourse.checks.engine.exercise import Mistake

AXES = {"keys": -1, "queries": -2, "batch": 0, "axis 1": 1}


def softmax_with(
    scores,
    mask=None,
    *,
    over="keys",
    sense="may attend",
    when="before",
    hide=-math.inf,
    blind="zeros",
    how="softmax",
):
    if how.endswith("exp × mask"):
        mask = scores.new_ones(()).bool() if mask is None else mask
        return multiplied_exponentials(scores, mask, how, blind)
    if mask is None or when == "never":
        return spread(scores, over, how)
    mask = ~mask if sense == "hidden" else mask
    if when == "after":
        return spread(scores, over, how) * mask
    if when == "after, normalised again":
        kept = spread(scores, over, how) * mask
        total = kept.sum(-1, keepdim=True)
        return kept / (total.clamp_min(1e-12) if blind == "zeros" else total)
    weights = spread(hidden(scores, mask, when, hide), over, how)
    seen = mask.any(-1, keepdim=True)
    if blind == "zeros":
        return weights.nan_to_num().masked_fill(~seen, 0)
    return torch.where(seen, weights, 1 / scores.shape[-1]) if blind == "uniform" else weights


def hidden(scores, mask, when, hide):
    if when == "added":
        return scores + mask
    return torch.where(mask, scores, torch.full_like(scores, hide))


def spread(scores, over, how):
    if over == "everything":
        return torch.softmax(scores.flatten(), -1).view_as(scores)
    axis = AXES[over]
    if how == "exp":
        powers = scores.exp()
        return powers / powers.sum(axis, keepdim=True)
    if how == "hard":
        return torch.zeros_like(scores).scatter(axis, scores.argmax(axis, keepdim=True), 1.0)
    return {"softmax": torch.softmax, "log": torch.log_softmax, "sigmoid": sigmoid}[how](
        scores, axis
    )


def sigmoid(scores, axis):
    return torch.sigmoid(scores)


def multiplied_exponentials(scores, mask, how, blind):
    """Exponentials times the mask, normalised; without the shift that each row needs."""
    powers = (scores - scores.max() if how == "one shift, exp × mask" else scores).exp() * mask
    total = powers.sum(-1, keepdim=True)
    return torch.where(total > 0, powers / total, 0.0) if blind == "zeros" else powers / total


AXIS_MISTAKES = (
    Mistake(
        "normalised-over-queries",
        "normalised over the queries, not the keys",
        "Your columns sum to 1. It is the row of each query that must: normalise over the keys, "
        "the last axis.",
        over="queries",
    ),
    Mistake(
        "normalised-over-first-axis",
        "normalised over the first axis",
        "The first axis is the batch, when there is one. The keys are always the last axis.",
        over="batch",
    ),
    Mistake(
        "normalised-over-axis-1",
        "normalised over axis 1",
        "Axis 1 holds the keys only where there is no batch. Count from the end: the keys are axis "
        "−1.",
        over="axis 1",
    ),
    Mistake(
        "normalised-over-everything-once",
        "normalised over everything at once",
        "The whole tensor sums to 1. Each query's row must do so on its own.",
        over="everything",
    ),
)


def both_ways(id, name, why, **knobs):
    """A mistake that is made alone, or by one who also gives fully masked rows no thought."""
    return Mistake(id, name, why, {"blind": "as it is", **knobs}, **knobs)


MASK_MISTAKES = (
    Mistake(
        "ignored-mask",
        "ignored the mask",
        "Forbidden keys get weight. Their scores must not take part in the softmax.",
        when="never",
    ),
    Mistake(
        "took-true-hidden",
        "took True for hidden",
        "You show what should be hidden, as `nn.MultiheadAttention` asks it. This course asks for "
        "True = may attend.",
        sense="hidden",
    ),
    Mistake(
        "masked-after-softmax",
        "masked after the softmax",
        "The forbidden keys already took their part: the rows no longer sum to 1. Hide their "
        "scores before the softmax.",
        when="after",
    ),
    Mistake(
        "masked-after-softmax-shared-out",
        "masked after the softmax and normalised again",
        "A large hidden score takes everything first, and nothing is left for the others. Hide "
        "scores before the softmax.",
        when="after, normalised again",
    ),
    both_ways(
        "added-mask-scores",
        "added the mask to the scores",
        "True counts as 1 and False as 0, so a hidden key only lost 1 against the others. It must "
        "lose everything.",
        when="added",
    ),
    both_ways(
        "gave-hidden-keys-score-0",
        "gave hidden keys a score of 0, or nearly",
        "exp(0) = 1 is a weight like any other, and so is exp(−1e-9). Which score has "
        "exp(score) = 0?",
        hide=0.0,
    ),
    both_ways(
        "hid-keys-behind-constant-small",
        "hid keys behind a constant that is not small enough",
        "Next to scores of −1000 your hidden keys win. Only −∞ is below every score.",
        hide=-100.0,
    ),
    both_ways(
        "hid-keys-behind-constant-small",
        "hid keys behind a constant that is not small enough",
        "exp(−10) is small but not 0. Only −∞ is below every score.",
        hide=-10.0,
    ),
    Mistake(
        "looked-forbidden-keys-where-row",
        "attended to forbidden keys where a row hides everything",
        "Equal scores of −1e9 share the 1 equally, so a query that may attend to nothing attends "
        "to all forbidden keys. Its weights must be 0.",
        blind="uniform",
    ),
    Mistake(
        "got-nan-where-row-hides",
        "got NaN where a row hides everything",
        "A row of −∞ alone is 0 / 0. Give a query that may attend to nothing a row of zeros.",
        blind="as it is",
    ),
)


OVERFLOW = Mistake(
    "let-exp-overflow",
    "let exp overflow",
    "exp(1000) is ∞, and ∞ / ∞ is NaN. Shift each row by its largest score first, or use "
    "torch.softmax, which does.",
    {"how": "exp × mask"},
    {"how": "exp × mask", "blind": "as it is"},
    how="exp",
)


HOW_MISTAKES = (
    OVERFLOW,
    both_ways(
        "shifted-rows-one-largest-score",
        "shifted all rows by one largest score",
        "A row far below the largest of all then underflows to 0 / 0. Each row needs its own.",
        how="one shift, exp × mask",
    ),
    Mistake(
        "returned-logarithm-weights",
        "returned the logarithm of the weights",
        "log_softmax is for losses. Weights lie between 0 and 1.",
        how="log",
    ),
    Mistake(
        "used-sigmoid",
        "used a sigmoid, not a softmax",
        "A sigmoid rates each key on its own. The weights of a row must add up to 1.",
        how="sigmoid",
    ),
    Mistake(
        "gave-best-key-weight",
        "gave the best key all the weight",
        "That is a hard choice, and no gradient passes through it. A softmax gives every key a "
        "weight.",
        how="hard",
    ),
)


def rows_sum(weights, scores, mask=None):
    sums = weights.sum(-1)
    seen = torch.ones_like(sums) if mask is None else mask.any(-1).expand(sums.shape)
    return torch.allclose(sums, seen.to(sums.dtype), atol=1e-5)


def hidden_is_zero(weights, scores, mask=None):
    return mask is None or not weights.masked_select(~mask.expand(weights.shape)).any()
