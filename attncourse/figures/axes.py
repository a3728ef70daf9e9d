"""A plane with two axes: round ticks, linear or logarithmic, a light grid, names at the right."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from attncourse.figures.canvas import Canvas
from attncourse.figures.ink import FAINT, MUTED
from attncourse.figures.lettering import number, width

BOTTOM, TOP = 44, 12  # room below and above the plane, in pixels
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class Axis:
    """One axis: from numbers to pixels."""

    def __init__(self, low: float, high: float, pixels: tuple[float, float], *, log: bool = False):
        if log and low <= 0:
            raise ValueError(f"a logarithmic axis needs positive numbers; got {number(low)}")
        self.low, self.high, self.pixels, self.log = low, high, pixels, log

    def __call__(self, values):
        """Pixels of numbers."""
        scale = np.log10 if self.log else np.asarray
        values = np.maximum(values, 1e-300) if self.log else np.asarray(values, dtype=float)
        start, end = scale(self.low), scale(self.high)
        part = (scale(values) - start) / ((end - start) or 1)
        return self.pixels[0] + part * (self.pixels[1] - self.pixels[0])

    @property
    def ticks(self) -> list[float]:
        """Round numbers within the axis, about five."""
        if not self.log:
            return [float(tick) for tick in round_steps(self.low, self.high)]
        first, last = np.floor(np.log10(self.low)), np.ceil(np.log10(self.high))
        powers = [10.0**power for power in np.arange(first, last + 1, max(1, (last - first) // 5))]
        if last - first <= 2:
            powers = [power * digit for power in powers for digit in (1, 2, 5)]
        slack = 1 + 1e-9
        return [tick for tick in powers if self.low / slack <= tick <= self.high * slack]

    def holds(self, values) -> np.ndarray:
        """Which numbers lie on the axis."""
        slack = 1e-9 * (self.high - self.low)
        return (values >= self.low - slack) & (values <= self.high + slack)


def round_steps(low: float, high: float, wanted: int = 5) -> np.ndarray:
    """Multiples of 1, 2 or 5 × 10ⁿ between two numbers."""
    rough = (high - low) / wanted or 1.0
    power = 10.0 ** np.floor(np.log10(rough))
    step = power * min((1, 2, 5, 10), key=lambda digit: abs(np.log(digit * power / rough)))
    return np.arange(np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9) + 1) * step


def limits(values: Iterable, *, log: bool = False, given=None) -> tuple[float, float]:
    """Ends of an axis that holds all finite values, with a little air; `given` ends win."""
    found = np.concatenate([np.ravel(value).astype(float) for value in values])
    found = found[np.isfinite(found) & ((found > 0) | (not log))]
    low, high = (float(found.min()), float(found.max())) if found.size else (0.0, 1.0)
    if log:
        low, high = low / (high / low) ** 0.03, high * (high / low) ** 0.03
    elif low == high:
        low, high = low - 0.5, high + 0.5
    else:
        air = 0.04 * (high - low)
        low, high = (0.0 if 0 <= low < 0.25 * high else low - air), high + air
    ends = given or (None, None)
    return tuple(
        float(own if end is None else end) for own, end in zip((low, high), ends, strict=True)
    )


class Plane:
    """Two axes on a sheet of a given height, with room for names at the right."""

    def __init__(self, x_ends, y_ends, *, size, names: Sequence[str] = (), log: str = ""):
        (self.width, self.height), self.sheet = size, Canvas()
        self.y = Axis(*y_ends, (self.height - BOTTOM, float(TOP)), log="y" in log)
        left = 28 + max((_wide(tick) for tick in self.y.ticks), default=10)
        right = self.width - max((width(name, bold=True) for name in names), default=0) - 12
        self.x = Axis(*x_ends, (left, right), log="x" in log)

    def equalise(self) -> None:
        """Bring both axes to one scale, by a narrower plane."""
        left, right = self.x.pixels
        scale = (self.height - BOTTOM - TOP) / (self.y.high - self.y.low)
        narrower = min(right, left + scale * (self.x.high - self.x.low))
        self.x.pixels, self.width = (left, narrower), self.width - (right - narrower)

    def at(self, x, y) -> tuple[float, float]:
        """Pixels of one point."""
        return float(self.x(x)), float(self.y(y))

    def draw(self, *, xlabel: str, ylabel: str, ticks: Mapping[float, str] | None = None) -> None:
        """Grid, ticks and names. `ticks`: {position: name} for the x axis instead of numbers."""
        (left, right), (bottom, top) = self.x.pixels, self.y.pixels
        named = ticks if ticks is not None else {tick: tick_name(tick) for tick in self.x.ticks}
        grid = "".join(f"M{float(self.x(tick)):.1f},{bottom:.1f}V{top:.1f}" for tick in named)
        grid += "".join(f"M{left:.1f},{float(self.y(t)):.1f}H{right:.1f}" for t in self.y.ticks)
        self.sheet.curve(grid or "M0,0", stroke=FAINT, stroke_width=0.7)
        self.sheet.path([(left, top), (left, bottom), (right, bottom)], stroke=MUTED)
        small = {"size": 12, "colour": MUTED}
        for tick, name in named.items():
            self.sheet.text(float(self.x(tick)), bottom + 13, name, anchor="middle", **small)
        for tick in self.y.ticks:
            self.sheet.text(left - 6, float(self.y(tick)), tick_name(tick), anchor="end", **small)
        self.sheet.text((left + right) / 2, bottom + 32, xlabel, anchor="middle")
        self.sheet.text(8, (bottom + top) / 2, ylabel, anchor="middle", turn=-90)

    def draw_line(self, x, y, **style) -> None:
        """A line through points, broken where a number is missing, cut at the plane's edge."""
        points = np.stack([self.x(x), self.y(y)], axis=1)
        gaps = np.flatnonzero(~np.isfinite(points).all(axis=1))
        sheet = Canvas()
        for run in np.split(points, gaps):
            run = run[np.isfinite(run).all(axis=1)]
            sheet.path(thinned(run), stroke_linejoin="round", **style)
        self._cut(sheet)

    def draw_band(self, x, low, high, **style) -> None:
        """The ground between two curves."""
        lower, upper = (np.stack([self.x(x), self.y(edge)], axis=1) for edge in (low, high))
        sheet = Canvas()
        sheet.path([*lower, *upper[::-1]], close=True, **style)
        self._cut(sheet)

    def draw_area(self, corners: np.ndarray, **style) -> None:
        """The ground inside a closed line."""
        sheet = Canvas()
        sheet.path([self.at(*corner) for corner in corners], close=True, **style)
        self._cut(sheet)

    def _cut(self, sheet: Canvas) -> None:
        """Put a sheet on this one, without what lies outside the plane."""
        (left, right), (bottom, top) = self.x.pixels, self.y.pixels
        place = left - 2, top - 2, right - left + 4, bottom - top + 4
        x, y, wide, high = (f"{value:.1f}" for value in place)
        view = f"{x} {y} {wide} {high}"
        self.sheet.draw("svg", sheet.inside, x=x, y=y, width=wide, height=high, viewBox=view)

    def name_ends(self, ends: Sequence[tuple[float, str, str]]) -> None:
        """Write names at the right at the height of (pixel, name, colour), moved apart."""
        lowest = self.height - BOTTOM
        places = spread([min(max(y, TOP), lowest) for y, *_ in ends], 16)
        for (_, name, colour), y in zip(ends, places, strict=True):
            self.sheet.text(self.x.pixels[1] + 8, y, name, colour=colour, bold=colour != MUTED)


