"""The form that all lessons share: predictions that are not given away, little code that draws."""

import ast
from collections.abc import Iterator

from tests.lessons.names import dependent, imported_from
from tests.lessons.page import Cell

PROMPT = "**Predict before you run.**"
GUESS = 'guess("")'  # the first line of the cell that a prompt stands before
DRAWING = ("attncourse.figures", "matplotlib")


def predictions(cells: list[Cell]) -> Iterator[tuple[Cell, Cell]]:
    """Each cell with a prompt, and the code cell that answers it."""
    for cell in cells:
        if cell.kind == "markdown" and PROMPT in cell.source:
            yield cell, next(c for c in cells[cell.number :] if c.kind == "code")


def is_collapsed(cell: Cell) -> bool:
    """Whether the stored output stays closed until the cell is run."""
    return cell.metadata.get("jupyter", {}).get("outputs_hidden") is True


def drawing_share(cells: list[Cell]) -> float:
    """Which part of the visible lines of code draws: a statement counts with all its lines."""
    seen = [c for c in cells if not c.metadata.get("jupyter", {}).get("source_hidden")]
    drawing = dependent(seen, imported_from(*DRAWING))
    lines = sum(_lines(s) for cell, _ in drawing for s in ast.parse(cell.source).body)
    return sum(_lines(s) for _, found in drawing for s in found if not _imports(s)) / max(lines, 1)


def _lines(statement: ast.stmt) -> int:
    return statement.end_lineno - statement.lineno + 1


def _imports(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Import | ast.ImportFrom)
