"""Every exercise: a stub is not attempted, right answers pass, every mistake is named."""

import inspect
import re
from functools import cache
from importlib import import_module
from itertools import combinations

import numpy as np
import pytest

from attncourse.checks import exercise, file_of
from attncourse.checks.engine.answer import LocalAnswer
from attncourse.checks.engine.case import fresh
from attncourse.checks.engine.judge import judge
from attncourse.checks.engine.observe import observe
from attncourse.checks.engine.verdict import FACT, LIKELY
from attncourse.curriculum import LESSONS

NAMES = sorted(name for lesson in LESSONS for name in lesson.exercises)
DRAWN = ("mask_tokens", "generate")  # theirs measure many draws
TRAINED = ("GPT", "Transformer", "CaptionDecoder")  # their checks train a model: two seconds each


@cache
def answers(name, kind):
    """The collected answers to an exercise, `kind` RIGHT or WRONG."""
    room = import_module(f"tests.answers.{file_of(name).parent.name}")
    return getattr(room, kind).get(name, [])


def verdict(name, answer):
    return judge(exercise(name), LocalAnswer(answer))


class RunOnce:
    """A known mistake as an answer: what its candidate has been asked is not computed again."""

    source = ""

    def __init__(self, name, candidate):
        self.places = {case: index for index, (case, _) in enumerate(exercise(name).truths)}
        self.candidate = candidate

    def run(self, case):
        if case in self.places:
            return self.candidate.whole(self.places[case], case)
        return self.candidate.answer.run(case)


def stub_of(name):
    """What the exercise's notebook hands out: the signature and nothing else."""
    if inspect.isclass(exercise(name).reference):

        class Stub:
            def __init__(self, *args, **kwargs):
                raise NotImplementedError(f"replace this line with your {name}")

        return Stub

    def stub(*args, **kwargs):
        raise NotImplementedError(f"replace this line with your {name}")

    return stub


@pytest.mark.parametrize("name", NAMES)
def test_stub_is_not_attempted(name):
    assert verdict(name, stub_of(name)).state == "not attempted"


@pytest.mark.parametrize("name", NAMES)
def test_reference_is_correct(name):
    found = verdict(name, exercise(name).reference)
    assert found.state == "correct", str(found)


@pytest.mark.parametrize("name", NAMES)
def test_right_answers_are_accepted_however_written(name):
    assert len(answers(name, "RIGHT")) >= 5
    for number, answer in enumerate(answers(name, "RIGHT")):
        found = verdict(name, answer)
        assert found, f"rewrite {number}, {getattr(answer, '__name__', answer)}:\n{found}"


@pytest.mark.parametrize("name", NAMES)
def test_every_declared_mistake_is_named_and_no_right_answer_printed(name):
    for candidate in exercise(name).singles:
        found = judge(exercise(name), RunOnce(name, candidate))
        (mistake,) = candidate.findings
        assert found.state == "not yet", mistake.name
        assert mistake.name in found.mistakes, f"{mistake.name!r} was called:\n{found}"
        assert not (
            found.case and found.case.output and _shows_right_values(name, candidate, found.case)
        )


@pytest.mark.parametrize("name", NAMES)
def test_two_mistakes_at_once_name_one_of_them_or_something_simpler_that_agrees(name):
    unnamed, pairs = 0, some_pairs(name)
    for pair in pairs:
        if all(pair.claim(i, c, truth) is None for i, (c, truth) in enumerate(truths(name))):
            continue  # the two cancel out
        found = judge(exercise(name), pair.answer)
        assert found.state == "not yet", pair.findings
        unnamed += not found.findings
        made = {mistake.name for mistake in pair.findings}
        agreed = not found.findings or found.findings[0].certainty in (LIKELY, FACT)
        assert agreed or made & set(found.mistakes), f"{made} was called:\n{found}"
    assert unnamed <= len(pairs) / 2  # the search has a budget


def some_pairs(name):
    """Pairs of known mistakes, spread over all that turn different knobs."""
    slow = name in DRAWN or inspect.isclass(exercise(name).reference)
    most = 2 if name in TRAINED else 4 if slow else 8
    both = combinations(exercise(name).knobbed, 2)
    able = [(one, two) for one, two in both if not one[1].keys() & two[1].keys()]
    step = max(1, len(able) // most)
    return [exercise(name).together(*pair) for pair in able[::step]]


def truths(name):
    return [(case.without_gradient(), truth) for case, truth in exercise(name).truths]


@pytest.mark.parametrize("name", NAMES)
def test_wrong_answers_of_students_are_rejected_and_named(name):
    for number, (answer, called) in enumerate(answers(name, "WRONG")):
        found = verdict(name, answer)
        assert found.state == "not yet", f"wrong answer {number} ({called}) was accepted"
        told = " · ".join(found.mistakes)
        assert called.lower() in told.lower(), f"wrong answer {number} ({called}):\n{found}"


@pytest.mark.parametrize("name", NAMES)
def test_laws_hold_for_the_reference(name):
    reference = LocalAnswer(exercise(name).reference)
    for case, _ in exercise(name).truths if exercise(name).laws else ():
        result, raised = reference._call(case, fresh(case.args), fresh(case.kwargs))
        for law in exercise(name).laws:
            assert raised or law.holds(result, *case.args, **case.kwargs), (law.name, case.label)


@pytest.mark.parametrize("name", NAMES)
def test_cases_are_the_same_on_every_call(name):
    for one, two in zip(exercise(name).cases(), exercise(name).cases(), strict=True):
        assert repr(observe(one.args)) == repr(observe(two.args))


def _shows_right_values(name, candidate, shown):
    """Whether a right number that the wrong answer does not hold stands in what is shown."""
    truths = enumerate(exercise(name).truths)
    index, case, truth = next((i, c, t) for i, (c, t) in truths if c is shown.case)
    wrong = candidate.whole(index, case).result
    if not (truth.result and truth.result.kind == "array" and wrong and wrong.kind == "array"):
        return False
    right = {round(float(x), 4) for x in np.ravel(truth.result.value)}
    right -= {round(float(x), 4) for x in np.ravel(wrong.value)} | {0.0, 1.0}
    printed = re.findall(r"-?\d+\.[\de+-]*", " ".join(part.code for part in shown.output))
    return bool(right & {round(float(x), 4) for x in printed})


@pytest.mark.parametrize("name", NAMES)
def test_one_id_one_mistake(name):
    names = {}
    for mistake in exercise(name).mistakes:
        names.setdefault(mistake.id, set()).add(mistake.name)
    assert {key: found for key, found in names.items() if len(found) > 1} == {}
    assert [found for found in names.values() if any(" " not in name for name in found)] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_exercise_has_staged_hints_and_points(name):
    assert len(exercise(name).hints) >= 2
    assert exercise(name).points >= 1
