"""Answers to lesson 12 as learners write them: right ones, and wrong ones."""

import torch
import torch.nn.functional as F

# Right --------------------------------------------------------------------------------------------


def argmax_by_one_hot(scores, value):
    weights = F.one_hot(scores.argmax(-1), scores.shape[-1]).to(scores.dtype)
    return weights @ value, weights


def argmax_by_scatter(scores, value):
    weights = torch.zeros_like(scores)
    weights.scatter_(-1, scores.argmax(dim=-1, keepdim=True), 1)
    return torch.matmul(weights, value), weights


def argmax_by_comparison(scores, value):
    best = scores.argmax(-1, keepdim=True)
    weights = (torch.arange(scores.shape[-1]) == best).to(scores.dtype)
    return torch.einsum("...mn,...nd->...md", weights, value), weights


def argmax_by_gather(scores, value):
    best = scores.argmax(-1)
    index = best.unsqueeze(-1).expand(*best.shape, value.shape[-1])
    weights = torch.eye(scores.shape[-1], dtype=scores.dtype)[best]
    return value.gather(-2, index), weights


def argmax_by_rows(scores, value):
    flat_scores = scores.reshape(-1, *scores.shape[-2:])
    flat_value = value.reshape(-1, *value.shape[-2:])
    weights, rows = torch.zeros_like(flat_scores), []
    for b in range(len(flat_scores)):
        for i in range(flat_scores.shape[1]):
            j = int(torch.argmax(flat_scores[b, i]))
            weights[b, i, j] = 1.0
            rows.append(flat_value[b, j])
    output = torch.stack(rows).reshape(*scores.shape[:-1], value.shape[-1])
    return output, weights.reshape(scores.shape)


def argmax_by_max(scores, value):
    _, index = scores.max(dim=-1)
    weights = F.one_hot(index, num_classes=scores.size(-1)).type_as(scores)
    return weights @ value, weights


def reinforce_plain(log_prob, reward, baseline):
    advantage = torch.as_tensor(reward - baseline).detach()
    return -(advantage * log_prob).mean()


def reinforce_by_sum(log_prob, reward, baseline):
    with torch.no_grad():
        advantage = reward - baseline
    return (advantage * log_prob).sum() / -log_prob.numel()


def reinforce_detached_apart(log_prob, reward, baseline):
    if torch.is_tensor(baseline):
        baseline = baseline.detach()
    return torch.mean((baseline - reward.detach()) * log_prob)


def reinforce_by_data(log_prob, reward, baseline):
    better = (reward - baseline).data
    return torch.mean(-log_prob * better)


def reinforce_by_dot(log_prob, reward, baseline):
    advantage = (reward - baseline).detach().expand(log_prob.shape)
    return -torch.dot(advantage.flatten(), log_prob.flatten()) / log_prob.numel()


def straight_through_plain(weights):
    hard = F.one_hot(weights.argmax(-1), weights.shape[-1]).to(weights.dtype)
    return hard + weights - weights.detach()


def straight_through_other_way(weights):
    hard = torch.zeros_like(weights).scatter(-1, weights.argmax(-1, keepdim=True), 1.0)
    return (hard - weights).detach() + weights


class _Through(torch.autograd.Function):
    @staticmethod
    def forward(ctx, weights):
        return F.one_hot(weights.argmax(-1), weights.shape[-1]).to(weights.dtype)

    @staticmethod
    def backward(ctx, gradient):
        return gradient


def straight_through_by_function(weights):
    return _Through.apply(weights)


def straight_through_by_eye(weights):
    hard = torch.eye(weights.shape[-1], dtype=weights.dtype)[weights.argmax(-1)]
    return hard + (weights - weights.detach())


def straight_through_by_max(weights):
    index = weights.max(-1, keepdim=True)[1]
    hard = torch.zeros_like(weights).scatter_(-1, index, 1.0)
    return hard - weights.detach() + weights


def expected_by_formula(scores, reward):
    alpha = torch.softmax(scores, dim=-1)
    return alpha * (reward - (alpha * reward).sum(-1, keepdim=True))


def expected_by_jacobian(scores, reward):
    alpha = scores.softmax(-1)
    jacobian = torch.diag_embed(alpha) - alpha.unsqueeze(-1) * alpha.unsqueeze(-2)
    return (jacobian @ reward.unsqueeze(-1)).squeeze(-1)


def expected_by_autograd(scores, reward):
    leaf = scores.detach().clone().requires_grad_(True)
    with torch.enable_grad():
        total = (leaf.softmax(-1) * reward.detach()).sum()
        (gradient,) = torch.autograd.grad(total, leaf)
    alpha = scores.softmax(-1)
    return gradient + 0 * alpha if not scores.requires_grad else expected_by_formula(scores, reward)


