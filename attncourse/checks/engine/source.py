"""The text of an answer: its digest, and whether it is still the code that was given."""

import ast
import hashlib
import inspect
import linecache
import re
import textwrap

MAGIC = re.compile(r"^[%!].*", re.M)  # lines for IPython, not for Python


def source_of(answer: object) -> str:
    """The text that defines a function or class; "" where none is known."""
    file, name = file_of(answer), getattr(answer, "__name__", "")
    if is_cell(file):
        return definition("".join(linecache.getlines(file)), name)
    try:
        return textwrap.dedent(inspect.getsource(answer))
    except (OSError, TypeError, SyntaxError, IndexError):
        return ""


def definition(cell: str, name: str) -> str:
    """The last statement of a cell that gives `name` a meaning at its top level, or ""."""
    return definitions(cell).get(name, "")


def definitions(cell: str) -> dict[str, str]:
    """What a cell gives a meaning at its top level: each name with the last statement that does."""
    try:
        body = ast.parse(MAGIC.sub("", cell)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    lines, found = cell.splitlines(), {}
    for node in body:
        for name in _binds(node):
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            found[name] = "\n".join(lines[first - 1 : node.end_lineno])
    return found


def digest(text: str) -> str:
    """A short digest of an answer's text that forgives white space at the ends of lines."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "replace")).hexdigest()[:12]


def same_code(one: str, other: str) -> bool:
    """Whether two definitions do the same, letter by letter but for names, comments, docstrings."""
    trees = [_body(text) for text in (one, other)]
    return None not in trees and trees[0] == trees[1]


def _body(text: str) -> list[str] | None:
    """The statements of the first definition in a text, without its docstring."""
    try:
        node = ast.parse(textwrap.dedent(text)).body[0]
    except (SyntaxError, ValueError, IndexError, RecursionError, MemoryError):
        return None
    body = list(getattr(node, "body", [node]))
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    return [ast.dump(statement) for statement in body]


def _binds(node: ast.stmt) -> set[str]:
    """Names that a top-level statement gives a meaning."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def file_of(answer: object) -> str:
    """The file in which a function, or a class's first method, was written."""
    for thing in (answer, *vars(answer).values()) if isinstance(answer, type) else (answer,):
        code = getattr(thing, "__code__", None)
        if code is not None:
            return code.co_filename
    return ""


def is_cell(file: str) -> bool:
    """Whether this is the name under which Python knows the text of a notebook's cell."""
    return "ipykernel" in file or file.startswith("<ipython")
