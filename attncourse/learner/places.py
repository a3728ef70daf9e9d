"""Where the course lies on this machine."""

from pathlib import Path

from attncourse.curriculum import Lesson


def course_root() -> Path:
    """The folder that holds the course: here, further up, or beside the package."""
    here = Path.cwd()
    for folder in (here, *here.parents, Path(__file__).parents[2]):
        if (folder / "notebooks").is_dir() and (folder / "solutions").is_dir():
            return folder
    raise ValueError("this is no course folder: cd to the one that holds notebooks/ and solutions/")


def existing(root: Path, folder: str, lesson: Lesson) -> Path:
    """The path of a lesson's notebook; a ValueError when it is not there."""
    path = root / folder / f"{lesson.name}.ipynb"
    if not path.exists():
        cure = f"; attncourse reset {lesson.number} makes it" if folder == "exercises" else ""
        raise ValueError(f"{folder}/{path.name} is missing{cure}")
    return path
