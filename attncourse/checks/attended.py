"""A learner's answer with someone listening: what it prints, and whether it met `breakpoint()`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

from attncourse.checks.engine.answer import LocalAnswer
from attncourse.checks.engine.case import Case
from attncourse.checks.engine.exercise import Exercise
from attncourse.checks.engine.shown import shown_input
from attncourse.checks.engine.verdict import Printed, Verdict

MOST_TEXT = 2000  # characters kept of the beginning, and as many of the end
MOST_LINES = 6  # shown of the beginning, and as many of the end


class AttendedAnswer(LocalAnswer):
    """An answer in this process whose prints are kept, case by case.

    `breakpoint()` is passed by: a check calls an answer dozens of times, against a time limit.
    `stopped` says that there was one.
    """

    def __init__(self, function, source: str = ""):
        super().__init__(function, source)
        self.prints: dict[Case, Prints] = {}
        self.stopped = False

    def put_to_work(self, case, args, kwargs):
        with self._listening(case):
            return super().put_to_work(case, args, kwargs)

    @contextmanager
    def _listening(self, case: Case) -> Iterator[None]:
        """Only the first call for a case is kept: a second one, for gradients, prints the same."""
        heard, hook = Prints(), sys.breakpointhook
        self.prints.setdefault(case, heard)
        sys.breakpointhook = self._pass_by
        try:
            with redirect_stdout(heard):
                yield
        finally:
            sys.breakpointhook = hook

    def _pass_by(self, *_, **__):
        self.stopped = True

    def printed(self, exercise: Exercise, verdict: Verdict) -> Printed | None:
        """What it printed on the input that the verdict shows, else on the first where it did."""
        own = verdict.case.case if verdict.case else None
        heard = {case: prints.text for case, prints in self.prints.items() if prints.text}
        if own in heard:
            return Printed(own.label, heard[own])
        for case, text in heard.items():
            return Printed(case.label, text, shown_input(exercise, case))
        return None


class Prints:
    """A file that keeps the beginning and the end of what is written to it."""

    def __init__(self):
        self._start, self._end, self._lost = "", "", 0

    def write(self, text: str) -> int:
        room = MOST_TEXT - len(self._start)
        self._start += text[:room]
        rest = self._end + text[room:]
        self._end = rest[-MOST_TEXT:]
        self._lost += rest[:-MOST_TEXT].count("\n")
        return len(text)

    def flush(self) -> None:
        """Nothing waits."""

    @property
    def text(self) -> str:
        """All of it, or its first and last lines with the number of those between."""
        lines = f"{self._start}{self._end}".splitlines()
        between = len(lines) + self._lost - 2 * MOST_LINES
        if between <= 0:
            return "\n".join(lines)
        lines[MOST_LINES:-MOST_LINES] = [f"… {between} more lines …"]
        return "\n".join(lines)
