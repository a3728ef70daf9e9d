"""The engine itself: what can go wrong besides values, and that a check never raises."""

import sys
import time

import numpy as np
import pytest

from attncourse import check, hint
from attncourse.checks import exercise
from attncourse.checks.verdict import MIME


def named(function, name="softmax"):
    function.__name__ = name
    return function


def right(scores, axis=-1):
    scores = np.asarray(scores)
    powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def mistakes_of(function, name="softmax"):
    found = check(function, name)
    assert found.state == "not yet", found
    return " · ".join(found.mistakes)


def test_correct_verdict_is_true_and_says_what_was_verified():
    found = check(right, "softmax")
    assert found
    assert "Verified on" in found.message


def test_returning_nothing_is_named():
    def softmax(scores, axis=-1):
        right(scores, axis)

    assert "returned nothing" in mistakes_of(softmax)


def test_a_list_is_not_an_array():
    assert "a list" in mistakes_of(lambda scores, axis=-1: right(scores, axis).tolist())


def test_losing_precision_is_named():
    answer = mistakes_of(lambda scores, axis=-1: right(scores, axis).astype(np.float32))
    assert "float32 where float64 is due" in answer


def test_changing_an_argument_is_named():
    def softmax(scores, axis=-1):
        scores -= scores.max(axis=axis, keepdims=True)
        return right(scores, axis)

    assert "changed the argument `scores` in place" in mistakes_of(softmax)


def test_an_exception_shows_the_learners_line_and_not_our_stack():
    def softmax(scores, axis=-1):
        return scores.no_such_method()

    found = check(softmax)
    assert "raised an AttributeError" in found.mistakes
    assert "return scores.no_such_method()" in found.message
    assert "checks/" not in found.message


def test_an_infinite_loop_is_stopped(monkeypatch):
    monkeypatch.setattr("attncourse.checks.answer.SECONDS_PER_CALL", 0.2)

    def softmax(scores, axis=-1):
        while True:
            pass

    start = time.perf_counter()
    assert "took too long" in mistakes_of(softmax)
    assert time.perf_counter() - start < 5


def test_an_infinite_loop_with_a_bare_except_is_stopped(monkeypatch):
    monkeypatch.setattr("attncourse.checks.answer.SECONDS_PER_CALL", 0.2)

    def softmax(scores, axis=-1):
        while True:
            try:
                scores.sum()
            except:  # noqa: E722 - the mistake under test
                continue

    assert "took too long" in mistakes_of(softmax)


def test_state_between_calls_is_named():
    calls = []

    def softmax(scores, axis=-1):
        calls.append(1)
        return right(scores, axis) if len(calls) < 5 else right(scores, axis) * 0

    assert "kept something from an earlier call" in mistakes_of(softmax)


def test_a_memorised_example_is_named():
    def softmax(scores, axis=-1):
        return np.array([0.2, 0.3, 0.5])

    assert "same result whatever came in" in mistakes_of(softmax)


@pytest.mark.parametrize("thing", [None, 3, "softmax", [1], right(np.ones(2)), print, int])
def test_wrong_objects_get_a_sentence_and_no_exception(thing):
    found = check(thing)
    assert found.state == "not yet"
    assert len(found.message.splitlines()) == 1


def test_a_near_name_is_suggested():
    assert "did you mean 'softmax'" in check(named(lambda x: x, "softmx")).message


def test_a_lambda_is_found_by_the_name_it_was_given():
    softmax = lambda scores, axis=-1: right(scores, axis)  # noqa: E731 - what learners write
    assert check(softmax).exercise == "softmax"


def test_answers_that_exit_or_print_do_no_harm(capsys):
    def softmax(scores, axis=-1):
        print("debugging")
        sys.exit(1)

    assert "raised a SystemExit" in mistakes_of(softmax)
    assert "debugging" not in capsys.readouterr().out


def test_verdict_has_text_html_and_data():
    bundle = check(right, "softmax")._repr_mimebundle_()
    assert bundle[MIME]["state"] == "correct"
    assert bundle[MIME]["exercise"] == "softmax"
    assert "softmax: correct" in bundle["text/plain"]
    assert "<script" not in bundle["text/html"]


def test_html_escapes_what_the_learner_wrote():
    def softmax(scores, axis=-1):
        raise ValueError("<script>alert(1)</script>")

    assert "<script>" not in check(softmax)._repr_mimebundle_()["text/html"]


def test_hints_come_one_more_at_a_time():
    hints = exercise("normalize").hints
    shown = [hint("normalize").shown for _ in range(len(hints) + 1)]
    assert [len(s) for s in shown[:-1]] == list(range(1, len(hints) + 1))
    assert shown[-1] == hints


def test_hint_for_an_unknown_name_suggests_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'softmax'"):
        hint("softmaxx")
