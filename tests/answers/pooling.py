"""Answers to lesson 02 as learners write them: right ones, however written, and wrong ones."""

import itertools
import math

import numpy as np
import torch
from scipy.spatial.distance import cdist
from scipy.special import logsumexp
from scipy.special import softmax as scipy_softmax
from sklearn.metrics.pairwise import rbf_kernel

# Right --------------------------------------------------------------------------------------------


def normalize_loop(weights):
    rows = weights.reshape(-1, weights.shape[-1])
    shares = np.zeros(rows.shape)
    for i, row in enumerate(rows):
        total = 0.0
        for weight in row:
            total += weight
        for j, weight in enumerate(row):
            shares[i, j] = weight / total
    return shares.reshape(weights.shape)


def normalize_in_place_on_a_copy(weights):
    shares = weights.astype(np.result_type(weights, np.float32))
    shares /= shares.sum(axis=-1)[..., None]
    return shares


def normalize_with_zero_rows(weights):
    total = np.sum(weights, -1, keepdims=True)
    return np.divide(weights, total, out=np.zeros(weights.shape), where=total != 0)


def normalize_by_ones(weights):
    return weights / (weights @ np.ones(weights.shape[-1]))[..., np.newaxis]


def normalize_along_axis(weights):
    return np.apply_along_axis(lambda row: row / row.sum(), -1, weights)


def normalize_torch(weights):
    return torch.nn.functional.normalize(
        torch.tensor(weights, dtype=torch.float64), p=1, dim=-1
    ).numpy()


def softmax_logsumexp(scores, axis=-1):
    return np.exp(scores - logsumexp(scores, axis=axis, keepdims=True))


def softmax_moved_axis(scores, axis=-1):
    rows = np.moveaxis(scores, axis, -1)
    powers = np.exp(rows - np.max(rows, -1)[..., None])
    return np.moveaxis(powers / powers.sum(-1)[..., None], -1, axis)


def softmax_loop(scores, axis=-1):
    rows = np.moveaxis(np.array(scores, dtype=float), axis, -1)
    for index in itertools.product(*map(range, rows.shape[:-1])):
        top = max(rows[index])
        powers = [math.exp(score - top) for score in rows[index]]
        rows[index] = [power / sum(powers) for power in powers]
    return np.moveaxis(rows, -1, axis)


def softmax_in_place_on_a_copy(scores, axis=-1):
    powers = np.array(scores)
    powers -= np.amax(powers, axis=axis, keepdims=True)
    np.exp(powers, out=powers)
    powers /= powers.sum(axis=axis, keepdims=True)
    return powers


def softmax_torch(scores, axis=-1):
    return torch.softmax(torch.from_numpy(scores.copy()), dim=axis).numpy()


def softmax_by_differences(scores, axis=-1):
    rows = np.moveaxis(scores, axis, -1)
    with np.errstate(over="ignore"):
        shares = 1 / np.exp(rows[..., None, :] - rows[..., :, None]).sum(-1)
    return np.moveaxis(shares, -1, axis)


def pool_einsum(weights, values):
    return np.einsum("...mn,...nd->...md", weights, values)


def pool_broadcast(weights, values):
    return (weights[..., :, :, None] * values[..., None, :, :]).sum(axis=-2)


def pool_loop(weights, values):
    output = np.zeros((*weights.shape[:-1], values.shape[-1]))
    for j in range(weights.shape[-1]):
        output += weights[..., :, j, None] * values[..., None, j, :]
    return output


def pool_all_loops(weights, values):
    output = np.zeros((*weights.shape[:-1], values.shape[-1]))
    for index in np.ndindex(output.shape):
        *batch, i, d = index
        for j in range(weights.shape[-1]):
            output[index] += weights[(*batch, i, j)] * values[(*batch, j, d)]
    return output


def pool_from_the_right(weights, values):
    return np.swapaxes(np.swapaxes(values, -1, -2) @ np.swapaxes(weights, -1, -2), -1, -2)


def pool_torch(weights, values):
    return torch.matmul(torch.tensor(weights), torch.tensor(values)).numpy()


