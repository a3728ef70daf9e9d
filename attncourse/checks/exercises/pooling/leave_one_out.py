"""Mend a prediction that is judged on what it has seen."""

import numpy as np

from attncourse.checks.engine.exercise import Case, Exercise, Mistake


def leave_one_out(keys, values, bandwidth):
    """Predict each value from all the others, weighted by the nearness of their keys."""
    return _with(keys, values, bandwidth)


def given(keys, values, bandwidth):
    """The slip: each value helps to predict itself."""
    squared_distance = ((keys[:, None] - keys) ** 2).sum(axis=-1)  # N N
    closeness = np.exp(-squared_distance / (2 * bandwidth**2))
    return closeness @ values / closeness.sum(axis=-1, keepdims=True)


def _with(keys, values, bandwidth, *, own="left out", by="gaussian", divide="yes"):
    squared = ((keys[:, None] - keys) ** 2).sum(axis=-1)
    closeness = {
        "gaussian": np.exp(-squared / (2 * bandwidth**2)),
        "nothing": np.ones_like(squared),
        "nearest": 1 - _nearest(squared),
    }[by]
    total = closeness.sum(axis=-1, keepdims=True)
    off = 1 - np.eye(len(keys))
    kept = {
        "left out": closeness * off,
        "kept": closeness,
        "removed late": closeness * off,
        "removed below": closeness,
        "nearest removed": closeness * _nearest(squared),
        "equal removed": closeness * (squared > 0),
        "earlier": np.tril(closeness, -1),
        "first removed": closeness * (np.arange(len(keys)) > 0),
        "last removed": closeness * (np.arange(len(keys)) < len(keys) - 1),
    }[own]
    if own == "removed below":
        total = (closeness * off).sum(axis=-1, keepdims=True)
    elif own != "removed late":
        total = kept.sum(axis=-1, keepdims=True)
    return kept @ values / (total if divide == "yes" else 1.0)


def _nearest(squared):
    """0 at the nearest other key of each row, else 1."""
    others = squared + np.diag(np.full(len(squared), np.inf))
    off = np.ones_like(squared)
    off[np.arange(len(squared)), others.argmin(axis=-1)] = 0
    return off


def _cases():
    rng = np.random.default_rng(35)
    line = np.array([[0.0], [1.0], [3.0]])
    return [
        Case("three keys on a line", line, np.array([[10.0], [20.0], [60.0]]), 1.0),
        Case("two keys", line[:2], np.array([[10.0], [20.0]]), 1.0),
        Case("a small bandwidth", line, np.array([[10.0], [20.0], [60.0]]), 0.5),
        Case("a large bandwidth", line, np.array([[10.0], [20.0], [60.0]]), 100.0),
        Case("two numbers per key", rng.normal(size=(5, 2)), rng.normal(size=(5, 3)), 1.0),
        Case("two equal keys", line[[0, 0, 1]], np.array([[10.0], [20.0], [60.0]]), 1.0),
        Case("many", rng.normal(size=(71, 3)), rng.normal(size=(71, 1)), 0.7),
    ]


EXERCISE = Exercise(
    reference=leave_one_out,
    points=2,
    cases=_cases,
    hints=(
        "Let the bandwidth go to 0, on paper. Which patient is nearest to a patient?",
        "Every key has the distance 0 from itself. Which entries of the table are these?",
        "Let these entries count for nothing, in both sums of the formula: above the line and "
        "below it. At which line of the function must that happen?",
    ),
    verified="each value is predicted from the others alone, with weights that add up to 1",
    rewrite=_with,
    given=given,
    mistakes=(
        Mistake(
            "predicted-itself",
            "let each value predict itself",
            "Its own key is the nearest of all. With a small bandwidth the prediction is the value "
            "itself, and the error is 0.",
            own="kept",
        ),
        Mistake(
            "removed-late",
            "removed the value's own weight after normalising",
            "Then the weights add up to less than 1. Remove it before you add up the row.",
            own="removed late",
        ),
        Mistake(
            "nearest-other",
            "left out the nearest other key",
            "The key itself is to be left out; its neighbours are what predicts.",
            own="nearest removed",
        ),
        Mistake(
            "plain-mean",
            "gave all the others the same weight",
            "Near keys count more: keep the Gaussian closeness.",
            by="nothing",
        ),
        Mistake(
            "nearest-alone",
            "took the nearest other key alone",
            "All the others count, each by its closeness: keep the Gaussian kernel.",
            by="nearest",
        ),
        Mistake(
            "equal-keys",
            "left out every key at distance 0",
            "Another patient may have the same measurements. Leave out place i, not everything at "
            "distance 0.",
            own="equal removed",
        ),
        Mistake(
            "removed-below-only",
            "left out the own weight below the line only",
            "It must count for nothing in both sums: among the values as well.",
            own="removed below",
        ),
        Mistake(
            "earlier-only",
            "kept only the keys that stand earlier",
            "All the others count, those that come later as well: leave out the diagonal alone.",
            own="earlier",
        ),
        Mistake(
            "one-for-all",
            "left out the same key for everybody",
            "Each row leaves out its own key: the diagonal of the table.",
            {"own": "first removed"},
            {"own": "last removed"},
        ),
        Mistake(
            "not-normalised",
            "did not divide by the sum of what is left",
            "The weights of the others must add up to 1.",
            divide="no",
        ),
    ),
)
