"""Exercises checked in a fresh kernel: what a saved notebook says when nothing is left over."""

import json
import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from attncourse.authoring.notebook import KERNEL_ENV, read, source, verdicts
from attncourse.checks.engine.message import as_text, title
from attncourse.checks.engine.verdict import CORRECT

CHECKS = re.compile(r"(if )?check\(")  # beginnings of cells that wait for an answer to be right
COLOURED = re.compile(r"\x1b\[[0-9;]*m")


def check_fresh(path: Path, exercises: Iterable[str]) -> bool:
    """Check some exercises of a notebook in one fresh kernel and print what their checks say.

    Returns:
        Whether all of them are correct.
    """
    states = []
    for state, text in judged(path, list(exercises)):
        print(text, flush=True)
        states.append(state)
    return states == [CORRECT] * len(states)


def judged(path: Path, exercises: list[str]) -> Iterator[tuple[str, str]]:
    """Each exercise's state and text; a cell that raised speaks where no check could."""
    executed = _executed(shortened(read(path), exercises), path.parent)
    fault = next(filter(None, map(_fault, executed["cells"])), "")
    shown = [v for cell in executed["cells"] for v in verdicts(cell.get("outputs", []))]
    for name in exercises:
        record = next((v for v in shown if v["exercise"] == name), None)
        if record:
            yield record["state"], f"{title(record)}\n{as_text(record)}"
        else:
            yield "did not run", f"– {name}: its check did not run\n{fault}".rstrip()


def shortened(notebook: dict, exercises: list[str]) -> dict:
    """The notebook's code up to the last check that is asked for, without other checks."""
    wanted = {f"check-{name}" for name in exercises}
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    ids = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in code]
    ends = [number for number, name in enumerate(ids) if name in wanted]
    if len(ends) < len(wanted):
        missing = sorted(wanted - set(ids))[0].removeprefix("check-")
        raise ValueError(
            f"the notebook has no cell that checks {missing}; attncourse reset mends it"
        )
    kept = zip(code[: ends[-1] + 1], ids, strict=False)
    cells = [c for c, name in kept if name in wanted or not CHECKS.match(source(c))]
    return notebook | {"cells": cells}


def _executed(notebook: dict, folder: Path) -> dict:
    import nbformat
    from nbclient import NotebookClient

    node = nbformat.reads(json.dumps(notebook), as_version=4)
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(node, allow_errors=True, kernel_name="python3", resources=resources)
    client.execute(env=os.environ | KERNEL_ENV, stderr=subprocess.DEVNULL)
    return node


def _fault(cell: dict) -> str:
    """The last line of the error that a cell raised, or an empty string."""
    for output in cell.get("outputs", []):
        if output["output_type"] == "error":
            return f"A cell raised {output['ename']}: {COLOURED.sub('', output['evalue'])}"
    return ""
