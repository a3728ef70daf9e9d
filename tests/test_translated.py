"""The stored map is of a number that nobody trained on, and its words are that number's."""

import numpy as np

from attncourse.data import number_words
from attncourse.tasks import number_task, say
from attncourse.translated import translate_again, translated_number


def test_both_sentences_say_the_same_number():
    translation = translated_number()
    assert translation.english == number_words(5746, "en")
    assert translation.german == number_words(5746, "de")


def test_the_number_is_held_out():
    task, english = number_task("de"), list(translated_number().english)
    assert english in [say(row, task.source_words) for row in task.test.source]
    assert english not in [say(row, task.source_words) for row in task.train.source]


def test_each_german_word_shares_out_one():
    weights = translated_number().weights
    assert weights.shape == (7, 7)
    assert np.allclose(weights.sum(axis=-1), 1, atol=0.03)  # rows of seven rounded numbers


def test_the_stored_map_is_what_lesson_09s_translator_writes():
    stored, again = translated_number(), translate_again()
    assert again.german == stored.german
    assert np.allclose(again.weights, stored.weights, atol=0.03)  # other processors round otherwise
