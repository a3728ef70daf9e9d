"""Make rewarded draws likelier."""

import torch

from attncourse import hard
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import normal


def _log_prob(seed, *shape, **options):
    return -normal(seed, *shape, **options).abs() - 0.1


def _cases():
    by_hand = torch.tensor([-1.0, -2.0], dtype=torch.float64)
    return [
        Case("by hand", by_hand, torch.tensor([3.0, 1.0], dtype=torch.float64), 0.0),
        Case("one baseline for all", _log_prob(1, 5), normal(2, 5), 0.75),
        Case("a baseline for each draw", _log_prob(3, 6), normal(4, 6), normal(5, 6)),
        Case("one draw", _log_prob(6, 1), normal(7, 1), -0.5),
        Case("n × K draws", _log_prob(8, 3, 4), normal(9, 3, 4), normal(10, 3, 4)),
        Case("a baseline for each page", _log_prob(11, 5, 2), normal(12, 5, 2), normal(13, 5, 1)),
        Case("positive rewards", _log_prob(14, 71), normal(15, 71).abs() + 2, 2.5),
        Case("negative rewards", _log_prob(16, 7), -normal(17, 7).abs() - 1, -2.0),
        Case("large rewards", _log_prob(18, 4), normal(19, 4, spread=100), 30.0),
        Case("very improbable draws", 40 * _log_prob(20, 5), normal(21, 5), 0.3),
        Case(
            "float32",
            _log_prob(22, 8, dtype=torch.float32),
            normal(23, 8, dtype=torch.float32),
            normal(24, 8, dtype=torch.float32),
        ),
        Case("not contiguous", _log_prob(25, 4, 3).mT, normal(26, 3, 4), normal(27, 4, 3).mT),
    ]


def _with(
    log_prob,
    reward,
    baseline,
    *,
    sign="minus",
    base="subtracted",
    over="mean",
    shape="plain",
    prob="log",
    stops="both",
):
    reward = reward if stops in ("baseline", "nothing") else reward.detach()
    if isinstance(baseline, torch.Tensor) and stops not in ("reward", "nothing"):
        baseline = baseline.detach()
    advantage = {
        "subtracted": lambda: reward - baseline,
        "left out": lambda: reward,
        "added": lambda: reward + baseline,
        "divided by": lambda: reward / baseline,
        "own mean": lambda: reward - reward.mean(),
        "times": lambda: reward * baseline,
        "instead": lambda: baseline + 0 * reward,
    }[base]()
    advantage = {
        "plain": lambda: advantage,
        "squared": lambda: advantage**2,
        "absolute": lambda: advantage.abs(),
        "cut": lambda: advantage.clamp_min(0),
        "sign": lambda: advantage.sign(),
        "standardised": lambda: advantage / (advantage.std(unbiased=False) + 1e-8),
        "exponentiated": lambda: advantage.exp(),
    }[shape]()
    chance = {
        "log": lambda: log_prob,
        "probability": lambda: log_prob.exp(),
        "log of log": lambda: (-log_prob).log(),
        "minus": lambda: 1 - log_prob.exp(),
        "detached": lambda: log_prob.detach(),
    }[prob]()
    each = advantage * chance
    total = {
        "mean": lambda: each.mean(),
        "sum": lambda: each.sum(),
        "each": lambda: each,
        "page": lambda: each.mean(-1),
        "squares": lambda: (each**2).mean(),
        "apart": lambda: advantage.mean() * chance.mean(),
        "rows": lambda: each.sum(-1).mean(),
    }[over]()
    return -total if sign == "minus" else total


def _unbracketed(log_prob, reward, baseline):
    return -(reward.detach() * log_prob - baseline).mean()


def _baseline_from_log(log_prob, reward, baseline):
    return -(reward.detach() * (log_prob - baseline)).mean()


def _divided_by_weights(log_prob, reward, baseline):
    advantage = (reward - baseline).detach()
    return -(advantage * log_prob).sum() / advantage.abs().sum()


def _whole_detached(log_prob, reward, baseline):
    return ((reward - baseline) * log_prob).mean().detach().neg()


