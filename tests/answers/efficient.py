"""Answers to lesson 15's blocks, windows and features: right ones, however written, and wrong."""

import math

import torch
import torch.nn.functional as F

# windows ------------------------------------------------------------------------------------------


def window_by_loop(T, window):
    mask = torch.zeros(T, T, dtype=torch.bool)
    for i in range(T):
        mask[i, max(0, i - window + 1) : i + 1] = True
    return mask


def window_by_triangles(T, window):
    ones = torch.ones(T, T, dtype=torch.bool)
    return torch.tril(ones) & ~torch.tril(ones, -window)


def window_by_comparing(T, window):
    i, j = torch.arange(T).unsqueeze(1), torch.arange(T).unsqueeze(0)
    return torch.logical_and(j <= i, j > i - window)


def window_by_sum(T, window):
    steps = min(window, T)
    return sum(torch.diag(torch.ones(T - k), -k) for k in range(steps)).bool()


def window_by_lists(T, window):
    return torch.tensor([[0 <= i - j < window for j in range(T)] for i in range(T)])


def window_too_long(T, window):
    i, j = torch.arange(T)[:, None], torch.arange(T)
    return (j <= i) & (i - j <= window)


def window_too_short(T, window):
    i, j = torch.arange(T)[:, None], torch.arange(T)
    return (j <= i) & (i - j < window - 1)


def window_both_sides(T, window):
    place = torch.arange(T)
    return (place[:, None] - place).abs() < window


def window_hidden(T, window):
    return ~window_by_triangles(T, window)


def window_forgets_causal(T, window):
    place = torch.arange(T)
    return place[:, None] - place < window


def window_as_numbers(T, window):
    return torch.ones(T, T).tril().triu(-window + 1)


def window_to_be_added(T, window):
    return torch.zeros(T, T).masked_fill(~window_by_loop(T, window), float("-inf"))


def window_in_chunks(T, window):
    chunk = torch.arange(T) // window
    return (chunk[:, None] == chunk) & torch.ones(T, T).tril().bool()


def window_ahead(T, window):
    return window_by_loop(T, window).T


def window_only_causal(T, window):
    return torch.ones(T, T, dtype=torch.bool).tril()


# blocks -------------------------------------------------------------------------------------------


def online_by_blocks(query, key, value, block):
    m = torch.full_like(query[..., :1], -torch.inf)
    total, output = torch.zeros_like(m), 0.0
    for keys, values in zip(key.split(block, -2), value.split(block, -2), strict=True):
        s = query @ keys.transpose(-2, -1) / math.sqrt(query.shape[-1])
        new = torch.maximum(m, s.max(-1, keepdim=True).values)
        p, shrink = torch.exp(s - new), torch.exp(m - new)
        total = total * shrink + p.sum(-1, keepdim=True)
        output = output * shrink + p @ values
        m = new
    return output / total, (m + total.log())[..., 0]


def online_by_log_sums(query, key, value, block):
    """Every block's own softmax, mixed by how much each weighs."""
    outputs, logs = [], []
    for i in range(0, key.shape[-2], block):
        s = query @ key[..., i : i + block, :].mT / query.shape[-1] ** 0.5
        outputs.append(s.softmax(-1) @ value[..., i : i + block, :])
        logs.append(s.logsumexp(-1))
    logs = torch.stack(logs)
    weights = logs.softmax(0)
    return (torch.stack(outputs) * weights[..., None]).sum(0), logs.logsumexp(0)


def online_in_two_passes(query, key, value, block):
    scale = query.shape[-1] ** -0.5
    blocks = list(zip(key.split(block, -2), value.split(block, -2), strict=True))
    logs = [(query @ k.mT * scale).logsumexp(-1, keepdim=True) for k, _ in blocks]
    log_sum = torch.cat(logs, -1).logsumexp(-1, keepdim=True)
    output = sum((query @ k.mT * scale - log_sum).exp() @ v for k, v in blocks)
    return output, log_sum.squeeze(-1)


def online_always_divided(query, key, value, block):
    """The output stays an average all the way."""
    log_sum = output = None
    for k, v in zip(key.split(block, -2), value.split(block, -2), strict=True):
        s = query @ k.mT / query.shape[-1] ** 0.5
        here, mean = s.logsumexp(-1, keepdim=True), s.softmax(-1) @ v
        if output is None:
            log_sum, output = here, mean
        else:
            share = torch.sigmoid(here - log_sum)
            output = output + share * (mean - output)
            log_sum = torch.logaddexp(log_sum, here)
    return output, log_sum.squeeze(-1)


