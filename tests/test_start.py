"""Without a checkout: the package carries the course, and `attncourse start` puts it down."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from attncourse.curriculum import LESSONS
from attncourse.learner.start import start

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with what a wheel puts into site-packages, and a way to run the command from it."""
    folder = tmp_path_factory.mktemp("installed")
    build = [sys.executable, "setup.py", "-q", "build", "-b", str(folder / "b"), "-t", str(folder)]
    build += ["egg_info", "-e", str(folder), "build_py", "-d", str(folder / "lib")]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

    def run(*words, cwd):
        command = [sys.executable, "-m", "attncourse", *words]
        options = {"env": os.environ | {"PYTHONPATH": str(folder / "lib")}, "cwd": cwd}
        return subprocess.run(command, capture_output=True, text=True, **options)

    return run


def test_a_new_folder_gets_the_whole_course_and_can_be_worked_in(installed, tmp_path):
    done = installed("start", "mine", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "attncourse lab" in done.stdout
    for kind in ("notebooks", "exercises", "solutions"):
        names = {path.stem for path in (tmp_path / "mine" / kind).glob("*.ipynb")}
        assert names == {lesson.name for lesson in LESSONS}
    status = installed("status", "0", cwd=tmp_path / "mine")
    assert "swap_last_two" in status.stdout
    update = installed("update", cwd=tmp_path / "mine")
    assert update.returncode == 0, update.stderr
    assert (tmp_path / "mine" / "my" / "exercises").is_dir()


def test_nothing_that_is_there_is_written_over(installed, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "work.txt").write_text("mine")
    done = installed("start", "mine", cwd=tmp_path)
    assert done.returncode != 0
    assert "new or empty folder" in done.stderr
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["work.txt"]


def test_a_checkout_says_where_its_course_is(tmp_path):
    with pytest.raises(ValueError, match="runs from a checkout"):
        list(start(tmp_path / "new"))
