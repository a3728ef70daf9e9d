"""Derive how the output of a kernel regression moves when its query moves."""

from functools import partial

import numpy as np

from attncourse.checks.engine.exercise import Case, Exercise, Mistake


def regression_slope(query, keys, values, bandwidth):
    """Derivative of each output by its query: the weighted covariance of key and value, / σ²."""
    return _with(query, keys, values, bandwidth)


def _with(
    query, keys, values, bandwidth,
    *, mean="weighted", of="covariance", sign=1, scale="σ²", over=-1, kernel=2, shift="max",
):  # fmt: skip
    scores = -((query[:, None] - keys) ** 2) / (kernel * bandwidth**2)
    weights = np.exp(scores - (scores.max(axis=over, keepdims=True) if shift == "max" else 0))
    weights = weights / weights.sum(axis=over, keepdims=True)
    if of == "output":
        return weights @ values
    middle = {
        "weighted": weights @ keys,
        "plain": np.full(len(query), keys.mean()),
        "query": query,
        "none": np.zeros(len(query)),
    }[mean]
    second = {"covariance": values, "keys": keys, "values": values}[of]
    first = keys - middle[:, None]
    if of == "values":
        first = values - (weights @ values)[:, None]
    moved = (weights * first) @ second
    spread, other = (weights @ x**2 - (weights @ x) ** 2 for x in (keys, values))
    below = {
        "σ²": bandwidth**2,
        "2σ²": 2 * bandwidth**2,
        "σ": bandwidth,
        "none": 1.0,
        "variance": spread,
        "both deviations": np.sqrt(spread * other),
        "both deviations and σ²": np.sqrt(spread * other) * bandwidth**2,
    }
    return sign * moved / below[scale]


def _step(query, keys, values, bandwidth, *, step):
    """A difference quotient."""
    there, here = (_with(q, keys, values, bandwidth, of="output") for q in (query + step, query))
    return (there - here) / step


def _cases():
    rng = np.random.default_rng(36)
    keys, values = np.array([0.0, 2.0]), np.array([10.0, 30.0])

    def case(label, query, keys, values, bandwidth):
        return Case(label, np.asarray(query, dtype=float), keys, values, bandwidth, atol=1e-6)

    return [
        case("two keys, in the middle", [1], keys, values, 1.0),
        case("two keys", [0.5, 1, 3], keys, values, 1.0),
        case("another bandwidth", [0.5, 1], keys, values, 2.0),
        case("a narrow bandwidth", [0.9], keys, values, 0.5),
        case("far from every key", [1, 45], keys / 100, values, 1.0),
        case("seven keys", rng.normal(size=4), rng.normal(size=7), rng.normal(size=7), 0.8),
        case("equal values", rng.normal(size=3), rng.normal(size=5), np.full(5, 4.0), 1.0),
        case("far from zero", rng.normal(size=3) + 9, rng.normal(size=5) + 9, np.arange(5.0), 1.5),
    ]


EXERCISE = Exercise(
    reference=regression_slope,
    points=3,
    cases=_cases,
    hints=(
        "Use the chain rule: how does a score move with the query, and how do the weights move "
        "with the scores? The second answer is the softmax's Jacobian.",
        "The score is −(q − k_j)² / (2σ²), so it moves by (k_j − q) / σ². Put this into "
        "Σ_j Σ_i v_i α_i (δ_ij − α_j) (k_j − q) / σ² and look at what cancels.",
        "q cancels. Call the weighted mean of the keys k̄. What stays is a covariance under the "
        "weights: of what with what, and divided by what?",
    ),
    verified="the derivative at every query, for several widths, and 0 where all values are equal",
    rewrite=_with,
    mistakes=(
        Mistake(
            "weights-stay",
            "measured keys from the query instead of their mean",
            "That is how the scores move. The weights also pay back what they gain together: "
            "subtract the weighted mean of the keys.",
            mean="query",
        ),
        Mistake(
            "no-mean",
            "did not subtract the mean of the keys",
            "A covariance is Σ α v (k − k̄).",
            mean="none",
        ),
        Mistake(
            "plain-mean",
            "subtracted the plain mean of the keys",
            "The mean belongs to the weights: k̄ = Σ α_j k_j, another one for each query.",
            mean="plain",
        ),
        Mistake(
            "variance-of-keys",
            "took the variance of the keys",
            "The values are what is averaged: the covariance of key and value.",
            of="keys",
        ),
        Mistake(
            "sign",
            "turned the sign round",
            "Where values grow with the keys, the output grows with the query.",
            sign=-1,
        ),
        Mistake(
            "half",
            "divided by 2σ²",
            "The derivative of (q − k)² brings a factor 2, which cancels the 2 of 2σ².",
            scale="2σ²",
        ),
        Mistake(
            "one-sigma",
            "divided by σ instead of σ²",
            "Check the units: the score's derivative is (k − q) / σ².",
            scale="σ",
        ),
        Mistake(
            "no-width",
            "forgot the bandwidth",
            "The narrower the kernel, the faster the output moves.",
            scale="none",
        ),
        Mistake(
            "variance-of-values",
            "took the variance of the values",
            "Key and value: the derivative says how the output moves with the query, which lies "
            "among the keys.",
            of="values",
        ),
        Mistake(
            "regression-line",
            "divided by the variance of the keys",
            "That is the slope of a regression line. Here the score's derivative brings 1/σ², the "
            "kernel's own width.",
            scale="variance",
        ),
        Mistake(
            "correlation",
            "took the correlation",
            "The covariance stays as it is; only σ² divides it.",
            {"scale": "both deviations"},
            {"scale": "both deviations and σ²"},
        ),
        Mistake(
            "output-itself",
            "returned the output, not its derivative",
            "Asked is how much the output moves with the query.",
            of="output",
        ),
        Mistake(
            "over-queries",
            "normalised over the queries",
            "Each query has weights of its own: over the keys, the last axis.",
            over=0,
        ),
        Mistake(
            "other-kernel",
            "left the 2 out of the kernel",
            "The weights come from (q − k)² / (2σ²).",
            kernel=1,
        ),
        Mistake(
            "difference-quotient",
            "took a difference over a large step",
            "A derivative is what remains as the step goes to 0.",
            partial(_step, step=1.0),
            partial(_step, step=0.1),
            partial(_step, step=0.01),
        ),
        Mistake(
            "unshifted",
            "took exponentials without a shift",
            "Far from every key all of them are 0, and 0/0 is NaN. Subtract the largest score "
            "first.",
            shift="none",
            alone=True,
        ),
    ),
)
