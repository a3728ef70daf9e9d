"""From characters to tokens to vectors.

A *token* is a piece of text that has a vector of its own. Byte-pair encoding (BPE) finds pieces
that occur often: it starts from characters and, again and again, joins the two neighbours that
stand together most often. Here `words` is a dictionary: a word, split into its tokens → how often
it occurs, so {("l", "o", "w"): 5} says that "low" occurs five times and has three tokens.
"""

import heapq
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from jaxtyping import Float, Int
from torch import Tensor

Word = tuple[str, ...]
Pair = tuple[str, str]

# A word takes the one space before it along; signs and longer white space are words of their own.
_WORD = re.compile(r" ?\w+| ?[^\w\s]+|\s+(?!\S)|\s")


def split_words(text: str) -> list[str]:
    """Cut a text into words, each with the space before it; joined, they are the text again."""
    return _WORD.findall(text)


def count_words(text: str) -> dict[Word, int]:
    """Count the words of a text, each split into its characters: where BPE begins."""
    return {tuple(word): count for word, count in Counter(split_words(text)).items()}


def count_pairs(words: dict[Word, int]) -> Counter[Pair]:
    """Count how often two tokens are adjacent: count(a, b) = Σ_words count · #(a b in word).

    Pairs overlap ("a a a" has the pair (a, a) twice) and never reach across two words.

    Args:
        words: a word, split into its tokens → how often it occurs.

    Source: Sennrich, Haddow and Birch 2016, algorithm 1. Derived in: lesson 05.
    """
    pairs = Counter()
    for word, count in words.items():
        for pair in pairwise(word):
            pairs[pair] += count
    return pairs


def best_pair(pairs: dict[Pair, int]) -> Pair:
    """Find the most frequent pair; among equals, the first in the order of Python's `<`."""
    if not pairs:
        raise ValueError("the best of no pairs is undefined; got 0 pairs")
    return min(pairs, key=lambda pair: (-pairs[pair], pair))


def merge_pair(words: dict[Word, int], pair: Pair) -> dict[Word, int]:
    """Join a pair into one token wherever it occurs, in every word from left to right.

    Args:
        words: a word, split into its tokens → how often it occurs; left as it is.
        pair: two tokens; where they are adjacent, in this order, they become one.

    Returns: new words; two that became the same have added their counts.
    Source: Sennrich, Haddow and Birch 2016, algorithm 1. Derived in: lesson 05.
    """
    merged = Counter()
    for word, count in words.items():
        merged[_join(word, pair)] += count
    return dict(merged)


def train_bpe(words: dict[Word, int], n_merges: int) -> list[Pair]:
    """Learn merges: join the best pair, count again, `n_merges` times or until no pair is left.

    The counts are kept up to date: a merge changes only the words that contain its pair.

    Args:
        words: a word, split into its tokens → how often it occurs.

    Returns: the merges in the order in which they were learned, as repeated `merge_pair` of the
        `best_pair` finds them.
    Source: Sennrich, Haddow and Birch 2016, section 3.2. Derived in: lesson 05.
    """
    if n_merges < 0:
        raise ValueError(f"n_merges must not be negative; got {n_merges}")
    spelled, counts, pairs = list(words), list(words.values()), count_pairs(words)
    places = defaultdict(set)  # pair → numbers of the words that contain it, or once did
    for number, word in enumerate(spelled):
        for pair in pairwise(word):
            places[pair].add(number)
    queue = [(-count, pair) for pair, count in pairs.items()]
    heapq.heapify(queue)
    merges = []
    while queue and len(merges) < n_merges:
        count, pair = heapq.heappop(queue)
        if count < 0 and -count == pairs[pair]:  # otherwise an old entry, counted again since
            merges.append(pair)
            for changed in _merge_in_place(pair, places, spelled, counts, pairs):
                heapq.heappush(queue, (-pairs[changed], changed))
    return merges


def encode(text: str, merges: Iterable[Pair]) -> list[str]:
    """Split a text into tokens: each word into characters, then every merge in its order.

    Characters that were never seen stay single. The tokens, joined, are the text.

    Args:
        text: any text; merges never reach across two of its words.
        merges: pairs in the order in which they were learned.

    Source: Sennrich, Haddow and Birch 2016, section 3.2. Derived in: lesson 05.
    """
    merges, ranks = list(merges), defaultdict(list)
    for rank, pair in enumerate(merges):
        ranks[pair].append(rank)
    words = split_words(text)
    spelled = {word: _spell(word, merges, ranks) for word in set(words)}
    return [token for word in words for token in spelled[word]]


