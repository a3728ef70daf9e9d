"""Exercises of lesson 02: weights that sum to 1, the average they make, how they react."""

from functools import partial

import numpy as np

from attncourse import pooling
from attncourse.checks.core import Case, Exercise, Law, Mistake

# normalize ----------------------------------------------------------------------------------------


def _normalize_cases():
    rng = np.random.default_rng(21)
    return [
        Case("plain", np.array([[1.0, 3.0], [2.0, 6.5], [0.5, 0.25]])),
        Case("no batch axis", rng.uniform(0.1, 4, 3)),
        Case("one key", rng.uniform(0.1, 4, (5, 1))),
        Case("one query", rng.uniform(0.1, 4, (1, 7))),
        Case("plain", rng.uniform(0, 4, (5, 7))),
        Case("zeros among the weights", np.array([[0.0, 3, 0, 5, 0], [2, 0, 0, 0, 0]])),
        Case("two batch axes", rng.uniform(0, 4, (2, 3, 5, 7))),
        Case("large weights", rng.uniform(1, 2, (3, 5)) * 1e6),
        Case("small weights", rng.uniform(1, 2, (3, 5)) * 1e-4, rtol=1e-3),
        Case("tiny weights", np.array([[1e-9, 3e-9, 0.5e-9], [2e-9, 0, 5e-9]]), rtol=1e-3),
        Case("rows of different size", rng.uniform(1, 2, (3, 5)) * [[1e-3], [1], [1e4]], rtol=1e-4),
        Case("float32", rng.uniform(0, 4, (2, 5)).astype("float32")),
        Case("already normalised", rng.dirichlet(np.ones(7), size=3)),
        Case("not contiguous", rng.uniform(0.1, 4, (7, 3)).T),
    ]


def _normalize_with(weights, *, over="keys", divide="sum", first="nothing", epsilon=0.0):
    if first == "exp":
        weights = np.exp(weights)
    elif first == "stable exp":
        weights = np.exp(weights - weights.max(None if over == "all" else -1, keepdims=True))
    elif first == "square":
        weights = weights**2
    elif first == "root":
        weights = np.sqrt(weights)
    axis = {"keys": -1, "queries": max(-2, -weights.ndim), "all": None, "first": 0}[over]
    if divide == "range":
        weights = weights - weights.min(axis, keepdims=True)
        return weights / weights.max(axis, keepdims=True)
    total = {
        "sum": lambda: weights.sum(axis, keepdims=True),
        "mean": lambda: weights.mean(axis, keepdims=True),
        "max": lambda: weights.max(axis, keepdims=True),
        "norm": lambda: np.sqrt((weights**2).sum(axis, keepdims=True)),
        "count": lambda: weights.shape[-1],
    }[divide]
    return weights / (total() + epsilon)


_normalize = Exercise(
    reference=pooling.normalize,
    points=1,
    cases=_normalize_cases,
    hints=(
        "What must each row be divided by, so that its entries sum to 1?",
        "Sum over the keys, the last axis, and over nothing else: every query shares out its own "
        "1.",
        "The sums have one axis less than the weights. `keepdims=True` keeps that axis with size "
        "1, so that row i is divided by sum i.",
    ),
    rewrite=_normalize_with,
    mistakes=(
        Mistake(
            "normalised over the queries, not the keys",
            "Your columns sum to 1. Each row belongs to one query, and each query shares out its "
            "own 1.",
            over="queries",
        ),
        Mistake(
            "divided by the sum of all weights",
            "Your whole array sums to 1. Each row must: a query does not share with other queries.",
            over="all",
        ),
        Mistake(
            "summed over the first axis",
            "The first axis is the batch, or the queries. The keys are the last axis, however many "
            "axes stand before it.",
            over="first",
        ),
        Mistake(
            "divided by the mean, not the sum",
            "Your rows sum to N, the number of keys. The shares of one query make 1 together.",
            divide="mean",
        ),
        Mistake(
            "divided by the number of keys",
            "That makes every weight smaller by the same factor, whatever the row sums to.",
            divide="count",
        ),
        Mistake(
            "divided by the largest weight",
            "Now the largest is 1. It is the sum of the row that must be 1.",
            divide="max",
        ),
        Mistake(
            "divided by the Euclidean norm",
            "Your squares sum to 1. The weights themselves must.",
            divide="norm",
        ),
        Mistake(
            "rescaled to the range from 0 to 1",
            "The smallest weight became 0 and the largest 1. Keep the proportions, change only "
            "the sum.",
            divide="range",
        ),
        *(
            Mistake(
                "added a constant to the sum",
                "Your rows sum to less than 1, small ones most of all. "
                "Treat a sum of 0 on its own, if you want to.",
                wrong=partial(_normalize_with, epsilon=constant),
            )
            for constant in (1.0, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10)
        ),
        Mistake(
            "exponentiated first",
            "That is softmax, the next exercise. Here a weight twice as large gets a share twice "
            "as large.",
            first="exp",
        ),
        Mistake(
            "exponentiated first",
            "That is softmax, the next exercise. "
            "Here a weight twice as large gets a share twice as large.",
            first="stable exp",
        ),
        Mistake(
            "squared the weights first",
            "A weight twice as large must get a share twice as large, not four times.",
            first="square",
        ),
        Mistake(
            "took the square root of the weights first",
            "A weight four times as large must get a share four times as large, not twice.",
            first="root",
        ),
        Mistake(
            "forgot to keep the summed axis",
            "Sums of shape (M,) line up with the keys, not with the queries. Keep the axis with "
            "size 1.",
            wrong=lambda weights: weights / weights.sum(-1),
        ),
        Mistake(
            "returned the sums",
            "The sums are what to divide by. The result has the shape of the weights.",
            wrong=lambda weights: weights.sum(-1, keepdims=True),
        ),
        Mistake(
            "made all weights equal",
            "Every key got 1/N. Larger weights must keep larger shares.",
            wrong=lambda weights: np.full_like(weights, 1 / weights.shape[-1]),
        ),
        Mistake(
            "kept only the largest weight",
            "The largest got everything. Every key keeps its share.",
            wrong=lambda weights: (weights == weights.max(-1, keepdims=True)) * 1.0,
        ),
        Mistake(
            "subtracted instead of dividing",
            "Subtracting changes the proportions. To share out 1 in proportion, divide.",
            wrong=lambda weights: weights - weights.sum(-1, keepdims=True),
        ),
        Mistake(
            "multiplied by the sum",
            "To share out 1 in proportion, divide by the sum.",
            wrong=lambda weights: weights * weights.sum(-1, keepdims=True),
        ),
        Mistake(
            "divided every row by the first row's sum",
            "Each query shares out its own 1: divide each row by its own sum.",
            wrong=lambda weights: weights / weights.reshape(-1, weights.shape[-1])[0].sum(),
        ),
        Mistake(
            "divided only where the sum is above 1",
            "Rows that sum to less than 1 must grow, as the others must shrink.",
            wrong=lambda weights: weights / np.maximum(weights.sum(-1, keepdims=True), 1),
        ),
        Mistake(
            "left the last weight out of the sum",
            "All N weights of a row share out the 1.",
            wrong=lambda weights: weights / weights[..., :-1].sum(-1, keepdims=True),
        ),
        Mistake(
            "subtracted the smallest weight first",
            "Then the smallest share is 0. Keep the proportions, change only the sum.",
            wrong=lambda weights: (
                (weights - weights.min(-1, keepdims=True))
                / (weights - weights.min(-1, keepdims=True)).sum(-1, keepdims=True)
            ),
        ),
    ),
    laws=(
        Law(
            "every row sums to 1", lambda result, weights: np.allclose(result.sum(-1), 1, rtol=1e-3)
        ),
        Law("no weight is negative", lambda result, weights: bool((result >= 0).all())),
    ),
    sizes=lambda weights: {"N": weights.shape[-1]},
    verified="every row sums to 1, for one row, many rows and batches of rows, zeros among the "
    "weights, and weights from 1e-9 to 1e6",
)

# softmax ------------------------------------------------------------------------------------------


