"""The website: every page stands, asks nothing of the network, and comes out the same each time."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from attncourse.curriculum import find_lesson
from tests.lessons.form import predictions
from tests.lessons.page import lesson_path, read_cells
from tests.site_pages import barriers, faults

pytestmark = pytest.mark.skipif(not find_spec("sphinx"), reason="NOT TESTED: make .venv/site")
ROOT = Path(__file__).parents[1]
SHOWN = tuple(map(find_lesson, ("0", "4")))


def build(out):
    """Build two lessons in a process of its own: Sphinx keeps what it once registered."""
    command = [sys.executable, "-m", "attncourse.authoring.site", str(out), "0", "4"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return build(tmp_path_factory.mktemp("site") / "html")


def test_every_lesson_and_exercise_has_its_page(site):
    for lesson in SHOWN:
        pages = [f"notebooks/{lesson.name}", f"exercises/{lesson.name}", f"solutions/{lesson.name}"]
        pages += [f"exercises/{lesson.name}/{name}" for name in lesson.exercises]
        assert [page for page in pages if not (site / f"{page}.html").is_file()] == []


def test_an_exercise_shows_its_misconceptions_and_no_answer(site):
    page = site / "exercises" / SHOWN[1].name / "scaled_dot_product_attention.html"
    text = page.read_text("utf-8")
    assert "You divided by √d_v." in text
    assert "NotImplementedError" in text
    assert "Hint 1" in text


def test_the_answer_to_a_prediction_is_closed(site):
    page = (site / "notebooks" / f"{SHOWN[1].name}.html").read_text("utf-8")
    asked = list(predictions(read_cells(lesson_path(SHOWN[1].slug))))
    assert page.count("Show code cell output") == len(asked) > 1


def test_no_page_asks_the_network_or_breaks_in_a_browser(site):
    others = "links to"  # lessons that this small site leaves out
    assert [fault for fault in faults(site) if others not in fault] == []


def test_nothing_on_a_page_shuts_anybody_out(site):
    exercise = site / "exercises" / SHOWN[1].name / "scaled_dot_product_attention.html"
    assert list(barriers(site, [exercise, site / "notebooks" / f"{SHOWN[0].name}.html"])) == []


def test_the_same_course_gives_the_same_bytes(site, tmp_path):
    first, second = (files(folder) for folder in (site, build(tmp_path / "again")))
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def files(folder):
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}
