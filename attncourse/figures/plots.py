"""Plots on axes: curves with their spread over seeds, bars, and scattered points."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from attncourse.figures import given
from attncourse.figures.axes import Axis, draw_axes, left_of, limits
from attncourse.figures.canvas import Canvas
from attncourse.figures.ink import BLUE, COLOURS, DASHES, INK, MUTED, SKY, TEXT
from attncourse.figures.lettering import number, width
from attncourse.figures.picture import WIDTH, Picture, picture


def curves(
    x: ArrayLike,
    lines: Mapping[str, ArrayLike],
    *,
    xlabel: str,
    ylabel: str,
    title: str = "",
    alt: str | None = None,
    **options,
) -> Picture:
    """Draw named curves over x; of several seeds, the median and the spread from lowest to highest.

    Args:
        x: N numbers, shared by all curves.
        lines: name → N numbers, or seeds × N.
        options: log ("x", "y" or "xy"), xlim and ylim (an end may be None), strong (name of the
            curve that matters; default the first), points (x and y of dots behind), levels
            ({name: y} of level lines), marks ({name: x} of upright lines), ticks ({x: name}),
            height (in pixels).
    """
    x = given.array(x, 1, "x")
    found = {name: _seeds(name, y, len(x)) for name, y in lines.items()}
    sheet, size = _curves(x, found, xlabel, ylabel, **options)
    return picture(
        sheet, *size, title=title, alt=alt or _say(x, found, xlabel, ylabel, title, options)
    )


def _seeds(name: str, y: ArrayLike, count: int) -> np.ndarray:
    """Seeds × N; one row for a single curve."""
    if isinstance(y, Sequence) and len(y) and hasattr(y[0], "detach"):
        y = [float(value) for value in y] if y[0].ndim == 0 else [given.array(row) for row in y]
    y = np.atleast_2d(given.array(y))
    if y.ndim != 2 or y.shape[1] != count:
        raise ValueError(f"{name!r} needs one number for each x; got shape {y.shape} for {count}")
    return y


def _curves(x, lines, xlabel, ylabel, *, log="", xlim=None, ylim=None, strong=None, **more):
    """The sheet with axes, curves and their names at the right end, and its size."""
    height, levels, marks = more.get("height", 300), more.get("levels", {}), more.get("marks", {})
    dots = [given.array(part, 1, "points") for part in more.get("points", ((), ()))]
    ys = [*lines.values(), dots[1], np.array([*levels.values()], dtype=float)]
    xs = [x, dots[0], np.array([*marks.values()], dtype=float)]
    low, high = limits(ys, log="y" in log, given=ylim)
    y_axis = Axis(low, high, (height - 44.0, 12.0), log="y" in log)
    left = left_of(y_axis.ticks)
    right = WIDTH - 24 - max([width(name) for name in [*lines, *levels]] + [0]) - 16
    ends = (float(np.min(x)), float(np.max(x))) if xlim is None and not dots[0].size else xlim
    x_axis = Axis(*limits(xs, log="x" in log, given=ends), (left, right), log="x" in log)
    sheet = Canvas()
    draw_axes(sheet, x_axis, y_axis, xlabel=xlabel, ylabel=ylabel, ticks=more.get("ticks"))
    for point in zip(*dots, strict=True):
        sheet.circle(
            float(x_axis(point[0])), float(y_axis(point[1])), 2.5, fill=MUTED, fill_opacity=0.4
        )
    for name, at in marks.items():
        sheet.path(
            [(x_axis(at), height - 44), (x_axis(at), 12)], stroke=MUTED, stroke_dasharray="3 3"
        )
        sheet.text(float(x_axis(at)) + 4, 8, name, size=12, colour=MUTED)
    ends = _draw_lines(sheet, x, lines, x_axis, y_axis, strong)
    for name, at in levels.items():
        sheet.path([(left, y_axis(at)), (right, y_axis(at))], stroke=MUTED, stroke_width=1)
        ends.append((float(y_axis(at)), name, MUTED))
    _name_ends(sheet, right + 8, ends, height - 44)
    return sheet, (WIDTH - 24, height)


def _draw_lines(sheet: Canvas, x, lines, x_axis: Axis, y_axis: Axis, strong) -> list:
    """Band and line of each curve; returns where its name belongs."""
    strong, ends = strong or next(iter(lines), None), []
    across = x_axis(x)
    for i, (name, seeds) in enumerate(lines.items()):
        colour, dash = COLOURS[i % 7], DASHES[i % 7]
        if len(seeds) > 1:
            _band(sheet, across, y_axis(seeds.min(0)), y_axis(seeds.max(0)), y_axis, colour)
        weight = 3 if name == strong and len(lines) > 1 else 2
        middle = np.median(seeds, axis=0)
        for run in _runs(across, y_axis(middle), y_axis):
            style = {"stroke": colour, "stroke_width": weight, "stroke_dasharray": dash}
            sheet.path(run, **style, stroke_linejoin="round")
        finite = np.flatnonzero(np.isfinite(middle))
        if finite.size:
            ends.append((float(y_axis(middle[finite[-1]])), name, TEXT[colour]))
    return ends


def _band(sheet: Canvas, across, lower, upper, y_axis: Axis, colour: str) -> None:
    bottom, top = y_axis.pixels
    lower, upper = np.clip(lower, top, bottom), np.clip(upper, top, bottom)
    edge = [*zip(across, lower, strict=True), *zip(across[::-1], upper[::-1], strict=True)]
    sheet.path(edge, close=True, fill=colour, fill_opacity=0.18)


def _runs(across, down, y_axis: Axis) -> list[list]:
    """Pieces of a curve that lie inside the axes; a piece ends where the curve leaves them."""
    bottom, top = y_axis.pixels
    runs, run, before = [], [], None
    for point in zip(across, down, strict=True):
        inside = np.isfinite(point[1]) and top - 0.5 <= point[1] <= bottom + 0.5
        if inside:
            if not run and before is not None:
                run.append(_edge(before, point, top, bottom))
            run.append(point)
        elif run:
            run += [_edge(point, run[-1], top, bottom)] if np.isfinite(point[1]) else []
            runs, run = [*runs, run], []
        before = point if np.isfinite(point[1]) else None
    return [run for run in [*runs, run] if run]


def _edge(outside, inside, top: float, bottom: float):
    """Where the line from a point inside to one outside crosses the edge."""
    at = top if outside[1] < top else bottom
    part = (at - inside[1]) / ((outside[1] - inside[1]) or 1)
    return inside[0] + part * (outside[0] - inside[0]), at


def _name_ends(sheet: Canvas, x: float, ends: list, lowest: float) -> None:
    """Write each name at the end of its curve, moved apart where they would meet."""
    places = spread([min(max(y, 12), lowest) for y, *_ in ends], 16)
    for (_, name, colour), y in zip(ends, places, strict=True):
        sheet.text(x, y, name, colour=colour, bold=colour != MUTED)


def spread(wanted: Sequence[float], gap: float) -> list[float]:
    """Places as near as possible to the wanted ones, at least `gap` apart."""
    order = np.argsort(wanted, kind="stable")
    groups: list[list[float]] = []  # [sum of (wanted − offset), count]
    for i in order:
        groups.append([wanted[i], 1])
        while len(groups) > 1:
            (a, n), (b, m) = groups[-2], groups[-1]
            if b / m - a / n >= gap * (n + m) / 2:
                break
            groups[-2:] = [[a + b, n + m]]
    placed = [
        total / count + gap * (k - (count - 1) / 2) for total, count in groups for k in range(count)
    ]
    return [placed[list(order).index(i)] for i in range(len(wanted))]


def _say(x, lines, xlabel, ylabel, title, options) -> str:
    """Each curve by its first, lowest, highest and last value."""
    parts = [
        f"{title}." if title else "",
        f"{ylabel} over {xlabel}, {number(x[0])} to {number(x[-1])}.",
    ]
    for name, seeds in lines.items():
        parts.append(f"{name}: {_course(x, np.median(seeds, axis=0))}{_spread(seeds)}.")
    for kind in ("levels", "marks"):
        parts += [f"Line at {number(at)}: {name}." for name, at in options.get(kind, {}).items()]
    if "points" in options:
        parts.append(f"Behind them {len(options['points'][0])} points.")
    return " ".join(part for part in parts if part)


def _course(x, y) -> str:
    finite = np.flatnonzero(np.isfinite(y))
    if not finite.size:
        return "no finite value"
    first, last = y[finite[0]], y[finite[-1]]
    low, high = finite[y[finite].argmin()], finite[y[finite].argmax()]
    said = f"from {number(first, 3)} to {number(last, 3)}"
    for word, at in (("lowest", low), ("highest", high)):
        if at not in (finite[0], finite[-1]) and y[at] not in (first, last):
            said += f", {word} {number(y[at], 3)} at {number(x[at])}"
    return said


def _spread(seeds) -> str:
    if len(seeds) == 1:
        return ""
    low, high = (number(end(seeds[:, -1]), 3) for end in (np.min, np.max))
    return f" (median of {len(seeds)} seeds; at the end {low} to {high})"


def bars(
    values: Mapping[str, float | Sequence[float]],
    *,
    xlabel: str,
    title: str = "",
    alt: str | None = None,
    strong: str | Sequence[str] = (),
    limit: float | None = None,
) -> Picture:
    """Draw one bar for each name, with its number; of several seeds, the median and the spread.

    Args:
        values: name → a number, or one for each seed.
        strong: the bar or bars that matter.
        limit: end of the axis; default the largest value.
    """
    found = {name: np.atleast_1d(given.array(value)) for name, value in values.items()}
    middle = {name: float(np.median(seeds)) for name, seeds in found.items()}
    strong = {strong} if isinstance(strong, str) else set(strong)
    left = max(width(name) for name in found) + 12
    low = min(0.0, *(seeds.min() for seeds in found.values()))
    high = limit or max(0.0, *(seeds.max() for seeds in found.values())) or 1.0
    axis = Axis(low, high, (left, WIDTH - 24 - 60.0))
    sheet = Canvas()
    for i, (name, seeds) in enumerate(found.items()):
        _bar(sheet, axis, 26 * i + 13, name, seeds, BLUE if name in strong or not strong else SKY)
    bottom = 26 * len(found) + 4
    sheet.path([(axis(0), 0), (axis(0), bottom)], stroke=MUTED)
    sheet.text(left, bottom + 12, xlabel, size=12, colour=MUTED)
    said = ", ".join(
        f"{name} {number(value, 3)}{_seeds_said(found[name])}" for name, value in middle.items()
    )
    alt = alt or " ".join([f"{title}." if title else "", f"Bars, {xlabel}: {said}."]).strip()
    return picture(sheet, WIDTH - 24, bottom + 22, title=title, alt=alt)


def _bar(sheet: Canvas, axis: Axis, y: float, name: str, seeds: np.ndarray, colour: str) -> None:
    value = float(np.median(seeds))
    ends = sorted((float(axis(0)), float(axis(value))))
    sheet.text(axis.pixels[0] - 8, y, name, anchor="end")
    sheet.rect(ends[0], y - 9, max(ends[1] - ends[0], 0.5), 18, fill=colour, rx=2)
    right = ends[1]
    if len(seeds) > 1:
        low, high = float(axis(seeds.min())), float(axis(seeds.max()))
        sheet.curve(
            f"M{low:.1f},{y:.1f}H{high:.1f}m0,-4v8M{low:.1f},{y - 4:.1f}v8",
            stroke=INK,
            stroke_width=1.4,
        )
        right = max(right, high)
    sheet.text(right + 6, y, number(value, 3))


def _seeds_said(seeds: np.ndarray) -> str:
    if len(seeds) == 1:
        return ""
    return f" ({len(seeds)} seeds, {number(seeds.min(), 3)} to {number(seeds.max(), 3)})"


def scatter(
    points: ArrayLike | Mapping[str, ArrayLike],
    *,
    xlabel: str,
    ylabel: str,
    weights: ArrayLike | None = None,
    title: str = "",
    alt: str | None = None,
    **options,
) -> Picture:
    """Draw points of the plane, each as large as its weight; or groups of points by name.

    Args:
        points: n × 2, or {group: n × 2}.
        weights: n numbers, not negative; a point's area is in proportion to its weight.
        options: names (one for each point), marks ({name: (x, y)} of marked places), lines
            ({name: n × 2} of lines through the plane), xlim, ylim, equal (both axes to one
            scale), height (in pixels).
    """
    groups = {name: given.array(part, 2, "points") for name, part in given.panels(points).items()}
    sizes = None if weights is None else given.array(weights, 1, "weights")
    sheet, size = _scatter(groups, sizes, xlabel, ylabel, **options)
    said = alt or _say_points(groups, sizes, xlabel, ylabel, title, options)
    return picture(sheet, *size, title=title, alt=said)


def _scatter(
    groups, sizes, xlabel, ylabel, *, xlim=None, ylim=None, height=340, equal=False, **more
):
    marks = {name: given.array(place, 1) for name, place in more.get("marks", {}).items()}
    lines = {name: given.array(line, 2) for name, line in more.get("lines", {}).items()}
    every = np.concatenate([*groups.values(), *lines.values(), *(m[None] for m in marks.values())])
    y_axis = Axis(*limits([every[:, 1]], given=ylim), (height - 44.0, 12.0))
    left, x_ends = left_of(y_axis.ticks), limits([every[:, 0]], given=xlim)
    room = WIDTH - 24 - left - max([width(n) for n in [*groups, *lines]] + [0]) - 16
    if equal:
        room = min(room, (height - 56) * (x_ends[1] - x_ends[0]) / (y_axis.high - y_axis.low))
    x_axis, sheet = Axis(*x_ends, (left, left + room)), Canvas()
    draw_axes(sheet, x_axis, y_axis, xlabel=xlabel, ylabel=ylabel)
    ends = []
    for i, (name, group) in enumerate(groups.items()):
        _dots(
            sheet,
            x_axis(group[:, 0]),
            y_axis(group[:, 1]),
            sizes,
            COLOURS[i % 7],
            more.get("names"),
        )
        if name:
            ends.append((float(np.median(y_axis(group[:, 1]))), name, TEXT[COLOURS[i % 7]]))
    for i, (name, line) in enumerate(lines.items(), len(groups)):
        colour = COLOURS[i % 7]
        for run in _runs(x_axis(line[:, 0]), y_axis(line[:, 1]), y_axis):
            sheet.path(run, stroke=colour, stroke_width=2.2, stroke_dasharray=DASHES[i % 7])
        ends.append((float(y_axis(line[-1, 1])), name, TEXT[colour]))
    for name, (x, y) in marks.items():
        at = float(x_axis(x)), float(y_axis(y))
        sheet.path(
            [(at[0], at[1] - 8), (at[0] + 7, at[1] + 5), (at[0] - 7, at[1] + 5)],
            close=True,
            fill="none",
            stroke=INK,
            stroke_width=1.8,
        )
        sheet.text(at[0] + 10, at[1] - 6, name, bold=True)
    _name_ends(sheet, left + room + 8, ends, height - 44)
    return sheet, (WIDTH - 24, height)


def _dots(sheet: Canvas, across, down, sizes, colour: str, names) -> None:
    radii = np.full(len(across), 3.5)
    if sizes is not None:
        radii = np.sqrt(sizes / (sizes.max() or 1)) * 13
    for k, (x, y, r) in enumerate(zip(across, down, radii, strict=True)):
        edge = {"stroke": colour, "stroke_width": 0.8} if sizes is not None else {}
        sheet.circle(x, y, max(r, 1.2), fill=colour, fill_opacity=0.55, **edge)
        if names is not None:
            sheet.text(x + max(r, 3) + 4, y, names[k], size=12)


def _say_points(groups, sizes, xlabel, ylabel, title, options) -> str:
    parts = [f"{title}." if title else ""]
    for name, group in groups.items():
        (x, y), (to_x, to_y) = group.min(0), group.max(0)
        parts.append(
            f"{len(group)} points{f' of {name}' if name else ''}, {xlabel} {number(x)} to "
            f"{number(to_x)}, {ylabel} {number(y)} to {number(to_y)}."
        )
    if sizes is not None:
        (best,) = np.flatnonzero(sizes == sizes.max())[:1]
        place = next(iter(groups.values()))[best]
        parts.append(
            f"Area is weight: the largest, {number(sizes.max())}, at {number(place[0])}, "
            f"{number(place[1])}; {int((sizes > sizes.max() / 100).sum())} of {len(sizes)} weigh "
            "more than a hundredth of it."
        )
    for name, (x, y) in options.get("marks", {}).items():
        parts.append(f"{name} at {number(float(x))}, {number(float(y))}.")
    return " ".join(part for part in parts if part)
