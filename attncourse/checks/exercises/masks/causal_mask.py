"""Let each position attend to itself and to the past."""

from functools import partial

import torch

from attncourse import masks
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.masks.shared import FORMS, as_form


def _cases():
    return [
        Case("T = 3", 3),
        Case("T = 1", 1),
        Case("T = 2", 2),
        Case("T = 5", 5),
        Case("T = 7", 7),
        Case("T = 71", 71),
    ]


def _with(T, *, past="down", diagonal=0, sense="may attend", form="bool", axes=0):
    allowed = torch.ones(T, T, dtype=torch.bool)
    if past == "down":
        allowed = allowed.tril(diagonal)
    elif past == "up":
        allowed = allowed.triu(-diagonal)
    elif past == "window":
        allowed = allowed.tril().triu(-1)
    elif past == "self":
        allowed = torch.eye(T, dtype=torch.bool)
    if sense == "hidden":
        allowed = ~allowed
    if form != "bool":
        allowed = as_form(allowed, form)
    return allowed[(None,) * axes]


def _recent(T, steps):
    """The past, but only its last steps."""
    return torch.ones(T, T, dtype=torch.bool).tril().triu(1 - steps)


def _sighted_first(T):
    allowed = torch.ones(T, T, dtype=torch.bool).tril()
    allowed[0] = True
    return allowed


EXERCISE = Exercise(
    reference=masks.causal_mask,
    points=1,
    cases=_cases,
    hints=(
        "Draw the case T = 3 as a table of nine cells: queries down, keys across. Which keys may "
        "query 0 attend to?",
        "Row i is True in columns 0 … i: a triangle, with the diagonal.",
        "Compare two tables of the numbers 0 … T − 1: one counts the rows, the other the "
        "columns. Or make a full table and keep its lower triangle; mind the dtype.",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "marked-what-hidden-true",
            "marked what is hidden as True",
            "`nn.MultiheadAttention` marks hidden keys with True. This course, as PyTorch's "
            "scaled_dot_product_attention, asks for True = may attend.",
            sense="hidden",
        ),
        Mistake(
            "swapped-queries-keys",
            "swapped queries and keys",
            "Your first query sees everything and your last only itself. Queries go down: row i "
            "attends back, to columns 0 … i.",
            past="up",
        ),
        Mistake(
            "hid-position-itself",
            "hid each position from itself",
            "The diagonal is one off: query i may attend to key i, too. As it is, the first query "
            "sees nothing.",
            diagonal=-1,
        ),
        Mistake(
            "let-position-look-one-step",
            "let each position attend one step ahead",
            "The diagonal is one off: query i sees key i + 1, which is what it is to predict.",
            diagonal=1,
        ),
        Mistake(
            "let-everybody-look-everywhere",
            "let every query attend to every key",
            "Your mask hides nothing. Key j lies in the future of query i when j > i.",
            past="all",
        ),
        Mistake(
            "let-position-look-only-itself",
            "let each position attend only to itself",
            "Row i must be True at all columns from 0 to i, not only at i.",
            past="self",
        ),
        Mistake(
            "let-position-look-only-itself-and-before",
            "let each position attend only to itself and the one before",
            "The past does not end after one step: row i is True at all columns from 0 to i.",
            past="window",
        ),
        *FORMS,
        Mistake(
            "added-axis-batch",
            "added an axis for the batch",
            "The mask is T × T. It broadcasts to any number of batch axes as it is.",
            axes=1,
        ),
        Mistake(
            "added-axes-batch-heads",
            "added axes for batch and heads",
            "The mask is T × T. It broadcasts to any number of batch axes as it is.",
            axes=2,
        ),
        Mistake(
            "let-position-look-back-only",
            "let each position attend only a few steps back",
            "The past has no limit here: row i is True at all columns from 0 to i, also in a "
            "long sequence.",
            *(partial(_recent, steps=steps) for steps in (3, 4, 5, 8, 10)),
        ),
        Mistake(
            "let-first-query-look-everywhere",
            "let the first query attend to every key",
            "The first query sees only itself.",
            _sighted_first,
        ),
        Mistake(
            "took-number-0-true",
            "hid everything from the first query",
            "The rest of the triangle is right. A loop that starts at 1 leaves row 0 out; a "
            "triangle of counted numbers has a 0 there, which is False.",
            lambda T: torch.arange(T * T).view(T, T).tril().bool(),
        ),
        Mistake(
            "returned-one-row",
            "returned one row, not T",
            "Each of the T queries has a row of its own: compare a column of places with a row "
            "of them.",
            lambda T: torch.ones(T, dtype=torch.bool),
        ),
    ),
    laws=(
        Law("the first query sees only itself", lambda mask, T: mask[0].sum() == 1),
        Law("the last query sees all T keys", lambda mask, T: mask[-1].sum() == T),
        Law("each position sees itself", lambda mask, T: bool(mask.diagonal().all())),
        Law("nobody sees the future", lambda mask, T: not bool(mask.triu(1).any())),
    ),
    sizes=lambda T: {"T": T},
    verified="T × T of dtype bool, the diagonal and everything before it True, T from 1 to 12",
)
