"""Mend a baseline that contains the reward of its own draw."""

import torch

from attncourse import hard
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import normal


def _cases():
    return [
        Case("three draws", torch.tensor([[1.0, 2.0, 6.0]], dtype=torch.float64)),
        Case("two draws", normal(1, 3, 2)),
        Case("four draws", normal(2, 5, 4)),
        Case("seven draws", normal(3, 2, 7)),
        Case("one page", normal(4, 5)),
        Case("two batch axes", normal(5, 2, 3, 4)),
        Case("as many draws as pages", normal(6, 4, 4)),
        Case("large rewards", normal(7, 71, 4, spread=1000)),
        Case("negative rewards", -normal(8, 3, 5).abs() - 2),
        Case("equal rewards", torch.full((2, 3), 0.25, dtype=torch.float64)),
        Case("float32", normal(9, 3, 4, dtype=torch.float32)),
        Case("not contiguous", normal(10, 6, 3).mT),
    ]


def given(reward):
    K = reward.shape[-1]  # draws for each page
    total = reward.sum(-1, keepdim=True)
    return (total / K).expand(reward.shape)


def _with(reward, *, own="out", divide="K-1", axis="draws", give="baseline"):
    dim = -1 if axis == "draws" or reward.ndim < 2 else -2
    K = reward.shape[dim]
    total = reward.sum(dim, keepdim=True) if axis != "all" else reward.sum()
    K = reward.numel() if axis == "all" else K
    kept = {
        "out": lambda: total - reward,
        "in": lambda: total.expand(reward.shape),
        "twice": lambda: total - 2 * reward,
        "added": lambda: total + reward,
        "mean": lambda: total / K - reward,
        "next": lambda: total - reward.roll(1, -1),
        "before": lambda: total - reward.roll(-1, -1),
        "first": lambda: (total - reward[..., :1]).expand(reward.shape),
        "largest": lambda: (total - reward.amax(-1, keepdim=True)).expand(reward.shape),
        "half": lambda: total - reward / 2,
    }[own]()
    count = {"K-1": max(K - 1, 1), "K": K, "K-2": max(K - 2, 1), "1": 1, "K+1": K + 1}[divide]
    baseline = kept / count
    return {"baseline": baseline, "advantage": reward - baseline, "minus": -baseline}[give]


def _others(reward, how):
    K = reward.shape[-1]
    columns = [[j for j in range(K) if j != k] for k in range(K)]
    return torch.stack([how(reward[..., other]) for other in columns], dim=-1)


def _running(reward):
    """The mean of the draws before; 0 for the first."""
    count = torch.arange(reward.shape[-1], dtype=reward.dtype).clamp_min(1)
    return (reward.cumsum(-1) - reward) / count


def _running_own(reward):
    count = torch.arange(1, reward.shape[-1] + 1, dtype=reward.dtype)
    return reward.cumsum(-1) / count


def _kept_axis(reward):
    return given(reward)[..., :1]


