"""A name needs evidence: errors agree with nothing, and what nobody knows gets no name."""

import inspect

import pytest

from attncourse.checks import exercise
from attncourse.checks.engine.answer import LocalAnswer
from attncourse.checks.engine.judge import judge
from attncourse.checks.engine.verdict import FACT, LIKELY
from attncourse.curriculum import LESSONS
from tests import fuzz
from tests.unknown import Perturbed

NAMES = sorted(name for lesson in LESSONS for name in lesson.exercises)
ERRORS = (
    *(ValueError, TypeError, IndexError, KeyError, RuntimeError, AttributeError),
    *(ZeroDivisionError, AssertionError, NotImplementedError, NameError),
)
WORDS = "nothing that the exercise knows, first half\nand a second half that helps"


def only_raises(name, error):
    """An answer of the exercise's kind that does nothing but raise."""

    def answer(*args, **kwargs):
        raise error(WORDS)

    if inspect.isclass(exercise(name).reference):
        return type("Answer", (exercise(name).reference,), {"forward": answer})
    return answer


@pytest.mark.parametrize("name", NAMES)
def test_what_only_raises_is_given_no_name_and_shows_its_error_whole(name):
    for error in ERRORS:
        found = judge(exercise(name), LocalAnswer(only_raises(name, error)))
        assert found.state == "not yet"
        assert {f.certainty for f in found.findings} == {FACT}, (error.__name__, str(found))
        assert error.__name__ in found.message
        assert "and a second half that helps" in found.message
        assert "raise error(WORDS)" in found.message


def test_odd_answers_never_make_a_check_raise():
    fuzz.main(len(NAMES))


@pytest.mark.parametrize("name", NAMES)
def test_what_nobody_knows_gets_no_name(name):
    for seed in range(1 if inspect.isclass(exercise(name).reference) else 3):
        found = judge(exercise(name), Perturbed(name, seed))
        assert found.state == "correct" or LIKELY not in {f.certainty for f in found.findings}, str(
            found
        )


def up_to_16(name):
    """The reference, which forgets what stands beyond the sixteenth place."""
    reference = exercise(name).reference

    def answer(*args, **kwargs):
        if max(size for x in args for size in getattr(x, "shape", (0,)) or (0,)) > 16:
            return None
        return reference(*args, **kwargs)

    return answer


LONG = (
    *("swap_last_two", "nearest_lookup", "soft_lookup", "softmax", "attention_pool"),
    *("dot_score", "distance_score", "masked_softmax", "scaled_dot_product_attention"),
    *("self_attention", "cross_attention", "split_heads", "rotate"),
)


@pytest.mark.parametrize("name", LONG)
def test_what_works_for_short_inputs_only_is_not_accepted(name):
    assert not judge(exercise(name), LocalAnswer(up_to_16(name)))


def test_a_module_that_remembers_the_length_of_an_earlier_call_is_not_accepted():
    class Remembers(exercise("MultiHeadAttention").reference):
        length = None

        def forward(self, query, key, value, mask=None):
            self.length = self.length or key.shape[-2]
            return super().forward(
                query, key[..., : self.length, :], value[..., : self.length, :], mask
            )

    assert not judge(exercise("MultiHeadAttention"), LocalAnswer(Remembers))


def test_an_argument_with_a_default_is_not_said_to_be_expected_always():
    reference = exercise("soft_lookup").reference
    found = judge(
        exercise("soft_lookup"),
        LocalAnswer(lambda q, k, v, temperature=2.0: reference(q, k, v, temperature)),
    )
    assert found.mistakes == ("got it wrong where `temperature` is left out",)


def test_a_mask_that_is_always_expected_is_named_beside_the_error():
    reference = exercise("masked_softmax").reference
    found = judge(
        exercise("masked_softmax"), LocalAnswer(lambda scores, mask=None: reference(scores, ~~mask))
    )
    assert "always expected" in found.mistakes[0]
    assert "TypeError" in found.message


def test_an_untouched_stub_alone_is_not_attempted():
    def softmax(scores, axis=-1):
        raise NotImplementedError("later")

    assert judge(exercise("softmax"), LocalAnswer(softmax)).state == "not yet"
