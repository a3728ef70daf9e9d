"""Bars: one number for each name, or one for each seed."""

from collections.abc import Mapping, Sequence

import numpy as np

from attncourse.figures import given
from attncourse.figures.axes import Axis
from attncourse.figures.canvas import Canvas
from attncourse.figures.ink import BLUE, INK, MUTED, SKY
from attncourse.figures.lettering import number, width
from attncourse.figures.picture import MARGIN, WIDTH, Picture, picture
from attncourse.figures.saying import say

ROW = 26  # height of a bar with its air, in pixels


def bars(
    values: Mapping[str, float | Sequence[float]],
    *,
    xlabel: str,
    title: str = "",
    alt: str | None = None,
    **options,
) -> Picture:
    """Draw one bar for each name, with its number; of several seeds, the median and the spread.

    Args:
        values: name → a number, or one for each seed.
        options: strong (the bar or bars that matter; default all alike), limit (end of the axis;
            default the largest value), levels ({name: number} of upright lines to compare with).
    """
    found = {name: np.atleast_1d(given.array(value)) for name, value in values.items()}
    sheet, size = _draw(found, xlabel, **options)
    said = say(title, *_say(found, xlabel, options.get("levels", {}))) if alt is None else alt
    return picture(sheet, *size, title=title, alt=said)


def _draw(found: Mapping[str, np.ndarray], xlabel: str, *, strong=(), limit=None, levels=None):
    """The lines to compare with behind, then one bar below the other; the sheet and its size."""
    strong = {strong} if isinstance(strong, str) else set(strong)
    sheet, axis = Canvas(), _axis(found, limit)
    bottom = ROW * len(found) + 4
    for name, value in (levels or {}).items():
        place = float(axis(value))
        sheet.path([(place, 0), (place, bottom)], stroke=INK, stroke_dasharray="4 3")
        sheet.text(place, bottom + 12, name, size=12, anchor="middle", bold=True)
    for i, (name, seeds) in enumerate(found.items()):
        place = ROW * (i + 0.5)
        sheet.text(axis.pixels[0] - 8, place, name, anchor="end")
        _bar(sheet, axis, place, seeds, BLUE if name in strong or not strong else SKY)
    sheet.path([(axis(0), 0), (axis(0), bottom)], stroke=MUTED)
    below = bottom + (30 if levels else 12)
    sheet.text(axis.pixels[0], below, xlabel, size=12, colour=MUTED)
    return sheet, (WIDTH - 2 * MARGIN, below + 10)


def _axis(found: Mapping[str, np.ndarray], limit: float | None) -> Axis:
    """From the lowest value or 0 to the limit."""
    every = np.concatenate([np.zeros(1), *found.values()])
    left = max(width(name) for name in found) + 12
    return Axis(float(every.min()), limit or float(every.max()) or 1.0, (left, WIDTH - 90.0))


def _bar(sheet: Canvas, axis: Axis, y: float, seeds: np.ndarray, colour: str) -> None:
    """A bar with its number, and a whisker over the seeds."""
    value = float(np.median(seeds))
    start, end = sorted((float(axis(0)), float(axis(value))))
    sheet.rect(start, y - 9, max(end - start, 0.5), 18, fill=colour, rx=2)
    if len(seeds) > 1:
        low, high = float(axis(seeds.min())), float(axis(seeds.max()))
        whisker = f"M{low:.1f},{y:.1f}H{high:.1f}m0,-4v8M{low:.1f},{y - 4:.1f}v8"
        sheet.curve(whisker, stroke=INK, stroke_width=1.4)
        end = max(end, high)
    sheet.text(end + 6, y, number(value, 3))


def _say(found: Mapping[str, np.ndarray], xlabel: str, levels: Mapping[str, float]):
    """Every bar, and every line to compare with."""
    yield f"Bars, {xlabel}: {', '.join(map(_bar_said, found.items()))}"
    yield from (f"Line at {number(value, 3)}: {name}" for name, value in levels.items())


def _bar_said(bar: tuple[str, np.ndarray]) -> str:
    name, seeds = bar
    said = f"{name} {number(float(np.median(seeds)), 3)}"
    if len(seeds) == 1:
        return said
    return f"{said} ({len(seeds)} seeds, {number(seeds.min(), 3)} to {number(seeds.max(), 3)})"
