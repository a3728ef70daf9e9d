"""Exercises of lesson 04: the masked softmax, and the attention made of it."""

import math
from functools import partial

import torch

from attncourse import attention
from attncourse.checks.core import Case, Exercise, Law, Mistake

DOUBLE = torch.float64


def _random(seed, *shape, dtype=DOUBLE, spread=1.0):
    generator = torch.Generator().manual_seed(seed)
    return (spread * torch.randn(shape, generator=generator, dtype=DOUBLE)).to(dtype)


def _some(seed, *shape):
    """A mask that hides about a third of the keys, but never a whole row or nothing of it."""
    generator = torch.Generator().manual_seed(seed)
    order = torch.rand(shape, generator=generator).argsort(-1)
    return order >= max(1, shape[-1] // 3)


def _blind(mask):
    """The same mask, with one query that may look at nothing."""
    mask = mask.clone()
    mask[..., 1, :] = False
    return mask


# masked_softmax -----------------------------------------------------------------------------------


def _softmax_cases():
    temptation = torch.tensor([[0.5, 900.0, -1.0, 1.5, 0.0], [-999.0, 2.0, 1000.0, -1001.0, 1.0]])
    allowed = torch.tensor([[1, 0, 1, 1, 0], [1, 0, 0, 1, 0]]).bool()
    causal = torch.ones(3, 5).tril().bool()
    apart = torch.tensor([[1000.0, 1001.0, 999.0, 1000.5], [-1000.0, -1002.0, -1001.0, -999.0]])
    return [
        Case("no mask", torch.tensor([[1.0, 2.0, -1.0], [0.0, 0.5, 3.0]], dtype=DOUBLE)),
        Case("mask", _random(1, 2, 3), torch.tensor([[1, 0, 1], [1, 1, 0]]).bool()),
        Case("mask", _random(2, 3, 5), causal),
        Case("one key", _random(3, 5, 1), torch.ones(5, 1).bool()),
        Case("one query", _random(4, 1, 7), _some(4, 1, 7)),
        Case("no mask", _random(5, 2, 5, 7)),
        Case("mask", _random(6, 2, 5, 7, spread=2), _some(6, 2, 5, 7)),
        Case("one mask for the whole batch", _random(7, 3, 5, 7), _some(7, 5, 7)),
        Case("one row of mask for all queries", _random(8, 2, 5, 7), _some(8, 2, 1, 7)),
        Case("two batch axes", _random(9, 2, 3, 5, 7), _some(9, 2, 1, 5, 7)),
        Case("fully masked row", _random(10, 3, 5), _blind(causal)),
        Case("fully masked row", _random(11, 2, 5, 7), _blind(_some(11, 2, 5, 7))),
        Case("nothing hidden", _random(12, 3, 7), torch.ones(3, 7).bool()),
        Case("large scores", _random(13, 5, 7, spread=400.0), rtol=1e-4),
        Case("rows far apart", apart.to(DOUBLE), _some(17, 2, 4), rtol=1e-4),
        Case("large scores under the mask", temptation.to(DOUBLE), allowed, rtol=1e-4),
        Case("float32", _random(14, 2, 5, 7, dtype=torch.float32), _some(14, 2, 5, 7)),
        Case("not contiguous", _random(15, 7, 5).mT, _some(15, 7, 5).mT | _some(16, 5, 7)),
    ]


_AXES = {"keys": -1, "queries": -2, "batch": 0, "axis 1": 1}


def _softmax_with(
    scores,
    mask=None,
    *,
    over="keys",
    sense="may look",
    when="before",
    hide=-math.inf,
    blind="zeros",
    how="softmax",
):
    if how.endswith("exp × mask"):
        mask = scores.new_ones(()).bool() if mask is None else mask
        return _multiplied_exponentials(scores, mask, how, blind)
    if mask is None or when == "never":
        return _spread(scores, over, how)
    mask = ~mask if sense == "hidden" else mask
    if when == "after":
        return _spread(scores, over, how) * mask
    if when == "after, shared out again":
        kept = _spread(scores, over, how) * mask
        total = kept.sum(-1, keepdim=True)
        return kept / (total.clamp_min(1e-12) if blind == "zeros" else total)
    weights = _spread(_hidden(scores, mask, when, hide), over, how)
    seen = mask.any(-1, keepdim=True)
    if blind == "zeros":
        return weights.nan_to_num().masked_fill(~seen, 0)
    return torch.where(seen, weights, 1 / scores.shape[-1]) if blind == "uniform" else weights


def _hidden(scores, mask, when, hide):
    if when == "added":
        return scores + mask
    return torch.where(mask, scores, torch.full_like(scores, hide))


def _spread(scores, over, how):
    if over == "everything":
        return torch.softmax(scores.flatten(), -1).view_as(scores)
    axis = _AXES[over]
    if how == "exp":
        powers = scores.exp()
        return powers / powers.sum(axis, keepdim=True)
    if how == "hard":
        return torch.zeros_like(scores).scatter(axis, scores.argmax(axis, keepdim=True), 1.0)
    return {"softmax": torch.softmax, "log": torch.log_softmax, "sigmoid": _sigmoid}[how](
        scores, axis
    )


def _sigmoid(scores, axis):
    return torch.sigmoid(scores)


def _multiplied_exponentials(scores, mask, how, blind):
    """Exponentials times the mask, shared out; without the shift that each row needs."""
    powers = (scores - scores.max() if how == "one shift, exp × mask" else scores).exp() * mask
    total = powers.sum(-1, keepdim=True)
    return torch.where(total > 0, powers / total, 0.0) if blind == "zeros" else powers / total


_AXIS_MISTAKES = (
    Mistake(
        "normalised over the queries, not the keys",
        "Your columns sum to 1. Each query, a row, shares out its own 1 among the keys: the last "
        "axis.",
        over="queries",
    ),
    Mistake(
        "normalised over the first axis",
        "The first axis is the batch, when there is one. The keys are always the last axis.",
        over="batch",
    ),
    Mistake(
        "normalised over axis 1",
        "Axis 1 holds the keys only where there is no batch. Count from the end: the keys are axis "
        "−1.",
        over="axis 1",
    ),
    Mistake(
        "normalised over everything at once",
        "The whole tensor sums to 1. Each query's row must do so on its own.",
        over="everything",
    ),
)


def _both_ways(name, why, **knobs):
    """A mistake that is made alone, or by one who also gives fully masked rows no thought."""
    return Mistake(name, why, blind="as it is", **knobs), Mistake(name, why, **knobs)


_MASK_MISTAKES = (
    Mistake(
        "ignored the mask",
        "Forbidden keys get weight. Their scores must not take part in the softmax.",
        when="never",
    ),
    Mistake(
        "took True for hidden",
        "You show what should be hidden, as `nn.MultiheadAttention` asks it. This course asks for "
        "True = may look.",
        sense="hidden",
    ),
    Mistake(
        "masked after the softmax",
        "The forbidden keys already took their share: the rows no longer sum to 1. Hide their "
        "scores before the softmax.",
        when="after",
    ),
    Mistake(
        "masked after the softmax and shared out again",
        "A large hidden score takes everything first, and nothing is left to share. Hide "
        "scores before the softmax.",
        when="after, shared out again",
    ),
    *_both_ways(
        "added the mask to the scores",
        "True counts as 1 and False as 0, so a hidden key only lost 1 against the others. It must "
        "lose everything.",
        when="added",
    ),
    *_both_ways(
        "gave hidden keys a score of 0, or nearly",
        "exp(0) = 1 is a weight like any other, and so is exp(−1e-9). Which score has "
        "exp(score) = 0?",
        hide=0.0,
    ),
    *_both_ways(
        "hid keys behind a constant that is not small enough",
        "Next to scores of −1000 your hidden keys win. Only −∞ is below every score.",
        hide=-100.0,
    ),
    *_both_ways(
        "hid keys behind a constant that is not small enough",
        "exp(−10) is small but not 0. Only −∞ is below every score.",
        hide=-10.0,
    ),
    Mistake(
        "looked at forbidden keys where a row hides everything",
        "Equal scores of −1e9 share the 1 equally, so a query that may look at nothing looks at "
        "all forbidden keys. Its weights must be 0.",
        blind="uniform",
    ),
    Mistake(
        "got NaN where a row hides everything",
        "A row of −∞ alone is 0 / 0. Give a query that may look at nothing a row of zeros.",
        blind="as it is",
    ),
)

_OVERFLOW = Mistake(
    "let exp overflow",
    "exp(1000) is ∞, and ∞ / ∞ is NaN. Shift each row by its largest score first, or use "
    "torch.softmax, which does.",
    how="exp",
)


_HOW_MISTAKES = (
    _OVERFLOW,
    Mistake(_OVERFLOW.name, _OVERFLOW.why, how="exp × mask"),
    Mistake(_OVERFLOW.name, _OVERFLOW.why, how="exp × mask", blind="as it is"),
    *_both_ways(
        "shifted all rows by one largest score",
        "A row far below the largest of all then underflows to 0 / 0. Each row needs its own.",
        how="one shift, exp × mask",
    ),
    Mistake(
        "returned the logarithm of the weights",
        "log_softmax is for losses. Weights lie between 0 and 1.",
        how="log",
    ),
    Mistake(
        "used a sigmoid, not a softmax",
        "A sigmoid rates each key on its own. The keys of a row must share out 1.",
        how="sigmoid",
    ),
    Mistake(
        "gave the best key all the weight",
        "That is a hard choice, and no gradient passes through it. A softmax shares out.",
        how="hard",
    ),
)


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


def _rows_sum(weights, scores, mask=None):
    sums = weights.sum(-1)
    seen = torch.ones_like(sums) if mask is None else mask.any(-1).expand(sums.shape)
    return torch.allclose(sums, seen.to(sums.dtype), atol=1e-5)


def _hidden_is_zero(weights, scores, mask=None):
    return mask is None or not weights.masked_select(~mask.expand(weights.shape)).any()


def _nowhere_seen(scores, mask=None):
    """Rows that hide anything at all are emptied."""
    if mask is None:
        return scores.softmax(-1)
    weights = scores.masked_fill(~mask, -math.inf).softmax(-1)
    return weights.masked_fill(~mask.all(-1, keepdim=True), 0)


def _by_the_first_row(scores, mask=None):
    return _softmax_with(scores, None if mask is None else mask[..., :1, :])


def _always_causal(scores, mask=None):
    past = torch.ones(scores.shape[-2:]).tril().bool()
    return _softmax_with(scores, past if mask is None else past & mask)


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


_masked_softmax = Exercise(
    reference=attention.masked_softmax,
    points=2,
    cases=_softmax_cases,
    hints=(
        "First without a mask: a softmax over the keys, the last axis. Then ask which score gives "
        "a weight of exactly 0.",
        "exp(−∞) = 0. Replace hidden scores by −∞ before the softmax; `torch.where` and "
        "`masked_fill` make a new tensor.",
        "A row of −∞ alone gives 0 / 0 = NaN. `mask.any(-1, keepdim=True)` finds such rows; put "
        "zeros there at the end.",
    ),
    rewrite=_softmax_with,
    mistakes=(
        *_AXIS_MISTAKES,
        *_MASK_MISTAKES,
        *_HOW_MISTAKES,
        Mistake(
            "shifted by the largest score of all keys, hidden ones too",
            "A hidden score of 1000 pushes every allowed one down to exp(−1000) = 0. Take the "
            "largest of those that take part.",
            wrong=_greedy_shift,
        ),
        Mistake(
            "always expected a mask",
            "mask=None means that everybody may look everywhere.",
            wrong=_needs_a_mask,
        ),
        Mistake(
            "always expected a mask",
            "mask=None means that everybody may look everywhere.",
            wrong=_needs_a_tensor,
        ),
        Mistake(
            "emptied every row that hides anything",
            "Zeros are for rows that hide everything: `mask.any` finds those, `mask.all` does "
            "not, and "
            "a score of +∞ leaves no row whole.",
            wrong=_nowhere_seen,
        ),
        Mistake(
            "used the mask's first row for all queries",
            "Each query has a row of the mask of its own.",
            wrong=_by_the_first_row,
        ),
        Mistake(
            "hid the future without being asked",
            "Only the mask says who may look at whom; None hides nothing.",
            wrong=_always_causal,
        ),
        *(
            Mistake(
                "added a constant to the sum",
                "The weights of a row do not reach a sum of 1 any more. Only a row that hides "
                "everything needs care.",
                wrong=partial(_with_a_constant, constant=constant),
            )
            for constant in (1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5)
        ),
        Mistake(
            "emptied every row that hides anything",
            "A score of +∞ gives NaN, which became 0. A hidden key needs −∞: then the others "
            "share out 1.",
            wrong=_opened_hidden,
        ),
        Mistake(
            "let NaN into the gradient where a row hides everything",
            "`nan_to_num` mends the weights, not the gradient, which already is NaN behind them. "
            "Give such rows finite scores before the softmax.",
            wrong=_nan_behind_zeros,
        ),
    ),
    laws=(
        Law("each row sums to 1, or to 0 if it may look at nothing", _rows_sum),
        Law("a hidden key gets weight 0", _hidden_is_zero),
    ),
    sizes=lambda scores, mask=None: {"M": scores.shape[-2], "N": scores.shape[-1]},
    verified=(
        "rows sum to 1, hidden keys weigh exactly 0, a fully masked row is zeros with a finite "
        "gradient; masks that broadcast, scores up to ±1000, any batch axes, float32 and float64"
    ),
)

# scaled_dot_product_attention ---------------------------------------------------------------------


def _triple(seed, *batch, M=5, N=7, d_k=6, d_v=10, dtype=DOUBLE, spread=1.0):
    return (
        _random(3 * seed, *batch, M, d_k, dtype=dtype, spread=spread),
        _random(3 * seed + 1, *batch, N, d_k, dtype=dtype, spread=spread),
        _random(3 * seed + 2, *batch, N, d_v, dtype=dtype),
    )


def _attention_cases():
    strided = tuple(x.mT.contiguous().mT for x in _triple(42))
    wild = _triple(44, M=3, spread=60.0)
    least = (wild[0] @ wild[1].mT).argsort(-1).argsort(-1) < 2  # only the two lowest scores
    return [
        Case("no mask", *_triple(31, M=2, N=3, d_k=5, d_v=1)),
        Case("no mask", *_triple(32)),
        Case("one key", *_triple(33, M=3, N=1)),
        Case("one query", *_triple(34, M=1)),
        Case("mask", *_triple(35, M=3, N=5), torch.ones(3, 5).tril().bool()),
        Case("M = N", *_triple(47, M=3, N=3, d_k=5)),
        Case("one batch axis", *_triple(36, 3)),
        Case("two batch axes", *_triple(37, 2, 3, M=7, N=5)),
        Case("mask", *_triple(38, 2), _some(38, 2, 5, 7)),
        Case("one mask for the whole batch", *_triple(39, 2, 3), _some(39, 5, 7)),
        Case("one row of mask for all queries", *_triple(40, 3), _some(40, 3, 1, 7)),
        Case("fully masked row", *_triple(41, 2), _blind(_some(41, 2, 5, 7))),
        Case("not contiguous", *strided, _some(42, 5, 7)),
        Case("large scores", *_triple(43, M=3, spread=20.0), rtol=1e-4),
        Case(
            "large scores under the mask",
            *wild,
            least,
            rtol=1e-4,
        ),
        Case("float32", *_triple(45, 2, d_k=3, dtype=torch.float32), _some(45, 2, 5, 7)),
        Case("d_v < d_k", *_triple(46, d_k=11, d_v=3)),
        Case("d_v = d_k", *_triple(48, M=3, N=5, d_v=6)),
    ]


_SCALES = {
    "√d_k": lambda q, k, v: math.sqrt(q.shape[-1]),
    "nothing": lambda q, k, v: 1.0,
    "d_k": lambda q, k, v: q.shape[-1],
    "1/√d_k": lambda q, k, v: 1 / math.sqrt(q.shape[-1]),
    "√d_v": lambda q, k, v: math.sqrt(v.shape[-1]),
    "√N": lambda q, k, v: math.sqrt(k.shape[-2]),
    "√M": lambda q, k, v: math.sqrt(q.shape[-2]),
    "√B": lambda q, k, v: math.sqrt(q.shape[0]),
    "N": lambda q, k, v: k.shape[-2],
    "√8": lambda q, k, v: math.sqrt(8),
    "8": lambda q, k, v: 8.0,
    "√512": lambda q, k, v: math.sqrt(512),
    "whole √d_k": lambda q, k, v: math.isqrt(q.shape[-1]),
    "d_k²": lambda q, k, v: q.shape[-1] ** 2,
    "√√d_k": lambda q, k, v: q.shape[-1] ** 0.25,
    "lengths": lambda q, k, v: q.norm(dim=-1, keepdim=True) * k.norm(dim=-1, keepdim=True).mT,
}


def _attention_with(
    query, key, value, mask=None, *, divide="√d_k", late="nothing", told="weights", **knobs
):
    scores = query @ key.mT
    factor = _SCALES[divide](query, key, value)
    weights = _softmax_with(scores / factor if late == "nothing" else scores, mask, **knobs)
    weights = weights / factor if late == "weights" else weights
    value = value / factor if late == "output" else value
    shown = {"weights": weights, "scores": scores / factor, "raw": scores}
    if told == "unmasked":
        shown["unmasked"] = torch.softmax(scores / factor, -1)
    return weights @ value, shown[told]


def _scale_mistake(name, why, divide):
    return Mistake(name, why, divide=divide)


_SCALE_MISTAKES = tuple(
    _scale_mistake(*mistake)
    for mistake in (
        (
            "forgot to divide by √d_k",
            "Dot products spread with √d_k, and a wide spread makes one weight 1 and the gradient "
            "0. Which number brings the spread back to 1?",
            "nothing",
        ),
        (
            "divided by d_k, not by √d_k",
            "The variance of q · k is d_k. The spread, which the softmax feels, is its square "
            "root.",
            "d_k",
        ),
        (
            "multiplied by √d_k",
            "That widens the spread once more. Divide.",
            "1/√d_k",
        ),
        (
            "divided by √d_v",
            "Scores are made of queries and keys, whose width is d_k. The values, of width d_v, "
            "play no part in them.",
            "√d_v",
        ),
        (
            "divided by √N, with N the number of keys",
            "You took the size of the wrong axis. What is summed in a dot product is the width "
            "d_k, the last axis.",
            "√N",
        ),
        (
            "divided by √M, with M the number of queries",
            "You took the size of the wrong axis. What is summed in a dot product is the width "
            "d_k, the last axis.",
            "√M",
        ),
        (
            "divided by √ of the first axis",
            "The first axis is the batch. What is summed in a dot product is the width d_k, the "
            "last axis.",
            "√B",
        ),
        ("divided by N", "The number of keys does not widen a score. The width d_k does.", "N"),
        *(
            (
                "wrote a fixed number for d_k",
                "d_k differs from call to call: it is the last size of the query.",
                number,
            )
            for number in ("√8", "8", "√512")
        ),
        (
            "rounded √d_k down to a whole number",
            "√6 is 2.449…, not 2. Take the root as it is.",
            "whole √d_k",
        ),
        (
            "squared d_k where a root was due",
            "The spread of q · k is √d_k.",
            "d_k²",
        ),
        (
            "took the root twice",
            "Dividing query or key by the fourth root of d_k is half of it: both need it, or one "
            "of them √d_k.",
            "√√d_k",
        ),
        (
            "divided by the lengths of query and key",
            "That is cosine similarity. Here the length of a query and a key counts; only the "
            "width d_k is divided out.",
            "lengths",
        ),
    )
)


def _reversed_batch(query, key, value, mask=None):
    return _finish(query @ key.T / math.sqrt(query.shape[-1]), value, mask)


def _one_batch_axis(query, key, value, mask=None):
    scores = query @ key.transpose(1, 2) / math.sqrt(query.shape[-1])
    return _finish(scores, value, mask)


def _by_permuting(query, key, value, mask=None):
    scores = query @ key.permute(0, 2, 1) / math.sqrt(query.shape[-1])
    return _finish(scores, value, mask)


def _by_position(query, key, value, mask=None):
    scores = query.mT @ key / math.sqrt(query.shape[-1])
    return _finish(scores, value, mask)


def _keys_ask(query, key, value, mask=None):
    return _finish(key @ query.mT / math.sqrt(query.shape[-1]), value, mask)


def _causal_anyway(query, key, value, mask=None):
    M, N = query.shape[-2], key.shape[-2]
    past = torch.ones(M, N).tril().bool()
    scores = query @ key.mT / math.sqrt(query.shape[-1])
    return _finish(scores, value, past if mask is None else past & mask)


def _turned_mask(query, key, value, mask=None):
    scores = query @ key.mT / math.sqrt(query.shape[-1])
    return _finish(scores, value, None if mask is None else mask.mT)


def _averages_keys(query, key, value, mask=None):
    weights = _softmax_with(query @ key.mT / math.sqrt(query.shape[-1]), mask)
    return weights @ key, weights


def _asks_the_values(query, key, value, mask=None):
    weights = _softmax_with(query @ value.mT / math.sqrt(query.shape[-1]), mask)
    return weights @ key, weights


def _without_softmax(query, key, value, mask=None):
    scores = query @ key.mT / math.sqrt(query.shape[-1])
    scores = scores if mask is None else scores * mask
    return scores @ value, scores


def _needs_the_mask(query, key, value, mask=None):
    scores = query @ key.mT / math.sqrt(query.shape[-1])
    return _finish(scores, value, mask.clone())


def _finish(scores, value, mask):
    weights = _softmax_with(scores, mask)
    return weights @ value, weights


def _output_fits(result, query, key, value, mask=None):
    return torch.allclose(result[0], result[1] @ value, rtol=1e-3, atol=1e-5)


_attention = Exercise(
    reference=attention.scaled_dot_product_attention,
    points=3,
    cases=_attention_cases,
    hints=(
        "Three steps, each with a shape: scores (…, M, N), weights (…, M, N), output (…, M, d_v).",
        "`key.mT` swaps the last two axes, however many stand before them. d_k is the last size of "
        "the query.",
        "The weights are your `masked_softmax` of the scores divided by √d_k. Return the weighted "
        "values and the weights, in this order.",
    ),
    rewrite=_attention_with,
    mistakes=(
        *_SCALE_MISTAKES,
        *_AXIS_MISTAKES,
        *_MASK_MISTAKES,
        Mistake(
            "divided the weights, not the scores",
            "The softmax has already run: dividing now only makes each row sum to 1/√d_k. The "
            "spread must shrink before.",
            late="weights",
        ),
        Mistake(
            "divided the output, not the scores",
            "The softmax has already run, on scores that spread too widely: dividing now only "
            "makes the values smaller.",
            late="output",
        ),
        *_HOW_MISTAKES,
        Mistake(
            "returned the scores where the weights were due",
            "Your output is right. The second part is the result of the softmax, not its input.",
            told="scores",
        ),
        Mistake(
            "returned the scores where the weights were due",
            "Your output is right. The second part is the result of the softmax, not the products.",
            told="raw",
        ),
        Mistake(
            "returned the weights from before the mask",
            "Your output is right. The weights to return are the ones that made it, zeros "
            "included.",
            told="unmasked",
        ),
        Mistake(
            "used .T on a batch",
            "`.T` reverses all axes, the batch too. Swap only the last two: `.mT`.",
            wrong=_reversed_batch,
        ),
        Mistake(
            "counted the axes from the front",
            "transpose(1, 2) fits one batch axis only. Count from the end, −2 and −1, and any "
            "number of batch axes works.",
            wrong=_one_batch_axis,
        ),
        Mistake(
            "counted the axes from the front",
            "permute(0, 2, 1) fits one batch axis only. Swap the last two from the end: `.mT`.",
            wrong=_by_permuting,
        ),
        Mistake(
            "multiplied along the positions",
            "Qᵀ K has shape d_k × d_k and needs M = N. A score compares one query with one key: it "
            "sums over d_k.",
            wrong=_by_position,
        ),
        Mistake(
            "let the keys ask and the queries answer",
            "K Qᵀ has one row per key. Each query needs a row of its own: Q comes first.",
            wrong=_keys_ask,
        ),
        Mistake(
            "averaged the keys, not the values",
            "Keys are for finding, values for answering: the weights average the values.",
            wrong=_averages_keys,
        ),
        Mistake(
            "turned the mask round",
            "The mask already has queries down and keys across. Turned, it only fits where M = N.",
            wrong=_turned_mask,
        ),
        Mistake(
            "hid the future without being asked",
            "Only the mask says who may look at whom; None hides nothing.",
            wrong=_causal_anyway,
        ),
        Mistake(
            "always expected a mask",
            "mask=None means that everybody may look everywhere.",
            wrong=_needs_the_mask,
        ),
        Mistake(
            "swapped keys and values",
            "Queries meet keys, of width d_k; the weights average the values, of width d_v.",
            wrong=_asks_the_values,
        ),
        Mistake(
            "left out the softmax",
            "Scores may be negative and sum to anything. The weights of a query sum to 1.",
            wrong=_without_softmax,
        ),
    ),
    laws=(
        Law(
            "each row of weights sums to 1, or to 0 if it may look at nothing",
            lambda result, query, key, value, mask=None: _rows_sum(result[1], None, mask),
        ),
        Law(
            "a hidden key gets weight 0",
            lambda result, query, key, value, mask=None: _hidden_is_zero(result[1], None, mask),
        ),
        Law("the output is the weighted sum of the values", _output_fits),
    ),
    sizes=lambda query, key, value, mask=None: {
        "d_k": query.shape[-1],
        "d_v": value.shape[-1],
        "M": query.shape[-2],
        "N": key.shape[-2],
    },
    returns=("output", "weights"),
    verified=(
        "output, weights and all gradients, M ≠ N, d_v ≠ d_k, none to two batch axes, masks that "
        "broadcast, fully masked rows, large scores, float32 and float64"
    ),
)

EXERCISES = (_masked_softmax, _attention)
