"""Score, scale, mask, normalise, and average the values."""

import math

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


def _triple(seed, *batch, M=5, N=7, d_k=6, d_v=10, dtype=DOUBLE, spread=1.0):
    return (
        normal(3 * seed, *batch, M, d_k, dtype=dtype, spread=spread),
        normal(3 * seed + 1, *batch, N, d_k, dtype=dtype, spread=spread),
        normal(3 * seed + 2, *batch, N, d_v, dtype=dtype),
    )


def _cases():
    strided = tuple(x.mT.contiguous().mT for x in _triple(42))
    wild = _triple(44, M=3, spread=60.0)
    least = (wild[0] @ wild[1].mT).argsort(-1).argsort(-1) < 2  # only the two lowest scores
    return [
        Case("no mask", *_triple(31, M=2, N=3, d_k=5, d_v=1)),
        Case("no mask", *_triple(32)),
        Case("one key", *_triple(33, M=3, N=1)),
        Case("one query", *_triple(34, M=1)),
        Case("mask", *_triple(49, M=2, N=3, d_k=4, d_v=2), torch.ones(2, 3).tril().bool()),
        Case("M = N", *_triple(47, M=3, N=3, d_k=5)),
        Case("one batch axis", *_triple(36, 3)),
        Case("two batch axes", *_triple(37, 2, 3, M=7, N=5)),
        Case("mask", *_triple(38, 2, M=67, N=71), some_mask(38, 2, 67, 71)),
        Case("one mask for the whole batch", *_triple(39, 2, 3), some_mask(39, 5, 7)),
        Case("one row of mask for all queries", *_triple(40, 3), some_mask(40, 3, 1, 7)),
        Case("fully masked row", *_triple(41, 2), blind_row(some_mask(41, 2, 5, 7))),
        Case("not contiguous", *strided, some_mask(42, 5, 7)),
        Case("large scores", *_triple(43, M=3, spread=20.0), rtol=1e-4),
        Case(
            "large scores under the mask",
            *wild,
            least,
            rtol=1e-4,
        ),
        Case("float32", *_triple(45, 2, d_k=3, dtype=torch.float32), some_mask(45, 2, 5, 7)),
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
    "2 d_k": lambda q, k, v: 2 * q.shape[-1],
    "d_k / 2": lambda q, k, v: q.shape[-1] / 2,
    "whole √d_k": lambda q, k, v: math.isqrt(q.shape[-1]),
    "d_k²": lambda q, k, v: q.shape[-1] ** 2,
    "√√d_k": lambda q, k, v: q.shape[-1] ** 0.25,
    "lengths": lambda q, k, v: q.norm(dim=-1, keepdim=True) * k.norm(dim=-1, keepdim=True).mT,
}


def _with(query, key, value, mask=None, *, divide="√d_k", late="nothing", told="weights", **knobs):
    scores = query @ key.mT
    factor = _SCALES[divide](query, key, value)
    weights = softmax_with(scores / factor if late == "nothing" else scores, mask, **knobs)
    weights = weights / factor if late == "weights" else weights
    value = value / factor if late == "output" else value
    shown = {"weights": weights, "scores": scores / factor, "raw": scores}
    if told == "unmasked":
        shown["unmasked"] = torch.softmax(scores / factor, -1)
    return weights @ value, shown[told]


