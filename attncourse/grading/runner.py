"""Grade one notebook: its cells run in a child that nobody trusts, the verdicts are made here."""

import os
import time
from dataclasses import dataclass, field

import numpy as np

from attncourse.checks.answer import Case, Outcome, Raised, Seen
from attncourse.checks.core import Exercise
from attncourse.checks.judge import judge
from attncourse.checks.verdict import NOT_ATTEMPTED, NOT_YET, Verdict
from attncourse.grading import wire
from attncourse.grading.records import defining
from attncourse.grading.sandbox import LIMITS, Sandbox
from attncourse.grading.served import Served

REPLY_BYTES = 9 * 2**20  # of one message; the child keeps outcomes below 8 MB
STARTS = 12  # children per submission, before the rest is given up
ELEMENTS = 4096  # that an answer may hand to a function it was given, beyond 4 times the case's


NOTHING = Served({}, {}, frozenset())


@dataclass
class Task:
    """What a submission asks of a child: cells, the exercises to grade, modules it may import."""

    cells: list[str]
    exercises: list[Exercise]
    served: Served = NOTHING


@dataclass
class Graded:
    """Verdicts by exercise, and what went wrong in cells, by their index."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    troubles: dict[int, str] = field(default_factory=dict)


class ChildLostError(Exception):
    """The child ended, or stopped talking, or talked nonsense."""


class MissingError(Exception):
    """No cell gave the exercise's name a meaning."""


class Child:
    """The judge's end of one child."""

    def __init__(self, sandbox: Sandbox, limits: dict):
        self.reading, self.writing = sandbox.fork()
        self.send({"limits": limits})

    def send(self, message, seconds: float = 10.0) -> None:
        """Send a message; raises ChildLostError when nobody reads it."""
        try:
            wire.send(self.writing, message, time.monotonic() + seconds)
        except (OSError, TimeoutError) as error:
            raise ChildLostError(str(error)) from None

    def receive(self, seconds: float) -> dict:
        """The next message; raises ChildLostError when none comes in time or it is no message."""
        try:
            reply = wire.receive(self.reading, time.monotonic() + seconds, REPLY_BYTES)
        except TimeoutError:
            raise ChildLostError("it did not stop in time") from None
        except (EOFError, OSError):
            raise ChildLostError("it ended the process") from None
        except wire.WireError as error:
            raise ChildLostError(f"it sent {error}") from None
        if not isinstance(reply, dict):
            raise ChildLostError("it sent something that is no reply")
        return reply

    def close(self) -> None:
        """Hang up."""
        os.close(self.reading)
        os.close(self.writing)


class RemoteAnswer:
    """An answer in the child: the same interface as a learner's own object in a notebook."""

    def __init__(self, exercise: str, child: Child, limits: dict):
        self.exercise, self.child, self.limits = exercise, child, limits
        self.ends = time.monotonic() + limits["exercise_seconds"]

    def run(self, case: Case) -> Outcome:
        """Send a case, receive its outcome; raises ChildLostError when the child is gone."""
        functions: list = []
        sent = {
            "args": [_sendable(value, functions) for value in case.args],
            "kwargs": {name: _sendable(v, functions) for name, v in case.kwargs.items()},
            "gradient": case.gradient,
            "build": case.build,
            "state": case.state,
        }
        self.child.send({"exercise": self.exercise, "case": sent})
        most = ELEMENTS + 4 * _elements([*case.args, *case.kwargs.values()])
        while True:
            reply = self.child.receive(self._seconds(2 if case.gradient else 1))
            if "call" in reply or "gradient" in reply:
                self.child.send(_computed(reply, functions, most))
            elif "missing" in reply:
                raise MissingError
            else:
                return outcome_of(reply)

    def _seconds(self, calls):
        left = self.ends - time.monotonic()
        if left <= 0:
            total = self.limits["exercise_seconds"]
            raise ChildLostError(f"its calls took more than {total:g} seconds together")
        return min(left, calls * self.limits["call_seconds"]) + self.limits["grace_seconds"]


def _sendable(value, functions):
    """An argument for the wire: functions stay here and are called from there."""
    if type(value).__name__ == "Generator" and hasattr(value, "get_state"):
        return wire.Handle("generator", value.get_state())
    if callable(value):
        functions.append(value)
        return wire.Handle("callable", len(functions) - 1)
    return value


def _elements(values) -> int:
    return sum(value.numel() for value in values if hasattr(value, "numel"))


def _computed(reply, functions, most) -> dict:
    """What a function among the arguments gives for tensors that the child chose, bounded."""
    import torch

    try:
        asked = reply.get("call") or reply["gradient"]
        function, args, kwargs = functions[asked["function"]], asked["args"], asked["kwargs"]
        if _elements([*args, *kwargs.values()]) > most:
            raise ChildLostError("it gave a function far more numbers than there are")
        if "call" in reply:
            with torch.no_grad():
                return {"value": function(*args, **kwargs)}
        leaves = [a.requires_grad_(a.is_floating_point()) for a in args]
        result = function(*leaves)
        wanted = [leaf for leaf in leaves if leaf.requires_grad]
        found = iter(
            torch.autograd.grad(result, wanted, asked["gradient"], allow_unused=True)
            if result.requires_grad
            else [None] * len(wanted)
        )
        return {"value": [next(found) if leaf.requires_grad else None for leaf in leaves]}
    except ChildLostError:
        raise
    except Exception as error:  # a function given nonsense raises there as it would at home
        return {"raised": [type(error).__name__, str(error)[:300]]}


