"""From solutions to exercises: stubs, hints, and the metadata that nbgrader reads."""

import ast
import copy
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent, indent

from attncourse.authoring.execute import keep_machine_outputs, normalise, run
from attncourse.authoring.navigation import navigate, renavigate
from attncourse.authoring.notebook import read, source, write
from attncourse.checks import file_of
from attncourse.checks.engine.untouched import STUB
from attncourse.curriculum import LESSONS, Lesson

BLOCK = re.compile(r"^([ \t]*)### BEGIN SOLUTION\n.*?^[ \t]*### END SOLUTION$", re.M | re.S)
OPENING = re.compile(r"([ \t]*)(?:async )?(?:def|class) (\w+)")
DEFINITION = re.compile(r"^(?:def|class) (\w+)", re.M)
MODEL_ANSWER = "<!-- model answer -->"  # how a markdown cell of solutions/ begins that has one
ROOM = "*Double-click here and write your answer.*"
ROLES = {  # how the cells of an exercise begin, beside its answer's
    "check": re.compile(r"check\((\w+)\)\s*\Z"),
    "hints": re.compile(r"<!-- hints: (\w+) -->"),
    "task": re.compile(r"#+ [★☆]+ `(\w+)`"),
}


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
    stored = navigated(read(path), path)
    notebook = copy.deepcopy(stored)
    for cell in notebook["cells"]:
        cell["metadata"].pop("nbgrader", None)
    if path.parent.name == "solutions":  # a lesson shows checks, but grades none
        stamp(notebook, _declared)
    if execute:
        notebook = run(notebook, path)
        if not fresh:
            keep_machine_outputs(notebook, stored)
    return normalise(notebook, root)


def navigated(notebook: dict, path: Path) -> dict:
    """The notebook with its navigation lines, if it is one of a lesson."""
    lesson = next((lesson for lesson in LESSONS if lesson.name == path.stem), None)
    return navigate(notebook, lesson, path.parent.name) if lesson else notebook


def _declared(name: str):
    """The exercise's declaration; loading it may load PyTorch, which a stub does without."""
    from attncourse.checks import exercise

    return exercise(name)


# ---- exercises from solutions


def stub(solution: dict) -> dict:
    """The exercise notebook of a solution notebook: answers taken out, outputs cleared."""
    notebook = withhold(renavigate(copy.deepcopy(solution), "exercises"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            code = take_out(source(cell), given_body(_role(cell)[1]))
            cell["source"] = code.splitlines(keepends=True)
            cell["outputs"], cell["execution_count"] = [], None
    return notebook


def withhold(notebook: dict) -> dict:
    """Where the model answer of an open question stands, leave room for the learner's own."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown" and source(cell).startswith(MODEL_ANSWER):
            cell["source"] = [ROOM]
    return notebook


def take_out(code: str, given: str = "") -> str:
    """Replace each solution block by what a learner is asked to replace, or to mend."""

    def instead(block):
        if given:
            return indent(given, block[1])
        return block[1] + _request(code[: block.start()], block[1])

    stubbed = BLOCK.sub(instead, code)
    if re.search("### (BEGIN|END) SOLUTION", stubbed):
        raise ValueError("### BEGIN SOLUTION and ### END SOLUTION must come in pairs; one is alone")
    return stubbed


def given_body(exercise: str) -> str:
    """The wrong code that an exercise hands out to be mended, or ""; imports no declaration."""
    known = any(exercise in lesson.exercises for lesson in LESSONS)
    text = file_of(exercise).read_text("utf-8") if known else ""
    for node in ast.parse(text).body:
        if getattr(node, "name", "") == "given":
            body = [n for n in node.body if n is node.body[-1] or not _is_docstring(n)]
            lines = text.splitlines()[body[0].lineno - 1 : body[-1].end_lineno]
            return dedent("\n".join(lines))
    return ""


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


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
    return f'raise NotImplementedError("{STUB}{".".join(names)}")'


def stamp(notebook: dict, declared: Callable) -> dict:
    """Fill in hints and give the cells of an exercise nbgrader's metadata."""
    for cell in notebook["cells"]:
        role, name = _role(cell)
        if role:
            cell["metadata"]["nbgrader"] = {
                "grade": role == "check",
                "grade_id": name if role == "answer" else f"{role}-{name}",
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
    if begin and (names := DEFINITION.findall(above)):
        return "answer", names[-1]
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
