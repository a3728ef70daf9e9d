"""Which cell an answer came from, and whether that cell still says the same.

In a notebook, a function outlives its cell: after a SyntaxError, a new name or an edit that was not
run, the old one is still there to be checked. Every run of a cell is noted here, as the kernel
reports it, so that a verdict can say which version it is about.
"""

import ast
import os
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from attncourse.checks.engine.source import definition, digest, file_of


class Run(NamedTuple):
    """One run of a cell.

    Attributes:
        count: the number in brackets before the cell.
        cell: the cell's id, or "" where the frontend does not tell.
        text: what was run.
        file: the name under which Python knows this text.
        error: the type of the exception that ended it, or "".
        ended: when, in seconds since 1970.
    """

    count: int
    cell: str
    text: str
    file: str
    error: str = ""
    ended: float = 0.0


class Notebook:
    """The cells that this kernel has run so far, and the one that it runs now."""

    def __init__(self, shell):
        self.shell, self.runs, self.current = shell, [], ""
        shell.events.register("pre_run_cell", self._begin)
        shell.events.register("post_run_cell", self._end)

    def _begin(self, info) -> None:
        self.current = self._file(info, self.shell.execution_count)

    def _end(self, result) -> None:
        info, error = result.info, result.error_before_exec or result.error_in_exec
        if info is not None and result.execution_count is not None:
            count = result.execution_count
            cell = getattr(info, "cell_id", None) or ""
            kind = "" if error is None else type(error).__name__
            file = self._file(info, count)
            self.runs.append(Run(count, cell, info.raw_cell, file, kind, time.time()))
        self.current = ""

    def _file(self, info, count: int) -> str:
        transformed = getattr(info, "transformed_cell", None) or info.raw_cell
        return self.shell.compile.get_code_name(info.raw_cell, transformed, count)

    def notices(self, answer: object, source: str) -> tuple[str, ...]:
        """What to know before a verdict on this answer: at most one sentence."""
        file, name = file_of(answer), getattr(answer, "__name__", "")
        if file == self.current or file not in {run.file for run in self.runs}:
            return ()
        bound = self.shell.user_ns.get(name) is answer
        told = superseded(self.runs, file, name, bound) or edited(self.runs, file, source, name)
        return (told,) if told else ()


def superseded(runs: Sequence[Run], file: str, name: str, bound: bool) -> str:
    """That the answer's cell, or another that defines it, has run again without changing it.

    Args:
        file: of the version that is checked.
        bound: whether the answer's name still means this version.
    """
    origin = max(index for index, run in enumerate(runs) if run.file == file)
    begin = f"This is the version of cell [{runs[origin].count}]"
    for run in reversed(runs[origin + 1 :]):
        own = bool(run.cell) and run.cell == runs[origin].cell
        if not own and not re.search(rf"^(async def|def|class) {name}\b", run.text, re.M):
            continue
        subject = "the cell has since" if own else f"cell [{run.count}], which defines it anew, has"
        if run.error:
            return f"{begin}; {subject} failed: {run.error} in [{run.count}]."
        if own and not definition(run.text, name):
            return f"{begin}; {subject} run as [{run.count}], and {_defines(run.text)}."
        if not bound:
            return f"{begin}; a newer one was run as [{run.count}]."
    return ""


def _defines(text: str) -> str:
    """What a cell gives a meaning to, in words."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    try:
        names = [f"`{node.name}`" for node in ast.parse(text).body if isinstance(node, kinds)]
    except (SyntaxError, ValueError):
        names = []
    return f"now defines {' and '.join(names)}" if names else "no longer defines it"


def edited(runs: Sequence[Run], file: str, source: str, name: str) -> str:
    """That the saved notebook holds another version, saved after the one that was run."""
    run = [run for run in runs if run.file == file][-1]
    saved = _saved(run)
    same = saved.strip() == run.text.strip() or digest(definition(saved, name)) == digest(source)
    if not source or not saved or same:
        return ""
    return (
        f"This is the version of cell [{run.count}]; the notebook as last saved holds an edited "
        "one, which was not run."
    )


def notebook_file() -> Path | None:
    """The notebook that this kernel belongs to, where the server tells."""
    path = Path(os.environ.get("JPY_SESSION_NAME", ""))
    return path if path.suffix == ".ipynb" and path.is_file() else None


def _saved(run: Run) -> str:
    """The cell's text in a notebook that was saved after the run; "" where that is not known."""
    from attncourse.authoring.notebook import read, source

    path = notebook_file()
    try:
        if path is None or not run.cell or path.stat().st_mtime <= run.ended:
            return ""
        cells = read(path)["cells"]
    except (OSError, ValueError):
        return ""
    return next((source(cell) for cell in cells if cell.get("id") == run.cell), "")
