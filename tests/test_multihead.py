"""Laws of many small attentions side by side."""

import pytest
import torch
from torch import nn

from attncourse.attention import fused_attention, scaled_dot_product_attention
from attncourse.masks import causal_mask, padding_mask
from attncourse.multihead import MultiHeadAttention, merge_heads, split_heads
from attncourse.positions import alibi_bias, rotate

TOLERANCE = {torch.float32: 1e-5, torch.float64: 1e-12}


def both(d_model=12, n_heads=3, dtype=torch.float64, **options):
    """PyTorch's module and ours, with the same weights and biases that are not zero."""
    torch.manual_seed(7)
    theirs = nn.MultiheadAttention(d_model, n_heads, batch_first=True, dtype=dtype, **options)
    for parameter in theirs.parameters():
        nn.init.normal_(parameter, std=0.4)
    return theirs, MultiHeadAttention.from_torch(theirs)


def inputs(*shape, dtype=torch.float64):
    return torch.randn(shape, dtype=dtype, requires_grad=True)


@pytest.mark.parametrize("batch", [(), (2,), (2, 3)])
def test_head_h_gets_the_h_th_piece_of_every_token(batch):
    x = torch.randn(*batch, 5, 12)
    heads = split_heads(x, 3)
    assert heads.shape == (*batch, 3, 5, 4)
    for h in range(3):
        assert torch.equal(heads[..., h, :, :], x[..., 4 * h : 4 * h + 4])


@pytest.mark.parametrize("n_heads", [1, 2, 3, 4, 6, 12])
def test_merging_undoes_splitting(n_heads):
    x = torch.randn(2, 5, 12)
    assert torch.equal(merge_heads(split_heads(x, n_heads)), x)


def test_merging_by_hand():
    x = torch.tensor([[[1, 2], [3, 4], [5, 6]], [[-1, -2], [-3, -4], [-5, -6]]]).float()
    by_hand = torch.tensor([[1, 2, -1, -2], [3, 4, -3, -4], [5, 6, -5, -6]]).float()
    assert torch.equal(merge_heads(x), by_hand)


@pytest.mark.parametrize("n_heads", [0, 5])
def test_heads_must_divide_the_width(n_heads):
    with pytest.raises(ValueError, match=f"n_heads must divide d_model; got {n_heads} and 12"):
        split_heads(torch.randn(5, 12), n_heads)
    with pytest.raises(ValueError, match=f"n_heads must divide d_model; got {n_heads} and 12"):
        MultiHeadAttention(12, n_heads)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("batch", [(), (2,)])
@pytest.mark.parametrize("n_heads", [1, 3, 12])
def test_equals_pytorch(batch, n_heads, dtype):
    theirs, ours = both(n_heads=n_heads, dtype=dtype)
    query, key, value = (inputs(*batch, T, 12, dtype=dtype) for T in (5, 7, 7))
    expected = theirs(query, key, value, average_attn_weights=False)
    for result, truth in zip(ours(query, key, value), expected, strict=True):
        torch.testing.assert_close(result, truth, rtol=1e-4, atol=TOLERANCE[dtype])


def test_equals_pytorch_under_causal_and_padding_masks():
    theirs, ours = both()
    x, lengths = inputs(2, 5, 12), torch.tensor([5, 3])
    mask = causal_mask(5) & padding_mask(lengths, 5)[:, None]  # B 1 T T
    hidden = dict(attn_mask=~causal_mask(5), key_padding_mask=~padding_mask(lengths, 5)[:, 0])
    expected = theirs(x, x, x, average_attn_weights=False, **hidden)
    for result, truth in zip(ours(x, x, x, mask), expected, strict=True):
        torch.testing.assert_close(result, truth)


def test_gradients_equal_pytorchs():
    theirs, ours = both()
    query, key, value = inputs(2, 5, 12), inputs(2, 7, 12), inputs(2, 7, 12)
    gradients = []
    for module in (theirs, ours):
        output, _ = module(query, key, value)
        gradients.append(torch.autograd.grad(output.square().sum(), (query, key, value)))
    for mine, truth in zip(*reversed(gradients), strict=True):
        torch.testing.assert_close(mine, truth)


def test_gradients_of_the_weights_equal_pytorchs():
    theirs, ours = both()
    x = inputs(2, 5, 12)
    for module in (theirs, ours):
        module(x, x, x)[0].square().sum().backward()
    mine = torch.cat([ours.W_q.weight.grad, ours.W_k.weight.grad, ours.W_v.weight.grad])
    torch.testing.assert_close(mine, theirs.in_proj_weight.grad)
    torch.testing.assert_close(ours.W_o.weight.grad, theirs.out_proj.weight.grad)


