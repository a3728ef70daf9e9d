"""One step of writing: turn, keep, attend, forget."""

import torch

from attncourse import kv_cache as package
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import DOUBLE, normal
from attncourse.positions import rotate


def cached_step(query, key, value, cache, seen, window):
    """Let M new tokens attend to kept ones and to each other; return what is kept next."""
    kept = package.KVCache(*cache, seen)
    output, _, kept = package.cached_step(query, key, value, kept, window=window, rotate=rotate)
    return output, torch.stack([kept.keys, kept.values])


def _case(label, seed, *batch, M=1, N, seen=None, window=99, d=4, dtype=DOUBLE):
    drawn = [normal(5 * seed + i, *batch, M, d, dtype=dtype) for i in range(3)]
    cache = normal(5 * seed + 3, 2, *batch, N, d, dtype=dtype)
    return Case(label, *drawn, cache, N if seen is None else seen, window)


def _cases():
    return [
        _case("one new token, two kept", 1, N=2, d=2),
        _case("one new token, nothing kept", 2, N=0),
        _case("a prompt of three, nothing kept", 3, M=3, N=0),
        _case("two new tokens, three kept", 4, M=2, N=3),
        _case("the window gets full", 5, N=3, window=4),
        _case("the window is full", 6, N=4, window=4),
        _case("the window is full, far into the text", 7, N=4, seen=9, window=4),
        _case("three new tokens, the window is full", 8, M=3, N=4, seen=10, window=4),
        _case("a prompt longer than the window", 9, M=7, N=0, window=3),
        _case("more was kept than the window holds", 14, N=6, seen=8, window=4),
        _case("a window of one", 10, N=1, seen=5, window=1),
        _case("heads", 11, 2, 3, M=2, N=5, window=6, d=6),
        _case("far into the text", 12, 2, N=6, seen=40, window=6),
        _case("float32", 13, 2, M=2, N=3, d=6, dtype=torch.float32),
    ]


def _with(query, key, value, cache, seen, window, *, start="seen", turn="both", **knobs):
    N, M = cache.shape[-2], query.shape[-2]
    first = {"seen": seen, "0": 0, "kept": N, "one more": seen + 1}[start]
    place = torch.arange(first, first + M)
    asked = rotate(query, place) if turn in ("both", "query", "kept again") else query
    found = rotate(key, place) if turn in ("both", "key", "kept again") else key
    keys, values = cache
    if turn == "kept again":
        keys = rotate(keys, torch.arange(N))
    unturned = torch.cat([cache[0], key], -2)
    return _attend(asked, (found, value), (keys, values), window, unturned, **knobs)


def _attend(
    query,
    new,
    kept,
    window,
    unturned,
    *,
    order="behind",
    trim="after",
    reach=0,
    mask="end",
    divide=0.5,
    told="kept",
):
    M, N = query.shape[-2], kept[0].shape[-2]
    pairs = zip(kept, new, strict=True)
    both = [torch.cat(pair if order == "behind" else pair[::-1], -2) for pair in pairs]
    if trim == "before":
        both = [x[..., -window:, :] for x in both]
    held = both[0].shape[-2]
    allowed = _allowed(M, held, window + reach, mask)
    scores = (query @ both[0].mT / query.shape[-1] ** divide).masked_fill(~allowed, -torch.inf)
    output = scores.softmax(-1).nan_to_num(0.0) @ both[1]
    if told == "keys unturned":
        both[0] = unturned
    if told == "new only":
        both = list(new)
    return output, torch.stack([_trimmed(x, window, trim, N, M) for x in both])


def _allowed(M, N, reach, mask):
    first = {"end": N - M, "start": 0, "all": N, "no window": N - M, "window only": N - M}[mask]
    back = torch.arange(first, first + M)[:, None] - torch.arange(N)
    if mask == "all":
        return torch.ones(M, N, dtype=torch.bool)
    if mask == "no window":
        return back >= 0
    return (back < reach) if mask == "window only" else (back >= 0) & (back < reach)


def _trimmed(x, window, trim, N, M):
    """What is kept of N + M tokens."""
    size = x.shape[-2]
    count = {
        "after": min(size, window),
        "before": size,
        "never": size,
        "one more": min(size, window + 1),
        "one less": min(size, window - 1),
        "late": size if window >= N else window,  # asked before the new ones came
        "early": min(size - M if N and size >= window else size, window),
        "first": min(size, window),
    }[trim]
    return x[..., :count, :] if trim == "first" else x[..., size - count :, :]


def _square(query, key, value, cache, seen, window):
    """The mask of the new tokens alone, on scores for all keys."""
    M, place = query.shape[-2], torch.arange(seen, seen + query.shape[-2])
    keys = torch.cat([cache[0], rotate(key, place)], -2)
    values = torch.cat([cache[1], value], -2)
    mask = torch.ones(M, M, dtype=torch.bool).tril()
    scores = rotate(query, place) @ keys.mT / query.shape[-1] ** 0.5
    output = scores.masked_fill(~mask, -torch.inf).softmax(-1) @ values
    return output, torch.stack([keys, values])[..., -window:, :]


