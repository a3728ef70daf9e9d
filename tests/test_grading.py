"""A class that nobody knows gets fair grades: whoever is in it, however the files lie."""

import contextlib
import csv
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from attncourse.checks import exercise
from attncourse.checks.engine.answer import LocalAnswer
from attncourse.checks.engine.exercise import Case, Exercise
from attncourse.checks.engine.judge import judge
from attncourse.checks.engine.verdict import Verdict
from attncourse.curriculum import LESSONS, find_lesson
from attncourse.grading.classroom import Wishes, grade_and_report
from attncourse.grading.judge_side import Grader, Work
from attncourse.grading.notebooks import code_cells, content
from attncourse.grading.records import file_name
from attncourse.grading.submissions import find
from attncourse.grading.untrusted import wire
from attncourse.grading.untrusted.forms import outcome_of
from attncourse.grading.untrusted.handout import UNSEEN, served
from attncourse.grading.untrusted.walls import bubblewrap
from tests.attacks import FULL, RIGHT, Attack
from tests.test_exercise_kinds import ASSEMBLE, MEND, UNTOUCHED

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="grading is proved on Linux")
ROOT = Path(__file__).parents[1]
WRITTEN = [x for x in LESSONS if (ROOT / "solutions" / f"{x.name}.ipynb").exists()]
SCORING = find_lesson("03").name
SCORING_EXERCISES = find_lesson("03").exercises
SWAPPED = "put the keys down and the queries across"  # what a check calls keys × queries
HONEST, STUB = Attack("honest", FULL), Attack("stub", 6, "def dot_score(query, key):\n    ...")


def notebook(cells: list[str], **metadata) -> str:
    code = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    cells = [code | {"source": cell.splitlines(keepends=True)} for cell in cells]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells})


def table(out: Path) -> list[dict]:
    return list(csv.DictReader(io.StringIO((out / "grades.csv").read_text("utf-8"))))


def totals(out: Path) -> dict[str, int]:
    return {r["student"]: int(r["points"]) for r in table(out) if r["exercise"] == "total"}


def grade(folder: Path, out: Path, **options) -> None:
    options = {"root": ROOT, "lessons": [], "jobs": 1, "require_sandbox": False} | options
    grade_and_report(folder, out, **options)


# ---- what lies there


LAYOUTS = {
    "NAME.ipynb": "ada.ipynb",
    "a folder each": f"ada/{SCORING}.ipynb",
    "deeper": f"ada/week 3/exercises/{SCORING}.ipynb",
    "the lesson in the name": f"{SCORING}_ada.ipynb",
    "any name, found by content": "ada/homework final (2).ipynb",
    "a zip each": f"ada.zip/exercises/{SCORING}.ipynb",
    "upper-case endings": f"ada/{SCORING.upper()}.IPYNB",
}


@pytest.mark.parametrize("place", LAYOUTS.values(), ids=LAYOUTS)
def test_notebooks_are_found_in_any_layout(place, tmp_path):
    holder, inside, member = place.partition(".zip/")
    if inside:
        with zipfile.ZipFile(tmp_path / f"{holder}.zip", "w") as archive:
            archive.writestr(member, notebook(HONEST.cells()))
    else:
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(notebook(HONEST.cells()))
    (found,) = find(tmp_path, [])
    assert (found.student, found.lesson, found.problem) == ("ada", SCORING, "")
    assert b"dot_score" in content(found.path, found.members)


def test_a_zip_of_the_class_may_hold_folders_and_zips(tmp_path):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("x.ipynb", notebook(HONEST.cells()))
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        archive.writestr("class/ada/a.ipynb", notebook(HONEST.cells()))
        archive.writestr("class/bob.zip", inner.getvalue())
        archive.mkdir("class/cyd")
        archive.writestr("class/__MACOSX/ada/._a.ipynb", "rubbish")
    found = find(tmp_path / "class.zip", [])
    assert [s.student for s in found] == ["ada", "bob", "cyd"]
    assert all(b"dot_score" in content(s.path, s.members) for s in found[:2])
    assert found[2].problem == "no notebook of this lesson was found"


def test_the_exact_name_wins_over_copies(tmp_path):
    (tmp_path / "ada").mkdir()
    for name in (f"{SCORING}.ipynb", f"{SCORING}-Copy1.ipynb"):
        (tmp_path / "ada" / name).write_text(notebook([name]))
    (found,) = find(tmp_path, [])
    assert found.place == f"ada/{SCORING}.ipynb"


