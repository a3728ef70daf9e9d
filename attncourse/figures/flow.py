"""The map of the course: one query's way from words to an output, the same drawing in all lessons.

It grows: `PARTS` says which boxes a lesson has met. Numbers that the lesson has are written in.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from attncourse.figures import given
from attncourse.figures.canvas import Canvas, frame
from attncourse.figures.ink import (
    BLUE,
    FAINT,
    INK,
    MUTED,
    PAPER,
    TEXT,
    TINT,
    WEIGHT,
    word_colour,
)
from attncourse.figures.lettering import number, width, wrap
from attncourse.figures.picture import Picture, picture

CELL, ROW, GAP = 36, 24, 56  # width and height of a cell; between two tables, in pixels


class Part(NamedTuple):
    """What one lesson's map shows around the attention: chains of boxes, and what is new."""

    source: tuple[str, ...] = ()  # leads to keys and values, and to the query if target is empty
    target: tuple[str, ...] = ()  # leads to the query
    then: tuple[str, ...] = ()  # follows the output
    new: tuple[str, ...] = ()  # what the lesson is about
    turn: str = "softmax"  # between scores and weights


_TURN = "÷ √d_k, mask, softmax"
_WORDS, _PLACED = ("words", "embeddings"), ("words", "embeddings + positions")
PARTS = {
    "lookup": Part(new=("query", "keys", "values")),
    "pooling": Part(new=("weights", "output")),
    "scoring": Part(new=("scores",)),
    "attention": Part(new=("scaled", "masked"), turn=_TURN),
    "tokens": Part(
        source=("text", "tokens", "embeddings"), new=("tokens", "embeddings"), turn=_TURN
    ),
    "projections": Part(source=_WORDS, new=("query", "keys", "values"), turn=_TURN),
    "heads": Part(
        source=_WORDS, then=("join H heads", "W_o"), new=("join H heads", "W_o"), turn=_TURN
    ),
    "positions": Part(
        source=_PLACED, then=("join H heads", "W_o"), new=("embeddings + positions",), turn=_TURN
    ),
    "bottleneck": Part(
        source=("source words", "encoder RNN"),
        target=("written so far", "decoder RNN"),
        then=("decoder RNN", "next word"),
        new=("encoder RNN", "decoder RNN"),
    ),
    "transformer": Part(
        source=("source words", "embeddings + positions", "encoder blocks"),
        target=("written so far", "embeddings + positions", "masked self-attention"),
        then=("add & norm", "feed-forward", "next word"),
        new=("encoder blocks", "masked self-attention", "add & norm", "feed-forward"),
        turn=_TURN,
    ),
    "gpt": Part(
        source=("words so far", "embeddings + positions"),
        then=("add & norm", "feed-forward", "next word"),
        new=("next word",),
        turn=_TURN,
    ),
}

# Tables of the core, from left to right; "scaled" and "masked" appear when their numbers are given.
_COLUMNS = ("keys", "scores", "scaled", "masked", "weights", "values")
_SHAPES = {
    "query": "1 × d_k",
    "keys": "N × d_k",
    "scores": "1 × N",
    "scaled": "1 × N",
    "masked": "1 × N",
    "weights": "1 × N",
    "values": "N × d_v",
    "output": "1 × d_v",
}
_WAYS = {"scores": "query · key", "scaled": "÷ √d_k", "masked": "mask", "values": "weight × value"}


def flow(
    part: str,
    numbers: Mapping[str, ArrayLike] | None = None,
    *,
    words: Sequence[str] = (),
    query: str = "",
    highlight: str | Sequence[str] | None = None,
    title: str = "",
    alt: str | None = None,
) -> Picture:
    """Draw the map of the course as far as `part`, with numbers written into it.

    Args:
        part: lookup, pooling, scoring, attention, tokens, projections, heads, positions,
            bottleneck, transformer or gpt.
        numbers: any of query (d_k), keys (N × d_k), scores, scaled, masked, weights (N each),
            values (N × d_v), output (d_v); what is missing is drawn as a box with its shape.
        words: names of the N rows.
        query: the word that asks.
        highlight: names of boxes; default what is new in this part.
    """
    if part not in PARTS:
        raise ValueError(f"part must be one of {', '.join(PARTS)}; got {part!r}")
    found = _numbers(numbers or {}, words)
    new = PARTS[part].new if highlight is None else highlight
    new = {new} if isinstance(new, str) else set(new)
    sheet, size = _Flow(PARTS[part], found, [str(word) for word in words], query, new).draw()
    return picture(
        sheet, *size, title=title, alt=alt or _say(PARTS[part], found, words, query, new, title)
    )


def _numbers(numbers: Mapping[str, ArrayLike], words: Sequence[str]) -> dict[str, np.ndarray]:
    """All numbers as arrays of the ranks that the map expects, with as many rows as words."""
    unknown = set(numbers) - set(_SHAPES)
    if unknown:
        raise ValueError(f"numbers may be {', '.join(_SHAPES)}; got {sorted(unknown)[0]!r}")
    found = {}
    for name, value in numbers.items():
        value = given.array(value)
        found[name] = given.array(value, 2 if name in ("keys", "values") else 1, name)
        if words and name not in ("query", "output"):
            given.names(words, len(found[name]), f"row of {name}")
    return found


