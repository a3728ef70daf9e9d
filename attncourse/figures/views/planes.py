"""Views of points and hands: a query among keys, an average, a kernel, rotating clocks."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from attncourse.figures import given
from attncourse.figures.picture import Picture
from attncourse.figures.points import scatter
from attncourse.figures.turns import clocks as clocks_picture
from attncourse.figures.vectors import arrows
from attncourse.figures.views import pack
from attncourse.figures.views.shown import View

SCORES = ("dot product", "cosine", "− distance")
KERNELS = ("Gaussian", "boxcar", "triangular", "Epanechnikov")


def play(
    keys: ArrayLike,
    *,
    words: Sequence[str],
    query: ArrayLike,
    values: ArrayLike | None = None,
    title: str = "",
    alt: str | None = None,
    **options,
) -> View:
    """Show a query that can be dragged among keys, with every step from score to output.

    Args:
        keys: N × 2, named by `words`; query: two numbers.
        values: N × d_v, for the output.
        options: asks (the word whose query it is), names (of the two axes), scores (which may be
            chosen: "dot product", "cosine", "− distance"; default the first), scaled (÷ √d_k at
            the start; default False), mask (N bool, True = may attend).
    """
    keys, query = given.array(keys, 2, "keys"), given.array(query, 1, "query")
    if keys.shape[1] != 2 or len(query) != 2:
        raise ValueError(f"keys and query must have two numbers; got {keys.shape[1]}, {len(query)}")
    words = given.names(words, len(keys), "key")
    data = _options(options, len(keys)) | {"words": words, "title": title}
    data |= {"keys": pack.rounded(keys), "query": pack.rounded(query)}
    data["values"] = None if values is None else pack.rounded(given.array(values, 2, "values"))
    axes = tuple(data["names"])
    picture = arrows(
        _named(words, keys), query=query, compare="dot", names=axes, title=title, alt=alt
    )
    return View("play", data, picture)


def _named(words: Sequence[str], keys: np.ndarray) -> dict[str, np.ndarray]:
    """Each word with its key; a word that comes again with another key gets its place."""
    found: dict[str, np.ndarray] = {}
    for j, (word, key) in enumerate(zip(words, keys, strict=True)):
        if word in found and (found[word] != key).any():
            word = f"{word} {j + 1}"
        found[word] = key
    return found


def _options(options: Mapping, count: int) -> dict:
    """What a query view may be told besides, with defaults; an unknown score is named."""
    chosen = {"asks": "", "names": ("first number", "second number"), "scores": SCORES[:1]}
    chosen |= {"scaled": False, "mask": None} | options
    unknown = [kind for kind in chosen["scores"] if kind not in SCORES]
    if unknown:
        raise ValueError(f"scores may be {', '.join(SCORES)}; got {unknown[0]!r}")
    mask = given.boolean(chosen.pop("mask"), (count,))
    return chosen | {"hidden": np.flatnonzero(~mask).tolist()}


def average(
    values: ArrayLike,
    *,
    names: Sequence[str] = ("v_1", "v_2", "v_3"),
    scores: ArrayLike = (2.0, 1.0, 0.0),
    axes: tuple[str, str] = ("first number", "second number"),
    title: str = "",
    alt: str | None = None,
) -> View:
    """Show the weighted average of three values in the plane, from one value to the mean of all.

    Args:
        values: 3 × 2.
        scores: of the three, at the start; their softmax at temperature 1 is the weights.
    """
    values, scores = given.array(values, 2, "values"), given.array(scores, 1, "scores")
    if values.shape != (3, 2) or scores.shape != (3,):
        raise ValueError(
            f"three values in the plane, three scores; got {values.shape}, {scores.shape}"
        )
    names = [name.replace("_", "") for name in given.names(names, 3, "value")]
    weights = np.exp(scores - scores.max())
    weights = weights / weights.sum()
    marks = {"output": weights @ values, "mean": values.mean(axis=0)}
    hull = {"hull": values[[0, 1, 2, 0]]}
    picture = scatter(
        values,
        names=names,
        marks=marks,
        lines=hull,
        equal=True,
        xlabel=axes[0],
        ylabel=axes[1],
        title=title,
        alt=alt,
    )
    data = {"values": pack.rounded(values), "scores": pack.rounded(scores), "names": names}
    return View("average", data | {"axes": list(axes), "title": title}, picture)


def kernel(
    x: ArrayLike,
    y: ArrayLike,
    *,
    bandwidth: float,
    names: tuple[str, str],
    query: float | None = None,
    kernels: Sequence[str] = KERNELS,
    title: str = "",
) -> View:
    """Show kernel regression: drag the query, choose kernel and bandwidth.

    Args:
        x, y: n numbers each.
        bandwidth: at the start, in units of x; query at the start, default the median.
        names: of x and y.
        kernels: which may be chosen; the first is the one at the start.
    """
    x, y = given.array(x, 1, "x"), given.array(y, 1, "y")
    unknown = [name for name in kernels if name not in KERNELS]
    if unknown or bandwidth <= 0:
        raise ValueError(
            f"kernels are {', '.join(KERNELS)}, bandwidth > 0; got {unknown}, {bandwidth}"
        )
    query = float(np.median(x)) if query is None else float(query)
    weights = np.exp(-(((x - query) / bandwidth) ** 2) / 2)
    marks = {"answer": (query, float(weights @ y / weights.sum()))}
    picture = scatter(
        np.stack([x, y], axis=1),
        weights=weights,
        marks=marks,
        xlabel=names[0],
        ylabel=names[1],
        title=title,
    )
    data = {"x": pack.rounded(x, 4), "y": pack.rounded(y, 4), "names": list(names), "title": title}
    data |= {"kernels": list(kernels), "width": bandwidth, "query": pack.rounded(query, 4)}
    return View("kernel", data, picture)


def clocks(
    *,
    speeds: ArrayLike = (1.0, 0.1, 0.01),
    query: ArrayLike | None = None,
    key: ArrayLike | None = None,
    places: tuple[int, int] = (3, 7),
    longest: int = 64,
    title: str = "",
) -> View:
    """Show rotary positions: each pair of numbers as a clock, its hands turned by their positions.

    Args:
        speeds: radians per step, one for each pair.
        query, key: 2 × pairs numbers (pairs of neighbours); default (1, 0, 1, 0, …).
        places: positions of the query and of the key at the start.
        longest: the last position.
    """
    speeds = given.array(speeds, 1, "speeds")
    hands = [
        np.tile([1.0, 0.0], (len(speeds), 1)) if v is None else given.array(v, 1).reshape(-1, 2)
        for v in (query, key)
    ]
    if any(len(hand) != len(speeds) for hand in hands):
        raise ValueError(f"query and key need two numbers for each of {len(speeds)} speeds")
    picture: Picture = clocks_picture(speeds, places, hands=hands, title=title)
    data = {"speeds": pack.rounded(speeds, 4), "places": list(places), "longest": longest}
    data |= {"query": pack.rounded(hands[0]), "key": pack.rounded(hands[1]), "title": title}
    return View("clocks", data, picture)
