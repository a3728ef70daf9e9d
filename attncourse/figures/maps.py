"""Attention maps: a matrix as coloured cells, queries down and keys across."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from attncourse.figures import given
from attncourse.figures.canvas import Canvas
from attncourse.figures.ink import FAINT, MUTED, NEGATIVE, PAPER, POSITIVE, WEIGHT, word_colour
from attncourse.figures.lettering import number, width
from attncourse.figures.picture import WIDTH, Picture, picture

MAX_NAMES = 16  # more tokens than this are too many to read
MAX_CELLS = 24  # a side longer than this is drawn as an image
GAP, BAR = 28, 44  # between panels; for the colour bar


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
        queries, keys: names of rows and columns, shown when there are at most 16.
        mask: bool, True = may attend; forbidden cells are hatched.
        options: signed (colour around 0), limit (end of the scale; default 1, or the largest
            size), label (of the scale), rows and columns (names of the axes, default "queries"
            and "keys"), numbers (write them into the cells), per_row (panels in a row).
    """
    panels = [
        Map(name, table, *(given.per_panel(part, name) for part in (queries, keys, mask)))
        for name, table in given.panels(weights).items()
    ]
    scale = Scale(
        panels, **{k: options.pop(k) for k in ("signed", "limit", "label") if k in options}
    )
    sheet, size = _panels(panels, scale, **options)
    return picture(sheet, *size, title=title, alt=alt or _say(panels, scale, title, options))


class Map:
    """One matrix with its names and mask, checked."""

    def __init__(self, title: str, weights, queries=None, keys=None, mask=None):
        self.title, self.weights = title, given.array(weights, 2, "weights")
        self.mask = given.boolean(mask, self.weights.shape)
        M, N = self.weights.shape
        self.named = [queries is not None, keys is not None]
        self.queries, self.keys = given.names(queries, M), given.names(keys, N)

    @property
    def allowed(self) -> np.ndarray:
        """The numbers that are not forbidden, in one row."""
        return self.weights[self.mask & np.isfinite(self.weights)]


class Scale:
    """From numbers to colours: strength 0 … 1 of one blue, or of purple and orange around 0."""

    def __init__(self, panels: Sequence[Map], signed=False, limit=None, label=""):
        found = np.concatenate([panel.allowed for panel in panels] or [np.zeros(1)])
        largest = float(np.abs(found).max(initial=0))
        self.signed, self.label = signed, label or ("score" if signed else "weight")
        self.limit = float(limit or ((largest or 1.0) if signed else 1.0))
        if not signed and (found.min(initial=0) < -1e-6 or largest > self.limit * (1 + 1e-6)):
            raise ValueError(
                f"weights must lie in 0…{number(self.limit)} unless signed; "
                f"got {number(found.min())}…{number(found.max())}"
            )

    def strength(self, values: np.ndarray) -> np.ndarray:
        return np.clip(np.abs(np.nan_to_num(values)) / self.limit, 0, 1)

    def colour(self, value: float) -> str:
        return (POSITIVE if value >= 0 else NEGATIVE) if self.signed else WEIGHT

    @property
    def ends(self) -> tuple[float, float]:
        return (-self.limit if self.signed else 0.0, self.limit)


def _panels(panels, scale, *, rows="queries", columns="keys", numbers=None, per_row=None):
    """All panels in rows as wide as a page allows, and one colour bar at the right."""
    per_row = per_row or min(len(panels), 4 if max(p.weights.shape[1] for p in panels) < 12 else 3)
    cell = _cell(panels, per_row)
    if numbers is None:
        numbers = len(panels) == 1 and cell >= 32
    sheet, x, y, right, row = Canvas(), 0.0, 0.0, 0.0, 0.0
    for i, panel in enumerate(panels):
        if i and i % per_row == 0:
            x, y, row = 0.0, y + row + GAP, 0.0
        part, size = draw_map(panel, scale, cell, rows=rows, columns=columns, numbers=numbers)
        sheet.place(part, x, y)
        x, row, right = x + size[0] + GAP, max(row, size[1]), max(right, x + size[0])
    height = y + row
    _colour_bar(sheet, right + 34, height - min(row, 180), min(row, 180), scale)
    return sheet, (right + 34 + BAR, height)


