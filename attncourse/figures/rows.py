"""One query's row, step by step: a table whose columns are keys and whose rows are steps."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from attncourse.figures import given
from attncourse.figures.canvas import Canvas
from attncourse.figures.ink import FAINT, MUTED, PAPER, VEIL, WEIGHT, on_shade, word_colour
from attncourse.figures.lettering import number, width
from attncourse.figures.picture import MARGIN, WIDTH, Picture, picture
from attncourse.figures.saying import listed, say, vector

ROW, GAP = 34, 10  # height of a step; between two, in pixels
SUM = 76  # room for the sum of a row


def row_by_row(
    steps: Mapping[str, ArrayLike],
    *,
    keys: Sequence,
    values: ArrayLike | None = None,
    output: ArrayLike | None = None,
    query: str = "",
    title: str = "",
    alt: str | None = None,
) -> Picture:
    """Draw what happens to one query's row of numbers, one step below the other.

    Args:
        steps: name of the step → N numbers, in order; NaN and −∞ are drawn as forbidden. A step
            whose name begins with "weight" is coloured from 0 to 1; beside one whose name begins
            with "exp" stands its sum.
        keys: N names of the columns.
        values: N × d_v, written below the weights, and `output`, their weighted sum, at the end.
        query: name of the query, written above the steps.
    """
    found = {name: given.array(row, 1, name) for name, row in steps.items()}
    for name, row in found.items():
        given.names(keys, len(row), f"column of {name!r}")
    table = _Table(found, [str(key) for key in keys], query)
    table.draw()
    if values is not None:
        table.add_values(given.array(values, 2, "values"))
    if output is not None:
        table.add_output(given.array(output, 1, "output"))
    said = say(title, *_say(found, keys, values, output, query)) if alt is None else alt
    return picture(table.sheet, *table.size, title=title, alt=said)


class _Table:
    """Names at the left, one column for each key, the output at the right of the values."""

    def __init__(self, steps, keys: Sequence[str], query: str):
        self.steps, self.keys, self.sheet = steps, keys, Canvas()
        self.query = f"query: {query}" if query else ""
        names = [*steps, "× value", "= output"]
        self.left = max(width(self.query, bold=True), *(width(name) for name in names)) + 20
        right = SUM if any(name.startswith("exp") for name in steps) else 0
        self.cell = min((WIDTH - 2 * MARGIN - self.left - right) / len(keys), 84)
        self.end = self.left + self.cell * len(keys)  # of the columns
        self.size = [self.end + right, 24.0]

    def x(self, j: float) -> float:
        """Left edge of a column."""
        return self.left + j * self.cell

    def draw(self) -> None:
        """The keys above, then one step below the other."""
        self.sheet.text(0, 10, self.query, bold=True)
        for j, name in enumerate(self.keys):
            style = {"bold": True, "colour": word_colour(name)}
            self.sheet.text(self.x(j + 0.5), 10, name, anchor="middle", **style)
        for name, row in self.steps.items():
            self._name(name, first=self.size[1] < 30)
            for j, value in enumerate(row):
                self._cell(j, value, coloured=name.startswith("weight"))
            if name.startswith("exp"):
                place = self.end + 8, self.size[1] + ROW / 2
                self.sheet.text(*place, f"sum {number(row.sum())}", bold=True)
            self.size[1] += ROW + GAP

    def _name(self, name: str, *, first: bool) -> None:
        """The step at the left, with an arrow from the one before."""
        y = self.size[1]
        self.sheet.text(self.left - 18, y + ROW / 2, name, anchor="end", bold=True)
        if not first:
            x = self.left - 9
            self.sheet.arrow([(x, y - GAP - ROW / 2), (x, y + ROW / 2)], head=6)

    def _cell(self, j: int, value: float, *, coloured: bool) -> None:
        """One number; hatched when forbidden, blue by its size when it is a weight."""
        x, y, middle = self.x(j) + 1, self.size[1], (self.x(j + 0.5), self.size[1] + ROW / 2)
        if not np.isfinite(value):
            self.sheet.hatched(x, y, self.cell - 2, ROW)
            self.sheet.rect(middle[0] - 16, middle[1] - 9, 32, 18, fill=VEIL, rx=3)
            self.sheet.text(*middle, "−∞" if value < 0 else "–", anchor="middle", colour=MUTED)
            return
        self.sheet.rect(x, y, self.cell - 2, ROW, fill=PAPER, stroke=FAINT, rx=3)
        if coloured:
            shade = {"fill": WEIGHT, "fill_opacity": f"{value:.2f}"}
            self.sheet.rect(x, y, self.cell - 2, ROW, rx=3, **shade)
        ink = on_shade(value * coloured)
        self.sheet.text(*middle, number(value), anchor="middle", bold=coloured, **ink)

    def add_values(self, values: np.ndarray) -> None:
        """The values as small vectors below their weights."""
        self._name("× value", first=False)
        for j, value in enumerate(values):
            place = self.x(j + 0.5), self.size[1] + ROW / 2
            self.sheet.lines(*place, _broken(vector(value), self.cell), anchor="middle", size=12)
        self.size[1] += ROW + GAP

    def add_output(self, output: np.ndarray) -> None:
        """The sum of all columns."""
        y = self.size[1]
        self._name("= output", first=False)
        self.sheet.frame(self.left + 1, y, self.end - self.left - 2, ROW)
        middle = (self.left + self.end) / 2, y + ROW / 2
        self.sheet.text(*middle, f"sum = {vector(output)}", anchor="middle", bold=True)
        self.size[1] += ROW


def _broken(text: str, room: float) -> list[str]:
    """A vector in one line, or in two where it is too wide."""
    if width(text, 12) <= room - 4 or ", " not in text:
        return [text]
    middle = text.index(", ", len(text) // 2 - 2 if text.count(", ") > 1 else 0) + 1
    return [text[:middle], text[middle + 1 :]]


def _say(steps, keys, values, output, query):
    yield f"The row of the query {query}, step by step" if query else ""
    for name, row in steps.items():
        yield f"{name}: {listed(keys, row)}"
        yield f"Their sum: {number(row.sum())}" if name.startswith("exp") else ""
    if values is not None:
        rows = given.array(values, 2)
        yield "Values: " + ", ".join(f"{k} {vector(v)}" for k, v in zip(keys, rows, strict=True))
    yield "" if output is None else f"Output: {vector(given.array(output, 1))}"
