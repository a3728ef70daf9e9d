"""Let a head attend to nothing."""

import math

import torch

from attncourse import modern
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import DOUBLE, normal


def softmax_with_sink(scores, sink):
    """Weights, one row per query, that sum to 1 together with what goes to nothing."""
    return modern.softmax_with_sink(scores, sink)


def _both(seed, *batch, H=2, M=3, N=4, spread=1.0, dtype=DOUBLE):
    scores = normal(2 * seed, *batch, H, M, N, spread=spread, dtype=dtype)
    return scores, normal(2 * seed + 1, H, spread=spread, dtype=dtype)


def _causal(scores):
    hidden = ~torch.ones(scores.shape[-2:]).tril().bool()
    return scores.masked_fill(hidden, -math.inf)


def _cases():
    by_hand = torch.tensor([[[1.0, 2.0, 1.0]]], dtype=DOUBLE).log()
    causal, sink = _both(6, 2, M=4, N=4)
    blind, sinks = _both(7)
    blind[0, 1] = -math.inf
    far, low = _both(11)
    return [
        Case("one query, three keys", by_hand, torch.tensor([4.0], dtype=DOUBLE).log()),
        Case("two heads", *_both(1)),
        Case("a batch", *_both(2, 3, M=67, N=71)),
        Case("as many heads as queries and keys", *_both(3, H=3, M=3, N=3)),
        Case("sinks of 0", _both(4)[0], torch.zeros(2, dtype=DOUBLE)),
        Case("sinks far below all scores", _both(5)[0], torch.full((2,), -30.0, dtype=DOUBLE)),
        Case("hidden keys have −∞", _causal(causal), sink, gradient=False),
        Case("a query that may attend to nothing else", blind, sinks, gradient=False),
        Case("large scores", *_both(8, spread=300.0), rtol=1e-4),
        Case("scores far below 0", far - 2000, low - 2000, rtol=1e-4),
        Case("a sink far above", _both(9)[0], torch.tensor([800.0, 1.0], dtype=DOUBLE), rtol=1e-4),
        Case("float32", *_both(10, 2, dtype=torch.float32)),
    ]


def _with(
    scores,
    sink,
    *,
    told="keys",
    over="keys",
    nothing="sink",
    heads="each",
    shift="both",
    rest="left",
):
    s = {
        "sink": sink,
        "zero": torch.zeros_like(sink),
        "minus": -sink,
        "as it is": sink,
        "scaled": sink / scores.shape[-1] ** 0.5,
    }[nothing]
    if heads == "first":
        s = s[:1].expand_as(s)
    s = s.mean().expand_as(s) if heads == "mean" else s
    s = s[:, None, None]
    axis = {"keys": -1, "queries": -2, "everything": (-2, -1)}[over]
    top = scores.amax(axis, keepdim=True)
    if shift == "both":
        top = torch.maximum(top, s)
    if shift == "none":
        top = torch.zeros_like(top)
    powers = (scores - top).exp()
    more = s if nothing == "as it is" else (s if shift == "scores only" else s - top).exp()
    total = powers.sum(axis, keepdim=True)
    weights = powers / (total if rest == "normalised again" else total + more)
    if rest == "added to the keys":
        weights = weights + (more / (total + more)) / scores.shape[-1]
    if told == "with the sink":
        column = (more / (total + more)).expand(*weights.shape[:-1], 1)
        return torch.cat([weights, column], -1)
    if told == "sink in front":
        column = (more / (total + more)).expand(*weights.shape[:-1], 1)
        return torch.cat([column, weights], -1)[..., :-1]
    return weights


def _sink_added(scores, sink):
    return (scores + sink[:, None, None]).softmax(-1)


def _as_a_probability(scores, sink):
    """The usual softmax, of which a part is taken away afterwards."""
    return scores.softmax(-1) * (1 - sink[:, None, None].sigmoid())


