"""One query's row, step by step: a table whose columns are keys and whose rows are steps."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from attncourse.figures import given
from attncourse.figures.canvas import Canvas
from attncourse.figures.ink import FAINT, INK, MUTED, PAPER, WEIGHT, word_colour
from attncourse.figures.lettering import number, width
from attncourse.figures.picture import WIDTH, Picture, picture

ROW = 34  # height of a step, in pixels


def row_by_row(
    steps: Mapping[str, ArrayLike],
    *,
    keys: Sequence,
    values: ArrayLike | None = None,
    output: ArrayLike | None = None,
    query: str = "",
    title: str = "",
    alt: str | None = None,
) -> Picture:
    """Draw what happens to one query's row of numbers, one step below the other.

    Args:
        steps: name of the step → N numbers, in order; NaN and −∞ are drawn as forbidden. A step
            whose name begins with "weight" is coloured from 0 to 1.
        keys: N names of the columns.
        values: N × d_v, written below the weights, and `output`, their weighted sum, at the end.
        query: name of the query, written above the steps.
    """
    found = {name: given.array(row, 1, name) for name, row in steps.items()}
    keys = given.names(keys, len(next(iter(found.values()))), "key")
    for name, row in found.items():
        given.names(keys, len(row), f"column of {name!r}")
    values = None if values is None else given.array(values, 2, "values")
    output = None if output is None else given.array(output, 1, "output")
    sheet, size = _table(found, keys, values, output, query)
    alt = alt or _say(found, keys, values, output, query, title)
    return picture(sheet, *size, title=title, alt=alt)


def _table(steps, keys, values, output, query):
    """Names at the left, one column for each key, the output at the right of the values."""
    left = max(width(name) for name in [*steps, "values", f"query: {query}"]) + 16
    room = WIDTH - 24 - left - (width(_vector(output)) + 34 if output is not None else 0)
    cell, sheet = min(room / len(keys), 78), Canvas()
    if query:
        sheet.text(0, 10, f"query: {query}", bold=True, colour=word_colour(query))
    for j, name in enumerate(keys):
        x = left + (j + 0.5) * cell
        sheet.text(x, 10, name, anchor="middle", bold=True, colour=word_colour(name))
    y = 24.0
    for i, (name, row) in enumerate(steps.items()):
        sheet.text(left - 12, y + ROW / 2, name, anchor="end")
        for j, value in enumerate(row):
            _cell(sheet, left + j * cell, y, cell, value, name.startswith("weight"))
        if i < len(steps) - 1:
            sheet.arrow([(left - 4, y + ROW / 2), (left - 4, y + ROW + 12)], colour=MUTED, head=5)
        y += ROW + 8
    width_now = left + len(keys) * cell
    if values is not None:
        y = _values(sheet, left, y, cell, values)
    if output is not None:
        at = y - ROW / 2 - 8
        sheet.text(width_now + 8, at, "=", size=16)
        sheet.text(width_now + 24, at, _vector(output), bold=True)
        sheet.text(width_now + 24, at - 18, "output", size=12, colour=MUTED)
        width_now += 34 + width(_vector(output), bold=True)
    return sheet, (width_now, y)


def _cell(sheet: Canvas, x, y, cell, value, coloured: bool) -> None:
    """One number; hatched when forbidden, blue by its size when it is a weight."""
    if not np.isfinite(value):
        sheet.hatched(x + 1, y, cell - 2, ROW)
        sheet.rect(x + cell / 2 - 15, y + 8, 30, ROW - 16, fill="#f3f4f6", rx=3)
        sheet.text(
            x + cell / 2, y + ROW / 2, "−∞" if value < 0 else "–", anchor="middle", colour=MUTED
        )
        return
    ink = INK
    sheet.rect(x + 1, y, cell - 2, ROW, fill=PAPER, stroke=FAINT, rx=3)
    if coloured:
        sheet.rect(x + 1, y, cell - 2, ROW, fill=WEIGHT, fill_opacity=f"{value:.2f}", rx=3)
        ink = PAPER if value > 0.55 else INK
    sheet.text(x + cell / 2, y + ROW / 2, number(value), anchor="middle", colour=ink, bold=coloured)


def _values(sheet: Canvas, left, y, cell, values) -> float:
    """The values as small vectors below their weights, added up from left to right."""
    sheet.text(left - 12, y + ROW / 2 + 8, "× values", anchor="end")
    for j, value in enumerate(values):
        sheet.text(
            left + (j + 0.5) * cell, y + ROW / 2 + 8, _vector(value), size=12, anchor="middle"
        )
        if j:
            sheet.text(
                left + j * cell, y + ROW / 2 + 8, "+", size=12, colour=MUTED, anchor="middle"
            )
    return y + ROW + 14


def _vector(numbers) -> str:
    return "" if numbers is None else f"({', '.join(number(value) for value in numbers)})"


def _say(steps, keys, values, output, query, title) -> str:
    parts = [
        f"{title}." if title else "",
        f"The row of the query {query}, step by step." if query else "",
    ]
    for name, row in steps.items():
        said = [
            f"{key} {number(v) if np.isfinite(v) else 'forbidden'}"
            for key, v in zip(keys, row, strict=True)
        ]
        parts.append(f"{name}: {', '.join(said)}.")
    if values is not None:
        parts.append(
            "Values: "
            + ", ".join(f"{k} {_vector(v)}" for k, v in zip(keys, values, strict=True))
            + "."
        )
    if output is not None:
        parts.append(f"Output: {_vector(output)}.")
    return " ".join(part for part in parts if part)
