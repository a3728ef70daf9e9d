"""Mend it: the loss of a BERT."""

import math

import torch
import torch.nn.functional as F

from attncourse import generation
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.generation.shared import seeded


def given(logits, tokens, chosen):
    hidden = tokens.masked_fill(~chosen, 0)
    surprise = F.cross_entropy(logits.flatten(0, -2), hidden.flatten(), reduction="none")
    return (surprise * chosen.flatten()).mean()


def _case(label, *shape, V, seed, share=0.4, dtype=torch.float64, spread=2):
    logits = spread * torch.randn(*shape, V, generator=seeded(seed), dtype=torch.float64)
    tokens = torch.randint(V, shape, generator=seeded(seed + 20))
    chosen = torch.rand(shape, generator=seeded(seed + 40)) < share
    chosen.view(-1)[seed % chosen.numel()] = True
    return Case(label, logits.to(dtype), tokens, chosen)


def _cases():
    return [
        _case("plain", 1, 3, V=3, seed=1),
        _case("one token chosen", 2, 4, V=5, seed=2, share=0.0),
        _case("every token chosen", 2, 3, V=4, seed=3, share=1.1),
        _case("large logits", 3, 7, V=6, seed=4, spread=900),
        _case("no batch axis", 71, V=4, seed=5),
        _case("two batch axes", 2, 3, 4, V=5, seed=6),
        _case("float32", 4, 6, V=8, seed=7, dtype=torch.float32),
    ]


def _with(
    logits, tokens, chosen, *,
    over="chosen", which="chosen", shift=False, reduce="mean", of="log softmax",
):  # fmt: skip
    asked = tokens.roll(-1, -1) if shift else tokens
    logs = {
        "log softmax": lambda: logits.log_softmax(-1),
        "softmax twice": lambda: logits.softmax(-1).log_softmax(-1),
        "softmax, then log": lambda: logits.softmax(-1).log(),
        "bits": lambda: logits.log_softmax(-1) / math.log(2),
    }[of]()
    found = -logs.gather(-1, asked[..., None])[..., 0]
    every = torch.ones_like(chosen)
    counts = {"chosen": chosen, "all": every, "others": ~chosen, "not 0": chosen & (tokens != 0)}
    counts = counts[which]
    found = torch.where(counts, found, 0.0)
    if reduce == "per row":
        return (found.sum(-1) / counts.sum(-1).clamp(min=1)).mean()
    if reduce == "sum":
        return found.sum()
    if reduce == "none":
        return found[counts]
    numbers = {"chosen": counts.sum(), "all": tokens.numel(), "one more": counts.sum() + 1}
    numbers |= {"share": 0.15 * tokens.numel(), "rows": max(1, tokens[..., 0].numel())}
    return found.sum() / numbers[over]


def _row_before(logits, tokens, chosen):
    asked = chosen[..., 1:]
    return F.cross_entropy(logits[..., :-1, :][asked], tokens[..., 1:][asked])


def _token_0(logits, tokens, chosen):
    return F.cross_entropy(logits.flatten(0, -2), tokens.masked_fill(~chosen, 0).flatten())


def _logits_0(logits, tokens, chosen):
    return F.cross_entropy((logits * chosen[..., None]).flatten(0, -2), tokens.flatten())


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
            {"shift": True},
            _row_before,
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
        Mistake(
            "log-of-softmax",
            "took the logarithm of a softmax",
            "For large logits a probability becomes exactly 0, and its logarithm −∞. Take "
            "log_softmax, or F.cross_entropy, which holds it.",
            of="softmax, then log",
            alone=True,
        ),
        Mistake(
            "softmax-twice",
            "applied a softmax before `F.cross_entropy`",
            "It contains the softmax already: give it the logits.",
            of="softmax twice",
        ),
        Mistake(
            "in-bits",
            "measured in bits",
            "The natural logarithm gives nats; divide by ln 2 only when you report.",
            of="bits",
        ),
        Mistake(
            "per-sentence",
            "divided by the number of sentences",
            "Divide by the number of chosen tokens.",
            over="rows",
        ),
        Mistake(
            "typed-share",
            "divided by 15 % of the tokens, not by those that were chosen",
            "How many were chosen is chance: count them, `chosen.sum()`.",
            over="share",
        ),
        Mistake(
            "one-more",
            "divided by one more than were chosen",
            "The mean of n surprises divides by n.",
            over="one more",
        ),
        Mistake(
            "without-token-0",
            "left the chosen tokens with the number 0 out",
            "Token 0 is a token like any. Which count, `chosen` says.",
            which="not 0",
        ),
        Mistake(
            "asked-for-token-0",
            "asked the other tokens for token 0, and counted them",
            "Only the chosen ones are asked: `logits[chosen]`, `tokens[chosen]`.",
            _token_0,
        ),
        Mistake(
            "logits-of-0",
            "set the other tokens' logits to 0, and counted them",
            "Logits of 0 are a surprise of ln V. Only the chosen ones are asked.",
            _logits_0,
        ),
        Mistake(
            "no-mean",
            "returned one number for each chosen token",
            "Average them: training needs one number.",
            reduce="none",
        ),
    ),
)
