"""The tree of merges: how byte-pair encoding joins the characters of a word into tokens."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from attncourse.figures.canvas import Canvas
from attncourse.figures.ink import BLUE, FAINT, INK, MUTED, PAPER, TEXT, TINT
from attncourse.figures.lettering import width
from attncourse.figures.picture import Picture, picture
from attncourse.figures.saying import say

CELL, LEVEL = 48, 44  # pixels of a character; from one merge to the next


class Node(NamedTuple):
    """A piece of the word: its characters from `start` to `end`, joined by merge `step`."""

    start: int
    end: int
    text: str
    step: int = 0
    parts: tuple = ()

    @property
    def middle(self) -> float:
        return (self.start + self.end) / 2


def merge_tree(
    word: Sequence[str],
    merges: Iterable[tuple[str, str]],
    *,
    title: str = "",
    alt: str | None = None,
) -> Picture:
    """Draw how merges join the characters of a word, first merge lowest.

    Args:
        word: a word, or its characters.
        merges: pairs in the order in which they were learned; only those that apply are drawn,
            each with its place in this order.
    """
    tokens, steps = grow(word, merges)
    sheet, high = Canvas(), LEVEL * (len(steps) + 1)
    names = [f"merge {place}: {_shown(a)} + {_shown(b)}" for place, (a, b) in steps]
    left = max((width(name) for name in names), default=0) + 24
    for k, name in enumerate(names, 1):
        y = high - LEVEL * (k + 0.5)
        sheet.path([(left - 8, y), (left + len(word) * CELL, y)], stroke=FAINT, stroke_width=0.8)
        sheet.text(left - 16, y, name, colour=MUTED, anchor="end")
    for token in tokens:
        _draw(sheet, token, left, high, last=True)
    said = say(title, *_say(word, names, tokens)) if alt is None else alt
    return picture(sheet, left + len(word) * CELL, high, title=title, alt=said)


def grow(word, merges) -> tuple[list[Node], list[tuple[int, tuple[str, str]]]]:
    """Apply merges in order; returns the tokens as trees, and what applied: (place, pair)."""
    nodes, steps = [Node(i, i + 1, letter) for i, letter in enumerate(word)], []
    for place, pair in enumerate(map(tuple, merges), 1):
        i, found = 0, len(nodes)
        while i < len(nodes) - 1:
            left, right = nodes[i : i + 2]
            if (left.text, right.text) == pair:
                text = left.text + right.text
                joined = Node(left.start, right.end, text, len(steps) + 1, (left, right))
                nodes[i : i + 2] = [joined]
            i += 1
        steps += [(place, pair)] if len(nodes) < found else []
    return nodes, steps


def _draw(sheet: Canvas, node: Node, left: float, high: float, *, last: bool = False) -> None:
    """A node over its parts, with lines down to them."""
    x, y = left + node.middle * CELL, high - LEVEL * (node.step + 0.5)
    for part in node.parts:
        to_x, to_y = left + part.middle * CELL, high - LEVEL * (part.step + 0.5)
        bend = f"{x:.1f},{y + 34:.1f} {to_x:.1f},{y + 20:.1f}"
        line = f"M{x:.1f},{y:.1f}C{bend} {to_x:.1f},{min(y + 48, to_y):.1f}V{to_y:.1f}"
        sheet.curve(line, stroke=MUTED, stroke_width=1.3)
        _draw(sheet, part, left, high)
    wide = max(width(_shown(node.text), 15, bold=True) + 16, 28)
    edge = {"stroke": BLUE, "stroke_width": 2, "fill": TINT} if last else {"fill": PAPER}
    sheet.frame(x - wide / 2, y - 14, wide, 28, **edge)
    colour = TEXT[BLUE] if last else INK
    sheet.text(x, y, _shown(node.text), size=15, anchor="middle", bold=last, colour=colour)


def _shown(text: str) -> str:
    return text.replace(" ", "␣")


def _say(word, names, tokens):
    yield f"The characters {' '.join(word)} are joined from below"
    yield from (name.capitalize() for name in names)
    yield f"Tokens at the end: {', '.join(token.text for token in tokens)}"
