"""Derive the gradient of the expected reward by the scores."""

import torch

from attncourse import hard
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import normal


def _cases():
    return [
        Case(
            "three even outcomes",
            torch.zeros(3, dtype=torch.float64),
            torch.tensor([0.0, 3.0, 1.0], dtype=torch.float64),
        ),
        Case("three outcomes", normal(1, 3), normal(2, 3)),
        Case("two outcomes", normal(3, 2), normal(4, 2)),
        Case("one outcome", normal(5, 1), normal(6, 1)),
        Case("seven outcomes", normal(7, 7), normal(8, 7)),
        Case("positive rewards", normal(9, 5), normal(10, 5).abs() + 3),
        Case("equal rewards", normal(11, 4), torch.full((4,), 2.5, dtype=torch.float64)),
        Case("M pages", normal(12, 4, 3), normal(13, 4, 3)),
        Case("batch", normal(14, 2, 3, 5), normal(15, 2, 3, 5)),
        Case("large scores", normal(16, 6, spread=300), normal(17, 6)),
        Case("float32", normal(18, 3, 4, dtype=torch.float32), normal(19, 3, 4).float()),
    ]


def _with(
    scores,
    reward,
    *,
    alpha="softmax",
    outer="alpha",
    base="expected",
    sign="plus",
    over="outcomes",
):
    axis = -1 if over == "outcomes" or scores.ndim < 2 else -2
    weights = {
        "softmax": lambda: scores.softmax(axis),
        "exponentials": lambda: scores.exp(),
        "scores": lambda: scores,
        "sigmoid": lambda: scores.sigmoid(),
        "log": lambda: scores.log_softmax(axis),
    }[alpha]()
    expected = (weights * reward).sum(axis, keepdim=True)
    centred = {
        "expected": lambda: reward - expected,
        "none": lambda: reward,
        "mean": lambda: reward - reward.mean(-1, keepdim=True),
        "own share": lambda: reward - weights * reward,
        "largest": lambda: reward - reward.amax(-1, keepdim=True),
        "all": lambda: reward - (weights * reward).sum(),
        "divided": lambda: reward / expected,
        "added": lambda: reward + expected,
        "one": lambda: reward - 1,
        "weights": lambda: reward - weights,
        "squares": lambda: reward - (weights**2 * reward).sum(-1, keepdim=True),
        "only": lambda: expected + 0 * reward,
    }[base]()
    before = {
        "alpha": lambda: weights,
        "none": lambda: torch.ones_like(weights),
        "slope": lambda: weights * (1 - weights),
        "square": lambda: weights**2,
        "rest": lambda: 1 - weights,
        "1/N": lambda: torch.full_like(weights, 1 / weights.shape[-1]),
    }[outer]()
    return before * centred if sign == "plus" else -before * centred


def _expected(scores, reward):
    return (scores.softmax(-1) * reward).sum(-1)


def _onehot_of_best(scores, reward):
    best = torch.zeros_like(scores).scatter(-1, reward.argmax(-1, keepdim=True), 1.0)
    return best - scores.softmax(-1)


def _reward_softmax(scores, reward):
    return reward.softmax(-1) - scores.softmax(-1)


def _jacobian(scores, reward):
    weights = scores.softmax(-1)
    return torch.diag_embed(weights) - weights[..., :, None] * weights[..., None, :]


def _by_reward(scores, reward):
    return scores.softmax(-1)


def _finite(scores, reward, step=1e-2):
    eye = step * torch.eye(scores.shape[-1], dtype=scores.dtype)
    moved = ((scores[..., None, :] + eye).softmax(-1) * reward[..., None, :]).sum(-1)
    return (moved - (scores.softmax(-1) * reward).sum(-1, keepdim=True)) / step


