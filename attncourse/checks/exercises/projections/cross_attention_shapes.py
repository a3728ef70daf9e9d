"""Predict the shapes of cross-attention, and how many numbers it learns."""

from attncourse.checks.engine.exercise import Case, Exercise, Mistake


def cross_attention_shapes():
    """4 vectors of width 10 attend to 6 vectors of width 8, with d_k = 3 and d_v = 5."""
    return _shapes()


def _shapes(query=(4, 3), key=(6, 3), value=(6, 5), weights=(4, 6), output=(4, 5), learned=94):
    shapes = {"query": query, "key": key, "value": value, "weights": weights, "output": output}
    return shapes | {"learned": learned}


EXERCISE = Exercise(
    reference=cross_attention_shapes,
    points=1,
    cases=lambda: [Case("")],
    hints=(
        "Who asks? x does, so queries and outputs come one for each of its 4 vectors.",
        "A matrix has as many rows as the vectors that it projects are wide: W_q has 10, W_k and "
        "W_v have 8.",
        "The weights have one row per query and one column per key. The learned numbers are the "
        "entries of all three matrices.",
    ),
    verified="queries 4 × 3, keys 6 × 3, values 6 × 5, weights 4 × 6, output 4 × 5, and 94 numbers",
    rewrite=_shapes,
    mistakes=(
        Mistake(
            "keys-down",
            "let the memory ask",
            "x asks: 4 rows of weights, one for each of its vectors, over 6 keys.",
            {"weights": (6, 4)},
            {"weights": (6, 4), "output": (6, 5)},
            {"query": (6, 3), "key": (4, 3), "value": (4, 5), "weights": (6, 4), "output": (6, 5)},
            {
                **{"query": (6, 3), "key": (4, 3), "value": (4, 5)},
                **{"weights": (6, 4), "output": (6, 5), "learned": 8 * 3 + 10 * 3 + 10 * 5},
            },
        ),
        Mistake(
            "unprojected",
            "gave queries, keys or values the widths of x and the memory",
            "The matrices change the width: to d_k = 3 for queries and keys, to d_v = 5 for "
            "values.",
            {"query": (4, 10)},
            {"key": (6, 8)},
            {"value": (6, 8)},
            {"query": (4, 10), "key": (6, 8)},
            {"query": (4, 10), "key": (6, 8), "value": (6, 8)},
            {"query": (4, 10), "key": (6, 8), "value": (6, 8), "output": (4, 8)},
        ),
        Mistake(
            "value-as-key",
            "gave the values the width of the keys",
            "Values are never compared with queries, so they have a width of their own, d_v = 5.",
            {"value": (6, 3)},
            {"value": (6, 3), "output": (4, 3)},
            {"value": (6, 3), "output": (4, 3), "learned": 10 * 3 + 8 * 3 + 8 * 3},
            {"output": (4, 3)},
        ),
        Mistake(
            "self-weights",
            "made the map of weights a square",
            "That is self-attention. Here 4 queries meet 6 keys.",
            {"weights": (4, 4)},
            {"weights": (6, 6)},
        ),
        Mistake(
            "all-from-x",
            "counted W_k and W_v with as many rows as W_q",
            "Keys and values are made from the memory, whose vectors are 8 wide, not 10.",
            {"learned": 10 * 3 + 10 * 3 + 10 * 5},
        ),
        Mistake(
            "two-matrices",
            "counted two of the three matrices",
            "W_q, W_k and W_v are all learned.",
            {"learned": 54},
            {"learned": 64},
            {"learned": 70},
        ),
        Mistake(
            "counted-biases",
            "counted biases",
            "The matrices of this lesson have none; nn.Linear would add d_k, d_k and d_v more.",
            {"learned": 94 + 3 + 3 + 5},
        ),
        Mistake(
            "counted-lengths",
            "let the number of learned numbers depend on M or N",
            "No matrix has the length of a sequence in it: the same three serve any M and N.",
            {"learned": 4 * 3 + 6 * 3 + 6 * 5},
        ),
        Mistake(
            "output-per-key",
            "gave the output one row for each key",
            "Every query gets one output: 4 rows.",
            {"output": (6, 5)},
        ),
        Mistake(
            "matrices-for-vectors",
            "gave the shapes of the matrices for those of queries, keys and values",
            "W_q is 10 × 3; the queries are what x W_q gives, one row for each vector of x.",
            {"query": (10, 3), "key": (8, 3), "value": (8, 5)},
        ),
        Mistake(
            "width-first",
            "wrote the width first",
            "Rows are vectors: first how many there are, then how wide they are.",
            {"query": (3, 4), "key": (3, 6), "value": (5, 6)},
            {"query": (3, 4), "key": (3, 6), "value": (5, 6), "output": (5, 4)},
            {"query": (3, 4), "key": (3, 6), "value": (5, 6), "output": (5, 4), "weights": (6, 4)},
        ),
        Mistake(
            "keys-from-x",
            "made the keys from x",
            "Keys and values both come from the memory: 6 of each.",
            {"key": (4, 3)},
            {"key": (4, 3), "weights": (4, 4)},
            {"key": (4, 3), "weights": (4, 4), "learned": 10 * 3 + 10 * 3 + 8 * 5},
        ),
    ),
)