def _softmax_cases():
    rng = np.random.default_rng(22)
    large = np.array([[1000, 998.5, -3, 2, -900], [-1000, -1001.5, -999.5, -1002, -2500]])
    return [
        Case("plain", np.array([0.5, -1.0, 2.0])),
        Case("one key", rng.normal(size=(5, 1)), rtol=1e-7),
        Case("one query", rng.normal(size=(1, 7))),
        Case("plain", rng.normal(size=(3, 5))),
        Case("ties", np.array([[2.0, 2.0, 2.0], [-1.5, 0.5, 0.5]])),
        Case("axis=0", rng.normal(size=(5, 3)), axis=0),
        Case("axis=1 of 3", rng.normal(size=(2, 5, 3)), axis=1),
        Case("axis=-2", rng.normal(size=(3, 7, 2)), axis=-2),
        Case("two batch axes", rng.normal(size=(2, 3, 5, 7))),
        Case("steep scores", 5 * rng.normal(size=(3, 7)), rtol=1e-4),
        Case("large scores", large, rtol=1e-4),
        Case("rows far apart", rng.normal(size=(3, 5)) + np.array([[900], [0], [-900]]), rtol=1e-4),
        Case("negative scores", -np.abs(rng.normal(size=(3, 5))) - 2),
        Case("large scores", 300 * rng.normal(size=(3, 7)), axis=0, rtol=1e-4),
        Case("float32", rng.normal(size=(2, 5)).astype("float32")),
        Case("not contiguous", rng.normal(size=(7, 3)).T),
    ]


def _before_softmax(scores, first, axis):
    if isinstance(first, float):
        return first * scores
    return {
        "nothing": lambda: scores,
        "absolute": lambda: np.abs(scores),
        "cut": lambda: np.maximum(scores, 0),
        "square": lambda: scores**2,
        "divide by N": lambda: scores / np.take(scores.shape, -1 if axis is None else axis),
        "divide by root N": lambda: scores / np.sqrt(np.take(scores.shape, axis or -1)),
        "divide by root of the last": lambda: scores / np.sqrt(scores.shape[-1]),
        "standardize": lambda: (
            (scores - scores.mean(axis, keepdims=True)) / scores.std(axis, keepdims=True)
        ),
    }[first]()


