"""One table of words: complete, in the lessons that it names, and the page is made from it."""

import pytest

from attncourse.curriculum import LESSONS
from attncourse.glossary import PAGE, page, terms
from tests.lessons.page import lesson_path, read_cells, said


def test_the_page_is_made_from_the_table():
    assert PAGE.read_text("utf-8") == page(), "run `make release`"


@pytest.mark.parametrize("term", terms(), ids=lambda term: term.name)
def test_a_term_is_a_sentence_about_a_word_of_its_lesson(term):
    (lesson,) = (lesson for lesson in LESSONS if lesson.number == term.lesson)
    assert term.means[0].isupper()
    assert term.means.endswith(".")
    assert "|" not in term.means + term.papers
    text = said(read_cells(lesson_path(lesson.slug))).lower()
    assert term.name.lower() in text, f"{lesson.name} does not use the word {term.name!r}"
