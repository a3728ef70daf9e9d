"""Answers to lesson 15's caches: right ones, however written, and wrong ones."""

import torch
import torch.nn.functional as F
from einops import rearrange, repeat

from attncourse.attention import masked_softmax, scaled_dot_product_attention
from attncourse.positions import rotate

GIB = 1024**3

# what a cache takes -------------------------------------------------------------------------------


def told(grouped, each, window):
    return lambda: {
        "grouped": grouped,
        "one set per head": each,
        "grouped, window of 4,096": window,
    }


# masks beside a cache -----------------------------------------------------------------------------


def newest_by_tril(M, N):
    return torch.ones(M, N, dtype=torch.bool).tril(N - M)


def newest_by_last_rows(M, N):
    return torch.ones(N, N, dtype=torch.bool).tril()[-M:]


def newest_by_joining(M, N):
    kept = torch.ones(M, N - M, dtype=torch.bool)
    return torch.cat([kept, torch.ones(M, M, dtype=torch.bool).tril()], dim=1)


def newest_by_comparing(M, N):
    return torch.arange(N) <= torch.arange(N - M, N)[:, None]


def newest_by_loop(M, N):
    return torch.tensor([[j <= N - M + i for j in range(N)] for i in range(M)])


def newest_by_first_rows(M, N):
    return torch.ones(N, N, dtype=torch.bool).tril()[:M]


def newest_square(M, N):
    return torch.tril(torch.ones(M, M, dtype=torch.bool))


def newest_all_open(M, N):
    return torch.ones(M, N, dtype=torch.bool)


def newest_without_itself(M, N):
    return torch.ones(M, N, dtype=torch.bool).tril(N - M - 1)


def newest_hidden(M, N):
    return torch.ones(M, N, dtype=torch.bool).triu(N - M + 1)


# one step -----------------------------------------------------------------------------------------


def step_plainly(query, key, value, cache, seen, window):
    place = torch.arange(seen, seen + query.shape[-2])
    keys = torch.cat([cache[0], rotate(key, place)], dim=-2)
    values = torch.cat([cache[1], value], dim=-2)
    there = torch.arange(seen - cache.shape[-2], seen + query.shape[-2])
    back = place[:, None] - there
    mask = (back >= 0) & (back < window)
    output, _ = scaled_dot_product_attention(rotate(query, place), keys, values, mask)
    return output, torch.stack([keys, values])[..., -window:, :]


def step_by_pytorch(query, key, value, cache, seen, window):
    M = query.shape[-2]
    place = seen + torch.arange(M)
    new = torch.stack([rotate(key, place), value])
    both = torch.cat([cache, new], dim=-2)
    N = both.shape[-2]
    mask = torch.ones(M, N, dtype=torch.bool).tril(N - M).triu(N - M - window + 1)
    output = F.scaled_dot_product_attention(rotate(query, place), both[0], both[1], attn_mask=mask)
    return output, both[..., max(0, N - window) :, :]


def step_token_by_token(query, key, value, cache, seen, window):
    outputs = []
    for t in range(query.shape[-2]):
        place = torch.tensor([seen + t])
        now = torch.stack([rotate(key[..., [t], :], place), value[..., [t], :]])
        cache = torch.cat([cache, now], dim=-2)[..., -window:, :]
        scores = rotate(query[..., [t], :], place) @ cache[0].mT / query.shape[-1] ** 0.5
        outputs.append(scores.softmax(-1) @ cache[1])
    return torch.cat(outputs, dim=-2), cache


def step_by_rows(query, key, value, cache, seen, window):
    M, N = query.shape[-2], cache.shape[-2] + query.shape[-2]
    place = torch.arange(seen, seen + M)
    query, key = rotate(query, place), rotate(key, place)
    cache = torch.cat([cache, torch.stack([key, value])], -2)
    rows = []
    for i in range(M):
        last = N - M + i + 1
        keys, values = cache[..., max(0, last - window) : last, :]
        weights = (query[..., i : i + 1, :] @ keys.mT / query.shape[-1] ** 0.5).softmax(-1)
        rows.append(weights @ values)
    return torch.cat(rows, -2), cache[..., -window:, :]


def step_by_bias(query, key, value, cache, seen, window):
    M, kept = query.shape[-2], cache.shape[-2]
    place = torch.arange(kept + M) + (seen - kept)
    turned = rotate(query, place[kept:])
    both = torch.cat([cache, torch.stack([rotate(key, place[kept:]), value])], -2)
    distance = place[kept:].unsqueeze(1) - place
    scores = turned @ both[0].mT * query.shape[-1] ** -0.5
    scores = torch.where((distance < 0) | (distance >= window), -torch.inf, scores)
    return scores.softmax(-1) @ both[1], both.narrow(
        -2, max(0, kept + M - window), min(window, kept + M)
    )


