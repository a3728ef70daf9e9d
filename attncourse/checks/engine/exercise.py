"""What an exercise is: a reference, inputs that separate, laws, hints and known mistakes."""

import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial

from attncourse.checks.engine.answer import LocalAnswer
from attncourse.checks.engine.askew import askew
from attncourse.checks.engine.candidate import Candidate, Turned
from attncourse.checks.engine.case import Case
from attncourse.checks.engine.outcome import Outcome
from attncourse.checks.engine.turns import turns
from attncourse.checks.engine.verdict import CONVENTION, LIKELY, Finding

PATIENCE = 600.0  # seconds for a call of the reference: on a busy machine, it is slow but right

__all__ = ["Case", "Convention", "Exercise", "Finding", "Law", "Mistake"]


@dataclass(frozen=True)
class Law:
    """A property of every right answer: `holds(result, *arguments)`; used to explain a failure.

    Where a case is not exact, its laws alone tell right from wrong. `broken` is what to say where
    this law is the first that fails: the mistake that such a failure proves.
    """

    name: str
    holds: Callable[..., bool]
    broken: Finding | None = None


class Mistake:
    """A wrong answer with a name, and the ways in which people come to it.

    Args:
        id: names it for programs; unique in its exercise, and stays when the words change.
        name: ends the sentence "you …".
        why: says in the learner's words what to think about.
        ways: each a small wrong function, or a wrong result where there is only one, or a
            dictionary of settings for the rewrite's knobs.
        alone: whether the settings stay out of the search for two mistakes at once.
        knobs: the settings of one more way.
    """

    certainty = LIKELY

    def __init__(self, id: str, name: str, why: str, *ways, alone: bool = False, **knobs):
        if not ways and not knobs:
            raise ValueError(f"mistake {id!r} needs a way to be made: knobs, or a function")
        self.id, self.name, self.why, self.alone = id, name, why, alone
        self.ways = (*ways, knobs) if knobs else ways

    @property
    def finding(self) -> Finding:
        """What to say of an answer that agrees."""
        return Finding(self.id, self.name, self.why, self.certainty)

    def joins(self, way) -> bool:
        """Whether a way turns knobs, and so can be made together with another mistake."""
        return isinstance(way, dict) and not self.alone


class Convention(Mistake):
    """No mistake, but another course's or library's way: said so, and not right here."""

    certainty = CONVENTION


@dataclass(frozen=True)
class Exercise:
    """One graded exercise, declared once; its id is the name of the reference.

    Args:
        reference: the package's own function or class.
        points: what a correct answer earns.
        cases: makes the seeded inputs, smallest first.
        hints: mild to strong.
        mistakes: what learners get wrong, most likely first.
        verified: what *correct* stands for, told to the learner.
        rewrite: the reference once more, with a keyword-only knob per mistake.
        laws: properties that explain a failure, and decide where a case is not exact.
        measure: numbers, `measure(result, *arguments)`, that tell mistakes apart where a case is
            not exact; two answers measure alike if no number differs by more than `noise`.
        sizes: names the sizes in a case, `{"d_k": 6}`, to explain a wrong factor.
        returns: names of the parts where the answer is a tuple.
        given: the wrong code that a *mend it* exercise hands out in place of a stub.
        score: one number of what came on the last case, for a class's leaderboard; low is good.
    """

    reference: Callable
    points: int
    cases: Callable[[], list[Case]]
    hints: tuple[str, ...]
    mistakes: tuple[Mistake, ...]
    verified: str
    rewrite: Callable | None = None
    laws: tuple[Law, ...] = ()
    measure: Callable | None = None
    noise: float = 0.0
    sizes: Callable[..., dict[str, int]] | None = None
    returns: tuple[str, ...] = ()
    given: Callable | None = None
    score: Callable | None = None

    @property
    def name(self) -> str:
        """The exercise's id: the name that the learner's object, the check and the lesson share."""
        return self.reference.__name__

    @cached_property
    def arguments(self) -> tuple[str, ...]:
        """Names of the arguments of a call, as the learner wrote them in the signature."""
        call = self.reference.forward if inspect.isclass(self.reference) else self.reference
        return tuple(name for name in inspect.signature(call).parameters if name != "self")

    @cached_property
    def given_source(self) -> str:
        """The text of the wrong code that is handed out, or ""."""
        return textwrap.dedent(inspect.getsource(self.given)) if self.given else ""

    @cached_property
    def truths(self) -> tuple[tuple[Case, Outcome], ...]:
        """Every case with what the reference does with it; with nothing where laws alone decide."""
        return tuple((case, self.right(case)) for case in self.drawn())

    def drawn(self) -> list[Case]:
        """The inputs, made afresh, ready to be run."""
        cases = [self._ready(case) for case in self.cases()]
        return sorted(cases, key=lambda case: case.measured)  # what is only measured stands last

    def _ready(self, case: Case) -> Case:
        return case.under(self.laws, self.measure, self.noise).with_state(self.reference)

    def right(self, case: Case) -> Outcome:
        """What the reference does with a case."""
        patient = LocalAnswer(self.reference, seconds=PATIENCE)
        return Outcome() if case.measured else patient.run(case)

    @cached_property
    def in_float32(self) -> "Exercise":
        """The same exercise with all inputs in float32."""
        return replace(self, cases=lambda: [case.in_float32() for case in self.cases()])

    @cached_property
    def singles(self) -> tuple[Candidate, ...]:
        """Every way of every known mistake as a running implementation."""
        return tuple(
            Candidate((mistake.finding,), self._wrong(way))
            for mistake in self.mistakes
            for way in mistake.ways
        )

    @cached_property
    def knobbed(self) -> tuple[tuple[Candidate, dict], ...]:
        """The singles that turn knobs and may be made together, each with its settings."""
        ways = [(mistake, way) for mistake in self.mistakes for way in mistake.ways]
        both = zip(self.singles, ways, strict=True)
        return tuple((single, way) for single, (mistake, way) in both if mistake.joins(way))

    def together(self, one: tuple[Candidate, dict], two: tuple[Candidate, dict]) -> Candidate:
        """Two mistakes that turn different knobs, made at once."""
        findings = (*one[0].findings, *two[0].findings)
        return Candidate(findings, partial(self.rewrite, **one[1], **two[1]), (one[0], two[0]))

    @cached_property
    def generic(self) -> tuple[Candidate, ...]:
        """What can happen in any exercise: the result turned, or the inputs; not to draws."""
        if not any(case.exact for case, _ in self.truths):
            return ()
        slips = askew(self.reference, self.arguments)
        return (*self.turned, *(Candidate((finding,), wrong) for finding, wrong in slips))

    @cached_property
    def turned(self) -> tuple[Turned, ...]:
        """The right result with one part turned in a way that people turn it."""
        parts = self.returns or ("",)
        told = [f" in `{part}`" if part else "" for part in parts]
        return tuple(
            Turned(replace(finding, name=finding.name + told[part]), turn, part)
            for finding, turn in turns()
            for part in range(len(parts))
        )

    def sizes_of(self, case: Case) -> dict[str, int]:
        """The sizes in a case by name; by argument and axis where the exercise names none."""
        if self.sizes is not None:
            return self.sizes(*case.args, **case.kwargs)
        return {
            f"{name}.shape[{axis}]": argument.shape[axis]
            for name, argument in zip(self.arguments, case.args, strict=False)
            for axis in range(-len(getattr(argument, "shape", ())), 0)
        }

    def _wrong(self, way) -> Callable:
        if isinstance(way, dict):
            return partial(self.rewrite, **way)
        return way if callable(way) else lambda *_, **__: way
