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

    def __init__(self, x_ends, y_ends, *, height: float, width: float, log: str = ""):
        self.height, self.sheet = height, Canvas()
        self.y = Axis(*y_ends, (height - BOTTOM, float(TOP)), log="y" in log)
        left = 28 + max((_wide(tick) for tick in self.y.ticks), default=10)
        self.x = Axis(*x_ends, (left, float(width)), log="x" in log)

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
        """A line through points, cut where it leaves the plane."""
        for run in _runs(self.x(x), self.y(y), self.y.pixels):
            self.sheet.path(run, stroke_linejoin="round", **style)

    def name_ends(self, ends: Sequence[tuple[float, str, str]]) -> None:
        """Write names at the right at the height of (pixel, name, colour), moved apart."""
        lowest = self.height - BOTTOM
        places = spread([min(max(y, TOP), lowest) for y, *_ in ends], 16)
        for (_, name, colour), y in zip(ends, places, strict=True):
            self.sheet.text(self.x.pixels[1] + 8, y, name, colour=colour, bold=colour != MUTED)


def _runs(across, down, ends) -> list[list]:
    """Pieces of a curve inside the plane; a piece ends where the curve crosses the edge."""
    bottom, top = ends
    runs, run, before = [], [], None
    for point in zip(across, down, strict=True):
        finite = bool(np.isfinite(point[1]))
        inside = finite and top - 0.5 <= point[1] <= bottom + 0.5
        if inside and not run and before is not None:
            run.append(_edge(before, point, ends))
        if not inside and run:
            run += [_edge(point, run[-1], ends)] if finite else []
            runs, run = [*runs, run], []
        run += [point] if inside else []
        before = point if finite else None
    return [run for run in (*runs, run) if run]


def _edge(outside, inside, ends):
    """Where the line from a point inside to one outside crosses the edge."""
    bottom, top = ends
    at = top if outside[1] < top else bottom
    part = (at - inside[1]) / ((outside[1] - inside[1]) or 1)
    return inside[0] + part * (outside[0] - inside[0]), at


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
    """1000000 as 10⁶, 2000 as 2,000, the rest short."""
    if tick >= 1e5 or 0 < tick < 1e-3:
        power = np.log10(tick)
        if abs(power - round(power)) < 1e-9:
            return "10" + str(round(power)).translate(_RAISED)
    if 1000 <= abs(tick) < 1e7 and tick == round(tick):
        return f"{tick:,.0f}".replace("-", "−")
    return number(tick, 4)


def _wide(tick: float) -> float:
    return width(tick_name(tick), 12)
