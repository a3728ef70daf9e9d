"""Average all values, near keys counting more."""

from functools import partial

import numpy as np

from attncourse import database
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.database.shared import (
    GRID,
    GRID_VALUES,
    METRIC_MISTAKES,
    metric,
    sizes,
    table,
)


def _cases():
    rng = np.random.default_rng(40)
    small, wide, long = table(41, 5, 2, 3), table(42, 7, 6, 10), table(43, 71, 3, 2)
    line = np.array([[1.0], [3.5], [-2.0]])
    near = np.array([[0.03, 0.0], [0.01, 0.0], [0.0, -0.02]]), GRID_VALUES[:3]
    steep = (np.array([1e3, -2e3]), GRID + rng.normal(size=GRID.shape), GRID_VALUES)
    distant = np.array([[2e-4], [0], [1e-4]])  # squares that differ by 1.2 in 9 million
    return [
        Case("plain", np.array([2.0]), line, GRID_VALUES[:3, :2], 1.0),
        Case("temperature left out", *small),
        Case("temperature", *small, 3.0),
        Case("temperature", *small, 0.4),
        Case("one key", np.array([4.0, -7.0]), np.array([[1.0, 1.5]]), GRID_VALUES[:1], 2.0),
        Case("temperature", *wide, 7.0),
        Case("temperature left out", *wide),
        Case("temperature", *long, 0.7),
        Case("high temperature", *long, 1e6),
        Case("low temperature", GRID[3], GRID, GRID_VALUES, 1e-3),
        Case("low temperature", GRID[3] + 0.3, GRID, GRID_VALUES, 1e-5),
        Case("low temperature", np.zeros(2), *near, 3e-4),
        Case("far query", *steep, 5.0, rtol=1e-4),
        Case("far query", np.zeros(1), np.sqrt([[706.0], [702.0], [703.5]]), GRID_VALUES[:3], 1.0),
        Case("far query", np.zeros(1), 3000 + distant, GRID_VALUES[:3], 1.0, rtol=1e-4),
        Case(
            "ties",
            np.zeros(2),
            np.array([[3.0, 4], [0, -2], [2, 0], [0, 2]]),
            GRID_VALUES[:4],
            0.5,
        ),
        Case("float32", *(x.astype("float32") for x in wide), 5.0),
        Case("not contiguous", wide[0][::2], wide[1][:, ::2], np.asfortranarray(wide[2]), 2.5),
    ]


def _with(
    query,
    keys,
    values,
    temperature=1.0,
    *,
    measure="squared",
    near="more",
    dtype=float,
    cool="divide",
    weigh="softmax",
    give="average",
    epsilon=1e-9,
):
    t = temperature
    distance = metric(query, keys, measure).astype(dtype)
    scores = (-1 if near == "more" else 1) * {
        "divide": lambda: distance / t,
        "multiply": lambda: distance * t,
        "ignore": lambda: distance,
        "floor": lambda: distance / max(t, 1e-3),
        "square": lambda: distance / t**2,
        "gauss": lambda: distance / (2 * t**2),
        "half": lambda: distance / (2 * t),
        "root": lambda: distance / np.sqrt(t),
    }[cool]()
    exponentials = np.exp(scores - scores.max())
    weights = {
        "softmax": lambda: exponentials / exponentials.sum(),
        "unshifted": lambda: np.exp(scores) / np.exp(scores).sum(),
        "unnormalised": lambda: np.exp(scores),
        "shifted, unnormalised": lambda: exponentials,
        "linear": lambda: scores / scores.sum(),
        "scores": lambda: scores,
        "inverse": lambda: (1 / (1 - scores)) / (1 / (1 - scores)).sum(),
        "epsilon": lambda: np.exp(scores) / (np.exp(scores).sum() + epsilon),
        "shifted by the least": lambda: (
            np.exp(scores - scores.min()) / np.exp(scores - scores.min()).sum()
        ),
        "mean for none": lambda: (
            np.exp(scores) / np.exp(scores).sum()
            if np.exp(scores).any()
            else np.full_like(scores, 1 / len(keys))
        ),
        "reciprocal": lambda: _shares(1 / (1e-9 - scores)),
        "nearest for none": lambda: (
            np.exp(scores) / np.exp(scores).sum()
            if np.exp(scores).any()
            else np.eye(len(keys))[scores.argmax()]
        ),
        "clipped": lambda: _softmax(np.maximum(scores, -500)),
        "nan to zero": lambda: np.nan_to_num(np.exp(scores) / np.exp(scores).sum()),
        "sigmoid": lambda: 1 / (1 + np.exp(-scores)),
        "equal": lambda: np.full_like(scores, 1 / len(keys)),
        "one-hot": lambda: (scores == scores.max()) / (scores == scores.max()).sum(),
        "first best": lambda: np.eye(len(keys))[scores.argmax()],
        "normalised first": lambda: _softmax(scores / np.abs(scores).sum()),
        "over the largest": lambda: exponentials / len(keys),
        "base 2": lambda: 2 ** (scores - scores.max()) / (2 ** (scores - scores.max())).sum(),
    }[weigh]()
    return {
        "average": lambda: weights @ values,
        "weights": lambda: weights,
        "terms": lambda: weights[:, None] * values,
        "over N": lambda: weights @ values / len(keys),
        "keys": lambda: weights @ keys,
        "both": lambda: (weights @ values, weights),
        "row": lambda: weights[None] @ values,
        "summed": lambda: (weights @ values).sum(),
    }[give]()


