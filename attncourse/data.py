"""Real data that is already on the machine.

Nothing here downloads: every set ships with Python or with a package that the course installs, and
is read only when its function is called.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from attncourse.pinned import code_points, docstrings_by_module

Pair = tuple[tuple[str, ...], tuple[str, ...]]  # words, and the words they become

# German writes a number as one word: these are its parts, as they stand in "fünfundvierzig".
_GERMAN_PARTS = (
    "null|hundert|tausend|und|zehn|elf|zwölf|zwanzig|zwei|eins?|drei(?:zehn|ßig)?|"
    "sech(?:s|zehn|zig)|sieb(?:en|zehn|zig)|(?:vier|fünf|acht|neun)(?:zehn|zig)?"
)
_WORD_OF = {"en": re.compile(r"\w+"), "de": re.compile(_GERMAN_PARTS), "fr": re.compile(r"\w+")}


class Example(NamedTuple):
    """The course's running example: a sentence, a row per word, and the query of its last word.

    The embeddings are the rows of `keys`: (animal, sound). `query` is what "barked" asks for.
    """

    words: tuple[str, ...]
    query: Float[np.ndarray, " d_k"]
    keys: Float[np.ndarray, "N d_k"]
    values: Float[np.ndarray, "N d_v"]


def running_example() -> Example:
    """Give the sentence that lessons 01 to 08 share: who barked?

    With one 2 × 2 matrix each, lesson 06 makes all three from the rows of `keys`: W_k is the
    identity, W_v = [[1, 1], [1, -1]], and W_q = [[1, -1], [1, 0]] turns barked's row into `query`.
    """
    words = ("the", "dog", "saw", "the", "cat", "and", "barked")
    keys = np.array([[-1, 0], [3, 1], [-1, -1], [-1, 0], [2, 0], [0, -1], [-1, 2]], dtype=float)
    values = keys @ np.array([[1.0, 1.0], [1.0, -1.0]])
    return Example(words, np.array([1.0, 1.0]), keys, values)


class Patients(NamedTuple):
    """Some patients: what was measured, and how far their diabetes went within a year."""

    features: Float[np.ndarray, "n d"]
    progression: Float[np.ndarray, "n 1"]


def diabetes(
    *columns: str, standardize: bool = False, seed: int = 0
) -> tuple[Patients, Patients, Patients]:
    """Split 442 diabetes patients into 262 to look at, 90 to choose by and 90 to report on.

    Args: columns, some of age sex bmi bp s1 … s6 (default all ten), in their own units;
        standardize, in standard deviations of the first part; seed, of the split.
    Returns: three `Patients`; progression is a clinical score between 25 and 346.
    Source: Efron, Hastie, Johnstone, Tibshirani 2004, "Least angle regression"; scikit-learn.
    """
    from sklearn.datasets import load_diabetes

    table = load_diabetes(scaled=False)
    chosen = [table.feature_names.index(column) for column in columns or table.feature_names]
    order = np.random.default_rng(seed).permutation(len(table.target))
    parts = np.split(order, [262, 352])
    features = table.data[:, chosen]
    if standardize:
        seen = features[parts[0]]
        features = (features - seen.mean(axis=0)) / seen.std(axis=0)
    return tuple(Patients(features[part], table.target[part, None]) for part in parts)


class Halves(NamedTuple):
    """The left and right halves of handwritten digits, 1797 of them; row i belongs to row i."""

    left: Float[np.ndarray, "n 32"]
    right: Float[np.ndarray, "n 32"]
    images: Float[np.ndarray, "n 8 8"]


def digit_halves(seed: int = 0, *, n_train: int = 1200) -> Halves:
    """Cut handwritten digits in two, down the middle: which right half belongs to a left one?

    Args: seed, of their order; n_train, how many are for training: the first ones.
    Returns: halves in standard deviations of the training part (plus one grey level, since some
        pixels never change), and the whole images.
    Source: Alpaydin and Kaynak 1998, "Optical recognition of handwritten digits"; scikit-learn.
    """
    from sklearn.datasets import load_digits

    table = load_digits()
    images = np.random.default_rng(seed).permutation(table.images)  # n 8 8, from 0 to 16
    halves = images[..., :4].reshape(-1, 32), images[..., 4:].reshape(-1, 32)
    scaled = [(h - h[:n_train].mean(0)) / (h[:n_train].std(0) + 1) for h in halves]
    return Halves(*(half.astype(np.float32) for half in scaled), images)


def docstrings() -> list[str]:
    """Read what the modules of Python's standard library say about themselves: real English.

    Returns: each different docstring once, in the order of the modules; the same 4962 on every
        Python from 3.11 to 3.14, see `attncourse.pinned`.
    """
    return [text for texts in docstrings_by_module().values() for text in texts]


def character_names() -> list[str]:
    """Name the characters of Unicode, from SPACE to emoji, in the order of their code points.

    Returns: 27,399 different names without digits, those of Unicode 14 on every Python from 3.11
        on; Chinese characters and Hangul syllables are left out, as rules name them.
    """
    names = (unicodedata.name(chr(code)) for code in code_points())
    return [name for name in names if not re.search(r"\d", name)]


def number_words(number: int, language: str = "en") -> tuple[str, ...]:
    """Say a whole number below a million, word by word; German compounds come in their parts.

    45 is ("forty", "five"), ("fünf", "und", "vierzig") or ("quarante", "cinq").

    Args: number, 0 … 999,999; language, "en", "de" or "fr".
    Source: the package num2words, which is asked once for each thousand and for each rest.
    """
    if language not in _WORD_OF:
        raise ValueError(f"language must be one of {', '.join(_WORD_OF)}; got {language!r}")
    if not 0 <= number < 1_000_000:
        raise ValueError(f"number must lie in 0 … 999999; got {number}")
    thousands, rest = divmod(number, 1000)
    if not thousands:
        return _spoken(rest, language)
    said_before = len(_spoken(1000, language))
    after = _spoken(1000 + rest, language)[said_before:] if rest else ()
    return _spoken(1000 * thousands, language) + after


def number_pairs(language: str = "de", *, n: int = 22_000, seed: int = 0) -> list[Pair]:
    """Put numbers in English beside the same numbers in another language, each number once.

    Args: language, "de" or "fr"; n, how many pairs; seed, of which numbers and their order.
    Returns: (English words, words in the language); as many numbers of each count of digits from
        1 to 6 as there are to draw, so about equally many of 4, 5 and 6 digits, in any order.
    """
    rng, numbers = np.random.default_rng(seed), {}
    while len(numbers) < n:
        digits = rng.integers(1, 7, size=n)
        numbers |= dict.fromkeys(rng.integers(10 ** (digits - 1), 10**digits).tolist())
    # Short numbers were drawn first: without this, the last pairs would be long ones only.
    order = rng.permutation(list(numbers)[:n]).tolist()
    return [(number_words(number), number_words(number, language)) for number in order]


def digit_pairs(
    rule: Callable[[Sequence[str]], Iterable[str]],
    *,
    lengths: Sequence[int] = (6,),
    digits: int = 3,
    n: int = 1000,
    seed: int = 0,
) -> list[Pair]:
    """Put rows of random digits beside what a rule makes of them, each row once.

    Args: rule, Python's `sorted` or `reversed`, or any other; lengths, of the rows, each as often
        drawn; digits, how many different ones, at most 10; n, how many rows, fewer where no more
        exist; seed, of the rows and their order.
    """
    rng, rows = np.random.default_rng(seed), {}
    n = min(n, sum(digits**length for length in set(lengths)))
    while len(rows) < n:
        drawn = rng.integers(digits, size=rng.choice(lengths))
        rows[tuple(map(str, drawn))] = None
    return [(row, tuple(rule(row))) for row in rows]


@cache
def _spoken(number: int, language: str) -> tuple[str, ...]:
    from num2words import num2words

    return tuple(_WORD_OF[language].findall(num2words(number, lang=language)))
