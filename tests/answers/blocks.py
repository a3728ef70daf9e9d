"""Answers to lesson 10's exercises, as students write them."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from attncourse.attention import scaled_dot_product_attention
from attncourse.blocks import Block, DecoderBlock, FeedForward, LayerNorm
from attncourse.masks import causal_mask
from attncourse.multihead import MultiHeadAttention, merge_heads, split_heads
from attncourse.positions import sinusoidal_encoding

# layer_norm: right


def norm_by_hand(x, gain, bias, eps=1e-5):
    mean = x.mean(-1, keepdim=True)
    var = ((x - mean) ** 2).mean(-1, keepdim=True)
    return gain * (x - mean) / torch.sqrt(var + eps) + bias


def norm_library(x, gain, bias, eps=1e-5):
    return F.layer_norm(x, gain.shape, gain, bias, eps)


def norm_var(x, gain, bias, eps=1e-5):
    var, mean = torch.var_mean(x, dim=-1, keepdim=True, unbiased=False)
    return (x - mean) * torch.rsqrt(var + eps) * gain + bias


def norm_double(x, gain, bias, eps=1e-5):
    wide = x.double()
    centred = wide - wide.mean(-1)[..., None]
    deviation = (centred.pow(2).sum(-1, keepdim=True) / x.size(-1) + eps) ** 0.5
    return (centred / deviation * gain + bias).to(x.dtype)


def norm_loop(x, gain, bias, eps=1e-5):
    rows = []
    for row in x.reshape(-1, x.shape[-1]):
        rows.append((row - row.mean()) / (row.var(correction=0) + eps).sqrt() * gain + bias)
    return torch.stack(rows).reshape(x.shape)


def norm_einsum(x, gain, bias, eps=1e-5):
    d = x.shape[-1]
    centred = x - torch.einsum("...d->...", x).unsqueeze(-1) / d
    var = torch.einsum("...d,...d->...", centred, centred).unsqueeze(-1) / d
    return torch.addcmul(bias, centred / (var + eps).sqrt(), gain)


def norm_in_place_on_a_copy(x, gain, bias, eps=1e-5):
    x = x.clone()
    x -= x.mean(-1, keepdim=True)
    std = (x.square().mean(-1, keepdim=True) + eps).sqrt()
    return x / std * gain + bias


# layer_norm: wrong


def norm_std(x, gain, bias, eps=1e-5):
    return gain * (x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True) + eps) + bias


def norm_std_biased(x, gain, bias, eps=1e-5):
    std = x.std(-1, keepdim=True, correction=0)
    return gain * (x - x.mean(-1, keepdim=True)) / (std + eps) + bias


def norm_tokens(x, gain, bias, eps=1e-5):
    var, mean = torch.var_mean(x, dim=-2, keepdim=True, correction=0)
    return (x - mean) / (var + eps).sqrt() * gain + bias


def norm_unbiased(x, gain, bias, eps=1e-5):
    return (x - x.mean(-1, keepdim=True)) / torch.sqrt(x.var(-1, keepdim=True) + eps) * gain + bias


def norm_default_eps(x, gain, bias, eps=1e-5):
    return F.layer_norm(x, gain.shape, gain, bias)


def norm_no_affine(x, gain, bias, eps=1e-5):
    return F.layer_norm(x, gain.shape, eps=eps)


def norm_no_bias(x, gain, bias, eps=1e-5):
    return F.layer_norm(x, gain.shape, weight=gain, eps=eps)


def norm_rms(x, gain, bias, eps=1e-5):
    return x / (x.pow(2).mean(-1, keepdim=True) + eps).sqrt() * gain + bias


def norm_detached(x, gain, bias, eps=1e-5):
    mean, var = x.mean(-1, keepdim=True), x.var(-1, keepdim=True, correction=0)
    return (x - mean.detach()) / (var.detach() + eps).sqrt() * gain + bias


def norm_in_place(x, gain, bias, eps=1e-5):
    with torch.no_grad():
        x -= x.mean(-1, keepdim=True)
    return x / (x.square().mean(-1, keepdim=True) + eps).sqrt() * gain + bias


def norm_no_keepdim(x, gain, bias, eps=1e-5):
    return (x - x.mean(-1)) / (x.var(-1, correction=0) + eps).sqrt() * gain + bias


def norm_float(x, gain, bias, eps=1e-5):
    return F.layer_norm(x.float(), gain.shape, gain.float(), bias.float(), eps)


def norm_variance(x, gain, bias, eps=1e-5):
    var, mean = torch.var_mean(x, -1, keepdim=True, correction=0)
    return gain * ((x - mean) / (var + eps)) + bias


# Block and DecoderBlock


class Parts(nn.Module):
    """What the exercise hands out: everything but `forward`."""

    def __init__(self, d_model, n_heads, d_ff):
        super().__init__()
        self.attention = MultiHeadAttention(d_model, n_heads)
        self.feed_forward = FeedForward(d_model, d_ff)
        self.norm_1 = LayerNorm(d_model)
        self.norm_2 = LayerNorm(d_model)


class EncoderPlain(Parts):
    def forward(self, x, mask=None):
        normal = self.norm_1(x)
        output, weights = self.attention(normal, normal, normal, mask)
        x = x + output
        x = x + self.feed_forward(self.norm_2(x))
        return x, weights


class EncoderResidual(Parts):
    def forward(self, x, mask=None):
        residual = x
        x = self.norm_1(x)
        x, weights = self.attention(x, x, x, mask=mask)
        x = residual + x
        residual = x
        x = self.norm_2(x)
        x = self.feed_forward(x)
        return residual + x, weights


class EncoderLambda(Parts):
    def forward(self, x, mask=None):
        found, weights = self.attention(*3 * [self.norm_1(x)], mask)
        return (lambda y: (y + self.feed_forward(self.norm_2(y)), weights))(torch.add(found, x))


class EncoderOwnNames(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.norm_2, self.norm_1 = LayerNorm(width), LayerNorm(width)
        self.feed_forward = FeedForward(width, hidden)
        self.attention = MultiHeadAttention(width, heads)

    def forward(self, tokens, allowed=None):
        z = self.norm_1(tokens)
        z, maps = self.attention(query=z, key=z, value=z, mask=allowed)
        z = z + tokens
        return z + self.feed_forward(self.norm_2(z)), maps


class EncoderByHand(Parts):
    def forward(self, x, mask=None):
        a, z = self.attention, self.norm_1(x)
        q, k, v = (split_heads(f(z), a.n_heads) for f in (a.W_q, a.W_k, a.W_v))
        heads, weights = scaled_dot_product_attention(q, k, v, mask)
        x = x + a.W_o(merge_heads(heads))
        hidden = torch.relu(self.feed_forward.W_1(self.norm_2(x)))
        return x + self.feed_forward.W_2(hidden), weights


class EncoderPost(Parts):
    def forward(self, x, mask=None):
        found, weights = self.attention(x, x, x, mask)
        x = self.norm_1(x + found)
        return self.norm_2(self.feed_forward(x) + x), weights


class EncoderNoResidual(Parts):
    def forward(self, x, mask=None):
        x = self.norm_1(x)
        x, weights = self.attention(x, x, x, mask)
        return self.feed_forward(self.norm_2(x)), weights


class EncoderOverwritten(Parts):
    def forward(self, x, mask=None):
        x = self.norm_1(x)
        found, weights = self.attention(x, x, x, mask)
        x = x + found
        x = self.norm_2(x)
        return x + self.feed_forward(x), weights


class EncoderQueryOnly(Parts):
    def forward(self, x, mask=None):
        found, weights = self.attention(self.norm_1(x), x, x, mask)
        x = x + found
        return x + self.feed_forward(self.norm_2(x)), weights


class EncoderNoMask(Parts):
    def forward(self, x, mask=None):
        z = self.norm_1(x)
        found, weights = self.attention(z, z, z)
        x = x + found
        return x + self.feed_forward(self.norm_2(x)), weights


class EncoderOutputOnly(Parts):
    def forward(self, x, mask=None):
        z = self.norm_1(x)
        x = x + self.attention(z, z, z, mask)[0]
        return x + self.feed_forward(self.norm_2(x))


class EncoderOneNorm(Parts):
    def forward(self, x, mask=None):
        z = self.norm_1(x)
        found, weights = self.attention(z, z, z, mask)
        x = x + found
        return x + self.feed_forward(self.norm_1(x)), weights


class EncoderParallel(Parts):
    def forward(self, x, mask=None):
        z = self.norm_1(x)
        found, weights = self.attention(z, z, z, mask)
        return x + found + self.feed_forward(self.norm_2(x)), weights


class EncoderHidden(Parts):
    def forward(self, x, mask=None):
        z = self.norm_1(x)
        found, weights = self.attention(z, z, z, None if mask is None else ~mask)
        x = x + found
        return x + self.feed_forward(self.norm_2(x)), weights


class EncoderDetached(Parts):
    def forward(self, x, mask=None):
        z = self.norm_1(x)
        found, weights = self.attention(z, z, z, mask)
        x = x.detach() + found
        return x + self.feed_forward(self.norm_2(x)), weights


class EncoderInPlace(Parts):
    def forward(self, x, mask=None):
        z = self.norm_1(x)
        found, weights = self.attention(z, z, z, mask)
        with torch.no_grad():
            x += found
        return x + self.feed_forward(self.norm_2(x)), weights


class EncoderTorchNames(nn.Module):
    def __init__(self, d_model, n_heads, d_ff):
        super().__init__()
        self.attn = MultiHeadAttention(d_model, n_heads)
        self.ffn = FeedForward(d_model, d_ff)
        self.ln1, self.ln2 = LayerNorm(d_model), LayerNorm(d_model)

    def forward(self, x, mask=None):
        z = self.ln1(x)
        found, weights = self.attn(z, z, z, mask)
        x = x + found
        return x + self.ffn(self.ln2(x)), weights


class EncoderNoNormAndNoMask(Parts):
    def forward(self, x, mask=None):
        found, weights = self.attention(x, x, x)
        x = x + found
        return x + self.feed_forward(x), weights


class MoreParts(Parts):
    """The decoder's parts."""

    def __init__(self, d_model, n_heads, d_ff):
        super().__init__(d_model, n_heads, d_ff)
        self.cross_attention = MultiHeadAttention(d_model, n_heads)
        self.norm_3 = LayerNorm(d_model)


