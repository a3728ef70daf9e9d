"""`attncourse lab · status · check · hint · reset · release`.

Nothing heavy is imported before a command needs it: `--help` and `status` answer at once.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from attncourse.curriculum import LESSONS, Lesson, find_lesson

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
LessonArgument = Annotated[str, typer.Argument(help="Number, slug or file: 2, pooling, …")]


def course_root() -> Path:
    """The folder that holds notebooks/ and solutions/: here, further up, or beside the package."""
    here = Path.cwd()
    for folder in (here, *here.parents, Path(__file__).parents[1]):
        if (folder / "notebooks").is_dir() and (folder / "solutions").is_dir():
            return folder
    raise ValueError("this is no course folder: cd to the one that holds notebooks/ and solutions/")


def notebook_path(folder: str, lesson: Lesson) -> Path:
    """Where a lesson's notebook lies; a ValueError when it is not there."""
    path = course_root() / folder / f"{lesson.name}.ipynb"
    if not path.exists():
        raise ValueError(f"{folder}/{path.name} does not exist")
    return path


@app.callback()
def commands() -> None:
    """Attention, from a table lookup to the Transformer: work through the course."""


@app.command()
def release(
    lessons: Annotated[list[str] | None, typer.Argument(help="Which; all if none.")] = None,
    execute: Annotated[bool, typer.Option(help="Run the notebooks and store outputs.")] = True,
    fresh: Annotated[bool, typer.Option("--fresh", help="Renew timings, too.")] = False,
) -> None:
    """For authors: execute the notebooks and make exercises/ from solutions/."""
    from attncourse.grading.release import release as release_lesson

    for lesson in [find_lesson(text) for text in lessons] if lessons else LESSONS:
        for line in release_lesson(course_root(), lesson, execute=execute, fresh=fresh):
            print(line, flush=True)


def main() -> None:
    """Run a command; what is wrong with a request is said in one line, with exit code 2."""
    try:
        app()
    except ValueError as error:
        print(f"attncourse: {error}", file=sys.stderr)
        sys.exit(2)
