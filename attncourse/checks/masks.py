"""Exercises of lesson 04: who may look at whom."""

from functools import partial

import torch

from attncourse import masks
from attncourse.checks.core import Case, Exercise, Law, Mistake

# causal_mask --------------------------------------------------------------------------------------


def _causal_cases():
    return [
        Case("T = 3", 3),
        Case("T = 1", 1),
        Case("T = 2", 2),
        Case("T = 5", 5),
        Case("T = 7", 7),
        Case("T = 12", 12),
    ]


def _causal_with(T, *, past="down", diagonal=0, sense="may look", form="bool", axes=0):
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
        allowed = _as_form(allowed, form)
    return allowed[(None,) * axes]


def _as_form(allowed, form):
    if form in ("float", "int"):
        return allowed.to(torch.get_default_dtype() if form == "float" else torch.int64)
    return torch.zeros(allowed.shape).masked_fill(~allowed, float(form))


def _recent(T, steps):
    """The past, but only its last steps."""
    return torch.ones(T, T, dtype=torch.bool).tril().triu(1 - steps)


def _sighted_first(T):
    allowed = torch.ones(T, T, dtype=torch.bool).tril()
    allowed[0] = True
    return allowed


def _blanked_from_the_end(lengths, N):
    allowed = torch.ones(len(lengths), 1, N, dtype=torch.bool)
    for row, length in zip(allowed, lengths.tolist(), strict=True):
        row[:, -(N - length) :] = False
    return allowed


_FORMS = (
    Mistake(
        "returned 0 and 1 for False and True",
        "A mask is bool here. Numbers would be added, multiplied or inverted bit by bit later on; "
        "True and False can only mean may look or may not.",
        form="float",
    ),
    Mistake(
        "returned 0 and 1 for False and True",
        "A mask is bool here: ~mask turns it round, and where() accepts it. With integers, ~1 is "
        "−2.",
        form="int",
    ),
    Mistake(
        "returned 0 and −∞, to be added to the scores",
        "Some libraries add masks. This course asks for bool, True = may look; masked_softmax "
        "turns it into −∞ later.",
        form="-inf",
    ),
    Mistake(
        "returned 0 and −1e9, to be added to the scores",
        "Some texts add masks. This course asks for bool, True = may look, and never needs a huge "
        "constant.",
        form="-1e9",
    ),
)