class DecoderPlain(MoreParts):
    def forward(self, x, memory, mask=None, memory_mask=None):
        normal = self.norm_1(x)
        output, weights = self.attention(normal, normal, normal, mask)
        x = x + output
        output, cross = self.cross_attention(self.norm_2(x), memory, memory, memory_mask)
        x = x + output
        return x + self.feed_forward(self.norm_3(x)), weights, cross


class DecoderResidual(MoreParts):
    def forward(self, x, memory, mask=None, memory_mask=None):
        residual, x = x, self.norm_1(x)
        x, weights = self.attention(x, x, x, mask)
        x = residual + x
        residual, x = x, self.norm_2(x)
        x, cross = self.cross_attention(x, memory, memory, memory_mask)
        x = residual + x
        residual, x = x, self.norm_3(x)
        return residual + self.feed_forward(x), weights, cross


class DecoderSteps(MoreParts):
    def forward(self, x, memory, mask=None, memory_mask=None):
        x, weights = self._look(x, mask)
        x, cross = self._ask(x, memory, memory_mask)
        return x + self.feed_forward(self.norm_3(x)), weights, cross

    def _look(self, x, mask):
        z = self.norm_1(x)
        found, weights = self.attention(z, z, z, mask)
        return x + found, weights

    def _ask(self, x, memory, mask):
        found, weights = self.cross_attention(self.norm_2(x), memory, memory, mask)
        return x + found, weights


