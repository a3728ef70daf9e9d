"""Answers to lesson 04's attention as learners write them: right ones, and wrong ones."""

import math

import torch
import torch.nn.functional as F
from einops import einsum

# Right --------------------------------------------------------------------------------------------


def softmax_filled(scores, mask=None):
    if mask is not None:
        scores = scores.masked_fill(~mask, float("-inf"))
    return torch.softmax(scores, dim=-1).nan_to_num(0.0)


def softmax_by_hand(scores, mask=None):
    mask = torch.ones_like(scores, dtype=torch.bool) if mask is None else mask
    scores = torch.where(mask, scores, -torch.inf)
    top = scores.amax(-1, keepdim=True).detach()
    powers = torch.exp(scores - torch.where(top.isfinite(), top, 0.0))
    total = powers.sum(-1, keepdim=True)
    return powers / torch.where(total == 0, 1.0, total)


def softmax_smallest_number(scores, mask=None):
    if mask is None:
        return F.softmax(scores, dim=-1)
    lowest = torch.finfo(scores.dtype).min
    return F.softmax(scores.masked_fill(mask == 0, lowest), dim=-1) * mask


def softmax_huge_constant(scores, mask=None):
    if mask is None:
        mask = torch.tensor(True)
    weights = (scores + (~mask) * -1e9).softmax(-1)
    return weights.masked_fill(~mask, 0)


def softmax_logsumexp(scores, mask=None):
    if mask is None:
        return torch.exp(scores - scores.logsumexp(-1, keepdim=True))
    open_rows = mask | ~mask.any(-1, keepdim=True)
    kept = scores.masked_fill(~open_rows, -torch.inf)
    return torch.exp(kept - torch.logsumexp(kept, -1, keepdim=True)) * mask


def softmax_in_double(scores, mask=None):
    wide = scores.double()
    if mask is not None:
        wide = torch.where(mask, wide, torch.tensor(-torch.inf, dtype=wide.dtype))
    return torch.nan_to_num(wide.softmax(-1)).to(scores.dtype)


def softmax_loop(scores, mask=None):
    N = scores.shape[-1]
    mask = torch.ones(scores.shape).bool() if mask is None else mask.expand(scores.shape)
    rows, allowed = scores.reshape(-1, N), mask.reshape(-1, N)
    out = []
    for row, may in zip(rows, allowed, strict=True):
        weights = torch.zeros_like(row)
        if may.any():
            weights = weights.masked_scatter(may, row[may].softmax(0))
        out.append(weights)
    return torch.stack(out).reshape(scores.shape)


def softmax_on_a_copy(scores, mask=None):
    scores = scores.clone()
    if mask is not None:
        scores[~mask.expand_as(scores)] = -torch.inf
    weights = scores.softmax(-1)
    return torch.where(weights.isnan(), torch.zeros_like(weights), weights)


def attend_einsum(query, key, value, mask=None):
    scores = torch.einsum("...md,...nd->...mn", query, key) / query.size(-1) ** 0.5
    weights = softmax_filled(scores, mask)
    return torch.einsum("...mn,...nd->...md", weights, value), weights


def attend_fused(query, key, value, mask=None):
    output = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    weights = softmax_filled(query @ key.mT / math.sqrt(key.shape[-1]), mask)
    return output, weights


def attend_scaling_both(query, key, value, mask=None):
    quarter = key.shape[-1] ** -0.25
    weights = softmax_huge_constant((query * quarter) @ (key * quarter).transpose(-1, -2), mask)
    return weights.matmul(value), weights


def attend_loop(query, key, value, mask=None):
    rows = []
    for i in range(query.shape[-2]):
        scores = (query[..., i : i + 1, :] * key).sum(-1) / math.sqrt(key.shape[-1])
        rows.append(scores)
    weights = softmax_by_hand(torch.stack(rows, dim=-2), mask)
    return (weights[..., None] * value[..., None, :, :]).sum(-2), weights


def attend_einops(query, key, value, mask=None):
    scores = einsum(query, key, "... m d, ... n d -> ... m n") * query.shape[-1] ** -0.5
    weights = softmax_logsumexp(scores, mask)
    return einsum(weights, value, "... m n, ... n d -> ... m d"), weights


def attend_in_double(query, key, value, mask=None):
    q, k, v = query.double(), key.double(), value.double()
    weights = softmax_in_double(q @ k.mT / math.sqrt(q.shape[-1]), mask)
    return (weights @ v).to(value.dtype), weights.to(value.dtype)


