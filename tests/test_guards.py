"""Every guard of the engine is switched off, one by one, and each time something false is said."""

import importlib
import pkgutil
import sys

import numpy as np
import pytest
import torch

from attncourse.checks import engine, exercise
from attncourse.checks.engine.answer import LocalAnswer
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.engine.guards import GUARDS
from attncourse.checks.engine.judge import judge

for found in pkgutil.iter_modules(engine.__path__):
    importlib.import_module(f"{engine.__name__}.{found.name}")

ROWS = np.array([[-3.0, 1.0, 2.0], [4.0, -1.5, 0.5]])
MASK = np.array([[True, False, True], [True, True, False]])
PLAIN = [Case("plain", x) for x in (ROWS, ROWS[:1] / 2, ROWS * 3, np.abs(ROWS), -np.abs(ROWS))]
MASKED = [Case("masked", ROWS * size, MASK) for size in (1, -2, 0.5, 3)]


def rule(x, mask=None, *, factor=1.0, step=1.0, lift=0.0, late=0.0):
    """The toy: one more than `x`, and 0 where a mask says no; each knob is a mistake."""
    result = x * factor + step + lift + late * (x < 0)
    return result if mask is None else np.where(mask, result, 0.0)


def right(x, mask=None):
    return rule(x, mask)


def mistake(id, *ways, **knobs):
    return Mistake(id, f"made {id}", "Why.", *ways, **knobs)


TWICE, NO_STEP = mistake("twice", factor=2.0), mistake("no-step", step=0.0)
MORE, LESS = mistake("more", lift=1.0), mistake("less", late=-1.0)


def toy(*mistakes, cases=(*PLAIN, *MASKED), reference=right, **more):
    text = {"points": 1, "hints": ("a",), "verified": "toys", "rewrite": rule}
    return Exercise(
        reference=reference, cases=lambda: list(cases), mistakes=mistakes, **text | more
    )


def told(exercise, answer, source=""):
    return judge(exercise, LocalAnswer(answer, source))


def names(exercise, answer):
    return " · ".join(told(exercise, answer).mistakes)


def raising(error, when, otherwise=right):
    def answer(x, mask=None):
        if when(x, mask):
            raise error
        return otherwise(x, mask)

    return answer


def missing(key):
    """An error whose words are Python's own."""
    return lambda x, mask=None: rule(x) if mask is None else {}[key]


# One law for each guard: true with the guard, and false without it --------------------------------


def both_needed():
    answer = names(toy(MORE, LESS), lambda x, m=None: rule(x, m, lift=1.0, late=-1.0))
    return "made more" not in answer


def is_denied():
    def answer(x, mask=None):
        if mask is None:
            return rule(x, step=0.0)
        return right(x, mask) if x[0, 0] < 0 else right(x, mask) - 5 * mask

    return "made no-step" not in names(toy(TWICE, NO_STEP), answer)


def _same_error():
    return "made miss" not in names(toy(mistake("miss", missing("a"))), missing("b"))


def _is_enough():
    answer = raising(ValueError("odd"), lambda x, m: x[0, 0] != -3, lambda x, m: rule(x, m, step=0))
    return "made no-step" not in names(toy(NO_STEP, cases=PLAIN), answer)


def _enough_came():
    tripled = mistake("tripled", factor=3.0)
    answer = raising(
        ValueError("odd"), lambda x, m: m is not None, lambda x, m: rule(x, factor=3.0, lift=1.0)
    )
    return "made" not in names(toy(tripled, MORE, cases=[*PLAIN[:2], *MASKED]), answer)


def _goes_wrong_alike():
    def changes(x, mask=None):
        made = right(x, mask)
        x += 1
        return made

    answer = names(
        toy(mistake("a-change", changes)), lambda x, m=None: right(x, m).astype("float32")
    )
    return "made a-change" not in answer


def _others_fit():
    two = toy(
        mistake("none", lambda x: (x, x)),
        cases=PLAIN,
        reference=lambda x: (x, x + 1),
        returns=("one", "two"),
    )
    return "factor" not in names(two, lambda x: (3 * x, np.sin(x) + x[0, 0]))


def _makes_no_difference():
    return "never used" not in names(toy(TWICE), lambda x, m=None: rule(x, m) + np.sin(x))


