"""Turn scores into weights, with weight 0 wherever the mask is False."""

import math
from functools import partial

import torch

from attncourse import attention
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.attention.shared import (
    AXIS_MISTAKES,
    HOW_MISTAKES,
    MASK_MISTAKES,
    hidden_is_zero,
    rows_sum,
    softmax_with,
)
from attncourse.checks.exercises.inputs import DOUBLE, blind_row, normal, some_mask


def _cases():
    temptation = torch.tensor([[0.5, 900.0, -1.0, 1.5, 0.0], [-999.0, 2.0, 1000.0, -1001.0, 1.0]])
    allowed = torch.tensor([[1, 0, 1, 1, 0], [1, 0, 0, 1, 0]]).bool()
    causal = torch.ones(3, 5).tril().bool()
    apart = torch.tensor([[1000.0, 1001.0, 999.0, 1000.5], [-1000.0, -1002.0, -1001.0, -999.0]])
    return [
        Case("no mask", torch.tensor([[1.0, 2.0, -1.0], [0.0, 0.5, 3.0]], dtype=DOUBLE)),
        Case("mask", normal(1, 2, 3), torch.tensor([[1, 0, 1], [1, 1, 0]]).bool()),
        Case("mask", normal(2, 3, 5), causal),
        Case("one key", normal(3, 5, 1), torch.ones(5, 1).bool()),
        Case("one query", normal(4, 1, 7), some_mask(4, 1, 7)),
        Case("no mask", normal(5, 2, 5, 7)),
        Case("mask", normal(6, 2, 67, 71, spread=2), some_mask(6, 2, 67, 71)),
        Case("one mask for the whole batch", normal(7, 3, 5, 7), some_mask(7, 5, 7)),
        Case("one row of mask for all queries", normal(8, 2, 5, 7), some_mask(8, 2, 1, 7)),
        Case("two batch axes", normal(9, 2, 3, 5, 7), some_mask(9, 2, 1, 5, 7)),
        Case("fully masked row", normal(10, 3, 5), blind_row(causal)),
        Case("fully masked row", normal(11, 2, 5, 7), blind_row(some_mask(11, 2, 5, 7))),
        Case("nothing hidden", normal(12, 3, 7), torch.ones(3, 7).bool()),
        Case("large scores", normal(13, 5, 7, spread=400.0), rtol=1e-4),
        Case("rows far apart", apart.to(DOUBLE), some_mask(17, 2, 4), rtol=1e-4),
        Case("large scores under the mask", temptation.to(DOUBLE), allowed, rtol=1e-4),
        Case("float32", normal(14, 2, 5, 7, dtype=torch.float32), some_mask(14, 2, 5, 7)),
        Case("not contiguous", normal(15, 7, 5).mT, some_mask(15, 7, 5).mT | some_mask(16, 5, 7)),
    ]


def _greedy_shift(scores, mask=None):
    powers = (scores - scores.amax(-1, keepdim=True)).exp()
    powers = powers if mask is None else powers * mask
    total = powers.sum(-1, keepdim=True)
    seen = powers.new_ones(()).bool() if mask is None else mask.any(-1, keepdim=True)
    return torch.where(seen, powers / total, 0.0)


def _needs_a_tensor(scores, mask=None):
    return _needs_a_mask(scores, mask.clone())


def _needs_a_mask(scores, mask=None):
    return torch.softmax(scores.masked_fill(~mask, -math.inf), -1).nan_to_num()


def _nowhere_seen(scores, mask=None):
    """Rows that hide anything at all are emptied."""
    if mask is None:
        return scores.softmax(-1)
    weights = scores.masked_fill(~mask, -math.inf).softmax(-1)
    return weights.masked_fill(~mask.all(-1, keepdim=True), 0)


def _by_the_first_row(scores, mask=None):
    return softmax_with(scores, None if mask is None else mask[..., :1, :])


def _low(scores, mask=None, *, low):
    if mask is None:
        return scores.softmax(-1)
    return scores.masked_fill(~mask, low).softmax(-1) * mask


def _allowed_hidden(scores, mask=None):
    return scores.softmax(-1) if mask is None else (scores + mask * -1e9).softmax(-1)


def _cut_off(scores, mask=None, *, limit):
    powers = scores.clamp(-limit, limit).exp()
    powers = powers if mask is None else powers * mask
    return powers / powers.sum(-1, keepdim=True).clamp(min=1e-30)


def _always_causal(scores, mask=None):
    past = torch.ones(scores.shape[-2:]).tril().bool()
    return softmax_with(scores, past if mask is None else past & mask)


def _with_a_constant(scores, mask=None, *, constant):
    """A shift by the largest score, so the sum is 1 at least."""
    kept = scores if mask is None else scores.masked_fill(~mask, -math.inf)
    powers = (kept - kept.amax(-1, keepdim=True).nan_to_num(neginf=0)).exp()
    return powers / (powers.sum(-1, keepdim=True) + constant)


def _opened_hidden(scores, mask=None):
    if mask is None:
        return scores.softmax(-1)
    return scores.masked_fill(~mask, math.inf).softmax(-1).nan_to_num()


