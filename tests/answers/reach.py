"""Answers to lesson 17's longer texts and smaller caches: right ones and wrong ones."""

import torch
from einops import einsum

# a window and the first tokens --------------------------------------------------------------------


def sinks_by_brackets(T, window, n_first):
    place = torch.arange(T)
    back = place[:, None] - place
    return (back >= 0) & ((back < window) | (place < n_first))


def sinks_by_triangles(T, window, n_first):
    ones = torch.ones(T, T, dtype=torch.bool)
    kept = ones.triu(1 - window)
    kept[:, :n_first] = True
    return kept.tril()


def sinks_by_loop(T, window, n_first):
    rows = range(T)
    return torch.tensor([[j <= i and (i - window < j or j < n_first) for j in rows] for i in rows])


def sinks_masked_twice(T, window, n_first):
    place = torch.arange(T)
    back = place[:, None] - place
    return (back >= 0) & (back < window) | (back >= 0) & (place < n_first)


def sinks_row_by_row(T, window, n_first):
    mask = torch.zeros(T, T, dtype=torch.bool)
    for i in range(T):
        mask[i, max(0, i - window + 1) : i + 1] = True
        mask[i, : min(n_first, i + 1)] = True
    return mask


def sinks_ahead(T, window, n_first):
    mask = torch.ones(T, T, dtype=torch.bool).tril().triu(1 - window)
    mask[:, :n_first] = True
    return mask


def sinks_left_out(T, window, n_first):
    return torch.ones(T, T, dtype=torch.bool).tril().triu(1 - window)


def sinks_in_rows(T, window, n_first):
    mask = torch.ones(T, T, dtype=torch.bool).triu(1 - window)
    mask[:n_first] = True
    return mask.tril()


def sinks_window_too_long(T, window, n_first):
    return sinks_by_brackets(T, window + 1, n_first)


def sinks_hidden(T, window, n_first):
    return ~sinks_by_brackets(T, window, n_first)


# angles -------------------------------------------------------------------------------------------


def _angles(positions, d_k, base):
    return torch.outer(positions, base ** (-torch.arange(0, d_k, 2, dtype=positions.dtype) / d_k))


def rope_plainly(positions, d_k, factor, way):
    if way == "interpolated":
        return _angles(positions / factor, d_k, 10_000.0)
    if way == "ntk":
        return _angles(positions, d_k, 10_000.0 * factor ** (d_k / (d_k - 2)))
    return _angles(positions, d_k, 10_000.0)


