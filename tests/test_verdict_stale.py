"""A verdict says first when the version it judges is not the one that stands in the notebook."""

import json
import os
import time

import pytest
from jupyter_client.manager import start_new_kernel

from attncourse.checks.cells import Run, edited, notebook_file, superseded
from attncourse.checks.engine.verdict import MIME
from tests.notebooks import code, notebook

FIRST = "def softmax(scores):\n    return scores"
SECOND = "def softmax(scores):\n    return 2 * scores"
BROKEN = "def softmax(scores):\n    return 2 *"


def runs(*more):
    """Cell "a" ran FIRST as [3]; then each (cell, text, error) ran as [4], [5], …"""
    first = Run(3, "a", FIRST, "file-3")
    numbered = enumerate(more, start=4)
    return [first, *(Run(n, cell, text, f"file-{n}", error) for n, (cell, text, error) in numbered)]


def told(*more, bound=True):
    return superseded(runs(*more), "file-3", "softmax", bound)


def test_nothing_is_said_of_the_newest_version():
    assert told() == ""
    assert told(("b", "check(softmax)", ""), ("", "x = 1", "NameError")) == ""
    assert told(("b", "softmax_of = 2\ndef softmaxx(): pass", "")) == ""


def test_a_cell_that_failed_since_is_named():
    begin = "This is the version of cell [3]; "
    assert told(("a", BROKEN, "SyntaxError")) == (
        begin + "the cell has since failed: SyntaxError in [4]."
    )
    assert told(("b", BROKEN, "SyntaxError")) == (
        begin + "cell [4], which defines it anew, has failed: SyntaxError in [4]."
    )
    assert told(("", "1 / 0\n" + SECOND, "ZeroDivisionError")).endswith("ZeroDivisionError in [4].")


def test_a_new_name_is_told():
    other = SECOND.replace("softmax", "soft_max")
    assert told(("a", other, "")).endswith(
        "the cell has since run as [4], and now defines `soft_max`."
    )
    assert told(("a", "x = 1", "")).endswith("and no longer defines it.")
    assert told(("", other, "")) == ""  # without ids, another cell may have run


def test_an_old_object_under_another_name_is_told():
    assert told(("a", SECOND, ""), bound=False).endswith("a newer one was run as [4].")
    assert told(("b", SECOND, "")) == ""


def test_a_version_that_ran_again_is_the_newest():
    again = [*runs(("a", BROKEN, "SyntaxError")), Run(5, "a", FIRST, "file-3")]
    assert superseded(again, "file-3", "softmax", True) == ""


@pytest.fixture
def saved(tmp_path, monkeypatch):
    """Saves a notebook whose cell "cell-0" holds a text, so many seconds after its run."""
    path = tmp_path / "lesson.ipynb"
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    run = Run(3, "cell-0", FIRST, "file-3", ended=time.time())

    def save(text, seconds):
        path.write_text(json.dumps(notebook(code(text))), encoding="utf-8")
        os.utime(path, (run.ended + seconds,) * 2)
        return edited([run], "file-3", FIRST, "softmax")

    return save


def test_an_edit_is_seen_only_in_a_file_that_was_saved_after_the_run(saved):
    assert saved(SECOND, 5).endswith(
        "the notebook as last saved holds an edited one, which was not run."
    )
    assert saved(BROKEN, 5) != ""
    assert saved(SECOND, -5) == ""
    assert saved(FIRST, 5) == ""
    assert saved("import math\n\n\n" + FIRST + "  # the same\n", 5) != ""
    assert saved("import math\n\n\n" + FIRST + "\n", 5) == ""


def test_where_no_notebook_is_known_nothing_is_said(monkeypatch, tmp_path):
    for name in ("", "no/such.ipynb", str(tmp_path)):
        monkeypatch.setenv("JPY_SESSION_NAME", name)
        assert notebook_file() is None
        assert edited(runs(), "file-3", FIRST, "softmax") == ""


@pytest.fixture(scope="module")
def kernel():
    """Runs a text as a cell of a notebook; returns the verdict that it shows, if any."""
    manager, client = start_new_kernel()

    def run(text, cell=""):
        content = {"code": text, "store_history": True, "stop_on_error": False}
        content |= {"silent": False, "user_expressions": {}, "allow_stdin": False}
        message = client.session.msg("execute_request", content, metadata={"cellId": cell})
        client.shell_channel.send(message)
        shown = {}
        while True:
            reply = client.get_iopub_msg(timeout=120)
            if reply["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            shown |= reply["content"].get("data", {})
            if reply["content"].get("execution_state") == "idle":
                return shown.get(MIME)

    run("import numpy as np\n\nfrom attncourse import check", "setup")
    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


ANSWER = """def softmax(scores, axis=-1):
    powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)"""


def test_a_kernel_tells_failed_renamed_and_mended_cells(kernel):
    kernel(ANSWER, "a")
    assert kernel("check(softmax)", "b")["notices"] == []
    kernel(ANSWER + "\n)", "a")
    found = kernel("check(softmax)", "b")
    assert found["state"] == "correct"
    assert found["notices"][0].endswith("the cell has since failed: SyntaxError in [4].")
    kernel(ANSWER.replace("softmax", "soft_max"), "a")
    assert kernel("check(softmax)", "b")["notices"][0].endswith("now defines `soft_max`.")
    kernel("# mended\n" + ANSWER, "a")
    assert kernel("check(softmax)", "b")["notices"] == []
    kernel("import no_such_module\n" + ANSWER, "a")
    assert "ModuleNotFoundError" in kernel("check(softmax)", "b")["notices"][0]


def test_an_answer_and_its_check_in_one_cell_are_never_stale(kernel):
    assert kernel(f"# again\n{ANSWER}\n\ncheck(softmax)", "c")["notices"] == []
