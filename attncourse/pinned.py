"""Text that is the same on every Python from 3.11 to 3.14: listed by content, not by place.

Docstrings are rewritten and names are added from one version to the next. `pins/docstrings.txt`
lists the docstrings that all of them share, each by its digest; `pins/code_points.txt` lists the
characters of Unicode 14, whose names may never change. What is listed is read from the Python that
runs: no text is stored here. `python -m attncourse.pinned FOLDER …` makes the first list anew.
"""

import ast
import hashlib
import sys
import sysconfig
from collections import deque
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

_PINS = Path(__file__).parent / "pins"
_DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
_BODIES = ("body", "handlers", "orelse", "finalbody", "cases")  # of a statement, in their order
# Parts that some installations leave out, and pydoc_data.topics, which repeats the manual.
_LEFT_OUT = {"test", "idlelib", "tkinter", "turtledemo", "distutils", "lib2to3", "ensurepip"}
_LEFT_OUT |= {"pydoc_data", "site-packages", "dist-packages"}


def digest(text: str) -> str:
    """Name a text by its content: the first ten hexadecimal digits of its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:10]


@cache
def listed_docstrings() -> dict[str, str]:
    """The digest of every docstring that is listed → the module that it stood in, in order."""
    lines = (line.split() for line in _read("docstrings.txt"))
    return {mark: module for module, *marks in lines for mark in marks}


@cache
def docstrings_by_module() -> dict[str, tuple[str, ...]]:
    """Module → its docstrings that are listed, of those that this Python has: on 3.11–3.14 all."""
    listed, found = listed_docstrings(), {}
    for _, texts in _documented(Path(sysconfig.get_path("stdlib"))):
        found |= {mark: text for text in texts if (mark := digest(text)) in listed}
    modules = {}
    for mark, module in listed.items():
        if mark in found:
            modules.setdefault(module, []).append(found[mark])
    return {module: tuple(texts) for module, texts in modules.items()}


def code_points() -> Iterator[int]:
    """The characters that Unicode 14 names, except Chinese characters and Hangul syllables."""
    for line in _read("code_points.txt"):
        for ends in line.split():
            first, _, last = ends.partition("-")
            yield from range(int(first, 16), int(last or first, 16) + 1)


def _read(name: str) -> list[str]:
    lines = (_PINS / name).read_text(encoding="ascii").splitlines()
    return [line for line in lines if not line.startswith("#")]


def _documented(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Each module below a folder ("json/decoder") with all its docstrings."""
    for path in sorted(folder.rglob("*.py")):
        place = path.relative_to(folder)
        if place.parts[0] not in _LEFT_OUT and path.is_file():
            yield place.with_suffix("").as_posix(), _docstrings_in(path.read_bytes())


def _docstrings_in(source: bytes) -> list[str]:
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a library newer than the Python that reads it
        return []
    return [text for part in _statements(tree) if (text := ast.get_docstring(part))]


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """What may have a docstring, in the order of `ast.walk`, which also visits every expression."""
    waiting = deque([tree])
    while waiting:
        node = waiting.popleft()
        if isinstance(node, _DOCUMENTED):
            yield node
        for name in _BODIES:
            waiting.extend(getattr(node, name, ()))


def _shared(folders: Iterable[Path]) -> Iterator[str]:
    """A line for each module of the first library: docstrings that all the libraries have, once."""
    first, *others = (list(_documented(folder)) for folder in folders)
    known = [{text for _, texts in library for text in texts} for library in others]
    listed = set()
    for module, texts in first:
        new = [t for t in dict.fromkeys(texts) if t not in listed and all(t in k for k in known)]
        listed.update(new)
        if new:
            yield " ".join([module, *map(digest, new)])


if __name__ == "__main__":
    print("\n".join(_shared(map(Path, sys.argv[1:]))))
