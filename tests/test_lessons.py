"""The form of a lesson: real predictions, no answer to copy, pictures rather than plotting code."""

import pytest

from attncourse import guess
from attncourse.curriculum import LESSONS
from tests.claims.record import has_file
from tests.lessons.copies import copied_answers, definitions
from tests.lessons.form import GUESS, drawing_share, is_collapsed, predictions
from tests.lessons.page import Cell, lesson_path, read_cells

# A lesson whose claims are written down has the form that this course wants.
LESSONS = [lesson for lesson in LESSONS if has_file(lesson)]
MOST_CELLS, MOST_DRAWING = 45, 0.3


def by_name(lesson):
    return lesson.name


def cells_of(lesson):
    return read_cells(lesson_path(lesson.slug))


# ---- the lessons of this course


@pytest.mark.parametrize("lesson", LESSONS, ids=by_name)
def test_nothing_that_a_lesson_defines_answers_an_exercise(lesson):
    assert list(copied_answers(cells_of(lesson))) == []


@pytest.mark.parametrize("lesson", LESSONS, ids=by_name)
def test_predictions_are_closed_and_wait_for_a_guess(lesson):
    asked = list(predictions(cells_of(lesson)))
    assert 2 <= len(asked) <= 4
    given_away = [code.number for _, code in asked if not is_collapsed(code)]
    assert given_away == [], 'these cells need the metadata {"jupyter": {"outputs_hidden": true}}'
    silent = [code.number for _, code in asked if code.source.split("\n")[0] != GUESS]
    assert silent == [], f"the first line of these cells must be {GUESS!r}"


@pytest.mark.parametrize("lesson", LESSONS, ids=by_name)
def test_lessons_are_short_and_pictures_lead(lesson):
    cells = cells_of(lesson)
    assert len(cells) <= MOST_CELLS
    assert drawing_share(cells) <= MOST_DRAWING


# ---- how these are found


def page(*sources):
    return [Cell(number, "code", source, [], {}) for number, source in enumerate(sources)]


def test_a_renamed_answer_is_found():
    shown = page(
        "import numpy as np\nslow = train()",
        "def turned(x):\n    return np.swapaxes(x, -1, -2)",
        "def reversed_axes(x):\n    return x.T",
    )
    assert list(copied_answers(shown)) == ["turned answers swap_last_two"]


def test_a_lambda_counts_and_a_function_that_needs_results_does_not_stop_the_search():
    shown = page("f = lambda x: x", "def g(x):\n    return x @ missing", "y = f(3)")
    assert set(definitions(shown)) == {"f", "g"}


def test_a_prompt_finds_its_cell():
    cells = [
        Cell(0, "markdown", "> **Predict before you run.** What is 1 + 1?", [], {}),
        Cell(1, "code", f"{GUESS}\n1 + 1", [], {"jupyter": {"outputs_hidden": True}}),
    ]
    assert [(a.number, b.number) for a, b in predictions(cells)] == [(0, 1)]
    assert is_collapsed(cells[1])


def test_a_closed_output_shows_no_more_than_the_guess(capsys):
    guess("")
    guess("about 3")
    assert capsys.readouterr().out == "Your guess: none yet\nYour guess: about 3\n"


def test_lines_that_draw_are_counted_through_the_names_they_make():
    shown = page(
        "from matplotlib.pyplot import gca as new_axes\nfrom math import pi",
        "ax = new_axes()\nx = [\n    1,\n    pi,\n]",
        "ax.plot(x)",
    )
    assert drawing_share(shown) == pytest.approx(2 / 8)
