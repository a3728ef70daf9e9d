"""Pick hard on the way forward, stay soft on the way back."""

import torch

from attncourse import hard
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import normal


def _weights(seed, *shape, spread=1.0, **options):
    return normal(seed, *shape, spread=spread, **options).softmax(-1)


def _cases():
    by_hand = torch.tensor([0.2, 0.7, 0.1], dtype=torch.float64)
    tied = torch.tensor([[0.4, 0.4, 0.2], [0.25, 0.375, 0.375]], dtype=torch.float64)
    return [
        Case("by hand", by_hand),
        Case("nobody above one half", torch.tensor([0.3, 0.26, 0.44], dtype=torch.float64)),
        Case("M queries", _weights(1, 4, 5)),
        Case("M ≠ N", _weights(2, 2, 71)),
        Case("more queries than keys", _weights(3, 6, 3)),
        Case("batch", _weights(4, 3, 2, 4)),
        Case("heads", _weights(5, 2, 3, 4, 5)),
        Case("one key", torch.ones(3, 1, dtype=torch.float64)),
        Case("sharp weights", _weights(6, 3, 6, spread=8)),
        Case("nearly even weights", _weights(7, 4, 6, spread=0.01)),
        Case("ties", tied),
        Case("float32", _weights(8, 3, 5, dtype=torch.float32)),
        Case("not contiguous", _weights(9, 5, 4).mT.contiguous().mT),
    ]


def _hard(weights, pick="first", axis=-1):
    if pick == "ties":
        return (weights == weights.amax(axis, keepdim=True)).to(weights.dtype)
    if pick == "half":
        return (weights > 0.5).to(weights.dtype)
    if pick == "even":
        return (weights >= 1 / weights.shape[-1]).to(weights.dtype)
    if pick == "rounded":
        return weights.detach().round()
    index = weights.argmax(axis, keepdim=True)
    if pick == "last":
        index = weights.shape[axis] - 1 - weights.flip(axis).argmax(axis, keepdim=True)
    if pick == "smallest":
        index = weights.argmin(axis, keepdim=True)
    return torch.zeros_like(weights).scatter(axis, index, 1.0)


def _with(weights, *, pick="first", axis="keys", back="identity", forward="hard"):
    hard_weights = _hard(weights.detach(), pick, -1 if axis == "keys" or weights.ndim < 2 else -2)
    soft = {
        "identity": lambda: weights,
        "none": lambda: weights.detach(),
        "minus": lambda: -weights,
        "twice": lambda: 2 * weights,
        "half": lambda: weights / 2,
        "softmax": lambda: weights.softmax(-1),
        "log": lambda: weights.log(),
        "square": lambda: weights**2 / 2,
        "picked only": lambda: weights * hard_weights,
        "picked, over itself": lambda: hard_weights * weights / weights.detach().clamp_min(1e-300),
        "others only": lambda: weights * (1 - hard_weights),
        "sum": lambda: weights.sum(-1, keepdim=True).expand(weights.shape),
        "centred": lambda: weights - weights.mean(-1, keepdim=True),
    }[back]()
    value = {
        "hard": lambda: hard_weights,
        "soft": lambda: weights.detach(),
        "largest": lambda: hard_weights * weights.detach(),
        "both": lambda: hard_weights + weights.detach(),
        "difference": lambda: hard_weights - weights.detach(),
        "logarithm": lambda: hard_weights.log(),
    }[forward]()
    return value + (soft - soft.detach())


def _index(weights):
    return weights.argmax(-1)


def _sampled(weights):
    flat = weights.detach().reshape(-1, weights.shape[-1])
    index = (flat.cumsum(-1) < 0.5).sum(-1, keepdim=True).clamp_max(flat.shape[-1] - 1)
    one = torch.zeros_like(flat).scatter(-1, index, 1.0).view_as(weights)
    return weights + (one - weights).detach()


def _global(weights):
    flat = weights.detach().reshape(-1)
    one = torch.zeros_like(flat).scatter(0, flat.argmax(0, keepdim=True), 1.0).view_as(weights)
    return weights + (one - weights).detach()


