"""A plane with two axes: round ticks, linear or logarithmic, a light grid."""

from collections.abc import Sequence

import numpy as np

from attncourse.figures.canvas import Canvas
from attncourse.figures.ink import FAINT, MUTED
from attncourse.figures.lettering import number, width


class Axis:
    """One axis: from numbers to pixels."""

    def __init__(self, low: float, high: float, pixels: tuple[float, float], *, log: bool = False):
        if log and low <= 0:
            raise ValueError(f"a logarithmic axis needs positive numbers; got {number(low)}")
        self.low, self.high, self.pixels, self.log = low, high, pixels, log

    def __call__(self, values):
        """Pixels of numbers; what lies outside is kept at the edge's far side."""
        scale = np.log10 if self.log else np.asarray
        values = np.maximum(values, 1e-300) if self.log else values
        start, end = scale(self.low), scale(self.high)
        part = (scale(np.asarray(values, dtype=float)) - start) / ((end - start) or 1)
        return self.pixels[0] + part * (self.pixels[1] - self.pixels[0])

    @property
    def ticks(self) -> list[float]:
        """Round numbers within the axis, about five."""
        if not self.log:
            return [float(tick) for tick in round_steps(self.low, self.high)]
        first, last = np.floor(np.log10(self.low)), np.ceil(np.log10(self.high))
        step = max(1, int((last - first) // 5))
        powers = [10.0**power for power in np.arange(first, last + 1, step)]
        if last - first <= 2:
            powers = [power * digit for power in powers for digit in (1, 2, 5)]
        slack = 1 + 1e-9
        return [tick for tick in powers if self.low / slack <= tick <= self.high * slack]


def round_steps(low: float, high: float, wanted: int = 5) -> np.ndarray:
    """Multiples of 1, 2 or 5 × 10ⁿ between two numbers."""
    rough = (high - low) / wanted or 1.0
    power = 10.0 ** np.floor(np.log10(rough))
    step = power * min((1, 2, 5, 10), key=lambda digit: abs(np.log(digit * power / rough)))
    first = np.ceil(low / step - 1e-9)
    return np.arange(first, np.floor(high / step + 1e-9) + 1) * step


def limits(values: Sequence[np.ndarray], *, log: bool = False, given=None) -> tuple[float, float]:
    """Ends of an axis that holds all finite values, with a little air; `given` ends win."""
    found = np.concatenate([np.ravel(value) for value in values])
    found = found[np.isfinite(found) & ((found > 0) | (not log))]
    low, high = (float(found.min()), float(found.max())) if found.size else (0.0, 1.0)
    if log:
        low, high = low / (high / low) ** 0.03, high * (high / low) ** 0.03
    elif low == high:
        low, high = low - 0.5, high + 0.5
    else:
        air = 0.04 * (high - low)
        low, high = (0.0 if 0 <= low < 0.25 * high else low - air), high + air
    ends = [None, None] if given is None else given
    return tuple(
        float(own if end is None else end) for own, end in zip((low, high), ends, strict=True)
    )


def draw_axes(canvas: Canvas, x: Axis, y: Axis, *, xlabel: str, ylabel: str, ticks=None) -> None:
    """Grid, ticks and names. `ticks`: {position: name} for the x axis instead of numbers."""
    left, right = x.pixels
    bottom, top = y.pixels
    named = ticks if ticks is not None else {tick: tick_name(tick) for tick in x.ticks}
    grid = "".join(f"M{float(x(tick)):.1f},{bottom:.1f}V{top:.1f}" for tick in named)
    grid += "".join(f"M{left:.1f},{float(y(tick)):.1f}H{right:.1f}" for tick in y.ticks)
    canvas.curve(grid, stroke=FAINT, stroke_width=0.7)
    canvas.path([(left, top), (left, bottom), (right, bottom)], stroke=MUTED, stroke_width=1)
    for tick, name in named.items():
        canvas.text(float(x(tick)), bottom + 13, name, size=12, colour=MUTED, anchor="middle")
    for tick in y.ticks:
        at = float(y(tick))
        canvas.text(left - 6, at, tick_name(tick), size=12, colour=MUTED, anchor="end")
    canvas.text((left + right) / 2, bottom + 32, xlabel, anchor="middle")
    canvas.text(8, (bottom + top) / 2, ylabel, anchor="middle", turn=-90)


def left_of(y_ticks: Sequence[float]) -> float:
    """Space for the names of the ticks and of the axis."""
    return 28 + max((width(tick_name(tick), 12) for tick in y_ticks), default=10)


def tick_name(tick: float) -> str:
    """1000000 as 10⁶, 2000 as 2,000, the rest short."""
    if tick >= 1e5 or 0 < tick < 1e-3:
        power = np.log10(tick)
        if abs(power - round(power)) < 1e-9:
            return "10" + str(round(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    if abs(tick) >= 1000 and tick == round(tick) and abs(tick) < 1e7:
        return f"{tick:,.0f}".replace("-", "−")
    return number(tick, 4)
