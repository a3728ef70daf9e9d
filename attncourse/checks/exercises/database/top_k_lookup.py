"""Find the values of the k nearest keys, nearest first."""

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
    rng = np.random.default_rng(30)
    tables = [table(31, 5, 2, 3), table(32, 7, 6, 10), table(33, 71, 3, 2)]
    line = np.array([[1.0], [3.5], [-2.0], [2.0]])
    tied = np.array([[4.0, 2.0], [1.0, -4.0], [3.0, -2.0], [1.0, 0.0], [6.0, -1.0]])
    return [
        Case("plain", np.array([2.2]), line, GRID_VALUES[:4, :2], 2),
        Case("plain", *tables[0], 2),
        Case("k = 1", *tables[0], 1),
        Case("k = N", *tables[0], 5),
        Case("one key", np.array([4.0, -7.0]), np.array([[1.0, 1.0]]), GRID_VALUES[:1], 1),
        Case("a key equals the query", GRID[3], GRID, GRID_VALUES, 2),
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
        Case("far query", np.array([300.0, -501.0]), GRID, GRID_VALUES, 3),
        Case("float32", *(x.astype("float32") for x in tables[1]), 3),
        Case("whole numbers", np.array([410]), np.array([[200], [404], [503]]), GRID_VALUES[:3], 2),
        Case("not contiguous", tables[1][0][::2], tables[1][1][:, ::2], tables[1][2].T.copy().T, 3),
        Case("ties", np.array([1.0, -2.0]), tied, GRID_VALUES[[0, 1, 1, 1, 2]], 4),
        Case("a long table", *table(34, 1000, 2, 3), 600),
    ]


def _with(
    query, keys, values, k, *, measure="squared", order="nearest first", count="k", give="values"
):
    distance = metric(query, keys, measure)
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


