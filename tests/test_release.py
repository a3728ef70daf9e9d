"""Solutions release exercises: the same bytes every time, in a form that nbgrader accepts."""

import copy
import os
import shutil
import sys
from pathlib import Path

import pytest

from attncourse.authoring.execute import keep_machine_outputs, normalise
from attncourse.authoring.nbgrader import assignment
from attncourse.authoring.notebook import progress, read, source, write
from attncourse.authoring.release import prepare, release, stamp, stub, take_out
from attncourse.checks import exercise
from attncourse.curriculum import LESSONS, Lesson
from tests.notebooks import SOLUTION, code, markdown, notebook, solution

ROOT = Path(__file__).parents[1]
STORED = sorted(
    path
    for folder in ("notebooks", "solutions")
    for path in (ROOT / folder).glob("*.ipynb")
    if path.stem in {lesson.name for lesson in LESSONS}
)
SOLUTIONS = [path for path in STORED if path.parent.name == "solutions"]
LESSON = Lesson(2, "pooling", "Why?", ("pooling",), ("softmax",))


def by_name(path):
    return f"{path.parent.name}-{path.stem}"


# ---- the notebooks of this course


@pytest.mark.parametrize("path", SOLUTIONS, ids=by_name)
def test_exercises_are_what_solutions_release(path):
    assert read(ROOT / "exercises" / path.name) == stub(read(path)), "run `make release`"


@pytest.mark.parametrize("path", SOLUTIONS, ids=by_name)
def test_every_stored_verdict_is_of_the_answer_that_stands_there(path):
    late = [row.exercise for row in progress(read(path)) if row.state != "correct"]
    assert late == [], "edited after its check: run `make release`"


@pytest.mark.parametrize("path", STORED, ids=by_name)
def test_stored_notebook_is_as_release_leaves_it(path):
    assert read(path) == prepare(path, ROOT, execute=False), "run `make release`"


@pytest.mark.parametrize("path", STORED, ids=by_name)
def test_every_stored_cell_was_run(path):
    cells = [cell for cell in read(path)["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))


@pytest.mark.parametrize("path", SOLUTIONS, ids=by_name)
def test_solutions_ask_for_the_exercises_of_their_lesson(path):
    lesson = next(lesson for lesson in LESSONS if lesson.name == path.stem)
    for role in ("", "check-", "hints-", "task-"):
        ids = {cell["id"] for cell in read(path)["cells"]}
        assert {f"{role}{name}" for name in lesson.exercises} <= ids


def test_nbgrader_generates_an_assignment_from_the_solutions(tmp_path, monkeypatch):
    pytest.importorskip("nbgrader", reason="comes with attncourse[teach]")
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import Config

    commands = str(Path(sys.executable).parent)  # nbgrader calls alembic, installed beside Python
    monkeypatch.setenv("PATH", commands, prepend=os.pathsep)
    shutil.copytree(ROOT / "solutions", tmp_path / "source" / "course")
    settings = Config()
    settings.CourseDirectory.root = str(tmp_path)
    result = NbGraderAPI(config=settings).generate_assignment("course")
    assert result["success"], result["log"]
    made = [path.read_text("utf-8") for path in (tmp_path / "release" / "course").glob("*.ipynb")]
    assert len(made) == len(SOLUTIONS)
    assert not any("### BEGIN SOLUTION" in text for text in made)


# ---- releasing twice


@pytest.fixture
def course(tmp_path):
    write(tmp_path / "solutions" / "02_pooling.ipynb", solution())
    return tmp_path


def files(folder):
    return {path: path.read_bytes() for path in folder.rglob("*.ipynb")}


def test_releasing_twice_changes_nothing(course):
    first = list(release(course, LESSON))
    before = files(course)
    second = list(release(course, LESSON))
    assert files(course) == before
    assert first[0] == "notebooks/02_pooling.ipynb: does not exist yet, skipped"
    assert all("unchanged" in line for line in second[1:])


def test_fresh_renews_what_depends_on_the_machine(course):
    list(release(course, LESSON))
    before = files(course)
    list(release(course, LESSON, fresh=True))
    assert files(course) != before


def test_lesson_shows_checks_but_grades_none(course):
    write(course / "notebooks" / "02_pooling.ipynb", solution())
    made = prepare(course / "notebooks" / "02_pooling.ipynb", course, execute=False)
    assert not any("nbgrader" in cell["metadata"] for cell in made["cells"])


def test_failing_cell_is_named(course):
    write(course / "solutions" / "02_pooling.ipynb", notebook(code("1 / 0")))
    with pytest.raises(ValueError, match=r"02_pooling.ipynb failed(.|\n)*ZeroDivisionError"):
        list(release(course, LESSON))


# ---- stubs


def test_solution_becomes_the_line_to_replace():
    assert take_out(SOLUTION).splitlines()[1:] == [
        '    """Weights from scores."""',
        '    raise NotImplementedError("replace this line with your softmax")',
    ]


def test_each_method_of_a_class_becomes_a_line_to_replace():
    text = (
        "class Pool:\n    def __init__(self):\n        ### BEGIN SOLUTION\n        self.a = 1\n"
        "        ### END SOLUTION\n\n    def forward(self, x):\n        ### BEGIN SOLUTION\n"
        "        return x\n        ### END SOLUTION\n"
    )
    assert take_out(text) == (
        "class Pool:\n    def __init__(self):\n"
        '        raise NotImplementedError("replace this line with your Pool.__init__")\n\n'
        "    def forward(self, x):\n"
        '        raise NotImplementedError("replace this line with your Pool.forward")\n'
    )


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("def f():\n    ### BEGIN SOLUTION\n    return 1\n", "must come in pairs"),
        ("def f():\n    return 1\n    ### END SOLUTION\n", "must come in pairs"),
        ("### BEGIN SOLUTION\nx = 1\n### END SOLUTION", "must stand in a function"),
    ],
)
def test_misplaced_markers_are_named(text, rule):
    with pytest.raises(ValueError, match=rule):
        take_out(text)