def _softmax_with(
    scores,
    axis=-1,
    *,
    over="axis",
    first="nothing",
    shift="row",
    raise_to="e",
    sign=1,
    divide="sum",
    tail="nothing",
):
    axis = {"axis": axis, "last": -1, "first": 0, "second": 1, "all": None}[over]
    scores = _before_softmax(sign * scores, first, axis)
    if isinstance(shift, tuple):
        scores = np.clip(scores, *shift)
    elif shift == "rescale":
        scores = scores / np.abs(scores).max(axis, keepdims=True)
    elif shift != "none":
        least = {"min": np.min, "mean": np.mean}.get(shift, np.max)
        along = {"all": None, "last": -1}.get(shift, axis)
        scores = scores - least(scores, axis=along, keepdims=True)
    positive = {
        "e": np.exp,
        "2": np.exp2,
        "10": lambda x: 10.0**x,
        "nothing": lambda x: x,
        "square": np.square,
        "abs": np.abs,
        "relu": lambda x: np.maximum(x, 0),
        "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    }[raise_to](scores)
    if divide == "count":
        positive = positive / len(scores)
    elif divide != "none":
        total = {"sum": np.sum, "mean": np.mean, "norm": _norm}[divide]
        positive = positive / total(positive, axis=axis, keepdims=True)
    if tail == "stable log":
        return scores - np.log(np.sum(np.exp(scores), axis=axis, keepdims=True))
    return np.log(positive) if tail == "log" else positive


def _norm(x, axis, keepdims):
    return np.sqrt(np.sum(x**2, axis=axis, keepdims=keepdims))


def _divide_by_unshifted(scores, axis=-1):
    shifted = np.exp(scores - scores.max(axis, keepdims=True))
    return shifted / np.exp(scores).sum(axis, keepdims=True)


def _normalise_then_exponentiate(scores, axis=-1):
    return np.exp(scores / scores.sum(axis, keepdims=True))


def _with_a_constant(scores, axis=-1, *, constant):
    powers = np.exp(scores - scores.max(axis, keepdims=True))
    return powers / (powers.sum(axis, keepdims=True) + constant)


def _with_one_more(scores, axis=-1):
    most = scores.max(axis, keepdims=True)
    powers = np.exp(scores - most)
    return powers / (np.exp(-most) + powers.sum(axis, keepdims=True))


def _shifted_by_the_size(scores, axis=-1):
    powers = np.exp(scores - np.abs(scores).max(axis, keepdims=True))
    return powers / powers.sum(axis, keepdims=True)


def _one_hot(scores, axis=-1):
    return (scores == scores.max(axis, keepdims=True)) * 1.0


_softmax = Exercise(
    reference=pooling.softmax,
    points=2,
    cases=_softmax_cases,
    hints=(
        "Two steps: make every score positive with the exponential, then do what `normalize` does, "
        "along `axis`.",
        "exp(1000) is inf in float64, and inf / inf is NaN. Subtracting one number from all scores "
        "of a row changes nothing in the quotient: which number makes overflow impossible?",
        "Subtract from each row its own maximum, kept with `keepdims=True`; then the largest "
        "exponential is exp(0) = 1. Then exponentiate, and divide by the sum along the same axis.",
    ),
    rewrite=_softmax_with,
    mistakes=(
        Mistake(
            "left out the shift by the maximum",
            "The exponential of 1000 overflows, that of −1000 is 0, and the quotient is NaN. "
            "Shift the scores first: it changes nothing else.",
            shift="none",
        ),
        Mistake(
            "shifted every row by one common maximum",
            "A row far below the largest row underflows to 0/0. Each row needs its own maximum.",
            shift="all",
        ),
        Mistake(
            "shifted by the minimum, not the maximum",
            "Then the largest exponent is still large, and overflows. After the shift, no score "
            "should be above 0.",
            shift="min",
        ),
        Mistake(
            "shifted by the mean, not the maximum",
            "Scores far above their mean still overflow. After the shift, no score should be "
            "above 0.",
            shift="mean",
        ),
        *(
            Mistake(
                "clipped the scores",
                "Clipping makes different scores equal and changes the answer. A shift does not.",
                wrong=partial(_softmax_with, shift=limits),
            )
            for limits in ((-50, 50), (-100, 100), (-500, 500), (-700, 700), (None, 700))
        ),
        Mistake(
            "divided by the maximum instead of subtracting it",
            "Dividing changes the differences between scores, and only those count. "
            "Subtract: the quotient stays what it was.",
            shift="rescale",
        ),
        Mistake(
            "ignored `axis` and normalised over the last one",
            "Your weights sum to 1 along the last axis, whatever was asked. Use `axis` in the "
            "maximum and in the sum.",
            over="last",
        ),
        Mistake(
            "normalised over the first axis",
            "Your weights sum to 1 along the first axis, whatever was asked. Use `axis` in the "
            "maximum and in the sum.",
            over="first",
        ),
        Mistake(
            "normalised over the whole array",
            "All your weights together sum to 1. The entries along `axis` must, for each row "
            "alone.",
            over="all",
        ),
        Mistake(
            "did not divide by the sum",
            "Exponentials are positive, and after the shift the largest is 1. "
            "It is their sum that must be 1.",
            divide="none",
        ),
        Mistake(
            "divided by the mean, not the sum",
            "Your weights sum to the number of entries instead of 1.",
            divide="mean",
        ),
        Mistake(
            "divided by the Euclidean norm",
            "The squares of your weights sum to 1. The weights themselves must.",
            divide="norm",
        ),
        Mistake(
            "left out the exponential",
            "Without it a negative score gives a negative weight, or the wrong share.",
            raise_to="nothing",
            shift="none",
        ),
        Mistake(
            "left out the exponential",
            "Shifted scores are all ≤ 0 and no weights yet: the exponential makes them positive.",
            raise_to="nothing",
        ),
        Mistake(
            "took powers of 2, not of e",
            "A base of 2 gives flatter weights. The rule asks for the exponential function.",
            raise_to="2",
        ),
        Mistake(
            "took powers of 10, not of e",
            "A base of 10 gives steeper weights. The rule asks for the exponential function.",
            wrong=partial(_softmax_with, raise_to="10"),
        ),
        Mistake(
            "squared the scores instead of exponentiating",
            "Squares forget the sign: −3 would weigh as much as 3.",
            raise_to="square",
            shift="none",
        ),
        Mistake(
            "took absolute values instead of exponentiating",
            "Absolute values forget the sign: −3 would weigh as much as 3.",
            raise_to="abs",
            shift="none",
        ),
        Mistake(
            "cut negative scores to 0 instead of exponentiating",
            "All negative scores would weigh the same, nothing. Softmax gives each a positive "
            "weight.",
            raise_to="relu",
            shift="none",
        ),
        Mistake(
            "used a sigmoid instead of the exponential",
            "A sigmoid judges each score alone and flattens large ones. Softmax compares them.",
            raise_to="sigmoid",
            shift="none",
        ),
        Mistake(
            "used a sigmoid for each score alone",
            "A sigmoid judges each score alone, so nothing sums to 1. Softmax lets scores compete.",
            wrong=partial(_softmax_with, raise_to="sigmoid", shift="none", divide="none"),
        ),
        Mistake(
            "flipped the sign of the scores",
            "Your largest score gets the smallest weight. It should get the largest.",
            sign=-1,
        ),
        Mistake(
            "returned the logarithms of the weights",
            "That is log-softmax: all values ≤ 0. The weights themselves are asked for.",
            tail="log",
        ),
        Mistake(
            "returned the logarithms of the weights",
            "That is log-softmax: all values ≤ 0. The weights themselves are asked for.",
            wrong=partial(_softmax_with, tail="stable log"),
        ),
        Mistake(
            "shifted above the fraction but not below it",
            "The shift cancels only if numerator and denominator use the same exponentials.",
            wrong=_divide_by_unshifted,
        ),
        Mistake(
            "normalised before exponentiating",
            "First exponentiate, then divide by the sum. The other way round nothing sums to 1.",
            wrong=_normalise_then_exponentiate,
        ),
        Mistake(
            "gave the largest score everything",
            "That is the hard maximum. Softmax gives every score a positive weight.",
            wrong=_one_hot,
        ),
        Mistake(
            "applied softmax twice",
            "The second softmax flattens the weights of the first towards equal shares.",
            wrong=lambda scores, axis=-1: pooling.softmax(pooling.softmax(scores, axis), axis),
        ),
        *(
            Mistake(
                "divided the scores by the square root of their number",
                "Scaling comes in lesson 04, and not here: softmax takes the scores as they are.",
                wrong=partial(_softmax_with, first=scaled),
            )
            for scaled in ("divide by root N", "divide by root of the last")
        ),
        Mistake(
            "divided the scores by their number",
            "That flattens the weights. Softmax takes the scores as they are.",
            wrong=partial(_softmax_with, first="divide by N"),
        ),
        *(
            Mistake(
                "multiplied the scores by a constant",
                "That makes the weights steeper or flatter. Softmax takes the scores as they are.",
                wrong=partial(_softmax_with, first=scaled),
            )
            for scaled in (2.0, 0.5)
        ),
        Mistake(
            "standardised the scores first",
            "Only the maximum is subtracted; dividing by the spread changes the differences.",
            wrong=partial(_softmax_with, first="standardize"),
        ),
        Mistake(
            "took the absolute values of the scores first",
            "A score of −3 would weigh as much as 3. Scores keep their sign.",
            first="absolute",
        ),
        Mistake(
            "cut negative scores to 0 first",
            "All negative scores would weigh the same. Scores keep their sign.",
            first="cut",
        ),
        Mistake(
            "squared the scores first",
            "A score of −3 would weigh as much as 3. Scores go into the exponential as they are.",
            first="square",
        ),
        Mistake(
            "took the maximum along another axis than the sum",
            "A shift cancels only if it is the same for all entries that are summed: use `axis` "
            "in both.",
            shift="last",
        ),
        Mistake(
            "normalised over axis 1, whatever `axis` says",
            "Use `axis` in the maximum and in the sum.",
            over="second",
        ),
        Mistake(
            "divided by the number of entries, not by their sum",
            "Exponentials are positive now, but it is their sum that must become 1.",
            wrong=partial(_softmax_with, divide="count"),
        ),
        Mistake(
            "forgot to keep the summed axis",
            "Without that axis the sums line up with the wrong axis of the exponentials. "
            "Keep it with size 1.",
            wrong=lambda scores, axis=-1: (
                np.exp(scores - scores.max(axis, keepdims=True))
                / np.exp(scores - scores.max(axis, keepdims=True)).sum(axis)
            ),
        ),
        Mistake(
            "forgot to keep the axis of the maximum",
            "Without that axis the maxima line up with the wrong axis of the scores. "
            "Keep it with size 1.",
            wrong=lambda scores, axis=-1: (
                np.exp(scores - scores.max(axis))
                / np.exp(scores - scores.max(axis)).sum(axis, keepdims=True)
            ),
        ),
        *(
            Mistake(
                "added a constant to the sum",
                "Your weights sum to less than 1. After the shift the sum is at least 1: nothing "
                "needs protecting.",
                wrong=partial(_with_a_constant, constant=constant),
            )
            for constant in (1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
        ),
        Mistake(
            "counted one score of 0 more than there is",
            "A 1 added to the unshifted sum takes a share for a key that does not exist: the "
            "weights sum to less than 1.",
            wrong=_with_one_more,
        ),
        Mistake(
            "shifted by the largest absolute value",
            "In a row of −1000s you subtract 1000 once more, and all underflows to 0/0. Shift by "
            "the largest score, sign included.",
            wrong=_shifted_by_the_size,
        ),
        Mistake(
            "replaced NaN instead of preventing it",
            "Overflow loses the answer; a 0 in place of NaN does not bring it back. Shift the "
            "scores first.",
            wrong=lambda scores, axis=-1: np.nan_to_num(
                np.exp(scores) / np.exp(scores).sum(axis, keepdims=True)
            ),
        ),
    ),
    laws=(
        Law(
            "the weights sum to 1 along the axis",
            lambda result, scores, axis=-1: np.allclose(result.sum(axis), 1, rtol=1e-4),
        ),
        Law("no weight is negative", lambda result, scores, axis=-1: bool((result >= 0).all())),
    ),
    sizes=lambda scores, axis=-1: {"N": scores.shape[axis]},
    verified="the weights sum to 1 along any axis, larger scores get larger weights, scores of "
    "±1000 neither overflow nor vanish, and each row is shifted on its own",
)

# attention_pool -----------------------------------------------------------------------------------


def _attention_pool_cases():
    rng = np.random.default_rng(23)

    def pair(*batch, M=5, N=7, d_v=3):
        return rng.dirichlet(np.ones(N), size=(*batch, M)), rng.normal(size=(*batch, N, d_v))

    weights, values = pair(M=7, N=3, d_v=5)
    return [
        Case("plain", np.array([[0.25, 0.75]]), np.array([[4.0, 0.0, 8.0], [0.0, 2.0, -4.0]])),
        Case("one key", np.ones((5, 1)), rng.normal(size=(1, 3))),
        Case("one query", *pair(M=1)),
        Case("one number per value", *pair(d_v=1)),
        Case("M < N", *pair(M=3, N=5, d_v=2)),
        Case("M > N", *pair(M=7, N=3, d_v=5)),
        Case("one-hot weights", np.eye(5)[[3, 0, 3]], rng.normal(size=(5, 2))),
        Case("weights that do not sum to 1", rng.uniform(0, 3, (3, 5)), rng.normal(size=(5, 7))),
        Case("negative weights", rng.normal(size=(3, 5)), rng.normal(size=(5, 2))),
        Case("one batch axis", *pair(2)),
        Case("two batch axes", *pair(2, 3, M=5, N=7, d_v=11)),
        Case("M = N", *pair(M=3, N=3, d_v=5)),
        Case("M = d_v", *pair(M=3, N=5, d_v=3)),
        Case("float32", *(part.astype("float32") for part in pair(M=5, N=3, d_v=2))),
        Case("large values", pair()[0], 1e6 * rng.normal(size=(7, 2))),
        Case("not contiguous", np.asfortranarray(weights), values.T.copy().T),
    ]


def _attention_pool_with(weights, values, *, weigh="as given", combine="sum"):
    weights = {
        "as given": lambda: weights,
        "softmax": lambda: pooling.softmax(weights),
        "normalised": lambda: weights / weights.sum(-1, keepdims=True),
        "shared by the queries": lambda: weights / weights.sum(-2, keepdims=True),
        "shared by all": lambda: weights / weights.sum(),
        "rounded": lambda: np.round(weights),
        "rooted": lambda: np.sqrt(weights),
        "uniform": lambda: np.full_like(weights, 1 / weights.shape[-1]),
        "all ones": lambda: np.ones_like(weights),
        "largest": lambda: _one_hot(weights),
        "absolute": lambda: np.abs(weights),
        "squared": lambda: weights**2,
        "first query": lambda: np.broadcast_to(weights[..., :1, :], weights.shape),
        "reversed": lambda: weights[..., ::-1],
    }[weigh]()
    weighted = weights[..., None] * values[..., None, :, :]  # ... M N d_v
    if combine == "nothing":
        return weighted
    total = {"sum": np.sum, "mean": np.mean, "max": np.max, "product": np.prod, "median": np.median}
    kept = {
        "last": slice(-1, None),
        "all but the last": slice(-1),
        "all but the first": slice(1, None),
    }
    weighted = weighted[..., kept.get(combine, slice(None)), :]
    axis = {"over queries": -3, "over d_v": -1}.get(combine, -2)
    return total.get(combine, np.sum)(weighted, axis=axis)


_attention_pool = Exercise(
    reference=pooling.attention_pool,
    points=1,
    cases=_attention_pool_cases,
    hints=(
        "Take one query: multiply each value by its weight and add them up. Then all queries.",
        "Rows of weights times columns of values, summed over the keys they share: this is a "
        "product you know.",
        "A matrix product (M, N) times (N, d_v) does it; `@` also carries any batch axes along, "
        "`np.dot` and `.T` do not.",
    ),
    rewrite=_attention_pool_with,
    mistakes=(
        Mistake(
            "divided by the number of keys",
            "The weights already say how much of each value to take. A weighted mean is their sum, "
            "not the mean of the weighted values.",
            combine="mean",
        ),
        Mistake(
            "took the largest weighted value",
            "All values are blended: add the weighted values up.",
            combine="max",
        ),
        Mistake(
            "multiplied the weighted values together",
            "Add the weighted values up, do not multiply them.",
            combine="product",
        ),
        Mistake(
            "did not add the weighted values up",
            "You have one weighted value per query and key. The output has one vector per query.",
            combine="nothing",
        ),
        Mistake(
            "kept only the last key's part",
            "Each key's part must be added to the output, not replace what was there.",
            combine="last",
        ),
        Mistake(
            "left out the last key",
            "All N values take part: count the keys from 0 up to and including N − 1.",
            combine="all but the last",
        ),
        Mistake(
            "left out the first key",
            "All N values take part: count the keys from 0.",
            combine="all but the first",
        ),
        Mistake(
            "took the median of the weighted values",
            "All values are blended: add the weighted values up.",
            combine="median",
        ),
        Mistake(
            "summed over the queries, not the keys",
            "Each query gets its own output. It is the keys that are summed over.",
            combine="over queries",
        ),
        Mistake(
            "summed over d_v, not over the keys",
            "A value is a vector and stays one. It is the keys that are summed over.",
            combine="over d_v",
        ),
        Mistake(
            "applied softmax to the weights",
            "They are weights already, not scores. Use them as they are.",
            weigh="softmax",
        ),
        Mistake(
            "normalised the weights again",
            "The rule takes the weights as they are, also those that do not sum to 1.",
            weigh="normalised",
        ),
        Mistake(
            "normalised the weights over the queries",
            "The rule takes the weights as they are, and no query shares with another.",
            weigh="shared by the queries",
        ),
        Mistake(
            "divided the weights by the sum of all",
            "The rule takes the weights as they are, and no query shares with another.",
            weigh="shared by all",
        ),
        Mistake(
            "rounded the weights",
            "Use the weights as they are: 0.25 takes a quarter of the value.",
            weigh="rounded",
        ),
        Mistake(
            "took the square root of the weights",
            "Use the weights as they are: 0.25 takes a quarter of the value.",
            weigh="rooted",
        ),
        Mistake(
            "ignored the weights and took the mean",
            "Every value counted 1/N. Each value counts as much as its weight says.",
            weigh="uniform",
        ),
        Mistake(
            "ignored the weights and took the sum",
            "Every value counted fully. Each value counts as much as its weight says.",
            weigh="all ones",
        ),
        Mistake(
            "looked up the value of the largest weight",
            "That is a hard lookup. The output blends all values, each with its weight.",
            weigh="largest",
        ),
        Mistake(
            "took the absolute values of the weights",
            "A negative weight subtracts its value: use the weights as they are.",
            weigh="absolute",
        ),
        Mistake(
            "squared the weights",
            "Use the weights as they are: 0.25 takes a quarter of the value.",
            weigh="squared",
        ),
        Mistake(
            "used the first query's weights for all queries",
            "Row i of the weights makes row i of the output.",
            weigh="first query",
        ),
        Mistake(
            "paired the weights with the values in reverse order",
            "Weight j belongs to value j.",
            weigh="reversed",
        ),
        Mistake(
            "transposed the weights",
            "Queries stand down, keys across: row i of the weights is already what output i needs.",
            wrong=lambda weights, values: np.swapaxes(weights, -1, -2) @ values,
        ),
        Mistake(
            "multiplied in the wrong order",
            "The keys are the last axis of the weights and the first of the values; these two "
            "meet.",
            wrong=lambda weights, values: values @ weights,
        ),
        Mistake(
            "multiplied weights and values entry by entry",
            "Entry by entry, query meets key by chance. Sum over the keys that both share.",
            wrong=lambda weights, values: weights * values,
        ),
        Mistake(
            "used `np.dot` or `np.tensordot`, which do not batch",
            "With batch axes these pair every batch entry with every other. Each entry should "
            "meet only its own.",
            wrong=lambda weights, values: np.dot(weights, values),
        ),
        Mistake(
            "handled only two axes",
            "Weights and values may have batch axes in front; the last two axes are what the rule "
            "is about.",
            wrong=lambda weights, values: np.einsum("mn,nd->md", weights, values),
        ),
        Mistake(
            "returned only the first query's output",
            "Every query gets an output of its own: M of them.",
            wrong=lambda weights, values: (weights @ values)[..., 0, :],
        ),
        Mistake(
            "averaged the outputs over the queries",
            "Every query gets an output of its own: M of them.",
            wrong=lambda weights, values: (weights @ values).mean(-2),
        ),
        Mistake(
            "expected exactly one batch axis",
            "There may be none, one or many. The rule is about the last two axes.",
            wrong=lambda weights, values: np.einsum("bmn,bnd->bmd", weights, values),
        ),
        Mistake(
            "multiplied by value i, not by value j",
            "Query i reads all values: weight j of its row belongs to value j.",
            wrong=lambda weights, values: (
                weights.sum(-1, keepdims=True) * values[..., np.arange(weights.shape[-2]), :]
            ),
        ),
        Mistake(
            "used only the first entry of the batch",
            "Every batch entry has its own weights and values, and gets its own output.",
            wrong=lambda weights, values: (
                weights[(0,) * (weights.ndim - 2)] @ values[(0,) * (values.ndim - 2)]
            ),
        ),
        Mistake(
            "subtracted the mean of the values",
            "The values are averaged as they are.",
            wrong=lambda weights, values: weights @ (values - values.mean(-2, keepdims=True)),
        ),
    ),
    laws=(
        Law(
            "one output per query, as wide as a value",
            lambda result, weights, values: result.shape == (*weights.shape[:-1], values.shape[-1]),
        ),
    ),
    sizes=lambda weights, values: {
        "M": weights.shape[-2],
        "N": weights.shape[-1],
        "d_v": values.shape[-1],
    },
    verified="one output per query, M ≠ N ≠ d_v, one key and one query, weights that do not sum "
    "to 1, and any batch axes",
)

# gaussian_kernel and nadaraya_watson --------------------------------------------------------------


def _points(rng, *, M=5, N=7, d=3, spread=1.0):
    return spread * rng.normal(size=(M, d)), spread * rng.normal(size=(N, d))


def _gaussian_kernel_cases():
    rng = np.random.default_rng(24)
    query, keys = _points(rng, M=3, N=5, d=2)
    return [
        Case("plain", np.array([[0.0, 1.0]]), np.array([[1.5, 1], [0, -1], [0, 1]]), 0.8),
        Case("one key", *_points(rng, M=3, N=1, d=2), 1.7),
        Case("one query", *_points(rng, M=1, N=5, d=3), 0.7),
        Case("one dimension", *_points(rng, M=3, N=5, d=1), 0.7),
        Case("narrow", *_points(rng, M=3, N=5, d=2), 0.3),
        Case("wide", *_points(rng, M=5, N=3, d=2), 6.0),
        Case("M < N", *_points(rng, M=3, N=7, d=2), 1.3),
        Case("M > N", *_points(rng, M=7, N=2, d=5), 2.6),
        Case("many dimensions", *_points(rng, M=2, N=3, d=11), 2.2),
        Case("far from all keys", query + 40, keys, 1.5),
        Case("a query on a key", keys[[1, 4]], keys, 0.6),
        Case("float32", query.astype("float32"), keys.astype("float32"), 0.9),
        Case("not contiguous", rng.normal(size=(3, 5)).T, rng.normal(size=(3, 7)).T, 1.4),
    ]


def _nearness(query, keys, width, *, distance="squared", factor=2, power=2, sign=-1, where="below"):
    difference = query[:, None] - keys[None]
    measured = {
        "squared": lambda: (difference**2).sum(-1),
        "unsquared": lambda: np.sqrt((difference**2).sum(-1)),
        "absolute": lambda: np.abs(difference).sum(-1),
        "absolute squared": lambda: np.abs(difference).sum(-1) ** 2,
        "summed first": lambda: difference.sum(-1) ** 2,
        "mean": lambda: (difference**2).mean(-1),
        "first feature": lambda: difference[..., 0] ** 2,
        "dot": lambda: -query @ keys.T,
        "fourth": lambda: (difference**2).sum(-1) ** 2,
        "expanded": lambda: (query**2).sum(-1)[:, None] + (keys**2).sum(-1) - query @ keys.T,
    }[distance]()
    scale = factor * width**power if where == "below" else width**power / factor
    return sign * measured / scale if where != "above" else sign * measured * width**power / factor


_KERNEL_MISTAKES = (
    Mistake(
        "forgot to square the distance",
        "You used the distance itself. The Gaussian falls with its square.",
        distance="unsquared",
    ),
    Mistake(
        "forgot to square the distance",
        "You added up absolute differences. The Gaussian needs the squared Euclidean distance.",
        distance="absolute",
    ),
    Mistake(
        "squared the sum of the differences",
        "Differences of opposite sign cancelled. Square each difference, then add up.",
        distance="summed first",
    ),
    Mistake(
        "took the mean over the features, not the sum",
        "The squared distance is the sum over all d features; the mean is d times smaller.",
        distance="mean",
    ),
    Mistake(
        "used the dot product, not the distance",
        "Nearness is measured by ‖q − k‖² here. Dot products are lesson 03.",
        distance="dot",
    ),
    Mistake(
        "forgot the 2 under the fraction",
        "Without it your bump is narrower than the width says.",
        factor=1,
    ),
    Mistake(
        "squared the 2 along with the width",
        "Only the width is squared. With (2 width)² your bump is √2 times too wide.",
        factor=4,
    ),
    Mistake(
        "multiplied by 2 instead of dividing",
        "The 2 stands under the fraction, beside the squared width.",
        factor=0.5,
    ),
    Mistake(
        "forgot to square the width",
        "The width has the unit of the distance, and the distance is squared, so the width is too.",
        power=1,
    ),
    Mistake(
        "ignored the width",
        "Doubling the width should make farther keys count more. Yours stays the same.",
        power=0,
    ),
    Mistake(
        "multiplied by the width instead of dividing",
        "A larger width must make the bump wider. Yours gets narrower.",
        where="above",
    ),
    Mistake(
        "forgot the minus sign",
        "Far keys weigh more than near ones in yours. Nearness must fall with distance.",
        sign=1,
    ),
)


def _rarer_kernel_mistakes(rewrite):
    """Mistakes that seldom come in company; on their own they cost no pairs to search."""
    return (
        *(
            Mistake(
                "forgot both squares and the 2",
                "exp(−distance / width) is the Laplace kernel, which has a sharp peak. "
                "The Gaussian squares distance and width, and divides by 2.",
                wrong=partial(rewrite, distance=distance, factor=1, power=1),
            )
            for distance in ("unsquared", "absolute")
        ),
        Mistake(
            "put π under the fraction",
            "π belongs to a density's constant in front, which this kernel does not have.",
            wrong=partial(rewrite, factor=2 * np.pi),
        ),
        Mistake(
            "squared the sum of the absolute differences",
            "That is the squared city-block distance. Square each difference, then add up.",
            wrong=partial(rewrite, distance="absolute squared"),
        ),
        Mistake(
            "compared only the first feature",
            "A point has d features, and all of them add to its distance.",
            wrong=partial(rewrite, distance="first feature"),
        ),
        Mistake(
            "squared the distance twice",
            "The squared distance appears once. Yours falls with its square again.",
            wrong=partial(rewrite, distance="fourth"),
        ),
        Mistake(
            "forgot the 2 before q·k",
            "‖q − k‖² is ‖q‖² + ‖k‖² minus *twice* the dot product.",
            wrong=partial(rewrite, distance="expanded"),
        ),
        *(
            Mistake(
                "used the dot product, not the distance",
                "Nearness is measured by ‖q − k‖² here. Dot products are lesson 03.",
                wrong=partial(rewrite, distance="dot", factor=1, power=power),
            )
            for power in (0, 1, 2)
        ),
        Mistake(
            "used the bare distance",
            "The width decides how far is far, and the Gaussian falls with the squared distance.",
            wrong=partial(rewrite, distance="unsquared", factor=1, power=0),
        ),
        Mistake(
            "took the square root of the width",
            "The width is squared under the fraction.",
            wrong=partial(rewrite, power=0.5),
        ),
        Mistake(
            "squared the width twice",
            "The squared width appears once under the fraction.",
            wrong=partial(rewrite, power=4),
        ),
        Mistake(
            "multiplied by the width instead of dividing",
            "A larger width must make the bump wider. Yours gets narrower.",
            wrong=partial(rewrite, where="above", power=1, factor=1),
        ),
    )


def _gaussian_kernel_with(query, keys, width, *, after="nothing", **knobs):
    scores = _nearness(query, keys, width, **knobs)
    if after == "no exp":
        return scores
    if after == "inverse":
        return 1 / (1 - scores)
    kernel = np.exp2(scores) if after == "base 2" else np.exp(scores)
    if after in ("rows", "columns", "all"):
        return kernel / kernel.sum({"rows": -1, "columns": 0, "all": None}[after], keepdims=True)
    if after == "row maximum":
        return kernel / kernel.max(-1, keepdims=True)
    if after == "density":
        return kernel / (width * np.sqrt(2 * np.pi))
    if after == "density in d":
        return kernel / (width * np.sqrt(2 * np.pi)) ** query.shape[-1]
    return 1 - kernel if after == "one minus" else kernel


def _kernel_of_each(query, keys, width):
    return np.exp(-((query[:, None] - keys[None]) ** 2) / (2 * width**2)).sum(-1)


def _kernel_cut_off(query, keys, width):
    squared = pooling.squared_distance(query, keys)
    return np.where(squared > 9 * width**2, 0.0, np.exp(-squared / (2 * width**2)))


def _kernel_over_keys(query, keys, width):
    return np.exp(-((query[:, None] - keys[None]) ** 2).sum(1) / (2 * width**2))


_gaussian_kernel = Exercise(
    reference=pooling.gaussian_kernel,
    points=2,
    cases=_gaussian_kernel_cases,
    hints=(
        "First a table of squared distances, queries down and keys across; then one formula for "
        "the whole table.",
        "`query[:, None, :] - keys[None, :, :]` has shape (M, N, d): every query minus every key. "
        "What is left to do with the last axis?",
        "Square, sum over the last axis, divide by twice the squared width, change the sign, "
        "exponentiate. Do not normalise.",
    ),
    rewrite=_gaussian_kernel_with,
    mistakes=(
        *_KERNEL_MISTAKES,
        *_rarer_kernel_mistakes(_gaussian_kernel_with),
        Mistake(
            "normalised the rows",
            "That is the next step. A kernel rates each key on its own: 1 at distance 0.",
            after="rows",
        ),
        Mistake(
            "normalised the columns",
            "A kernel rates each pair on its own: 1 at distance 0. Nothing is normalised here.",
            after="columns",
        ),
        Mistake(
            "normalised the whole table",
            "A kernel rates each pair on its own: 1 at distance 0. Nothing is normalised here.",
            after="all",
        ),
        Mistake(
            "divided each row by its largest entry",
            "A kernel rates each pair on its own: 1 at distance 0, whoever else is near.",
            after="row maximum",
        ),
        Mistake(
            "took powers of 2, not of e",
            "The rule asks for the exponential function.",
            after="base 2",
        ),
        Mistake(
            "used the boxcar kernel",
            "Near keys count fully and others not at all in yours. The Gaussian falls smoothly.",
            wrong=pooling.boxcar_kernel,
        ),
        Mistake(
            "used the triangular kernel",
            "Yours falls in a straight line, to 0 at the width. The Gaussian never ends.",
            wrong=pooling.triangular_kernel,
        ),
        Mistake(
            "used the Epanechnikov kernel",
            "Yours falls along a parabola, to 0 at the width. The Gaussian never ends.",
            wrong=pooling.epanechnikov_kernel,
        ),
        Mistake(
            "divided by width √(2π), as for a density",
            "A probability density integrates to 1. This kernel is 1 at distance 0.",
            after="density",
        ),
        Mistake(
            "divided by (width √(2π))^d, as for a density",
            "A probability density integrates to 1. This kernel is 1 at distance 0.",
            after="density in d",
        ),
        Mistake(
            "left out the exponential",
            "These are scores, at most 0. The kernel is their exponential, between 0 and 1.",
            after="no exp",
        ),
        Mistake(
            "used 1 / (1 + distance) instead of the exponential",
            "That falls much more slowly. The rule asks for the exponential.",
            after="inverse",
        ),
        Mistake(
            "returned one minus the kernel",
            "At distance 0 the kernel is 1, far away nearly 0.",
            after="one minus",
        ),
        Mistake(
            "swapped queries and keys",
            "Queries stand down, keys across: shape (M, N).",
            wrong=lambda query, keys, width: pooling.gaussian_kernel(keys, query, width),
        ),
        Mistake(
            "compared query i with key i only",
            "Every query meets every key: the table is (M, N). Give each its own axis before "
            "subtracting.",
            wrong=lambda query, keys, width: np.exp(
                -((query - keys) ** 2).sum(-1) / (2 * width**2)
            ),
        ),
        Mistake(
            "did not sum over the features",
            "You have one number per query, key and feature. A distance is one number per query "
            "and key.",
            wrong=lambda query, keys, width: np.exp(
                -((query[:, None] - keys[None]) ** 2) / (2 * width**2)
            ),
        ),
        Mistake(
            "exponentiated each feature before adding up",
            "exp of a sum is a product of exponentials, not their sum. Add the squares first.",
            wrong=_kernel_of_each,
        ),
        Mistake(
            "cut the kernel off at three widths",
            "A Gaussian is small far away, but never 0.",
            wrong=_kernel_cut_off,
        ),
        Mistake(
            "added up over the keys, not over the features",
            "There must be one distance per query and key: the features are the last axis.",
            wrong=_kernel_over_keys,
        ),
    ),
    laws=(
        Law(
            "queries down, keys across",
            lambda result, query, keys, width: result.shape == (len(query), len(keys)),
        ),
        Law(
            "every nearness is between 0 and 1",
            lambda result, query, keys, width: bool(((result >= 0) & (result <= 1 + 1e-9)).all()),
        ),
    ),
    sizes=lambda query, keys, width: {
        "M": query.shape[0],
        "N": keys.shape[0],
        "d": query.shape[1],
        "width": width,
    },
    verified="1 where a query lies on a key, falling with the squared distance over all features, "
    "widths from 0.3 to 6, M ≠ N, and not normalised",
)


def _nadaraya_watson_cases():
    rng = np.random.default_rng(25)

    def trio(*, M=5, N=7, d=3, d_v=2):
        return *_points(rng, M=M, N=N, d=d), rng.normal(size=(N, d_v))

    query, keys, values = trio(M=3, N=5, d=2, d_v=7)
    distant = np.sqrt(2 * np.array([[706.0], [702.0], [703.5]]))
    return [
        Case("plain", np.array([[0.0]]), np.array([[1.5], [-1.0]]), np.array([[4.0], [9.0]]), 0.8),
        Case("one key", *trio(M=3, N=1, d=2, d_v=5), 1.7),
        Case("one query", *trio(M=1), 0.7),
        Case("one number per value", *trio(M=3, N=5, d=2, d_v=1), 0.7),
        Case("one dimension", *trio(M=3, N=5, d=1, d_v=2), 0.6),
        Case("narrow", *trio(M=3, N=5, d=2, d_v=7), 0.3),
        Case("wide", *trio(M=5, N=3, d=2, d_v=7), 4.0),
        Case("M < N", *trio(M=3, N=7, d=2, d_v=5), 1.3),
        Case("M > N", *trio(M=7, N=2, d=5, d_v=3), 2.6),
        Case("a query on a key", keys[[1, 4]], keys, values, 0.6),
        Case(
            "far from all keys", query + np.array([[0], [60], [-90]]), keys, values, 0.7, rtol=1e-4
        ),
        Case("far from all keys", query[:1] + 70, keys, values, 1.5, rtol=1e-4),
        Case("far from all keys", np.zeros((1, 1)), distant, rng.normal(size=(3, 2)), 1.0),
        Case("float32", *(part.astype("float32") for part in trio(M=2, N=5, d=3, d_v=7)), 0.9),
        Case("large values", *_points(rng, M=3, N=5, d=2), 1e6 * rng.normal(size=(5, 7)), 1.3),
        Case(
            "not contiguous",
            rng.normal(size=(3, 5)).T,
            rng.normal(size=(3, 7)).T,
            rng.normal(size=(2, 7)).T,
            1.4,
        ),
    ]


def _nadaraya_watson_with(
    query, keys, values, width, *, weigh="softmax", over="keys", output="mean", **knobs
):
    scores = _nearness(query, keys, width, **knobs)
    axis = {"keys": -1, "queries": 0, "all": None}[over]
    shift = {"softmax": scores.max(axis, keepdims=True), "common shift": scores.max()}
    if isinstance(weigh, int):
        scores = np.maximum(scores, weigh)
    kernel = np.exp(scores - shift.get("softmax" if weigh == "shifted only" else weigh, 0))
    if weigh == "mean for none":
        kernel = np.where(kernel.any(-1, keepdims=True), kernel, 1.0)
    if weigh == "twice":
        kernel = np.exp(kernel)
    elif weigh == "linear":
        kernel = scores
    weights = kernel
    if weigh not in ("unnormalised", "shifted only"):
        floor = {"epsilon": 1e-8, "large epsilon": 1e-2, "tiny epsilon": 1e-300}.get(weigh, 0)
        weights = kernel / (kernel.sum(axis, keepdims=True) + floor)
    if weigh == "nan to zero":
        weights = np.nan_to_num(weights)
    if weigh == "softmax twice":
        weights = pooling.softmax(pooling.softmax(scores))
    if output == "nearest":
        return values[scores.argmax(-1)]
    blend = weights @ values
    return blend / len(keys) if output == "over N" else blend


_nadaraya_watson = Exercise(
    reference=pooling.nadaraya_watson,
    points=2,
    cases=_nadaraya_watson_cases,
    hints=(
        "Three functions you have already written, one after the other: scores, weights, average.",
        "Dividing a Gaussian kernel by its sum is a softmax. Of which scores?",
        "The exponents of the kernel, −d²/(2 width²), are the scores. Give those to `softmax`, not "
        "to `exp`: then a query far from all keys does not become 0/0.",
    ),
    rewrite=_nadaraya_watson_with,
    mistakes=(
        Mistake(
            "divided 0 by 0 for a query far from all keys",
            "Far away every exponential underflows to 0. Use softmax of the exponents, "
            "which shifts them first.",
            weigh="naive",
        ),
        Mistake(
            "gave 0 to a query far from all keys",
            "A constant added to the sum, or a fallback, makes it 0, which is no average of the "
            "values. Use softmax of the exponents.",
            weigh="epsilon",
        ),
        Mistake(
            "added a constant to the sum",
            "The weights of a query do not reach a sum of 1 any more. Use softmax of the "
            "exponents.",
            weigh="large epsilon",
        ),
        Mistake(
            "shifted every row by one common maximum",
            "A far query's row still underflows to 0/0. Each query needs its own maximum.",
            weigh="common shift",
        ),
        Mistake(
            "did not normalise the weights",
            "Without it a query among many keys gets too large an output. The weights of each "
            "query must sum to 1.",
            weigh="unnormalised",
        ),
        Mistake(
            "applied softmax to the kernel",
            "The kernel is an exponential already: you exponentiated twice. Softmax wants the "
            "exponents.",
            weigh="twice",
        ),
        Mistake(
            "applied softmax twice",
            "The second softmax flattens the weights of the first towards equal shares.",
            weigh="softmax twice",
        ),
        *(
            Mistake(
                "clipped the exponents",
                "Clipping makes far keys equally far, so a far query averages all of them alike. "
                "A shift keeps their differences.",
                wrong=partial(_nadaraya_watson_with, weigh=limit),
            )
            for limit in (-50, -100, -500, -700)
        ),
        Mistake(
            "normalised the exponents without exponentiating",
            "Your weights are the squared distances' shares, so the farthest key weighs most.",
            weigh="linear",
        ),
        Mistake(
            "normalised over the queries, not the keys",
            "Each query shares out its own 1 over the keys: rows, not columns, sum to 1.",
            over="queries",
        ),
        Mistake(
            "normalised over all queries and keys together",
            "Each query shares out its own 1 over the keys: every row sums to 1.",
            over="all",
        ),
        Mistake(
            "returned the nearest key's value",
            "That is the limit of width 0. All values are blended, near ones more.",
            output="nearest",
        ),
        Mistake(
            "divided by the number of keys",
            "The weights already sum to 1: the output is the weighted sum, not divided again.",
            output="over N",
        ),
        *_KERNEL_MISTAKES,
        *_rarer_kernel_mistakes(_nadaraya_watson_with),
        Mistake(
            "forgot to keep the summed axis",
            "Sums of shape (M,) line up with the keys, not with the queries. "
            "Keep the axis with size 1.",
            wrong=lambda query, keys, values, width: (
                (
                    _gaussian_kernel_with(query, keys, width)
                    / _gaussian_kernel_with(query, keys, width).sum(-1)
                )
                @ values
            ),
        ),
        Mistake(
            "averaged the keys, not the values",
            "Keys say where to look. What comes back is made of values.",
            wrong=lambda query, keys, values, width: pooling.nadaraya_watson(
                query, keys, keys, width
            ),
        ),
        Mistake(
            "returned the weights",
            "The weights still have to average the values.",
            wrong=lambda query, keys, values, width: pooling.softmax(
                -pooling.squared_distance(query, keys) / (2 * width**2)
            ),
        ),
        Mistake(
            "averaged over the queries",
            "Every query gets an output of its own.",
            wrong=lambda *arguments: pooling.nadaraya_watson(*arguments).mean(0),
        ),
        Mistake(
            "ignored the query and took the mean of the values",
            "Near keys must count more than far ones.",
            wrong=lambda query, keys, values, width: np.tile(values.mean(0), (len(query), 1)),
        ),
        Mistake(
            "compared the keys with themselves",
            "Each output belongs to a query: measure the distance from queries to keys.",
            wrong=lambda query, keys, values, width: pooling.nadaraya_watson(
                keys, keys, values, width
            ),
        ),
        Mistake(
            "swapped queries and keys",
            "Queries stand down, keys across: each query averages the values of the keys.",
            wrong=lambda query, keys, values, width: pooling.nadaraya_watson(
                keys, query, values, width
            ),
        ),
        Mistake(
            "fell back on the mean for a query far from all keys",
            "A far query still has a nearest key. Use softmax of the exponents, which shifts "
            "them first.",
            wrong=partial(_nadaraya_watson_with, weigh="mean for none"),
        ),
        Mistake(
            "did not divide by the sum of the weights",
            "The shift makes the largest weight 1. It is their sum that must be 1.",
            wrong=partial(_nadaraya_watson_with, weigh="shifted only"),
        ),
        Mistake(
            "answered only the first query",
            "Every query gets an output of its own.",
            wrong=lambda query, *rest: pooling.nadaraya_watson(query[:1], *rest),
        ),
        Mistake(
            "squeezed axes of size 1 away",
            "The output has shape (M, d_v) always, also for one query or one number per value.",
            wrong=lambda *arguments: np.squeeze(pooling.nadaraya_watson(*arguments)),
        ),
        *(
            Mistake(
                "gave 0 to a query far from all keys",
                "Zeros are no average of the values, and a constant in the sum or a 0 for NaN "
                "does not find one. Use softmax of the exponents.",
                wrong=partial(_nadaraya_watson_with, weigh=weigh),
            )
            for weigh in ("nan to zero", "tiny epsilon")
        ),
    ),
    laws=(
        Law(
            "one output per query, as wide as a value",
            lambda result, query, keys, values, width: (
                result.shape == (len(query), values.shape[1])
            ),
        ),
        Law(
            "no output leaves the range of the values",
            lambda result, query, keys, values, width: bool(
                (result <= values.max(0) + 1e-3 * np.abs(values).max()).all()
                and (result >= values.min(0) - 1e-3 * np.abs(values).max()).all()
            ),
        ),
    ),
    sizes=lambda query, keys, values, width: {
        "M": query.shape[0],
        "N": keys.shape[0],
        "d": query.shape[1],
        "d_v": values.shape[1],
        "width": width,
    },
    verified="every output is a weighted mean of the values, near keys count more, widths from 0.3 "
    "to 4, and a query far from all keys gets a finite answer",
)

# softmax_jacobian ---------------------------------------------------------------------------------


def _softmax_jacobian_cases():
    rng = np.random.default_rng(26)
    return [
        Case("plain", np.array([1.0, -0.5])),
        Case("plain", np.array([0.5, -1.0, 2.0])),
        Case("one key", np.array([3.0])),
        Case("ties", np.array([0.7, 0.7, 0.7, -1.3, -1.3])),
        Case("plain", rng.normal(size=7)),
        Case("negative scores", -np.abs(rng.normal(size=5)) - 1),
        Case("steep scores", 5 * rng.normal(size=5)),
        Case("large scores", np.array([1000, -2003, 999.2, -998.5, 5]), rtol=1e-4),
        Case("large scores", np.array([-1000.0, -1001.0, -999.5]), rtol=1e-4),
        Case("float32", rng.normal(size=3).astype("float32")),
        Case("not contiguous", rng.normal(size=14)[::2]),
    ]


def _softmax_jacobian_with(scores, *, weights="softmax", own="alpha", pull="minus", shape="matrix"):
    alpha = {
        "softmax": lambda: pooling.softmax(scores),
        "unshifted": lambda: np.exp(scores) / np.exp(scores).sum(),
        "scores": lambda: scores,
        "exponentials": lambda: np.exp(scores),
        "sigmoid": lambda: 1 / (1 + np.exp(-scores)),
        "shifted by the mean": lambda: _softmax_with(scores, shift="mean"),
        "softmin": lambda: pooling.softmax(-scores),
        "shares": lambda: scores / scores.sum(),
        "shifted exponentials": lambda: np.exp(scores - scores.max()),
        "softmax of softmax": lambda: pooling.softmax(pooling.softmax(scores)),
    }[weights]()
    columns = np.broadcast_to(alpha, (len(alpha), len(alpha)))
    diagonal = {
        "alpha": np.diag(alpha),
        "one": np.eye(len(alpha)),
        "none": np.zeros_like(columns),
        "everywhere": columns.T,
        "squared": np.diag(alpha**2),
        "plus squares": np.diag(alpha + alpha**2),
        "plus twice the squares": np.diag(alpha + 2 * alpha**2),
        "slope": np.diag(alpha * (1 - alpha)),
        "ones everywhere": np.ones_like(columns),
    }[own]
    outer = {
        "minus": -np.outer(alpha, alpha),
        "plus": np.outer(alpha, alpha),
        "none": np.zeros_like(columns),
        "j only": -columns,
        "i only": -columns.T,
        "double": -2 * np.outer(alpha, alpha),
        "squares": -(columns**2),
        "inner": -np.full_like(columns, alpha @ alpha),
    }[pull]
    jacobian = diagonal + outer
    return np.diag(jacobian) if shape == "diagonal" else jacobian


def _finite_differences(scores, *, step):
    moved = pooling.softmax(scores + step * np.eye(len(scores)))
    return ((moved - pooling.softmax(scores)) / step).T


_softmax_jacobian = Exercise(
    reference=pooling.softmax_jacobian,
    points=2,
    cases=_softmax_jacobian_cases,
    hints=(
        "Start with the weights: every entry of the matrix is made of them.",
        "Write the rule for i = j and for i ≠ j apart: α_i (1 − α_i) on the diagonal, −α_i α_j "
        "beside it.",
        "One matrix has the weights on its diagonal (`np.diag`), another holds all products "
        "α_i α_j (`np.outer`). The Jacobian is their difference.",
    ),
    rewrite=_softmax_jacobian_with,
    mistakes=(
        Mistake(
            "returned only the diagonal",
            "Every score moves every weight: the answer is a matrix (N, N).",
            shape="diagonal",
        ),
        Mistake(
            "left out the off-diagonal entries",
            "Raising one score lowers all other weights, since the sum stays 1. "
            "The rule has entries for i ≠ j too.",
            own="slope",
            pull="none",
        ),
        Mistake(
            "left out the products α_i α_j",
            "Your rows sum to α_i. The weights sum to 1 always, so each row must sum to 0.",
            pull="none",
        ),
        Mistake(
            "left out the diagonal term",
            "Raising a score must raise its own weight: on the diagonal δ is 1.",
            own="none",
        ),
        Mistake(
            "got the sign of the off-diagonal entries wrong",
            "Raising one score takes weight from the others: entries for i ≠ j are negative.",
            wrong=lambda scores: np.abs(pooling.softmax_jacobian(scores)),
        ),
        Mistake(
            "added the products instead of subtracting them",
            "The rule has a minus between δ and α_j. Your rows do not sum to 0.",
            pull="plus",
        ),
        Mistake(
            "took δ for 1 everywhere",
            "δ is 1 only where i = j, and 0 elsewhere.",
            own="everywhere",
        ),
        Mistake(
            "forgot the factor α_i",
            "δ − α_j alone is how log-softmax moves. Each row still needs its own weight as a "
            "factor.",
            own="one",
            pull="j only",
        ),
        Mistake(
            "forgot the factor α_i",
            "δ − α_i alone is how log-softmax moves. Each entry still needs the other weight as a "
            "factor.",
            own="one",
            pull="i only",
        ),
        Mistake(
            "put 1 on the diagonal instead of α_i",
            "δ is multiplied by α_i too: the bracket is closed around δ − α_j.",
            own="one",
        ),
        Mistake(
            "squared the weights on the diagonal",
            "The diagonal is α_i (1 − α_i): the weight, minus its square.",
            own="squared",
        ),
        Mistake(
            "subtracted the weights, not their products",
            "Both weights matter: the entry for i and j holds their product.",
            pull="j only",
        ),
        Mistake(
            "subtracted the weights, not their products",
            "Both weights matter: the entry for i and j holds their product.",
            pull="i only",
        ),
        Mistake(
            "subtracted squares of one weight, not products of two",
            "`α * α` multiplies each weight by itself. "
            "The entry for i and j needs weight i times weight j, so a whole table of products.",
            pull="squares",
        ),
        Mistake(
            "subtracted the inner product of the weights",
            "`α @ α` is one number. The entry for i and j needs weight i times weight j, "
            "so a whole table of products.",
            pull="inner",
        ),
        Mistake(
            "subtracted the products twice",
            "On the diagonal α_i² is already in the outer product: subtract it once.",
            own="slope",
        ),
        Mistake(
            "used the scores where the weights belong",
            "α are the weights. Put the scores through softmax first.",
            weights="scores",
        ),
        Mistake(
            "used the exponentials without normalising them",
            "α are the weights, and sum to 1. Put the scores through softmax first.",
            weights="exponentials",
        ),
        Mistake(
            "used the exponentials without normalising them",
            "α are the weights, and sum to 1. Put the scores through softmax first.",
            weights="shifted exponentials",
        ),
        Mistake(
            "normalised the scores without exponentiating them",
            "α are the weights. Put the scores through softmax first.",
            weights="shares",
        ),
        Mistake(
            "flipped the sign of the scores",
            "α grow with the scores, so the largest score has the largest weight.",
            weights="softmin",
        ),
        Mistake(
            "shifted by the mean, not the maximum",
            "Scores far above their mean still overflow. After the shift, none should be above 0.",
            weights="shifted by the mean",
        ),
        Mistake(
            "used a sigmoid where the softmax belongs",
            "A sigmoid judges each score alone; its weights do not sum to 1.",
            weights="sigmoid",
        ),
        Mistake(
            "left out the shift by the maximum",
            "The exponential of 1000 overflows, and the quotient is NaN. Use your stable softmax.",
            weights="unshifted",
        ),
        Mistake(
            "applied softmax twice",
            "The scores go through softmax once.",
            weights="softmax of softmax",
        ),
        Mistake(
            "returned the weights",
            "The weights are the start. Asked is how each moves with each score: a matrix (N, N).",
            wrong=lambda scores: pooling.softmax(scores),
        ),
        Mistake(
            "left α_i² out on the diagonal",
            "The diagonal is α_i (1 − α_i): δ is 1 there, and α_j is α_i.",
            own="plus squares",
        ),
        Mistake(
            "added α_i² on the diagonal instead of subtracting it",
            "The diagonal is α_i (1 − α_i): the more weight a key has, the less it can gain.",
            own="plus twice the squares",
        ),
        Mistake(
            "subtracted the products twice",
            "Each product α_i α_j is subtracted once. Your rows do not sum to 0.",
            pull="double",
        ),
        *(
            Mistake(
                "measured the slope with a finite step",
                "A step of any size leaves an error. The rule gives the slope exactly.",
                wrong=partial(_finite_differences, step=step),
            )
            for step in (1e-1, 1e-2, 1e-3, 1e-4, 1e-5)
        ),
    ),
    laws=(
        Law(
            "every row sums to 0, since the weights always sum to 1",
            lambda result, scores: np.allclose(result.sum(-1), 0, atol=1e-4),
        ),
        Law(
            "the matrix is symmetric",
            lambda result, scores: np.allclose(result, result.T, atol=1e-4),
        ),
    ),
    sizes=lambda scores: {"N": scores.shape[-1]},
    verified="α_i (1 − α_i) on the diagonal, −α_i α_j beside it, rows that sum to 0, and scores of "
    "±1000",
)


EXERCISES = (
    _normalize,
    _softmax,
    _attention_pool,
    _gaussian_kernel,
    _nadaraya_watson,
    _softmax_jacobian,
)