def test_the_newest_attempt_wins_whatever_its_name(tmp_path):
    (tmp_path / "ada").mkdir()
    for age, name in enumerate((f"{SCORING} (1).ipynb", f"{SCORING}.ipynb")):
        (tmp_path / "ada" / name).write_text(notebook([name]))
        os.utime(tmp_path / "ada" / name, (10**9 - 3600 * age,) * 2)
    (found,) = find(tmp_path, [])
    assert found.place == f"ada/{SCORING} (1).ipynb"


def test_nobody_vanishes_behind_a_hidden_name(tmp_path):
    for place in ("ada/.ipynb_checkpoints", "bob", "..cyd", ".git", "__MACOSX"):
        (tmp_path / place).mkdir(parents=True)
    for place in ("ada/.ipynb_checkpoints/x", "bob/.03_scoring", "..cyd/03_scoring", ".dan"):
        (tmp_path / f"{place}.ipynb").write_text(notebook(HONEST.cells()))
    (tmp_path / ".git" / "x.ipynb").write_text(notebook([]))
    with zipfile.ZipFile(tmp_path / "eve.zip", "w"):
        pass
    found = {submission.student: submission for submission in find(tmp_path, [])}
    assert sorted(found) == ["..cyd", ".dan", "ada", "bob", "eve"]
    assert not found["..cyd"].problem
    assert found["bob"].problem.endswith("(hidden files are not read: .03_scoring.ipynb)")


def test_very_long_names_stay_apart(tmp_path):
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        for end in "ab":
            archive.writestr(f"{'x' * 9000}{end}/{SCORING}.ipynb", notebook([]))
    names = [submission.student for submission in find(tmp_path / "class.zip", [])]
    assert len(set(names)) == 2
    assert max(map(len, names)) <= 101


def test_a_zip_of_many_files_costs_only_its_owner(tmp_path):
    with zipfile.ZipFile(tmp_path / "eve.zip", "w") as archive:
        for number in range(3000):
            archive.writestr(f"{number}.ipynb", "")
    (tmp_path / "ada.ipynb").write_text(notebook(HONEST.cells()))
    ada, eve = find(tmp_path, [])
    assert not ada.problem
    assert eve.problem == "cannot be unzipped: it lists 3000 files, more than 2000"


def test_notebooks_of_unknown_name_are_read_within_bounds(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "eve.zip", "w") as archive:
        for number in range(2000):
            archive.writestr(f"{number}.ipynb", notebook([]))
    opened, real = [], zipfile.ZipFile.open
    monkeypatch.setattr(
        zipfile.ZipFile, "open", lambda self, name, *a: opened.append(name) or real(self, name, *a)
    )
    find(tmp_path, [])
    assert len(opened) == 50


def test_grades_below_the_submissions_are_no_submissions(tmp_path):
    for name in ("ada", "grades"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{SCORING}.ipynb").write_text(notebook([]))
    assert [s.student for s in find(tmp_path, [], tmp_path / "grades")] == ["ada"]


def test_links_are_not_followed(tmp_path):
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / f"{SCORING}.ipynb").symlink_to("/etc/passwd")
    (found,) = find(tmp_path, [])
    assert "not followed" in found.problem


def test_every_student_gets_a_row_for_every_lesson(tmp_path):
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "02_pooling.ipynb").write_text(notebook([]))
    (tmp_path / "ada" / f"{SCORING}.ipynb").write_text(notebook([]))
    (tmp_path / "bob").mkdir()
    (tmp_path / "bob" / "essay.pdf").write_text("")
    (tmp_path / "carl.zip").write_text("no zip")
    found = {(s.student, s.lesson): s.problem for s in find(tmp_path, [])}
    assert len(found) == 6
    assert found["bob", SCORING] == "no notebook of this lesson was found"
    assert "cannot be unzipped" in found["carl", SCORING]


def test_no_two_students_share_a_file():
    names = ["Ada", "ada", "ADA", "a/d/a", "ada ", "ad\ud800a", "", ".", "con", "ä" * 300]
    names += [file_name("Ada"), file_name(file_name("Ada")), "Ada\u0301", "Ad\u00e1", "A" * 41]
    files = [file_name(name).lower() for name in names]
    assert len(set(files)) == len(names)
    assert all(len(name) < 60 and name.isascii() for name in files)


