"""Cells that nbval compares and that depend on a clock, or on the machine they run on.

Such a cell passes on one machine and fails on another. Count operations instead, or print the time
in a cell tagged `nbval-ignore-output`.
"""

import ast

from tests.lessons.names import dependent, imported_from
from tests.lessons.page import Cell

MODULES = ("time", "timeit", "datetime", "resource", "tracemalloc", "platform", "psutil")
CALLS = {"id", "cpu_count", "getsizeof", "max_memory_allocated"}
ATTRIBUTES = {"seconds"}  # what attncourse.training measures by the wall clock

_imported = imported_from(*MODULES)


def clocked_cells(cells: list[Cell]) -> list[tuple[Cell, int]]:
    """Compared cells with an output that depend on a clock, each with the line that does."""
    return [
        (cell, statements[0].lineno)
        for cell, statements in dependent(cells, _begins)
        if statements and cell.compared and cell.outputs and not _only_imports(statements)
    ]


def _begins(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute) and node.attr in ATTRIBUTES:
        return True
    return _imported(node) or (isinstance(node, ast.Call) and _called(node.func) in CALLS)


def _called(function: ast.expr) -> str:
    return getattr(function, "id", getattr(function, "attr", ""))


def _only_imports(statements: list[ast.stmt]) -> bool:
    return all(isinstance(s, ast.Import | ast.ImportFrom) for s in statements)
