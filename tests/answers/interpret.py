"""Answers to lesson 16 as learners write them: right ones, however written, and wrong ones."""

import math

import torch
import torch.nn.functional as F
from einops import einsum, rearrange, reduce

# Right --------------------------------------------------------------------------------------------


def entropy_entr(weights):
    return torch.special.entr(weights).sum(dim=-1)


def entropy_xlogy(weights):
    return -torch.xlogy(weights, weights).sum(-1)


def entropy_where(weights):
    safe = torch.where(weights > 0, weights, 1.0)
    return -(weights * safe.log()).sum(-1)


def entropy_nan_to_num(weights):
    return -torch.nan_to_num(weights * torch.log(weights)).sum(-1)


def entropy_clamped(weights):
    return -(weights * weights.clamp_min(1e-12).log()).sum(-1)


def entropy_with_epsilon(weights):
    return -(weights * (weights + 1e-9).log()).sum(-1)


def entropy_in_bits_and_back(weights):
    return -torch.xlogy(weights, weights).div(math.log(2)).sum(-1) * math.log(2)


def entropy_key_by_key(weights):
    total = torch.zeros_like(weights[..., 0])
    for weight in weights.unbind(-1):
        total = total - torch.where(
            weight > 0, weight * torch.where(weight > 0, weight, 1).log(), 0
        )
    return total


def rollout_loop(weights_per_layer):
    T = weights_per_layer[0].shape[-1]
    result = torch.eye(T, dtype=weights_per_layer[0].dtype)
    for weights in weights_per_layer:
        A = 0.5 * weights.mean(dim=-3) + 0.5 * torch.eye(T, dtype=weights.dtype)
        result = A @ result
    return result


def rollout_without_start(weights_per_layer):
    passed = None
    for weights in weights_per_layer:
        A = weights.mean(-3)
        A = (A + torch.eye(A.shape[-1], dtype=A.dtype)) / 2
        passed = A if passed is None else torch.matmul(A, passed)
    return passed


def rollout_rows_normalised(weights_per_layer):
    steps = []
    for weights in weights_per_layer:
        A = reduce(weights, "... H M N -> ... M N", "mean") + torch.eye(weights.shape[-1])
        steps.append((A / A.sum(-1, keepdim=True)).to(weights.dtype))
    passed = steps.pop()
    while steps:
        passed = passed @ steps.pop()
    return passed


def rollout_einsum(weights_per_layer):
    passed = torch.eye(weights_per_layer[0].shape[-1], dtype=weights_per_layer[0].dtype)
    passed = passed.expand_as(weights_per_layer[0].mean(-3))
    for weights in weights_per_layer:
        passed = (passed + einsum(weights.mean(-3), passed, "... i j, ... j k -> ... i k")) / 2
    return passed


def rollout_summed_heads(weights_per_layer):
    passed = 1
    for weights in weights_per_layer:
        H, T = weights.shape[-3], weights.shape[-1]
        step = (weights.sum(-3) / H + torch.eye(T).to(weights)) / 2
        passed = step if isinstance(passed, int) else step @ passed
    return passed


def rollout_backwards(weights_per_layer):
    passed = torch.eye(weights_per_layer[0].shape[-1], dtype=weights_per_layer[0].dtype)
    for weights in reversed(weights_per_layer):
        passed = passed @ (weights.mean(-3) + torch.eye(len(passed[0])).to(weights)) / 2
    return passed


def ablate_clone(outputs, head):
    result = outputs.clone()
    result[:, head] = outputs[:, head].mean(dim=0, keepdim=True)
    return result


def ablate_where(outputs, head):
    chosen = torch.arange(outputs.shape[1]) == head
    return torch.where(chosen[:, None, None], outputs.mean(0), outputs)


def ablate_stack(outputs, head):
    heads = list(outputs.unbind(1))
    heads[head] = heads[head].mean(0).expand_as(heads[head])
    return torch.stack(heads, dim=1)


def ablate_cat(outputs, head):
    mean = outputs[:, head : head + 1].mean(0, keepdim=True).expand(len(outputs), -1, -1, -1)
    return torch.cat([outputs[:, :head], mean, outputs[:, head + 1 :]], dim=1)


def ablate_added(outputs, head):
    switch = torch.zeros(outputs.shape[1], 1, 1, dtype=outputs.dtype)
    switch[head] = 1
    return outputs + switch * (outputs.mean(0) - outputs)


def ablate_heads_first(outputs, head):
    result = rearrange(outputs, "B H T d -> H B T d").clone()
    result[head] = result[head].mean(0)
    return result.transpose(0, 1)


