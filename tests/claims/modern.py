"""What lesson 17 claims."""

from functools import cache

import torch
import torch.nn.functional as F

from attncourse.blocks import FeedForward, layer_norm
from attncourse.modern import SwiGLU, delta_rule_step, rms_norm
from attncourse.pretrained import repeated_rows
from attncourse.reach import (
    ScaledRotation,
    latent_attention,
    unpacked_attention,
    weight_of_the_best,
)
from attncourse.remade import copier, learn_steeply
from attncourse.training import seeded
from tests.claims import claim

EVERYTHING = ("RMSNorm", "SwiGLU", "QK-norm", "sink")
GIVEN = {
    "500,000": "Llama 3.1 8B, config.json: rope_theta",
    "10,000": "Gemma 3 1B, config.json: rope_local_base_freq",
}


@cache
def _seen(parts, seed):
    """(the last layer's map, loss where letters can be foreseen) on rows that none has read."""
    model = copier(parts, seed=seed).model
    with seeded(100 + seed), torch.no_grad():
        rows = repeated_rows(256)
        logits, maps = model.with_weights(rows)
    return maps[-1], F.cross_entropy(logits[:, 12:-1].mT, rows[:, 13:]).item()


@claim(
    "much of it to the first letter",
    holds=lambda first, even: first > 2 * even,
    beside="even weights",
    shown=".0%",
)
def idle_heads_rest_on_the_first_letter(seed):
    weights, _ = _seen((), seed)
    return weights[:, :, 4:12, 0].mean(), torch.arange(5, 13).reciprocal().mean()


@claim(
    "Above, the heads use the way out; below, where they have work, hardly ever",
    holds=lambda above, below: above > 0.15 and below < 0.03,
    beside="where there is something to copy",
    shown=".0%",
)
def idle_heads_attend_to_nothing(seed):
    nothing = 1 - _seen(("sink",), seed)[0].sum(-1).mean((0, 1))
    return nothing[4:12].mean(), nothing[12:].mean()


@claim(
    "The loss falls",
    holds=lambda sink, plain: sink < plain - 0.05,
    beside="without a sink",
    shown=".2f",
)
def a_way_out_helps(seed):
    return _seen(("sink",), seed)[1], _seen((), seed)[1]


@claim(
    "with no more parameters, the remade model is ahead",
    holds=lambda remade, plain: remade < 0.6 * plain,
    beside="lesson 11's parts",
    shown=".2f",
)
def all_four_together(seed):
    return _seen(EVERYTHING, seed)[1], _seen((), seed)[1]


@claim(
    "With QK-norm the highest rate still learns",
    holds=lambda normed, plain: normed < 0.5 and plain > 1.5,
    beside="plain",
    shown=".2f",
)
def a_rate_that_is_too_high(seed):
    return tuple(learn_steeply(p, 0.3, seed=seed)[0] for p in (("QK-norm",), ()))


@claim(
    "scores grow until each softmax picks one key",
    holds=lambda plain, normed: plain > 1000 and normed < 50,
    beside="with QK-norm",
    shown=",.0f",
)
def scores_run_away(seed):
    return tuple(learn_steeply(p, 0.3, seed=seed)[1] for p in ((), ("QK-norm",)))


@claim("Exactly by one subtraction", holds=lambda off: off < 1e-12, shown=".0e")
def layer_norm_subtracts_a_mean(seed):
    x = torch.randn(5, 64, generator=torch.Generator().manual_seed(seed)).double()
    gain = torch.ones(64).double()
    centred = rms_norm(x - x.mean(-1, keepdim=True), gain)
    return (layer_norm(x, gain, 0 * gain, 1e-6) - centred).abs().max()


@claim(
    "the multiplications are equal",
    holds=lambda gated, plain: gated == plain,
    beside="two matrices, four times as wide",
    exact="numbers are counted",
)
def a_gate_costs_nothing():
    layers = SwiGLU(96, 256), FeedForward(96, 384)
    return tuple(sum(p.numel() for p in x.parameters() if p.ndim == 2) for x in layers)


def _copied(length, times, way, seed):
    model = copier(seed=seed).model
    kept = model.T_max, model.rotate
    with seeded(seed), torch.no_grad():
        tokens = torch.randint(26, (64, length)).repeat(1, times)
        model.T_max, model.rotate = length * times, ScaledRotation(length * times, 16, 1.5, way)
        right = model(tokens)[:, :-1].argmax(-1) == tokens[:, 1:]
    model.T_max, model.rotate = kept
    return right[:, -length + 1 :].float().mean().item()


@claim(
    "the interpolated model copies what lies eighteen back",
    holds=lambda pressed, others: pressed > 0.8 and others < 0.1,
    beside="the better of plain and ntk",
    shown=".0%",
)
def interpolation_stretches_distances(seed):
    others = max(_copied(18, 2, way, seed) for way in ("plain", "ntk"))
    return _copied(18, 2, "interpolated", seed), others


@claim(
    "it keeps the skill and even gains on the longer text",
    holds=lambda ntk, plain: ntk > plain + 0.03 > 0.8,
    beside="plain",
    shown=".0%",
)
def ntk_keeps_near_distances(seed):
    return _copied(12, 3, "ntk", seed), _copied(12, 3, "plain", seed)


@claim(
    "fails where twelve steps should be twelve",
    holds=lambda pressed, plain: pressed < 0.1 and plain > 0.8,
    beside="plain",
    shown=".0%",
)
def interpolation_loses_near_distances(seed):
    return _copied(12, 3, "interpolated", seed), _copied(12, 3, "plain", seed)


@claim(
    "A fixed lead is lost in a long text",
    holds=lambda far, near: far < 1e-3 and near > 0.7,
    beside="16 keys",
    shown=".4f",
    exact="a formula",
)
def a_softmax_spreads():
    return weight_of_the_best(4, 2**20), weight_of_the_best(4, 16)


@claim("Equal, up to rounding", holds=lambda off: off < 1e-13, shown=".0e")
def brackets_may_be_moved(seed):
    drawn = torch.Generator().manual_seed(seed)
    sizes = (4, 3, 16), (9, 12), (4, 12, 16), (4, 12, 8)
    given = [torch.randn(size, generator=drawn).double() for size in sizes]
    return (latent_attention(*given)[0] - unpacked_attention(*given)[0]).abs().max()


def _wrong(n, overwrite, correct, seed):
    drawn = torch.Generator().manual_seed(seed)
    keys = F.normalize(torch.randn(n, 32, generator=drawn), dim=-1)
    S = torch.zeros(32, 32)
    for values in torch.randn(1 + overwrite, n, 32, generator=drawn):
        for k, v in zip(keys, values, strict=True):
            S = delta_rule_step(S, k, v, torch.tensor(1.0)) if correct else S + torch.outer(k, v)
    return ((keys @ S - values).norm() / values.norm()).item()


@claim(
    "The delta rule has taken the old value out",
    holds=lambda delta, added: delta < 0.6 and added > 1,
    beside="added",
    shown=".2f",
)
def a_memory_that_overwrites(seed):
    return _wrong(8, 1, True, seed), _wrong(8, 1, False, seed)


@claim(
    "Stored once, the two rules differ little",
    holds=lambda delta, added: 0.6 * added < delta < added,
    beside="added",
    shown=".2f",
)
def stored_once(seed):
    return _wrong(8, 0, True, seed), _wrong(8, 0, False, seed)
