"""Inside of layers: multi-head attention, paths between tokens, sums of embeddings."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from attncourse.figures import given
from attncourse.figures.canvas import Canvas
from attncourse.figures.ink import BLUE, COLOURS, INK, MUTED, PAPER, TEXT, TINT
from attncourse.figures.lettering import width
from attncourse.figures.picture import Picture, picture
from attncourse.figures.saying import say

BOX, HIGH = 74, 34  # of a projection, in pixels
HEADS_X, CARD, TALL = 232, 190, 126  # the front card of the heads
MIDDLE = 96  # height at which everything stands
FORMULAS = ("scores = q · k ÷ √d_k", "weights = softmax(scores)", "output = weights × v")


def multi_head(
    n_heads: int = 3,
    *,
    sizes: Mapping[str, int] | None = None,
    highlight: str | Sequence[str] = (),
    title: str = "",
    alt: str | None = None,
) -> Picture:
    """Draw the inside of multi-head attention: project, split, attend in each head, join, project.

    Args:
        n_heads: how many heads.
        sizes: numbers for the letters of the shapes, {"T": 7, "d_model": 8, "d_k": 4}.
        highlight: any of W_q, W_k, W_v, heads, join, W_o.
    """
    new, sheet = ({highlight} if isinstance(highlight, str) else set(highlight)), Canvas()
    _box(sheet, 0, MIDDLE, 44, "x", new)
    for k, name in enumerate(("W_q", "W_k", "W_v")):
        y = MIDDLE + (k - 1) * 50
        sheet.arrow([(44, MIDDLE), (62, MIDDLE), (62, y), (82, y)])
        _box(sheet, 84, y, BOX, name, new)
        sheet.arrow([(84 + BOX, y), (HEADS_X - 2, y)])
    _cards(sheet, n_heads, new)
    end = HEADS_X + CARD + 22
    for x, name in ((end, "join"), (end + BOX + 42, "W_o")):
        sheet.arrow([(x, MIDDLE), (x + 40, MIDDLE)])
        _box(sheet, x + 42, MIDDLE, BOX, name, new)
    _shapes(sheet, n_heads, sizes or {}, end)
    said = say(title, *_say_heads(n_heads, new)) if alt is None else alt
    return picture(sheet, end + 84 + 2 * BOX, MIDDLE + TALL / 2 + 24, title=title, alt=said)


def _box(sheet: Canvas, x: float, y: float, wide: float, name: str, new: set[str]) -> None:
    """A box whose left edge has its middle at (x, y)."""
    strong = name in new
    style = {"stroke": BLUE, "stroke_width": 2.5, "fill": TINT} if strong else {"stroke": MUTED}
    sheet.frame(x, y - HIGH / 2, wide, HIGH, **style)
    colour = TEXT[BLUE] if strong else INK
    sheet.text(x + wide / 2, y, name, anchor="middle", bold=True, colour=colour)


def _cards(sheet: Canvas, n_heads: int, new: set[str]) -> None:
    """The heads as cards behind each other, the formulas of one on the first."""
    strong = "heads" in new
    style = {"stroke": BLUE, "stroke_width": 2.5} if strong else {"stroke": MUTED}
    for k in reversed(range(min(n_heads, 3))):
        place = HEADS_X + 8 * k, MIDDLE - TALL / 2 - 8 * k
        sheet.frame(*place, CARD, TALL, fill=TINT if strong and not k else PAPER, **style)
    x = HEADS_X + CARD / 2
    name = f"heads 1 … {n_heads}" if n_heads > 1 else "one head"
    sheet.text(x, MIDDLE - 42, name, anchor="middle", bold=True)
    for k, line in enumerate(FORMULAS):
        sheet.text(x, MIDDLE - 12 + 26 * k, line, anchor="middle")


def _shapes(sheet: Canvas, n_heads: int, sizes: Mapping[str, int], end: float) -> None:
    """The shape of what leaves each part, beside it."""
    style = {"size": 12, "colour": MUTED, "anchor": "middle"}
    for x, y, *sides in (
        (22, MIDDLE + 28, "T", "d_model"),
        (196, MIDDLE - 62, n_heads, "T", "d_k"),
        (HEADS_X + CARD / 2, MIDDLE + TALL / 2 + 14, n_heads, "T", "d_k"),
        (end + 42 + BOX / 2, MIDDLE + 28, "T", "d_model"),
        (end + 84 + BOX * 1.5, MIDDLE + 28, "T", "d_model"),
    ):
        sheet.text(x, y, " × ".join(str(sizes.get(side, side)) for side in sides), **style)


def _say_heads(n_heads: int, new: set[str]):
    yield "Inside of multi-head attention: x is projected by W_q, W_k and W_v"
    yield f"Queries, keys and values are split into {n_heads} heads"
    yield "Each head computes its own scores, weights and output; these are joined, then W_o"
    yield f"Highlighted: {', '.join(sorted(new))}" if new else ""


def paths(
    n_tokens: int = 7, *, window: int = 5, title: str = "", alt: str | None = None
) -> Picture:
    """Draw how many steps lie between the first and the last token in three kinds of layer.

    Args:
        n_tokens: length of the sequence.
        window: width of the convolution.
    """
    if n_tokens < 2 or window < 2:
        raise ValueError(f"n_tokens and window must be at least 2; got {n_tokens} and {window}")
    sheet, steps = Canvas(), {}
    reach = (window - 1) // 2 or 1
    steps["recurrent"] = n_tokens - 1
    steps["convolution"] = -(-(n_tokens - 1) // reach)
    steps["self-attention"] = 1
    y = 0.0
    for k, (name, count) in enumerate(steps.items()):
        y += _path(sheet, y, name, count, n_tokens, COLOURS[k])
    said = ", ".join(f"{name} {count}" for name, count in steps.items())
    said = say(title, f"Steps from token 1 to token {n_tokens}: {said}") if alt is None else alt
    return picture(sheet, 150 + 56 * n_tokens, y, title=title, alt=said)


def _path(sheet: Canvas, y: float, name: str, count: int, n_tokens: int, colour: str) -> float:
    """Tokens in a row, and the way from the first to the last in arcs; returns the height."""
    places, middle = [150 + 56 * k + 18 for k in range(n_tokens)], y + 62
    for k, x in enumerate(places):
        sheet.circle(x, middle, 13, fill=PAPER, stroke=MUTED, stroke_width=1.2)
        sheet.text(x, middle, k + 1, size=12, anchor="middle")
    stops = [round(k * (n_tokens - 1) / count) for k in range(count + 1)]
    for a, b in pairwise(stops):
        x, to_x, top = places[a], places[b], middle - 42 - 10 * min(b - a, 6)
        bend = f"{(x + to_x) / 2:.1f},{top:.1f}"
        d = f"M{x:.1f},{middle - 14:.1f}Q{bend} {to_x:.1f},{middle - 14:.1f}"
        sheet.curve(d, stroke=colour, stroke_width=2.2)
    sheet.text(0, middle - 9, name, bold=True, colour=TEXT[colour])
    plural = "step" if count == 1 else "steps"
    sheet.text(0, middle + 9, f"{count} {plural} in a row", size=12, colour=MUTED)
    return 92


def token_sum(
    tokens: Sequence[str],
    parts: Mapping[str, Sequence],
    *,
    total: str = "input",
    title: str = "",
    alt: str | None = None,
) -> Picture:
    """Draw what is added up to make the vector of each token.

    Args:
        tokens: T names.
        parts: name of an embedding → for each token which row of it is taken.
        total: name of the sum.
    """
    rows = {name: given.names(row, len(tokens), "token") for name, row in parts.items()}
    wide = max(width(text) for row in [tokens, *rows.values()] for text in map(str, row)) + 18
    left, sheet = max(width(name, bold=True) for name in [*rows, total]) + 40, Canvas()
    for k, (name, row) in enumerate([(total, tokens), *rows.items()]):
        y, colour = 17 + 46 * k, COLOURS[(k - 1) % 6] if k else INK
        sheet.text(left - 34, y, name, anchor="end", bold=True, colour=TEXT.get(colour, INK))
        sheet.text(left - 16, y, ("=", "+")[k > 1] if k else "", anchor="middle", size=16)
        for j, text in enumerate(row):
            style = {"stroke": colour, "stroke_width": 1.6}
            sheet.frame(left + j * (wide + 6), y - 15, wide, 30, **style)
            sheet.text(left + j * (wide + 6) + wide / 2, y, text, anchor="middle")
    said = [f"{name}: {', '.join(row)}" for name, row in rows.items()]
    said = say(title, f"The {total} of {', '.join(tokens)} is a sum", *said) if alt is None else alt
    return picture(
        sheet, left + len(tokens) * (wide + 6), 46 * (len(rows) + 1), title=title, alt=said
    )
