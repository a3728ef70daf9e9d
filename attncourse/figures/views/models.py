"""Views of a trained model at work: writing token by token, and one token's way through a block."""

import heapq
from collections.abc import Callable, Mapping, Sequence
from itertools import count

import numpy as np
from numpy.typing import ArrayLike

from attncourse.figures import given
from attncourse.figures.bars import bars
from attncourse.figures.maps import attention_map
from attncourse.figures.views import pack
from attncourse.figures.views.shown import View

Ask = Callable[[list[int]], ArrayLike]


def write(
    ask: Ask,
    vocabulary: Sequence[str],
    *,
    prompt: str = "",
    candidates: int = 12,
    nodes: int = 40,
    title: str = "",
) -> View:
    """Show generation token by token, under temperature, top-k and top-p.

    The page holds the logits of the likeliest continuations; `.widget()` asks the model for others.

    Args:
        ask: ids written so far (after the prompt) → logits of the next token, one for each entry.
        vocabulary: the text of each id.
        prompt: what stands before, for the reader.
        candidates: tokens shown at each step.
        nodes: how many continuations the page holds.
    """
    vocabulary = list(vocabulary)
    tree = _tree(ask, vocabulary, candidates, nodes)
    chances = zip(tree[0]["tokens"], _chances(tree[0]), strict=True)
    shown = {repr(token)[1:-1]: share for token, share in chances}
    picture = bars(shown, xlabel=f"probability of the next token after {prompt!r}", title=title)
    used = sorted({token for node in tree for token in node["tokens"]})
    data = {"nodes": [_short(node, used) for node in tree], "tokens": used}
    data |= {"prompt": prompt, "title": title}
    return View("write", data, picture, lambda path: _answer(ask, path, vocabulary, candidates))


def _tree(ask: Ask, vocabulary: list[str], candidates: int, nodes: int) -> list[dict]:
    """The likeliest continuations, best first; `kids` says which node follows a token."""
    tree, order = [], count()
    waiting = [(-1.0, next(order), [], None)]
    while waiting and len(tree) < nodes:
        chance, _, path, parent = heapq.heappop(waiting)
        node = _node(ask, path, vocabulary, candidates) | {"kids": {}}
        if parent is not None:
            tree[parent]["kids"][vocabulary[path[-1]]] = len(tree)
        for token, share in zip(node["tokens"], _chances(node), strict=True):
            step = [*path, vocabulary.index(token)]
            heapq.heappush(waiting, (chance * share, next(order), step, len(tree)))
        tree.append(node)
    return tree


def _node(ask: Ask, path: list[int], vocabulary: Sequence[str], candidates: int) -> dict:
    """The likeliest tokens with their logits, and how many others lie about where.

    Logits are written as hundredths below the largest.
    """
    logits = given.array(ask(path), 1, "logits")
    given.names(vocabulary, len(logits), "logit")
    order = np.argsort(-logits, kind="stable")
    falls = 100 * (logits[order[0]] - logits[order])
    rest = [part for part in np.array_split(falls[candidates:], 5) if len(part)]
    middle = [-100 * np.log(np.exp(-part / 100).mean()) for part in rest]
    return {
        "tokens": [vocabulary[i] for i in order[:candidates]],
        "falls": np.round(falls[:candidates]).astype(int).tolist(),
        "rest": [[len(part), round(fall)] for part, fall in zip(rest, middle, strict=True)],
    }


def _short(node: dict, used: list[str]) -> dict:
    """The same node with tokens as their numbers in a list that all nodes share."""
    ids = [used.index(token) for token in node["tokens"]]
    return {**node, "tokens": ids, "kids": {used.index(t): k for t, k in node["kids"].items()}}


def _chances(node: Mapping) -> np.ndarray:
    """Probabilities of a node's tokens at temperature 1."""
    powers = np.exp(-np.array(node["falls"]) / 100)
    return powers / (powers.sum() + sum(n * np.exp(-fall / 100) for n, fall in node["rest"]))


def _answer(ask: Ask, path: Sequence[str], vocabulary: list[str], candidates: int) -> dict:
    """One more node, for a page with a live kernel."""
    return _node(ask, [vocabulary.index(token) for token in path], vocabulary, candidates)


def block(
    steps: Mapping[str, ArrayLike],
    *,
    token: str,
    weights: Mapping[str, ArrayLike] | None = None,
    words: Sequence[str] = (),
    says: Mapping[str, str] | None = None,
    title: str = "",
) -> View:
    """Show one token's way through a Transformer block, step by step.

    Args:
        steps: name of the step → the token's vector after it, all of one length.
        token: whose vector it is.
        weights: name of an attention step → its weights over `words`.
        says: name of a step → one sentence about it.
    """
    table = given.array(
        [given.array(vector, 1, name) for name, vector in steps.items()], 2, "steps"
    )
    weights = {name: given.array(row, 1, name) for name, row in (weights or {}).items()}
    for name, row in weights.items():
        given.names(words, len(row), f"weight of {name!r}")
    names, axes = (
        list(steps),
        {"rows": "steps", "columns": "numbers of the vector", "label": "value"},
    )
    picture = attention_map(table, queries=names, signed=True, numbers=False, title=title, **axes)
    listed = [
        {
            "name": name,
            "vector": pack.rounded(vector),
            "says": (says or {}).get(name, ""),
            "weights": pack.rounded(weights[name]) if name in weights else None,
        }
        for name, vector in zip(names, table, strict=True)
    ]
    data = {"steps": listed, "words": [str(word) for word in words], "token": token, "title": title}
    return View("block", data, picture)