_SCALE_MISTAKES = (
    Mistake(
        "forgot-divide-root-d-k",
        "forgot to divide by √d_k",
        "Dot products spread with √d_k, and a wide spread makes one weight 1 and the gradient "
        "0. Which number brings the spread back to 1?",
        divide="nothing",
    ),
    Mistake(
        "divided-d-k",
        "divided by d_k, not by √d_k",
        "The variance of q · k is d_k. The spread, which the softmax feels, is its square root.",
        divide="d_k",
    ),
    Mistake(
        "multiplied-root-d-k",
        "multiplied by √d_k",
        "That widens the spread once more. Divide.",
        divide="1/√d_k",
    ),
    Mistake(
        "divided-root-d-v",
        "divided by √d_v",
        "Scores are made of queries and keys, whose dimension is d_k. The values, of dimension "
        "d_v, play no part in them.",
        divide="√d_v",
    ),
    Mistake(
        "divided-root-n",
        "divided by √N, with N the number of keys",
        "You took the size of the wrong axis. What is summed in a dot product is the dimension "
        "d_k, the last axis.",
        divide="√N",
    ),
    Mistake(
        "divided-root-m",
        "divided by √M, with M the number of queries",
        "You took the size of the wrong axis. What is summed in a dot product is the dimension "
        "d_k, the last axis.",
        divide="√M",
    ),
    Mistake(
        "divided-root-first-axis",
        "divided by √ of the first axis",
        "The first axis is the batch. What is summed in a dot product is the dimension d_k, the "
        "last axis.",
        divide="√B",
    ),
    Mistake(
        "divided-n",
        "divided by N",
        "The number of keys does not widen a score. The dimension d_k does.",
        divide="N",
    ),
    Mistake(
        "fixed-d-k",
        "wrote a fixed number for d_k",
        "d_k differs from call to call: it is the last size of the query.",
        *({"divide": number} for number in ("√8", "8", "√512")),
    ),
    Mistake(
        "power-before-division",
        "halved, where a root was meant",
        "In `d_k ** 1 / 2` the power comes first: that is d_k / 2. Write `d_k ** 0.5`.",
        *({"divide": half} for half in ("2 d_k", "d_k / 2")),
        alone=True,
    ),
    Mistake(
        "rounded-root-d-k-down-whole",
        "rounded √d_k down to a whole number",
        "√6 is 2.449…, not 2. Take the root as it is.",
        divide="whole √d_k",
    ),
    Mistake(
        "squared-d-k-where-root",
        "squared d_k where a root was due",
        "The spread of q · k is √d_k.",
        divide="d_k²",
    ),
    Mistake(
        "took-root-twice",
        "took the root twice",
        "Dividing query or key by the fourth root of d_k is half of it: both need it, or one "
        "of them √d_k.",
        divide="√√d_k",
    ),
    Mistake(
        "divided-lengths-query-key",
        "divided by the norms of query and key",
        "That is cosine similarity. Here the norm of a query and a key counts; only the "
        "dimension d_k is divided out.",
        divide="lengths",
    ),
)


def _reversed_batch(query, key, value, mask=None):
    return _finish(query @ key.T / math.sqrt(query.shape[-1]), value, mask)


def _one_batch_axis(query, key, value, mask=None):
    scores = query @ key.transpose(1, 2) / math.sqrt(query.shape[-1])
    return _finish(scores, value, mask)


def _by_permuting(query, key, value, mask=None):
    scores = query @ key.permute(0, 2, 1) / math.sqrt(query.shape[-1])
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
    weights = softmax_with(query @ key.mT / math.sqrt(query.shape[-1]), mask)
    return weights @ key, weights


def _asks_the_values(query, key, value, mask=None):
    weights = softmax_with(query @ value.mT / math.sqrt(query.shape[-1]), mask)
    return weights @ key, weights


def _without_softmax(query, key, value, mask=None):
    scores = query @ key.mT / math.sqrt(query.shape[-1])
    scores = scores if mask is None else scores * mask
    return scores @ value, scores


def _needs_the_mask(query, key, value, mask=None):
    scores = query @ key.mT / math.sqrt(query.shape[-1])
    return _finish(scores, value, mask.clone())


def _finish(scores, value, mask):
    weights = softmax_with(scores, mask)
    return weights @ value, weights


def _output_fits(result, query, key, value, mask=None):
    return torch.allclose(result[0], result[1] @ value, rtol=1e-3, atol=1e-5)


