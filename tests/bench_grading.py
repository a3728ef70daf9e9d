"""Time the grader: per submission, beside nbgrader on the same notebooks, and the parent's memory.

A submission is lesson 03 with five right answers, run in its sandbox and judged, secret inputs
included; beside nbgrader it is the whole solution notebook.
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
from attncourse.grading.untrusted.handout import packages, served
from attncourse.grading.untrusted.sandbox import offered_by
from attncourse.grading.untrusted.walls import bubblewrap, protection
from tests.attacks import FULL, RIGHT, Attack

ROOT = Path(__file__).parents[1]
LESSON = find_lesson("03")
STUDENTS, ROUNDS = 20, 1  # that nbgrader grades, in alternation with ours
Row = tuple[str, float, str]

CLASS = """
import sys
from pathlib import Path
from attncourse.grading import classroom

def ask(self, order):
    data = order.pop("data")
    order.pop("secret")
    erred = dict(id="erred", name="erred", why="", certainty="fact", line="")
    entry = dict(exercise="swap_last_two", points=1, earned=0, state="not yet", note="No.")
    entry |= dict(findings=[erred], case=None, right=0, total=0, digest="", code=data[:5000])
    return order | dict(exercises=[entry], troubles=[])

classroom.Job.ask = ask
folder, root = Path(sys.argv[1]), Path(sys.argv[2])
classroom.grade_and_report(folder, folder / "out", root=root, lessons=["03_scoring"], jobs=2,
    require_sandbox=False)
status = Path("/proc/self/status").read_text()
print(int(status.split("VmHWM:")[1].split()[0]) / 1024)
"""


def solution() -> dict:
    """The solution notebook of the lesson."""
    return json.loads((ROOT / "solutions" / f"{LESSON.name}.ipynb").read_text("utf-8"))


def five_answers() -> list[str]:
    """The cells of a right submission."""
    return Attack("right", FULL).cells()


def grading_seconds(wrap: str | None, times: int = 25) -> float:
    """Median wall time of one submission in a warm grader, secret inputs included."""
    given = served(ROOT, LESSON)
    grader = Grader(wrap=wrap, packages=tuple(packages(given.modules)))
    work = Work(five_answers(), [exercise(name) for name in RIGHT], given, "a secret")
    seconds = []
    for _ in range(times + 3):
        start = time.perf_counter()
        graded = grader.grade(work)
        seconds.append(time.perf_counter() - start)
        if not all(graded.verdicts.values()):
            raise ValueError(f"the solutions must be correct; got {graded}")
    grader.close()
    return median(seconds[3:])


def own_seconds(times: int = 15) -> float:
    """Median time of the answers' own computing on the same inputs, in this process."""
    found = [exercise(name) for name in RIGHT]
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


def class_seconds() -> float:
    """Wall time per submission of `attncourse grade --jobs 1`, its start included, on one core."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(STUDENTS):
            Path(folder, f"student{number}.ipynb").write_text(json.dumps(solution()))
        command = [str(Path(sys.executable).parent / "attncourse"), "grade", folder]
        command += ["--out", f"{folder}/out", "--lesson", "3", "--jobs", "1", "--unprotected"]
        return _on_one_core(command, cwd=ROOT) / STUDENTS


def nbgrader_seconds() -> float:
    """Wall time per submission of nbgrader's autograde on the same notebooks, on one core."""
    commands = Path(sys.executable).parent
    path = f"{commands}{os.pathsep}{os.environ['PATH']}"
    with tempfile.TemporaryDirectory() as folder:
        list(export_nbgrader(ROOT, Path(folder)))
        run = [str(commands / "nbgrader")]
        options = {"cwd": folder, "env": os.environ | {"PATH": path}}
        _on_one_core([*run, "generate_assignment", LESSON.name], **options)
        for number in range(STUDENTS):
            place = Path(folder, "submitted", f"student{number}", LESSON.name)
            place.mkdir(parents=True)
            answered = Path(folder, "source", LESSON.name, f"{LESSON.name}.ipynb").read_text()
            (place / f"{LESSON.name}.ipynb").write_text(answered)
        return _on_one_core([*run, "autograde", LESSON.name], **options) / STUDENTS


def _on_one_core(command: list[str], **options) -> float:
    """Wall time of a command that may use one core."""
    core = min(os.sched_getaffinity(0))
    start = time.perf_counter()
    subprocess.run(
        ["taskset", "-c", str(core), *command], check=True, capture_output=True, **options
    )
    return time.perf_counter() - start


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
    wrap = bubblewrap()
    table = [
        (protection(wrap, offered_by(wrap)), 1000 * grading_seconds(wrap), "ms"),
        ("of it the answers' own computing", 1000 * own_seconds(), "ms"),
    ]
    if find_spec("nbgrader"):
        rounds = [(class_seconds(), nbgrader_seconds()) for _ in range(ROUNDS)]
        ours, theirs = (median(column) for column in zip(*rounds, strict=True))
        batch = f"{STUDENTS} submissions, one core, start included"
        table.append((f"attncourse grade, {batch}, per submission", 1000 * ours, "ms"))
        table.append((f"nbgrader autograde, {batch}, per submission", 1000 * theirs, "ms"))
        table.append(("nbgrader ÷ ours", theirs / ours, "×"))
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