class DecoderList(MoreParts):
    def forward(self, x, memory, mask=None, memory_mask=None):
        maps = []
        for norm, module, others, m in (
            (self.norm_1, self.attention, None, mask),
            (self.norm_2, self.cross_attention, memory, memory_mask),
        ):
            z = norm(x)
            others = z if others is None else others
            found, weights = module(z, others, others, m)
            maps.append(weights)
            x = x + found
        return [x + self.feed_forward(self.norm_3(x)), *maps]


class DecoderKeywords(MoreParts):
    def forward(self, target, memory, mask=None, memory_mask=None):
        z = self.norm_1(target)
        a, one = self.attention(query=z, key=z, value=z, mask=mask)
        b, two = self.cross_attention(
            query=self.norm_2(target + a), key=memory, value=memory, mask=memory_mask
        )
        target = target + a + b
        return target + self.feed_forward(self.norm_3(target)), one, two


class DecoderPost(MoreParts):
    def forward(self, x, memory, mask=None, memory_mask=None):
        found, weights = self.attention(x, x, x, mask)
        x = self.norm_1(x + found)
        found, cross = self.cross_attention(x, memory, memory, memory_mask)
        x = self.norm_2(x + found)
        return self.norm_3(x + self.feed_forward(x)), weights, cross


class DecoderAsksItself(MoreParts):
    def forward(self, x, memory, mask=None, memory_mask=None):
        z = self.norm_1(x)
        found, weights = self.attention(z, z, z, mask)
        x = x + found
        z = self.norm_2(x)
        found, cross = self.cross_attention(z, z, z, mask)
        x = x + found
        return x + self.feed_forward(self.norm_3(x)), weights, cross


