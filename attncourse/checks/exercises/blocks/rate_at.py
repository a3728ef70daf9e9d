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
        case("one step before the end of the warm-up", 9, 100, 10, True),
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
    counted = step + {"zero": -1, "two": 1}.get(first, 0)
    length = {"warm-up": warmup, "one more": warmup + 1, "training": steps}[over]
    rise = _risen(counted, length, first) if warmup else 1.0
    rises = {"one": min(1.0, rise), "never": rise, "at least one": max(1.0, rise)}
    rise = rises.get(stop, rise if step <= warmup or not warmup else 0.0)
    if way == "typed":
        steps = 200
    passed = (step - (0 if start == "late" else 1)) / steps
    if start.startswith("after the warm-up"):
        late = 1 if start == "after the warm-up" else 0
        passed = max(0, step - late - warmup) / max(1, steps - warmup)
    if start == "to 0":
        passed = (step - 1) / max(1, steps - 1)
    fall = _wave(way, passed)
    fall = (fall / 2 if half == "yes" else fall) if cosine else 1.0
    fall = 1 - passed if cosine and way == "straight" else fall
    if warmup and stop == "one too early" and step >= warmup - 1:
        rises[stop] = rise = 1.0
    joined = {
        "times": rise * fall,
        "smaller": min(rise, fall),
        "plus": rise + fall,
        "in turn": rise if step < warmup else fall,
        "cut at the end": min(1.0, counted / warmup * fall if warmup else fall),
    }
    return joined[join]


def _wave(way, passed):
    """1 + cos(π passed), or what is taken for it."""
    wave = {
        "two waves": lambda: math.cos(2 * math.pi * passed),
        "sine": lambda: math.sin(math.pi * passed),
        "no pi": lambda: math.cos(passed),
        "rising": lambda: -math.cos(math.pi * passed),
    }
    return 1 + wave.get(way, lambda: math.cos(math.pi * passed))()


def _risen(counted, length, first):
    """The part of the warm-up that is over."""
    return {
        "whole": lambda: counted // length,
        "upside down": lambda: length / max(1, counted),
        "exponential": lambda: 1 - math.exp(-counted / length),
        "root": lambda: math.sqrt(counted / length),
        "remainder": lambda: counted / length % 1,
        "fifty": lambda: counted / 50,
    }.get(first, lambda: counted / length)()


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
            {"start": "after the warm-up"},
            {"start": "after the warm-up, at once"},
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
        Mistake(
            "one-step-ahead",
            "ran the warm-up one step ahead",
            "Steps count from 1: the first one gets 1 / warmup.",
            first="two",
        ),
        Mistake(
            "upside-down",
            "turned the fraction of the warm-up round",
            "It grows with the step: step / warmup.",
            first="upside down",
        ),
        Mistake(
            "ends-at-exactly-zero",
            "divided by steps − 1, so that the last rate is 0",
            "Divide by steps: the last step still learns.",
            start="to 0",
        ),
        Mistake(
            "sine",
            "took the sine",
            "The cosine runs from 1 to −1 while the training lasts.",
            way="sine",
        ),
        Mistake(
            "no-pi",
            "left out π",
            "The cosine falls to −1 at an angle of π, not of 1.",
            way="no pi",
        ),
        Mistake(
            "rising-cosine",
            "let the cosine rise",
            "1 + cos falls from 2 to 0; 1 − cos does the opposite.",
            way="rising",
        ),
        Mistake(
            "exponential-rise",
            "let the warm-up rise as an exponential",
            "It rises in equal steps: step / warmup, and 1 from then on.",
            first="exponential",
        ),
        Mistake(
            "root-rise",
            "let the warm-up rise as a root",
            "It rises in equal steps: step / warmup.",
            first="root",
        ),
        Mistake(
            "remainder",
            "began the warm-up again and again",
            "`%` leaves the remainder. The factor stays 1 once the warm-up is over.",
            {"first": "remainder"},
            {"first": "remainder", "stop": "never"},
        ),
        Mistake(
            "typed-warm-up",
            "typed the length of the warm-up",
            "It is an argument, `warmup`.",
            first="fifty",
        ),
        Mistake(
            "one-step-too-early",
            "ended the warm-up one step early",
            "At step = warmup − 1 the factor is not yet 1.",
            stop="one too early",
        ),
    ),
    verified="before, at and after the end of the warm-up, without one, with the cosine and "
    "without",
)
