"""A newer course loses nothing that a learner wrote, with Git and without."""

import copy
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from attncourse import cli
from attncourse.authoring.execute import normalise
from attncourse.authoring.merge import merge
from attncourse.authoring.notebook import read, source, write
from attncourse.authoring.release import stamp, stub
from attncourse.checks import exercise
from attncourse.learner.update import git
from tests import updates
from tests.notebooks import code, markdown, solution

ANSWER = "def softmax(scores, axis=-1):\n    return 'mine'"


@pytest.fixture
def base(tmp_path):
    return stub(normalise(stamp(solution(), exercise), tmp_path))


def cell(notebook, name):
    return next(cell for cell in notebook["cells"] if cell["id"] == name)


def texts(notebook):
    return [source(cell) for cell in notebook["cells"]]


def answered(base):
    own = copy.deepcopy(base)
    cell(own, "softmax")["source"] = ANSWER
    cell(own, "check-softmax")["outputs"] = ["a verdict"]
    return own


# ---- cell by cell


def test_what_was_not_touched_becomes_new(base):
    new = copy.deepcopy(base)
    cell(new, "hints-softmax")["source"] = "another hint"
    merged = merge(base, base, new)
    assert (merged.notebook, merged.kept) == (new, False)


def test_an_answer_and_its_verdict_stay_while_the_task_does(base):
    new = copy.deepcopy(base)
    cell(new, "hints-softmax")["source"] = "another hint"
    found = merge(answered(base), base, new).notebook
    assert source(cell(found, "softmax")) == ANSWER
    assert cell(found, "check-softmax")["outputs"] == ["a verdict"]
    assert source(cell(found, "hints-softmax")) == "another hint"


@pytest.mark.parametrize("part", ["task-softmax", "softmax"])
def test_an_answer_whose_task_changed_is_marked_and_loses_its_verdict(base, part):
    new = copy.deepcopy(base)
    cell(new, part)["source"] = source(cell(new, part)) + "\n# and more"
    merged = merge(answered(base), base, new)
    assert merged.told == ["the task of softmax changed: your answer is kept and marked"]
    assert "has changed" in source(cell(merged.notebook, "changed-softmax"))
    assert source(cell(merged.notebook, "softmax")) == ANSWER
    assert cell(merged.notebook, "check-softmax")["outputs"] == []
    assert texts(merge(merged.notebook, new, new).notebook) == texts(merged.notebook)


def test_cells_that_were_added_stay_where_they_were(base):
    own = copy.deepcopy(base)
    own["cells"].insert(4, code("print('mine')") | {"id": "mine"})
    own["cells"].insert(0, markdown("My notes") | {"id": "notes"})
    found = merge(own, base, base).notebook["cells"]
    assert [c["id"] for c in found] == [c["id"] for c in own["cells"]]
    assert found[5]["metadata"]["tags"] == ["yours"]


def test_text_that_both_changed_is_there_twice(base):
    own, new = copy.deepcopy(base), copy.deepcopy(base)
    own["cells"][0]["source"] = "# Mine"
    new["cells"][0]["source"] = "# Theirs"
    assert texts(merge(own, base, new).notebook)[:2] == ["# Theirs", "# Mine"]
    assert texts(merge(own, base, base).notebook)[0] == "# Mine"


def test_the_answer_to_an_exercise_that_is_gone_stays(base):
    new = copy.deepcopy(base)
    new["cells"] = [c for c in new["cells"] if "softmax" not in c["id"]]
    merged = merge(answered(base), base, new)
    assert ANSWER in texts(merged.notebook)
    assert merged.told == ["softmax is no exercise of this lesson any more: yours is kept"]


def test_a_copied_answer_is_a_cell_of_its_own(base):
    own = answered(base)
    twin = copy.deepcopy(cell(own, "softmax")) | {"id": "twin", "source": "x = 1"}
    own["cells"].append(twin)
    found = merge(own, base, base).notebook["cells"]
    assert "nbgrader" not in found[-1]["metadata"]
    assert [source(c) for c in found if c["metadata"].get("nbgrader", {}).get("solution")] == [
        ANSWER
    ]


@pytest.mark.skipif(not updates.has_history(), reason="NOT TESTED: no history in this checkout")
def test_updates_over_this_repositorys_own_history():
    found = {f"{p.name} {p.commit}": updates.faults(p) for p in updates.pairs(most=2)}
    assert found
    assert {name: faults for name, faults in found.items() if faults} == {}


# ---- a whole course


@pytest.fixture
def upstream(tmp_path):
    """A course in Git, as its authors have it."""
    root = tmp_path / "upstream"
    solved = normalise(stamp(solution(), exercise), tmp_path)
    for folder in ("notebooks", "solutions"):
        write(_made(root / folder) / "02_pooling.ipynb", solved)
    write(_made(root / "exercises") / "02_pooling.ipynb", stub(solved))
    (_made(root / "attncourse") / "curriculum.py").write_text("# a sign\n", encoding="utf-8")
    (root / ".gitignore").write_text("/my/\n", encoding="utf-8")
    git(root, "init", "-q", "-b", "main")
    commit(root)
    return root