def expected_by_score_function(scores, reward):
    alpha = scores.softmax(-1)
    N = scores.shape[-1]
    total = 0
    for drawn in range(N):
        one = torch.eye(N, dtype=scores.dtype)[drawn]
        total = total + alpha[..., drawn, None] * reward[..., drawn, None] * (one - alpha)
    return total


def expected_as_covariance(scores, reward):
    alpha = scores.softmax(-1)
    mean = torch.einsum("...n,...n->...", alpha, reward)
    return alpha * reward - alpha * mean.unsqueeze(-1)


def expected_with_products(scores, reward):
    alpha = F.softmax(scores, -1)
    return alpha * reward - alpha * torch.linalg.vecdot(alpha, reward).unsqueeze(-1)


def others_plain(reward):
    K = reward.shape[-1]
    return (reward.sum(-1, keepdim=True) - reward) / (K - 1)


def others_from_mean(reward):
    K = reward.shape[-1]
    return (K * reward.mean(-1, keepdim=True) - reward) / (K - 1)


def others_by_matrix(reward):
    K = reward.shape[-1]
    others = (1 - torch.eye(K, dtype=reward.dtype)) / (K - 1)
    return reward @ others


def others_by_loop(reward):
    K = reward.shape[-1]
    columns = []
    for k in range(K):
        rest = torch.cat((reward[..., :k], reward[..., k + 1 :]), dim=-1)
        columns.append(rest.mean(-1))
    return torch.stack(columns, dim=-1)


def others_by_mask(reward):
    K = reward.shape[-1]
    rows = reward.unsqueeze(-2).expand(*reward.shape[:-1], K, K)
    keep = ~torch.eye(K, dtype=torch.bool)
    return (rows * keep).sum(-1) / keep.sum(-1)


def others_from_difference(reward):
    K = reward.shape[-1]
    return reward - (reward - reward.mean(-1, keepdim=True)) * K / (K - 1)


# Wrong --------------------------------------------------------------------------------------------


def argmax_smallest(scores, value):
    weights = F.one_hot((-scores).argmax(-1), scores.shape[-1]).to(scores.dtype)
    return weights @ value, weights


def argmax_columns(scores, value):
    weights = F.one_hot(scores.argmax(-2), scores.shape[-2]).to(scores.dtype).mT
    return weights @ value, weights


def argmax_integers(scores, value):
    weights = F.one_hot(scores.argmax(-1), scores.shape[-1])
    return weights.to(value.dtype) @ value, weights


def argmax_equals_max(scores, value):
    weights = (scores == scores.max(-1, keepdim=True).values).to(scores.dtype)
    return weights @ value, weights


def argmax_cold(scores, value):
    weights = torch.softmax(scores * 1e7, dim=-1)
    return weights @ value, weights


def argmax_soft(scores, value):
    weights = torch.softmax(scores, -1)
    return weights @ value, weights


def argmax_no_weights(scores, value):
    return F.one_hot(scores.argmax(-1), scores.shape[-1]).to(scores.dtype) @ value


def argmax_soft_weights(scores, value):
    picked = F.one_hot(scores.argmax(-1), scores.shape[-1]).to(scores.dtype)
    return picked @ value, scores.softmax(-1)


def argmax_threshold(scores, value):
    weights = (scores.softmax(-1) > 0.5).to(scores.dtype)
    return weights @ value, weights


def argmax_keeps_weight(scores, value):
    soft = scores.softmax(-1)
    weights = soft * (soft == soft.amax(-1, keepdim=True))
    return weights @ value, weights


def argmax_place(scores, value):
    place = scores.argmax(-1)
    return F.one_hot(place, scores.shape[-1]).to(scores.dtype) @ value, place


def argmax_through(scores, value):
    soft = scores.softmax(-1)
    hard = F.one_hot(scores.argmax(-1), scores.shape[-1]).to(scores.dtype)
    weights = hard + soft - soft.detach()
    return weights @ value, weights


def reinforce_no_minus(log_prob, reward, baseline):
    return ((reward - baseline).detach() * log_prob).mean()


def reinforce_no_baseline(log_prob, reward, baseline):
    return -(reward.detach() * log_prob).mean()


def reinforce_no_detach(log_prob, reward, baseline):
    return -((reward - baseline) * log_prob).mean()


def reinforce_sum(log_prob, reward, baseline):
    return -((reward - baseline).detach() * log_prob).sum()


def reinforce_exp(log_prob, reward, baseline):
    return -((reward - baseline).detach() * log_prob.exp()).mean()


def reinforce_precedence(log_prob, reward, baseline):
    return -(reward.detach() * log_prob - baseline).mean()


