"""Every test runs with the package's shapes checked; a learner's run does not pay for that."""

import os
import pkgutil
import random
import sys

import pytest
from jaxtyping import install_import_hook

import attncourse

os.environ.setdefault("OMP_NUM_THREADS", "1")  # two threads on a busy machine are slower than one

ROOMS = {m.name for m in pkgutil.iter_modules(attncourse.__path__) if not m.ispkg}
ROOMS -= {"cli", "__main__"}  # typer's own types are no shapes
ROOMS |= {"vision"}  # a package of its own
install_import_hook([f"attncourse.{room}" for room in sorted(ROOMS)], "beartype.beartype")

# runs pytest on small notebooks inside a test; a running JupyterLab
pytest_plugins = ["pytester", "tests.jupyter"]


def pytest_addoption(parser):
    parser.addoption("--shuffle", type=int, metavar="SEED", help="run tests in an order so drawn")


def pytest_collection_modifyitems(config, items):
    """Any order must do: `pytest --shuffle 1` tries one."""
    if config.getoption("--shuffle") is not None:
        random.Random(config.getoption("--shuffle")).shuffle(items)


@pytest.fixture(autouse=True)
def _recording():
    """No test leaves gradients off for the next: a hundred would fail far from the cause."""
    yield
    torch = sys.modules.get("torch")
    if torch is not None and not torch.is_grad_enabled():
        torch.set_grad_enabled(True)
        pytest.fail("this test left PyTorch's gradients switched off")


def pytest_terminal_summary(terminalreporter):
    """Say loudly what this machine could not test."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = {str(report.longrepr[2]) for report in skipped if isinstance(report.longrepr, tuple)}
    for reason in sorted(reason for reason in reasons if "NOT TESTED" in reason):
        terminalreporter.write_line(reason.removeprefix("Skipped: "), red=True, bold=True)
