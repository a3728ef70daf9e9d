"""Token-to-token lines: queries at the left, keys at the right, a line as strong as its weight."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from attncourse.figures import given
from attncourse.figures.canvas import Canvas
from attncourse.figures.ink import BLUE, INK, MUTED, word_colour
from attncourse.figures.lettering import number, width
from attncourse.figures.picture import MARGIN, WIDTH, Picture, picture
from attncourse.figures.saying import say

ROW, SPAN, GAP = 26, 170, 26  # height of a token; between queries and keys; between panels
FAINTEST = 0.02  # a weight below it is not drawn


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
    panels = [
        _Panel(name, table, given.per_panel(queries, name), given.per_panel(keys, name), only)
        for name, table in given.panels(weights).items()
    ]
    sheet, x, y, row, right = Canvas(), 0.0, 0.0, 0.0, 0.0
    for panel in panels:
        panel.draw()
        if x and x + panel.width > WIDTH - 2 * MARGIN:
            x, y, row = 0.0, y + row + GAP, 0.0
        sheet.place(panel.sheet, x, y)
        right, row, x = max(right, x + panel.width), max(row, panel.height), x + panel.width + GAP
    said = say(title, *(panel.said for panel in panels)) if alt is None else alt
    return picture(sheet, right, y + row, title=title, alt=said)


def _chosen(only, names: Sequence[str]) -> list[int]:
    """Numbers of the queries whose lines are drawn."""
    only = [only] if isinstance(only, str | int) else list(only)
    unknown = [name for name in only if isinstance(name, str) and name not in names]
    if unknown:
        raise ValueError(f"only must name queries: {', '.join(names)}; got {unknown[0]!r}")
    numbers = [names.index(name) if isinstance(name, str) else int(name) for name in only]
    return numbers or list(range(len(names)))


class _Panel:
    """Two columns of tokens and the lines between them."""

    def __init__(self, title: str, weights, queries, keys, only):
        self.title, self.weights = title, given.array(weights, 2, "weights")
        self.queries = given.names(queries, self.weights.shape[0], "query")
        self.keys = given.names(keys, self.weights.shape[1], "key")
        self.rows, self.sheet = _chosen(only, self.queries), Canvas()
        self.single = len(self.rows) == 1
        self.left = max(width(name, bold=True) for name in [*self.queries, "queries"]) + 8
        self.top, self.longest = 42 if title else 20, max(map(len, (self.queries, self.keys)))
        self.height = self.top + ROW * self.longest
        names = max(width(name) for name in self.keys)
        self.width = self.left + SPAN + 12 + names + (40 if self.single else 0)

    def y(self, k: int, side: Sequence[str]) -> float:
        """Middle of a token; the shorter side stands in the middle of the longer."""
        return self.top + (k + 0.5 + (self.longest - len(side)) / 2) * ROW

    def draw(self) -> None:
        """Lines first, then the tokens."""
        right, small = self.left + SPAN, {"size": 12, "colour": MUTED}
        self.sheet.text((self.left + right) / 2, 8, self.title, bold=True, anchor="middle")
        self.sheet.text(self.left - 8, self.top - 8, "queries", anchor="end", **small)
        self.sheet.text(right + 8, self.top - 8, "keys", **small)
        for i in self.rows:
            for j in np.flatnonzero(self.weights[i] >= FAINTEST):
                self._line(i, int(j))
        for i, name in enumerate(self.queries):
            drawn = i in self.rows
            style = {"colour": word_colour(name) if drawn else MUTED, "anchor": "end"}
            bold = drawn and len(self.rows) < len(self.queries)
            self.sheet.text(self.left - 8, self.y(i, self.queries), name, bold=bold, **style)
        for j, name in enumerate(self.keys):
            self.sheet.text(right + 8, self.y(j, self.keys), name, colour=word_colour(name))
            weight = self.weights[self.rows[0], j]
            if self.single and weight >= FAINTEST:
                at = right + 16 + width(name)
                self.sheet.text(at, self.y(j, self.keys), number(weight), **small)

    def _line(self, i: int, j: int) -> None:
        """One line, in the colour of its query."""
        weight, name = self.weights[i, j], self.queries[i]
        colour = BLUE if word_colour(name) == INK else word_colour(name)
        x, y = self.left, self.y(i, self.queries)
        to_x, to_y = x + SPAN, self.y(j, self.keys)
        bend = f"{x + 76:.1f},{y:.1f} {to_x - 76:.1f},{to_y:.1f}"
        opacity = f"{0.25 + 0.6 * weight:.2f}"
        style = {"stroke": colour, "stroke_width": 0.6 + 7 * weight, "stroke_opacity": opacity}
        d = f"M{x:.1f},{y:.1f}C{bend} {to_x:.1f},{to_y:.1f}"
        self.sheet.curve(d, **style)

    @property
    def said(self) -> str:
        """The three strongest keys of each query that is drawn."""
        said = []
        for i in self.rows:
            row = self.weights[i]
            best = [j for j in np.argsort(-row, kind="stable")[:3] if row[j] >= FAINTEST]
            keys = ", ".join(f"{self.keys[j]} {number(row[j])}" for j in best)
            said.append(f"{self.queries[i]} → {keys}")
        name = f"{self.title}: l" if self.title else "L"
        return f"{name}ines from queries to keys, strongest first: {'; '.join(said)}"