# ---- damaged notebooks


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=9),
    lambda x: st.lists(x, max_size=4) | st.dictionaries(st.text(max_size=9), x, max_size=4),
    max_leaves=12,
)
CELL = st.fixed_dictionaries(
    {}, optional={"cell_type": st.just("code") | JSON, "source": st.text() | JSON, "input": JSON}
)
SHEETS = st.lists(st.fixed_dictionaries({}, optional={"cells": st.lists(CELL) | JSON}))
NOTEBOOK = st.fixed_dictionaries(
    {},
    optional={"nbformat": JSON, "cells": st.lists(CELL | JSON, max_size=5), "worksheets": SHEETS},
)


@settings(deadline=None)
@given(
    st.binary(max_size=200) | NOTEBOOK.map(json.dumps).map(str.encode) | st.text().map(str.encode)
)
@example(b"[" * 100_000)
@example(b'{"cells": ' * 50_000)
@example(b"9" * 10_000)
@example(b'{"cells": [{"cell_type": "code", "source": "\\ud800"}]}')
@example(notebook(["x" * 3_000_000]).encode())
@example(b"[" + b"[]," * 2_000_000 + b"1]")
@example("\ufeff{}".encode())
@example("{}".encode("utf-16"))
def test_a_damaged_notebook_costs_one_clear_line(data):
    told = "", ""
    try:
        told = code_cells(data), "fine"
    except ValueError as error:
        told = [], str(error)
    assert all(isinstance(cell, str) for cell in told[0])
    assert 3 < len(told[1]) < 120
    assert "\n" not in told[1]


