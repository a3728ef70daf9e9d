"""A sheet to draw on: a few shapes, in pixels from the upper left corner, written as SVG."""

import base64
import struct
import zlib
from collections.abc import Iterable

import numpy as np

from attncourse.figures.ink import FAINT, FONT, INK, PAPER
from attncourse.figures.lettering import markup, number

Point = tuple[float, float]


class Canvas:
    """Collects shapes; attributes of SVG are given by name, `stroke_width` for stroke-width."""

    def __init__(self):
        self._parts: list[str] = []

    def draw(self, tag: str, inside: str = "", **attributes) -> None:
        """Add one element; attributes that are None or empty are left out."""
        given = [
            f" {name.replace('_', '-')}='{_short(value)}'"
            for name, value in attributes.items()
            if value is not None and value != ""
        ]
        self._parts.append(f"<{tag}{''.join(given)}" + (f">{inside}</{tag}>" if inside else "/>"))

    def rect(self, x: float, y: float, width: float, height: float, **style) -> None:
        """Draw a rectangle by its upper left corner."""
        self.draw("rect", x=x, y=y, width=width, height=height, **style)

    def circle(self, x: float, y: float, r: float, **style) -> None:
        """Draw a circle by its middle."""
        self.draw("circle", cx=x, cy=y, r=r, **style)

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
        """Write a text whose middle line is at y; `anchor` is start (default), middle or end."""
        anchor, turn = style.pop("anchor", None), style.pop("turn", 0)
        if style.pop("bold", False):
            style["font_weight"] = 700
        if turn:
            style["transform"] = f"rotate({_short(turn)} {_short(x)} {_short(y)})"
        style |= {"text_anchor": None if anchor == "start" else anchor}
        style |= {"font_size": None if size == 13 else size}
        style |= {"fill": None if colour == INK else colour}
        self.draw("text", markup(str(text), size), x=x, y=y + 0.35 * size, **style)

    def arrow(self, points: Iterable[Point], *, colour: str = INK, head: float = 7, **style):
        """Draw straight lines from point to point, with a head at the last."""
        points = np.array(list(points), dtype=float)
        step = points[-1] - points[-2]
        step = step / (np.hypot(*step) or 1)
        side = np.array([-step[1], step[0]]) * head * 0.42
        foot = points[-1] - step * head
        self.path([*points[:-1], foot], stroke=colour, **({"stroke_width": 1.3} | style))
        self.path([points[-1], foot + side, foot - side], close=True, fill=colour)

    def hatched(self, x: float, y: float, width: float, height: float) -> None:
        """Draw a forbidden cell: light grey, hatched."""
        lines = "".join(
            f"M{_short(x + max(0, at - height))},{_short(y + min(at, height))}"
            f"L{_short(x + min(at, width))},{_short(y + max(0, at - width))}"
            for at in np.arange(5, width + height, 6)
        )
        self.rect(x, y, width, height, fill="#f3f4f6")
        self.curve(lines, stroke="#b6bdc5", stroke_width=0.8)

    def pixels(self, x: float, y: float, width: float, height: float, image: np.ndarray) -> None:
        """Draw an image of bytes, h × w grey, h × w × 3 colour or h × w × 4 with opacity."""
        scale = max(1, round(2 * width / image.shape[1]))
        large = image.repeat(scale, axis=0).repeat(scale, axis=1)  # sharp in every viewer
        address = f"data:image/png;base64,{base64.b64encode(png(large)).decode()}"
        size = {"width": width, "height": height, "preserveAspectRatio": "none"}
        self.draw("image", x=x, y=y, **size, href=address)

    def place(self, other: "Canvas", x: float, y: float) -> None:
        """Put another sheet on this one."""
        self._parts.append(f"<g transform='translate({_short(x)} {_short(y)})'>{other.inside}</g>")

    @property
    def inside(self) -> str:
        """The shapes, without the sheet."""
        return "".join(self._parts)

    def svg(self, width: float, height: float) -> str:
        """Write the whole picture, on white paper."""
        w, h = _short(np.ceil(width)), _short(np.ceil(height))
        return (
            f"<svg xmlns='http://www.w3.org/2000/svg' width='{w}' height='{h}' "
            f"viewBox='0 0 {w} {h}' font-family=\"{FONT}\" font-size='13' fill='{INK}'>"
            f"<rect width='{w}' height='{h}' rx='4' fill='{PAPER}'/>{self.inside}</svg>"
        )


def png(image: np.ndarray) -> bytes:
    """Write an image of bytes as a PNG file."""
    kind = {2: 0, 3: 2 if image.shape[-1] == 3 else 6}[image.ndim]
    height, width = image.shape[:2]
    rows = b"".join(b"\0" + row.tobytes() for row in image.astype(np.uint8))
    chunks = {
        b"IHDR": struct.pack(">2I5B", width, height, 8, kind, 0, 0, 0),
        b"IDAT": zlib.compress(rows, 9),
        b"IEND": b"",
    }
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks.items()
    )


def frame(canvas: Canvas, x: float, y: float, width: float, height: float, **style) -> None:
    """Draw a rounded box with a thin edge."""
    canvas.rect(x, y, width, height, **({"rx": 6, "fill": PAPER, "stroke": FAINT} | style))


def _short(value: object) -> str:
    """Write a number with at most one decimal, anything else as it is."""
    if isinstance(value, int | float | np.number):
        return number(float(value), 1).replace("−", "-") if abs(value) < 10_000 else f"{value:.0f}"
    return str(value)
