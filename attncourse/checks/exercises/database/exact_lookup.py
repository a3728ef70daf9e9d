"""Find the value whose key equals the query, or raise KeyError."""

from functools import partial

import numpy as np

from attncourse import database
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.database.shared import GRID, GRID_VALUES, sizes, table


def _cases():
    query, keys, values = table(10, 71, 6, 10)
    twice = np.concatenate([GRID[[1, 3, 0]], GRID[[3, 4, 1, 3]]])
    close = np.array([[2.0 + 1e-9, 5.0], [8.0, 8.0], [2.0, 5.0], [1.0, 2.0]])
    neighbour = np.array([[np.nextafter(2.0, 3.0), 5.0], [2.0, 5.0]])
    signed = np.array([[1.0, 3.0], [-0.0, 3.0]])
    wide = np.random.default_rng(11).normal(size=(9, 10))[:, ::2]
    return [
        Case("plain", np.array([3.0]), np.array([[1.0], [-2.0], [3.0]]), GRID_VALUES[:3, :2]),
        Case("plain", np.array([2.0, -3.0]), GRID, GRID_VALUES),
        Case("plain", np.array([-1.0, 2.0]), GRID, GRID_VALUES),
        Case("plain", np.array([5.0, 2.0]), GRID, GRID_VALUES),
        Case("one key", np.array([4.0, -7.0]), np.array([[4.0, -7.0]]), GRID_VALUES[:1]),
        Case("missing key", np.array([3.0, 3.0]), GRID, GRID_VALUES),
        Case("missing key", np.array([5.0, -3.0]), GRID, GRID_VALUES),
        Case("missing key", np.array([4.0, 0.0]), GRID, GRID_VALUES),
        Case("missing key", np.array([0.0]), np.array([[1.0]]), GRID_VALUES[:1]),
        Case("nearly equal keys", np.array([2.0, 5.0]), close, GRID_VALUES[:4]),
        Case("missing key", np.array([2.0, 5.0]), close[:2], GRID_VALUES[:2]),
        Case("nearly equal keys", np.array([2.0, 5.0]), neighbour, GRID_VALUES[:2]),
        Case("missing key", np.array([2.0, 5.0]), neighbour[:1], GRID_VALUES[:1]),
        Case("zero with a sign", np.array([0.0, 3.0]), signed, GRID_VALUES[:2]),
        Case("a value equal to the query", GRID[0], GRID, np.roll(GRID, 2, 0)),
        Case("the same key twice", np.array([5.0, 2.0]), twice, values[:7, :3]),
        Case(
            "a value of zeros", np.array([-1.0, 5.0]), GRID, GRID_VALUES * [[1], [0], [1], [1], [1]]
        ),
        Case("plain", keys[4], keys, values),
        Case("missing key", query, keys, values),
        Case("float32", *(x.astype("float32") for x in (keys[2], keys, values))),
        Case("whole numbers", np.array([404]), np.array([[200], [404], [503]]), np.eye(3, 2)[::-1]),
        Case(
            "not contiguous", wide[3], wide, np.asfortranarray(values[[0, 1, 2, 3, 4, 5, 6, 0, 1]])
        ),
    ]


def _with(query, keys, values, *, equal="every number", give="value", missing="KeyError"):
    close = np.isclose(keys, query)
    same = {
        "every number": lambda: (keys == query).all(-1),
        "any number": lambda: (keys == query).any(-1),
        "first number": lambda: keys[:, 0] == query[0],
        "last number": lambda: keys[:, -1] == query[-1],
        "nearly": lambda: close.all(-1),
        "sum": lambda: keys.sum(-1) == query.sum(),
        "sorted": lambda: (np.sort(keys, -1) == np.sort(query)).all(-1),
    }[equal]()
    if not same.any():
        return _without_match(query, keys, values, missing)
    last = len(keys) - 1 - same[::-1].argmax()
    return {
        "value": lambda: values[same.argmax()],
        "last": lambda: values[last],
        "all": lambda: values[same],
        "row": lambda: values[same][:1],
        "sum": lambda: same @ values,
        "key": lambda: keys[same.argmax()],
        "index": lambda: same.argmax(),
        "first number": lambda: values[same.argmax()][0],
    }[give]()


