"""Wire self-attention and feed-forward with residuals and norms."""

import torch
from torch import nn

from attncourse import blocks
from attncourse.blocks import FeedForward, LayerNorm
from attncourse.checks.engine.exercise import Case, Exercise, Mistake
from attncourse.checks.exercises.blocks.shared import PRE_NORM, block_masks, kept
from attncourse.checks.exercises.inputs import by_shape
from attncourse.multihead import MultiHeadAttention

_RIGHT = dict(
    norm="pre",
    norms="own",
    keep_1="x",
    keep_2="x",
    think="after",
    inputs="normal",
    mask="given",
    times=1,
    told="per head",
)


class _with(nn.Module):
    """The reference once more, with a knob for each mistake."""

    def __init__(self, d_model, n_heads, d_ff, **knobs):
        super().__init__()
        self.knobs = _RIGHT | knobs
        self.attention = kept(MultiHeadAttention, d_model, n_heads)
        self.feed_forward = kept(FeedForward, d_model, d_ff)
        self.norm_1, self.norm_2 = (kept(LayerNorm, d_model, number=n) for n in (1, 2))

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
        kept = start if self.knobs["keep_2"] == "the block's input" else None
        x = (self._kept(x, seen, "keep_2") if kept is None else kept) + self._think(seen)
        x = second(x) if self.knobs["norm"] == "once more" else x
        return x, weights.mean(-3) if self.knobs["told"] == "averaged" else weights

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


def _cases():
    causal, padding, blind = block_masks()
    again = {"before": (by_shape(3, 7, 6),), "training": True}  # after another length
    return [
        Case("plain", by_shape(2, 3), build=(3, 1, 5)),
        Case("no batch axis", by_shape(5, 6) * 2, build=(6, 3, 10)),
        Case("one token", by_shape(2, 1, 6), build=(6, 2, 7)),
        Case("plain", by_shape(2, 71, 6) + 1, build=(6, 2, 11), **again),
        Case("causal mask", by_shape(2, 5, 10), causal, build=(10, 5, 7)),
        Case("padding mask", by_shape(2, 5, 6), padding, build=(6, 2, 13)),
        Case("fully masked row", by_shape(5, 6), blind, build=(6, 3, 10)),
        Case("large vectors", by_shape(2, 5, 6) * 100, causal, build=(6, 2, 11), rtol=1e-4),
        Case("two batch axes", by_shape(2, 3, 7, 10), build=(10, 2, 11)),
        Case("float32", by_shape(3, 5, 6, dtype=torch.float32), causal, build=(6, 3, 10)),
    ]


