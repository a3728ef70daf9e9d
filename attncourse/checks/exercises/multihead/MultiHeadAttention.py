"""Attend with several heads, as one module with its parameters."""

import torch
from torch import nn

from attncourse import multihead
from attncourse.attention import scaled_dot_product_attention
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import by_shape
from attncourse.checks.exercises.multihead.shared import merge_with, split_with
from attncourse.masks import causal_mask


def _cases():
    self_, short = by_shape(2, 5, 6), by_shape(2, 4, 6)
    again = {"before": (by_shape(2, 3, 6),) * 3, "training": True}  # after another length
    causal, padding = causal_mask(4), torch.arange(7) < torch.tensor([7, 3, 1])[:, None, None, None]
    blind = torch.tensor([[True, False, True], [False, False, False], [False, True, True]])
    return [
        _case("plain", (5,), (7,), 6, 2, batch=(3,)),
        _case("no batch axis", (67,), (71,), 6, 3),
        Case("M = N", self_, self_, self_, build=(6, 2)),
        Case("mask", short, short, short, causal, build=(6, 3), **again),
        _case("one query", (1,), (7,), 10, 5, batch=(2,)),
        _case("one key", (5,), (1,), 10, 2, batch=(3,)),
        _case("one head", (5,), (3,), 7, 1, batch=(2,)),
        _case("one number per head", (7,), (3,), 5, 5, batch=(2,)),
        _case("mask", (5,), (7,), 14, 2, batch=(3,), mask=padding),
        _case("fully masked row", (3,), (3,), 10, 5, mask=blind),
        _case("large scores", (5,), (7,), 6, 2, batch=(3,), scale=12.0, rtol=1e-4),
        _case("two batch axes", (5,), (7,), 15, 3, batch=(2, 3)),
        _case("float32", (5,), (3,), 21, 3, batch=(2,), dtype=torch.float32),
    ]


def _case(
    label, M, N, d_model, n_heads, *, batch=(), mask=None, scale=1.0, dtype=torch.float64, rtol=None
):
    query = scale * by_shape(*batch, *M, d_model, dtype=dtype)
    key = scale * by_shape(*batch, *N, d_model, seed=1, dtype=dtype)
    value = by_shape(*batch, *N, d_model, seed=2, dtype=dtype)
    return Case(label, query, key, value, mask, build=(d_model, n_heads), rtol=rtol)


_RIGHT = dict(
    scale="d_k",
    over="keys",
    cut="heads",
    join="heads",
    inputs="own",
    project="each",
    out="W_o",
    hide="before",
    lengths="own",
    batch="any",
    told="per head",
    added="nothing",
    sees="all",
)


