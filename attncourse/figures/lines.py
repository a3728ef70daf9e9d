"""Curves over x, with their spread over seeds and their names at the right end."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from attncourse.figures import given
from attncourse.figures.axes import BOTTOM, TOP, Plane, limits
from attncourse.figures.ink import COLOURS, DASHES, MUTED, PAPER, TEXT
from attncourse.figures.lettering import number
from attncourse.figures.picture import MARGIN, WIDTH, Picture, picture
from attncourse.figures.saying import say


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
        options: log ("x", "y" or "xy"), xlim and ylim ((low, high); an end may be None), strong
            (name of the curve that matters; default the first), points ((x, y) of dots behind),
            levels ({name: y} of level lines), marks ({name: x} of upright lines), dots ("all" that
            was measured, or each curve's "lowest"), ticks ({x: name} instead of numbers), width
            and height (in pixels; 360 fits twice `beside`).
    """
    x = given.array(x, 1, "x")
    found = {name: _seeds(name, y, len(x)) for name, y in lines.items()}
    plane = _plane(x, found, **options)
    plane.draw(xlabel=xlabel, ylabel=ylabel, ticks=options.get("ticks"))
    _draw(plane, x, found, **options)
    said = say(title, *_say(x, found, (xlabel, ylabel), options)) if alt is None else alt
    return picture(plane.sheet, plane.width, plane.height, title=title, alt=said)


def _seeds(name: str, y: ArrayLike, count: int) -> np.ndarray:
    """Seeds × N; one row for a single curve."""
    if isinstance(y, Sequence) and len(y) and hasattr(y[0], "detach"):
        y = [given.array(part) for part in y]
    y = np.atleast_2d(given.array(y))
    if y.ndim != 2 or y.shape[1] != count:
        raise ValueError(f"{name!r} needs one number for each x; got shape {y.shape} for {count}")
    if np.isnan(y).any():
        place = int(np.isnan(y).any(0).argmax())
        raise ValueError(f"{name!r} needs one number for each x; got NaN at place {place}")
    return y


def _plane(x, lines, *, log="", xlim=None, ylim=None, width=WIDTH, height=300, **more) -> Plane:
    """Axes that hold all curves, points, levels and marks."""
    dots = more.get("points", ((), ()))
    levels, marks = more.get("levels", {}), more.get("marks", {})
    y_ends = limits([*lines.values(), dots[1], [*levels.values()]], log="y" in log, given=ylim)
    tight = None if len(dots[0]) else (float(x.min()), float(x.max()))
    x_ends = limits([x, dots[0], [*marks.values()]], log="x" in log, given=xlim or tight)
    size = width - 2 * MARGIN, height
    return Plane(x_ends, y_ends, size=size, names=[*lines, *levels], log=log)


def _draw(
    plane: Plane, x, lines, *, strong=None, levels=None, marks=None, points=None, dots="", **_
) -> None:
    """Points behind, then marks and levels, then curves and their names."""
    if points is not None:
        found = [given.array(part, 1, "points") for part in points]
        inside = plane.x.holds(found[0]) & plane.y.holds(found[1])
        behind = zip(plane.x(found[0][inside]), plane.y(found[1][inside]), strict=True)
        plane.sheet.dots(behind, 2.5, stroke=MUTED, stroke_opacity=0.4)
    for name, at in (marks or {}).items():
        across = float(plane.x(at))
        edge = [(across, plane.height - BOTTOM), (across, TOP)]
        plane.sheet.path(edge, stroke=MUTED, stroke_dasharray="3 3")
        plane.sheet.text(across + 4, TOP - 4, name, size=12, colour=MUTED)
    for y in (levels or {}).values():
        ends = [(place, float(plane.y(y))) for place in plane.x.pixels]
        plane.sheet.path(ends, stroke=MUTED)
    named = [
        _line(plane, x, name, seeds, i, strong) for i, (name, seeds) in enumerate(lines.items())
    ]
    for i, seeds in enumerate(lines.values()) if dots else ():
        _dot(plane, x, np.median(seeds, axis=0), COLOURS[i % 7], dots)
    named += [(float(plane.y(y)), name, MUTED) for name, y in (levels or {}).items()]
    plane.name_ends([end for end in named if end])


def _line(plane: Plane, x, name: str, seeds, i: int, strong: str | None):
    """Band and line of one curve; returns where its name belongs, and in which colour."""
    colour, middle = COLOURS[i % 7], np.median(seeds, axis=0)
    if len(seeds) > 1:
        ends = seeds.min(axis=0), seeds.max(axis=0)
        plane.draw_band(x, *ends, fill=colour, fill_opacity=0.18)
    style = {"stroke": colour, "stroke_dasharray": DASHES[i % 7]}
    matters = name == strong or (strong is None and i == 0)
    plane.draw_line(x, middle, stroke_width=3 if matters else 1.8, **style)
    finite = middle[np.isfinite(middle)]
    return (float(plane.y(finite[-1])), name, TEXT[colour]) if finite.size else None


def _dot(plane: Plane, x, y, colour: str, which: str) -> None:
    """A disc at every number of a curve, or at its lowest."""
    for k in np.flatnonzero(np.isfinite(y)) if which == "all" else [np.nanargmin(y)]:
        plane.sheet.circle(*plane.at(x[k], y[k]), 5, fill=colour, stroke=PAPER, stroke_width=1.2)


def _say(x, lines, labels, options):
    """Each curve by its first, lowest, highest and last value."""
    xlabel, ylabel = labels
    yield f"{ylabel} over {xlabel}, {number(x[0])} to {number(x[-1])}"
    for name, seeds in lines.items():
        yield f"{name}: {_course(x, np.median(seeds, axis=0))}{_spread(seeds)}"
    for kind in ("levels", "marks"):
        for name, at in options.get(kind, {}).items():
            yield f"Line at {number(at)}: {name}"
    if "points" in options:
        yield f"Behind them {len(options['points'][0])} points"


def _course(x, y) -> str:
    finite = np.flatnonzero(np.isfinite(y))
    if not finite.size:
        return "no finite value"
    first, last = y[finite[0]], y[finite[-1]]
    said = f"from {number(first, 3)} to {number(last, 3)}"
    for word, at in (
        ("lowest", finite[y[finite].argmin()]),
        ("highest", finite[y[finite].argmax()]),
    ):
        if y[at] not in (first, last):
            said += f", {word} {number(y[at], 3)} at {number(x[at])}"
    return said


def _spread(seeds) -> str:
    if len(seeds) == 1:
        return ""
    low, high = (number(end(seeds[:, -1]), 3) for end in (np.min, np.max))
    return f" (median of {len(seeds)} seeds; at the end {low} to {high})"
