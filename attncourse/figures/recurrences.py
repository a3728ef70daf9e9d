"""Recurrent encoder and decoder: through one vector, or attending to all states."""

from collections.abc import Sequence

from numpy.typing import ArrayLike

from attncourse.figures import given
from attncourse.figures.canvas import Canvas
from attncourse.figures.ink import BLUE, INK, MUTED, PAPER, TEXT, TINT, VEIL, VERMILION
from attncourse.figures.lettering import number, width
from attncourse.figures.picture import MARGIN, WIDTH, Picture, picture
from attncourse.figures.saying import listed, say

STATE = 36  # side of a state, in pixels
ENCODER, DECODER = 174, 66  # heights of the rows of states


def recurrent(
    source: Sequence[str],
    target: Sequence[str],
    *,
    weights: ArrayLike | None = None,
    step: int = -1,
    title: str = "",
    alt: str | None = None,
) -> Picture:
    """Draw a recurrent translator: the encoder's states below, the decoder's above.

    Args:
        source, target: N and M words.
        weights: M × N; without, all passes through the last state; with, the decoder's state at
            `step` attends to all states, with lines as strong as its weights.
        step: the word of the target that is being written, counted from 0.
    """
    source, target = ([str(word) for word in words] for words in (source, target))
    row = None
    if weights is not None:
        table = given.array(weights, 2, "weights")
        given.names(source, table.shape[1], "source word")
        given.names(target, table.shape[0], "target word")
        row = table[step]
    drawing = _Recurrent(source, target, row, step % len(target))
    said = say(title, *drawing.said) if alt is None else alt
    return picture(drawing.sheet, drawing.right, drawing.bottom, title=title, alt=said)


class _Recurrent:
    """Both networks on one sheet; with weights the decoder stands above the encoder."""

    def __init__(self, source, target, row, step: int):
        self.source, self.target, self.row, self.step = source, target, row, step
        self.sheet, lift = Canvas(), 0 if row is not None else DECODER - ENCODER
        wide = max(width(word) for word in [*source, *target]) + 18
        lengths = len(source), len(target)
        count = sum(lengths) + 1 if row is None else max(lengths)
        self.wide = max(min(max(wide, 66), (WIDTH - 2 * MARGIN) / count), 40)
        self.right = self.wide * count
        self.bottom = ENCODER + lift + 66
        encoder = [((j + 0.5) * self.wide, ENCODER + lift) for j in range(len(source))]
        first = lengths[0] + 1.5 if row is None else 0.5 + max(0, lengths[0] - lengths[1]) / 2
        decoder = [((i + first) * self.wide, DECODER) for i in range(len(target))]
        self._context(encoder, decoder)
        self._size = 13 * min(1.0, (self.wide - 2) / (wide - 18))
        self._chain(encoder, "h", source, down=True)
        self._chain(decoder, "s", target, down=False)
        if row is None:
            self._inputs(decoder)

    def _chain(self, places, letter: str, words, *, down: bool) -> None:
        """States from left to right, each with its word."""
        for k, ((x, y), word) in enumerate(zip(places, words, strict=True)):
            new = letter == "s" and k == self.step and self.row is not None
            style = {"fill": TINT, "stroke": BLUE, "stroke_width": 2.5} if new else {"fill": VEIL}
            self.sheet.frame(
                x - STATE / 2, y - STATE / 2, STATE, STATE, **({"stroke": MUTED} | style)
            )
            self.sheet.text(x, y, f"{letter}_{{{k + 1}}}", anchor="middle", bold=new)
            edge = STATE / 2
            if k:
                before = places[k - 1][0]
                self.sheet.arrow([(before + edge, y), (x - edge - 1, y)], colour=INK)
            at, ends = (y + 56, (y + 46, y + edge + 1)) if down else (y - 56, (y - edge, y - 46))
            self.sheet.arrow([(x, ends[0]), (x, ends[1])])
            colour = TEXT[BLUE] if new else INK
            style = {"anchor": "middle", "bold": new, "colour": colour, "size": self._size}
            self.sheet.text(x, at, word, **style)

    def _inputs(self, places) -> None:
        """What the decoder reads: the beginning, then each word that it has just written."""
        for (x, y), word in zip(places, ["<bos>", *self.target], strict=False):
            self.sheet.arrow([(x, y + 46), (x, y + STATE / 2 + 1)], colour=MUTED)
            style = {"anchor": "middle", "colour": MUTED, "size": self._size}
            self.sheet.text(x, y + 56, word, **style)

    def _context(self, encoder, decoder) -> None:
        """What the decoder gets of the source: the last state, or a weighted sum of all."""
        if self.row is None:
            start, end = encoder[-1], decoder[0]
            ends = [(start[0] + STATE / 2, start[1]), (end[0] - STATE / 2 - 1, end[1])]
            self.sheet.arrow(ends, colour=VERMILION, head=10, stroke_width=4)
            middle = (start[0] + end[0]) / 2
            style = {"anchor": "middle", "bold": True, "colour": TEXT[VERMILION]}
            self.sheet.text(middle, start[1] - 30, "one vector", **style)
            return
        x, y = decoder[self.step]
        for (start, low), weight in zip(encoder, self.row, strict=True):
            top = low - STATE / 2
            bend = f"{start:.1f},{top - 30:.1f} {x:.1f},{y + STATE / 2 + 30:.1f}"
            d = f"M{start:.1f},{top:.1f}C{bend} {x:.1f},{y + STATE / 2:.1f}"
            style = {"stroke": BLUE, "stroke_opacity": f"{0.25 + 0.6 * weight:.2f}"}
            self.sheet.curve(d, stroke_width=0.6 + 7 * weight, **style)
            if weight >= 0.005:
                wide = width(number(weight), 12) + 6
                self.sheet.rect(start - wide / 2, top - 22, wide, 14, fill=PAPER, rx=3)
                style = {"size": 12, "anchor": "middle", "colour": TEXT[BLUE]}
                self.sheet.text(start, top - 15, number(weight), **style)

    @property
    def said(self):
        """What flows where."""
        yield f"The encoder reads {' '.join(self.source)}, one state after the other"
        if self.row is None:
            yield f"Only its last state reaches the decoder, which writes {' '.join(self.target)}"
            yield "It reads each word that it has just written"
        else:
            word = self.target[self.step]
            yield f"The decoder writes {' '.join(self.target)}"
            yield f"Writing {word}, it attends to all states: {listed(self.source, self.row)}"
