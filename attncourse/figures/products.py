"""Matrix products as blocks whose sides show which sizes must agree."""

import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from attncourse.figures import given
from attncourse.figures.canvas import Canvas
from attncourse.figures.ink import COLOURS, FAINT, INK, TEXT
from attncourse.figures.lettering import number, width
from attncourse.figures.picture import WIDTH, Picture, picture

_BLOCK = re.compile(r"\s*(?P<name>.+?)\s*:\s*(?P<rows>\S+)\s*×\s*(?P<columns>\S+)\s*$")


def matrix_blocks(
    *parts: str,
    sizes: Mapping[str, int],
    numbers: Mapping[str, ArrayLike] | None = None,
    title: str = "",
    alt: str | None = None,
) -> Picture:
    """Draw an equation of matrices as blocks: `matrix_blocks("Q: M × d_k", "@", "Kᵀ: d_k × N", …)`.

    Args:
        parts: "name: rows × columns" for a matrix, anything else for a sign between two.
        sizes: how many cells each letter stands for, {"M": 3, "d_k": 4}; a number may stand
            in a part itself.
        numbers: name → the matrix, written into its cells.
    """
    blocks = [(part, _BLOCK.match(part)) for part in parts]
    letters = {side for _, b in blocks if b for side in (b["rows"], b["columns"])}
    missing = sorted(side for side in letters if not side.isdigit() and side not in sizes)
    if missing:
        raise ValueError(f"sizes must give a number of cells for each letter; missing {missing}")
    count = {side: int(side) if side.isdigit() else int(sizes[side]) for side in letters}
    sheet, size = _equation(blocks, count, numbers or {})
    said = alt or _say(blocks, count, numbers or {}, title)
    return picture(sheet, *size, title=title, alt=said)


def _equation(blocks, count, numbers):
    """All parts on one middle line; equal sides have equal colours."""
    matrices = [b for _, b in blocks if b]
    across = sum(count[b["columns"]] for b in matrices)
    signs = sum(width(part, 18) + 28 for part, b in blocks if not b)
    room = WIDTH - 24 - signs - 44 * len(matrices)
    high = max(count[b["rows"]] for b in matrices)
    cell = min(room / across, 240 / high, 34)
    letters = sorted({side for b in matrices for side in (b["rows"], b["columns"])})
    colours = {letter: TEXT[COLOURS[i % 6]] for i, letter in enumerate(letters)}
    sheet, x, middle = Canvas(), 0.0, 44 + high * cell / 2
    for part, block in blocks:
        if block is None:
            wide = width(part, 18)
            sheet.text(x + 14 + wide / 2, middle, part, size=18, anchor="middle")
            x += wide + 28
        else:
            x += _block(sheet, x, middle, cell, block, count, colours, numbers.get(block["name"]))
    return sheet, (x, 44 + high * cell + 8)


def _block(sheet, x, middle, cell, block, count, colours, matrix) -> float:
    """One matrix with its name above, its sides named; returns the width that it takes."""
    rows, columns = count[block["rows"]], count[block["columns"]]
    left, top = x + 34, middle - rows * cell / 2
    high, wide = rows * cell, columns * cell
    sheet.rect(left, top, wide, high, fill="#f3f7fb", stroke=INK, stroke_width=1.2)
    lines = "".join(f"M{left:.1f},{top + i * cell:.1f}h{wide:.1f}" for i in range(1, rows))
    lines += "".join(f"M{left + j * cell:.1f},{top:.1f}v{high:.1f}" for j in range(1, columns))
    sheet.curve(lines or "M0,0", stroke=FAINT)
    sheet.text(left + wide / 2, top - 30, block["name"], bold=True, anchor="middle")
    for side, at, turn in (
        (block["columns"], (left + wide / 2, top - 10), 0),
        (block["rows"], (left - 12, middle), -90),
    ):
        sheet.text(*at, side, anchor="middle", colour=colours[side], bold=True, turn=turn)
    if matrix is not None:
        _write(sheet, left, top, cell, given.array(matrix, 2, block["name"]), (rows, columns))
    return 44 + wide


def _write(sheet, left, top, cell, matrix, shape) -> None:
    if matrix.shape != shape:
        raise ValueError(f"numbers must fill their block of {shape}; got shape {matrix.shape}")
    size = min(12, cell * 0.42)
    for (i, j), value in np.ndenumerate(matrix):
        at = left + (j + 0.5) * cell, top + (i + 0.5) * cell
        sheet.text(*at, number(value, 2 if cell > 30 else 1), size=size, anchor="middle")


def _say(blocks, count, numbers, title) -> str:
    said = " ".join(
        f"{b['name']} ({b['rows']} × {b['columns']})" if b else part for part, b in blocks
    )
    shown = ", ".join(f"{side} = {n}" for side, n in sorted(count.items()) if not side.isdigit())
    parts = [
        f"{title}." if title else "",
        f"Blocks of a matrix equation: {said}.",
        f"Drawn with {shown}." if shown else "",
    ]
    for name, matrix in numbers.items():
        rows = "; ".join(", ".join(number(v) for v in row) for row in given.array(matrix, 2, name))
        parts.append(f"{name}: {rows}.")
    return " ".join(part for part in parts if part)
