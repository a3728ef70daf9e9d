"""Whole models: a residual stream going up, and the layers that read from it and add to it."""

from collections.abc import Sequence
from typing import NamedTuple

from attncourse.figures.canvas import Canvas, frame
from attncourse.figures.ink import BLUE, FAINT, INK, MUTED, PAPER, TEXT, TINT, VERMILION
from attncourse.figures.lettering import wrap
from attncourse.figures.picture import Picture, picture

BOX, HIGH, STEP, COLUMN = 150, 32, 18, 300  # width, height, gap; from one stack to the next


class Layer(NamedTuple):
    """One box of a stack."""

    name: str
    residual: bool = False  # it reads from the stream and is added back to it
    memory: bool = False  # it reads keys and values from the stack at its left


class Stack(NamedTuple):
    """A column of boxes, from below: before, the repeated block, after."""

    title: str
    before: tuple[str, ...]
    block: tuple[Layer, ...]
    after: tuple[str, ...]


_FEED = Layer("feed-forward", residual=True)
_ENCODER = (Layer("self-attention", residual=True), _FEED)
_MASKED = (Layer("masked self-attention", residual=True), _FEED)
_DECODER = (_MASKED[0], Layer("cross-attention", residual=True, memory=True), _FEED)
_EMBED = "embeddings + positions"

MODELS = {
    "encoder": (Stack("encoder", ("tokens", _EMBED), _ENCODER, ("context-aware vectors",)),),
    "decoder": (
        Stack("decoder", ("tokens", _EMBED), _DECODER, ("linear + softmax", "next token")),
    ),
    "encoder-decoder": (
        Stack("encoder", ("source words", _EMBED), _ENCODER, ("memory",)),
        Stack(
            "decoder",
            ("target, shifted right", _EMBED),
            _DECODER,
            ("linear + softmax", "next word"),
        ),
    ),
    "gpt": (Stack("GPT", ("tokens so far", _EMBED), _MASKED, ("linear + softmax", "next token")),),
    "bert": (
        Stack(
            "BERT", ("tokens, some hidden", _EMBED), _ENCODER, ("linear + softmax", "hidden tokens")
        ),
    ),
}


def architecture(
    model: str,
    *,
    norm: str = "post",
    highlight: str | Sequence[str] = (),
    layers: str = "× L",
    title: str = "",
    alt: str | None = None,
) -> Picture:
    """Draw a model as stacks of layers with their residual streams.

    Args:
        model: encoder, decoder, encoder-decoder, gpt or bert.
        norm: "post" (after the sum, as in the paper) or "pre" (before the layer, as today).
        highlight: names of boxes that the lesson is about.
        layers: how often the block is repeated, written beside it.
    """
    if model not in MODELS:
        raise ValueError(f"model must be one of {', '.join(MODELS)}; got {model!r}")
    if norm not in ("pre", "post"):
        raise ValueError(f"norm must be 'pre' or 'post'; got {norm!r}")
    new = {highlight} if isinstance(highlight, str) else set(highlight)
    drawn = [_Stack(stack, norm, new, layers) for stack in MODELS[model]]
    height, sheet = max(stack.height for stack in drawn), Canvas()
    for k, stack in enumerate(drawn):
        sheet.place(stack.sheet, k * COLUMN, height - stack.height)
    if len(drawn) > 1:
        _memory(sheet, *drawn, height)
    said = alt or _say(MODELS[model], norm, new, layers, title)
    return picture(sheet, len(drawn) * COLUMN - 40, height, title=title, alt=said)


