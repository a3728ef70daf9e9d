"""What pytest says of a notebook: each check's verdict, and one line where the file is broken.

It does nothing unless nbval runs, and imports nothing that pytest itself has not loaded.
"""

import itertools
import os
import re

import pytest

from attncourse.authoring.notebook import KERNEL_ENV, read, source, verdicts
from attncourse.checks.engine.message import as_text
from attncourse.checks.engine.verdict import CORRECT, NOT_ATTEMPTED, NOT_YET

# How a figure looks may differ between machines and versions; what it says (its alt) may not.
PICTURE = (
    r'width="\d+" src="data:image/[^"]*"|<style>[^<]*</style>|<script[^>]*>(?:.|\n)*?</script>'
)


def _nbval_runs(config: pytest.Config) -> bool:
    return config.getoption("nbval", False) or config.getoption("nbval_lax", False)


def pytest_configure(config):
    """Give the kernels that nbval starts the settings with which outputs were stored."""
    if _nbval_runs(config):
        for name, value in KERNEL_ENV.items():
            os.environ.setdefault(name, value)


def pytest_ignore_collect(collection_path):
    """Leave the learner's old files alone, which `attncourse reset` keeps beside the fresh ones."""
    return True if ".before-" in collection_path.name else None


# ---- broken notebooks


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    """Put a test that fails with one line in the place of a notebook that cannot run."""
    collected = yield
    if file_path.suffix != ".ipynb" or not _nbval_runs(parent.config):
        return collected
    for notebook in collected or ():
        notebook.sanitize_patterns[PICTURE] = "a picture"
    try:
        _require_kernel(read(file_path), parent.config.option, file_path.name)
    except ValueError as error:
        return [BrokenNotebook.from_parent(parent, path=file_path, fault=str(error))]
    return collected


def _require_kernel(notebook: dict, option, name: str) -> None:
    """Raise a ValueError unless the kernel that nbval will start is installed."""
    from jupyter_client.kernelspec import KernelSpecManager

    stored = notebook["metadata"].get("kernelspec", {}).get("name", "python")
    kernel = option.nbval_kernel_name or stored
    installed = {"python", *KernelSpecManager().find_kernel_specs()}
    if not option.nbval_current_env and kernel not in installed:
        choices = ", ".join(sorted(installed - {"python"}))
        raise ValueError(f"{name} asks for the kernel {kernel!r}; installed: {choices}")


class BrokenNotebook(pytest.File):
    """Stands for a notebook that cannot run: one test, which fails with the reason."""

    def __init__(self, *, fault: str, **options):
        super().__init__(**options)
        self.fault = fault

    def collect(self):
        yield BrokenNotebookItem.from_parent(self, name="file")


class BrokenNotebookItem(pytest.Item):
    """Fails with the fault of its notebook, in one line."""

    def runtest(self):
        raise ValueError(self.parent.fault)

    def repr_failure(self, excinfo):
        return str(excinfo.value)

    def reportinfo(self):
        return self.path, None, self.parent.nodeid


# ---- verdicts


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Turn the verdicts in a cell's outputs into the cell's result."""
    report = yield
    if call.when == "call" and hasattr(item, "test_outputs"):
        shown = verdicts(item.test_outputs or [])
        graded = item.cell.metadata.get("nbgrader", {})
        if graded.get("grade") or report.failed or not _is_demonstration(item, shown):
            _judge(report, shown, item)
        states = [(verdict["exercise"], verdict["state"]) for verdict in shown]
        if report.failed and graded.get("grade") and not shown:
            states = [(graded["grade_id"].removeprefix("check-"), "did not run")]
        report.user_properties.append(("verdicts", (item.cell_num, states)))
    return report


def _is_demonstration(item, shown: list[dict]) -> bool:
    """Whether a lesson shows this very verdict on purpose, and nbval compares it."""
    stored = verdicts(item.cell.outputs)
    return item.options["check"] and [v["state"] for v in shown] == [v["state"] for v in stored]


def _judge(report: pytest.TestReport, shown: list[dict], item) -> None:
    """*Not yet* fails, its message first; *not attempted* is expected; *correct* passes."""
    failing = {v["exercise"]: as_text(v) for v in shown if v["state"] == NOT_YET}
    for verdict in shown:
        if verdict["state"] == CORRECT and _is_stub(verdict["exercise"], item.parent.nb):
            failing[verdict["exercise"]] = "The check says correct, but this is still the stub."
    waiting = [v["exercise"] for v in shown if v["state"] == NOT_ATTEMPTED]
    if failing:
        rest = [str(report.longrepr)] if report.failed else []
        report.outcome, report.longrepr = "failed", "\n\n".join([*failing.values(), *rest])
        file, line, cell = report.location
        report.location = file, line, f"{cell}: {', '.join(failing)}"
    elif waiting and report.passed:
        report.outcome, report.wasxfail = "skipped", f"not attempted: {', '.join(waiting)}"


def _is_stub(exercise: str, notebook: dict) -> bool:
    """Whether the only definition of the answer in a notebook is the one that waits for it."""
    definition = re.compile(rf"^(?:def|class) {exercise}\b", re.M)
    code = [source(cell) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    defining = [text for text in code if definition.search(text)]
    return len(defining) == 1 and f"replace this line with your {exercise}" in defining[0]


def pytest_terminal_summary(terminalreporter, config):
    """Say where the learner stands: one line for each exercise, in the notebooks' order."""
    if not config.getoption("nbval_lax", False):
        return
    lines = []
    for report in itertools.chain.from_iterable(terminalreporter.stats.values()):
        found = dict(getattr(report, "user_properties", ())).get("verdicts")
        if found:
            cell, states = found
            file = report.nodeid.partition("::")[0]
            lines += [(file, cell, f"{state:<14} {exercise}") for exercise, state in states]
    if lines:
        terminalreporter.section("where you stand")
    for _, _, line in sorted(lines):
        terminalreporter.write_line(line)