class _Flow:
    """Places the parts of one map on a sheet."""

    def __init__(self, part: Part, numbers, words, query, new):
        self.part, self.numbers, self.words, self.new = part, numbers, words, new
        self.query, self.sheet = query, Canvas()
        rows = [len(numbers[name]) for name in _COLUMNS if name in numbers]
        self.rows = max([*rows, len(words), 3])
        self.query_at, self.low = 34.0, 0.0  # upper edge of the query; lower edge of the drawing
        if part.target:
            self.query_at = self._high(part.target) - 27.0
        self.top = self.query_at + 58  # of the rows
        if part.target:
            below = self._high(part.target) + 24
            end = below + self._high(part.source) - self._high(part.source[-1:]) / 2
            self.top = max(self.top, end - self.rows * ROW / 2)
        self.middle = self.top + self.rows * ROW / 2

    def draw(self):
        x = 152.0 if self.part.source else 0.0
        names = x
        if self.words:
            x = self._row_names(x)
        self._chains(names)
        x, keys_at = self._core(x)
        self._query(*keys_at)
        right = self._then(self._output(x))
        return self.sheet, (right, max(self.low, self.top + self.rows * ROW + 6))

    def _chains(self, x: float) -> None:
        """Source and target at the left, each from above to below."""
        part, end = self.part, x - 5
        if not part.source:
            return
        if part.target:
            self._chain(part.target, 0, 0)
            y = self.query_at + 12
            self.sheet.arrow([(118, y), (end, y)], colour=MUTED)
        last = self._high(part.source[-1:])
        self._chain(part.source, 0, self.middle - self._high(part.source) + last / 2)
        self.sheet.arrow([(118, self.middle), (end, self.middle)], colour=MUTED)
        if not part.target:
            y = self.query_at + 12
            self.sheet.arrow([(134, self.middle), (134, y), (end, y)], colour=MUTED)
            self.sheet.text(128, (y + self.middle) / 2, "W_q", size=12, anchor="end", colour=MUTED)
            self.sheet.text(
                134, self.middle + 14, "W_k, W_v", size=12, anchor="middle", colour=MUTED
            )

    @staticmethod
    def _high(names: Sequence[str]) -> float:
        """Height of a chain."""
        return sum(16 * len(wrap(name, 106)) + 14 for name in names) + 16 * (len(names) - 1)

    def _chain(self, names, x, y) -> None:
        """Boxes in a column with arrows between."""
        for i, name in enumerate(names):
            high = self._box(x, y, 118, name)
            if i < len(names) - 1:
                self.sheet.arrow([(x + 59, y + high), (x + 59, y + high + 16)], colour=MUTED)
            y += high + 16
        self.low = max(self.low, y - 14)

    def _box(self, x, y, wide, name) -> float:
        lines = wrap(name, wide - 12)
        high = 16 * len(lines) + 14
        self._frame(x, y, wide, high, name)
        for k, line in enumerate(lines):
            self.sheet.text(
                x + wide / 2, y + 15 + 16 * k, line, anchor="middle", bold=name in self.new
            )
        return high

    def _frame(self, x, y, wide, high, name) -> None:
        style = {"stroke": BLUE, "stroke_width": 2.5, "fill": TINT} if name in self.new else {}
        frame(self.sheet, x, y, wide, high, **style)

    def _row_names(self, x) -> float:
        wide = max(width(word, bold=True) for word in self.words)
        for i, word in enumerate(self.words):
            at = self.top + (i + 0.5) * ROW
            self.sheet.text(x + wide, at, word, anchor="end", bold=True, colour=word_colour(word))
        return x + wide + 8

    def _core(self, x):
        """Keys, scores, … values, with what happens between them."""
        shown = [n for n in _COLUMNS if n in self.numbers or n not in ("scaled", "masked")]
        way = {**_WAYS, "weights": self.part.turn if "scaled" not in shown else "softmax"}
        keys_at, before = (x, 0.0), None
        for name in shown:
            if before:
                self._way(x, way[name])
                x += GAP
            wide = self._table(name, x)
            keys_at = (x, wide) if name == "keys" else keys_at
            x, before = x + wide, name
        return x, keys_at

    def _way(self, x, said) -> None:
        """An arrow between two tables with what it does."""
        self.sheet.arrow([(x + 5, self.middle), (x + GAP - 5, self.middle)], colour=MUTED)
        lines = wrap(said, GAP - 2, 12)
        for k, line in enumerate(lines):
            at = self.middle - 12 - 14 * (len(lines) - 1 - k)
            self.sheet.text(x + GAP / 2, at, line, size=12, anchor="middle", colour=MUTED)

    def _table(self, name, x) -> float:
        """One table of numbers, or a box with a shape; returns its width."""
        numbers = self.numbers.get(name)
        matrix = (
            None
            if numbers is None
            else numbers.reshape(self.rows if len(numbers) == self.rows else len(numbers), -1)
        )
        cell = CELL if matrix is None or matrix.shape[1] > 1 else CELL + 12
        wide = CELL + 20 if matrix is None else cell * matrix.shape[1]
        self._head(x + wide / 2, self.top, name)
        if matrix is None:
            self._frame(x, self.top, wide, self.rows * ROW, name)
            self.sheet.text(x + wide / 2, self.middle, _SHAPES[name], anchor="middle", colour=MUTED)
        else:
            self._frame(x - 3, self.top - 3, wide + 6, len(matrix) * ROW + 6, name)
            self._cells(x, self.top, cell, matrix, name)
        return wide

    def _head(self, x, top, name) -> None:
        bold = name in self.new
        self.sheet.text(
            x, top - 14, name, anchor="middle", bold=True, colour=TEXT[BLUE] if bold else INK
        )

    def _cells(self, x, y, cell, matrix, name) -> None:
        for (i, j), value in np.ndenumerate(matrix):
            place = x + j * cell, y + i * ROW, cell, ROW
            ink = INK
            if not np.isfinite(value):
                self.sheet.hatched(*place)
                continue
            self.sheet.rect(*place, fill=PAPER, stroke=FAINT)
            if name == "weights":
                self.sheet.rect(*place, fill=WEIGHT, fill_opacity=f"{value:.2f}")
                ink = PAPER if value > 0.55 else INK
            middle = place[0] + cell / 2, place[1] + ROW / 2
            self.sheet.text(*middle, number(value), size=12, anchor="middle", colour=ink)

    def _query(self, x, wide) -> None:
        """The query above the keys, and its way to the scores."""
        numbers = self.numbers.get("query")
        own = wide if numbers is None else CELL * len(numbers)
        x, y = x + wide / 2 - own / 2, self.query_at
        said = f"query of {self.query}" if self.query else "query"
        self.sheet.text(
            x + own / 2,
            y - 14,
            said,
            anchor="middle",
            bold=True,
            colour=TEXT[BLUE] if "query" in self.new else INK,
        )
        self._frame(x - 3, y - 3, own + 6, ROW + 6, "query")
        if numbers is None:
            self.sheet.text(
                x + own / 2, y + ROW / 2, _SHAPES["query"], anchor="middle", colour=MUTED
            )
        else:
            self._cells(x, y, CELL, numbers[None], "query")
        right = max(x + own, x + wide)
        corner = right + GAP / 2 + 2
        self.sheet.arrow(
            [(x + own + 5, y + 12), (corner, y + 12), (corner, self.middle - 34)], colour=MUTED
        )
        if self.part.source:
            start = 147.0
            self.sheet.path([(start, y + 12), (x - 4, y + 12)], stroke=MUTED, stroke_width=1.3)

    def _output(self, x) -> float:
        """The sum at the right of the values."""
        self._way(x, "sum")
        x += GAP
        numbers = self.numbers.get("output")
        wide = CELL + 20 if numbers is None else CELL * len(numbers)
        y = self.middle - ROW / 2
        self._head(x + wide / 2, y, "output")
        self._frame(x - 3, y - 3, wide + 6, ROW + 6, "output")
        if numbers is None:
            self.sheet.text(
                x + wide / 2, y + ROW / 2, _SHAPES["output"], anchor="middle", colour=MUTED
            )
        else:
            self._cells(x, y, CELL, numbers[None], "output")
        return x + wide + 4

    def _then(self, x) -> float:
        """What follows the output, at the right."""
        if not self.part.then:
            return x
        self.sheet.arrow([(x + 2, self.middle), (x + 24, self.middle)], colour=MUTED)
        self._chain(self.part.then, x + 28, self.middle - self._high(self.part.then[:1]) / 2)
        return x + 28 + 118


def _say(part: Part, numbers, words, query, new, title) -> str:
    """The stages in their order, with their numbers."""
    parts = [f"{title}." if title else ""]
    stages = [*part.source, *part.target, "query", *_COLUMNS, "output", *part.then]
    stages = [s for s in stages if s not in ("scaled", "masked") or s in numbers or s in new]
    parts.append(f"Flow diagram: {' → '.join(stages)}.")
    parts.append(
        f"New here: {', '.join(s for s in dict.fromkeys(stages) if s in new)}." if new else ""
    )
    for name, value in numbers.items():
        if value.ndim == 1 and name not in ("query", "output") and len(words) == len(value):
            said = ", ".join(
                f"{w} {number(v) if np.isfinite(v) else 'forbidden'}"
                for w, v in zip(words, value, strict=True)
            )
        else:
            rows = [", ".join(number(v) for v in row) for row in np.atleast_2d(value)]
            said = "; ".join(rows)
        parts.append(f"{name}: {said}.")
    return " ".join(p for p in parts if p)
