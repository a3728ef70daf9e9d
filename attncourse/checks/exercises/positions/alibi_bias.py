"""Subtract a penalty that grows with distance, steeper in some heads (ALiBi)."""

import torch

from attncourse import positions as package
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.positions.shared import DTYPE_OF_ITS_OWN, in_float64


def _cases():
    return [
        Case("plain", 2, 3),
        Case("one head", 1, 5),
        Case("one token", 3, 1),
        Case("eight heads", 8, 5),
        Case("plain", 5, 7),
        Case("six heads", 6, 11),
        Case("more heads than tokens", 12, 3),
        Case("many tokens", 3, 71),
        Case("another default dtype", 3, 5, use=in_float64),
    ]


_SLOPES = {
    "right": lambda h, H: 2 ** (-8 * (h + 1) / H),
    "from zero": lambda h, H: 2 ** (-8 * h / H),
    "no 8": lambda h, H: 2 ** (-(h + 1) / H),
    "no H": lambda h, H: 2 ** (-(h + 1)),
    "8 without H": lambda h, H: 2 ** (-8 * (h + 1)),
    "one fewer": lambda h, H: 2 ** (-8 * h / max(1, H - 1)),
    "e": lambda h, H: torch.exp(-8 * (h + 1) / H),
    "growing": lambda h, H: 2 ** (8 * (h + 1) / H),
    "8/h": lambda h, H: 2 ** (-8 / (h + 1)),
    "linear": lambda h, H: (h + 1) / H,
    "same": lambda h, H: torch.ones_like(h),
    "same, 1/H": lambda h, H: torch.ones_like(h) / H,
    "first": lambda h, H: 2 ** (-8 / H) * torch.ones_like(h),
    "last": lambda h, H: 2**-8 * torch.ones_like(h),
    "upside down": lambda h, H: 2 ** (-H * (h + 1) / 8),
    "rounded": lambda h, H: 2 ** (-8 * (h + 1) // H),
    "one over h": lambda h, H: 1 / (h + 1),
    "base 10,000": lambda h, H: 10_000 ** (-8 * (h + 1) / H),
    "exponent": lambda h, H: 8 * (h + 1) / H,
}


def _with(n_heads, T, *, slope="right", distance="apart", sign=-1, order="down", axes="H T T"):
    h = torch.arange(n_heads, dtype=torch.get_default_dtype())
    slopes = _SLOPES[slope](h, n_heads)
    if order == "up":
        slopes = slopes.flip(0)
    ahead = torch.arange(T) - torch.arange(T)[:, None]  # j − i
    steps = {
        "apart": ahead.abs(),
        "ahead": -ahead,
        "behind": ahead,
        "past only": (-ahead).clamp(min=0),
        "future only": ahead.clamp(min=0),
        "squared": ahead**2,
        "from one": ahead.abs() + 1,
        "position": torch.arange(T).expand(T, T),
        "sum": ahead + 2 * torch.arange(T)[:, None],
        "relative": ahead.abs() / T,
        "log": torch.log1p(ahead.abs().to(h.dtype)),
        "forbidden": torch.where(ahead > 0, torch.inf, ahead.abs()),
    }[distance]
    bias = sign * slopes[:, None, None] * steps
    return {
        "H T T": bias,
        "T T H": bias.permute(1, 2, 0),
        "1 H T T": bias[None],
        "T T": bias[0],
        "H T": bias[:, -1],
    }[axes]


def _alibi_by_powers(n_heads, T):
    """As published: the nearest power of two below, then every second slope of the one above."""
    lower = 2 ** (n_heads.bit_length() - 1)
    among = package.alibi_bias(2 * lower, T)[::2]
    return torch.cat((package.alibi_bias(lower, T), among[: n_heads - lower]))


def _power(n_heads, T):
    slopes = _SLOPES["right"](torch.arange(n_heads, dtype=torch.get_default_dtype()), n_heads)
    apart = (torch.arange(T) - torch.arange(T)[:, None]).abs()
    return -(apart ** slopes[:, None, None])


EXERCISE = Exercise(
    reference=package.alibi_bias,
    points=2,
    cases=_cases,
    hints=(
        "Two tables to multiply: one slope per head (H numbers) and one distance per pair of "
        "tokens (T × T numbers).",
        "The distances are |i − j|: positions as a column minus positions as a row.",
        "With H = 8 the slopes are 1/2, 1/4, …, 1/256. Give them two more axes of size 1, so that "
        "they broadcast over T × T.",
    ),
    verified="slope 2^(−8(h+1)/H) in head h, times −|i − j|, for one head, one token, numbers of "
    "heads that are no power of two, more heads than tokens",
    sizes=lambda n_heads, T: {"H": n_heads, "T": T},
    rewrite=_with,
    laws=(
        Law(
            "the score of a token with itself has no penalty",
            lambda result, n_heads, T: not result.diagonal(dim1=-2, dim2=-1).any(),
        ),
        Law(
            "the further away, the more is taken off",
            lambda result, n_heads, T: bool((result[:, 0].diff(dim=-1) < 0).all()),
        ),
        Law(
            "the last head has slope 2⁻⁸, however many heads there are",
            lambda result, n_heads, T: T == 1 or abs(result[-1, 1, 0] + 2**-8) < 1e-6,
        ),
    ),
    mistakes=(
        Mistake(*DTYPE_OF_ITS_OWN, lambda n_heads, T: _with(n_heads, T).float()),
        Mistake(
            "rewarded-distance",
            "rewarded distance instead of fining it",
            "Far keys must score lower: the bias is negative off the diagonal.",
            sign=1,
        ),
        Mistake(
            "kept-sign-j-i",
            "kept the sign of j − i, so that keys ahead are rewarded",
            "The paper writes it so because its causal mask hides them. We ask for −|i − j|, "
            "which works with and without a mask.",
            distance="ahead",
        ),
        Mistake(
            "kept-sign-i-j",
            "kept the sign of i − j, so that keys behind are rewarded",
            "Distance has no sign here: −|i − j|.",
            distance="behind",
        ),
        Mistake(
            "fined-only-keys-behind",
            "fined only the keys behind",
            "Keys ahead are as far away: −|i − j| on both sides. Hiding the future is the "
            "mask's business.",
            distance="past only",
        ),
        Mistake(
            "fined-only-keys-ahead",
            "fined only the keys ahead",
            "Keys behind are as far away: −|i − j| on both sides.",
            distance="future only",
        ),
        Mistake(
            "built-causal-mask-into-bias",
            "built the causal mask into the bias",
            "Hiding the future is the mask's business; the bias is finite everywhere.",
            distance="forbidden",
        ),
        Mistake(
            "counted-heads-0-exponent",
            "counted the heads from 0 in the exponent",
            "The first head has slope 2^(−8/H), not 1: the exponent uses h + 1.",
            slope="from zero",
        ),
        Mistake(
            "left-8-out-exponent",
            "left the 8 out of the exponent",
            "The slopes reach down to 2⁻⁸, however many heads there are.",
            slope="no 8",
        ),
        Mistake(
            "used-1-2",
            "used 1/2, 1/4, 1/8, … for any number of heads",
            "That is right for eight heads. The exponents run to −8 in H equal steps.",
            slope="no H",
        ),
        Mistake(
            "forgot-divide-exponent-n-heads",
            "forgot to divide the exponent by n_heads",
            "The exponents run to −8 in H equal steps: −8(h + 1)/H.",
            slope="8 without H",
        ),
        Mistake(
            "spread-exponents-0-8",
            "spread the exponents from 0 to −8",
            "They start at −8/H, not at 0, and take H equal steps.",
            slope="one fewer",
        ),
        Mistake("used-e", "used e instead of 2", "The slopes are powers of 2.", slope="e"),
        Mistake(
            "made-slopes-grow",
            "made the slopes grow",
            "The exponent is negative: slopes lie between 0 and 1.",
            slope="growing",
        ),
        Mistake(
            "divided-8-head-s-number",
            "divided 8 by the head's number",
            "The exponent is −8(h + 1)/H: a geometric sequence.",
            slope="8/h",
        ),
        Mistake(
            "made-slopes-arithmetic-sequence",
            "made the slopes an arithmetic sequence",
            "They are a geometric one: each head's slope is a fixed part of the one before.",
            slope="linear",
        ),
        Mistake(
            "gave-head-slope-1",
            "gave every head the slope 1",
            "Each head has its own slope.",
            slope="same",
        ),
        Mistake(
            "gave-head-slope-1-h",
            "gave every head the slope 1/H",
            "Each head has its own slope.",
            slope="same, 1/H",
        ),
        Mistake(
            "gave-head-first-one-s",
            "gave every head the first one's slope",
            "The exponent grows with the head's number h.",
            slope="first",
        ),
        Mistake(
            "gave-head-last-one-s",
            "gave every head the last one's slope",
            "2⁻⁸ is where the slopes end. Each head has its own: the exponent grows with h.",
            slope="last",
        ),
        Mistake(
            "turned-fraction-exponent-upside-down",
            "turned the fraction in the exponent upside down",
            "It is 8(h + 1)/H, not H(h + 1)/8. With eight heads both are the same.",
            slope="upside down",
        ),
        Mistake(
            "rounded-exponent-whole-number",
            "rounded the exponent to a whole number",
            "The exponent −8(h + 1)/H need not be whole: divide with `/`, not with `//`.",
            slope="rounded",
        ),
        Mistake(
            "used-exponent-slope",
            "used the exponent as the slope",
            "The slope is 2 to the power of −8(h + 1)/H, so it gets smaller from head to head.",
            slope="exponent",
        ),
        Mistake(
            "used-published-code-s-rule",
            "used the published code's rule for numbers of heads that are no power of two",
            "That code takes the slopes of the next power of two, and leaves some out. We ask for "
            "2^(−8(h + 1)/H), whatever H is.",
            _alibi_by_powers,
        ),
        Mistake(
            "gave-steepest-slope-last-head",
            "gave the steepest slope to the last head",
            "Head 0 is the steepest, with 2^(−8/H).",
            order="up",
        ),
        Mistake(
            "squared-distance",
            "squared the distance",
            "The penalty is linear: that is the L in ALiBi.",
            distance="squared",
        ),
        Mistake(
            "took-logarithm-distance",
            "took the logarithm of the distance",
            "The penalty is linear: that is the L in ALiBi.",
            distance="log",
        ),
        Mistake(
            "divided-distance-t",
            "divided the distance by T",
            "A step costs the same in short and long texts: that is why it reaches further.",
            distance="relative",
        ),
        Mistake(
            "counted-token-s-distance-itself",
            "counted a token's distance to itself as 1",
            "It is 0: the diagonal pays nothing.",
            distance="from one",
        ),
        Mistake(
            "used-key-s-position",
            "used the key's position instead of its distance",
            "Each row has its own zero, on the diagonal: |i − j|.",
            distance="position",
        ),
        Mistake(
            "added-positions",
            "added the positions instead of subtracting them",
            "The distance is |i − j|: 0 on the diagonal, and the same along each parallel of it.",
            distance="sum",
        ),
        Mistake(
            "put-heads-last",
            "put the heads last",
            "One T × T table per head: H × T × T.",
            axes="T T H",
        ),
        Mistake(
            "added-batch-axis",
            "added a batch axis",
            "Return H × T × T; broadcasting serves every batch.",
            axes="1 H T T",
        ),
        Mistake(
            "returned-one-head-only",
            "returned one head only",
            "Return one T × T table per head.",
            axes="T T",
        ),
        Mistake(
            "returned-bias-last-query-only",
            "returned the bias of the last query only",
            "Return one row per query: H × T × T.",
            axes="H T",
        ),
        Mistake(
            "one-over-h",
            "took the slopes 1, 1/2, 1/3, …",
            "Each slope is the one before times the same number: 2^(−8h/H), for h = 1 … H.",
            slope="one over h",
        ),
        Mistake(
            "base-10000",
            "took 10,000 for the base of the slopes",
            "That is the base of the sinusoids. The slopes are powers of 2.",
            slope="base 10,000",
        ),
        Mistake(
            "power-of-distance",
            "raised the distance to the power of the slope",
            "The slope multiplies the distance: the penalty grows in a straight line.",
            _power,
        ),
    ),
)
