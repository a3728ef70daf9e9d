"""What an answer prints while it is checked, and a breakpoint in it."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from attncourse import check
from attncourse.checks.attended import MOST_LINES, Prints
from attncourse.checks.engine.replay import stopping


def answer(during):
    """A right softmax that does something of its own on each call."""

    def softmax(scores, axis=-1):
        during(scores)
        powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
        return powers / powers.sum(axis=axis, keepdims=True)

    return softmax


def test_prints_are_shown_with_the_failing_input():
    def softmax(scores, axis=-1):
        print("scores", scores.shape)
        return scores

    found = check(softmax)
    shape = found.case.args[0].shape
    assert f"Your answer printed:\n  scores {shape}\n" in found.message
    assert "On this input" not in found.message
    assert f"scores {shape}" in found._repr_mimebundle_()["text/html"]


def test_prints_of_a_correct_answer_come_with_the_input_that_caused_them():
    found = check(answer(lambda scores: print(scores.shape) if scores.ndim == 2 else None))
    assert found
    assert found.printed.text == str(eval(found.printed.input[0].code).shape)
    assert f"On this input ({found.printed.label}):\n  # scores: array" in found.message


def test_nothing_is_shown_where_nothing_was_printed(capsys):
    found = check(answer(lambda scores: None))
    assert found.printed is None
    assert "printed" not in found.message
    assert capsys.readouterr().out == ""


def test_an_answer_that_exits_has_still_printed():
    def softmax(scores, axis=-1):
        print("before")
        sys.exit(1)

    assert check(softmax).printed.text == "before"


@pytest.mark.parametrize("count", [1, 2 * MOST_LINES, 2 * MOST_LINES + 1, 10_000])
def test_of_many_lines_the_first_and_the_last_are_kept(count):
    prints = Prints()
    for number in range(count):
        print(f"line {number}", file=prints)
    lines = prints.text.splitlines()
    assert lines[0] == "line 0"
    assert lines[-1] == f"line {count - 1}"
    assert len(lines) <= 2 * MOST_LINES + 1
    between = count - 2 * MOST_LINES
    assert (f"… {between} more lines …" in lines) == (between > 0)


def test_a_check_passes_a_breakpoint_by_and_says_what_stops_there(monkeypatch):
    stops = []
    monkeypatch.setattr(sys, "breakpointhook", lambda: stops.append(1))

    def softmax(scores, axis=-1):
        breakpoint()
        return scores

    found = check(softmax)
    assert stops == []
    line = "check(softmax).case.replay(softmax)"
    assert found.notices == (f"A check passes `breakpoint()` by; `{line}` stops there.",)
    assert found.message.startswith(found.notices[0])
    eval(line, {"softmax": softmax, "check": check})
    assert stops == [1]


def test_a_correct_answer_with_a_breakpoint_is_told_that_it_was_passed_by():
    found = check(answer(lambda scores: breakpoint()))
    assert found
    assert found.notices == ("A check passes `breakpoint()` by.",)


@pytest.mark.parametrize("connected", [False, True])
def test_a_breakpoint_stops_in_a_kernel_with_or_without_jupyterlabs_debugger(
    monkeypatch, connected
):
    asked = []
    debugger = SimpleNamespace(is_client_connected=lambda: connected)
    monkeypatch.setitem(sys.modules, "debugpy", debugger)
    monkeypatch.setattr(sys, "breakpointhook", lambda: asked.append("JupyterLab"))
    monkeypatch.setattr(sys, "__breakpointhook__", lambda: asked.append("pdb"))
    with stopping():
        breakpoint()
    breakpoint()
    assert asked == ["JupyterLab" if connected else "pdb", "JupyterLab"]
