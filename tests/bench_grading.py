"""Time the grader: per submission, beside nbgrader on the same notebooks, and the parent's memory.

A submission is lesson 03 with five right answers, read, run in its sandbox, and judged.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from rich.table import Table

from attncourse.authoring.nbgrader import export_nbgrader
from attncourse.checks import exercise
from attncourse.checks.engine.answer import LocalAnswer
from attncourse.curriculum import find_lesson
from attncourse.grading.judge_side import Grader, Work
from attncourse.grading.submissions import code_cells
from attncourse.grading.untrusted.handout import packages, served
from attncourse.grading.untrusted.walls import bubblewrap

ROOT = Path(__file__).parents[1]
LESSON = find_lesson("03")
STUDENTS = 3  # that nbgrader grades
Row = tuple[str, float, str]

CLASS = """
import sys
from pathlib import Path
from attncourse.grading import classroom

def ask(self, order):
    data = order.pop("data")
    erred = dict(id="erred", name="erred", why="", certainty="fact", line="")
    entry = dict(exercise="swap_last_two", points=1, earned=0, state="not yet", note="No.")
    entry |= dict(findings=[erred], case=None, right=0, total=0, digest="", code=data[:5000])
    return order | dict(exercises=[entry], troubles=[])

classroom.Job.ask = ask
folder, root = Path(sys.argv[1]), Path(sys.argv[2])
classroom.grade_and_report(folder, folder / "out", root=root, lessons=["03_scoring"], jobs=2)
status = Path("/proc/self/status").read_text()
print(int(status.split("VmHWM:")[1].split()[0]) / 1024)
"""


def solution() -> dict:
    """The solution notebook of the lesson."""
    return json.loads((ROOT / "solutions" / f"{LESSON.name}.ipynb").read_text("utf-8"))


def grading_seconds(wrap: str | None, times: int = 15) -> float:
    """Median wall time of one submission in a warm grader."""
    given = served(ROOT, LESSON)
    grader = Grader(wrap=wrap, packages=tuple(packages(given.modules)))
    data, exercises = json.dumps(solution()).encode(), [exercise(n) for n in LESSON.exercises]
    seconds = []
    for _ in range(times + 2):
        start = time.perf_counter()
        graded = grader.grade(Work(code_cells(data), exercises, given))
        seconds.append(time.perf_counter() - start)
        if not all(graded.verdicts.values()):
            raise ValueError(f"the solutions must be correct; got {graded}")
    grader.close()
    return median(seconds[2:])


def own_seconds(times: int = 15) -> float:
    """Median time of the answers' own computing on the same inputs, in this process."""
    found = [exercise(name) for name in LESSON.exercises]
    seconds = []
    for _ in range(times + 1):
        start = time.perf_counter()
        for each in found:
            answer = LocalAnswer(each.reference)
            for case, _ in each.truths:
                answer.run(case)
            for case, _ in each.truths[:3]:
                answer.run(case.without_gradient())
        seconds.append(time.perf_counter() - start)
    return median(seconds[1:])


def nbgrader_seconds() -> float:
    """Wall time per submission of nbgrader's autograde, in a batch."""
    commands = Path(sys.executable).parent
    path = f"{commands}{os.pathsep}{os.environ['PATH']}"
    with tempfile.TemporaryDirectory() as folder:
        list(export_nbgrader(ROOT, Path(folder)))
        run = [str(commands / "nbgrader")]
        options = {"cwd": folder, "env": os.environ | {"PATH": path}, "capture_output": True}
        subprocess.run([*run, "generate_assignment", LESSON.name], check=True, **options)
        for number in range(STUDENTS):
            place = Path(folder, "submitted", f"student{number}", LESSON.name)
            place.mkdir(parents=True)
            answered = Path(folder, "source", LESSON.name, f"{LESSON.name}.ipynb").read_text()
            (place / f"{LESSON.name}.ipynb").write_text(answered)
        start = time.perf_counter()
        subprocess.run([*run, "autograde", LESSON.name], check=True, **options)
        return (time.perf_counter() - start) / STUDENTS


def parent_megabytes(students: int) -> float:
    """Peak memory of the process that leads the grading of a class; grading itself is left out."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(students):
            Path(folder, f"s{number}.ipynb").write_text(json.dumps(solution()))
        command = [sys.executable, "-c", CLASS, folder, str(ROOT)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return float(done.stdout.split()[-1])


def rows() -> list[Row]:
    """Return (what, value, unit); nbgrader only where it is installed."""
    own, wrap = 1000 * own_seconds(), bubblewrap()
    ours = 1000 * grading_seconds(wrap) if wrap else None
    table = [("resource limits only, per submission", 1000 * grading_seconds(None), "ms")]
    if ours:
        table.append(("bubblewrap and limits, per submission", ours, "ms"))
    table.append(("of it the answers' own computing", own, "ms"))
    if find_spec("nbgrader"):
        theirs = 1000 * nbgrader_seconds()
        table.append((f"nbgrader autograde, batch of {STUDENTS}, per submission", theirs, "ms"))
        table.append(("nbgrader ÷ ours", theirs / (ours or table[0][1]), "×"))
    if sys.platform == "linux":
        table += [
            (f"peak memory of the parent, {n} students", parent_megabytes(n), "MB")
            for n in (10, 1000)
        ]
    return table


def main(console) -> None:
    """Print the table."""
    table = Table("what", "value", title="Grading lesson 03, five right answers")
    for what, value, unit in rows():
        table.add_row(what, f"{value:.0f} {unit}")
    console.print(table)
