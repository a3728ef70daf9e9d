"""Any order of checks gives the same verdicts: none leaves a state behind that another meets."""

import pytest
import torch

from attncourse.checks import exercise
from attncourse.checks.engine.answer import LocalAnswer
from attncourse.checks.engine.judge import judge

DRAWN = ("generate", "mask_tokens")


def generators(name):
    """The states of all generators that stand in an exercise's inputs."""
    arguments = [x for case, _ in exercise(name).truths for x in case.args]
    return [x.get_state() for x in arguments if isinstance(x, torch.Generator)]


@pytest.mark.parametrize("name", DRAWN)
def test_a_check_does_not_move_the_generators_of_its_inputs_on(name):
    before = generators(name)
    judge(exercise(name), LocalAnswer(exercise(name).reference))
    assert before
    assert all(map(torch.equal, before, generators(name)))


@pytest.mark.parametrize("name", DRAWN)
def test_a_verdict_is_the_same_whatever_was_checked_before(name):
    one, two = (single.answer for single in exercise(name).singles[:2])
    first = str(judge(exercise(name), one))
    judge(exercise(name), two)
    judge(exercise(name), LocalAnswer(exercise(name).reference))
    assert str(judge(exercise(name), one)) == first


@pytest.mark.parametrize("name", ["MultiHeadAttention", "Block", "mask_tokens", "dot_score"])
def test_a_check_leaves_the_learners_random_numbers_alone(name):
    before = torch.random.get_rng_state()
    judge(exercise(name), LocalAnswer(exercise(name).reference))
    assert torch.equal(before, torch.random.get_rng_state())
