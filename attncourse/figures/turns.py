"""Clocks: pairs of numbers as hands that turn with the position (rotary encoding)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from attncourse.figures import given
from attncourse.figures.canvas import Canvas
from attncourse.figures.ink import BLUE, COLOURS, FAINT, MUTED, TEXT
from attncourse.figures.lettering import number
from attncourse.figures.picture import Picture, picture

RADIUS, SIDE = 52, 130  # of a clock; of its square, in pixels


def clocks(
    speeds: ArrayLike,
    positions: Sequence[int],
    *,
    hands: Sequence[ArrayLike] | None = None,
    title: str = "",
    alt: str | None = None,
) -> Picture:
    """Draw one clock for each pair of numbers, with a hand for each position.

    Args:
        speeds: radians per step, one for each pair.
        positions: one hand each, turned by speed × position; the first two are named query and
            key when `hands` are given.
        hands: for each position pairs × 2 numbers before turning; default (1, 0) everywhere.
    """
    speeds = given.array(speeds, 1, "speeds")
    if hands is None:
        hands = [np.tile([1.0, 0.0], (len(speeds), 1))] * len(positions)
    hands = [given.array(hand, 2, "hands") for hand in hands]
    sheet = Canvas()
    for p, speed in enumerate(speeds):
        middle = p * SIDE + SIDE / 2
        sheet.circle(middle, RADIUS + 4, RADIUS, fill="none", stroke=FAINT, stroke_width=1.5)
        for k, (place, hand) in enumerate(zip(positions, hands, strict=True)):
            _hand(sheet, middle, np.arctan2(*hand[p][::-1]) + speed * place, str(place), k)
        sheet.text(
            middle, SIDE, f"{number(speed, 4)} rad per step", size=12, anchor="middle", colour=MUTED
        )
    said = alt or _say(speeds, positions, hands, title)
    return picture(sheet, len(speeds) * SIDE, SIDE + 10, title=title, alt=said)


def _hand(sheet: Canvas, middle: float, angle: float, name: str, k: int) -> None:
    """A hand with its position at the tip."""
    step = np.array([np.cos(angle), -np.sin(angle)])
    start = np.array([middle, RADIUS + 4.0])
    colour = COLOURS[k % 7] if k < 7 else BLUE
    sheet.arrow([start, start + step * (RADIUS - 14)], colour=colour, stroke_width=2.2)
    at = start + step * (RADIUS - 6)
    sheet.text(*at, name, size=12, anchor="middle", colour=TEXT[colour], bold=True)


def _say(speeds, positions, hands, title) -> str:
    parts = [f"{title}." if title else "", f"{len(speeds)} clocks with hands at the positions "]
    parts[1] += ", ".join(str(place) for place in positions) + "."
    if len(positions) == 2:
        for p, speed in enumerate(speeds):
            a, b = (
                np.arctan2(*h[p][::-1]) + speed * t for h, t in zip(hands, positions, strict=True)
            )
            gap = np.degrees(np.arctan2(np.sin(b - a), np.cos(b - a)))
            parts.append(f"At {number(speed, 4)} rad per step they are {gap:.0f} degrees apart.")
    return " ".join(part for part in parts if part)
