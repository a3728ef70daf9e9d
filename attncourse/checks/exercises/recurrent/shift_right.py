"""Show the decoder each token one step late."""

import torch

from attncourse import recurrent
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import integers


def _cases():
    return [
        Case("one sentence", torch.tensor([7, 8, 9]), 1),
        Case("one token", torch.tensor([5]), 1),
        Case("plain", torch.tensor([[7, 8, 9, 2], [6, 2, 0, 0]]), 1),
        Case("plain", integers(1, 3, 20, 3, 5), 1),
        Case("another bos", integers(2, 3, 20, 2, 71), 25),
        Case("another bos", integers(3, 1, 20, 3, 4), 0),
        Case("one token each", integers(4, 3, 20, 3, 1), 2),
        Case("two batch axes", integers(5, 3, 20, 2, 3, 5), 1),
        Case("int32", integers(6, 3, 20, 2, 5).to(torch.int32), 1, exact=False),
        Case("not contiguous", integers(7, 3, 20, 5, 3).mT, 1),
        Case("bos among the tokens", torch.tensor([[4, 1, 4, 1, 5]]), 1),
    ]


def _with(tokens, bos, *, way="right", by=1, fill="bos", length="same", axis="time"):
    axis = {"time": -1, "batch": 0}[axis]
    moved = tokens if axis == -1 else tokens.movedim(0, -1)
    new = torch.full_like(moved[..., :1], {"bos": bos, "zero": 0}.get(fill, 0))
    if fill == "same":
        new = moved[..., :1] if way == "right" else moved[..., -1:]
    elif fill == "wrap":
        new = moved[..., -1:] if way == "right" else moved[..., :1]
    new = new.expand(*new.shape[:-1], by)
    parts = [new, moved] if way == "right" else [moved, new]
    if way in ("right", "left") and length == "same":
        parts = [new, moved[..., :-by]] if way == "right" else [moved[..., by:], new]
    shifted = torch.cat(parts, -1)
    shifted = shifted[..., : moved.shape[-1]] if length == "same" and way == "right" else shifted
    return shifted if axis == -1 else shifted.movedim(-1, 0)


def _first_overwritten(tokens, bos):
    return torch.cat([torch.full_like(tokens[..., :1], bos), tokens[..., 1:]], -1)


def _last_overwritten(tokens, bos):
    return torch.cat([tokens[..., :-1], torch.full_like(tokens[..., :1], bos)], -1)


def _filled_with_bos(tokens, bos):
    return torch.full_like(tokens, bos)


def _bos_once(tokens, bos):
    shifted = tokens.roll(1, -1)
    shifted.view(-1)[0] = bos
    return shifted


def _rolled_flat(tokens, bos):
    shifted = tokens.flatten().roll(1)
    shifted[0] = bos
    return shifted.view_as(tokens)


def _added_one(tokens, bos):
    return tokens + 1


def _row_of_bos(tokens, bos):
    return torch.cat([torch.full_like(tokens[:1], bos), tokens], 0)


def _row_of_bos_shifted(tokens, bos):
    return torch.cat([torch.full_like(tokens[:1], bos), tokens[:-1]], 0)


def _wrapped_with_bos_last(tokens, bos):
    shifted = tokens.roll(1, -1)
    shifted[..., -1] = bos
    return shifted


def _rolled_left(tokens, bos):
    output = tokens.roll(-1, dims=-1)
    output[..., 0] = bos
    return output


def _bos_and_reversed(tokens, bos):
    return torch.cat([torch.full_like(tokens[..., :1], bos), tokens[..., :-1].flip(-1)], dim=-1)


def _always_one(tokens, bos):
    return recurrent.shift_right(tokens, 1)


def _reversed(tokens, bos):
    return tokens.flip(-1)


def _for_one_sentence(tokens, bos):
    return torch.cat([torch.full_like(tokens[:1], bos).flatten()[:1], tokens[:-1]])


def _without_bos(tokens, bos):
    return tokens[..., :-1]


def _first_carried(tokens, bos):
    shifted = tokens[..., :1].expand(tokens.shape).clone()
    shifted[..., 0] = bos
    return shifted


def _last_kept(tokens, bos):
    parts = [torch.full_like(tokens[..., :1], bos), tokens[..., :-2], tokens[..., -1:]]
    return torch.cat(parts, -1)


