"""`python -m tests.attacks`: the table of attacks, with scores and seconds, as measured here."""

import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from attncourse.checks import exercise
from attncourse.curriculum import find_lesson
from attncourse.grading.incidents import incidents
from attncourse.grading.judge_side import Grader, Work
from attncourse.grading.untrusted.handout import packages, served
from attncourse.grading.untrusted.sandbox import offered_by
from attncourse.grading.untrusted.walls import bubblewrap, protection
from tests.attacks import ATTACKS, FULL, JUDGED, ODD

ROOT, LESSON = Path(__file__).parents[2], find_lesson("03")


def main() -> None:
    """Grade every attack with the limits that a class gets, and print what it earned."""
    given, wrap = served(ROOT, LESSON), bubblewrap()
    grader = Grader(wrap=wrap, packages=tuple(packages(given.modules)))
    exercises = [exercise(name) for name in LESSON.exercises]
    columns = "attack", "fair", "score", "seconds", "incidents", "what was said"
    table = Table(*columns, title=protection(wrap, offered_by(wrap)))
    for attack in [*ATTACKS, *JUDGED, *ODD]:
        cells = attack.cells(PATH=ROOT, MARKER=Path(tempfile.gettempdir(), "marker"), PORT=9)
        start = time.monotonic()
        graded = grader.grade(Work(cells, exercises, given, "a secret"))
        seconds = time.monotonic() - start
        points = sum(verdict.points for verdict in graded.verdicts.values() if verdict)
        said = [*graded.verdicts["dot_score"].mistakes, *graded.troubles.values()]
        noted = str(len(incidents(cells, graded)))
        row = str(attack.fair), f"{points} of {FULL}", f"{seconds:.2f}", noted, "; ".join(said)[:80]
        table.add_row(attack.name, *row)
    grader.close()
    Console(width=160).print(table)


if __name__ == "__main__":
    main()
