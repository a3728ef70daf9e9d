"""Arrows in the plane: vectors from the origin, and how a query is compared with keys."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from attncourse.figures import given
from attncourse.figures.axes import Axis, round_steps, tick_name
from attncourse.figures.canvas import Canvas
from attncourse.figures.ink import FAINT, INK, MUTED, word_colour
from attncourse.figures.lettering import number, width
from attncourse.figures.picture import Picture, picture

SIDE = 300  # of one plane, in pixels
COMPARISONS = ("", "dot", "cosine", "distance")


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
        vectors: name → its two numbers.
        query: two numbers, drawn black.
        compare: "dot" (each key's shadow on the query), "cosine" (the angle) or "distance" (the
            line between the tips), with the score beside each name; several give several planes.
        names: of the two axes.
    """
    found = {name: given.array(vector, 1, name) for name, vector in vectors.items()}
    if any(len(vector) != 2 for vector in found.values()):
        raise ValueError(
            f"an arrow in the plane needs two numbers; got {[len(v) for v in found.values()]}"
        )
    query = None if query is None else given.array(query, 1, "query")
    kinds = [compare] if isinstance(compare, str) else list(compare)
    if set(kinds) - set(COMPARISONS) or (any(kinds) and query is None):
        raise ValueError(
            f"compare must be one of dot, cosine, distance, with a query; got {compare!r}"
        )
    sheet, x = Canvas(), 0.0
    for kind in kinds:
        part, size = _plane(found, query, kind, names)
        sheet.place(part, x, 0)
        x += size + 24
    alt = alt or _say(found, query, kinds, title)
    return picture(sheet, x - 24, SIDE + 46 + 22 * bool(kinds[0]), title=title, alt=alt)


def score(kind: str, query: np.ndarray, key: np.ndarray) -> float:
    """Compare two vectors; a distance counts negative, so that near is large."""
    if kind == "distance":
        return -float(np.hypot(*(query - key)))
    norms = np.hypot(*query) * np.hypot(*key) if kind == "cosine" else 1.0
    return float(query @ key / (norms or 1.0))


def _plane(vectors, query, kind, names):
    tips = np.array([*vectors.values(), np.zeros(2), *([] if query is None else [query])])
    low, high = tips.min(0), tips.max(0)
    span = float((high - low).max()) * 1.15 or 1.0
    middle = (low + high) / 2
    top = 22.0 if kind else 0.0
    x = Axis(middle[0] - span / 2, middle[0] + span / 2, (34.0, 34.0 + SIDE))
    y = Axis(middle[1] - span / 2, middle[1] + span / 2, (top + SIDE, top))
    sheet = Canvas()
    if kind:
        sheet.text(
            34, 8, {"dot": "dot product", "distance": "− distance"}.get(kind, kind), bold=True
        )
    _grid(sheet, x, y, names)
    for name, key in _grouped(vectors):
        if kind:
            _compare(sheet, x, y, kind, query, key, word_colour(name.split(",")[0]))
    for name, key in _grouped(vectors):
        said = name if not kind else f"{name} {number(score(kind, query, key))}"
        _arrow(sheet, x, y, key, said, word_colour(name.split(",")[0]))
    if query is not None:
        _arrow(sheet, x, y, query, "query", INK, bold=True)
    return sheet, 34 + SIDE + 14


def _grouped(vectors) -> list[tuple[str, np.ndarray]]:
    """Names of equal vectors share one arrow."""
    groups: dict[tuple, list[str]] = {}
    for name, vector in vectors.items():
        groups.setdefault(tuple(vector), []).append(name)
    return [(", ".join(dict.fromkeys(names)), np.array(key)) for key, names in groups.items()]