class DecoderTurned(MoreParts):
    def forward(self, x, memory, mask=None, memory_mask=None):
        z = self.norm_1(x)
        found, weights = self.attention(z, z, z, mask)
        x = x + found
        z = self.norm_2(x)
        found, cross = self.cross_attention(memory, z, z, memory_mask)
        x = x + found
        return x + self.feed_forward(self.norm_3(x)), weights, cross


class DecoderSwappedMasks(MoreParts):
    def forward(self, x, memory, mask=None, memory_mask=None):
        z = self.norm_1(x)
        found, weights = self.attention(z, z, z, memory_mask)
        x = x + found
        found, cross = self.cross_attention(self.norm_2(x), memory, memory, mask)
        x = x + found
        return x + self.feed_forward(self.norm_3(x)), weights, cross


class DecoderNoMemoryMask(MoreParts):
    def forward(self, x, memory, mask=None, memory_mask=None):
        z = self.norm_1(x)
        found, weights = self.attention(z, z, z, mask)
        x = x + found
        found, cross = self.cross_attention(self.norm_2(x), memory, memory)
        x = x + found
        return x + self.feed_forward(self.norm_3(x)), weights, cross


class DecoderCrossFirst(MoreParts):
    def forward(self, x, memory, mask=None, memory_mask=None):
        found, cross = self.cross_attention(self.norm_2(x), memory, memory, memory_mask)
        x = x + found
        z = self.norm_1(x)
        found, weights = self.attention(z, z, z, mask)
        x = x + found
        return x + self.feed_forward(self.norm_3(x)), weights, cross


class DecoderTwoNorms(MoreParts):
    def forward(self, x, memory, mask=None, memory_mask=None):
        z = self.norm_1(x)
        found, weights = self.attention(z, z, z, mask)
        x = x + found
        found, cross = self.cross_attention(self.norm_2(x), memory, memory, memory_mask)
        x = x + found
        return x + self.feed_forward(self.norm_2(x)), weights, cross


class DecoderOneMap(MoreParts):
    def forward(self, x, memory, mask=None, memory_mask=None):
        z = self.norm_1(x)
        found, weights = self.attention(z, z, z, mask)
        x = x + found
        found, weights = self.cross_attention(self.norm_2(x), memory, memory, memory_mask)
        x = x + found
        return x + self.feed_forward(self.norm_3(x)), weights


