"""Derive it: how the contrastive loss moves every score."""

import torch

from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import normal
from attncourse.vision import contrast


def _cases():
    return [
        Case("two pairs", normal(1, 2, 2), gradient=False),
        Case("three pairs", normal(2, 3, 3, spread=2.0), gradient=False),
        Case("one pair", normal(3, 1, 1), gradient=False),
        Case("five pairs", normal(4, 5, 5, spread=3.0), gradient=False),
        Case("large scores", 20 * normal(5, 4, 4), gradient=False),
        Case("float32", normal(6, 6, 6, dtype=torch.float32), gradient=False),
    ]


def _with(scores, *, sides="both", by="2n", sign=1, right="counted", turn=False):
    n = len(scores)
    rows, columns = scores.softmax(-1), scores.softmax(0)
    if turn:
        columns = columns.T
    eye = torch.eye(n, dtype=scores.dtype) if right == "counted" else 0
    found = {"both": rows + columns - 2 * eye, "rows": rows - eye, "columns": columns - eye}[sides]
    return sign * found / {"2n": 2 * n, "n": n, "none": 1, "2": 2, "n²": 2 * n * n}[by]


def _only_pairs(scores):
    return torch.diag_embed(_with(scores).diagonal())


def _half_right(scores):
    n = len(scores)
    eye = torch.eye(n, dtype=scores.dtype)
    return (scores.softmax(-1) + scores.softmax(0) - eye) / (2 * n)


EXERCISE = Exercise(
    reference=contrast.contrast_gradient,
    points=3,
    cases=_cases,
    hints=(
        "Take one row alone: −s_ii + ln Σ_j exp(s_ij). What is its derivative by s_ij?",
        "Lesson 11 had it: softmax less what came. Here, what came is the picture's own sentence.",
        "Each score stands in one row and in one column, so it has two such terms; on the "
        "diagonal, both have their −1.",
        "The loss is a mean over n rows and n columns: 2n questions.",
    ),
    verified="softmax of the rows plus softmax of the columns, less 2 on the diagonal, over 2n; "
    "one pair, large scores, float32",
    rewrite=_with,
    sizes=lambda scores: {"n": len(scores)},
    laws=(
        Law(
            "all moves together sum to 0",
            lambda result, scores: bool(result.sum().abs() < 1e-4),
        ),
    ),
    mistakes=(
        Mistake(
            "only-rows",
            "left out the columns",
            "A score stands in a row and in a column, and both ask for it.",
            {"sides": "rows"},
            {"sides": "rows", "by": "n"},
        ),
        Mistake(
            "only-columns",
            "left out the rows",
            "A score stands in a row and in a column, and both ask for it.",
            {"sides": "columns"},
            {"sides": "columns", "by": "n"},
        ),
        Mistake(
            "forgot-pairs",
            "forgot what came",
            "Without −1 for the right pairs, every score would be pushed down.",
            right="none",
        ),
        Mistake(
            "one-on-diagonal",
            "counted the right pairs once only",
            "Row and column both bring their −1: together −2 on the diagonal.",
            _half_right,
        ),
        Mistake(
            "only-pairs",
            "moved only the scores of the right pairs",
            "Every score stands in the sum under a logarithm, so every score has a derivative.",
            _only_pairs,
        ),
        Mistake(
            "wrong-mean",
            "divided by another number than 2n",
            "The loss is a mean over n rows and n columns.",
            {"by": "n"},
            {"by": "none"},
            {"by": "2"},
            {"by": "n²"},
        ),
        Mistake(
            "wrong-sign",
            "turned the sign",
            "A step *against* the gradient must raise the scores of the right pairs.",
            sign=-1,
        ),
        Mistake(
            "turned-columns",
            "left the columns' part transposed",
            "If you take the softmax of the transposed table, transpose what comes out.",
            turn=True,
        ),
    ),
)
