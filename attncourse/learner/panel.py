"""What the map in JupyterLab shows, as data."""

import re
from pathlib import Path

from attncourse.authoring.notebook import read, source
from attncourse.checks.engine.verdict import CORRECT
from attncourse.curriculum import Lesson, find
from attncourse.learner.standing import next_unfinished, standing

MINUTES = re.compile(r"\*\*Time\*\* about (\d+) minutes")
HINT = re.compile(r"<summary>Hint \d+</summary>\n+(.*?)\n+</details>", re.S)


def course(root: Path) -> dict:
    """Every lesson and exercise, how it stands, what is next, and the sums."""
    lessons, rows = [], []
    for lesson, found, fault in standing(root):
        rows += found
        lessons.append(_lesson(root, lesson, found) | {"fault": fault})
    after = next_unfinished(root)
    return {
        "lessons": lessons,
        "next": after and {"lesson": after[0].name, "exercise": after[1]},
        "exercises": len(rows),
        "correct": sum(row.state == CORRECT for row in rows),
        "earned": sum(row.earned for row in rows),
        "points": sum(row.points for row in rows),
    }


def hints(root: Path, exercise: str) -> list[str]:
    """An exercise's hints as its solution notebook folds them away, mildest first."""
    return _hints(root, find(exercise)[0]).get(exercise, [])


def _lesson(root: Path, lesson: Lesson, rows: list) -> dict:
    told = _hints(root, lesson)
    exercises = [
        {
            "name": row.exercise,
            "state": row.state,
            "points": row.points,
            "earned": row.earned,
            "hints": len(told.get(row.exercise, [])),
        }
        for row in rows
    ]
    words = {"name": lesson.name, "question": lesson.question, "minutes": _minutes(root, lesson)}
    return words | {"exercises": exercises}


def _minutes(root: Path, lesson: Lesson) -> int | None:
    """The minutes that the lesson itself states."""
    cells = _cells(root / "notebooks" / f"{lesson.name}.ipynb")
    text = "\n".join(source(cell) for cell in cells if cell["cell_type"] == "markdown")
    stated = MINUTES.search(text)
    return int(stated[1]) if stated else None


def _hints(root: Path, lesson: Lesson) -> dict[str, list[str]]:
    """Each exercise's hints."""
    cells = _cells(root / "solutions" / f"{lesson.name}.ipynb")
    grades = [(cell["metadata"].get("nbgrader", {}).get("grade_id", ""), cell) for cell in cells]
    folds = {name: source(cell) for name, cell in grades if name.startswith("hints-")}
    return {name.removeprefix("hints-"): HINT.findall(text) for name, text in folds.items()}


def _cells(path: Path) -> list[dict]:
    try:
        return read(path)["cells"]
    except ValueError:
        return []
