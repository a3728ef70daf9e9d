"""Predict what relative bias, ALiBi and RoPE make of distances."""

from attncourse.checks.engine.exercise import Case, Exercise, Mistake


def three_distances():
    """Numbers in a relative bias, a penalty of ALiBi, and a pair of positions for RoPE."""
    return _told()


def _told(entries=7, penalty=-3.0, position=1005):
    return {"different numbers": entries, "penalty": penalty, "key's position": position}


EXERCISE = Exercise(
    reference=three_distances,
    points=1,
    cases=lambda: [Case("")],
    hints=(
        "A table with R = 3 has one entry for each distance from −3 to 3; what is further shares "
        "the outermost ones.",
        "Head 0 of 8 has the slope 2^(−8/8).",
        "RoPE's score depends on j − i only.",
    ),
    verified="7 different numbers, a penalty of −3, and the key at 1005",
    rewrite=_told,
    mistakes=(
        Mistake(
            "one-per-distance",
            "gave every distance that occurs an entry of its own",
            "Distances beyond R share the outermost entry.",
            {"entries": 19},
            {"entries": 10},
        ),
        Mistake(
            "every-pair",
            "counted every pair of a query and a key",
            "Pairs at the same distance share one entry.",
            {"entries": 100},
        ),
        Mistake(
            "one-side",
            "counted the distances of one side only",
            "Before and after have entries of their own, and so has 0: 2R + 1.",
            {"entries": 3},
            {"entries": 4},
            {"entries": 6},
        ),
        Mistake(
            "reward",
            "rewarded distance",
            "ALiBi takes a penalty off the score: the bias is negative.",
            penalty=3.0,
        ),
        Mistake(
            "slope-from-zero",
            "counted the heads from 0 in the exponent",
            "Head 0 has the slope 2^(−8/H), not 1.",
            penalty=-6.0,
        ),
        Mistake(
            "last-slope",
            "gave head 0 the flattest slope",
            "Head 0 is the steepest: 2^(−8/8) = 1/2. The last head has 1/256.",
            penalty=-6 / 256,
        ),
        Mistake(
            "turned-round",
            "turned the distance round",
            "j − i = 3 means that the key stands three places after the query.",
            position=999,
        ),
        Mistake(
            "scaled",
            "multiplied the positions instead of moving them",
            "The distance must stay 3; five for two is a ratio.",
            position=2505,
        ),
        Mistake(
            "further-away",
            "gave what is further away than R an entry of its own",
            "It shares the outermost ones: 2R + 1 in all.",
            {"entries": 9},
            {"entries": 8},
        ),
        Mistake(
            "slope-alone",
            "gave the slope alone",
            "The penalty is the slope times the distance.",
            penalty=-0.5,
        ),
        Mistake(
            "next-head",
            "took the slope of the second head",
            "Head 0 is the first: 2^(−8/8).",
            penalty=-1.5,
        ),
        Mistake(
            "stayed",
            "left the key where it was",
            "The score depends on the distance, so the key moves as far as the query.",
            position=5,
        ),
        Mistake(
            "at-the-query",
            "put the key where the query is",
            "The distance must stay as it was: 3.",
            position=1002,
        ),
        Mistake(
            "added-positions",
            "added the query's new position to the key's old one",
            "Both move by the same amount: 1000.",
            position=1007,
        ),
        Mistake(
            "distance-alone",
            "gave the distance instead of a position",
            "The key stands 3 places behind the query, wherever that is.",
            position=3,
        ),
    ),
)
