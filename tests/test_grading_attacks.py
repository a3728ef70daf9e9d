"""No attack earns a point, touches another submission, outlives its child or takes long."""

import json
import os
import socket
import sys
import time
from pathlib import Path

import pytest

from attncourse.checks import exercise
from attncourse.curriculum import find_lesson
from attncourse.grading.judge_side import Grader, Work
from attncourse.grading.records import record
from attncourse.grading.untrusted.confine import APART, CALLS
from attncourse.grading.untrusted.handout import packages, served
from attncourse.grading.untrusted.sandbox import offered_by
from attncourse.grading.untrusted.walls import bubblewrap
from tests.attacks import (
    ATTACKS,
    FULL,
    JUDGED,
    LIMITER,
    NO_DOT,
    NO_GRADIENT,
    ODD,
    SHARED,
    WRONG,
    Attack,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="grading is proved on Linux")
ROOT = Path(__file__).parents[1]
HONEST = Attack("honest", NO_DOT, WRONG)
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


def told(graded) -> list:
    return [graded.troubles, *(verdict.record() for verdict in graded.verdicts.values())]


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
def honest(grader) -> list:
    """What an honest submission, right and wrong in parts, is told before all others."""
    return told(grader.grade(task(HONEST)))


@pytest.fixture(scope="module")
def listener():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(0)
        yield server


@pytest.mark.parametrize("attack", [*ATTACKS, *ODD], ids=lambda attack: attack.name)
def test_every_submission_gets_its_fair_score(grader, honest, attack, tmp_path, listener):
    if attack.walls and not grader.wrap:
        pytest.skip("resource limits alone do not hold this off, and the report says so")
    marker, port = tmp_path / "marker", listener.getsockname()[1]
    start = time.monotonic()
    graded = grader.grade(task(attack, PATH=ROOT, MARKER=marker, PORT=port))
    seconds = time.monotonic() - start
    assert points(graded) == attack.fair, told(graded)
    assert not marker.exists()
    with pytest.raises(BlockingIOError):
        listener.accept()
    if attack in ATTACKS:  # whoever comes next gets what everybody gets
        assert told(grader.grade(task(HONEST))) == honest
    if grader._sandbox and os.path.isdir("/proc"):
        assert len(family(grader._sandbox._process.pid)) <= (3 if grader.wrap else 1)
    assert seconds < MOST_SECONDS


@pytest.mark.parametrize("attack", JUDGED, ids=lambda attack: attack.name)
def test_no_process_decides_about_its_own_judgement(grader, honest, attack):
    if not grader.wrap:
        pytest.skip("what is judged does not depend on the walls")
    work = task(attack)
    work.secret = "of a class"
    graded = grader.grade(work)
    assert not graded.verdicts["dot_score"], told(graded)
    assert points(graded) <= attack.fair
    assert told(grader.grade(task(HONEST))) == honest
    kept = json.dumps(record({"key": "", "student": "", "lesson": "", "place": ""},
                             work.exercises, work.cells, graded))  # fmt: skip
    assert len(kept) < 60_000
    if any(word in attack.answer for word in ("_getframe", "SEEN")):
        assert json.loads(kept)["incidents"]


@pytest.mark.parametrize(
    "attack", [a for a in JUDGED if "SEEN" in a.answer or a.answer is NO_GRADIENT],
    ids=lambda attack: attack.name,
)  # fmt: skip
def test_without_the_secret_these_earn_the_point(grader, attack):
    if grader.wrap:
        assert grader.grade(task(attack)).verdicts["dot_score"]


@pytest.mark.parametrize("left", [0, APART, CALLS], ids=["no wall", "filter alone", "worlds alone"])
def test_each_of_the_two_walls_keeps_children_off_each_other(left):
    """Without both, the limits of the warm process are a child's to set, and memory stays."""
    wrap, both = bubblewrap(), APART | CALLS
    if offered_by(wrap) != both:
        pytest.skip("this system does not offer both")
    alone = Grader(wrap=wrap, without=left or both, **SHORT)
    try:
        hit = Attack("", FULL, before=LIMITER)
        alone.grade(task(hit))
        replaced = alone._sandbox is None
        shared = [points(alone.grade(task(Attack("", NO_DOT, SHARED)))) for _ in range(2)]
    finally:
        alone.close()
    harmed = replaced or shared != [NO_DOT, NO_DOT]
    assert harmed == (not left)
