"""A notebook as plain data: read it, write it, and see how its checks came out.

Nothing here imports nbformat, which alone takes longer than a command may.
"""

import json
from pathlib import Path
from typing import NamedTuple

from attncourse.checks.engine.source import definitions, digest
from attncourse.checks.engine.verdict import CORRECT, MIME, NOT_ATTEMPTED

# States of an exercise beside those of its verdict.
CHANGED = "changed since its check"
UNCHECKED = "not checked yet"

KERNEL_ENV = {"ATTNCOURSE_QUIET": "1", "OMP_NUM_THREADS": "1"}  # for outputs that repeat
PARTS = {"cell_type", "metadata", "source"}
CODE_PARTS = PARTS | {"execution_count", "outputs"}


class Progress(NamedTuple):
    """How far one exercise has come: its state, its points, and how many of them are earned."""

    exercise: str
    state: str
    points: int

    @property
    def earned(self) -> int:
        return self.points if self.state == CORRECT else 0


def read(path: Path) -> dict:
    """Read a notebook; a ValueError says in one line what is wrong with the file."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"{path.name} is not JSON: line {error.lineno}, {error.msg}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path.name} is not text in UTF-8") from None
    except OSError as error:
        raise ValueError(f"{path.name}: {error.strerror}") from None
    if fault := _fault(notebook):
        raise ValueError(f"{path.name} {fault}")
    return notebook


def _fault(notebook: object) -> str:
    """What keeps this data from being a notebook of format 4, or an empty string."""
    if not isinstance(notebook, dict) or "nbformat" not in notebook:
        return "is JSON, but no notebook: it does not say its nbformat"
    if notebook["nbformat"] != 4:
        return f"has notebook format {notebook['nbformat']}; open and save it in JupyterLab for 4"
    if not isinstance(notebook.get("cells"), list) or not isinstance(
        notebook.get("metadata"), dict
    ):
        return "has no list of cells or no metadata"
    for number, cell in enumerate(notebook["cells"], start=1):
        parts = CODE_PARTS if cell.get("cell_type") == "code" else PARTS
        if missing := ", ".join(sorted(parts - cell.keys())):
            return f"has a cell (number {number}) without {missing}"
    return ""


def write(path: Path, notebook: dict) -> bool:
    """Write a notebook as Jupyter does; returns whether the file changed."""
    text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if path.exists() and path.read_bytes() == text.encode():
        return False
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    return True


def source(cell: dict) -> str:
    """The cell's text, whether stored as one string or as a list of lines."""
    return "".join(cell["source"])


def verdicts(outputs: list[dict]) -> list[dict]:
    """The verdicts that checks have shown among a cell's outputs, in order."""
    return [output["data"][MIME] for output in outputs if MIME in output.get("data", {})]


def progress(notebook: dict) -> list[Progress]:
    """Where the learner stands, one entry per graded check in the notebook's order."""
    rows, written = [], _digests(notebook)
    for cell in notebook["cells"]:
        graded = cell["metadata"].get("nbgrader", {})
        if graded.get("grade"):
            name = graded["grade_id"].removeprefix("check-")
            shown = [v for v in verdicts(cell["outputs"]) if v["exercise"] == name]
            state = _judged(shown[0], written) if shown else _waiting(notebook, name)
            rows.append(Progress(name, state, graded["points"]))
    return rows


def _digests(notebook: dict) -> set[str]:
    """Digests of all that the code of a notebook defines."""
    code = [source(cell) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return {digest(text) for cell in code for text in definitions(cell).values()}


def _judged(verdict: dict, written: set[str]) -> str:
    """The verdict's state, as long as the code that it judged still stands in the notebook."""
    own = verdict.get("digest")
    return CHANGED if own and own not in written else verdict["state"]


def _waiting(notebook: dict, name: str) -> str:
    """Whether an exercise without a verdict has been answered."""
    from attncourse.authoring.release import given_body

    given = _lines(
        given_body(name) or f'raise NotImplementedError("replace this line with your {name}'
    )
    for cell in notebook["cells"]:
        graded = cell["metadata"].get("nbgrader", {})
        if graded.get("solution") and graded["grade_id"] == name:
            return NOT_ATTEMPTED if given in _lines(source(cell)) else UNCHECKED
    return NOT_ATTEMPTED


def _lines(code: str) -> str:
    """Code without its indentation."""
    return "\n".join(line.strip() for line in code.splitlines())
