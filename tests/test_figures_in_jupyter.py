"""Figures and views where learners meet them: JupyterLab (saved, and run) and exported HTML."""

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from attncourse.figures.ink import DARK_FILTER
from tests.jupyter import new_page, run_all, theme

CELLS = (
    "from attncourse.figures import bars, views\n\nweights = [[0.7, 0.3], [0.2, 0.8]]\n\n"
    "def ask(ids):\n    return [3.0 * (n == (ids[-1] + 1 if ids else 0)) for n in range(9)]",
    "bars({'a <b> & \"c\"': 0.25}, xlabel='share', title='One bar')",
    "views.map(weights, queries=['dog', 'cat'])",
    "views.play([[3, 1], [2, 0]], words=['dog', 'cat'], query=[1, 1])",
    "views.write(ask, list('abcdefghi'), nodes=1, candidates=9).widget()",
)
ALT = 'One bar. Bars, share: a <b> & "c" 0.25.'


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a notebook that was run elsewhere: this JupyterLab does not trust it."""
    folder = tmp_path_factory.mktemp("lab")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "", "language": "python"}
    NotebookClient(notebook).execute()
    nbformat.write(notebook, folder / "lesson.ipynb")
    return folder


@pytest.fixture(scope="module")
def saved(lab, browser):
    """A page with the notebook as it was saved."""
    with new_page(browser) as page:
        page.goto(lab)
        page.locator(".jp-OutputArea img").first.wait_for()
        yield page


@pytest.fixture(scope="module")
def ran(saved):
    """The same page, all cells run; loading JupyterLab once more would show nothing more."""
    run_all(saved, saved.locator("[data-live] >> nth=1"))
    return saved


def test_a_saved_notebook_shows_images_with_their_alt_text(saved):
    page, image = saved, saved.locator(".jp-OutputArea img").first
    assert image.get_attribute("alt") == ALT
    assert image.evaluate("image => image.naturalWidth") > 300
    assert page.locator(".jp-OutputArea img").count() == 3
    assert page.locator("[data-live]").count() == 0


def test_a_view_that_was_run_answers_and_leaves_the_notebook_alone(ran):
    page = ran
    cells = page.locator(".jp-Cell").count()
    query = page.get_by_role("slider", name="query")
    query.focus()
    for key in ("ArrowRight", "ArrowRight", "d", "d", "x", "b"):  # delete, cut, new cell in Lab
        page.keyboard.press(key)
    assert page.locator(".said").nth(1).inner_text().startswith("Query (1.2, 1)")
    assert page.locator(".jp-Cell").count() == cells
    page.get_by_role("option", name="cat").hover()
    assert page.locator(".said").first.inner_text() == "cat → cat 0.8, dog 0.2"


def test_a_live_view_asks_python(ran):
    page = ran
    page.get_by_role("button", name='choose "d"').click()  # the page itself holds one step only
    page.get_by_text('likeliest "e"').wait_for()
    assert page.locator(".text").inner_text().strip() == "d"


def test_a_dark_theme_turns_the_pictures_round_and_lights_the_views(lab, folder, page):
    theme(folder, "JupyterLab Dark")
    page.goto(lab)
    image = page.locator(".jp-OutputArea img").first
    image.wait_for()
    run_all(page, page.locator("[data-live] >> nth=1"))
    image.wait_for()
    shown = image.evaluate("image => getComputedStyle(image).filter")
    assert shown.replace("0.933", ".933") == DARK_FILTER
    ink = page.locator(".view").first.evaluate("view => getComputedStyle(view).color")
    assert ink.startswith(("rgb(255, 255, 255", "rgba(255, 255, 255"))
    theme(folder, "JupyterLab Light")


def test_exported_html_works_without_a_network(folder, page):
    html, _ = HTMLExporter().from_filename(str(folder / "lesson.ipynb"))
    (folder / "lesson.html").write_text(html, encoding="utf-8")
    page.route("http*://**", lambda route: route.abort())
    page.goto((folder / "lesson.html").as_uri(), wait_until="domcontentloaded")
    page.wait_for_selector("[data-live] >> nth=1", state="attached")
    assert page.locator(".jp-OutputArea img").first.get_attribute("alt") == ALT
    page.get_by_role("option", name="cat").hover()
    assert page.locator(".said").first.inner_text() == "cat → cat 0.8, dog 0.2"
