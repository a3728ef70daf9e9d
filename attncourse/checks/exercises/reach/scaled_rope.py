"""Angles for texts longer than those of training."""

import torch

from attncourse import reach
from attncourse.checks.engine.exercise import Case, Convention, Exercise, Law, Mistake


def scaled_rope(positions, d_k, factor, way):
    """Angles of every pair at every position, with base 10,000."""
    return reach.scaled_rope(positions, d_k, factor, way)


def _cases():
    few, many = torch.arange(3.0, dtype=torch.float64), torch.arange(40.0, dtype=torch.float64)
    late = torch.tensor([100.0, 1000.0, 4095.0], dtype=torch.float64)
    return [
        Case("as trained", few, 4, 2.0, "plain"),
        Case("interpolated, two pairs", few, 4, 2.0, "interpolated"),
        Case("ntk, two pairs", few, 4, 2.0, "ntk"),
        Case("interpolated", many, 16, 1.5, "interpolated"),
        Case("ntk", many, 16, 1.5, "ntk"),
        Case("late positions, interpolated", late, 8, 4.0, "interpolated"),
        Case("late positions, ntk", late, 8, 4.0, "ntk"),
        Case("factor 1, interpolated", few, 6, 1.0, "interpolated"),
        Case("factor 1, ntk", few, 6, 1.0, "ntk"),
        Case("as trained, many", many, 10, 8.0, "plain"),
        Case("as many positions as pairs", torch.arange(4.0, dtype=torch.float64), 8, 3.0, "ntk"),
        Case("float32", torch.arange(6.0), 8, 2.0, "ntk"),
    ]


