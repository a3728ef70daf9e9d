"""What counting can do: the strongest models without a network, the baselines of lesson 11.

`KneserNey` predicts a character from the ones before it, `BlankFiller` a hidden word from its
neighbours. Where a long context was seen rarely, both lean on the shorter ones inside it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

FALLBACK = (0.0, 0.5, 1.0, 1.5)  # discounts where there are too few n-grams to estimate them
WINDOWS = ((0, 0), (1, 0), (1, 1), (2, 1), (2, 2), (3, 2), (3, 3))  # words to the left, right


class KneserNey:
    """Predict characters by counting n-grams: interpolated Kneser–Ney with modified discounts.

    p_n(x | h) = (c(hx) − D) / c(h) + γ(h) p_{n−1}(x | h without its first character)

    For the longest n, c counts how often; for shorter ones, after how many different characters.
    D is taken off each count, depending on whether it is 1, 2 or more; γ(h) is what was taken from
    h in all. p_0 is the same for all characters, and for one that stands for those never seen.

    Args:
        text: what is counted; order: the longest n.

    Source: Chen and Goodman 1998, sections 2.7 and 3. Derived in: lesson 11.
    """

    def __init__(self, text: str, order: int):
        if not 0 < order < len(text):
            raise ValueError(f"order must lie in 1 … {len(text) - 1}; got {order}")
        self.alphabet = sorted(set(text))
        self._ids = {character: number for number, character in enumerate(self.alphabet)}
        self._size = len(self.alphabet) + 1
        characters, self._levels = self._encode(text), []
        grams = _extend(np.zeros_like(characters), characters, self._size)
        for n in range(1, order + 1):
            longer = _extend(grams.ids[:-1], characters[n:], self._size)
            often = np.bincount(grams.ids)
            varied = np.bincount(grams.ids[1:][longer.first], minlength=len(grams.keys))
            levels = (_level(grams.keys, counts, self._size) for counts in (often, varied))
            self._levels.append(tuple(levels))
            grams = longer

    def probabilities(self, text: str) -> Float[ndarray, "order T"]:
        """Return p_n of each character of a text after those before it, a row for each n."""
        characters = self._encode(text)
        context = np.zeros_like(characters)  # the gram just before each character; −1: never seen
        shorter, rows = np.full(len(text), 1 / self._size), []
        for often, varied in self._levels:
            keys = context * self._size + characters
            gram = np.searchsorted(often.keys, keys).clip(max=len(often.keys) - 1)
            gram[(often.keys[gram] != keys) | (context < 0)] = -1
            rows.append(often.mix(gram, context, shorter))
            shorter = varied.mix(gram, context, shorter)
            context = np.concatenate([[-1], gram[:-1]])
        return np.stack(rows)

    def bits(self, text: str) -> Float[ndarray, " order"]:
        """Mean surprise −log₂ p_n per character of a text, for n = 1 … order."""
        return -np.log2(self.probabilities(text)).mean(axis=1)

    def after(self, context: str) -> dict[str, float]:
        """Probability of each character of the alphabet after a context, by the longest n."""
        return {x: float(self.probabilities(context + x)[-1, -1]) for x in self.alphabet}

    def _encode(self, text: str) -> Int[ndarray, " T"]:
        unseen = len(self.alphabet)
        return np.array([self._ids.get(character, unseen) for character in text], dtype=np.int64)


class _Grams(NamedTuple):
    """The n-grams of a text: a key for each different one, which ends where, and where first."""

    keys: Int[ndarray, " G"]
    first: Int[ndarray, " G"]
    ids: Int[ndarray, " T"]


class _Level(NamedTuple):
    """What the n-grams say: `share` of each gram's own probability, `rest` of each context, γ."""

    keys: Int[ndarray, " G"]
    share: Float[ndarray, " G"]
    rest: Float[ndarray, " C"]

    def mix(self, gram: ndarray, context: ndarray, shorter: ndarray) -> Float[ndarray, " T"]:
        """p_n from p_{n−1}; a gram or context that was never seen is −1."""
        own = np.where(gram < 0, 0.0, self.share[gram])
        return own + np.where(context < 0, 1.0, self.rest[context]) * shorter


def _extend(context: Int[ndarray, " T"], characters: Int[ndarray, " T"], size: int) -> _Grams:
    """Number the grams that are made of a numbered context and one character."""
    return _Grams(*np.unique(context * size + characters, return_index=True, return_inverse=True))


def _level(keys: Int[ndarray, " G"], counts: Int[ndarray, " G"], size: int) -> _Level:
    context = keys // size
    taken = _discounts(counts)[counts.clip(max=3)]
    total, rest = np.bincount(context, counts), np.bincount(context, taken)
    with np.errstate(invalid="ignore"):  # 0 / 0 where a context was never followed
        share, rest = (counts - taken) / total[context], rest / total
    return _Level(keys, np.nan_to_num(share), np.nan_to_num(rest, nan=1.0))


def _discounts(counts: Int[ndarray, " G"]) -> Float[ndarray, " 4"]:
    """What is taken off a count of 0, 1, 2, or 3 and more; Chen and Goodman 1998, equation 26."""
    n = [int((counts == k).sum()) for k in range(5)]
    if not all(n[1:]):
        return np.array(FALLBACK)
    y = n[1] / (n[1] + 2 * n[2])
    found = np.array([0.0] + [k - (k + 1) * y * n[k + 1] / n[k] for k in (1, 2, 3)])
    return found if (found >= 0).all() else np.array(FALLBACK)


class BlankFiller:
    """Fill a blank with what stood between the same neighbours, in windows up to 3 on each side.

    Args:
        sentences: token ids; windows: (neighbours to the left, to the right), each in the next.

    Derived in: lesson 11.
    """

    def __init__(
        self,
        sentences: Iterable[Sequence[int]],
        vocab_size: int,
        windows: Sequence[tuple[int, int]] = WINDOWS,
    ):
        self.windows, self.vocab_size = windows, vocab_size
        self._seen = defaultdict(list)  # a window with its neighbours → what stood between them
        self._counts = {}  # the same counted, once it was asked for
        for sentence in sentences:
            for place, token in enumerate(sentence):
                for context in self._contexts(sentence, place):
                    self._seen[context].append(token)

    def back_off(self, sentence: Sequence[int], place: int) -> int:
        """The commonest token in the widest window whose neighbours were seen."""
        return [found.most_common(1)[0][0] for found in self._found(sentence, place)][-1]

    def mixture(self, sentence: Sequence[int], place: int) -> Float[ndarray, " vocab_size"]:
        """Probability of each token, windows mixed as Witten and Bell (1991) mix n-grams.

        p_w(x) = (c_w(x) + u_w p_{w−1}(x)) / (c_w + u_w),  u_w different tokens in window w
        """
        p = np.full(self.vocab_size, 1 / self.vocab_size)
        for found in self._found(sentence, place):
            p *= len(found)
            p[list(found)] += list(found.values())
            p /= p.sum()
        return p

    def _found(self, sentence: Sequence[int], place: int) -> Iterator[Counter[int]]:
        for context in self._contexts(sentence, place):
            if context in self._seen:
                if context not in self._counts:
                    self._counts[context] = Counter(self._seen[context])
                yield self._counts[context]

    def _contexts(self, sentence: Sequence[int], place: int) -> Iterator[tuple]:
        framed = [-1, -1, -1, *sentence, -2, -2, -2]
        middle = place + 3
        for left, right in self.windows:
            yield left, right, *framed[middle - left : middle], *framed[middle + 1 :][:right]
