"""How the map of the course is laid out: tables of numbers in a row, chains of boxes around."""

from collections.abc import Mapping, Sequence

import numpy as np

from attncourse.figures.canvas import Canvas
from attncourse.figures.ink import (
    BLUE,
    FAINT,
    INK,
    MUTED,
    PAPER,
    TEXT,
    TINT,
    WEIGHT,
    on_shade,
    word_colour,
)
from attncourse.figures.lettering import number, width, wrap
from attncourse.figures.parts import COLUMNS, OPTIONAL, SHAPES, WAYS, Part

CELL, ROW, WAY = 36, 24, 54  # width and height of a cell; from one table to the next, in pixels
BOX, LINE, STEP = 106, 16, 16  # width of a box; height of a line in it; from box to box
NEW = {"stroke": BLUE, "stroke_width": 2.5, "fill": TINT}


class Route:
    """Places the parts of one map on a sheet; `draw` returns its size."""

    def __init__(self, part: Part, numbers: Mapping[str, np.ndarray], words, query, new):
        self.part, self.numbers, self.words, self.new = part, numbers, words, new
        self.query, self.sheet = query, Canvas()
        self.rows = max([*(len(numbers[n]) for n in COLUMNS if n in numbers), len(words), 3])
        self.start = BOX + 50.0 if part.source else 0.0  # where the attention begins
        self.query_at = 34.0  # upper edge of the query
        if part.target:
            self.query_at = _high(part.target) - _high(part.target[-1:]) / 2 - ROW / 2
        self.top = self.query_at + 58  # of the rows
        if part.target:
            end = _high(part.target) + 24 + _high(part.source) - _high(part.source[-1:]) / 2
            self.top = max(self.top, end - self.rows * ROW / 2)
        self.middle = self.top + self.rows * ROW / 2
        self.floor = self.top + self.rows * ROW + 24  # of the way on which the values come
        self.low = self.floor + 4  # lower edge of the drawing

    def draw(self) -> tuple[float, float]:
        """Everything, from left to right."""
        self._sources()
        x = self._row_names()
        x, query_x = self._tables(x)
        self._query(*query_x)
        x = self._then(self._output(x))
        return x, self.low

    # ---- before the attention

    def _sources(self) -> None:
        """Source and target at the left, each from above to below."""
        part, end = self.part, self.start - 5
        if not part.source:
            return
        ask = self.query_at + ROW / 2
        self._chain(part.source, 0, self.middle, last=True)
        self.sheet.arrow([(BOX, self.middle), (end, self.middle)])
        if part.target:
            self._chain(part.target, 0, ask, last=True)
            self.sheet.path([(BOX, ask), (end, ask)], stroke=MUTED, stroke_width=1.3)
            return
        corner = [(BOX + 12, self.middle), (BOX + 12, ask), (end, ask)]
        self.sheet.path(corner, stroke=MUTED, stroke_width=1.3)
        ways = (("W_q", ask + 12), ("W_k", self.middle + 12), ("W_v", self.floor - 12))
        for letter, y in ways if part.letters else ():
            self.sheet.text(BOX + 17, y, letter, size=12, colour=MUTED)

    def _chain(self, names: Sequence[str], x: float, y: float, *, last: bool = False) -> None:
        """Boxes in a column; the middle of the first (or last) stands at y."""
        y -= _high(names) - _high(names[-1:]) / 2 if last else _high(names[:1]) / 2
        for i, name in enumerate(names):
            high = _high([name])
            self._frame(x, y, BOX, high, name)
            style = {"anchor": "middle", "bold": name in self.new}
            self.sheet.lines(x + BOX / 2, y + high / 2, wrap(name, BOX - 10), **style)
            if i < len(names) - 1:
                self.sheet.arrow([(x + BOX / 2, y + high), (x + BOX / 2, y + high + STEP)])
            y += high + STEP
        self.low = max(self.low, y - STEP + 2)

    def _frame(self, x: float, y: float, wide: float, high: float, name: str) -> None:
        """An edge around a box or a table, strong where it is new."""
        self.sheet.frame(x, y, wide, high, **(NEW if name in self.new else {}))

    # ---- the attention

    def _row_names(self, start: float | None = None) -> float:
        """The words at the left of the keys, or from `start` on; returns where the table begins."""
        start = self.start if start is None else start
        if not self.words:
            return start
        end = start + max(width(word, bold=True) for word in self.words)
        for i, word in enumerate(self.words):
            place = end, self.top + (i + 0.5) * ROW
            self.sheet.text(*place, word, anchor="end", bold=True, colour=word_colour(word))
        return end + 8

    def _tables(self, x: float):
        """Keys, scores, … values; returns the right end, and the left end and width of the keys."""
        shown = [name for name in COLUMNS if name in self.numbers or name not in OPTIONAL]
        keys = None
        for name in shown:
            if name == "values":
                x = self._times(x)
            elif keys is not None:
                self._way(x, self._turn(name, shown), self._turns(name, shown))
                x += WAY
            wide = self._table(name, x)
            keys = keys or (x, wide)
            x += wide
        self._come_in(x - wide / 2)
        return x, keys

    def _times(self, x: float) -> float:
        """Weights times values, row by row; returns where the values begin."""
        self.sheet.text(x + 20, self.middle, "×", size=22, anchor="middle", colour=MUTED)
        return x + 40 if self.part.source else self._row_names(x + 40)

    def _come_in(self, x: float) -> None:
        """The way of the values: from the words, or from what is made of them, below all tables."""
        start = (BOX + 12, self.middle) if self.part.source else (20, self.floor - 18)
        way = [start, (start[0], self.floor), (x, self.floor), (x, self.floor - 19)]
        if self.part.source or self.words:
            self.sheet.arrow(way)

    def _turn(self, name: str, shown: Sequence[str]) -> str:
        """What happens on the way to a table."""
        if name == "weights":
            return "softmax" if "scaled" in shown else self.part.turn
        return WAYS[name]

    def _turns(self, name: str, shown: Sequence[str]) -> bool:
        """Whether what is new happens on this way, as it has no table of its own."""
        return name == "weights" and bool(self.new & set(OPTIONAL) - set(shown))

    def _way(self, x: float, said: str, new: bool = False) -> None:
        """An arrow to the next table with what it does."""
        self.sheet.arrow([(x + 6, self.middle), (x + WAY - 5, self.middle)])
        lines = wrap(said, WAY - 2, 12)
        style = {"size": 12, "anchor": "middle", "bold": new}
        style["colour"] = TEXT[BLUE] if new else MUTED
        for k, line in enumerate(lines):
            at = self.middle - 12 - 14 * (len(lines) - 1 - k)
            self.sheet.text(x + WAY / 2, at, line, **style)

    def _table(self, name: str, x: float) -> float:
        """One table of numbers, or a box with a shape; returns its width."""
        wide = self._wide(name)
        self._head(x + wide / 2, self.top - 14, name)
        if name not in self.numbers:
            self._frame(x, self.top, wide, self.rows * ROW, name)
            style = {"anchor": "middle", "colour": MUTED}
            self.sheet.text(x + wide / 2, self.middle, SHAPES[name], **style)
            return wide
        matrix = self.numbers[name].reshape(len(self.numbers[name]), -1)
        self._frame(x - 3, self.top - 3, wide + 6, len(matrix) * ROW + 6, name)
        self._cells(x, self.top, wide / matrix.shape[1], matrix, weights=name == "weights")
        return wide

    def _wide(self, name: str) -> float:
        """Width of a table; of a single row, if it is a query or an output."""
        numbers = self.numbers.get(name)
        if numbers is None:
            return CELL + 20.0
        row = numbers if name in ("query", "output") else np.atleast_1d(numbers[0])
        return CELL * len(row) + (10.0 if len(row) == 1 else 0.0)

    def _head(self, x: float, y: float, name: str, said: str = "") -> None:
        colour = TEXT[BLUE] if name in self.new else INK
        self.sheet.text(x, y, said or name, anchor="middle", bold=True, colour=colour)

    def _cells(self, x: float, y: float, cell: float, matrix, *, weights: bool = False) -> None:
        """Numbers in cells; forbidden ones hatched, weights in blue."""
        for (i, j), value in np.ndenumerate(matrix):
            place = x + j * cell, y + i * ROW, cell, ROW
            if not np.isfinite(value):
                self.sheet.hatched(*place)
                continue
            self.sheet.rect(*place, fill=PAPER, stroke=FAINT)
            if weights:
                self.sheet.rect(*place, fill=WEIGHT, fill_opacity=f"{value:.2f}")
            ink = on_shade(value * weights)
            middle = place[0] + cell / 2, place[1] + ROW / 2
            said = number(round(value, 2)) if weights else number(value)
            self.sheet.text(*middle, said, size=12, anchor="middle", **ink)

    def _single(self, name: str, x: float, y: float) -> None:
        """A table of one row: the query or the output."""
        wide = self._wide(name)
        self._frame(x - 3, y - 3, wide + 6, ROW + 6, name)
        if name in self.numbers:
            row = self.numbers[name][None]
            self._cells(x, y, wide / row.shape[1], row)
        else:
            style = {"anchor": "middle", "colour": MUTED}
            self.sheet.text(x + wide / 2, y + ROW / 2, SHAPES[name], **style)

    def _query(self, keys_x: float, keys_wide: float) -> None:
        """The query above the keys, and its way to the scores."""
        wide, y = self._wide("query"), self.query_at
        x, ask = keys_x + (keys_wide - wide) / 2, y + ROW / 2
        said = f"query of {self.query}" if self.query else "query"
        self._head(x + wide / 2, y - 14, "query", said)
        if self.part.source:
            self.sheet.arrow([(self.start - 6, ask), (x - 5, ask)])
        self._single("query", x, y)
        corner = max(x + wide, keys_x + keys_wide) + WAY / 2 + 1
        lines = len(wrap(WAYS["scores"], WAY - 2, 12))
        end = self.middle - 14 * lines - 8
        self.sheet.arrow([(x + wide + 4, ask), (corner, ask), (corner, end)])

    # ---- after the attention

    def _output(self, x: float) -> float:
        """The sum, at the right of the values."""
        self._way(x, WAYS["output"])
        x, wide, y = x + WAY, self._wide("output"), self.middle - ROW / 2
        self._head(x + wide / 2, y - 14, "output")
        self._single("output", x, y)
        return x + wide + 4

    def _then(self, x: float) -> float:
        """What follows the output."""
        if not self.part.then:
            return x
        self.sheet.arrow([(x + 2, self.middle), (x + 24, self.middle)])
        self._chain(self.part.then, x + 26, self.middle)
        return x + 28 + BOX


def _high(names: Sequence[str]) -> float:
    """Height of a chain of boxes."""
    lines = sum(LINE * len(wrap(name, BOX - 10)) + 14 for name in names)
    return lines + STEP * (len(names) - 1)
