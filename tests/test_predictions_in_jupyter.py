"""Predictions in JupyterLab: the stored answer is closed, shows the guess alone, and opens."""

import nbformat
import pytest
from nbclient import NotebookClient

from attncourse.curriculum import LESSONS
from tests.claims.record import has_file
from tests.jupyter import run_all
from tests.lessons.form import predictions
from tests.lessons.page import lesson_path, read_cells

expect = pytest.importorskip("playwright.sync_api", reason="NOT TESTED: no playwright").expect

SECONDS = 120_000
ASKED = 'guess("about 40")\nprint("the answer is", 6 * 7)'


def stored():
    """The cells of all lessons that are predicted before they are run, as they are stored."""
    for lesson in filter(has_file, LESSONS):
        path = lesson_path(lesson.slug)
        asked = {code.source for _, code in predictions(read_cells(path))}
        yield from (c for c in nbformat.read(path, as_version=4).cells if c.source in asked)


def asked():
    """A prediction that needs no lesson around it, answered and closed."""
    cells = [nbformat.v4.new_code_cell(text) for text in ("from attncourse import guess", ASKED)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook).execute()
    cells[1].metadata["jupyter"] = {"outputs_hidden": True}
    return cells


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with one notebook: a prediction to run, and those of all lessons."""
    folder = tmp_path_factory.mktemp("lab")
    notebook = nbformat.v4.new_notebook(cells=[*asked(), *stored()])
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "", "language": "python"}
    nbformat.write(notebook, folder / "lesson.ipynb")
    shown = folder / "settings" / "@jupyterlab" / "notebook-extension"
    shown.mkdir(parents=True)
    (shown / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
    return folder


def test_stored_answers_are_closed_and_show_the_guess_alone_until_they_are_run(lab, page):
    page.goto(lab)
    closed = page.locator(".jp-OutputPlaceholder")
    expect(closed).to_have_count(1 + len(list(stored())), timeout=SECONDS)
    assert set(closed.all_inner_texts()[1:]) == {"Your guess: none yet"}
    expect(page.locator(".jp-OutputArea-output:visible")).to_have_count(0, timeout=SECONDS)

    answer = page.get_by_text("the answer is 42", exact=False)
    expect(closed.first).to_contain_text("about 40", timeout=SECONDS)
    assert not answer.is_visible()
    run_all(page, page.locator(".jp-OutputArea-output:visible").filter(has_text="the answer is 42"))
    expect(answer).to_be_visible()
