"""One panel of an attention map: cells, names, and numbers."""

from collections.abc import Sequence

import numpy as np

from attncourse.figures import given
from attncourse.figures.canvas import Canvas
from attncourse.figures.ink import FAINT, INK, MUTED, PAPER, WORDS, on_shade, word_colour
from attncourse.figures.lettering import number, width
from attncourse.figures.pixels import draw_shades
from attncourse.figures.scale import Scale

MAX_NAMES = 16  # more tokens than this are too many to read
GAP = 28  # between panels, in pixels


class Map:
    """One matrix with its names and mask, checked."""

    def __init__(self, title: str, weights, queries=None, keys=None, mask=None):
        self.title, self.weights = title, given.array(weights, 2, "weights")
        M, N = self.weights.shape
        self.mask = given.boolean(mask, (M, N)) & np.isfinite(self.weights)
        self.queries, self.keys = given.names(queries, M), given.names(keys, N)

    @property
    def allowed(self) -> np.ndarray:
        """The numbers that are not forbidden, in one row."""
        return self.weights[self.mask]

    @property
    def shown(self) -> np.ndarray:
        """The matrix with NaN where it is forbidden."""
        return np.where(self.mask, self.weights, np.nan)


def left_of(panel: Map, before: Map | None = None) -> float:
    """Room for the names of the rows, which a panel shares with the one before if they agree."""
    if before is not None and panel.queries == before.queries:
        return 6.0
    named = len(panel.queries) <= MAX_NAMES
    return 26 + (max(width(name) for name in panel.queries) if named else 20)


def draw_map(
    panel: Map, scale: Scale, cell: float, *, left, rows="queries", columns="keys", **look
):
    """Draw one panel; returns the sheet and its size.

    Args:
        left: room for the names of the rows; without room they are left out.
        look: numbers and image, yes or no.
    """
    sheet, (M, N) = Canvas(), panel.weights.shape
    slanted = _slant(panel, cell)
    top = 36 + max(slanted - 8, 0) + (22 if panel.title else 0)
    sheet.text(left, 8, panel.title, bold=True)
    sheet.text(left, 30 if panel.title else 8, f"{columns} →", size=12, colour=MUTED)
    if left > 10:
        style = {"size": 12, "colour": MUTED, "anchor": "middle", "turn": -90}
        sheet.text(8, top + M * cell / 2, f"← {rows}", **style)
        _name_rows(sheet, panel, (left, top), cell)
    _name_columns(sheet, panel, (left, top), cell, slanted > 0)
    sheet.place(_body(panel, scale, cell, **look), left, top)
    over = slanted - cell / 2 - 4 if slanted else 0
    return sheet, (left + N * cell + max(over, 0), top + M * cell)


def _slant(panel: Map, cell: float) -> float:
    """How far slanted names reach up and to the right; 0 when they stand upright."""
    longest = max(width(name) for name in panel.keys)
    return longest * 0.71 + 10 if len(panel.keys) <= MAX_NAMES and longest > cell + 4 else 0.0


def _name_columns(sheet: Canvas, panel: Map, corner, cell: float, slanted: bool) -> None:
    """Write the names of the keys."""
    left, top = corner
    turn = {"turn": -45} if slanted else {"anchor": "middle"}
    for j, name in _readable(panel.keys):
        colour = _colour(name, panel.keys)
        sheet.text(left + (j + 0.5) * cell, top - 9, name, colour=colour, **turn)


def _name_rows(sheet: Canvas, panel: Map, corner, cell: float) -> None:
    """Write the names of the queries."""
    left, top = corner
    for i, name in _readable(panel.queries):
        y = top + (i + 0.5) * cell
        sheet.text(left - 6, y, name, anchor="end", colour=_colour(name, panel.queries))


def _colour(name: str, names: Sequence[str]) -> str:
    """A word's own colour, where at least half of the names are words of the running example."""
    ours = sum(other in WORDS for other in names)
    return word_colour(name) if 2 * ours >= len(names) else INK


def _readable(names: Sequence[str]) -> list[tuple[int, str]]:
    """All names when they can be read, else the number of every tenth (twentieth, …) row."""
    if len(names) <= MAX_NAMES:
        return list(enumerate(names))
    step = 10 ** int(np.log10(len(names)))
    step *= 2 if len(names) / step > 12 else 1
    return [(i, str(i)) for i in range(0, len(names), step)]


def _body(panel: Map, scale: Scale, cell: float, *, numbers: bool, image: bool) -> Canvas:
    """The cells with their grid and numbers."""
    sheet, (M, N) = Canvas(), panel.weights.shape
    place = 0, 0, N * cell, M * cell
    if not image:
        _cells(sheet, panel, scale, cell)
        lines = [f"M0,{i * cell:.1f}H{N * cell:.1f}" for i in range(1, M)]
        lines += [f"M{j * cell:.1f},0V{M * cell:.1f}" for j in range(1, N)]
        sheet.curve("".join(lines) or "M0,0", stroke=PAPER, stroke_width=1.2)
    else:
        draw_shades(sheet, place, scale.strength(panel.weights), scale.colours, panel.mask)
    sheet.rect(*place, fill="none", stroke=FAINT)
    if numbers:
        _write(sheet, panel, scale, cell)
    return sheet


def _cells(sheet: Canvas, panel: Map, scale: Scale, cell: float) -> None:
    """A rectangle for each cell; forbidden ones hatched."""
    for (i, j), value in np.ndenumerate(panel.shown):
        if np.isnan(value):
            sheet.hatched(j * cell, i * cell, cell, cell)
        elif abs(scale.strength(value)) >= 0.005:
            sheet.rect(j * cell, i * cell, cell, cell, **scale.shade(value))


def _write(sheet: Canvas, panel: Map, scale: Scale, cell: float) -> None:
    """The numbers in their cells, white where the cell is dark."""
    digits = 1 if scale.limit >= 100 else 2
    for (i, j), value in np.ndenumerate(panel.shown):
        if np.isfinite(value):
            ink = on_shade(scale.strength(value), scale.shade(value)["fill"])
            text, place = number(round(value, digits), digits), ((j + 0.5) * cell, (i + 0.5) * cell)
            sheet.text(*place, text, size=12, anchor="middle", **ink)