def _cell(panels: Sequence[Map], per_row: int) -> float:
    """Side of a cell: as large as fits, up to 40 pixels, the same in all panels."""
    edge = max(_left(panel) for panel in panels) + GAP
    across = max(panel.weights.shape[1] for panel in panels)
    down = max(panel.weights.shape[0] for panel in panels)
    return max(
        min((WIDTH - 24 - BAR - 34 + GAP - per_row * edge) / per_row / across, 420 / down, 40), 1.5
    )


def _left(panel: Map) -> float:
    named = len(panel.queries) <= MAX_NAMES
    return 26 + (max(width(name) for name in panel.queries) if named else 20)


def draw_map(panel: Map, scale: Scale, cell: float, *, rows: str, columns: str, numbers: bool):
    """Draw one panel; returns the sheet and its size."""
    sheet, (M, N) = Canvas(), panel.weights.shape
    slanted = N <= MAX_NAMES and max(width(name) for name in panel.keys) > cell + 4
    left, top = _left(panel), 36 + (22 if panel.title else 0)
    if slanted:
        top += max(width(name) for name in panel.keys) * 0.71 - 6
    if panel.title:
        sheet.text(left, 8, panel.title, bold=True)
    sheet.text(left, 30 if panel.title else 8, f"{columns} →", size=12, colour=MUTED)
    middle = top + M * cell / 2
    sheet.text(8, middle, f"← {rows}", size=12, colour=MUTED, anchor="middle", turn=-90)
    _name_columns(sheet, panel, left, top, cell, slanted)
    _name_rows(sheet, panel, left, top, cell)
    body = Canvas()
    (_cells if max(M, N) <= MAX_CELLS else _image)(body, panel, scale, cell)
    if numbers:
        _write(body, panel, scale, cell)
    sheet.place(body, left, top)
    slope = max(
        (width(n) * 0.71 - (N - j - 0.5) * cell for j, n in enumerate(panel.keys)), default=0
    )
    return sheet, (left + N * cell + (max(slope, 0) if slanted else 0), top + M * cell)


def _name_columns(sheet, panel: Map, left, top, cell, slanted) -> None:
    for j, name in _shown(panel.keys):
        x = left + (j + 0.5) * cell
        turn = {"turn": -45, "anchor": "start"} if slanted else {"anchor": "middle"}
        sheet.text(x, top - 9, name, colour=word_colour(name), **turn)


def _name_rows(sheet, panel: Map, left, top, cell) -> None:
    for i, name in _shown(panel.queries):
        y = top + (i + 0.5) * cell
        sheet.text(left - 6, y, name, anchor="end", colour=word_colour(name))


def _shown(found: Sequence[str]):
    """All names when they can be read, else every so-manieth number."""
    step = 1 if len(found) <= MAX_NAMES else 10 ** int(np.log10(len(found)))
    step *= 2 if step > 1 and len(found) / step > 12 else 1
    return [(i, name if step == 1 else str(i)) for i, name in enumerate(found) if i % step == 0]


def _cells(sheet: Canvas, panel: Map, scale: Scale, cell: float) -> None:
    """A rectangle for each cell; forbidden ones hatched."""
    M, N = panel.weights.shape
    strength = scale.strength(panel.weights)
    for (i, j), value in np.ndenumerate(panel.weights):
        if not panel.mask[i, j] or not np.isfinite(value):
            sheet.hatched(j * cell, i * cell, cell, cell)
        elif strength[i, j] > 0.004:
            shade = {"fill": scale.colour(value), "fill_opacity": f"{strength[i, j]:.2f}"}
            sheet.rect(j * cell, i * cell, cell, cell, **shade)
    lines = "".join(f"M0,{i * cell:.1f}h{N * cell:.1f}" for i in range(M + 1))
    lines += "".join(f"M{j * cell:.1f},0v{M * cell:.1f}" for j in range(N + 1))
    sheet.curve(lines, stroke=FAINT if cell > 9 else "none")