class _Stack:
    """Draws one stack from below, on its own sheet; y is measured from the floor up."""

    def __init__(self, stack: Stack, norm: str, new, layers: str):
        self.norm, self.new, self.up, self.places = norm, new, 0.0, {}
        self.shapes: list = []  # drawn when the height is known
        for name in stack.before:
            self._on_stream(name)
        foot = self.up + 4
        self.up += 16
        for layer in stack.block:
            self._layer(layer)
        self.shapes.insert(0, ("block", foot, self.up - 4, layers))
        self.up += 8
        for name in stack.after:
            self._on_stream(name)
        self.height = self.up + 26
        self.sheet = Canvas()
        self.sheet.text(60, 10, stack.title, size=15, bold=True, anchor="middle")
        self._draw()

    def _on_stream(self, name: str) -> None:
        """A box through which the whole stream goes."""
        high = 16 * len(wrap(name, 108)) + 14
        self.shapes += [("line", self.up - 12, self.up + 4), ("box", 0, self.up, 120, high, name)]
        self.places[name] = self.up + high / 2
        self.up += high + STEP

    def _layer(self, layer: Layer) -> None:
        """A layer beside the stream, with its way out and back."""
        start = self.up
        self.up += 12
        boxes = ["norm", layer.name] if self.norm == "pre" else [layer.name]
        for name in boxes:
            self.shapes.append(("box", 86, self.up, BOX, HIGH, name))
            self.places[name] = self.up + HIGH / 2
            self.up += HIGH + 12
        self.shapes += [("branch", start, self.up), ("line", start - 20, self.up + 22)]
        self.shapes.append(("add", self.up))
        self.up += 22
        if self.norm == "post":
            self.shapes.append(("box", 30, self.up, 60, 24, "norm"))
            self.up += 24 + 14
            self.shapes.append(("line", self.up - 14, self.up))
        else:
            self.shapes.append(("line", self.up - 8, self.up + 8))
            self.up += 8

    def _draw(self) -> None:
        order = {"block": 0, "line": 1, "branch": 2, "add": 3, "box": 3}
        for kind, *place in sorted(self.shapes, key=lambda shape: order[shape[0]]):
            getattr(self, f"_draw_{kind}")(*place)

    def _y(self, up: float) -> float:
        return self.height - up

    def _draw_block(self, foot, top, layers) -> None:
        self.sheet.rect(-8 + 12, self._y(top), 252, top - foot, rx=10, fill="#f6f8fa", stroke=FAINT)
        self.sheet.text(250, self._y(top) + 14, layers, anchor="end", bold=True, colour=MUTED)

    def _draw_line(self, low, high) -> None:
        self.sheet.path([(60, self._y(low)), (60, self._y(high))], stroke=VERMILION, stroke_width=4)

    def _draw_branch(self, low, high) -> None:
        x = 86 + BOX / 2
        self.sheet.path(
            [(60, self._y(low + 2)), (x, self._y(low + 2)), (x, self._y(low + 12))], stroke=INK
        )
        self.sheet.arrow([(x, self._y(high - 14)), (x, self._y(high + 6)), (69, self._y(high + 6))])

    def _draw_add(self, up) -> None:
        y = self._y(up + 6)
        self.sheet.circle(60, y, 9, fill=PAPER, stroke=INK, stroke_width=1.4)
        self.sheet.curve(f"M55,{y:.1f}h10M60,{y - 5:.1f}v10", stroke=INK, stroke_width=1.4)

    def _draw_box(self, x, up, wide, high, name) -> None:
        style = (
            {"stroke": BLUE, "stroke_width": 2.5, "fill": TINT}
            if name in self.new
            else {"stroke": MUTED}
        )
        frame(self.sheet, x, self._y(up + high), wide, high, **style)
        lines = wrap(name, wide - 10)
        for k, line in enumerate(lines):
            at = self._y(up + high / 2) + 16 * (k - (len(lines) - 1) / 2)
            colour = TEXT[BLUE] if name in self.new else INK
            self.sheet.text(
                x + wide / 2, at, line, anchor="middle", colour=colour, bold=name in self.new
            )


def _memory(sheet: Canvas, encoder: _Stack, decoder: _Stack, height: float) -> None:
    """Keys and values, from the top of the encoder to each cross-attention."""
    y, to = height - encoder.places["memory"], height - decoder.places["cross-attention"]
    x = 274.0
    sheet.arrow([(120, y), (x, y), (x, to), (COLUMN + 84, to)], colour=INK)
    sheet.text(x - 8, y - 12, "keys, values", size=12, colour=MUTED, anchor="end")


def _say(stacks: Sequence[Stack], norm: str, new, layers: str, title: str) -> str:
    parts = [f"{title}." if title else ""]
    order = "a norm after each sum" if norm == "post" else "a norm before each layer"
    for stack in stacks:
        block = ", ".join(layer.name for layer in stack.block)
        parts.append(
            f"{stack.title}, from below: {', '.join(stack.before)}; a block {layers} of {block}, "
            f"each added to the residual stream, {order}; {', '.join(stack.after)}."
        )
    if len(stacks) > 1:
        parts.append("The memory gives keys and values to the decoder's cross-attention.")
    parts.append(f"Highlighted: {', '.join(sorted(new))}." if new else "")
    return " ".join(part for part in parts if part)
