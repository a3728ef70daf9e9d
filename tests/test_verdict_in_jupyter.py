"""Verdicts where learners meet them: JupyterLab, light and dark, trusted or not."""

import time
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.jupyter import new_page, run_all, theme

expect = pytest.importorskip("playwright.sync_api", reason="NOT TESTED: no playwright").expect

SETUP = """import numpy as np
import torch

from attncourse import check, hint
from attncourse.multihead import MultiHeadAttention as right"""
ANSWERS = """def softmax(scores, axis=-1):
    powers = np.exp(scores - scores.max())
    powers[..., -1] *= 2
    return powers / powers.sum(axis=axis, keepdims=True)

def causal_mask(T):
    return torch.ones(T, T, dtype=torch.bool).tril() | (torch.arange(T) == 2)

def normalize(weights):
    return weights.no_such_method()

class MultiHeadAttention(right):
    def forward(self, query, key, value, mask=None):
        output, weights = super().forward(query, key, value, mask)
        return output.abs(), weights"""
CHECKS = ("softmax", "causal_mask", "normalize", "MultiHeadAttention")
TALL = {"width": 1100, "height": 2600}  # JupyterLab draws only the cells that fit
USES = ("check(softmax)", "if check(softmax):\n    print('used')")
CONTRAST = (Path(__file__).parent / "contrast.js").read_text("utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a notebook that was run elsewhere: this JupyterLab does not trust it."""
    folder = tmp_path_factory.mktemp("lab")
    code = [SETUP, ANSWERS, *(f"check({name})" for name in CHECKS), "hint(softmax)"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in code])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "", "language": "python"}
    NotebookClient(notebook).execute()
    nbformat.write(notebook, folder / "lesson.ipynb")
    notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in (SETUP, ANSWERS, *USES)]
    nbformat.write(notebook, folder / "live.ipynb")
    return folder


@pytest.fixture(scope="module")
def in_theme(lab, folder, browser):
    """Opens the notebook in a theme; a theme that was opened already is not loaded again."""
    with ExitStack() as open_pages:

        @cache
        def page_in(name):
            return opened(lab, folder, open_pages.enter_context(new_page(browser)), name)

        yield page_in


def opened(lab, folder, page, name):
    """The page of the notebook in a theme, all its verdicts on it."""
    theme(folder, f"JupyterLab {name}")
    page.set_viewport_size(TALL)
    page.goto(lab)
    last = page.locator(".jp-OutputArea-output").last
    expect(last).to_contain_text("Hints for softmax", timeout=120_000)
    return page


@pytest.mark.parametrize("name", ["Light", "Dark"])
def test_a_verdict_is_readable_in_both_themes(in_theme, name):
    texts = {"root": "body", "texts": ".jp-OutputArea-output *", "ground": 255}
    worst = in_theme(name).evaluate(CONTRAST, texts)
    assert worst["count"] > 100
    assert worst["ratio"] >= 4.5, worst


def test_jupyterlab_leaves_all_of_a_verdict_and_a_click_opens_a_hint(in_theme):
    page = in_theme("Light")
    shown = page.locator(".jp-OutputArea-output").filter(has_text="causal_mask")
    frame = shown.locator("div[style]").first
    assert frame.evaluate("frame => getComputedStyle(frame).borderLeftWidth") == "4px"
    tints = shown.locator("pre span").evaluate_all(
        "all => all.map(one => getComputedStyle(one).backgroundColor)"
    )
    assert tints == ["rgba(213, 94, 0, 0.3)"] * 6
    shapes = page.locator("span", has_text="(3, 5, 6)")
    lines = shapes.evaluate_all("all => all.map(one => one.getClientRects().length)")
    assert set(lines) <= {0, 1}  # 0: in a closed fold
    expect(shown.get_by_text("Hint 2 of 3")).to_be_hidden()
    shown.get_by_text("Hint 1 of 3").click()
    expect(shown.get_by_text("Hint 2 of 3")).to_be_visible(timeout=120_000)


def test_in_a_live_notebook_an_edit_that_was_not_run_is_told(lab, folder, page):
    page.set_viewport_size(TALL)
    page.goto(lab.replace("lesson.ipynb", "live.ipynb"))
    waits = page.get_by_text("○ This cell waits for a correct softmax: its check says not yet.")
    run_all(page, waits)
    expect(page.get_by_text("This is the version")).to_have_count(0)
    cells = page.locator(".jp-CodeCell .cm-content")
    cells.nth(1).click()
    page.keyboard.press("Control+Home")
    page.keyboard.press("End")
    page.keyboard.type("  # edited")
    page.keyboard.press("Control+s")
    deadline = time.monotonic() + 120
    while "# edited" not in (folder / "live.ipynb").read_text("utf-8"):
        assert time.monotonic() < deadline, "not saved"
        page.wait_for_timeout(200)
    cells.nth(2).click()
    page.keyboard.press("Control+Enter")
    shown = page.locator(".jp-OutputArea-output").first
    expect(shown).to_contain_text("which was not run.", timeout=120_000)
    expect(shown).to_contain_text("This is the version of cell [2]")