EXERCISE = Exercise(
    reference=database.top_k_lookup,
    points=2,
    cases=_cases,
    hints=(
        "It is `nearest_lookup` with one change: you need the places of the k smallest distances.",
        "`argsort` gives the places in order of size, smallest first.",
        "Take the first k of those places, and index the values with them: "
        "an array of k places picks k rows at once.",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "took-k-farthest-keys",
            "took the k farthest keys",
            "`argsort` starts with the smallest. Small distances are near: take the first k.",
            order="farthest",
        ),
        Mistake(
            "took-end-sorted-order",
            "took the end of the sorted order",
            "The end holds the largest distances, so the farthest keys. Take the beginning.",
            order="last of the order",
        ),
        Mistake(
            "returned-right-values",
            "returned the right values, but the farthest first",
            "The nearest comes first, then the second nearest, and so on.",
            order="farthest first",
        ),
        Mistake(
            "returned-values-order-table",
            "returned the values in the order of the table",
            "`argpartition` or a mask finds the k nearest but does not sort them: "
            "nearest first is asked for.",
            order="order of the table",
        ),
        Mistake(
            "took-first-k-entries-table",
            "took the first k entries of the table",
            "Which entries come back depends on the query: sort by distance first.",
            order="first of the table",
        ),
        Mistake(
            "left-out-nearest-key",
            "left out the nearest key",
            "Counting starts at 0: the nearest is the first of the order.",
            order="skip the nearest",
        ),
        Mistake(
            "returned-one-value-too-many",
            "returned one value too many",
            "A slice [:k] holds k entries.",
            count="one more",
        ),
        Mistake(
            "returned-one-value-too-few",
            "returned one value too few",
            "A slice [:k] holds k entries.",
            count="one less",
        ),
        Mistake(
            "returned-only-nearest",
            "returned only the nearest",
            "k values are asked for, stacked, also when k is 1.",
            count="one",
        ),
        Mistake(
            "returned-whole-table",
            "returned the whole table, sorted",
            "You sorted well; now keep the first k.",
            count="all",
        ),
        Mistake(
            "returned-keys",
            "returned the keys, not their values",
            "Keys say where to look. What comes back is the values of the same rows.",
            give="keys",
        ),
        Mistake(
            "returned-places",
            "returned the places, not the values",
            "`argsort` says where the nearest stand. Index the values with it.",
            give="index",
        ),
        Mistake(
            "returned-distances",
            "returned the distances",
            "Distances pick the entries. Return the values of those entries.",
            give="distances",
        ),
        Mistake(
            "averaged-k-values",
            "averaged the k values",
            "All k values are asked for, one per row. Averaging comes later, softly.",
            give="mean",
        ),
        Mistake(
            "added-up-k-values",
            "added up the k values",
            "All k values are asked for, one per row.",
            give="sum",
        ),
        Mistake(
            "took-place-k-alone",
            "took the one key at place k of the order",
            "`order[k]` is one place, counted from 0. The k nearest are a slice, `order[:k]`.",
            lambda query, keys, values, k: values[
                np.argsort(np.square(keys - query).sum(-1), kind="stable")[k]
            ],
        ),
        Mistake(
            "returned-only-k-th-value",
            "returned only the k-th value",
            "All values up to the k-th are asked for: a slice, not an index.",
            give="kth",
        ),
        Mistake(
            "returned-transpose",
            "returned the transpose",
            "One row per entry found: shape (k, d_v).",
            give="columns",
        ),
        Mistake(
            "sorted-values-themselves",
            "sorted the values themselves",
            "The order comes from the keys' distances; the values are only picked by it.",
            give="sorted",
        ),
        Mistake(
            "returned-list",
            "returned a list, not an array",
            "Stack the k values to an array of shape (k, d_v); `values[places]` does it at once.",
            give="list",
        ),
        Mistake(
            "returned-distances-together-values",
            "returned the distances together with the values",
            "Only the values are asked for.",
            give="both",
        ),
        Mistake(
            "returned-keys-together-values",
            "returned the keys together with the values",
            "Only the values are asked for.",
            give="keys and values",
        ),
        *METRIC_MISTAKES,
        Mistake(
            "lost-axis-when-k-1",
            "lost the axis when k is 1",
            "The result always has shape (k, d_v), also for one value: no squeeze.",
            lambda query, keys, values, k: database.top_k_lookup(query, keys, values, k).squeeze(),
        ),
        Mistake(
            "lost-axis-when-k-1",
            "lost the axis when k is 1",
            "The result always has shape (k, d_v), also for one value: no squeeze.",
            lambda query, keys, values, k: (
                database.nearest_lookup(query, keys, values)
                if k == 1
                else database.top_k_lookup(query, keys, values, k)
            ),
        ),
        Mistake(
            "wrote-fixed-number-k",
            "wrote a fixed number for k",
            "k comes in as an argument: use it.",
            lambda query, keys, values, k: database.top_k_lookup(
                query, keys, values, min(3, len(keys))
            ),
        ),
        Mistake(
            "added-up-squares-over-keys",
            "added up the squares over the keys, not over the numbers of each key",
            "There must be one distance per key: add along the last axis, not the first.",
            lambda query, keys, values, k: values[np.square(keys - query).sum(0).argsort()[:k]],
        ),
        Mistake(
            "left-k-nearest-unsorted",
            "left the k nearest unsorted",
            "`argpartition` finds the k nearest but does not sort them, which only a long table "
            "shows.",
            _top_k_partitioned,
        ),
        Mistake(
            "dropped-keys-equally-near",
            "dropped keys that are equally near",
            "Two keys at one distance are two entries: both count among the k.",
            _top_k_without_ties,
        ),
        Mistake(
            "sorted-only-first-k-entries",
            "sorted only the first k entries of the table",
            "The nearest may stand anywhere: sort all distances, then keep k.",
            _top_k_of_the_first,
        ),
        Mistake(
            "took-ranks-places",
            "took ranks for places",
            "`argsort` twice says which rank each key has. Once says at which place the nearest "
            "stands.",
            lambda query, keys, values, k: values[
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
    sizes=lambda query, keys, values, k: sizes(query, keys, values) | {"k": k},
    verified="the k smallest squared distances, nearest first, for k from 1 to N; far queries, "
    "large numbers, one key, whole numbers, float32",
)
