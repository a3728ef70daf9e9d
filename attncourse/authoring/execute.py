"""Run a notebook and store it so that a diff shows what changed, and nothing else."""

import hashlib
import itertools
import json
import os
import subprocess
from pathlib import Path

from attncourse.authoring.navigation import TAG
from attncourse.authoring.notebook import KERNEL_ENV, source

METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}
CELL_METADATA = ("jupyter", "nbgrader", "tags")  # what a cell may keep
WIDGET = "application/vnd.jupyter.widget-view+json"  # a random id that no stored notebook can show
CELL_SECONDS = 600


def run(notebook: dict, path: Path) -> dict:
    """Execute a notebook in a fresh kernel; a ValueError names the cell that failed and why."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError

    node = nbformat.reads(json.dumps(notebook), as_version=4)
    client = NotebookClient(
        node,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    try:
        client.execute(env=os.environ | KERNEL_ENV, stderr=subprocess.DEVNULL)
    except (CellExecutionError, CellTimeoutError) as error:
        raise ValueError(f"{path.name} failed.\n{error}") from None
    return json.loads(nbformat.writes(node))


def keep_machine_outputs(notebook: dict, stored: dict) -> None:
    """Put back the stored outputs, where there are some, of cells that depend on the machine."""
    for cell, old in zip(notebook["cells"], stored["cells"], strict=True):
        if "nbval-ignore-output" in cell["metadata"].get("tags", ()) and old.get("outputs"):
            cell["outputs"] = old["outputs"]


def normalise(notebook: dict, root: Path) -> dict:
    """Leave nothing in a notebook that a second run, another machine or jupytext would change."""
    notebook |= {"metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}
    ids, count = set(), 0
    for cell in notebook["cells"]:
        cell["source"] = source(cell).strip("\n").splitlines(keepends=True)
        cell["metadata"] = {k: v for k, v in cell["metadata"].items() if k in CELL_METADATA}
        cell["id"] = _cell_id(cell, ids)
        if cell["cell_type"] == "code":
            cell["outputs"] = [_tidy(output, root) for output in _joined(cell["outputs"])]
            ran = cell["execution_count"] is not None and cell["source"]
            count += bool(ran)
            cell["execution_count"] = count if ran else None
            for output in cell["outputs"]:
                if output["output_type"] == "execute_result":
                    output["execution_count"] = cell["execution_count"]
    return notebook


def _cell_id(cell: dict, taken: set[str]) -> str:
    """The grade_id, or a digest of the cell's text; a number keeps equal cells apart."""
    if TAG in cell["metadata"].get("tags", ()):
        return _numbered(TAG, taken)
    digest = hashlib.sha256(f"{cell['cell_type']}\n{source(cell)}".encode()).hexdigest()[:8]
    return _numbered(cell["metadata"].get("nbgrader", {}).get("grade_id", digest), taken)


def _numbered(stem: str, taken: set[str]) -> str:
    number = next(n for n in itertools.count(1) if f"{stem}-{n}" not in taken)
    taken.add(f"{stem}-{number}")
    return stem if number == 1 else f"{stem}-{number}"


def _joined(outputs: list[dict]) -> list[dict]:
    """Join neighbouring pieces of one stream: where it was cut is chance."""
    joined = []
    for output in outputs:
        before = joined[-1] if joined else {}
        if "name" in output and before.get("name") == output["name"]:
            text = "".join(before["text"]) + "".join(output["text"])
            joined[-1] = before | {"text": text.splitlines(keepends=True)}
        else:
            joined.append(output)
    return joined


def _tidy(output: dict, root: Path) -> dict:
    """An output without widget ids and without the place where the course lies on this machine."""
    if "data" in output:
        data = {mime: value for mime, value in output["data"].items() if mime != WIDGET}
        return output | {"data": data}
    key = "text" if "text" in output else "traceback"
    return output | {key: [line.replace(f"{root}{os.sep}", "") for line in output[key]]}
