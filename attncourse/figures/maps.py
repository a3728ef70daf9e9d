"""Attention maps: a matrix as coloured cells, queries down and keys across."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from attncourse.figures import given
from attncourse.figures.canvas import Canvas
from attncourse.figures.lettering import number
from attncourse.figures.panel import GAP, MAX_NAMES, Map, draw_map, left_of
from attncourse.figures.picture import MARGIN, WIDTH, Picture, picture
from attncourse.figures.saying import say
from attncourse.figures.scale import Scale

MAX_CELLS = 120  # more cells are drawn as an image
BAR, AIR = 44, 34  # width of the colour bar with its numbers; from the last panel to it


def attention_map(
    weights: ArrayLike | Mapping[str, ArrayLike],
    *,
    queries: Sequence | Mapping[str, Sequence] | None = None,
    keys: Sequence | Mapping[str, Sequence] | None = None,
    mask: ArrayLike | Mapping[str, ArrayLike] | None = None,
    title: str = "",
    alt: str | None = None,
    **options,
) -> Picture:
    """Draw weights M × N as a map, or several on one scale: {panel title: weights}.

    Args:
        weights: from 0 to 1; any numbers with `signed=True`.
        queries, keys: names of rows and columns, shown when there are at most 16; one list for
            all panels, or {panel title: names}.
        mask: bool, True = may attend; forbidden cells are hatched. For all panels, or by panel.
        options: signed (colour around 0), limit (number of the strongest shade; default 1, or the
            largest size when signed), label (of the scale), rows and columns (names of the axes,
            default "queries" and "keys"), numbers (write them into the cells; default for one
            small map), per_row (panels in a row).
    """
    panels = [
        Map(name, table, *(given.per_panel(part, name) for part in (queries, keys, mask)))
        for name, table in given.panels(weights).items()
    ]
    named = {name: options.pop(name) for name in ("signed", "limit", "label") if name in options}
    scale = Scale([panel.allowed for panel in panels], **named)
    sheet, size = _panels(panels, scale, **options)
    said = say(title, *_say(panels, scale, **options)) if alt is None else alt
    return picture(sheet, *size, title=title, alt=said)


def _panels(panels, scale, *, per_row=None, numbers=None, **axes):
    """All panels in rows as wide as a page allows, and one colour bar at the right."""
    per_row = per_row or _per_row(panels)
    cell = _cell(panels, per_row)
    look = {"numbers": len(panels) == 1 and cell >= 32 if numbers is None else numbers}
    look["image"] = sum(panel.weights.size for panel in panels) > MAX_CELLS
    sheet, y, row, right = Canvas(), 0.0, 0.0, 0.0
    for group in _groups(panels, per_row):
        x, y = 0.0, y + row + (GAP if row else 0)
        drawn = [
            draw_map(panel, scale, cell, left=left_of(panel, before), **look, **axes)
            for before, panel in zip([None, *group], group, strict=False)
        ]
        row = max(height for _, (_, height) in drawn)
        for part, (width, _) in drawn:
            sheet.place(part, x, y)
            right, x = max(right, x + width), x + width + GAP
    high = min(row - 24, 180)
    scale.draw_bar(sheet, right + AIR, y + row - high, high)
    return sheet, (right + AIR + BAR, y + row)


def _per_row(panels: Sequence[Map]) -> int:
    return min(len(panels), 4 if max(panel.weights.shape[1] for panel in panels) < 12 else 3)


def _groups(panels: Sequence[Map], per_row: int) -> list[Sequence[Map]]:
    """The panels of each row."""
    return [panels[start : start + per_row] for start in range(0, len(panels), per_row)]


def _cell(panels: Sequence[Map], per_row: int) -> float:
    """Side of a cell: as large as fits, up to 40 pixels, the same in all panels."""
    room, down = WIDTH - 2 * MARGIN - BAR - AIR, max(panel.weights.shape[0] for panel in panels)
    fits = [40.0, 420 / down]
    for group in _groups(panels, per_row):
        edges = sum(left_of(*pair) for pair in zip(group, [None, *group], strict=False))
        across = sum(panel.weights.shape[1] for panel in group)
        fits.append((room - edges - GAP * (len(group) - 1)) / across)
    return max(min(fits), 1.5)


def _say(panels, scale, *, rows="queries", columns="keys", **others):
    """Sizes, range, and for each query the key with its largest number."""
    for panel in panels:
        M, N = panel.weights.shape
        name = f"{panel.title}: map" if panel.title else "Map"
        yield f"{name} of {M} {rows} by {N} {columns}, {scale.label} {_range(panel)}"
        yield _rows(panel) if M <= MAX_NAMES else ""
        hidden = int((~panel.mask).sum())
        yield f"{hidden} of {M * N} cells are forbidden" if hidden else ""


def _range(panel: Map) -> str:
    if not panel.allowed.size:
        return "nowhere"
    low, high = (number(round(float(end(panel.allowed)), 2)) for end in (np.min, np.max))
    return f"from {low} to {high}"


def _rows(panel: Map) -> str:
    """Each query with the key that has its largest number."""
    said = []
    for name, row in zip(panel.queries, panel.shown, strict=True):
        if np.isfinite(row).any():
            best = int(np.nanargmax(row))
            said.append(f"{name} → {panel.keys[best]} {number(round(float(row[best]), 2))}")
    return f"Largest in each row: {', '.join(said)}" if said else ""
