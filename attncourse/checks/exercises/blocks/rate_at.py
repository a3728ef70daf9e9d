"""Mend a learning rate that warms up and never stops warming."""

import math

from attncourse import training
from attncourse.checks.engine.exercise import Case, Exercise, Mistake


def given(step, steps, *, warmup=0, cosine=True):
    rise = step / warmup if warmup else 1.0
    fall = (1 + math.cos(math.pi * (step - 1) / steps)) / 2 if cosine else 1.0
    return rise * fall


def _cases():
    def case(label, step, steps, warmup, cosine):
        return Case(label, step, steps, warmup=warmup, cosine=cosine)

    return [
        case("first step, no warm-up", 1, 100, 0, True),
        case("first step of the warm-up", 1, 100, 10, True),
        case("first step, no cosine", 1, 100, 10, False),
        case("middle of the warm-up", 30, 100, 40, True),
        case("end of the warm-up", 10, 100, 10, True),
        case("after the warm-up", 11, 100, 10, False),
        case("after the warm-up", 50, 100, 10, True),
        case("last step", 100, 100, 10, True),
        case("warm-up of one step", 3, 7, 1, True),
        case("warm-up longer than the training", 20, 20, 50, False),
    ]


def _with(
    step, steps, *, warmup=0, cosine=True,
    stop="one", first="one", half="yes", start="full", join="times",
):  # fmt: skip
    counted = step if first == "one" else step - 1
    rise = counted / warmup if warmup else 1.0
    rise = min(1.0, rise) if stop == "one" else rise
    fall = 1 + math.cos(math.pi * (step - (1 if start == "full" else 0)) / steps)
    fall = (fall / 2 if half == "yes" else fall) if cosine else 1.0
    return rise * fall if join == "times" else min(rise, fall)


EXERCISE = Exercise(
    reference=training.rate_at,
    points=2,
    cases=_cases,
    hints=(
        "Follow the first factor alone, with warmup=10: what is it at step 5, at step 10, at 20?",
        "The warm-up is over when its factor has reached 1.",
    ),
    rewrite=_with,
    given=given,
    mistakes=(
        Mistake(
            "as-given",
            "let the rate go on rising after the warm-up",
            "The factor step / warmup passes 1: it must stop there.",
            given,
        ),
        Mistake(
            "starts-at-zero",
            "began the warm-up at 0",
            "Steps count from 1; a rate of 0 makes the first step useless.",
            first="zero",
        ),
        Mistake(
            "not-halved",
            "forgot to halve 1 + cos",
            "It runs from 2 to 0; the factor should run from 1 to 0.",
            half="no",
        ),
        Mistake(
            "ends-at-zero",
            "let the last step have a rate of 0",
            "The cosine is taken at step − 1, so that the last step still learns.",
            start="late",
        ),
        Mistake(
            "smaller-of-both",
            "took the smaller of rise and fall",
            "The rule is a product of the two factors.",
            join="smaller",
        ),
    ),
    verified="before, at and after the end of the warm-up, without one, with the cosine and "
    "without",
)
