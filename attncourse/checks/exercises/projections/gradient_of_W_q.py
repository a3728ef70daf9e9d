"""Derive how W_q must move: the gradient of self-attention by its query matrix."""

import math

import torch

from attncourse import projections
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import normal
from attncourse.checks.exercises.projections.shared import matrices


def gradient_of_W_q(x, W_q, W_k, W_v, upstream):
    """The gradient of a loss by W_q, from `upstream`, its gradient by the output (T × d_v)."""
    wanted = W_q.detach().clone().requires_grad_()
    with torch.enable_grad():
        output, _ = projections.self_attention(x, wanted, W_k, W_v)
        return torch.autograd.grad(output, wanted, upstream)[0]


def _with(
    x,
    W_q,
    W_k,
    W_v,
    upstream,
    *,
    mean="output",
    weigh="weights",
    scale="root",
    pull="keys",
    outer="x first",
    rows="all",
    forward="root",
    over=-1,
    sees="all",
):
    query, key, value = x @ W_q, x @ W_k, x @ W_v
    d_model, d_k = W_q.shape
    sizes = {"root": math.sqrt(d_k), "none": 1, "d_k": d_k, "d_model": math.sqrt(d_model), "2": 2}
    weights = (query @ key.mT / sizes[forward]).softmax(dim=over)
    weights = weights.tril() if sees == "the past" else weights
    output = weights @ value
    gain = upstream @ value.mT  # T T: what a unit of weight on j would do for i
    if mean == "output":
        gain = gain - (upstream * output).sum(-1, keepdim=True)
    if mean == "all rows":
        gain = gain - (upstream * output).sum()
    if mean == "other axis":
        gain = gain - (upstream * output).sum(-1)
    if mean == "plain":
        gain = gain - (upstream @ value.mT).mean(-1, keepdim=True)
    if mean == "queries":
        gain = gain - (weights * gain).sum(0)
    if mean == "own value":
        gain = gain - (upstream * value).sum(-1, keepdim=True)
    slopes = {"weights": weights, "none": 1, "sigmoid": weights * (1 - weights)}
    by_scores = gain * slopes[weigh]
    if rows == "transposed":
        by_scores = by_scores.mT
    if rows == "keys":
        return x.mT @ (by_scores.mT @ query) / sizes[scale]
    pulled = {"keys": key, "values": value, "queries": query, "x": x}[pull]
    by_query = by_scores @ pulled / sizes[scale]
    if rows == "last":
        return x[-1:].mT @ by_query[-1:]
    if rows == "queries":
        return by_query
    return by_query.mT @ x if outer == "x last" else x.mT @ by_query


def _cases():
    def case(label, seed, T, d_model, d_k, d_v, spread=1.0):
        x, up = normal(seed, T, d_model, spread=spread), normal(seed + 40, T, d_v)
        return Case(label, x, *matrices(300 + 3 * seed, d_model, d_k, d_v), up, gradient=False)

    return [
        case("two positions", 1, 2, 3, 1, 2),
        case("plain", 2, 5, 3, 4, 2),
        case("plain", 3, 7, 4, 3, 6),
        case("one position", 4, 1, 3, 4, 2),
        case("large scores", 5, 5, 3, 4, 2, spread=3.0),
        case("d_k = d_v", 6, 4, 5, 3, 3),
        case("small scores", 7, 6, 2, 5, 3, spread=0.1),
    ]


