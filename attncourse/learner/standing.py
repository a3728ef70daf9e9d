"""How every exercise stands, as the notebooks on disk record it."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from attncourse.authoring.notebook import CHANGED, UNCHECKED, Progress, progress, read
from attncourse.checks.engine.verdict import CORRECT
from attncourse.curriculum import LESSONS, Lesson
from attncourse.learner.places import existing

STATES = {
    "correct": "[green]✓ correct[/green]",
    "not yet": "[yellow]✗ not yet[/yellow]",
    CHANGED: f"[yellow]✎ {CHANGED}[/yellow]",
    UNCHECKED: f"[yellow]✎ {UNCHECKED}[/yellow]",
    "not attempted": "[dim]○ not attempted[/dim]",
}


def standing(
    root: Path, lessons: Iterable[Lesson] = LESSONS
) -> Iterator[tuple[Lesson, list[Progress], str]]:
    """Each lesson, its exercises' progress, and what is wrong with the file ("" if nothing)."""
    for lesson in lessons:
        try:
            yield lesson, progress(read(existing(root, "exercises", lesson))), ""
        except ValueError as error:
            yield lesson, [], str(error)


def next_unfinished(root: Path) -> tuple[Lesson, str] | None:
    """The first exercise that is not correct, with its lesson; None when all are."""
    for lesson, rows, _ in standing(root):
        for row in rows:
            if row.state != CORRECT:
                return lesson, row.exercise
    return None


def show_table(root: Path, lessons: Iterable[Lesson] = LESSONS) -> None:
    """Print a table of every exercise, its state and its points."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("Lesson", "Exercise", "State", title="Where you stand", show_footer=True)
    table.add_column("Points", justify="right", no_wrap=True)
    earned = total = 0
    for lesson, rows, fault in standing(root, lessons):
        if fault:
            table.add_row(lesson.name, "", Text(fault, style="red"))
        for row in rows:
            name = lesson.name if row is rows[0] else ""
            state = STATES.get(row.state, row.state)
            table.add_row(name, row.exercise, state, f"{row.earned} of {row.points}")
        table.add_section()
        earned += sum(row.earned for row in rows)
        total += sum(row.points for row in rows)
    table.columns[0].footer, table.columns[-1].footer = "Total", f"{earned} of {total}"
    Console().print(table)
