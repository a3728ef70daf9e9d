"""Lesson 01's exercises: four lookups, from exact to soft."""

from functools import partial

import numpy as np

from attncourse import database
from attncourse.checks.core import Case, Exercise, Law, Mistake


def _table(seed, N, d_k, d_v):
    """A random query, keys and values, all of both signs."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=d_k), rng.normal(size=(N, d_k)), rng.normal(size=(N, d_v))


def _sizes(query, keys, values, *_, **__):
    return {"N": keys.shape[0], "d_k": keys.shape[1], "d_v": values.shape[1]}


def _metric(query, keys, measure):
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


_METRIC_MISTAKES = (
    Mistake(
        "left the query out of the distance",
        "You measured how long each key is. How far a key is depends on the query too.",
        measure="keys alone",
    ),
    Mistake(
        "added the query where it is subtracted",
        "A distance comes from the difference of key and query.",
        measure="plus",
    ),
    Mistake(
        "rounded the distances",
        "After rounding, different distances look equal. Keep their digits.",
        measure="rounded",
    ),
    Mistake(
        "added up the differences without squaring them",
        "A difference of +3 in one number and −3 in another cancel, so far looks near.",
        measure="signed",
    ),
    Mistake(
        "squared after adding up, not before",
        "Differences of +3 and −3 cancel before you square. Square each one, then add.",
        measure="squared sum",
    ),
    Mistake(
        "compared only the first number of each key",
        "A key is a whole vector: every one of its d_k numbers counts.",
        measure="first number",
    ),
    Mistake(
        "added absolute differences, not squared ones",
        "That is another distance (city blocks). The rule squares each difference.",
        measure="absolute",
    ),
    Mistake(
        "took the largest difference instead of the sum of squares",
        "That is another distance (chess king's). All d_k differences count, each squared.",
        measure="largest",
    ),
    Mistake(
        "rated keys by their dot product with the query",
        "A dot product grows with the key's length, so a long key can beat an equal one. "
        "This lesson asks for the squared distance.",
        measure="dot",
    ),
    Mistake(
        "rated keys by the angle to the query",
        "Two vectors of one direction but different lengths are still apart. "
        "The rule measures distance, not direction.",
        measure="cosine",
    ),
    Mistake(
        "compared the vectors' lengths",
        "Vectors of the same length can point anywhere. Subtract the vectors first.",
        measure="length",
    ),
    Mistake(
        "lost a factor 2 in the expanded square",
        "‖q − k‖² = ‖q‖² − 2 q·k + ‖k‖²: the middle term counts twice.",
        measure="forgot 2qk",
    ),
)

# exact_lookup -------------------------------------------------------------------------------------

_GRID = np.array([[2.0, 5.0], [-1.0, 5.0], [2.0, -3.0], [5.0, 2.0], [-1.0, 2.0]])
_GRID_VALUES = np.array([[1.0, -2.0, 4], [-3, 5, 0.5], [7, 2.5, -6], [0, 9, -8], [3, 6, 11]])


def _exact_cases():
    query, keys, values = _table(10, 7, 6, 10)
    twice = np.concatenate([_GRID[[1, 3, 0]], _GRID[[3, 4, 1, 3]]])
    close = np.array([[2.0 + 1e-9, 5.0], [8.0, 8.0], [2.0, 5.0], [1.0, 2.0]])
    neighbour = np.array([[np.nextafter(2.0, 3.0), 5.0], [2.0, 5.0]])
    signed = np.array([[1.0, 3.0], [-0.0, 3.0]])
    wide = np.random.default_rng(11).normal(size=(9, 10))[:, ::2]
    return [
        Case("plain", np.array([3.0]), np.array([[1.0], [-2.0], [3.0]]), _GRID_VALUES[:3, :2]),
        Case("plain", np.array([2.0, -3.0]), _GRID, _GRID_VALUES),
        Case("plain", np.array([-1.0, 2.0]), _GRID, _GRID_VALUES),
        Case("plain", np.array([5.0, 2.0]), _GRID, _GRID_VALUES),
        Case("one key", np.array([4.0, -7.0]), np.array([[4.0, -7.0]]), _GRID_VALUES[:1]),
        Case("missing key", np.array([3.0, 3.0]), _GRID, _GRID_VALUES),
        Case("missing key", np.array([5.0, -3.0]), _GRID, _GRID_VALUES),
        Case("missing key", np.array([4.0, 0.0]), _GRID, _GRID_VALUES),
        Case("missing key", np.array([0.0]), np.array([[1.0]]), _GRID_VALUES[:1]),
        Case("nearly equal keys", np.array([2.0, 5.0]), close, _GRID_VALUES[:4]),
        Case("missing key", np.array([2.0, 5.0]), close[:2], _GRID_VALUES[:2]),
        Case("nearly equal keys", np.array([2.0, 5.0]), neighbour, _GRID_VALUES[:2]),
        Case("missing key", np.array([2.0, 5.0]), neighbour[:1], _GRID_VALUES[:1]),
        Case("zero with a sign", np.array([0.0, 3.0]), signed, _GRID_VALUES[:2]),
        Case("the same key twice", np.array([5.0, 2.0]), twice, values[:, :3]),
        Case("plain", keys[4], keys, values),
        Case("missing key", query, keys, values),
        Case("float32", *(x.astype("float32") for x in (keys[2], keys, values))),
        Case("whole numbers", np.array([404]), np.array([[200], [404], [503]]), np.eye(3, 2)[::-1]),
        Case(
            "not contiguous", wide[3], wide, np.asfortranarray(values[[0, 1, 2, 3, 4, 5, 6, 0, 1]])
        ),
    ]


def _exact_with(query, keys, values, *, equal="every number", give="value", missing="KeyError"):
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


def _exact_by_value(query, keys, values):
    for value in values:
        if np.array_equal(value, query):
            return value
    raise KeyError


_exact_lookup = Exercise(
    reference=database.exact_lookup,
    points=1,
    cases=_exact_cases,
    hints=(
        "Take the keys one by one. When is a key, which is a vector, equal to the query?",
        "`keys == query` compares number by number and has shape (N, d_k). "
        "A key matches when its whole row is True.",
        "Go through the rows with `zip(keys, values)`, return at the first match; "
        "what stands after the loop is reached only when nothing matched: raise KeyError there.",
    ),
    rewrite=_exact_with,
    mistakes=(
        Mistake(
            "accepted a key that shares only some of its numbers with the query",
            "Any equal number was enough for you. A key matches when all of them are equal.",
            equal="any number",
        ),
        Mistake(
            "returned the first value when no key matches",
            "`argmax` of a row of False is 0, which looks like a match. Ask first whether any "
            "key matches; if none does, raise KeyError.",
            missing="first",
        ),
        Mistake(
            "returned the last value when no key matches",
            "After the loop the last entry is still in your variable. If nothing matched, "
            "raise KeyError.",
            missing="last",
        ),
        Mistake(
            "returned None when no key matches",
            "None travels on and fails far away. Exact match has no valid answer: raise KeyError.",
            missing="None",
        ),
        Mistake(
            "let an IndexError out when no key matches",
            "You take the first of an empty list of matches. Look whether there is one, "
            "and raise KeyError if not.",
            missing="IndexError",
        ),
        Mistake(
            "raised ValueError when no key matches",
            "Python says KeyError when a key is missing, as `{}[3]` does; callers rely on it.",
            missing="ValueError",
        ),
        Mistake(
            "fell back on the nearest key when none matches",
            "That is the next exercise. Exact match has no valid answer here: raise KeyError.",
            missing="nearest",
        ),
        Mistake(
            "returned zeros when no key matches",
            "Zeros look like a value that was found. There is no valid answer: raise KeyError.",
            missing="zeros",
        ),
        Mistake(
            "returned NaN when no key matches",
            "NaN looks like a value that was found. There is no valid answer: raise KeyError.",
            missing="nan",
        ),
        Mistake(
            "returned an empty array when no key matches",
            "An empty array looks like an answer. There is no valid one: raise KeyError.",
            missing="empty",
        ),
        Mistake(
            "returned −1 when no key matches",
            "−1 looks like a value that was found. There is no valid answer: raise KeyError.",
            missing="minus one",
        ),
        Mistake(
            "returned a text when no key matches",
            "A text looks like an answer to the caller. Raise KeyError, with the text in it.",
            missing="text",
        ),
        Mistake(
            "compared with a tolerance",
            "Exact means exact: a key that differs in the ninth digit is another key. "
            "Use ==, not isclose.",
            equal="nearly",
        ),
        Mistake(
            "compared only the first number of each key",
            "A key is a whole vector: every one of its d_k numbers must be equal.",
            equal="first number",
        ),
        Mistake(
            "compared only the last number of each key",
            "A key is a whole vector: every one of its d_k numbers must be equal.",
            equal="last number",
        ),
        Mistake(
            "compared sums, not the numbers themselves",
            "Different vectors can have the same sum. Compare number by number.",
            equal="sum",
        ),
        Mistake(
            "ignored the order of the numbers in a key",
            "(2, 5) and (5, 2) are different keys. Compare place by place.",
            equal="sorted",
        ),
        Mistake(
            "returned the last of several matches",
            "Of equal keys the first one answers: stop at the first match.",
            give="last",
        ),
        Mistake(
            "indexed the values with the whole table of comparisons",
            "`keys == query` has one answer per number, shape (N, d_k). "
            "A choice among N values needs one answer per key.",
            wrong=lambda query, keys, values: values[keys == query],
        ),
        Mistake(
            "returned all matches, not the first one",
            "A mask like `values[match]` keeps an axis. Pick one row, the first match.",
            give="all",
        ),
        Mistake(
            "kept an axis around the value",
            "Asked is the value itself, shape (d_v,), not a table with one row.",
            give="row",
        ),
        Mistake(
            "added up the values of all matches",
            "Of equal keys the first one answers alone.",
            give="sum",
        ),
        Mistake(
            "returned the key",
            "The key is what you compare with. What comes back is the value of the same row.",
            give="key",
        ),
        Mistake(
            "returned the entry's number",
            "That says where the value stands. Return the value itself.",
            give="index",
        ),
        Mistake(
            "returned only the first number of the value",
            "A value is a whole vector: return its row.",
            give="first number",
        ),
        *(
            Mistake(
                "compared with a tolerance",
                "Exact means exact: the key next to yours among all floats is another key. Use ==.",
                wrong=partial(_exact_within, tolerance=tolerance),
            )
            for tolerance in (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12)
        ),
        Mistake(
            "compared bytes, not numbers",
            "0.0 and −0.0 are equal numbers, though stored differently. Compare with ==.",
            wrong=_exact_bytes,
        ),
        Mistake(
            "gave up after the first key",
            "Your search raises KeyError as soon as one key differs. Only after the last key is "
            "it certain that none matches.",
            wrong=lambda query, keys, values: _exact_among(query, keys, values, [0]),
        ),
        Mistake(
            "never looked at the last key",
            "The places run from 0 to N − 1, and range(N) already stops before N.",
            wrong=lambda query, keys, values: _exact_among(
                query, keys, values, range(len(keys) - 1)
            ),
        ),
        Mistake(
            "never looked at the first key",
            "Counting starts at 0.",
            wrong=lambda query, keys, values: _exact_among(
                query, keys, values, range(1, len(keys))
            ),
        ),
        Mistake(
            "asked whether all keys agree in one number",
            "`all` must run along each row: one key has to agree in every one of its numbers.",
            wrong=_exact_columns,
        ),
        Mistake(
            "searched the values, not the keys",
            "The query is compared with keys. Values are only handed out.",
            wrong=_exact_by_value,
        ),
    ),
    laws=(
        Law(
            "the result is one of the values, unchanged",
            lambda result, query, keys, values: (np.asarray(result) == values).all(-1).any(),
        ),
    ),
    sizes=_sizes,
    verified="only an equal key answers, the first of several; a missing key raises KeyError, "
    "even if a near one is there; one key, whole numbers, float32",
)

# nearest_lookup -----------------------------------------------------------------------------------


def _nearest_cases():
    tables = [
        _table(20 + n, N, d_k, d_v) for n, (N, d_k, d_v) in enumerate([(5, 2, 3), (7, 6, 10)])
    ]
    corners = np.array([[4.0, 4.0], [0.0, 6.0], [5.0, 0.0], [-4.5, -3.0]])
    rng = np.random.default_rng(22)
    return [
        Case("plain", np.array([2.2]), np.array([[1.0], [3.0], [-2.0]]), _GRID_VALUES[:3, :2]),
        Case("plain", np.array([0.1, 0.3]), corners, _GRID_VALUES[:4]),
        Case("negative numbers", np.array([-3.0, -4.0]), corners, _GRID_VALUES[:4]),
        Case("one key", np.array([40.0, -7.0]), np.array([[-1.0, 3.0]]), _GRID_VALUES[:1]),
        Case("a key equals the query", _GRID[3], _GRID, _GRID_VALUES),
        Case(
            "ties",
            np.array([0.0, 0.0]),
            np.array([[3.0, 4], [0, -2], [2, 0], [0, 2]]),
            _GRID_VALUES[:4],
        ),
        Case("ties", np.array([1.0]), np.array([[5.0], [-1.0], [3.0]]), _GRID_VALUES[:3]),
        *(Case("plain", *table) for table in tables),
        *(
            Case(
                "plain", rng.normal(size=3), 2 * rng.normal(size=(11, 3)), rng.normal(size=(11, 2))
            )
            for _ in range(3)
        ),
        Case("large numbers", 1e3 * tables[1][0], 1e3 * tables[1][1], tables[1][2]),
        Case("far query", np.array([300.0, -500.0]), _GRID, _GRID_VALUES),
        Case("float32", *(x.astype("float32") for x in tables[1])),
        Case("whole numbers", np.array([410]), np.array([[200], [404], [503]]), _GRID_VALUES[:3]),
        Case(
            "not contiguous",
            tables[1][0][::2],
            tables[1][1][:, ::2],
            np.asfortranarray(tables[1][2]),
        ),
    ]


def _nearest_with(query, keys, values, *, measure="squared", pick="least", give="value"):
    distance = _metric(query, keys, measure)
    index = {
        "least": lambda: distance.argmin(),
        "most": lambda: distance.argmax(),
        "last": lambda: len(distance) - 1 - distance[::-1].argmin(),
        "second": lambda: distance.argsort()[1],
        "one before": lambda: distance.argmin() - 1,
        "first dip": lambda: _first_dip(distance),
        "absolute": lambda: np.abs(distance).argmin(),
    }[pick]()
    return {
        "value": lambda: values[index],
        "row": lambda: values[index : index + 1],
        "key": lambda: keys[index],
        "index": lambda: index,
        "distance": lambda: distance[index],
        "first number": lambda: values[index][0],
        "key and value": lambda: (keys[index], values[index]),
    }[give]()


def _first_dip(distance):
    """Walk as long as the distance falls."""
    return int(np.append(np.diff(distance) >= 0, True).argmax())


_nearest_lookup = Exercise(
    reference=database.nearest_lookup,
    points=1,
    cases=_nearest_cases,
    hints=(
        "First a number for every key: how far is it from the query? Then the place of the least.",
        "`keys - query` subtracts the query from every row. Square, then add along each row.",
        "`argmin` gives the place of the smallest distance, the first one if there are several; "
        "index the values with it.",
    ),
    rewrite=_nearest_with,
    mistakes=(
        Mistake(
            "took the farthest key",
            "A large distance means far away. The nearest key has the smallest one.",
            pick="most",
        ),
        Mistake(
            "returned the nearest key, not its value",
            "The key says where to look. What comes back is the value of the same row.",
            give="key",
        ),
        Mistake(
            "returned the entry's number",
            "That says where the value stands. Return the value itself.",
            give="index",
        ),
        Mistake(
            "returned the distance",
            "The distance picks the entry. Return that entry's value.",
            give="distance",
        ),
        Mistake(
            "kept an axis around the value",
            "Asked is the value itself, shape (d_v,), not a table with one row.",
            give="row",
        ),
        Mistake(
            "returned only the first number of the value",
            "A value is a whole vector: return its row.",
            give="first number",
        ),
        Mistake(
            "returned the key together with the value",
            "Only the value is asked for.",
            give="key and value",
        ),
        Mistake(
            "took the last of equally near keys",
            "Of equally near ones the first answers: `<`, not `<=`, while you search.",
            pick="last",
        ),
        *_METRIC_MISTAKES,
        Mistake(
            "raised KeyError when no key is equal",
            "That is the exercise before. Here there always is an answer: the nearest.",
            wrong=database.exact_lookup,
        ),
        Mistake(
            "took the second nearest key",
            "Counting starts at 0: the nearest is the first of the order.",
            pick="second",
        ),
        Mistake(
            "averaged all values alike",
            "Only one entry answers: the one with the nearest key.",
            wrong=lambda query, keys, values: values.mean(0),
        ),
        Mistake(
            "blended the values softly",
            "That is the last exercise. Here only the nearest entry answers, unchanged.",
            wrong=database.soft_lookup,
        ),
        Mistake(
            "measured the distance to the values",
            "The query is compared with keys. Values are only handed out.",
            wrong=lambda query, keys, values: values[
                np.square(values[:, : len(query)] - query[: values.shape[1]]).sum(-1).argmin()
            ],
        ),
        Mistake(
            "added up the squares over the keys, not over the numbers of each key",
            "There must be one distance per key: add along the last axis, not the first.",
            wrong=lambda query, keys, values: values[np.square(keys - query).sum(0).argmin()],
        ),
        Mistake(
            "searched the whole table of differences for one number",
            "`argmin` without an axis counts through all N·d_k entries. "
            "Add up each row first, so that every key has one distance.",
            wrong=lambda query, keys, values: values[
                np.square(keys - query).argmin() % len(values)
            ],
        ),
        Mistake(
            "searched the whole table of differences for one number",
            "The smallest single difference is not the nearest key. "
            "Add up each row first, so that every key has one distance.",
            wrong=lambda query, keys, values: values[np.square(keys - query).min(-1).argmin()],
        ),
        Mistake(
            "searched the whole table of differences for one number",
            "`argmin` without an axis counts through all N·d_k entries, and runs past the table. "
            "Add up each row first, so that every key has one distance.",
            wrong=lambda query, keys, values: values[np.abs(keys - query).argmin()],
        ),
        Mistake(
            "returned the value one place before",
            "`argmin` already counts from 0: its place is the place of the value.",
            pick="one before",
        ),
        Mistake(
            "stopped where the distance first rose",
            "A nearer key may come later: look at all of them.",
            pick="first dip",
        ),
        Mistake(
            "measured the distance to the values",
            "The query is compared with keys. Values are only handed out.",
            wrong=lambda query, keys, values: values[np.square(values - query).sum(-1).argmin()],
        ),
        Mistake(
            "never looked at the last key",
            "Every key may be the nearest, the last one too.",
            wrong=lambda query, keys, values: values[np.square(keys[:-1] - query).sum(-1).argmin()],
        ),
    ),
    laws=(
        Law(
            "the result is one of the values, unchanged",
            lambda result, query, keys, values: (np.asarray(result) == values).all(-1).any(),
        ),
    ),
    sizes=_sizes,
    verified="the smallest squared distance wins, the first of equal ones; far queries, negative "
    "and large numbers, one key, whole numbers, float32",
)

# top_k_lookup -------------------------------------------------------------------------------------


def _top_k_cases():
    rng = np.random.default_rng(30)
    tables = [_table(31, 5, 2, 3), _table(32, 7, 6, 10), _table(33, 11, 3, 2)]
    line = np.array([[1.0], [3.5], [-2.0], [2.0]])
    tied = np.array([[4.0, 2.0], [1.0, -4.0], [3.0, -2.0], [1.0, 0.0], [6.0, -1.0]])
    return [
        Case("plain", np.array([2.2]), line, _GRID_VALUES[:4, :2], 2),
        Case("plain", *tables[0], 2),
        Case("k = 1", *tables[0], 1),
        Case("k = N", *tables[0], 5),
        Case("one key", np.array([4.0, -7.0]), np.array([[1.0, 1.0]]), _GRID_VALUES[:1], 1),
        Case("a key equals the query", _GRID[3], _GRID, _GRID_VALUES, 2),
        Case("plain", *tables[1], 4),
        Case("k = 1", *tables[1], 1),
        *(
            Case(
                "plain",
                rng.normal(size=3),
                2 * rng.normal(size=(11, 3)),
                rng.normal(size=(11, 2)),
                k,
            )
            for k in (3, 5, 4)
        ),
        Case("large numbers", *(1e3 * x for x in tables[2]), 3),
        Case("far query", np.array([300.0, -501.0]), _GRID, _GRID_VALUES, 3),
        Case("float32", *(x.astype("float32") for x in tables[1]), 3),
        Case(
            "whole numbers", np.array([410]), np.array([[200], [404], [503]]), _GRID_VALUES[:3], 2
        ),
        Case("not contiguous", tables[1][0][::2], tables[1][1][:, ::2], tables[1][2].T.copy().T, 3),
        Case("ties", np.array([1.0, -2.0]), tied, _GRID_VALUES[[0, 1, 1, 1, 2]], 4),
        Case("a long table", *_table(34, 1000, 2, 3), 600),
    ]


def _top_k_with(
    query, keys, values, k, *, measure="squared", order="nearest first", count="k", give="values"
):
    distance = _metric(query, keys, measure)
    nearest = distance.argsort(kind="stable")
    number = {"k": k, "one more": k + 1, "one less": k - 1, "one": 1, "all": len(keys)}[count]
    index = {
        "nearest first": lambda: nearest[:number],
        "farthest first": lambda: nearest[:number][::-1],
        "farthest": lambda: nearest[::-1][:number],
        "last of the order": lambda: nearest[-number:],
        "order of the table": lambda: np.sort(nearest[:number]),
        "skip the nearest": lambda: nearest[1 : number + 1],
        "first of the table": lambda: np.arange(len(keys))[:number],
    }[order]()
    return {
        "values": lambda: values[index],
        "keys": lambda: keys[index],
        "index": lambda: index,
        "distances": lambda: distance[index],
        "mean": lambda: values[index].mean(0),
        "sum": lambda: values[index].sum(0),
        "kth": lambda: values[index][-1],
        "columns": lambda: values[index].T,
        "sorted": lambda: np.sort(values[index], axis=0),
        "list": lambda: list(values[index]),
        "both": lambda: (values[index], distance[index]),
        "keys and values": lambda: (keys[index], values[index]),
    }[give]()


def _top_k_without_ties(query, keys, values, k):
    _, places = np.unique(np.square(keys - query).sum(-1), return_index=True)
    return values[places[:k]]


def _top_k_partitioned(query, keys, values, k):
    return values[np.argpartition(np.square(keys - query).sum(-1), k - 1)[:k]]


def _top_k_of_the_first(query, keys, values, k):
    return values[np.square(keys[:k] - query).sum(-1).argsort(kind="stable")]


_top_k_lookup = Exercise(
    reference=database.top_k_lookup,
    points=2,
    cases=_top_k_cases,
    hints=(
        "It is `nearest_lookup` with one change: you need the places of the k smallest distances.",
        "`argsort` gives the places in order of size, smallest first.",
        "Take the first k of those places, and index the values with them: "
        "an array of k places picks k rows at once.",
    ),
    rewrite=_top_k_with,
    mistakes=(
        Mistake(
            "took the k farthest keys",
            "`argsort` starts with the smallest. Small distances are near: take the first k.",
            order="farthest",
        ),
        Mistake(
            "took the end of the sorted order",
            "The end holds the largest distances, so the farthest keys. Take the beginning.",
            order="last of the order",
        ),
        Mistake(
            "returned the right values, but the farthest first",
            "The nearest comes first, then the second nearest, and so on.",
            order="farthest first",
        ),
        Mistake(
            "returned the values in the order of the table",
            "`argpartition` or a mask finds the k nearest but does not sort them: "
            "nearest first is asked for.",
            order="order of the table",
        ),
        Mistake(
            "took the first k entries of the table",
            "Which entries come back depends on the query: sort by distance first.",
            order="first of the table",
        ),
        Mistake(
            "left out the nearest key",
            "Counting starts at 0: the nearest is the first of the order.",
            order="skip the nearest",
        ),
        Mistake("returned one value too many", "A slice [:k] holds k entries.", count="one more"),
        Mistake("returned one value too few", "A slice [:k] holds k entries.", count="one less"),
        Mistake(
            "returned only the nearest",
            "k values are asked for, stacked, also when k is 1.",
            count="one",
        ),
        Mistake(
            "returned the whole table, sorted",
            "You sorted well; now keep the first k.",
            count="all",
        ),
        Mistake(
            "returned the keys, not their values",
            "Keys say where to look. What comes back is the values of the same rows.",
            give="keys",
        ),
        Mistake(
            "returned the places, not the values",
            "`argsort` says where the nearest stand. Index the values with it.",
            give="index",
        ),
        Mistake(
            "returned the distances",
            "Distances pick the entries. Return the values of those entries.",
            give="distances",
        ),
        Mistake(
            "averaged the k values",
            "All k values are asked for, one per row. Averaging comes later, softly.",
            give="mean",
        ),
        Mistake(
            "added up the k values",
            "All k values are asked for, one per row.",
            give="sum",
        ),
        Mistake(
            "returned only the k-th value",
            "All values up to the k-th are asked for: a slice, not an index.",
            give="kth",
        ),
        Mistake(
            "returned the transpose",
            "One row per entry found: shape (k, d_v).",
            give="columns",
        ),
        Mistake(
            "sorted the values themselves",
            "The order comes from the keys' distances; the values are only picked by it.",
            give="sorted",
        ),
        Mistake(
            "returned a list, not an array",
            "Stack the k values to an array of shape (k, d_v); `values[places]` does it at once.",
            give="list",
        ),
        Mistake(
            "returned the distances together with the values",
            "Only the values are asked for.",
            give="both",
        ),
        Mistake(
            "returned the keys together with the values",
            "Only the values are asked for.",
            give="keys and values",
        ),
        *_METRIC_MISTAKES,
        Mistake(
            "lost the axis when k is 1",
            "The result always has shape (k, d_v), also for one value: no squeeze.",
            wrong=lambda query, keys, values, k: database.top_k_lookup(
                query, keys, values, k
            ).squeeze(),
        ),
        Mistake(
            "lost the axis when k is 1",
            "The result always has shape (k, d_v), also for one value: no squeeze.",
            wrong=lambda query, keys, values, k: (
                database.nearest_lookup(query, keys, values)
                if k == 1
                else database.top_k_lookup(query, keys, values, k)
            ),
        ),
        Mistake(
            "wrote a fixed number for k",
            "k comes in as an argument: use it.",
            wrong=lambda query, keys, values, k: database.top_k_lookup(
                query, keys, values, min(3, len(keys))
            ),
        ),
        Mistake(
            "added up the squares over the keys, not over the numbers of each key",
            "There must be one distance per key: add along the last axis, not the first.",
            wrong=lambda query, keys, values, k: values[
                np.square(keys - query).sum(0).argsort()[:k]
            ],
        ),
        Mistake(
            "left the k nearest unsorted",
            "`argpartition` finds the k nearest but does not sort them, which only a long table "
            "shows.",
            wrong=_top_k_partitioned,
        ),
        Mistake(
            "dropped keys that are equally near",
            "Two keys at one distance are two entries: both count among the k.",
            wrong=_top_k_without_ties,
        ),
        Mistake(
            "sorted only the first k entries of the table",
            "The nearest may stand anywhere: sort all distances, then keep k.",
            wrong=_top_k_of_the_first,
        ),
        Mistake(
            "took ranks for places",
            "`argsort` twice says which rank each key has. Once says at which place the nearest "
            "stands.",
            wrong=lambda query, keys, values, k: values[
                np.square(keys - query).sum(-1).argsort(kind="stable").argsort()[:k]
            ],
        ),
    ),
    laws=(
        Law(
            "the result has one row per entry found: shape (k, d_v)",
            lambda result, query, keys, values, k: np.shape(result) == (k, values.shape[1]),
        ),
        Law(
            "the first row is the nearest value",
            lambda result, query, keys, values, k: np.array_equal(
                result[0], database.nearest_lookup(query, keys, values)
            ),
        ),
    ),
    sizes=lambda query, keys, values, k: _sizes(query, keys, values) | {"k": k},
    verified="the k smallest squared distances, nearest first, for k from 1 to N; far queries, "
    "large numbers, one key, whole numbers, float32",
)

# soft_lookup --------------------------------------------------------------------------------------


def _soft_cases():
    rng = np.random.default_rng(40)
    small, wide, long = _table(41, 5, 2, 3), _table(42, 7, 6, 10), _table(43, 11, 3, 2)
    line = np.array([[1.0], [3.5], [-2.0]])
    near = np.array([[0.03, 0.0], [0.01, 0.0], [0.0, -0.02]]), _GRID_VALUES[:3]
    steep = (np.array([1e3, -2e3]), _GRID + rng.normal(size=_GRID.shape), _GRID_VALUES)
    return [
        Case("plain", np.array([2.0]), line, _GRID_VALUES[:3, :2], 1.0),
        Case("temperature left out", *small),
        Case("temperature", *small, 3.0),
        Case("temperature", *small, 0.4),
        Case("one key", np.array([4.0, -7.0]), np.array([[1.0, 1.5]]), _GRID_VALUES[:1], 2.0),
        Case("temperature", *wide, 7.0),
        Case("temperature left out", *wide),
        Case("temperature", *long, 0.7),
        Case("high temperature", *long, 1e6),
        Case("low temperature", _GRID[3], _GRID, _GRID_VALUES, 1e-3),
        Case("low temperature", _GRID[3] + 0.3, _GRID, _GRID_VALUES, 1e-5),
        Case("low temperature", np.zeros(2), *near, 3e-4),
        Case("far query", *steep, 5.0, rtol=1e-4),
        Case("far query", np.zeros(1), np.sqrt([[706.0], [702.0], [703.5]]), _GRID_VALUES[:3], 1.0),
        Case(
            "ties",
            np.zeros(2),
            np.array([[3.0, 4], [0, -2], [2, 0], [0, 2]]),
            _GRID_VALUES[:4],
            0.5,
        ),
        Case("float32", *(x.astype("float32") for x in wide), 5.0),
        Case("not contiguous", wide[0][::2], wide[1][:, ::2], np.asfortranarray(wide[2]), 2.5),
    ]


def _soft_with(
    query,
    keys,
    values,
    temperature=1.0,
    *,
    measure="squared",
    near="more",
    cool="divide",
    weigh="softmax",
    give="average",
    epsilon=1e-9,
):
    t = temperature
    distance = _metric(query, keys, measure)
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


_soft_lookup = Exercise(
    reference=database.soft_lookup,
    points=3,
    cases=_soft_cases,
    hints=(
        "Three steps, one line each: a squared distance per key, a weight per key, the average.",
        "The weights are exp(−d²/t), divided by their sum. Look at the sum of yours: it must be 1. "
        "If it is NaN, all exponentials were 0.",
        "Weights do not change if you subtract the smallest distance from all distances first; "
        "then the largest exponential is 1, and their sum cannot be 0.",
        "An average is the sum over j of weight j times value j: `weights @ values`.",
    ),
    rewrite=_soft_with,
    mistakes=(
        Mistake(
            "left out the minus: the farthest key got the largest weight",
            "exp grows. For near keys to weigh most, the exponent is minus the distance.",
            near="less",
        ),
        Mistake(
            "took the exponential before shifting it into range",
            "With a low temperature or a far query all exponentials are 0, and 0/0 is NaN. "
            "Subtract the smallest distance first.",
            weigh="unshifted",
        ),
        Mistake(
            "clipped the exponents",
            "Where all of them are clipped, all weights are equal. "
            "Subtract the smallest distance instead: no weight changes.",
            wrong=partial(_soft_with, weigh="clipped"),
        ),
        Mistake(
            "replaced NaN by zeros instead of preventing it",
            "Where all exponentials are 0, yours answers with zeros, which is no average. "
            "Subtract the smallest distance first.",
            wrong=partial(_soft_with, weigh="nan to zero"),
        ),
        *(
            Mistake(
                "hid 0/0 behind a small number in the denominator",
                "Where all exponentials are 0, yours answers with zeros. "
                "Subtract the smallest distance first.",
                wrong=partial(_soft_with, weigh="epsilon", epsilon=epsilon),
            )
            for epsilon in (1e-6, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15)
        ),
        Mistake(
            "did not divide the weights by their sum",
            "An average needs weights that sum to 1.",
            weigh="unnormalised",
        ),
        Mistake(
            "did not divide the weights by their sum",
            "The shift is right, and then an average needs weights that sum to 1.",
            weigh="shifted, unnormalised",
        ),
        Mistake(
            "divided the weights by N, not by their sum",
            "N is the sum only if all weights are 1.",
            weigh="over the largest",
        ),
        Mistake(
            "left out the exponential",
            "Without it the weights follow the distances themselves, so far keys get most.",
            weigh="linear",
        ),
        Mistake(
            "used the exponents as weights",
            "They are negative and do not sum to 1: exponentiate, then divide by the sum.",
            weigh="scores",
        ),
        Mistake(
            "weighted by one over the distance",
            "That falls too slowly: far keys keep a say. The rule has an exponential.",
            weigh="inverse",
        ),
        Mistake(
            "weighted each key alone, with a sigmoid",
            "Keys compete: a weight depends on all distances, and all weights sum to 1.",
            weigh="sigmoid",
        ),
        Mistake(
            "divided the exponents by their sum before exponentiating",
            "First exponentiate, then divide by the sum of the exponentials.",
            weigh="normalised first",
        ),
        Mistake(
            "took powers of 2 instead of e",
            "The rule has exp. Another base is another temperature.",
            wrong=partial(_soft_with, weigh="base 2"),
        ),
        Mistake(
            "ignored the query and averaged all values alike",
            "Near keys must weigh more than far ones. Yours is the limit of a high temperature.",
            weigh="equal",
        ),
        Mistake(
            "returned the nearest value",
            "That is the limit of a low temperature. A soft lookup blends all values.",
            weigh="first best",
        ),
        Mistake(
            "averaged the nearest values only",
            "That is the limit of a low temperature. A soft lookup blends all values.",
            weigh="one-hot",
        ),
        Mistake(
            "multiplied by the temperature instead of dividing",
            "A high temperature evens the weights out, so it must make the exponents small.",
            cool="multiply",
        ),
        Mistake(
            "ignored the temperature",
            "The squared distance is divided by it, inside exp; after exp it would cancel.",
            cool="ignore",
        ),
        Mistake(
            "squared the temperature",
            "The rule divides by t itself.",
            cool="square",
        ),
        Mistake(
            "used the Gaussian's 2t² for the temperature",
            "That is the width of lesson 02. Here the squared distance is divided by t itself.",
            cool="gauss",
        ),
        Mistake(
            "divided by twice the temperature",
            "The rule divides by t itself; the 2 belongs to a Gaussian's variance.",
            cool="half",
        ),
        Mistake(
            "took the square root of the temperature",
            "The rule divides by t itself.",
            cool="root",
        ),
        Mistake(
            "used the distance, not its square",
            "The rule has the squared distance: no square root.",
            measure="plain",
        ),
        Mistake(
            "averaged the squares over the numbers of a key",
            "A squared distance is the sum of the d_k squares, not their mean.",
            measure="mean",
        ),
        *_METRIC_MISTAKES,
        Mistake(
            "returned the weights",
            "They still have to average the values.",
            give="weights",
        ),
        Mistake(
            "returned the weights together with the average",
            "Only the average is asked for here.",
            give="both",
        ),
        Mistake(
            "weighted the values but did not add them up",
            "One value comes back, of shape (d_v,): add over the entries.",
            give="terms",
        ),
        Mistake(
            "divided by the number of entries at the end",
            "The weights sum to 1 already: the weighted sum is the average.",
            give="over N",
        ),
        Mistake(
            "averaged the keys, not the values",
            "Keys say where to look. What comes back is made of values.",
            give="keys",
        ),
        Mistake(
            "kept an axis around the value",
            "One query gives one value, of shape (d_v,).",
            give="row",
        ),
        Mistake(
            "weighed each number of a key by itself",
            "Add up the squares of a key first: one distance and one weight per key.",
            wrong=lambda query, keys, values, temperature=1.0: (
                np.apply_along_axis(_softmax, 0, -np.square(keys - query) / temperature).T @ values
            ),
        ),
        Mistake(
            "added up the numbers of the value, too",
            "Add over the entries only: d_v numbers come back.",
            give="summed",
        ),
        Mistake(
            "did not let the temperature fall below a floor",
            "Close keys need a low temperature to tell them apart. Use it as it comes; the shift "
            "keeps the exponentials safe.",
            cool="floor",
        ),
        Mistake(
            "shifted by the smallest score, not the largest",
            "Then the largest exponent is still large and overflows. After the shift no score "
            "should be above 0.",
            wrong=partial(_soft_with, weigh="shifted by the least"),
        ),
        Mistake(
            "fell back on the mean where all exponentials vanish",
            "A far query still has a nearest key. Subtract the smallest distance first: then no "
            "fallback is needed.",
            wrong=partial(_soft_with, weigh="mean for none"),
        ),
        Mistake(
            "weighed keys by one over the distance",
            "The weight falls with exp(−d²/t), much faster than 1/d².",
            wrong=partial(_soft_with, weigh="reciprocal"),
        ),
        Mistake(
            "added up the squares over the keys, not over the numbers of each key",
            "There must be one distance per key: add along the last axis, not the first.",
            wrong=lambda query, keys, values, temperature=1.0: (
                _softmax(-np.square(keys - query).sum(0) / temperature) @ values
            ),
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
        _sizes(query, keys, values) | {"temperature": temperature}
    ),
    verified="an average with weights exp(−d²/t) that sum to 1; temperatures from 0.00001 (the "
    "nearest value) to 1,000,000 (the mean), a query far from every key, one key, ties, float32",
)

EXERCISES = (_exact_lookup, _nearest_lookup, _top_k_lookup, _soft_lookup)
