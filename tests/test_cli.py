"""The command line: what each command says, and that it stays instant and safe."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from attncourse import cli
from attncourse.authoring.notebook import read, write
from attncourse.authoring.release import normalise, stamp, stub
from attncourse.checks import exercise
from attncourse.learner import lab, places, unsaved, watch
from tests.notebooks import solution

HEAVY = {"numpy", "torch", "nbformat", "matplotlib", "IPython", "pytest"}


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course folder with one lesson, untouched by its learner."""
    solved = normalise(stamp(solution(), exercise), tmp_path)
    for folder in ("notebooks", "solutions"):
        write(tmp_path / folder / "02_pooling.ipynb", solved)
    write(tmp_path / "exercises" / "02_pooling.ipynb", stub(solved))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def attncourse(*words, monkeypatch):
    """Run a command as the shell does; returns its exit code."""
    monkeypatch.setattr(sys, "argv", ["attncourse", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code or 0


def record(path, state, points=2):
    """Store in an exercise notebook what its check has shown."""
    stored = read(path)
    cell = next(cell for cell in stored["cells"] if cell["id"] == "check-softmax")
    verdict = {"exercise": "softmax", "state": state, "points": points}
    data = {"application/vnd.attncourse.verdict+json": verdict}
    cell["outputs"] = [{"output_type": "execute_result", "data": data}]
    write(path, stored)


# ---- instant


@pytest.mark.parametrize(
    "words", [["--help"], ["status"], ["reset", "2"], ["check", "x"], ["status", "2"]]
)
def test_commands_that_must_be_instant_load_nothing_heavy(course, words):
    script = (
        "import sys\nfrom attncourse.cli import main\n"
        f"sys.argv = ['attncourse', *{words}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print(sorted({HEAVY} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.decode().splitlines()[-1] == "[]"


def test_module_runs_like_the_command(course):
    command = [sys.executable, "-m", "attncourse", "--help"]
    done = subprocess.run(command, capture_output=True, check=True)
    assert b"status" in done.stdout


# ---- status


@pytest.mark.parametrize(
    ("state", "earned"), [("correct", 2), ("not yet", 0), ("not attempted", 0)]
)
def test_status_reads_the_state_from_the_notebook(course, capsys, monkeypatch, state, earned):
    record(course / "exercises" / "02_pooling.ipynb", state)
    assert attncourse("status", monkeypatch=monkeypatch) == 0
    row = next(line for line in capsys.readouterr().out.splitlines() if "softmax" in line)
    assert state in row
    assert f"{earned} of 2" in row


def test_status_of_an_untouched_course_is_not_attempted(course, capsys, monkeypatch):
    attncourse("status", monkeypatch=monkeypatch)
    printed = capsys.readouterr().out
    assert "not attempted" in printed
    assert "0 of 2" in printed.splitlines()[-2]


def test_status_names_a_broken_notebook_and_goes_on(course, capsys, monkeypatch):
    (course / "exercises" / "00_start.ipynb").write_text("{", encoding="utf-8")
    assert attncourse("status", monkeypatch=monkeypatch) == 0
    printed = capsys.readouterr().out
    assert "not JSON" in printed
    assert "softmax" in printed


def test_status_of_one_lesson_shows_that_lesson_alone(course, capsys, monkeypatch):
    assert attncourse("status", "softmax", monkeypatch=monkeypatch) == 0
    printed = capsys.readouterr().out
    assert "02_pooling" in printed
    assert "00_start" not in printed


# ---- check, hint, lab


def test_check_prints_the_message_of_a_wrong_answer(course, capfd, monkeypatch):
    path = course / "exercises" / "02_pooling.ipynb"
    path.write_text(path.read_text("utf-8").replace("raise Not", "return 1 #"), encoding="utf-8")
    assert attncourse("check", "pooling", monkeypatch=monkeypatch) == 1
    printed = capfd.readouterr().out
    assert "Cell 2: softmax" in printed
    assert "not yet        softmax" in printed


def test_check_of_one_exercise_leaves_the_others_alone(course, capfd, monkeypatch):
    path = course / "exercises" / "02_pooling.ipynb"
    path.write_text(path.read_text("utf-8").replace("raise Not", "return 1 #"), encoding="utf-8")
    assert attncourse("check", "softmax", monkeypatch=monkeypatch) == 1
    printed = capfd.readouterr().out
    assert printed.startswith("softmax, lesson 02_pooling\n✗ softmax: not yet\n")


def test_check_without_a_lesson_takes_the_next_unfinished_exercise(course, monkeypatch):
    asked = []
    monkeypatch.setattr(cli, "check_fresh", lambda path, names: asked.append((path, names)))
    attncourse("check", monkeypatch=monkeypatch)
    assert asked == [(course / "exercises" / "02_pooling.ipynb", ["softmax"])]


def test_check_says_when_nothing_is_left(course, capsys, monkeypatch):
    record(course / "exercises" / "02_pooling.ipynb", "correct")
    assert attncourse("check", monkeypatch=monkeypatch) == 0
    assert capsys.readouterr().out == "Every exercise is correct.\n"


def test_a_check_that_cannot_run_says_what_was_raised(course, capsys, monkeypatch):
    path = course / "exercises" / "02_pooling.ipynb"
    path.write_text(path.read_text("utf-8").replace("def softmax", "def soft max"), "utf-8")
    assert attncourse("check", "softmax", monkeypatch=monkeypatch) == 1
    printed = capsys.readouterr().out
    assert "softmax: its check did not run" in printed
    assert "A cell raised SyntaxError" in printed


def test_watch_sees_which_answers_were_saved(course, monkeypatch):
    path = course / "exercises" / "02_pooling.ipynb"
    naps = iter([None, path])

    def save_at_the_second_look(_):
        if saved := next(naps):
            text = saved.read_text("utf-8").replace("raise Not", "return 1 #")
            saved.write_text(text, encoding="utf-8")

    monkeypatch.setattr(watch.time, "sleep", save_at_the_second_look)
    assert next(watch.changes(course)) == (path, ["softmax"])


def test_hint_shows_the_mildest_first(course, capsys, monkeypatch):
    hints = exercise("softmax").hints
    attncourse("hint", "softmax", monkeypatch=monkeypatch)
    assert capsys.readouterr().out == f"Hint 1 of {len(hints)}: {hints[0]}\n"
    attncourse("hint", "softmax", "2", monkeypatch=monkeypatch)
    assert hints[1] in capsys.readouterr().out


@pytest.fixture
def started(course, monkeypatch):
    """The commands that `lab` would hand its process over to."""
    called = []
    monkeypatch.setattr(lab, "become", called.append)
    monkeypatch.delenv("JUPYTER_CONFIG_PATH", raising=False)
    monkeypatch.setenv("PATH", os.environ["PATH"])  # put back afterwards
    return called


def test_lab_opens_a_lesson_of_the_learners_own_copy(course, started, monkeypatch):
    attncourse("lab", "2", "--no-browser", monkeypatch=monkeypatch)
    assert f"--ServerApp.root_dir={course / 'my'}" in started[0]
    assert "--LabApp.default_url=/lab/tree/notebooks/02_pooling.ipynb" in started[0]
    assert started[0][-1] == "--no-browser"
    assert os.environ["JUPYTER_CONFIG_PATH"] == str(course / ".jupyter")
    assert os.environ["PATH"].startswith(str(Path(sys.executable).parent))


def test_lab_opens_the_map_and_passes_options_on(course, started, monkeypatch):
    attncourse("lab", "--port", "8899", monkeypatch=monkeypatch)
    assert "--LabApp.default_url=/lab" in started[0]
    assert started[0][-2:] == ["--port", "8899"]


def test_an_author_opens_the_course_itself(course, started, monkeypatch):
    attncourse("lab", "--source", "2", monkeypatch=monkeypatch)
    assert f"--ServerApp.root_dir={course}" in started[0]
    assert not (course / "my").exists()


def test_root_is_let_in_and_warned_in_one_line(course, started, capsys, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    attncourse("lab", "2", monkeypatch=monkeypatch)
    assert "--allow-root" in started[0]
    error = capsys.readouterr().err
    assert "running as root" in error
    assert error.count("\n") == 1


def test_anybody_else_is_not(course, started, capsys, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    attncourse("lab", "2", monkeypatch=monkeypatch)
    assert "--allow-root" not in started[0]
    assert capsys.readouterr().err == ""


# ---- the learner's own copy


def test_work_in_the_courses_own_files_moves_to_the_copy(course, started, capsys, monkeypatch):
    path = course / "exercises" / "02_pooling.ipynb"
    fresh = path.read_bytes()
    record(path, "correct")
    work = path.read_bytes()
    attncourse("lab", monkeypatch=monkeypatch)
    assert (course / "my" / "exercises" / path.name).read_bytes() == work
    assert path.read_bytes() == fresh
    assert "Your answers in exercises/02_pooling.ipynb are now in my/" in capsys.readouterr().out
    attncourse("status", monkeypatch=monkeypatch)
    assert "✓ correct" in capsys.readouterr().out


def test_the_copy_is_made_once_and_never_overwritten(course, started, monkeypatch):
    own = course / "my" / "exercises" / "02_pooling.ipynb"
    for _ in range(2):
        attncourse("lab", monkeypatch=monkeypatch)
        record(own, "correct")
        work = own.read_bytes()
    attncourse("lab", monkeypatch=monkeypatch)
    assert own.read_bytes() == work


def test_the_course_is_found_from_the_copy(course, started, monkeypatch):
    attncourse("lab", monkeypatch=monkeypatch)
    monkeypatch.chdir(course / "my" / "exercises")
    assert places.course_root() == course


def test_status_says_what_is_not_saved(course, started, capsys, monkeypatch):
    attncourse("lab", monkeypatch=monkeypatch)
    unsaved.remember(course, ["exercises/02_pooling.ipynb"])
    attncourse("status", monkeypatch=monkeypatch)
    assert "Not saved yet in JupyterLab: exercises/02_pooling.ipynb" in capsys.readouterr().out
    monkeypatch.setattr(unsaved, "_runs", lambda server: False)
    attncourse("status", monkeypatch=monkeypatch)
    assert "Not saved yet" not in capsys.readouterr().out


# ---- reset


def test_reset_keeps_every_old_file(course, capsys, monkeypatch):
    path = course / "exercises" / "02_pooling.ipynb"
    fresh = path.read_bytes()
    for number in (1, 2):
        record(path, "correct", points=number)
        work = path.read_bytes()
        assert attncourse("reset", "2", monkeypatch=monkeypatch) == 0
        kept = path.with_name(f"02_pooling.before-reset-{number}.ipynb")
        assert kept.read_bytes() == work
        assert kept.name in capsys.readouterr().out
        assert path.read_bytes() == fresh


def test_reset_replaces_a_broken_file(course, monkeypatch):
    path = course / "exercises" / "02_pooling.ipynb"
    path.write_text("{", encoding="utf-8")
    attncourse("reset", "2", monkeypatch=monkeypatch)
    assert json.loads(path.read_text("utf-8"))["nbformat"] == 4


# ---- errors


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["check", "99"], "no lesson is called '99'"),
        (["check", "sofmax"], "no exercise is called 'sofmax'; did you mean 'softmax'?"),
        (["lab", "8"], "notebooks/08_positions.ipynb is missing"),
        (["reset", "8"], "solutions/08_positions.ipynb is missing"),
        (["check", "8"], "exercises/08_positions.ipynb is missing; attncourse reset 8 makes it"),
        (["hint", "sofmax"], "no exercise is called 'sofmax'; did you mean 'softmax'?"),
    ],
)
def test_wrong_requests_are_answered_in_one_line(course, capsys, monkeypatch, words, message):
    assert attncourse(*words, monkeypatch=monkeypatch) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_outside_a_course_folder_it_says_so(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(places, "__file__", str(tmp_path / "attncourse" / "learner" / "x.py"))
    assert attncourse("status", monkeypatch=monkeypatch) == 2
    assert "this is no course folder" in capsys.readouterr().err


def test_course_is_found_from_a_folder_below(course, monkeypatch):
    monkeypatch.chdir(course / "exercises")
    assert places.course_root() == course
