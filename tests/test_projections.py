"""Laws of self- and cross-attention: order does not matter, length is free, the masks hold."""

import jaxtyping
import pytest
import torch
from torch.nn import functional as F

from attncourse.masks import causal_mask, padding_mask
from attncourse.projections import cross_attention, self_attention
from attncourse.training import seeded

FLOATS = [torch.float32, torch.float64]


def random(*shape, seed=0, dtype=torch.float64):
    with seeded(seed):
        return torch.randn(*shape, dtype=dtype)


def matrices(d_model=4, d_k=6, d_v=10, d_memory=None, dtype=torch.float64):
    d_memory = d_memory or d_model
    shapes = ((d_model, d_k), (d_memory, d_k), (d_memory, d_v))
    return [random(*shape, seed=seed, dtype=dtype) for seed, shape in enumerate(shapes)]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("batch", [(), (2,), (2, 3)])
def test_self_attention_equals_pytorch(batch, dtype):
    x, (W_q, W_k, W_v) = random(*batch, 5, 4, seed=9, dtype=dtype), matrices(dtype=dtype)
    output, weights = self_attention(x, W_q, W_k, W_v)
    expected = F.scaled_dot_product_attention(x @ W_q, x @ W_k, x @ W_v)
    torch.testing.assert_close(output, expected)
    torch.testing.assert_close(weights.sum(-1), torch.ones(*batch, 5, dtype=dtype))


@pytest.mark.parametrize("dtype", FLOATS)
def test_cross_attention_equals_pytorch_with_its_own_sizes(dtype):
    x, memory = random(2, 5, 4, seed=8, dtype=dtype), random(2, 7, 3, seed=9, dtype=dtype)
    W_q, W_k, W_v = matrices(d_memory=3, dtype=dtype)
    mask = padding_mask(torch.tensor([7, 2]), 7)
    output, weights = cross_attention(x, memory, W_q, W_k, W_v, mask)
    expected = F.scaled_dot_product_attention(x @ W_q, memory @ W_k, memory @ W_v, mask)
    torch.testing.assert_close(output, expected)
    assert weights.shape == (2, 5, 7)


def test_the_gradient_equals_pytorchs():
    x, Ws = random(5, 4, seed=9), matrices()
    inputs = [tensor.requires_grad_() for tensor in (x, *Ws)]
    ours = torch.autograd.grad(self_attention(*inputs)[0].sin().sum(), inputs)
    W_q, W_k, W_v = Ws
    theirs = F.scaled_dot_product_attention(*((x @ W)[None] for W in (W_q, W_k, W_v)))
    torch.testing.assert_close(ours, torch.autograd.grad(theirs.sin().sum(), inputs))


def test_self_attention_by_hand():
    x = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    W_q, W_k = torch.eye(2), torch.tensor([[0.0], [1.0]]) @ torch.ones(1, 2)
    output, weights = self_attention(x, W_q, W_k, torch.tensor([[10.0], [20.0]]))
    e = torch.exp(torch.tensor(1 / 2**0.5))
    # The second key is (1, 1), the first (0, 0): each query scores 0 and 1.
    torch.testing.assert_close(weights, torch.stack([1 / (1 + e), e / (1 + e)]).expand(2, 2))
    torch.testing.assert_close(output[0, 0], (10 + 20 * e) / (1 + e))


def test_self_attention_is_cross_attention_with_itself():
    x, Ws = random(5, 4, seed=9), matrices()
    torch.testing.assert_close(self_attention(x, *Ws), cross_attention(x, x, *Ws))


def test_permuting_the_positions_permutes_the_outputs():
    x, Ws = random(2, 7, 4, seed=9), matrices()
    order = torch.tensor([3, 0, 6, 1, 5, 2, 4])
    output, weights = self_attention(x, *Ws)
    shuffled, shuffled_weights = self_attention(x[:, order], *Ws)
    torch.testing.assert_close(shuffled, output[:, order])
    torch.testing.assert_close(shuffled_weights, weights[:, order][..., order])


def test_permuting_the_memory_changes_nothing():
    x, memory, Ws = random(5, 4, seed=8), random(7, 4, seed=9), matrices()
    output, _ = cross_attention(x, memory, *Ws)
    torch.testing.assert_close(cross_attention(x, memory.flip(0), *Ws)[0], output)


def test_one_set_of_matrices_serves_every_length():
    Ws = matrices()
    for T in (1, 2, 50):
        output, weights = self_attention(random(T, 4), *Ws)
        assert (output.shape, weights.shape) == ((T, 10), (T, T))


def test_a_causal_mask_hides_the_future():
    x, Ws = random(5, 4, seed=9), matrices()
    changed = torch.cat([x[:3], random(2, 4, seed=7)])
    past, future = (self_attention(each, *Ws, causal_mask(5))[0] for each in (x, changed))
    torch.testing.assert_close(past[:3], future[:3])
    assert not torch.allclose(past[3:], future[3:])


def test_arguments_stay_as_they_are():
    x, Ws = random(5, 4, seed=9), matrices()
    before = [tensor.clone() for tensor in (x, *Ws)]
    self_attention(x, *Ws, causal_mask(5))
    torch.testing.assert_close([x, *Ws], before, rtol=0, atol=0)


@pytest.fixture
def unchecked():
    """As learners run it: shapes are not checked, so the functions' own errors are seen."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.mark.usefixtures("unchecked")
def test_a_matrix_that_does_not_fit_is_named():
    x, memory = random(5, 4), random(7, 3)
    W_q, _, W_v = matrices(d_memory=3)
    with pytest.raises(ValueError, match="W_k must have one row per entry of a vector; got 4 rows"):
        cross_attention(x, memory, W_q, W_q, W_v)
    with pytest.raises(ValueError, match="W_q and W_k must share d_k; got 6 and 10"):
        cross_attention(x, memory, W_q, W_v, W_v)
