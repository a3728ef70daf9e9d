"""Laws of the masked softmax and of attention."""

import math

import jaxtyping
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from attncourse.attention import (
    fused_attention,
    masked_softmax,
    scaled_dot_product_attention,
)
from attncourse.masks import causal_mask, padding_mask

FLOATS = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
SIZES = st.integers(1, 5)


def triple(*batch, M=5, N=7, d_k=6, d_v=10, dtype=torch.float64, seed=0):
    generator = torch.Generator().manual_seed(seed)
    shapes = (*batch, M, d_k), (*batch, N, d_k), (*batch, N, d_v)
    return [torch.randn(shape, generator=generator, dtype=dtype) for shape in shapes]


def some_mask(*shape, seed=0):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed)) > 0.4


def test_attention_by_hand():
    query = torch.tensor([[2.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    key = torch.tensor([[math.log(2.0), 0, 0, 0], [0, 5, 0, 0], [0, 0, 1, 0]])
    value = torch.tensor([[4.0], [8.0], [12.0]])
    output, weights = scaled_dot_product_attention(query, key, value)
    assert torch.allclose(weights, torch.tensor([[1 / 2, 1 / 4, 1 / 4], [1 / 3] * 3]))
    assert torch.allclose(output, torch.tensor([[7.0], [8.0]]))


@settings(deadline=None, max_examples=40)
@given(st.lists(SIZES, max_size=3), SIZES, SIZES, SIZES, SIZES, st.integers(0, 999))
def test_attention_equals_pytorch_in_value_and_gradient(batch, M, N, d_k, d_v, seed):
    ours_in = [x.requires_grad_() for x in triple(*batch, M=M, N=N, d_k=d_k, d_v=d_v, seed=seed)]
    mask = some_mask(*batch, M, N, seed=seed)
    ours, weights = scaled_dot_product_attention(*ours_in, mask)
    theirs = F.scaled_dot_product_attention(*ours_in, attn_mask=mask)
    assert torch.allclose(ours, theirs)
    assert torch.allclose(weights.sum(-1), mask.any(-1).to(weights.dtype))
    direction = torch.cos(torch.arange(ours.numel(), dtype=ours.dtype)).reshape(ours.shape)
    ours_back = torch.autograd.grad((ours * direction).sum(), ours_in)
    theirs_back = torch.autograd.grad((theirs * direction).sum(), ours_in)
    assert all(map(torch.allclose, ours_back, theirs_back))


MASKS = {
    "none": None,
    "causal": causal_mask(5),
    "padding": padding_mask(torch.tensor([5, 2]), 5),
    "one row": torch.tensor([True, False, True, True, False]),
    "a query that attends to nothing": causal_mask(5) & torch.arange(5).ne(0),
}


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
@pytest.mark.parametrize("biased", [False, True])
def test_the_fused_kernel_gives_the_same_output_and_gradient(mask, biased):
    tensors = [x.requires_grad_() for x in triple(2, M=5, N=5)]
    bias = torch.linspace(-1, 1, 25, dtype=torch.float64).reshape(5, 5) if biased else None
    gradients = []
    for attend in (scaled_dot_product_attention, fused_attention):
        output, _ = attend(*tensors, mask, bias=bias)
        gradients.append([output, *torch.autograd.grad(output.square().sum(), tensors)])
    assert all(map(torch.allclose, *gradients))


def test_the_fused_kernel_makes_no_weights():
    assert fused_attention(*triple())[1] is None


def test_softmax_leaves_the_scores_as_they_were():
    scores, mask = torch.randn(5, 5), causal_mask(5)
    before = scores.clone()
    masked_softmax(scores, mask)
    assert torch.equal(scores, before)


@pytest.mark.parametrize("dtype", FLOATS)
def test_fully_masked_row_gives_zeros_and_a_finite_gradient(dtype):
    tensors = [x.requires_grad_() for x in triple(2, dtype=dtype)]
    mask = padding_mask(torch.tensor([7, 0]), 7)
    output, weights = scaled_dot_product_attention(*tensors, mask)
    assert output.dtype == weights.dtype == dtype
    assert not weights[1].any()
    assert not output[1].any()
    gradients = torch.autograd.grad(output.square().sum(), tensors)
    assert all(gradient.isfinite().all() for gradient in gradients)
    assert not any(gradient[1].any() for gradient in gradients)
    assert all(gradient[0].any() for gradient in gradients)


@pytest.mark.filterwarnings("ignore:Anomaly Detection")
@pytest.mark.parametrize("dtype", FLOATS)
def test_no_nan_arises_on_the_way_back(dtype):
    scores = torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=dtype, requires_grad=True)
    mask = torch.tensor([[True, False], [False, False]])
    with torch.autograd.detect_anomaly(check_nan=True):
        masked_softmax(scores, mask)[:, 0].sum().backward()
    assert scores.grad.tolist() == [[0.0, 0.0], [0.0, 0.0]]


@pytest.mark.parametrize("mask", [None, torch.ones(5, 7, dtype=torch.bool)])
def test_nothing_hidden_is_a_softmax(mask):
    (scores, _, _) = triple(3, d_k=7)
    assert torch.allclose(masked_softmax(scores, mask), scores.softmax(-1))


def test_hidden_scores_do_not_matter_however_large():
    (scores, _, _) = triple(d_k=7)
    mask = some_mask(5, 7)
    weights = masked_softmax(scores, mask)
    assert torch.equal(masked_softmax(scores.masked_fill(~mask, 1e30), mask), weights)
    assert not weights[~mask].any()


def test_allowed_scores_far_below_zero_still_share_out_one():
    scores = torch.tensor([[-1e30, -1e30, 5.0]], dtype=torch.float64)
    assert masked_softmax(scores, torch.tensor([[True, True, False]])).tolist() == [[0.5, 0.5, 0]]


@pytest.mark.parametrize("shape", [(7,), (5, 7), (1, 7), (2, 1, 1, 7), (2, 1, 5, 1), (2, 3, 5, 7)])
def test_mask_broadcasts(shape):
    tensors, mask = triple(2, 3), some_mask(*shape)
    ours = scaled_dot_product_attention(*tensors, mask)
    full = scaled_dot_product_attention(*tensors, mask.expand(2, 3, 5, 7))
    assert all(map(torch.equal, ours, full))


def test_permuting_keys_with_values_changes_nothing():
    query, key, value = triple(2)
    mask, order = some_mask(2, 5, 7), torch.randperm(7)
    output, weights = scaled_dot_product_attention(query, key, value, mask)
    moved = scaled_dot_product_attention(query, key[:, order], value[:, order], mask[..., order])
    assert torch.allclose(moved[0], output)
    assert torch.allclose(moved[1], weights[..., order])


def test_changing_the_future_leaves_the_past_alone():
    query, key, value = triple(M=6, N=6)
    past, _ = scaled_dot_product_attention(query, key, value, causal_mask(6))
    key[4:], value[4:] = 9.0, -9.0
    again, _ = scaled_dot_product_attention(query, key, value, causal_mask(6))
    assert torch.equal(past[:4], again[:4])
    assert not torch.allclose(past[4:], again[4:])


def test_output_stays_within_the_values():
    query, key, value = triple(2, 3)
    output, _ = scaled_dot_product_attention(100 * query, key, value)
    assert (output <= value.amax(-2, keepdim=True) + 1e-12).all()
    assert (output >= value.amin(-2, keepdim=True) - 1e-12).all()


def test_arguments_are_left_alone_and_layout_does_not_matter():
    tensors, mask = triple(2), some_mask(2, 5, 7)
    before = [x.clone() for x in (*tensors, mask)]
    strided = [x.mT.contiguous().mT for x in tensors]
    ours = scaled_dot_product_attention(*tensors, mask)
    assert torch.allclose(scaled_dot_product_attention(*strided, mask)[0], ours[0])
    assert all(map(torch.equal, before, (*tensors, mask)))


def test_float16_scores_do_not_overflow_on_the_way():
    query, key = torch.full((1, 64), 40.0).half(), torch.full((2, 64), 40.0).half()
    output, _ = scaled_dot_product_attention(query, key, torch.ones(2, 3).half())
    assert torch.allclose(output, torch.ones(1, 3).half())  # q · k = 102400 > 65504


@pytest.fixture
def unchecked():
    """The learner's run, in which only the package's own errors speak about shapes."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        (((5, 4), (7, 6), (7, 3)), r"^query and key must share d_k; got 4 and 6$"),
        (((5, 4), (7, 4), (8, 3)), r"must share their batch axes and N; got \(7,\) and \(8,\)$"),
        (((2, 5, 4), (3, 7, 4), (3, 7, 3)), r"share their batch axes; got \(2,\) and \(3,\)$"),
    ],
)
def test_sizes_that_do_not_fit_are_refused_in_one_line(shapes, message):
    with pytest.raises(ValueError, match=message):
        scaled_dot_product_attention(*map(torch.ones, shapes))


@pytest.mark.usefixtures("unchecked")
def test_masks_that_do_not_fit_are_refused_in_one_line():
    scores = torch.ones(2, 5, 7)
    with pytest.raises(ValueError, match=r"^mask must be bool, True = may attend; got"):
        masked_softmax(scores, torch.ones(5, 7))
    for shape in ((7, 5), (3, 5, 7), (1, 2, 5, 7)):
        with pytest.raises(ValueError, match=r"must broadcast to the scores; got \(.*\(2, 5, 7\)"):
            masked_softmax(scores, torch.ones(shape, dtype=torch.bool))
