"""Every notebook says where it stands in the course, and every way that it shows leads on."""

import re
from pathlib import Path

import pytest

from attncourse.authoring.navigation import AFTER, KINDS, MARKER, line, navigate, renavigate
from attncourse.authoring.notebook import read, source
from attncourse.curriculum import LESSONS
from tests.notebooks import code, notebook

ROOT = Path(__file__).parents[1]
PATHS = [ROOT / kind / f"{lesson.name}.ipynb" for kind in KINDS for lesson in LESSONS]
FIRST, SECOND, LAST = LESSONS[0], LESSONS[1], LESSONS[-1]


def by_name(path):
    return f"{path.parent.name}-{path.stem}"


@pytest.mark.parametrize("path", PATHS, ids=by_name)
def test_every_notebook_begins_and_ends_with_its_line(path):
    cells = read(path)["cells"]
    for cell in (cells[0], cells[-1]):
        assert MARKER.match(source(cell))[1] == path.stem, "run `make release`"
    assert [cell["id"] for cell in cells if MARKER.match(source(cell))] == [
        "navigation",
        "navigation-2",
    ]


@pytest.mark.parametrize("path", PATHS, ids=by_name)
def test_every_link_of_a_line_leads_to_a_file(path):
    links = re.findall(r"\]\(([^)# ]+)[^)]*\)", source(read(path)["cells"][0]))
    assert len(links) >= 4
    assert [link for link in links if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", PATHS, ids=by_name)
def test_no_text_sends_anybody_to_a_lesson_that_is_not_there(path):
    text = "\n".join(source(cell) for cell in read(path)["cells"])
    named = {int(number) for number in re.findall(r"[Ll]essons? (\d\d)\b", text)}
    assert named - {lesson.number for lesson in LESSONS} == set()


@pytest.mark.parametrize("path", PATHS, ids=by_name)
def test_every_notebook_has_one_title(path):
    texts = [source(c) for c in read(path)["cells"] if c["cell_type"] == "markdown"]
    titles = re.findall(r"^# .*", re.sub(r"```.*?```", "", "\n\n".join(texts), flags=re.S), re.M)
    assert [title[:5] for title in titles] == [f"# {path.stem[:2]} "]


def test_a_line_names_every_way_on():
    shown = re.sub(r"\]\([^)]*\)", "]", line(SECOND, "exercises").splitlines()[1])
    assert shown == "[← 00] · [lesson 01] · **exercises** · [solutions] · [02 →] · [map]"


def test_the_first_has_none_before_it_and_the_last_says_what_comes_after():
    assert "←" not in line(FIRST, "notebooks")
    assert "→" not in line(LAST, "notebooks")
    cells = navigate(notebook(code("1")), LAST, "notebooks")["cells"]
    assert source(cells[-1]).endswith(AFTER)
    assert AFTER not in source(cells[0])


def test_navigating_again_changes_nothing():
    once = navigate(notebook(code("1")), SECOND, "solutions")
    assert navigate(once, SECOND, "solutions") == once
    moved = renavigate(once, "exercises")
    assert moved == navigate(notebook(code("1")), SECOND, "exercises")
    assert renavigate(notebook(code("1")), "exercises") == notebook(code("1"))
