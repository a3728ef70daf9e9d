"""A running JupyterLab, for tests that look at a notebook as learners see it.

A test module brings its own fixture `folder`, of module scope, with `lesson.ipynb` in it.
"""

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from urllib.request import urlopen

import pytest

from tests.browser import launched


@pytest.fixture(scope="module")
def lab(folder):
    """The address of a running JupyterLab."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--no-browser", f"--ServerApp.port={port}", f"--ServerApp.root_dir={folder}"]
    options += ["--IdentityProvider.token=", "--allow-root", "--LabApp.news_url="]
    home = {"HOME": str(folder), "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings")}
    log = (folder / "log").open("w")
    command = [sys.executable, "-m", "jupyterlab", *options]
    server = subprocess.Popen(command, env=os.environ | home, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}/lab/tree/lesson.ipynb?reset"
    for _ in range(240):
        try:
            urlopen(address, timeout=5).close()
            break
        except OSError:
            time.sleep(0.5)
    yield address
    server.terminate()
    server.wait(20)
    log.close()


@pytest.fixture(scope="module")
def browser():
    with launched() as found:
        yield found


@contextmanager
def new_page(browser):
    """A page that knows nothing of the others."""
    context = browser.new_context(viewport={"width": 1024, "height": 900})
    context.set_default_timeout(120_000)  # a busy machine is slow, not wrong
    yield context.new_page()
    context.close()


@pytest.fixture
def page(browser):
    with new_page(browser) as found:
        yield found


def run_all(page, shown):
    """Run all cells until there is what they show: bare JupyterLab drops what comes too early."""
    idle = page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")
    for tries in range(240):
        if tries % 60 == 0:
            idle.wait_for(state="attached")
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.get_by_text("Run All Cells", exact=True).click()
        if shown.count():
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"all cells ran, and nowhere is {shown}")


def theme(folder, name):
    settings = folder / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"theme": name})
    (settings / "themes.jupyterlab-settings").write_text(text, encoding="utf-8")
