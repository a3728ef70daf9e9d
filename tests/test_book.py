"""The book: everything that a lesson says is in it, folded texts at the end, the same each time."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from attncourse.authoring.book.build import book, build_book, typeset
from attncourse.authoring.book.folds import Folds, hints
from attncourse.authoring.book.pictures import outputs
from attncourse.curriculum import LESSONS, find_lesson
from tests.lessons.page import lesson_path, read_cells

ROOT = Path(__file__).parents[1]
printed = pytest.mark.skipif(not find_spec("typst"), reason="NOT TESTED: make .venv/book")
FOLDED = "Before.\n\n<details><summary>Why?</summary>\n\nBecause.\n\n</details>\n\nAfter."


def test_what_is_folded_goes_to_the_end_linked_both_ways():
    folds = Folds(4)
    here = folds.unfold(FOLDED)
    assert "Because." not in here
    assert here.index("Before.") < here.index("#answer-04-1") < here.index("After.")
    assert "[04.1](#asked-04-1) · Why? {#answer-04-1}" in folds.texts[0]
    assert folds.texts[0].endswith("Because.")


def test_hints_are_numbered():
    fold = "<details>\n<summary>Hint 1</summary>\n\n{}\n\n</details>\n\n"
    assert hints(fold.format("Look.") + fold.format("Count.")) == "1.  Look.\n2.  Count."


def test_a_drawing_becomes_a_file_with_its_text(tmp_path):
    cell = next(
        c for c in read_cells(lesson_path("scaled_dot_product")) if "<img" in str(c.outputs)
    )
    text = outputs({"outputs": cell.outputs}, "x", tmp_path)
    assert "#drawing(" in text
    assert "becomes certain about noise" in text
    assert next(tmp_path.glob("x-*.svg")).read_text("utf-8").startswith("<svg")


def test_every_lesson_has_one_title_and_every_prediction_an_answer(tmp_path):
    text = book(ROOT, tmp_path, LESSONS)
    titles = [line for line in text.splitlines() if line.startswith("# ") and "{#" in line]
    assert len(titles) == len(LESSONS) + 3  # answers, solutions, glossary
    assert text.count("{#asked-") == text.count("{#answer-") > 60
    assert "BEGIN SOLUTION" not in text
    assert "Your guess:" not in text


@printed
def test_the_same_lessons_give_the_same_pages(tmp_path):
    lessons = tuple(map(find_lesson, ("0", "4")))
    for name in ("one.pdf", "two.pdf"):
        build_book(ROOT, tmp_path / name, lessons)
    first, second = ((tmp_path / name).read_bytes() for name in ("one.pdf", "two.pdf"))
    assert first == second
    assert first.startswith(b"%PDF")


@printed
def test_every_formula_of_the_course_can_be_typeset(tmp_path):
    import typst

    text = typeset(book(ROOT, tmp_path, LESSONS))
    formulas = [line for line in text.splitlines() if line.startswith("$ ")]
    (tmp_path / "all.typ").write_text("\n\n".join(formulas), "utf-8")
    assert len(formulas) > 100
    assert typst.compile(tmp_path / "all.typ").startswith(b"%PDF")
