"""Answer several queries at once, each with an average of all values."""

import numpy as np

from attncourse import database
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake


def _cases():
    rng = np.random.default_rng(70)

    def tables(M, N, d_k, d_v, spread=1.0):
        shapes = (M, d_k), (N, d_k), (N, d_v)
        query, keys, values = (rng.normal(size=shape) for shape in shapes)
        return spread * query, keys, values

    query = np.array([[1.0, 2.0], [0.0, -1.0]])
    keys = np.array([[2.0, 0.0], [1.0, -1.0], [-1.0, 1.0]])
    values = np.array([[10.0, 1.0, 0.0, 4.0], [20.0, 0.0, 3.0, -2.0], [30.0, -5.0, 6.0, 1.0]])
    whole = tuple(x.astype(int) for x in (query, keys, values))
    return [
        Case("plain", query, keys, values),
        Case("one query", query[:1], keys, values),
        Case("one key", query, keys[:1], values[:1]),
        Case("as many queries as keys", *tables(3, 3, 2, 4)),
        Case("more queries than keys", *tables(7, 3, 5, 2)),
        Case("all sizes differ", *tables(4, 7, 3, 6)),
        Case("keys of one number", *tables(2, 5, 1, 3)),
        Case("values of one number", *tables(3, 5, 2, 1)),
        Case("the same query twice", np.repeat(query[:1], 2, axis=0), keys, values),
        Case("high scores", *tables(5, 11, 6, 3, spread=5.0)),
        Case("high scores", np.array([[20.0, 0.0], [0.0, 20.0]]), keys, values),
        Case("whole numbers", *whole),
        Case("float32", *(x.astype("float32") for x in tables(3, 5, 4, 2))),
        Case("many keys", *tables(5, 67, 4, 3)),
    ]


def _with(
    query,
    keys,
    values,
    *,
    score="dot",
    weigh="exponential",
    over="keys",
    give="output",
    of="values",
):
    weights = _weights(_scores(query, keys)[score](), weigh, over)
    table = {"values": values, "keys": keys}[of]
    return {
        "output": lambda: weights @ table,
        "weights": lambda: weights,
        "weights of keys": lambda: weights.T,
        "both": lambda: (weights @ table, weights),
        "mean": lambda: weights @ table / len(keys),
        "best": lambda: table[weights.argmax(-1)],
        "turned": lambda: (weights @ table).T,
        "summed": lambda: (weights @ table).sum(0),
        "averaged": lambda: (weights @ table).mean(0),
        "first": lambda: (weights @ table)[0],
        "list": lambda: [row @ table for row in weights],
    }[give]()


def _scores(query, keys):
    dots = query @ keys.T
    norms = np.linalg.norm(query, axis=-1)[:, None] * np.linalg.norm(keys, axis=-1)
    distance = np.square(query[:, None] - keys).sum(-1)
    return {
        "dot": lambda: dots,
        "minus": lambda: -dots,
        "scaled": lambda: dots / np.sqrt(query.shape[-1]),
        "mean": lambda: dots / query.shape[-1],
        "cosine": lambda: dots / np.where(norms > 0, norms, 1),
        "near": lambda: -distance,
        "far": lambda: distance,
        "first number": lambda: query[:, :1] * keys[:, 0],
        "query": lambda: query @ query.T,
    }


def _weights(scores, weigh, over):
    axis = {"keys": -1, "queries": 0, "all": None, "first": -1}[over]
    powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
    total = powers.sum(axis=axis, keepdims=True)
    return {
        "exponential": lambda: powers / (total[:1] if over == "first" else total),
        "exponentials": lambda: np.exp(scores),
        "largest": lambda: powers,
        "linear": lambda: scores / scores.sum(axis=axis, keepdims=True),
        "scores": lambda: scores,
        "equal": lambda: np.full_like(powers, 1 / scores.shape[-1]),
        "number": lambda: np.exp(scores) / scores.shape[-1],
        "sigmoid": lambda: 1 / (1 + np.exp(-scores)),
        "powers of 2": lambda: 2.0**scores / (2.0**scores).sum(axis=axis, keepdims=True),
        "squares": lambda: scores**2 / (scores**2).sum(axis=axis, keepdims=True),
        "twice": lambda: np.exp(powers / total) / np.exp(powers / total).sum(-1, keepdims=True),
    }[weigh]()


