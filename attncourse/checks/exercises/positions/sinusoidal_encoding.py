"""Write each position as sines and cosines of growing wavelength."""

import torch
from einops import rearrange

from attncourse import positions as package
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.positions.shared import (
    DTYPE_OF_ITS_OWN,
    WRONG_ANGLES,
    angles_with,
    in_float64,
)


def _cases():
    return [
        Case("plain", 3, 6),
        Case("two columns", 5, 2),
        Case("one position", 1, 6),
        Case("plain", 7, 10),
        Case("another default dtype", 5, 6, use=in_float64, rtol=1e-4),
        Case("two columns", 11, 2),
        Case("plain", 11, 14),
        Case("wide", 3, 30),
        Case("many positions", 71, 12),
    ]


def _with(
    T, d_model, *, order="interleaved", waves="sin cos", column="pair", shape="table", **angle
):
    times = torch.arange(T, dtype=torch.get_default_dtype())
    if column == "own":  # every column a frequency of its own
        turns = times[:, None] * 10_000 ** (-torch.arange(d_model) / d_model)
        even = torch.arange(d_model) % 2 == 0
        return torch.where(even, turns.sin(), turns.cos())
    angles = angles_with(times, d_model, **angle)
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


def _in_rows(T, d_model):
    """Sines in the even rows and cosines in the odd ones."""
    angles = angles_with(torch.arange(T, dtype=torch.get_default_dtype()), d_model)
    even = (torch.arange(T) % 2 == 0)[:, None]
    return torch.where(even, angles.sin(), angles.cos()).repeat(1, 2)


EXERCISE = Exercise(
    reference=package.sinusoidal_encoding,
    points=2,
    cases=_cases,
    hints=(
        "Make one table of angles first, T rows and d_model / 2 columns: angle[t, i] = t · ω_i.",
        "Positions as a column, frequencies as a row: their product is the table of angles.",
        "Columns 0, 2, 4, … take the sines and columns 1, 3, 5, … the cosines of the same angles; "
        "slices with a step of 2 pick them.",
    ),
    verified="even columns are sines and odd columns cosines of t · 10000^(−2i/d_model), from "
    "position 0, for one position, two columns, wide and long tables",
    sizes=lambda T, d_model: {"T": T, "d_model": d_model},
    rewrite=_with,
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
            "wrote-sines-one-half-cosines",
            "wrote the sines in one half and the cosines in the other",
            "Both conventions are in use. We ask for interleaved columns, as in the 2017 paper: "
            "sin, cos, sin, cos, …",
            order="halves",
        ),
        Mistake(
            "swapped-sine-cosine",
            "swapped sine and cosine",
            "Even columns are sines, odd columns cosines: position 0 starts 0, 1, 0, 1.",
            waves="cos sin",
        ),
        Mistake(
            "gave-column-frequency",
            "gave every column a frequency of its own",
            "Columns 2i and 2i + 1 share one frequency: a sine and a cosine of the same angle.",
            column="own",
        ),
        Mistake(
            "counted-positions-1",
            "counted positions from 1",
            "The first token stands at position 0.",
            start=1,
        ),
        *WRONG_ANGLES,
        Mistake(*DTYPE_OF_ITS_OWN, lambda T, d_model: _with(T, d_model).float()),
        Mistake(
            "used-sines-only",
            "used sines only",
            "Odd columns are cosines: a sine alone does not tell a position from its mirror image.",
            waves="sin sin",
        ),
        Mistake(
            "used-cosines-only", "used cosines only", "Even columns are sines.", waves="cos cos"
        ),
        Mistake(
            "returned-angles-themselves",
            "returned the angles themselves",
            "Take sines and cosines of them: every entry lies between −1 and 1.",
            waves="angles",
        ),
        Mistake(
            "added-batch-axis",
            "added a batch axis",
            "Return T × d_model; broadcasting adds it to every sequence of a batch.",
            shape="batch",
        ),
        Mistake(
            "laid-encoding-out-along-batch",
            "laid the encoding out along the batch",
            "Return T × d_model. With an axis between the two, position would count sequences.",
            shape="tokens",
        ),
        Mistake(
            "rows-for-columns",
            "put the sines in the even rows and the cosines in the odd ones",
            "The columns take turns, not the positions: `table[:, 0::2]`.",
            _in_rows,
        ),
    ),
)
