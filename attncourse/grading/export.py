"""Carry the course to nbgrader: the same checks decide, and say how many points an answer earns."""

import copy
import re
from collections.abc import Iterator
from pathlib import Path

from attncourse.checks.verdict import CORRECT, NOT_YET, Verdict
from attncourse.curriculum import LESSONS
from attncourse.grading.notebook import read, source, write

CHECK = re.compile(r"check\((\w+)\)\s*\Z")
CONFIG = """\
c = get_config()

c.CourseDirectory.course_id = "attncourse"
c.ExecutePreprocessor.timeout = 120
"""
RIGHT_INPUTS = re.compile(r"^(\d+) of (\d+) inputs are right\.$", re.M)


def points(verdict: Verdict) -> float:
    """Show a verdict and return what it earns; nbgrader takes the last number of a check's cell.

    Returns:
        All points for a correct answer, else the share of inputs on which it is right.
    """
    from IPython.display import display

    display(verdict)
    if verdict.state == CORRECT:
        return float(verdict.points)
    right = RIGHT_INPUTS.search(verdict.message) if verdict.state == NOT_YET else None
    return round(verdict.points * int(right[1]) / int(right[2]), 2) if right else 0.0


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
    """A solution notebook as nbgrader's source: each check's cell ends with the points earned."""
    notebook = copy.deepcopy(solution)
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade"):
            name = CHECK.match(source(cell))[1]
            text = f"from attncourse.grading.export import points\n\npoints(check({name}))"
            cell["source"] = text.splitlines(keepends=True)
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return notebook
