"""Tasks for sequence models: words and the words they become, numbered, padded and split.

A model learns from the training pairs and is judged on test pairs, none of which it has seen. The
numbers 0, 1 and 2 stand for padding, for the beginning and for the end; words begin at 3.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from attncourse.data import Pair, digit_pairs, number_pairs
from attncourse.text import Vocabulary

PAD, BOS, EOS = range(3)
SPECIAL = ("<pad>", "<bos>", "<eos>")


class Pairs(NamedTuple):
    """n sequences and what they become, in numbers: words, then for targets EOS, then padding."""

    source: Int[Tensor, "n N"]
    target: Int[Tensor, "n M"]

    @property
    def lengths(self) -> Int[Tensor, " n"]:
        """Number of words in each target, EOS not counted."""
        return (self.target != PAD).sum(-1) - 1

    def batch(self, size: int) -> "Pairs":
        """Draw `size` pairs at random, cut to the longest of them."""
        return self.take(torch.randint(len(self.source), (size,)))

    def take(self, rows: Int[Tensor, " size"]) -> "Pairs":
        """These rows, cut to the longest of them."""
        return Pairs(_cut(self.source[rows]), _cut(self.target[rows]))


class Task(NamedTuple):
    """Pairs to learn from, pairs to be judged by, and the words behind the numbers."""

    source_words: Vocabulary
    target_words: Vocabulary
    train: Pairs
    test: Pairs


def make_task(pairs: Sequence[Pair], n_test: int) -> Task:
    """Hold the last `n_test` pairs back for the test, number the words and pad.

    Raises: ValueError if a source occurs twice, so that the test could repeat what was learned.
    """
    if len({source for source, _ in pairs}) != len(pairs):
        raise ValueError("every source must occur once, or the test repeats what was learned")
    if not 0 < n_test < len(pairs):
        raise ValueError(f"n_test must leave pairs on both sides; got {n_test} of {len(pairs)}")
    sources, targets = zip(*pairs, strict=True)
    source_words, target_words = (
        Vocabulary((*SPECIAL, *sorted({word for words in side for word in words})))
        for side in (sources, targets)
    )
    source = _pad(source_words.encode(words) for words in sources)
    target = _pad([*target_words.encode(words), EOS] for words in targets)
    train = Pairs(source[:-n_test], target[:-n_test])
    return Task(source_words, target_words, train, Pairs(source[-n_test:], target[-n_test:]))


@cache
def number_task(language: str = "de") -> Task:
    """Translate a number's English words to German or French: 20,000 to learn, 2,000 to test."""
    return make_task(number_pairs(language, n=22_000), n_test=2000)


@cache
def sort_task(length: int = 6, digits: int = 3) -> Task:
    """Sort a row of digits: all the rows there are, a quarter of them held back."""
    pairs = digit_pairs(sorted, lengths=(length,), digits=digits, n=digits**length)
    return make_task(pairs, n_test=len(pairs) // 4)


@cache
def reverse_task(longest: int = 8, digits: int = 10) -> Task:
    """Reverse a row of 1 to `longest` digits: 4,000 rows to learn, 1,000 to test."""
    pairs = digit_pairs(reversed, lengths=range(1, longest + 1), digits=digits, n=5000)
    return make_task(pairs, n_test=1000)


def dictation(size: int, length: int) -> Pairs:
    """Draw rows of `length` random digits, to be repeated: each adds log₂ 10 bits to remember."""
    digits = torch.randint(len(SPECIAL), len(SPECIAL) + 10, (size, length))
    return Pairs(digits, torch.nn.functional.pad(digits, (0, 1), value=EOS))


def exact_match(output: Int[Tensor, "n M_out"], target: Int[Tensor, "n M"]) -> Bool[Tensor, " n"]:
    """Whether each output is its target, word by word up to the first EOS.

    Args:
        output: what a model wrote; whatever follows its first EOS does not count.
        target: what it should have written.
    """
    longest = max(output.shape[1], target.shape[1])
    return (_ended(output, longest) == _ended(target, longest)).all(-1)


def say(tokens: Int[Tensor, " T"] | list[int], vocabulary: Vocabulary) -> list[str]:
    """The words of one sequence of numbers, up to its end, without BOS, EOS and padding."""
    numbers = [int(token) for token in tokens]
    numbers = numbers[: numbers.index(EOS)] if EOS in numbers else numbers
    return vocabulary.decode(number for number in numbers if number not in (PAD, BOS))


def _pad(rows: Iterable[list[int]]) -> Int[Tensor, "n N"]:
    rows = list(rows)
    longest = max(map(len, rows))
    return torch.tensor([row + [PAD] * (longest - len(row)) for row in rows])


def _cut(tokens: Int[Tensor, "n N"]) -> Int[Tensor, "n longest"]:
    return tokens[:, : int((tokens != PAD).sum(-1).max())]


def _ended(tokens: Int[Tensor, "n M"], longest: int) -> Int[Tensor, "n {longest}"]:
    """The tokens up to and with the first EOS; padding after it, `longest` in all."""
    after = (tokens == EOS).cumsum(-1) - (tokens == EOS).int() > 0
    room = longest - tokens.shape[1]
    return torch.nn.functional.pad(tokens.masked_fill(after, PAD), (0, room), value=PAD)
