"""What a check adds where it is called: the answer's name there, hints, and how to go on."""

import sys
from dataclasses import replace
from types import FrameType

from attncourse.checks.cells import Notebook
from attncourse.checks.engine.source import file_of, is_cell
from attncourse.checks.engine.verdict import NOT_YET, Verdict
from attncourse.curriculum import LESSONS


def notebook_shell():
    """The shell of the Jupyter kernel that runs this code, or None."""
    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython

    shell = get_ipython()
    return shell if hasattr(shell, "kernel") else None


NOTEBOOK = Notebook(notebook_shell()) if notebook_shell() else None


def name_of(answer, caller: FrameType) -> str:
    """The answer's own name, or the exercise's name under which the caller knows it."""
    own = getattr(answer, "__name__", type(answer).__name__)
    known = {known for lesson in LESSONS for known in lesson.exercises}
    if own in known:
        return own
    names = _names(caller)
    return next((name for name in names if name in known and names[name] is answer), own)


def in_session(verdict: Verdict, exercise, attended, caller: FrameType) -> Verdict:
    """The verdict with what helps the learner to go on from here."""
    answer, source, told = attended.function, attended.source, {}
    notices = NOTEBOOK.notices(answer, source) if NOTEBOOK else ()
    if notebook_shell():
        waits = f"○ This cell waits for a correct {verdict.exercise}"
        told["waiting"] = f"{waits}: its check says {verdict.state}."
    if verdict.state == NOT_YET:
        told |= {"hints": exercise.hints, "again": _again(verdict, answer, caller)}
    if attended.stopped:
        notices += (_passed_by(verdict, answer, caller),)
    if NOTEBOOK and not is_cell(file_of(answer)):
        told["digest"] = ""  # written elsewhere: what stands in the notebook says nothing about it
    printed = attended.printed(exercise, verdict)
    return replace(verdict, notices=notices, printed=printed, **told)


def _again(verdict: Verdict, answer, caller) -> str:
    """One line that runs the answer on the failing input once more; "" where it has no name."""
    called, checked = _spelled(verdict, answer, caller)
    if verdict.case is None or not called:
        return ""
    if verdict.case.is_plain:
        return f"{called}(*{checked}.case)"
    return f"{checked}.case.replay({called})"


def _passed_by(verdict: Verdict, answer, caller) -> str:
    """That a breakpoint was met, and what stops there."""
    called, checked = _spelled(verdict, answer, caller)
    stops = f"; `{checked}.case.replay({called})` stops there" if verdict.case and called else ""
    return f"A check passes `breakpoint()` by{stops}."


def _spelled(verdict: Verdict, answer, caller) -> tuple[str, str]:
    """The answer's name where it was checked, and the call of `check`; ("", "") without a name."""
    names = _names(caller)
    known = [n for n in names if names[n] is answer and n.isidentifier() and n[0] != "_"]
    if not known:
        return "", ""
    called = verdict.exercise if verdict.exercise in known else known[0]
    own = getattr(answer, "__name__", "")
    asked = called if verdict.exercise in (own, called) else f'{called}, "{verdict.exercise}"'
    return called, f"check({asked})"


def _names(caller) -> dict[str, object]:
    return {**caller.f_globals, **caller.f_locals}