EXERCISE = Exercise(
    reference=gradient_of_W_q,
    points=3,
    cases=_cases,
    hints=(
        "Go backwards through the lesson's four lines: output, weights, scores, queries, W_q.",
        "One row, o = Σ α_j v_j with α = softmax(a). Lesson 02 has ∂α_j/∂a_n = α_j (δ_jn − α_n). "
        "So ∂loss/∂a_j = α_j (g · v_j − g · o), where g is that row of `upstream`: a key is wanted "
        "more if its value does more than the average.",
        "The scores are q · k_j / √d_k, so ∂loss/∂q = Σ_j ∂loss/∂a_j · k_j / √d_k.",
        "q = x W_q, so each position adds the outer product of its x and its ∂loss/∂q: all "
        "together x transposed times the matrix whose rows are the ∂loss/∂q.",
    ),
    verified="equal to PyTorch's autograd, for one position, d_k ≠ d_v ≠ d_model, small and large "
    "scores",
    sizes=lambda x, W_q, W_k, W_v, upstream: {
        "T": len(x),
        "d_model": x.shape[-1],
        "d_k": W_q.shape[-1],
        "d_v": W_v.shape[-1],
    },
    rewrite=_with,
    laws=(
        Law(
            "the gradient is a matrix like W_q",
            lambda result, x, W_q, *others: result.shape == W_q.shape,
        ),
        Law(
            "one position alone has the weight 1 whatever W_q is, so its gradient is 0",
            lambda result, x, *others: len(x) > 1 or not result.abs().max() > 1e-9,
        ),
    ),
    mistakes=(
        Mistake(
            "no-average",
            "forgot to subtract the average, g · o",
            "More weight on one key is less on the others. What counts is how much a value does "
            "beyond the output that is there already.",
            mean="none",
        ),
        Mistake(
            "plain-average",
            "subtracted the plain mean of all values",
            "The softmax compares with the *weighted* average, which is the output o.",
            mean="plain",
        ),
        Mistake(
            "no-weights",
            "forgot the factor α_j",
            "A key with almost no weight can hardly gain any: the softmax's Jacobian has α_j in "
            "front.",
            weigh="none",
        ),
        Mistake(
            "no-scale",
            "forgot the 1/√d_k",
            "The scores were divided by √d_k on the way forward, so the gradient is on the way "
            "back.",
            scale="none",
        ),
        Mistake(
            "d_k-scale",
            "divided by d_k instead of √d_k",
            "The scores were divided by √d_k once; so is their gradient.",
            scale="d_k",
        ),
        Mistake(
            "pulled-to-queries",
            "moved the query along the queries, not the keys",
            "∂(q · k_j)/∂q is k_j.",
            pull="queries",
        ),
        Mistake(
            "transposed",
            "returned the gradient transposed",
            "W_q is d_model × d_k: x stands first in the outer product.",
            outer="x last",
        ),
        Mistake(
            "last-row-only",
            "used the last position only",
            "Every position asks with the same W_q, so their gradients add up.",
            rows="last",
        ),
        Mistake(
            "weights-without-scale",
            "made the weights without the 1/√d_k",
            "The weights are those of the lesson: softmax(q · k / √d_k). Only the way back divides "
            "here.",
            forward="none",
        ),
        Mistake(
            "root-d-model",
            "divided by √d_model instead of √d_k",
            "Queries and keys meet after the projection: their width is d_k, the columns of W_q.",
            {"forward": "d_model", "scale": "d_model"},
        ),
        Mistake(
            "as-if-sigmoid",
            "took the derivative of each weight alone, α (1 − α)",
            "That is a sigmoid's. In a softmax, a score moves the weights of all keys: "
            "α_j (g · v_j − g · o).",
            {"weigh": "sigmoid", "mean": "none"},
        ),
        Mistake(
            "average-over-queries",
            "took the average over the queries, not over the keys",
            "Each query has its own average, over the keys: the last axis of the weights.",
            mean="queries",
        ),
        Mistake(
            "own-value",
            "subtracted g · v_i instead of g · o_i",
            "The average is the output of the position, o_i, and not the value that it gives.",
            mean="own value",
        ),
        Mistake(
            "gradient-of-W_k",
            "made the gradient by W_k",
            "For W_q, each query moves along the keys: ∂(q · k_j)/∂q is k_j.",
            rows="keys",
        ),
        Mistake(
            "keys-not-projected",
            "moved the query along x, not along the keys",
            "∂(q · k_j)/∂q is k_j = x_j W_k.",
            pull="x",
        ),
        Mistake(
            "gradient-by-queries",
            "stopped at the gradient by the queries",
            "One step is left: q = x W_q, so x comes in as an outer product.",
            rows="queries",
        ),
        Mistake(
            "scores-transposed",
            "transposed the gradient of the scores",
            "Row i belongs to query i: its sum over the keys moves that query. The transpose goes "
            "with the keys.",
            rows="transposed",
        ),
        Mistake(
            "one-average",
            "subtracted one average for all positions",
            "Each position has its own output and its own average, g_i · o_i.",
            mean="all rows",
        ),
        Mistake(
            "average-across",
            "subtracted the averages along the wrong axis",
            "One average for each row: keep its axis, so that it is taken from all keys of its own "
            "query.",
            mean="other axis",
        ),
        Mistake(
            "over-queries",
            "normalised over the queries",
            "Each query has weights of its own: over the keys, the last axis.",
            over=0,
        ),
        Mistake(
            "typed-width",
            "typed a number in place of √d_k",
            "d_k is whatever came in: the columns of W_q.",
            {"forward": "2", "scale": "2"},
        ),
        Mistake(
            "hid-the-future",
            "hid the future without being asked",
            "There is no mask here: every position attends to all.",
            sees="the past",
        ),
    ),
)
