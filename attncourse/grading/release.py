"""From solutions to exercises: stubs, hints, nbgrader's metadata, and notebooks that diff well."""

import copy
import hashlib
import itertools
import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from attncourse.curriculum import Lesson
from attncourse.grading.notebook import KERNEL_ENV, read, source, write

BLOCK = re.compile(r"^([ \t]*)### BEGIN SOLUTION\n.*?^[ \t]*### END SOLUTION$", re.M | re.S)
OPENING = re.compile(r"([ \t]*)(?:async )?(?:def|class) (\w+)")
DEFINITION = re.compile(r"^(?:def|class) (\w+)", re.M)
ROLES = {  # how the cells of an exercise begin, beside its answer's
    "check": re.compile(r"check\((\w+)\)\s*\Z"),
    "hints": re.compile(r"<!-- hints: (\w+) -->"),
    "task": re.compile(r"#+ [★☆]+ `(\w+)`"),
}
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


def release(
    root: Path, lesson: Lesson, *, execute: bool = True, fresh: bool = False
) -> Iterator[str]:
    """Execute a lesson's notebooks, make its exercises from its solutions; yields what it did.

    `fresh` also renews the outputs of cells tagged as depending on the machine, such as timings.
    """
    for folder in ("notebooks", "solutions"):
        path = root / folder / f"{lesson.name}.ipynb"
        if not path.exists():
            yield f"{folder}/{path.name}: does not exist yet, skipped"
            continue
        start = time.perf_counter()
        changed = write(path, prepare(path, root, execute=execute, fresh=fresh))
        state = "changed" if changed else "unchanged"
        yield f"{folder}/{path.name}: {state}, {time.perf_counter() - start:.1f} s"
        if folder == "solutions":
            target = root / "exercises" / path.name
            state = "changed" if write(target, stub(read(path))) else "unchanged"
            yield f"exercises/{path.name}: {state}"


def prepare(path: Path, root: Path, *, execute: bool, fresh: bool = False) -> dict:
    """The notebook at `path` as it should be stored: stamped, executed if asked, normalised."""
    stored = read(path)
    notebook = stamp(copy.deepcopy(stored), _declared)
    if execute:
        notebook = run(notebook, path)
        if not fresh:
            keep_machine_outputs(notebook, stored)
    return normalise(notebook, root)


def _declared(name: str):
    """The exercise's declaration; loading it may load PyTorch, which a stub does without."""
    from attncourse.checks import exercise

    return exercise(name)


# ---- exercises from solutions


def stub(solution: dict) -> dict:
    """The exercise notebook of a solution notebook: answers taken out, outputs cleared."""
    notebook = copy.deepcopy(solution)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["source"] = take_out(source(cell)).splitlines(keepends=True)
            cell["outputs"], cell["execution_count"] = [], None
    return notebook


def take_out(code: str) -> str:
    """Replace each solution block by the line that a learner is asked to replace."""
    stubbed = BLOCK.sub(lambda block: block[1] + _request(code[: block.start()], block[1]), code)
    if "SOLUTION" in stubbed:
        raise ValueError("### BEGIN SOLUTION and ### END SOLUTION must come in pairs; one is alone")
    return stubbed


def _request(above: str, indent: str) -> str:
    """The line `raise NotImplementedError(...)`, naming the function or method around a block."""
    names, depth = [], len(indent)
    for line in reversed(above.splitlines()):
        opening = OPENING.match(line)
        if opening and len(opening[1]) < depth:
            names.insert(0, opening[2])
            depth = len(opening[1])
    if not names:
        raise ValueError("a solution block must stand in a function; one stands outside")
    return f'raise NotImplementedError("replace this line with your {".".join(names)}")'


def stamp(notebook: dict, declared: Callable) -> dict:
    """Fill in hints and give each cell of an exercise its id and nbgrader's metadata."""
    for cell in notebook["cells"]:
        cell["metadata"].pop("nbgrader", None)
        role, name = _role(cell)
        if role:
            grade_id = name if role == "answer" else f"{role}-{name}"
            cell["id"] = grade_id
            cell["metadata"]["nbgrader"] = {
                "grade": role == "check",
                "grade_id": grade_id,
                "locked": role != "answer",
                "schema_version": 3,
                "solution": role == "answer",
                "task": False,
            }
            if role == "check":
                cell["metadata"]["nbgrader"]["points"] = declared(name).points
            if role == "hints":
                cell["source"] = folded(name, declared(name).hints).splitlines(keepends=True)
    return notebook


def _role(cell: dict) -> tuple[str, str]:
    """Which part of which exercise a cell is: answer, check, hints or task; ("", "") for none."""
    above, begin, _ = source(cell).partition("### BEGIN SOLUTION")
    if begin and cell["cell_type"] == "code":
        return "answer", DEFINITION.findall(above)[-1]
    for role, pattern in ROLES.items():
        match = pattern.match(above)
        if match and (role == "check") == (cell["cell_type"] == "code"):
            return role, match[1]
    return "", ""


def folded(name: str, hints: tuple[str, ...]) -> str:
    """The hints as folds that open one by one, mildest first, under the marker they came from."""
    fold = "<details>\n<summary>Hint {}</summary>\n\n{}\n\n</details>"
    folds = [fold.format(number, hint) for number, hint in enumerate(hints, start=1)]
    return "\n\n".join([f"<!-- hints: {name} -->", *folds])


# ---- executing


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


# ---- normalising, so that a diff shows what changed


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
    digest = hashlib.sha256(f"{cell['cell_type']}\n{source(cell)}".encode()).hexdigest()[:8]
    stem = cell["metadata"].get("nbgrader", {}).get("grade_id", digest)
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
