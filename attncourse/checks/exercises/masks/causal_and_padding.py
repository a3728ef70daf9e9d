"""Mend a mask that combines two masks with the wrong word."""

import torch

from attncourse.checks.engine.exercise import Case, Exercise, Mistake
from attncourse.masks import causal_mask, padding_mask


def causal_and_padding(lengths, T):
    """Let each position attend to the real words up to itself: (B,) to (B, T, T)."""
    return _with(lengths, T)


def given(lengths, T):
    """The slip: “causal and padding” is an *and* of what may be attended to."""
    return causal_mask(T) | padding_mask(lengths, T)


def _with(lengths, T, *, combine="and", causal="back", real="before", axis="keys"):
    place = torch.arange(T)
    past = {
        "back": place[:, None] >= place,
        "strictly": place[:, None] > place,
        "ahead": place[:, None] <= place,
        "strictly ahead": place[:, None] < place,
        "all": torch.ones(T, T, dtype=torch.bool),
    }[causal]
    words = {
        "before": place < lengths[:, None],
        "up to": place <= lengths[:, None],
        "after": place >= lengths[:, None],
        "all": torch.ones(len(lengths), T, dtype=torch.bool),
        "one at least": place < lengths.clamp(min=1)[:, None],
    }[real]
    words = words[:, None, :] if axis == "keys" else words[:, :, None].expand(-1, -1, T)
    if combine == "opened":
        both = past & words
        return both | ~both.any(-1, keepdim=True)
    if combine == "hidden":
        return ~(past & words)
    return past & words if combine == "and" else past | words if combine == "or" else past ^ words


def _cases():
    return [
        Case("one sentence of 2 words, padded to 3", torch.tensor([2]), 3),
        Case("two sentences", torch.tensor([1, 3]), 4),
        Case("no padding", torch.tensor([3, 3]), 3),
        Case("an empty sentence", torch.tensor([0, 2]), 3),
        Case("as many sentences as places", torch.tensor([4, 1, 2, 3]), 4),
        Case("71 places", torch.tensor([71, 2, 67]), 71),
    ]


EXERCISE = Exercise(
    reference=causal_and_padding,
    points=1,
    cases=_cases,
    hints=(
        "Take one sentence of 2 words, padded to 3. Write down the 3 × 3 table that you want.",
        "A key may be attended to if it is not in the future *and* not padding.",
        "True = may attend, so a key is allowed only if *both* masks allow it. Which operator "
        "says so?",
    ),
    verified="past and real at once, for full, short and empty sentences",
    rewrite=_with,
    given=given,
    mistakes=(
        Mistake(
            "or",
            "allowed what one of the two masks allows",
            "Then the future is open wherever there is a real word. Both masks must say True.",
            combine="or",
        ),
        Mistake(
            "either-but-not-both",
            "allowed what exactly one of the two masks allows",
            "Both masks must say True.",
            combine="xor",
        ),
        Mistake(
            "hidden",
            "returned what is hidden",
            "In this course True = may attend.",
            combine="hidden",
        ),
        Mistake(
            "no-causal",
            "left out the causal mask",
            "Later words must not be attended to.",
            causal="all",
        ),
        Mistake(
            "no-padding",
            "left out the padding mask",
            "The padding must not be attended to.",
            real="all",
        ),
        Mistake(
            "not-itself",
            "forbade each position to attend to itself",
            "A position may attend to itself: the diagonal is True.",
            causal="strictly",
        ),
        Mistake(
            "ahead",
            "let each position attend to what comes after it",
            "Queries go down: row i is True in columns 0 … i.",
            causal="ahead",
        ),
        Mistake(
            "padding-over-queries",
            "hid the padding as queries, not as keys",
            "The keys are the last axis.",
            axis="queries",
        ),
        Mistake(
            "one-too-many",
            "kept one place of the padding",
            "Places count from 0: the real words have j < length.",
            real="up to",
        ),
        Mistake(
            "first-word-back",
            "gave an empty sentence its first word back",
            "It has no word that anybody could attend to: all of its rows are False.",
            real="one at least",
        ),
        Mistake(
            "opened-empty-rows",
            "opened the rows that would be empty",
            "Where nothing may be attended to, the mask says so. What attention makes of it is "
            "attention's business.",
            combine="opened",
        ),
        Mistake(
            "padding-alone",
            "kept the padding and hid the words",
            "`padding_mask` is True where a real word stands: take it as it is.",
            real="after",
        ),
        Mistake(
            "future-alone",
            "kept the future and hid the past",
            "`causal_mask` is True where a position may attend: take it as it is.",
            causal="strictly ahead",
        ),
    ),
)