def online_by_tiles(query, key, value, block):
    rows = [online_by_blocks(tile, key, value, block) for tile in query.split(block, -2)]
    return torch.cat([r[0] for r in rows], -2), torch.cat([r[1] for r in rows], -1)


def online_not_shrunk(query, key, value, block):
    m = torch.full_like(query[..., :1], -torch.inf)
    total, output = torch.zeros_like(m), 0.0
    for keys, values in zip(key.split(block, -2), value.split(block, -2), strict=True):
        s = query @ keys.mT / query.shape[-1] ** 0.5
        m = torch.maximum(m, s.amax(-1, keepdim=True))
        p = torch.exp(s - m)
        total, output = total + p.sum(-1, keepdim=True), output + p @ values
    return output / total, (m + total.log()).squeeze(-1)


def online_output_not_shrunk(query, key, value, block):
    m = torch.full_like(query[..., :1], -torch.inf)
    total, output = torch.zeros_like(m), 0.0
    for keys, values in zip(key.split(block, -2), value.split(block, -2), strict=True):
        s = query @ keys.mT / query.shape[-1] ** 0.5
        new = torch.maximum(m, s.amax(-1, keepdim=True))
        p = torch.exp(s - new)
        total = total * torch.exp(m - new) + p.sum(-1, keepdim=True)
        output, m = output + p @ values, new
    return output / total, (m + total.log()).squeeze(-1)


def online_averaged(query, key, value, block):
    parts = []
    for keys, values in zip(key.split(block, -2), value.split(block, -2), strict=True):
        parts.append((query @ keys.mT / query.shape[-1] ** 0.5).softmax(-1) @ values)
    log_sum = (query @ key.mT / query.shape[-1] ** 0.5).logsumexp(-1)
    return sum(parts) / len(parts), log_sum


def online_all_at_once(query, key, value, block):
    scores = query @ key.mT / query.shape[-1] ** 0.5
    weights = scores.softmax(-1)
    return weights @ value, torch.logsumexp(scores, dim=-1)


def online_by_pytorch(query, key, value, block):
    output = F.scaled_dot_product_attention(query, key, value)
    return output, (query @ key.mT / query.shape[-1] ** 0.5).logsumexp(-1)


def online_without_maximum(query, key, value, block):
    total, output = 0.0, 0.0
    for keys, values in zip(key.split(block, -2), value.split(block, -2), strict=True):
        p = (query @ keys.mT / query.shape[-1] ** 0.5).exp()
        total, output = total + p.sum(-1, keepdim=True), output + p @ values
    return output / total, total.log().squeeze(-1)