def attend_value_first(query, key, value, mask=None):
    scores = (key @ query.mT / math.sqrt(query.shape[-1])).mT
    weights = softmax_smallest_number(scores, mask)
    return (value.mT @ weights.mT).mT, weights


# Wrong --------------------------------------------------------------------------------------------


def softmax_rows(scores, mask=None):
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    return F.softmax(scores, dim=-2).nan_to_num()


def softmax_dim_one(scores, mask=None):
    if mask is not None:
        scores = scores.masked_fill(~mask, -1e30)
    return F.softmax(scores, dim=1)


def softmax_dim_zero(scores, mask=None):
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    return scores.softmax(0).nan_to_num()


def softmax_hidden_is_true(scores, mask=None):
    if mask is not None:
        scores = scores.masked_fill(mask, -torch.inf)
    return scores.softmax(-1).nan_to_num()


def softmax_usual_constant(scores, mask=None):
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -1e9)
    return F.softmax(scores, dim=-1)


def softmax_infinity(scores, mask=None):
    if mask is not None:
        scores = scores.masked_fill(~mask, float("-inf"))
    return scores.softmax(dim=-1)


def softmax_masked_late(scores, mask=None):
    weights = scores.softmax(-1)
    return weights if mask is None else weights.masked_fill(~mask, 0.0)


def softmax_renormalised(scores, mask=None):
    weights = scores.softmax(-1)
    if mask is not None:
        weights = weights * mask
        weights = weights / weights.sum(-1, keepdim=True).clamp_min(1e-9)
    return weights


def softmax_added(scores, mask=None):
    return scores.softmax(-1) if mask is None else (scores + mask.to(scores.dtype)).softmax(-1)


def softmax_multiplied(scores, mask=None):
    return (scores if mask is None else scores * mask).softmax(-1)


def softmax_typo(scores, mask=None):
    if mask is not None:
        scores = torch.where(mask, scores, -1e-9)
    return scores.softmax(-1)


def softmax_small_constant(scores, mask=None):
    if mask is None:
        return scores.softmax(-1)
    return scores.masked_fill(~mask, -50.0).softmax(-1) * mask.any(-1, keepdim=True)


def softmax_naive(scores, mask=None):
    powers = scores.exp()
    if mask is not None:
        powers = powers * mask
    total = powers.sum(-1, keepdim=True)
    return torch.where(total > 0, powers / total, 0.0)


def softmax_in_place(scores, mask=None):
    if mask is not None:
        scores.masked_fill_(~mask, -torch.inf)
    return scores.softmax(-1).nan_to_num()


def softmax_detached(scores, mask=None):
    return softmax_filled(scores.detach(), mask)


def softmax_float32(scores, mask=None):
    return softmax_filled(scores.float(), mask)


def softmax_late_rows(scores, mask=None):
    weights = scores.softmax(-2)
    return weights if mask is None else weights * mask


def softmax_forgets_mask(scores, mask=None):
    return scores.softmax(-1)


def softmax_needs_mask(scores, mask=None):
    return scores.masked_fill(mask.logical_not(), -torch.inf).softmax(-1).nan_to_num()


def softmax_keeps_nan_of_the_mask(scores, mask=None):
    if mask is not None:
        scores = scores + mask.logical_not() * -torch.inf
    return scores.softmax(-1)


def attend_with(scores_of, weigh=softmax_filled):
    def attend(query, key, value, mask=None):
        weights = weigh(scores_of(query, key, value), mask)
        return weights @ value, weights

    return attend


attend_unscaled = attend_with(lambda q, k, v: torch.einsum("...id,...jd->...ij", q, k))
attend_by_width = attend_with(lambda q, k, v: q @ k.mT / q.shape[-1])
attend_by_value_width = attend_with(lambda q, k, v: q @ k.mT / v.shape[-1] ** 0.5)
attend_by_length = attend_with(lambda q, k, v: q @ k.mT / math.sqrt(k.size(-2)))
attend_by_size_one = attend_with(lambda q, k, v: q @ k.mT / math.sqrt(q.size(-2)))
attend_multiplying = attend_with(lambda q, k, v: q @ k.mT * math.sqrt(q.size(-1)))
attend_with_dot_t = attend_with(lambda q, k, v: q @ k.T / math.sqrt(q.size(-1)))
attend_one_two = attend_with(lambda q, k, v: q.matmul(k.transpose(1, 2)) / q.size(-1) ** 0.5)
attend_no_transpose = attend_with(lambda q, k, v: q @ k / math.sqrt(q.size(-1)))
attend_swapped = attend_with(lambda q, k, v: k @ q.mT / math.sqrt(q.size(-1)))
attend_cosine = attend_with(lambda q, k, v: F.normalize(q, dim=-1) @ F.normalize(k, dim=-1).mT)
attend_detached = attend_with(lambda q, k, v: (q @ k.mT).detach() / math.sqrt(q.size(-1)))


