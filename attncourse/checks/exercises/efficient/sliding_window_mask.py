"""Let each position attend to a window that ends with itself."""

import torch

from attncourse import efficient
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.masks.shared import FORMS, as_form


def _cases():
    sizes = [(4, 2), (3, 1), (5, 3), (1, 1), (6, 6), (7, 20), (2, 5), (9, 4), (12, 5), (40, 7)]
    return [Case(f"T = {T}, a window of {window}", T, window) for T, window in sizes]


def _with(T, window, *, longer=0, side="back", sense="may attend", form="bool", axes=0):
    back = torch.arange(T)[:, None] - torch.arange(T)  # T T
    reach = window + longer
    allowed = {
        "back": (back >= 0) & (back < reach),
        "before": (back > 0) & (back <= reach),
        "ahead": (back <= 0) & (-back < reach),
        "both": back.abs() < reach,
        "half": back.abs() <= reach // 2,
        "no past": back < reach,
        "no end": back >= 0,
        "blocks": (back >= 0) & (_block(T, reach)[:, None] == _block(T, reach)),
        "older": back >= reach,
        "every": (back >= 0) & (back % max(reach, 1) == 0),
        "one": (back >= 0) & (back == reach - 1),
    }[side]
    if sense == "hidden":
        allowed = ~allowed
    if form != "bool":
        allowed = as_form(allowed, form)
    return allowed[(None,) * axes]


def _block(T, size):
    return torch.arange(T) // max(size, 1)


EXERCISE = Exercise(
    reference=efficient.sliding_window_mask,
    points=1,
    cases=_cases,
    hints=(
        "Write down the rows for T = 4 and a window of 2. The first row has one True, the others "
        "two.",
        "A position and the window − 1 before it: i − j is at least 0 and below the window.",
        "Places as a column minus places as a row give a table of i − j; two comparisons and `&` "
        "do the rest.",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "one-too-long",
            "made the window one too long",
            "The position itself counts. A window of w reaches back w − 1 steps: i − j < w, not "
            "i − j ≤ w.",
            longer=1,
        ),
        Mistake(
            "one-too-short",
            "made the window one too short",
            "A window of w holds w positions, the own one included: i − j goes up to w − 1.",
            longer=-1,
        ),
        Mistake(
            "without-itself",
            "left each position out of its own window",
            "The window ends with the position itself, and not with the one before.",
            side="before",
        ),
        Mistake(
            "both-sides",
            "opened the window to both sides",
            "What comes later must stay hidden: j ≤ i.",
            {"side": "half"},
            side="both",
        ),
        Mistake(
            "future-open",
            "hid what is too old, but not what comes later",
            "Two conditions, and both must hold: not ahead, and not too far back.",
            side="no past",
        ),
        Mistake(
            "no-window",
            "hid what comes later, but not what is too old",
            "That is lesson 04's causal mask. Row i may be True in w columns at most.",
            side="no end",
        ),
        Mistake(
            "ahead",
            "opened the window to what comes after",
            "Queries go down: in row i the columns i − w + 1 … i are True.",
            side="ahead",
        ),
        Mistake(
            "blocks",
            "cut the sequence into blocks instead of letting a window slide",
            "At the start of a block a position would see only itself. Each position has a window "
            "of its own, that ends with it.",
            side="blocks",
        ),
        Mistake(
            "older",
            "showed what is too old and hid the window",
            "i − j < w is the window, i − j ≥ w what it forgets.",
            side="older",
        ),
        Mistake(
            "dilated",
            "let each position attend to every w-th one before it",
            "That is a dilated window. Here all positions from i − w + 1 to i are True.",
            side="every",
        ),
        Mistake(
            "one-diagonal",
            "opened only the far end of the window",
            "All positions between i − w + 1 and i are in it.",
            side="one",
        ),
        Mistake(
            "hidden",
            "marked what is hidden as True",
            "In this course True = may attend.",
            sense="hidden",
        ),
        *FORMS,
        Mistake(
            "added-axes",
            "added an axis for the batch",
            "The mask is T × T. It broadcasts to any number of batch axes as it is.",
            {"axes": 2},
            axes=1,
        ),
    ),
    laws=(
        Law("each position sees itself", lambda mask, T, window: bool(mask.diagonal().all())),
        Law("nobody sees the future", lambda mask, T, window: not bool(mask.triu(1).any())),
        Law(
            "the last query sees as many keys as the window holds, or all there are",
            lambda mask, T, window: mask[-1].sum() == min(T, window),
        ),
    ),
    sizes=lambda T, window: {"T": T, "window": window},
    verified="T × T of dtype bool; windows of 1, of T and longer than T, T from 1 to 40",
)