EXERCISE = Exercise(
    reference=recurrent.shift_right,
    points=1,
    cases=_cases,
    hints=(
        "Before the first word the decoder has read only `bos`; before the second, `bos` and the "
        "first word. Which target word does it never read?",
        "Put one `bos` in front of every sentence and drop the last token: the length stays.",
        "Tokens run along the last axis. Make a new tensor; the target itself is still needed for "
        "the loss.",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "shifted-left",
            "shifted left, not right",
            "Your decoder reads the word that comes next, which is the very answer. It may read "
            "only the word before.",
            way="left",
        ),
        Mistake(
            "kept-last-token",
            "kept the last token, so the result is one longer",
            "Inputs and target must line up: one input for each word to be written. Drop the last.",
            length="longer",
        ),
        Mistake(
            "let-last-token-wrap-around",
            "let the last token wrap around to the front",
            "`roll` brings back at the front what falls off at the end: the decoder would know "
            "how the sentence ends. There belongs `bos`.",
            fill="wrap",
        ),
        Mistake(
            "put-0-front",
            "put 0 in front, not bos",
            "`bos` is an argument, and need not be 0: zero is padding here.",
            fill="zero",
        ),
        Mistake(
            "left-first-token-where",
            "left the first token where it was",
            "The first place still holds the first word of the answer. Before it nothing has been "
            "read but `bos`.",
            fill="same",
        ),
        Mistake(
            "shifted-two",
            "shifted by two",
            "The word just before is the most useful one, and it is missing. One place is enough.",
            by=2,
        ),
        Mistake(
            "shifted-along-batch",
            "shifted along the batch, not along the words",
            "Each sentence came out as the one before it. Words run along the last axis.",
            axis="batch",
        ),
        Mistake(
            "replaced-first-word",
            "replaced the first word instead of moving it",
            "Every other word still stands at its own place, where the decoder must guess it. "
            "All words move by one.",
            _first_overwritten,
        ),
        Mistake(
            "put-bos-end",
            "put bos at the end",
            "`bos` begins the sentence. The words move right and the last one falls off.",
            _last_overwritten,
        ),
        Mistake(
            "put-bos-end",
            "put bos at the end",
            "`bos` begins the sentence. The words move right and the last one falls off.",
            _wrapped_with_bos_last,
        ),
        Mistake(
            "reversed-sentence",
            "reversed the sentence",
            "The order stays; every word moves one place to the right.",
            _reversed,
        ),
        Mistake(
            "wrote-one-sentence-alone",
            "wrote it for one sentence alone",
            "With a batch, the first axis counts sentences. Index the last axis: `[..., :-1]`.",
            _for_one_sentence,
        ),
        Mistake(
            "dropped-last-token-put-nothing",
            "dropped the last token and put nothing in front",
            "The result is one too short. `bos` goes before the first word.",
            _without_bos,
        ),
        Mistake(
            "overwrote-word-before-copied",
            "put bos at every place",
            "Only the first place holds it. (Copied from left to right in place, each word is "
            "overwritten before its turn: copy first, or build a new tensor.)",
            _filled_with_bos,
        ),
        Mistake(
            "put-bos-before-first-sentence",
            "put bos before the first sentence only",
            "Every sentence of the batch begins with `bos`, not only the first.",
            _bos_once,
        ),
        Mistake(
            "moved-words-across-sentences",
            "moved the words across sentences",
            "The last word of one sentence became the first of the next. Shift each row for "
            "itself.",
            _rolled_flat,
        ),
        Mistake(
            "added-1-tokens",
            "added 1 to the tokens",
            "A shift moves tokens to other places; it does not turn them into other tokens.",
            _added_one,
        ),
        Mistake(
            "turned-tokens-into-int64",
            "turned the tokens into int64",
            "The tokens keep their dtype: what comes as int32 goes as int32.",
            lambda tokens, bos: recurrent.shift_right(tokens, bos).long(),
        ),
        Mistake(
            "added-sentence-bos",
            "added a sentence of bos",
            "You joined along the first axis, which counts sentences. Words run along the last.",
            _row_of_bos,
        ),
        Mistake(
            "shifted-along-batch",
            "shifted along the batch, not along the words",
            "Each sentence came out as the one before it. Words run along the last axis.",
            _row_of_bos_shifted,
        ),
        Mistake(
            "first-carried",
            "carried the first word through the whole sentence",
            "Going from left to right in place, each word is overwritten before it is copied. Copy "
            "first, or build a new tensor.",
            _first_carried,
        ),
        Mistake(
            "last-kept",
            "dropped the last word but one, and kept the last",
            "The last one is what the decoder never reads.",
            _last_kept,
        ),
        Mistake(
            "rolled-left",
            "moved the words one place to the left",
            "Every word comes one place later: `roll` by 1, not by −1.",
            _rolled_left,
        ),
        Mistake(
            "turned-round",
            "turned the words round",
            "Their order stays; each stands one place later.",
            _bos_and_reversed,
        ),
        Mistake(
            "always-one",
            "put token 1 in front, whatever `bos` is",
            "`bos` is an argument. Another vocabulary begins with another number.",
            _always_one,
        ),
    ),
    laws=(
        Law("the length stays", lambda result, tokens, bos: result.shape == tokens.shape),
        Law("the dtype stays", lambda result, tokens, bos: result.dtype == tokens.dtype),
        Law(
            "every sentence begins with bos",
            lambda result, tokens, bos: bool((result[..., 0] == bos).all()),
        ),
        Law(
            "every place holds the token that stood one place before",
            lambda result, tokens, bos: torch.equal(result[..., 1:], tokens[..., :-1]),
        ),
    ),
    verified="one sentence, batches and two batch axes, sentences of one token, any bos, int32, "
    "and the target stays as it is",
)
