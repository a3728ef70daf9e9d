"""Wire causal self-attention, cross-attention and feed-forward."""

import torch
from torch import nn

from attncourse import blocks
from attncourse.blocks import FeedForward, LayerNorm
from attncourse.checks.engine.exercise import Case, Exercise, Mistake
from attncourse.checks.exercises.blocks.shared import PRE_NORM, block_masks, kept
from attncourse.checks.exercises.inputs import by_shape
from attncourse.masks import padding_mask
from attncourse.multihead import MultiHeadAttention

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


class _with(nn.Module):
    """The reference once more, with a knob for each mistake."""

    def __init__(self, d_model, n_heads, d_ff, **knobs):
        super().__init__()
        self.knobs = _DECODER_RIGHT | knobs
        self.attention = kept(MultiHeadAttention, d_model, n_heads)
        self.cross_attention = kept(MultiHeadAttention, d_model, n_heads, number=2)
        self.feed_forward = kept(FeedForward, d_model, d_ff)
        self.norm_1, self.norm_2, self.norm_3 = (
            kept(LayerNorm, d_model, number=number) for number in (1, 2, 3)
        )

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
        if self.knobs["steps"] == "side by side":
            beside = self._sublayer(x, cross_step, 1) - x
            x = self._sublayer(x, self_step, 0) + beside
        for name in self.knobs["steps"].removeprefix("side by side").split() or ["think"]:
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


def _cases():
    causal, _, blind = block_masks()
    padding = padding_mask(torch.tensor([7, 2]), 7)[:, None]
    again = {"before": (by_shape(3, 7, 6), by_shape(3, 5, 6)), "training": True}  # other lengths
    one_padding = padding_mask(torch.tensor([1]), 3)
    return [
        Case("plain", by_shape(2, 3), by_shape(4, 3, seed=31), build=(3, 1, 5)),
        Case("one token", by_shape(2, 1, 6), by_shape(2, 7, 6, seed=31), build=(6, 3, 10)),
        Case("one token in the memory", by_shape(5, 6), by_shape(1, 6, seed=31), build=(6, 2, 7)),
        Case(
            "plain", by_shape(2, 67, 6) + 1, by_shape(2, 71, 6, seed=31), build=(6, 2, 11), **again
        ),
        Case("mask", by_shape(2, 5, 10), by_shape(2, 7, 10, seed=31), causal, build=(10, 5, 7)),
        Case(
            "memory mask",
            *(by_shape(2, 5, 6), by_shape(2, 7, 6, seed=31), None, padding),
            build=(6, 3, 13),
        ),
        Case(
            "both masks",
            *(by_shape(2, 5, 6), by_shape(2, 7, 6, seed=31), causal, padding),
            build=(6, 2, 11),
        ),
        Case(
            "both masks",
            *(by_shape(5, 6) * 2, by_shape(3, 6, seed=31), blind, one_padding),
            build=(6, 2, 11),
        ),
        Case(
            "two batch axes",
            by_shape(2, 3, 5, 10),
            by_shape(2, 3, 7, 10, seed=31),
            build=(10, 2, 7),
        ),
        Case(
            "float32",
            by_shape(3, 5, 6, dtype=torch.float32),
            by_shape(3, 7, 6, seed=31, dtype=torch.float32),
            causal,
            build=(6, 3, 10),
        ),
    ]


def _without(name, what):
    return f"Each of the three results is added to the x that entered it; {name} lost {what}."


