"""Average values with normalised weights."""

import numpy as np

from attncourse import pooling
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.pooling.shared import one_hot


def _cases():
    rng = np.random.default_rng(23)

    def pair(*batch, M=5, N=7, d_v=3):
        return rng.dirichlet(np.ones(N), size=(*batch, M)), rng.normal(size=(*batch, N, d_v))

    weights, values = pair(M=7, N=3, d_v=5)
    return [
        Case("plain", np.array([[0.25, 0.75]]), np.array([[4.0, 0.0, 8.0], [0.0, 2.0, -4.0]])),
        Case("one key", np.ones((5, 1)), rng.normal(size=(1, 3))),
        Case("one query", *pair(M=1)),
        Case("one number per value", *pair(d_v=1)),
        Case("M < N", *pair(M=3, N=5, d_v=2)),
        Case("M > N", *pair(M=7, N=3, d_v=5)),
        Case("one-hot weights", np.eye(5)[[3, 0, 3]], rng.normal(size=(5, 2))),
        Case("weights that do not sum to 1", rng.uniform(0, 3, (3, 5)), rng.normal(size=(5, 7))),
        Case("negative weights", rng.normal(size=(3, 5)), rng.normal(size=(5, 2))),
        Case("one batch axis", *pair(2, M=67, N=71)),
        Case("two batch axes", *pair(2, 3, M=5, N=7, d_v=11)),
        Case("M = N", *pair(M=3, N=3, d_v=5)),
        Case("M = d_v", *pair(M=3, N=5, d_v=3)),
        Case("float32", *(part.astype("float32") for part in pair(M=5, N=3, d_v=2))),
        Case("large values", pair()[0], 1e6 * rng.normal(size=(7, 2))),
        Case("not contiguous", np.asfortranarray(weights), values.T.copy().T),
    ]


def _with(weights, values, *, weigh="as given", combine="sum"):
    weights = {
        "as given": lambda: weights,
        "softmax": lambda: pooling.softmax(weights),
        "normalised": lambda: weights / weights.sum(-1, keepdims=True),
        "shared by the queries": lambda: weights / weights.sum(-2, keepdims=True),
        "shared by all": lambda: weights / weights.sum(),
        "rounded": lambda: np.round(weights),
        "rooted": lambda: np.sqrt(weights),
        "uniform": lambda: np.full_like(weights, 1 / weights.shape[-1]),
        "all ones": lambda: np.ones_like(weights),
        "largest": lambda: one_hot(weights),
        "absolute": lambda: np.abs(weights),
        "squared": lambda: weights**2,
        "first query": lambda: np.broadcast_to(weights[..., :1, :], weights.shape),
        "reversed": lambda: weights[..., ::-1],
    }[weigh]()
    weighted = weights[..., None] * values[..., None, :, :]  # ... M N d_v
    if combine == "nothing":
        return weighted
    total = {"sum": np.sum, "mean": np.mean, "max": np.max, "product": np.prod, "median": np.median}
    kept = {
        "last": slice(-1, None),
        "all but the last": slice(-1),
        "all but the first": slice(1, None),
    }
    weighted = weighted[..., kept.get(combine, slice(None)), :]
    axis = {"over queries": -3, "over d_v": -1}.get(combine, -2)
    return total.get(combine, np.sum)(weighted, axis=axis)


