"""Exponentiate scores and normalise them along an axis, without overflow."""

from functools import partial

import numpy as np

from attncourse import pooling
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.pooling.shared import one_hot, softmax_with


def _cases():
    rng = np.random.default_rng(22)
    large = np.array([[1000, 998.5, -3, 2, -900], [-1000, -1001.5, -999.5, -1002, -2500]])
    return [
        Case("plain", np.array([0.5, -1.0, 2.0])),
        Case("one key", rng.normal(size=(5, 1)), rtol=1e-7),
        Case("one query", rng.normal(size=(1, 7))),
        Case("plain", rng.normal(size=(67, 71))),
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


def _unshifted_with_a_constant(scores, axis=-1):
    powers = np.exp(scores)
    return powers / (powers.sum(axis, keepdims=True) + 1e-12)


def _shifted_by_the_size(scores, axis=-1):
    powers = np.exp(scores - np.abs(scores).max(axis, keepdims=True))
    return powers / powers.sum(axis, keepdims=True)


def _over_everything(scores, axis=-1):
    powers = np.exp(scores - scores.max(axis, keepdims=True))
    return powers / powers.sum()


def _hard(scores, axis=-1):
    return one_hot(scores, axis) / one_hot(scores, axis).sum(axis, keepdims=True)


def _twice(scores, axis=-1):
    powers = np.exp(np.exp(scores - scores.max(axis, keepdims=True)))
    return powers / powers.sum(axis, keepdims=True)


def _first_by_default(scores, axis=0):
    return pooling.softmax(scores, axis)


EXERCISE = Exercise(
    reference=pooling.softmax,
    points=2,
    cases=_cases,
    hints=(
        "Two steps: make every score positive with the exponential, then do what `normalize` does, "
        "along `axis`.",
        "exp(1000) is inf in float64, and inf / inf is NaN. Subtracting one number from all scores "
        "of a row changes nothing in the quotient: which number makes overflow impossible?",
        "Each row needs a number of its own to subtract: one after which no exponential can be "
        "larger than exp(0) = 1. Keep its axis, as in `normalize`.",
    ),
    rewrite=softmax_with,
    mistakes=(
        Mistake(
            "left-out-shift-maximum",
            "left out the shift by the maximum",
            "The exponential of 1000 overflows, that of −1000 is 0, and the quotient is NaN. "
            "Shift the scores first: it changes nothing else.",
            {"shift": "none"},
            _unshifted_with_a_constant,
        ),
        Mistake(
            "shifted-row-one-common-maximum",
            "shifted every row by one common maximum",
            "A row far below the largest row underflows to 0/0. Each row needs its own maximum.",
            shift="all",
        ),
        Mistake(
            "shifted-minimum",
            "shifted by the minimum, not the maximum",
            "Then the largest exponent is still large, and overflows. After the shift, no score "
            "should be above 0.",
            shift="min",
        ),
        Mistake(
            "shifted-mean",
            "shifted by the mean, not the maximum",
            "Scores far above their mean still overflow. After the shift, no score should be "
            "above 0.",
            shift="mean",
        ),
        Mistake(
            "clipped-scores",
            "clipped the scores",
            "Clipping makes different scores equal and changes the answer. A shift does not.",
            *(
                partial(softmax_with, shift=limits)
                for limits in ((-50, 50), (-100, 100), (-500, 500), (-700, 700), (None, 700))
            ),
        ),
        Mistake(
            "divided-maximum",
            "divided by the maximum instead of subtracting it",
            "Dividing changes the differences between scores, and only those count. "
            "Subtract: the quotient stays what it was.",
            shift="rescale",
        ),
        Mistake(
            "ignored-axis-normalised-over-last",
            "ignored `axis` and normalised over the last one",
            "Your weights sum to 1 along the last axis, whatever was asked. Use `axis` in the "
            "maximum and in the sum.",
            over="last",
        ),
        Mistake(
            "normalised-over-first-axis",
            "normalised over the first axis",
            "Your weights sum to 1 along the first axis, whatever was asked. Use `axis` in the "
            "maximum and in the sum.",
            over="first",
        ),
        Mistake(
            "normalised-over-whole-array",
            "normalised over the whole array",
            "All your weights together sum to 1. The entries along `axis` must, for each row "
            "alone.",
            over="all",
        ),
        Mistake(
            "did-divide-sum",
            "did not divide by the sum",
            "Exponentials are positive, and after the shift the largest is 1. "
            "It is their sum that must be 1.",
            divide="none",
        ),
        Mistake(
            "divided-mean",
            "divided by the mean, not the sum",
            "Your weights sum to the number of entries instead of 1.",
            divide="mean",
        ),
        Mistake(
            "divided-euclidean-norm",
            "divided by the Euclidean norm",
            "The squares of your weights sum to 1. The weights themselves must.",
            divide="norm",
        ),
        Mistake(
            "left-out-exponential",
            "left out the exponential",
            "Without it a negative score gives a negative weight, or the wrong share.",
            raise_to="nothing",
            shift="none",
        ),
        Mistake(
            "left-out-exponential",
            "left out the exponential",
            "Shifted scores are all ≤ 0 and no weights yet: the exponential makes them positive.",
            raise_to="nothing",
        ),
        Mistake(
            "left-out-exponential",
            "left out the exponential",
            "Scores shifted above 0 are no weights of a softmax: equal steps in a score must "
            "multiply the weight, not add to it.",
            partial(softmax_with, raise_to="nothing", shift="min"),
        ),
        Mistake(
            "took-powers-2",
            "took powers of 2, not of e",
            "A base of 2 gives flatter weights. The rule asks for the exponential function.",
            raise_to="2",
        ),
        Mistake(
            "took-powers-10",
            "took powers of 10, not of e",
            "A base of 10 gives steeper weights. The rule asks for the exponential function.",
            partial(softmax_with, raise_to="10"),
        ),
        Mistake(
            "squared-scores",
            "squared the scores instead of exponentiating",
            "Squares forget the sign: −3 would weigh as much as 3.",
            raise_to="square",
            shift="none",
        ),
        Mistake(
            "took-absolute-values",
            "took absolute values instead of exponentiating",
            "Absolute values forget the sign: −3 would weigh as much as 3.",
            raise_to="abs",
            shift="none",
        ),
        Mistake(
            "cut-negative-scores-0",
            "cut negative scores to 0 instead of exponentiating",
            "All negative scores would weigh the same, nothing. Softmax gives each a positive "
            "weight.",
            raise_to="relu",
            shift="none",
        ),
        Mistake(
            "used-sigmoid",
            "used a sigmoid instead of the exponential",
            "A sigmoid judges each score alone and flattens large ones. Softmax compares them.",
            raise_to="sigmoid",
            shift="none",
        ),
        Mistake(
            "used-sigmoid-score-alone",
            "used a sigmoid for each score alone",
            "A sigmoid judges each score alone, so nothing sums to 1. Softmax lets scores compete.",
            partial(softmax_with, raise_to="sigmoid", shift="none", divide="none"),
        ),
        Mistake(
            "flipped-sign-scores",
            "flipped the sign of the scores",
            "Your largest score gets the smallest weight. It should get the largest.",
            sign=-1,
        ),
        Mistake(
            "returned-logarithms-weights",
            "returned the logarithms of the weights",
            "That is log-softmax: all values ≤ 0. The weights themselves are asked for.",
            tail="log",
        ),
        Mistake(
            "returned-logarithms-weights",
            "returned the logarithms of the weights",
            "That is log-softmax: all values ≤ 0. The weights themselves are asked for.",
            partial(softmax_with, tail="stable log"),
        ),
        Mistake(
            "shifted-above-fraction-but-below",
            "shifted above the fraction but not below it",
            "The shift cancels only if numerator and denominator use the same exponentials.",
            _divide_by_unshifted,
        ),
        Mistake(
            "normalised-before-exponentiating",
            "normalised before exponentiating",
            "First exponentiate, then divide by the sum. The other way round nothing sums to 1.",
            _normalise_then_exponentiate,
        ),
        Mistake(
            "gave-largest-score-everything",
            "gave the largest score everything",
            "That is the hard maximum. Softmax gives every score a positive weight.",
            one_hot,
        ),
        Mistake(
            "applied-softmax-twice",
            "applied softmax twice",
            "The second softmax flattens the weights of the first towards equal shares.",
            lambda scores, axis=-1: pooling.softmax(pooling.softmax(scores, axis), axis),
        ),
        Mistake(
            "divided-scores-square-root-their",
            "divided the scores by the square root of their number",
            "Scaling comes in lesson 04, and not here: softmax takes the scores as they are.",
            *(
                partial(softmax_with, first=scaled)
                for scaled in ("divide by root N", "divide by root of the last")
            ),
        ),
        Mistake(
            "divided-scores-their-number",
            "divided the scores by their number",
            "That flattens the weights. Softmax takes the scores as they are.",
            partial(softmax_with, first="divide by N"),
        ),
        Mistake(
            "multiplied-scores-constant",
            "multiplied the scores by a constant",
            "That makes the weights steeper or flatter. Softmax takes the scores as they are.",
            *(partial(softmax_with, first=scaled) for scaled in (2.0, 0.5)),
        ),
        Mistake(
            "standardised-scores-first",
            "standardised the scores first",
            "Only the maximum is subtracted; dividing by the spread changes the differences.",
            partial(softmax_with, first="standardize"),
        ),
        Mistake(
            "took-absolute-values-scores-first",
            "took the absolute values of the scores first",
            "A score of −3 would weigh as much as 3. Scores keep their sign.",
            first="absolute",
        ),
        Mistake(
            "cut-negative-scores-0-first",
            "cut negative scores to 0 first",
            "All negative scores would weigh the same. Scores keep their sign.",
            first="cut",
        ),
        Mistake(
            "squared-scores-first",
            "squared the scores first",
            "A score of −3 would weigh as much as 3. Scores go into the exponential as they are.",
            first="square",
        ),
        Mistake(
            "took-maximum-along-another-axis",
            "took the maximum along another axis than the sum",
            "A shift cancels only if it is the same for all entries that are summed: use `axis` "
            "in both.",
            shift="last",
        ),
        Mistake(
            "normalised-over-axis-1",
            "normalised over axis 1, whatever `axis` says",
            "Use `axis` in the maximum and in the sum.",
            over="second",
        ),
        Mistake(
            "divided-number-entries",
            "divided by the number of entries, not by their sum",
            "Exponentials are positive now, but it is their sum that must become 1.",
            partial(softmax_with, divide="count"),
        ),
        Mistake(
            "forgot-keep-summed-axis",
            "forgot to keep the summed axis",
            "Without that axis the sums line up with the wrong axis of the exponentials. "
            "Keep it with size 1.",
            lambda scores, axis=-1: (
                np.exp(scores - scores.max(axis, keepdims=True))
                / np.exp(scores - scores.max(axis, keepdims=True)).sum(axis)
            ),
        ),
        Mistake(
            "forgot-keep-axis-maximum",
            "forgot to keep the axis of the maximum",
            "Without that axis the maxima line up with the wrong axis of the scores. "
            "Keep it with size 1.",
            lambda scores, axis=-1: (
                np.exp(scores - scores.max(axis))
                / np.exp(scores - scores.max(axis)).sum(axis, keepdims=True)
            ),
        ),
        Mistake(
            "added-constant-sum",
            "added a constant to the sum",
            "Your weights sum to less than 1. After the shift the sum is at least 1: nothing "
            "needs protecting.",
            *(
                partial(_with_a_constant, constant=constant)
                for constant in (1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
            ),
        ),
        Mistake(
            "counted-one-score-0-more",
            "counted one score of 0 more than there is",
            "A 1 added to the unshifted sum takes a share for a key that does not exist: the "
            "weights sum to less than 1.",
            _with_one_more,
        ),
        Mistake(
            "shifted-largest-absolute-value",
            "shifted by the largest absolute value",
            "In a row of −1000s you subtract 1000 once more, and all underflows to 0/0. Shift by "
            "the largest score, sign included.",
            _shifted_by_the_size,
        ),
        Mistake(
            "replaced-nan",
            "replaced NaN instead of preventing it",
            "Overflow loses the answer; a 0 in place of NaN does not bring it back. Shift the "
            "scores first.",
            lambda scores, axis=-1: np.nan_to_num(
                np.exp(scores) / np.exp(scores).sum(axis, keepdims=True)
            ),
        ),
        Mistake(
            "divided-by-all",
            "divided by the sum of the whole array",
            "Each row has its own sum, along `axis`; keep that axis.",
            _over_everything,
        ),
        Mistake(
            "hard-choice",
            "gave everything to the largest score",
            "A softmax is soft: every score gets a weight, by its exponential.",
            _hard,
        ),
        Mistake(
            "exponential-twice",
            "took the exponential twice",
            "exp once, of the shifted scores, then divide by the sum.",
            _twice,
        ),
        Mistake(
            "other-default",
            "gave `axis` another default",
            "Without `axis`, the last one is meant: axis=-1.",
            _first_by_default,
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
