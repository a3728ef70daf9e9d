"""Answers to lesson 06 as learners write them, right and wrong."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from attncourse.attention import masked_softmax, scaled_dot_product_attention

# right --------------------------------------------------------------------------------------------


def _cross_by_parts(x, memory, W_q, W_k, W_v, mask=None):
    query, key, value = x @ W_q, memory @ W_k, memory @ W_v
    weights = masked_softmax(query @ key.transpose(-2, -1) / key.shape[-1] ** 0.5, mask)
    return weights @ value, weights


def _cross_by_einsum(x, memory, W_q, W_k, W_v, mask=None):
    query = torch.einsum("...md,dk->...mk", x, W_q) / math.sqrt(W_q.size(1))
    scores = torch.einsum("...mk,...nk->...mn", query, torch.matmul(memory, W_k))
    weights = masked_softmax(scores, mask)
    return torch.einsum("...mn,...nd,dv->...mv", weights, memory, W_v), weights


def _cross_projected_late(x, memory, W_q, W_k, W_v, mask=None):
    scores = x @ (W_q @ W_k.T) @ memory.mT / math.sqrt(W_k.shape[1])
    weights = masked_softmax(scores, mask)
    return weights @ memory @ W_v, weights


def _cross_by_library(x, memory, W_q, W_k, W_v, mask=None):
    query, key, value = F.linear(x, W_q.T), F.linear(memory, W_k.T), F.linear(memory, W_v.T)
    output = F.scaled_dot_product_attention(query, key, value, mask)
    _, weights = scaled_dot_product_attention(query, key, value, mask)
    return output, weights


def _cross_by_loop(x, memory, W_q, W_k, W_v, mask=None):
    key, value = memory @ W_k, memory @ W_v
    rows = []
    for i in range(x.shape[-2]):
        scores = (key * (x[..., i : i + 1, :] @ W_q)).sum(-1) / math.sqrt(key.shape[-1])
        row = None if mask is None else mask[..., min(i, mask.shape[-2] - 1), :]
        rows.append(
            masked_softmax(scores[..., None, :], None if row is None else row[..., None, :])
        )
    weights = torch.cat(rows, dim=-2)
    return weights @ value, weights


def _cross_in_double(x, memory, W_q, W_k, W_v, mask=None):
    x, memory, *Ws = (each.double() for each in (x, memory, W_q, W_k, W_v))
    output, weights = _cross_by_parts(x, memory, *Ws, mask)
    return output.to(W_q.dtype), weights.to(W_q.dtype)


def _cross_as_list(x, memory, W_q, W_k, W_v, mask=None):
    return list(scaled_dot_product_attention(x @ W_q, memory @ W_k, memory @ W_v, mask=mask))


def _self_from(cross):
    return lambda x, W_q, W_k, W_v, mask=None: cross(x, x, W_q, W_k, W_v, mask)


def _self_in_one_product(x, W_q, W_k, W_v, mask=None):
    d_k = W_q.shape[1]
    query, key, value = (x @ torch.cat([W_q, W_k, W_v], 1)).split([d_k, d_k, W_v.shape[1]], -1)
    return scaled_dot_product_attention(query, key, value, mask)


# wrong --------------------------------------------------------------------------------------------


def _softmax_attention(query, key, value, mask=None, *, scale=True, dim=-1):
    scores = query @ key.transpose(-2, -1)
    if scale:
        scores = scores / math.sqrt(query.size(-1))
    weights = masked_softmax(scores, mask) if dim == -1 else scores.softmax(dim)
    return weights @ value, weights


def _wrong_one_projection(x, W_q, W_k, W_v, mask=None):
    query = key = x @ W_q
    return _softmax_attention(query, key, x @ W_v, mask)


def _wrong_no_scale(x, W_q, W_k, W_v, mask=None):
    return _softmax_attention(x @ W_q, x @ W_k, x @ W_v, mask, scale=False)


def _wrong_model_scale(x, W_q, W_k, W_v, mask=None):
    scores = (x @ W_q) @ (x @ W_k).mT / x.shape[-1] ** 0.5
    weights = masked_softmax(scores, mask)
    return weights @ (x @ W_v), weights


def _wrong_mask_ignored_no_scale(x, W_q, W_k, W_v, mask=None):
    return _softmax_attention(x @ W_q, x @ W_k, x @ W_v, scale=False)


def _wrong_one_projection_no_scale(x, W_q, W_k, W_v, mask=None):
    query = x @ W_q
    return _softmax_attention(query, query, x @ W_v, mask, scale=False)


def _wrong_inverted(x, W_q, W_k, W_v, mask=None):
    scores = (x @ W_q) @ (x @ W_k).mT / math.sqrt(W_k.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(mask, float("-inf"))
    weights = torch.nan_to_num(scores.softmax(-1))
    return weights @ (x @ W_v), weights


def _wrong_billion(x, W_q, W_k, W_v, mask=None):
    scores = (x @ W_q) @ (x @ W_k).mT / math.sqrt(W_k.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(~mask, -1e9)
    weights = scores.softmax(-1)
    return weights @ (x @ W_v), weights


def _wrong_infinite(x, W_q, W_k, W_v, mask=None):
    scores = (x @ W_q) @ (x @ W_k).mT / math.sqrt(W_k.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(mask.logical_not(), -torch.inf)
    weights = scores.softmax(-1)
    return weights @ (x @ W_v), weights


def _wrong_swapped(x, W_q, W_k, W_v, mask=None):
    return _softmax_attention(x @ W_k, x @ W_q, x @ W_v, mask)


def _wrong_columns(x, W_q, W_k, W_v, mask=None):
    return _softmax_attention(x @ W_q, x @ W_k, x @ W_v, mask, dim=-2)


def _wrong_output_only(x, W_q, W_k, W_v, mask=None):
    return scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, mask)[0]


def _wrong_weights_first(x, W_q, W_k, W_v, mask=None):
    return scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, mask)[::-1]


def _wrong_detached(x, W_q, W_k, W_v, mask=None):
    return scaled_dot_product_attention(x @ W_q.data, x @ W_k.data, x @ W_v.data, mask)


def _wrong_weights_cut(x, W_q, W_k, W_v, mask=None):
    _, weights = scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, mask)
    return weights.detach() @ (x @ W_v), weights


def _wrong_plain_transpose(x, W_q, W_k, W_v, mask=None):
    weights = masked_softmax((x @ W_q) @ (x @ W_k).T / math.sqrt(W_q.shape[-1]), mask)
    return weights @ (x @ W_v), weights


def _wrong_linear(x, W_q, W_k, W_v, mask=None):
    return scaled_dot_product_attention(F.linear(x, W_q), F.linear(x, W_k), F.linear(x, W_v), mask)


def _wrong_in_place(x, W_q, W_k, W_v, mask=None):
    W_q /= math.sqrt(W_q.shape[-1])
    weights = masked_softmax((x @ W_q) @ (x @ W_k).mT, mask)
    return weights @ (x @ W_v), weights


def _wrong_own_layers(x, W_q, W_k, W_v, mask=None):
    layer = nn.Linear(x.shape[-1], W_q.shape[-1], bias=False, dtype=x.dtype)
    return scaled_dot_product_attention(layer(x), layer(x), x @ W_v, mask)


def _wrong_roles(x, memory, W_q, W_k, W_v, mask=None):
    return scaled_dot_product_attention(memory @ W_q, x @ W_k, x @ W_v)


def _wrong_memory_asks(x, memory, W_q, W_k, W_v, mask=None):
    return scaled_dot_product_attention(memory @ W_q, memory @ W_k, memory @ W_v)


def _wrong_self(x, memory, W_q, W_k, W_v, mask=None):
    return scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v, mask)


def _wrong_values_of_x(x, memory, W_q, W_k, W_v, mask=None):
    return scaled_dot_product_attention(x @ W_q, memory @ W_k, x @ W_v, mask)


def _wrong_values_of_x_by_hand(x, memory, W_q, W_k, W_v, mask=None):
    weights = masked_softmax((x @ W_q) @ (memory @ W_k).mT / W_q.shape[-1] ** 0.5, mask)
    return weights @ (x @ W_v), weights


def _wrong_keys_of_x(x, memory, W_q, W_k, W_v, mask=None):
    weights = torch.softmax((x @ W_q) @ (x @ W_k).mT / W_q.shape[-1] ** 0.5, dim=-1)
    return weights @ (memory @ W_v), weights


def _wrong_front_axes(x, memory, W_q, W_k, W_v, mask=None):
    scores = (x @ W_q) @ (memory @ W_k).transpose(1, 2) / W_q.shape[-1] ** 0.5
    weights = masked_softmax(scores, mask)
    return weights @ (memory @ W_v), weights


def _wrong_key_as_value(x, memory, W_q, W_k, W_v, mask=None):
    key = value = memory @ W_k
    return scaled_dot_product_attention(x @ W_q, key, value, mask)


def _wrong_raw_memory(x, memory, W_q, W_k, W_v, mask=None):
    return scaled_dot_product_attention(x @ W_q, memory @ W_k, memory, mask)


def _wrong_cross_no_scale(x, memory, W_q, W_k, W_v, mask=None):
    return _softmax_attention(x @ W_q, memory @ W_k, memory @ W_v, mask, scale=False)


def _wrong_cross_columns_no_mask(x, memory, W_q, W_k, W_v, mask=None):
    return _softmax_attention(x @ W_q, memory @ W_k, memory @ W_v, dim=-2)


def _wrong_cross_late_mask(x, memory, W_q, W_k, W_v, mask=None):
    _, weights = _softmax_attention(x @ W_q, memory @ W_k, memory @ W_v)
    weights = weights if mask is None else weights * mask
    return weights @ (memory @ W_v), weights


def _wrong_cross_scores_returned(x, memory, W_q, W_k, W_v, mask=None):
    output, _ = _cross_by_parts(x, memory, W_q, W_k, W_v, mask)
    return output, (x @ W_q) @ (memory @ W_k).mT / W_q.shape[1] ** 0.5


def _wrong_cross_width(x, memory, W_q, W_k, W_v, mask=None):
    weights = masked_softmax((x @ W_q) @ (memory @ W_k).mT / W_v.shape[1] ** 0.5, mask)
    return weights @ (memory @ W_v), weights


def _wrong_cross_swapped_no_scale(x, memory, W_q, W_k, W_v, mask=None):
    return _softmax_attention(x @ W_k, memory @ W_q, memory @ W_v, mask, scale=False)


_CROSS = [
    _cross_by_parts,
    _cross_by_einsum,
    _cross_projected_late,
    _cross_by_library,
    _cross_by_loop,
    _cross_in_double,
    _cross_as_list,
]

# shapes, padding, convolution ---------------------------------------------------------------------


def _shapes(**changes):
    told = {"query": (4, 3), "key": (6, 3), "value": (6, 5), "weights": (4, 6), "output": (4, 5)}
    return lambda: told | {"learned": 94} | changes


def _shapes_by_running():
    x, memory = torch.randn(4, 10), torch.randn(6, 8)
    Ws = torch.randn(10, 3), torch.randn(8, 3), torch.randn(8, 5)
    query, key, value = x @ Ws[0], memory @ Ws[1], memory @ Ws[2]
    output, weights = scaled_dot_product_attention(query, key, value)
    told = {"query": query, "key": key, "value": value, "weights": weights, "output": output}
    shapes = {name: tuple(tensor.shape) for name, tensor in told.items()}
    return shapes | {"learned": sum(W.numel() for W in Ws)}


def _shapes_as_lists():
    return {name: list(told) if name != "learned" else told for name, told in _shapes()().items()}


def _shapes_with_floats():
    return _shapes()() | {"learned": 94.0}


def _shapes_in_another_order():
    return dict(reversed(_shapes()().items()))


def _padded_by_mask(x, memory, W_q, W_k, W_v, lengths):
    mask = (torch.arange(memory.shape[1]) < lengths[:, None])[:, None]
    return _cross_by_parts(x, memory, W_q, W_k, W_v, mask)


def _padded_by_filling(x, memory, W_q, W_k, W_v, lengths):
    scores = (x @ W_q) @ (memory @ W_k).mT / W_k.shape[1] ** 0.5
    hidden = torch.arange(memory.shape[1]) >= lengths[:, None, None]
    weights = scores.masked_fill(hidden, float("-inf")).softmax(-1).nan_to_num()
    return weights @ (memory @ W_v), weights


def _padded_by_exponentials(x, memory, W_q, W_k, W_v, lengths):
    scores = (x @ W_q) @ (memory @ W_k).mT / W_k.shape[1] ** 0.5
    real = torch.arange(memory.shape[1]) < lengths[:, None, None]
    powers = scores.exp() * real
    weights = powers / powers.sum(-1, keepdim=True).clamp_min(1e-30)
    return weights @ (memory @ W_v), weights


def _padded_by_loop(x, memory, W_q, W_k, W_v, lengths):
    outputs, maps = [], []
    for b, n in enumerate(lengths.tolist()):
        _, weights = _cross_by_parts(x[b], memory[b, :n], W_q, W_k, W_v)
        weights = F.pad(weights, (0, memory.shape[1] - n))
        outputs.append(weights @ memory[b] @ W_v)
        maps.append(weights)
    return torch.stack(outputs), torch.stack(maps)


def _padded_renormalised(x, memory, W_q, W_k, W_v, lengths):
    _, weights = _cross_by_parts(x, memory, W_q, W_k, W_v)
    weights = weights * (torch.arange(memory.shape[1]) < lengths[:, None])[:, None]
    weights = weights / weights.sum(-1, keepdim=True).clamp_min(1e-30)
    return weights @ (memory @ W_v), weights


def _padded_late(x, memory, W_q, W_k, W_v, lengths):
    _, weights = _cross_by_parts(x, memory, W_q, W_k, W_v)
    weights = weights * (torch.arange(memory.shape[1]) < lengths[:, None])[:, None]
    return weights @ (memory @ W_v), weights


def _padded_values_zeroed(x, memory, W_q, W_k, W_v, lengths):
    real = torch.arange(memory.shape[1]) < lengths[:, None]
    _, weights = _cross_by_parts(x, memory, W_q, W_k, W_v)
    return weights @ ((memory * real[..., None]) @ W_v), weights


def _padded_memory_zeroed(x, memory, W_q, W_k, W_v, lengths):
    real = torch.arange(memory.shape[1]) < lengths[:, None]
    return _cross_by_parts(x, memory * real[..., None], W_q, W_k, W_v)


def _cross_ignoring_lengths(x, memory, W_q, W_k, W_v, lengths):
    return _cross_by_parts(x, memory, W_q, W_k, W_v)


def _padded_inverted(x, memory, W_q, W_k, W_v, lengths):
    mask = (torch.arange(memory.shape[1]) >= lengths[:, None])[:, None]
    return _cross_by_parts(x, memory, W_q, W_k, W_v, mask)


def _padded_with_nan(x, memory, W_q, W_k, W_v, lengths):
    scores = (x @ W_q) @ (memory @ W_k).mT / W_k.shape[1] ** 0.5
    hidden = torch.arange(memory.shape[1]) >= lengths[:, None, None]
    weights = scores.masked_fill(hidden, float("-inf")).softmax(-1)
    return weights @ (memory @ W_v), weights


def _window_by_loop(kernel, T):
    R, weights = len(kernel) // 2, kernel.new_zeros(T, T)
    for i in range(T):
        for j in range(max(0, i - R), min(T, i + R + 1)):
            weights[i, j] = kernel[j - i + R]
    return weights


def _window_by_diagonals(kernel, T):
    R = len(kernel) // 2
    parts = [w * torch.ones(T, dtype=kernel.dtype).diag() for w in kernel]
    weights = kernel.new_zeros(T, T)
    for d, part in zip(range(-R, R + 1), parts, strict=True):
        if abs(d) < T:
            weights = weights + part.diagonal()[: T - abs(d)].diag(d)
    return weights


def _window_by_convolving(kernel, T):
    eye = torch.eye(T, dtype=kernel.dtype)[:, None]
    return F.conv1d(eye, kernel[None, None], padding=len(kernel) // 2)[:, 0].T


def _window_by_padding(kernel, T):
    R = len(kernel) // 2
    row = F.pad(kernel, (T, T))
    return torch.stack([row[T + R - i : 2 * T + R - i] for i in range(T)])


def _window_by_where(kernel, T):
    R = len(kernel) // 2
    d = torch.arange(T) - torch.arange(T)[:, None]
    inside = (d >= -R) & (d <= R)
    return torch.where(inside, kernel[(d + R) * inside], torch.zeros((), dtype=kernel.dtype))


def _window_flipped(kernel, T):
    return _window_by_loop(kernel, T).T


def _window_circular(kernel, T):
    R, weights = len(kernel) // 2, kernel.new_zeros(T, T)
    for i in range(T):
        for k in range(len(kernel)):
            weights[i, (i + k - R) % T] = kernel[k]
    return weights


def _window_causal(kernel, T):
    weights = kernel.new_zeros(T, T)
    for i in range(T):
        for k in range(len(kernel)):
            if i - len(kernel) // 2 * 2 + k >= 0:
                weights[i, i - len(kernel) // 2 * 2 + k] = kernel[k]
    return weights


def _window_normalised(kernel, T):
    weights = _window_by_loop(kernel, T)
    return weights / weights.sum(-1, keepdim=True)


# the gradient, and two narrow matrices ------------------------------------------------------------


def _forward(x, W_q, W_k, W_v):
    query, key, value = x @ W_q, x @ W_k, x @ W_v
    weights = (query @ key.mT / key.shape[-1] ** 0.5).softmax(dim=-1)
    return query, key, value, weights


def _grad_by_hand(x, W_q, W_k, W_v, upstream):
    _, key, value, weights = _forward(x, W_q, W_k, W_v)
    gain = upstream @ value.mT
    by_scores = weights * (gain - (weights * gain).sum(-1, keepdim=True))
    return x.mT @ by_scores @ key / key.shape[-1] ** 0.5


def _grad_by_covariance(x, W_q, W_k, W_v, upstream):
    _, key, value, weights = _forward(x, W_q, W_k, W_v)
    total = torch.zeros_like(W_q)
    for i in range(len(x)):
        output, mean_key = weights[i] @ value, weights[i] @ key
        covariance = (value - output).T @ (weights[i, :, None] * (key - mean_key))  # d_v d_k
        total = total + torch.outer(x[i], upstream[i] @ covariance)
    return total / key.shape[-1] ** 0.5


def _grad_by_jacobian(x, W_q, W_k, W_v, upstream):
    _, key, value, weights = _forward(x, W_q, W_k, W_v)
    jacobian = weights.diag_embed() - weights[:, :, None] * weights[:, None]  # i, j, n
    by_scores = torch.einsum("iv,jv,ijn->in", upstream, value, jacobian)
    return torch.einsum("im,in,nk->mk", x, by_scores, key) / math.sqrt(key.shape[-1])


def _grad_by_autograd(x, W_q, W_k, W_v, upstream):
    W_q = W_q.clone().requires_grad_()
    _, _, value, weights = _forward(x, W_q, W_k, W_v)
    (weights @ value).backward(upstream)
    return W_q.grad


def _grad_by_loop(x, W_q, W_k, W_v, upstream):
    _, key, value, weights = _forward(x, W_q, W_k, W_v)
    gradient = torch.zeros_like(W_q)
    for i in range(len(x)):
        for j in range(len(x)):
            better = upstream[i] @ (value[j] - weights[i] @ value)
            gradient += weights[i, j] * better * torch.outer(x[i], key[j])
    return gradient / key.shape[-1] ** 0.5


def _grad_without_average(x, W_q, W_k, W_v, upstream):
    _, key, value, weights = _forward(x, W_q, W_k, W_v)
    return x.mT @ (weights * (upstream @ value.mT)) @ key / key.shape[-1] ** 0.5


def _grad_without_weights(x, W_q, W_k, W_v, upstream):
    _, key, value, weights = _forward(x, W_q, W_k, W_v)
    gain = upstream @ value.mT
    gain = gain - (upstream * (weights @ value)).sum(-1, keepdim=True)
    return x.mT @ gain @ key / key.shape[-1] ** 0.5


def _grad_without_scale(x, W_q, W_k, W_v, upstream):
    return _grad_by_hand(x, W_q, W_k, W_v, upstream) * W_q.shape[1] ** 0.5


def _grad_transposed(x, W_q, W_k, W_v, upstream):
    return _grad_by_hand(x, W_q, W_k, W_v, upstream).T


def _factor_by_svd(W, d_k):
    U, S, Vh = torch.linalg.svd(W)
    return U[:, :d_k] * S[:d_k].sqrt(), Vh[:d_k].T * S[:d_k].sqrt()


def _factor_one_sided(W, d_k):
    U, S, Vh = torch.linalg.svd(W, full_matrices=False)
    return U[:, :d_k] * S[:d_k], Vh[:d_k].mT


def _factor_by_projection(W, d_k):
    directions = torch.linalg.eigh(W @ W.T).eigenvectors[:, -d_k:]
    return directions, W.T @ directions


def _factor_from_the_keys(W, d_k):
    directions = torch.linalg.eigh(W.T @ W).eigenvectors[:, -d_k:]
    return W @ directions, directions


def _factor_by_power_iteration(W, d_k):
    keys = torch.eye(len(W), d_k, dtype=W.dtype) + 0.1
    keys = keys + torch.arange(keys.numel(), dtype=W.dtype).view_as(keys).sin()
    for _ in range(3000):
        queries = torch.linalg.qr(W @ keys).Q
        keys = torch.linalg.qr(W.T @ queries).Q
    return W @ keys, keys


def _factor_first_columns(W, d_k):
    return W[:, :d_k], torch.eye(len(W), dtype=W.dtype)[:, :d_k]


def _factor_whole(W, d_k):
    return W, torch.eye(len(W), dtype=W.dtype)


def _factor_without_values(W, d_k):
    U, _, Vh = torch.linalg.svd(W)
    return U[:, :d_k], Vh[:d_k].T


def _factor_columns_of_vh(W, d_k):
    U, S, Vh = torch.linalg.svd(W)
    return U[:, :d_k] * S[:d_k], Vh[:, :d_k]


def _factor_with_both(W, d_k):
    U, S, Vh = torch.linalg.svd(W)
    return U[:, :d_k] * S[:d_k], Vh[:d_k].T * S[:d_k]


RIGHT = {
    "cross_attention_shapes": [
        _shapes(),
        _shapes_by_running,
        _shapes_as_lists,
        _shapes_with_floats,
        _shapes_in_another_order,
    ],
    "attend_to_padded": [
        _padded_by_mask,
        _padded_by_filling,
        _padded_by_exponentials,
        _padded_by_loop,
        _padded_renormalised,
    ],
    "convolution_weights": [
        _window_by_loop,
        _window_by_diagonals,
        _window_by_convolving,
        _window_by_padding,
        _window_by_where,
    ],
    "gradient_of_W_q": [
        _grad_by_hand,
        _grad_by_covariance,
        _grad_by_jacobian,
        _grad_by_autograd,
        _grad_by_loop,
    ],
    "factor_bilinear": [
        _factor_by_svd,
        _factor_one_sided,
        _factor_by_projection,
        _factor_from_the_keys,
        _factor_by_power_iteration,
    ],
    "self_attention": [*map(_self_from, _CROSS), _self_in_one_product],
    "cross_attention": _CROSS,
}

WRONG = {
    "cross_attention_shapes": [
        (_shapes(weights=(6, 4)), "let the memory ask"),
        (_shapes(weights=(4, 4)), "a square"),
        (_shapes(value=(6, 3), output=(4, 3)), "the width of the keys"),
        (_shapes(learned=110), "as many rows as W_q"),
        (_shapes(learned=105), "counted biases"),
        (_shapes(learned=93), ""),
    ],
    "attend_to_padded": [
        (_padded_late, "masked after the softmax"),
        (_padded_values_zeroed, "but not its weights"),
        (_padded_memory_zeroed, "a score of 0"),
        (_cross_ignoring_lengths, "hid nothing"),
        (_padded_inverted, "kept the padding"),
        (_padded_with_nan, "NaN"),
    ],
    "convolution_weights": [
        (_window_flipped, "turned the kernel round"),
        (_window_circular, "from the other end"),
        (_window_causal, "end at the position"),
        (_window_normalised, "normalised the rows"),
    ],
    "gradient_of_W_q": [
        (_grad_without_average, "forgot to subtract the average"),
        (_grad_without_weights, "forgot the factor"),
        (_grad_without_scale, "forgot the 1/√d_k"),
        (_grad_transposed, "transposed"),
    ],
    "factor_bilinear": [
        (_factor_first_columns, "first columns of W"),
        (_factor_whole, "kept all columns"),
        (_factor_without_values, "left the singular values out"),
        (_factor_columns_of_vh, "columns of Vᵀ"),
        (_factor_with_both, "on both sides"),
    ],
    "self_attention": [
        (_wrong_one_projection, "used W_q for the keys too"),
        (_wrong_no_scale, "forgot to divide by √d_k"),
        (_wrong_model_scale, "√d_model"),
        (_wrong_mask_ignored_no_scale, "ignored the mask"),
        (_wrong_mask_ignored_no_scale, "forgot to divide"),
        (_wrong_one_projection_no_scale, "used W_q for the keys too"),
        (_wrong_one_projection_no_scale, "forgot to divide"),
        (_wrong_inverted, "took True for hidden"),
        (_wrong_billion, "attended to forbidden keys"),
        (_wrong_infinite, "NaN"),
        (_wrong_swapped, "swapped W_q and W_k"),
        (_wrong_columns, "over the queries"),
        (_wrong_output_only, "where (output, weights) is due"),
        (_wrong_weights_first, "returned weights, output"),
        (_wrong_detached, "cut the gradient to `W_q`"),
        (_wrong_weights_cut, "gradient"),
        (_wrong_plain_transpose, ".T"),
        (_wrong_linear, "inner sizes, 3 and 5, differ"),
        (_wrong_in_place, "changed the argument `W_q`"),
        (_wrong_own_layers, ""),
    ],
    "cross_attention": [
        (_wrong_roles, "swapped the roles"),
        (_wrong_memory_asks, "queries from the memory"),
        (_wrong_self, "ignored the memory"),
        (_wrong_values_of_x, "took the values from x"),
        (_wrong_key_as_value, "averaged the keys"),
        (_wrong_raw_memory, "without W_v"),
        (_wrong_cross_no_scale, "forgot to divide"),
        (_wrong_cross_columns_no_mask, "over the queries"),
        (_wrong_cross_columns_no_mask, "ignored the mask"),
        (_wrong_cross_late_mask, "masked after the softmax"),
        (_wrong_cross_scores_returned, "returned the scores"),
        (_wrong_cross_width, "√d_v"),
        (_wrong_values_of_x_by_hand, "took the values from x"),
        (_wrong_keys_of_x, "took the keys from x"),
        (_wrong_front_axes, "counted the axes from the front"),
        (_wrong_cross_swapped_no_scale, "swapped W_q and W_k"),
        (_wrong_cross_swapped_no_scale, "forgot to divide"),
    ],
}
