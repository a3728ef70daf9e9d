"""nbgrader grades the exported course: right answers all points, stubs none, others a part."""

import json
import os
import sys
from pathlib import Path

import pytest

from attncourse.authoring.nbgrader import export_nbgrader, points
from attncourse.checks import exercise
from attncourse.checks.engine.verdict import CORRECT, NOT_ATTEMPTED, NOT_YET, Verdict
from attncourse.curriculum import LESSONS

ROOT = Path(__file__).parents[1]
ASSIGNMENT = "02_pooling"


@pytest.mark.parametrize(
    ("state", "right", "total", "earned"),
    [(CORRECT, 12, 12, 4.0), (NOT_ATTEMPTED, 0, 0, 0.0), (NOT_YET, 9, 12, 3.0), (NOT_YET, 0, 0, 0)],
)
def test_points_are_the_share_of_right_inputs(state, right, total, earned, capsys):
    assert points(Verdict("softmax", state, 4, right=right, total=total)) == earned
    assert "softmax" in capsys.readouterr().out


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """An exported course with an assignment, as nbgrader generates it."""
    pytest.importorskip("nbgrader", reason="comes with attncourse[teach]")
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import Config

    folder = tmp_path_factory.mktemp("nbgrader")
    list(export_nbgrader(ROOT, folder))
    settings = Config()
    settings.CourseDirectory.root = str(folder)
    path = os.environ["PATH"]  # nbgrader calls alembic, installed beside Python
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{path}"
    api = NbGraderAPI(config=settings)
    result = api.generate_assignment(ASSIGNMENT)
    assert result["success"], result["log"]
    yield folder, api
    os.environ["PATH"] = path


def hand_in(folder: Path, student: str, answers: dict[str, str]) -> None:
    """Fill answers into the released notebook, as a student would."""
    name = f"{ASSIGNMENT}.ipynb"
    notebook = json.loads((folder / "release" / ASSIGNMENT / name).read_text("utf-8"))
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        for exercise_id, answer in answers.items():  # code to mend carries no mark of nbgrader's
            if text.startswith((f"def {exercise_id}(", f"class {exercise_id}(")):
                cell["source"] = answer
    place = folder / "submitted" / student / ASSIGNMENT
    place.mkdir(parents=True)
    (place / name).write_text(json.dumps(notebook), encoding="utf-8")


def solved() -> dict[str, str]:
    """The answers of the solutions, by exercise."""
    notebook = json.loads((ROOT / "solutions" / f"{ASSIGNMENT}.ipynb").read_text("utf-8"))
    graders = [(c["metadata"].get("nbgrader", {}), "".join(c["source"])) for c in notebook["cells"]]
    return {grader["grade_id"]: text for grader, text in graders if grader.get("solution")}


def score(api, student: str) -> dict[str, float]:
    result = api.autograde(ASSIGNMENT, student)
    assert result["success"], result["log"]
    with api.gradebook as book:
        graded = book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, student)
        return {g.name.removeprefix("check-"): g.auto_score for g in graded.grades}


HALF = """
def softmax(scores, axis=-1):
    powers = np.exp(scores)
    return powers / powers.sum(axis=-1, keepdims=True)
"""


def test_nbgrader_gives_all_points_none_or_a_part(course):
    folder, api = course
    full = {"ada": solved(), "bob": {}, "cyd": solved() | {"softmax": HALF}}
    for student, answers in full.items():
        hand_in(folder, student, answers)
    ada, bob, cyd = (score(api, student) for student in full)
    assert set(ada) == set(LESSONS[2].exercises)
    assert ada == {name: float(exercise(name).points) for name in ada}
    assert set(bob.values()) == {0.0}
    assert 0 < cyd["softmax"] < ada["softmax"]
    assert cyd["normalize"] == ada["normalize"]
