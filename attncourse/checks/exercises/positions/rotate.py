"""Turn pairs of features by angles that grow with the position (RoPE)."""

import torch

from attncourse import positions as package
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import by_shape
from attncourse.checks.exercises.positions.shared import WRONG_ANGLES, angles_with

ROUGHLY = 1e-4  # the angles may be computed in float32, whatever x is


def _cases():
    def case(label, x, positions):
        return Case(label, x, positions, rtol=ROUGHLY)

    return [
        case("plain", by_shape(3, 6), torch.tensor([0, 1, 2])),
        case("one token", by_shape(1, 6), torch.tensor([3])),
        case("two columns", by_shape(5, 2), torch.arange(5)),
        case("plain", by_shape(2, 71, 14), torch.arange(71)),
        case("positions not from 0", by_shape(5, 6), torch.arange(3, 8)),
        case("positions in any order", by_shape(3, 5, 6), torch.tensor([7, 0, 2, 11, 1])),
        case("two batch axes", by_shape(2, 3, 5, 10), torch.arange(5)),
        case("far positions", by_shape(3, 14), torch.tensor([40, 61, 97])),
        case("float32", by_shape(2, 7, 10, dtype=torch.float32), torch.arange(7)),
        case("not contiguous", by_shape(6, 5).T, torch.arange(5)),
    ]


def _with(
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
    positions = {
        "given": lambda: positions,
        "counted": lambda: torch.arange(x.shape[-2]),
        "largest": lambda: positions.max().expand(len(positions)),
        "last": lambda: positions[-1:].expand(len(positions)),
        "sorted": lambda: positions.sort().values,
        "from the first": lambda: positions - positions[:1],
    }[used]()
    angles = angles_with(positions.to(x.dtype), x.shape[-1], **angle)
    sin, cos = angles.sin(), angles.cos()
    if turn == "right":
        sin = -sin
    if turn == "swapped":
        sin, cos = cos, sin
    even, odd = (x[..., 0::2], x[..., 1::2]) if pairs == "neighbours" else x.chunk(2, dim=-1)
    first, second = _turned(even, odd, sin, cos, how)
    if written == "pairs":
        return torch.stack((first, second), dim=-1)
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


def _typed_width(width):
    """The frequencies of one width for every x."""

    def rotated(x, positions):
        angles = angles_with(positions.to(x.dtype), width)
        pair = _turned(x[..., 0::2], x[..., 1::2], angles.sin(), angles.cos(), "rotate")
        return torch.stack(pair, dim=-1).flatten(-2)

    return rotated


EXERCISE = Exercise(
    reference=package.rotate,
    points=3,
    cases=_cases,
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
    rewrite=_with,
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
            "paired-number-one-half-width",
            "paired each number with the one half a width away",
            "Both conventions are in use (GPT-NeoX and Hugging Face take halves). We ask for "
            "neighbours, as the paper and Meta's Llama do: (0, 1), (2, 3), …",
            pairs="halves",
        ),
        Mistake(
            "turned-clockwise",
            "turned clockwise",
            "A positive angle turns counter-clockwise: (a, b) becomes (a cos φ − b sin φ, …). "
            "Check the minus sign.",
            turn="right",
        ),
        Mistake(
            "left-turned-pairs-two-halves",
            "left the turned pairs in two halves",
            "The pairs were right, but the numbers must go back to their places: even and odd "
            "columns in turn.",
            written="halves",
        ),
        Mistake(
            "swapped-sine-cosine",
            "swapped sine and cosine",
            "At angle 0 nothing may change: cos 0 = 1 multiplies what stays.",
            turn="swapped",
        ),
        Mistake(
            "lost-minus-sign",
            "lost the minus sign",
            "(a, b) becomes (a cos φ − b sin φ, a sin φ + b cos φ). With two plus signs it is no "
            "rotation, and lengths change.",
            how="plus",
        ),
        Mistake(
            "put-minus-sign-second-number",
            "put the minus sign in the second number",
            "(a, b) becomes (a cos φ − b sin φ, a sin φ + b cos φ).",
            how="minus",
        ),
        Mistake(
            "swapped-two-numbers-pair",
            "swapped the two numbers of each pair",
            "The first new number is a cos φ − b sin φ, the second a sin φ + b cos φ.",
            how="swapped",
        ),
        Mistake(
            "used-new-first-number-compute",
            "used the new first number to compute the second",
            "Both need the old pair. Compute both before you store one.",
            how="overwritten",
        ),
        Mistake(
            "only-multiplied-sines-cosines",
            "only multiplied by sines and cosines",
            "Each new number mixes both old ones of its pair.",
            how="scaled",
        ),
        Mistake(
            "only-multiplied-cosines",
            "only multiplied by cosines",
            "Each new number mixes both old ones of its pair; the sine part is missing.",
            how="scaled by cos",
        ),
        Mistake(
            "added-sines-cosines",
            "added sines and cosines instead of turning",
            "That is the sinusoidal encoding. A rotation multiplies.",
            how="added",
        ),
        Mistake(
            "counted-tokens",
            "counted the tokens instead of using `positions`",
            "A token's position is given; it need not be its place in this tensor.",
            used="counted",
        ),
        Mistake(
            "counted-positions-1",
            "counted positions from 1",
            "Use the positions as they come.",
            start=1,
        ),
        *WRONG_ANGLES,
        Mistake(
            "one-position-for-all",
            "turned every vector by the same position",
            "Each row of x has a position of its own: a row of angles for each.",
            {"used": "largest"},
            {"used": "last"},
        ),
        Mistake(
            "sorted-positions",
            "sorted the positions",
            "positions[t] belongs to row t of x, in whatever order they come.",
            used="sorted",
        ),
        Mistake(
            "kept-pair-axis",
            "kept an axis for the pairs",
            "One step is left: flatten the last two axes, d_k / 2 and 2, into d_k.",
            written="pairs",
        ),
        Mistake(
            "typed-width",
            "typed a width in place of d_k",
            "d_k is the last size of x.",
            *map(_typed_width, (4, 8, 16, 64)),
        ),
        Mistake(
            "from-the-first-position",
            "counted from the first position",
            "Use the positions as they come: the first need not be 0.",
            used="from the first",
        ),
    ),
)
