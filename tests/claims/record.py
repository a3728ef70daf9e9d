"""What a claim is, how it is measured, and where those of a lesson are found."""

import inspect
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import NamedTuple

from attncourse.curriculum import Lesson

SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class Claim:
    """Words of a lesson, and the measurement that bears them out."""

    words: str
    measure: Callable
    holds: Callable[..., bool]
    beside: str
    shown: str
    seeds: Sequence[int]
    exact: str

    def run(self) -> "Result":
        """Measure on every seed; an exact claim is measured once."""
        start = time.process_time()
        drawn = [
            _pair(self.measure()) if self.exact else _pair(self.measure(s)) for s in self.seeds
        ]
        held = [self.holds(*(x for x in pair if x is not None)) for pair in drawn]
        values, controls = ([pair[side] for pair in drawn] for side in (0, 1))
        spent = time.process_time() - start
        return Result(self, values, controls, [bool(h) for h in held], spent)


class Result(NamedTuple):
    """What came out: one value and one control for each seed, and whether the claim held there."""

    claim: Claim
    values: list[float]
    controls: list[float | None]
    held: list[bool]
    seconds: float

    @property
    def holds(self) -> bool:
        return all(self.held)

    def spread(self, numbers: Sequence[float | None]) -> str:
        """The median with the least and the largest, as the claim wants its numbers shown."""
        if None in numbers:
            return "–"
        middle, *ends = (
            format(x, self.claim.shown)
            for x in (statistics.median(numbers), min(numbers), max(numbers))
        )
        return middle if self.claim.exact else f"{middle}  ({ends[0]} … {ends[1]})"


def claim(
    words: str,
    *,
    holds: Callable[..., bool],
    beside: str = "",
    shown: str = ".3g",
    seeds: Sequence[int] = SEEDS,
    exact: str = "",
) -> Callable[[Callable], Claim]:
    """Register a measurement for a lesson's words.

    Args:
        words: a phrase that stands in the lesson, marks and line ends left aside.
        holds: of the value, and of the control where there is one, for each seed.
        beside: what the control is.
        shown: format of the numbers in the table.
        seeds: at least three.
        exact: why one run is enough, where nothing is drawn.
    """
    if len(set(seeds)) < 3 and not exact:
        raise ValueError(f"a claim needs three seeds or a reason in `exact`; got {list(seeds)}")
    return lambda measure: Claim(
        words, measure, holds, beside, shown, seeds[:1] if exact else seeds, exact
    )


def claims_of(lesson: Lesson) -> list[Claim]:
    """The claims of a lesson, in the order in which its file makes them."""
    found = [value for _, value in inspect.getmembers(_file(lesson)) if isinstance(value, Claim)]
    return sorted(found, key=lambda claim: claim.measure.__code__.co_firstlineno)


def given_by(lesson: Lesson) -> dict[str, str]:
    """Numbers that the lesson states without computing them, each with its source."""
    return getattr(_file(lesson), "GIVEN", {})


def has_file(lesson: Lesson) -> bool:
    """Whether the lesson's claims have been written down."""
    return find_spec(f"tests.claims.{lesson.slug}") is not None


def _file(lesson: Lesson):
    return import_module(f"tests.claims.{lesson.slug}")


def _pair(measured) -> tuple[float, float | None]:
    value, control = measured if isinstance(measured, tuple) else (measured, None)
    return float(value), None if control is None else float(control)
