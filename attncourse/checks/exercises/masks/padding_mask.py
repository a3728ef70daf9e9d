"""Let every query attend to real tokens only."""

import torch

from attncourse import masks
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.masks.shared import FORMS, as_form


def _blanked_from_the_end(lengths, N):
    allowed = torch.ones(len(lengths), 1, N, dtype=torch.bool)
    for row, length in zip(allowed, lengths.tolist(), strict=True):
        row[:, -(N - length) :] = False
    return allowed


def _cases():
    return [
        Case("plain", torch.tensor([1, 3]), 3),
        Case("plain", torch.tensor([2, 5, 4]), 7),
        Case("one sequence", torch.tensor([3]), 5),
        Case("an empty sequence", torch.tensor([2, 0]), 5),
        Case("nothing to hide", torch.tensor([3, 3]), 3),
        Case("one key", torch.tensor([1, 0, 1]), 1),
        Case("N more than the longest", torch.tensor([2, 67]), 71),
        Case("int32", torch.tensor([6, 1, 3, 2, 5], dtype=torch.int32), 6),
    ]


def _with(
    lengths, N, *, edge=0, sense="may attend", side="right", form="bool", shape="B 1 N", size="N"
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
        allowed = as_form(allowed, form)
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


EXERCISE = Exercise(
    reference=masks.padding_mask,
    points=1,
    cases=_cases,
    hints=(
        "Take one sequence of length 2 among N = 5 keys: its row is True, True, False, False, "
        "False. Which comparison gives it?",
        "Number the keys 0 … N − 1. Key j is real when j is less than the length.",
        "Broadcasting makes (B, 1, N) of two tensors: one that counts the keys, and the lengths"
        " with axes added. How many, and where?",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "marked-what-hidden-true",
            "marked what is hidden as True",
            "PyTorch's key_padding_mask marks padding with True. This course asks for True = may "
            "attend, here as in every mask.",
            sense="hidden",
        ),
        Mistake(
            "let-one-key-padding-through",
            "let one key of padding through",
            "Keys are numbered from 0: with length 2 the real ones are 0 and 1, and key 2 is "
            "padding.",
            edge=1,
        ),
        Mistake(
            "hid-last-real-key",
            "hid the last real key",
            "With length 2 the keys 0 and 1 are real. Yours stops one too early.",
            edge=-1,
        ),
        Mistake(
            "left-out-axis-queries",
            "left out the axis of the queries",
            "(B, N) would be read as M × N when it meets scores of shape (B, M, N): batch taken "
            "for queries. A size of 1 in between says: the same for every query.",
            shape="B N",
        ),
        Mistake(
            "masked-queries",
            "masked the queries, not the keys",
            "Your axis of size 1 stands last, so a whole row is hidden for a padded query. Padding "
            "is hidden as a key: the keys are the last axis.",
            shape="B N 1",
        ),
        Mistake(
            "added-axis-heads",
            "added an axis for the heads",
            "We ask for (B, 1, N), for scores (B, M, N). Who has heads adds their axis there: "
            "mask[:, None].",
            shape="B 1 1 N",
        ),
        Mistake(
            "put-new-axis-before-batch",
            "put the new axis before the batch",
            "(1, B, N) takes the sequences for queries. The axis of the queries stands between "
            "batch and keys.",
            shape="1 B N",
        ),
        Mistake(
            "repeated-mask-query",
            "repeated the mask for every query",
            "One row serves all queries: the number of queries is not known here, and size 1 "
            "broadcasts to any.",
            shape="B N N keys",
        ),
        Mistake(
            "hid-padded-queries-too",
            "hid the padded queries too",
            "This mask is about keys. There may be M ≠ N queries, and what a padded query answers "
            "is ignored later anyway.",
            shape="B N N",
        ),
        Mistake(
            "used-only-first-sequence",
            "used only the first sequence",
            "Every sequence has a length of its own, and so a row of its own.",
            shape="N",
        ),
        Mistake(
            "put-padding-first",
            "put the padding first",
            "Your real keys stand at the end. Here they come first and the padding follows.",
            side="left",
        ),
        Mistake(
            "marked-only-last-real-key",
            "marked only the last real key",
            "All keys before the length are real, not only the one at length − 1.",
            side="only",
        ),
        Mistake(
            "made-many-columns-longest-sequence",
            "made as many columns as the longest sequence has keys",
            "There are N keys, which can be more than the longest length in this batch.",
            size="longest",
        ),
        *FORMS,
        Mistake(
            "hid-sequence-fills-n-places",
            "hid a sequence that fills all N places",
            "With nothing to hide the slice [-0:] is the whole row, and N modulo N is 0. Compare "
            "the places with the length.",
            _blanked_from_the_end,
        ),
        Mistake(
            "sorted-sequences-length",
            "sorted the sequences by length",
            "Each sequence keeps its row: the mask has the order of the lengths.",
            lambda lengths, N: (
                torch.arange(N) < lengths.sort(descending=True).values[:, None, None]
            ),
        ),
        Mistake(
            "allowed-every-key-where-any-is-real",
            "allowed every key of a sequence that has any",
            "A mask of shape (B, 1, N) has N on its last axis. If you fill row by row, "
            "`mask[b, :n]` cuts the axis of size 1, and `mask[b, :, :n]` the keys.",
            lambda lengths, N: (lengths > 0)[:, None, None].repeat(1, 1, N),
        ),
        Mistake(
            "marked-first-padded-key",
            "marked only the first key of padding",
            "Key number `length` is the first that is not real. All keys before it are: compare "
            "with <, not with ==.",
            lambda lengths, N: torch.arange(N) == lengths[:, None, None],
        ),
        Mistake(
            "empty-sequence-all-real",
            "took an empty sequence for a full one",
            "Of length 0 no key is real. In Python, 0 counts as False, and −1 is the last index.",
            lambda lengths, N: (
                (torch.arange(N) < lengths[:, None, None]) | (lengths == 0)[:, None, None]
            ),
        ),
        Mistake(
            "empty-sequence-one-key",
            "gave an empty sequence one real key",
            "Of length 0 no key is real: its row is False everywhere.",
            lambda lengths, N: torch.arange(N) < lengths.clamp(min=1)[:, None, None],
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
