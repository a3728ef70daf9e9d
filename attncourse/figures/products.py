"""Matrix products as blocks whose sides show which sizes must agree."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from attncourse.figures import given
from attncourse.figures.canvas import Canvas
from attncourse.figures.ink import COLOURS, FAINT, INK, TEXT, TINT
from attncourse.figures.lettering import number, width
from attncourse.figures.picture import MARGIN, WIDTH, Picture, picture
from attncourse.figures.saying import rows, say

HEAD, LEFT = 44, 34  # room above a block and at its left, for names, in pixels
_BLOCK = re.compile(r"\s*(?P<name>.+?)\s*:\s*(?P<rows>\S+)\s*×\s*(?P<columns>\S+)\s*$")


class Block(NamedTuple):
    """A matrix of an equation: its name, its sides by name, how many cells they have."""

    name: str
    sides: tuple[str, str]
    shape: tuple[int, int]


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
    blocks = [_block(part, sizes) or part for part in parts]
    found = {name: given.array(m, 2, name) for name, m in (numbers or {}).items()}
    sheet, size = _equation(blocks, found)
    said = say(title, *_say(blocks, found)) if alt is None else alt
    return picture(sheet, *size, title=title, alt=said)


def _block(part: str, sizes: Mapping[str, int]) -> Block | None:
    """The matrix that a part describes; None for a sign."""
    found = _BLOCK.match(part)
    if found is None:
        return None
    sides = found["rows"], found["columns"]
    missing = [side for side in sides if not side.isdigit() and side not in sizes]
    if missing:
        raise ValueError(f"sizes must give a number of cells for each letter; missing {missing}")
    return Block(found["name"], sides, tuple(int(sizes.get(side, side)) for side in sides))


def _equation(parts: Sequence[Block | str], numbers):
    """All parts on one middle line; equal sides have equal colours."""
    blocks = [part for part in parts if isinstance(part, Block)]
    signs = sum(width(part, 18) + 28 for part in parts if isinstance(part, str))
    room = WIDTH - 2 * MARGIN - signs - (LEFT + 10) * len(blocks)
    high = max(block.shape[0] for block in blocks)
    cell = min(room / sum(block.shape[1] for block in blocks), 240 / high, 34)
    sides = list(dict.fromkeys(side for block in blocks for side in block.sides))
    colours = {side: TEXT[COLOURS[i % 6]] for i, side in enumerate(sides)}
    sheet, x, middle = Canvas(), 0.0, HEAD + high * cell / 2
    for part in parts:
        if isinstance(part, str):
            sheet.text(x + 14 + width(part, 18) / 2, middle, part, size=18, anchor="middle")
            x += width(part, 18) + 28
        else:
            place = x + LEFT, middle - part.shape[0] * cell / 2
            _draw(sheet, place, cell, part, colours)
            if part.name in numbers:
                _write(sheet, place, cell, part, numbers[part.name])
            x += LEFT + 10 + part.shape[1] * cell
    return sheet, (x, HEAD + high * cell + 8)


def _draw(sheet: Canvas, place, cell: float, block: Block, colours) -> None:
    """One matrix with its name above and its sides named."""
    (left, top), (rows, columns) = place, block.shape
    high, wide = rows * cell, columns * cell
    sheet.rect(left, top, wide, high, fill=TINT, stroke=INK, stroke_width=1.2)
    lines = [f"M{left:.1f},{top + i * cell:.1f}h{wide:.1f}" for i in range(1, rows)]
    lines += [f"M{left + j * cell:.1f},{top:.1f}v{high:.1f}" for j in range(1, columns)]
    sheet.curve("".join(lines) or "M0,0", stroke=FAINT)
    sheet.text(left + wide / 2, top - 30, block.name, bold=True, anchor="middle")
    down, across = block.sides
    style = {"anchor": "middle", "bold": True}
    sheet.text(left + wide / 2, top - 10, across, colour=colours[across], **style)
    sheet.text(left - 14, top + high / 2, down, colour=colours[down], turn=-90, **style)


def _write(sheet: Canvas, place, cell: float, block: Block, matrix: np.ndarray) -> None:
    """Numbers into the cells."""
    if matrix.shape != block.shape:
        rule = f"numbers of {block.name} must fill its block of {block.shape}"
        raise ValueError(f"{rule}; got shape {matrix.shape}")
    for (i, j), value in np.ndenumerate(matrix):
        middle = place[0] + (j + 0.5) * cell, place[1] + (i + 0.5) * cell
        text = number(value, 2 if cell > 30 else 1)
        sheet.text(*middle, text, size=round(min(12, cell * 0.42), 1), anchor="middle")


def _say(parts, numbers):
    blocks = [part for part in parts if isinstance(part, Block)]
    said = [
        f"{part.name} ({part.sides[0]} × {part.sides[1]})" if isinstance(part, Block) else part
        for part in parts
    ]
    yield f"Blocks of a matrix equation: {' '.join(said)}"
    count = {s: n for b in blocks for s, n in zip(b.sides, b.shape, strict=True) if not s.isdigit()}
    yield f"Drawn with {', '.join(f'{s} = {n}' for s, n in sorted(count.items()))}" if count else ""
    for name, matrix in numbers.items():
        yield f"{name}: {rows(matrix)}"
