"""What the exercises on database share."""

import numpy as np

from attncourse.checks.engine.exercise import Mistake


def table(seed, N, d_k, d_v):
    """A random query, keys and values, all of both signs."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=d_k), rng.normal(size=(N, d_k)), rng.normal(size=(N, d_v))


def sizes(query, keys, values, *_, **__):
    return {"N": keys.shape[0], "d_k": keys.shape[1], "d_v": values.shape[1]}


def metric(query, keys, measure):
    """Ways to say how far a key is; only "squared" is the one the lesson asks for."""
    difference = keys - query
    return {
        "squared": lambda: np.square(difference).sum(-1),
        "plain": lambda: np.sqrt(np.square(difference).sum(-1)),
        "mean": lambda: np.square(difference).mean(-1),
        "absolute": lambda: np.abs(difference).sum(-1),
        "largest": lambda: np.abs(difference).max(-1),
        "signed": lambda: difference.sum(-1),
        "squared sum": lambda: np.square(difference.sum(-1)),
        "first number": lambda: np.square(difference[:, 0]),
        "keys alone": lambda: np.square(keys).sum(-1),
        "plus": lambda: np.square(keys + query).sum(-1),
        "rounded": lambda: np.round(np.square(difference).sum(-1)),
        "dot": lambda: -(keys @ query),
        "cosine": lambda: -(keys @ query) / np.linalg.norm(keys, axis=-1),
        "length": lambda: np.abs(np.linalg.norm(keys, axis=-1) - np.linalg.norm(query)),
        "forgot 2qk": lambda: np.square(keys).sum(-1) - keys @ query,
    }[measure]()


METRIC_MISTAKES = (
    Mistake(
        "left-query-out-distance",
        "left the query out of the distance",
        "You measured how long each key is. How far a key is depends on the query too.",
        measure="keys alone",
    ),
    Mistake(
        "added-query-where-subtracted",
        "added the query where it is subtracted",
        "A distance comes from the difference of key and query.",
        measure="plus",
    ),
    Mistake(
        "rounded-distances",
        "rounded the distances",
        "After rounding, different distances look equal. Keep their digits.",
        measure="rounded",
    ),
    Mistake(
        "added-up-differences-without-squaring",
        "added up the differences without squaring them",
        "A difference of +3 in one number and −3 in another cancel, so far looks near.",
        measure="signed",
    ),
    Mistake(
        "squared-after-adding-up",
        "squared after adding up, not before",
        "Differences of +3 and −3 cancel before you square. Square each one, then add.",
        measure="squared sum",
    ),
    Mistake(
        "compared-only-first-number-key",
        "compared only the first number of each key",
        "A key is a whole vector: every one of its d_k numbers counts.",
        measure="first number",
    ),
    Mistake(
        "added-absolute-differences",
        "added absolute differences, not squared ones",
        "That is another distance (city blocks). The rule squares each difference.",
        measure="absolute",
    ),
    Mistake(
        "took-largest-difference",
        "took the largest difference instead of the sum of squares",
        "That is another distance (chess king's). All d_k differences count, each squared.",
        measure="largest",
    ),
    Mistake(
        "rated-keys-their-dot-product",
        "rated keys by their dot product with the query",
        "A dot product grows with the key's norm, so a long key can beat an equal one. "
        "This lesson asks for the squared distance.",
        measure="dot",
    ),
    Mistake(
        "rated-keys-angle-query",
        "rated keys by the angle to the query",
        "Two vectors of one direction but different norms are still apart. "
        "The rule measures distance, not direction.",
        measure="cosine",
    ),
    Mistake(
        "compared-vectors-lengths",
        "compared the vectors' norms",
        "Vectors of the same norm can point anywhere. Subtract the vectors first.",
        measure="length",
    ),
    Mistake(
        "lost-factor-2-expanded-square",
        "lost a factor 2 in the expanded square",
        "‖q − k‖² = ‖q‖² − 2 q·k + ‖k‖²: the middle term counts twice.",
        measure="forgot 2qk",
    ),
)


GRID = np.array([[2.0, 5.0], [-1.0, 5.0], [2.0, -3.0], [5.0, 2.0], [-1.0, 2.0]])


GRID_VALUES = np.array([[1.0, -2.0, 4], [-3, 5, 0.5], [7, 2.5, -6], [0, 9, -8], [3, 6, 11]])
