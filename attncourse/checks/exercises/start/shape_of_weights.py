"""Predict the shape of a table of weights."""

from attncourse.checks.engine.exercise import Case, Exercise, Mistake


def shape_of_weights():
    """In 2 sentences each, 5 queries of dimension 4 attend to 3 keys."""
    return (2, 5, 3)


EXERCISE = Exercise(
    reference=shape_of_weights,
    points=1,
    cases=lambda: [Case("")],
    hints=(
        "One weight says how much one query attends to one key. How many pairs are there?",
        "The sentences are a batch: their axis comes first. Then queries down, keys across. The "
        "dimension is summed over when a query meets a key.",
    ),
    verified="One weight for each of 5 queries and 3 keys, in each of 2 sentences",
    mistakes=(
        Mistake(
            "keys-down",
            "put the keys down and the queries across",
            "In this course a row belongs to a query and a column to a key.",
            (2, 3, 5),
        ),
        Mistake(
            "no-batch",
            "forgot the batch",
            "There are two sentences, each with a table of its own.",
            (5, 3),
            (3, 5),
        ),
        Mistake(
            "kept-the-dimension",
            "kept the dimension of queries and keys",
            "When a query meets a key, the sum runs over the dimension, and it is gone.",
            (2, 5, 4),
            (2, 5, 3, 4),
            (2, 3, 4),
        ),
        Mistake(
            "batch-last",
            "put the batch last",
            "The batch comes first: read a shape from the right, weights of keys, for each query, "
            "for each sentence.",
            (5, 3, 2),
            (3, 5, 2),
        ),
        Mistake(
            "queries-only",
            "counted queries with queries",
            "Each query attends to keys, and there are 3 of them.",
            (2, 5, 5),
        ),
        Mistake(
            "one-number",
            "counted the weights instead of giving their shape",
            "A shape says how many along each axis.",
            30,
            15,
        ),
        Mistake(
            "keys-only",
            "counted keys with keys",
            "A row belongs to a query, and there are 5 of them.",
            (2, 3, 3),
        ),
        Mistake(
            "dimensions",
            "counted dimensions with dimensions",
            "The dimension is summed over when a query meets a key. What is left are queries and "
            "keys.",
            (2, 4, 4),
            (4, 4),
        ),
        Mistake(
            "number-in-a-tuple",
            "put the number of weights into a tuple",
            "A shape says how many along each axis: batch, queries, keys.",
            (30,),
            (15,),
        ),
        Mistake(
            "joined-axes",
            "joined sentences and queries, or keys, into one axis",
            "The batch keeps an axis of its own.",
            (10, 3),
            (5, 6),
            (2, 15),
        ),
        Mistake(
            "keys-of-both",
            "counted the keys of both sentences for each query",
            "A query attends to the keys of its own sentence.",
            (2, 5, 6),
            (2, 10, 6),
            (10, 6),
        ),
        Mistake(
            "one-per-key",
            "counted one weight per key, or per query",
            "One weight for each pair of a query and a key.",
            (2, 3),
            (2, 5),
            (3,),
            (5,),
        ),
        Mistake(
            "one-more-axis",
            "added an axis of size 1",
            "Three axes are enough: batch, queries, keys.",
            (2, 1, 5, 3),
            (2, 5, 3, 1),
            (1, 2, 5, 3),
        ),
    ),
)
