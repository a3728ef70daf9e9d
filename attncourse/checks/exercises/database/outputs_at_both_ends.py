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
        Mistake(
            "zero-when-hot",
            "let all weights vanish when it is hot",
            "They add up to 1 at every temperature: four equal ones are a quarter each.",
            (25, 0),
            (20, 0),
        ),
        Mistake(
            "zero-when-cold",
            "let all weights vanish when it is cold",
            "They add up to 1 at every temperature: the nearest keys keep it all.",
            (0, 30),
            (float("nan"), 30),
        ),
        Mistake(
            "infinite-when-hot",
            "made the answer infinite because the temperature is",
            "The output is an average of the values, so it lies between 10 and 60.",
            (25, float("inf")),
            (20, float("inf")),
        ),
        Mistake(
            "keys-for-values",
            "averaged the keys",
            "Keys decide on the weights. What is averaged are the values.",
            (3, 4),
            (2, 4),
        ),
        Mistake(
            "same-when-hot",
            "gave the same answer hot and cold",
            "25 is the mean of the two nearest values, and the median. Hot, all four values count "
            "alike: their mean.",
            (25, 25),
        ),
        Mistake(
            "largest-when-cold",
            "took the value of the largest key when it is cold",
            "The nearest keys keep the weight; 9 is the farthest from 3.",
            (60, 30),
        ),
        Mistake(
            "not-cold-yet",
            "took the answer at t = 1 for the cold one",
            "As t goes to 0, the weights of all but the nearest keys vanish.",
            (24.6148, 30),
            (24.6, 30),
        ),
        Mistake(
            "far-key-left-out",
            "left the far key out when it is hot",
            "Heat makes all four weights equal, also that of the key 9.",
            (25, 20),
        ),
        Mistake(
            "three-numbers",
            "gave three numbers",
            "Asked are two: the output as t → 0, and the output as t → ∞.",
            (25, 24.6, 30),
            (25, 24.6148, 30),
        ),
    ),
)
