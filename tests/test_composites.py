"""Two names are said only where each is needed alone, and no input speaks against either."""

from itertools import combinations

import numpy as np
import pytest

from attncourse.checks.engine.answer import LocalAnswer
from attncourse.checks.engine.exercise import Case, Exercise, Mistake
from attncourse.checks.engine.judge import judge

WIDE = np.array([[-3.0, 1.0, 2.0], [4.0, -1.5, 0.5]])


def shift(x, mask=None, *, step=1.0, factor=1.0, late=0.0, fill=0.0, lift=0.0):
    """A toy rule: one more than `x`, and 0 where a mask says no; each knob is a mistake."""
    result = x * factor + step + late * (x < 0) + lift
    return result if mask is None else np.where(mask, result, fill)


def right(x, mask=None):
    return shift(x, mask)


def cases():
    yes = np.array([[True, False, True], [True, True, False]])
    plain = [Case("plain", x) for x in (WIDE, WIDE[:1] / 2, WIDE * 3, np.abs(WIDE), -np.abs(WIDE))]
    return [*plain, Case("masked", WIDE, yes), Case("masked", -2 * WIDE, ~yes)]


def exercise(*mistakes, cases=cases):
    return Exercise(
        reference=right,
        points=1,
        cases=lambda: list(cases()),
        hints=("a", "b"),
        mistakes=mistakes,
        verified="toys",
        rewrite=shift,
    )


TWICE = Mistake("twice", "doubled it", "Once.", factor=2.0)
NO_STEP = Mistake("no-step", "forgot the step", "Add 1.", step=0.0)
OTHER_FILL = Mistake("other-fill", "filled with 9", "Fill with 0.", fill=9.0)
MORE = Mistake("more", "added too much", "Add 1.", lift=1.0)
LESS = Mistake("less", "took one off what is negative", "Add 1.", late=-1.0)


ALL = (TWICE, NO_STEP, OTHER_FILL, MORE, LESS)


def told(exercise, answer):
    found = judge(exercise, LocalAnswer(answer))
    assert found.state == "not yet"
    return found.mistakes


@pytest.mark.parametrize("knobs", [{"factor": 2.0, "step": 0.0}, {"factor": 2.0, "fill": 9.0}])
def test_two_mistakes_that_are_both_needed_are_both_told(knobs):
    names = told(exercise(TWICE, NO_STEP, OTHER_FILL), lambda x, m=None: shift(x, m, **knobs))
    assert len(names) == 2
    assert names[0] == "doubled it"


def test_a_part_that_a_right_result_speaks_against_is_not_told():
    """What is negative comes out right: so nobody added too much there, and took it off again."""
    names = told(exercise(MORE, LESS), lambda x, m=None: shift(x, m, lift=1.0, late=-1.0))
    assert not {"added too much", "took one off what is negative"} & set(names)


def test_one_mistake_made_in_two_ways_is_told_once():
    both = Mistake("much", "made too much of it", "Look.", {"factor": 3.0}, {"lift": 1.0})
    names = told(exercise(both), lambda x, m=None: shift(x, m, factor=3.0, lift=1.0))
    assert names == ("made too much of it",)


def test_a_mistake_is_not_told_with_a_turn_that_undoes_it():
    swapped = Mistake("end", "began at the end", "From the first.", lambda x, m=None: x[..., ::-1])

    def backwards(x, mask=None):
        return right(x, mask)[..., ::-1] if mask is not None else right(x)

    names = told(exercise(swapped), backwards)
    assert "began at the end" not in names


def test_what_shows_where_an_argument_is_left_out_must_not_be_denied_where_it_is_given():
    def without_alone(x, mask=None):
        if mask is None:
            return shift(x, step=0.0)
        return right(x, mask) if x[0, 0] < 0 else right(x, mask) - 5 * mask

    names = told(exercise(TWICE, NO_STEP), without_alone)
    assert "forgot the step" not in names


def test_what_shows_where_an_argument_is_left_out_may_go_wrong_in_another_way_where_it_is_given():
    names = told(
        exercise(TWICE, NO_STEP),
        lambda x, m=None: shift(x, m, step=0.0) - (0.0 if m is None else 5.0 * m * (x > 0)),
    )
    assert names == ("forgot the step", "did something else wrong where `mask` is given")


def _wrong(function):
    """The inputs on which a function is wrong, with what it makes of each."""
    made = {i: function(*case.args) for i, case in enumerate(exercise(*ALL).cases())}
    due = [right(*case.args) for case in exercise(*ALL).cases()]
    return {i: came for i, came in made.items() if not np.allclose(came, due[i])}


@pytest.mark.parametrize("count", [2, 3])
def test_whatever_is_put_together_two_names_keep_the_law(count):
    knobs = {way.name: way.ways[0] for way in ALL}
    for chosen in combinations(knobs.values(), count):
        settings = {key: value for way in chosen for key, value in way.items()}
        answer = _wrong(lambda x, m=None, settings=settings: shift(x, m, **settings))
        if not answer:
            continue  # they cancel out
        names = told(exercise(*ALL), lambda x, m=None, settings=settings: shift(x, m, **settings))
        said = [name for name in names if name in knobs]
        for name in said if len(names) > 1 else ():
            alone = _wrong(lambda x, m=None, name=name: shift(x, m, **knobs[name]))
            assert alone.keys() <= answer.keys(), "a right result speaks against it"
            met = [i for i in answer if i in alone and np.allclose(alone[i], answer[i])]
            assert len(met) < len(answer), "it explains all by itself"
