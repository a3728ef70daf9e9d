"""Mend a number that cannot compare two tokenizers."""

import math

import torch

from attncourse.checks.engine.exercise import Case, Exercise, Mistake
from attncourse.checks.exercises.inputs import DOUBLE


def bits_per_character(probabilities, tokens):
    """Average surprise of a text for each of its characters, in bits."""
    return _with(probabilities, tokens)


def given(probabilities, tokens):
    """The slip: the mean over tokens is smaller where tokens are shorter."""
    return -probabilities.log2().mean()


def _with(probabilities, tokens, *, per="character", unit="bits", sign=-1, total="sum of logs"):
    text = "".join(tokens)
    count = {
        "character": len(text),
        "token": len(tokens),
        "byte": len(text.encode()),
        "letter": len(text.replace(" ", "")),
        "word": len(text.split()),
        "with spaces": len(" ".join(tokens)),
        "the list": len(str(tokens)),
        "different": len(set(text)),
        "stripped": len(text.strip()),
        "first": len(tokens[0]),
        "multiplied": 1 / len(text),
        "typed": 3,
        "text": 1,
    }[per]
    own = torch.tensor([len(token) for token in tokens])
    logs = {
        "sum of logs": probabilities.log(),
        "log of sum": probabilities.sum().log(),
        "weighted": probabilities * probabilities.log(),
        "each by its own": probabilities.log() / own,
    }[total]
    return (
        sign * logs.sum() / {"bits": math.log(2), "nats": 1.0, "tens": math.log(10)}[unit] / count
    )


def _perplexity(probabilities, tokens):
    return 2 ** _with(probabilities, tokens)


def _cases():
    def case(label, chances, tokens):
        return Case(label, torch.tensor(chances, dtype=DOUBLE), tokens, gradient=False)

    return [
        case("two tokens", [0.5, 0.25], ["the", " dog"]),
        case("the same in more tokens", [0.5, 0.5, 0.5], ["the", " d", "og"]),
        case("only characters", [0.5, 0.25, 0.125], ["d", "o", "g"]),
        case("one token", [0.1], [" barked"]),
        case("letters beyond English", [0.3, 0.6], ["dö", "g 狗"]),
        case("a sure token", [1.0, 0.2], ["th", "e cat"]),
        case("70 tokens", 10 * [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7], list(10 * "a dog h")),
    ]


EXERCISE = Exercise(
    reference=bits_per_character,
    points=2,
    cases=_cases,
    hints=(
        "Split one text into more, shorter tokens. Each is easier to guess, and the mean falls. Is "
        "the model any better?",
        "The probability of the whole text is the product of its tokens' probabilities. It does "
        "not matter how many factors there are. What adds up?",
        "The sum of the −log₂ is the text's own surprise, however it was split. So the divisor "
        "must not depend on the splitting, either.",
    ),
    verified="one number for a text, however it was split",
    rewrite=_with,
    given=given,
    mistakes=(
        Mistake(
            "per-token",
            "averaged over tokens",
            "Short tokens are easier to guess, so a tokenizer with short tokens looks better than "
            "it is. Characters are the same for all.",
            per="token",
        ),
        Mistake(
            "nats",
            "counted in nats, not in bits",
            "The natural logarithm gives nats. Bits need the logarithm to base 2.",
            unit="nats",
        ),
        Mistake(
            "tens",
            "took the logarithm to base 10",
            "Bits need the logarithm to base 2.",
            unit="tens",
        ),
        Mistake(
            "sign",
            "forgot the minus sign",
            "The logarithm of a probability is negative; bits are counted positive.",
            sign=1,
        ),
        Mistake(
            "bytes",
            "counted bytes instead of characters",
            "A Chinese character has three bytes and is one character.",
            per="byte",
        ),
        Mistake(
            "letters",
            "left the spaces out of the count",
            "A space is a character, too.",
            per="letter",
        ),
        Mistake(
            "words",
            "counted words instead of characters",
            "Divide by the number of characters.",
            per="word",
        ),
        Mistake(
            "not-divided",
            "did not divide by the number of characters",
            "That is the surprise of the whole text, which grows with it.",
            per="text",
        ),
        Mistake(
            "log-of-sum",
            "took the logarithm of the sum",
            "Probabilities multiply, so their logarithms add up: first log, then sum.",
            total="log of sum",
        ),
        Mistake(
            "spaces-between",
            "put spaces between the tokens and counted them",
            "Joined without anything between them, the tokens are the text.",
            per="with spaces",
        ),
        Mistake(
            "printed-list",
            "counted the characters of the printed list",
            "Brackets, quotes and commas are not in the text: join the tokens.",
            per="the list",
        ),
        Mistake(
            "different-letters",
            "counted different characters",
            "A character counts as often as it occurs.",
            per="different",
        ),
        Mistake(
            "stripped",
            "left out spaces at the ends",
            "A space is a character wherever it stands.",
            per="stripped",
        ),
        Mistake(
            "first-token",
            "counted the characters of the first token only",
            "The text is all tokens, joined.",
            per="first",
        ),
        Mistake(
            "multiplied",
            "multiplied by the number of characters",
            "Per character: divide.",
            per="multiplied",
        ),
        Mistake(
            "typed",
            "typed the number of characters",
            "It is another one for each text.",
            per="typed",
        ),
        Mistake(
            "weighted",
            "weighted each logarithm with its probability",
            "That is the entropy of a distribution. These tokens all came: each counts once.",
            total="weighted",
        ),
        Mistake(
            "each-by-its-own",
            "divided each token by its own characters",
            "One sum over one count: otherwise a short token counts more than a long one.",
            {"total": "each by its own", "per": "token"},
            {"total": "each by its own", "per": "text"},
        ),
        Mistake(
            "perplexity",
            "gave 2 to the power of the bits",
            "That is a perplexity. Asked for are the bits.",
            _perplexity,
        ),
    ),
)
