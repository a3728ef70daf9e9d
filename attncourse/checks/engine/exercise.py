"""What an exercise is: a reference, inputs that separate, laws, hints and known mistakes."""

import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

from attncourse.checks.engine.answer import LocalAnswer
from attncourse.checks.engine.case import Case
from attncourse.checks.engine.outcome import Outcome
from attncourse.checks.engine.verdict import Finding

__all__ = ["Case", "Exercise", "Finding", "Law", "Mistake"]


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

    def __init__(self, id: str, name: str, why: str, *ways, alone: bool = False, **knobs):
        if not ways and not knobs:
            raise ValueError(f"mistake {id!r} needs a way to be made: knobs, or a function")
        self.id, self.name, self.why, self.alone = id, name, why, alone
        self.ways = (*ways, knobs) if knobs else ways

    @property
    def settings(self) -> tuple[dict, ...]:
        """The ways that turn knobs, and so can be made together with another mistake."""
        return () if self.alone else tuple(way for way in self.ways if isinstance(way, dict))


class Candidate:
    """A wrong implementation that an answer may agree with: one known mistake, or two at once."""

    def __init__(self, mistakes: tuple[Mistake, ...], function: Callable):
        self.mistakes = mistakes
        self.answer = LocalAnswer(function)
        self._outcomes: dict[tuple[int, bool], Outcome] = {}

    def values(self, index: int, case: Case) -> Outcome:
        """What this wrong implementation returns for a case, without gradients; computed once."""
        return self._run(index, case.without_gradient())

    def outcome(self, index: int, case: Case) -> Outcome:
        """The same with gradients, where the case asks for them."""
        return self._run(index, case)

    def _run(self, index, case):
        key = index, case.gradient
        if key not in self._outcomes:
            self._outcomes[key] = self.answer.run(case)
        return self._outcomes[key]


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
        sizes: names the sizes in a case, `{"d_k": 6}`, to explain a wrong factor.
        returns: names of the parts where the answer is a tuple.
        given: the wrong code that a *mend it* exercise hands out in place of a stub.
    """

    reference: Callable
    points: int
    cases: Callable[[], list[Case]]
    hints: tuple[str, ...]
    mistakes: tuple[Mistake, ...]
    verified: str
    rewrite: Callable | None = None
    laws: tuple[Law, ...] = ()
    sizes: Callable[..., dict[str, int]] | None = None
    returns: tuple[str, ...] = ()
    given: Callable | None = None

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
        answer = LocalAnswer(self.reference)
        cases = [case.under(self.laws).with_state(self.reference) for case in self.cases()]
        return tuple((case, Outcome() if case.measured else answer.run(case)) for case in cases)

    @cached_property
    def singles(self) -> tuple[Candidate, ...]:
        """Every way of every known mistake as a running implementation."""
        return tuple(
            Candidate((mistake,), self._wrong(way))
            for mistake in self.mistakes
            for way in mistake.ways
        )

    @cached_property
    def pairs(self) -> tuple[Candidate, ...]:
        """Every two mistakes that set different knobs, made together."""
        turned = [(mistake, way) for mistake in self.mistakes for way in mistake.settings]
        return tuple(
            Candidate((one, two), partial(self.rewrite, **first, **second))
            for index, (one, first) in enumerate(turned)
            for two, second in turned[index + 1 :]
            if not first.keys() & second.keys()
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