def reinforce_own_mean(log_prob, reward, baseline):
    return -((reward - reward.mean()).detach() * log_prob).mean()


def reinforce_each(log_prob, reward, baseline):
    return -(reward - baseline).detach() * log_prob


def reinforce_detached(log_prob, reward, baseline):
    return -((reward - baseline) * log_prob.detach()).detach().mean()


def reinforce_detached_reward_only(log_prob, reward, baseline):
    return -((reward.detach() - baseline) * log_prob).mean()


def reinforce_plus(log_prob, reward, baseline):
    return -((reward + baseline).detach() * log_prob).mean()


def reinforce_relu(log_prob, reward, baseline):
    return -(F.relu(reward - baseline).detach() * log_prob).mean()


def reinforce_normalised(log_prob, reward, baseline):
    advantage = (reward - baseline).detach()
    return -(advantage / (advantage.std(unbiased=False) + 1e-8) * log_prob).mean()


def through_plain_one_hot(weights):
    return F.one_hot(weights.argmax(-1), weights.shape[-1]).to(weights.dtype)


def through_nothing(weights):
    return weights


def through_wrong_way(weights):
    hard = F.one_hot(weights.argmax(-1), weights.shape[-1]).to(weights.dtype)
    return weights.detach() + hard - hard.detach() + 0 * weights


def through_minus(weights):
    hard = F.one_hot(weights.argmax(-1), weights.shape[-1]).to(weights.dtype)
    return hard + weights.detach() - weights


def through_forgot_detach(weights):
    hard = F.one_hot(weights.argmax(-1), weights.shape[-1]).to(weights.dtype)
    return hard - weights + weights


def through_no_subtraction(weights):
    hard = F.one_hot(weights.argmax(-1), weights.shape[-1]).to(weights.dtype)
    return hard + weights


def through_masked(weights):
    hard = F.one_hot(weights.argmax(-1), weights.shape[-1]).to(weights.dtype)
    return weights * hard


def through_divided(weights):
    hard = F.one_hot(weights.argmax(-1), weights.shape[-1]).to(weights.dtype)
    return hard * weights / weights.detach()


def through_softmax(weights):
    soft = weights.softmax(-1)
    hard = F.one_hot(soft.argmax(-1), soft.shape[-1]).to(soft.dtype)
    return hard + soft - soft.detach()


def through_threshold(weights):
    hard = (weights > 0.5).to(weights.dtype)
    return hard + weights - weights.detach()


def through_equal(weights):
    hard = (weights == weights.amax(-1, keepdim=True)).to(weights.dtype)
    return hard + weights - weights.detach()


def expected_no_mean(scores, reward):
    return scores.softmax(-1) * reward


def expected_plain_mean(scores, reward):
    return scores.softmax(-1) * (reward - reward.mean(-1, keepdim=True))


def expected_diagonal(scores, reward):
    alpha = scores.softmax(-1)
    return alpha * (1 - alpha) * reward


def expected_no_alpha(scores, reward):
    alpha = scores.softmax(-1)
    return reward - (alpha * reward).sum(-1, keepdim=True)


def expected_minus(scores, reward):
    alpha = scores.softmax(-1)
    return alpha * ((alpha * reward).sum(-1, keepdim=True) - reward)


def expected_value_only(scores, reward):
    return (scores.softmax(-1) * reward).sum(-1)


def expected_no_keepdim(scores, reward):
    alpha = scores.softmax(-1)
    return alpha * (reward - (alpha * reward).sum())


def expected_reward_itself(scores, reward):
    return reward


def expected_wrong_axis(scores, reward):
    alpha = scores.softmax(0)
    return alpha * (reward - (alpha * reward).sum(0, keepdim=True))


def expected_twice(scores, reward):
    alpha = scores.softmax(-1)
    return alpha**2 * (reward - (alpha * reward).sum(-1, keepdim=True))


def others_mean_of_all(reward):
    return reward.mean(-1, keepdim=True).expand_as(reward)


def others_over_K(reward):
    return (reward.sum(-1, keepdim=True) - reward) / reward.shape[-1]


def others_mean_minus_own(reward):
    return reward.mean(-1, keepdim=True) - reward


def others_sum(reward):
    return reward.sum(-1, keepdim=True) - reward


def others_advantage(reward):
    K = reward.shape[-1]
    return reward - (reward.sum(-1, keepdim=True) - reward) / (K - 1)


def others_pages(reward):
    if reward.ndim < 2:
        return reward.mean(-1, keepdim=True).expand_as(reward)
    return reward.mean(-2, keepdim=True).expand_as(reward)


def others_sum_with_own(reward):
    return (reward.sum(-1, keepdim=True) / (reward.shape[-1] - 1)).expand_as(reward)


