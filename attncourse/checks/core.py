"""What an exercise is: a reference, inputs that separate, laws, hints and known mistakes."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

from attncourse.checks.answer import Case, LocalAnswer, Outcome

__all__ = ["Case", "Exercise", "Law", "Mistake"]


@dataclass(frozen=True)
class Law:
    """A property of every right answer: `holds(result, *arguments)`; used to explain a failure.

    Where a case is not exact, its laws alone tell right from wrong.
    """

    name: str
    holds: Callable[..., bool]


class Mistake:
    """A wrong way with a name: a setting of the rewrite's knobs, or a small wrong function.

    `name` ends the sentence "you …"; `why` says in the learner's words what to think about.
    """

    def __init__(self, name: str, why: str, *, wrong: Callable | None = None, **knobs):
        if (wrong is None) == (not knobs):
            raise ValueError(f"mistake {name!r} takes either wrong=function or knobs; got neither")
        self.name, self.why, self.wrong, self.knobs = name, why, wrong, knobs


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
    def truths(self) -> tuple[tuple[Case, Outcome], ...]:
        """Every case with what the reference does with it."""
        answer = LocalAnswer(self.reference)
        cases = [case.under(self.laws).with_state(self.reference) for case in self.cases()]
        return tuple((case, answer.run(case)) for case in cases)

    @cached_property
    def singles(self) -> tuple[Candidate, ...]:
        """Every known mistake as a running implementation."""
        return tuple(Candidate((mistake,), self._wrong(mistake)) for mistake in self.mistakes)

    @cached_property
    def pairs(self) -> tuple[Candidate, ...]:
        """Every two mistakes that set different knobs, made together."""
        turned = [mistake for mistake in self.mistakes if mistake.knobs]
        return tuple(
            Candidate((one, two), partial(self.rewrite, **one.knobs, **two.knobs))
            for index, one in enumerate(turned)
            for two in turned[index + 1 :]
            if not one.knobs.keys() & two.knobs.keys()
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

    def _wrong(self, mistake: Mistake) -> Callable:
        return mistake.wrong or partial(self.rewrite, **mistake.knobs)