_MISTAKES = (
    Mistake(
        "normalised-after-adding-post-norm",
        "normalised after adding (post-norm)",
        PRE_NORM,
        norm="post",
    ),
    Mistake(
        "normalised-before-after-sublayer",
        "normalised before and after each sublayer",
        "In a pre-norm block nothing touches the sum: x goes on as it is.",
        norm="both",
    ),
    Mistake(
        "never-normalised",
        "never normalised",
        "Attention sees norm_1(x), the feed-forward layer sees norm_2(x).",
        norm="none",
    ),
    Mistake(
        "forgot-add-x-what-attention",
        "forgot to add x to what attention found",
        "Without the sum each block forgets what it was given, and gradients have no short way.",
        keep_1="nothing",
    ),
    Mistake(
        "forgot-add-x-what-feed",
        "forgot to add x to what the feed-forward layer made",
        "The second sublayer has its sum too: x + feed_forward(norm_2(x)).",
        keep_2="nothing",
    ),
    Mistake(
        "forgot-add-x-both-sublayers",
        "forgot to add x in both sublayers",
        "Each sublayer's result is added to what entered it.",
        keep_1="nothing",
        keep_2="nothing",
    ),
    Mistake(
        "added-normalised-x-first-sublayer",
        "added the normalised x in the first sublayer",
        "What is kept is x itself; only attention sees its normalised copy.",
        keep_1="normal",
    ),
    Mistake(
        "added-normalised-x-second-sublayer",
        "added the normalised x in the second sublayer",
        "What is kept is x itself; only the feed-forward layer sees its normalised copy.",
        keep_2="normal",
    ),
    Mistake(
        "added-normalised-x-both-sublayers",
        "added the normalised x in both sublayers",
        "What is kept is x itself; only the sublayers see normalised copies.",
        keep_1="normal",
        keep_2="normal",
    ),
    Mistake(
        "added-x-twice-first-sublayer",
        "added x twice in the first sublayer",
        "Once is enough: x + attention.",
        keep_1="twice",
    ),
    Mistake(
        "added-x-twice-second-sublayer",
        "added x twice in the second sublayer",
        "Once is enough: x + feed-forward.",
        keep_2="twice",
    ),
    Mistake(
        "used-norm-1-both-sublayers",
        "used norm_1 in both sublayers",
        "Each sublayer has a norm of its own, with its own gain and bias.",
        norms="first twice",
    ),
    Mistake(
        "used-norm-2-both-sublayers",
        "used norm_2 in both sublayers",
        "Each sublayer has a norm of its own, with its own gain and bias.",
        norms="second twice",
    ),
    Mistake(
        "swapped-two-norms",
        "swapped the two norms",
        "norm_1 belongs to attention, norm_2 to the feed-forward layer.",
        norms="swapped",
    ),
    Mistake(
        "did-normalise-before-feed-forward",
        "did not normalise before the feed-forward layer",
        "It sees norm_2(x).",
        norms="only first",
    ),
    Mistake(
        "did-normalise-before-attention",
        "did not normalise before attention",
        "It sees norm_1(x), as query, key and value.",
        norms="only second",
    ),
    Mistake(
        "normalised-query-only",
        "normalised the query only",
        "In self-attention query, key and value are the same vectors: norm_1(x), three times.",
        inputs="plain memory",
    ),
    Mistake(
        "normalised-keys-values",
        "normalised keys and values, not the query",
        "In self-attention query, key and value are the same vectors: norm_1(x), three times.",
        inputs="plain query",
    ),
    Mistake(
        "did-normalise-values",
        "did not normalise the values",
        "In self-attention query, key and value are the same vectors: norm_1(x), three times.",
        inputs="plain values",
    ),
    Mistake(
        "ignored-mask",
        "ignored the mask",
        "Attention needs it as its fourth argument.",
        mask="none",
    ),
    Mistake(
        "read-true-mask-hidden",
        "read True in the mask as hidden",
        "That is PyTorch's module's convention. In this course True means may attend.",
        mask="inverted",
    ),
    Mistake(
        "left-out-feed-forward-layer",
        "left out the feed-forward layer",
        "After looking, each token thinks: x + feed_forward(norm_2(x)).",
        think="never",
    ),
    Mistake(
        "thought-before-looking",
        "thought before looking",
        "Attention comes first, the feed-forward layer second.",
        think="before",
    ),
    Mistake(
        "let-both-sublayers-start-same",
        "let both sublayers start from the same x",
        "Some models do that, in parallel. Here the second sublayer starts from the first's sum.",
        think="beside",
    ),
    Mistake(
        "applied-feed-forward-layer-twice",
        "applied the feed-forward layer twice",
        "Once per block.",
        times=2,
    ),
    Mistake(
        "kept-the-input",
        "added the block's input twice, so that what attention found is lost",
        "The second sum starts from the first: x + feed_forward(norm_2(x)) with the x that "
        "attention has left.",
        keep_2="the block's input",
        alone=True,
    ),
    Mistake(
        "normalised-once-more",
        "normalised the result once more",
        "Pre-norm blocks leave the stream as it grew; one norm comes after the whole stack.",
        norm="once more",
        alone=True,
    ),
    Mistake(
        "averaged-weights",
        "averaged the weights over the heads",
        "Every head keeps its own map: (…, H, T, T).",
        told="averaged",
        alone=True,
    ),
)


EXERCISE = Exercise(
    reference=blocks.Block,
    points=3,
    cases=_cases,
    hints=(
        "Two sublayers, the same pattern twice: normalise a copy, let the sublayer work on the "
        "copy, add the result to x.",
        "Attention gets the normalised vectors three times, as query, key and value, and the mask "
        "as its fourth argument. It returns two things.",
        "x changes twice. The second sublayer normalises the x that the first one has left.",
        "Return (x, weights): the weights come from attention as they are, one map per head.",
    ),
    verified="equal to the package's pre-norm block, which equals `nn.TransformerEncoderLayer` "
    "with the same weights: with causal and padding masks, a query that may attend to nothing, one "
    "token, any number of batch axes, float32 and float64; gradients of x and of all parameters",
    returns=("output", "weights"),
    sizes=lambda x, mask=None: {"T": x.shape[-2], "d_model": x.shape[-1]},
    rewrite=_with,
    mistakes=_MISTAKES,
)
