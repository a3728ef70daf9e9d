"""Answers to lesson 01 as learners write them: right ones, however written, and wrong ones."""

import math

import numpy as np
import torch
from scipy.spatial.distance import cdist
from scipy.special import logsumexp
from scipy.special import softmax as scipy_softmax

# Right --------------------------------------------------------------------------------------------


def exact_by_loops(query, keys, values):
    for j in range(keys.shape[0]):
        same = True
        for c in range(keys.shape[1]):
            if keys[j, c] != query[c]:
                same = False
        if same:
            return values[j]
    raise KeyError("no valid answer")


def exact_by_dict(query, keys, values):
    table = {}
    for key, value in zip(keys.tolist(), values, strict=True):
        table.setdefault(tuple(key), value)
    return table[tuple(query.tolist())]


def exact_by_where(query, keys, values):
    places = np.where(np.all(np.equal(query[None, :], keys), axis=1))[0]
    if len(places) == 0:
        raise KeyError(query)
    return values[places[0]].copy()


def exact_by_next(query, keys, values):
    try:
        return next(v for k, v in zip(keys, values, strict=True) if np.array_equal(k, query))
    except StopIteration:
        raise KeyError(f"{query} is not in the table") from None


def exact_by_zero_distance(query, keys, values):
    distance = np.abs(keys - query).sum(axis=1)
    if distance.min() != 0:
        raise KeyError("no valid answer")
    return values[np.argmin(distance)]


def exact_by_subclass(query, keys, values):
    class MissingEntryError(KeyError):
        pass

    matches = np.flatnonzero(~(keys != query).any(1))
    if not matches.size:
        raise KeyError from MissingEntryError()
    return np.take(values, matches[0], axis=0)


def nearest_by_loops(query, keys, values):
    best, least = None, math.inf
    for key, value in zip(keys, values, strict=True):
        distance = sum((float(a) - float(b)) ** 2 for a, b in zip(query, key, strict=True))
        if distance < least:
            best, least = value, distance
    return best


def nearest_by_norm(query, keys, values):
    return values[np.argmin(np.linalg.norm(keys - query, axis=1))]


def nearest_by_einsum(query, keys, values):
    difference = query - keys
    return values[np.einsum("nd,nd->n", difference, difference).argmin()]


def nearest_by_cdist(query, keys, values):
    return values[cdist(query[None], keys)[0].argmin()]


def nearest_by_expanding(query, keys, values):
    keys, query = keys.astype(float), query.astype(float)
    return values[((keys**2).sum(1) - 2 * keys @ query + query @ query).argmin()]


def nearest_by_min(query, keys, values):
    return min(zip(keys, values, strict=True), key=lambda e: ((e[0] - query) ** 2).sum())[1]


def nearest_by_one_hot(query, keys, values):
    distance = ((keys - query) ** 2).sum(1)
    chosen = np.zeros(len(keys), dtype=values.dtype)
    chosen[distance.argmin()] = 1
    return chosen @ values


def attend_by_loops(query, keys, values):
    output = np.zeros((len(query), values.shape[1]))
    for i in range(len(query)):
        powers = [math.exp(float(query[i] @ key)) for key in keys]
        for power, value in zip(powers, values, strict=True):
            output[i] += power / sum(powers) * value
    return output


def attend_row_by_row(query, keys, values):
    rows = []
    for one in query:
        weights = np.exp(keys @ one)
        rows.append(weights / weights.sum() @ values)
    return np.stack(rows)


def attend_by_scipy(query, keys, values):
    return scipy_softmax(query @ keys.T, axis=1) @ values


def attend_by_einsum(query, keys, values):
    powers = np.exp(np.einsum("md,nd->mn", query, keys))
    return np.einsum("mn,nv->mv", powers / powers.sum(1)[:, None], values)


def attend_keys_down(query, keys, values):
    weights = np.exp(keys @ query.T)  # N × M
    return (weights / weights.sum(axis=0)).T @ values


