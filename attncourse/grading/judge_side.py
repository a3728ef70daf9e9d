"""Grade one notebook: its cells run in a child that nobody trusts, the verdicts are made here."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, partial

from attncourse.checks.engine.exercise import Exercise, Finding
from attncourse.checks.engine.judge import judge
from attncourse.checks.engine.source import definitions
from attncourse.checks.engine.time_limit import ASLEEP
from attncourse.checks.engine.verdict import NOT_ATTEMPTED, NOT_YET, Verdict
from attncourse.grading.link import Child, ChildLostError
from attncourse.grading.records import defining
from attncourse.grading.remote_answer import Batch, MissingError, RemoteAnswer, first_batch
from attncourse.grading.secret import SecretBatch, confirmed
from attncourse.grading.untrusted.handout import Served
from attncourse.grading.untrusted.limits import LIMITS, STARTS
from attncourse.grading.untrusted.sandbox import Sandbox

NOTHING = Served({}, {}, frozenset())


@dataclass
class Work:
    """What a submission asks of a child: cells, the exercises to grade, modules it may import."""

    cells: list[str]
    exercises: list[Exercise]
    served: Served = NOTHING
    secret: str = ""  # the class's, for inputs that nobody has seen; none are drawn without


@dataclass
class Graded:
    """Verdicts by exercise, and what went wrong in cells, by their index."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    troubles: dict[int, str] = field(default_factory=dict)
    incidents: list[str] = field(default_factory=list)  # for a person to look at


class Grader:
    """Grades submissions one after another in a warm sandbox, replaced whenever it is damaged."""

    def __init__(
        self,
        *,
        wrap: str | None,
        packages: tuple[str, ...] = (),
        adopt: bool = False,
        without: int = 0,
        **limits,
    ):
        self.options = {"wrap": wrap, "packages": packages, "adopt": adopt, "without": without}
        self.wrap, self.limits = wrap, LIMITS | limits
        self._sandbox: Sandbox | None = None
        self._batches: dict[tuple, Batch | SecretBatch] = {}

    def grade(self, work: Work) -> Graded:
        """Grade one submission. A child that is lost costs the cell or the exercise it was in."""
        graded, left_out = Graded(), set()
        ends = time.monotonic() + self.limits["submission_seconds"]
        for _ in range(STARTS):
            waiting = [e for e in work.exercises if e.name not in graded.verdicts]
            if not waiting or time.monotonic() > ends:
                break
            self._attempt(work, waiting, graded, left_out, ends)
        late = time.monotonic() > ends
        why = (
            f"used up the {self.limits['submission_seconds']:g} seconds that a submission has"
            if late
            else "kept ending the process that ran it"
        )
        for exercise in work.exercises:
            lost = _told(exercise, "kept-ending", why, f"Not graded: the notebook {why}.")
            graded.verdicts.setdefault(exercise.name, lost)
        return graded

    def close(self) -> None:
        """End the sandbox."""
        if self._sandbox:
            self._sandbox.close()
            self._sandbox = None

    def _attempt(self, work, waiting, graded, left_out, ends):
        self._sandbox = self._sandbox or Sandbox(**self.options)
        child = None
        try:
            child = Child(self._sandbox, self.limits, ends)
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
                graded.incidents.append("left the process that serves everybody damaged: replaced")
                self.close()

    def _run_cells(self, child, work, graded, left_out) -> bool:
        """Run all cells but those that ended a child before; False when one ends this child."""
        run = [index for index in range(len(work.cells)) if index not in left_out]
        seconds = {name: self.limits[name] for name in ("cell_seconds", "call_seconds")}
        child.send({"cells": work.cells, "run": run, "modules": work.served.modules} | seconds)
        ends = time.monotonic() + self.limits["cells_seconds"]
        for index in run:
            left = min(ends - time.monotonic(), ASLEEP * self.limits["cell_seconds"])
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
            answer = RemoteAnswer(exercise, child, self.limits, text, self._batch)
            verdict = judge(exercise, answer)
            if verdict and work.secret:
                verdict, odd = confirmed(verdict, answer, partial(self._secret, exercise, work))
                graded.incidents += [odd] if odd else []
            graded.verdicts[exercise.name] = verdict
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

    def _batch(self, exercise: Exercise) -> Batch:
        """The first batch of an exercise, packed once for all submissions."""
        return self._kept((exercise.name, id(exercise)), lambda: first_batch(exercise))

    def _secret(self, exercise: Exercise, work: Work, again: str) -> SecretBatch:
        """What nobody has seen, drawn once for all submissions."""
        secret = work.secret + again
        key = exercise.name, id(exercise), secret
        return self._kept(key, lambda: SecretBatch(exercise, secret))

    def _kept(self, key: tuple, make: Callable):
        if key not in self._batches:
            self._batches[key] = make()
        return self._batches[key]


def _text_of(exercise, work) -> str:
    """The text that defines an answer, out of the last cell that does."""
    index = defining(work.cells, exercise.name)
    return "" if index is None else _definitions(work.cells[index]).get(exercise.name, "")


_definitions = lru_cache(maxsize=64)(definitions)


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
