"""Mend a window that keeps the first tokens, and lets the future in."""

import torch

from attncourse import reach
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake


def given(T, window, n_first):
    """The slip: the first tokens are open to everyone, to earlier tokens too."""
    place = torch.arange(T)
    back = place[:, None] - place
    return (back >= 0) & (back < window) | (place < n_first)


def _with(T, window, n_first, *, first="columns", future="hidden", reach=0, more=0, told="open"):
    place = torch.arange(T)
    back = place[:, None] - place
    near = back < window + reach
    kept = {
        "columns": place < n_first + more,
        "rows": (place < n_first)[:, None],
        "none": torch.zeros(T, dtype=torch.bool),
        "last": place >= T - n_first,
    }[first]
    if future == "first only":
        mask = (back >= 0) & near | kept
    elif future == "open":
        mask = (near & (-back < window)) | kept
    else:
        mask = (back >= 0) & (near | kept)
    if first == "instead":
        mask = (back >= 0) & kept
    return mask if told == "open" else ~mask


def _first_alone(T, window, n_first):
    return _with(T, 0, n_first)


def _and(T, window, n_first):
    """Both must hold, instead of one of them."""
    place = torch.arange(T)
    back = place[:, None] - place
    return (back >= 0) & (back < window) & (place < n_first)


def _cases():
    sizes = [(4, 1, 2), (5, 2, 1), (3, 3, 3), (6, 2, 3), (7, 3, 2), (6, 3, 0), (1, 1, 1)]
    sizes += [(4, 9, 2), (5, 1, 8), (71, 5, 3)]
    return [Case(f"{T} tokens, window {w}, first {n}", T, w, n) for T, w, n in sizes]


EXERCISE = Exercise(
    reference=reach.sink_mask,
    points=1,
    cases=_cases,
    hints=(
        "Write down row 0 for T = 4, a window of 1 and 2 first tokens. What may token 0 attend to?",
        "`a & b | c` is `(a & b) | c`. Which of the three conditions must hold always?",
        "Causal, and (near or first).",
    ),
    rewrite=_with,
    given=given,
    verified="windows of one token and longer than the text, no first tokens and more than there "
    "are",
    laws=(
        Law(
            "no token attends to a later one",
            lambda mask, T, window, n_first: not mask.triu(1).any(),
        ),
        Law(
            "the last token attends to the first one",
            lambda mask, T, window, n_first: n_first == 0 or bool(mask[-1, 0]),
        ),
    ),
    sizes=lambda T, window, n_first: {"T": T, "window": window, "n_first": n_first},
    mistakes=(
        Mistake(
            "first-see-ahead",
            "let earlier tokens attend to later ones among the first",
            "Row 0 may attend to token 0 only. The first tokens are kept for those that come after "
            "them: causal, and (near or first).",
            given,
        ),
        Mistake(
            "without-first",
            "left the first tokens out",
            "They stay open however far away they are.",
            first="none",
        ),
        Mistake(
            "without-window",
            "left the window out",
            "A token attends to the window that ends with itself, too.",
            _first_alone,
        ),
        Mistake(
            "both",
            "asked for near and first at once",
            "One of the two is enough: or, not and.",
            _and,
        ),
        Mistake(
            "rows",
            "opened the rows of the first tokens, not their columns",
            "Keys go across: all later tokens attend to the first columns.",
            first="rows",
        ),
        Mistake(
            "last",
            "kept the last tokens, not the first",
            "The tokens to keep stand at the beginning.",
            first="last",
        ),
        Mistake(
            "both-sides",
            "opened the window to later tokens, too",
            "A GPT attends backwards: j ≤ i.",
            future="open",
        ),
        Mistake(
            "window-one-too-long",
            "made the window one too long",
            "The token itself counts: it reaches back window − 1 steps.",
            reach=1,
        ),
        Mistake(
            "window-one-too-short",
            "made the window one too short",
            "A window of w holds w tokens, the one that asks included.",
            reach=-1,
        ),
        Mistake(
            "first-one-more",
            "kept one first token too many",
            "Tokens 0 … n_first − 1 are the first n_first.",
            more=1,
        ),
        Mistake(
            "first-one-less",
            "kept one first token too few",
            "Tokens 0 … n_first − 1 are the first n_first.",
            more=-1,
        ),
        Mistake(
            "hidden",
            "returned what is hidden",
            "In this course True = may attend.",
            told="hidden",
        ),
    ),
)