def kernel_loop(query, keys, bandwidth):
    output = np.empty((len(query), len(keys)))
    for i, q in enumerate(query):
        for j, k in enumerate(keys):
            output[i, j] = math.exp(
                -sum((a - b) ** 2 for a, b in zip(q, k, strict=True)) / (2 * bandwidth**2)
            )
    return output


def kernel_expanded(query, keys, bandwidth):
    squares = (query**2).sum(1)[:, None] + (keys**2).sum(1)[None] - 2 * query @ keys.T
    return np.exp(-np.maximum(squares, 0) / (2 * bandwidth * bandwidth))


def kernel_cdist(query, keys, bandwidth):
    return np.exp(-cdist(query, keys, "sqeuclidean") / (2 * bandwidth**2))


def kernel_norm(query, keys, bandwidth):
    distance = np.linalg.norm(query[:, None] - keys, axis=-1)
    return np.exp(-0.5 * (distance / bandwidth) ** 2)


def kernel_sklearn(query, keys, bandwidth):
    return rbf_kernel(query, keys, gamma=1 / (2 * bandwidth**2))


def kernel_torch(query, keys, bandwidth):
    distance = torch.cdist(torch.tensor(query), torch.tensor(keys))
    return torch.exp(-distance.square() / (2 * bandwidth**2)).numpy()


def kernel_product(query, keys, bandwidth):
    per_feature = np.exp(-((query[:, None, :] - keys[None, :, :]) ** 2) / (2 * bandwidth**2))
    return per_feature.prod(axis=-1)


def watson_loop(query, keys, values, bandwidth):
    output = np.zeros((len(query), values.shape[1]))
    for i, q in enumerate(query):
        squares = [float(np.dot(q - k, q - k)) for k in keys]
        nearest = min(squares)
        weights = [math.exp((nearest - square) / (2 * bandwidth**2)) for square in squares]
        for weight, value in zip(weights, values, strict=True):
            output[i] += weight / sum(weights) * value
    return output


def watson_scipy(query, keys, values, bandwidth):
    return scipy_softmax(-(cdist(query, keys) ** 2) / (2 * bandwidth**2), axis=1) @ values


def watson_logsumexp(query, keys, values, bandwidth):
    scores = -0.5 * (((query[:, None] - keys) / bandwidth) ** 2).sum(-1)
    return np.exp(scores - logsumexp(scores, axis=1, keepdims=True)) @ values


def watson_divided_last(query, keys, values, bandwidth):
    squares = np.square(query[:, None] - keys).sum(-1)
    kernel = np.exp((squares.min(1, keepdims=True) - squares) / (2 * bandwidth**2))
    return (kernel @ values) / kernel.sum(1)[:, None]


def watson_torch(query, keys, values, bandwidth):
    squares = torch.cdist(torch.tensor(query), torch.tensor(keys)) ** 2
    return (torch.softmax(-squares / (2 * bandwidth**2), dim=-1) @ torch.tensor(values)).numpy()


def watson_without_the_query_term(query, keys, values, bandwidth):
    scores = (2 * query @ keys.T - (keys**2).sum(1)) / (2 * bandwidth**2)
    return softmax_in_place_on_a_copy(scores) @ values


def jacobian_outer(scores):
    weights = scipy_softmax(scores)
    return np.diag(weights) - np.outer(weights, weights)


def jacobian_loop(scores):
    weights = scipy_softmax(scores)
    n = len(weights)
    jacobian = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            same = 1.0 if i == j else 0.0
            jacobian[i, j] = weights[i] * (same - weights[j])
    return jacobian


def jacobian_fill_diagonal(scores):
    weights = scipy_softmax(scores)
    jacobian = -weights[:, None] * weights
    np.fill_diagonal(jacobian, weights * (1 - weights))
    return jacobian


def jacobian_autograd(scores):
    soft = torch.nn.Softmax(dim=0)
    return torch.autograd.functional.jacobian(soft, torch.tensor(scores)).numpy()


def jacobian_einsum(scores):
    weights = scipy_softmax(scores)
    return np.einsum("i,ij->ij", weights, np.eye(len(weights))) - np.einsum(
        "i,j->ij", weights, weights
    )


def jacobian_finite_differences(scores):
    step = 1e-5 * np.eye(len(scores))
    return (scipy_softmax(scores + step, axis=1) - scipy_softmax(scores - step, axis=1)).T / 2e-5


