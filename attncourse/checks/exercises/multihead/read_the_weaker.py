"""Design a linear read-out that names the weaker of two averaged digits."""

import torch

from attncourse.checks.engine.exercise import Case, Exercise, Finding, Law

_STRONG, _WEAK, _ENOUGH = 0.55, 0.45, 50


def read_the_weaker():
    """A 10 × 10 matrix: the largest score names the digit that has the weight 0.45."""
    return torch.diag(1.3 ** torch.arange(10.0))


def _named(result):
    """For every pair (stronger, weaker) the digit that the read-out names."""
    read = torch.as_tensor(result, dtype=torch.float64)
    digits = torch.eye(10, dtype=torch.float64)
    mixed = _STRONG * digits[:, None] + _WEAK * digits  # stronger, weaker, 10
    return (mixed @ read.mT).argmax(-1)


def _hits(result, axis):
    digits = torch.arange(10)
    return int((_named(result) == (digits[:, None] if axis == 0 else digits)).sum())


EXERCISE = Exercise(
    reference=read_the_weaker,
    points=3,
    cases=lambda: [Case("", exact=False)],
    hints=(
        "With the identity as matrix, the scores are the average itself, and the stronger digit "
        "wins: 10 of 100, the pairs of equal digits.",
        "Give each digit a factor of its own, on the diagonal. When does the weaker digit b then "
        "beat the stronger a? When 0.45 · f_b > 0.55 · f_a.",
        "Let the factors grow fast enough from digit to digit, and the weaker one wins whenever it "
        "is the larger number: in 45 of 100 pairs, and 10 more are equal.",
    ),
    verified="the weaker digit is named in at least 50 of the 100 pairs, by a linear read-out",
    mistakes=(),
    laws=(
        Law(
            "the read-out is a matrix of 10 scores by 10 numbers",
            lambda result: torch.as_tensor(result).shape == (10, 10),
        ),
        Law(
            "all scores are numbers",
            lambda result: bool(torch.as_tensor(result).double().isfinite().all()),
            Finding("not-finite", "made entries that are no finite numbers", "0 · ∞ is NaN."),
        ),
        Law(
            "not every pair gets the same name",
            lambda result: bool((_named(result) != _named(result)[0, 0]).any()),
            Finding(
                "always-the-same",
                "named the same digit for every pair",
                "Its score is the largest, or all are equal, whatever is averaged.",
            ),
        ),
        Law(
            "the stronger digit is named in fewer than 95 of 100 pairs",
            lambda result: _hits(result, 0) < 95,
            Finding(
                "stronger",
                "named the stronger digit",
                "A read-out that treats all digits alike can only follow the larger weight.",
            ),
        ),
        Law(
            "a digit that is there is named in at least 95 of 100 pairs",
            lambda result: _hits(result, 0) + _hits(result, 1) - _both(result) >= 95,
            Finding(
                "absent",
                "named digits that are not there",
                "For some pairs the largest score belongs to a digit that has the weight 0.",
            ),
        ),
        Law(
            "the weaker digit is named in at least 50 of 100 pairs",
            lambda result: _hits(result, 1) >= _ENOUGH,
            Finding(
                "too-few",
                "named the weaker digit in fewer than 50 of 100 pairs",
                "Digit b beats a stronger a where 0.45 · f_b > 0.55 · f_a. For which pairs does it "
                "hold with your factors?",
            ),
        ),
    ),
)


def _both(result):
    """Pairs of equal digits that are named."""
    return int((_named(result).diagonal() == torch.arange(10)).sum())
