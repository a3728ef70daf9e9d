"""How well a query fits a key.

Every score compares each of M queries with each of N keys: one row per query, one column per key,
larger where the two fit better. Only `distance_score` is the other way round: it is a distance.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor


def dot_score(
    query: Float[Tensor, "*batch M d_k"], key: Float[Tensor, "*batch N d_k"]
) -> Float[Tensor, "*batch M N"]:
    """Multiply and add: a_ij = q_i · k_j, all M × N of them in one product Q Kᵀ.

    Args:
        query: M queries.
        key: N keys, as wide as the queries.

    Returns: scores; grows with both lengths and with the cosine of the angle between them.
    Raises: ValueError if the widths or the batch axes do not fit.
    Source: Luong et al. 2015, section 3.1 ("dot").
    Derived in: lesson 03.
    """
    _require_fit(query, key)
    return query @ key.mT


def scaled_dot_score(
    query: Float[Tensor, "*batch M d_k"], key: Float[Tensor, "*batch N d_k"]
) -> Float[Tensor, "*batch M N"]:
    """Keep the spread at any width: a_ij = q_i · k_j / √d_k.

    The query is divided, not the product: the same number, M d_k divisions in place of M N,
    and in float16 nothing overflows on the way.

    Args and Raises: as `dot_score`.
    Returns: scores of variance 1 where the coordinates of q and k are independent with variance 1.
    Source: Vaswani et al. 2017, section 3.2.1.
    Derived in: lesson 04.
    """
    return dot_score(query / math.sqrt(query.shape[-1]), key)


def cosine_score(
    query: Float[Tensor, "*batch M d_k"], key: Float[Tensor, "*batch N d_k"], *, eps: float = 1e-8
) -> Float[Tensor, "*batch M N"]:
    """Compare directions only: a_ij = q_i · k_j / (|q_i| |k_j|), between −1 and 1.

    Args:
        query, key: as `dot_score`.
        eps: least length divided by, so that a zero vector scores 0.

    Raises: as `dot_score`.
    Source: Graves et al. 2014, equation 6.
    Derived in: lesson 03.
    """
    return dot_score(_unit(query, eps), _unit(key, eps))


def bilinear_score(
    query: Float[Tensor, "*batch M d_q"],
    key: Float[Tensor, "*batch N d_k"],
    W: Float[Tensor, "d_q d_k"],
) -> Float[Tensor, "*batch M N"]:
    """Learn which coordinates belong together: a_ij = q_iᵀ W k_j.

    Args:
        query: M queries of width d_q.
        key: N keys of width d_k, which may differ from d_q.
        W: d_q × d_k parameters.

    Raises: ValueError if W does not lie between the two widths.
    Source: Luong et al. 2015, section 3.1 ("general").
    Derived in: lesson 03.
    """
    if W.shape != (query.shape[-1], key.shape[-1]):
        wanted = f"({query.shape[-1]}, {key.shape[-1]})"
        raise ValueError(f"W must be d_q × d_k = {wanted}; got {tuple(W.shape)}")
    return dot_score(query @ W, key)


def additive_score(
    query: Float[Tensor, "*batch M d_q"],
    key: Float[Tensor, "*batch N d_k"],
    W_q: Float[Tensor, "d_q hidden"],
    W_k: Float[Tensor, "d_k hidden"],
    w_v: Float[Tensor, " hidden"],
) -> Float[Tensor, "*batch M N"]:
    """Ask a small network: a_ij = w_v · tanh(q_i W_q + k_j W_k).

    Args:
        query, key: M queries and N keys; their widths may differ.
        W_q, W_k: bring both to the same hidden width.
        w_v: reads one number off each hidden vector.

    Raises: ValueError if the widths do not fit.
    Source: Bahdanau et al. 2015, appendix A.1.2.
    Derived in: lesson 03.
    """
    _require_additive_fit(query, key, W_q, W_k, w_v)
    hidden = (query @ W_q).unsqueeze(-2) + (key @ W_k).unsqueeze(-3)  # *batch M N hidden
    return torch.tanh(hidden) @ w_v


def distance_score(
    query: Float[Tensor, "*batch M d_k"], key: Float[Tensor, "*batch N d_k"]
) -> Float[Tensor, "*batch M N"]:
    """Measure squared distance by dot products alone: |q_i − k_j|² = |q_i|² − 2 q_i · k_j + |k_j|².

    Args and Raises: as `dot_score`.
    Returns: squared distances, 0 or more; small where the two fit.
    Derived in: lesson 03.
    """
    products = dot_score(query, key)
    q_squared, k_squared = query.square().sum(-1), key.square().sum(-1)  # *batch M, *batch N
    return (q_squared.unsqueeze(-1) - 2 * products + k_squared.unsqueeze(-2)).clamp_min(0)


def gaussian_score(
    query: Float[Tensor, "*batch M d_k"],
    key: Float[Tensor, "*batch N d_k"],
    *,
    bandwidth: float = 1.0,
) -> Float[Tensor, "*batch M N"]:
    """Prefer what is near: a_ij = −‖q_i − k_j‖² / (2σ²), whose softmax is a Gaussian kernel's.

    Args:
        query, key: as `dot_score`.
        bandwidth: σ, the distance at which exp(a_ij) has fallen to 0.61; more than 0.

    Raises: as `dot_score`.
    Source: Nadaraya 1964; Watson 1964.
    Derived in: lesson 03.
    """
    if bandwidth <= 0:
        raise ValueError(f"bandwidth must be more than 0; got {bandwidth}")
    return -distance_score(query, key) / (2 * bandwidth**2)


def _unit(x: Float[Tensor, "*batch n d"], eps: float) -> Float[Tensor, "*batch n d"]:
    return x / x.norm(dim=-1, keepdim=True).clamp_min(eps)


def _require_fit(query: Tensor, key: Tensor) -> None:
    if query.shape[-1] != key.shape[-1]:
        raise ValueError(f"query and key must share d_k; got {query.shape[-1]} and {key.shape[-1]}")
    _require_batch(query, key)


def _require_additive_fit(query: Tensor, key: Tensor, W_q: Tensor, W_k: Tensor, w_v: Tensor):
    if query.shape[-1] != W_q.shape[0] or key.shape[-1] != W_k.shape[0]:
        raise ValueError(
            "W_q and W_k must have d_q and d_k rows; "
            f"got {W_q.shape[0]} and {W_k.shape[0]} for {query.shape[-1]} and {key.shape[-1]}"
        )
    if not W_q.shape[1] == W_k.shape[1] == len(w_v):
        widths = f"{W_q.shape[1]}, {W_k.shape[1]} and {len(w_v)}"
        raise ValueError(f"W_q, W_k and w_v must share the hidden width; got {widths}")
    _require_batch(query, key)


def _require_batch(query: Tensor, key: Tensor) -> None:
    if query.shape[:-2] != key.shape[:-2]:
        got = f"{tuple(query.shape[:-2])} and {tuple(key.shape[:-2])}"
        raise ValueError(f"query and key must share their batch axes; got {got}")