def _without_match(query, keys, values, missing):
    if missing.endswith("Error"):
        raise {"KeyError": KeyError, "IndexError": IndexError, "ValueError": ValueError}[missing]
    return {
        "None": lambda: None,
        "first": lambda: values[0],
        "last": lambda: values[-1],
        "nearest": lambda: database.nearest_lookup(query, keys, values),
        "zeros": lambda: np.zeros_like(values[0]),
        "nan": lambda: np.full_like(values[0], np.nan, dtype=float),
        "empty": lambda: values[:0],
        "minus one": lambda: -1,
        "text": lambda: "no valid answer",
    }[missing]()


def _exact_among(query, keys, values, places):
    """Search only some places of the table; they may be none."""
    for place in places:
        if (keys[place] == query).all():
            return values[place]
    raise KeyError


def _exact_bytes(query, keys, values):
    for key, value in zip(keys, values, strict=True):
        if key.tobytes() == query.tobytes():
            return value
    raise KeyError


def _exact_within(query, keys, values, *, tolerance):
    for key, value in zip(keys, values, strict=True):
        if np.abs(key - query).max() < tolerance:
            return value
    raise KeyError


def _exact_columns(query, keys, values):
    match = (keys == query).all(axis=0)
    if not match.any():
        raise KeyError
    return values[match.argmax()]


def _exact_if_any(query, keys, values):
    found = next((v for key, v in zip(keys, values, strict=True) if (key == query).all()), None)
    if found is None or not found.any():
        raise KeyError
    return found


def _exact_by_value(query, keys, values):
    for value in values:
        if np.array_equal(value, query):
            return value
    raise KeyError