def attend_divides_last(query, keys, values):
    powers = np.exp(query @ keys.T)
    return powers @ values / powers.sum(axis=-1, keepdims=True)


def attend_by_torch(query, keys, values):
    tables = (torch.tensor(x, dtype=torch.float64)[None] for x in (query, keys, values))
    found = torch.nn.functional.scaled_dot_product_attention(*tables, scale=1.0)
    return found[0].numpy().astype(np.result_type(values, np.float32))


def attend_stably(query, keys, values):
    scores = query.dot(keys.transpose())
    weights = np.exp(scores - logsumexp(scores, axis=1, keepdims=True))
    return weights.dot(values)


def soft_by_loops(query, keys, values, temperature=1.0):
    distance = [sum((q - c) ** 2 for q, c in zip(query, key, strict=True)) for key in keys]
    least = min(distance)
    shares = [math.exp(-(d - least) / temperature) for d in distance]
    output = np.zeros(values.shape[1])
    for share, value in zip(shares, values, strict=True):
        output += share / sum(shares) * value
    return output


def soft_by_scipy(query, keys, values, temperature=1.0):
    return scipy_softmax(-cdist(query[None], keys, "sqeuclidean")[0] / temperature) @ values


def soft_by_logsumexp(query, keys, values, temperature=1.0):
    scores = -((keys - query) ** 2).sum(1) / temperature
    return np.exp(scores - logsumexp(scores)) @ values


def soft_by_norm(query, keys, values, temperature=1.0):
    scores = -(np.linalg.norm(keys - query, axis=1) ** 2) / temperature
    weights = np.exp(scores - scores.max())
    return np.average(values, axis=0, weights=weights)


def soft_by_terms(query, keys, values, temperature=1.0):
    scores = -((query[None, :] - keys) ** 2).sum(axis=1, keepdims=True) / temperature
    weights = np.exp(scores - np.max(scores))
    return (weights * values).sum(axis=0) / weights.sum()


def soft_by_einsum(query, keys, values, temperature=1.0):
    distance = np.einsum("nd,nd->n", keys - query, keys - query).astype(np.float64)
    weights = np.exp((distance.min() - distance) / temperature)
    return np.einsum("n,nd->d", weights / weights.sum(), values).astype(values.dtype)


def soft_by_torch(query, keys, values, temperature=1.0):
    scores = -((torch.tensor(keys) - torch.tensor(query)) ** 2).sum(1) / temperature
    return (torch.softmax(scores, 0) @ torch.tensor(values)).numpy()


def soft_by_expanding(query, keys, values, temperature=1.0):
    scores = (2 * keys @ query - (keys**2).sum(1)) / temperature  # ‖q‖² cancels
    weights = np.exp(scores - scores.max())
    return values.T @ (weights / weights.sum())


# lookup_or_nothing --------------------------------------------------------------------------------


def _near_by_loop(query, keys, values, reach):
    best, found = reach, None
    for key, value in zip(keys, values, strict=True):
        far = np.linalg.norm(key - query)
        if far <= best and (found is None or far < best):
            best, found = far, value
    if found is None:
        raise KeyError("no valid answer")
    return found


def _near_by_norm(query, keys, values, reach):
    far = np.linalg.norm(keys - query, axis=1)
    if (far <= reach).any():
        return values[np.argmin(far)]
    raise KeyError


def _near_by_square(query, keys, values, reach):
    squared = np.square(query - keys).sum(-1)
    if squared.min() > reach**2:
        raise KeyError(query)
    return values[squared.argmin()]


def _near_by_sorting(query, keys, values, reach):
    far = np.sqrt(((keys - query) ** 2).sum(1))
    first = np.argsort(far, kind="stable")[0]
    if far[first] > reach:
        raise KeyError("none")
    return values[first]


def _near_by_selection(query, keys, values, reach):
    far = np.sqrt(((keys - query) ** 2).sum(1))
    near = far <= reach
    if not near.any():
        raise KeyError("none")
    return values[near][far[near].argmin()]


