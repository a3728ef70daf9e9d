"""Lay a convolution's kernel out as a table of weights."""

import torch

from attncourse import convolution
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import normal


def _cases():
    return [
        Case("window of three", torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64), 4),
        Case("plain", normal(1, 3), 71),
        Case("window of five", normal(2, 5), 7),
        Case("window of one", normal(3, 1), 5),
        Case("one position", normal(4, 3), 1),
        Case("window wider than the sequence", normal(5, 7), 2),
        Case("window as wide as the sequence", normal(6, 5), 5),
        Case("float32", normal(7, 3, dtype=torch.float32), 6),
    ]


_DISTANCES = {
    "j − i": lambda i, j: j - i,
    "i − j": lambda i, j: i - j,
    "|j − i|": lambda i, j: (j - i).abs(),
    "j": lambda i, j: j + 0 * i,
}


def _with(kernel, T, *, distance="j − i", start="middle", ends="zeros"):
    R = len(kernel) // 2
    i, j = torch.arange(T)[:, None], torch.arange(T)
    apart = _DISTANCES[distance](i, j)
    if start == "first":  # the window begins at the word itself
        apart = apart - R
    if start == "last":
        apart = apart + R
    if ends in ("wrap", "wrap and add"):
        weights = torch.zeros(T, T, dtype=kernel.dtype)
        for place in range(len(kernel)):
            target = (torch.arange(T) + place - R) % T
            before = weights[torch.arange(T), target] if ends == "wrap and add" else 0
            weights[torch.arange(T), target] = before + kernel[place]
        return weights
    weights = kernel[apart.clamp(-R, R) + R]
    if ends == "repeat":
        return weights
    if ends in ("back only", "ahead only"):
        return weights.masked_fill(apart < -R if ends == "back only" else apart > R, 0.0)
    if ends == "gathered":
        weights = torch.zeros(T, T, dtype=kernel.dtype)
        for place in range(len(kernel)):
            weights[i[:, 0], (i[:, 0] + place - R).clamp(0, T - 1)] += kernel[place]
        return weights
    weights = weights.masked_fill(apart.abs() > (R - 1 if ends == "early" else R), 0.0)
    weights = weights.tril() if ends == "causal" else weights
    return weights / weights.sum(-1, keepdim=True) if ends == "normalised" else weights


def _from_the_end(kernel, T):
    """Looked up without a test for negative places, which Python counts from the end."""
    place = torch.arange(T) - torch.arange(T)[:, None] + len(kernel) // 2
    inside = place.abs() < len(kernel)
    return kernel[place.where(inside, 0)].masked_fill(~inside, 0.0)


def _moved_inside(kernel, T):
    """Near the ends the window is moved, so that all of it fits."""
    weights, width = torch.zeros(T, T, dtype=kernel.dtype), len(kernel)
    for i in range(T):
        start = min(max(i - width // 2, 0), max(T - width, 0))
        weights[i, start : start + width] = kernel[:T]
    return weights


EXERCISE = Exercise(
    reference=convolution.convolution_weights,
    points=2,
    cases=_cases,
    hints=(
        "Write one row down by hand: position 2 of 4 with the kernel (0.5, 0.3, 0.2).",
        "The kernel's middle belongs to the position itself. What stands at j − i = −1, at 0, at "
        "1?",
        "Make a table of distances j − i, move them so that the middle of the kernel has index R, "
        "look them up, and put 0 where the distance is larger than R. Loops are fine, too.",
    ),
    verified="the right weight for every pair of positions, windows of 1, 3, 5 and 7, a window "
    "wider than the sequence, float32 and float64; gradient of the kernel",
    sizes=lambda kernel, T: {"T": T, "width": len(kernel)},
    rewrite=_with,
    laws=(
        Law(
            "weights on one diagonal are equal",
            lambda result, kernel, T: torch.equal(result[1:, 1:], result[:-1, :-1]),
        ),
        Law(
            "a position takes the kernel's middle of itself",
            lambda result, kernel, T: torch.equal(
                result.diagonal(), kernel[len(kernel) // 2].expand(T)
            ),
        ),
    ),
    mistakes=(
        Mistake(
            "turned-round",
            "turned the kernel round",
            "The kernel's first number belongs to what stands before: distance j − i, key minus "
            "query. (Mathematicians turn a kernel round; PyTorch's conv1d does not.)",
            distance="i − j",
        ),
        Mistake(
            "begins-at-itself",
            "let the window begin at the position itself",
            "The kernel's middle belongs to the position, R neighbours to each side.",
            start="first",
        ),
        Mistake(
            "ends-at-itself",
            "let the window end at the position itself",
            "That is a causal convolution. Here the kernel's middle belongs to the position.",
            start="last",
        ),
        Mistake(
            "wrapped",
            "took neighbours from the other end of the sequence",
            "Beyond the ends stand zeros; nothing comes round from the other side.",
            {"ends": "wrap"},
            {"ends": "wrap and add"},
        ),
        Mistake(
            "reached-on",
            "let the outermost weights reach on beyond the window",
            "A distance larger than R has the weight 0. (A relative bias reaches on; a window "
            "ends.)",
            ends="repeat",
        ),
        Mistake(
            "normalised",
            "normalised the rows",
            "A convolution does not: at the ends, where neighbours are missing, less comes in.",
            ends="normalised",
        ),
        Mistake(
            "no-sides",
            "did not tell before from after",
            "The kernel has a number of its own for each place of its window.",
            distance="|j − i|",
        ),
        Mistake(
            "same-for-all",
            "gave every position the same window",
            "Each row is moved along: the distance is j − i.",
            distance="j",
        ),
        Mistake(
            "negative-places",
            "let negative places count from the end of the kernel",
            "kernel[−1] is its last number. What stands further away than R gets 0: ask for the "
            "distance before you look it up.",
            _from_the_end,
        ),
        Mistake(
            "ends-left-out",
            "left the two outermost numbers of the kernel out",
            "The window reaches R neighbours to each side, and the R-th still counts: |j − i| ≤ R.",
            ends="early",
        ),
        Mistake(
            "causal",
            "let a position take nothing from what stands behind it",
            "That is a causal convolution. Here the window reaches to both sides.",
            ends="causal",
        ),
        Mistake(
            "moved-inside",
            "moved the window inside at the ends",
            "The window stays where it is; what of it lies beyond an end is lost.",
            _moved_inside,
        ),
        Mistake(
            "one-side-unlimited",
            "limited the window on one side only",
            "Words further than R away have the weight 0, before and after.",
            {"ends": "back only"},
            {"ends": "ahead only"},
        ),
        Mistake(
            "missing-words-to-the-ends",
            "gave the weights of missing words to the first and the last",
            "Beyond the ends there is nothing: what would stand there is left out.",
            ends="gathered",
        ),
    ),
)