def online_full_blocks_only(query, key, value, block):
    N = key.shape[-2]
    if block < N:
        key, value = (x[..., : N // block * block, :] for x in (key, value))
    return online_by_blocks(query, key, value, block)


def online_unscaled(query, key, value, block):
    return online_by_blocks(query * query.shape[-1] ** 0.5, key, value, block)


def online_logs_of_the_sum(query, key, value, block):
    output, logs = online_by_blocks(query, key, value, block)
    scores = query @ key.mT / query.shape[-1] ** 0.5
    return output, logs - scores.amax(-1)


# linear attention ---------------------------------------------------------------------------------


def phi(x):
    return torch.nn.functional.elu(x) + 1


def linear_in_a_loop(query, key, value):
    q, k, outputs = phi(query), phi(key), []
    S = torch.zeros(*query.shape[:-2], query.shape[-1], value.shape[-1]).to(value)
    z = torch.zeros(*query.shape[:-2], query.shape[-1]).to(value)
    for t in range(query.shape[-2]):
        S = S + k[..., t, :, None] * value[..., t, None, :]
        z = z + k[..., t, :]
        above = (q[..., t, None, :] @ S).squeeze(-2)
        outputs.append(above / (q[..., t, :] * z).sum(-1, keepdim=True))
    return torch.stack(outputs, dim=-2)


def linear_by_a_map(query, key, value):
    weights = (phi(query) @ phi(key).mT).tril()
    return weights / weights.sum(-1, keepdim=True) @ value


def linear_by_einsum(query, key, value):
    q, k = phi(query), phi(key)
    S = torch.einsum("...td,...tv->...tdv", k, value).cumsum(dim=-3)
    z = k.cumsum(dim=-2)
    return torch.einsum("...td,...tdv->...tv", q, S) / (q * z).sum(-1)[..., None]


def linear_by_where(query, key, value):
    def positive(x):
        return torch.where(x > 0, x + 1, x.clamp(max=0).exp())

    weights = positive(query) @ positive(key).transpose(-1, -2)
    causal = torch.ones(weights.shape[-2:], dtype=torch.bool).tril()
    weights = weights.masked_fill(~causal, 0)
    return weights @ value / weights.sum(dim=-1, keepdim=True)


def linear_with_a_one(query, key, value):
    """A value of 1 beside the others collects the sum below the line."""
    q, k = phi(query), phi(key)
    more = torch.cat([value, torch.ones_like(value[..., :1])], -1)
    sums = (k.unsqueeze(-1) * more.unsqueeze(-2)).cumsum(-3)
    found = (q.unsqueeze(-1) * sums).sum(-2)
    return found[..., :-1] / found[..., -1:]


def linear_both_ways(query, key, value):
    q, k = phi(query), phi(key)
    return q @ (k.mT @ value) / (q @ k.sum(-2).unsqueeze(-1))


def linear_not_divided(query, key, value):
    return (phi(query) @ phi(key).mT).tril() @ value


def linear_whole_sum(query, key, value):
    weights = phi(query) @ phi(key).mT
    return weights.tril() @ value / weights.sum(-1, keepdim=True)


def linear_without_one(query, key, value):
    weights = (F.elu(query) @ F.elu(key).mT).tril()
    return weights / weights.sum(-1, keepdim=True) @ value


def linear_by_relu(query, key, value):
    weights = (F.relu(query) @ F.relu(key).mT).tril()
    return weights / weights.sum(-1, keepdim=True) @ value


def linear_keys_plain(query, key, value):
    weights = (phi(query) @ key.mT).tril()
    return weights / weights.sum(-1, keepdim=True) @ value


def linear_by_softmax(query, key, value):
    scores = query @ key.mT / query.shape[-1] ** 0.5
    causal = torch.ones(scores.shape[-2:], dtype=torch.bool).tril()
    return scores.masked_fill(~causal, -torch.inf).softmax(-1) @ value


def linear_before_adding(query, key, value):
    weights = (phi(query) @ phi(key).mT).tril(-1)
    return weights / weights.sum(-1, keepdim=True) @ value


RIGHT = {
    "sliding_window_mask": [
        window_by_loop,
        window_by_triangles,
        window_by_comparing,
        window_by_sum,
        window_by_lists,
    ],
    "online_softmax_attention": [
        online_by_blocks,
        online_by_log_sums,
        online_in_two_passes,
        online_always_divided,
        online_by_tiles,
    ],
    "linear_attention": [
        linear_in_a_loop,
        linear_by_a_map,
        linear_by_einsum,
        linear_by_where,
        linear_with_a_one,
    ],
}

WRONG = {
    "sliding_window_mask": [
        (window_too_long, "one too long"),
        (window_too_short, "one too short"),
        (window_both_sides, "both sides"),
        (window_hidden, "what is hidden as True"),
        (window_forgets_causal, "but not what comes later"),
        (window_as_numbers, "0 and 1"),
        (window_to_be_added, "to be added"),
        (window_in_chunks, "into blocks"),
        (window_ahead, "what comes after"),
        (window_only_causal, "but not what is too old"),
    ],
    "online_softmax_attention": [
        (online_not_shrunk, "did not shrink the sums"),
        (online_output_not_shrunk, "but not the output"),
        (online_averaged, "averaged a softmax"),
        (online_all_at_once, "whole map"),
        (online_by_pytorch, "whole map"),
        (online_without_maximum, "let exp overflow"),
        (online_full_blocks_only, "dropped the last block"),
        (online_unscaled, "forgot to divide by √d_k"),
        (online_logs_of_the_sum, "left the maximum out"),
    ],
    "linear_attention": [
        (linear_both_ways, "attend to all others"),
        (linear_not_divided, "did not divide"),
        (linear_whole_sum, "sum over all keys"),
        (linear_without_one, "left out the + 1"),
        (linear_by_relu, "used relu"),
        (linear_keys_plain, "queries only"),
        (linear_by_softmax, "softmax"),
        (linear_before_adding, "before the own key"),
    ],
}
