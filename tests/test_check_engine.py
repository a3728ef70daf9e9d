"""The engine itself: what can go wrong besides values, and that a check never raises."""

import sys
import time

import numpy as np
import pytest
import torch

from attncourse import check, hint
from attncourse.checks import exercise
from attncourse.checks.engine.answer import LocalAnswer
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.engine.judge import judge
from attncourse.checks.engine.verdict import MIME


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


def test_a_decorated_answer_shows_its_own_line():
    @torch.no_grad()
    def softmax(scores, axis=-1):
        raise KeyError("mine")

    assert 'raise KeyError("mine")' in str(check(softmax))


def test_an_answer_that_switches_gradients_off_switches_them_off_for_itself_alone():
    def softmax(scores, axis=-1):
        torch.set_grad_enabled(False)
        torch.set_default_dtype(torch.float64)
        return right(scores, axis)

    check(softmax)
    assert torch.is_grad_enabled()
    assert torch.get_default_dtype() == torch.float32


def stopped(function):
    """What is said of an answer that has a fifth of a second for a call."""
    return judge(exercise("softmax"), LocalAnswer(function, seconds=0.2)).mistakes


def test_an_infinite_loop_is_stopped():
    def softmax(scores, axis=-1):
        while True:
            pass

    start = time.perf_counter()
    assert stopped(softmax) == ("took too long",)
    assert time.perf_counter() - start < 60  # on a busy machine; unlimited, it would never end


def test_an_infinite_loop_with_a_bare_except_is_stopped():
    def softmax(scores, axis=-1):
        while True:
            try:
                scores.sum()
            except:  # noqa: E722 - the mistake under test
                continue

    assert stopped(softmax) == ("took too long",)


def test_on_a_busy_machine_the_reference_is_slow_but_right(monkeypatch):
    def slow(x):
        time.sleep(0.1)
        return x

    text = {"points": 1, "hints": (), "mistakes": (), "verified": "one call"}
    patient = Exercise(reference=slow, cases=lambda: [Case("one", np.ones(2))], **text)
    monkeypatch.setattr(LocalAnswer.__init__, "__defaults__", ("", 0.01))
    assert [truth.raised for _, truth in patient.truths] == [None]
    assert judge(patient, LocalAnswer(slow)).mistakes == ("took too long",)


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


# Exercises whose right answers differ: laws decide.


def _flips(share, *, own_generator=True):
    def coin(n, generator):
        drawn = torch.rand(n, generator=generator if own_generator else None)
        return drawn < share

    return coin


COIN = Exercise(
    reference=_flips(0.5),
    points=1,
    cases=lambda: [Case("many", 4000, torch.Generator().manual_seed(0), exact=False)],
    hints=("draw", "compare"),
    mistakes=(Mistake("one-side", "threw a coin with one side", "Half are True.", _flips(2.0)),),
    verified="half of many throws",
    laws=(
        Law("half are True", lambda result, n, _: 0.45 < result.float().mean() < 0.55),
        Law("not all are the same", lambda result, n, _: 0 < result.sum() < n),
    ),
    measure=lambda result, n, _: [result.float().mean().item()],
    noise=0.05,
)


def coin_verdict(answer):
    return judge(COIN, LocalAnswer(answer))


def test_a_right_answer_may_draw_other_numbers():
    assert coin_verdict(lambda n, generator: torch.randn(n, generator=generator) > 0)


def test_an_answer_that_measures_as_a_known_mistake_does_made_it():
    found = coin_verdict(lambda n, generator: torch.ones(n, dtype=torch.bool))
    assert "threw a coin with one side" in found.mistakes


def test_an_answer_that_breaks_a_law_in_its_own_way_hears_which():
    found = coin_verdict(_flips(0.8))
    assert found.state == "not yet"
    assert "half are True" in found.message


def test_shape_and_dtype_are_judged_where_values_are_not():
    assert (
        "float32 where bool is due"
        in coin_verdict(
            lambda n, generator: (torch.rand(n, generator=generator) < 0.5).float()
        ).message
    )
    assert "shape" in coin_verdict(lambda n, generator: _flips(0.5)(n + 1, generator)).message


def test_drawing_past_the_generator_is_named():
    found = coin_verdict(_flips(0.5, own_generator=False))
    assert "drew random numbers past the generator" in found.mistakes


def test_a_message_shows_no_memory_address():
    assert "0x" not in coin_verdict(_flips(0.8)).message


def lookup(miss):
    def exact_lookup(query, keys, values):
        for key, value in zip(keys, values, strict=True):
            if (key == query).all():
                return value
        return miss()

    return exact_lookup


@pytest.mark.parametrize("miss", [KeyError, dict, list, object, lambda: ([],), lambda: "no"])
def test_odd_results_where_an_error_is_due_are_refused_not_stumbled_over(miss):
    found = check(lookup(miss))
    assert "accepted an input that must be refused" in found.mistakes


def test_a_subclass_of_the_asked_error_is_that_error():
    class NoSuchKeyError(KeyError):
        pass

    def miss():
        raise NoSuchKeyError("none")

    assert check(lookup(miss))


def test_a_check_that_stumbles_says_so_and_does_not_raise(monkeypatch):
    def stumble(*_):
        raise ZeroDivisionError("inside")

    monkeypatch.setattr("attncourse.checks.engine.judge.judge", stumble)
    assert "ZeroDivisionError: inside" in check(right, "softmax").message


def test_random_results_are_told_from_state():
    rng = np.random.default_rng(0)
    answer = mistakes_of(lambda scores, axis=-1: right(scores, axis) * rng.random())
    assert "something else on every call" in answer


def test_random_results_that_are_sometimes_the_same_are_random_all_the_same():
    rng = np.random.default_rng(1)
    answer = mistakes_of(lambda scores, axis=-1: right(scores, axis) * rng.integers(0, 2))
    assert "something else on every call" in answer


def dot(turn):
    import torch

    return lambda query, key: turn(torch, query @ key.mT)


def test_a_sparse_tensor_is_refused_in_words():
    answer = dot(lambda torch, x: x.to_sparse())
    assert "without plain numbers" in mistakes_of(answer, "dot_score")


def test_a_small_constant_is_told_as_nearly_right():
    answer = dot(lambda torch, x: x * 1.001 + 1e-3 * x.abs().amax() * (x > 0))
    assert "close, but not close enough" in mistakes_of(answer, "dot_score")


def test_a_cut_gradient_is_named():
    answer = dot(lambda torch, x: x.detach())
    assert "cut the gradient" in mistakes_of(answer, "dot_score")


def test_a_wrong_value_is_not_blamed_on_the_gradient():
    answer = mistakes_of(dot(lambda torch, x: x.abs()), "dot_score")
    assert "gradient" not in answer
    assert "absolute" in answer


def test_a_gradient_of_nan_is_named():
    def spoil(torch, x):
        return torch.where(torch.ones_like(x).bool(), x, (x - x).sqrt() / (x - x))

    assert "gradient of NaN" in mistakes_of(dot(spoil), "dot_score")
