"""Strips of small images, with what belongs to each written below."""

from collections.abc import Mapping, Sequence

import numpy as np

from attncourse.figures import given
from attncourse.figures.canvas import Canvas
from attncourse.figures.ink import FAINT, VERMILION, WEIGHT
from attncourse.figures.lettering import width
from attncourse.figures.picture import WIDTH, Picture, picture


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
        weights: n grids (rows × columns of patches, 0 … 1) laid over the images in blue.
        boxes: for each image a list of (x, y, width, height) in pixels of the image.
        options: scale ((low, high) of the numbers; default the smallest and largest), ink (True:
            large is dark, as ink on paper; default for grey), size (of an image, in pixels).
    """
    rows = {
        name: [given.array(image) for image in row] for name, row in given.panels(images).items()
    }
    extras = [
        {name: given.per_panel(part, name) for name in rows} for part in (captions, weights, boxes)
    ]
    sheet, size = _rows(rows, *extras, **options)
    said = alt or _say(rows, *extras, title)
    return picture(sheet, *size, title=title, alt=said)


def _rows(rows, captions, weights, boxes, *, scale=None, ink=True, size=None):
    every = [image for row in rows.values() for image in row]
    low, high = scale or (min(i.min() for i in every), max(i.max() for i in every))
    left = max(width(name) for name in rows) + 12 if any(rows) else 0
    count = max(len(row) for row in rows.values())
    side = size or min((WIDTH - 24 - left) / count - 8, 96)
    sheet, y = Canvas(), 0.0
    for name, row in rows.items():
        tall = max(side * image.shape[0] / image.shape[1] for image in row)
        if name:
            sheet.text(left - 12, y + tall / 2, name, anchor="end", bold=True)
        for k, image in enumerate(row):
            x = left + k * (side + 8)
            extra = [
                part[name][k] if part[name] is not None else None
                for part in (captions, weights, boxes)
            ]
            _image(sheet, x, y, side, _bytes(image, low, high, ink), *extra)
        y += tall + (24 if captions[name] is not None else 10)
    return sheet, (left + count * (side + 8) - 8, y - 6)


def _bytes(image: np.ndarray, low: float, high: float, ink: bool) -> np.ndarray:
    """Numbers as bytes; grey images dark where they are large, as ink is."""
    part = np.clip((image - low) / ((high - low) or 1), 0, 1)
    return np.round(255 * (1 - part if ink and image.ndim == 2 else part))


def _image(sheet: Canvas, x, y, side, pixels, caption, weights, boxes) -> None:
    tall, unit = side * pixels.shape[0] / pixels.shape[1], side / pixels.shape[1]
    sheet.pixels(x, y, side, tall, pixels)
    if weights is not None:
        grid = given.array(weights, 2, "weights")
        for (i, j), weight in np.ndenumerate(grid):
            h, w = tall / grid.shape[0], side / grid.shape[1]
            shade = {"fill": WEIGHT, "fill_opacity": f"{0.75 * weight:.2f}"}
            sheet.rect(x + j * w, y + i * h, w, h, **shade)
    sheet.rect(x, y, side, tall, fill="none", stroke=FAINT)
    for box in boxes if boxes is not None else ():
        bx, by, bw, bh = (float(value) * unit for value in box[:4])
        sheet.rect(x + bx, y + by, bw, bh, fill="none", stroke=VERMILION, stroke_width=2)
    if caption is not None:
        sheet.text(x + side / 2, y + tall + 10, caption, size=12, anchor="middle")


def _say(rows, captions, weights, boxes, title) -> str:
    parts = [f"{title}." if title else ""]
    for name, row in rows.items():
        what = f"{len(row)} images" if len(row) > 1 else "One image"
        said = f"{name}: {what}" if name else what
        if captions[name] is not None:
            said += ", below them " + ", ".join(str(caption) for caption in captions[name])
        said += ", weights laid over them" if weights[name] is not None else ""
        said += f", {sum(len(b) for b in boxes[name])} boxes" if boxes[name] is not None else ""
        parts.append(said + ".")
    return " ".join(part for part in parts if part)
