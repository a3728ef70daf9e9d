"""Carry the course to nbgrader: the same checks decide, and say how many points an answer earns."""

import copy
import re
from collections.abc import Iterator
from pathlib import Path

from attncourse.authoring.notebook import read, source, write
from attncourse.authoring.release import given_body, take_out, withhold
from attncourse.checks.engine.verdict import CORRECT, Verdict
from attncourse.curriculum import LESSONS

CHECK = re.compile(r"check\((\w+)\)\s*\Z")
CONFIG = """\
c = get_config()

c.CourseDirectory.course_id = "attncourse"
c.ExecutePreprocessor.timeout = 120
"""


def points(verdict: Verdict) -> float:
    """Show a verdict and return what it earns; nbgrader takes the last number of a check's cell.

    Returns:
        All points for a correct answer, else the share of inputs on which it is right.
    """
    from IPython.display import display

    display(verdict)
    if verdict.state == CORRECT:
        return float(verdict.points)
    return round(verdict.points * verdict.right / max(1, verdict.total), 2)


def export_nbgrader(root: Path, folder: Path) -> Iterator[str]:
    """Write a course for nbgrader, one assignment per lesson; yields what it wrote."""
    config = folder / "nbgrader_config.py"
    folder.mkdir(parents=True, exist_ok=True)
    if not config.exists():
        config.write_text(CONFIG, encoding="utf-8")
        yield config.name
    for lesson in LESSONS:
        solution = root / "solutions" / f"{lesson.name}.ipynb"
        if solution.exists():
            place = folder / "source" / lesson.name / solution.name
            place.parent.mkdir(parents=True, exist_ok=True)
            write(place, assignment(read(solution)))
            yield place.relative_to(folder).as_posix()


def assignment(solution: dict) -> dict:
    """A solution notebook as nbgrader's source: each check's cell ends with the points earned.

    Code to be mended is handed out as it is, in a cell of its own that nbgrader leaves alone.
    """
    notebook = withhold(copy.deepcopy(solution))
    for cell in notebook["cells"]:
        if given := given_body(cell["metadata"].get("nbgrader", {}).get("grade_id", "")):
            cell["source"] = take_out(source(cell), given).splitlines(keepends=True)
            del cell["metadata"]["nbgrader"]
        if cell["metadata"].get("nbgrader", {}).get("grade"):
            name = CHECK.match(source(cell))[1]
            text = f"from attncourse.authoring.nbgrader import points\n\npoints(check({name}))"
            cell["source"] = text.splitlines(keepends=True)
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return notebook
