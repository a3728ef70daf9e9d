"""Answers to lesson 17's parts of a block: right ones, however written, and wrong ones."""

import torch
import torch.nn.functional as F

# RMSNorm ------------------------------------------------------------------------------------------


def rms_plainly(x, gain, eps):
    return x / torch.sqrt(torch.mean(x**2, dim=-1, keepdim=True) + eps) * gain


def rms_by_pytorch(x, gain, eps):
    return F.rms_norm(x, gain.shape, gain, eps)


def rms_by_norm(x, gain, eps):
    mean = torch.linalg.vector_norm(x, dim=-1, keepdim=True).square() / x.shape[-1]
    return gain * x * (mean + eps) ** -0.5


def rms_by_dot(x, gain, eps):
    return x * gain * torch.rsqrt(torch.einsum("...d,...d->...", x, x)[..., None] / len(gain) + eps)


def rms_by_unit_vectors(x, gain, eps):
    total = (x * x).sum(dim=-1, keepdim=True) + x.shape[-1] * eps
    return x.shape[-1] ** 0.5 * x / total.sqrt() * gain


def rms_centred(x, gain, eps):
    x = x - x.mean(-1, keepdim=True)
    return rms_plainly(x, gain, eps)


def rms_by_deviation(x, gain, eps):
    return x / (x.var(-1, keepdim=True, correction=0) + eps).sqrt() * gain


def rms_eps_outside(x, gain, eps):
    return x / (x.square().mean(-1, keepdim=True).sqrt() + eps) * gain


def rms_without_eps(x, gain, eps):
    return x / x.square().mean(-1, keepdim=True).sqrt() * gain


def rms_fixed_eps(x, gain, eps):
    return rms_plainly(x, gain, 1e-6)


def rms_by_length(x, gain, eps):
    return x / (x.square().sum(-1, keepdim=True) + eps).sqrt() * gain


def rms_without_gain(x, gain, eps):
    return x / (x.square().mean(-1, keepdim=True) + eps).sqrt()


def rms_gemma(x, gain, eps):
    return rms_plainly(x, 1 + gain, eps)


def rms_of_everything(x, gain, eps):
    return x / (x.square().mean() + eps).sqrt() * gain


# a softmax with a sink ----------------------------------------------------------------------------


def sink_by_column(scores, sink):
    column = sink.view(-1, 1, 1).expand(*scores.shape[:-1], 1)
    return torch.softmax(torch.cat([column, scores], dim=-1), dim=-1)[..., 1:]


def sink_by_log_sums(scores, sink):
    total = torch.logaddexp(scores.logsumexp(-1, keepdim=True), sink[:, None, None])
    return (scores - total).exp()


def sink_by_shift(scores, sink):
    s = sink[:, None, None]
    top = torch.maximum(scores.amax(-1, keepdim=True), s).detach()
    powers = (scores - top).exp()
    return powers / (powers.sum(-1, keepdim=True) + (s - top).exp())


def sink_by_padding(scores, sink):
    padded = F.pad(scores, (0, 1))
    padded[..., -1] = sink[:, None]
    return padded.softmax(-1)[..., :-1]


def sink_by_sigmoid(scores, sink):
    """What is not nothing, split by the usual softmax; rows of −∞ alone keep zeros."""
    total = scores.logsumexp(-1, keepdim=True)
    share = torch.sigmoid(total - sink[:, None, None])
    return share * torch.where(torch.isfinite(total), scores.softmax(-1), 0.0)


def sink_kept(scores, sink):
    column = sink.view(-1, 1, 1).expand(*scores.shape[:-1], 1)
    return torch.softmax(torch.cat([scores, column], dim=-1), dim=-1)


def sink_front_cut_behind(scores, sink):
    column = sink.view(-1, 1, 1).expand(*scores.shape[:-1], 1)
    return torch.softmax(torch.cat([column, scores], dim=-1), dim=-1)[..., :-1]


def sink_normalised_again(scores, sink):
    weights = sink_by_column(scores, sink)
    return weights / weights.sum(-1, keepdim=True)


def sink_ignored(scores, sink):
    return scores.softmax(-1)


def sink_unshifted(scores, sink):
    powers = (scores - scores.amax(-1, keepdim=True)).exp()
    return powers / (powers.sum(-1, keepdim=True) + sink[:, None, None].exp())


def sink_without_exp(scores, sink):
    s = sink[:, None, None]
    top = torch.maximum(scores.amax(-1, keepdim=True), s)
    powers = (scores - top).exp()
    return powers / (powers.sum(-1, keepdim=True) + s)


def sink_of_one(scores, sink):
    return sink_by_column(scores, torch.zeros_like(sink))


def sink_on_scores(scores, sink):
    return (scores + sink[:, None, None]).softmax(-1)


def sink_overflows(scores, sink):
    powers = scores.exp()
    return powers / (powers.sum(-1, keepdim=True) + sink[:, None, None].exp())


def sink_of_first_head(scores, sink):
    return sink_by_column(scores, sink[:1].expand_as(sink))


