"""A weighted average of values, and where the weights come from.

First weights that sum to 1 (`normalize`, `softmax`), then the average (`attention_pool`), then the
oldest way to compute weights from a query and keys (kernels, `nadaraya_watson`), last how weights
answer a change of their scores (`softmax_jacobian`). NumPy only; results keep the arguments' dtype.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Real

Kernel = Callable[..., Float[np.ndarray, "*batch M N"]]


def normalize(weights: Real[np.ndarray, "*batch N"]) -> Float[np.ndarray, "*batch N"]:
    """Divide each row by its sum: α_j = w_j / Σ_n w_n. A row of zeros stays zeros.

    Args: weights, non-negative, one row per query.
    Returns: the shares, each row with a positive sum now sums to 1.
    Raises: ValueError for a negative weight.
    Derived in: lesson 02.
    """
    if np.any(weights < 0):
        raise ValueError(f"weights must be non-negative; the smallest is {weights.min():.3g}")
    total = weights.sum(axis=-1, keepdims=True)
    return weights / np.where(total > 0, total, 1)


def softmax(scores: Float[np.ndarray, "*shape"], axis: int = -1) -> Float[np.ndarray, "*shape"]:
    """Turn any scores into weights that sum to 1: α_j = exp(a_j − max a) / Σ_n exp(a_n − max a).

    Args: scores, of any sign and size; axis, the one whose entries compete.
    Returns: positive weights, of the same shape, that sum to 1 along axis.
    Source: Bridle 1990, "Probabilistic interpretation of feedforward outputs", named it.
    Derived in: lesson 02.
    """
    exponentials = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return exponentials / exponentials.sum(axis=axis, keepdims=True)


def attention_pool(
    weights: Float[np.ndarray, "*batch M N"], values: Float[np.ndarray, "*batch N d_v"]
) -> Float[np.ndarray, "*batch M d_v"]:
    """Average the values with one row of weights per query: o_i = Σ_j α_ij v_j.

    Args: weights, taken as they are; values, one per key.
    Returns: one output per query.
    Raises: ValueError if there is not one weight for each value.
    Derived in: lesson 02.
    """
    if weights.shape[-1] != values.shape[-2]:
        sizes = f"{weights.shape[-1]} and {values.shape[-2]}"
        raise ValueError(f"weights and values must share N; got {sizes}")
    return weights @ values


def squared_distance(
    query: Float[np.ndarray, "*batch M d"], keys: Float[np.ndarray, "*batch N d"]
) -> Float[np.ndarray, "*batch M N"]:
    """Measure how far each query is from each key: d²_ij = ‖q_i − k_j‖².

    Args: query and keys, points of the same space.
    Returns: squared distances, queries down, keys across.
    Raises: ValueError if query and keys do not share d.
    Derived in: lesson 02.
    """
    if query.shape[-1] != keys.shape[-1]:
        raise ValueError(f"query and keys must share d; got {query.shape[-1]} and {keys.shape[-1]}")
    difference = query[..., :, None, :] - keys[..., None, :, :]  # *batch M N d
    return np.square(difference).sum(axis=-1)


def gaussian_kernel(
    query: Float[np.ndarray, "*batch M d"], keys: Float[np.ndarray, "*batch N d"], bandwidth: float
) -> Float[np.ndarray, "*batch M N"]:
    """Rate nearness from 1 down to, but never quite, 0: exp(−‖q_i − k_j‖² / (2σ²)).

    Args: query and keys, points of the same space; bandwidth σ, in the keys' unit.
    Returns: weights that are not normalised, queries down, keys across.
    Raises: ValueError if bandwidth is not positive, or query and keys do not share d.
    Derived in: lesson 02.
    """
    return np.exp(_gaussian_scores(query, keys, bandwidth))


def boxcar_kernel(
    query: Float[np.ndarray, "*batch M d"], keys: Float[np.ndarray, "*batch N d"], bandwidth: float
) -> Float[np.ndarray, "*batch M N"]:
    """Count every key within the bandwidth, and no other: 1 where ‖q_i − k_j‖ ≤ bandwidth, else 0.

    Args, Returns, Raises: as `gaussian_kernel`. A query far from all keys gets a row of zeros.
    Derived in: lesson 02.
    """
    _require_positive(bandwidth)
    near = squared_distance(query, keys) <= bandwidth**2
    return near.astype(query.dtype)


def triangular_kernel(
    query: Float[np.ndarray, "*batch M d"], keys: Float[np.ndarray, "*batch N d"], bandwidth: float
) -> Float[np.ndarray, "*batch M N"]:
    """Let nearness fall in a straight line, to 0 at the bandwidth: max(0, 1 − ‖q_i − k_j‖ / σ).

    Args, Returns, Raises: as `gaussian_kernel`. A query far from all keys gets a row of zeros.
    Derived in: lesson 02.
    """
    _require_positive(bandwidth)
    return np.maximum(0, 1 - np.sqrt(squared_distance(query, keys)) / bandwidth)


def epanechnikov_kernel(
    query: Float[np.ndarray, "*batch M d"], keys: Float[np.ndarray, "*batch N d"], bandwidth: float
) -> Float[np.ndarray, "*batch M N"]:
    """Let nearness fall along a parabola, to 0 at the bandwidth: max(0, 1 − ‖q_i − k_j‖² / σ²).

    Args, Returns, Raises: as `gaussian_kernel`. A query far from all keys gets a row of zeros.
    Source: Epanechnikov 1969, "Non-parametric estimation of a multivariate probability density".
    Derived in: lesson 02.
    """
    _require_positive(bandwidth)
    return np.maximum(0, 1 - squared_distance(query, keys) / bandwidth**2)


def kernel_regression(
    query: Float[np.ndarray, "*batch M d"],
    keys: Float[np.ndarray, "*batch N d"],
    values: Float[np.ndarray, "*batch N d_v"],
    bandwidth: float,
    *,
    kernel: Kernel = gaussian_kernel,
) -> Float[np.ndarray, "*batch M d_v"]:
    """Predict by any kernel: o_i = Σ_j κ(q_i, k_j) v_j / Σ_n κ(q_i, k_n).

    Args: as `nadaraya_watson`; kernel, one of the four above.
    Returns: one output per query; zeros where the kernel reaches no key.
    Source: Nadaraya 1964 and Watson 1964, found independently.
    Derived in: lesson 02.
    """
    return attention_pool(normalize(kernel(query, keys, bandwidth)), values)


def nadaraya_watson(
    query: Float[np.ndarray, "*batch M d"],
    keys: Float[np.ndarray, "*batch N d"],
    values: Float[np.ndarray, "*batch N d_v"],
    bandwidth: float,
) -> Float[np.ndarray, "*batch M d_v"]:
    """Predict by the Gaussian kernel: o_i = Σ_j softmax_j(−‖q_i − k_j‖² / (2σ²)) v_j.

    Args: query and keys, points of the same space; values, one per key; bandwidth σ > 0.
    Returns: one output per query, finite however far the query is from all keys.
    Raises: ValueError if bandwidth is not positive, or sizes do not fit.
    Derived in: lesson 02.
    """
    return attention_pool(softmax(_gaussian_scores(query, keys, bandwidth)), values)


def softmax_jacobian(scores: Float[np.ndarray, "*batch N"]) -> Float[np.ndarray, "*batch N N"]:
    """Say how each weight moves with each score: ∂α_i / ∂a_j = α_i (δ_ij − α_j).

    Args: scores, one row or a batch of rows.
    Returns: a symmetric matrix per row of scores; its rows sum to 0.
    Derived in: lesson 02.
    """
    weights = softmax(scores)
    identity = np.eye(scores.shape[-1], dtype=weights.dtype)
    return weights[..., :, None] * (identity - weights[..., None, :])  # *batch N N


def carriers(sizes: Float[np.ndarray, " n"], part: float) -> float:
    """Say which share of n rows, the largest ones, carries a part of the sum of all sizes.

    Args: sizes, not negative; part, of their sum, between 0 and 1.
    Returns: a share, 1/n if one row is enough; equal rows share equally and give `part`.
    Derived in: lesson 02.
    """
    if not 0 < part <= 1:
        raise ValueError(f"part must lie between 0 and 1; got {part:g}")
    reached = np.cumsum(np.sort(sizes)[::-1]) < part * np.sum(sizes) * (1 - 1e-12)
    return float((reached.sum() + 1) / len(sizes))


def _gaussian_scores(query: np.ndarray, keys: np.ndarray, bandwidth: float) -> np.ndarray:
    _require_positive(bandwidth)
    return -squared_distance(query, keys) / (2 * bandwidth**2)


def _require_positive(bandwidth: float) -> None:
    if not bandwidth > 0:
        raise ValueError(f"bandwidth must be positive; got {bandwidth:g}")