def _nan_behind_zeros(scores, mask=None):
    if mask is None:
        return scores.softmax(-1)
    bias = torch.zeros(mask.shape, dtype=scores.dtype).masked_fill(~mask, -math.inf)
    return (scores + bias).softmax(-1).nan_to_num()


EXERCISE = Exercise(
    reference=attention.masked_softmax,
    points=2,
    cases=_cases,
    hints=(
        "First without a mask: a softmax over the keys, the last axis. Then ask which score gives "
        "a weight of exactly 0.",
        "exp(−∞) = 0. Replace forbidden scores by −∞ before the softmax; `torch.where` and "
        "`masked_fill` make a new tensor.",
        "A row of −∞ alone gives 0 / 0 = NaN. Find the rows in which the mask is True nowhere, "
        "and decide what they should hold. Mind the gradient, too: NaN times 0 is NaN.",
    ),
    rewrite=softmax_with,
    mistakes=(
        *AXIS_MISTAKES,
        *MASK_MISTAKES,
        *HOW_MISTAKES,
        Mistake(
            "shifted-largest-score-keys",
            "shifted by the largest score of all keys, hidden ones too",
            "A hidden score of 1000 pushes every allowed one down to exp(−1000) = 0. Take the "
            "largest of those that take part.",
            _greedy_shift,
        ),
        Mistake(
            "always-expected-mask",
            "always expected a mask",
            "mask=None means that every query may attend to every key.",
            _needs_a_mask,
        ),
        Mistake(
            "always-expected-mask",
            "always expected a mask",
            "mask=None means that every query may attend to every key.",
            _needs_a_tensor,
        ),
        Mistake(
            "emptied-row-hides-anything",
            "emptied every row that hides anything",
            "Zeros are for rows that hide everything: `mask.any` finds those, `mask.all` does not, "
            "and a score of +∞ leaves no row whole.",
            _nowhere_seen,
        ),
        Mistake(
            "used-mask-s-first-row",
            "used the mask's first row for all queries",
            "Each query has a row of the mask of its own.",
            _by_the_first_row,
        ),
        Mistake(
            "hid-future-without-being-asked",
            "hid the future without being asked",
            "Only the mask says what a query may attend to; None hides nothing.",
            _always_causal,
        ),
        Mistake(
            "added-constant-sum",
            "added a constant to the sum",
            "The weights of a row do not reach a sum of 1 any more. Only a row that hides "
            "everything needs care.",
            *(
                partial(_with_a_constant, constant=constant)
                for constant in (1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5)
            ),
        ),
        Mistake(
            "emptied-row-hides-anything",
            "emptied every row that hides anything",
            "A score of +∞ gives NaN, which became 0. A hidden key needs −∞: then the others "
            "add up to 1.",
            _opened_hidden,
        ),
        Mistake(
            "let-nan-into-gradient-where",
            "let NaN into the gradient where a row hides everything",
            "`nan_to_num` mends the weights, not the gradient, which already is NaN behind them. "
            "Give such rows finite scores before the softmax.",
            _nan_behind_zeros,
        ),
        Mistake(
            "multiplied-zero-by-infinity",
            "multiplied 0 by −∞ to make a mask, which is NaN",
            "0 times −∞ is no number, and spoils visible scores, too. Choose, do not multiply: "
            "`masked_fill` or `torch.where`.",
            lambda scores, mask=None: (
                (scores if mask is None else scores + (~mask).to(scores.dtype) * -math.inf)
                .softmax(-1)
                .nan_to_num()
            ),
            lambda scores, mask=None: (
                scores if mask is None else scores + (~mask).to(scores.dtype) * -math.inf
            ).softmax(-1),
        ),
        Mistake(
            "logarithms-under-a-mask",
            "returned logarithms where a mask is given",
            "`log_softmax` gives log-probabilities. Weights are asked for, with a mask or without.",
            lambda scores, mask=None: (
                scores.softmax(-1)
                if mask is None
                else scores.masked_fill(~mask, -math.inf).log_softmax(-1)
            ),
        ),
        Mistake(
            "not-low-enough",
            "hid scores behind a number that allowed ones can fall below",
            "Next to −1000, a score of −100 takes all the weight. Hidden is −∞.",
            partial(_low, low=-10.0),
            partial(_low, low=-100.0),
        ),
        Mistake(
            "hid-the-allowed",
            "pushed the allowed keys down, not the hidden ones",
            "True = may attend: it is where the mask is False that nothing may be left.",
            _allowed_hidden,
        ),
        Mistake(
            "cut-off",
            "cut large scores off",
            "Scores beyond the limit become equal, and their order is lost. Subtract the largest "
            "instead: that changes nothing else.",
            partial(_cut_off, limit=20),
            partial(_cut_off, limit=50),
            partial(_cut_off, limit=80),
        ),
    ),
    laws=(
        Law("each row sums to 1, or to 0 if it may attend to nothing", rows_sum),
        Law("a hidden key gets weight 0", hidden_is_zero),
    ),
    sizes=lambda scores, mask=None: {"M": scores.shape[-2], "N": scores.shape[-1]},
    verified=(
        "rows sum to 1, hidden keys weigh exactly 0, a fully masked row is zeros with a finite "
        "gradient; masks that broadcast, scores up to ±1000, any batch axes, float32 and float64"
    ),
)