EXERCISE = Exercise(
    reference=softmax_with_sink,
    points=2,
    cases=_cases,
    hints=(
        "Nothing is one more candidate: give every row one more score, the head's sink, take the "
        "softmax, and leave that column out of what you return.",
        "`sink[:, None, None]` has a head, a query and a column; `.expand(*scores.shape[:-1], 1)` "
        "gives it to every query of every sequence.",
        "`torch.cat([scores, nothing], dim=-1).softmax(-1)[..., :-1]`; torch.softmax shifts by "
        "the largest of all, the sink included.",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "kept-the-column",
            "kept the sink's column",
            "There is no value behind it. Return one column for each key.",
            told="with the sink",
        ),
        Mistake(
            "dropped-the-last-key",
            "put the sink in front and dropped the last key",
            "The column to leave out is the sink's own.",
            told="sink in front",
        ),
        Mistake(
            "no-effect",
            "let the sink change nothing",
            "Your rows sum to 1, as without a sink. A number added to all scores of a row changes "
            "no softmax, and normalising again takes nothing's part away from it.",
            {"rest": "normalised again"},
            _sink_added,
        ),
        Mistake(
            "sink-not-shifted",
            "shifted the scores by their maximum, but not the sink",
            "exp(a − max) and exp(s) are not on one scale: shift both by the same number.",
            shift="scores only",
        ),
        Mistake(
            "no-exp",
            "added the sink itself, not its exponential",
            "The sink is a score like the others: it counts with exp(s).",
            nothing="as it is",
        ),
        Mistake(
            "always-one",
            "added 1 whatever the sink is",
            "That is softmax1, the special case s = 0. Here each head has its own s.",
            nothing="zero",
        ),
        Mistake(
            "as-probability",
            "took a fixed share away from every row",
            "How much goes to nothing depends on the scores of the row.",
            _as_a_probability,
        ),
        Mistake(
            "scaled",
            "scaled the sink, too",
            "The scores come scaled. The sink is learned as it is.",
            nothing="scaled",
        ),
        Mistake("sign", "took the sink with the other sign", "exp(+s).", nothing="minus"),
        Mistake(
            "one-sink",
            "used one head's sink for all heads",
            "Each head has its own: axis −3 of the scores.",
            heads="first",
        ),
        Mistake(
            "mean-sink",
            "averaged the sinks",
            "Each head has its own: axis −3 of the scores.",
            heads="mean",
        ),
        Mistake(
            "spread-over-keys",
            "gave the sink's share to the keys",
            "What goes to nothing goes to no key.",
            rest="added to the keys",
        ),
        Mistake(
            "over-queries",
            "normalised over the queries, not the keys",
            "Each query's row has its own sum: the keys are the last axis.",
            over="queries",
        ),
        Mistake(
            "over-everything",
            "normalised over everything at once",
            "Each query's row has its own sum.",
            over="everything",
        ),
        Mistake(
            "overflow",
            "let exp overflow",
            "exp(1000) is ∞. Shift each row by its largest score, the sink included, or let "
            "torch.softmax do it.",
            shift="none",
        ),
        Mistake(
            "shifted-by-scores",
            "shifted by the largest score, and forgot that the sink may be larger",
            "A row of −∞ alone, or a sink far above all scores, then gives NaN. Shift by the "
            "largest of both.",
            shift="by scores",
        ),
    ),
    laws=(
        Law(
            "one weight per query and key",
            lambda result, scores, sink: result.shape == scores.shape,
        ),
        Law(
            "no row sums to more than 1",
            lambda result, scores, sink: bool((result.sum(-1) < 1 + 1e-5).all()),
        ),
    ),
    sizes=lambda scores, sink: {"H": sink.shape[0], "M": scores.shape[-2], "N": scores.shape[-1]},
    verified="one to three heads, a batch, hidden keys, rows of −∞ alone, large scores and sinks, "
    "float32 and float64; gradients of scores and sink",
)