EXERCISE = Exercise(
    reference=pooling.attention_pool,
    points=1,
    cases=_cases,
    hints=(
        "Take one query: multiply each value by its weight and add them up. Then all queries.",
        "Rows of weights times columns of values, summed over the keys they share: this is a "
        "product you know.",
        "The batch axes must be carried along untouched. `np.dot` and `.T` do not do that; the "
        "operator for matrix products does.",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "divided-number-keys",
            "divided by the number of keys",
            "The weights already say how much of each value to take. A weighted mean is their sum, "
            "not the mean of the weighted values.",
            combine="mean",
        ),
        Mistake(
            "took-largest-weighted-value",
            "took the largest weighted value",
            "All values are blended: add the weighted values up.",
            combine="max",
        ),
        Mistake(
            "multiplied-weighted-values-together",
            "multiplied the weighted values together",
            "Add the weighted values up, do not multiply them.",
            combine="product",
        ),
        Mistake(
            "did-add-weighted-values-up",
            "did not add the weighted values up",
            "You have one weighted value per query and key. The output has one vector per query.",
            combine="nothing",
        ),
        Mistake(
            "kept-only-last-key-s",
            "kept only the last key's part",
            "Each key's part must be added to the output, not replace what was there.",
            combine="last",
        ),
        Mistake(
            "left-out-last-key",
            "left out the last key",
            "All N values take part: count the keys from 0 up to and including N − 1.",
            combine="all but the last",
        ),
        Mistake(
            "left-out-first-key",
            "left out the first key",
            "All N values take part: count the keys from 0.",
            combine="all but the first",
        ),
        Mistake(
            "took-median-weighted-values",
            "took the median of the weighted values",
            "All values are blended: add the weighted values up.",
            combine="median",
        ),
        Mistake(
            "summed-over-queries",
            "summed over the queries, not the keys",
            "Each query gets its own output. It is the keys that are summed over.",
            combine="over queries",
        ),
        Mistake(
            "summed-over-d-v",
            "summed over d_v, not over the keys",
            "A value is a vector and stays one. It is the keys that are summed over.",
            combine="over d_v",
        ),
        Mistake(
            "applied-softmax-weights",
            "applied softmax to the weights",
            "They are weights already, not scores. Use them as they are.",
            weigh="softmax",
        ),
        Mistake(
            "normalised-weights-again",
            "normalised the weights again",
            "The rule takes the weights as they are, also those that do not sum to 1.",
            weigh="normalised",
        ),
        Mistake(
            "normalised-weights-over-queries",
            "normalised the weights over the queries",
            "The rule takes the weights as they are, and no query shares with another.",
            weigh="shared by the queries",
        ),
        Mistake(
            "divided-weights-sum",
            "divided the weights by the sum of all",
            "The rule takes the weights as they are, and no query shares with another.",
            weigh="shared by all",
        ),
        Mistake(
            "rounded-weights",
            "rounded the weights",
            "Use the weights as they are: 0.25 takes a quarter of the value.",
            weigh="rounded",
        ),
        Mistake(
            "took-square-root-weights",
            "took the square root of the weights",
            "Use the weights as they are: 0.25 takes a quarter of the value.",
            weigh="rooted",
        ),
        Mistake(
            "ignored-weights-took-mean",
            "ignored the weights and took the mean",
            "Every value counted 1/N. Each value counts as much as its weight says.",
            weigh="uniform",
        ),
        Mistake(
            "ignored-weights-took-sum",
            "ignored the weights and took the sum",
            "Every value counted fully. Each value counts as much as its weight says.",
            weigh="all ones",
        ),
        Mistake(
            "looked-up-value-largest-weight",
            "looked up the value of the largest weight",
            "That is a hard lookup. The output blends all values, each with its weight.",
            weigh="largest",
        ),
        Mistake(
            "took-absolute-values-weights",
            "took the absolute values of the weights",
            "A negative weight subtracts its value: use the weights as they are.",
            weigh="absolute",
        ),
        Mistake(
            "squared-weights",
            "squared the weights",
            "Use the weights as they are: 0.25 takes a quarter of the value.",
            weigh="squared",
        ),
        Mistake(
            "used-first-query-s-weights",
            "used the first query's weights for all queries",
            "Row i of the weights makes row i of the output.",
            weigh="first query",
        ),
        Mistake(
            "paired-weights-values-reverse-order",
            "paired the weights with the values in reverse order",
            "Weight j belongs to value j.",
            weigh="reversed",
        ),
        Mistake(
            "transposed-weights",
            "transposed the weights",
            "Queries stand down, keys across: row i of the weights is already what output i needs.",
            lambda weights, values: np.swapaxes(weights, -1, -2) @ values,
        ),
        Mistake(
            "multiplied-wrong-order",
            "multiplied in the wrong order",
            "The keys are the last axis of the weights and the first of the values; these two "
            "meet.",
            lambda weights, values: values @ weights,
        ),
        Mistake(
            "multiplied-weights-values-entry-entry",
            "multiplied weights and values entry by entry",
            "Entry by entry, query meets key by chance. Sum over the keys that both share.",
            lambda weights, values: weights * values,
        ),
        Mistake(
            "used-np-dot-or-np",
            "used `np.dot` or `np.tensordot`, which do not batch",
            "With batch axes these pair every batch entry with every other. Each entry should "
            "meet only its own.",
            lambda weights, values: np.dot(weights, values),
        ),
        Mistake(
            "handled-only-two-axes",
            "handled only two axes",
            "Weights and values may have batch axes in front; the last two axes are what the rule "
            "is about.",
            lambda weights, values: np.einsum("mn,nd->md", weights, values),
        ),
        Mistake(
            "returned-only-first-query-s",
            "returned only the first query's output",
            "Every query gets an output of its own: M of them.",
            lambda weights, values: (weights @ values)[..., 0, :],
        ),
        Mistake(
            "averaged-outputs-over-queries",
            "averaged the outputs over the queries",
            "Every query gets an output of its own: M of them.",
            lambda weights, values: (weights @ values).mean(-2),
        ),
        Mistake(
            "expected-exactly-one-batch-axis",
            "expected exactly one batch axis",
            "There may be none, one or many. The rule is about the last two axes.",
            lambda weights, values: np.einsum("bmn,bnd->bmd", weights, values),
        ),
        Mistake(
            "multiplied-value-i",
            "multiplied by value i, not by value j",
            "Query i reads all values: weight j of its row belongs to value j.",
            lambda weights, values: (
                weights.sum(-1, keepdims=True) * values[..., np.arange(weights.shape[-2]), :]
            ),
        ),
        Mistake(
            "used-only-first-entry-batch",
            "used only the first entry of the batch",
            "Every batch entry has its own weights and values, and gets its own output.",
            lambda weights, values: (
                weights[(0,) * (weights.ndim - 2)] @ values[(0,) * (values.ndim - 2)]
            ),
        ),
        Mistake(
            "subtracted-mean-values",
            "subtracted the mean of the values",
            "The values are averaged as they are.",
            lambda weights, values: weights @ (values - values.mean(-2, keepdims=True)),
        ),
    ),
    laws=(
        Law(
            "one output per query, as wide as a value",
            lambda result, weights, values: result.shape == (*weights.shape[:-1], values.shape[-1]),
        ),
    ),
    sizes=lambda weights, values: {
        "M": weights.shape[-2],
        "N": weights.shape[-1],
        "d_v": values.shape[-1],
    },
    verified="one output per query, M ≠ N ≠ d_v, one key and one query, weights that do not sum "
    "to 1, and any batch axes",
)
