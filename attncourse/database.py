"""A lookup, from exact to soft.

A table holds N entries, each a key and a value; a query asks for a value. The lookups differ only
in how they turn the query and the keys into a choice: equal, nearest, weighted by nearness, or
weighted by the dot product, as attention is. NumPy only; all but `attend` take one query.
"""

import numpy as np
from jaxtyping import Num, Shaped


def exact_lookup(
    query: Num[np.ndarray, " d_k"],
    keys: Num[np.ndarray, "N d_k"],
    values: Shaped[np.ndarray, "N ..."],
) -> Shaped[np.ndarray, "..."] | np.generic:
    """Find the value whose key equals the query in every number; the first one if there are more.

    Args: query, one vector; keys and values, one row per entry; a value may be a word.
    Returns: the value.
    Raises: KeyError if no key equals the query, since then there is no valid answer.
    Derived in: lesson 01.
    """
    _require_a_table(query, keys, values)
    equal = (keys == query).all(axis=-1)
    if not equal.any():
        raise KeyError(f"no valid answer: {query.tolist()} is none of the {len(keys)} keys")
    return values[equal.argmax()]


def squared_distances(
    query: Num[np.ndarray, " d_k"], keys: Num[np.ndarray, "N d_k"]
) -> Num[np.ndarray, " N"]:
    """Measure how far each key is from one query: d²_j = Σ_c (q_c − k_jc)².

    Args: query, one vector; keys, one per row.
    Returns: one squared distance per key.
    Derived in: lesson 01.
    """
    return np.square(keys - query).sum(axis=-1)


def nearest_lookup(
    query: Num[np.ndarray, " d_k"],
    keys: Num[np.ndarray, "N d_k"],
    values: Shaped[np.ndarray, "N ..."],
) -> Shaped[np.ndarray, "..."] | np.generic:
    """Find the value whose key is nearest to the query; of equally near ones the first.

    Args: query, one vector; keys and values, one row per entry; a value may be a word.
    Returns: the value. There always is one, however far its key.
    Derived in: lesson 01.
    """
    _require_a_table(query, keys, values)
    return values[squared_distances(query, keys).argmin()]


def soft_weights(
    query: Num[np.ndarray, " d_k"], keys: Num[np.ndarray, "N d_k"], temperature: float = 1.0
) -> Num[np.ndarray, " N"]:
    """Share out 1 over the keys, near ones first: α_j = exp(−d²_j / t) / Σ_n exp(−d²_n / t).

    Args: query, one vector; keys, one per row; temperature t, in the unit of the keys, squared.
    Returns: weights that sum to 1. All equal for a large t, a single 1 for a small one.
    Raises: ValueError if the temperature is not positive.
    Derived in: lesson 01.
    """
    if not temperature > 0:
        raise ValueError(f"temperature must be positive; got {temperature}")
    distances = squared_distances(query, keys)
    return _softmax((distances.min() - distances) / temperature)  # first the nearest becomes 0


def soft_lookup(
    query: Num[np.ndarray, " d_k"],
    keys: Num[np.ndarray, "N d_k"],
    values: Num[np.ndarray, "N ..."],
    temperature: float = 1.0,
) -> Num[np.ndarray, "..."] | np.generic:
    """Average all values, those of near keys most: Σ_j α_j v_j.

    Args: query, one vector; keys and values, one row of numbers per entry; temperature, as in
        `soft_weights`.
    Returns: the average. The mean of the values for a large temperature, the nearest for a small.
    Raises: ValueError if the temperature is not positive.
    Derived in: lesson 01.
    """
    _require_a_table(query, keys, values)
    return soft_weights(query, keys, temperature) @ values


def attend(
    query: Num[np.ndarray, "M d_k"],
    keys: Num[np.ndarray, "N d_k"],
    values: Num[np.ndarray, "N d_v"],
) -> Num[np.ndarray, "M d_v"]:
    """Answer each query with a mixture of all values: o_i = Σ_j α_ij v_j, α_ij ∝ exp(q_i · k_j).

    Args: query, M of them, one per row; keys and values, one row per entry.
    Returns: one output per query; the weights of each add up to 1 over the keys.
    Raises: ValueError if the shapes do not fit.
    Derived in: lesson 01.
    """
    if query.ndim != 2 or len(query) == 0:
        raise ValueError(f"query must have shape (M, d_k), M from 1; got {query.shape}")
    _require_a_table(query[0], keys, values)
    return _softmax(query @ keys.T) @ values


def _softmax(scores):
    # Measured from the best fit, so that one exponential is 1 and their sum is never 0.
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _require_a_table(query, keys, values):
    if query.ndim != 1 or keys.ndim != 2 or len(query) != keys.shape[1]:
        shapes = f"{query.shape} and {keys.shape}"
        raise ValueError(f"query and keys must have shapes (d_k,) and (N, d_k); got {shapes}")
    if len(keys) != len(values):
        raise ValueError(f"keys and values must share N; got {len(keys)} and {len(values)}")
    if len(keys) == 0:
        raise ValueError("a table needs at least one entry; got 0")