def _step(query, key, value, cache, place, window, *, M_rows=None, cut_first=False, reach=None):
    turned = torch.stack([rotate(key, place), value])
    both = torch.cat([cache, turned], -2)
    if cut_first:
        both = both[..., -window:, :]
    M, N = query.shape[-2], both.shape[-2]
    mask = M_rows(M, N) if M_rows else torch.ones(M, N, dtype=torch.bool).tril(N - M)
    mask = mask & mask.triu(N - M - (reach or window) + 1)
    output, _ = scaled_dot_product_attention(rotate(query, place), both[0], both[1], mask)
    return output, both[..., -window:, :]


def _places(query, seen):
    return torch.arange(seen, seen + query.shape[-2])


def step_from_zero(query, key, value, cache, seen, window):
    return _step(query, key, value, cache, _places(query, 0), window)


def step_from_cache_size(query, key, value, cache, seen, window):
    return _step(query, key, value, cache, _places(query, cache.shape[-2]), window)


def step_cut_before(query, key, value, cache, seen, window):
    return _step(query, key, value, cache, _places(query, seen), window, cut_first=True)


def step_mask_from_start(query, key, value, cache, seen, window):
    M, kept = query.shape[-2], cache.shape[-2]
    place = _places(query, seen)
    both = torch.cat([cache, torch.stack([rotate(key, place), value])], -2)
    mask = torch.ones(M, kept + M, dtype=torch.bool).tril().triu(1 - window)
    output, _ = scaled_dot_product_attention(rotate(query, place), both[0], both[1], mask)
    return output, both[..., -window:, :]


def step_square_mask(query, key, value, cache, seen, window):
    M, place = query.shape[-2], _places(query, seen)
    both = torch.cat([cache, torch.stack([rotate(key, place), value])], -2)
    mask = torch.ones(M, M, dtype=torch.bool).tril()
    scores = rotate(query, place) @ both[0].mT / query.shape[-1] ** 0.5
    return scores.masked_fill(~mask, -torch.inf).softmax(-1) @ both[1], both[..., -window:, :]


def step_window_too_long(query, key, value, cache, seen, window):
    return _step(query, key, value, cache, _places(query, seen), window, reach=window + 1)


def step_without_mask(query, key, value, cache, seen, window):
    place = _places(query, seen)
    both = torch.cat([cache, torch.stack([rotate(key, place), value])], -2)
    output, _ = scaled_dot_product_attention(rotate(query, place), both[0], both[1])
    return output, both[..., -window:, :]


def step_never_cut(query, key, value, cache, seen, window):
    output, _ = step_plainly(query, key, value, cache, seen, window)
    turned = torch.stack([rotate(key, _places(query, seen)), value])
    return output, torch.cat([cache, turned], -2)


def step_cut_late(query, key, value, cache, seen, window):
    output, _ = step_plainly(query, key, value, cache, seen, window)
    both = step_never_cut(query, key, value, cache, seen, window)[1]
    if cache.shape[-2] > window:
        both = both[..., -window:, :]
    return output, both


def step_cut_early(query, key, value, cache, seen, window):
    output, both = step_never_cut(query, key, value, cache, seen, window)
    if cache.shape[-2] and both.shape[-2] >= window:
        both = both[..., query.shape[-2] :, :][..., -window:, :]
    return output, both


def step_key_kept_plain(query, key, value, cache, seen, window):
    output, _ = step_plainly(query, key, value, cache, seen, window)
    return output, torch.cat([cache, torch.stack([key, value])], -2)[..., -window:, :]


def step_unturned(query, key, value, cache, seen, window):
    M, N = query.shape[-2], cache.shape[-2] + query.shape[-2]
    both = torch.cat([cache, torch.stack([key, value])], -2)
    mask = torch.ones(M, N, dtype=torch.bool).tril(N - M).triu(N - M - window + 1)
    output, _ = scaled_dot_product_attention(query, both[0], both[1], mask)
    return output, both[..., -window:, :]


# groups -------------------------------------------------------------------------------------------


def attend(query, key, value, mask=None):
    weights = masked_softmax(query @ key.mT / query.shape[-1] ** 0.5, mask)
    return weights @ value, weights


def groups_by_repeating(query, key, value, mask=None):
    each = query.shape[-3] // key.shape[-3]
    key, value = (torch.repeat_interleave(x, each, dim=-3) for x in (key, value))
    return attend(query, key, value, mask)