class DecoderOneAttention(MoreParts):
    def forward(self, x, memory, mask=None, memory_mask=None):
        z = self.norm_1(x)
        found, weights = self.attention(z, z, z, mask)
        x = x + found
        found, cross = self.attention(self.norm_2(x), memory, memory, memory_mask)
        x = x + found
        return x + self.feed_forward(self.norm_3(x)), weights, cross


class DecoderOverwritten(MoreParts):
    def forward(self, x, memory, mask=None, memory_mask=None):
        x = self.norm_1(x)
        found, weights = self.attention(x, x, x, mask)
        x = self.norm_2(x + found)
        found, cross = self.cross_attention(x, memory, memory, memory_mask)
        x = self.norm_3(x + found)
        return x + self.feed_forward(x), weights, cross


class DecoderNormalisedMemory(MoreParts):
    def forward(self, x, memory, mask=None, memory_mask=None):
        z = self.norm_1(x)
        found, weights = self.attention(z, z, z, mask)
        x = x + found
        other = self.norm_2(memory)
        found, cross = self.cross_attention(self.norm_2(x), other, other, memory_mask)
        x = x + found
        return x + self.feed_forward(self.norm_3(x)), weights, cross


class DecoderPostAndNoMask(MoreParts):
    def forward(self, x, memory, mask=None, memory_mask=None):
        found, weights = self.attention(x, x, x)
        x = self.norm_1(x + found)
        found, cross = self.cross_attention(x, memory, memory, memory_mask)
        x = self.norm_2(x + found)
        return self.norm_3(x + self.feed_forward(x)), weights, cross


# Transformer


class Whole(nn.Module):
    """One right way, with the choices that wrong ones make otherwise."""

    causal, positions, hide, reads = True, "both", True, True

    def __init__(self, source_size, target_size, *, d_model=32, n_heads=4, n_layers=1, pad=0):
        super().__init__()
        self.pad, self.d_model = pad, d_model
        self.tables = nn.ModuleList(nn.Embedding(n, d_model) for n in (source_size, target_size))
        self.encoder = nn.ModuleList(self.blocks(Block, n_layers, n_heads))
        self.decoder = nn.ModuleList(self.blocks(DecoderBlock, n_layers, n_heads))
        self.norms = nn.ModuleList(nn.LayerNorm(d_model) for _ in range(2))
        self.unembed = nn.Linear(d_model, target_size)

    def blocks(self, kind, n_layers, n_heads):
        return (kind(self.d_model, n_heads, 4 * self.d_model) for _ in range(n_layers))

    def embed(self, tokens, side):
        x = self.tables[side](tokens)
        if self.positions in ("both", ("source", "target")[side]):
            x = x + sinusoidal_encoding(tokens.shape[-1], self.d_model)
        return x

    def forward(self, source, target):
        real = (source != self.pad)[:, None, None] if self.hide else None
        x = self.embed(source, 0)
        for block in self.encoder:
            x, _ = block(x, real)
        memory, x = self.norms[0](x), self.embed(target, 1)
        memory = memory if self.reads else torch.zeros_like(memory)
        for block in self.decoder:
            x, *_ = block(x, memory, causal_mask(x.shape[1]) if self.causal else None, real)
        return self.finish(self.unembed(self.norms[1](x)))

    def finish(self, logits):
        return logits


class WholeLearnedPositions(Whole):
    def __init__(self, *sizes, **options):
        super().__init__(*sizes, **options)
        self.places = nn.ModuleList(nn.Embedding(32, self.d_model) for _ in range(2))

    def embed(self, tokens, side):
        return self.tables[side](tokens) + self.places[side](torch.arange(tokens.shape[1]))


class WholeOnePostNorm(Whole):
    def blocks(self, kind, n_layers, n_heads):
        sizes = (self.d_model, n_heads, 4 * self.d_model)
        return (kind(*sizes, pre_norm=False) for _ in range(n_layers))


class WholeWithoutLastNorm(Whole):
    def __init__(self, *sizes, **options):
        super().__init__(*sizes, **options)
        self.norms = nn.ModuleList(nn.Identity() for _ in range(2))


