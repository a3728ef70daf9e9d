"""The tree of merges: how byte-pair encoding joins the characters of a word into tokens."""

from collections.abc import Iterable, Sequence

from attncourse.figures.canvas import Canvas, frame
from attncourse.figures.ink import BLUE, INK, MUTED, PAPER, TEXT, TINT
from attncourse.figures.lettering import width
from attncourse.figures.picture import Picture, picture

CELL, LEVEL = 44, 46  # pixels per character; pixels from one merge to the next


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
        merges: pairs in the order in which they were learned; only those that apply are drawn.
    """
    tokens, joined = grow(word, merges)
    sheet, height = Canvas(), LEVEL * (len(joined) + 1)
    for left, right, step in joined:
        _join(sheet, left, right, step, height)
    for start, end, text, step in _nodes(word, joined):
        last = (start, end) in [(a, b) for a, b, _ in tokens]
        _node(sheet, (start + end) / 2 * CELL, height - LEVEL * step - 15, text, last)
    said = alt or _say(word, joined, tokens, title)
    return picture(sheet, len(word) * CELL + 90, height, title=title, alt=said)


def grow(word, merges):
    """Apply merges in order.

    Returns: the tokens as (start, end, text), and each join as (left node, right node, step).
    """
    nodes, joined = [(i, i + 1, c, 0) for i, c in enumerate(word)], []
    for pair in merges:
        i, used = 0, False
        while i < len(nodes) - 1:
            if (nodes[i][2], nodes[i + 1][2]) == tuple(pair):
                step = len({s for *_, s in joined}) + 1 if not used else joined[-1][2]
                joined.append((nodes[i], nodes[i + 1], step))
                new = (nodes[i][0], nodes[i + 1][1], "".join(pair), step)
                nodes[i : i + 2] = [new]
                used = True
            i += 1
    return [node[:3] for node in nodes], joined


def _nodes(word, joined):
    return [(i, i + 1, c, 0) for i, c in enumerate(word)] + [
        (left[0], right[1], left[2] + right[2], step) for left, right, step in joined
    ]


def _join(sheet: Canvas, left, right, step: int, height: float) -> None:
    """Two lines up to the joined node, and the number of the merge."""
    top = height - LEVEL * step - 15
    middle = (left[0] + right[1]) / 2 * CELL
    for start, end, _, level in (left, right):
        x, y = (start + end) / 2 * CELL, height - LEVEL * level - 15
        sheet.curve(
            f"M{x:.1f},{y - 14:.1f}C{x:.1f},{(y + top) / 2:.1f} {middle:.1f},{(y + top) / 2:.1f} "
            f"{middle:.1f},{top + 14:.1f}",
            stroke=MUTED,
            stroke_width=1.3,
        )
    text = f"merge {step}: {left[2]} + {right[2]}"
    sheet.text(middle + width(left[2] + right[2]) / 2 + 18, top, text, size=12, colour=MUTED)


def _node(sheet: Canvas, x: float, y: float, text: str, last: bool) -> None:
    shown = text.replace(" ", "␣")
    wide = max(width(shown, 15, bold=True) + 16, 28)
    edge = {"stroke": BLUE, "stroke_width": 2, "fill": TINT} if last else {"fill": PAPER}
    frame(sheet, x - wide / 2, y - 14, wide, 28, **edge)
    colour = TEXT[BLUE] if last else INK
    sheet.text(x, y, shown, size=15, anchor="middle", bold=last, colour=colour)


def _say(word, joined, tokens, title) -> str:
    parts = [
        f"{title}." if title else "",
        f"The characters {' '.join(word)} are joined from below.",
    ]
    parts += [f"Merge {step}: {left[2]} + {right[2]}." for left, right, step in joined]
    parts.append(f"Tokens at the end: {', '.join(text for *_, text in tokens)}.")
    return " ".join(part for part in parts if part)