def rope_by_loop(positions, d_k, factor, way):
    base, press = 1e4, 1.0
    if way == "ntk":
        base = base * factor ** (d_k / (d_k - 2))
    elif way == "interpolated":
        press = factor
    return torch.stack(
        [positions / press * base ** (-2 * i / d_k) for i in range(d_k // 2)], dim=-1
    )


def rope_by_speeds(positions, d_k, factor, way):
    i = torch.arange(d_k // 2, dtype=positions.dtype)
    speeds = 1.0 / 10_000.0 ** (2 * i / d_k)
    if way == "interpolated":
        speeds = speeds / factor
    if way == "ntk":
        speeds = speeds * factor ** (-2 * i / (d_k - 2))
    return positions[:, None] * speeds


def rope_by_logarithms(positions, d_k, factor, way):
    base = torch.tensor(10_000.0, dtype=positions.dtype).log()
    if way == "ntk":
        base = base + d_k / (d_k - 2) * torch.tensor(factor, dtype=positions.dtype).log()
    speeds = (-base * torch.arange(0, d_k, 2, dtype=positions.dtype) / d_k).exp()
    return positions.unsqueeze(-1) / (factor if way == "interpolated" else 1) * speeds


def rope_by_einsum(positions, d_k, factor, way):
    scale = {"plain": (1.0, 1.0), "interpolated": (factor, 1.0), "ntk": (1.0, factor)}
    press, grow = scale[way]
    base = 10_000.0 * grow ** (d_k / (d_k - 2))
    speeds = torch.tensor([base ** (-i / d_k) for i in range(0, d_k, 2)], dtype=positions.dtype)
    return torch.einsum("t,i->ti", positions / press, speeds)


def rope_multiplied(positions, d_k, factor, way):
    if way == "interpolated":
        return _angles(positions * factor, d_k, 10_000.0)
    return rope_plainly(positions, d_k, factor, way)


def rope_base_divided(positions, d_k, factor, way):
    if way == "ntk":
        return _angles(positions, d_k, 10_000.0 / factor ** (d_k / (d_k - 2)))
    return rope_plainly(positions, d_k, factor, way)


def rope_by_factor_alone(positions, d_k, factor, way):
    if way == "ntk":
        return _angles(positions, d_k, 10_000.0 * factor)
    return rope_plainly(positions, d_k, factor, way)


def rope_exponent_upside_down(positions, d_k, factor, way):
    if way == "ntk":
        return _angles(positions, d_k, 10_000.0 * factor ** ((d_k - 2) / d_k))
    return rope_plainly(positions, d_k, factor, way)


def rope_exchanged(positions, d_k, factor, way):
    other = {"ntk": "interpolated", "interpolated": "ntk"}.get(way, way)
    return rope_plainly(positions, d_k, factor, other)


def rope_always_divided(positions, d_k, factor, way):
    if way == "plain":
        return rope_plainly(positions, d_k, factor, "interpolated")
    return rope_plainly(positions, d_k, factor, way)


def rope_twice(positions, d_k, factor, way):
    angles = rope_plainly(positions, d_k, factor, way)
    return torch.cat([angles, angles], dim=-1)


def rope_cosines(positions, d_k, factor, way):
    return rope_plainly(positions, d_k, factor, way).cos()


# caches -------------------------------------------------------------------------------------------

GIB = 2**30


def told(gemma, gpt_oss, deepseek):
    return lambda: {"Gemma 3 1B": gemma, "gpt-oss 20B": gpt_oss, "DeepSeek-V3": deepseek}


def _gemma(whole=4, near=22, sets=1, sides=2):
    return (whole * 32768 + near * 512) * sides * sets * 256 * 2 / GIB


def _gpt_oss(whole=12, near=12, sets=8, sides=2):
    return (whole * 32768 + near * 128) * sides * sets * 64 * 2 / GIB


def _deepseek(kept=576):
    return 61 * 32768 * kept * 2 / GIB


# latents ------------------------------------------------------------------------------------------


def latent_absorbed(query, latent, W_uk, W_uv):
    c = latent[..., None, :, :]
    weights = (query @ W_uk.mT @ c.mT / query.shape[-1] ** 0.5).softmax(-1)
    return weights @ c @ W_uv, weights


def latent_by_einsum(query, latent, W_uk, W_uv):
    asked = torch.einsum("...hmk,hck->...hmc", query, W_uk)
    scores = torch.einsum("...hmc,...nc->...hmn", asked, latent) * query.shape[-1] ** -0.5
    weights = torch.softmax(scores, -1)
    mixed = torch.einsum("...hmn,...nc->...hmc", weights, latent)
    return torch.einsum("...hmc,hcv->...hmv", mixed, W_uv), weights


def latent_head_by_head(query, latent, W_uk, W_uv):
    parts = []
    for h in range(W_uk.shape[0]):
        asked = query[..., h, :, :] @ W_uk[h].T
        weights = (asked @ latent.mT / query.shape[-1] ** 0.5).softmax(-1)
        parts.append((weights @ latent @ W_uv[h], weights))
    return tuple(torch.stack(part, dim=-3) for part in zip(*parts, strict=True))


def latent_with_folded_matrix(query, latent, W_uk, W_uv):
    scale = query.shape[-1] ** -0.5
    scores = (query * scale) @ W_uk.transpose(-1, -2) @ latent.unsqueeze(-3).transpose(-1, -2)
    powers = (scores - scores.amax(-1, keepdim=True)).exp()
    weights = powers / powers.sum(-1, keepdim=True)
    return (weights @ latent.unsqueeze(-3)) @ W_uv, weights


def latent_by_matmul(query, latent, W_uk, W_uv):
    asked = (query @ W_uk.mT) / query.shape[-1] ** 0.5
    weights = torch.softmax(asked @ latent.unsqueeze(-3).mT, dim=-1)
    return torch.matmul(weights.matmul(latent.unsqueeze(-3)), W_uv), weights


def latent_unpacked(query, latent, W_uk, W_uv):
    key = einsum(latent, W_uk, "... n c, h c k -> ... h n k")
    value = einsum(latent, W_uv, "... n c, h c v -> ... h n v")
    weights = (query @ key.mT / query.shape[-1] ** 0.5).softmax(-1)
    return weights @ value, weights


def latent_keys_made(query, latent, W_uk, W_uv):
    c = latent[..., None, :, :]
    weights = (query @ (c @ W_uk).mT / query.shape[-1] ** 0.5).softmax(-1)
    return weights @ c @ W_uv, weights


def latent_scaled_by_d_c(query, latent, W_uk, W_uv):
    c = latent[..., None, :, :]
    weights = (query @ W_uk.mT @ c.mT / latent.shape[-1] ** 0.5).softmax(-1)
    return weights @ c @ W_uv, weights


def latent_unscaled(query, latent, W_uk, W_uv):
    c = latent[..., None, :, :]
    weights = (query @ W_uk.mT @ c.mT).softmax(-1)
    return weights @ c @ W_uv, weights


def latent_of_first_head(query, latent, W_uk, W_uv):
    return latent_absorbed(query, latent, W_uk[:1].expand_as(W_uk), W_uv[:1].expand_as(W_uv))


def latent_mixed_only(query, latent, W_uk, W_uv):
    weights = latent_absorbed(query, latent, W_uk, W_uv)[1]
    return weights @ latent[..., None, :, :], weights


def latent_over_queries(query, latent, W_uk, W_uv):
    c = latent[..., None, :, :]
    weights = (query @ W_uk.mT @ c.mT / query.shape[-1] ** 0.5).softmax(-2)
    return weights @ c @ W_uv, weights


RIGHT = {
    "sink_mask": [
        sinks_by_brackets,
        sinks_by_triangles,
        sinks_by_loop,
        sinks_masked_twice,
        sinks_row_by_row,
    ],
    "scaled_rope": [rope_plainly, rope_by_loop, rope_by_speeds, rope_by_logarithms, rope_by_einsum],
    "published_caches": [
        told(_gemma(), _gpt_oss(), _deepseek()),
        told(0.136, 0.753, 2.145),
        told(0.13574, 0.75293, 2.14453),
        told(139 / 1024, 771 / 1024, 2196 / 1024),
        told(145_752_064 / GIB, 808_452_096 / GIB, 2_302_672_896 / GIB),
    ],
    "latent_attention": [
        latent_absorbed,
        latent_by_einsum,
        latent_head_by_head,
        latent_with_folded_matrix,
        latent_by_matmul,
    ],
}

WRONG = {
    "sink_mask": [
        (sinks_ahead, "among the first"),
        (sinks_left_out, "left the first tokens out"),
        (sinks_in_rows, "rows of the first"),
        (sinks_window_too_long, "one too long"),
        (sinks_hidden, "what is hidden"),
    ],
    "scaled_rope": [
        (rope_multiplied, "multiplied the positions"),
        (rope_base_divided, "base smaller"),
        (rope_by_factor_alone, "by the factor alone"),
        (rope_exponent_upside_down, "upside down"),
        (rope_exchanged, "exchanged"),
        (rope_always_divided, "for plain, too"),
        (rope_twice, "each angle twice"),
        (rope_cosines, "cosines"),
    ],
    "published_caches": [
        (told(_gemma(26, 0), _gpt_oss(24, 0), _deepseek()), "whole text"),
        (told(_gemma(22, 4), _gpt_oss(), _deepseek()), "exchanged windows"),
        (told(_gemma(sets=4), _gpt_oss(sets=64), _deepseek()), "every head"),
        (told(_gemma(sides=1), _gpt_oss(sides=1), _deepseek()), "left out the values"),
        (told(_gemma(), _gpt_oss(), _deepseek(1152)), "latents twice"),
        (told(_gemma(), _gpt_oss(), _deepseek(512)), "64 rotated"),
        (told(1, 2, 3), ""),
    ],
    "latent_attention": [
        (latent_unpacked, "keys or values of all tokens"),
        (latent_keys_made, "made keys"),
        (latent_scaled_by_d_c, "√d_c instead of √d_k"),
        (latent_unscaled, "forgot to divide"),
        (latent_of_first_head, "first head's matrices"),
        (latent_mixed_only, "mixed latents"),
        (latent_over_queries, "over the queries"),
    ],
}