def right_scores(q, k, v):
    return q @ k.mT / math.sqrt(q.size(-1))


def plain_scores(q, k, v):
    return q @ k.mT


attend_over_queries = attend_with(right_scores, softmax_rows)
attend_over_batch = attend_with(right_scores, softmax_dim_zero)
attend_hidden = attend_with(right_scores, softmax_hidden_is_true)
attend_late = attend_with(right_scores, softmax_masked_late)
attend_constant = attend_with(right_scores, softmax_usual_constant)
attend_nan = attend_with(right_scores, softmax_infinity)
attend_multiplied = attend_with(right_scores, softmax_multiplied)
attend_added = attend_with(right_scores, softmax_added)
attend_maskless = attend_with(right_scores, softmax_forgets_mask)
attend_in_float32 = attend_with(right_scores, softmax_float32)
unscaled_over_queries = attend_with(plain_scores, softmax_rows)
unscaled_and_late = attend_with(plain_scores, softmax_masked_late)
unscaled_and_hidden = attend_with(plain_scores, softmax_hidden_is_true)
by_width_with_constant = attend_with(lambda q, k, v: q @ k.mT / q.size(-1), softmax_usual_constant)


def attend_weights_first(query, key, value, mask=None):
    output, weights = attend_einsum(query, key, value, mask)
    return weights, output


def attend_output_only(query, key, value, mask=None):
    return attend_einsum(query, key, value, mask)[0]


def attend_weights_twice(query, key, value, mask=None):
    weights = attend_einsum(query, key, value, mask)[1]
    return weights, weights


def attend_returns_scores(query, key, value, mask=None):
    scores = query @ key.mT / math.sqrt(query.size(-1))
    return softmax_filled(scores, mask) @ value, scores


def attend_averages_keys(query, key, value, mask=None):
    weights = attend_einsum(query, key, value, mask)[1]
    return weights @ key, weights


def attend_first_of_batch(query, key, value, mask=None):
    if query.ndim > 2:
        mask = mask[0] if mask is not None and mask.ndim > 2 else mask
        output, weights = attend_einsum(query[0], key[0], value[0], mask)
        return output[None], weights[None]
    return attend_einsum(query, key, value, mask)


def attend_scales_in_place(query, key, value, mask=None):
    query /= math.sqrt(query.shape[-1])
    weights = softmax_filled(query @ key.mT, mask)
    return weights @ value, weights


def attend_softmax_twice(query, key, value, mask=None):
    weights = softmax_filled(softmax_filled(right_scores(query, key, value), mask), mask)
    return weights @ value, weights


def attend_output_scaled(query, key, value, mask=None):
    weights = softmax_filled(query @ key.mT, mask)
    return weights @ value / math.sqrt(query.size(-1)), weights


def attend_bare_exponentials(query, key, value, mask=None):
    powers = (query @ key.mT / query.size(-1) ** 0.5).exp()
    powers = powers if mask is None else powers * mask
    weights = powers / powers.sum(-1, keepdim=True)
    return weights @ value, weights


def attend_turned_mask(query, key, value, mask=None):
    scores = query @ key.mT / query.size(-1) ** 0.5
    scores = scores if mask is None else scores.masked_fill(~mask.mT, -torch.inf)
    weights = scores.softmax(-1).nan_to_num()
    return weights @ value, weights


def attend_sigmoid(query, key, value, mask=None):
    weights = torch.sigmoid(query @ key.mT / query.size(-1) ** 0.5)
    weights = weights if mask is None else weights * mask
    return weights @ value, weights


# output_jacobian ----------------------------------------------------------------------------------


def _weights_of(query, key):
    return torch.softmax(key @ query / len(query) ** 0.5, dim=-1)


def _jacobian_by_autograd(query, key, value):
    return torch.autograd.functional.jacobian(lambda q: _weights_of(q, key) @ value, query)


def _jacobian_by_softmax(query, key, value):
    weights = _weights_of(query, key)
    return (
        value.mT @ (torch.diag(weights) - torch.outer(weights, weights)) @ key / len(query) ** 0.5
    )


def _jacobian_by_values(query, key, value):
    weights = _weights_of(query, key)
    return torch.einsum("n,nv,nk->vk", weights, value - weights @ value, key) / len(query) ** 0.5


