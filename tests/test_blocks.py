"""Laws of one layer of a Transformer."""

import jaxtyping
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from attncourse.attention import fused_attention
from attncourse.blocks import (
    Block,
    DecoderBlock,
    FeedForward,
    layer_norm,
    scale_residuals,
)
from attncourse.masks import causal_mask, padding_mask

D_MODEL, N_HEADS, D_FF = 12, 3, 20
both_norms = pytest.mark.parametrize("pre_norm", [True, False])


def numbers(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed + sum(shape))
    return torch.randn(shape, generator=generator, dtype=torch.float64).requires_grad_(True)


def shaken(module):
    """The module with parameters that no initialisation gives, in float64."""
    generator = torch.Generator().manual_seed(7)
    for parameter in module.double().parameters():
        nn.init.normal_(parameter, std=0.4, generator=generator)
    return module


def encoders(pre_norm, **options):
    options = {"dropout": 0.0, "batch_first": True, "norm_first": pre_norm} | options
    layer = nn.TransformerEncoderLayer(D_MODEL, N_HEADS, D_FF, **options)
    shaken(layer)
    return layer, Block.from_torch(layer)


def decoders(pre_norm, **options):
    options = {"dropout": 0.0, "batch_first": True, "norm_first": pre_norm} | options
    layer = nn.TransformerDecoderLayer(D_MODEL, N_HEADS, D_FF, **options)
    shaken(layer)
    return layer, DecoderBlock.from_torch(layer)


def assert_same_gradients(theirs, ours, inputs):
    for mine, truth in zip(
        torch.autograd.grad(ours.square().sum(), inputs),
        torch.autograd.grad(theirs.square().sum(), inputs),
        strict=True,
    ):
        torch.testing.assert_close(mine, truth)


def test_layer_norm_by_hand():
    x = torch.tensor([[1.0, 2.0, 3.0], [10.0, 10.0, 40.0]])
    found = layer_norm(x, torch.tensor([1.0, 1.0, 2.0]), torch.tensor([0.0, 5.0, 0.0]), eps=0.0)
    by_hand = torch.tensor([[-(1.5**0.5), 5, 6**0.5], [-(0.5**0.5), 5 - 0.5**0.5, 8**0.5]])
    torch.testing.assert_close(found, by_hand)


@given(st.integers(2, 9), st.integers(0, 2**31))
def test_layer_norm_equals_pytorch_in_value_and_gradient(d_model, seed):
    x, gain, bias = numbers(3, d_model, seed=seed), numbers(d_model), numbers(d_model, seed=1)
    ours, theirs = layer_norm(x, gain, bias), F.layer_norm(x, (d_model,), gain, bias)
    torch.testing.assert_close(ours, theirs)
    assert_same_gradients(theirs, ours, (x, gain, bias))


@given(st.floats(0.1, 100), st.floats(-100, 100))
def test_layer_norm_forgets_scale_and_offset(scale, offset):
    x, one, zero = numbers(5, 7), torch.ones(7).double(), torch.zeros(7).double()
    ours = layer_norm(scale * x + offset, one, zero, eps=0.0)
    torch.testing.assert_close(ours, layer_norm(x, one, zero, eps=0.0))


def test_a_vector_of_equal_entries_becomes_the_bias():
    bias = torch.arange(4.0)
    assert torch.equal(layer_norm(torch.full((2, 4), 3.0), torch.ones(4), bias)[1], bias)