class WholeOfPyTorch(nn.Module):
    def __init__(self, source_size, target_size, *, d_model=32, n_heads=4, n_layers=1, pad=0):
        super().__init__()
        self.pad, self.d_model = pad, d_model
        self.read, self.said = (
            nn.Embedding(source_size, d_model),
            nn.Embedding(target_size, d_model),
        )
        options = {"dropout": 0.0, "norm_first": True, "batch_first": True}
        self.whole = nn.Transformer(d_model, n_heads, n_layers, n_layers, 4 * d_model, **options)
        self.unembed = nn.Linear(d_model, target_size)

    def forward(self, source, target):
        x, y = (
            table(tokens) + sinusoidal_encoding(tokens.shape[1], self.d_model)
            for table, tokens in ((self.read, source), (self.said, target))
        )
        hidden = {
            "tgt_mask": ~causal_mask(target.shape[1]),
            "src_key_padding_mask": source == self.pad,
            "memory_key_padding_mask": source == self.pad,
        }
        return self.unembed(self.whole(x, y, **hidden))


class WholeSeesTheFuture(Whole):
    causal = False


class WholeWithoutPositions(Whole):
    positions = "none"


class WholeWithoutTargetPositions(Whole):
    positions = "source"


class WholeSeesPadding(Whole):
    hide = False


class WholeReadsNothing(Whole):
    reads = False


class WholeSoftmax(Whole):
    def finish(self, logits):
        return logits.softmax(-1)


class WholeTransposed(Whole):
    def finish(self, logits):
        return logits.mT


# rate_at


def rate_by_cases(step, steps, *, warmup=0, cosine=True):
    rate = 1.0
    if warmup and step < warmup:
        rate = step / warmup
    if cosine:
        rate *= 0.5 + 0.5 * math.cos(math.pi * (step - 1) / steps)
    return rate


def rate_clipped(step, steps, *, warmup=0, cosine=True):
    rise = float(np.clip(step / max(warmup, 1), 0, 1))
    return rise * (float(np.cos((step - 1) * np.pi / steps)) + 1) / 2 if cosine else rise


def rate_by_square(step, steps, *, warmup=0, cosine=True):
    fall = math.cos(math.pi / 2 * (step - 1) / steps) ** 2 if cosine else 1.0
    return fall * (min(step, warmup) / warmup if warmup else 1)


def rate_early_return(step, steps, *, warmup=0, cosine=True):
    rise = 1.0 if not warmup or step >= warmup else step / warmup
    if not cosine:
        return rise
    return rise * (1 + math.cos(math.pi * (step - 1) / steps)) / 2


def rate_of_tensors(step, steps, *, warmup=0, cosine=True):
    rise = torch.tensor(step / warmup if warmup else 1.0).double().clamp(max=1).item()
    return rise * (1 + math.cos(math.pi * (step - 1) / steps)) / 2 if cosine else rise


def rate_too_late(step, steps, *, warmup=0, cosine=True):
    rise = min(1.0, step / warmup) if warmup else 1.0
    return rise * (1 + math.cos(math.pi * step / steps)) / 2 if cosine else rise


def rate_from_zero(step, steps, *, warmup=0, cosine=True):
    rise = min(1.0, (step - 1) / warmup) if warmup else 1.0
    return rise * (1 + math.cos(math.pi * (step - 1) / steps)) / 2 if cosine else rise


# block_parameters


def _counts(attention, feed_forward, norms):
    return {"attention": attention, "feed-forward": feed_forward, "norms": norms}


def parameters_counted():
    parts = Block(64, 4, 256)
    size = lambda *ms: sum(p.numel() for m in ms for p in m.parameters())  # noqa: E731
    return _counts(
        size(parts.attention), size(parts.feed_forward), size(parts.norm_1, parts.norm_2)
    )


def parameters_written():
    return {"attention": 16640, "feed-forward": 33088, "norms": 256}


def parameters_in_another_order():
    return {"norms": 256, "feed-forward": 33088, "attention": 16640}


def parameters_as_floats():
    return _counts(16640.0, 33088.0, 256.0)


