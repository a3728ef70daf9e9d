"""One Chromium for the tests of a module; where there is none, they are skipped and say so."""

import shutil
from contextlib import contextmanager

import pytest

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
MISSING = "NOT TESTED: figures and views in a browser (Debian: apt-get install chromium)"


@contextmanager
def launched():
    """A running browser, for `with`."""
    if CHROMIUM is None:
        pytest.skip(MISSING)
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="NOT TESTED: playwright is missing"
    )
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


def page_of(html: str, *, dark: bool = False) -> str:
    """A bare page in the colours of JupyterLab's themes."""
    ground, ink = ("#111", "rgba(255,255,255,.87)") if dark else ("#fff", "rgba(0,0,0,.87)")
    look = f"background:{ground};color:{ink}"
    theme = f'data-jp-theme-light="{str(not dark).lower()}"'
    head = '<!doctype html><meta charset="utf-8"><title>view</title>'
    return f'{head}<body {theme} style="{look}">{html}'
