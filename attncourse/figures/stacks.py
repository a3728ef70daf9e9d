"""Models as stacks of layers: data, and one stack drawn from below with its residual stream."""

from typing import NamedTuple

from attncourse.figures.canvas import Canvas
from attncourse.figures.ink import BLUE, FAINT, INK, MUTED, PAPER, TEXT, TINT, VEIL, VERMILION
from attncourse.figures.lettering import wrap

STREAM, SIDE, WIDE, BOX, HIGH = 62, 92, 256, 150, 32  # pixels: see `Tower`


class Stack(NamedTuple):
    """Boxes from below: before the block, the layers of the repeated block, after it.

    A layer reads the stream and is added to it; `cross` layers also read the stack at the left.
    """

    title: str
    before: tuple[str, ...]
    layers: tuple[str, ...]
    after: tuple[str, ...]
    cross: str = "cross-attention"


_EMBED = "embeddings + positions"
_SELF, _MASKED, _CROSS, _FEED = (
    "self-attention",
    "masked self-attention",
    "cross-attention",
    "feed-forward",
)
_PATCHES = ("patches of the image", "linear + positions")
_NEXT = ("linear + softmax", "next word")

MODELS = {
    "encoder": (Stack("encoder", ("tokens", _EMBED), (_SELF, _FEED), ("vectors in context",)),),
    "encoder-decoder": (
        Stack("encoder", ("source words", _EMBED), (_SELF, _FEED), ("memory",)),
        Stack("decoder", ("target, shifted right", _EMBED), (_MASKED, _CROSS, _FEED), _NEXT),
    ),
    "gpt": (Stack("GPT", ("tokens so far", _EMBED), (_MASKED, _FEED), _NEXT),),
    "bert": (
        Stack(
            "BERT",
            ("tokens, some hidden", _EMBED),
            (_SELF, _FEED),
            ("linear + softmax", "hidden tokens"),
        ),
    ),
    "vit": (Stack("ViT", _PATCHES, (_SELF, _FEED), ("linear + softmax", "class")),),
    "captioner": (
        Stack("image encoder", _PATCHES, (_SELF, _FEED), ("memory",)),
        Stack("text decoder", ("caption so far", _EMBED), (_MASKED, _CROSS, _FEED), _NEXT),
    ),
    "detr": (
        Stack("image encoder", _PATCHES, (_SELF, _FEED), ("memory",)),
        Stack("decoder", ("object queries",), (_SELF, _CROSS, _FEED), ("linear", "box and class")),
    ),
    "diffusion": (
        Stack("text encoder", ("caption", _EMBED), (_SELF, _FEED), ("memory",)),
        Stack(
            "denoiser",
            ("noisy image and time", "linear + positions"),
            (_SELF, _CROSS, _FEED),
            ("linear", "noise to take away"),
        ),
    ),
}


class Tower:
    """Draws one stack; the floor is at y = 0, and what is above has a negative y.

    The stream stands at x = STREAM; a layer beside it begins at x = SIDE and is BOX × HIGH.
    """

    def __init__(self, stack: Stack, *, norm: str, new: set[str], layers: str, named: bool):
        self.norm, self.new, self.named = norm, new, named
        self.sheet, self.y = Canvas(), 0.0
        self.boxes = Canvas()  # drawn over the stream
        self.middle: dict[str, float] = {}  # name of a box → y of its middle
        self._line(stack.before, thin=True)
        self._block(stack.layers, layers)
        self._line(stack.after)
        self.boxes.text(STREAM, self.y - 4, stack.title, size=15, bold=True, anchor="middle")
        self.height = 14 - self.y
        self.sheet.place(self.boxes, 0, 0)

    def _line(self, names, *, thin: bool = False) -> None:
        """Boxes on the stream; below the first of `before` nothing flows yet."""
        for k, name in enumerate(names):
            if k or not thin:
                strong = not thin
                self._flow(self.y + 16, self.y - 4, strong=strong)
            high = 16 * len(wrap(name, 110)) + 14
            self._box(STREAM - 60, self.y - high, (120, high), name)
            self.y -= high + 16

    def _flow(self, low: float, high: float, *, strong: bool = True) -> None:
        """A piece of the stream."""
        colour = {"stroke": VERMILION, "stroke_width": 4} if strong else {"stroke": MUTED}
        self.sheet.path([(STREAM, low), (STREAM, high)], **colour)

    def _block(self, layers, repeated: str) -> None:
        """All layers of the block, in one frame."""
        foot = self.y + 6
        ground = Canvas()
        self.y -= 12
        for name in layers:
            self._layer(name)
        top = self.y + 4
        ground.rect(4, top, WIDE - 8, foot - top, rx=10, fill=VEIL, stroke=FAINT)
        ground.text(WIDE - 12, top + 14, repeated, anchor="end", bold=True, colour=MUTED)
        style = {"size": 12, "colour": TEXT[VERMILION], "anchor": "middle", "turn": -90}
        ground.text(STREAM - 46, (foot + top) / 2, "residual stream" * self.named, **style)
        stream = Canvas()
        stream.path([(STREAM, foot + 12), (STREAM, top - 16)], stroke=VERMILION, stroke_width=4)
        ground.place(stream, 0, 0)
        ground.place(self.sheet, 0, 0)
        self.sheet = ground
        self.y -= 12

    def _layer(self, name: str) -> None:
        """A layer beside the stream: read, compute, add."""
        x, start = SIDE + BOX / 2, self.y
        names = ["norm", name] if self.norm == "pre" else [name]
        self.sheet.path([(STREAM, start), (x, start), (x, start - 8)], stroke=INK)
        for k, box in enumerate(names):
            if k:
                self.sheet.path([(x, self.y - 4), (x, self.y - 10)], stroke=INK)
            self.y -= HIGH + 8
            self._box(SIDE, self.y, (BOX, HIGH), box)
        self.y -= 16
        self.sheet.arrow([(x, self.y + 16), (x, self.y), (STREAM + 10, self.y)], colour=INK)
        self.boxes.circle(STREAM, self.y, 9, fill=PAPER, stroke=INK, stroke_width=1.4)
        self.boxes.curve(f"M{STREAM - 5},{self.y:.1f}h10m-5,-5v10", stroke=INK, stroke_width=1.4)
        if self.norm == "post":
            self.y -= 38
            self._box(STREAM - 30, self.y, (60, 24), "norm")
        self.y -= 16

    def _box(self, x: float, y: float, size: tuple[float, float], name: str) -> None:
        """A box with its name, strong when it is new; y is its upper edge."""
        new = name in self.new
        style = {"stroke": BLUE, "stroke_width": 2.5, "fill": TINT} if new else {"stroke": MUTED}
        self.boxes.frame(x, y, *size, **style)
        self.middle[name] = y + size[1] / 2
        text = {"anchor": "middle", "bold": new, "colour": TEXT[BLUE] if new else INK}
        self.boxes.lines(x + size[0] / 2, self.middle[name], wrap(name, size[0] - 10), **text)