def _grid(sheet: Canvas, x: Axis, y: Axis, names) -> None:
    steps = max(1.0, float(np.diff(round_steps(x.low, x.high))[0]))
    xs = np.arange(np.ceil(x.low / steps), np.floor(x.high / steps) + 1) * steps
    ys = np.arange(np.ceil(y.low / steps), np.floor(y.high / steps) + 1) * steps
    (left, right), (bottom, top) = x.pixels, y.pixels
    lines = "".join(f"M{float(x(tick)):.1f},{bottom:.1f}V{top:.1f}" for tick in xs)
    lines += "".join(f"M{left:.1f},{float(y(tick)):.1f}H{right:.1f}" for tick in ys)
    sheet.curve(lines, stroke=FAINT, stroke_width=0.7)
    sheet.curve(
        f"M{left:.1f},{float(y(0)):.1f}H{right:.1f}M{float(x(0)):.1f},{bottom:.1f}V{top:.1f}",
        stroke=MUTED,
        stroke_width=1,
    )
    for tick in xs:
        sheet.text(
            float(x(tick)), bottom + 12, tick_name(tick), size=12, colour=MUTED, anchor="middle"
        )
    for tick in ys:
        sheet.text(left - 6, float(y(tick)), tick_name(tick), size=12, colour=MUTED, anchor="end")
    sheet.text((left + right) / 2, bottom + 32, names[0], anchor="middle")
    sheet.text(6, (bottom + top) / 2, names[1], anchor="middle", turn=-90)


def _arrow(sheet: Canvas, x: Axis, y: Axis, tip, name: str, colour: str, bold=False) -> None:
    start, end = (float(x(0)), float(y(0))), (float(x(tip[0])), float(y(tip[1])))
    if start == end:
        sheet.circle(*start, 4, fill=colour)
    else:
        sheet.arrow([start, end], colour=colour, head=10, stroke_width=2.4)
    step = np.sign(tip[0]) or 1
    inside = x.pixels[0] < end[0] + step * (width(name) + 12) < x.pixels[1]
    anchor, shift = ("start", 8) if step > 0 else ("end", -8)
    if not inside:
        anchor, shift = "middle", 0
    lift = (-11 if tip[1] >= 0 else 11) if (not inside or tip[1]) else 0
    half = width(name, bold=True) / 2
    at = (
        min(max(end[0] + shift, x.pixels[0] + half), x.pixels[1] - half)
        if anchor == "middle"
        else end[0] + shift
    )
    sheet.text(at, end[1] + lift, name, colour=colour, anchor=anchor, bold=True)


def _compare(sheet: Canvas, x: Axis, y: Axis, kind: str, query, key, colour: str) -> None:
    """The shadow, the angle or the line between the tips."""
    at = lambda point: (float(x(point[0])), float(y(point[1])))  # noqa: E731
    if kind == "distance":
        sheet.path([at(query), at(key)], stroke=colour, stroke_dasharray="4 3")
    elif kind == "dot":
        foot = query * (query @ key) / (query @ query)
        sheet.path([at(key), at(foot)], stroke=colour, stroke_dasharray="4 3")
        sheet.circle(*at(foot), 3, fill=colour)
    elif key.any():
        angles = np.linspace(np.arctan2(*query[::-1]), np.arctan2(*key[::-1]), 24)
        if abs(angles[-1] - angles[0]) > np.pi:
            angles = np.linspace(
                angles[0], angles[-1] - 2 * np.pi * np.sign(angles[-1] - angles[0]), 24
            )
        r = 0.45 * min(np.hypot(*key), np.hypot(*query)) + 0.1
        sheet.path(
            [at((r * np.cos(a), r * np.sin(a))) for a in angles],
            stroke=colour,
            stroke_dasharray="4 3",
        )


def _say(vectors, query, kinds, title) -> str:
    parts = [f"{title}." if title else "", "Arrows in the plane: "]
    parts[1] += ", ".join(f"{name} {_pair(vector)}" for name, vector in _grouped(vectors)) + "."
    if query is not None:
        parts.append(f"Query {_pair(query)}.")
    for kind in filter(None, kinds):
        scores = [(score(kind, query, key), name) for name, key in _grouped(vectors)]
        ranked = ", ".join(
            f"{name} {number(value)}" for value, name in sorted(scores, reverse=True)
        )
        said = "Minus distance" if kind == "distance" else kind.capitalize()
        parts.append(f"{said} with the query: {ranked}.")
    return " ".join(part for part in parts if part)


def _pair(vector) -> str:
    return f"({number(vector[0])}, {number(vector[1])})"
