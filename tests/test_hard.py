"""Laws of picking: what is read, what is drawn, and where a gradient comes from."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import one_hot

from attncourse.attention import masked_softmax
from attncourse.hard import (
    argmax_attention,
    expected_gradient,
    gumbel_softmax,
    leave_one_out_baseline,
    log_probability,
    reinforce_loss,
    sample_attention,
    straight_through,
)

SCORES = torch.tensor([1.0, 0.0, -1.0])
REWARD = torch.tensor([0.0, 3.0, 1.0])


def drawn(shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def share_of(picks, N):
    return one_hot(picks, N).float().mean(0)


def test_the_highest_score_is_read_by_hand():
    scores = torch.tensor([[0.1, 0.9, 0.3], [5.0, 0.0, 5.0]])
    value = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    output, weights = argmax_attention(scores, value)
    assert output.tolist() == [[3, 4], [1, 2]]
    assert weights.tolist() == [[0, 1, 0], [1, 0, 0]]


@pytest.mark.parametrize("attend", [argmax_attention, sample_attention])
def test_the_output_is_the_weighted_sum(attend):
    scores, value = drawn((2, 3, 4, 5)), drawn((2, 1, 5, 6))
    output, weights = attend(scores, value)
    assert torch.equal(output, weights @ value)
    assert set(weights.unique().tolist()) == {0, 1}
    assert (weights.sum(-1) == 1).all()


def test_argmax_is_the_softmax_at_temperature_zero():
    scores, value = drawn((4, 7)), drawn((7, 3))
    soft = masked_softmax(scores * 1e4) @ value
    torch.testing.assert_close(argmax_attention(scores, value)[0], soft)


def test_a_pick_passes_gradient_to_the_value_and_none_to_the_scores():
    scores, value = drawn((2, 5)).requires_grad_(), drawn((5, 3)).requires_grad_()
    output, weights = argmax_attention(scores, value)
    assert not weights.requires_grad
    output.sum().backward()
    assert scores.grad is None
    assert torch.equal(value.grad, weights.sum(0)[:, None].expand(5, 3))


def test_sizes_that_do_not_fit_are_refused():
    for attend in (argmax_attention, sample_attention):
        with pytest.raises(ValueError, match="scores and value must share N; got 5 and 4"):
            attend(drawn((2, 5)), drawn((4, 3)))


def test_samples_follow_the_softmax():
    torch.manual_seed(0)
    _, weights = sample_attention(SCORES.expand(20_000, 3), drawn((3, 1)))
    torch.testing.assert_close(weights.mean(0), SCORES.softmax(-1), atol=0.01, rtol=0)


def test_log_probability_is_that_of_the_pick():
    weights = torch.eye(3)
    expected = SCORES.softmax(-1).log()
    torch.testing.assert_close(log_probability(SCORES.expand(3, 3), weights), expected)


def test_reinforce_by_hand_and_without_gradient_to_reward_and_baseline():
    log_prob = torch.tensor([-1.0, -2.0], requires_grad=True)
    reward, baseline = torch.tensor([3.0, 1.0], requires_grad=True), torch.ones(2).requires_grad_()
    loss = reinforce_loss(log_prob, reward, baseline)
    assert loss == 1.0
    loss.backward()
    assert log_prob.grad.tolist() == [-1, 0]
    assert reward.grad is None
    assert baseline.grad is None
    with pytest.raises(
        ValueError, match=r"every draw needs one log_prob and one reward; got \(2,\)"
    ):
        reinforce_loss(log_prob, reward[:1])


@given(st.floats(-5, 5), st.integers(0, 100))
@settings(max_examples=20, deadline=None)
def test_reinforce_is_right_on_average_whatever_the_baseline(baseline, seed):
    scores = drawn(4, seed).double().requires_grad_()
    reward, every = drawn(4, seed + 1).double(), torch.eye(4).double()
    expected = expected_gradient(scores.detach(), reward)
    log_prob = log_probability(scores.expand(4, 4), every)
    # The mean over the four outcomes, each as often as it is drawn.
    often = 4 * scores.detach().softmax(-1)
    weighted = -(often * (reward - baseline) * log_prob).mean()
    (gradient,) = torch.autograd.grad(weighted, scores, retain_graph=True)
    torch.testing.assert_close(gradient, -expected)
    each = [reinforce_loss(log_prob[i], reward[i], baseline) for i in range(4)]
    (sampled,) = torch.autograd.grad(
        sum(o / 4 * e for o, e in zip(often, each, strict=True)), scores
    )
    torch.testing.assert_close(sampled, -expected)


def test_the_expected_gradient_is_that_of_the_expected_reward():
    scores = drawn((2, 3, 5)).double().requires_grad_()
    reward = drawn((2, 3, 5), 1).double()
    (scores.softmax(-1) * reward).sum().backward()
    torch.testing.assert_close(expected_gradient(scores.detach(), reward), scores.grad)


def test_the_expected_gradient_by_hand():
    gradient = expected_gradient(torch.zeros(3), REWARD)
    torch.testing.assert_close(gradient, torch.tensor([-4.0, 5.0, -1.0]) / 9)


def test_leaving_one_out_by_hand():
    assert leave_one_out_baseline(torch.tensor([[1.0, 2.0, 6.0]])).tolist() == [[4.0, 3.5, 1.5]]
    with pytest.raises(ValueError, match="leaving one out needs at least 2 draws; got 1"):
        leave_one_out_baseline(torch.ones(4, 1))


def test_a_baseline_does_not_depend_on_its_own_draw():
    reward = drawn(5).requires_grad_()
    rows = [torch.autograd.grad(leave_one_out_baseline(reward)[k], reward)[0] for k in range(5)]
    assert torch.equal(torch.stack(rows), (1 - torch.eye(5)) / 4)


def test_straight_through_picks_forward_and_passes_the_gradient_back():
    weights = drawn((3, 4)).softmax(-1).requires_grad_()
    picked, value = straight_through(weights), drawn((4, 2))
    torch.testing.assert_close(picked, one_hot(weights.argmax(-1), 4).float())
    (picked @ value).sum().backward()
    assert torch.equal(weights.grad, value.sum(-1).expand(3, 4))


def test_gumbel_weights_are_convex_and_harden_as_the_temperature_falls():
    torch.manual_seed(0)
    hard, soft = (gumbel_softmax(SCORES.expand(5000, 3), t) for t in (0.05, 5.0))
    for weights in (hard, soft):
        torch.testing.assert_close(weights.sum(-1), torch.ones(5000))
        expected = SCORES.softmax(-1)
        torch.testing.assert_close(share_of(weights.argmax(-1), 3), expected, atol=0.02, rtol=0)
    assert hard.amax(-1).mean() > 0.95
    assert soft.amax(-1).mean() < 0.6
    with pytest.raises(ValueError, match=r"temperature must be above 0; got 0\.0"):
        gumbel_softmax(SCORES, 0.0)
