"""Which statements of a notebook depend on certain names, directly or through what they made."""

import ast
from collections.abc import Callable, Iterable

from tests.lessons.page import Cell

Origin = Callable[[ast.AST], bool]


def dependent(cells: Iterable[Cell], begins: Origin) -> list[tuple[Cell, list[ast.stmt]]]:
    """For every code cell the top-level statements that depend on where `begins` says so.

    A name that such a statement binds carries the dependence on, into later cells too.
    """
    carriers: set[str] = set()
    found = []
    for cell in cells:
        if cell.kind == "code":
            statements = [s for s in ast.parse(cell.source).body if _touches(s, begins, carriers)]
            found.append((cell, statements))
    return found


def imported_from(*modules: str) -> Origin:
    """The origin of everything that is imported from one of these modules."""

    def begins(node: ast.AST) -> bool:
        if isinstance(node, ast.ImportFrom):
            inside = {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
            return any(_within(name, modules) for name in inside)
        return isinstance(node, ast.Import) and any(_within(a.name, modules) for a in node.names)

    return begins


def _touches(statement: ast.stmt, begins: Origin, carriers: set[str]) -> bool:
    inside = [part for part in ast.iter_child_nodes(statement) if isinstance(part, ast.stmt)]
    head = [part for part in ast.iter_child_nodes(statement) if not isinstance(part, ast.stmt)]
    if isinstance(statement, ast.FunctionDef | ast.ClassDef) or not inside:
        inside, head = [], [statement]
    nodes = [node for part in head for node in ast.walk(part)]
    outer = carriers - {name for node in nodes for name in _own_names(node)}
    touched = any(begins(node) or _loads(node, outer) for node in nodes)
    bound = {name for part in head for name in _bound(part)}
    if touched:
        carriers |= bound
    else:
        carriers -= bound  # the name is used for something else from here on
    return any([touched, *(_touches(part, begins, carriers) for part in inside)])


def _loads(node: ast.AST, names: set[str]) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names


def _own_names(node: ast.AST) -> Iterable[str]:
    """Names that live in a comprehension or a function only."""
    if isinstance(node, ast.comprehension):
        yield from _bound(node.target)
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.FunctionDef):
        yield from (name for part in node.body for name in _bound(part))


def _bound(statement: ast.AST) -> Iterable[str]:
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]


def _within(name: str, modules: tuple[str, ...]) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)
