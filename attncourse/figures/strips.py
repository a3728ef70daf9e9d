"""Strips of small images, with what belongs to each written below or laid over it."""

from collections.abc import Mapping, Sequence

import numpy as np

from attncourse.figures import given
from attncourse.figures.canvas import Canvas
from attncourse.figures.ink import FAINT, PAPER, TEXT, VERMILION, WEIGHT
from attncourse.figures.lettering import width, wrap
from attncourse.figures.picture import MARGIN, WIDTH, Picture, picture
from attncourse.figures.pixels import draw_image
from attncourse.figures.saying import say

GAP, LARGEST = 8, 96  # between images; side of an image, in pixels


def image_strip(
    images: Sequence | Mapping[str, Sequence],
    *,
    captions: Sequence | Mapping[str, Sequence] | None = None,
    weights: Sequence | Mapping[str, Sequence] | None = None,
    boxes: Sequence | Mapping[str, Sequence] | None = None,
    title: str = "",
    alt: str | None = None,
    **options,
) -> Picture:
    """Draw images side by side; {row name: images} gives several rows.

    Args:
        images: n images, h × w grey or h × w × 3 colour; all share one scale.
        captions: n texts, written below.
        weights: for each image a grid (rows × columns of patches, 0 … 1), laid over it in blue, or
            as light where a picture in colour is dark.
        boxes: for each image a list of (x, y, width, height[, name]) in pixels of the image.
        options: scale ((low, high) of the numbers; default the smallest and largest), ink (large
            is dark, as ink on paper; default True, for grey only), size (of an image, in pixels).
    """
    rows = [
        _Row(name, row, *(given.per_panel(part, name) for part in (captions, weights, boxes)))
        for name, row in given.panels(images).items()
    ]
    sheet, size = _strip(rows, **options)
    said = say(title, *(row.said for row in rows)) if alt is None else alt
    return picture(sheet, *size, title=title, alt=said)


class _Row:
    """Images side by side with what belongs to them, checked."""

    def __init__(self, name: str, images, captions=None, weights=None, boxes=None):
        self.name, self.images = name, [given.array(image) for image in images]
        count = len(self.images)
        self.captions = None if captions is None else given.names(captions, count, "image")
        for what, found in (("weights", weights), ("boxes", boxes)):
            if found is not None and len(found) != count:
                raise ValueError(f"{what} must be one for each image; got {len(found)} for {count}")
        self.weights, self.boxes = weights, boxes

    def height(self, side: float) -> float:
        """Of the tallest image."""
        return max(side * image.shape[0] / image.shape[1] for image in self.images)

    def lines(self, side: float) -> int:
        """Of the longest caption."""
        return max((len(wrap(text, side + GAP, 12)) for text in self.captions or ()), default=0)

    @property
    def said(self) -> str:
        """How many images there are, and what belongs to them."""
        count = len(self.images)
        said = f"{count} images" if count > 1 else "One image"
        said = f"{self.name}: {said}" if self.name else said
        if self.captions is not None:
            said += f", below them {', '.join(self.captions)}"
        if self.weights is not None:
            most = [np.unravel_index(given.array(g, 2).argmax(), np.shape(g)) for g in self.weights]
            where = ", ".join(f"row {i + 1} column {j + 1}" for i, j in most)
            said += f", weights laid over them, largest at {where}"
        if self.boxes is not None:
            said += f", {sum(map(len, self.boxes))} boxes"
        return said


def _strip(rows: Sequence[_Row], *, scale=None, ink=True, size=None):
    """All rows, their names at the left."""
    every = [image for row in rows for image in row.images]
    low, high = scale or (min(i.min() for i in every), max(i.max() for i in every))
    left = max(width(row.name, bold=True) + 12 for row in rows) if rows[0].name else 0
    count = max(len(row.images) for row in rows)
    side = size or min((WIDTH - 2 * MARGIN - left) / count - GAP, LARGEST)
    sheet, y = Canvas(), 0.0
    for row in rows:
        tall = row.height(side)
        sheet.text(left - 12, y + tall / 2, row.name, anchor="end", bold=True)
        for k, image in enumerate(row.images):
            place = left + k * (side + GAP), y, side
            draw_image(sheet, *place, _bytes(image, low, high, ink))
            _over(sheet, place, row, k)
        y += tall + GAP + 16 * row.lines(side)
    return sheet, (left + count * (side + GAP) - GAP, y - GAP / 2)


def _bytes(image: np.ndarray, low: float, high: float, ink: bool) -> np.ndarray:
    """Numbers as bytes; grey images dark where they are large, as ink is."""
    part = np.clip((image - low) / ((high - low) or 1), 0, 1)
    return np.round(255 * (1 - part if ink and image.ndim == 2 else part))


def _over(sheet: Canvas, place, row: _Row, k: int) -> None:
    """What is laid over an image or written below it."""
    x, y, side = place
    tall, unit = side * np.divide(*row.images[k].shape[:2]), side / row.images[k].shape[1]
    if row.weights is not None:
        dark = row.images[k].ndim == 3 and row.images[k].mean() < 0.5
        _shade(sheet, (x, y, side, tall), given.array(row.weights[k], 2, "weights"), dark=dark)
    sheet.rect(x, y, side, tall, fill="none", stroke=FAINT)
    for box in row.boxes[k] if row.boxes is not None else ():
        left, top, wide, high = (float(value) * unit for value in box[:4])
        style = {"fill": "none", "stroke": VERMILION, "stroke_width": 2}
        sheet.rect(x + left, y + top, wide, high, **style)
        for name in box[4:]:
            sheet.text(x + left + 2, y + top - 7, name, size=12, colour=TEXT[VERMILION], bold=True)
    if row.captions is not None:
        lines = wrap(row.captions[k], side + GAP, 12)
        middle = y + tall + 2 + 8 * len(lines)
        sheet.lines(x + side / 2, middle, lines, size=12, anchor="middle")


def _shade(sheet: Canvas, place, grid: np.ndarray, *, dark: bool) -> None:
    """Weights over patches, in blue; on a dark picture as light."""
    x, y, side, tall = place
    h, w = tall / grid.shape[0], side / grid.shape[1]
    for (i, j), weight in np.ndenumerate(grid):
        strength = (0.6 if dark else 0.8) * weight
        shade = {"fill": PAPER if dark else WEIGHT, "fill_opacity": f"{strength:.2f}"}
        sheet.rect(x + j * w, y + i * h, w, h, **shade)
