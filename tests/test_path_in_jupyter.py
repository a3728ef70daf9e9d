"""A learner's first minutes in JupyterLab: the map, a lesson, its exercise, and the way on."""

import re

import pytest

from attncourse.authoring.notebook import progress, read, source
from attncourse.curriculum import LESSONS
from tests.browser import launched
from tests.own_jupyter import ROOT, copy_course, opened

expect = pytest.importorskip("playwright.sync_api", reason="NOT TESTED: no playwright").expect

SWAP = "def swap_last_two(x):\n    return x.swapaxes(-1, -2)"
KEPT = 3  # kernels, as kernels.js says
PATIENCE = 60_000  # milliseconds: a busy machine is slow, and no test says otherwise


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return copy_course(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def address(course):
    with opened(course) as found:
        yield found


@pytest.fixture(scope="module")
def browser():
    with launched() as found:
        yield found


@pytest.fixture
def page(browser, address):
    """A page of JupyterLab; it may ask nobody but this machine, and our part may not fail."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    page, faults = context.new_page(), []
    page.on("pageerror", lambda e: "attncourse" in (e.stack or "") and faults.append(str(e)))
    page.on("request", lambda r: r.url.startswith(("http", "ws")) and outside(r, address, faults))
    yield page
    context.close()
    assert faults == []


def outside(request, address, faults):
    if not request.url.replace("ws:", "http:").startswith(address):
        faults.append(f"asked {request.url}")


def home(page, address):
    """Open JupyterLab at its map."""
    page.goto(f"{address}/lab?reset")
    map = page.locator("#attncourse-map")
    map.get_by_text("Next:").wait_for()
    return map


def tab(page, name):
    return page.locator("#jp-main-dock-panel .lm-TabBar-tab").filter(has_text=name)


def label(page, number):
    """What a tab shows, with the words that the style sheet puts before its name."""
    shown = page.locator("#jp-main-dock-panel .lm-TabBar-tabLabel").nth(number)
    before = shown.evaluate("label => getComputedStyle(label, '::before').content")
    return before.removeprefix("none").strip('"') + shown.inner_text()


def shown(page):
    """The notebook in front."""
    return page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")


def type_answer(page, notebook, old, text):
    """Replace the cell that has some text in it, as somebody does who types."""
    notebook.locator(".jp-CodeCell .cm-content").filter(has_text=old).click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)


# ---- the first minute


def test_the_course_opens_at_its_map_and_says_what_to_do(page, address):
    map = home(page, address)
    expect(map).to_contain_text("0 of")
    expect(map.locator(".next")).to_contain_text("Next: swap_last_two in lesson 00")
    expect(map.locator(".lessons > li")).to_have_count(len(LESSONS))
    map.get_by_role("button", name="Hint 1 of").first.click()
    expect(map.locator(".hints").first).to_contain_text("?")
    map.locator("summary", has_text="What is a query").press("Enter")
    expect(map.get_by_role("link", name="soft_lookup")).to_be_visible()


def test_a_whole_lesson_and_its_exercise(page, address, course):
    map = home(page, address)
    map.get_by_role("button", name="Read the lesson").click()
    notebook = shown(page)
    expect(notebook.locator(".jp-Cell").first).to_contain_text("exercises")
    run_from_the_top(page, notebook)
    notebook.get_by_role("link", name="exercises", exact=True).first.click()
    expect(notebook.get_by_role("heading", name="Start: your first exercise")).to_be_visible()
    assert {label(page, n) for n in (0, 1, 2)} == {
        "Map of the course",
        "lesson · 00_start.ipynb",
        "exercises · 00_start.ipynb",
    }
    type_answer(page, notebook, "def swap_last_two", SWAP)
    wait_until_whole(notebook, "exercises/00_start")
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    verdict = notebook.locator(".jp-OutputArea").filter(has_text="correct")
    expect(verdict.first).to_contain_text("swap_last_two")
    notebook.get_by_role("link", name="map", exact=True).first.click()
    expect(map).to_contain_text(f"1 of {sum(len(x.exercises) for x in LESSONS)} exercises correct")
    expect(map.locator(".next")).to_contain_text(f"Next: {LESSONS[0].exercises[1]} in lesson 00")
    rows = progress(read(course / "my" / "exercises" / "00_start.ipynb"))
    assert rows[0].state == "correct"


def run_from_the_top(page, notebook):
    """Press Shift+Enter until the last cell; nothing may have been raised."""
    wait_until_whole(notebook, "notebooks/00_start")
    notebook.locator(".jp-Cell").first.click(position={"x": 5, "y": 5})
    page.keyboard.press("Escape")
    for _ in range(notebook.locator(".jp-Cell").count() - 1):  # at the last, one is added
        page.keyboard.press("Shift+Enter")
    prompts = notebook.locator(".jp-CodeCell .jp-InputPrompt")
    expect(prompts.filter(has_text="[*]")).to_have_count(0)
    expect(prompts.last).to_have_text(re.compile(r"\[\d+\]:"))
    stderr = notebook.locator("[data-mime-type='application/vnd.jupyter.stderr']")
    assert stderr.all_inner_texts() == []


def wait_until_whole(notebook, place):
    """JupyterLab shows a long notebook cell by cell."""
    count = len(read(ROOT / f"{place}.ipynb")["cells"])
    expect(notebook.locator(".jp-Cell")).to_have_count(count)


def test_a_cell_that_is_run_before_its_kernel_is_there_waits_for_it(page, address):
    held = []
    page.route(
        "**/api/sessions*",
        lambda route: held.append(route) if route.request.method == "POST" else route.continue_(),
    )
    lesson = open_lesson(home(page, address), 6)  # no other test here has started its kernel
    with page.expect_request(lambda r: "/api/sessions" in r.url and r.method == "POST"):
        lesson.get_by_role("link", name="lesson", exact=True).click()
    notebook = shown(page)
    wait_until_whole(notebook, f"notebooks/{LESSONS[6].name}")
    cell = notebook.locator(".jp-CodeCell").first
    cell.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    expect(cell.locator(".jp-InputPrompt")).to_have_text("[*]:")
    for request in held:
        request.continue_()
    expect(cell.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]:"))


# ---- work is kept


def test_what_is_not_saved_is_said_and_then_saved(page, address, course):
    map = home(page, address)
    open_lesson(map, 1).get_by_role("link", name="exact_lookup").click()
    type_answer(page, shown(page), "def exact_lookup", "def exact_lookup(): pass")
    tab(page, "Map of the course").click()
    expect(map.locator(".unsaved")).to_contain_text("exercises/01_database.ipynb")
    expect(map.locator(".unsaved")).to_have_count(0)  # saved by itself
    assert "def exact_lookup(): pass" in answer(course, "01_database", "exact_lookup")


def test_start_afresh_keeps_the_old_answers(page, address, course):
    map = home(page, address)
    lesson = open_lesson(map, 2)
    lesson.get_by_role("link", name="normalize").click()
    type_answer(page, shown(page), "def normalize", "def normalize(): pass")
    tab(page, "Map of the course").click()
    lesson.get_by_role("button", name="Start afresh").click()
    page.get_by_role("dialog").get_by_role("button", name="Start afresh").click()
    kept = course / "my" / "exercises" / "02_pooling.before-reset-1.ipynb"
    expect(page.get_by_text(f"Your work is kept in exercises/{kept.name}.")).to_be_visible()
    assert "def normalize(): pass" in kept.read_text("utf-8")
    assert "raise NotImplementedError" in answer(course, "02_pooling", "normalize")
    tab(page, "02_pooling").click()
    expect(shown(page)).to_contain_text("replace this line with your normalize")


def open_lesson(map, number):
    """A lesson of the map, with its exercises shown."""
    lesson = map.locator(".lessons > li").nth(number)
    lesson.locator("details").evaluate("fold => { fold.open = true; }")
    return lesson


def answer(course, name, exercise):
    cells = read(course / "my" / "exercises" / f"{name}.ipynb")["cells"]
    return next(source(cell) for cell in cells if cell["id"] == exercise)


# ---- memory


def test_kernels_of_notebooks_that_were_left_or_closed_end(page, address):
    open_lesson(home(page, address), 0).get_by_role("link", name="lesson", exact=True).click()
    for number in range(5):
        if number:
            shown(page).get_by_role("link", name=f"{number:02d} →").first.click()
        expect(shown(page).get_by_role("heading", level=1)).to_contain_text(f"{number:02d}")
        expect(page.get_by_text("| Idle")).to_be_visible(timeout=PATIENCE)
    wait_for_kernels(page, address, KEPT)
    tab(page, LESSONS[4].name).locator(".lm-TabBar-tabCloseIcon").click()
    wait_for_kernels(page, address, KEPT - 1)
    tab(page, LESSONS[0].name).click()
    expect(page.get_by_text("its kernel was closed to save memory")).to_be_visible()
    wait_for_kernels(page, address, KEPT)


def wait_for_kernels(page, address, count):
    ask = f"async () => (await (await fetch('{address}/api/kernels')).json()).length === {count}"
    page.wait_for_function(ask, polling=500)