def _with(
    positions,
    d_k,
    factor,
    way,
    *,
    press="divide",
    stretch="right",
    pair="2i",
    told="angles",
    ways="right",
    base=10_000.0,
    plain="as it is",
):
    names = {"right": {}, "exchanged": {"ntk": "interpolated", "interpolated": "ntk"}}
    way = names.get(ways, {}).get(way, way)
    both = ways == "both" and way != "plain"
    if way == "interpolated" or both or (way == "plain" and plain == "interpolated"):
        positions = {
            "divide": positions / factor,
            "multiply": positions * factor,
            "not": positions,
            "cut": positions % (positions.max() / factor + 1),
        }[press]
    if way == "ntk" or both:
        power = {
            "right": factor ** (d_k / (d_k - 2)),
            "factor": factor,
            "divide": factor ** (-d_k / (d_k - 2)),
            "divide by factor": 1 / factor,
            "upside down": factor ** ((d_k - 2) / d_k),
            "times": factor * d_k / (d_k - 2),
            "not": 1.0,
            "half": factor ** (d_k // 2 / max(d_k // 2 - 2, 1)),
        }[stretch]
        base = base * power
    i = torch.arange(d_k // 2, dtype=positions.dtype)
    exponent = {"2i": 2 * i / d_k, "i": i / d_k, "i / (pairs − 1)": i / (d_k // 2 - 1)}[pair]
    exponent = exponent + (2 / d_k if told == "from 1" else 0)
    angles = positions[..., None] * base ** (-exponent)
    if told == "growing":
        return positions[..., None] * base**exponent
    return angles.cos() if told == "cosines" else angles


def _twice(positions, d_k, factor, way):
    """Each angle for both numbers of its pair, side by side."""
    return _with(positions, d_k, factor, way).repeat_interleave(2, -1)


def _both_halves(positions, d_k, factor, way):
    angles = _with(positions, d_k, factor, way)
    return torch.cat([angles, angles], -1)


def _slowest(result, positions, d_k, factor, way):
    plain = _with(positions, d_k, 1.0, "plain")
    return way != "ntk" or torch.allclose(result[..., -1] * factor, plain[..., -1], rtol=1e-3)


def _fastest(result, positions, d_k, factor, way):
    return way != "ntk" or torch.allclose(result[..., 0], positions, rtol=1e-3)


EXERCISE = Exercise(
    reference=scaled_rope,
    points=2,
    cases=_cases,
    hints=(
        "First write *plain*: a column of positions times a row of d_k / 2 speeds, "
        "10,000^(−2i/d_k).",
        "*interpolated* changes the positions and leaves the speeds: a position beyond training is "
        "pressed back into what was trained.",
        "*ntk* changes the base and leaves the positions. A larger base turns the slow pairs more "
        "slowly, and pair 0 as before.",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "multiplied",
            "multiplied the positions by the factor",
            "That puts every token even further out. Divide: position f · t has to look like t.",
            press="multiply",
        ),
        Mistake(
            "wrapped",
            "started again at 0",
            "Two tokens would stand at the same place. Divide instead.",
            press="cut",
        ),
        Mistake(
            "not-pressed",
            "left the positions as they are where they are to be interpolated",
            "Divide them by the factor.",
            press="not",
        ),
        Mistake(
            "base-divided",
            "made the base smaller",
            "Then the slow pairs turn faster, and reach angles that were never trained. A larger "
            "base makes them slower.",
            {"stretch": "divide by factor"},
            stretch="divide",
        ),
        Mistake(
            "without-exponent",
            "multiplied the base by the factor alone",
            "Then the slowest pair is slowed by a little less than the factor. It stands at the "
            "exponent (d_k − 2)/d_k, not at 1; that is what d_k/(d_k − 2) makes up for.",
            stretch="factor",
        ),
        Mistake(
            "exponent-upside-down",
            "turned the exponent upside down",
            "The exponent is d_k/(d_k − 2), above 1.",
            stretch="upside down",
        ),
        Mistake(
            "not-a-power",
            "multiplied by d_k/(d_k − 2) instead of raising to it",
            "The factor is raised to that power.",
            stretch="times",
        ),
        Mistake(
            "base-unchanged",
            "left the base as it is where it is to grow",
            "base · factor^(d_k/(d_k − 2)).",
            stretch="not",
        ),
        Mistake(
            "exchanged",
            "exchanged interpolated and ntk",
            "Interpolated divides positions, ntk changes the base.",
            ways="exchanged",
        ),
        Mistake(
            "both-at-once",
            "changed positions and base at once",
            "Each way changes one of the two.",
            ways="both",
        ),
        Mistake(
            "plain-changed",
            "divided the positions for plain, too",
            "plain is as trained, whatever the factor.",
            plain="interpolated",
        ),
        Mistake(
            "half-the-exponent",
            "used i/d_k where 2i/d_k stands",
            "There are d_k/2 pairs, so 2i runs to d_k − 2.",
            pair="i",
        ),
        Mistake(
            "last-exponent-1",
            "let the slowest exponent be 1",
            "2i/d_k ends at (d_k − 2)/d_k.",
            pair="i / (pairs − 1)",
        ),
        Mistake(
            "from-1",
            "counted the pairs from 1",
            "Pair 0 turns by the position itself: base⁰ = 1.",
            told="from 1",
        ),
        Mistake(
            "growing",
            "let the speeds grow with i",
            "The exponent is negative: later pairs turn more slowly.",
            told="growing",
        ),
        Mistake("cosines", "returned cosines", "Return the angles themselves.", told="cosines"),
        Convention(
            "each-twice",
            "returned each angle twice",
            "Many libraries do, to multiply all d_k numbers at once. Here there is one per pair.",
            _twice,
            _both_halves,
        ),
    ),
    laws=(
        Law("with ntk the slowest pair turns `factor` times more slowly", _slowest),
        Law("with ntk the fastest pair turns as before", _fastest),
    ),
    sizes=lambda positions, d_k, factor, way: {"T": positions.shape[-1], "d_k": d_k},
    verified="all three ways, factors from 1 to 4, early and late positions, d_k from 4 to 16",
)
