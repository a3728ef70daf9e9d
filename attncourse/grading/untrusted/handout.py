"""Which parts of the package a submission may import: what is handed out, never an answer.

A module is served as source in which every definition that may not be seen is blank, so that line
numbers stay.
"""

import ast
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from attncourse.authoring.notebook import read, source
from attncourse.authoring.release import stub
from attncourse.curriculum import LESSONS, Lesson

# Nobody sees pictures while grading: every drawing function draws nothing.
UNSEEN = {
    "attncourse.figures": """
def __getattr__(name):
    if name.startswith("__"):  # what Python asks of a module, as for its file
        raise AttributeError(name)
    return lambda *_, **__: None
"""
}


class Served(NamedTuple):
    """Sources by module name; `later` may be shown once the exercises in `first` are judged."""

    modules: dict[str, str]
    later: dict[str, str]
    first: frozenset[str]


@cache
def served(root: Path, lesson: Lesson) -> Served:
    """What a submission to a lesson may import: rooms of earlier lessons, and what is handed out.

    Of each, only what is needed or belongs to an earlier lesson, and nothing that is an exercise of
    this one. What handed-out code needs of an exercise comes `later`, when it earns nothing more.
    """
    earlier = [other for other in LESSONS if other.number < lesson.number]
    rooms = {room for other in earlier for room in other.modules}
    wanted = {f"attncourse.{room}": None for room in sorted(rooms - set(lesson.modules))}
    wanted = {name: None for name in wanted if _path(name).is_file()}
    for module, names in given_imports(root, lesson).items():
        if module not in UNSEEN:
            wanted.setdefault(module, names)
    shaker = _Shaker(set(lesson.exercises))
    modules = shaker.serve(wanted) | UNSEEN
    later = _Shaker(set()).serve(wanted) | UNSEEN if shaker.met else {}
    return Served(modules, later, frozenset(shaker.met))


def given_imports(root: Path, lesson: Lesson) -> dict[str, set[str]]:
    """Names that the handed-out notebook's own cells import from the package, by module."""
    path = root / "solutions" / f"{lesson.name}.ipynb"
    found: dict[str, set[str]] = {}
    for cell in stub(read(path))["cells"]:
        if cell["cell_type"] == "code":
            for node in ast.walk(ast.parse(source(cell))):
                if isinstance(node, ast.ImportFrom) and _is_room(node.module):
                    found.setdefault(node.module, set()).update(a.name for a in node.names)
    return found


def packages(modules: dict[str, str]) -> list[str]:
    """Other packages that served modules import; a warm process has them ready."""
    trees = [ast.parse(text) for text in modules.values()]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    names |= {alias.name for n in nodes if isinstance(n, ast.Import) for alias in n.names}
    return sorted(name for name in names if name and name.partition(".")[0] != "attncourse")


class _Shaker:
    """Keeps the definitions that are asked for, and all that they need."""

    def __init__(self, hidden: set[str]):
        self.hidden, self.met = hidden, set()
        self.kept: dict[str, set[int]] = {}  # module → numbers of kept top-level statements
        self.trees: dict[str, ast.Module] = {}

    def serve(self, wanted: dict[str, set[str] | None]) -> dict[str, str]:
        for module, names in wanted.items():
            for name in sorted(names) if names is not None else self._all(module):
                self._keep(module, name)
        return {module: self._source(module) for module in sorted(self.kept)}

    def _tree(self, module):
        if module not in self.trees:
            self.trees[module] = ast.parse(_path(module).read_text("utf-8"))
        return self.trees[module]

    def _all(self, module) -> list[str]:
        """Names of a module that neither are hidden nor lean on anything hidden."""
        names = [n for node in self._tree(module).body for n in _binds(node)]
        return [name for name in names if not self._leans(module, name, set())]

    def _leans(self, module, name, seen) -> bool:
        if name in self.hidden:
            return True
        if (module, name) in seen:
            return False
        seen.add((module, name))
        for node in self._tree(module).body:
            if name in _binds(node):
                if isinstance(node, ast.ImportFrom) and _is_room(node.module):
                    real = next(a.name for a in node.names if (a.asname or a.name) == name)
                    return self._leans(node.module, real, seen)
                return any(self._leans(module, used, seen) for used in _uses(node))
        return False

    def _keep(self, module, name):
        if name in self.hidden:
            self.met.add(name)
            return
        kept = self.kept.setdefault(module, set())
        for index, node in enumerate(self._tree(module).body):
            if name in _binds(node) and index not in kept:
                kept.add(index)
                if isinstance(node, ast.ImportFrom) and _is_room(node.module):
                    for alias in node.names:
                        self._keep(node.module, alias.name)
                for used in _uses(node):
                    self._keep(module, used)

    def _source(self, module) -> str:
        """The module's text, with blank lines where something is left out."""
        lines = _path(module).read_text("utf-8").splitlines()
        shown = [""] * len(lines)
        for index in self.kept[module]:
            node = self._tree(module).body[index]
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            if self.hidden.intersection(_binds(node)):  # an import of which some may be seen
                lines[first - 1 : node.end_lineno] = self._without_hidden(node)
            shown[first - 1 : node.end_lineno] = lines[first - 1 : node.end_lineno]
        return "\n".join(shown) + "\n"

    def _without_hidden(self, node: ast.ImportFrom) -> list[str]:
        """The lines of an import, without the names of hidden answers."""
        names = [alias for alias in node.names if (alias.asname or alias.name) not in self.hidden]
        text = ast.unparse(ast.ImportFrom(node.module, names, node.level)) if names else ""
        return [text] + [""] * (node.end_lineno - node.lineno)


def _path(module: str):
    return files("attncourse").joinpath(f"{module.partition('.')[2].replace('.', '/')}.py")


def _is_room(module: str | None) -> bool:
    return bool(module) and module.startswith("attncourse.")


def _binds(node: ast.stmt) -> list[str]:
    """Names that a top-level statement gives to something."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [(alias.asname or alias.name).partition(".")[0] for alias in node.names]
    targets = [n for n in ast.walk(node) if isinstance(n, ast.Name | ast.Attribute)]
    return [n.id for n in targets if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]


def _uses(node: ast.stmt) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
