"""No attack earns a point, touches another submission, outlives its child or takes long."""

import os
import socket
import sys
import time
from pathlib import Path

import pytest

from attncourse.checks import exercise
from attncourse.curriculum import find_lesson
from attncourse.grading.judge_side import Grader, Work
from attncourse.grading.untrusted.handout import packages, served
from attncourse.grading.untrusted.walls import bubblewrap
from tests.attacks import ATTACKS, FULL, ODD, Attack

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="grading is proved on Linux")
ROOT = Path(__file__).parents[1]
LESSON = find_lesson("03")
SHORT = {
    "memory_mb": 512,
    "cpu_seconds": 20,
    "cell_seconds": 1.0,
    "call_seconds": 1.0,
    "exercise_seconds": 3.0,
    "grace_seconds": 2.0,
}
MOST_SECONDS = 20.0  # for any attack, on a busy machine; most take a tenth of a second


def task(attack: Attack, **places) -> Work:
    cells = attack.cells(**places)
    return Work(cells, [exercise(name) for name in LESSON.exercises], served(ROOT, LESSON))


def points(graded) -> int:
    return sum(verdict.points for verdict in graded.verdicts.values() if verdict)


def family(pid: int) -> set[int]:
    """All processes below one, by /proc."""
    found = set()
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, thread.read_text().split()):
            found |= {child} | family(child)
    return found


@pytest.fixture(scope="module", params=["bubblewrap", "limits only"])
def grader(request):
    wrap = bubblewrap() if request.param == "bubblewrap" else None
    if request.param == "bubblewrap" and wrap is None:
        pytest.skip("bubblewrap is not installed, or does not work here")
    grader = Grader(wrap=wrap, packages=tuple(packages(served(ROOT, LESSON).modules)), **SHORT)
    yield grader
    grader.close()


@pytest.fixture(scope="module")
def listener():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(0)
        yield server


@pytest.mark.parametrize("attack", [*ATTACKS, *ODD], ids=lambda attack: attack.name)
def test_every_submission_gets_its_fair_score(grader, attack, tmp_path, listener):
    if attack.walls and not grader.wrap:
        pytest.skip("resource limits alone do not hold this off, and the report says so")
    marker, port = tmp_path / "marker", listener.getsockname()[1]
    start = time.monotonic()
    graded = grader.grade(task(attack, PATH=ROOT, MARKER=marker, PORT=port))
    seconds = time.monotonic() - start
    told = {name: (v.state, v.mistakes) for name, v in graded.verdicts.items()}
    assert points(graded) == attack.fair, (told, graded.troubles)
    assert not marker.exists()
    with pytest.raises(BlockingIOError):
        listener.accept()
    if grader._sandbox and os.path.isdir("/proc"):
        assert len(family(grader._sandbox._process.pid)) <= (2 if grader.wrap else 0)
    assert seconds < MOST_SECONDS


def test_an_honest_submission_after_all_of_them(grader):
    graded = grader.grade(task(Attack("honest", FULL)))
    assert points(graded) == FULL
    assert not graded.troubles
