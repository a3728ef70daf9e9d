"""Exercises of lesson 07: cut into heads, join again, and the whole module."""

import torch
from einops import rearrange
from torch import nn

from attncourse import multihead
from attncourse.checks.core import Case, Exercise, Law, Mistake
from attncourse.masks import causal_mask


def _normal(*shape, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(sum(shape) + seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)


# split_heads --------------------------------------------------------------------------------------


def _split_cases():
    return [
        Case("plain", _normal(2, 5, 21), 3),
        Case("no batch axis", _normal(5, 6), 3),
        Case("one token", _normal(3, 1, 10), 5),
        Case("two heads", _normal(3, 5, 14), 2),
        Case("one head", _normal(2, 5, 7), 1),
        Case("one number per head", _normal(2, 7, 5), 5),
        Case("two batch axes", _normal(2, 3, 5, 14), 7),
        Case("float32", _normal(3, 11, 10, dtype=torch.float32), 2),
        Case("not contiguous", _normal(14, 5).T, 7),
        Case("not contiguous", _normal(2, 6, 5).transpose(-1, -2), 3),
    ]


_SPLITS = {
    "heads": "... T (H d) -> ... H T d",
    "interleaved": "... T (d H) -> ... H T d",
    "left in place": "... T (H d) -> ... T H d",
    "first": "... T (H d) -> H ... T d",
    "last": "... T (H d) -> ... T d H",
    "head transposed": "... T (H d) -> ... H d T",
    "folded": "B ... T (H d) -> (B H) ... T d",
}


def _split_with(x, n_heads, *, cut="heads", count="heads", batch="any"):
    if batch == "one":
        _, _, _ = x.shape
    T, width = x.shape[-2:]
    H = n_heads if count == "heads" else width // n_heads
    if cut == "view":
        return x.reshape(*x.shape[:-2], H, T, width // H)
    if cut == "tokens":
        return x.reshape(*x.shape[:-2], H, T // H, width)
    if cut == "first head":
        return x[..., : width // H]
    return rearrange(x, _SPLITS[cut], H=H)


_split = Exercise(
    reference=multihead.split_heads,
    points=1,
    cases=_split_cases,
    hints=(
        "Look at one token's vector alone: which of its numbers belong to head 0?",
        "First give the heads an axis of their own inside the last axis, then move that axis to "
        "the left of the tokens. These are two steps: the first keeps every number in its place, "
        "the second changes the order.",
        "In an einops pattern the axis to be cut stands in brackets, the outer factor first: "
        "(H d_head). Three dots stand for any number of batch axes.",
    ),
    verified="any number of batch axes, one head, one number per head, one token, float32 and "
    "float64, non-contiguous input; every number lands where it should; gradient",
    sizes=lambda x, n_heads: {"T": x.shape[-2], "d_model": x.shape[-1], "n_heads": n_heads},
    rewrite=_split_with,
    laws=(
        Law(
            "head 0 starts with the first number of every token",
            lambda result, x, n_heads: torch.equal(result[..., 0, :, 0], x[..., 0]),
        ),
        Law(
            "token 0 keeps all its numbers, and no other's",
            lambda result, x, n_heads: torch.equal(
                result[..., 0, :].flatten(-2).sort(-1).values, x[..., 0, :].sort(-1).values
            ),
        ),
    ),
    mistakes=(
        Mistake(
            "used `view` where a transpose is due",
            "Reshaping alone reads the numbers in memory order, so one head gets whole tokens and "
            "pieces of others. Cut the last axis first, then swap heads and tokens.",
            cut="view",
        ),
        Mistake(
            "left the heads to the right of the tokens",
            "The cut is right, but each head must see all tokens: its axis belongs to the left of "
            "the tokens, beside the batch.",
            cut="left in place",
        ),
        Mistake(
            "dealt the numbers out like cards instead of cutting pieces",
            "Head h got every H-th number of a vector. It should get d_head neighbours: in the "
            "pattern, H is the outer factor, (H d_head).",
            cut="interleaved",
        ),
        Mistake(
            "took n_heads for the width of a head",
            "n_heads counts the heads; each head is d_model / n_heads wide.",
            count="width",
        ),
        Mistake(
            "put the heads before the batch",
            "The heads stand between the batch and the tokens: (…, H, T, d_head).",
            cut="first",
        ),
        Mistake(
            "put the heads last",
            "The heads stand between the batch and the tokens: (…, H, T, d_head).",
            cut="last",
        ),
        Mistake(
            "transposed each head",
            "Inside a head, rows are tokens and columns are the d_head numbers, as before.",
            cut="head transposed",
        ),
        Mistake(
            "folded the heads into the batch axis",
            "Some libraries do that inside. Here the heads keep an axis of their own: "
            "(…, H, T, d_head).",
            cut="folded",
        ),
        Mistake(
            "cut the tokens instead of the width",
            "Every head sees all T tokens; what is cut into pieces is each token's vector.",
            cut="tokens",
        ),
        Mistake(
            "kept only the first head",
            "That is the right first piece; the other heads are lost.",
            cut="first head",
        ),
        Mistake(
            "counted on exactly one batch axis",
            "The input may have no batch axis, or several. Count axes from the right: T is −2, "
            "d_model is −1.",
            batch="one",
        ),
    ),
)


# merge_heads --------------------------------------------------------------------------------------


def _merge_cases():
    return [
        Case("plain", _normal(2, 3, 5, 7)),
        Case("no batch axis", _normal(3, 5, 2)),
        Case("one token", _normal(3, 5, 1, 2)),
        Case("two heads", _normal(3, 2, 5, 7)),
        Case("one head", _normal(2, 1, 5, 7)),
        Case("one number per head", _normal(2, 5, 7, 1)),
        Case("two batch axes", _normal(2, 3, 7, 5, 11)),
        Case("float32", _normal(3, 2, 11, 5, dtype=torch.float32)),
        Case("not contiguous", _normal(2, 5, 3, 7).transpose(1, 2)),
        Case("not contiguous", _normal(7, 5, 3).permute(2, 1, 0)),
    ]


_MERGES = {
    "heads": "... H T d -> ... T (H d)",
    "interleaved": "... H T d -> ... T (d H)",
    "tokens": "... H T d -> ... (H T) d",
    "tokens in turn": "... H T d -> ... (T H) d",
    "transposed": "... H T d -> ... (H d) T",
    "not joined": "... H T d -> ... T H d",
    "width first": "... H T d -> ... d (H T)",
}


def _merge_with(x, *, join="heads", batch="any", order="forward"):
    if batch == "one":
        _, _, _, _ = x.shape
    H, T, d_head = x.shape[-3:]
    if order == "backward":
        x = x.flip(-3)
    if join == "view":
        return x.reshape(*x.shape[:-3], T, H * d_head)
    if join == "mean":
        return x.mean(-3)
    if join == "sum":
        return x.sum(-3)
    if join == "first head":
        return x[..., 0, :, :]
    return rearrange(x, _MERGES[join])


_merge = Exercise(
    reference=multihead.merge_heads,
    points=1,
    cases=_merge_cases,
    hints=(
        "It is `split_heads` read backwards: two steps, in the opposite order.",
        "First bring the tokens to the left of the heads, then make one axis of the last two.",
        "After a swap of axes the numbers are no longer in memory order, so `view` may refuse; "
        "`reshape` and einops copy where they must.",
    ),
    verified="undoes `split_heads`, for any number of batch axes, one head, one number per head, "
    "one token, float32 and float64, non-contiguous input; gradient",
    sizes=lambda x: {"H": x.shape[-3], "T": x.shape[-2], "d_head": x.shape[-1]},
    rewrite=_merge_with,
    laws=(
        Law(
            "it undoes `split_heads`",
            lambda result, x: torch.equal(multihead.split_heads(result, x.shape[-3]), x),
        ),
        Law(
            "each token starts with its numbers from head 0",
            lambda result, x: torch.equal(result[..., : x.shape[-1]], x[..., 0, :, :]),
        ),
    ),
    mistakes=(
        Mistake(
            "used `view` where a transpose is due",
            "Reshaping alone reads head after head, so a token gets numbers of other tokens. "
            "Bring the tokens to the left of the heads first.",
            join="view",
        ),
        Mistake(
            "merged the heads in the wrong order",
            "The numbers of one head stay neighbours: all of head 0, then all of head 1. In the "
            "pattern, H is the outer factor, (H d_head).",
            join="interleaved",
        ),
        Mistake(
            "put the last head first",
            "The pieces come in the order of the heads: head 0 first.",
            order="backward",
        ),
        Mistake(
            "averaged the heads",
            "Nothing is averaged: the pieces are put side by side, and W_o mixes them later.",
            join="mean",
        ),
        Mistake(
            "added the heads up",
            "Nothing is added: the pieces are put side by side, and W_o mixes them later.",
            join="sum",
        ),
        Mistake(
            "kept only the first head",
            "Every head has a piece of each token's output.",
            join="first head",
        ),
        Mistake(
            "put the heads below each other instead of side by side",
            "There are still T tokens afterwards; what grows is the width, to H · d_head.",
            join="tokens",
        ),
        Mistake(
            "joined the heads to the tokens instead of to the width",
            "There are still T tokens afterwards; what grows is the width, to H · d_head.",
            join="tokens in turn",
        ),
        Mistake(
            "swapped heads and tokens, but did not join",
            "One step is left: the last two axes, H and d_head, become one.",
            join="not joined",
        ),
        Mistake(
            "returned the transpose",
            "Rows are tokens, columns are the H · d_head numbers.",
            join="transposed",
        ),
        Mistake(
            "joined heads and tokens, and put the width first",
            "Rows are tokens, columns are the H · d_head numbers.",
            join="width first",
        ),
        Mistake(
            "counted on exactly one batch axis",
            "The input may have no batch axis, or several. Count axes from the right: H is −3.",
            batch="one",
        ),
    ),
)


# MultiHeadAttention -------------------------------------------------------------------------------


def _attention_cases():
    self_ = _normal(2, 5, 6)
    causal, padding = causal_mask(5), torch.arange(7) < torch.tensor([7, 3, 1])[:, None, None, None]
    blind = torch.tensor([[True, False, True], [False, False, False], [False, True, True]])
    return [
        _case("plain", (5,), (7,), 6, 2, batch=(3,)),
        _case("no batch axis", (5,), (7,), 6, 3),
        Case("M = N", self_, self_, self_, build=(6, 2)),
        Case("mask", self_, self_, self_, causal, build=(6, 3)),
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
    query = scale * _normal(*batch, *M, d_model, dtype=dtype)
    key = scale * _normal(*batch, *N, d_model, seed=1, dtype=dtype)
    value = _normal(*batch, *N, d_model, seed=2, dtype=dtype)
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


class _MultiHeadWith(nn.Module):
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
        return [_split_with(x, self.n_heads, cut=self.knobs["cut"]) for x in projected]

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
        return _merge_with(heads, join=self.knobs["join"])

    def _out(self, merged):
        if self.knobs["out"] == "twice":
            return self.W_o(self.W_o(merged))
        return self.W_o(merged) if self.knobs["out"] == "W_o" else merged


_attention = Exercise(
    reference=multihead.MultiHeadAttention,
    points=3,
    cases=_attention_cases,
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
    "weights: M ≠ N, one head, causal and padding masks, a query that may look at nothing, any "
    "number of batch axes, float32 and float64; gradients of inputs and of all eight parameters",
    returns=("output", "weights"),
    sizes=lambda query, key, value, mask=None: {
        "M": query.shape[-2],
        "N": key.shape[-2],
        "d_model": query.shape[-1],
    },
    rewrite=_MultiHeadWith,
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
            "scaled by √d_model instead of √d_k",
            "Each head's queries are d_k = d_model / n_heads wide, and that is how many products "
            "each score sums.",
            scale="d_model",
        ),
        Mistake(
            "forgot to divide by √d_k",
            "The scores inside a head are still dot products; they need lesson 04's scale.",
            scale="none",
        ),
        Mistake(
            "divided by d_k instead of √d_k",
            "The scores' standard deviation grows like the root of the width.",
            scale="d_k without root",
        ),
        Mistake(
            "scaled by the root of n_heads",
            "What matters is how wide a head is, not how many heads there are.",
            scale="heads",
        ),
        Mistake(
            "scaled by the root of the number of queries",
            "What matters is how wide a head is, not how many tokens there are.",
            scale="queries",
        ),
        Mistake(
            "scaled by the root of the number of keys",
            "What matters is how wide a head is, not how many tokens there are.",
            scale="keys",
        ),
        Mistake(
            "forgot the output projection",
            "The merged heads are pieces side by side; W_o mixes them.",
            out="none",
        ),
        Mistake(
            "applied the output projection twice",
            "W_o comes once, after the merge.",
            out="twice",
        ),
        Mistake(
            "used `view` where a transpose is due when splitting",
            "Reshaping alone gives a head whole tokens and pieces of others. Cut the last axis "
            "first, then swap heads and tokens.",
            cut="view",
        ),
        Mistake(
            "dealt the numbers out to the heads like cards",
            "Head h gets d_head neighbours of each vector, not every H-th number: (H d_head).",
            cut="interleaved",
        ),
        Mistake(
            "used `view` where a transpose is due when merging",
            "Bring the tokens to the left of the heads before you join heads and width.",
            join="view",
        ),
        Mistake(
            "merged the heads in the wrong order",
            "The numbers of one head stay neighbours: all of head 0, then all of head 1.",
            join="interleaved",
        ),
        Mistake(
            "took the softmax over the queries",
            "Each query shares out its own 1 over the keys: the last axis.",
            over="queries",
        ),
        Mistake(
            "took the softmax over the heads",
            "Heads do not compete. Inside each head, each query shares out a 1 over the keys.",
            over="heads",
        ),
        Mistake(
            "took the softmax over the batch",
            "Examples know nothing of each other; the softmax runs over the keys.",
            over="batch",
        ),
        Mistake(
            "read True in the mask as hidden",
            "That is nn.MultiheadAttention's convention. In this course True means may look.",
            hide="inverted",
        ),
        Mistake(
            "ignored the mask",
            "The mask has to reach the scores of every head before the softmax.",
            hide="never",
        ),
        Mistake(
            "masked after the softmax",
            "Then the rows no longer sum to 1: what was hidden has already taken its share.",
            hide="after",
        ),
        Mistake(
            "added the mask to the scores as 0 and 1",
            "A bonus of 1 hides nothing. Forbidden scores must become −∞.",
            hide="added",
        ),
        Mistake(
            "hid keys with a score near 0, such as −1e-9",
            "exp(0) is 1, so a forbidden key still gets weight. Its score must become −∞.",
            hide="tiny",
        ),
        Mistake(
            "let a query that may look at nothing return NaN",
            "A row of −∞ alone has no softmax. Such a query gets zeros: use lesson 04's "
            "masked softmax.",
            hide="NaN",
        ),
        Mistake(
            "let a query that may look at nothing look everywhere",
            "A large negative number in place of −∞ makes such a row uniform over forbidden keys. "
            "It should be zeros.",
            hide="finite",
        ),
        Mistake(
            "used W_q for queries and keys",
            "One projection did the work of two: keys have a matrix of their own, W_k.",
            project="W_q for keys",
        ),
        Mistake(
            "used W_k for keys and values",
            "One projection did the work of two: values have a matrix of their own, W_v.",
            project="W_k for values",
        ),
        Mistake(
            "used W_v for keys and values",
            "One projection did the work of two: keys have a matrix of their own, W_k.",
            project="W_v for keys",
        ),
        Mistake(
            "used one projection for all three",
            "Queries, keys and values each have a matrix of their own.",
            project="W_q for all",
        ),
        Mistake(
            "gave one Linear three names",
            "W_q, W_k and W_v are one object, with one set of numbers. Make a new `nn.Linear` for "
            "each.",
            project="one Linear",
        ),
        Mistake(
            "did not project the values",
            "Values go through W_v before they are split, as queries and keys do.",
            project="not values",
        ),
        Mistake(
            "did not project at all before attending",
            "Query, key and value each go through a Linear of their own first.",
            project="none",
        ),
        Mistake(
            "made keys and values from the query",
            "That is right for self-attention only. Keys come from `key`, values from `value`.",
            inputs="query for all",
        ),
        Mistake(
            "made the values from the key",
            "Values come from the third argument, `value`.",
            inputs="key for value",
        ),
        Mistake(
            "made the keys from the value",
            "Keys come from the second argument, `key`.",
            inputs="value for key",
        ),
        Mistake(
            "added the query to the output",
            "That is the residual of lesson 10, and stands outside this module.",
            added="query",
        ),
        Mistake(
            "hid the future without being asked",
            "Only the mask says who may look at whom; None hides nothing.",
            sees="the past",
        ),
        Mistake(
            "averaged the weights over the heads",
            "That is what nn.MultiheadAttention returns unless told otherwise. Here every head "
            "keeps its own map: (…, H, M, N).",
            told="averaged",
        ),
        Mistake(
            "returned the scores for the weights",
            "The second result is what multiplies the values: the scores after the softmax.",
            told="scores",
        ),
        Mistake(
            "counted on as many keys as queries",
            "M queries meet N keys. Take each length from the tensor that is being reshaped.",
            lengths="query's",
        ),
        Mistake(
            "counted on exactly one batch axis",
            "The input may have no batch axis, or several. Count axes from the right.",
            batch="one",
        ),
    ),
)


EXERCISES = (_split, _merge, _attention)
