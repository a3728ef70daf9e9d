"""Checks that name the mistake: `check(answer)` and `hint(answer)`.

`checks/exercises` declares the exercises; `checks/engine` judges an answer.
"""

import difflib
import sys
from importlib import import_module
from pathlib import Path

from attncourse.checks import exercises
from attncourse.checks.engine.hint import Hint
from attncourse.checks.engine.source import source_of
from attncourse.checks.engine.verdict import NOT_YET, Verdict
from attncourse.checks.session import in_session, name_of
from attncourse.curriculum import LESSONS

_revealed: dict[str, int] = {}


def file_of(name: str) -> Path:
    """The file that declares an exercise.

    Raises:
        ValueError: no exercise has that name; the nearest one is suggested.
    """
    known = [known for lesson in LESSONS for known in lesson.exercises]
    if name in known:
        return next(Path(exercises.__path__[0]).glob(f"*/{name}.py"))
    near = difflib.get_close_matches(name, known, n=1)
    meant = f"; did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"no exercise is called {name!r}{meant}")


def exercise(name: str):
    """The exercise of that name; only its own file is imported, and what that needs.

    Raises:
        ValueError: no exercise has that name; the nearest one is suggested.
    """
    room = file_of(name).parent.name
    return import_module(f"{exercises.__name__}.{room}.{name}").EXERCISE


def check(answer, name: str | None = None) -> Verdict:
    """Check an answer to an exercise and say what is right or which mistake was made.

    Args:
        answer: your function or class itself, not its result: `check(softmax)`.
        name: the exercise's id, where the answer's own name is not it (a lambda, say).

    Returns:
        A verdict, true only when the answer is correct. Never raises.
    """
    caller = sys._getframe(1)
    name = name or name_of(answer, caller)
    if not callable(answer):
        return Verdict("", NOT_YET, note=_not_callable(answer))
    try:
        found = exercise(name)
    except ValueError as error:
        return Verdict("", NOT_YET, note=f"{str(error)[0].upper()}{str(error)[1:]}")
    from attncourse.checks.attended import AttendedAnswer
    from attncourse.checks.engine.judge import judge

    try:
        attended = AttendedAnswer(answer, source_of(answer))
        return in_session(judge(found, attended), found, attended, caller)
    except Exception as error:
        told = f"The check itself stumbled over this answer ({type(error).__name__}: {error}). "
        note = told + "Please report it with your code."
        return Verdict(name, NOT_YET, found.points, note=note)


def hint(answer) -> Hint:
    """Reveal one more hint, mildest first, for an answer or an exercise's name.

    Raises:
        ValueError: no exercise has that name.
    """
    name = answer if isinstance(answer, str) else name_of(answer, sys._getframe(1))
    hints = exercise(name).hints
    _revealed[name] = min(_revealed.get(name, 0) + 1, len(hints))
    return Hint(name, hints[: _revealed[name]], len(hints))


def _not_callable(answer) -> str:
    if isinstance(answer, str):
        return f"check wants the function itself: write check({answer}), without quotes."
    return (
        f"check wants your function or class itself; it got {type(answer).__name__}. "
        "Write check(softmax), not check(softmax(x))."
    )