def _jacobian_by_loop(query, key, value):
    weights = _weights_of(query, key)
    output, result = weights @ value, torch.zeros(value.shape[1], len(query), dtype=query.dtype)
    for j in range(len(key)):
        result += weights[j] * torch.outer(value[j] - output, key[j])
    return result / len(query) ** 0.5


def _jacobian_by_trying(query, key, value):
    columns = []
    for step in 1e-5 * torch.eye(len(query), dtype=query.dtype):
        up, down = (_weights_of(query + s, key) @ value for s in (step, -step))
        columns.append((up - down) / 2e-5)
    return torch.stack(columns, dim=-1)


def _jacobian_with_weights_that_stay(query, key, value):
    return (_weights_of(query, key)[:, None] * value).mT @ key / len(query) ** 0.5


RIGHT = {
    "output_jacobian": [
        _jacobian_by_autograd,
        _jacobian_by_softmax,
        _jacobian_by_values,
        _jacobian_by_loop,
        _jacobian_by_trying,
    ],
    "masked_softmax": [
        softmax_filled,
        softmax_by_hand,
        softmax_smallest_number,
        softmax_huge_constant,
        softmax_logsumexp,
        softmax_in_double,
        softmax_loop,
        softmax_on_a_copy,
    ],
    "scaled_dot_product_attention": [
        attend_einsum,
        attend_fused,
        attend_scaling_both,
        attend_loop,
        attend_einops,
        attend_in_double,
        attend_value_first,
    ],
}

WRONG = {
    "output_jacobian": [
        (_jacobian_with_weights_that_stay, "did not subtract the mean"),
        (lambda q, k, v: _jacobian_by_values(q, k, v).mT, "rows and columns"),
        (lambda q, k, v: _jacobian_by_values(q, k, v) * len(q) ** 0.5, "forgot the division"),
        (lambda q, k, v: -_jacobian_by_values(q, k, v), "sign"),
    ],
    "masked_softmax": [
        (softmax_rows, "over the queries"),
        (softmax_dim_one, ""),
        (softmax_dim_zero, "first axis"),
        (softmax_hidden_is_true, "True for hidden"),
        (softmax_usual_constant, "forbidden keys"),
        (softmax_infinity, "NaN"),
        (softmax_masked_late, "after the softmax"),
        (softmax_renormalised, "normalised again"),
        (softmax_added, "added the mask"),
        (softmax_multiplied, "score of 0"),
        (softmax_typo, "score of 0, or nearly"),
        (softmax_small_constant, "not small enough"),
        (softmax_naive, "overflow"),
        (softmax_in_place, "changed"),
        (softmax_detached, "gradient"),
        (softmax_float32, "float32 where"),
        (softmax_late_rows, "over the queries"),
        (softmax_forgets_mask, "ignored the mask"),
        (softmax_needs_mask, "always expected `mask`"),
        (softmax_keeps_nan_of_the_mask, ""),
    ],
    "scaled_dot_product_attention": [
        (attend_unscaled, "forgot to divide"),
        (attend_by_width, "divided by d_k"),
        (attend_by_value_width, ""),
        (attend_by_length, "√N"),
        (attend_by_size_one, "√M"),
        (attend_multiplying, "multiplied by √d_k"),
        (attend_with_dot_t, ".T on a batch"),
        (attend_one_two, "from the front"),
        (attend_no_transpose, ""),
        (attend_swapped, "keys ask"),
        (attend_cosine, ""),
        (attend_detached, "gradient"),
        (attend_over_queries, "over the queries"),
        (attend_over_batch, "first axis"),
        (attend_hidden, "True for hidden"),
        (attend_late, "after the softmax"),
        (attend_constant, "forbidden keys"),
        (attend_nan, "NaN"),
        (attend_multiplied, "score of 0"),
        (attend_added, "added the mask"),
        (attend_maskless, "ignored the mask"),
        (attend_in_float32, ""),
        (unscaled_over_queries, "over the queries"),
        (unscaled_and_late, "after the softmax"),
        (unscaled_and_hidden, "True for hidden"),
        (by_width_with_constant, "d_k"),
        (attend_weights_first, ""),
        (attend_output_only, ""),
        (attend_weights_twice, ""),
        (attend_returns_scores, "returned the scores"),
        (attend_averages_keys, "averaged the keys"),
        (attend_first_of_batch, "shape"),
        (attend_scales_in_place, "changed"),
        (attend_softmax_twice, ""),
        (attend_output_scaled, "divided the output"),
        (attend_bare_exponentials, "overflow"),
        (attend_turned_mask, "turned the mask round"),
        (attend_sigmoid, "sigmoid"),
    ],
}