# leave_one_out, regression_slope ------------------------------------------------------------------


def _others_by_loop(keys, values, bandwidth):
    result = np.empty(values.shape)
    for i in range(len(keys)):
        others = np.delete(np.arange(len(keys)), i)
        weights = np.exp(-((keys[others] - keys[i]) ** 2).sum(-1) / (2 * bandwidth**2))
        result[i] = weights @ values[others] / weights.sum()
    return result


def _others_by_diagonal(keys, values, bandwidth):
    squared = ((keys[:, None] - keys[None]) ** 2).sum(-1)
    closeness = np.exp(-squared / (2 * bandwidth**2))
    np.fill_diagonal(closeness, 0)
    return (closeness / closeness.sum(-1, keepdims=True)) @ values


def _others_by_softmax(keys, values, bandwidth):
    scores = -((keys[:, None] - keys[None]) ** 2).sum(-1) / (2 * bandwidth**2)
    scores[np.eye(len(keys), dtype=bool)] = -np.inf
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return weights @ values / weights.sum(-1, keepdims=True)


def _others_by_subtraction(keys, values, bandwidth):
    closeness = np.exp(-((keys[:, None] - keys) ** 2).sum(-1) / (2 * bandwidth**2))
    return (closeness @ values - values) / (closeness.sum(-1, keepdims=True) - 1)


def _others_by_mask(keys, values, bandwidth):
    squared = np.square(keys[:, None] - keys).sum(-1)
    closeness = np.exp(-squared / (2 * bandwidth**2)) * ~np.eye(len(keys), dtype=bool)
    return np.einsum("ij,jc->ic", closeness, values) / closeness.sum(1)[:, None]


def _itself_included(keys, values, bandwidth):
    closeness = np.exp(-((keys[:, None] - keys) ** 2).sum(-1) / (2 * bandwidth**2))
    return closeness @ values / closeness.sum(-1, keepdims=True)


def _itself_removed_late(keys, values, bandwidth):
    closeness = np.exp(-((keys[:, None] - keys) ** 2).sum(-1) / (2 * bandwidth**2))
    weights = closeness / closeness.sum(-1, keepdims=True)
    np.fill_diagonal(weights, 0)
    return weights @ values


def _equal_keys_removed(keys, values, bandwidth):
    squared = ((keys[:, None] - keys) ** 2).sum(-1)
    closeness = np.where(squared == 0, 0, np.exp(-squared / (2 * bandwidth**2)))
    return closeness @ values / closeness.sum(-1, keepdims=True)


def _regress(query, keys, values, bandwidth):
    scores = -((query[:, None] - keys) ** 2) / (2 * bandwidth**2)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights = weights / weights.sum(-1, keepdims=True)
    return weights, weights @ values


def _slope_by_values(query, keys, values, bandwidth):
    weights, output = _regress(query, keys, values, bandwidth)
    return (weights * (values - output[:, None])) @ keys / bandwidth**2


def _slope_by_products(query, keys, values, bandwidth):
    weights, output = _regress(query, keys, values, bandwidth)
    return (weights @ (keys * values) - (weights @ keys) * output) / bandwidth**2


def _slope_by_jacobian(query, keys, values, bandwidth):
    weights, _ = _regress(query, keys, values, bandwidth)
    moved = np.empty(len(query))
    for i, row in enumerate(weights):
        jacobian = np.diag(row) - np.outer(row, row)
        moved[i] = values @ jacobian @ (keys - query[i]) / bandwidth**2
    return moved


def _slope_by_trying(query, keys, values, bandwidth):
    step = 1e-5
    up, down = (_regress(query + d, keys, values, bandwidth)[1] for d in (step, -step))
    return (up - down) / (2 * step)


def _slope_by_covariance(query, keys, values, bandwidth):
    weights, _ = _regress(query, keys, values, bandwidth)
    return (
        np.array([np.cov(keys, values, aweights=w, ddof=0)[0, 1] for w in weights]) / bandwidth**2
    )


def _slope_with_weights_that_stay(query, keys, values, bandwidth):
    weights, _ = _regress(query, keys, values, bandwidth)
    return (weights * (keys - query[:, None]) / bandwidth**2) @ values