EXERCISE = Exercise(
    reference=cached_step,
    points=4,
    cases=_cases,
    hints=(
        "Four steps: turn the new query and key, put key and value behind the kept ones, attend "
        "under a mask, cut the cache to the window.",
        "The new tokens stand at seen, seen + 1, … The cache may hold fewer tokens than were seen.",
        "The mask has M rows and as many columns as there are keys now. The last row belongs to "
        "the last key: row i reaches from column N_now − M + i back over `window` columns.",
        "Cut after attending: the first of several new tokens may need a key that the last one "
        "forgets.",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "positions-from-0",
            "let the positions of new tokens start again at 0",
            "The kept tokens were turned by 0 … seen − 1. The next one stands at `seen`.",
            start="0",
        ),
        Mistake(
            "positions-from-cache",
            "counted positions from the size of the cache",
            "That is the same only until the window is full: then the cache stops growing and "
            "positions go on. Use `seen`.",
            start="kept",
        ),
        Mistake(
            "positions-one-late",
            "counted positions one too far",
            "If `seen` tokens were read, they stood at 0 … seen − 1.",
            start="one more",
        ),
        Mistake(
            "square-mask",
            "laid a square mask on a longer cache",
            "M new tokens attend to all keys, the kept ones included: M rows, as many columns as "
            "there are keys.",
            _square,
        ),
        Mistake(
            "mask-from-the-start",
            "laid the mask at the first key",
            "That is where PyTorch's `is_causal=True` begins, too. The new tokens come last.",
            mask="start",
        ),
        Mistake(
            "no-mask",
            "let new tokens attend to later ones",
            "When several come at once, the first must not attend to the next.",
            {"mask": "window only"},
            mask="all",
        ),
        Mistake(
            "no-window",
            "did not let the window bound what is attended to",
            "After attending the cache is cut, but while several new tokens attend it is longer "
            "than the window: the mask needs the window, too.",
            mask="no window",
        ),
        Mistake(
            "window-one-too-long",
            "made the window one too long",
            "The token itself counts: it reaches back window − 1 steps.",
            {"reach": 1, "trim": "one more"},
            reach=1,
        ),
        Mistake(
            "window-one-too-short",
            "made the window one too short",
            "A window of w holds w tokens, the newest included.",
            {"reach": -1, "trim": "one less"},
            reach=-1,
        ),
        Mistake(
            "trimmed-before",
            "cut the cache before it was used",
            "The first of several new tokens may attend to keys that the last one forgets. Attend, "
            "then cut.",
            trim="before",
        ),
        Mistake(
            "never-trimmed",
            "never cut the cache",
            "Keep the last `window` tokens only.",
            trim="never",
        ),
        Mistake(
            "kept-one-more",
            "kept one token too many",
            "Keep the last `window` tokens, the new ones included.",
            trim="one more",
        ),
        Mistake(
            "kept-one-less",
            "kept one token too few",
            "Keep the last `window` tokens, the new ones included.",
            trim="one less",
        ),
        Mistake(
            "at-exactly-window",
            "went wrong at exactly the window's length",
            "What counts is how many tokens there are after the new ones came: cut to the last "
            "`window`, and nothing else. With min, or a slice from the end, there is no special "
            "case.",
            {"trim": "late"},
            trim="early",
        ),
        Mistake(
            "kept-the-oldest",
            "kept the oldest tokens",
            "The newest are at the end: the last `window` stay.",
            trim="first",
        ),
        Mistake(
            "new-in-front",
            "put the new tokens in front of the kept ones",
            "The order of the cache is the order of the text.",
            order="in front",
        ),
        Mistake(
            "kept-new-only",
            "kept the new tokens only",
            "The next step needs the earlier ones, too.",
            told="new only",
        ),
        Mistake(
            "kept-unturned",
            "kept the new keys unturned",
            "The kept ones are turned already; so must be what is put beside them.",
            told="keys unturned",
        ),
        Mistake(
            "turned-again",
            "turned the kept keys again",
            "They were turned when they came. Turned twice, they stand somewhere else.",
            turn="kept again",
        ),
        Mistake(
            "key-not-turned",
            "did not turn the new keys",
            "Queries and keys are turned by their positions.",
            turn="query",
        ),
        Mistake(
            "query-not-turned",
            "did not turn the queries",
            "Queries and keys are turned by their positions.",
            turn="key",
        ),
        Mistake(
            "nothing-turned",
            "turned neither queries nor keys",
            "Then the new tokens have no position, and the kept ones have.",
            turn="none",
        ),
        Mistake("no-scale", "forgot to divide by √d_k", "Lesson 04: √d_k.", divide=0),
        Mistake("d_k-scale", "divided by d_k instead of √d_k", "Lesson 04: √d_k.", divide=1),
    ),
    laws=(
        Law(
            "at most `window` tokens are kept",
            lambda result, query, key, value, cache, seen, window: (
                result[1].shape[-2] == min(window, cache.shape[-2] + query.shape[-2])
            ),
        ),
        Law(
            "the newest value is kept as it came",
            lambda result, query, key, value, cache, seen, window: torch.equal(
                result[1][1][..., -1, :], value[..., -1, :]
            ),
        ),
    ),
    sizes=lambda query, key, value, cache, seen, window: {
        "M": query.shape[-2],
        "N": cache.shape[-2],
        "d_k": query.shape[-1],
        "seen": seen,
        "window": window,
    },
    returns=("output", "cache"),
    verified="one or several new tokens, an empty cache, a window that is not yet, just, and long "
    "since full, a prompt longer than the window; output, cache and all gradients",
)
