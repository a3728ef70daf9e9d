"""The map of the course: one query's way from words to an output, the same drawing in all lessons.

It grows: `parts.PARTS` says which boxes a lesson has met. Numbers of the lesson are written in.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from attncourse.figures import given
from attncourse.figures.parts import COLUMNS, OPTIONAL, PARTS, SHAPES, Part
from attncourse.figures.picture import Picture, picture
from attncourse.figures.route import Route
from attncourse.figures.saying import listed, rows, say


def flow(
    part: str,
    numbers: Mapping[str, ArrayLike] | None = None,
    *,
    words: Sequence[str] = (),
    query: str = "",
    highlight: str | Sequence[str] | None = None,
    title: str = "",
    alt: str | None = None,
) -> Picture:
    """Draw the map of the course as far as `part`, with numbers written into it.

    Args:
        part: lookup, pooling, scoring, attention, tokens, projections, heads, positions,
            bottleneck, transformer, gpt, captions, objects or drawing.
        numbers: any of query (d_k), keys (N × d_k), scores, scaled, masked, weights (N each),
            values (N × d_v), output (d_v); what is missing is drawn as a box with its shape.
        words: names of the N rows.
        query: the word that asks.
        highlight: names of boxes; default what is new in this part.
    """
    if part not in PARTS:
        raise ValueError(f"part must be one of {', '.join(PARTS)}; got {part!r}")
    found, words = _numbers(numbers or {}, words), [str(word) for word in words]
    new = PARTS[part].new if highlight is None else highlight
    new = {new} if isinstance(new, str) else set(new)
    route = Route(PARTS[part], found, words, query, new)
    size = route.draw()
    said = say(title, *_say(PARTS[part], found, words, new)) if alt is None else alt
    return picture(route.sheet, *size, title=title, alt=said)


def _numbers(numbers: Mapping[str, ArrayLike], words: Sequence[str]) -> dict[str, np.ndarray]:
    """All numbers as arrays of the ranks that the map expects, with as many rows as words."""
    unknown = sorted(set(numbers) - set(SHAPES))
    if unknown:
        raise ValueError(f"numbers may be {', '.join(SHAPES)}; got {unknown[0]!r}")
    found = {}
    for name, value in numbers.items():
        found[name] = given.array(value, 2 if name in ("keys", "values") else 1, name)
        if words and name in COLUMNS:
            given.names(words, len(found[name]), f"row of {name}")
    return found


def _say(part: Part, numbers, words, new):
    """The stages in their order, what is new, and the numbers."""
    core = [name for name in COLUMNS if name not in OPTIONAL or name in numbers or name in new]
    stages = [*part.source, *part.target, "query", *core, "output", *part.then]
    yield f"Flow diagram: {' → '.join(stages)}"
    found = [stage for stage in dict.fromkeys(stages) if stage in new]
    yield f"New here: {', '.join(found)}" if found else ""
    for name, value in numbers.items():
        each = value.ndim == 1 and name in COLUMNS and words
        yield f"{name}: {listed(words, value) if each else rows(value)}"