EXERCISE = Exercise(
    reference=attention.scaled_dot_product_attention,
    points=3,
    cases=_cases,
    hints=(
        "Three steps, each with a shape: scores (…, M, N), weights (…, M, N), output (…, M, d_v).",
        "`key.mT` swaps the last two axes, however many stand before them. d_k is the last size of "
        "the query.",
        "Nothing is left but to divide at the right place. Before the softmax or after it? And "
        "in which order are the two results asked for?",
    ),
    rewrite=_with,
    mistakes=(
        *_SCALE_MISTAKES,
        *AXIS_MISTAKES,
        *MASK_MISTAKES,
        Mistake(
            "divided-weights",
            "divided the weights, not the scores",
            "The softmax has already run: dividing now only makes each row sum to 1/√d_k. The "
            "spread must shrink before.",
            late="weights",
        ),
        Mistake(
            "divided-output",
            "divided the output, not the scores",
            "The softmax has already run, on scores that spread too widely: dividing now only "
            "makes the values smaller.",
            late="output",
        ),
        *HOW_MISTAKES,
        Mistake(
            "returned-scores-where-weights-due",
            "returned the scores where the weights were due",
            "Your output is right. The second part is the result of the softmax, not its input.",
            told="scores",
        ),
        Mistake(
            "returned-scores-where-weights-due",
            "returned the scores where the weights were due",
            "Your output is right. The second part is the result of the softmax, not the products.",
            told="raw",
        ),
        Mistake(
            "returned-weights-before-mask",
            "returned the weights from before the mask",
            "Your output is right. The weights to return are the ones that made it, zeros "
            "included.",
            told="unmasked",
        ),
        Mistake(
            "used-t-batch",
            "used .T on a batch",
            "`.T` reverses all axes, the batch too. Swap only the last two: `.mT`.",
            _reversed_batch,
        ),
        Mistake(
            "counted-axes-front",
            "counted the axes from the front",
            "transpose(1, 2) fits one batch axis only. Count from the end, −2 and −1, and any "
            "number of batch axes works.",
            _one_batch_axis,
        ),
        Mistake(
            "counted-axes-front",
            "counted the axes from the front",
            "permute(0, 2, 1) fits one batch axis only. Swap the last two from the end: `.mT`.",
            _by_permuting,
        ),
        Mistake(
            "let-keys-ask-queries-answer",
            "let the keys ask and the queries answer",
            "K Qᵀ has one row per key. Each query needs a row of its own: Q comes first.",
            _keys_ask,
        ),
        Mistake(
            "averaged-keys",
            "averaged the keys, not the values",
            "Keys are for finding, values for answering: the weights average the values.",
            _averages_keys,
        ),
        Mistake(
            "turned-mask-round",
            "turned the mask round",
            "The mask already has queries down and keys across. Turned, it only fits where M = N.",
            _turned_mask,
        ),
        Mistake(
            "hid-future-without-being-asked",
            "hid the future without being asked",
            "Only the mask says what a query may attend to; None hides nothing.",
            _causal_anyway,
        ),
        Mistake(
            "always-expected-mask",
            "always expected a mask",
            "mask=None means that every query may attend to every key.",
            _needs_the_mask,
        ),
        Mistake(
            "swapped-keys-values",
            "swapped keys and values",
            "Queries meet keys, of dimension d_k; the weights average the values, of dimension "
            "d_v.",
            _asks_the_values,
        ),
        Mistake(
            "left-out-softmax",
            "left out the softmax",
            "Scores may be negative and sum to anything. The weights of a query sum to 1.",
            _without_softmax,
        ),
    ),
    laws=(
        Law(
            "each row of weights sums to 1, or to 0 if it may attend to nothing",
            lambda result, query, key, value, mask=None: rows_sum(result[1], None, mask),
        ),
        Law(
            "a hidden key gets weight 0",
            lambda result, query, key, value, mask=None: hidden_is_zero(result[1], None, mask),
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
