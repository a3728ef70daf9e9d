"""What a drawing function gives: a vector drawing and its description, shown as one image.

The description is the image's `alt`, so that it reaches the page: in JupyterLab (also when a saved
notebook was not run here, where everything but images is removed), in exported HTML, on a site.
"""

import math
from base64 import b64encode
from dataclasses import dataclass
from html import escape

from attncourse.figures.canvas import Canvas
from attncourse.figures.ink import DARK_FILTER
from attncourse.figures.lettering import width as text_width
from attncourse.figures.lettering import wrap

WIDTH = 720  # of a figure, in pixels: what JupyterLab leaves beside its file browser
MARGIN = 12
TITLE = {"size": 15, "bold": True}

# Dark pages: JupyterLab and its exports, Sphinx's themes, VS Code.
_DARK_PAGES = ("[data-jp-theme-light=false]", "[data-theme=dark]", ".vscode-dark")
STYLE = (
    "<style>"
    + ",".join(f"{page} img.attncourse" for page in _DARK_PAGES)
    + f"{{filter:{DARK_FILTER}}}</style>"
)


@dataclass(frozen=True)
class Picture:
    """One figure: `svg`, the drawing, and `alt`, what it says to a reader who does not see it."""

    svg: str
    alt: str
    width: int
    height: int

    @property
    def html(self) -> str:
        """The image with its description, and the one rule that suits it to dark pages."""
        return f"{STYLE}{self.image}"

    @property
    def image(self) -> str:
        """The image alone; in base 64, which every page that shows notebooks lets through."""
        source = b64encode(self.svg.encode()).decode()
        return (
            f'<img class="attncourse dark-light" alt="{escape(self.alt)}" '
            f'width="{self.width}" src="data:image/svg+xml;base64,{source}">'
        )

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.alt}


def picture(canvas: Canvas, width: float, height: float, *, title: str, alt: str) -> Picture:
    """Put a title above a drawing and a margin around it.

    Args:
        width, height: of the drawing, in pixels.
        title: one sentence, or nothing under a prediction.
        alt: what the picture says.
    """
    if not alt.strip():
        raise ValueError("a figure needs alt text that says what to see; got an empty string")
    sheet, top = Canvas(), MARGIN
    width = max(width, min(text_width(title, **TITLE), WIDTH * 0.6))
    for line in wrap(title, width, **TITLE) if title else []:
        sheet.text(MARGIN, top + 9, line, **TITLE)
        top += 20
    top += 8 if title else 0
    sheet.place(canvas, MARGIN, top)
    size = math.ceil(width + 2 * MARGIN), math.ceil(top + height + MARGIN)
    return Picture(sheet.svg(*size), alt, *size)


def beside(*pictures: Picture, title: str = "", alt: str | None = None) -> Picture:
    """Put pictures side by side, in rows as wide as a page allows."""
    sheet, y, right = Canvas(), 0, 0
    for row in _rows(pictures):
        x = 0
        for part in row:
            inside = part.svg.partition(">")[2].removesuffix("</svg>")
            sheet.draw("g", inside, transform=f"translate({x} {y})")
            x += part.width
        y, right = y + max(part.height for part in row), max(right, x)
    said = " ".join(part.alt for part in pictures) if alt is None else alt
    said = f"{title}. {said}" if title and alt is None else said
    return picture(sheet, right, y, title=title, alt=said)


def _rows(pictures: tuple[Picture, ...]) -> list[tuple[Picture, ...]]:
    """As few rows as a page allows, about equally long."""
    needed, x = 1, 0
    for part in pictures:
        over = x > 0 and x + part.width > WIDTH + 4 * MARGIN
        needed, x = needed + over, part.width + (0 if over else x)
    each = math.ceil(len(pictures) / needed)
    return [pictures[start : start + each] for start in range(0, len(pictures), each)]