def _first_within_reach(query, keys, values, reach):
    far = np.linalg.norm(keys - query, axis=1)
    if not (far <= reach).any():
        raise KeyError
    return values[(far <= reach).argmax()]


def _sure_enough(query, keys, values, reach):
    closeness = np.exp(-np.square(keys - query).sum(-1) + np.square(keys - query).sum(-1).min())
    if closeness.max() / closeness.sum() < 0.5:
        raise KeyError
    return values[closeness.argmax()]


def _squared_within_reach(query, keys, values, reach):
    squared = np.square(keys - query).sum(-1)
    if squared.min() > reach:
        raise KeyError
    return values[squared.argmin()]


def _nearest_anyway(query, keys, values, reach):
    return values[np.square(keys - query).sum(-1).argmin()]


RIGHT = {
    "outputs_at_both_ends": [
        lambda: (25, 30),
        lambda: [25.0, 30.0],
        lambda: ((20 + 30) / 2, (10 + 20 + 30 + 60) / 4),
        lambda: np.array([25, 30]).tolist(),
        lambda: (np.mean([20, 30]), np.mean([10, 20, 30, 60])),
    ],
    "lookup_or_nothing": [
        _near_by_loop,
        _near_by_norm,
        _near_by_square,
        _near_by_sorting,
        _near_by_selection,
    ],
    "exact_lookup": [
        exact_by_loops,
        exact_by_dict,
        exact_by_where,
        exact_by_next,
        exact_by_zero_distance,
        exact_by_subclass,
    ],
    "nearest_lookup": [
        nearest_by_loops,
        nearest_by_norm,
        nearest_by_einsum,
        nearest_by_cdist,
        nearest_by_expanding,
        nearest_by_min,
        nearest_by_one_hot,
    ],
    "attend": [
        attend_by_loops,
        attend_row_by_row,
        attend_by_scipy,
        attend_by_einsum,
        attend_keys_down,
        attend_divides_last,
        attend_by_torch,
        attend_stably,
    ],
    "soft_lookup": [
        soft_by_loops,
        soft_by_scipy,
        soft_by_logsumexp,
        soft_by_norm,
        soft_by_terms,
        soft_by_einsum,
        soft_by_torch,
        soft_by_expanding,
    ],
}

# Wrong --------------------------------------------------------------------------------------------


def exact_falls_through(query, keys, values):
    for key, value in zip(keys, values, strict=True):
        if (key == query).all():
            return value


def exact_gives_up_at_once(query, keys, values):
    for key, value in zip(keys, values, strict=True):
        if (key == query).all():
            return value
        raise KeyError("not found")


def exact_in_any_number(query, keys, values):
    for key, value in zip(keys, values, strict=True):
        if np.any(key == query):
            return value
    raise KeyError("not found")


def exact_overwrites(query, keys, values):
    found = None
    for key, value in zip(keys, values, strict=True):
        if np.array_equal(key, query):
            found = value
    if found is None:
        raise KeyError("not found")
    return found


def exact_of_all_in_list(query, keys, values):
    for key, value in zip(keys, values, strict=True):
        if all(number in query for number in key):
            return value
    raise KeyError("not found")


def exact_then_sorts_the_callers_keys(query, keys, values):
    result = exact_by_where(query, keys, values)
    keys.sort(axis=0)
    return result


def exact_last_or_none(query, keys, values):
    found = None
    for key, value in zip(keys, values, strict=True):
        if np.array_equal(key, query):
            found = value
    return found


def exact_any_and_first(query, keys, values):
    return values[(keys == query).any(axis=1).argmax()]


def nearest_with_or_equal(query, keys, values):
    best, least = None, math.inf
    for key, value in zip(keys, values, strict=True):
        distance = ((key - query) ** 2).sum()
        if distance <= least:
            best, least = value, distance
    return best


