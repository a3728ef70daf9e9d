"""Mend the scores of a new token, whose query was turned as if it stood first."""

import torch

from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import normal
from attncourse.positions import rotate


def cached_scores(query, keys):
    """Scores of the newest token with all N tokens, itself the last of them, under RoPE."""
    return _with(query, keys)


def given(query, keys):
    """The slip: there is one query, so its position is counted from 0."""
    turned_keys = rotate(keys, torch.arange(len(keys)))
    turned_query = rotate(query[None], torch.arange(1))
    return (turned_keys @ turned_query[0]) / query.shape[-1] ** 0.5


def _with(
    query,
    keys,
    *,
    at="last",
    keys_from=0,
    turn="both",
    scale="root",
    pairs="neighbours",
    told="all",
):
    N, d_k = keys.shape
    place = torch.arange(N) + keys_from
    if turn == "reversed keys":
        place = place.flip(0)
    places = {"last": N - 1, "one past": N, "first": 0, "d_k": d_k, "second": 1, "middle": N // 2}
    asked = (places | {"one before": N - 2, "turned back": 1 - N})[at] + keys_from
    if turn in ("both", "keys only", "reversed keys"):
        keys = rotate(keys, place, pairs=pairs)
    if turn in ("both", "query only", "reversed keys"):
        query = rotate(query[None], torch.tensor([asked]), pairs=pairs)[0]
    scores = keys @ query
    scores = scores / {"root": d_k**0.5, "none": 1.0, "d_k": d_k, "root N": N**0.5}[scale]
    return scores if told == "all" else scores[-1]


def _cases():
    def case(label, seed, N, d_k):
        return Case(label, normal(seed, d_k), normal(seed + 50, N, d_k))

    return [
        case("two tokens", 1, 2, 2),
        case("plain", 2, 5, 4),
        case("plain", 3, 7, 6),
        case("one token", 4, 1, 4),
        case("long", 5, 40, 8),
        Case("float32", normal(6, 6, dtype=torch.float32), normal(7, 9, 6, dtype=torch.float32)),
    ]


EXERCISE = Exercise(
    reference=cached_scores,
    points=2,
    cases=_cases,
    hints=(
        "The score of the newest token with itself must not depend on where it stands: distance 0.",
        "The keys stand at 0 … N − 1. Where does the newest token stand?",
        "`torch.arange(1)` is position 0, whatever N is. The query belongs to the last key.",
    ),
    verified="the newest token stands last, for 1 to 40 tokens, float32 and float64; gradients",
    sizes=lambda query, keys: {"N": len(keys), "d_k": len(query)},
    rewrite=_with,
    given=given,
    laws=(
        Law(
            "the newest token's score with itself is not turned at all",
            lambda result, query, keys: torch.allclose(
                result[-1], query @ keys[-1] / len(query) ** 0.5, atol=1e-4
            ),
        ),
    ),
    mistakes=(
        Mistake(
            "query-at-0",
            "left the query unturned, as if the new token stood first",
            "Then the last key is N − 1 steps ahead of it, and the first is where the query is: "
            "all distances are wrong.",
            given,
            {"turn": "keys only"},
        ),
        Mistake(
            "one-past",
            "put the query one place after the last key",
            "The newest token is itself the last of the N keys, at N − 1.",
            at="one past",
        ),
        Mistake(
            "keys-not-turned",
            "did not turn the keys",
            "Both have to be turned, each by its own place.",
            turn="query only",
        ),
        Mistake(
            "none-turned",
            "made every distance 0: the query and the keys are turned alike, or not at all",
            "Then the scores do not know of positions. Each key is turned by its own place, the "
            "query by the last one.",
            turn="none",
        ),
        Mistake(
            "counted-back",
            "counted the keys from the end",
            "The first key stands at 0, the last at N − 1.",
            turn="reversed keys",
        ),
        Mistake(
            "no-scale",
            "forgot to divide by √d_k",
            "Turning keeps the norms, so the scores still grow with √d_k.",
            scale="none",
        ),
        Mistake("d_k-scale", "divided by d_k instead of √d_k", "Lesson 04: √d_k.", scale="d_k"),
        Mistake(
            "halves",
            "paired each number with the one half a width away",
            "These vectors were made for pairs of neighbours, `rotate` as it stands.",
            pairs="halves",
        ),
        Mistake(
            "one-before",
            "let the newest token stand one place before the last key",
            "It is itself the last of the N keys: both stand at N − 1.",
            at="one before",
        ),
        Mistake(
            "turned-back",
            "turned the query back instead of on",
            "The query stands where the last key stands: at N − 1, not at −(N − 1).",
            at="turned back",
        ),
        Mistake(
            "root-N",
            "divided by √N instead of √d_k",
            "What matters is how many products a score sums, not how many keys there are.",
            scale="root N",
        ),
        Mistake(
            "newest-alone",
            "returned the newest token's own score alone",
            "It asks all N keys: N scores.",
            told="newest",
        ),
        Mistake(
            "query-somewhere",
            "turned the query to a place that is not its own",
            "The newest token stands last, at N − 1.",
            {"at": "second"},
            {"at": "middle"},
        ),
        Mistake(
            "newest-at-0",
            "counted back from the newest token",
            "With the query at 0, a key that came before it stands at a negative place, −1, −2, …: "
            "the turn between them has a sign.",
            {"turn": "reversed keys", "at": "first"},
        ),
    ),
)
