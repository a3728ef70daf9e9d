"""Arrows in the plane: vectors from the origin, and how a query is compared with them."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from attncourse.figures import given
from attncourse.figures.axes import Axis, round_steps, tick_name
from attncourse.figures.canvas import Canvas
from attncourse.figures.ink import FAINT, INK, MUTED, PAPER, word_colour
from attncourse.figures.lettering import number, width
from attncourse.figures.picture import MARGIN, WIDTH, Picture, picture
from attncourse.figures.saying import say, vector

SIDE, LEFT, GAP = 300, 36, 14  # of a plane at most; room for its ticks; between two, in pixels
TOP, LINE = 42, 19  # room for a heading; height of a line of the ranking
HEADS = {"": "", "dot": "dot product", "cosine": "cosine", "distance": "minus the distance"}
SIGNS = {
    "": "",
    "dot": "dot = shadow on the query's line",
    "cosine": "all arrows cut to length 1",
    "distance": "dashed = from tip to tip",
}


def arrows(
    vectors: Mapping[str, ArrayLike],
    *,
    query: ArrayLike | None = None,
    compare: str | Sequence[str] = "",
    names: tuple[str, str] = ("first number", "second number"),
    title: str = "",
    alt: str | None = None,
) -> Picture:
    """Draw vectors of two numbers as arrows, and a query beside them.

    Args:
        vectors: name → its two numbers; equal vectors share one arrow.
        query: two numbers, drawn black.
        compare: "dot" (each key's shadow on the query's line), "cosine" (all arrows cut to length
            1) or "distance" (from tip to tip), with the ranking by this score below; several draw
            several planes.
        names: of the two axes.
    """
    found = _grouped({name: given.array(v, 1, name) for name, v in vectors.items()})
    query = None if query is None else given.array(query, 1, "query")
    kinds = [compare] if isinstance(compare, str) else list(compare)
    _check([*found.values(), *([] if query is None else [query])], query, kinds)
    sheet, side = Canvas(), min(SIDE, (WIDTH - 2 * MARGIN + GAP) / len(kinds) - LEFT - GAP)
    for k, kind in enumerate(kinds):
        plane = _Plane(found, query, kind, side)
        plane.draw(names)
        sheet.place(plane.sheet, k * (LEFT + side + GAP), 0)
    ranking = (TOP + LINE * len(found)) * any(kinds)
    size = len(kinds) * (LEFT + side + GAP) - GAP, side + 42 + ranking
    said = say(title, *_say(found, query, kinds)) if alt is None else alt
    return picture(sheet, *size, title=title, alt=said)


def _grouped(vectors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Names of equal vectors are joined."""
    groups: dict[tuple, list[str]] = {}
    for name, found in vectors.items():
        groups.setdefault(tuple(found), []).append(name)
    return {", ".join(names): np.array(key) for key, names in groups.items()}


def _check(vectors, query, kinds) -> None:
    """Two numbers each; a comparison that is known and has a query."""
    sizes = sorted({len(found) for found in vectors})
    if sizes != [2]:
        raise ValueError(f"an arrow in the plane needs two numbers; got {sizes}")
    if set(kinds) - set(HEADS) or (any(kinds) and query is None):
        raise ValueError(f"compare may be dot, cosine or distance, with a query; got {kinds}")


def score(kind: str, query: np.ndarray, key: np.ndarray) -> float:
    """Compare two vectors; a distance counts negative, so that near is large."""
    if kind == "distance":
        return -float(np.hypot(*(query - key)))
    norms = np.hypot(*query) * np.hypot(*key) if kind == "cosine" else 1.0
    return float(query @ key / (norms or 1.0))


