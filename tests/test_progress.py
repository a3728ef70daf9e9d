"""How an exercise stands, as its saved notebook tells: its verdict, and the code it was about."""

import pytest

from attncourse.authoring.notebook import CHANGED, UNCHECKED, progress
from attncourse.authoring.release import stamp, stub
from attncourse.checks import exercise
from attncourse.checks.engine.source import definition, definitions, digest
from attncourse.checks.engine.verdict import MIME, NOT_ATTEMPTED, Verdict
from tests.notebooks import SOLUTION, code, solution

ANSWER = SOLUTION.replace("    ### BEGIN SOLUTION\n", "").replace("\n    ### END SOLUTION", "")


@pytest.fixture
def lesson():
    """An exercise notebook, with functions to answer it and to store a verdict."""
    return Lesson(stub(stamp(solution(), exercise)))


class Lesson:
    """A learner's notebook with the exercise `softmax`."""

    def __init__(self, content):
        self.content = content
        self.answer_cell, self.check_cell = (
            next(c for c in content["cells"] if c["metadata"].get("nbgrader", {}).get(kind))
            for kind in ("solution", "grade")
        )

    def answer(self, text):
        self.answer_cell["source"] = text

    def check(self, about, state="correct"):
        record = Verdict("softmax", state, 2, digest=digest(about)).record()
        self.check_cell["outputs"] = [{"output_type": "execute_result", "data": {MIME: record}}]

    @property
    def row(self):
        return progress(self.content)[0]


def test_a_stub_is_not_attempted(lesson):
    assert lesson.row.state == NOT_ATTEMPTED


def test_an_answer_that_was_never_checked_is_told(lesson):
    lesson.answer(ANSWER)
    assert lesson.row.state == UNCHECKED


@pytest.mark.parametrize("state", ["correct", "not yet"])
def test_a_verdict_stands_while_its_answer_does(lesson, state):
    lesson.answer(f"%matplotlib inline\nimport math\n\n\n{ANSWER}  \n\n\nx = 1")
    lesson.check(ANSWER, state)
    assert lesson.row.state == state
    assert lesson.row.earned == 2 * (state == "correct")


@pytest.mark.parametrize(
    "later", [ANSWER.replace(".max", ".min"), "def softmax(scores):\n    return"]
)
def test_an_answer_edited_after_its_check_is_not_correct(lesson, later):
    lesson.check(ANSWER)
    lesson.answer(later)
    assert lesson.row.state == CHANGED
    assert lesson.row.earned == 0


def test_an_answer_in_another_cell_or_under_another_name_still_stands(lesson):
    lesson.check(ANSWER)
    lesson.content["cells"].append(code(ANSWER))
    assert lesson.row.state == "correct"
    other = ANSWER.replace("softmax", "mine")
    lesson.content["cells"][-1] = code(other)
    lesson.check(other)
    assert lesson.row.state == "correct"


def test_a_verdict_on_an_answer_from_elsewhere_stands(lesson):
    lesson.check("")
    lesson.check_cell["outputs"][0]["data"][MIME]["digest"] = ""
    assert lesson.row.state == "correct"


def test_an_answer_that_cannot_be_read_any_more_is_changed(lesson):
    lesson.check(ANSWER)
    lesson.answer(ANSWER + ")")
    assert lesson.row.state == CHANGED


def test_code_to_mend_is_not_attempted_until_it_changes(monkeypatch):
    given = "powers = np.exp(scores)\nreturn powers / powers.sum()"
    monkeypatch.setattr("attncourse.authoring.release.given_body", lambda name: given)
    lesson = Lesson(stamp(solution(), exercise))
    head = "def softmax(scores, axis=-1):\n    "
    lesson.answer(head + given.replace("\n", "\n    "))
    assert lesson.row.state == NOT_ATTEMPTED
    lesson.answer(head + given.replace("\n", "\n    ").replace("sum()", "sum(axis)"))
    assert lesson.row.state == UNCHECKED


def test_a_cell_defines_what_its_last_statements_say():
    cell = "@wraps(f)\ndef f():\n    return 1\n\nf = 2\nclass C:\n    pass"
    assert definitions(cell) == {"f": "f = 2", "C": "class C:\n    pass"}
    assert definition("@wraps(f)\ndef f():\n    return 1\n", "f").startswith("@wraps")
    assert definitions("def f(:") == {}


def test_magic_lines_are_passed_over():
    assert definition("%time x = 1\n!ls\ndef f():\n    return 5 % 3", "f").endswith("5 % 3")
