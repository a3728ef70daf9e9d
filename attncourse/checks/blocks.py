"""Exercises of lesson 10: normalise a vector, wire an encoder block, wire a decoder block."""

import torch
from torch import nn

from attncourse import blocks
from attncourse.blocks import FeedForward, LayerNorm
from attncourse.checks.core import Case, Exercise, Law, Mistake
from attncourse.masks import causal_mask, padding_mask
from attncourse.multihead import MultiHeadAttention


def _normal(*shape, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(sum(shape) + 31 * seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)


# layer_norm ---------------------------------------------------------------------------------------


def _norm_case(label, x, *, dtype=torch.float64, **options):
    width = x.shape[-1]
    gain, bias = _normal(width, seed=1, dtype=dtype), _normal(width, seed=2, dtype=dtype)
    return Case(label, x.to(dtype), gain, bias, **options)


def _norm_cases():
    return [
        _norm_case("plain", _normal(2, 3)),
        _norm_case("one vector", _normal(5)),
        _norm_case("one token", _normal(1, 7)),
        _norm_case("plain", _normal(2, 5, 6) * 3 + 2),
        _norm_case("another eps", _normal(3, 5, 7), eps=0.3),
        _norm_case("large offset", _normal(5, 6) + 50, rtol=1e-4),
        _norm_case("vectors of different size", _normal(3, 7) * torch.tensor([[1e2], [1], [1e-2]])),
        _norm_case("nearly equal entries", _normal(3, 5) * 1e-3 - 1),
        _norm_case("equal entries", torch.full((2, 6), 3.0)),
        _norm_case("two batch axes", _normal(2, 3, 5, 7)),
        _norm_case("float32", _normal(3, 5, 10), dtype=torch.float32),
        _norm_case("not contiguous", _normal(7, 5).T),
    ]


def _norm_with(
    x,
    gain,
    bias,
    eps=1e-5,
    *,
    over="entries",
    centre="mean",
    spread="variance",
    guard="inside",
    stretch="gain",
    shift="bias",
    batch="any",
):
    if batch == "one":
        _, _, _ = x.shape
    axes = {"entries": -1, "tokens": -2, "batch": 0, "all": tuple(range(x.ndim)), "two": (-2, -1)}
    axis = axes[over]
    mean = x.mean(axis, keepdim=True)
    squares = (x if spread == "square" else x - mean).square()
    size = squares.numel() / squares.sum(axis, keepdim=True).numel()
    count = {"unbiased": size - 1, "sum": 1}.get(spread, size)
    variance = squares.sum(axis, keepdim=True) / count
    eps = {"fixed": 1e-5, "none": 0.0, "after": 0.0}.get(guard, eps)
    deviation = (
        variance.sqrt() + eps
        if guard == "outside"
        else variance + eps
        if spread == "no root"
        else (variance + eps).sqrt()
    )
    normal = {
        "mean": lambda: (x - mean) / deviation,
        "none": lambda: x / deviation,
        "after": lambda: x / deviation - mean,
        "only": lambda: x - mean,
    }[centre]()
    if shift == "before gain":
        return (normal + bias) * gain
    stretched = {"gain": gain, "none": 1.0, "one more": 1 + gain, "bias": bias}[stretch] * normal
    return stretched + {"bias": bias, "none": 0.0, "gain": gain, "minus": -bias}[shift]


_norm = Exercise(
    reference=blocks.layer_norm,
    points=2,
    cases=_norm_cases,
    hints=(
        "Take one vector alone, with gain 1 and bias 0: which mean and which variance should it "
        "have afterwards?",
        "Mean and variance run over the last axis only. Keep that axis with size 1, so that they "
        "line up with the vector again.",
        "The variance is the mean of the squared distances from the mean, divided by d_model, not "
        "by d_model − 1; eps is added to it before the root.",
    ),
    verified="each vector on its own, with any number of batch axes, another eps, vectors of very "
    "different size, equal entries, float32 and float64; gradients of x, gain and bias",
    sizes=lambda x, gain, bias, eps=1e-5: {"d_model": x.shape[-1]},
    rewrite=_norm_with,
    laws=(
        Law(
            "without gain and bias, each vector has mean 0",
            lambda result, x, gain, bias, eps=1e-5: bool(
                torch.allclose(
                    ((result - bias) / gain).mean(-1).double(), torch.zeros(()).double(), atol=1e-4
                )
            ),
        ),
        Law(
            "without gain and bias, no vector has a variance above 1",
            lambda result, x, gain, bias, eps=1e-5: bool(
                (((result - bias) / gain).var(-1, correction=0) < 1 + 1e-4).all()
            ),
        ),
    ),
    mistakes=(
        Mistake(
            "normalised over the tokens, not over a vector's entries",
            "Each token is normalised on its own, so that no token needs to know the others: the "
            "mean runs over the last axis.",
            over="tokens",
        ),
        Mistake(
            "normalised over the first axis",
            "That is close to batch normalisation, and at another batch size it gives another "
            "result. The mean runs over the entries of one vector, the last axis.",
            over="batch",
        ),
        Mistake(
            "took one mean and variance for everything",
            "Every vector has a mean and a variance of its own: reduce the last axis only.",
            over="all",
        ),
        Mistake(
            "took one mean and variance per sequence",
            "Every token has a mean and a variance of its own: reduce the last axis only.",
            over="two",
        ),
        Mistake(
            "divided the squares by d_model − 1",
            "torch.var and torch.std do that by default. Here the variance is the plain mean of "
            "the squares.",
            spread="unbiased",
        ),
        Mistake(
            "divided by the variance instead of its root",
            "The variance is in squared units. To bring a vector to variance 1, divide by √.",
            spread="no root",
        ),
        Mistake(
            "added the squares up instead of averaging them",
            "The variance is a mean: divide the sum of the squares by d_model.",
            spread="sum",
        ),
        Mistake(
            "put eps outside the root",
            "eps is added to the variance, under the root: √(σ² + eps).",
            guard="outside",
        ),
        Mistake(
            "forgot eps",
            "A vector of equal entries has variance 0, and 0 / 0 is NaN. Add eps under the root.",
            guard="none",
        ),
        Mistake(
            "used 1e-5 whatever eps came",
            "eps is an argument; use the one that was passed.",
            guard="fixed",
        ),
        Mistake(
            "forgot the gain",
            "After normalising, each entry is multiplied by its own gain.",
            stretch="none",
        ),
        Mistake(
            "forgot the bias",
            "At the end each entry gets its own bias added.",
            shift="none",
        ),
        Mistake(
            "swapped gain and bias",
            "The gain multiplies, the bias is added.",
            stretch="bias",
            shift="gain",
        ),
        Mistake(
            "added the bias before the gain",
            "Stretch first, then shift: the bias is not multiplied.",
            shift="before gain",
        ),
        Mistake(
            "subtracted the bias",
            "The bias is added.",
            shift="minus",
        ),
        Mistake(
            "multiplied by 1 + gain",
            "Some libraries store the gain's difference from 1. Here the gain itself multiplies.",
            stretch="one more",
        ),
        Mistake(
            "did not subtract the mean",
            "The result must have mean 0 before gain and bias: subtract μ first.",
            centre="none",
        ),
        Mistake(
            "divided by the root mean square of x itself",
            "That is RMSNorm when the mean stays, a good idea of its own. Here squares are taken "
            "of x − μ, and x − μ is divided.",
            centre="none",
            spread="square",
        ),
        Mistake(
            "took the squares of x instead of x − μ",
            "The variance measures distances from the mean.",
            spread="square",
        ),
        Mistake(
            "subtracted the mean after dividing",
            "Subtract first: (x − μ) / √(σ² + eps).",
            centre="after",
        ),
        Mistake(
            "did not divide by the deviation",
            "The mean is 0 now, but the variance is not 1 yet.",
            centre="only",
        ),
        Mistake(
            "counted on exactly one batch axis",
            "The input may be one vector, or have several batch axes. Count axes from the right.",
            batch="one",
        ),
    ),
)


# EncoderBlock -------------------------------------------------------------------------------------


_ENCODER_RIGHT = dict(
    norm="pre",
    norms="own",
    keep_1="x",
    keep_2="x",
    think="after",
    inputs="normal",
    mask="given",
    times=1,
)


class _EncoderWith(nn.Module):
    """The reference once more, with a knob for each mistake."""

    def __init__(self, d_model, n_heads, d_ff, **knobs):
        super().__init__()
        self.knobs = _ENCODER_RIGHT | knobs
        self.attention = MultiHeadAttention(d_model, n_heads)
        self.feed_forward = FeedForward(d_model, d_ff)
        self.norm_1, self.norm_2 = LayerNorm(d_model), LayerNorm(d_model)

    def forward(self, x, mask=None):
        first, second = self._norms()
        if self.knobs["think"] == "before":
            x = x + self._think(second(x))
            return self._look(x, mask, first)
        start = x
        x, weights = self._look(x, mask, first)
        if self.knobs["think"] == "never":
            return x, weights
        if self.knobs["norm"] in ("post", "both"):
            seen = second(x) if self.knobs["norm"] == "both" else x
            x = second(self._kept(x, x, "keep_2") + self._think(seen))
            return x, weights
        seen = second({"after": x, "beside": start}[self.knobs["think"]])
        return self._kept(x, seen, "keep_2") + self._think(seen), weights

    def _norms(self):
        if self.knobs["norm"] == "none":
            return nn.Identity(), nn.Identity()
        return {
            "own": (self.norm_1, self.norm_2),
            "first twice": (self.norm_1, self.norm_1),
            "second twice": (self.norm_2, self.norm_2),
            "swapped": (self.norm_2, self.norm_1),
            "only first": (self.norm_1, nn.Identity()),
            "only second": (nn.Identity(), self.norm_2),
        }[self.knobs["norms"]]

    def _look(self, x, mask, norm):
        if mask is not None:
            mask = {"given": mask, "none": None, "inverted": ~mask}[self.knobs["mask"]]
        seen = x if self.knobs["norm"] == "post" else norm(x)
        query, key, value = {
            "normal": (seen, seen, seen),
            "plain memory": (seen, x, x),
            "plain query": (x, seen, seen),
            "plain values": (seen, seen, x),
        }[self.knobs["inputs"]]
        found, weights = self.attention(query, key, value, mask)
        total = self._kept(x, seen, "keep_1") + found
        return norm(total) if self.knobs["norm"] in ("post", "both") else total, weights

    def _kept(self, x, seen, which):
        """What a sublayer's result is added to."""
        kept = {"x": x, "nothing": torch.zeros_like(x), "normal": seen, "twice": 2 * x}
        return kept[self.knobs[which]]

    def _think(self, x):
        for _ in range(self.knobs["times"]):
            x = self.feed_forward(x)
        return x


def _block_masks(T=5):
    padding = padding_mask(torch.tensor([5, 3]), T)[:, None]
    blind = torch.ones(T, T, dtype=torch.bool)
    blind[2] = False
    return causal_mask(T), padding, blind


def _encoder_cases():
    causal, padding, blind = _block_masks()
    return [
        Case("plain", _normal(2, 3), build=(3, 1, 5)),
        Case("no batch axis", _normal(5, 6) * 2, build=(6, 3, 10)),
        Case("one token", _normal(2, 1, 6), build=(6, 2, 7)),
        Case("plain", _normal(2, 5, 6) + 1, build=(6, 2, 11)),
        Case("causal mask", _normal(2, 5, 10), causal, build=(10, 5, 7)),
        Case("padding mask", _normal(2, 5, 6), padding, build=(6, 2, 13)),
        Case("fully masked row", _normal(5, 6), blind, build=(6, 3, 10)),
        Case("large vectors", _normal(2, 5, 6) * 100, causal, build=(6, 2, 11), rtol=1e-4),
        Case("two batch axes", _normal(2, 3, 7, 10), build=(10, 2, 11)),
        Case("float32", _normal(3, 5, 6, dtype=torch.float32), causal, build=(6, 3, 10)),
    ]


_PRE_NORM = (
    "That is the post-norm block of the first Transformer. We ask for pre-norm: normalise what "
    "enters a sublayer, and add the result to x as it was."
)
_ENCODER_MISTAKES = (
    Mistake("normalised after adding (post-norm)", _PRE_NORM, norm="post"),
    Mistake(
        "normalised before and after each sublayer",
        "In a pre-norm block nothing touches the sum: x goes on as it is.",
        norm="both",
    ),
    Mistake(
        "never normalised",
        "Attention sees norm_1(x), the feed-forward layer sees norm_2(x).",
        norm="none",
    ),
    Mistake(
        "forgot to add x to what attention found",
        "Without the sum each block forgets what it was given, and gradients have no short way.",
        keep_1="nothing",
    ),
    Mistake(
        "forgot to add x to what the feed-forward layer made",
        "The second sublayer has its sum too: x + feed_forward(norm_2(x)).",
        keep_2="nothing",
    ),
    Mistake(
        "forgot to add x in both sublayers",
        "Each sublayer's result is added to what entered it.",
        keep_1="nothing",
        keep_2="nothing",
    ),
    Mistake(
        "added the normalised x in the first sublayer",
        "What is kept is x itself; only attention sees its normalised copy.",
        keep_1="normal",
    ),
    Mistake(
        "added the normalised x in the second sublayer",
        "What is kept is x itself; only the feed-forward layer sees its normalised copy.",
        keep_2="normal",
    ),
    Mistake(
        "added the normalised x in both sublayers",
        "What is kept is x itself; only the sublayers see normalised copies.",
        keep_1="normal",
        keep_2="normal",
    ),
    Mistake(
        "added x twice in the first sublayer",
        "Once is enough: x + attention.",
        keep_1="twice",
    ),
    Mistake(
        "added x twice in the second sublayer",
        "Once is enough: x + feed-forward.",
        keep_2="twice",
    ),
    Mistake(
        "used norm_1 in both sublayers",
        "Each sublayer has a norm of its own, with its own gain and bias.",
        norms="first twice",
    ),
    Mistake(
        "used norm_2 in both sublayers",
        "Each sublayer has a norm of its own, with its own gain and bias.",
        norms="second twice",
    ),
    Mistake(
        "swapped the two norms",
        "norm_1 belongs to attention, norm_2 to the feed-forward layer.",
        norms="swapped",
    ),
    Mistake(
        "did not normalise before the feed-forward layer",
        "It sees norm_2(x).",
        norms="only first",
    ),
    Mistake(
        "did not normalise before attention",
        "It sees norm_1(x), as query, key and value.",
        norms="only second",
    ),
    Mistake(
        "normalised the query only",
        "In self-attention query, key and value are the same vectors: norm_1(x), three times.",
        inputs="plain memory",
    ),
    Mistake(
        "normalised keys and values, not the query",
        "In self-attention query, key and value are the same vectors: norm_1(x), three times.",
        inputs="plain query",
    ),
    Mistake(
        "did not normalise the values",
        "In self-attention query, key and value are the same vectors: norm_1(x), three times.",
        inputs="plain values",
    ),
    Mistake(
        "ignored the mask",
        "Attention needs it as its fourth argument.",
        mask="none",
    ),
    Mistake(
        "read True in the mask as hidden",
        "That is PyTorch's module's convention. In this course True means may look.",
        mask="inverted",
    ),
    Mistake(
        "left out the feed-forward layer",
        "After looking, each token thinks: x + feed_forward(norm_2(x)).",
        think="never",
    ),
    Mistake(
        "thought before looking",
        "Attention comes first, the feed-forward layer second.",
        think="before",
    ),
    Mistake(
        "let both sublayers start from the same x",
        "Some models do that, in parallel. Here the second sublayer starts from the first's sum.",
        think="beside",
    ),
    Mistake(
        "applied the feed-forward layer twice",
        "Once per block.",
        times=2,
    ),
)

_encoder = Exercise(
    reference=blocks.EncoderBlock,
    points=3,
    cases=_encoder_cases,
    hints=(
        "Two sublayers, the same pattern twice: normalise a copy, let the sublayer work on the "
        "copy, add the result to x.",
        "Attention gets the normalised vectors three times, as query, key and value, and the mask "
        "as its fourth argument. It returns two things.",
        "x changes twice. The second sublayer normalises the x that the first one has left.",
        "Return (x, weights): the weights come from attention as they are, one map per head.",
    ),
    verified="equal to the package's pre-norm block, which equals `nn.TransformerEncoderLayer` "
    "with the same weights: with causal and padding masks, a query that may look at nothing, one "
    "token, any number of batch axes, float32 and float64; gradients of x and of all parameters",
    returns=("output", "weights"),
    sizes=lambda x, mask=None: {"T": x.shape[-2], "d_model": x.shape[-1]},
    rewrite=_EncoderWith,
    mistakes=_ENCODER_MISTAKES,
)


# DecoderBlock -------------------------------------------------------------------------------------


_DECODER_RIGHT = dict(
    norm="pre",
    norms="123",
    steps="self cross think",
    keep="123",
    asks="x",
    memory="given",
    masks="own",
    modules="own",
    told="self cross",
)


class _DecoderWith(nn.Module):
    """The reference once more, with a knob for each mistake."""

    def __init__(self, d_model, n_heads, d_ff, **knobs):
        super().__init__()
        self.knobs = _DECODER_RIGHT | knobs
        self.attention = MultiHeadAttention(d_model, n_heads)
        self.cross_attention = MultiHeadAttention(d_model, n_heads)
        self.feed_forward = FeedForward(d_model, d_ff)
        self.norm_1, self.norm_2 = LayerNorm(d_model), LayerNorm(d_model)
        self.norm_3 = LayerNorm(d_model)

    def forward(self, x, memory, mask=None, memory_mask=None):
        maps = {}
        look, ask = self._attentions()
        mask, memory_mask = self._masks(mask, memory_mask)

        def self_step(seen):
            found, maps["self"] = look(seen, seen, seen, mask)
            return found

        def cross_step(seen):
            asked, others = (seen, memory) if self.knobs["asks"] == "x" else (memory, seen)
            key, value = self._memory(seen, others)
            found, maps["cross"] = ask(asked, key, value, memory_mask)
            return found

        steps = {"self": self_step, "cross": cross_step, "think": self.feed_forward}
        for name in self.knobs["steps"].split():
            number = ["self", "cross", "think"].index(name)
            x = self._sublayer(x, steps[name], number)
        maps.setdefault("cross", maps.get("self"))
        return x, *(maps[name] for name in self.knobs["told"].split())

    def _sublayer(self, x, step, number):
        which = self.knobs["norms"][number]
        norm = nn.Identity() if which == "-" else getattr(self, f"norm_{which}")
        kept = str(number + 1) in self.knobs["keep"]
        if self.knobs["norm"] == "post":
            return norm(x * kept + step(x))
        seen = norm(x)
        base = seen if self.knobs["norm"] == "kept" else x
        return base * kept + step(seen)

    def _memory(self, seen, others):
        norm = {"norm_2": self.norm_2, "norm_1": self.norm_1}.get(self.knobs["memory"])
        if norm is not None:
            return norm(others), norm(others)
        return {
            "given": (others, others),
            "x": (seen, seen),
            "values from x": (others, seen),
        }[self.knobs["memory"]]

    def _masks(self, mask, memory_mask):
        def inverted(given):
            return None if given is None else ~given

        return {
            "own": (mask, memory_mask),
            "swapped": (memory_mask, mask),
            "no mask": (None, memory_mask),
            "no memory mask": (mask, None),
            "none": (None, None),
            "mask for both": (mask, mask),
            "inverted": (inverted(mask), inverted(memory_mask)),
        }[self.knobs["masks"]]

    def _attentions(self):
        return {
            "own": (self.attention, self.cross_attention),
            "swapped": (self.cross_attention, self.attention),
            "first twice": (self.attention, self.attention),
            "second twice": (self.cross_attention, self.cross_attention),
        }[self.knobs["modules"]]


def _decoder_cases():
    causal, _, blind = _block_masks()
    padding = padding_mask(torch.tensor([7, 2]), 7)[:, None]
    one_padding = padding_mask(torch.tensor([1]), 3)
    return [
        Case("plain", _normal(2, 3), _normal(4, 3, seed=1), build=(3, 1, 5)),
        Case("one token", _normal(2, 1, 6), _normal(2, 7, 6, seed=1), build=(6, 3, 10)),
        Case("one token in the memory", _normal(5, 6), _normal(1, 6, seed=1), build=(6, 2, 7)),
        Case("plain", _normal(2, 5, 6) + 1, _normal(2, 7, 6, seed=1), build=(6, 2, 11)),
        Case("mask", _normal(2, 5, 10), _normal(2, 7, 10, seed=1), causal, build=(10, 5, 7)),
        Case(
            "memory mask",
            *(_normal(2, 5, 6), _normal(2, 7, 6, seed=1), None, padding),
            build=(6, 3, 13),
        ),
        Case(
            "both masks",
            *(_normal(2, 5, 6), _normal(2, 7, 6, seed=1), causal, padding),
            build=(6, 2, 11),
        ),
        Case(
            "both masks",
            *(_normal(5, 6) * 2, _normal(3, 6, seed=1), blind, one_padding),
            build=(6, 2, 11),
        ),
        Case(
            "two batch axes", _normal(2, 3, 5, 10), _normal(2, 3, 7, 10, seed=1), build=(10, 2, 7)
        ),
        Case(
            "float32",
            _normal(3, 5, 6, dtype=torch.float32),
            _normal(3, 7, 6, seed=1, dtype=torch.float32),
            causal,
            build=(6, 3, 10),
        ),
    ]


def _without(name, what):
    return f"Each of the three results is added to the x that entered it; {name} lost {what}."


_decoder = Exercise(
    reference=blocks.DecoderBlock,
    points=3,
    cases=_decoder_cases,
    hints=(
        "Your EncoderBlock with one sublayer more, in the middle: the same pattern three times.",
        "The middle sublayer asks the memory: queries come from the normalised x, keys and values "
        "are the memory as it came.",
        "`mask` says who in x may look at whom in x; `memory_mask` says whom in the memory they "
        "may look at. Each belongs to one attention.",
        "norm_1 before self-attention, norm_2 before cross-attention, norm_3 before the "
        "feed-forward layer; nothing normalises the memory here.",
    ),
    verified="equal to the package's pre-norm block, which equals `nn.TransformerDecoderLayer` "
    "with the same weights: M ≠ N, either mask, both masks, a query that may look at nothing, any "
    "number of batch axes, float32 and float64; gradients of x, memory and all parameters",
    returns=("output", "weights", "cross weights"),
    sizes=lambda x, memory, mask=None, memory_mask=None: {
        "M": x.shape[-2],
        "N": memory.shape[-2],
        "d_model": x.shape[-1],
    },
    rewrite=_DecoderWith,
    mistakes=(
        Mistake("normalised after adding (post-norm)", _PRE_NORM, norm="post"),
        Mistake(
            "never normalised",
            "Each of the three sublayers sees a normalised x, by its own norm.",
            norms="---",
        ),
        Mistake(
            "added the normalised x",
            "What is kept is x itself; only the sublayers see normalised copies.",
            norm="kept",
        ),
        Mistake(
            "forgot to add x after self-attention", _without("self-attention", "it"), keep="23"
        ),
        Mistake(
            "forgot to add x after cross-attention", _without("cross-attention", "it"), keep="13"
        ),
        Mistake(
            "forgot to add x after the feed-forward layer",
            _without("the feed-forward layer", "it"),
            keep="12",
        ),
        Mistake(
            "never added x",
            "Each of the three results is added to the x that entered its sublayer.",
            keep="",
        ),
        Mistake(
            "took queries from the memory and keys from x",
            "The decoder asks, the memory answers: queries come from x, keys and values from the "
            "memory.",
            asks="memory",
        ),
        Mistake(
            "asked x instead of the memory",
            "That is self-attention a second time. Keys and values of the middle sublayer are the "
            "memory.",
            memory="x",
        ),
        Mistake(
            "took the values of cross-attention from x",
            "Keys and values come together, from the memory.",
            memory="values from x",
        ),
        Mistake(
            "normalised the memory with norm_2",
            "norm_2 is for x. The memory comes from the encoder as it should be.",
            memory="norm_2",
        ),
        Mistake(
            "normalised the memory with norm_1",
            "norm_1 is for x. The memory comes from the encoder as it should be.",
            memory="norm_1",
        ),
        Mistake(
            "swapped the two masks",
            "`mask` is for self-attention, `memory_mask` for cross-attention.",
            masks="swapped",
        ),
        Mistake(
            "ignored the mask of self-attention",
            "Without it a word sees the words it is to predict.",
            masks="no mask",
        ),
        Mistake(
            "ignored the memory mask",
            "Without it padding answers too.",
            masks="no memory mask",
        ),
        Mistake(
            "ignored both masks",
            "Each attention has a mask, its fourth argument.",
            masks="none",
        ),
        Mistake(
            "gave `mask` to both attentions",
            "Cross-attention looks at the memory: it needs `memory_mask`.",
            masks="mask for both",
        ),
        Mistake(
            "read True in the masks as hidden",
            "That is PyTorch's module's convention. In this course True means may look.",
            masks="inverted",
        ),
        Mistake(
            "left out self-attention",
            "The words of the target look at each other first.",
            steps="cross think",
            told="cross cross",
        ),
        Mistake(
            "left out cross-attention",
            "Without the middle sublayer the decoder never hears of the source.",
            steps="self think",
        ),
        Mistake(
            "left out the feed-forward layer",
            "The third sublayer: x + feed_forward(norm_3(x)).",
            steps="self cross",
        ),
        Mistake(
            "asked the memory before looking at the target",
            "Self-attention comes first, then cross-attention.",
            steps="cross self think",
        ),
        Mistake(
            "thought before asking the memory",
            "The feed-forward layer comes last.",
            steps="self think cross",
        ),
        Mistake(
            "swapped the two attentions",
            "`attention` looks at x, `cross_attention` at the memory.",
            modules="swapped",
        ),
        Mistake(
            "used `attention` for both",
            "The memory has an attention of its own, with its own weights: `cross_attention`.",
            modules="first twice",
        ),
        Mistake(
            "used `cross_attention` for both",
            "x has an attention of its own, with its own weights: `attention`.",
            modules="second twice",
        ),
        *(
            Mistake(
                "mixed up the norms",
                "norm_1 for self-attention, norm_2 for cross-attention, norm_3 for the "
                "feed-forward layer.",
                norms=norms,
            )
            for norms in ("113", "122", "111", "132", "213", "321", "222", "333", "112")
        ),
        Mistake(
            "did not normalise before self-attention",
            "Each sublayer sees a normalised x.",
            norms="-23",
        ),
        Mistake(
            "did not normalise before cross-attention",
            "Each sublayer sees a normalised x.",
            norms="1-3",
        ),
        Mistake(
            "did not normalise before the feed-forward layer",
            "Each sublayer sees a normalised x.",
            norms="12-",
        ),
        Mistake(
            "returned the two maps in the wrong order",
            "First the weights over x, then those over the memory.",
            told="cross self",
        ),
        Mistake(
            "returned the map over x twice",
            "The third part is what cross-attention returned.",
            told="self self",
        ),
    ),
)


EXERCISES = (_norm, _encoder, _decoder)