def score_gather(weights, period):
    place = torch.arange(period, weights.shape[-1])
    return weights[..., place, place - period + 1].mean(-1)


def score_diagonal(weights, period):
    return torch.diagonal(weights, offset=1 - period, dim1=-2, dim2=-1)[..., 1:].mean(dim=-1)


def score_rows_cut(weights, period):
    return weights[..., period:, 1:].diagonal(0, -2, -1).mean(-1)


def score_loop(weights, period):
    total, T = 0, weights.shape[-1]
    for i in range(period, T):
        total = total + weights[..., i, i - period + 1]
    return total / (T - period)


def score_mask(weights, period):
    i = torch.arange(weights.shape[-1])
    chosen = (i[:, None] >= period) & (i == i[:, None] - period + 1)
    return (weights * chosen).sum((-2, -1)) / chosen.sum()


def score_take_along(weights, period):
    later = weights[..., period:, :]
    keys = torch.arange(1, later.shape[-2] + 1).expand(later.shape[:-1])
    return later.gather(-1, keys.unsqueeze(-1)).squeeze(-1).mean(-1)


def patch_clone(before, after, x, other, place):
    patched = before(x).clone()
    patched[..., place, :] = before(other)[..., place, :]
    return after(patched)


def patch_where(before, after, x, other, place):
    h, lent = before(x), before(other)
    chosen = torch.arange(h.shape[-2])[:, None] == place
    return after(torch.where(chosen, lent, h))


def patch_cat(before, after, x, other, place):
    own, lent = before(x), before(other)
    parts = own[..., :place, :], lent[..., place : place + 1, :], own[..., place + 1 :, :]
    return after(torch.cat(parts, dim=-2))


def patch_difference(before, after, x, other, place):
    own, lent = before(x), before(other)
    at = torch.zeros(own.shape[-2], 1, dtype=own.dtype)
    at[place] = 1
    return after(own + at * (lent - own))


def patch_stack(before, after, x, other, place):
    vectors = list(before(x).unbind(-2))
    vectors[place] = before(other).select(-2, place)
    return after(torch.stack(vectors, -2))


def patch_index_copy(before, after, x, other, place):
    own = before(x)
    index = torch.tensor([place])
    return after(own.index_copy(own.ndim - 2, index, before(other).index_select(-2, index)))


def effect_cross_entropy(logits, logits_without, tokens):
    tokens = tokens.flatten()
    before = F.cross_entropy(logits.flatten(0, -2), tokens)
    return F.cross_entropy(logits_without.flatten(0, -2), tokens) - before


def effect_log_softmax_twice(logits, logits_without, tokens):
    """A log-softmax of a log-softmax is the same: their exponentials already sum to 1."""
    before = F.cross_entropy(logits.log_softmax(-1).flatten(0, -2), tokens.flatten())
    after = F.cross_entropy(logits_without.log_softmax(-1).flatten(0, -2), tokens.flatten())
    return after - before


def effect_gather(logits, logits_without, tokens):
    before, after = (
        x.log_softmax(-1).gather(-1, tokens[..., None]) for x in (logits, logits_without)
    )
    return (before - after).mean()


def effect_nll(logits, logits_without, tokens):
    losses = [
        F.nll_loss(F.log_softmax(x, dim=-1).reshape(-1, x.shape[-1]), tokens.reshape(-1))
        for x in (logits, logits_without)
    ]
    return losses[1] - losses[0]


def effect_logsumexp(logits, logits_without, tokens):
    def loss(x):
        return (x.logsumexp(-1) - x.gather(-1, tokens.unsqueeze(-1)).squeeze(-1)).mean()

    return loss(logits_without) - loss(logits)


def effect_one_hot(logits, logits_without, tokens):
    came = F.one_hot(tokens, logits.shape[-1])
    change = logits.log_softmax(-1) - logits_without.log_softmax(-1)
    return (change * came).sum(-1).mean()


# Wrong --------------------------------------------------------------------------------------------


def entropy_nan(weights):
    return -(weights * torch.log(weights)).sum(dim=-1)


def entropy_log2(weights):
    return -torch.xlogy(weights, weights).sum(-1) / math.log(2)


def entropy_queries(weights):
    return torch.special.entr(weights).sum(-2)


def entropy_categorical_of_logits(weights):
    return torch.distributions.Categorical(logits=weights).entropy()


def entropy_mean(weights):
    return torch.special.entr(weights).mean(-1)