def _softmax(scores):
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()


def _shares(positive):
    return positive / positive.sum()


def _divided_the_smallest(query, keys, values, temperature=1.0):
    distance = np.square(keys - query).sum(-1)
    return _shares(np.exp(-(distance - distance.min() / temperature))) @ values


def _nearest_below(query, keys, values, temperature=1.0, *, floor):
    distance = np.square(keys - query).sum(-1)
    if temperature < floor:
        return values[distance.argmin()]
    return _softmax(-distance / temperature) @ values


def _one_over(query, keys, values, temperature=1.0):
    return _shares(1 / (np.square(keys - query).sum(-1) / temperature)) @ values


EXERCISE = Exercise(
    reference=database.soft_lookup,
    points=3,
    cases=_cases,
    hints=(
        "Three steps, one line each: a squared distance per key, a weight per key, the average.",
        "The weights are exp(−d²/t), divided by their sum. Look at the sum of yours: it must be 1. "
        "If it is NaN, all exponentials were 0.",
        "Weights do not change if you subtract the smallest distance from all distances first; "
        "then the largest exponential is 1, and their sum cannot be 0.",
        "An average is the sum over j of weight j times value j. Which product of a vector and "
        "a table adds over j?",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "left-out-minus",
            "left out the minus: the farthest key got the largest weight",
            "exp grows. For near keys to weigh most, the exponent is minus the distance.",
            near="less",
        ),
        Mistake(
            "took-exponential-before-shifting-into",
            "took the exponential before shifting it into range",
            "With a low temperature or a far query all exponentials are 0, and 0/0 is NaN. "
            "Subtract the smallest distance first.",
            weigh="unshifted",
        ),
        Mistake(
            "clipped-exponents",
            "clipped the exponents",
            "Where all of them are clipped, all weights are equal. "
            "Subtract the smallest distance instead: no weight changes.",
            partial(_with, weigh="clipped"),
        ),
        Mistake(
            "replaced-nan-zeros",
            "replaced NaN by zeros instead of preventing it",
            "Where all exponentials are 0, yours answers with zeros, which is no average. "
            "Subtract the smallest distance first.",
            partial(_with, weigh="nan to zero"),
        ),
        Mistake(
            "hid-0-0-behind-small",
            "hid 0/0 behind a small number in the denominator",
            "Where all exponentials are 0, yours answers with zeros. "
            "Subtract the smallest distance first.",
            *(
                partial(_with, weigh="epsilon", epsilon=epsilon)
                for epsilon in (1e-6, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15)
            ),
        ),
        Mistake(
            "nearest-where-all-underflow",
            "took the nearest value alone where all exponentials are 0",
            "A second key may be about as near. Subtract the smallest distance first: then the "
            "rule holds everywhere.",
            partial(_with, weigh="nearest for none"),
        ),
        Mistake(
            "distances-in-float32",
            "rounded the distances to float32",
            "It keeps about seven digits: thousands away, distances that differ look equal. "
            "Compute in the dtype that came in.",
            partial(_with, dtype="float32"),
        ),
        Mistake(
            "did-divide-weights-their-sum",
            "did not divide the weights by their sum",
            "An average needs weights that sum to 1.",
            weigh="unnormalised",
        ),
        Mistake(
            "did-divide-weights-their-sum",
            "did not divide the weights by their sum",
            "The shift is right, and then an average needs weights that sum to 1.",
            weigh="shifted, unnormalised",
        ),
        Mistake(
            "divided-weights-n",
            "divided the weights by N, not by their sum",
            "N is the sum only if all weights are 1.",
            weigh="over the largest",
        ),
        Mistake(
            "left-out-exponential",
            "left out the exponential",
            "Without it the weights follow the distances themselves, so far keys get most.",
            weigh="linear",
        ),
        Mistake(
            "used-exponents-weights",
            "used the exponents as weights",
            "They are negative and do not sum to 1: exponentiate, then divide by the sum.",
            weigh="scores",
        ),
        Mistake(
            "weighted-one-over-distance",
            "weighted by one over the distance",
            "That falls too slowly: far keys keep a say. The rule has an exponential.",
            weigh="inverse",
        ),
        Mistake(
            "weighted-key-alone",
            "weighted each key alone, with a sigmoid",
            "Keys compete: a weight depends on all distances, and all weights sum to 1.",
            weigh="sigmoid",
        ),
        Mistake(
            "divided-exponents-their-sum-before",
            "divided the exponents by their sum before exponentiating",
            "First exponentiate, then divide by the sum of the exponentials.",
            weigh="normalised first",
        ),
        Mistake(
            "took-powers-2",
            "took powers of 2 instead of e",
            "The rule has exp. Another base is another temperature.",
            partial(_with, weigh="base 2"),
        ),
        Mistake(
            "ignored-query-averaged-values-alike",
            "ignored the query and averaged all values alike",
            "Near keys must weigh more than far ones. Yours is the limit of a high temperature.",
            weigh="equal",
        ),
        Mistake(
            "returned-nearest-value",
            "returned the nearest value",
            "That is the limit of a low temperature. A soft lookup blends all values.",
            weigh="first best",
        ),
        Mistake(
            "averaged-nearest-values-only",
            "averaged the nearest values only",
            "That is the limit of a low temperature. A soft lookup blends all values.",
            weigh="one-hot",
        ),
        Mistake(
            "multiplied-temperature",
            "multiplied by the temperature instead of dividing",
            "A high temperature evens the weights out, so it must make the exponents small.",
            cool="multiply",
        ),
        Mistake(
            "ignored-temperature",
            "ignored the temperature",
            "The squared distance is divided by it, inside exp; after exp it would cancel.",
            cool="ignore",
        ),
        Mistake(
            "squared-temperature",
            "squared the temperature",
            "The rule divides by t itself.",
            cool="square",
        ),
        Mistake(
            "used-gaussian-s-2t-temperature",
            "used the Gaussian's 2t² for the temperature",
            "That is the bandwidth of lesson 02. Here the squared distance is divided by t itself.",
            cool="gauss",
        ),
        Mistake(
            "divided-twice-temperature",
            "divided by twice the temperature",
            "The rule divides by t itself; the 2 belongs to a Gaussian's variance.",
            cool="half",
        ),
        Mistake(
            "took-square-root-temperature",
            "took the square root of the temperature",
            "The rule divides by t itself.",
            cool="root",
        ),
        Mistake(
            "used-distance",
            "used the distance, not its square",
            "The rule has the squared distance: no square root.",
            measure="plain",
        ),
        Mistake(
            "averaged-squares-over-numbers-key",
            "averaged the squares over the numbers of a key",
            "A squared distance is the sum of the d_k squares, not their mean.",
            measure="mean",
        ),
        *METRIC_MISTAKES,
        Mistake(
            "returned-weights",
            "returned the weights",
            "They still have to average the values.",
            give="weights",
        ),
        Mistake(
            "returned-weights-together-average",
            "returned the weights together with the average",
            "Only the average is asked for here.",
            give="both",
        ),
        Mistake(
            "weighted-values-but-did-add",
            "weighted the values but did not add them up",
            "One value comes back, of shape (d_v,): add over the entries.",
            give="terms",
        ),
        Mistake(
            "divided-number-entries-end",
            "divided by the number of entries at the end",
            "The weights sum to 1 already: the weighted sum is the average.",
            give="over N",
        ),
        Mistake(
            "averaged-keys",
            "averaged the keys, not the values",
            "Keys say where to look. What comes back is made of values.",
            give="keys",
        ),
        Mistake(
            "kept-axis-around-value",
            "kept an axis around the value",
            "One query gives one value, of shape (d_v,).",
            give="row",
        ),
        Mistake(
            "weighed-number-key-itself",
            "weighed each number of a key by itself",
            "Add up the squares of a key first: one distance and one weight per key.",
            lambda query, keys, values, temperature=1.0: (
                np.apply_along_axis(_softmax, 0, -np.square(keys - query) / temperature).T @ values
            ),
        ),
        Mistake(
            "added-up-numbers-value",
            "added up the numbers of the value, too",
            "Add over the entries only: d_v numbers come back.",
            give="summed",
        ),
        Mistake(
            "did-let-temperature-fall-below",
            "did not let the temperature fall below a floor",
            "Close keys need a low temperature to tell them apart. Use it as it comes; the shift "
            "keeps the exponentials safe.",
            cool="floor",
        ),
        Mistake(
            "shifted-smallest-score",
            "shifted by the smallest score, not the largest",
            "Then the largest exponent is still large and overflows. After the shift no score "
            "should be above 0.",
            partial(_with, weigh="shifted by the least"),
        ),
        Mistake(
            "fell-back-mean-where-exponentials",
            "fell back on the mean where all exponentials vanish",
            "A far query still has a nearest key. Subtract the smallest distance first: then no "
            "fallback is needed.",
            partial(_with, weigh="mean for none"),
        ),
        Mistake(
            "weighed-keys-one-over-distance",
            "weighed keys by one over the distance",
            "The weight falls with exp(−d²/t), much faster than 1/d².",
            partial(_with, weigh="reciprocal"),
        ),
        Mistake(
            "divided-smallest-distance-only",
            "divided the smallest distance alone by the temperature",
            "Subtract first, then divide the difference: (d − d.min()) / t. A division binds more "
            "tightly than a subtraction.",
            _divided_the_smallest,
        ),
        Mistake(
            "nearest-alone-at-low-temperature",
            "returned the nearest value alone at a low temperature",
            "Two keys may be about equally near even then. After the shift the rule holds for "
            "every temperature: no special case is needed.",
            *(partial(_nearest_below, floor=floor) for floor in (1e-2, 1e-3)),
        ),
        Mistake(
            "weighed-keys-one-over-distance",
            "weighed keys by one over the distance",
            "The weight falls with exp(−d²/t), much faster than 1/d². At a key 1/d² is no number.",
            _one_over,
        ),
    ),
    laws=(
        Law(
            "an average never leaves the range of the values",
            lambda result, query, keys, values, temperature=1.0: bool(
                (result <= values.max(0) + 1e-3).all() and (result >= values.min(0) - 1e-3).all()
            ),
        ),
    ),
    sizes=lambda query, keys, values, temperature=1.0: (
        sizes(query, keys, values) | {"temperature": temperature}
    ),
    verified="an average with weights exp(−d²/t) that sum to 1; temperatures from 0.00001 (the "
    "nearest value) to 1,000,000 (the mean), a query far from every key, one key, ties, float32",
)
