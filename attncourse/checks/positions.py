"""Exercises of lesson 08: clocks, distances, rotations and slopes."""

import torch
from einops import rearrange

from attncourse import positions as package
from attncourse.checks.core import Case, Exercise, Law, Mistake


def _normal(*shape, dtype=torch.float64):
    generator = torch.Generator().manual_seed(sum(shape))
    return torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)


_EXPONENTS = {
    "pair": lambda pair, width: 2 * pair / width,
    "half": lambda pair, width: pair / width,
    "double": lambda pair, width: 4 * pair / width,
    "no width": lambda pair, width: 2 * pair,
    "last pair": lambda pair, width: 2 * pair / max(1, width - 2),
    "from one": lambda pair, width: 2 * (pair + 1) / width,
}


def _angles_with(
    positions, width, *, exponent="pair", base=10_000.0, power="negative", start=0, unit=1.0
):
    """t · ω_i with a knob for each way to get it wrong."""
    pair = torch.arange(width // 2, dtype=positions.dtype)
    if power == "same":
        return ((positions + start)[..., None] * unit).expand(*positions.shape, width // 2)
    sign = {"negative": -1.0, "positive": 1.0}[power]
    return (
        (positions + start)[..., None] * unit * base ** (sign * _EXPONENTS[exponent](pair, width))
    )


# Mistakes about angles, shared by sinusoidal_encoding and rotate.
_WRONG_ANGLES = (
    Mistake(
        "halved the exponent: i / d instead of 2i / d",
        "i counts pairs, and there are d/2 of them: the exponents 2i/d run from 0 to almost 1.",
        exponent="half",
    ),
    Mistake(
        "doubled the exponent: 4i / d instead of 2i / d",
        "If your i already steps by two, it is the 2i of the formula; do not double it again.",
        exponent="double",
    ),
    Mistake(
        "did not divide the exponent by the width",
        "The exponents run from 0 to almost 1, whatever the width: 2i over d.",
        exponent="no width",
    ),
    Mistake(
        "let the slowest frequency reach 1/base exactly",
        "Some libraries divide by the last index. Here the exponents are 2i/d, and the last one "
        "stays below 1.",
        exponent="last pair",
    ),
    Mistake(
        "counted the pairs from 1",
        "The first pair has i = 0, so its frequency is base⁰ = 1.",
        exponent="from one",
    ),
    Mistake(
        "turned faster with every pair instead of slower",
        "The sign of the exponent is minus: the first pair is the fastest, the last hardly moves.",
        power="positive",
    ),
    Mistake(
        "used one frequency for all pairs",
        "Each pair has a frequency of its own, ω_i = base^(−2i/d).",
        power="same",
    ),
    Mistake(
        "used 1,000 for the base",
        "The base is 10,000: count the zeros.",
        base=1_000.0,
    ),
    Mistake(
        "used 100,000 for the base",
        "The base is 10,000: count the zeros.",
        base=100_000.0,
    ),
    Mistake(
        "used e for the base",
        "exp alone has base e. base^x is exp(x · ln(base)) with base 10,000.",
        base=2.718281828459045,
    ),
    Mistake(
        "multiplied the angles by 2π",
        "The angle is t · ω_i in radians as it stands: no π in it.",
        unit=6.283185307179586,
    ),
)


# sinusoidal_encoding ------------------------------------------------------------------------------


def _encoding_cases():
    return [
        Case("plain", 3, 6),
        Case("two columns", 5, 2),
        Case("one position", 1, 6),
        Case("plain", 7, 10),
        Case("one position", 1, 14),
        Case("two columns", 11, 2),
        Case("plain", 11, 14),
        Case("wide", 3, 30),
        Case("many positions", 50, 12),
    ]


def _encoding_with(
    T, d_model, *, order="interleaved", waves="sin cos", column="pair", shape="table", **angle
):
    times = torch.arange(T, dtype=torch.get_default_dtype())
    if column == "own":  # every column a frequency of its own
        turns = times[:, None] * 10_000 ** (-torch.arange(d_model) / d_model)
        even = torch.arange(d_model) % 2 == 0
        return torch.where(even, turns.sin(), turns.cos())
    angles = _angles_with(times, d_model, **angle)
    first, second = {
        "sin cos": (angles.sin(), angles.cos()),
        "cos sin": (angles.cos(), angles.sin()),
        "sin sin": (angles.sin(), angles.sin()),
        "cos cos": (angles.cos(), angles.cos()),
        "angles": (angles, angles),
    }[waves]
    if order == "halves":
        return torch.cat((first, second), dim=-1)
    table = rearrange([first, second], "two T i -> T (i two)")
    return {"table": table, "batch": table[None], "tokens": table[:, None]}[shape]


_encoding = Exercise(
    reference=package.sinusoidal_encoding,
    points=2,
    cases=_encoding_cases,
    hints=(
        "Make one table of angles first, T rows and d_model / 2 columns: angle[t, i] = t · ω_i.",
        "Positions as a column, frequencies as a row: their product is the table of angles.",
        "Columns 0, 2, 4, … take the sines and columns 1, 3, 5, … the cosines of the same angles; "
        "slices with a step of 2 pick them.",
    ),
    verified="even columns are sines and odd columns cosines of t · 10000^(−2i/d_model), from "
    "position 0, for one position, two columns, wide and long tables",
    sizes=lambda T, d_model: {"T": T, "d_model": d_model},
    rewrite=_encoding_with,
    laws=(
        Law(
            "position 0 reads 0, 1, 0, 1, …: sin 0 and cos 0 in turn",
            lambda result, T, d_model: torch.allclose(
                result[0], torch.tensor([0.0, 1.0], dtype=result.dtype).repeat(d_model // 2)
            ),
        ),
        Law(
            "each pair of columns lies on the unit circle",
            lambda result, T, d_model: torch.allclose(
                result.unflatten(-1, (-1, 2)).square().sum(-1),
                torch.ones((), dtype=result.dtype),
                atol=1e-4,
            ),
        ),
    ),
    mistakes=(
        Mistake(
            "wrote the sines in one half and the cosines in the other",
            "Both conventions are in use. We ask for interleaved columns, as in the 2017 paper: "
            "sin, cos, sin, cos, …",
            order="halves",
        ),
        Mistake(
            "swapped sine and cosine",
            "Even columns are sines, odd columns cosines: position 0 starts 0, 1, 0, 1.",
            waves="cos sin",
        ),
        Mistake(
            "gave every column a frequency of its own",
            "Columns 2i and 2i + 1 share one frequency: a sine and a cosine of the same angle.",
            column="own",
        ),
        Mistake("counted positions from 1", "The first token stands at position 0.", start=1),
        *_WRONG_ANGLES,
        Mistake(
            "used sines only",
            "Odd columns are cosines: a sine alone does not tell a position from its mirror image.",
            waves="sin sin",
        ),
        Mistake("used cosines only", "Even columns are sines.", waves="cos cos"),
        Mistake(
            "returned the angles themselves",
            "Take sines and cosines of them: every entry lies between −1 and 1.",
            waves="angles",
        ),
        Mistake(
            "added a batch axis",
            "Return T × d_model; broadcasting adds it to every sequence of a batch.",
            shape="batch",
        ),
        Mistake(
            "laid the encoding out along the batch",
            "Return T × d_model. With an axis between the two, position would count sequences.",
            shape="tokens",
        ),
    ),
)


# relative_bias ------------------------------------------------------------------------------------


def _bias_cases():
    return [
        Case("plain", _normal(5), 6, 7),
        Case("one query", _normal(7), 1, 6),
        Case("one key", _normal(7), 5, 1),
        Case("nothing to clip", _normal(13), 5, 3),
        Case("one distance", _normal(1), 3, 5),
        Case("plain", _normal(3), 7, 5),
        Case("M = N", _normal(5), 6, 6),
        Case("several heads", _normal(2, 7), 6, 11),
        Case("several heads", _normal(3, 5), 10, 6),
        Case("two axes before the distances", _normal(2, 3, 5), 7, 6),
        Case("float32", _normal(2, 5, dtype=torch.float32), 6, 3),
        Case("not contiguous", _normal(7, 3).T, 6, 5),
    ]


_DISTANCES = {
    "j − i": lambda i, j: j - i,
    "i − j": lambda i, j: i - j,
    "|j − i|": lambda i, j: (j - i).abs(),
    "−|j − i|": lambda i, j: -(j - i).abs(),
    "j": lambda i, j: j + 0 * i,
    "j + i": lambda i, j: j + i,
}


def _bias_with(
    table,
    M,
    N,
    *,
    distance="j − i",
    clip="both",
    offset="R",
    axis="last",
    aligned="starts",
    size="",
):
    if size == "M for both":
        N = M
    if size == "N for both":
        M = N
    R = table.shape[0 if axis == "first" else -1] // 2
    i, j = torch.arange(M)[:, None], torch.arange(N)
    if aligned == "ends":
        i = i + N - M
    apart = _DISTANCES[distance](i, j)
    clipped = {
        "both": lambda: apart.clamp(-R, R),
        "none": lambda: apart,
        "above": lambda: apart.clamp(max=R),
        "below": lambda: apart.clamp(min=-R),
        "back only": lambda: apart.clamp(-R, 0),
        "ahead only": lambda: apart.clamp(0, R),
        "one short": lambda: apart.clamp(-R, R - 1),
        "to zero": lambda: torch.where(apart.abs() <= R, apart, 0),
        "wrapped": lambda: (apart + R) % (2 * R + 1) - R,
    }[clip]()
    shift = {"R": R, "none": 0, "R + 1": R + 1, "R − 1": R - 1, "N − 1": N - 1, "M − 1": M - 1}
    index = clipped + shift[offset]
    return table[index] if axis == "first" else table[..., index]


def _bias_dropped(table, M, N):
    apart = torch.arange(N) - torch.arange(M)[:, None]
    R = table.shape[-1] // 2
    return table[..., apart.clamp(-R, R) + R] * (apart.abs() <= R)


_bias = Exercise(
    reference=package.relative_bias,
    points=2,
    cases=_bias_cases,
    hints=(
        "Make a table of distances first: row i, column j holds j − i.",
        "Clip the distances to −R … R, and only then move them to 0 … 2R. How does R follow from "
        "the size of the table's last axis?",
        "A tensor of whole numbers may stand where an index stands; three dots keep whatever axes "
        "come before.",
    ),
    verified="the right entry for every query and key, M ≠ N, distances beyond the table, a table "
    "of one number, one table per head, float32 and float64; gradient of the table",
    sizes=lambda table, M, N: {"M": M, "N": N, "2R + 1": table.shape[-1]},
    rewrite=_bias_with,
    laws=(
        Law(
            "a query that looks at its own place gets the middle of the table",
            lambda result, table, M, N: torch.equal(
                result[..., 0, 0], table[..., table.shape[-1] // 2]
            ),
        ),
        Law(
            "entries on one diagonal are equal",
            lambda result, table, M, N: torch.equal(result[..., 1:, 1:], result[..., :-1, :-1]),
        ),
    ),
    mistakes=(
        Mistake(
            "took i − j instead of j − i",
            "Keys ahead of the query have positive distances: key minus query.",
            distance="i − j",
        ),
        Mistake(
            "forgot to clip",
            "A distance beyond R has no entry of its own: it uses the last one on its side. "
            "Negative indices do not fail, they count from the end.",
            clip="none",
        ),
        Mistake(
            "clipped only keys that are far ahead",
            "Keys far behind need it too: below −R, an index becomes negative and counts from the "
            "end.",
            clip="above",
        ),
        Mistake(
            "clipped only keys that are far behind",
            "Keys far ahead need it too: the largest distance in the table is R.",
            clip="below",
        ),
        Mistake(
            "clipped one step too early ahead",
            "The distances run from −R to R, both included.",
            clip="one short",
        ),
        Mistake(
            "wrapped far distances around instead of clipping them",
            "Far is far: beyond R the last entry of that side is used again.",
            clip="wrapped",
        ),
        Mistake(
            "treated keys beyond R as if they stood at distance 0",
            "Beyond R the last entry of that side is used again.",
            clip="to zero",
        ),
        Mistake(
            "gave keys beyond R a bias of zero",
            "Beyond R the last entry of that side is used again.",
            wrong=_bias_dropped,
        ),
        Mistake(
            "gave all keys ahead the same bias",
            "Both directions are told apart: clip to −R … R.",
            clip="back only",
        ),
        Mistake(
            "gave all keys behind the same bias",
            "Both directions are told apart: clip to −R … R.",
            clip="ahead only",
        ),
        Mistake(
            "forgot to move the distances to 0 … 2R",
            "The table's first entry is for −R. Without the + R, negative distances count from the "
            "end of the table.",
            offset="none",
        ),
        Mistake(
            "moved the distances one too far",
            "Distance 0 belongs in the middle of the table, at index R.",
            offset="R + 1",
        ),
        Mistake(
            "moved the distances one too little",
            "Distance 0 belongs in the middle of the table, at index R.",
            offset="R − 1",
        ),
        Mistake(
            "moved the distances by N − 1 instead of R",
            "How far a table reaches is its own size's business, (2R + 1), not the sequence's.",
            offset="N − 1",
        ),
        Mistake(
            "moved the distances by M − 1 instead of R",
            "How far a table reaches is its own size's business, (2R + 1), not the sequence's.",
            offset="M − 1",
        ),
        Mistake(
            "did not tell ahead from behind",
            "The distance is signed: a key before and a key after the query have entries of their "
            "own.",
            distance="|j − i|",
        ),
        Mistake(
            "looked up every distance as if it lay behind",
            "The distance is signed: keys ahead of the query have positive distances.",
            distance="−|j − i|",
        ),
        Mistake(
            "used the key's position instead of its distance from the query",
            "Each row must be moved: the distance is j − i.",
            distance="j",
        ),
        Mistake(
            "added the positions instead of subtracting them",
            "The distance is j − i; it is the same along each diagonal.",
            distance="j + i",
        ),
        Mistake(
            "indexed the first axis of the table",
            "Distances are the table's last axis; what comes before are heads: table[..., index].",
            axis="first",
        ),
        Mistake(
            "lined up the last query with the last key",
            "That is a convention for generating text. Here query 0 and key 0 stand at the same "
            "place.",
            aligned="ends",
        ),
        Mistake("made N × N instead of M × N", "There are M queries: M rows.", size="N for both"),
        Mistake("made M × M instead of M × N", "There are N keys: N columns.", size="M for both"),
    ),
)


# rotate -------------------------------------------------------------------------------------------


def _rotate_cases():
    return [
        Case("plain", _normal(3, 6), torch.tensor([0, 1, 2])),
        Case("one token", _normal(1, 6), torch.tensor([3])),
        Case("two columns", _normal(5, 2), torch.arange(5)),
        Case("plain", _normal(2, 5, 14), torch.arange(5)),
        Case("positions not from 0", _normal(5, 6), torch.arange(3, 8)),
        Case("positions in any order", _normal(3, 5, 6), torch.tensor([7, 0, 2, 11, 1])),
        Case("two batch axes", _normal(2, 3, 5, 10), torch.arange(5)),
        Case("far positions", _normal(3, 14), torch.tensor([40, 61, 97]), rtol=1e-4),
        Case("float32", _normal(2, 7, 10, dtype=torch.float32), torch.arange(7)),
        Case("not contiguous", _normal(6, 5).T, torch.arange(5)),
    ]


def _rotate_with(
    x,
    positions,
    *,
    pairs="neighbours",
    turn="left",
    written="back",
    used="given",
    how="rotate",
    **angle,
):
    if used == "counted":
        positions = torch.arange(x.shape[-2])
    angles = _angles_with(positions.to(x.dtype), x.shape[-1], **angle)
    sin, cos = angles.sin(), angles.cos()
    if turn == "right":
        sin = -sin
    if turn == "swapped":
        sin, cos = cos, sin
    even, odd = (x[..., 0::2], x[..., 1::2]) if pairs == "neighbours" else x.chunk(2, dim=-1)
    first, second = _turned(even, odd, sin, cos, how)
    if written == "back" and pairs == "neighbours":
        return torch.stack((first, second), dim=-1).flatten(-2)
    return torch.cat((first, second), dim=-1)


def _turned(even, odd, sin, cos, how):
    """A pair after the turn, or after something that is no turn."""
    if how == "overwritten":
        first = even * cos - odd * sin
        return first, first * sin + odd * cos
    return {
        "rotate": (even * cos - odd * sin, even * sin + odd * cos),
        "plus": (even * cos + odd * sin, even * sin + odd * cos),
        "minus": (even * cos - odd * sin, even * sin - odd * cos),
        "swapped": (even * sin + odd * cos, even * cos - odd * sin),
        "scaled": (even * cos, odd * sin),
        "scaled by cos": (even * cos, odd * cos),
        "added": (even + sin, odd + cos),
    }[how]


_rotate = Exercise(
    reference=package.rotate,
    points=3,
    cases=_rotate_cases,
    hints=(
        "Make the angles first: T rows, d_k / 2 columns, one angle per token and pair.",
        "A pair (a, b) turned by φ is (a cos φ − b sin φ, a sin φ + b cos φ). Take all a at once: "
        "the even columns; all b: the odd ones.",
        "Both new numbers need both old ones: compute them before you put anything back.",
        "To put them back in turn, stack the two along a new last axis and flatten it.",
    ),
    verified="pairs (0, 1), (2, 3), … turned by t · 10000^(−2i/d_k), for any positions, any number "
    "of batch axes, float32 and float64, non-contiguous input; lengths are kept; gradient",
    sizes=lambda x, positions: {"T": x.shape[-2], "d_k": x.shape[-1]},
    rewrite=_rotate_with,
    laws=(
        Law(
            "a rotation keeps the length of every vector",
            lambda result, x, positions: torch.allclose(
                result.norm(dim=-1), x.norm(dim=-1), rtol=1e-4
            ),
        ),
        Law(
            "a rotation keeps the length of every pair (0, 1), (2, 3), …",
            lambda result, x, positions: torch.allclose(
                result.unflatten(-1, (-1, 2)).norm(dim=-1),
                x.unflatten(-1, (-1, 2)).norm(dim=-1),
                rtol=1e-4,
            ),
        ),
    ),
    mistakes=(
        Mistake(
            "paired each number with the one half a width away",
            "Both conventions are in use (Llama's code takes halves). We ask for neighbours, as in "
            "the paper: (0, 1), (2, 3), …",
            pairs="halves",
        ),
        Mistake(
            "turned clockwise",
            "A positive angle turns counter-clockwise: (a, b) becomes (a cos φ − b sin φ, …). "
            "Check the minus sign.",
            turn="right",
        ),
        Mistake(
            "left the turned pairs in two halves",
            "The pairs were right, but the numbers must go back to their places: even and odd "
            "columns in turn.",
            written="halves",
        ),
        Mistake(
            "swapped sine and cosine",
            "At angle 0 nothing may change: cos 0 = 1 multiplies what stays.",
            turn="swapped",
        ),
        Mistake(
            "lost the minus sign",
            "(a, b) becomes (a cos φ − b sin φ, a sin φ + b cos φ). With two plus signs it is no "
            "rotation, and lengths change.",
            how="plus",
        ),
        Mistake(
            "put the minus sign in the second number",
            "(a, b) becomes (a cos φ − b sin φ, a sin φ + b cos φ).",
            how="minus",
        ),
        Mistake(
            "swapped the two numbers of each pair",
            "The first new number is a cos φ − b sin φ, the second a sin φ + b cos φ.",
            how="swapped",
        ),
        Mistake(
            "used the new first number to compute the second",
            "Both need the old pair. Compute both before you store one.",
            how="overwritten",
        ),
        Mistake(
            "only multiplied by sines and cosines",
            "Each new number mixes both old ones of its pair.",
            how="scaled",
        ),
        Mistake(
            "only multiplied by cosines",
            "Each new number mixes both old ones of its pair; the sine part is missing.",
            how="scaled by cos",
        ),
        Mistake(
            "added sines and cosines instead of turning",
            "That is the sinusoidal encoding. A rotation multiplies.",
            how="added",
        ),
        Mistake(
            "counted the tokens instead of using `positions`",
            "A token's position is given; it need not be its place in this tensor.",
            used="counted",
        ),
        Mistake("counted positions from 1", "Use the positions as they come.", start=1),
        *_WRONG_ANGLES,
    ),
)


# alibi_bias ---------------------------------------------------------------------------------------


def _alibi_cases():
    return [
        Case("plain", 2, 3),
        Case("one head", 1, 5),
        Case("one token", 3, 1),
        Case("eight heads", 8, 5),
        Case("plain", 5, 7),
        Case("six heads", 6, 11),
        Case("more heads than tokens", 12, 3),
        Case("many tokens", 3, 30),
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
    "exponent": lambda h, H: 8 * (h + 1) / H,
}


def _alibi_with(
    n_heads, T, *, slope="right", distance="apart", sign=-1, order="down", axes="H T T"
):
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


_alibi = Exercise(
    reference=package.alibi_bias,
    points=2,
    cases=_alibi_cases,
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
    rewrite=_alibi_with,
    laws=(
        Law(
            "a token that looks at itself pays nothing",
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
        Mistake(
            "rewarded distance instead of fining it",
            "Far keys must score lower: the bias is negative off the diagonal.",
            sign=1,
        ),
        Mistake(
            "kept the sign of j − i, so that keys ahead are rewarded",
            "The paper writes it so because its causal mask hides them. We ask for −|i − j|, "
            "which works with and without a mask.",
            distance="ahead",
        ),
        Mistake(
            "kept the sign of i − j, so that keys behind are rewarded",
            "Distance has no sign here: −|i − j|.",
            distance="behind",
        ),
        Mistake(
            "fined only the keys behind",
            "Keys ahead are as far away: −|i − j| on both sides. Hiding the future is the "
            "mask's business.",
            distance="past only",
        ),
        Mistake(
            "fined only the keys ahead",
            "Keys behind are as far away: −|i − j| on both sides.",
            distance="future only",
        ),
        Mistake(
            "built the causal mask into the bias",
            "Hiding the future is the mask's business; the bias is finite everywhere.",
            distance="forbidden",
        ),
        Mistake(
            "counted the heads from 0 in the exponent",
            "The first head has slope 2^(−8/H), not 1: the exponent uses h + 1.",
            slope="from zero",
        ),
        Mistake(
            "left the 8 out of the exponent",
            "The slopes reach down to 2⁻⁸, however many heads there are.",
            slope="no 8",
        ),
        Mistake(
            "used 1/2, 1/4, 1/8, … for any number of heads",
            "That is right for eight heads. The exponents run to −8 in H equal steps.",
            slope="no H",
        ),
        Mistake(
            "forgot to divide the exponent by n_heads",
            "The exponents run to −8 in H equal steps: −8(h + 1)/H.",
            slope="8 without H",
        ),
        Mistake(
            "spread the exponents from 0 to −8",
            "They start at −8/H, not at 0, and take H equal steps.",
            slope="one fewer",
        ),
        Mistake("used e instead of 2", "The slopes are powers of 2.", slope="e"),
        Mistake(
            "made the slopes grow",
            "The exponent is negative: slopes lie between 0 and 1.",
            slope="growing",
        ),
        Mistake(
            "divided 8 by the head's number",
            "The exponent is −8(h + 1)/H: a geometric sequence.",
            slope="8/h",
        ),
        Mistake(
            "made the slopes an arithmetic sequence",
            "They are a geometric one: each head's slope is a fixed part of the one before.",
            slope="linear",
        ),
        Mistake("gave every head the slope 1", "Each head has its own slope.", slope="same"),
        Mistake("gave every head the slope 1/H", "Each head has its own slope.", slope="same, 1/H"),
        Mistake(
            "gave every head the first one's slope",
            "The exponent grows with the head's number h.",
            slope="first",
        ),
        Mistake(
            "gave every head the last one's slope",
            "2⁻⁸ is where the slopes end. Each head has its own: the exponent grows with h.",
            slope="last",
        ),
        Mistake(
            "turned the fraction in the exponent upside down",
            "It is 8(h + 1)/H, not H(h + 1)/8. With eight heads both are the same.",
            slope="upside down",
        ),
        Mistake(
            "rounded the exponent to a whole number",
            "The exponent −8(h + 1)/H need not be whole: divide with `/`, not with `//`.",
            slope="rounded",
        ),
        Mistake(
            "used the exponent as the slope",
            "The slope is 2 to the power of −8(h + 1)/H, so it gets smaller from head to head.",
            slope="exponent",
        ),
        Mistake(
            "used the published code's rule for numbers of heads that are no power of two",
            "That code takes the slopes of the next power of two, and leaves some out. We ask for "
            "2^(−8(h + 1)/H), whatever H is.",
            wrong=_alibi_by_powers,
        ),
        Mistake(
            "gave the steepest slope to the last head",
            "Head 0 is the steepest, with 2^(−8/H).",
            order="up",
        ),
        Mistake(
            "squared the distance",
            "The fine is linear: that is the L in ALiBi.",
            distance="squared",
        ),
        Mistake(
            "took the logarithm of the distance",
            "The fine is linear: that is the L in ALiBi.",
            distance="log",
        ),
        Mistake(
            "divided the distance by T",
            "A step costs the same in short and long texts: that is why it reaches further.",
            distance="relative",
        ),
        Mistake(
            "counted a token's distance to itself as 1",
            "It is 0: the diagonal pays nothing.",
            distance="from one",
        ),
        Mistake(
            "used the key's position instead of its distance",
            "Each row has its own zero, on the diagonal: |i − j|.",
            distance="position",
        ),
        Mistake(
            "added the positions instead of subtracting them",
            "The distance is |i − j|: 0 on the diagonal, and the same along each parallel of it.",
            distance="sum",
        ),
        Mistake("put the heads last", "One T × T table per head: H × T × T.", axes="T T H"),
        Mistake(
            "added a batch axis",
            "Return H × T × T; broadcasting serves every batch.",
            axes="1 H T T",
        ),
        Mistake("returned one head only", "Return one T × T table per head.", axes="T T"),
        Mistake(
            "returned the bias of the last query only",
            "Return one row per query: H × T × T.",
            axes="H T",
        ),
    ),
)


EXERCISES = (_encoding, _bias, _rotate, _alibi)