def decode(tokens: Iterable[str]) -> str:
    """Join tokens to the text they came from."""
    return "".join(tokens)


def embed(
    tokens: Int[Tensor, "*batch T"], table: Float[Tensor, "V d_model"]
) -> Float[Tensor, "*batch T d_model"]:
    """Look up the vector of each token: x_t = table[token_t], the same as one-hot(token_t) @ table.

    Args:
        tokens: numbers from 0 to V − 1.
        table: one row per token of the vocabulary; its gradient reaches only rows looked up.

    Raises: ValueError if a token has no row.
    Source: Bengio et al. 2003, section 2 (the matrix C). Derived in: lesson 05.
    """
    if tokens.numel() and not 0 <= tokens.min() <= tokens.max() < len(table):
        got = f"{tokens.min()} … {tokens.max()}"
        raise ValueError(f"tokens must lie in 0 … {len(table) - 1}; got {got}")
    return table[tokens]


class Vocabulary:
    """Numbers for tokens: the place of each in a list without repetitions."""

    def __init__(self, tokens: Iterable[str], *, unknown: str | None = None):
        """Number tokens in the order of their first appearance.

        Args:
            unknown: the token that stands in for all that are not in the list; None: none may.
        """
        first = () if unknown is None else (unknown,)
        self.tokens = list(dict.fromkeys((*first, *tokens)))
        self.unknown = unknown
        self._ids = {token: number for number, token in enumerate(self.tokens)}

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, token: str) -> bool:
        return token in self._ids

    def encode(self, tokens: Iterable[str]) -> list[int]:
        """Number of each token; a ValueError names one that has none."""
        return [self._number(token) for token in tokens]

    def decode(self, ids: Iterable[int]) -> list[str]:
        """Token of each number."""
        return [self.tokens[number] for number in ids]

    def _number(self, token: str) -> int:
        number = self._ids.get(token, self._ids.get(self.unknown))
        if number is None:
            raise ValueError(f"every token must be in the vocabulary; got {token!r}")
        return number


class Tokenizer:
    """Any text to numbers and back: 256 bytes, then one token per merge.

    A token without a number of its own (a rare "é", a Chinese sign) is written as its UTF-8 bytes,
    so nothing is ever unknown.
    """

    def __init__(self, merges: Iterable[Pair]):
        self.merges = list(merges)
        learned = ("".join(pair).encode() for pair in self.merges)
        self.pieces = list(dict.fromkeys([*(bytes([byte]) for byte in range(256)), *learned]))
        self._ids = {piece: number for number, piece in enumerate(self.pieces)}

    def __len__(self) -> int:
        return len(self.pieces)

    def encode(self, text: str) -> list[int]:
        """Numbers of the tokens of a text, or of the bytes of those that have none."""
        spelled = (token.encode() for token in encode(text, self.merges))
        known = ([self._ids[piece]] if piece in self._ids else piece for piece in spelled)
        return [number for numbers in known for number in numbers]

    def decode(self, ids: Iterable[int]) -> str:
        """Text of the numbers; bytes that are no UTF-8, as a model may write them, become �."""
        return b"".join(self.pieces[number] for number in ids).decode(errors="replace")


def _join(word: Word, pair: Pair) -> Word:
    """The word with each occurrence of the pair joined, from left to right."""
    first, second = pair
    if first not in word or second not in word:
        return word
    joined, start = [], 0
    while start < len(word):
        found = word[start : start + 2] == pair
        joined.append(first + second if found else word[start])
        start += 2 if found else 1
    return tuple(joined)


def _spell(word: str, merges: Sequence[Pair], ranks: dict[Pair, list[int]]) -> Word:
    """The word after all merges; skips from one merge that changes it to the next."""
    tokens, done = tuple(word), -1
    while later := [r for pair in pairwise(tokens) for r in ranks.get(pair, ()) if r > done]:
        done = min(later)
        tokens = _join(tokens, merges[done])
    return tokens


def _merge_in_place(pair, places, spelled, counts, pairs) -> set[Pair]:
    """Join a pair in the words that contain it; returns the pairs whose counts changed."""
    changed = set()
    for number in places.pop(pair):
        for old in pairwise(spelled[number]):
            pairs[old] -= counts[number]
            changed.add(old)
        spelled[number] = _join(spelled[number], pair)
        for new in pairwise(spelled[number]):
            pairs[new] += counts[number]
            places[new].add(number)
            changed.add(new)
    return changed