class Grader:
    """Grades submissions one after another in a warm sandbox, replaced whenever it is damaged."""

    def __init__(
        self, *, wrap: str | None, packages: tuple[str, ...] = (), adopt: bool = False, **limits
    ):
        self.options = {"wrap": wrap, "packages": packages, "adopt": adopt}
        self.wrap, self.limits = wrap, LIMITS | limits
        self._sandbox: Sandbox | None = None

    def grade(self, task: Task) -> Graded:
        """Grade one submission. A child that is lost costs the cell or the exercise it was in."""
        graded, left_out = Graded(), set()
        ends = time.monotonic() + self.limits["submission_seconds"]
        for _ in range(STARTS):
            waiting = [e for e in task.exercises if e.name not in graded.verdicts]
            if not waiting or time.monotonic() > ends:
                break
            self._attempt(task, waiting, graded, left_out)
        for exercise in task.exercises:
            message = "Not graded: the notebook kept ending the process that ran it."
            lost = _told(exercise, message, "kept ending the process")
            graded.verdicts.setdefault(exercise.name, lost)
        return graded

    def close(self) -> None:
        """End the sandbox."""
        if self._sandbox:
            self._sandbox.close()
            self._sandbox = None

    def _attempt(self, task, waiting, graded, left_out):
        self._sandbox = self._sandbox or Sandbox(**self.options)
        child = None
        try:
            child = Child(self._sandbox, self.limits)
            if self._run_cells(child, task, graded, left_out):
                first = [e for e in waiting if e.name in task.served.first]
                for exercise in first:
                    self._judge(child, exercise, task, graded)
                child.send({"later": task.served.later})
                for exercise in waiting:
                    if exercise not in first:
                        self._judge(child, exercise, task, graded)
        except (ChildLostError, OSError):
            pass
        finally:
            if child:
                child.close()
            if not self._sandbox.clean():
                self.close()

    def _run_cells(self, child, task, graded, left_out) -> bool:
        """Run all cells but those that ended a child before; False when one ends this child."""
        run = [index for index in range(len(task.cells)) if index not in left_out]
        seconds = {name: self.limits[name] for name in ("cell_seconds", "call_seconds")}
        child.send({"cells": task.cells, "run": run, "modules": task.served.modules} | seconds)
        ends = time.monotonic() + self.limits["cells_seconds"]
        for index in run:
            left = min(ends - time.monotonic(), self.limits["cell_seconds"])
            patience = max(0.0, left) + self.limits["grace_seconds"]
            try:
                error = child.receive(patience).get("error", "")
            except ChildLostError as lost:
                left_out.update(run[run.index(index) :] if left < 0 else [index])
                graded.troubles[index] = str(lost)
                return False
            if error:
                graded.troubles[index] = str(error)[:300]
        return True

    def _judge(self, child, exercise, task, graded):
        """Judge one answer; raises ChildLostError when it took the child with it."""
        try:
            answer = RemoteAnswer(exercise.name, child, self.limits)
            graded.verdicts[exercise.name] = judge(exercise, answer)
        except MissingError:
            graded.verdicts[exercise.name] = _undefined(exercise, task, graded)
        except ChildLostError as lost:
            message = f"What is wrong: your {exercise.name} was called, and {lost}."
            graded.verdicts[exercise.name] = _told(exercise, message, str(lost))
            raise
        except Exception as error:  # what an answer sends must not end the grader
            message = f"The result cannot be compared ({type(error).__name__})."
            graded.verdicts[exercise.name] = _told(exercise, message, "")


def _undefined(exercise, task, graded) -> Verdict:
    """What to say where no cell gave the exercise's name a meaning: none tries to, or it fails."""
    trouble = graded.troubles.get(defining(task.cells, exercise.name))
    if trouble:
        message = f"The cell that defines {exercise.name} did not run to its end: {trouble}"
        return _told(exercise, message, "left an error in the cell that defines it")
    message = f"No cell of the notebook defines {exercise.name}."
    return Verdict(exercise.name, NOT_ATTEMPTED, message, (), exercise.points)


def _told(exercise, message, mistake) -> Verdict:
    name = mistake.removeprefix("it ").replace("its calls", "made calls that")
    return Verdict(exercise.name, NOT_YET, message, (name,) if name else (), exercise.points)


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
    family = tuple(str(kind)[:100] for kind in sent["family"][:20])
    return Raised(
        str(sent["kind"])[:100],
        str(sent["message"])[:300],
        str(sent["line"])[:300],
        sent["stub"] is True,
        family,
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
