"""One grading process: orders in, records out.

`python -m attncourse.grading.process ROOT WRAP PACKAGES` reads one order per line of JSON and
answers with one line. The parent needs no PyTorch and stays small.
"""

import base64
import json
import os
import signal
import sys
from pathlib import Path

from attncourse.checks import exercise
from attncourse.curriculum import find_lesson
from attncourse.grading.judge_side import Grader, Work
from attncourse.grading.notebooks import code_cells
from attncourse.grading.records import record
from attncourse.grading.untrusted.handout import served


def main(root: str, wrap: str, packages: str) -> None:
    """Grade what stdin orders until it ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever prints, prints elsewhere
    _die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this
    grader = Grader(wrap=wrap or None, packages=tuple(json.loads(packages)), adopt=True)
    try:
        for line in sys.stdin:
            answers.write(json.dumps(_obey(json.loads(line), grader, Path(root))) + "\n")
            answers.flush()
    finally:
        grader.close()


def _obey(order: dict, grader: Grader, root: Path) -> dict:
    if not order["lesson"]:
        return record(order, [])
    lesson = find_lesson(order["lesson"])
    exercises = [exercise(name) for name in lesson.exercises]
    if order["data"] is None:  # only asks what there is to earn
        return record(order, exercises)
    try:
        cells = code_cells(base64.b64decode(order["data"]))
    except ValueError as error:
        return record(order | {"problem": f"the notebook {error}"}, exercises)
    graded = grader.grade(Work(cells, exercises, served(root, lesson), order["secret"]))
    return record(order, exercises, cells, graded)


def _die_with_parent() -> None:
    """Linux ends this process when its parent ends, however that happens."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


if __name__ == "__main__":
    main(*sys.argv[1:])
