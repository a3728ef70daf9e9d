"""Grade one notebook: its cells run in a child that nobody trusts, the verdicts are made here."""

import os
import time
from dataclasses import dataclass, field

from attncourse.checks.engine.case import Case
from attncourse.checks.engine.exercise import Exercise, Finding
from attncourse.checks.engine.judge import judge
from attncourse.checks.engine.outcome import Outcome
from attncourse.checks.engine.source import definition
from attncourse.checks.engine.verdict import NOT_ATTEMPTED, NOT_YET, Verdict
from attncourse.grading.records import defining
from attncourse.grading.untrusted import wire
from attncourse.grading.untrusted.forms import case_data, outcome_of
from attncourse.grading.untrusted.handout import Served
from attncourse.grading.untrusted.limits import ELEMENTS, LIMITS, MESSAGE_BYTES, STARTS
from attncourse.grading.untrusted.sandbox import Sandbox

NOTHING = Served({}, {}, frozenset())


@dataclass
class Work:
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
            reply = wire.receive(self.reading, time.monotonic() + seconds, MESSAGE_BYTES)
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

    def __init__(self, exercise: Exercise, child: Child, limits: dict, source: str = ""):
        self.name, self.child, self.limits, self.source = exercise.name, child, limits, source
        own = sum(case.seconds or 0.0 for case, _ in exercise.truths)  # what long cases may take
        self.total = limits["exercise_seconds"] + own
        self.ends = time.monotonic() + self.total

    def run(self, case: Case) -> Outcome:
        """Send a case, receive its outcome; raises ChildLostError when the child is gone."""
        functions: list = []
        self.child.send({"exercise": self.name, "case": case_data(case, functions)})
        most = ELEMENTS + 4 * _elements([*case.args, *case.kwargs.values()])
        while True:
            reply = self.child.receive(self._seconds(case))
            if "call" in reply or "gradient" in reply:
                self.child.send(_computed(reply, functions, most))
            elif "missing" in reply:
                raise MissingError
            else:
                return _outcome(reply)

    def _seconds(self, case):
        left = self.ends - time.monotonic()
        if left <= 0:
            raise ChildLostError(f"its calls took more than {self.total:g} seconds together")
        calls = 2 if case.gradient else 1
        most = calls * (case.seconds or self.limits["call_seconds"])
        return min(left, most) + self.limits["grace_seconds"]


def _outcome(reply: dict) -> Outcome:
    try:
        return outcome_of(reply.get("outcome"))
    except ValueError as error:
        raise ChildLostError(f"it sent {error}") from None


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

    def grade(self, work: Work) -> Graded:
        """Grade one submission. A child that is lost costs the cell or the exercise it was in."""
        graded, left_out = Graded(), set()
        ends = time.monotonic() + self.limits["submission_seconds"]
        for _ in range(STARTS):
            waiting = [e for e in work.exercises if e.name not in graded.verdicts]
            if not waiting or time.monotonic() > ends:
                break
            self._attempt(work, waiting, graded, left_out)
        for exercise in work.exercises:
            why = "Not graded: the notebook kept ending the process that ran it."
            lost = _told(exercise, "kept-ending", "kept ending the process", why)
            graded.verdicts.setdefault(exercise.name, lost)
        return graded

    def close(self) -> None:
        """End the sandbox."""
        if self._sandbox:
            self._sandbox.close()
            self._sandbox = None

    def _attempt(self, work, waiting, graded, left_out):
        self._sandbox = self._sandbox or Sandbox(**self.options)
        child = None
        try:
            child = Child(self._sandbox, self.limits)
            if self._run_cells(child, work, graded, left_out):
                first = [e for e in waiting if e.name in work.served.first]
                for exercise in first:
                    self._judge(child, exercise, work, graded)
                child.send({"later": work.served.later})
                for exercise in waiting:
                    if exercise not in first:
                        self._judge(child, exercise, work, graded)
        except (ChildLostError, OSError):
            pass
        finally:
            if child:
                child.close()
            if not self._sandbox.clean():
                self.close()

    def _run_cells(self, child, work, graded, left_out) -> bool:
        """Run all cells but those that ended a child before; False when one ends this child."""
        run = [index for index in range(len(work.cells)) if index not in left_out]
        seconds = {name: self.limits[name] for name in ("cell_seconds", "call_seconds")}
        child.send({"cells": work.cells, "run": run, "modules": work.served.modules} | seconds)
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

    def _judge(self, child, exercise, work, graded):
        """Judge one answer; raises ChildLostError when it took the child with it."""
        try:
            text = _text_of(exercise, work)
            answer = RemoteAnswer(exercise, child, self.limits, text)
            graded.verdicts[exercise.name] = judge(exercise, answer)
        except MissingError:
            graded.verdicts[exercise.name] = _undefined(exercise, work, graded)
        except ChildLostError as lost:
            name = str(lost).removeprefix("it ").replace("its calls", "made calls that")
            why = f"Your {exercise.name} was called, and {lost}."
            graded.verdicts[exercise.name] = _told(exercise, "child-lost", name, why)
            raise
        except Exception as error:  # what an answer sends must not end the grader
            note = f"The result cannot be compared ({type(error).__name__})."
            graded.verdicts[exercise.name] = _noted(exercise, NOT_YET, note)


def _text_of(exercise, work) -> str:
    """The text that defines an answer, out of the last cell that does."""
    index = defining(work.cells, exercise.name)
    return "" if index is None else definition(work.cells[index], exercise.name)


def _undefined(exercise, work, graded) -> Verdict:
    """What to say where no cell gave the exercise's name a meaning: none tries to, or it fails."""
    trouble = graded.troubles.get(defining(work.cells, exercise.name))
    if trouble:
        why = f"The cell that defines {exercise.name} did not run to its end: {trouble}"
        return _told(exercise, "cell-failed", "left an error in the cell that defines it", why)
    return _noted(exercise, NOT_ATTEMPTED, f"No cell of the notebook defines {exercise.name}.")


def _told(exercise, id, name, why) -> Verdict:
    return Verdict(exercise.name, NOT_YET, exercise.points, (Finding(id, name, why),))


def _noted(exercise, state, note) -> Verdict:
    return Verdict(exercise.name, state, exercise.points, note=note)