def _size_1_is_proved():
    narrow = toy(TWICE, cases=PLAIN, reference=lambda x: x.sum(-1, keepdims=True)[:1])
    return "keepdim" not in told(narrow, lambda x: x[0, :1]).message


def _gives():
    return "swapped" not in names(exercise("distance_score"), lambda query, key: query @ key)


def same_values():
    return "made twice" not in names(toy(TWICE), lambda x, m=None: rule(x, m) + np.sin(x))


def flips(share):
    return lambda n, generator: torch.rand(n, generator=generator) < share


def coin(**more):
    """Right answers differ: laws decide."""
    laws = (Law("half are True", lambda result, *_: 0.45 < result.float().mean() < 0.55),)
    text = {
        "reference": flips(0.5),
        "cases": [Case("many", 4000, torch.Generator().manual_seed(0), exact=False)],
        "laws": laws,
        "measure": lambda result, *_: [result.float().mean().item()],
        "noise": 0.05,
    }
    return toy(mistake("one-side", flips(2.0)), **text | more)


def _measure_alike():
    return "made one-side" not in names(coin(), flips(0.8))


def shown_of(exercise, answer):
    return told(exercise, answer).case.args[0].shape


LONG = np.arange(200.0).reshape(2, 100)
FIRST = mistake("first", lambda x: np.where(x.shape[0] == 1, 2 * x + 1, x + 1))
DOUBLED = mistake("doubled", lambda x: 2 * x + 1)


def showing(*sizes):
    return toy(FIRST, DOUBLED, cases=[Case("plain", x) for x in sizes], reference=lambda x: x + 1)


def _can_be_shown():
    return shown_of(showing(ROWS[:1], LONG, ROWS), lambda x: 2 * x + 1) == (2, 3)


def _agrees():
    return shown_of(showing(ROWS[:1], ROWS), lambda x: 2 * x + 1) == (2, 3)


def _remembers():
    calls = []

    def answer(x, mask=None):
        calls.append(1)
        return right(x, mask) * (len(calls) <= len(toy().cases()))

    return "earlier call" in names(toy(TWICE), answer)


def _is_deaf():
    fixed = flips(0.5)
    return not told(coin(), lambda n, generator: fixed(n, torch.Generator().manual_seed(0)))


def _varies():
    rng = np.random.default_rng(1)
    answer = names(toy(TWICE), lambda x, m=None: right(x, m) * rng.integers(0, 2))
    return "on every call" in answer


def given(x, mask=None):
    return x


def _untouched():
    mend = toy(TWICE, given=given)
    return told(mend, given, mend.given_source).state == "not attempted"


def _constant():
    zero = mistake("zero", factor=0.0)
    return (
        names(toy(zero, NO_STEP), lambda x, m=None: np.zeros_like(x)) == "returned 0.0 everywhere"
    )


def _something_came():
    only = missing("a")
    always = mistake("always", lambda x, m=None: only(x, MASK))
    return "made always" not in names(toy(always), lambda x, m=None: only(x, MASK))


def _explains_most():
    def answer(x, mask=None):
        return np.abs(rule(x, mask)) + np.sin(x) if x.shape[0] == 2 else 2 * x + 1

    late = mistake("first", lambda x, m=None: 2 * x + 1 if x.shape[0] == 1 else right(x, m))
    return "made first" not in names(toy(late), answer)


def as_found():
    def answer(x, mask=None):
        torch.set_default_dtype(torch.float64)
        return right(x, mask)

    try:
        told(toy(TWICE), answer)
        return torch.get_default_dtype() == torch.float32
    finally:
        torch.set_default_dtype(torch.float32)


def unchanged():
    def answer(x, mask=None):
        x += 1
        return x if mask is None else np.where(mask, x, 0.0)

    return "in place" in names(toy(TWICE), answer)


# --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(GUARDS))
def test_without_this_guard_something_false_is_said(name, monkeypatch):
    law = globals()[name.split(".")[1]]
    assert law(), "the law does not hold with the guard"
    switch_off(name, monkeypatch)
    assert not law(), "nothing shows that the guard is needed"


def switch_off(name, monkeypatch):
    """Everywhere in the engine where the guard is asked, it now lets everything pass."""
    guard, off = GUARDS[name]
    for place, module in list(sys.modules.items()):
        if place.startswith(engine.__name__) and getattr(module, guard.__name__, None) is guard:
            monkeypatch.setattr(module, guard.__name__, lambda *_, **__: off)