def thinned(points: np.ndarray, away: float = 0.1) -> np.ndarray:
    """Leave out points of a curve that lie on the line between others.

    Args:
        away: how far from the line a point may lie, in pixels.

    Source: Douglas and Peucker 1973.
    """
    kept, waiting = np.zeros(len(points), dtype=bool), [(0, len(points) - 1)]
    kept[[0, -1] if len(points) else []] = True
    while waiting:
        first, last = waiting.pop()
        if last - first < 2:
            continue
        (dx, dy), (x, y) = (
            points[last] - points[first],
            (points[first + 1 : last] - points[first]).T,
        )
        length = np.hypot(dx, dy)
        distance = np.abs(dx * y - dy * x) / length if length else np.hypot(x, y)
        if distance.max() > away:
            middle = first + 1 + int(distance.argmax())
            kept[middle] = True
            waiting += [(first, middle), (middle, last)]
    return points[kept]


def spread(wanted: Sequence[float], gap: float) -> list[float]:
    """Places as near as possible to the wanted ones, at least `gap` apart."""
    order = np.argsort(wanted, kind="stable")
    groups: list[list[float]] = []  # [sum of the wanted places, how many]
    for i in order:
        groups.append([wanted[i], 1])
        while len(groups) > 1:
            (a, n), (b, m) = groups[-2:]
            if b / m - a / n >= gap * (n + m) / 2:
                break
            groups[-2:] = [[a + b, n + m]]
    placed = [total / n + gap * (k - (n - 1) / 2) for total, n in groups for k in range(n)]
    return [placed[k] for k in np.argsort(order)]


def tick_name(tick: float) -> str:
    """10000 as 10⁴, 2000 as 2,000, the rest short."""
    if tick >= 1e4 or 0 < tick < 1e-3:
        power = np.log10(tick)
        if abs(power - round(power)) < 1e-9:
            return "10" + str(round(power)).translate(_RAISED)
    if 1000 <= abs(tick) < 1e7 and tick == round(tick):
        return f"{tick:,.0f}".replace("-", "−")
    return number(tick, 4)


def _wide(tick: float) -> float:
    return width(tick_name(tick), 12)
