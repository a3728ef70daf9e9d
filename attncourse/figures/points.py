"""Points of the plane, as large as their weights; groups, marked places, lines."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from attncourse.figures import given
from attncourse.figures.axes import Plane, limits
from attncourse.figures.ink import COLOURS, DASHES, INK, MUTED, PAPER, TEXT, TINT, word_colour
from attncourse.figures.lettering import number, width
from attncourse.figures.picture import MARGIN, WIDTH, Picture, picture
from attncourse.figures.saying import say, vector

MANY = 120  # points that are drawn as simple dots
LARGEST, SIZES = 13, 8  # radius of the largest weight, in pixels; sizes that are told apart


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
            ({name: n × 2} of lines through the plane; a closed one is an area), pins ({name:
            (x, y)} of named rings), xlim, ylim ((low, high); an end may be None), equal (both axes
            on one scale), width and height (in pixels).
    """
    groups = {name: given.array(part, 2, "points") for name, part in given.panels(points).items()}
    sizes = None if weights is None else given.array(weights, 1, "weights")
    extra = _extra(**options)
    plane = _plane(groups, extra, **options)
    plane.draw(xlabel=xlabel, ylabel=ylabel)
    _draw(plane, groups, sizes, extra, options.get("names"))
    said = say(title, *_say(groups, sizes, extra["marks"], (xlabel, ylabel)))
    said = said if alt is None else alt
    return picture(plane.sheet, plane.width, plane.height, title=title, alt=said)


def _extra(*, marks: Mapping = {}, lines: Mapping = {}, pins: Mapping = {}, **_):
    """Marked places, lines and pins, as arrays."""
    return {
        "pins": {name: given.array(place, 1, name) for name, place in pins.items()},
        "marks": {name: given.array(place, 1, name) for name, place in marks.items()},
        "lines": {name: given.array(line, 2, name) for name, line in lines.items()},
    }


def _plane(groups, extra, *, xlim=None, ylim=None, equal=False, **size) -> Plane:
    """Axes that hold everything."""
    places = [place[None] for part in ("marks", "pins") for place in extra[part].values()]
    every = np.concatenate([*groups.values(), *extra["lines"].values(), *places])
    x_ends, y_ends = limits([every[:, 0]], given=xlim), limits([every[:, 1]], given=ylim)
    names = [*(groups if len(groups) > 1 else ()), *_open(extra["lines"])]
    size = size.get("width", WIDTH) - 2 * MARGIN, size.get("height", 340)
    plane = Plane(x_ends, y_ends, size=size, names=names)
    if equal:
        plane.equalise()
    return plane


def _draw(plane: Plane, groups, sizes, extra, names) -> None:
    """Areas, points, then lines, then pins and marks, then names at the right."""
    ends, lines = [], _open(extra["lines"])
    for name, area in extra["lines"].items():
        if name not in lines:
            plane.draw_area(area, stroke=MUTED, fill=TINT, stroke_width=1.3)
    for i, (name, group) in enumerate(groups.items()):
        pixels, radii = _dots(plane, group, sizes, COLOURS[i % 7])
        middle = pixels[:, 0].mean() if len(lines) < len(extra["lines"]) else -np.inf
        for place, found in _joined(pixels, names).items():
            size = radii[(pixels == place).all(axis=1)].max()
            _name(plane, ", ".join(found), place, max(size, 3) + 4, left=place[0] < middle)
        ends.append((float(np.median(plane.y(group[:, 1]))), name, TEXT[COLOURS[i % 7]]))
    ends = ends if len(ends) > 1 else []
    for i, (name, line) in enumerate(lines.items(), len(groups)):
        style = {"stroke": COLOURS[i % 7], "stroke_dasharray": DASHES[i % 7]}
        plane.draw_line(*line.T, stroke_width=2.2, **style)
        ends.append((float(plane.y(line[-1, 1])), name, TEXT[COLOURS[i % 7]]))
    for name, place in extra["pins"].items():
        ring = {"fill": "none", "stroke": word_colour(name), "stroke_width": 2}
        plane.sheet.circle(*plane.at(*place), 6, **ring)
        _name(plane, name, plane.at(*place), 8)
    for name, place in extra["marks"].items():
        x, y = plane.at(*place)
        corners = [(x, y - 8), (x + 7, y + 5), (x - 7, y + 5)]
        plane.sheet.path(corners, close=True, stroke=INK, stroke_width=1.8)
        plane.sheet.text(x + 10, y - 6, name, bold=True)
    plane.name_ends(ends)


def _dots(plane: Plane, group, sizes, colour: str):
    """Discs of one size, or of a few by weight, inside the plane; returns places and radii."""
    radii = np.full(len(group), 2.2 if len(group) > MANY else 3.5)
    if sizes is not None:
        steps = np.ceil(np.sqrt(sizes / (sizes.max() or 1)) * SIZES)
        radii = np.maximum(steps / SIZES * LARGEST, 1.2)
    inside = plane.x.holds(group[:, 0]) & plane.y.holds(group[:, 1])
    pixels = np.stack([plane.x(group[:, 0]), plane.y(group[:, 1])], axis=1)
    for r in np.unique(radii):
        chosen = pixels[inside & (radii == r)]
        many = len(group) > MANY or r <= 4
        if many:
            plane.sheet.dots(chosen, r, stroke=colour, stroke_opacity=0.45)
        for x, y in () if many else chosen:
            plane.sheet.circle(x, y, r, fill=colour, fill_opacity=0.5, stroke=PAPER)
    return pixels, radii


def _name(plane: Plane, name: str, place: tuple, away: float, *, left: bool = False) -> None:
    """A name at the right of its point, or at its left, also where the plane ends."""
    x, y = place
    over = left or x + away + width(name, 12, bold=True) > plane.x.pixels[1]
    side = {"anchor": "end"} if over else {}
    ground = {"stroke": PAPER, "stroke_width": 3, "paint_order": "stroke"}
    style = {"size": 12, "bold": True, "colour": word_colour(name.split(",")[0])}
    plane.sheet.text(x - away if over else x + away, y, name, **style, **side, **ground)


def _open(lines: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Lines that do not come back to where they began."""
    return {name: line for name, line in lines.items() if not np.array_equal(line[0], line[-1])}


def _joined(pixels: np.ndarray, names: Sequence | None) -> dict[tuple, list[str]]:
    """Names of points at one place together, each once."""
    found: dict[tuple, list[str]] = {}
    for place, name in zip(pixels, names if names is not None else (), strict=False):
        at = found.setdefault(tuple(place), [])
        at += [str(name)] * (str(name) not in at)
    return found


def _say(groups, sizes, marks, labels):
    """Where the points lie, where the weight is, what is marked."""
    for name, group in groups.items():
        (x, y), (to_x, to_y) = group.min(0), group.max(0)
        ends = (
            f"{labels[0]} {number(x)} to {number(to_x)}, {labels[1]} {number(y)} to {number(to_y)}"
        )
        yield f"{len(group)} points{f' of {name}' if name else ''}, {ends}"
    if sizes is not None:
        best = int(sizes.argmax())
        place = vector(next(iter(groups.values()))[best])
        heavy = int((sizes > sizes.max() / 100).sum())
        yield f"Area is weight: the largest, {number(sizes[best])}, at {place}"
        yield f"{heavy} of {len(sizes)} weigh more than a hundredth of it"
    for name, place in marks.items():
        yield f"{name} at {vector(place)}"