EXERCISE = Exercise(
    reference=database.exact_lookup,
    points=1,
    cases=_cases,
    hints=(
        "Take the keys one by one. When is a key, which is a vector, equal to the query?",
        "`keys == query` compares number by number and has shape (N, d_k). "
        "A key matches when its whole row is True.",
        "Go through the rows with `zip(keys, values)` and return at the first match. What is "
        "true if the loop comes to its end?",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "accepted-key-shares-only-some",
            "accepted a key that shares only some of its numbers with the query",
            "Any equal number was enough for you. A key matches when all of them are equal.",
            equal="any number",
        ),
        Mistake(
            "returned-first-value-when-no",
            "returned the first value when no key matches",
            "`argmax` of a row of False is 0, which looks like a match. Ask first whether any "
            "key matches; if none does, raise KeyError.",
            missing="first",
        ),
        Mistake(
            "returned-last-value-when-no",
            "returned the last value when no key matches",
            "After the loop the last entry is still in your variable. If nothing matched, "
            "raise KeyError.",
            missing="last",
        ),
        Mistake(
            "returned-none-when-no-key",
            "returned None when no key matches",
            "None travels on and fails far away. Exact match has no valid answer: raise KeyError.",
            missing="None",
        ),
        Mistake(
            "let-indexerror-out-when-no",
            "let an IndexError out when no key matches",
            "You take the first of an empty list of matches. Look whether there is one, "
            "and raise KeyError if not.",
            missing="IndexError",
        ),
        Mistake(
            "raised-valueerror-when-no-key",
            "raised ValueError when no key matches",
            "Python says KeyError when a key is missing, as `{}[3]` does; callers rely on it.",
            missing="ValueError",
        ),
        Mistake(
            "fell-back-nearest-key-when",
            "fell back on the nearest key when none matches",
            "That is the next exercise. Exact match has no valid answer here: raise KeyError.",
            missing="nearest",
        ),
        Mistake(
            "returned-zeros-when-no-key",
            "returned zeros when no key matches",
            "Zeros look like a value that was found. There is no valid answer: raise KeyError.",
            missing="zeros",
        ),
        Mistake(
            "returned-nan-when-no-key",
            "returned NaN when no key matches",
            "NaN looks like a value that was found. There is no valid answer: raise KeyError.",
            missing="nan",
        ),
        Mistake(
            "returned-empty-array-when-no",
            "returned an empty array when no key matches",
            "An empty array looks like an answer. There is no valid one: raise KeyError.",
            missing="empty",
        ),
        Mistake(
            "returned-1-when-no-key",
            "returned −1 when no key matches",
            "−1 looks like a value that was found. There is no valid answer: raise KeyError.",
            missing="minus one",
        ),
        Mistake(
            "returned-text-when-no-key",
            "returned a text when no key matches",
            "A text looks like an answer to the caller. Raise KeyError, with the text in it.",
            missing="text",
        ),
        Mistake(
            "compared-tolerance",
            "compared with a tolerance",
            "Exact means exact: a key that differs in the ninth digit is another key. "
            "Use ==, not isclose.",
            equal="nearly",
        ),
        Mistake(
            "compared-only-first-number-key",
            "compared only the first number of each key",
            "A key is a whole vector: every one of its d_k numbers must be equal.",
            equal="first number",
        ),
        Mistake(
            "compared-only-last-number-key",
            "compared only the last number of each key",
            "A key is a whole vector: every one of its d_k numbers must be equal.",
            equal="last number",
        ),
        Mistake(
            "compared-sums",
            "compared sums, not the numbers themselves",
            "Different vectors can have the same sum. Compare number by number.",
            equal="sum",
        ),
        Mistake(
            "ignored-order-numbers-key",
            "ignored the order of the numbers in a key",
            "(2, 5) and (5, 2) are different keys. Compare place by place.",
            equal="sorted",
        ),
        Mistake(
            "returned-last-several-matches",
            "returned the last of several matches",
            "Of equal keys the first one answers: stop at the first match.",
            give="last",
        ),
        Mistake(
            "indexed-values-whole-table-comparisons",
            "indexed the values with the whole table of comparisons",
            "`keys == query` has one answer per number, shape (N, d_k). "
            "A choice among N values needs one answer per key.",
            lambda query, keys, values: values[keys == query],
        ),
        Mistake(
            "returned-matches",
            "returned all matches, not the first one",
            "A mask like `values[match]` keeps an axis. Pick one row, the first match.",
            give="all",
        ),
        Mistake(
            "kept-axis-around-value",
            "kept an axis around the value",
            "Asked is the value itself, shape (d_v,), not a table with one row.",
            give="row",
        ),
        Mistake(
            "added-up-values-matches",
            "added up the values of all matches",
            "Of equal keys the first one answers alone.",
            give="sum",
        ),
        Mistake(
            "returned-key",
            "returned the key",
            "The key is what you compare with. What comes back is the value of the same row.",
            give="key",
        ),
        Mistake(
            "returned-entry-s-number",
            "returned the entry's number",
            "That says where the value stands. Return the value itself.",
            give="index",
        ),
        Mistake(
            "returned-only-first-number-value",
            "returned only the first number of the value",
            "A value is a whole vector: return its row.",
            give="first number",
        ),
        Mistake(
            "compared-tolerance",
            "compared with a tolerance",
            "Exact means exact: the key next to yours among all floats is another key. Use ==.",
            *(
                partial(_exact_within, tolerance=tolerance)
                for tolerance in (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12)
            ),
        ),
        Mistake(
            "compared-bytes",
            "compared bytes, not numbers",
            "0.0 and −0.0 are equal numbers, though stored differently. Compare with ==.",
            _exact_bytes,
        ),
        Mistake(
            "gave-up-after-first-key",
            "gave up after the first key",
            "Your search raises KeyError as soon as one key differs. Only after the last key is "
            "it certain that none matches.",
            lambda query, keys, values: _exact_among(query, keys, values, [0]),
        ),
        Mistake(
            "never-looked-last-key",
            "never looked at the last key",
            "The places run from 0 to N − 1, and range(N) already stops before N.",
            lambda query, keys, values: _exact_among(query, keys, values, range(len(keys) - 1)),
        ),
        Mistake(
            "never-looked-first-key",
            "never looked at the first key",
            "Counting starts at 0.",
            lambda query, keys, values: _exact_among(query, keys, values, range(1, len(keys))),
        ),
        Mistake(
            "asked-whether-keys-agree-one",
            "asked whether all keys agree in one number",
            "`all` must run along each row: one key has to agree in every one of its numbers.",
            _exact_columns,
        ),
        Mistake(
            "searched-values",
            "searched the values, not the keys",
            "The query is compared with keys. Values are only handed out.",
            _exact_by_value,
        ),
        Mistake(
            "zeros-are-an-answer",
            "took a value of zeros for no value",
            "A value may well be 0. Ask whether a key matched, not whether the answer is truthy.",
            _exact_if_any,
        ),
    ),
    laws=(
        Law(
            "the result is one of the values, unchanged",
            lambda result, query, keys, values: (np.asarray(result) == values).all(-1).any(),
        ),
    ),
    sizes=sizes,
    verified="only an equal key answers, the first of several; a missing key raises KeyError, "
    "even if a near one is there; one key, whole numbers, float32",
)
