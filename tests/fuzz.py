"""`make fuzz`: odd answers never make a check raise or hang; `python -m tests.fuzz 99` tries 99."""

import itertools
import random
import sys

import numpy as np
import torch

from attncourse.checks import exercise
from attncourse.checks.engine.answer import LocalAnswer
from attncourse.checks.engine.judge import judge
from attncourse.curriculum import LESSONS

MANY = 10_000


class Liar:
    """An object whose shape, length and comparisons are not to be believed."""

    shape, ndim, dtype = (-1, "many"), None, "float64"

    def __len__(self):
        raise ValueError("no length")

    def __eq__(self, other):
        raise ValueError("no comparison")

    __hash__ = None

    def __repr__(self):
        raise ValueError("no words")


def _recursive():
    things: list = []
    things.append(things)
    return things


THINGS = (
    *(lambda: None, lambda: True, lambda: 3, lambda: float("nan"), lambda: 1j, lambda: "text"),
    *(lambda: b"bytes", lambda: {}, lambda: {1: [2]}, lambda: {np.float64: 1}, lambda: set("ab")),
    *(lambda: [], lambda: (), lambda: ((),), lambda: (None, None), lambda: _recursive()),
    *(lambda: Liar(), lambda: (Liar(), Liar()), lambda: object, lambda: print, lambda: Ellipsis),
    *(lambda: iter([1]), lambda: (x for x in "ab"), lambda: lambda: None, lambda: range(10**12)),
    *(lambda: np.zeros((0, 3)), lambda: np.array(["a"]), lambda: np.array([None, 1], object)),
    *(lambda: np.zeros(2, "datetime64[s]"), lambda: np.ma.masked, lambda: np.float16(7)),
    *(lambda: np.broadcast_to(1.0, (10**5, 10)), lambda: np.zeros(3, "c16"), lambda: 10**400),
    *(lambda: torch.zeros(0), lambda: torch.zeros(3, dtype=torch.complex64)),
    *(lambda: torch.zeros(3, device="meta"), lambda: torch.eye(3).to_sparse()),
    *(lambda: torch.zeros(2, dtype=torch.bfloat16), lambda: torch.nn.Linear(2, 3)),
    *(lambda: torch.Generator(), lambda: [torch.zeros(2), np.zeros(2), 1, "a"]),
)


def odd_answer(rng: random.Random):
    """A function that returns one odd thing, or another on every call, or raises now and then."""
    things = rng.choices(THINGS, k=rng.choice((1, 1, 2, 3)))
    calls = itertools.count()

    def answer(*args, **kwargs):
        number = next(calls)
        if len(things) == 3 and number % 5 == 4:
            raise rng.choice((ValueError, KeyError, RecursionError, MemoryError, StopIteration))
        thing = things[number % len(things)]()
        return (args[0], thing) if len(things) == 2 and args else thing

    return answer


def main(count: int) -> None:
    """Check that many odd answers, exercise after exercise; stops with the first error."""
    names = [name for lesson in LESSONS for name in lesson.exercises]
    for seed, name in zip(range(count), itertools.cycle(names), strict=False):
        verdict = judge(exercise(name), LocalAnswer(odd_answer(random.Random(seed)), seconds=1.0))
        assert verdict.state == "not yet", (seed, name)
        assert verdict._repr_mimebundle_(), (seed, name)
    print(f"{count} odd answers: every check said what is wrong")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else MANY)