def test_old_formats_and_missing_metadata_are_read():
    old = {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": ["x", "=1"]}]}]}
    new = {"cells": [{"cell_type": "code", "source": "x=1"}, {"cell_type": "raw"}, None]}
    assert code_cells(json.dumps(old).encode()) == code_cells(json.dumps(new).encode()) == ["x=1"]


# ---- what a submission may import, and what it is worth


@pytest.fixture(scope="module")
def grader():
    names = ("einops", "jaxtyping", "matplotlib.figure", "sklearn.datasets")
    grader = Grader(wrap=bubblewrap(), packages=names)
    yield grader
    grader.close()


def task(lesson, cells: list[str]) -> Work:
    return Work(cells, [exercise(name) for name in lesson.exercises], served(ROOT, lesson))


@pytest.mark.parametrize("lesson", WRITTEN, ids=lambda lesson: lesson.name)
def test_solutions_earn_all_points_and_stubs_none(lesson, grader):
    for folder, state in (("solutions", "correct"), ("exercises", "not attempted")):
        cells = code_cells((ROOT / folder / f"{lesson.name}.ipynb").read_bytes())
        graded = grader.grade(task(lesson, cells))
        assert graded.troubles == {}
        assert {name: v.state for name, v in graded.verdicts.items()} == dict.fromkeys(
            lesson.exercises, state
        )


def test_a_module_of_drawings_pretends_nothing_else():
    names: dict = {}
    exec(UNSEEN["attncourse.figures"], names)
    assert names["__getattr__"]("curves")([1], title="one") is None
    with pytest.raises(AttributeError):
        names["__getattr__"]("__file__")  # which libraries ask of every module


@pytest.mark.parametrize("lesson", WRITTEN, ids=lambda lesson: lesson.name)
def test_no_lesson_serves_its_own_answers(lesson):
    for module, text in served(ROOT, lesson).modules.items():
        names: dict = {"__name__": module}
        exec(compile(text, module, "exec"), names)
        own = [f for f in names.values() if getattr(f, "__module__", "") == module and callable(f)]
        for name in lesson.exercises:
            assert name not in names
            if module.rpartition(".")[2] in lesson.modules:
                assert not any(is_answer(function, exercise(name)) for function in own)


def is_answer(function, found) -> bool:
    """Whether a function does on three inputs what an exercise asks for."""
    trials = [(c, t) for c, t in found.truths if t.result and c.exact][1:4]
    runs = [(LocalAnswer(function).run(case.without_gradient()), truth) for case, truth in trials]
    return all(str(outcome.result) == str(truth.result) for outcome, truth in runs) and bool(runs)


def applied(function, x, scale):
    return function(x, x * scale).sum(-1)


def test_functions_among_the_arguments_work_and_carry_gradients(grader):
    x = torch.randn(3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    cases = [Case("plain", lambda a, b: (a @ b.mT).tanh(), x, scale) for scale in (2.0, 3.0)]
    told = Exercise(applied, 2, lambda: cases, (), (), "a function inside")
    right = "def applied(function, x, scale):\n    return function(x, x * scale).sum(-1)"
    cut = right.replace(".sum", ".detach().sum")
    large = right.replace("(x, x", "(x.repeat(10**4, 1), x")
    states = [
        grader.grade(Work([cell], [told])).verdicts["applied"] for cell in (right, cut, large)
    ]
    assert [v.state for v in states] == ["correct", "not yet", "not yet"]
    assert states[1].mistakes == ("cut the gradient",)
    assert "more numbers than there are" in states[2].message


def drawn(n, generator):
    return torch.rand(n, generator=generator)


def test_generators_among_the_arguments_draw_the_same_numbers(grader):
    cases = [Case("plain", n, torch.Generator().manual_seed(n)) for n in (3, 5)]
    told = Exercise(drawn, 1, lambda: cases, (), (), "the same draws")
    cell = "import torch\ndef drawn(n, generator):\n    return torch.rand(n, generator=generator)"
    assert grader.grade(Work([cell], [told])).verdicts["drawn"]


MODEL = """
import torch

class Step(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(1, 1)

    def forward(self, x):
        return self.linear(x[..., None]).squeeze(-1)
"""


def test_a_model_is_trained_in_the_child_and_judged_here(grader):
    leaking = MODEL.replace("x[..., None]", "x.roll(-1, -1)[..., None]")
    works = [Work([cell], [ASSEMBLE]) for cell in (MODEL, leaking)]
    verdicts = [grader.grade(work).verdicts["Step"] for work in works]
    assert [v.state for v in verdicts] == ["correct", "not yet"]
    assert [finding.id for finding in verdicts[1].findings] == ["leak"]


def test_untouched_code_to_mend_is_not_attempted(grader):
    graded = grader.grade(Work([UNTOUCHED], [MEND]))
    assert graded.verdicts["row_shares"].state == "not attempted"


ROOMS = sorted(path.stem for path in (ROOT / "tests" / "answers").glob("[a-z]*.py"))


class Sent:
    """An answer whose outcomes cross the wire, but stay in this process."""

    source = ""

    def __init__(self, function):
        self.answer = LocalAnswer(function)

    def run(self, case):
        from attncourse.grading.untrusted.forms import outcome_data  # needs a system that can fork

        with tempfile.TemporaryFile() as file:
            wire.send(file.fileno(), {"outcome": outcome_data(self.answer.run(case))})
            file.seek(0)
            return outcome_of(wire.receive(file.fileno())["outcome"])


@pytest.mark.parametrize("room", ROOMS)
def test_the_verdict_is_the_same_as_in_the_notebook(room):
    answers = import_module(f"tests.answers.{room}")
    for name in answers.RIGHT:
        wrong = [function for function, *_ in answers.WRONG[name]]
        for function in [answers.RIGHT[name][0], wrong[0], wrong[-1]]:
            found = exercise(name)
            assert judge(found, Sent(function)) == judge(found, LocalAnswer(function))


KILLER = """
import os, signal, time
def dot_score(query, key):
    if os.fork() == 0:
        os.setsid()
        os.kill(os.getppid(), signal.SIGSTOP)
        time.sleep(60)
    os.kill(WARM, signal.SIGKILL)
"""
ADOPTED = """
import os, sys
from pathlib import Path
from attncourse.checks import exercise
from attncourse.grading.judge_side import Grader, Work
from attncourse.grading.untrusted.processes import children
grader = Grader(wrap=None, adopt=True, call_seconds=1.0, exercise_seconds=1.0, grace_seconds=1.0)
grader.grade(Work(["x = 1"], [exercise("dot_score")]))
warm = grader._sandbox._process.pid
cell = Path(sys.argv[1]).read_text().replace("WARM", str(warm))
os.kill(warm, 0)
stop = Work([cell], [exercise("dot_score")])
import threading
threading.Timer(0.5, os.kill, (warm, 9)).start()  # as an answer of the same user could
graded = grader.grade(stop)
grader.close()
print(children(), graded.verdicts["dot_score"].state)
"""


def test_nothing_outlives_a_warm_process_that_was_killed(tmp_path):
    (tmp_path / "cell.py").write_text(KILLER)
    command = [sys.executable, "-c", ADOPTED, str(tmp_path / "cell.py")]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout.split("\n")[0] == "[] not yet"


# ---- a class


@pytest.fixture(scope="module")
def graded_class(tmp_path_factory):
    """Six submissions, graded once with a real process."""
    folder, out = tmp_path_factory.mktemp("class"), tmp_path_factory.mktemp("grades")
    swapped = RIGHT["dot_score"].replace("query @ key.mT", "key @ query.mT")
    for name, cells in {
        "ada": HONEST.cells(),
        "<script>alert(1)": Attack("", 6, swapped).cells(),
        "=cmd": Attack("", 6, "def dot_score(query, key)").cells(),
        "empty": [],
    }.items():
        (folder / f"{name}.ipynb").write_text(notebook(cells))
    (folder / "broken.ipynb").write_text("{")
    (folder / "nothing").mkdir()
    for name in ("base64", "typing", "torch", "sitecustomize"):  # what a grader would import
        (folder / f"{name}.py").write_text(f"open({str(out / 'ran')!r}, 'w')")
    with contextlib.chdir(folder):
        grade(Path("."), out)  # as a teacher stands there
    assert not (out / "ran").exists()
    for name in ("base64", "typing", "torch", "sitecustomize"):
        (folder / f"{name}.py").unlink()
    grade(folder, out)
    return folder, out


def test_nothing_is_imported_from_where_submissions_lie(tmp_path, monkeypatch):
    (tmp_path / "ada").mkdir()
    monkeypatch.syspath_prepend(tmp_path / "ada")
    with pytest.raises(ValueError, match=r"Python would import from .*ada, which was handed in"):
        grade(tmp_path, tmp_path / "out")


def test_everybody_gets_a_row_with_the_reason(graded_class):
    rows = table(graded_class[1])
    assert len(rows) == 6 * (len(SCORING_EXERCISES) + 1)  # and the sum
    assert totals(graded_class[1]) == {
        "'=cmd": 6, "<script>alert(1)": 6, "ada": 7, "broken": 0, "empty": 0, "nothing": 0
    }  # fmt: skip
    reasons = {r["student"]: r["reason"] for r in rows if r["exercise"] == "dot_score"}
    assert reasons["ada"] == ""
    assert reasons["broken"].startswith("the notebook is not JSON: line 1")
    assert reasons["nothing"] == "no notebook of this lesson was found"
    assert "SyntaxError: expected ':'" in reasons["'=cmd"]
    states = {r["student"]: r["state"] for r in rows if r["exercise"] == "dot_score"}
    assert (states["empty"], states["broken"]) == ("not attempted", "not graded")


def test_the_class_page_counts_misconceptions(graded_class):
    out = graded_class[1]
    page, data = (out / "class.html").read_text(), json.loads((out / "class.json").read_text())
    mistakes = {m["mistake"]: m["students"] for m in data["misconceptions"]}
    assert mistakes[SWAPPED] == ["<script>alert(1)"]
    assert SWAPPED in page
    assert "<svg" in page


def test_nothing_that_students_write_becomes_code_on_a_page(graded_class):
    pages = list(graded_class[1].rglob("*.html"))
    assert len(pages) == 7
    for page in pages:
        assert "<script" not in page.read_text().replace("&lt;script", "")
        assert "default-src 'none'" in page.read_text()


def test_feedback_shows_the_cell_beside_the_message(graded_class):
    page = (graded_class[1] / "feedback" / f"{file_name('<script>alert(1)')}.html").read_text()
    assert "return key @ query.mT" in page
    assert f"you {SWAPPED}" in page


def test_what_is_graded_is_not_graded_again(graded_class, monkeypatch, capsys):
    folder, out = graded_class
    before = {path: path.read_bytes() for path in sorted(out.rglob("*.*"))}

    def never(*_):
        raise AssertionError("nothing is new")

    monkeypatch.setattr("attncourse.grading.classroom.Job.ask", never)
    grade(folder, out)
    assert before == {path: path.read_bytes() for path in sorted(out.rglob("*.*"))}
    (folder / "ada.ipynb").write_text(notebook([]))
    with pytest.raises(AssertionError, match="nothing is new"):
        grade(folder, out)
    assert "students" in capsys.readouterr().out


def test_a_sandbox_may_be_required(tmp_path, monkeypatch):
    monkeypatch.setattr("attncourse.grading.classroom.bubblewrap", lambda: None)
    with pytest.raises(ValueError, match="--require-sandbox: bubblewrap is not installed"):
        grade(tmp_path, tmp_path / "out", require_sandbox=True)


def test_one_student_is_graded_again_and_other_weeks_stay(tmp_path, monkeypatch, capsys):
    asked, earned = [], [0]

    def ask(self, order):
        asked.append((order["student"], order["lesson"]))
        kept = {key: order[key] for key in ("key", "student", "lesson", "place", "problem")}
        entry = Verdict("dot_score", "not yet", 1, note="No.").record()
        return kept | {"exercises": [entry | {"earned": earned[0], "code": ""}], "troubles": []}

    monkeypatch.setattr("attncourse.grading.classroom.Job.ask", ask)
    weeks = [(tmp_path / "week3", SCORING), (tmp_path / "week4", "04_scaled_dot_product")]
    for folder, lesson in weeks:
        for name in ("ada", "bob"):
            (folder / name).mkdir(parents=True)
            (folder / name / f"{lesson}.ipynb").write_text(notebook([]))
        grade(folder, tmp_path / "out")
    assert {row["lesson"] for row in table(tmp_path / "out")} == {SCORING, weeks[1][1], ""}
    asked.clear()
    earned[0] = 1
    grade(weeks[1][0], tmp_path / "out", wishes=Wishes(only=("AD",), regrade=True))
    assert asked == [("ada", weeks[1][1])]
    assert totals(tmp_path / "out") == {"ada": 1, "bob": 0}
    assert "1 gained, 0 lost.\n  ada, 04_scaled" in capsys.readouterr().out


KILLED = """
import sys, time
from pathlib import Path
from attncourse.checks.engine.verdict import Verdict
from attncourse.grading import classroom

def ask(self, order):
    time.sleep(0.004)
    name, text = "swap_last_two", order.pop("data") or ""
    order.pop("secret")
    entry = Verdict(name, "not yet", 1, note="No.").record()
    entry |= dict(earned=len(text) % 2, code="x" * 20_000)
    erred = dict(id="odd", name="were odd", why="", certainty="fact", line="")
    entry["findings"] = [erred] * (len(text) % 3 > 0)
    return order | dict(exercises=[entry], troubles=[])

classroom.Job.ask = ask
folder, out, root = map(Path, sys.argv[1:])
out.mkdir(exist_ok=True)
(out / "secret.txt").write_text("the same for every run")
classroom.grade_and_report(folder, out, root=root, lessons=["00_start"], jobs=2,
    require_sandbox=False)
"""


def test_kill_9_at_twenty_moments_changes_no_byte(tmp_path):
    folder = tmp_path / "class"
    folder.mkdir()
    for number in range(150):
        (folder / f"s{number}.ipynb").write_text("{}" + " " * number)
    command = [sys.executable, "-c", KILLED, str(folder)]
    subprocess.run([*command, str(tmp_path / "whole"), str(ROOT)], check=True, capture_output=True)
    start, moments = time.monotonic(), np.random.default_rng(0).uniform(0, 1, 20)
    subprocess.run([*command, str(tmp_path / "timed"), str(ROOT)], check=True, capture_output=True)
    whole_run = time.monotonic() - start
    for moment in moments:
        run = subprocess.Popen([*command, str(tmp_path / "killed"), str(ROOT)], stdout=-3)
        time.sleep(moment * whole_run)
        run.kill()
        run.wait()
        if moment > 0.9:
            shutil.rmtree(tmp_path / "killed", ignore_errors=True)  # and from the start again
    subprocess.run([*command, str(tmp_path / "killed"), str(ROOT)], check=True, capture_output=True)
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


def contents(folder: Path) -> dict[str, bytes]:
    """All files that are not left over from an interrupted write."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(p.relative_to(folder)): p.read_bytes() for p in paths if p.suffix != ".part"}