EXERCISE = Exercise(
    reference=hard.straight_through,
    points=2,
    cases=_cases,
    hints=(
        "Two things are asked for, and they disagree: forward, a 1 at the largest weight; "
        "backward, the gradient of doing nothing at all.",
        "`x.detach()` has the value of x and no gradient. So x − x.detach() has the value 0 and "
        "the gradient of x. What do you add it to?",
        "`weights + (one_hot - weights).detach()`: forward, the weights cancel; backward, only "
        "the first term is seen.",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "no-gradient",
            "let no gradient through",
            "Forward it is right. Backward nothing arrives, because a pick has no slope: add "
            "something that is 0 forward and has the slope of the weights. One of two copies is "
            "detached, not both and not neither.",
            {"back": "none"},
            lambda weights: _hard(weights.detach()) + (weights - weights),
        ),
        Mistake(
            "soft-forward",
            "returned the soft weights",
            "Forward, each row must be 1 at one place and 0 elsewhere.",
            forward="soft",
        ),
        Mistake(
            "turned-round",
            "picked on the way back and stayed soft on the way forward",
            "It is the other way round: the value is hard, the gradient soft. Look at which part "
            "you detach.",
            lambda weights: weights.detach() + 0 * weights,
            alone=True,
        ),
        Mistake(
            "sign",
            "turned the gradient round",
            "Backward, the gradient comes out negative: the weights are subtracted where they "
            "should be added.",
            back="minus",
        ),
        Mistake(
            "twice",
            "let the gradient through twice",
            "The weights appear twice without `detach()`.",
            back="twice",
        ),
        Mistake(
            "half",
            "let only half of the gradient through",
            "The gradient must arrive as it is.",
            back="half",
        ),
        Mistake(
            "only-picked",
            "let the gradient reach only the picked weight",
            "Multiplying by the pick keeps the others out. They must learn, too, or nothing else "
            "is ever picked.",
            back="picked only",
        ),
        Mistake(
            "picked-over-itself",
            "divided the picked weight by itself",
            "That gives 1, but the gradient reaches only the picked weight, and is larger where "
            "the weight is small.",
            back="picked, over itself",
        ),
        Mistake(
            "only-others",
            "kept the gradient from the picked weight",
            "All weights get their gradient, the picked one among them.",
            back="others only",
        ),
        Mistake(
            "softmax-again",
            "took a softmax on the way back",
            "These are weights already. Backward, the function does nothing at all.",
            back="softmax",
        ),
        Mistake(
            "log-back",
            "took a logarithm on the way back",
            "That is REINFORCE's gradient. Straight-through passes it on as it is.",
            back="log",
        ),
        Mistake(
            "square-back",
            "multiplied the gradient by the weights",
            "The gradient passes as it is.",
            back="square",
        ),
        Mistake(
            "shared-gradient",
            "gave every weight the same gradient",
            "Each weight gets its own.",
            back="sum",
        ),
        Mistake(
            "centred-gradient",
            "subtracted the mean of the gradient",
            "The gradient passes as it is; the softmax before it does the rest.",
            back="centred",
        ),
        Mistake(
            "kept-its-weight",
            "kept the largest weight as it is",
            "The picked one counts in full: 1.",
            forward="largest",
        ),
        Mistake(
            "added-both",
            "added the pick to the weights",
            "Subtract the weights again, detached, so that forward only the pick is left.",
            forward="both",
        ),
        Mistake(
            "subtracted-weights",
            "subtracted the weights from the pick",
            "Forward, the weights must cancel: one copy with a gradient is added, one without is "
            "subtracted.",
            forward="difference",
        ),
        Mistake(
            "over-queries",
            "picked over the queries",
            "Rows are queries; each picks along the last axis.",
            axis="queries",
        ),
        Mistake(
            "smallest",
            "picked the smallest weight",
            "The largest weight wins.",
            pick="smallest",
        ),
        Mistake(
            "all-of-ties",
            "picked all weights that share the maximum",
            "Comparing with the maximum marks every tie. Of equal weights the first is picked.",
            pick="ties",
        ),
        Mistake(
            "last-of-ties",
            "picked the last of several equal weights",
            "Of equal weights the first is picked, as in `argmax`.",
            pick="last",
        ),
        Mistake(
            "above-half",
            "picked only weights above one half",
            "The largest of many weights is often below one half.",
            {"pick": "half"},
            {"pick": "rounded"},
        ),
        Mistake(
            "above-even",
            "picked all weights above 1/N",
            "Only the largest is picked.",
            pick="even",
        ),
        Mistake(
            "returned-index",
            "returned the place, not a row of weights",
            "The result has the shape of the weights.",
            _index,
        ),
        Mistake(
            "once-for-all",
            "picked once in the whole table",
            "Every row picks for itself.",
            _global,
        ),
        Mistake(
            "drew-the-median",
            "picked where the weights add up to one half",
            "No draw here: the largest weight wins.",
            _sampled,
        ),
    ),
    laws=(
        Law(
            "every row is 1 at one place and 0 elsewhere",
            lambda picked, weights: (
                torch.allclose(picked.sort(-1).values[..., -1], torch.ones_like(picked[..., 0]))
                and torch.allclose(picked.sum(-1), torch.ones_like(picked[..., 0]))
            ),
        ),
        Law(
            "the 1 is at the largest weight",
            lambda picked, weights: bool((picked.argmax(-1) == weights.argmax(-1)).all()),
        ),
    ),
    sizes=lambda weights: {"N": weights.shape[-1]},
    verified="1 at the largest weight forward, the gradient unchanged backward, ties, rows without "
    "a majority, any axes",
)
