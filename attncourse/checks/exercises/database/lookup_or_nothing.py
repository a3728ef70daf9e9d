"""Mend a lookup that asks its weights whether anything fits."""

import numpy as np

from attncourse.checks.engine.exercise import Case, Exercise, Mistake


def lookup_or_nothing(query, keys, values, reach):
    """Find the nearest value if its key lies within reach; KeyError if none does."""
    return _with(query, keys, values, reach)


def given(query, keys, values, reach):
    """The slip: the largest weight says how much nearer a key is, and not how near."""
    squared_distance = ((keys - query) ** 2).sum(axis=-1)
    weights = np.exp(squared_distance.min() - squared_distance)
    weights = weights / weights.sum()
    if weights.max() < 0.5:
        raise KeyError("no valid answer")
    return values[weights.argmax()]


def _with(query, keys, values, reach, *, measure="distance", ask="within", take="nearest"):
    squared = ((keys - query) ** 2).sum(axis=-1)
    far = {
        "distance": np.sqrt(squared),
        "squared": squared,
        "city": np.abs(keys - query).sum(axis=-1),
        "largest": np.abs(keys - query).max(axis=-1),
    }[measure]
    missing = {
        "within": far.min() > reach,
        "inside": far.min() >= reach,
        "all": far.max() > reach,
        "mean": far.mean() > reach,
        "never": False,
        "turned": far.min() <= reach,
        "half": np.exp(-squared).max() < 0.5,
        "both": far.min() > reach or np.exp(squared.min() - squared).sum() > 2,
    }[ask]
    if missing:
        raise KeyError("no valid answer")
    if take == "mean":
        return values[far <= reach].mean(axis=0)
    return values[
        {
            "nearest": far.argmin(),
            "farthest": far.argmax(),
            "first within": (far <= reach).argmax(),
            "last within": np.where(far <= reach, far, -1).argmax(),
            "weights": np.exp(-squared).argmax(),
        }[take]
    ]


def _cases():
    rng = np.random.default_rng(31)
    keys, values = rng.normal(size=(7, 2)), rng.normal(size=(7, 3))
    row = np.array([[0.0, 0.0], [4.0, 0.0], [8.0, 0.0]])
    three = np.array([[10.0], [20.0], [30.0]])
    return [
        Case("near one key", np.array([4.5, 0.0]), row, three, 1.0),
        Case("far from every key", np.array([100.0, 0.0]), row, three, 1.0),
        Case("between two keys, both within reach", np.array([1.9, 0.0]), row, three, 3.0),
        Case("a key at exactly the reach", np.array([8.0, 3.0]), row, three, 3.0),
        Case("a reach below 1", np.array([4.0, 0.6]), row, three, 0.5),
        Case("the others are beyond reach", row[1], row, three, 3.0),
        Case("a large reach", np.array([8.0, 6.0]), row, three, 7.0),
        Case("a reach above 1", np.array([4.0, 1.2]), row, three, 2.0),
        Case("far, and a large reach", np.array([100.0, 0.0]), row, three, 95.0),
        Case("not along an axis", np.array([9.5, 1.5]), row, three, 2.5),
        Case("not along an axis", np.array([9.5, 1.5]), row, three, 2.0),
        Case("many keys near each other", np.zeros(2), keys / 10, values, 1.0),
        Case("many keys", keys[3] + 0.01, keys, values, 0.1),
        Case(
            "many keys, none near",
            np.array([30.0, -20.0]),
            *(np.tile(x, (10, 1)) for x in (keys, values)),
            5.0,
        ),
    ]


EXERCISE = Exercise(
    reference=lookup_or_nothing,
    points=2,
    cases=_cases,
    hints=(
        "Ask far away from all keys. How large is the largest weight there?",
        "Weights are normalised: they say how much nearer one key is than the others, and nothing "
        "about how near it is.",
        "Something in this function still knows how near the nearest key is, before it is "
        "normalised. Mind that `reach` is a distance, and not a squared one.",
    ),
    verified="answers within reach, also between many keys, and KeyError beyond it",
    rewrite=_with,
    given=given,
    mistakes=(
        Mistake(
            "asked-the-weights",
            "asked the weights whether anything fits",
            "Weights are sure of themselves far away from everything, and unsure among many near "
            "keys. Only the distance knows how near a key is.",
            given,
        ),
        Mistake(
            "squared",
            "compared the squared distance with the reach",
            "`reach` is a distance. Take the root, or square the reach.",
            measure="squared",
        ),
        Mistake(
            "other-distance",
            "measured another distance",
            "The distance here is the root of the sum of squares.",
            {"measure": "city"},
            {"measure": "largest"},
        ),
        Mistake(
            "not-at-the-edge",
            "left out a key at exactly the reach",
            "Within reach means at most that far.",
            ask="inside",
        ),
        Mistake(
            "all-within-reach",
            "wanted every key within reach",
            "One key within reach is enough.",
            ask="all",
        ),
        Mistake(
            "mean-within-reach",
            "asked the mean distance",
            "One near key is enough, however far the others are.",
            ask="mean",
        ),
        Mistake(
            "always-answers",
            "never said no",
            "Where no key lies within reach, raise KeyError.",
            ask="never",
        ),
        Mistake(
            "turned-round",
            "said no exactly where a key is near",
            "Raise KeyError when the smallest distance is larger than the reach.",
            ask="turned",
        ),
        Mistake(
            "farthest",
            "took the farthest key",
            "The nearest one has the smallest distance.",
            take="farthest",
        ),
        Mistake(
            "reach-unused",
            "asked whether the weight is at least ½, whatever `reach` is",
            "exp(−d²) falls below ½ at a distance of 0.83. How far is still near is for `reach` to "
            "say.",
            ask="half",
        ),
        Mistake(
            "both-questions",
            "asked the weights as well as the distance",
            "Among many near keys the largest weight is small, and yet the nearest key is within "
            "reach. The distance alone decides.",
            ask="both",
        ),
        Mistake(
            "farthest-within",
            "took the farthest key within reach",
            "The nearest key answers: the smallest distance.",
            take="last within",
        ),
        Mistake(
            "first-within",
            "took the first key within reach",
            "A later key may be nearer: the smallest distance answers.",
            take="first within",
        ),
        Mistake(
            "mean-within",
            "averaged all values within reach",
            "One value answers: that of the nearest key.",
            take="mean",
        ),
        Mistake(
            "weights-vanish",
            "chose by weights that are all 0 far away",
            "exp(−d²) is 0 for every distance above 28, and `argmax` of zeros is 0. Choose by the "
            "distance.",
            take="weights",
        ),
    ),
)