def entropy_whole(weights):
    return torch.special.entr(weights).sum(-1).mean(-1)


def entropy_positive(weights):
    return torch.xlogy(weights, weights).sum(-1)


def rollout_no_residual(weights_per_layer):
    passed = torch.eye(weights_per_layer[0].shape[-1], dtype=weights_per_layer[0].dtype)
    for weights in weights_per_layer:
        passed = weights.mean(-3) @ passed
    return passed


def rollout_other_order(weights_per_layer):
    passed = torch.eye(weights_per_layer[0].shape[-1], dtype=weights_per_layer[0].dtype)
    for weights in weights_per_layer:
        passed = passed @ (weights.mean(-3) + torch.eye(weights.shape[-1]).to(weights)) / 2
    return passed


def rollout_unhalved(weights_per_layer):
    passed = torch.eye(weights_per_layer[0].shape[-1], dtype=weights_per_layer[0].dtype)
    for weights in weights_per_layer:
        passed = (weights.mean(-3) + torch.eye(weights.shape[-1]).to(weights)) @ passed
    return passed


def rollout_max_heads(weights_per_layer):
    passed = torch.eye(weights_per_layer[0].shape[-1], dtype=weights_per_layer[0].dtype)
    for weights in weights_per_layer:
        A = weights.max(dim=-3).values
        passed = (A + torch.eye(A.shape[-1]).to(A)) / 2 @ passed
    return passed


def rollout_last(weights_per_layer):
    A = weights_per_layer[-1].mean(-3)
    return (A + torch.eye(A.shape[-1]).to(A)) / 2


def rollout_stars(weights_per_layer):
    passed = 1
    for weights in weights_per_layer:
        passed = (weights.mean(-3) + torch.eye(weights.shape[-1]).to(weights)) / 2 * passed
    return passed


def ablate_zero(outputs, head):
    result = outputs.clone()
    result[:, head] = 0
    return result


def ablate_over_tokens(outputs, head):
    result = outputs.clone()
    result[:, head] = outputs[:, head].mean(1, keepdim=True)
    return result


def ablate_over_both(outputs, head):
    result = outputs.clone()
    result[:, head] = outputs[:, head].mean((0, 1))
    return result


def ablate_token(outputs, head):
    result = outputs.clone()
    result[:, :, head] = outputs[:, :, head].mean(0)
    return result


def ablate_in_place(outputs, head):
    outputs[:, head] = outputs[:, head].mean(0)
    return outputs


def ablate_by_heads(outputs, head):
    result = outputs.clone()
    result[:, head] = outputs.mean(1)
    return result


def score_same(weights, period):
    return weights.diagonal(-period, -2, -1).mean(-1)


def score_whole_diagonal(weights, period):
    return weights.diagonal(1 - period, -2, -1).mean(-1)


def score_upper(weights, period):
    place = torch.arange(period, weights.shape[-1])
    return weights[..., place - period + 1, place].mean(-1)


def score_summed(weights, period):
    return weights.diagonal(1 - period, -2, -1)[..., 1:].sum(-1)


def score_all_heads(weights, period):
    return weights.diagonal(1 - period, -2, -1)[..., 1:].mean()


def score_previous(weights, period):
    return weights.diagonal(-1, -2, -1).mean(-1)


def patch_swapped(before, after, x, other, place):
    patched = before(other).clone()
    patched[..., place, :] = before(x)[..., place, :]
    return after(patched)


def patch_input(before, after, x, other, place):
    mixed = x.clone()
    mixed[..., place, :] = other[..., place, :]
    return after(before(mixed))


def patch_from_here(before, after, x, other, place):
    patched = before(x).clone()
    patched[..., place:, :] = before(other)[..., place:, :]
    return after(patched)


def patch_added(before, after, x, other, place):
    patched = before(x).clone()
    patched[..., place, :] = patched[..., place, :] + before(other)[..., place, :]
    return after(patched)


def patch_all(before, after, x, other, place):
    return after(before(other))


def patch_no_end(before, after, x, other, place):
    patched = before(x).clone()
    patched[..., place, :] = before(other)[..., place, :]
    return patched


def patch_number(before, after, x, other, place):
    patched = before(x).clone()
    if place < patched.shape[-1]:
        patched[..., place] = before(other)[..., place]
    return after(patched)


def effect_twice(logits, logits_without, tokens):
    tokens = tokens.flatten()
    before = F.cross_entropy(torch.softmax(logits, -1).flatten(0, -2), tokens)
    return F.cross_entropy(torch.softmax(logits_without, -1).flatten(0, -2), tokens) - before