def _image(sheet: Canvas, panel: Map, scale: Scale, cell: float) -> None:
    """One image for a map of many cells."""
    M, N = panel.weights.shape
    pixels = np.zeros((M, N, 4))
    for sign, name in ((1, POSITIVE if scale.signed else WEIGHT), (-1, NEGATIVE)):
        pixels[np.nan_to_num(panel.weights) * sign > 0, :3] = [
            int(name[at : at + 2], 16) for at in (1, 3, 5)
        ]
    pixels[..., 3] = 255 * scale.strength(panel.weights)
    pixels[~panel.mask] = (0xB6, 0xBD, 0xC5, 110)
    sheet.pixels(0, 0, N * cell, M * cell, pixels.round())
    sheet.rect(0, 0, N * cell, M * cell, fill="none", stroke=FAINT)


def _write(sheet: Canvas, panel: Map, scale: Scale, cell: float) -> None:
    """The numbers in their cells, white where the cell is dark."""
    strength = scale.strength(panel.weights)
    digits = 1 if scale.limit >= 100 else 2
    for (i, j), value in np.ndenumerate(panel.weights):
        if panel.mask[i, j] and np.isfinite(value):
            ink = {"colour": PAPER} if strength[i, j] > 0.55 else {}
            place = (j + 0.5) * cell, (i + 0.5) * cell
            sheet.text(*place, _cell_text(value, digits), size=12, anchor="middle", **ink)


def _cell_text(value: float, digits: int = 2) -> str:
    """A number as it stands in a cell: nothing smaller than its last digit."""
    return number(round(float(value), digits), digits)


def _colour_bar(sheet: Canvas, x: float, y: float, height: float, scale: Scale) -> None:
    """The scale, from its low end below to its high end above."""
    low, high = scale.ends
    steps = np.linspace(low, high, 33)
    for start, end in pairwise(steps):
        value, at = (start + end) / 2, y + height * (1 - (end - low) / (high - low))
        shade = f"{float(scale.strength(np.array(value))):.2f}"
        sheet.rect(x, at, 12, height / 32 + 0.2, fill=scale.colour(value), fill_opacity=shade)
    sheet.rect(x, y, 12, height, fill="none", stroke=FAINT)
    for value in (low, (low + high) / 2, high):
        at = y + height * (1 - (value - low) / (high - low))
        sheet.text(
            x + 18, min(max(at, y + 5), y + height - 5), number(value), size=12, colour=MUTED
        )
    sheet.text(x - 9, y + height / 2, scale.label, size=12, colour=MUTED, anchor="middle", turn=-90)


def _say(panels, scale, title, options) -> str:
    """The picture in words: sizes, and for each query the key with its largest number."""
    parts = [f"{title}." if title and title[-1] not in ".?!" else title] if title else []
    rows, columns = options.get("rows", "queries"), options.get("columns", "keys")
    for panel in panels:
        M, N = panel.weights.shape
        name = f"{panel.title}: " if panel.title else ""
        parts.append(f"{name}map of {M} {rows} by {N} {columns}, {scale.label} {_range(panel)}.")
        parts.append(_rows(panel) if M <= MAX_NAMES else "")
        hidden = int((~panel.mask).sum())
        parts.append(f"{hidden} of {M * N} cells are forbidden." if hidden else "")
    return " ".join(part for part in parts if part)


def _range(panel: Map) -> str:
    if not panel.allowed.size:
        return "nowhere"
    return f"from {_cell_text(panel.allowed.min())} to {_cell_text(panel.allowed.max())}"


def _rows(panel: Map) -> str:
    """Each query with the key that has its largest number."""
    said = []
    for name, row, mask in zip(panel.queries, panel.weights, panel.mask, strict=True):
        mask = mask & np.isfinite(row)
        if mask.any():
            best = int(np.where(mask, row, -np.inf).argmax())
            said.append(f"{name} → {panel.keys[best]} {_cell_text(row[best])}")
    return f"Largest in each row: {', '.join(said)}." if said else ""
