"""Find the value whose key is nearest to the query."""

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
    tables = [table(20 + n, N, d_k, d_v) for n, (N, d_k, d_v) in enumerate([(5, 2, 3), (7, 6, 10)])]
    corners = np.array([[4.0, 4.0], [0.0, 6.0], [5.0, 0.0], [-4.5, -3.0]])
    rng = np.random.default_rng(22)
    return [
        Case("plain", np.array([2.2]), np.array([[1.0], [3.0], [-2.0]]), GRID_VALUES[:3, :2]),
        Case("plain", np.array([0.1, 0.3]), corners, GRID_VALUES[:4]),
        Case("negative numbers", np.array([-3.0, -4.0]), corners, GRID_VALUES[:4]),
        Case("one key", np.array([40.0, -7.0]), np.array([[-1.0, 3.0]]), GRID_VALUES[:1]),
        Case("a key equals the query", GRID[3], GRID, GRID_VALUES),
        Case(
            "ties",
            np.array([0.0, 0.0]),
            np.array([[3.0, 4], [0, -2], [2, 0], [0, 2]]),
            GRID_VALUES[:4],
        ),
        Case("ties", np.array([1.0]), np.array([[5.0], [-1.0], [3.0]]), GRID_VALUES[:3]),
        *(Case("plain", *each) for each in tables),
        *(
            Case("plain", rng.normal(size=3), 2 * rng.normal(size=(N, 3)), rng.normal(size=(N, 2)))
            for N in (11, 11, 71)
        ),
        Case("large numbers", 1e3 * tables[1][0], 1e3 * tables[1][1], tables[1][2]),
        Case("far query", np.array([300.0, -500.0]), GRID, GRID_VALUES),
        Case("float32", *(x.astype("float32") for x in tables[1])),
        Case("whole numbers", np.array([410]), np.array([[200], [404], [503]]), GRID_VALUES[:3]),
        Case(
            "not contiguous",
            tables[1][0][::2],
            tables[1][1][:, ::2],
            np.asfortranarray(tables[1][2]),
        ),
    ]


def _with(query, keys, values, *, measure="squared", pick="least", give="value"):
    distance = metric(query, keys, measure)
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


EXERCISE = Exercise(
    reference=database.nearest_lookup,
    points=1,
    cases=_cases,
    hints=(
        "First a number for every key: how far is it from the query? Then the place of the least.",
        "`keys - query` subtracts the query from every row. Square, then add along each row.",
        "The smallest distance is not the answer, and neither is its key. You need the *place* "
        "of the smallest distance; NumPy gives it, the first one if there are several.",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "took-farthest-key",
            "took the farthest key",
            "A large distance means far away. The nearest key has the smallest one.",
            lambda query, keys, values: values[(keys @ query).argmin()],  # far by the dot product
            pick="most",
        ),
        Mistake(
            "returned-nearest-key",
            "returned the nearest key, not its value",
            "The key says where to look. What comes back is the value of the same row.",
            give="key",
        ),
        Mistake(
            "returned-entry-s-number",
            "returned the entry's number",
            "That says where the value stands. Return the value itself.",
            give="index",
        ),
        Mistake(
            "returned-distance",
            "returned the distance",
            "The distance picks the entry. Return that entry's value.",
            give="distance",
        ),
        Mistake(
            "kept-axis-around-value",
            "kept an axis around the value",
            "Asked is the value itself, shape (d_v,), not a table with one row.",
            give="row",
        ),
        Mistake(
            "returned-only-first-number-value",
            "returned only the first number of the value",
            "A value is a whole vector: return its row.",
            give="first number",
        ),
        Mistake(
            "returned-key-together-value",
            "returned the key together with the value",
            "Only the value is asked for.",
            give="key and value",
        ),
        Mistake(
            "took-last-equally-near-keys",
            "took the last of equally near keys",
            "Of equally near ones the first answers: `<`, not `<=`, while you search.",
            pick="last",
        ),
        *METRIC_MISTAKES,
        Mistake(
            "raised-keyerror-when-no-key",
            "raised KeyError when no key is equal",
            "That is the exercise before. Here there always is an answer: the nearest.",
            database.exact_lookup,
        ),
        Mistake(
            "took-second-nearest-key",
            "took the second nearest key",
            "Counting starts at 0: the nearest is the first of the order.",
            pick="second",
        ),
        Mistake(
            "averaged-values-alike",
            "averaged all values alike",
            "Only one entry answers: the one with the nearest key.",
            lambda query, keys, values: values.mean(0),
        ),
        Mistake(
            "blended-values-softly",
            "blended the values softly",
            "That is the last exercise. Here only the nearest entry answers, unchanged.",
            database.soft_lookup,
        ),
        Mistake(
            "measured-distance-values",
            "measured the distance to the values",
            "The query is compared with keys. Values are only handed out.",
            lambda query, keys, values: values[
                np.square(values[:, : len(query)] - query[: values.shape[1]]).sum(-1).argmin()
            ],
        ),
        Mistake(
            "added-up-squares-over-keys",
            "added up the squares over the keys, not over the numbers of each key",
            "There must be one distance per key: add along the last axis, not the first.",
            lambda query, keys, values: values[np.square(keys - query).sum(0).argmin()],
        ),
        Mistake(
            "searched-whole-table-differences-one",
            "searched the whole table of differences for one number",
            "`argmin` without an axis counts through all N·d_k entries. "
            "Add up each row first, so that every key has one distance.",
            lambda query, keys, values: values[np.square(keys - query).argmin() % len(values)],
        ),
        Mistake(
            "searched-whole-table-differences-one",
            "searched the whole table of differences for one number",
            "The smallest single difference is not the nearest key. "
            "Add up each row first, so that every key has one distance.",
            lambda query, keys, values: values[np.square(keys - query).min(-1).argmin()],
        ),
        Mistake(
            "searched-whole-table-differences-one",
            "searched the whole table of differences for one number",
            "`argmin` without an axis counts through all N·d_k entries, and runs past the table. "
            "Add up each row first, so that every key has one distance.",
            lambda query, keys, values: values[np.abs(keys - query).argmin()],
        ),
        Mistake(
            "returned-value-one-place-before",
            "returned the value one place before",
            "`argmin` already counts from 0: its place is the place of the value.",
            pick="one before",
        ),
        Mistake(
            "stopped-where-distance-first-rose",
            "stopped where the distance first rose",
            "A nearer key may come later: look at all of them.",
            pick="first dip",
        ),
        Mistake(
            "measured-distance-values",
            "measured the distance to the values",
            "The query is compared with keys. Values are only handed out.",
            lambda query, keys, values: values[np.square(values - query).sum(-1).argmin()],
        ),
        Mistake(
            "never-looked-last-key",
            "never looked at the last key",
            "Every key may be the nearest, the last one too.",
            lambda query, keys, values: values[np.square(keys[:-1] - query).sum(-1).argmin()],
        ),
    ),
    laws=(
        Law(
            "the result is one of the values, unchanged",
            lambda result, query, keys, values: (np.asarray(result) == values).all(-1).any(),
        ),
    ),
    sizes=sizes,
    verified="the smallest squared distance wins, the first of equal ones; far queries, negative "
    "and large numbers, one key, whole numbers, float32",
)