def groups_by_an_axis(query, key, value, mask=None):
    G = key.shape[-3]
    asked = rearrange(query, "... (g r) m d -> ... g r m d", g=G)
    output, weights = attend(asked, key[..., None, :, :], value[..., None, :, :], mask)
    return output.flatten(-4, -3), weights.flatten(-4, -3)


def groups_in_a_loop(query, key, value, mask=None):
    each = query.shape[-3] // key.shape[-3]
    parts = [
        attend(query[..., h, :, :], key[..., h // each, :, :], value[..., h // each, :, :], mask)
        for h in range(query.shape[-3])
    ]
    return tuple(torch.stack(part, dim=-3) for part in zip(*parts, strict=True))


def groups_by_index(query, key, value, mask=None):
    head = torch.arange(query.shape[-3]) // (query.shape[-3] // key.shape[-3])
    return attend(query, key[..., head, :, :], value[..., head, :, :], mask)


def groups_by_einops(query, key, value, mask=None):
    r = query.shape[-3] // key.shape[-3]
    key, value = (repeat(x, "... g n d -> ... (g r) n d", r=r) for x in (key, value))
    return attend(query, key, value, mask)


def groups_in_turn(query, key, value, mask=None):
    each = query.shape[-3] // key.shape[-3]
    key, value = (torch.cat([x] * each, dim=-3) for x in (key, value))
    return attend(query, key, value, mask)


def groups_of_the_first(query, key, value, mask=None):
    return attend(query, key[..., :1, :, :], value[..., :1, :, :], mask)


def groups_averaged(query, key, value, mask=None):
    key, value = (x.mean(-3, keepdim=True) for x in (key, value))
    return attend(query, key, value, mask)


def groups_unscaled(query, key, value, mask=None):
    return groups_by_index(query * query.shape[-1] ** 0.5, key, value, mask)


def groups_without_mask(query, key, value, mask=None):
    return groups_by_index(query, key, value)


def groups_split_the_other_way(query, key, value, mask=None):
    G = key.shape[-3]
    asked = rearrange(query, "... (r g) m d -> ... g r m d", g=G)
    output, weights = attend(asked, key[..., None, :, :], value[..., None, :, :], mask)
    return tuple(rearrange(x, "... g r m d -> ... (r g) m d") for x in (output, weights))


RIGHT = {
    "cache_numbers": [
        told(4, 16, 0.5),
        told(4.0, 16.0, 1 / 2),
        told(2 * 32 * 8 * 128 * 2 * 32768 / GIB, 2 * 32 * 32 * 128 * 2 * 32768 / GIB, 0.5),
        told(4, 4 * 4, 4 / 8),
        lambda: dict(reversed(told(4, 16, 0.5)().items())),
    ],
    "newest_mask": [
        newest_by_tril,
        newest_by_last_rows,
        newest_by_joining,
        newest_by_comparing,
        newest_by_loop,
    ],
    "cached_step": [
        step_plainly,
        step_by_pytorch,
        step_token_by_token,
        step_by_rows,
        step_by_bias,
    ],
    "grouped_query_attention": [
        groups_by_repeating,
        groups_by_an_axis,
        groups_in_a_loop,
        groups_by_index,
        groups_by_einops,
    ],
}

WRONG = {
    "cache_numbers": [
        (told(2, 8, 0.25), "factor of 2"),
        (told(16, 16, 2), "32 sets for the grouped"),
        (told(8, 32, 1), "4 bytes"),
        (told(4, 16, 4), "window change nothing"),
        (told(4.295, 17.18, 0.537), "billion bytes"),
        (told(0.125, 0.5, 0.015625), "one layer"),
        (told(7, 3, 1), ""),
    ],
    "newest_mask": [
        (newest_by_first_rows, "at the first key"),
        (newest_square, "square mask"),
        (newest_all_open, "later ones"),
        (newest_without_itself, "from itself"),
        (newest_hidden, "what is hidden"),
    ],
    "cached_step": [
        (step_from_zero, "start again at 0"),
        (step_from_cache_size, "size of the cache"),
        (step_cut_before, "before it was used"),
        (step_mask_from_start, "at the first key"),
        (step_square_mask, "square mask"),
        (step_window_too_long, "one too long"),
        (step_without_mask, "later ones"),
        (step_never_cut, "never cut"),
        (step_cut_late, "exactly the window's length"),
        (step_cut_early, "exactly the window's length"),
        (step_key_kept_plain, "unturned"),
        (step_unturned, "neither queries nor keys"),
    ],
    "grouped_query_attention": [
        (groups_in_turn, "in turn"),
        (groups_of_the_first, "first set"),
        (groups_averaged, "averaged the sets"),
        (groups_unscaled, "forgot to divide"),
        (groups_without_mask, "ignored the mask"),
        (groups_split_the_other_way, "in turn"),
    ],
}