def _made(folder):
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def commit(root):
    git(root, "add", "-A")
    name = ["-c", "user.name=a", "-c", "user.email=a@b.example"]
    git(root, *name, "commit", "-q", "-m", "news")


def publish(upstream):
    """Change an exercise's hints upstream."""
    path = upstream / "exercises" / "02_pooling.ipynb"
    path.write_text(path.read_text("utf-8").replace("Hint 1", "First hint"), encoding="utf-8")
    (upstream / "requirements.txt").write_text("news\n", encoding="utf-8")
    commit(upstream)


def attncourse(*words, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["attncourse", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code or 0


@pytest.fixture
def learner(upstream, tmp_path, monkeypatch):
    """A clone whose learner answered in the course's own file and ran a lesson."""
    root = tmp_path / "learner"
    subprocess.run(["git", "clone", "-q", str(upstream), str(root)], check=True)
    path = root / "exercises" / "02_pooling.ipynb"
    write(path, answered_file(path))
    lesson = read(root / "notebooks" / "02_pooling.ipynb")
    lesson["metadata"] = {"run": "here"}
    write(root / "notebooks" / "02_pooling.ipynb", lesson)
    monkeypatch.chdir(root)
    # The newer code renews the copy; a course in a test has none, so this one's does.
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    shutil.rmtree(root / "attncourse")
    git(root, "update-index", "--skip-worktree", "attncourse/curriculum.py")
    return root


def answered_file(path):
    own = read(path)
    cell(own, "softmax")["source"] = ANSWER
    return own


def test_git_brings_what_is_new_around_an_answer(learner, upstream, capsys, monkeypatch):
    publish(upstream)
    assert attncourse("update", monkeypatch=monkeypatch) == 0
    own = read(learner / "my" / "exercises" / "02_pooling.ipynb")
    assert source(cell(own, "softmax")) == ANSWER
    assert "First hint" in source(cell(own, "hints-softmax"))
    kept = learner / "my" / "exercises" / "02_pooling.before-update-1.ipynb"
    assert source(cell(read(kept), "softmax")) == ANSWER
    said = capsys.readouterr().out
    assert f"exercises/02_pooling.ipynb: new around your work; your old file is {kept.name}" in said
    assert "Git brought 1 " in said
    assert "requirements.txt is new" in said
    assert git(learner, "status", "--porcelain") == ""


def test_updating_again_changes_nothing(learner, upstream, monkeypatch):
    publish(upstream)
    attncourse("update", monkeypatch=monkeypatch)
    before = {p: p.read_bytes() for p in (learner / "my").rglob("*.ipynb")}
    attncourse("update", monkeypatch=monkeypatch)
    assert {p: p.read_bytes() for p in (learner / "my").rglob("*.ipynb")} == before


def test_a_zip_does_the_same_without_git(learner, upstream, tmp_path, monkeypatch):
    shutil.rmtree(learner / ".git")
    publish(upstream)
    with zipfile.ZipFile(tmp_path / "course.zip", "w") as archive:
        for path in upstream.rglob("*"):
            if ".git" not in path.parts and path.is_file():
                archive.write(path, f"course-main/{path.relative_to(upstream)}")
        archive.writestr("course-main/my/exercises/02_pooling.ipynb", "not yours")
        archive.writestr("course-main/../../evil.txt", "no")
    update = attncourse("update", str(tmp_path / "course.zip"), monkeypatch=monkeypatch)
    assert update == 0
    own = read(learner / "my" / "exercises" / "02_pooling.ipynb")
    assert source(cell(own, "softmax")) == ANSWER
    assert "First hint" in source(cell(own, "hints-softmax"))
    assert not list(tmp_path.parent.rglob("evil.txt"))


def test_a_lesson_that_got_another_number_keeps_its_work(learner, upstream, monkeypatch):
    attncourse("update", "--copy", monkeypatch=monkeypatch)
    for folder in ("notebooks", "exercises", "solutions"):
        (learner / folder / "02_pooling.ipynb").rename(learner / folder / "03_pooling.ipynb")
    attncourse("update", "--copy", monkeypatch=monkeypatch)
    own = read(learner / "my" / "exercises" / "03_pooling.ipynb")
    assert source(cell(own, "softmax")) == ANSWER
    assert not (learner / "my" / "exercises" / "02_pooling.ipynb").exists()


def test_a_file_that_cannot_be_read_is_left_alone(learner, upstream, capsys, monkeypatch):
    attncourse("update", "--copy", monkeypatch=monkeypatch)
    broken = learner / "my" / "exercises" / "02_pooling.ipynb"
    broken.write_text("{", encoding="utf-8")
    publish(upstream)
    attncourse("update", monkeypatch=monkeypatch)
    assert broken.read_text("utf-8") == "{"
    assert "left as it is (02_pooling.ipynb is not JSON" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("newer", "message"),
    [([], "did not come with Git"), (["nothing.zip"], "does not exist"), (["empty"], "no course")],
)
def test_where_nothing_newer_can_be_had_it_says_so(learner, capsys, monkeypatch, newer, message):
    shutil.rmtree(learner / ".git")
    (learner / "empty").mkdir()
    assert attncourse("update", *newer, monkeypatch=monkeypatch) == 2
    assert message in capsys.readouterr().err
