"""Start a lesson's exercises afresh; nothing that a learner wrote is lost."""

import itertools
from collections.abc import Iterator
from pathlib import Path

from attncourse.curriculum import Lesson
from attncourse.learner.places import desk


def reset(root: Path, lesson: Lesson) -> Iterator[str]:
    """Put fresh exercises in the place of a learner's; yields what happened, line by line."""
    from attncourse.authoring.notebook import read, write
    from attncourse.authoring.release import stub

    solution = root / "solutions" / f"{lesson.name}.ipynb"
    if not solution.exists():
        raise ValueError(f"solutions/{solution.name} is missing")
    path = desk(root) / "exercises" / solution.name
    if path.exists():
        yield f"Your work is kept in exercises/{keep(path, 'before-reset').name}."
    write(path, stub(read(solution)))
    yield f"exercises/{path.name} is fresh: where it is open, close it or reload it."


def keep(path: Path, why: str) -> Path:
    """Rename a file to the next free name beside it, "NAME.before-reset-1.ipynb"; gives that."""
    names = (f"{path.stem}.{why}-{number}{path.suffix}" for number in itertools.count(1))
    kept = next(path.with_name(name) for name in names if not path.with_name(name).exists())
    return path.rename(kept)