def nearest_scales_in_place(query, keys, values):
    keys -= query.astype(keys.dtype)
    return values[(keys**2).sum(1).argmin()]


def attend_overwrites_the_query(query, keys, values):
    powers = np.exp(query @ keys.T)
    query *= 0
    return powers @ values / powers.sum(axis=-1, keepdims=True)


def attend_one_query_at_a_time_but_returns_too_early(query, keys, values):
    for one in query:
        weights = np.exp(keys @ one)
        return weights / weights.sum() @ values


def attend_adds_the_outputs_up(query, keys, values):
    output = np.zeros(values.shape[1])
    for one in query:
        weights = np.exp(keys @ one)
        output = output + weights / weights.sum() @ values
    return output


def soft_in_float32(query, keys, values, temperature=1.0):
    squared = ((keys - query) ** 2).sum(1).astype(np.float32)
    weights = np.exp(-(squared - squared.min()) / temperature)
    return weights @ values / weights.sum()


def soft_loop_without_sum(query, keys, values, temperature=1.0):
    output = np.zeros(values.shape[1])
    for key, value in zip(keys, values, strict=True):
        output += math.exp(-((key - query) ** 2).sum() / temperature) * value
    return output


def soft_overwrites_values(query, keys, values, temperature=1.0):
    scores = -((keys - query) ** 2).sum(1) / temperature
    weights = np.exp(scores - scores.max())
    values *= (weights / weights.sum())[:, None].astype(values.dtype)
    return values.sum(axis=0)


def soft_clips(query, keys, values, temperature=1.0):
    scores = np.clip(-((keys - query) ** 2).sum(1) / temperature, -700, None)
    weights = np.exp(scores)
    return weights / weights.sum() @ values


def soft_nan_to_num(query, keys, values, temperature=1.0):
    weights = np.exp(-((keys - query) ** 2).sum(1) / temperature)
    return np.nan_to_num(weights / weights.sum()) @ values


def weigh(scores):
    """A right softmax, for answers that are wrong before or after it."""
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()


def square(query, keys):
    return ((keys - query) ** 2).sum(1)


