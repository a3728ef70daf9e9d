"""Mend the mask of a few new tokens beside a cache."""

import torch

from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake


def newest_mask(M, N):
    """Let the newest M of N tokens attend to themselves and to everything before: (M, N)."""
    return _with(M, N)


def given(M, N):
    """The slip: the triangle begins at the first key, as if the queries stood first."""
    return torch.ones(M, N, dtype=torch.bool).tril()


def _with(M, N, *, first="N - M", longer=0, side="back", new="rows"):
    start = {"N - M": N - M, "0": 0, "N": N, "M": M}[first]
    row = torch.arange(start, start + M)[:, None] + longer
    key = torch.arange(N)
    allowed = {
        "back": key <= row,
        "ahead": key >= row,
        "all": torch.ones(M, N, dtype=torch.bool),
        "hidden": key > row,
        "old only": (key < N - M).expand(M, -1),
        "new only": (key <= row) & (key >= N - M),
    }[side]
    return allowed if new == "rows" else allowed.mT


def _square(M, N):
    """A mask for M tokens, that knows of no others."""
    return torch.ones(M, M, dtype=torch.bool).tril()


def _whole(M, N):
    """A mask for all N tokens, of which only M ask."""
    return torch.ones(N, N, dtype=torch.bool).tril()


def _cases():
    sizes = [(2, 4), (1, 3), (3, 3), (2, 3), (1, 1), (3, 8), (5, 6), (67, 71), (7, 7)]
    return [Case(f"{M} new of {N} tokens", M, N) for M, N in sizes]


EXERCISE = Exercise(
    reference=newest_mask,
    points=1,
    cases=_cases,
    hints=(
        "Take M = 1: the newest token may attend to all N. What does the mask say?",
        "Row 0 is not token 0. It is token N − M.",
        "`tril` takes a second argument: by how many columns the diagonal is moved.",
    ),
    verified="1 to M new tokens behind any number of kept ones, and none kept",
    rewrite=_with,
    given=given,
    laws=(
        Law("the newest token may attend to all", lambda mask, M, N: bool(mask[-1].all())),
        Law(
            "the first of the new tokens may not attend to the others",
            lambda mask, M, N: mask[0].sum() == N - M + 1,
        ),
    ),
    sizes=lambda M, N: {"M": M, "N": N},
    mistakes=(
        Mistake(
            "from-the-start",
            "laid the triangle at the first key",
            "That is what PyTorch's `is_causal=True` does, too. The first of the new tokens is "
            "token N − M, and attends to all before it.",
            given,
        ),
        Mistake(
            "square",
            "made a square mask",
            "M new tokens attend to N keys, the kept ones included: M rows, N columns.",
            _square,
            _whole,
        ),
        Mistake(
            "not-itself",
            "hid each new token from itself",
            "A token attends to itself, too.",
            longer=-1,
        ),
        Mistake(
            "one-ahead",
            "let each new token attend one step ahead",
            "Token N − M attends to keys 0 … N − M.",
            longer=1,
        ),
        Mistake(
            "all",
            "let new tokens attend to later ones",
            "When several come at once, a prompt for instance, the first must not see the next.",
            {"first": "N"},
            side="all",
        ),
        Mistake(
            "old-only",
            "let new tokens attend to the kept ones only",
            "They attend to themselves and to the new ones before them, too.",
            side="old only",
        ),
        Mistake(
            "new-only",
            "hid the kept tokens",
            "The kept ones are the past of all new ones.",
            side="new only",
        ),
        Mistake(
            "ahead", "opened what comes later", "The past is open: j ≤ N − M + i.", side="ahead"
        ),
        Mistake(
            "hidden", "returned what is hidden", "In this course True = may attend.", side="hidden"
        ),
        Mistake(
            "began-at-M",
            "counted the new tokens from M",
            "N − M tokens are kept, so the first new one is token N − M.",
            first="M",
        ),
        Mistake(
            "turned",
            "put the keys down and the queries across",
            "Queries go down: M rows, N columns.",
            new="columns",
        ),
    ),
)