EXERCISE = Exercise(
    reference=hard.reinforce_loss,
    points=2,
    cases=_cases,
    hints=(
        "A draw that did better than the baseline should become more probable. Which sign does "
        "the loss need, so that lowering it does that?",
        "Per draw: (reward − baseline) times the log-probability. Then the mean over all draws, "
        "and a minus.",
        "The reward and the baseline are numbers here. `.detach()` on their difference keeps the "
        "gradient out of them; log_prob keeps its own.",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "sign",
            "turned the sign round",
            "A loss is lowered: without the minus, or with baseline − reward, training makes good "
            "draws less probable.",
            sign="plus",
        ),
        Mistake(
            "no-baseline",
            "left the baseline out",
            "Subtract it from the reward: it is what tells better from worse.",
            base="left out",
        ),
        Mistake(
            "added-baseline",
            "added the baseline",
            "It is what was to be expected: subtract it.",
            base="added",
        ),
        Mistake(
            "divided-by-baseline",
            "divided by the baseline",
            "Only a difference leaves the average gradient as it is.",
            base="divided by",
        ),
        Mistake(
            "times-baseline",
            "multiplied by the baseline",
            "Only a difference leaves the average gradient as it is.",
            base="times",
        ),
        Mistake(
            "own-baseline",
            "used the mean reward in place of the given baseline",
            "The baseline is an argument. A mean that contains the draw itself depends on that "
            "draw.",
            base="own mean",
        ),
        Mistake(
            "baseline-instead",
            "used the baseline in place of the reward",
            "The reward is what the draw achieved. The baseline is subtracted from it.",
            base="instead",
        ),
        Mistake(
            "unbracketed",
            "subtracted the baseline after multiplying",
            "It belongs to the reward: (reward − baseline) · log_prob. Afterwards it is a "
            "constant, and no gradient feels it.",
            _unbracketed,
        ),
        Mistake(
            "from-log-prob",
            "subtracted the baseline from the log-probability",
            "Rewards are compared with a baseline; log-probabilities are not.",
            _baseline_from_log,
        ),
        Mistake(
            "summed",
            "summed over the draws",
            "Take the mean, so that a larger batch does not mean a larger step.",
            over="sum",
        ),
        Mistake(
            "one-each",
            "returned one loss for each draw",
            "A loss is one number: the mean.",
            over="each",
        ),
        Mistake(
            "one-per-page",
            "averaged over the last axis only",
            "All draws count alike, whatever their axes: one mean over all of them.",
            over="page",
        ),
        Mistake(
            "summed-draws-of-page",
            "summed over the last axis, and averaged the rest",
            "All draws count alike: one mean over all of them.",
            over="rows",
        ),
        Mistake(
            "means-multiplied",
            "multiplied two means",
            "Each reward belongs to its own draw: multiply first, then take the mean.",
            over="apart",
        ),
        Mistake(
            "products-squared",
            "squared the products",
            "The loss is linear in the log-probabilities.",
            over="squares",
        ),
        Mistake(
            "probability",
            "used the probability, not its logarithm",
            "The identity holds for ∇ ln α. With α itself, likely draws would count twice.",
            prob="probability",
        ),
        Mistake(
            "one-minus-probability",
            "used one minus the probability",
            "The identity holds for ∇ ln α.",
            prob="minus",
        ),
        Mistake(
            "log-of-log",
            "took a logarithm once more",
            "log_prob is a logarithm already.",
            prob="log of log",
        ),
        Mistake(
            "log-prob-detached",
            "cut the gradient to the log-probabilities",
            "Through log_prob, and through nothing else, the choice learns.",
            _whole_detached,
            {"prob": "detached"},
        ),
        Mistake(
            "reward-gradient",
            "let a gradient into the reward",
            "The reward is a number here. Where it comes from a network, this loss would teach "
            "that network to change the reward.",
            stops="baseline",
        ),
        Mistake(
            "baseline-gradient",
            "let a gradient into the baseline",
            "This loss must not train what computes the baseline: it would learn to be high.",
            stops="reward",
        ),
        Mistake(
            "no-detach",
            "let a gradient into the reward and the baseline",
            "Both are numbers here: detach their difference.",
            stops="nothing",
        ),
        Mistake(
            "squared",
            "squared the difference",
            "Its sign says whether to go up or down.",
            shape="squared",
        ),
        Mistake(
            "absolute",
            "lost the sign of the difference",
            "A draw worse than the baseline is made less probable.",
            shape="absolute",
        ),
        Mistake(
            "cut-at-zero",
            "ignored draws that are worse than the baseline",
            "They count, too: they are made less probable.",
            shape="cut",
        ),
        Mistake(
            "sign-only",
            "kept only the sign of the difference",
            "How much better counts.",
            shape="sign",
        ),
        Mistake(
            "standardised",
            "divided by the standard deviation of the rewards",
            "Some recipes do that. It changes the size of the step, and with it the average "
            "gradient; the formula here does not.",
            shape="standardised",
        ),
        Mistake(
            "exponentiated",
            "exponentiated the difference",
            "The difference is used as it is.",
            shape="exponentiated",
        ),
        Mistake(
            "weighted-mean",
            "divided by the sum of the rewards",
            "Divide by the number of draws.",
            _divided_by_weights,
        ),
    ),
    laws=(
        Law("the loss is one number", lambda loss, *_: loss.ndim == 0),
        Law(
            "it is −mean((reward − baseline) · log_prob)",
            lambda loss, log_prob, reward, baseline: torch.allclose(
                loss, -((reward - baseline) * log_prob).mean()
            ),
        ),
    ),
    sizes=lambda log_prob, reward, baseline: {"n": log_prob.numel(), "K": log_prob.shape[-1]},
    verified="a baseline for all, for each page and for each draw, rewards of both signs, and a "
    "gradient by the log-probabilities alone",
)
