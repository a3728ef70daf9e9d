"""What the map of the course shows at each lesson: data for `flow`."""

from typing import NamedTuple


class Part(NamedTuple):
    """Chains of boxes around the attention, and what is new.

    `source` leads to keys and values, and to the query too where `target` is empty; `then` follows
    the output; `turn` is what happens between scores and weights; `letters` names the matrices that
    make query, keys and values.
    """

    source: tuple[str, ...] = ()
    target: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    turn: str = "softmax"
    letters: bool = True


_TURN = "÷ √d_k, mask, softmax"
_HEADS = ("join H heads", "W_o")

PARTS = {
    "lookup": Part(new=("query", "keys", "values")),
    "pooling": Part(new=("weights", "output")),
    "scoring": Part(new=("scores",)),
    "attention": Part(new=("scaled", "masked"), turn=_TURN),
    "tokens": Part(
        source=("text", "tokens", "embeddings"),
        new=("tokens", "embeddings"),
        turn=_TURN,
        letters=False,
    ),
    "projections": Part(
        source=("words", "embeddings"), new=("query", "keys", "values"), turn=_TURN
    ),
    "heads": Part(source=("words", "embeddings"), then=_HEADS, new=_HEADS, turn=_TURN),
    "positions": Part(
        source=("words", "embeddings + positions"),
        then=_HEADS,
        new=("embeddings + positions",),
        turn=_TURN,
    ),
    "bottleneck": Part(
        source=("source words", "encoder RNN"),
        target=("written so far", "decoder RNN"),
        then=("decoder RNN", "next word"),
        new=("encoder RNN", "decoder RNN"),
    ),
    "transformer": Part(
        source=("source words", "embeddings + positions", "encoder blocks"),
        target=("written so far", "embeddings + positions", "masked self-attention"),
        then=("add & norm", "feed-forward", "next word"),
        new=("encoder blocks", "masked self-attention", "add & norm", "feed-forward"),
        turn=_TURN,
    ),
    "gpt": Part(
        source=("words so far", "embeddings + positions"),
        then=("add & norm", "feed-forward", "next word"),
        new=("next word",),
        turn=_TURN,
    ),
    "captions": Part(
        source=("patches", "embeddings + positions", "encoder blocks"),
        target=("written so far", "embeddings + positions", "masked self-attention"),
        then=("add & norm", "feed-forward", "next word"),
        new=("patches",),
        turn=_TURN,
    ),
    "objects": Part(
        source=("patches", "embeddings + positions", "encoder blocks"),
        target=("object queries", "self-attention"),
        then=("add & norm", "feed-forward", "class and box"),
        new=("object queries", "class and box"),
        turn="÷ √d_k, nearness, softmax",
    ),
    "drawing": Part(
        source=("words", "embeddings"),
        target=("noisy patches + time", "self-attention"),
        then=("add & norm", "feed-forward", "noise"),
        new=("noisy patches + time", "noise"),
        turn=_TURN,
    ),
}

# The attention itself, from left to right; the first three stand apart.
SHAPES = {
    "query": "1 × d_k",
    "output": "1 × d_v",
    "keys": "N × d_k",
    "scores": "N",
    "scaled": "N",
    "masked": "N",
    "weights": "N",
    "values": "N × d_v",
}
COLUMNS = ("keys", "scores", "scaled", "masked", "weights", "values")
OPTIONAL = ("scaled", "masked")  # drawn when their numbers are given
WAYS = {
    "scores": "score (query, key)",
    "scaled": "÷ √d_k",
    "masked": "mask",
    "output": "sum",
}
