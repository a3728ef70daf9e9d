"""Predict what a soft lookup answers when it is very cold, and when it is very hot."""

from attncourse.checks.engine.exercise import Case, Exercise, Mistake


def outputs_at_both_ends():
    """Query 3; keys 1, 2, 4, 9; values 10, 20, 30, 60: (output as t → 0, output as t → ∞)."""
    return (25, 30)


EXERCISE = Exercise(
    reference=outputs_at_both_ends,
    points=1,
    cases=lambda: [Case("", rtol=1e-3)],
    hints=(
        "Write down the four distances. Which key is nearest?",
        "Cold: only the nearest keys keep a weight, and there are two of them. Hot: every key gets "
        "the same weight, however far it is.",
    ),
    verified="The mean of the two nearest values when cold, the mean of all values when hot",
    mistakes=(
        Mistake(
            "one-of-two-nearest",
            "chose one of two equally near keys",
            "2 and 4 are equally far from 3, so their weights are equal at every temperature.",
            (20, 30),
            (30, 30),
        ),
        Mistake(
            "ends-exchanged",
            "exchanged cold and hot",
            "A small temperature makes differences large: sharp. A large one makes all weights "
            "equal.",
            (30, 25),
            (30, 20),
        ),
        Mistake(
            "farthest",
            "took the farthest key when it is hot",
            "Heat makes all weights equal; it does not turn the order round.",
            (25, 60),
            (20, 60),
            (30, 60),
        ),
        Mistake(
            "sum-when-hot",
            "added up the values when it is hot",
            "The weights add up to 1, so four equal ones are a quarter each.",
            (25, 120),
            (20, 120),
            (50, 120),
        ),
        Mistake(
            "sum-when-cold",
            "added up the two nearest values",
            "The two share the weight: one half each.",
            (50, 30),
        ),
        Mistake(
            "middle-when-hot",
            "took the middle of the largest and the smallest value when it is hot",
            "All four values count, not only the ends.",
            (25, 35),
            (20, 35),
        ),
    ),
)