class _with(nn.Module):
    """The reference once more, with a knob for each mistake."""

    def __init__(self, d_model, n_heads, **knobs):
        super().__init__()
        self.d_model, self.n_heads, self.knobs = d_model, n_heads, _RIGHT | knobs
        for name in ("W_q", "W_k", "W_v", "W_o"):
            setattr(self, name, nn.Linear(d_model, d_model))
        if self.knobs["project"] == "one Linear":
            self.W_k = self.W_v = self.W_q

    def forward(self, query, key, value, mask=None):
        self._refuse(query, key)
        if self.knobs["cut"] == "one head":
            return self._of_one_head(query, key, value, mask)
        q, k, v = self._projected(query, key, value)
        scores = q @ k.mT / self._scale(q, k)
        if self.knobs["sees"] == "the past":
            past = torch.ones(scores.shape[-2:]).tril().bool()
            mask = past if mask is None else past & mask
        weights = self._weights(scores, mask)
        output = self._out(self._joined(weights @ v))
        told = {"per head": weights, "averaged": weights.mean(-3), "scores": scores}
        if self.knobs["added"] == "query":
            output = output + query
        return output, told[self.knobs["told"]]

    def _of_one_head(self, query, key, value, mask):
        q, k, v = (self._linear(*pair) for pair in zip("qkv", (query, key, value), strict=True))
        output, weights = scaled_dot_product_attention(q, k, v, mask)
        return self._out(output), weights.unsqueeze(-3)

    def _refuse(self, query, key):
        if self.knobs["batch"] == "one":
            _, _, _ = query.shape
        if self.knobs["lengths"] == "query's" and query.shape[-2] != key.shape[-2]:
            raise RuntimeError("shape is invalid for input")

    def _projected(self, query, key, value):
        inputs = {
            "own": (query, key, value),
            "query for all": (query, query, query),
            "key for value": (query, key, key),
            "value for key": (query, value, value),
            "query for key": (query, query, value),
        }[self.knobs["inputs"]]
        names = {
            "each": "qkv",
            "W_q for keys": "qqv",
            "W_k for values": "qkk",
            "W_v for keys": "qvv",
            "W_q for all": "qqq",
            "one Linear": "qqq",
            "not values": "qk_",
            "none": "___",
        }[self.knobs["project"]]
        projected = (self._linear(name, x) for name, x in zip(names, inputs, strict=True))
        return [split_with(x, self.n_heads, cut=self.knobs["cut"]) for x in projected]

    def _linear(self, name, x):
        return x if name == "_" else getattr(self, f"W_{name}")(x)

    def _scale(self, q, k):
        sizes = {
            "d_k": q.shape[-1],
            "d_model": self.d_model,
            "heads": self.n_heads,
            "queries": q.shape[-2],
            "keys": k.shape[-2],
            "none": 1.0,
        }
        if self.knobs["scale"] == "d_k without root":
            return q.shape[-1]
        return sizes[self.knobs["scale"]] ** 0.5

    def _weights(self, scores, mask):
        axis = {"keys": -1, "queries": -2, "heads": -3, "batch": 0}[self.knobs["over"]]
        hide = self.knobs["hide"]
        if mask is None or hide == "never":
            return scores.softmax(axis)
        if hide == "inverted":
            mask = ~mask
        if hide == "after":
            return scores.softmax(axis) * mask
        if hide == "added":
            return (scores + mask).softmax(axis)
        if hide == "tiny":
            return scores.masked_fill(~mask, -1e-9).softmax(axis)
        if hide == "finite":
            return scores.masked_fill(~mask, -1e9).softmax(axis)
        weights = scores.masked_fill(~mask, -torch.inf).softmax(axis)
        return weights if hide == "NaN" else weights.nan_to_num(0.0)

    def _joined(self, heads):
        return merge_with(heads, join=self.knobs["join"])

    def _out(self, merged):
        if self.knobs["out"] == "twice":
            return self.W_o(self.W_o(merged))
        return self.W_o(merged) if self.knobs["out"] == "W_o" else merged