RIGHT = {
    "leave_one_out": [
        _others_by_loop,
        _others_by_diagonal,
        _others_by_softmax,
        _others_by_subtraction,
        _others_by_mask,
    ],
    "regression_slope": [
        _slope_by_values,
        _slope_by_products,
        _slope_by_jacobian,
        _slope_by_trying,
        _slope_by_covariance,
    ],
    "normalize": [
        normalize_loop,
        normalize_in_place_on_a_copy,
        normalize_with_zero_rows,
        normalize_by_ones,
        normalize_along_axis,
        normalize_torch,
        lambda weights: np.einsum("...n,...->...n", weights, 1 / weights.sum(-1)),
        lambda weights: weights / np.maximum(weights.sum(-1, keepdims=True), 1e-12),
        lambda weights: (weights.T / weights.sum(-1).T).T,
    ],
    "softmax": [
        softmax_logsumexp,
        softmax_moved_axis,
        softmax_loop,
        softmax_in_place_on_a_copy,
        softmax_torch,
        softmax_by_differences,
        lambda scores, axis=-1: scipy_softmax(scores, axis=axis),
    ],
    "attention_pool": [
        pool_einsum,
        pool_broadcast,
        pool_loop,
        pool_all_loops,
        pool_from_the_right,
        pool_torch,
        np.matmul,
    ],
    "gaussian_kernel": [
        kernel_loop,
        kernel_expanded,
        kernel_cdist,
        kernel_norm,
        kernel_sklearn,
        kernel_torch,
        kernel_product,
    ],
    "nadaraya_watson": [
        watson_loop,
        watson_scipy,
        watson_logsumexp,
        watson_divided_last,
        watson_torch,
        watson_without_the_query_term,
    ],
    "softmax_jacobian": [
        jacobian_outer,
        jacobian_loop,
        jacobian_fill_diagonal,
        jacobian_autograd,
        jacobian_einsum,
        jacobian_finite_differences,
    ],
}

# Wrong --------------------------------------------------------------------------------------------


def normalize_in_place(weights):
    weights /= weights.sum(-1, keepdims=True)
    return weights


def kernel_of_a_root_of_the_expansion(query, keys, bandwidth):
    squared = (query**2).sum(1)[:, None] + (keys**2).sum(1) - 2 * query @ keys.T
    with np.errstate(invalid="ignore"):
        return np.exp(-(np.sqrt(squared) ** 2) / (2 * bandwidth**2))


def watson_else_nearest(query, keys, values, bandwidth):
    squared = ((query[:, None] - keys) ** 2).sum(-1)
    kernel = np.exp(-squared / (2 * bandwidth**2))
    total = kernel.sum(1, keepdims=True)
    with np.errstate(invalid="ignore"):
        return np.where(total > 0, kernel @ values / total, values[squared.argmin(1)])


def normalize_into_an_array_alike(weights):
    shares = np.zeros_like(weights)
    for place in np.ndindex(weights.shape[:-1]):
        shares[place] = weights[place] / weights[place].sum()
    return shares


def normalize_columns_by_loop(weights):
    shares = np.array(weights, dtype=float)
    total = np.zeros(weights.shape[-1])
    for row in shares.reshape(-1, weights.shape[-1]):
        total += row
    return shares / total


def normalize_in_float32(weights):
    weights = weights.astype(np.float32)
    return weights / weights.sum(-1, keepdims=True)


def softmax_rows_only(scores, axis=-1):
    powers = np.exp(scores)
    total = np.sum(powers, axis=-1, keepdims=True)
    return powers / total


def softmax_columns_of_a_table(scores, axis=-1):
    shifted = scores - np.max(scores, axis=0)
    return np.exp(shifted) / np.sum(np.exp(shifted), axis=0)


def softmax_without_keepdims(scores, axis=-1):
    powers = np.exp(scores - np.max(scores))
    return powers / np.sum(powers, axis=axis)


def softmax_in_place(scores, axis=-1):
    scores -= scores.max(axis=axis, keepdims=True)
    powers = np.exp(scores)
    return powers / powers.sum(axis=axis, keepdims=True)


