"""`attncourse start · lab · status · check · watch · hint · reset · update`, and for those who
write or teach `release · grade · export`.

Nothing heavy is imported before a command needs it: `--help` and `status` answer at once.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from attncourse.curriculum import LESSONS, find, find_lesson
from attncourse.learner.desk import set_out
from attncourse.learner.fresh import check_fresh
from attncourse.learner.lab import start as start_lab
from attncourse.learner.places import course_root, desk, existing
from attncourse.learner.reset import reset as reset_exercises
from attncourse.learner.standing import next_unfinished, show_table
from attncourse.learner.unsaved import unsaved

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
LessonArgument = Annotated[str, typer.Argument(metavar="LESSON", help="2, pooling, 02_pooling, …")]
WhichArgument = Annotated[
    str | None, typer.Argument(metavar="[LESSON or EXERCISE]", help="4, pooling, softmax, …")
]


@app.callback()
def commands() -> None:
    """Attention, from a table lookup to the Transformer."""


@app.command()
def start(folder: Annotated[Path, typer.Argument(help="A new folder.")]) -> None:
    """Put the course into a new folder, from the installed package."""
    from attncourse.learner.start import start as start_course

    for line in start_course(folder):
        print(line)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lab(
    context: typer.Context,
    lesson: Annotated[str, typer.Argument(metavar="[LESSON]", help="2, pooling, …")] = "",
    source: Annotated[
        bool, typer.Option("--source", help="For authors: open the course's own files, no copy.")
    ] = False,
) -> None:
    """Open the course or a lesson in JupyterLab; other options, as --no-browser, go to it."""
    if lesson.startswith("-"):
        context.args.insert(0, lesson)
        lesson = ""
    root = course_root()
    for line in () if source else set_out(root):
        print(line, flush=True)
    folder = root if source else desk(root)
    page = (
        f"/tree/notebooks/{existing(root, 'notebooks', find_lesson(lesson)).name}" if lesson else ""
    )
    raise typer.Exit(start_lab(root, folder, page, context.args))


@app.command()
def status(which: WhichArgument = None) -> None:
    """Show every exercise, its state and its points, as the notebooks on disk record them."""
    root = course_root()
    show_table(root, [find(which)[0]] if which else LESSONS)
    for path in unsaved(root):
        print(f"Not saved yet in JupyterLab: {path}. Save it (Ctrl-S); its state may be older.")


@app.command()
def check(which: WhichArgument = None) -> None:
    """Check a lesson's exercises, one exercise, or the next unfinished one, in a fresh kernel."""
    root = course_root()
    found = find(which) if which else next_unfinished(root)
    if found is None:
        print("Every exercise is correct.")
        return
    lesson, exercise = found
    path = existing(root, "exercises", lesson)
    if exercise:
        print(f"{exercise}, lesson {lesson.name}", flush=True)
        raise typer.Exit(not check_fresh(path, [exercise]))
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "--quiet", "--no-header", "-rN"]
    raise typer.Exit(subprocess.call([*command, str(path)], cwd=root))


@app.command()
def watch() -> None:
    """Check an answer again whenever its notebook is saved; Ctrl-C ends this."""
    from attncourse.learner.watch import watch as watch_exercises

    try:
        watch_exercises(course_root())
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


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
    for line in reset_exercises(course_root(), find_lesson(lesson)):
        print(line)


@app.command()
def update(
    newer: Annotated[
        Path | None, typer.Argument(help="A zip or folder with the newer course; else Git's.")
    ] = None,
    copy: Annotated[
        bool, typer.Option("--copy", help="Only renew my/ from the course as it lies here.")
    ] = False,
) -> None:
    """Get a newer course without losing work: new text and tasks around your answers."""
    from attncourse.learner.update import update as update_course

    root = course_root()
    for line in set_out(root) if copy else update_course(root, newer):
        print(line, flush=True)


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
        bool | None,
        typer.Option(
            "--require-sandbox/--unprotected",
            help="Refuse to run without bubblewrap; as it is for more than one student.",
        ),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Part of a student's name; all others stay.")
    ] = None,
    regrade: Annotated[
        bool, typer.Option("--regrade", help="Grade again what has not changed, too.")
    ] = False,
    roster: Annotated[
        Path | None, typer.Option(help="A list of the class, as CSV: tells who is missing.")
    ] = None,
    fill: Annotated[
        list[Path] | None, typer.Option(help="Canvas's or Moodle's exported CSV: a filled copy.")
    ] = None,
) -> None:
    """For instructors: grade a folder of submitted notebooks; run again to resume."""
    from attncourse.grading.classroom import Wishes, grade_and_report

    wishes = Wishes(tuple(only or ()), regrade, roster, tuple(fill or ()))
    options = {"root": course_root(), "jobs": jobs, "require_sandbox": require_sandbox}
    options["wishes"] = wishes
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
