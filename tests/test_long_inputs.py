"""Every exercise tries a long input, or says here why it needs none."""

from collections.abc import Iterator

import pytest

from attncourse.checks import exercise
from attncourse.curriculum import LESSONS

LONG = 38  # beyond 16 and 32, the sizes that somebody may write into code
BY_ROWS = "each row is worked out by itself, so a long input is many short ones"
MATRICES = "products of whole matrices: no place is told from another"
WITHOUT = {
    "without_hidden": BY_ROWS,
    "regression_slope": MATRICES,
    "descend": "two vectors and a number of steps, each like the one before",
    "lift": BY_ROWS,
    "output_jacobian": MATRICES,
    "gradient_of_W_q": MATRICES,
    "factor_bilinear": MATRICES,
    "circuits": MATRICES,
    "to_halves": MATRICES,
    "loss_gradient": BY_ROWS,
    "next_token_gradient": BY_ROWS,
    "expected_gradient": MATRICES,
    "contrast_gradient": MATRICES,
    "caption_probabilities": BY_ROWS,
    "delta_rule_step": "one step, and products of whole matrices",
    "ablate_head": "it counts heads, and no model has forty",
    "patch": "one place is exchanged, and the others must stay",
}
NAMES = [name for lesson in LESSONS for name in lesson.exercises]


def sizes(thing) -> Iterator[int]:
    """All lengths in an argument, and the numbers that may say one."""
    if hasattr(thing, "shape"):
        yield from thing.shape
    elif isinstance(thing, list | tuple | dict | str):
        yield len(thing)
        for part in thing if not isinstance(thing, str) else ():
            yield from sizes(part)
    elif type(thing) is int:
        yield thing


def longest(name) -> int:
    return max(
        (
            size
            for case in exercise(name).cases()
            for argument in (*case.args, *case.kwargs.values())
            for size in sizes(argument)
        ),
        default=0,
    )


@pytest.mark.parametrize("name", [name for name in NAMES if exercise(name).arguments])
def test_a_long_input_is_tried_or_there_is_a_reason(name):
    assert (longest(name) >= LONG) != (name in WITHOUT), longest(name)


def test_reasons_are_given_for_exercises_that_there_are():
    assert not set(WITHOUT) - set(NAMES)