def effect_sign(logits, logits_without, tokens):
    tokens = tokens.flatten()
    before = F.cross_entropy(logits.flatten(0, -2), tokens)
    return before - F.cross_entropy(logits_without.flatten(0, -2), tokens)


def effect_probability(logits, logits_without, tokens):
    change = logits.softmax(-1) - logits_without.softmax(-1)
    return change.gather(-1, tokens.unsqueeze(-1)).mean()


def effect_log_of_softmax(logits, logits_without, tokens):
    losses = [
        -torch.log(F.softmax(x, dim=-1)).gather(-1, tokens.unsqueeze(-1)).mean()
        for x in (logits, logits_without)
    ]
    return losses[1] - losses[0]


def effect_exponentials(logits, logits_without, tokens):
    def loss(x):
        return -(x.exp() / x.exp().sum(-1, keepdim=True)).gather(-1, tokens[..., None]).log().mean()

    return loss(logits_without) - loss(logits)


def effect_sum(logits, logits_without, tokens):
    tokens = tokens.flatten()
    before = F.cross_entropy(logits.flatten(0, -2), tokens, reduction="sum")
    after = F.cross_entropy(logits_without.flatten(0, -2), tokens, reduction="sum")
    return after - before


def effect_logits(logits, logits_without, tokens):
    return (logits - logits_without).gather(-1, tokens.unsqueeze(-1)).mean()


RIGHT = {
    "attention_entropy": [
        entropy_entr,
        entropy_xlogy,
        entropy_where,
        entropy_nan_to_num,
        entropy_clamped,
        entropy_with_epsilon,
        entropy_in_bits_and_back,
        entropy_key_by_key,
    ],
    "rollout": [
        rollout_loop,
        rollout_without_start,
        rollout_rows_normalised,
        rollout_einsum,
        rollout_summed_heads,
        rollout_backwards,
    ],
    "ablate_head": [
        ablate_clone,
        ablate_where,
        ablate_stack,
        ablate_cat,
        ablate_added,
        ablate_heads_first,
    ],
    "induction_score": [
        score_gather,
        score_diagonal,
        score_rows_cut,
        score_loop,
        score_mask,
        score_take_along,
    ],
    "patch": [
        patch_clone,
        patch_where,
        patch_cat,
        patch_difference,
        patch_stack,
        patch_index_copy,
    ],
    "removal_effect": [
        effect_cross_entropy,
        effect_log_softmax_twice,
        effect_gather,
        effect_nll,
        effect_logsumexp,
        effect_one_hot,
    ],
}

WRONG = {
    "attention_entropy": [
        (entropy_nan, "logarithm of a weight of 0"),
        (entropy_log2, "base 2"),
        (entropy_queries, "summed over the queries"),
        (entropy_categorical_of_logits, "applied softmax"),
        (entropy_mean, "averaged over the keys"),
        (entropy_whole, "averaged over the queries"),
        (entropy_positive, "minus sign"),
    ],
    "rollout": [
        (rollout_no_residual, "forgot the residual"),
        (rollout_other_order, "other order"),
        (rollout_unhalved, "did not divide"),
        (rollout_max_heads, "strongest head"),
        (rollout_last, "last layer only"),
        (rollout_stars, "number by number"),
    ],
    "ablate_head": [
        (ablate_zero, "zeros"),
        (ablate_over_tokens, "mean over the tokens"),
        (ablate_over_both, "one mean for all tokens"),
        (ablate_token, "silenced a token"),
        (ablate_in_place, "changed"),
        (ablate_by_heads, "mean over the heads"),
    ],
    "induction_score": [
        (score_same, "same token"),
        (score_whole_diagonal, "one place of the first phrase"),
        (score_upper, "keys for queries"),
        (score_summed, "summed instead"),
        (score_all_heads, "averaged over the heads"),
        (score_previous, "just before"),
    ],
    "patch": [
        (patch_swapped, "ran `other`"),
        (patch_input, "exchanged the input"),
        (patch_from_here, "from here on"),
        (patch_added, "added the activation"),
        (patch_all, "exchanged all places"),
        (patch_no_end, "rest of the model"),
        (patch_number, "one number of every vector"),
    ],
    "removal_effect": [
        (effect_twice, "softmax twice"),
        (effect_sign, "wrong way round"),
        (effect_probability, "probabilities"),
        (effect_sum, "summed over"),
        (effect_log_of_softmax, "logarithm of a softmax"),
        (effect_exponentials, "exponentials of large"),
        (effect_logits, "compared logits"),
    ],
}
