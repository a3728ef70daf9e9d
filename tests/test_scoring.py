"""Laws of the scores."""

import jaxtyping
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.autograd import gradcheck

from attncourse.scoring import (
    additive_score,
    bilinear_score,
    cosine_score,
    distance_score,
    dot_score,
    gaussian_score,
    scaled_dot_score,
)

BARE = [dot_score, scaled_dot_score, cosine_score, distance_score, gaussian_score]
SIZES = st.integers(1, 6)


def tensors(seed, *shapes, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=generator, dtype=dtype) for shape in shapes]


def learned(d_q=3, d_k=4, hidden=5):
    W, W_q, W_k, w_v = tensors(9, (d_q, d_k), (d_q, hidden), (d_k, hidden), (hidden,))
    return {
        "bilinear": lambda query, key: bilinear_score(query, key, W),
        "additive": lambda query, key: additive_score(query, key, W_q, W_k, w_v),
    }


def test_scores_by_hand():
    query = torch.tensor([[3.0, 4.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]])
    key = torch.tensor([[0.0, 5.0, 0.0, 0.0]])
    assert dot_score(query, key).tolist() == [[20.0], [0.0]]
    assert scaled_dot_score(query, key).tolist() == [[10.0], [0.0]]
    assert torch.allclose(cosine_score(query, key), torch.tensor([[0.8], [0.0]]))
    assert distance_score(query, key).tolist() == [[10.0], [26.0]]
    assert gaussian_score(query, key, bandwidth=1.0).tolist() == [[-5.0], [-13.0]]


@settings(deadline=None)
@given(st.lists(SIZES, max_size=2), SIZES, SIZES, SIZES, st.sampled_from(BARE))
def test_scores_have_queries_down_and_keys_across_for_any_batch(batch, M, N, d, score):
    query, key = tensors(0, (*batch, M, d), (*batch, N, d))
    scores = score(query, key)
    assert scores.shape == (*batch, M, N)
    assert torch.allclose(scores[..., :1, -1:], score(query[..., :1, :], key[..., -1:, :]))


@pytest.mark.parametrize("kind", ["bilinear", "additive"])
def test_learned_scores_take_two_widths_and_any_batch(kind):
    query, key = tensors(1, (2, 6, 5, 3), (2, 6, 7, 4))
    scores = learned()[kind](query, key)
    assert scores.shape == (2, 6, 5, 7)
    alone = learned()[kind](query[1, 2, 3:4], key[1, 2, 4:5])
    assert torch.allclose(scores[1, 2, 3, 4], alone[0, 0])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_scores_equal_pytorch(dtype):
    query, key = tensors(2, (2, 5, 6), (2, 7, 6), dtype=dtype)
    pairs = F.cosine_similarity(query.unsqueeze(-2), key.unsqueeze(-3), dim=-1)
    squared = torch.cdist(query, key).square()
    assert torch.allclose(cosine_score(query, key), pairs, atol=1e-6)
    assert torch.allclose(distance_score(query, key), squared, rtol=1e-4, atol=1e-5)
    assert scaled_dot_score(query, key).dtype == dtype


def test_bilinear_score_equals_pytorch_and_the_dot_product_of_projections():
    query, key, W_q, W_k = tensors(3, (5, 3), (7, 4), (3, 6), (4, 6))
    W = W_q @ W_k.mT
    pairs = [F.bilinear(query, k.expand(5, 4), W[None])[:, 0] for k in key]
    assert torch.allclose(bilinear_score(query, key, W), torch.stack(pairs, -1))
    assert torch.allclose(bilinear_score(query, key, W), dot_score(query @ W_q, key @ W_k))


@given(st.floats(1e-3, 1e3))
def test_cosine_score_ignores_length_and_stays_within_one(length):
    query, key = tensors(4, (5, 6), (7, 6))
    assert torch.allclose(cosine_score(length * query, key), cosine_score(query, key))
    assert cosine_score(query, length * key).abs().max() <= 1 + 1e-12


def test_zero_vector_has_cosine_zero_and_a_finite_gradient():
    query, key = torch.zeros(1, 3, requires_grad=True), torch.ones(2, 3)
    scores = cosine_score(query, key)
    assert scores.tolist() == [[0.0, 0.0]]
    assert torch.autograd.grad(scores.sum(), query)[0].isfinite().all()


def test_distance_is_never_negative_and_zero_between_equals():
    (points,) = tensors(5, (40, 6), dtype=torch.float32)
    distances = distance_score(1000 + points, 1000 + points)
    assert (distances >= 0).all()
    assert distance_score(points, points).diagonal().max() < 1e-5


def test_with_keys_of_length_one_gaussian_and_dot_weights_are_equal():
    query, key = tensors(6, (5, 6), (7, 6))
    key = F.normalize(key, dim=-1)
    gaussian, dot = gaussian_score(query, key).softmax(-1), dot_score(query, key).softmax(-1)
    assert torch.allclose(gaussian, dot)


def test_scaling_keeps_the_variance_at_one():
    query, key = tensors(7, (300, 256), (300, 256))
    assert 0.9 < scaled_dot_score(query, key).var() < 1.1
    assert 230 < dot_score(query, key).var() < 282


@pytest.mark.parametrize("score", BARE)
def test_gradients_are_right(score):
    query, key = (x.requires_grad_() for x in tensors(8, (2, 3, 4), (2, 5, 4)))
    assert gradcheck(score, (query, key))


@pytest.mark.parametrize("kind", ["bilinear", "additive"])
def test_gradients_of_learned_scores_are_right(kind):
    query, key = (x.requires_grad_() for x in tensors(8, (2, 3), (5, 4)))
    assert gradcheck(learned()[kind], (query, key))


@pytest.fixture
def unchecked():
    """The learner's run, in which only the package's own errors speak about shapes."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("score", BARE)
def test_different_widths_or_batches_are_refused_in_one_line(score):
    with pytest.raises(ValueError, match=r"^query and key must share d_k; got 4 and 6$"):
        score(torch.ones(2, 4), torch.ones(3, 6))
    with pytest.raises(ValueError, match=r"must share their batch axes; got \(2,\) and \(5,\)$"):
        score(torch.ones(2, 3, 4), torch.ones(5, 3, 4))


@pytest.mark.usefixtures("unchecked")
def test_bad_parameters_are_refused_in_one_line():
    query, key, W = torch.ones(2, 4), torch.ones(3, 6), torch.ones(6, 4)
    with pytest.raises(ValueError, match=r"^W must be d_q × d_k = \(4, 6\); got \(6, 4\)$"):
        bilinear_score(query, key, W)
    with pytest.raises(ValueError, match=r"must have d_q and d_k rows; got 6 and 4 for 4 and 6$"):
        additive_score(query, key, W, W.mT, torch.ones(4))
    with pytest.raises(ValueError, match=r"must share the hidden width; got 6, 4 and 5$"):
        additive_score(query, key, W.mT, W, torch.ones(5))
    with pytest.raises(ValueError, match=r"^bandwidth must be more than 0; got 0$"):
        gaussian_score(query, query, bandwidth=0)