def sink_over_queries(scores, sink):
    total = torch.logaddexp(scores.logsumexp(-2, keepdim=True), sink[:, None, None])
    return (scores - total).exp()


# the delta rule -----------------------------------------------------------------------------------


def delta_plainly(S, key, value, beta):
    k = key / key.norm(dim=-1, keepdim=True)
    wrong = value - torch.einsum("...k,...kv->...v", k, S)
    return S + beta[..., None, None] * torch.einsum("...k,...v->...kv", k, wrong)


def delta_by_projection(S, key, value, beta):
    k = F.normalize(key, dim=-1)[..., :, None]
    eye = torch.eye(k.shape[-2]).to(S)
    b = beta[..., None, None]
    return (eye - b * (k @ k.mT)) @ S + b * (k @ value[..., None, :])


def delta_by_mixing(S, key, value, beta):
    k = F.normalize(key, dim=-1)[..., :, None]
    old = (k * S).sum(-2)
    b = beta[..., None]
    new = b * value + (1 - b) * old
    return S + k * (new - old)[..., None, :]


def delta_in_halves(S, key, value, beta):
    k = (key / (key * key).sum(-1, keepdim=True).sqrt()).unsqueeze(-1)
    gate = beta.unsqueeze(-1).unsqueeze(-1)
    return S - gate * k * (k.mT @ S) + gate * k * value.unsqueeze(-2)


def delta_by_loop(S, key, value, beta):
    k = F.normalize(key, dim=-1)
    rows = [
        S[..., i, :] + (beta * k[..., i])[..., None] * (value - (k[..., None] * S).sum(-2))
        for i in range(k.shape[-1])
    ]
    return torch.stack(rows, dim=-2)


def delta_added(S, key, value, beta):
    k = F.normalize(key, dim=-1)[..., :, None]
    return S + beta[..., None, None] * k * value[..., None, :]


def delta_beta_on_value(S, key, value, beta):
    k = F.normalize(key, dim=-1)[..., None, :]
    return S + k.mT @ (beta[..., None, None] * value[..., None, :] - k @ S)


def delta_beta_on_old(S, key, value, beta):
    k = F.normalize(key, dim=-1)[..., None, :]
    return S + k.mT @ (value[..., None, :] - beta[..., None, None] * (k @ S))


def delta_without_beta(S, key, value, beta):
    return delta_plainly(S, key, value, torch.ones_like(beta))


def delta_of_long_key(S, key, value, beta):
    k = key[..., None, :]
    return S + beta[..., None, None] * k.mT @ (value[..., None, :] - k @ S)


def delta_fading(S, key, value, beta):
    k, b = F.normalize(key, dim=-1)[..., :, None], beta[..., None, None]
    return (1 - b) * S + b * k * value[..., None, :]


def delta_alone(S, key, value, beta):
    return delta_plainly(S, key, value, beta) - S


def delta_minus(S, key, value, beta):
    return 2 * S - delta_plainly(S, key, value, beta)


def delta_softmax_key(S, key, value, beta):
    k = key.softmax(-1)[..., None, :]
    return S + beta[..., None, None] * k.mT @ (value[..., None, :] - k @ S)


RIGHT = {
    "rms_norm": [rms_plainly, rms_by_pytorch, rms_by_norm, rms_by_dot, rms_by_unit_vectors],
    "softmax_with_sink": [
        sink_by_column,
        sink_by_log_sums,
        sink_by_shift,
        sink_by_padding,
        sink_by_sigmoid,
    ],
    "delta_rule_step": [
        delta_plainly,
        delta_by_projection,
        delta_by_mixing,
        delta_in_halves,
        delta_by_loop,
    ],
}

WRONG = {
    "rms_norm": [
        (rms_centred, "subtracted the mean"),
        (rms_by_deviation, "standard deviation"),
        (rms_eps_outside, "eps outside the root"),
        (rms_without_eps, "forgot eps"),
        (rms_fixed_eps, "1e-6 whatever eps"),
        (rms_by_length, "divided by the norm"),
        (rms_without_gain, "forgot the gain"),
        (rms_gemma, "1 + gain"),
        (rms_of_everything, "for everything"),
    ],
    "softmax_with_sink": [
        (sink_kept, "kept the sink's column"),
        (sink_front_cut_behind, "dropped the last key"),
        (sink_normalised_again, "change nothing"),
        (sink_ignored, "change nothing"),
        (sink_unshifted, "but not the sink"),
        (sink_without_exp, "not its exponential"),
        (sink_of_one, "added 1 whatever"),
        (sink_on_scores, "change nothing"),
        (sink_overflows, "let exp overflow"),
        (sink_of_first_head, "one head's sink"),
        (sink_over_queries, "over the queries"),
    ],
    "delta_rule_step": [
        (delta_added, "instead of correcting"),
        (delta_beta_on_value, "new value only"),
        (delta_beta_on_old, "old value only"),
        (delta_without_beta, "left β out"),
        (delta_of_long_key, "did not normalise the key"),
        (delta_fading, "whole memory fade"),
        (delta_alone, "without the memory"),
        (delta_minus, "other sign"),
        (delta_softmax_key, "softmax of the key"),
    ],
}
