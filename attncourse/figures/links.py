"""Token-to-token lines: queries at the left, keys at the right, a line as strong as its weight."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from attncourse.figures import given
from attncourse.figures.canvas import Canvas
from attncourse.figures.ink import BLUE, INK, MUTED, word_colour
from attncourse.figures.lettering import number, width
from attncourse.figures.picture import WIDTH, Picture, picture

ROW, SPAN, FAINTEST = 26, 170, 0.02  # pixels; pixels between the columns; weight too small to draw


def token_lines(
    weights: ArrayLike | Mapping[str, ArrayLike],
    *,
    queries: Sequence | Mapping[str, Sequence],
    keys: Sequence | Mapping[str, Sequence],
    only: str | int | Sequence = (),
    title: str = "",
    alt: str | None = None,
) -> Picture:
    """Draw a line from each query to each key, as strong as its weight.

    Args:
        weights: M × N, from 0 to 1, or {title: M × N}; lines below 0.02 are left out.
        queries, keys: M and N names (or by panel).
        only: a query, or several (name or number), whose lines are drawn; default all.
    """
    panels, sheet, x, high = given.panels(weights), Canvas(), 0.0, 0.0
    said = [f"{title}." if title else ""]
    for name, table in panels.items():
        table = given.array(table, 2, "weights")
        left = given.names(given.per_panel(queries, name), table.shape[0], "query")
        right = given.names(given.per_panel(keys, name), table.shape[1], "key")
        rows = _chosen(only, left)
        part, size = _panel(name, table, left, right, rows)
        sheet.place(part, x, 0)
        x, high = x + size[0] + 26, max(high, size[1])
        said.append(_say(name, table, left, right, rows))
    return picture(
        sheet, min(x - 26, 10 * WIDTH), high, title=title, alt=alt or " ".join(filter(None, said))
    )


def _chosen(only, names: Sequence[str]) -> list[int]:
    only = [only] if isinstance(only, str | int) else list(only)
    unknown = [name for name in only if isinstance(name, str) and name not in names]
    if unknown:
        raise ValueError(
            f"only must name queries; got {unknown[0]!r}, queries are {', '.join(names)}"
        )
    return [names.index(n) if isinstance(n, str) else int(n) for n in only] or list(
        range(len(names))
    )


def _panel(title, table, queries, keys, rows):
    left = max(width(name) for name in queries) + 8
    right = left + SPAN
    top = 40 if title else 20
    height = top + ROW * max(len(queries), len(keys))
    lift = [top + (height - top - ROW * len(side)) / 2 + ROW / 2 for side in (queries, keys)]
    sheet = Canvas()
    if title:
        sheet.text((left + right) / 2, 8, title, bold=True, anchor="middle")
    sheet.text(left - 8, top - 8, "queries", size=12, colour=MUTED, anchor="end")
    sheet.text(right + 8, top - 8, "keys", size=12, colour=MUTED)
    for i in rows:
        for j in np.flatnonzero(table[i] >= FAINTEST):
            _line(sheet, left, lift[0] + i * ROW, right, lift[1] + j * ROW, table[i, j], queries[i])
    for i, name in enumerate(queries):
        shown = i in rows
        colour = word_colour(name) if shown else MUTED
        sheet.text(
            left - 8,
            lift[0] + i * ROW,
            name,
            anchor="end",
            colour=colour,
            bold=shown and len(rows) < len(queries),
        )
    for j, name in enumerate(keys):
        sheet.text(right + 8, lift[1] + j * ROW, name, colour=word_colour(name))
        if len(rows) == 1 and table[rows[0], j] >= FAINTEST:
            at = right + 16 + width(name)
            sheet.text(at, lift[1] + j * ROW, number(table[rows[0], j]), size=12, colour=MUTED)
    extra = 40 if len(rows) == 1 else 0
    return sheet, (right + 12 + max(width(name) for name in keys) + extra, height)


def _line(sheet: Canvas, x, y, to_x, to_y, weight, name) -> None:
    colour = word_colour(name)
    colour = BLUE if colour == INK else colour
    bend = (to_x - x) * 0.45
    middle = f"{x + bend:.1f},{y:.1f} {to_x - bend:.1f},{to_y:.1f}"
    d = f"M{x:.1f},{y:.1f}C{middle} {to_x:.1f},{to_y:.1f}"
    sheet.curve(
        d,
        stroke=colour,
        stroke_width=f"{0.6 + 7 * weight:.1f}",
        stroke_opacity=f"{0.25 + 0.6 * weight:.2f}",
    )


def _say(name, table, queries, keys, rows) -> str:
    said = []
    for i in rows:
        order = [j for j in np.argsort(-table[i], kind="stable")[:3] if table[i, j] >= FAINTEST]
        said.append(
            f"{queries[i]} → " + ", ".join(f"{keys[j]} {number(table[i, j])}" for j in order)
        )
    return (
        (f"{name}: " if name else "")
        + "Lines from queries to keys, strongest first: "
        + "; ".join(said)
        + "."
    )
