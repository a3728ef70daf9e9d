"""Laws of the data: it is what its source says, once each, and the same on every call."""

import unicodedata

import numpy as np
import pytest
from num2words import num2words

from attncourse.data import (
    character_names,
    digit_pairs,
    docstrings,
    number_pairs,
    number_words,
    running_example,
)

SPLIT = {"en": " ", "de": "", "fr": " "}


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_number_words_are_those_of_num2words(language):
    for number in (*range(0, 130), 999, 1000, 1001, 80_000, 200_000, *range(1100, 10**6, 7919)):
        said = num2words(number, lang=language).replace("-", " ").replace(",", "")
        assert SPLIT[language].join(number_words(number, language)) == said


def test_german_says_the_units_first():
    assert number_words(45) == ("forty", "five")
    assert number_words(45, "de") == ("fünf", "und", "vierzig")
    assert number_words(45, "fr") == ("quarante", "cinq")


def test_what_cannot_be_said_is_refused():
    with pytest.raises(ValueError, match="number must lie in 0 … 999999; got 1000000"):
        number_words(1_000_000)
    with pytest.raises(ValueError, match="language must be one of en, de, fr; got 'tlh'"):
        number_words(1, "tlh")


def test_number_pairs_are_different_and_repeat_with_the_seed():
    pairs = number_pairs("de", n=3000)
    assert len(set(pairs)) == 3000
    assert pairs == number_pairs("de", n=3000)
    assert pairs != number_pairs("de", n=3000, seed=1)


def test_number_pairs_are_short_and_long():
    lengths = [len(german) for _, german in number_pairs("de", n=3000)]
    for part in (lengths[:1500], lengths[1500:]):
        assert min(part) == 1
        assert max(part) == 11


def test_digit_pairs_follow_the_rule_and_never_repeat():
    pairs = digit_pairs(sorted, lengths=(2, 3), digits=4, n=10**6)
    assert len(set(pairs)) == len(pairs) == 4**2 + 4**3
    assert all(sorted(row) == list(answer) for row, answer in pairs)
    assert digit_pairs(reversed, n=1)[0][0][::-1] == digit_pairs(reversed, n=1)[0][1]


def test_character_names_are_unicodes_and_different():
    names = character_names()
    assert names[0] == "SPACE"
    assert "GREEK SMALL LETTER ALPHA" in names
    assert len(set(names)) == len(names) > 25_000
    assert all(unicodedata.lookup(name) for name in names[::97])


def test_character_names_leave_out_those_made_by_rule():
    assert not [name for name in character_names() if "IDEOGRAPH-" in name or "7" in name]


def test_docstrings_are_long_and_different():
    texts = docstrings()
    assert len(set(texts)) == len(texts) > 2000
    assert sum(map(len, texts)) > 500_000


def test_the_running_example_is_made_of_one_row_per_word():
    example = running_example()
    assert example.words == ("the", "dog", "saw", "the", "cat", "and", "barked")
    assert example.keys.shape == example.values.shape == (7, 2)
    assert np.array_equal(example.keys[0], example.keys[3])
    assert np.array_equal(example.keys[-1] @ [[1, -1], [1, 0]], example.query)


def test_the_three_scores_of_lesson_03_disagree_on_the_running_example():
    words, query, keys, _ = running_example()
    dot = keys @ query
    distance = np.square(keys - query).sum(-1)
    assert (words[dot.argmax()], words[distance.argmin()]) == ("dog", "cat")
    assert keys[4] @ keys[1] > keys[4] @ keys[4]  # the cat prefers the dog to itself