def test_a_module_without_biases_loads_with_zero_biases():
    theirs, ours = both(bias=False)
    x = inputs(2, 5, 12)
    torch.testing.assert_close(ours(x, x, x)[0], theirs(x, x, x)[0])


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"kdim": 8}, "kdim must be 12; got 8"),
        ({"vdim": 8}, "vdim must be 12; got 8"),
        ({"add_bias_kv": True}, "add_bias_kv must be False; got True"),
        ({"add_zero_attn": True}, "add_zero_attn must be False; got True"),
        ({"dropout": 0.1}, "dropout must be 0.0; got 0.1"),
        ({"batch_first": False}, "batch_first must be True; got False"),
    ],
)
def test_an_option_that_a_copy_would_lose_is_refused(option, message):
    module = nn.MultiheadAttention(12, 3, **{"batch_first": True} | option)
    with pytest.raises(ValueError, match=message):
        MultiHeadAttention.from_torch(module)


@pytest.mark.parametrize("masked", [False, True])
def test_the_fused_kernel_gives_the_same_output_and_no_weights(masked):
    _, ours = both()
    x, mask = inputs(2, 5, 12), causal_mask(5) if masked else None
    output, weights = ours(x, x, x, mask, attend=fused_attention)
    torch.testing.assert_close(output, ours(x, x, x, mask)[0])
    assert weights is None


def test_a_loop_over_heads_gives_the_same():
    _, ours = both()
    query, memory = inputs(2, 5, 12), inputs(2, 7, 12)
    pieces = []
    for h in range(3):
        piece = slice(4 * h, 4 * h + 4)
        q, k, v = ours.W_q(query), ours.W_k(memory), ours.W_v(memory)
        head, _ = scaled_dot_product_attention(q[..., piece], k[..., piece], v[..., piece])
        pieces.append(head)
    torch.testing.assert_close(ours.W_o(torch.cat(pieces, -1)), ours(query, memory, memory)[0])


def test_any_number_of_batch_axes():
    _, ours = both()
    x = inputs(2, 3, 5, 12)
    output, weights = ours(x, x, x)
    assert weights.shape == (2, 3, 3, 5, 5)
    torch.testing.assert_close(output[1, 2], ours(x[1, 2], x[1, 2], x[1, 2])[0])


def test_permuting_keys_with_values_changes_nothing():
    _, ours = both()
    query, memory, order = inputs(5, 12), inputs(7, 12), torch.randperm(7)
    moved = memory[order]
    torch.testing.assert_close(ours(query, moved, moved)[0], ours(query, memory, memory)[0])


def test_the_future_does_not_reach_the_past():
    _, ours = both()
    x = inputs(5, 12)
    later = torch.cat([x[:3], inputs(2, 12)])
    before, after = (ours(z, z, z, causal_mask(5))[0] for z in (x, later))
    torch.testing.assert_close(before[:3], after[:3])


def test_a_query_that_may_look_at_nothing_gives_only_the_output_bias():
    _, ours = both()
    x = inputs(5, 12)
    output, weights = ours(x, x, x, torch.zeros(5, 5, dtype=torch.bool))
    output.sum().backward()
    assert torch.equal(output, ours.W_o.bias.expand(5, 12))
    assert not weights.any()
    assert x.grad.isfinite().all()


def test_a_bias_is_added_to_every_heads_scores():
    _, ours = both()
    x, nothing = inputs(5, 12), torch.zeros(3, 5, 5)
    forbidding = nothing.masked_fill(~causal_mask(5), -1e3)
    torch.testing.assert_close(ours(x, x, x, bias=nothing)[1], ours(x, x, x)[1])
    torch.testing.assert_close(ours(x, x, x, bias=forbidding)[1], ours(x, x, x, causal_mask(5))[1])


def test_alibi_sees_order_where_plain_attention_does_not():
    _, ours = both()
    x = inputs(7, 12)
    swapped = x[[1, 0, 2, 3, 4, 5, 6]]
    plain = [ours(z[-1:], z, z)[0] for z in (x, swapped)]
    told = [ours(z[-1:], z, z, bias=alibi_bias(3, 7)[:, -1:])[0] for z in (x, swapped)]
    torch.testing.assert_close(*plain)
    assert not torch.allclose(*told)


def test_rotation_turns_queries_and_keys_but_not_values():
    _, ours = both()
    x = inputs(5, 12)

    def turn(heads):
        return rotate(heads, torch.arange(5))

    output, weights = ours(x, x, x, rotate=turn)
    q, k, v = (split_heads(linear(x), 3) for linear in (ours.W_q, ours.W_k, ours.W_v))
    expected, expected_weights = scaled_dot_product_attention(turn(q), turn(k), v)
    torch.testing.assert_close(weights, expected_weights)
    torch.testing.assert_close(output, ours.W_o(merge_heads(expected)))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_works_in_sixteen_bits(dtype):
    ours = MultiHeadAttention(12, 3).to(dtype)
    x = torch.randn(5, 12, dtype=dtype)
    output, weights = ours(x, x, x, causal_mask(5))
    assert output.dtype == weights.dtype == dtype
    assert output.isfinite().all()
