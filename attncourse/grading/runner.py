"""Grade one notebook: its cells run in a child that nobody trusts, the verdicts are made here."""

import os
import time
from dataclasses import dataclass, field

import numpy as np

from attncourse.checks.answer import Case, Outcome, Raised, Seen
from attncourse.checks.core import Exercise
from attncourse.checks.judge import judge
from attncourse.checks.verdict import NOT_YET, Verdict
from attncourse.grading import wire
from attncourse.grading.sandbox import LIMITS, Sandbox

CELL_SECONDS = 10.0
CALL_SECONDS = 8.0  # the child stops a call after 5; this is for one that refuses
STARTS = 8  # children per submission, before the rest is given up


@dataclass
class Task:
    """What a submission asks of a child: cells, the exercises to grade, modules it may import."""

    cells: list[str]
    exercises: list[Exercise]
    modules: dict[str, str] = field(default_factory=dict)


@dataclass
class Graded:
    """Verdicts by exercise, and what went wrong in cells, by their index."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    troubles: dict[int, str] = field(default_factory=dict)


class ChildLostError(Exception):
    """The child ended, or stopped talking, or talked nonsense."""


class RemoteAnswer:
    """An answer in the child: the same interface as a learner's own object in a notebook."""

    def __init__(self, exercise: str, child: "Child"):
        self.exercise, self.child = exercise, child

    def run(self, case: Case) -> Outcome:
        """Send a case, receive its outcome; raises ChildLostError when the child is gone."""
        sent = {
            "label": case.label,
            "args": case.args,
            "kwargs": case.kwargs,
            "gradient": case.gradient,
            "build": case.build,
            "state": case.state,
        }
        reply = self.child.ask({"exercise": self.exercise, "case": sent}, CALL_SECONDS)
        return Outcome(raised=Raised("missing", "")) if "missing" in reply else outcome_of(reply)


class Child:
    """The judge's end of one child."""

    def __init__(self, sandbox: Sandbox):
        self.reading, self.writing = sandbox.fork()
        self.send({"limits": LIMITS | {"scratch": sandbox.scratch}})

    def send(self, message, seconds: float = 10.0) -> None:
        """Send a message; raises ChildLostError when nobody reads it."""
        try:
            wire.send(self.writing, message, time.monotonic() + seconds)
        except (OSError, TimeoutError) as error:
            raise ChildLostError(str(error)) from None

    def receive(self, seconds: float) -> dict:
        """The next message; raises ChildLostError when none comes in time or it is no message."""
        try:
            reply = wire.receive(self.reading, time.monotonic() + seconds)
        except TimeoutError:
            raise ChildLostError("it did not stop in time") from None
        except (EOFError, OSError):
            raise ChildLostError("it ended the process") from None
        except wire.WireError as error:
            raise ChildLostError(f"it sent {error}") from None
        if not isinstance(reply, dict):
            raise ChildLostError("it sent something that is no reply")
        return reply

    def ask(self, message, seconds: float) -> dict:
        """Send a message and receive the reply."""
        self.send(message)
        return self.receive(seconds)

    def close(self) -> None:
        """Hang up."""
        os.close(self.reading)
        os.close(self.writing)


class Grader:
    """Grades submissions one after another in a warm sandbox, replaced whenever it is damaged."""

    def __init__(self, *, wrap: str | None):
        self.wrap = wrap
        self._sandbox: Sandbox | None = None

    def grade(self, task: Task) -> Graded:
        """Grade one submission. A child that is lost costs the cell or the exercise it was in."""
        graded, left_out = Graded(), set()
        for _ in range(STARTS):
            waiting = [e for e in task.exercises if e.name not in graded.verdicts]
            if not waiting:
                break
            self._attempt(task, waiting, graded, left_out)
        for exercise in task.exercises:
            message = "Not graded: the notebook kept ending the process that ran it."
            lost = Verdict(exercise.name, NOT_YET, message, (), exercise.points)
            graded.verdicts.setdefault(exercise.name, lost)
        return graded

    def close(self) -> None:
        """End the sandbox."""
        if self._sandbox:
            self._sandbox.close()
            self._sandbox = None

    def _attempt(self, task, waiting, graded, left_out):
        self._sandbox = self._sandbox or Sandbox(wrap=self.wrap)
        child = None
        try:
            child = Child(self._sandbox)
            if self._run_cells(child, task, graded, left_out):
                for exercise in waiting:
                    self._judge(child, exercise, graded)
        except ChildLostError:
            pass
        finally:
            if child:
                child.close()
            if not self._sandbox.clean():
                self.close()

    def _run_cells(self, child, task, graded, left_out) -> bool:
        """Run all cells but those that ended a child before; False when one ends this child."""
        run = [index for index in range(len(task.cells)) if index not in left_out]
        child.send({"cells": task.cells, "run": run, "seconds": CELL_SECONDS} | _modules(task))
        for index in run:
            try:
                child.receive(CELL_SECONDS + 3)
                error = child.receive(CELL_SECONDS + 3).get("error", "")
            except ChildLostError as lost:
                left_out.add(index)
                graded.troubles[index] = str(lost)
                return False
            if error:
                graded.troubles[index] = str(error)[:300]
        return True

    def _judge(self, child, exercise, graded):
        try:
            verdict = judge(exercise, RemoteAnswer(exercise.name, child))
        except ChildLostError as lost:
            message = f"What is wrong: your {exercise.name} was called, and {lost}."
            verdict = Verdict(
                exercise.name, NOT_YET, message, ("ended the process",), exercise.points
            )
            graded.verdicts[exercise.name] = verdict
            raise
        graded.verdicts[exercise.name] = verdict


def _modules(task):
    return {"modules": task.modules}


def outcome_of(reply: dict) -> Outcome:
    """The outcome in a reply; ChildLostError where there is none."""
    try:
        sent = reply["outcome"]
        raised, gradients = sent["raised"], sent["gradients"]
        return Outcome(
            result=_seen(sent["result"]),
            raised=None if raised is None else _raised(raised),
            changed=tuple(str(name) for name in sent["changed"]),
            gradients=None
            if gradients is None
            else {str(k): _seen(g) for k, g in gradients.items()},
        )
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise ChildLostError(f"it sent no outcome ({type(error).__name__})") from None


def _raised(sent):
    return Raised(
        str(sent["kind"])[:100],
        str(sent["message"])[:300],
        str(sent["line"])[:300],
        sent["stub"] is True,
    )


def _seen(sent):
    if sent is None:
        return None
    kind, value, dtype = sent
    if kind in ("list", "tuple"):
        return Seen(kind, tuple(_seen(part) for part in value), str(dtype))
    if kind == "dict":
        return Seen(kind, {key: _seen(part) for key, part in value}, str(dtype))
    if kind in ("tensor", "array", "number"):
        if not isinstance(value, np.ndarray):
            raise TypeError("an array is due")
        return Seen(kind, value, "bfloat16" if dtype == "bfloat16" else str(value.dtype))
    return Seen(str(kind)[:100], value if isinstance(value, str) else None)