def softmax_epsilon(scores, axis=-1):
    powers = np.exp(scores)
    return powers / (powers.sum(axis, keepdims=True) + 1e-9)


def softmin(scores, axis=-1):
    return softmax_in_place_on_a_copy(-scores, axis)


def softmax_clipped_below_overflow(scores, axis=-1):
    powers = np.exp(np.minimum(scores, 700))
    return powers / powers.sum(axis, keepdims=True)


def softmax_only_positive_part(scores, axis=-1):
    powers = np.maximum(scores, 0)
    return powers / powers.sum(axis, keepdims=True)


def pool_mean(weights, values):
    return np.mean(weights[..., None] * values[..., None, :, :], axis=-2)


def pool_softmax_again(weights, values):
    return softmax_in_place_on_a_copy(weights) @ values


def pool_hard(weights, values):
    return np.take_along_axis(values, weights.argmax(-1)[..., None], axis=-2)


def pool_two_loops(weights, values):
    M, N = weights.shape
    output = np.zeros((M, values.shape[1]))
    for i in range(M):
        for j in range(N):
            output[i] += weights[i, j] * values[j]
    return output


def pool_overwrites(weights, values):
    output = np.zeros((*weights.shape[:-1], values.shape[-1]))
    for j in range(weights.shape[-1]):
        output = weights[..., :, j, None] * values[..., None, j, :]
    return output


def pool_skips_the_last_key(weights, values):
    return weights[..., :-1] @ values[..., :-1, :]


def pool_column_sums(weights, values):
    weights = weights / weights.sum(-2, keepdims=True)
    return weights @ values


def kernel_unsquared_width(query, keys, bandwidth):
    return np.exp(-cdist(query, keys, "sqeuclidean") / (2 * bandwidth))


def kernel_laplace(query, keys, bandwidth):
    return np.exp(-cdist(query, keys) / bandwidth)


def kernel_unsquared_distance(query, keys, bandwidth):
    return np.exp(-cdist(query, keys) / (2 * bandwidth**2))


def kernel_precedence(query, keys, bandwidth):
    return np.exp(-(cdist(query, keys) ** 2) / 2 * bandwidth**2)


def kernel_softmax(query, keys, bandwidth):
    return scipy_softmax(-(cdist(query, keys) ** 2) / (2 * bandwidth**2), axis=-1)


def kernel_without_two(query, keys, bandwidth):
    kernel = np.zeros((query.shape[0], keys.shape[0]))
    for i in range(query.shape[0]):
        for j in range(keys.shape[0]):
            kernel[i, j] = np.exp(-(np.linalg.norm(query[i] - keys[j]) ** 2) / bandwidth**2)
    return kernel


def kernel_density(query, keys, bandwidth):
    return np.exp(-(cdist(query, keys) ** 2) / (2 * bandwidth**2)) / np.sqrt(
        2 * np.pi * bandwidth**2
    )


def kernel_grows(query, keys, bandwidth):
    return np.exp(cdist(query, keys, "sqeuclidean") / (2 * bandwidth**2))


def kernel_mean_and_unsquared_width(query, keys, bandwidth):
    return np.exp(-((query[:, None] - keys) ** 2).mean(-1) / (2 * bandwidth))


def kernel_unit_width(query, keys, bandwidth):
    return np.exp(-(cdist(query, keys) ** 2) / 2)


def watson_naive(query, keys, values, bandwidth):
    kernel = np.exp(-(cdist(query, keys) ** 2) / (2 * bandwidth**2))
    return kernel / kernel.sum(-1, keepdims=True) @ values


def watson_epsilon(query, keys, values, bandwidth):
    kernel = np.exp(-(cdist(query, keys) ** 2) / (2 * bandwidth**2))
    return kernel @ values / (kernel.sum(-1, keepdims=True) + 1e-12)


def watson_unnormalised(query, keys, values, bandwidth):
    return np.exp(-(cdist(query, keys) ** 2) / (2 * bandwidth**2)) @ values


def watson_softmax_of_the_kernel(query, keys, values, bandwidth):
    return scipy_softmax(np.exp(-(cdist(query, keys) ** 2) / (2 * bandwidth**2)), axis=-1) @ values