EXERCISE = Exercise(
    reference=blocks.DecoderBlock,
    points=3,
    cases=_cases,
    hints=(
        "Your Block with one sublayer more, in the middle: the same pattern three times.",
        "The middle sublayer asks the memory: queries come from the normalised x, keys and values "
        "are the memory as it came.",
        "`mask` says which tokens of x may attend to which of x; `memory_mask` says which of the "
        "memory they may attend to. Each belongs to one attention.",
        "norm_1 before self-attention, norm_2 before cross-attention, norm_3 before the "
        "feed-forward layer; nothing normalises the memory here.",
    ),
    verified="equal to the package's pre-norm block, which equals `nn.TransformerDecoderLayer` "
    "with the same weights: M ≠ N, either mask, both masks, a query that may attend to nothing, "
    "any number of batch axes, float32 and float64; gradients of x, memory and all parameters",
    returns=("output", "weights", "cross weights"),
    sizes=lambda x, memory, mask=None, memory_mask=None: {
        "M": x.shape[-2],
        "N": memory.shape[-2],
        "d_model": x.shape[-1],
    },
    rewrite=_with,
    mistakes=(
        Mistake(
            "normalised-after-adding-post-norm",
            "normalised after adding (post-norm)",
            PRE_NORM,
            norm="post",
        ),
        Mistake(
            "never-normalised",
            "never normalised",
            "Each of the three sublayers sees a normalised x, by its own norm.",
            norms="---",
        ),
        Mistake(
            "added-normalised-x",
            "added the normalised x",
            "What is kept is x itself; only the sublayers see normalised copies.",
            norm="kept",
        ),
        Mistake(
            "forgot-add-x-after-self",
            "forgot to add x after self-attention",
            _without("self-attention", "it"),
            keep="23",
        ),
        Mistake(
            "forgot-add-x-after-cross",
            "forgot to add x after cross-attention",
            _without("cross-attention", "it"),
            keep="13",
        ),
        Mistake(
            "forgot-add-x-after-feed",
            "forgot to add x after the feed-forward layer",
            _without("the feed-forward layer", "it"),
            keep="12",
        ),
        Mistake(
            "never-added-x",
            "never added x",
            "Each of the three results is added to the x that entered its sublayer.",
            keep="",
        ),
        Mistake(
            "took-queries-memory-keys-x",
            "took queries from the memory and keys from x",
            "The decoder asks, the memory answers: queries come from x, keys and values from the "
            "memory.",
            asks="memory",
        ),
        Mistake(
            "asked-x",
            "asked x instead of the memory",
            "That is self-attention a second time. Keys and values of the middle sublayer are the "
            "memory.",
            memory="x",
        ),
        Mistake(
            "normalised-memory-norm-2",
            "normalised the memory with norm_2",
            "norm_2 is for x. The memory comes from the encoder as it should be.",
            memory="norm_2",
        ),
        Mistake(
            "normalised-memory-norm-1",
            "normalised the memory with norm_1",
            "norm_1 is for x. The memory comes from the encoder as it should be.",
            memory="norm_1",
        ),
        Mistake(
            "swapped-two-masks",
            "swapped the two masks",
            "`mask` is for self-attention, `memory_mask` for cross-attention.",
            masks="swapped",
        ),
        Mistake(
            "ignored-mask-self-attention",
            "ignored the mask of self-attention",
            "Without it a word sees the words it is to predict.",
            masks="no mask",
        ),
        Mistake(
            "ignored-memory-mask",
            "ignored the memory mask",
            "Without it padding answers too.",
            masks="no memory mask",
        ),
        Mistake(
            "ignored-both-masks",
            "ignored both masks",
            "Each attention has a mask, its fourth argument.",
            masks="none",
        ),
        Mistake(
            "gave-mask-both-attentions",
            "gave `mask` to both attentions",
            "Cross-attention looks at the memory: it needs `memory_mask`.",
            masks="mask for both",
        ),
        Mistake(
            "read-true-masks-hidden",
            "read True in the masks as hidden",
            "That is PyTorch's module's convention. In this course True means may attend.",
            masks="inverted",
        ),
        Mistake(
            "left-out-self-attention",
            "left out self-attention",
            "The words of the target look at each other first.",
            steps="cross think",
            told="cross cross",
        ),
        Mistake(
            "left-out-cross-attention",
            "left out cross-attention",
            "Without the middle sublayer the decoder never hears of the source.",
            steps="self think",
        ),
        Mistake(
            "left-out-feed-forward-layer",
            "left out the feed-forward layer",
            "The third sublayer: x + feed_forward(norm_3(x)).",
            steps="self cross",
        ),
        Mistake(
            "asked-memory-before-looking-target",
            "asked the memory before looking at the target",
            "Self-attention comes first, then cross-attention.",
            steps="cross self think",
        ),
        Mistake(
            "thought-before-asking-memory",
            "thought before asking the memory",
            "The feed-forward layer comes last.",
            steps="self think cross",
        ),
        Mistake(
            "swapped-two-attentions",
            "swapped the two attentions",
            "`attention` looks at x, `cross_attention` at the memory.",
            modules="swapped",
        ),
        Mistake(
            "used-attention-both",
            "used `attention` for both",
            "The memory has an attention of its own, with its own weights: `cross_attention`.",
            modules="first twice",
        ),
        Mistake(
            "used-cross-attention-both",
            "used `cross_attention` for both",
            "x has an attention of its own, with its own weights: `attention`.",
            modules="second twice",
        ),
        Mistake(
            "mixed-up-norms",
            "mixed up the norms",
            "norm_1 for self-attention, norm_2 for cross-attention, norm_3 for the "
            "feed-forward layer.",
            *(
                {"norms": norms}
                for norms in ("113", "122", "111", "132", "213", "321", "222", "333", "112")
            ),
        ),
        Mistake(
            "did-normalise-before-self-attention",
            "did not normalise before self-attention",
            "Each sublayer sees a normalised x.",
            norms="-23",
        ),
        Mistake(
            "did-normalise-before-cross-attention",
            "did not normalise before cross-attention",
            "Each sublayer sees a normalised x.",
            norms="1-3",
        ),
        Mistake(
            "did-normalise-before-feed-forward",
            "did not normalise before the feed-forward layer",
            "Each sublayer sees a normalised x.",
            norms="12-",
        ),
        Mistake(
            "returned-two-maps-wrong-order",
            "returned the two maps in the wrong order",
            "First the weights over x, then those over the memory.",
            told="cross self",
        ),
        Mistake(
            "returned-map-over-x-twice",
            "returned the map over x twice",
            "The third part is what cross-attention returned.",
            told="self self",
        ),
        Mistake(
            "side-by-side",
            "asked the memory with the x from before self-attention",
            "The sublayers come one after the other: cross-attention reads what self-attention "
            "has left.",
            steps="side by side",
            alone=True,
        ),
        Mistake(
            "overwrote-own-map",
            "returned the map over the memory twice",
            "The first map is the one over x: give the two of them names of their own.",
            told="cross cross",
            alone=True,
        ),
    ),
)
