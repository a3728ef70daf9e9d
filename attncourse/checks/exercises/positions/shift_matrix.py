"""Derive the one matrix that moves every sinusoidal position by δ."""

import torch

from attncourse import positions as package
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.positions.shared import WRONG_ANGLES, angles_with


def shift_matrix(delta, d_model):
    """M with p_(t + delta) = M p_t for every position t: d_model × d_model."""
    eye = torch.eye(d_model, dtype=torch.get_default_dtype())
    return package.rotate(eye, torch.full((d_model,), -delta)).mT


def _with(delta, d_model, *, turn="on", blocks="neighbours", filled="blocks", **angle):
    place = torch.tensor(float(delta), dtype=torch.float64)
    angles = angles_with(place, d_model, **angle).to(torch.get_default_dtype())  # one per clock
    sin, cos = angles.sin(), angles.cos()
    if turn == "back":
        sin = -sin
    M = torch.zeros(d_model, d_model)
    for i in range(d_model // 2):
        a, b = (2 * i, 2 * i + 1) if blocks == "neighbours" else (i, i + d_model // 2)
        M[a, a], M[b, b] = (cos[i], cos[i]) if filled != "sines alone" else (1.0, 1.0)
        if filled == "sines first":
            M[a, a], M[b, b], M[a, b], M[b, a] = sin[i], -sin[i], cos[i], cos[i]
        if filled == "sines alone":
            M[a, b], M[b, a] = sin[i], -sin[i]
        if filled == "blocks":
            M[a, b], M[b, a] = sin[i], -sin[i]
        if filled == "plus":
            M[a, b], M[b, a] = sin[i], sin[i]
    return M


def _cases():
    return [
        Case("one clock, one step", 1, 2),
        Case("two clocks, one step", 1, 4),
        Case("plain", 5, 8),
        Case("one step back", -1, 6),
        Case("no step", 0, 6),
        Case("many clocks, far", 40, 10, rtol=1e-4),
        Case("many clocks, far back", -17, 12, rtol=1e-4),
    ]


def _moves(result, delta, d_model):
    encoding = package.sinusoidal_encoding(60 + abs(delta), d_model).to(result.dtype)
    here = encoding[-delta:] if delta < 0 else encoding
    there = encoding if delta < 0 else encoding[delta:]
    count = len(encoding) - abs(delta)
    return torch.allclose(here[:count] @ result.mT, there[:count], atol=1e-3)


def _never_back(delta, d_model):
    return _with(abs(delta), d_model)


def _by_steps(delta, d_model):
    return _with(max(0, delta), d_model)


def _last_clock_lost(delta, d_model):
    M = _with(delta, d_model)
    M[-2:] = 0
    return M


def _times_delta(delta, d_model):
    return torch.eye(d_model) * delta


def _always_one(delta, d_model):
    return _with(1, d_model)


def _rolled(delta, d_model):
    return torch.eye(d_model).roll(delta, 0)


def _stacked(delta, d_model):
    clocks = range(0, d_model, 2)
    return torch.stack([_with(delta, d_model)[i : i + 2, i : i + 2] for i in clocks])


def _twice_as_wide(delta, d_model):
    place = torch.tensor(float(delta), dtype=torch.float64)
    angles = place * 10_000.0 ** (-2 * torch.arange(d_model) / d_model)
    sin, cos = angles.sin().float(), angles.cos().float()
    blocks = torch.stack([cos, sin, -sin, cos], dim=-1).unflatten(-1, (2, 2))
    return torch.block_diag(*blocks)


EXERCISE = Exercise(
    reference=shift_matrix,
    points=3,
    cases=_cases,
    hints=(
        "Begin with one clock: p_t = (sin tω, cos tω). Write down p_(t + δ) with the addition "
        "theorems.",
        "sin(tω + δω) = sin tω cos δω + cos tω sin δω, and cos(tω + δω) = cos tω cos δω − "
        "sin tω sin δω. Read off the 2 × 2 matrix; there is no t in it.",
        "Put one such block for each clock on the diagonal, and zeros elsewhere: "
        "`torch.block_diag` takes the blocks one by one.",
    ),
    verified="moves every position by δ, forwards, back, far and not at all, for one to six clocks",
    sizes=lambda delta, d_model: {"d_model": d_model},
    rewrite=_with,
    laws=(
        Law("p_(t + δ) = M p_t for the first 60 positions", _moves),
        Law(
            "a rotation: M Mᵀ = 1",
            lambda result, delta, d_model: torch.allclose(
                result @ result.mT, torch.eye(d_model, dtype=result.dtype), atol=1e-4
            ),
        ),
    ),
    mistakes=(
        Mistake(
            "moved-back",
            "moved the positions back by δ",
            "That is the transpose. p_t stands at the right of M, as a column, and the sine stands "
            "before the cosine: the first row is (cos δω, sin δω).",
            turn="back",
        ),
        Mistake(
            "halves",
            "paired each number with the one half a width away",
            "The encoding has sine and cosine of a clock side by side: columns 2i and 2i + 1.",
            blocks="halves",
        ),
        Mistake(
            "no-sines",
            "left the sines out",
            "Moving on mixes the sine and the cosine of a clock.",
            filled="diagonal",
        ),
        Mistake(
            "lost-minus-sign",
            "lost the minus sign",
            "cos(a + b) = cos a cos b − sin a sin b.",
            filled="plus",
        ),
        *(each for each in WRONG_ANGLES if each.id != "did-divide-exponent-width"),
        Mistake(
            "moved-one-more",
            "moved by one step too many",
            "δ = 0 must leave every position where it is.",
            start=1,
        ),
        Mistake(
            "always-one",
            "moved by one step, whatever δ is",
            "The angle of a clock is δ · ω_i.",
            _always_one,
        ),
        Mistake(
            "moved-nothing",
            "moved nothing: the identity leaves every position where it is",
            "Each clock turns by δ · ω_i.",
            lambda delta, d_model: torch.eye(d_model, dtype=torch.get_default_dtype()),
        ),
        Mistake(
            "rolled",
            "shifted the entries instead of the position",
            "M acts on the numbers of one position: it turns each clock by δ · ω_i.",
            _rolled,
        ),
        Mistake(
            "sines-first",
            "exchanged sine and cosine in the blocks",
            "At δ = 0 nothing may move: cos 0 = 1 stands on the diagonal.",
            filled="sines first",
        ),
        Mistake(
            "sines-alone",
            "left 1 on the diagonal",
            "Moving on mixes the sine and the cosine of a clock: cos δω stands on the diagonal.",
            filled="sines alone",
        ),
        Mistake(
            "stacked",
            "returned the blocks, not one matrix",
            "They stand on the diagonal of a d_model × d_model matrix: `torch.block_diag`.",
            _stacked,
        ),
        Mistake(
            "twice-as-wide",
            "made a block for each number instead of each pair",
            "There are d_model / 2 clocks, with two numbers each.",
            _twice_as_wide,
        ),
        Mistake(
            "never-back",
            "moved on where it goes back",
            "A negative δ turns the other way: keep its sign.",
            _never_back,
        ),
        Mistake(
            "steps-ahead-only",
            "did nothing where it goes back",
            "A single step, taken δ times, does nothing where δ is negative. Turn by δ at once.",
            _by_steps,
        ),
        Mistake(
            "last-clock-lost",
            "left the last clock out",
            "There are d_model / 2 clocks: the last block stands in the last two rows.",
            _last_clock_lost,
        ),
        Mistake(
            "times-delta",
            "multiplied by δ",
            "No number moves every position by δ: each clock turns, by an angle of its own.",
            _times_delta,
        ),
    ),
)