def watson_columns(query, keys, values, bandwidth):
    return scipy_softmax(-(cdist(query, keys) ** 2) / (2 * bandwidth**2), axis=0) @ values


def watson_farthest(query, keys, values, bandwidth):
    return scipy_softmax(cdist(query, keys) ** 2 / (2 * bandwidth**2), axis=-1) @ values


def watson_unsquared_width_and_no_two(query, keys, values, bandwidth):
    return scipy_softmax(-(cdist(query, keys) ** 2) / bandwidth, axis=-1) @ values


def watson_distance_not_squared(query, keys, values, bandwidth):
    return scipy_softmax(-cdist(query, keys) / (2 * bandwidth**2), axis=-1) @ values


def watson_naive_without_two(query, keys, values, bandwidth):
    kernel = np.exp(-(cdist(query, keys) ** 2) / bandwidth**2)
    return (kernel / kernel.sum(1, keepdims=True)) @ values


def watson_nearest(query, keys, values, bandwidth):
    return values[cdist(query, keys).argmin(1)]


def watson_knows_no_width(query, keys, values, bandwidth):
    return scipy_softmax(-(cdist(query, keys) ** 2), axis=1) @ values


def jacobian_diagonal(scores):
    weights = scipy_softmax(scores)
    return weights * (1 - weights)


def jacobian_diagonal_matrix(scores):
    weights = scipy_softmax(scores)
    return np.diag(weights * (1 - weights))


def jacobian_plus(scores):
    weights = scipy_softmax(scores)
    return np.diag(weights) + np.outer(weights, weights)


def jacobian_naive(scores):
    weights = np.exp(scores) / np.sum(np.exp(scores))
    return np.diag(weights) - np.outer(weights, weights)


def jacobian_broadcast(scores):
    weights = scipy_softmax(scores)
    return np.diag(weights) - weights * weights


def jacobian_of_log_softmax(scores):
    weights = scipy_softmax(scores)
    return np.eye(len(weights)) - weights


def jacobian_negated(scores):
    weights = scipy_softmax(scores)
    return np.outer(weights, weights) - np.diag(weights)


def jacobian_no_diagonal(scores):
    weights = scipy_softmax(scores)
    return -np.outer(weights, weights)


def jacobian_everywhere(scores):
    weights = scipy_softmax(scores)
    return weights[:, None] * (1 - weights[None, :])


def jacobian_inner_product(scores):
    weights = scipy_softmax(scores)
    return np.diag(weights) - weights @ weights


