"""Clocks: pairs of numbers as hands that turn with the position (rotary encoding)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from attncourse.figures import given
from attncourse.figures.canvas import Canvas
from attncourse.figures.ink import COLOURS, FAINT, MUTED, TEXT
from attncourse.figures.lettering import number
from attncourse.figures.picture import Picture, picture
from attncourse.figures.saying import say

RADIUS, SIDE = 56, 140  # of a clock; of its square, in pixels


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
        positions: one hand each, turned by speed × position.
        hands: for each position pairs × 2 numbers before turning; default (1, 0) everywhere.
    """
    speeds = given.array(speeds, 1, "speeds")
    hands = [np.tile([1.0, 0.0], (len(speeds), 1))] * len(positions) if hands is None else hands
    starts = np.array([given.array(hand, 2, "hands") for hand in hands])
    angles = np.arctan2(starts[..., 1], starts[..., 0]) + np.outer(positions, speeds)
    sheet = Canvas()
    for p, speed in enumerate(speeds):
        x = (p + 0.5) * SIDE
        sheet.circle(x, RADIUS + 12, RADIUS, fill="none", stroke=FAINT, stroke_width=1.5)
        for k, place in enumerate(positions):
            _hand(sheet, x, float(angles[k, p]), str(place), k)
        said = f"{number(speed, 4)} rad per step"
        sheet.text(x, SIDE + 4, said, size=12, anchor="middle", colour=MUTED)
    said = say(title, *_say(speeds, positions, angles)) if alt is None else alt
    return picture(sheet, len(speeds) * SIDE, SIDE + 12, title=title, alt=said)


def _hand(sheet: Canvas, x: float, angle: float, name: str, k: int) -> None:
    """A hand with its position at the tip."""
    step = np.array([np.cos(angle), -np.sin(angle)])
    start, colour = np.array([x, RADIUS + 12.0]), COLOURS[k % 7]
    sheet.arrow([start, start + step * (RADIUS - 8)], colour=colour, stroke_width=2.2)
    sheet.text(*(start + step * (RADIUS + 6)), name, size=12, anchor="middle", colour=TEXT[colour])


def _say(speeds, positions, angles):
    yield f"{len(speeds)} clocks with hands at the positions {', '.join(map(str, positions))}"
    for p, speed in enumerate(speeds if len(positions) == 2 else ()):
        first, second = np.exp(1j * angles[:, p])
        gap = abs(np.degrees(np.angle(second / first)))
        yield f"At {number(speed, 4)} rad per step they are {gap:.0f} degrees apart"
