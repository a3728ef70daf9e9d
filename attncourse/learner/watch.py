"""Check an exercise again whenever its notebook is saved."""

import time
from collections.abc import Iterator
from pathlib import Path

from attncourse.authoring.notebook import read, source
from attncourse.curriculum import LESSONS, find_lesson
from attncourse.learner.fresh import check_fresh
from attncourse.learner.places import desk
from attncourse.learner.standing import next_unfinished

PAUSE = 0.5  # seconds between two looks at the folder


def watch(root: Path) -> None:
    """Print each check's word on an answer as soon as it is saved; never returns."""
    print("Watching your exercises: save one, and it is checked. Ctrl-C ends this.", flush=True)
    _say_next(root)
    for path, exercises in changes(root):
        lesson = find_lesson(path.name)
        print(f"\n{lesson.name}, {time.strftime('%H:%M:%S')}", flush=True)
        try:
            if check_fresh(path, exercises):
                _say_next(root)
        except ValueError as error:
            print(error, flush=True)


def changes(root: Path) -> Iterator[tuple[Path, list[str]]]:
    """Yield a notebook and the exercises in it whose answers changed, each time it is saved."""
    known = {path: answers(path) for path in _exercises(root)}
    while True:
        time.sleep(PAUSE)
        for path in _exercises(root):
            found = answers(path)
            before = known.get(path, {})
            changed = [name for name, text in found.items() if before.get(name) != text]
            known[path] = found
            if changed:
                yield path, changed


def answers(path: Path) -> dict[str, str]:
    """Each exercise's answer in a notebook, as text; nothing while it cannot be read."""
    try:
        cells = read(path)["cells"]
    except ValueError:
        return {}
    grades = [(cell["metadata"].get("nbgrader", {}), cell) for cell in cells]
    return {g["grade_id"]: source(cell) for g, cell in grades if g.get("solution")}


def _exercises(root: Path) -> list[Path]:
    folder = desk(root) / "exercises"
    paths = [folder / f"{lesson.name}.ipynb" for lesson in LESSONS]
    return [path for path in paths if path.exists()]


def _say_next(root: Path) -> None:
    lesson, exercise = next_unfinished(root) or (None, "")
    print(f"Next: {exercise} in {lesson.name}." if lesson else "Every exercise is correct.")
