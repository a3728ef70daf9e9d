"""Predict the numbers of a detector: who is left over, and how much attends to how much."""

from attncourse.checks.engine.exercise import Case, Exercise, Mistake


def finder_numbers():
    """16 queries, three digits, a picture of 32 × 32 pixels in patches of 4 × 4."""
    return _counts()


def _counts(nothing=13, weights=1024, ways=3360):
    return {"taught nothing": nothing, "weights in a head": weights, "matchings": ways}


EXERCISE = Exercise(
    reference=finder_numbers,
    points=1,
    cases=lambda: [Case("")],
    hints=(
        "Every digit gets exactly one query. What are the others taught to say?",
        "A row of the map is a query, a column is a patch.",
        "The first digit can have any of the 16 queries, the second any of those that are left.",
    ),
    verified="13 queries are taught to say nothing, a head has 16 × 64 weights, and there are "
    "16 · 15 · 14 matchings",
    rewrite=_counts,
    mistakes=(
        Mistake(
            "all-taught-nothing",
            "left out that three queries have a digit",
            "Each of the three digits has one query of its own, and that is taught its digit.",
            nothing=16,
        ),
        Mistake(
            "objects-counted",
            "counted the queries that have a digit",
            "Asked for are the others: those that the match leaves over.",
            nothing=3,
        ),
        Mistake(
            "self-attention",
            "counted the weights between the patches",
            "In the cross-attention, rows are queries: 16 of them attend to 64 patches.",
            weights=64 * 64,
        ),
        Mistake(
            "queries-to-queries",
            "counted the weights between the queries",
            "In the cross-attention, the columns are patches: 16 queries attend to 64 patches.",
            weights=256,
        ),
        Mistake(
            "one-side",
            "counted the patches along one side only",
            "8 patches fit side by side, and there are 8 such rows.",
            weights=128,
        ),
        Mistake(
            "class-token",
            "counted the class token as a patch",
            "The detector attends to the patches alone.",
            weights=16 * 65,
        ),
        Mistake(
            "without-order",
            "counted which queries are taken, and not by which digit",
            "Three queries can be given to three digits in 3 · 2 · 1 ways, and each has its cost.",
            ways=560,
        ),
        Mistake(
            "query-twice",
            "let two digits have the same query",
            "A query says one thing: once it is taken, 15 are left, then 14.",
            ways=4096,
        ),
        Mistake(
            "digits-choose-last",
            "counted a digit for each query",
            "It is the digits that get a query each, and most queries get none.",
            {"ways": 3**16},
            {"ways": 16 * 3},
        ),
    ),
)