EXERCISE = Exercise(
    reference=multihead.MultiHeadAttention,
    points=3,
    cases=_cases,
    hints=(
        "Write the five steps down first: project, split, attend, merge, project. You have "
        "written three of them already.",
        "Each of query, key and value goes through its own Linear at full width and is split "
        "afterwards. The mask broadcasts over the heads by itself.",
        "Attention inside the heads is what lesson 04 made: it divides by the root of the width it "
        "sees, which is d_k = d_model / n_heads here.",
        "Return two things: W_o applied to the merged heads, and the weights with one map per "
        "head, (…, H, M, N).",
    ),
    verified="equal to the package's module, which equals `nn.MultiheadAttention`, with the same "
    "weights: M ≠ N, one head, causal and padding masks, a query that may attend to nothing, any "
    "number of batch axes, float32 and float64; gradients of inputs and of all eight parameters",
    returns=("output", "weights"),
    sizes=lambda query, key, value, mask=None: {
        "M": query.shape[-2],
        "N": key.shape[-2],
        "d_model": query.shape[-1],
    },
    rewrite=_with,
    laws=(
        Law(
            "every row of every head's weights sums to 1, or to 0 where nothing may be looked at",
            lambda result, query, key, value, mask=None: bool(
                torch.isclose(result[1].sum(-1), result[1].sum(-1).round(), atol=1e-4).all()
            ),
        ),
    ),
    mistakes=(
        Mistake(
            "scaled-root-d-model",
            "scaled by √d_model instead of √d_k",
            "Each head's queries are d_k = d_model / n_heads wide, and that is how many products "
            "each score sums.",
            scale="d_model",
        ),
        Mistake(
            "forgot-divide-root-d-k",
            "forgot to divide by √d_k",
            "The scores inside a head are still dot products; they need lesson 04's scale.",
            scale="none",
        ),
        Mistake(
            "divided-d-k",
            "divided by d_k instead of √d_k",
            "The scores' standard deviation grows like the root of the width.",
            scale="d_k without root",
        ),
        Mistake(
            "scaled-root-n-heads",
            "scaled by the root of n_heads",
            "What matters is how wide a head is, not how many heads there are.",
            scale="heads",
        ),
        Mistake(
            "scaled-root-number-queries",
            "scaled by the root of the number of queries",
            "What matters is how wide a head is, not how many tokens there are.",
            scale="queries",
        ),
        Mistake(
            "scaled-root-number-keys",
            "scaled by the root of the number of keys",
            "What matters is how wide a head is, not how many tokens there are.",
            scale="keys",
        ),
        Mistake(
            "forgot-output-projection",
            "forgot the output projection",
            "The merged heads are pieces side by side; W_o mixes them.",
            out="none",
        ),
        Mistake(
            "applied-output-projection-twice",
            "applied the output projection twice",
            "W_o comes once, after the merge.",
            out="twice",
        ),
        Mistake(
            "used-view-when-splitting",
            "used `view` where a transpose is due when splitting",
            "Reshaping alone gives a head whole tokens and pieces of others. Cut the last axis "
            "first, then swap heads and tokens.",
            cut="view",
        ),
        Mistake(
            "dealt-numbers-out-heads-like",
            "dealt the numbers out to the heads like cards",
            "Head h gets d_head neighbours of each vector, not every H-th number: (H d_head).",
            cut="interleaved",
        ),
        Mistake(
            "used-view-when-merging",
            "used `view` where a transpose is due when merging",
            "Bring the tokens to the left of the heads before you join heads and width.",
            join="view",
        ),
        Mistake(
            "merged-heads-wrong-order",
            "merged the heads in the wrong order",
            "The numbers of one head stay neighbours: all of head 0, then all of head 1.",
            join="interleaved",
        ),
        Mistake(
            "took-softmax-over-queries",
            "took the softmax over the queries",
            "Each query shares out its own 1 over the keys: the last axis.",
            over="queries",
        ),
        Mistake(
            "took-softmax-over-heads",
            "took the softmax over the heads",
            "Heads do not compete. Inside each head, each query shares out a 1 over the keys.",
            over="heads",
        ),
        Mistake(
            "took-softmax-over-batch",
            "took the softmax over the batch",
            "Examples know nothing of each other; the softmax runs over the keys.",
            over="batch",
        ),
        Mistake(
            "read-true-mask-hidden",
            "read True in the mask as hidden",
            "That is nn.MultiheadAttention's convention. In this course True means may attend.",
            hide="inverted",
        ),
        Mistake(
            "ignored-mask",
            "ignored the mask",
            "The mask has to reach the scores of every head before the softmax.",
            hide="never",
        ),
        Mistake(
            "masked-after-softmax",
            "masked after the softmax",
            "Then the rows no longer sum to 1: what was hidden has already taken its share.",
            hide="after",
        ),
        Mistake(
            "added-mask-scores-0-1",
            "added the mask to the scores as 0 and 1",
            "A bonus of 1 hides nothing. Forbidden scores must become −∞.",
            hide="added",
        ),
        Mistake(
            "hid-keys-score-near-0",
            "hid keys with a score near 0, such as −1e-9",
            "exp(0) is 1, so a forbidden key still gets weight. Its score must become −∞.",
            hide="tiny",
        ),
        Mistake(
            "blind-query-nan",
            "let a query that may attend to nothing return NaN",
            "A row of −∞ alone has no softmax. Such a query gets zeros: use lesson 04's "
            "masked softmax.",
            hide="NaN",
        ),
        Mistake(
            "blind-query-looks-everywhere",
            "let a query that may attend to nothing attend to everything",
            "A large negative number in place of −∞ makes such a row uniform over forbidden keys. "
            "It should be zeros.",
            hide="finite",
        ),
        Mistake(
            "used-w-q-queries-keys",
            "used W_q for queries and keys",
            "One projection did the work of two: keys have a matrix of their own, W_k.",
            project="W_q for keys",
        ),
        Mistake(
            "used-w-k-keys-values",
            "used W_k for keys and values",
            "One projection did the work of two: values have a matrix of their own, W_v.",
            project="W_k for values",
        ),
        Mistake(
            "used-w-v-keys-values",
            "used W_v for keys and values",
            "One projection did the work of two: keys have a matrix of their own, W_k.",
            project="W_v for keys",
        ),
        Mistake(
            "used-one-projection-three",
            "used one projection for all three",
            "Queries, keys and values each have a matrix of their own.",
            project="W_q for all",
        ),
        Mistake(
            "gave-one-linear-three-names",
            "gave one Linear three names",
            "W_q, W_k and W_v are one object, with one set of numbers. Make a new `nn.Linear` for "
            "each.",
            project="one Linear",
        ),
        Mistake(
            "did-project-values",
            "did not project the values",
            "Values go through W_v before they are split, as queries and keys do.",
            project="not values",
        ),
        Mistake(
            "did-project-before-attending",
            "did not project at all before attending",
            "Query, key and value each go through a Linear of their own first.",
            project="none",
        ),
        Mistake(
            "made-keys-values-query",
            "made keys and values from the query",
            "That is right for self-attention only. Keys come from `key`, values from `value`.",
            inputs="query for all",
        ),
        Mistake(
            "made-values-key",
            "made the values from the key",
            "Values come from the third argument, `value`.",
            inputs="key for value",
        ),
        Mistake(
            "made-keys-value",
            "made the keys from the value",
            "Keys come from the second argument, `key`.",
            inputs="value for key",
        ),
        Mistake(
            "added-query-output",
            "added the query to the output",
            "That is the residual of lesson 10, and stands outside this module.",
            added="query",
        ),
        Mistake(
            "hid-future-without-being-asked",
            "hid the future without being asked",
            "Only the mask says who may attend to whom; None hides nothing.",
            sees="the past",
        ),
        Mistake(
            "averaged-weights-over-heads",
            "averaged the weights over the heads",
            "That is what nn.MultiheadAttention returns unless told otherwise. Here every head "
            "keeps its own map: (…, H, M, N).",
            told="averaged",
        ),
        Mistake(
            "returned-scores-weights",
            "returned the scores for the weights",
            "The second result is what multiplies the values: the scores after the softmax.",
            told="scores",
        ),
        Mistake(
            "counted-many-keys-queries",
            "counted on as many keys as queries",
            "M queries meet N keys. Take each length from the tensor that is being reshaped.",
            lengths="query's",
        ),
        Mistake(
            "counted-exactly-one-batch-axis",
            "counted on exactly one batch axis",
            "The input may have no batch axis, or several. Count axes from the right.",
            batch="one",
        ),
        Mistake(
            "one-head",
            "made one head of the full width",
            "n_heads heads attend on their own, each with its part of the width, and the weights "
            "have an axis for them.",
            cut="one head",
            alone=True,
        ),
        Mistake(
            "keys-from-query",
            "made the keys from the query",
            "The keys come from `key`, which is another sequence in cross-attention, and may be of "
            "another length.",
            inputs="query for key",
        ),
    ),
)