def others_row(reward):
    return reward.mean(-1)


def others_rolled(reward):
    return (reward.sum(-1, keepdim=True) - reward.roll(1, -1)) / (reward.shape[-1] - 1)


def others_everything(reward):
    return (reward.sum() - reward) / (reward.numel() - 1)


def others_nothing(reward):
    return torch.zeros_like(reward)


RIGHT = {
    "argmax_attention": [
        argmax_by_one_hot,
        argmax_by_scatter,
        argmax_by_comparison,
        argmax_by_gather,
        argmax_by_rows,
        argmax_by_max,
    ],
    "reinforce_loss": [
        reinforce_plain,
        reinforce_by_sum,
        reinforce_detached_apart,
        reinforce_by_data,
        reinforce_by_dot,
    ],
    "straight_through": [
        straight_through_plain,
        straight_through_other_way,
        straight_through_by_function,
        straight_through_by_eye,
        straight_through_by_max,
    ],
    "expected_gradient": [
        expected_by_formula,
        expected_by_jacobian,
        expected_by_autograd,
        expected_by_score_function,
        expected_as_covariance,
        expected_with_products,
    ],
    "leave_one_out_baseline": [
        others_plain,
        others_from_mean,
        others_by_matrix,
        others_by_loop,
        others_by_mask,
        others_from_difference,
    ],
}

WRONG = {
    "argmax_attention": [
        (argmax_smallest, "picked the lowest score"),
        (argmax_columns, "picked a query for each key"),
        (argmax_integers, "returned whole numbers as weights"),
        (argmax_equals_max, "read every value that shares the highest score"),
        (argmax_cold, "shared the weight among equal scores"),
        (argmax_soft, "mixed all values"),
        (argmax_no_weights, "returned the output alone"),
        (argmax_soft_weights, "returned the softmax of the scores as weights"),
        (argmax_threshold, "picked only where a weight is above one half"),
        (argmax_keeps_weight, "kept the soft weight"),
        (argmax_place, "returned the place"),
        (argmax_through, "let a gradient through to the scores"),
    ],
    "reinforce_loss": [
        (reinforce_no_minus, "turned the sign round"),
        (reinforce_no_baseline, "left the baseline out"),
        (reinforce_no_detach, "let a gradient into the reward and the baseline"),
        (reinforce_sum, "summed over the draws"),
        (reinforce_exp, "used the probability, not its logarithm"),
        (reinforce_precedence, "subtracted the baseline after multiplying"),
        (reinforce_own_mean, "used the mean reward in place of the given baseline"),
        (reinforce_each, "returned one loss for each draw"),
        (reinforce_detached, "cut the gradient to the log-probabilities"),
        (reinforce_detached_reward_only, "let a gradient into the baseline"),
        (reinforce_plus, "added the baseline"),
        (reinforce_relu, "ignored draws that are worse"),
        (reinforce_normalised, "divided by the standard deviation"),
    ],
    "straight_through": [
        (through_plain_one_hot, "let no gradient through"),
        (through_nothing, "returned the soft weights"),
        (through_minus, "turned the gradient round"),
        (through_forgot_detach, "let no gradient through"),
        (through_no_subtraction, "added the pick to the weights"),
        (through_masked, "kept the largest weight as it is"),
        (through_divided, "divided the picked weight by itself"),
        (through_softmax, "took a softmax on the way back"),
        (through_threshold, "picked only weights above one half"),
        (through_equal, "picked all weights that share the maximum"),
    ],
    "expected_gradient": [
        (expected_no_mean, "left out what the other weights lose"),
        (expected_plain_mean, "subtracted the plain mean"),
        (expected_diagonal, "subtracted only the outcome's own share"),
        (expected_no_alpha, "left out the weight in front"),
        (expected_minus, "turned the sign round"),
        (expected_value_only, "returned the expected reward"),
        (expected_no_keepdim, "summed the expected reward over the whole batch"),
        (expected_reward_itself, "differentiated by the weights"),
        (expected_twice, "multiplied by the weight twice"),
    ],
    "leave_one_out_baseline": [
        (others_mean_of_all, "left the draw's own reward in its baseline"),
        (others_over_K, "divided by K after leaving one out"),
        (others_mean_minus_own, "took the own reward from the mean"),
        (others_sum, "summed the others without dividing"),
        (others_advantage, "returned the difference from the baseline"),
        (others_pages, "averaged over the pages"),
        (others_sum_with_own, "divided by K − 1 and left the own reward in"),
        (others_row, "returned one baseline for each page"),
        (others_rolled, "left out another draw"),
        (others_everything, "averaged over all pages at once"),
        (others_nothing, "returned no baseline"),
    ],
}
