"""A text and the pieces that tokenizers make of it, one row of boxes for each way."""

from collections.abc import Mapping, Sequence

from attncourse.figures.canvas import Canvas
from attncourse.figures.ink import BLUE, FAINT, MUTED, PAPER, TEXT, TINT
from attncourse.figures.lettering import width
from attncourse.figures.picture import MARGIN, WIDTH, Picture, picture
from attncourse.figures.saying import say

HIGH, ROW = 30, 48  # of a box; from one row to the next, in pixels


def token_rows(
    rows: Mapping[str, Sequence[str]],
    *,
    unknown: str = "",
    title: str = "",
    alt: str | None = None,
) -> Picture:
    """Draw the pieces of one text, for several ways to split it: {name: tokens}.

    Args:
        rows: name of the way → the tokens; joined, they are the same text in every row.
        unknown: the token that stands for what has no token of its own, drawn empty.
    """
    left = max(width(f"{len(tokens)} {name}") for name, tokens in rows.items()) + 14
    letters = max(sum(len(token) for token in tokens) for tokens in rows.values())
    cell, sheet = min((WIDTH - 2 * MARGIN - left) / max(letters, 1), 17.0), Canvas()
    for k, (name, tokens) in enumerate(rows.items()):
        sheet.text(left - 10, k * ROW + HIGH / 2, f"{len(tokens)} {name}", anchor="end")
        _row(sheet, tokens, left, k * ROW, cell, unknown)
    said = say(title, *_say(rows)) if alt is None else alt
    return picture(sheet, left + letters * cell, len(rows) * ROW - 10, title=title, alt=said)


def _row(sheet: Canvas, tokens, left: float, y: float, cell: float, unknown: str) -> None:
    """Boxes as wide as their letters; a space is drawn as one."""
    x = left
    for token in tokens:
        wide, lost = len(token) * cell, token == unknown
        edge = {"stroke": FAINT, "fill": PAPER} if lost else {"stroke": BLUE, "fill": TINT}
        sheet.frame(x + 1, y, wide - 2, HIGH, **edge)
        colour = MUTED if lost else TEXT[BLUE]
        shown = token.replace(" ", "␣")
        size = min(13.0, 13 * (wide - 3) / max(width(shown), 1))
        sheet.text(x + wide / 2, y + HIGH / 2, shown, anchor="middle", size=size, colour=colour)
        x += wide


def _say(rows):
    for name, tokens in rows.items():
        shown = tokens if len(tokens) <= 20 else [*tokens[:20], "…"]
        yield f"{len(tokens)} {name}: {' | '.join(token.strip() or '␣' for token in shown)}"