@pytest.fixture
def unchecked():
    """The learner's run, in which only the package's own errors speak about shapes."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.mark.usefixtures("unchecked")
def test_layer_norm_names_the_sizes():
    with pytest.raises(ValueError, match=r"must share d_model; got 4, \(3,\) and \(4,\)"):
        layer_norm(torch.ones(2, 4), torch.ones(3), torch.ones(4))


def test_feed_forward_thinks_about_each_token_alone():
    think, x = shaken(FeedForward(D_MODEL, D_FF)), numbers(2, 5, D_MODEL)
    torch.testing.assert_close(think(x)[1, 3], think(x[1, 3]))


@both_norms
def test_encoder_block_equals_pytorch(pre_norm):
    layer, block = encoders(pre_norm)
    x, mask = numbers(2, 5, D_MODEL), padding_mask(torch.tensor([5, 3]), 5)[:, None]
    ours, _ = block(x, mask)
    theirs = layer(x, src_key_padding_mask=~mask[:, 0, 0])
    torch.testing.assert_close(ours, theirs)
    assert_same_gradients(theirs, ours, (x,))


@both_norms
def test_encoder_block_with_a_causal_mask_equals_pytorch(pre_norm):
    layer, block = encoders(pre_norm)
    x = numbers(2, 5, D_MODEL)
    torch.testing.assert_close(block(x, causal_mask(5))[0], layer(x, src_mask=~causal_mask(5)))


@both_norms
def test_gradients_of_the_weights_equal_pytorchs(pre_norm):
    layer, block = encoders(pre_norm)
    x = numbers(2, 5, D_MODEL)
    for output in (layer(x), block(x)[0]):
        output.square().sum().backward()
    torch.testing.assert_close(block.feed_forward.W_1.weight.grad, layer.linear1.weight.grad)
    torch.testing.assert_close(block.norm_1.weight.grad, layer.norm1.weight.grad)
    torch.testing.assert_close(block.norm_2.bias.grad, layer.norm2.bias.grad)
    projections = [linear.weight.grad for linear in list(block.attention.children())[:3]]
    torch.testing.assert_close(torch.cat(projections), layer.self_attn.in_proj_weight.grad)


@both_norms
def test_decoder_block_equals_pytorch(pre_norm):
    layer, block = decoders(pre_norm)
    x, memory = numbers(2, 5, D_MODEL), numbers(2, 7, D_MODEL)
    padding = padding_mask(torch.tensor([7, 2]), 7)[:, None]
    ours, _, _ = block(x, memory, causal_mask(5), padding)
    hidden = dict(tgt_mask=~causal_mask(5), memory_key_padding_mask=~padding[:, 0, 0])
    theirs = layer(x, memory, **hidden)
    torch.testing.assert_close(ours, theirs)
    assert_same_gradients(theirs, ours, (x, memory))


OPTIONS = {
    "gelu": {"activation": "gelu"},
    "tanh gelu": {"activation": nn.GELU("tanh")},
    "eps": {"layer_norm_eps": 0.3},
    "no biases": {"bias": False},
}


@pytest.mark.parametrize("option", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("kind", ["encoder", "decoder"])
def test_every_option_of_a_layer_is_copied(kind, option):
    make = encoders if kind == "encoder" else decoders
    layer, block = make(True, **option)
    inputs = [numbers(2, 5, D_MODEL)] + [numbers(2, 7, D_MODEL)] * (kind == "decoder")
    torch.testing.assert_close(block(*inputs)[0], layer(*inputs))


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"dropout": 0.1}, "the layer must have no dropout; got 0.1"),
        ({"batch_first": False}, "batch_first must be True; got False"),
    ],
)
def test_an_option_that_a_copy_would_lose_is_refused(option, message):
    options = {"dropout": 0.0, "batch_first": True} | option
    with pytest.raises(ValueError, match=message):
        Block.from_torch(nn.TransformerEncoderLayer(D_MODEL, N_HEADS, **options))


@both_norms
def test_the_fused_kernel_changes_no_output(pre_norm):
    _, encoder = encoders(pre_norm)
    _, decoder = decoders(pre_norm)
    x, memory, mask = numbers(2, 5, D_MODEL), numbers(2, 7, D_MODEL), causal_mask(5)
    for block, inputs in ((encoder, (x, mask)), (decoder, (x, memory, mask))):
        output, *weights = block(*inputs, attend=fused_attention)
        torch.testing.assert_close(output, block(*inputs)[0])
        assert set(weights) == {None}


def test_dropout_acts_in_training_only():
    block, x = Block(D_MODEL, N_HEADS, D_FF, dropout=0.5), torch.randn(5, D_MODEL)
    assert not torch.equal(block(x)[0], block(x)[0])
    block.eval()
    assert torch.equal(block(x)[0], block(x)[0])


@pytest.mark.parametrize("depth", [2, 32])
def test_scaled_residuals_keep_the_stream_at_its_size(depth):
    torch.manual_seed(0)
    stack = nn.ModuleList(Block(64, 4, 256) for _ in range(depth))
    scale_residuals(stack)
    start = x = torch.randn(8, 10, 64)
    for block in stack:
        x, _ = block(x)
    assert 1 < (x.norm() / start.norm()).item() < 1.2


@both_norms
def test_a_block_that_adds_nothing_changes_nothing_before_its_norms(pre_norm):
    block, x = Block(D_MODEL, N_HEADS, D_FF, pre_norm=pre_norm), torch.randn(5, D_MODEL)
    for last in (block.attention.W_o, block.feed_forward.W_2):
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
    expected = x if pre_norm else F.layer_norm(x, (D_MODEL,))
    torch.testing.assert_close(block(x)[0], expected, rtol=1e-4, atol=1e-4)


def test_any_number_of_batch_axes():
    block, x = shaken(Block(D_MODEL, N_HEADS, D_FF)), numbers(2, 3, 5, D_MODEL)
    output, weights = block(x, causal_mask(5))
    assert weights.shape == (2, 3, N_HEADS, 5, 5)
    torch.testing.assert_close(output[1, 2], block(x[1, 2], causal_mask(5))[0])


def test_a_block_without_a_mask_does_not_know_order():
    block, x = shaken(Block(D_MODEL, N_HEADS, D_FF)), numbers(5, D_MODEL)
    order = torch.tensor([3, 1, 4, 0, 2])
    torch.testing.assert_close(block(x[order])[0], block(x)[0][order])


def test_the_future_does_not_reach_the_past():
    _, block = decoders(True)
    x, memory = numbers(5, D_MODEL), numbers(7, D_MODEL)
    changed = torch.cat([x[:3], numbers(2, D_MODEL)])
    before, after = (block(z, memory, causal_mask(5))[0] for z in (x, changed))
    torch.testing.assert_close(before[:3], after[:3])
    assert not torch.allclose(before[3:], after[3:])
