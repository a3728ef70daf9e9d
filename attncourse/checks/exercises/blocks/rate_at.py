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
        case("middle of the warm-up", 30, 50, 40, True),
        case("end of the warm-up", 10, 100, 10, True),
        case("after the warm-up", 11, 100, 10, False),
        case("after the warm-up", 50, 100, 10, True),
        case("last step", 100, 100, 10, True),
        case("warm-up of one step", 3, 7, 1, True),
        case("warm-up longer than the training", 20, 20, 50, False),
    ]


def _with(
    step, steps, *, warmup=0, cosine=True,
    stop="one", first="one", half="yes", start="full", join="times", over="warm-up", way="cosine",
):  # fmt: skip
    counted = step - 1 if first == "zero" else step
    length = {"warm-up": warmup, "one more": warmup + 1, "training": steps}[over]
    rise = (counted // length if first == "whole" else counted / length) if warmup else 1.0
    rises = {"one": min(1.0, rise), "never": rise, "at least one": max(1.0, rise)}
    rise = rises.get(stop, rise if step <= warmup or not warmup else 0.0)
    if way == "typed":
        steps = 200
    passed = (step - (1 if start == "full" else 0)) / steps
    if start == "after the warm-up":
        passed = max(0, step - 1 - warmup) / max(1, steps - warmup)
    fall = 1 + math.cos(math.pi * passed * (2 if way == "two waves" else 1))
    fall = (fall / 2 if half == "yes" else fall) if cosine else 1.0
    fall = 1 - passed if cosine and way == "straight" else fall
    joined = {
        "times": rise * fall,
        "smaller": min(rise, fall),
        "plus": rise + fall,
        "in turn": rise if step < warmup else fall,
        "cut at the end": min(1.0, counted / warmup * fall if warmup else fall),
    }
    return joined[join]


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
        Mistake(
            "at-least-one",
            "took the larger of 1 and the warm-up",
            "The factor grows up to 1: it is the smaller of the two.",
            stop="at least one",
        ),
        Mistake(
            "cut-at-the-end",
            "cut the product off at 1, not the warm-up",
            "The first factor stops at 1 by itself; only then comes the cosine.",
            join="cut at the end",
        ),
        Mistake(
            "cosine-after-warm-up",
            "began the cosine after the warm-up",
            "Both factors run from the first step.",
            start="after the warm-up",
        ),
        Mistake(
            "one-step-late",
            "ended the warm-up one step late",
            "At step = warmup the factor is 1: step / warmup.",
            over="one more",
        ),
        Mistake(
            "share-of-all-steps",
            "divided by all steps, not by those of the warm-up",
            "The warm-up takes `warmup` steps.",
            over="training",
        ),
        Mistake(
            "zero-after-warm-up",
            "let the rate be 0 after the warm-up",
            "The warm-up's factor stays 1 from then on.",
            stop="zero",
        ),
        Mistake(
            "in-turn",
            "left the cosine out during the warm-up",
            "The rule is a product: both factors count at every step.",
            join="in turn",
        ),
        Mistake(
            "two-waves",
            "let the cosine run through a whole wave",
            "It falls once, from step 1 to the last: π, not 2π.",
            way="two waves",
        ),
        Mistake(
            "straight",
            "let the rate fall in a straight line",
            "Asked for is half a cosine: (1 + cos(π …)) / 2.",
            way="straight",
        ),
        Mistake(
            "sum",
            "added the two factors",
            "The rule is their product.",
            join="plus",
        ),
        Mistake(
            "whole-numbers",
            "divided in whole numbers",
            "step // warmup is 0 up to the end of the warm-up: divide with /.",
            first="whole",
        ),
        Mistake(
            "typed-steps",
            "typed the number of steps",
            "It is an argument, `steps`.",
            way="typed",
        ),
    ),
    verified="before, at and after the end of the warm-up, without one, with the cosine and "
    "without",
)