WRONG = {
    "leave_one_out": [
        (_itself_included, "let each value predict itself"),
        (_itself_removed_late, "after normalising"),
        (_equal_keys_removed, ""),
    ],
    "regression_slope": [
        (_slope_with_weights_that_stay, "from the query"),
        (lambda *a: -_slope_by_values(*a), "turned the sign round"),
        (lambda q, k, v, bandwidth: _slope_by_values(q, k, v, bandwidth) / 2, "divided by 2σ²"),
        (
            lambda q, k, v, bandwidth: _slope_by_values(q, k, v, bandwidth) * bandwidth,
            "σ instead of σ²",
        ),
    ],
    "normalize": [
        (normalize_into_an_array_alike, "whole numbers"),
        (normalize_in_place, "change"),
        (normalize_columns_by_loop, "over the queries"),
        (normalize_in_float32, "float32"),
        (lambda weights: weights / np.sum(weights), "sum of all weights"),
        (lambda weights: weights / np.linalg.norm(weights, axis=-1, keepdims=True), "norm"),
        (lambda weights: weights / weights.max(-1)[..., None], "largest weight"),
        (lambda weights: weights / np.average(weights, axis=-1)[..., None], "mean"),
        (lambda weights: scipy_softmax(weights, axis=-1), "exponentiated first"),
        (lambda weights: weights / weights.sum(axis=-1), "keep the summed axis"),
        (lambda weights: weights / weights.shape[-1], "number of keys"),
        (lambda weights: weights**2 / np.sum(weights**2, -1, keepdims=True), "squared"),
        (lambda weights: scipy_softmax(weights, axis=None), "exponentiated first"),
        (lambda weights: weights.sum(-1, keepdims=True) / weights, "reciprocal"),
        (lambda weights: np.round(weights / weights.sum(-1, keepdims=True), 3), "rounded"),
    ],
    "softmax": [
        (softmax_rows_only, "shift by the maximum"),
        (softmax_columns_of_a_table, "first axis"),
        (softmax_without_keepdims, "keep"),
        (softmax_in_place, "change"),
        (softmax_epsilon, "shift by the maximum"),
        (softmin, "sign"),
        (softmax_clipped_below_overflow, "clipped"),
        (softmax_only_positive_part, "negative scores"),
        (lambda scores, axis=-1: np.exp(scores - scores.max(axis, keepdims=True)), "divide"),
        (lambda scores, axis=-1: scipy_softmax(scores), "whole array"),
        (lambda scores, axis=-1: scipy_softmax(scores, axis=-1), "ignored `axis`"),
        (lambda scores, axis=-1: np.exp(scores) / np.exp(scores).sum(), "whole array"),
        (lambda scores, axis=-1: scores / scores.sum(axis, keepdims=True), "exponential"),
        (lambda scores, axis=-1: np.log(scipy_softmax(scores, axis=axis)), "logarithm"),
        (lambda scores, axis=-1: 1 / (1 + np.exp(-scores)), "sigmoid"),
    ],
    "attention_pool": [
        (pool_mean, "number of keys"),
        (pool_softmax_again, "softmax to the weights"),
        (pool_hard, "largest weight"),
        (pool_two_loops, "exactly 2 axes"),
        (pool_overwrites, "last key"),
        (pool_skips_the_last_key, "last key"),
        (pool_column_sums, "over the queries"),
        (lambda weights, values: np.dot(weights, values), "np.dot"),
        (lambda weights, values: weights.T @ values, "transposed the weights"),
        (lambda weights, values: weights @ values / weights.sum(-1, keepdims=True), "normalised"),
        (lambda weights, values: np.multiply(weights, values), "entry by entry"),
        (lambda weights, values: np.einsum("ij,jk->ik", weights, values), "only two axes"),
        (lambda weights, values: (weights @ values, weights), "tuple"),
    ],
    "gaussian_kernel": [
        (kernel_of_a_root_of_the_expansion, "every query on a key"),
        (kernel_unsquared_width, "square the bandwidth"),
        (kernel_laplace, "square"),
        (kernel_unsquared_distance, "square the distance"),
        (kernel_precedence, "multiplied by the bandwidth"),
        (kernel_softmax, "normalised the rows"),
        (kernel_without_two, "forgot the 2"),
        (kernel_density, "density"),
        (kernel_grows, "minus"),
        (kernel_mean_and_unsquared_width, "mean over the features"),
        (kernel_unit_width, "ignored the bandwidth"),
        (lambda query, keys, bandwidth: kernel_cdist(query, keys, bandwidth).T, "swapped"),
        (
            lambda query, keys, bandwidth: cdist(query, keys) ** 2 / (-2 * bandwidth**2),
            "exponential",
        ),
    ],
    "nadaraya_watson": [
        (watson_else_nearest, "fell back on the nearest value"),
        (watson_naive, "NaN for a query far"),
        (watson_epsilon, "gave 0"),
        (watson_unnormalised, "did not normalise"),
        (watson_softmax_of_the_kernel, "softmax to the kernel"),
        (watson_columns, "over the queries"),
        (watson_farthest, "minus"),
        (watson_unsquared_width_and_no_two, "square the bandwidth"),
        (watson_distance_not_squared, "square the distance"),
        (watson_naive_without_two, "NaN for a query far"),
        (watson_nearest, "nearest"),
        (watson_knows_no_width, "bandwidth"),
    ],
    "softmax_jacobian": [
        (jacobian_diagonal, "only the diagonal"),
        (jacobian_diagonal_matrix, "off-diagonal"),
        (jacobian_plus, "added the products"),
        (jacobian_naive, "shift by the maximum"),
        (jacobian_broadcast, "squares of one weight"),
        (jacobian_of_log_softmax, "factor"),
        (jacobian_negated, "sign"),
        (jacobian_no_diagonal, "diagonal"),
        (jacobian_everywhere, "δ for 1"),
        (jacobian_inner_product, "inner product"),
    ],
}