def test_stub_keeps_no_output_and_leaves_its_source_alone():
    solved = normalise(solution(), ROOT)
    solved["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["1"]}]
    before = copy.deepcopy(solved)
    cells = [cell for cell in stub(solved)["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells)
    assert solved == before


def test_a_model_answer_stays_with_the_solutions():
    solved = notebook(markdown("Why?"), markdown("<!-- model answer -->\n\nBecause."))
    asked, room = map(source, stub(solved)["cells"])
    assert asked == "Why?"
    assert "Because" not in room
    assert room == source(assignment(solved)["cells"][1])


# ---- what is written into a notebook


def stamped():
    return normalise(stamp(solution(), exercise), ROOT)["cells"]


def test_parts_of_an_exercise_are_named_for_nbgrader():
    graders = [cell["metadata"].get("nbgrader", {}) for cell in stamped()]
    roles = {g["grade_id"]: (g["grade"], g["solution"], g["locked"]) for g in graders if g}
    assert roles == {
        "task-softmax": (False, False, True),
        "softmax": (False, True, False),
        "check-softmax": (True, False, True),
        "hints-softmax": (False, False, True),
    }
    assert graders[4]["points"] == exercise("softmax").points


def test_hints_are_filled_in_and_refilled():
    folds = source(stamped()[5])
    assert folds.startswith("<!-- hints: softmax -->")
    assert folds.count("<details>") == len(exercise("softmax").hints)
    assert stamp(notebook(markdown(folds)), exercise)["cells"][0]["source"] == [
        *folds.splitlines(keepends=True)
    ]


def test_cell_ids_follow_from_the_text():
    cells = [code("1"), code("1"), code("2")]
    ids = [cell["id"] for cell in normalise(notebook(*cells), ROOT)["cells"]]
    again = [cell["id"] for cell in normalise(notebook(code("2"), code("1")), ROOT)["cells"]]
    assert len(set(ids)) == 3
    assert again == [ids[2], ids[0]]


def test_normalising_joins_streams_and_forgets_the_machine():
    cell = code("print(1)", tags=["x"], execution={"iopub.execute_input": "2026"})
    cell["execution_count"] = 40
    cell["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": [f"{ROOT / 'attncourse'}\n"]},
        {"output_type": "stream", "name": "stdout", "text": ["2\n"]},
    ]
    found = normalise(notebook(cell), ROOT)["cells"][0]
    assert found["outputs"] == [
        {"output_type": "stream", "name": "stdout", "text": ["attncourse\n", "2\n"]}
    ]
    assert (found["metadata"], found["execution_count"]) == ({"tags": ["x"]}, 1)


def test_normalising_removes_the_ids_of_widgets():
    cell = code("slider")
    data = {"text/plain": "IntSlider()", "application/vnd.jupyter.widget-view+json": {"id": "a"}}
    cell["outputs"] = [{"output_type": "display_data", "data": data, "metadata": {}}]
    found = normalise(notebook(cell), ROOT)["cells"][0]
    assert found["outputs"][0]["data"] == {"text/plain": "IntSlider()"}


def test_stored_timing_is_kept_only_where_the_tag_says_so():
    def timed(value, *tags):
        return notebook(code("t()", tags=list(tags)) | {"outputs": [value]})

    tagged, plain = timed("new", "nbval-ignore-output"), timed("new")
    keep_machine_outputs(tagged, timed("old", "nbval-ignore-output"))
    keep_machine_outputs(plain, timed("old"))
    assert tagged["cells"][0]["outputs"] == ["old"]
    assert plain["cells"][0]["outputs"] == ["new"]
