"""Mend it: the loss of a BERT."""

import torch
import torch.nn.functional as F

from attncourse import generation
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.generation.shared import seeded


def given(logits, tokens, chosen):
    hidden = tokens.masked_fill(~chosen, 0)
    surprise = F.cross_entropy(logits.flatten(0, -2), hidden.flatten(), reduction="none")
    return (surprise * chosen.flatten()).mean()


def _case(label, *shape, V, seed, share=0.4, dtype=torch.float64):
    logits = 2 * torch.randn(*shape, V, generator=seeded(seed), dtype=torch.float64)
    tokens = torch.randint(V, shape, generator=seeded(seed + 20))
    chosen = torch.rand(shape, generator=seeded(seed + 40)) < share
    chosen.view(-1)[seed % chosen.numel()] = True
    return Case(label, logits.to(dtype), tokens, chosen)


def _cases():
    return [
        _case("plain", 1, 3, V=3, seed=1),
        _case("one token chosen", 2, 4, V=5, seed=2, share=0.0),
        _case("every token chosen", 2, 3, V=4, seed=3, share=1.1),
        _case("plain", 3, 7, V=6, seed=4),
        _case("no batch axis", 6, V=4, seed=5),
        _case("two batch axes", 2, 3, 4, V=5, seed=6),
        _case("float32", 4, 6, V=8, seed=7, dtype=torch.float32),
    ]


def _with(logits, tokens, chosen, *, over="chosen", which="chosen", shift=False, reduce="mean"):
    asked = tokens.roll(-1, -1) if shift else tokens
    found = -logits.log_softmax(-1).gather(-1, asked[..., None])[..., 0]
    counts = {"chosen": chosen, "all": torch.ones_like(chosen), "others": ~chosen}[which]
    found = torch.where(counts, found, 0.0)
    if reduce == "per row":
        return (found.sum(-1) / counts.sum(-1).clamp(min=1)).mean()
    if reduce == "sum":
        return found.sum()
    return found.sum() / {"chosen": counts.sum(), "all": tokens.numel()}[over]


EXERCISE = Exercise(
    reference=generation.hidden_token_loss,
    points=2,
    cases=_cases,
    hints=(
        "Compute it by hand for a sentence of two tokens of which one was chosen. What does the "
        "code return, and what should it?",
        "The surprise at the other tokens is multiplied by 0. By what is the sum divided?",
        "`logits[chosen]` are the rows that are asked, one below the other.",
    ),
    verified="only chosen tokens count, and they are averaged over themselves, whatever their "
    "share; any number of batch axes, gradient",
    rewrite=_with,
    given=given,
    laws=(
        Law(
            "a loss is not negative",
            lambda result, logits, tokens, chosen: bool(result >= 0),
        ),
    ),
    mistakes=(
        Mistake(
            "divided-by-all",
            "divided by the number of all tokens",
            "The zeros of tokens that were not chosen count in the mean: the loss then shrinks "
            "with the share that is hidden. Divide by the number of chosen tokens.",
            over="all",
        ),
        Mistake(
            "counted-all",
            "counted the tokens that were not chosen, too",
            "They stand in what the model reads: to repeat them is no prediction.",
            which="all",
        ),
        Mistake(
            "counted-others",
            "counted only the tokens that were not chosen",
            "chosen is True where the model has to say what stood there.",
            which="others",
        ),
        Mistake(
            "shifted",
            "shifted, as for a GPT",
            "A BERT's row is asked for its own token: there is nothing to shift.",
            shift=True,
        ),
        Mistake(
            "mean-of-means",
            "averaged over each row first",
            "Then a token counts more where few were chosen. Every chosen token counts the same.",
            reduce="per row",
        ),
        Mistake(
            "took-sum",
            "took the sum instead of the mean",
            "A loss per token can be compared between batches: average.",
            reduce="sum",
        ),
    ),
)
