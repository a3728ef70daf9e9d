"""Where the course lies on this machine, and where its learner's own copy does.

The course's own files stay as they came, so that Git never finds a conflict in them; what a learner
runs and writes lies in `my/`, which Git ignores. `my/.course/` keeps what each copy was made from.
"""

from pathlib import Path

from attncourse.curriculum import Lesson

MY, KEPT = "my", ".course"
PACKED = Path(__file__).parents[1] / "course"  # what a wheel carries; a checkout has none


def course_root(start: Path | None = None) -> Path:
    """The folder that holds the course: `start` (or here), further up, or beside the package."""
    here = start or Path.cwd()
    for folder in (here, *here.parents, Path(__file__).parents[2]):
        is_course = (folder / "notebooks").is_dir() and (folder / "solutions").is_dir()
        if is_course and not (folder / KEPT).is_dir():  # a learner's copy lies inside the course
            return folder
    raise ValueError(
        "this is no course folder: cd to the one that holds notebooks/ and solutions/, "
        "or make one with `attncourse start FOLDER`"
    )


def desk(root: Path) -> Path:
    """Where the learner works: `my/`, or the course itself while there is none."""
    own = root / MY
    return own if (own / KEPT).is_dir() else root


def existing(root: Path, folder: str, lesson: Lesson) -> Path:
    """The path of a lesson's notebook at the learner's desk; a ValueError when it is not there."""
    path = desk(root) / folder / f"{lesson.name}.ipynb"
    if not path.exists():
        cure = f"; attncourse reset {lesson.number} makes it" if folder == "exercises" else ""
        raise ValueError(f"{folder}/{path.name} is missing{cure}")
    return path