def parameters_by_rows():
    return _counts(4 * 64 * 65, 256 * 65 + 64 * 257, 4 * 64)


RIGHT = {
    "Transformer": [
        Whole,
        WholeLearnedPositions,
        WholeOnePostNorm,
        WholeWithoutLastNorm,
        WholeOfPyTorch,
    ],
    "rate_at": [
        rate_by_cases,
        rate_clipped,
        rate_by_square,
        rate_early_return,
        rate_of_tensors,
    ],
    "block_parameters": [
        parameters_counted,
        parameters_written,
        parameters_in_another_order,
        parameters_as_floats,
        parameters_by_rows,
    ],
    "layer_norm": [
        norm_by_hand,
        norm_library,
        norm_var,
        norm_double,
        norm_loop,
        norm_einsum,
        norm_in_place_on_a_copy,
    ],
    "Block": [
        EncoderPlain,
        EncoderResidual,
        EncoderLambda,
        EncoderOwnNames,
        EncoderByHand,
    ],
    "DecoderBlock": [
        DecoderPlain,
        DecoderResidual,
        DecoderSteps,
        DecoderList,
        DecoderKeywords,
    ],
}

WRONG = {
    "Transformer": [
        (WholeSeesTheFuture, "let the future leak"),
        (WholeWithoutPositions, "gave the source no positions"),
        (WholeWithoutTargetPositions, "gave the target no positions"),
        (WholeSeesPadding, "attended to the padding"),
        (WholeReadsNothing, "never read the source"),
        (WholeSoftmax, "probabilities"),
        (WholeTransposed, "another shape"),
    ],
    "rate_at": [(rate_too_late, "last step"), (rate_from_zero, "began the warm-up at 0")],
    "block_parameters": [
        (lambda: _counts(16384, 32768, 256), "forgot the biases"),
        (lambda: _counts(16640, 33088, 128), "counted half of the norms"),
    ],
    "layer_norm": [
        (norm_std, "d_model − 1"),
        (norm_std_biased, "eps outside the root"),
        (norm_tokens, "over the tokens"),
        (norm_unbiased, "d_model − 1"),
        (norm_default_eps, "used 1e-5 whatever"),
        (norm_no_affine, "neither the gain nor the bias"),
        (norm_no_bias, "forgot the bias"),
        (norm_rms, "root mean square"),
        (norm_detached, "gradient"),
        (norm_in_place, "in place"),
        (norm_no_keepdim, "combined sizes"),
        (norm_float, "float32 where float64"),
        (norm_variance, "variance instead of its root"),
    ],
    "Block": [
        (EncoderPost, "post-norm"),
        (EncoderNoResidual, "forgot to add x in both"),
        (EncoderOverwritten, "added the normalised x in both"),
        (EncoderQueryOnly, "normalised the query only"),
        (EncoderNoMask, "ignored the mask"),
        (EncoderOutputOnly, "where (output, weights) is due"),
        (EncoderOneNorm, "used norm_1 in both"),
        (EncoderParallel, "start from the same x"),
        (EncoderHidden, "read True in the mask as hidden"),
        (EncoderDetached, "gradient"),
        (EncoderInPlace, "changed the argument `x` in place"),
        (EncoderTorchNames, "gave the module other parameters"),
        (EncoderNoNormAndNoMask, "never normalised"),
    ],
    "DecoderBlock": [
        (DecoderPost, "post-norm"),
        (DecoderAsksItself, "asked x instead of the memory"),
        (DecoderTurned, "took queries from the memory"),
        (DecoderSwappedMasks, "swapped the two masks"),
        (DecoderNoMemoryMask, "ignored the memory mask"),
        (DecoderCrossFirst, "asked the memory before"),
        (DecoderTwoNorms, "mixed up the norms"),
        (DecoderOneMap, "is due"),
        (DecoderOneAttention, "used `attention` for both"),
        (DecoderOverwritten, "added the normalised x"),
        (DecoderNormalisedMemory, "normalised the memory"),
        (DecoderPostAndNoMask, "post-norm"),
    ],
}
