"""What the exercises on positions share."""

import torch

from attncourse.checks.engine.exercise import Mistake

EXPONENTS = {
    "pair": lambda pair, width: 2 * pair / width,
    "half": lambda pair, width: pair / width,
    "double": lambda pair, width: 4 * pair / width,
    "no width": lambda pair, width: 2 * pair,
    "last pair": lambda pair, width: 2 * pair / max(1, width - 2),
    "from one": lambda pair, width: 2 * (pair + 1) / width,
}


def angles_with(
    positions, width, *, exponent="pair", base=10_000.0, power="negative", start=0, unit=1.0
):
    """t · ω_i with a knob for each way to get it wrong."""
    pair = torch.arange(width // 2, dtype=positions.dtype)
    if power == "same":
        return ((positions + start)[..., None] * unit).expand(*positions.shape, width // 2)
    sign = {"negative": -1.0, "positive": 1.0}[power]
    return (positions + start)[..., None] * unit * base ** (sign * EXPONENTS[exponent](pair, width))


# Mistakes about angles, shared by sinusoidal_encoding and rotate.
WRONG_ANGLES = (
    Mistake(
        "halved-exponent",
        "halved the exponent: i / d instead of 2i / d",
        "i counts pairs, and there are d/2 of them: the exponents 2i/d run from 0 to almost 1.",
        exponent="half",
    ),
    Mistake(
        "doubled-exponent",
        "doubled the exponent: 4i / d instead of 2i / d",
        "If your i already steps by two, it is the 2i of the formula; do not double it again.",
        exponent="double",
    ),
    Mistake(
        "did-divide-exponent-width",
        "let all frequencies but the first vanish",
        "The exponents run from 0 to almost 1, whatever the width: divide 2i by d. (In whole "
        "numbers, PyTorch makes 0 of 10000 to a negative power.)",
        exponent="no width",
    ),
    Mistake(
        "let-slowest-frequency-reach-1",
        "let the slowest frequency reach 1/base exactly",
        "Some libraries divide by the last index. Here the exponents are 2i/d, and the last one "
        "stays below 1.",
        exponent="last pair",
    ),
    Mistake(
        "counted-pairs-1",
        "counted the pairs from 1",
        "The first pair has i = 0, so its frequency is base⁰ = 1.",
        exponent="from one",
    ),
    Mistake(
        "turned-faster-pair",
        "turned faster with every pair instead of slower",
        "The sign of the exponent is minus: the first pair is the fastest, the last hardly moves.",
        power="positive",
    ),
    Mistake(
        "used-one-frequency-pairs",
        "used one frequency for all pairs",
        "Each pair has a frequency of its own, ω_i = base^(−2i/d).",
        power="same",
    ),
    Mistake(
        "used-1",
        "used 1,000 for the base",
        "The base is 10,000: count the zeros.",
        base=1_000.0,
    ),
    Mistake(
        "used-100",
        "used 100,000 for the base",
        "The base is 10,000: count the zeros.",
        base=100_000.0,
    ),
    Mistake(
        "used-e-base",
        "used e for the base",
        "exp alone has base e. base^x is exp(x · ln(base)) with base 10,000.",
        base=2.718281828459045,
    ),
    Mistake(
        "multiplied-angles-2",
        "multiplied the angles by 2π",
        "The angle is t · ω_i in radians as it stands: no π in it.",
        unit=6.283185307179586,
    ),
    Mistake(
        "degrees",
        "took the angles for degrees",
        "t · ω_i are radians, as `sin` and `cos` want them.",
        unit=0.017453292519943295,
    ),
)


DTYPE_OF_ITS_OWN = (
    "dtype-of-its-own",
    "fixed the dtype, where PyTorch's default one is asked for",
    "Whoever computes in float64 has set that default: leave `.float()` and `dtype=` out, or ask "
    "for `torch.get_default_dtype()`.",
)


def in_float64(answer, *arguments):
    """The answer where PyTorch makes float64 unless told otherwise."""
    import torch

    torch.set_default_dtype(torch.float64)
    return answer(*arguments)  # afterwards the check restores the default