def ranked(kind: str, query: np.ndarray, vectors: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Names with their scores, the best fit first."""
    scores = {name: score(kind, query, key) for name, key in vectors.items()}
    return dict(sorted(scores.items(), key=lambda pair: -pair[1]))


class _Plane:
    """One plane with all arrows, and one way to compare them."""

    def __init__(self, vectors, query, kind: str, side: float):
        self.vectors, self.query, self.kind, self.sheet = vectors, query, kind, Canvas()
        self.side, self.best = side, next(iter(ranked(kind, query, vectors))) if kind else ""
        shown = [self._length(v) for v in (*vectors.values(), *([] if query is None else [query]))]
        tips = np.array([*shown, np.zeros(2)])
        middle, span = (tips.max(0) + tips.min(0)) / 2, float(np.ptp(tips, axis=0).max()) or 1.0
        low, high = middle - 0.68 * span, middle + 0.68 * span
        self.top, self.labels = float(TOP) if kind else 0.0, []
        self.x = Axis(low[0], high[0], (LEFT, LEFT + side))
        self.y = Axis(low[1], high[1], (self.top + side, self.top))

    def at(self, point) -> tuple[float, float]:
        """Pixels of a point."""
        return float(self.x(point[0])), float(self.y(point[1]))

    def draw(self, names) -> None:
        """Grid, then what is compared, then the arrows with their names."""
        self._grid(names)
        if self.kind in ("dot", "cosine") and self.query.any():
            self._line()
        for name, key in self.vectors.items():
            if self.kind == "distance":
                self._distance(key, _colour(name))
            elif self.kind and self.query.any():
                self._shadow(self._length(key), _colour(name))
        for name, key in self.vectors.items():
            self._arrow(self._length(key), name, _colour(name))
        if self.query is not None:
            self._arrow(self._length(self.query), "query", INK)
        self._name()
        self._rank()

    def _rank(self) -> None:
        """The names in the order of their scores, below the plane."""
        scores = ranked(self.kind, self.query, self.vectors) if self.kind else {}
        for k, (name, found) in enumerate(scores.items()):
            y, style = self.top + self.side + 56 + k * LINE, {"colour": _colour(name)}
            style["bold"] = name == self.best
            self.sheet.text(LEFT, y, f"{k + 1}.", size=13, colour=MUTED)
            self.sheet.text(LEFT + 22, y, name, size=13, **style)
            self.sheet.text(LEFT + 140, y, number(found), size=13, anchor="end", **style)

    def _length(self, tip: np.ndarray) -> np.ndarray:
        """The arrow as it is drawn: cut to length 1 for the cosine."""
        return tip / (np.hypot(*tip) or 1.0) if self.kind == "cosine" else tip

    def _grid(self, names) -> None:
        """Light lines at round numbers, the axes through 0, ticks and names."""
        self.sheet.text(LEFT, 8, HEADS[self.kind], bold=True)
        self.sheet.text(LEFT, 26, SIGNS[self.kind], size=12, colour=MUTED)
        bottom, side = self.top + self.side, self.side
        self._rule(self.x, lambda p: f"M{p:.1f},{bottom:.1f}v-{side}", lambda p: (p, bottom + 12))
        self._rule(self.y, lambda p: f"M{LEFT},{p:.1f}h{side}", lambda p: (LEFT - 12, p))
        self.sheet.text(LEFT + side / 2, bottom + 32, names[0], anchor="middle")
        self.sheet.text(6, bottom - side / 2, names[1], anchor="middle", turn=-90)

    def _rule(self, axis: Axis, line, place) -> None:
        """Lines and ticks of one axis."""
        for tick in round_steps(axis.low, axis.high, 4):
            pixel, colour = float(axis(tick)), MUTED if tick == 0 else FAINT
            self.sheet.curve(line(pixel), stroke=colour, stroke_width=0.8)
            style = {"size": 12, "colour": MUTED, "anchor": "middle"}
            self.sheet.text(*place(pixel), tick_name(tick), **style)

    def _arrow(self, tip: np.ndarray, name: str, colour: str) -> None:
        """An arrow from the origin; its name belongs beyond the tip, inside the plane."""
        start, end = self.at((0, 0)), self.at(tip)
        if tip.any():
            strong = 3.4 if self.best and name == self.best else 2.2
            self.sheet.arrow([start, end], colour=colour, head=10, stroke_width=strong)
        else:
            self.sheet.circle(*start, 4, fill=colour)
        wide = width(name, bold=True)
        step = tip / (np.hypot(*tip) or 1.0)
        x, y = end[0] + step[0] * (wide / 2 + 9), end[1] - (step[1] * 13 or -12)
        inside = min(max(x, LEFT + wide / 2), LEFT + self.side - wide / 2)
        x, y = inside, y - 10 * (abs(inside - x) > 8)
        self.labels.append([x, y, wide, name, colour])

    def _name(self) -> None:
        """The names, moved apart where two would meet."""
        self.labels.sort(key=lambda label: label[1])
        for k, label in enumerate(self.labels):
            for other in self.labels[:k]:
                near = abs(label[0] - other[0]) < (label[2] + other[2]) / 2 + 4
                if near and abs(label[1] - other[1]) < 15:
                    label[1] = other[1] + 15
            x, y, _, name, colour = label
            ground = {"stroke": PAPER, "stroke_width": 3.5, "paint_order": "stroke"}
            self.sheet.text(x, y, name, colour=colour, anchor="middle", bold=True, **ground)

    def _line(self) -> None:
        """The line on which the query lies; for the cosine, the circle of length 1."""
        reach = self.query / np.hypot(*self.query) * (self.x.high - self.x.low)
        line = [self.at(reach * part) for part in np.linspace(-1, 1, 81)]
        (left, right), (bottom, top) = self.x.pixels, self.y.pixels
        inside = [(x, y) for x, y in line if left <= x <= right and top <= y <= bottom]
        dotted = {"stroke": MUTED, "stroke_dasharray": "1 4", "fill": "none"}
        self.sheet.path([inside[0], inside[-1]], **dotted)
        if self.kind == "cosine":
            radius = self.at((1, 0))[0] - self.at((0, 0))[0]
            self.sheet.circle(*self.at((0, 0)), radius, **dotted)

    def _shadow(self, key: np.ndarray, colour: str) -> None:
        """Where the key falls on the query's line."""
        foot = self.query * (self.query @ key) / (self.query @ self.query)
        self.sheet.path([self.at(key), self.at(foot)], stroke=colour, stroke_dasharray="4 3")
        self.sheet.circle(*self.at(foot), 3.5, fill=colour)

    def _distance(self, key: np.ndarray, colour: str) -> None:
        """From tip to tip."""
        tips = [self.at(self.query), self.at(key)]
        self.sheet.path(tips, stroke=colour, stroke_dasharray="4 3")


def _colour(name: str) -> str:
    """The colour of the first of the words that share an arrow."""
    return word_colour(name.split(",")[0])


def _say(vectors, query, kinds):
    """All vectors, then the ranking by each comparison."""
    pairs = [f"{name} {vector(found)}" for name, found in vectors.items()]
    yield f"Arrows in the plane: {', '.join(pairs)}"
    yield "" if query is None else f"Query {vector(query)}"
    for kind in filter(None, kinds):
        scores = ranked(kind, query, vectors).items()
        said = ", ".join(f"{name} {number(found)}" for name, found in scores)
        yield f"{HEADS[kind].capitalize()} with the query: {said}"
