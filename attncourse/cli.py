"""`attncourse lab · status · check · hint · reset · release · grade · export`.

Nothing heavy is imported before a command needs it: `--help` and `status` answer at once.
"""

import itertools
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from attncourse.curriculum import LESSONS, Lesson, find_lesson

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
LessonArgument = Annotated[str, typer.Argument(metavar="LESSON", help="2, pooling, 02_pooling, …")]
STATES = {
    "correct": "[green]✓ correct[/green]",
    "not yet": "[yellow]✗ not yet[/yellow]",
    "not attempted": "[dim]○ not attempted[/dim]",
}


@app.callback()
def commands() -> None:
    """Attention, from a table lookup to the Transformer."""


def course_root() -> Path:
    """The folder that holds the course: here, further up, or beside the package."""
    here = Path.cwd()
    for folder in (here, *here.parents, Path(__file__).parents[1]):
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


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lab(context: typer.Context, lesson: LessonArgument = "0") -> None:
    """Open a lesson in JupyterLab; further options, such as --no-browser, go to JupyterLab."""
    if lesson.startswith("-"):
        context.args.insert(0, lesson)
        lesson = "0"
    root = course_root()
    page = existing(root, "notebooks", find_lesson(lesson)).relative_to(root).as_posix()
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={root}"]
    command += [f"--LabApp.default_url=/lab/tree/{page}", *context.args]
    os.environ.setdefault("JUPYTER_CONFIG_PATH", str(root / ".jupyter"))  # asks for no news
    paths = [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    os.environ["PATH"] = os.pathsep.join(paths)  # JupyterLab's terminals find `attncourse`
    become(command)


def become(command: list[str]) -> None:
    """Let another program take this process over, so that Ctrl-C and kill reach it."""
    if os.name == "posix":
        os.execv(command[0], command)
    raise typer.Exit(subprocess.call(command))  # Windows cannot


@app.command()
def status() -> None:
    """Show every exercise, its state and its points, as the notebooks on disk record them."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from attncourse.authoring.notebook import progress, read

    table = Table("Lesson", "Exercise", "State", title="Where you stand", show_footer=True)
    table.add_column("Points", justify="right", no_wrap=True)
    root, earned, total = course_root(), 0, 0
    for lesson in LESSONS:
        try:
            rows = progress(read(existing(root, "exercises", lesson)))
        except ValueError as error:
            table.add_row(lesson.name, "", Text(str(error), style="red"))
            continue
        for row in rows:
            name = lesson.name if row is rows[0] else ""
            table.add_row(name, row.exercise, STATES[row.state], f"{row.earned} of {row.points}")
        table.add_section()
        earned += sum(row.earned for row in rows)
        total += sum(row.points for row in rows)
    table.columns[0].footer, table.columns[-1].footer = "Total", f"{earned} of {total}"
    Console().print(table)


@app.command()
def check(lesson: LessonArgument) -> None:
    """Run a lesson's exercises from top to bottom in a fresh kernel and say where you stand."""
    root = course_root()
    path = existing(root, "exercises", find_lesson(lesson))
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "--quiet", "--no-header", "-rN"]
    raise typer.Exit(subprocess.call([*command, str(path)], cwd=root))


@app.command()
def hint(
    exercise: Annotated[str, typer.Argument(metavar="EXERCISE", help="softmax, exact_lookup, …")],
    number: Annotated[int, typer.Argument(min=1, help="How many hints to show.")] = 1,
) -> None:
    """Show an exercise's first hint, the mildest; `hint softmax 2` shows the second, too."""
    from attncourse.checks import exercise as declared

    hints = declared(exercise).hints
    for count, text in enumerate(hints[:number], start=1):
        print(f"Hint {count} of {len(hints)}: {text}")


@app.command()
def reset(lesson: LessonArgument) -> None:
    """Start a lesson's exercises afresh; the old file is kept beside the new one."""
    from attncourse.authoring.notebook import read, write
    from attncourse.authoring.release import stub

    root = course_root()
    solution = existing(root, "solutions", find_lesson(lesson))
    fresh, path = stub(read(solution)), root / "exercises" / solution.name
    if path.exists():
        names = (f"{path.stem}.before-reset-{number}.ipynb" for number in itertools.count(1))
        kept = next(path.with_name(name) for name in names if not path.with_name(name).exists())
        path.rename(kept)
        print(f"Your work is kept in exercises/{kept.name}.")
    write(path, fresh)
    print(f"exercises/{path.name} is fresh.")


@app.command()
def release(
    lessons: Annotated[list[str] | None, typer.Argument(help="Which; all, if none.")] = None,
    execute: Annotated[bool, typer.Option(help="Run the notebooks and store outputs.")] = True,
    fresh: Annotated[bool, typer.Option("--fresh", help="Renew timings, too.")] = False,
) -> None:
    """For authors: execute the notebooks and make exercises/ from solutions/."""
    from attncourse.authoring.release import release as release_lesson

    root = course_root()
    for lesson in [find_lesson(text) for text in lessons] if lessons else LESSONS:
        for line in release_lesson(root, lesson, execute=execute, fresh=fresh):
            print(line, flush=True)


@app.command()
def grade(
    submissions: Annotated[Path, typer.Argument(help="A folder or a zip, in any layout.")],
    out: Annotated[Path, typer.Option(help="Where grades and feedback go.")],
    lesson: Annotated[list[str] | None, typer.Option(help="Which; all found, if none.")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Grading processes.")] = os.cpu_count() or 1,
    require_sandbox: Annotated[
        bool, typer.Option("--require-sandbox", help="Refuse to run without bubblewrap.")
    ] = False,
) -> None:
    """For instructors: grade a folder of submitted notebooks; run again to resume."""
    from attncourse.grading.classroom import grade_and_report

    options = {"root": course_root(), "jobs": jobs, "require_sandbox": require_sandbox}
    options["lessons"] = [find_lesson(text).name for text in lesson or []]
    try:
        grade_and_report(submissions, out, **options)
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on from here.", file=sys.stderr)
        raise typer.Exit(130) from None


@app.command()
def export(
    system: Annotated[str, typer.Argument(help="nbgrader, the only one so far.")],
    folder: Annotated[Path, typer.Argument(help="Where the course for it goes.")],
) -> None:
    """For instructors: carry the course to another grading system."""
    from attncourse.authoring.nbgrader import export_nbgrader

    if system != "nbgrader":
        raise ValueError(f"the course can be carried to nbgrader; got {system!r}")
    for line in export_nbgrader(course_root(), folder):
        print(line)


def main() -> None:
    """Run a command; what is wrong with a request is said in one line, with exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a console without √ shows ? in its place
    try:
        app()
    except ValueError as error:
        print(f"attncourse: {error}", file=sys.stderr)
        sys.exit(2)