WRONG = {
    "outputs_at_both_ends": [
        (lambda: (20, 30), "chose one of two equally near keys"),
        (lambda: (30, 25), "exchanged cold and hot"),
        (lambda: (25, 60), "took the farthest key"),
        (lambda: (25, 25), ""),
    ],
    "lookup_or_nothing": [
        (_sure_enough, "asked the weights"),
        (_squared_within_reach, "compared the squared distance"),
        (_nearest_anyway, "never said no"),
        (_first_within_reach, ""),
    ],
    "exact_lookup": [
        (exact_falls_through, "returned None when no key matches"),
        (exact_gives_up_at_once, "gave up after the first key"),
        (exact_in_any_number, "only some of its numbers"),
        (exact_overwrites, "the last of several"),
        (exact_of_all_in_list, "order of the numbers"),
        (exact_then_sorts_the_callers_keys, "changed the argument `keys`"),
        (exact_last_or_none, "returned None when no key matches"),
        (exact_any_and_first, "only some of its numbers"),
        (lambda q, k, v: v[(k == q).all(1)][0], "raised an IndexError where a KeyError is due"),
        (lambda q, k, v: v[np.where((k == q).all(1))], "all matches"),
        (lambda q, k, v: v[np.argmax((k == q).all(1))], "first value when no key"),
        (
            lambda q, k, v: v[k.tolist().index(q.tolist())],
            "a ValueError where a KeyError is due",
        ),
        (lambda q, k, v: v[np.isclose(k, q).all(1).argmax()], "tolerance"),
        (lambda q, k, v: v[np.abs(k - q).sum(1).argmin()], "nearest"),
        (lambda q, k, v: v[list(k[:, 0]).index(q[0])], "first number of each key"),
        (lambda q, k, v: k[np.where((k == q).all(1))[0][0]], "returned the key"),
        (lambda q, k, v: np.where((k == q).all(1))[0][0], "entry's number"),
        (lambda q, k, v: ((k == q).all(1)).astype(float) @ v, "values of all matches"),
        (lambda q, k, v: dict(zip(map(tuple, k), v, strict=True))[tuple(q)], "last of several"),
        (lambda q, k, v: dict(zip(map(tuple, k), v, strict=True)).get(tuple(q)), "None"),
        (lambda q, k, v: exact_by_where(q, k, v)[None], "axis around the value"),
        (lambda q, k, v: exact_by_where(q, k, v).tolist(), "not a NumPy array"),
        (lambda q, k, v: v[k == q], "whole table of comparisons"),
    ],
    "nearest_lookup": [
        (nearest_with_or_equal, "last of equally near"),
        (nearest_scales_in_place, "changed the argument `keys`"),
        (lambda q, k, v: v[square(q, k).argmax()], "farthest"),
        (lambda q, k, v: k[square(q, k).argmin()], "not its value"),
        (lambda q, k, v: square(q, k).argmin(), "entry's number"),
        (lambda q, k, v: square(q, k).min(), "distance"),
        (lambda q, k, v: v[[square(q, k).argmin()]], "axis around"),
        (lambda q, k, v: v[(k @ q).argmax()], "dot product"),
        (lambda q, k, v: v[(k @ q).argmin()], "farthest"),
        (lambda q, k, v: v[np.abs(k - q).sum(1).argmin()], "absolute differences"),
        (lambda q, k, v: v[np.abs(k - q).max(1).argmin()], "largest difference"),
        (lambda q, k, v: v[(k - q).sum(1).argmin()], "without squaring"),
        (lambda q, k, v: v[np.abs((k - q).sum(1)).argmin()], "squared after adding up"),
        (lambda q, k, v: v[((k - q).sum(1) ** 2).argmin()], "squared after adding up"),
        (lambda q, k, v: v[np.abs(k[:, 0] - q[0]).argmin()], "first number of each key"),
        (lambda q, k, v: v[((k - q) ** 2).argmin() // k.shape[1]], "whole table"),
        (lambda q, k, v: v[((k - q) ** 2).argmin()], "whole table"),
        (lambda q, k, v: v[((k - q) ** 2).sum(0).argmin()], "over the keys"),
        (lambda q, k, v: exact_by_where(q, k, v), "raised KeyError when no key is equal"),
        (lambda q, k, v: v.mean(0), "averaged all values"),
        (lambda q, k, v: scipy_softmax(-square(q, k)) @ v, "softly"),
        (lambda q, k, v: k[square(q, k).argmax()], "farthest"),
        (lambda q, k, v: v[square(q, k).argsort()[1]], "second nearest"),
        (lambda q, k, v: nearest_by_norm(q, k, v).round(1), "rounded"),
    ],
    "attend": [
        (attend_overwrites_the_query, "changed the argument `query`"),
        (attend_one_query_at_a_time_but_returns_too_early, "answered only the first query"),
        (attend_adds_the_outputs_up, "added up the outputs of all queries"),
        (lambda q, k, v: scipy_softmax(q @ k.T, axis=0) @ v, "over the queries"),
        (lambda q, k, v: scipy_softmax(q @ k.T) @ v, "queries and keys together"),
        (lambda q, k, v: np.exp(q @ k.T) @ v, "did not divide the exponentials"),
        (lambda q, k, v: np.exp(q @ k.T) / np.exp(q @ k.T).sum(1) @ v, "lost the axis"),
        (lambda q, k, v: np.exp(q @ k.T) / len(k) @ v, "by the number of keys"),
        (lambda q, k, v: (q @ k.T) @ v, "scores themselves"),
        (lambda q, k, v: scipy_softmax(q @ k.T, axis=1), "returned the weights"),
        (lambda q, k, v: v[(q @ k.T).argmax(1)], "best fit"),
        (lambda q, k, v: scipy_softmax(-(cdist(q, k) ** 2), axis=1) @ v, "by their distance"),
        (lambda q, k, v: scipy_softmax(q @ k.T / k.shape[1] ** 0.5, axis=1) @ v, "√d_k"),
        (lambda q, k, v: scipy_softmax(q @ k.T, axis=1) @ k, "mixed the keys"),
        (lambda q, k, v: (scipy_softmax(q @ k.T, axis=1) @ v).T, "transpose"),
        (lambda q, k, v: scipy_softmax(-q @ k.T, axis=1) @ v, "least weight"),
        (lambda q, k, v: np.tile(v.mean(0), (len(q), 1)), "all values alike"),
    ],
    "soft_lookup": [
        (soft_in_float32, "float32"),
        (soft_loop_without_sum, "did not divide the weights"),
        (soft_overwrites_values, "changed the argument `values`"),
        (soft_clips, "clipped"),
        (soft_nan_to_num, "replaced NaN"),
        (lambda q, k, v, t=1.0: weigh(square(q, k) / t) @ v, "left out the minus"),
        (lambda q, k, v, t=1.0: weigh(-square(q, k) * t) @ v, "multiplied by the temperature"),
        (lambda q, k, v, t=1.0: weigh(-square(q, k)) @ v, "ignored the temperature"),
        (lambda q, k, v, t=1.0: weigh(-square(q, k) / (2 * t**2)) @ v, "2t²"),
        (lambda q, k, v, t=1.0: weigh(-square(q, k) / t**2) @ v, "squared the temperature"),
        (lambda q, k, v, t=1.0: weigh(-(square(q, k) ** 0.5) / t) @ v, "not its square"),
        (lambda q, k, v, t=1.0: weigh(k @ q / t) @ v, "dot product"),
        (lambda q, k, v, t=1.0: weigh(-np.abs(k - q).sum(1) / t) @ v, "absolute differences"),
        (lambda q, k, v, t=1.0: weigh(-((k - q) ** 2).mean(1) / t) @ v, "averaged the squares"),
        (lambda q, k, v, t=1.0: weigh(-square(q, k) / t), "returned the weights"),
        (lambda q, k, v, t=1.0: weigh(-square(q, k) / t)[:, None] * v, "did not add them up"),
        (lambda q, k, v, t=1.0: weigh(-square(q, k) / t) @ k, "averaged the keys"),
        (
            lambda q, k, v, t=1.0: (weigh(-square(q, k) / t)[:, None] * v).mean(0),
            "number of entries",
        ),
        (lambda q, k, v, t=1.0: v.mean(0), "averaged all values alike"),
        (lambda q, k, v, t=1.0: v[square(q, k).argmin()], "nearest value"),
        (
            lambda q, k, v, t=1.0: (weigh(-square(q, k) / t) @ v, weigh(-square(q, k) / t)),
            "together",
        ),
        (
            lambda q, k, v, t=1.0: np.exp(-square(q, k) / t) / np.exp(-square(q, k) / t).sum() @ v,
            "before shifting",
        ),
        (
            lambda q, k, v, t=1.0: (
                np.exp(-square(q, k) / t) / (np.exp(-square(q, k) / t).sum() + 1e-12) @ v
            ),
            "small number in the denominator",
        ),
        (lambda q, k, v, t=1.0: -square(q, k) / t @ v, "exponents as weights"),
        (lambda q, k, v, t=1.0: square(q, k) / square(q, k).sum() @ v, "left out the exponential"),
        (lambda q, k, v, t=1.0: weigh(square(q, k) * t) @ v, "left out the minus"),
        # Two slips that undo one another where all is told apart anyway: nothing is named.
        (lambda q, k, v, t=1.0: weigh(-(square(q, k) ** 0.5) * t) @ v, ""),
        (lambda q, k, v, t=1.0: (weigh(-square(q, k) / t) @ v)[None], "axis around"),
        (lambda q, k, v, t=1.0: (weigh(-square(q, k) / t) @ v).astype("float32"), "float32"),
    ],
}