EXERCISE = Exercise(
    reference=hard.expected_gradient,
    points=2,
    cases=_cases,
    hints=(
        "Start from E[r] = Σ_i α_i r_i. Only α depends on the scores: you need ∂α_i/∂a_j, which "
        "lesson 02 derived.",
        "∂α_i/∂a_j is α_i (1 − α_j) for i = j and −α_i α_j otherwise. Put it into the sum and "
        "pull α_j out.",
        "What is left is α_j (r_j − Σ_i α_i r_i): the weight, times how much better than "
        "expected outcome j is.",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "no-baseline",
            "left out what the other weights lose",
            "When one weight grows, the others shrink: the sum over i has a term for every i, "
            "not only for i = j.",
            base="none",
        ),
        Mistake(
            "even-mean",
            "subtracted the plain mean of the rewards",
            "The terms with i ≠ j carry their weights: it is the *expected* reward, Σ α_i r_i.",
            base="mean",
        ),
        Mistake(
            "own-share",
            "subtracted only the outcome's own share",
            "That is α_j (1 − α_j) r_j: the diagonal of the Jacobian. The other outcomes move, "
            "too.",
            base="own share",
        ),
        Mistake(
            "no-weight",
            "left out the weight in front",
            "An outcome that is hardly ever drawn hardly changes the average: α_j stands in front.",
            outer="none",
        ),
        Mistake(
            "slope-in-front",
            "put α (1 − α) in front",
            "That counts the outcome's own loss twice: it is in the expected reward already.",
            outer="slope",
        ),
        Mistake(
            "squared-weight",
            "multiplied by the weight twice",
            "One α_j comes out of the sum, not two.",
            outer="square",
        ),
        Mistake(
            "rest-in-front",
            "put 1 − α in front",
            "The weight itself stands in front.",
            outer="rest",
        ),
        Mistake(
            "even-weight",
            "put 1/N in front",
            "Outcomes are not equally probable: α_j stands in front.",
            outer="1/N",
        ),
        Mistake(
            "sign",
            "turned the sign round",
            "This is the gradient of a reward, which should grow; the loss has the minus.",
            sign="minus",
        ),
        Mistake(
            "added-expected",
            "added the expected reward",
            "It is subtracted: what the others lose.",
            base="added",
        ),
        Mistake(
            "divided-by-expected",
            "divided by the expected reward",
            "It is subtracted.",
            base="divided",
        ),
        Mistake(
            "largest-reward",
            "subtracted the largest reward",
            "The best outcome would get no gradient at all. Subtract the expected reward.",
            base="largest",
        ),
        Mistake(
            "one-expected-for-all",
            "summed the expected reward over the whole batch",
            "Every row has its own average.",
            base="all",
        ),
        Mistake(
            "weights-subtracted",
            "subtracted the weights from the rewards",
            "What is subtracted is Σ α_i r_i, one number for each row.",
            base="weights",
        ),
        Mistake(
            "squares-in-the-sum",
            "squared the weights inside the sum",
            "One α_j was pulled out already: inside stands Σ α_i r_i.",
            base="squares",
        ),
        Mistake(
            "one-subtracted",
            "subtracted 1 from the rewards",
            "What is subtracted is Σ α_i r_i.",
            base="one",
        ),
        Mistake(
            "expected-only",
            "used the expected reward in place of each reward",
            "Each outcome has its own reward.",
            base="only",
        ),
        Mistake(
            "scores-for-weights",
            "used the scores as weights",
            "α is the softmax of the scores.",
            alpha="scores",
        ),
        Mistake(
            "exponentials",
            "forgot to normalise the exponentials",
            "α is the softmax: divide by the sum.",
            alpha="exponentials",
        ),
        Mistake(
            "sigmoid",
            "used a sigmoid for each score",
            "The outcomes exclude each other: α is a softmax.",
            alpha="sigmoid",
        ),
        Mistake(
            "log-weights",
            "used the logarithms of the weights",
            "α itself stands there; the logarithm has been differentiated away.",
            alpha="log",
        ),
        Mistake(
            "over-pages",
            "normalised over the pages",
            "The outcomes are the last axis.",
            over="pages",
        ),
        Mistake(
            "value-not-gradient",
            "returned the expected reward",
            "Asked for is its slope by each score: one number for every outcome.",
            _expected,
        ),
        Mistake(
            "by-the-weights",
            "differentiated by the weights, not by the scores",
            "By the weights the gradient is r. The weights depend on the scores in turn: use the "
            "Jacobian of the softmax.",
            lambda scores, reward: reward + 0 * scores,
        ),
        Mistake(
            "by-the-reward",
            "differentiated by the rewards",
            "That is α. Asked for is the slope by the scores.",
            _by_reward,
        ),
        Mistake(
            "best-outcome",
            "took the gradient of the log-probability of the best outcome",
            "That is one-hot − α. Here every outcome counts with its reward.",
            _onehot_of_best,
        ),
        Mistake(
            "softmax-of-reward",
            "took a softmax of the rewards",
            "Rewards are used as they are.",
            _reward_softmax,
        ),
        Mistake(
            "jacobian",
            "returned the Jacobian of the softmax",
            "Multiply it by the rewards and sum over i.",
            _jacobian,
        ),
        Mistake(
            "coarse-steps",
            "measured the slope with a step that is too long",
            "Derive the formula; a finite step is only near it.",
            _finite,
            lambda scores, reward: _finite(scores, reward, 1e-3),
            lambda scores, reward: _finite(scores, reward, 0.1),
        ),
    ),
    laws=(
        Law(
            "the entries of a row sum to 0",
            lambda slope, scores, reward: bool((slope.sum(-1).abs() < 1e-4).all()),
        ),
        Law(
            "outcomes better than expected get a positive slope",
            lambda slope, scores, reward: bool(
                (
                    slope * (reward - (scores.softmax(-1) * reward).sum(-1, keepdim=True)) > -1e-9
                ).all()
            ),
        ),
    ),
    sizes=lambda scores, reward: {"N": scores.shape[-1]},
    verified="one to seven outcomes, rewards of any sign, equal rewards, batches, scores of ±300",
)
