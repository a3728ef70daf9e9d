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

RIGHT = {
    "self_attention": [*map(_self_from, _CROSS), _self_in_one_product],
    "cross_attention": _CROSS,
}

WRONG = {
    "self_attention": [
        (_wrong_one_projection, "used W_q for the keys too"),
        (_wrong_no_scale, "forgot to divide by √d_k"),
        (_wrong_model_scale, "√d_model"),
        (_wrong_mask_ignored_no_scale, "ignored the mask"),
        (_wrong_mask_ignored_no_scale, "forgot to divide"),
        (_wrong_one_projection_no_scale, "used W_q for the keys too"),
        (_wrong_one_projection_no_scale, "forgot to divide"),
        (_wrong_inverted, "took True for hidden"),
        (_wrong_billion, "looked at forbidden keys"),
        (_wrong_infinite, "NaN"),
        (_wrong_swapped, "swapped W_q and W_k"),
        (_wrong_columns, "over the queries"),
        (_wrong_output_only, "where (output, weights) is due"),
        (_wrong_weights_first, "returned weights, output"),
        (_wrong_detached, "cut the gradient to `W_q`"),
        (_wrong_weights_cut, "gradient"),
        (_wrong_plain_transpose, ".T"),
        (_wrong_linear, "raised a RuntimeError"),
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
