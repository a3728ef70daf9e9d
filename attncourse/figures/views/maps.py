"""Views of attention weights: maps that answer, and a translation with its alignment."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from attncourse.figures import given
from attncourse.figures.maps import attention_map
from attncourse.figures.views import pack
from attncourse.figures.views.shown import View

PICTURED, CELLS = 4, 2048  # most maps, and cells, in the picture that stands in for the view


def map(
    weights: ArrayLike,
    *,
    queries: Sequence[str],
    keys: Sequence[str] | None = None,
    mask: ArrayLike | None = None,
    title: str = "",
    alt: str | None = None,
) -> View:
    """Show attention maps that answer: M × N, heads × M × N or layers × heads × M × N.

    Args:
        weights: from 0 to 1.
        queries, keys: M and N names; keys default to the queries.
        mask: M × N bool, True = may attend; the same for all maps.
    """
    weights = given.array(weights)
    names = _names(weights.shape)
    maps = weights.reshape(-1, *weights.shape[-2:])
    queries = given.names(queries, maps.shape[1], "query")
    keys = queries if keys is None else given.names(keys, maps.shape[2], "key")
    table = None if mask is None else given.boolean(mask, maps.shape[1:])
    count = max(1, min(PICTURED, CELLS // maps[0].size))
    shown = dict(zip(names[:count], maps[:count], strict=True))
    picture = attention_map(
        shown, queries=queries, keys=keys, mask=table, title=title, alt=alt, numbers=False
    )
    data = {"queries": queries, "keys": keys, "names": names, "title": title}
    data |= {"maps": len(maps), "packed": pack.weights(maps)}
    data["mask"] = None if table is None else ["".join("01"[cell] for cell in r) for r in table * 1]
    return View("map", data, picture)


def _names(shape: tuple[int, ...]) -> list[str]:
    """A name for each map, heads and layers counted from 1."""
    if not 2 <= len(shape) <= 4:
        rule = "weights must be M × N, heads × M × N or layers × heads × M × N"
        raise ValueError(f"{rule}; got shape {shape}")
    heads = [f"head {h + 1}" for h in range(shape[-3])] if len(shape) > 2 else [""]
    if len(shape) < 4:
        return heads
    return [f"layer {layer + 1} {head}" for layer in range(shape[0]) for head in heads]


def translate(
    weights: ArrayLike,
    *,
    source: Sequence[str],
    target: Sequence[str],
    title: str = "",
    alt: str | None = None,
) -> View:
    """Show a translation whose words point at the source words that they attend to.

    Args:
        weights: M × N, row i for the i-th word of the target.
        source, target: N and M words.
    """
    weights = given.array(weights, 2, "weights")
    source = given.names(source, weights.shape[1], "source word")
    target = given.names(target, weights.shape[0], "target word")
    axes = {"rows": "target words", "columns": "source words"}
    picture = attention_map(
        weights, queries=target, keys=source, title=title, alt=alt, numbers=False, **axes
    )
    data = {"source": source, "target": target, "title": title}
    return View("translate", data | {"weights": pack.rounded(np.round(weights, 3))}, picture)