EXERCISE = Exercise(
    reference=database.attend,
    points=2,
    cases=_cases,
    hints=(
        "Write it for one query first: a score for every key, a weight for every key, the mixture.",
        "All M × N scores are one product of two tables. Queries go down and keys across, so which "
        "of the two must be turned?",
        "Each query shares out a 1 of its own. Along which axis do the exponentials add up, and "
        "what shape must the sums keep, so that row i is divided by sum i?",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "normalised-over-queries",
            "normalised over the queries, not over the keys",
            "Each query shares out 1 among the keys: every row adds up to 1, not every column.",
            over="queries",
        ),
        Mistake(
            "normalised-over-all",
            "normalised over all queries and keys together",
            "Each query has a 1 of its own to share out: one sum for every row.",
            over="all",
        ),
        Mistake(
            "divided-by-first-sum",
            "divided every row by the sum of the first",
            "Each query has a sum of its own.",
            over="first",
        ),
        Mistake(
            "lost-axis-of-sums",
            "lost the axis of the sums",
            "M sums line up with the N columns, not with the rows. Keep the summed axis with size "
            "1: `keepdims=True`.",
            lambda query, keys, values: (
                np.exp(query @ keys.T) / np.exp(query @ keys.T).sum(-1) @ values
            ),
        ),
        Mistake(
            "weights-not-normalised",
            "did not divide the exponentials by their sum",
            "The weights of a query must add up to 1.",
            {"weigh": "exponentials"},
            {"weigh": "largest"},
        ),
        Mistake(
            "divided-by-number-of-keys",
            "divided the exponentials by the number of keys",
            "Divide by their sum: only then do the weights add up to 1.",
            weigh="number",
        ),
        Mistake(
            "left-out-exponential",
            "left out the exponential",
            "Scores may be negative, weights may not: exponentiate, then divide by the sum.",
            weigh="linear",
        ),
        Mistake(
            "mixed-with-scores",
            "mixed the values with the scores themselves",
            "Scores may be negative and add up to anything. Make weights of them first.",
            weigh="scores",
        ),
        Mistake(
            "squared-scores",
            "squared the scores in place of exponentiating them",
            "Then a score of −3 counts as much as one of 3.",
            weigh="squares",
        ),
        Mistake(
            "sigmoid",
            "weighted each key alone, with a sigmoid",
            "Keys compete: a weight depends on all scores of the row, and the row adds up to 1.",
            weigh="sigmoid",
        ),
        Mistake(
            "powers-of-2",
            "took powers of 2 instead of e",
            "The rule has exp.",
            weigh="powers of 2",
        ),
        Mistake(
            "softmax-twice",
            "applied the softmax twice",
            "Weights are ready after the first. The second nearly evens them out.",
            weigh="twice",
        ),
        Mistake(
            "averaged-all-alike",
            "ignored the query and averaged all values alike",
            "A key that fits must weigh more than one that does not.",
            weigh="equal",
        ),
        Mistake(
            "best-fit",
            "returned the value of the best fit",
            "Every word answers, some more than others: mix all values by their weights.",
            give="best",
        ),
        Mistake(
            "nearness",
            "scored keys by their distance, not by the dot product",
            "That is `soft_lookup`. Here a key fits as well as its dot product says.",
            score="near",
        ),
        Mistake(
            "minus",
            "gave the best fit the least weight",
            "There is no minus here: a large dot product is a good fit.",
            score="minus",
        ),
        Mistake(
            "divided-root-d-k",
            "divided the scores by √d_k",
            "That is the scaled dot product of lesson 04. Here the plain one is asked for.",
            score="scaled",
        ),
        Mistake(
            "averaged-products",
            "averaged the products where the rule adds them up",
            "A dot product multiplies number by number and adds; it divides by nothing.",
            score="mean",
        ),
        Mistake(
            "cosine",
            "divided the scores by the norms",
            "That is the cosine, which lesson 03 brings. A dot product keeps the norms.",
            score="cosine",
        ),
        Mistake(
            "first-number",
            "compared only the first number of query and key",
            "All d_k numbers count: multiply number by number and add.",
            score="first number",
        ),
        Mistake(
            "returned-weights",
            "returned the weights",
            "They still have to mix the values.",
            {"give": "weights"},
            {"give": "weights of keys"},
        ),
        Mistake(
            "returned-both",
            "returned the weights together with the output",
            "Only the output is asked for here.",
            give="both",
        ),
        Mistake(
            "divided-again",
            "divided by the number of keys at the end",
            "The weights add up to 1 already.",
            give="mean",
        ),
        Mistake(
            "mixed-keys",
            "mixed the keys, not the values",
            "Keys are for comparing. What comes back is made of values.",
            of="keys",
        ),
        Mistake(
            "transposed",
            "returned the transpose",
            "One row for every query: shape (M, d_v).",
            give="turned",
        ),
        Mistake(
            "added-up-queries",
            "added up the outputs of all queries",
            "Each query gets an output of its own, a row.",
            {"give": "summed"},
            {"give": "averaged"},
        ),
        Mistake(
            "first-query",
            "answered only the first query",
            "Each query gets an output of its own, a row.",
            {"give": "first"},
            lambda query, keys, values: _with(query[:1], keys, values),
        ),
        Mistake(
            "list",
            "returned a list, not an array",
            "Stack the M outputs to an array of shape (M, d_v).",
            give="list",
        ),
    ),
    laws=(
        Law(
            "there is one output for every query: shape (M, d_v)",
            lambda result, query, keys, values: np.shape(result) == (len(query), values.shape[1]),
        ),
        Law(
            "a mixture never leaves the range of the values",
            lambda result, query, keys, values: bool(
                (result <= values.max(0) + 1e-3).all() and (result >= values.min(0) - 1e-3).all()
            ),
        ),
        Law(
            "what one query gets does not depend on the others",
            lambda result, query, keys, values: np.allclose(
                result[:1], database.attend(query[:1], keys, values), rtol=1e-3, atol=1e-5
            ),
        ),
    ),
    sizes=lambda query, keys, values: {
        "M": len(query),
        "N": len(keys),
        "d_k": keys.shape[1],
        "d_v": values.shape[1],
    },
    verified="one output per query, weights that sum to 1 over the keys, M above and below N, one "
    "query, one key, whole numbers, float32",
)