_causal = Exercise(
    reference=masks.causal_mask,
    points=1,
    cases=_causal_cases,
    hints=(
        "Draw the case T = 3 as a table of nine cells: queries down, keys across. Which keys may "
        "query 0 look at?",
        "Row i is True in columns 0 … i: a triangle, with the diagonal.",
        "`torch.ones` makes a table of one dtype, `tril` keeps its lower triangle. Or compare "
        "`torch.arange(T)` as a column with itself as a row.",
    ),
    rewrite=_causal_with,
    mistakes=(
        Mistake(
            "marked what is hidden as True",
            "`nn.MultiheadAttention` marks hidden keys with True. This course, as PyTorch's "
            "scaled_dot_product_attention, asks for True = may look.",
            sense="hidden",
        ),
        Mistake(
            "swapped queries and keys",
            "Your first query sees everything and your last only itself. Queries go down: row i "
            "looks back, at columns 0 … i.",
            past="up",
        ),
        Mistake(
            "hid each position from itself",
            "The diagonal is one off: query i may look at key i too. As it is, the first query "
            "sees nothing.",
            diagonal=-1,
        ),
        Mistake(
            "let each position look one step ahead",
            "The diagonal is one off: query i sees key i + 1, which is what it is to predict.",
            diagonal=1,
        ),
        Mistake(
            "let everybody look everywhere",
            "Your mask hides nothing. Key j lies in the future of query i when j > i.",
            past="all",
        ),
        Mistake(
            "let each position look only at itself",
            "Row i must be True at all columns from 0 to i, not only at i.",
            past="self",
        ),
        Mistake(
            "let each position look only at itself and the one before",
            "The past does not end after one step: row i is True at all columns from 0 to i.",
            past="window",
        ),
        *_FORMS,
        Mistake(
            "added an axis for the batch",
            "The mask is T × T. It broadcasts to any number of batch axes as it is.",
            axes=1,
        ),
        Mistake(
            "added axes for batch and heads",
            "The mask is T × T. It broadcasts to any number of batch axes as it is.",
            axes=2,
        ),
        *(
            Mistake(
                "let each position look back only a few steps",
                "The past has no limit here: row i is True at all columns from 0 to i, also in a "
                "long sequence.",
                wrong=partial(_recent, steps=steps),
            )
            for steps in (3, 4, 5, 8, 10)
        ),
        Mistake(
            "let the first query look everywhere",
            "The first query sees only itself.",
            wrong=_sighted_first,
        ),
        Mistake(
            "took the number 0 for True",
            "The triangle has the right shape, but its entry 0 turns to False as bool. Start "
            "from ones.",
            wrong=lambda T: torch.arange(T * T).view(T, T).tril().bool(),
        ),
        Mistake(
            "returned one row, not T",
            "Each of the T queries has a row of its own: compare a column of places with a row "
            "of them.",
            wrong=lambda T: torch.ones(T, dtype=torch.bool),
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

# padding_mask -------------------------------------------------------------------------------------


def _padding_cases():
    return [
        Case("plain", torch.tensor([1, 3]), 3),
        Case("plain", torch.tensor([2, 5, 4]), 7),
        Case("one sequence", torch.tensor([3]), 5),
        Case("an empty sequence", torch.tensor([2, 0]), 5),
        Case("nothing to hide", torch.tensor([3, 3]), 3),
        Case("one key", torch.tensor([1, 0, 1]), 1),
        Case("N more than the longest", torch.tensor([2, 3]), 10),
        Case("int32", torch.tensor([6, 1, 3, 2, 5], dtype=torch.int32), 6),
    ]


def _padding_with(
    lengths, N, *, edge=0, sense="may look", side="right", form="bool", shape="B 1 N", size="N"
):
    columns = int(lengths.max()) if size == "longest" else N
    place = torch.arange(columns)
    if side == "left":
        allowed = place >= N - edge - lengths[:, None]
    elif side == "only":
        allowed = place == lengths[:, None] - 1
    else:
        allowed = place < lengths[:, None] + edge
    if sense == "hidden":
        allowed = ~allowed
    if form != "bool":
        allowed = _as_form(allowed, form)
    return {
        "B 1 N": lambda: allowed[:, None, :],
        "B N": lambda: allowed,
        "B N 1": lambda: allowed[:, :, None],
        "B 1 1 N": lambda: allowed[:, None, None, :],
        "1 B N": lambda: allowed[None],
        "B N N keys": lambda: allowed[:, None, :].repeat(1, columns, 1),
        "B N N": lambda: allowed[:, None, :] * allowed[:, :, None],
        "N": lambda: allowed[0],
    }[shape]()


_padding = Exercise(
    reference=masks.padding_mask,
    points=1,
    cases=_padding_cases,
    hints=(
        "Take one sequence of length 2 among N = 5 keys: its row is True, True, False, False, "
        "False. Which comparison gives it?",
        "Number the keys 0 … N − 1. Key j is real when j is less than the length.",
        "Give the lengths two more axes, so that (B, 1, 1) is compared with (N,): broadcasting "
        "makes (B, 1, N).",
    ),
    rewrite=_padding_with,
    mistakes=(
        Mistake(
            "marked what is hidden as True",
            "PyTorch's key_padding_mask marks padding with True. This course asks for True = may "
            "look, here as in every mask.",
            sense="hidden",
        ),
        Mistake(
            "let one key of padding through",
            "Keys are numbered from 0: with length 2 the real ones are 0 and 1, and key 2 is "
            "padding.",
            edge=1,
        ),
        Mistake(
            "hid the last real key",
            "With length 2 the keys 0 and 1 are real. Yours stops one too early.",
            edge=-1,
        ),
        Mistake(
            "left out the axis of the queries",
            "(B, N) would be read as M × N when it meets scores of shape (B, M, N): batch taken "
            "for queries. A size of 1 in between says: the same for every query.",
            shape="B N",
        ),
        Mistake(
            "masked the queries, not the keys",
            "Your axis of size 1 stands last, so a whole row is hidden for a padded query. Padding "
            "is hidden as a key: the keys are the last axis.",
            shape="B N 1",
        ),
        Mistake(
            "added an axis for the heads",
            "We ask for (B, 1, N), for scores (B, M, N). Who has heads adds their axis there: "
            "mask[:, None].",
            shape="B 1 1 N",
        ),
        Mistake(
            "put the new axis before the batch",
            "(1, B, N) takes the sequences for queries. The axis of the queries stands between "
            "batch and keys.",
            shape="1 B N",
        ),
        Mistake(
            "repeated the mask for every query",
            "One row serves all queries: the number of queries is not known here, and size 1 "
            "broadcasts to any.",
            shape="B N N keys",
        ),
        Mistake(
            "hid the padded queries too",
            "This mask is about keys. There may be M ≠ N queries, and what a padded query answers "
            "is ignored later anyway.",
            shape="B N N",
        ),
        Mistake(
            "used only the first sequence",
            "Every sequence has a length of its own, and so a row of its own.",
            shape="N",
        ),
        Mistake(
            "put the padding first",
            "Your real keys stand at the end. Here they come first and the padding follows.",
            side="left",
        ),
        Mistake(
            "marked only the last real key",
            "All keys before the length are real, not only the one at length − 1.",
            side="only",
        ),
        Mistake(
            "made as many columns as the longest sequence has keys",
            "There are N keys, which can be more than the longest length in this batch.",
            size="longest",
        ),
        *_FORMS,
        Mistake(
            "hid a sequence that fills all N places",
            "With nothing to hide the slice [-0:] is the whole row, and N modulo N is 0. Compare "
            "the places with the length.",
            wrong=_blanked_from_the_end,
        ),
        Mistake(
            "sorted the sequences by length",
            "Each sequence keeps its row: the mask has the order of the lengths.",
            wrong=lambda lengths, N: (
                torch.arange(N) < lengths.sort(descending=True).values[:, None, None]
            ),
        ),
    ),
    laws=(
        Law(
            "each sequence has as many True as it is long",
            lambda mask, lengths, N: bool((mask.sum(-1).flatten() == lengths).all()),
        ),
        Law("it has shape (B, 1, N)", lambda mask, lengths, N: mask.shape == (len(lengths), 1, N)),
    ),
    sizes=lambda lengths, N: {"B": len(lengths), "N": N},
    verified="shape (B, 1, N), dtype bool, lengths from 0 to N, N more than the longest length",
)

EXERCISES = (_causal, _padding)