EXERCISE = Exercise(
    reference=hard.leave_one_out_baseline,
    points=2,
    cases=_cases,
    hints=(
        "Take K = 2 draws with rewards 0 and 1. Which baseline does the first draw get, and does "
        "it change when the first draw's reward changes?",
        "A baseline may depend on anything but the draw it is compared with. So leave that "
        "draw's reward out of the mean.",
        "From the sum take away the draw's own reward, and divide by how many are left: K − 1.",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "own-reward-in",
            "left the draw's own reward in its baseline",
            "Then the baseline moves with the reward, and part of the difference cancels: the "
            "gradient comes out (K − 1)/K of its size, and with one draw it is zero.",
            given,
        ),
        Mistake(
            "divided-by-all",
            "divided by K after leaving one out",
            "K − 1 rewards are left in the sum.",
            divide="K",
        ),
        Mistake(
            "own-in-fewer",
            "divided by K − 1 and left the own reward in",
            "Dividing by K − 1 is right once the own reward is taken out of the sum.",
            own="in",
        ),
        Mistake(
            "not-divided",
            "summed the others without dividing",
            "A baseline is a mean: divide by K − 1.",
            divide="1",
        ),
        Mistake(
            "two-fewer",
            "divided by K − 2",
            "One draw is left out, so K − 1 are left.",
            divide="K-2",
        ),
        Mistake(
            "one-more",
            "divided by K + 1",
            "One draw is left out, so K − 1 are left.",
            divide="K+1",
        ),
        Mistake(
            "taken-out-twice",
            "took the own reward out twice",
            "Once is enough: the sum contains it once.",
            own="twice",
        ),
        Mistake(
            "counted-twice",
            "counted the own reward twice",
            "It must not be in the baseline at all: subtract it.",
            own="added",
        ),
        Mistake(
            "from-the-mean",
            "took the own reward from the mean, not from the sum",
            "In the mean it counts only 1/K of itself. Take it out of the sum, and divide then.",
            lambda reward: reward.mean(-1, keepdim=True) - reward,
            {"own": "mean"},
        ),
        Mistake(
            "another-left-out",
            "left out another draw",
            "Draw k leaves out its own reward, not its neighbour's.",
            {"own": "next"},
            {"own": "before"},
        ),
        Mistake(
            "same-left-out",
            "left out the same draw for everybody",
            "Each draw leaves out itself.",
            {"own": "first"},
            {"own": "largest"},
        ),
        Mistake(
            "over-pages",
            "averaged over the pages, not over the draws",
            "The draws of one page are the last axis.",
            {"axis": "pages"},
            lambda reward: (
                reward.mean(-2, keepdim=True).expand(reward.shape)
                if reward.ndim > 1
                else given(reward)
            ),
        ),
        Mistake(
            "all-pages",
            "averaged over all pages at once",
            "That is a right baseline, too, but a noisier one. Asked for are the other draws of "
            "the same page.",
            axis="all",
        ),
        Mistake(
            "advantage",
            "returned the difference from the baseline",
            "Return the baseline; `reinforce_loss` subtracts it.",
            give="advantage",
        ),
        Mistake(
            "minus-baseline",
            "returned the baseline with a minus",
            "`reinforce_loss` subtracts it.",
            give="minus",
        ),
        Mistake(
            "median",
            "took the median of the others",
            "Asked for is their mean.",
            lambda reward: _others(reward, lambda x: x.median(-1).values),
        ),
        Mistake(
            "best-of-others",
            "took the best of the others",
            "Asked for is their mean.",
            lambda reward: _others(reward, lambda x: x.amax(-1)),
        ),
        Mistake(
            "worst-of-others",
            "took the worst of the others",
            "Asked for is their mean.",
            lambda reward: _others(reward, lambda x: x.amin(-1)),
        ),
        Mistake(
            "draws-before",
            "averaged only the draws before",
            "All other draws count, those after it, too.",
            _running,
            _running_own,
        ),
        Mistake(
            "one-per-page",
            "returned one baseline for each page",
            "Every draw has its own, since each leaves out another reward.",
            _kept_axis,
            lambda reward: reward.mean(-1),
        ),
        Mistake(
            "zeros",
            "returned no baseline",
            "Zero is a right baseline, and a useless one.",
            torch.zeros_like,
        ),
        Mistake(
            "own-reward-only",
            "used the draw's own reward as its baseline",
            "Then every difference is 0, and nothing is learned.",
            lambda reward: reward + 0,
        ),
    ),
    laws=(
        Law(
            "the baselines of a page add up to its rewards",
            lambda baseline, reward: torch.allclose(baseline.sum(-1), reward.sum(-1)),
        ),
        Law(
            "the best draw has a lower baseline than the worst",
            lambda baseline, reward: bool(
                (
                    baseline.gather(-1, reward.argmax(-1, keepdim=True))
                    <= baseline.gather(-1, reward.argmin(-1, keepdim=True))
                ).all()
            ),
        ),
    ),
    sizes=lambda reward: {"K": reward.shape[-1]},
    given=given,
    verified="2 to 7 draws, any batch axes, as many pages as draws, and no baseline that moves "
    "with its own reward",
)
