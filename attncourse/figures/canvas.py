"""A sheet to draw on: a few shapes, in pixels from the upper left corner, written as SVG."""

from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

import numpy as np

from attncourse.figures.ink import FAINT, FONT, HATCH, INK, MUTED, PAPER, VEIL
from attncourse.figures.lettering import markup

Point = tuple[float, float]
_OWN = {
    "x",
    "y",
    "width",
    "height",
    "cx",
    "cy",
    "r",
    "transform",
    "fill-opacity",
    "d",
    "points",
    "viewBox",
}
_HATCHED = (
    f"<pattern id='hatched' width='5' height='5' patternUnits='userSpaceOnUse'>"
    f"<rect width='5' height='5' fill='{VEIL}'/>"
    f"<path d='M-1,1l2,-2M0,5l5,-5M4,6l2,-2' stroke='{HATCH}' stroke-width='.8'/></pattern>"
)


class Shape(NamedTuple):
    """One element: what it shares with its neighbours, and what is its own."""

    tag: str
    style: str
    place: str
    inside: str


class Canvas:
    """Collects shapes; attributes of SVG are given by name, `stroke_width` for stroke-width."""

    def __init__(self):
        self._shapes: list[Shape] = []

    def draw(self, tag: str, inside: str = "", **attributes) -> None:
        """Add one element; attributes that are None or empty are left out."""
        texts = {"style": "", "place": ""}
        for name, value in attributes.items():
            name = name.replace("_", "-")
            if value is not None and value != "":
                texts["place" if name in _OWN else "style"] += f" {name}='{_short(value)}'"
        self._shapes.append(Shape(tag, **texts, inside=inside))

    def rect(self, x: float, y: float, width: float, height: float, **style) -> None:
        """Draw a rectangle by its upper left corner."""
        self.draw("rect", x=x, y=y, width=width, height=height, **style)

    def frame(self, x: float, y: float, width: float, height: float, **style) -> None:
        """Draw a rounded box with a thin edge."""
        self.rect(x, y, width, height, **({"rx": 6, "fill": PAPER, "stroke": FAINT} | style))

    def hatched(self, x: float, y: float, width: float, height: float) -> None:
        """Draw a forbidden cell: light grey, hatched."""
        self.rect(x, y, width, height, fill="url(#hatched)")

    def circle(self, x: float, y: float, r: float, **style) -> None:
        """Draw a circle by its middle."""
        self.draw("circle", cx=x, cy=y, r=r, **style)

    def dots(self, points: Iterable[Point], r: float, **style) -> None:
        """Draw many small discs of one size."""
        d = "".join(f"M{_short(x)},{_short(y)}h0" for x, y in points)
        self.draw("path", d=d, stroke_width=2 * r, stroke_linecap="round", **style)

    def path(self, points: Iterable[Point], *, close: bool = False, **style) -> None:
        """Draw straight lines from point to point."""
        steps = " ".join(f"{_short(x)},{_short(y)}" for x, y in points)
        self.draw("polygon" if close else "polyline", points=steps, **({"fill": "none"} | style))

    def curve(self, d: str, **style) -> None:
        """Draw a path given in SVG's own letters."""
        self.draw("path", d=d, **({"fill": "none"} | style))

    def text(
        self, x: float, y: float, text: object, *, size: float = 13, colour: str = INK, **style
    ) -> None:
        """Write a text whose middle line is at y.

        `anchor` is start (default), middle or end; `bold`; `turn` is an angle in degrees.
        """
        if text == "":
            return
        anchor, turn = style.pop("anchor", "start"), style.pop("turn", 0)
        given = {
            "font_weight": 700 if style.pop("bold", False) else None,
            "text_anchor": None if anchor == "start" else anchor,
            "font_size": None if size == 13 else size,
            "fill": None if colour == INK else colour,
            "transform": f"rotate({_short(turn)} {_short(x)} {_short(y)})" if turn else None,
        }
        self.draw("text", markup(str(text), size), x=x, y=y + 0.35 * size, **given, **style)

    def lines(self, x: float, y: float, lines: Iterable[str], **style) -> None:
        """Write lines of text whose block has its middle at y."""
        lines = list(lines)
        for k, line in enumerate(lines):
            self.text(x, y + 16 * (k - (len(lines) - 1) / 2), line, **style)

    def arrow(self, points: Iterable[Point], *, colour: str = MUTED, head: float = 7, **style):
        """Draw straight lines from point to point, with a head at the last."""
        points = np.array(list(points), dtype=float)
        step = points[-1] - points[-2]
        step = step / (np.hypot(*step) or 1)
        side = np.array([-step[1], step[0]]) * head * 0.42
        foot = points[-1] - step * head
        self.path([*points[:-1], foot], stroke=colour, **({"stroke_width": 1.3} | style))
        self.path([points[-1], foot + side, foot - side], close=True, fill=colour)

    def place(self, other: "Canvas", x: float, y: float) -> None:
        """Put another sheet on this one."""
        self.draw("g", other.inside, transform=f"translate({_short(x)} {_short(y)})")

    @property
    def inside(self) -> str:
        """The shapes, without the sheet; neighbours of one style are written as one group."""
        groups = groupby(self._shapes, key=lambda shape: (shape.tag, shape.style))
        return "".join(_group(style, list(shapes)) for (_, style), shapes in groups)

    def svg(self, width: float, height: float) -> str:
        """Write the whole picture, on white paper."""
        w, h, inside = _short(np.ceil(width)), _short(np.ceil(height)), self.inside
        return (
            f"<svg xmlns='http://www.w3.org/2000/svg' width='{w}' height='{h}' "
            f"viewBox='0 0 {w} {h}' font-family=\"{FONT}\" font-size='13' fill='{INK}'>"
            f"{_HATCHED if '#hatched' in inside else ''}"
            f"<rect width='{w}' height='{h}' rx='4' fill='{PAPER}'/>{inside}</svg>"
        )


def _group(style: str, shapes: list[Shape]) -> str:
    if len(shapes) < 3 or not style:
        return "".join(_element(s.tag, s.style + s.place, s.inside) for s in shapes)
    return _element("g", style, "".join(_element(s.tag, s.place, s.inside) for s in shapes))


def _element(tag: str, attributes: str, inside: str) -> str:
    return f"<{tag}{attributes}" + (f">{inside}</{tag}>" if inside else "/>")


def _short(value: object) -> str:
    """Write a number with at most one decimal, anything else as it is."""
    if not isinstance(value, int | float | np.number):
        return str(value)
    text = f"{float(value):.1f}".removesuffix(".0")
    return "0" if text == "-0" else text
