"""What a lesson says in numbers: each has a source on its page, each claim a measurement."""

import pytest

from attncourse.curriculum import LESSONS
from tests.claims import claim, claims_of, given_by
from tests.claims.record import has_file
from tests.lessons.clocks import clocked_cells
from tests.lessons.numbers import agrees, numbers_without_source, stated, unused_facts
from tests.lessons.page import Cell, lesson_path, plain, read_cells, said

WRITTEN = [lesson for lesson in LESSONS if has_file(lesson)]
MISSING = [lesson for lesson in LESSONS if not has_file(lesson)]


def by_name(lesson):
    return lesson.name


def cells_of(lesson):
    return read_cells(lesson_path(lesson.slug))


# ---- the lessons of this course


@pytest.mark.parametrize("lesson", WRITTEN, ids=by_name)
def test_every_number_in_words_has_a_source(lesson):
    unfound = numbers_without_source(cells_of(lesson), given_by(lesson))
    cure = f"say it from an output, or give its source in tests/claims/{lesson.slug}.py"
    assert not unfound, f"{lesson.name}: {cure}\n" + "\n".join(map(str, unfound))


@pytest.mark.parametrize("lesson", WRITTEN, ids=by_name)
def test_every_given_fact_is_needed(lesson):
    assert unused_facts(cells_of(lesson), given_by(lesson)) == []


@pytest.mark.parametrize("lesson", WRITTEN, ids=by_name)
def test_every_claim_still_stands_in_its_lesson(lesson):
    page = said(cells_of(lesson))
    gone = [found.words for found in claims_of(lesson) if plain(found.words) not in page]
    assert not gone, f"{lesson.name} no longer says: {gone}"


@pytest.mark.parametrize("lesson", LESSONS, ids=by_name)
def test_no_compared_cell_depends_on_a_clock(lesson):
    found = [f"cell {cell.number}, line {line}" for cell, line in clocked_cells(cells_of(lesson))]
    assert not found, f"{lesson.name}: tag `nbval-ignore-output`, or count operations: {found}"


@pytest.mark.parametrize("lesson", MISSING, ids=by_name)
def test_claims_are_written_down(lesson):
    pytest.skip(f"tests/claims/{lesson.slug}.py does not exist yet: numbers are not traced")


# ---- how numbers are found


def code(source, *texts, tags=()):
    outputs = [{"output_type": "stream", "name": "stdout", "text": text} for text in texts]
    return "code", source, outputs, {"tags": list(tags)}


def markdown(text):
    return "markdown", text, [], {}


def page(*parts):
    return [Cell(number, *part) for number, part in enumerate(parts)]


def unfound(*parts, **given):
    return [found.number.text for found in numbers_without_source(page(*parts), given)]


def test_a_number_is_found_in_an_output_as_it_is_rounded():
    output = code("print(share)", "0.8776\n")
    assert unfound(output, markdown("0.88 of them, 88 %, 87.8 %")) == []
    assert unfound(output, markdown("0.87 of them\n\nor 89 %")) == ["0.87", "89"]


def test_about_allows_a_tenth():
    output = code("print(n)", "316")
    assert unfound(output, markdown("about 300")) == []
    assert unfound(output, markdown("300")) == ["300"]
    assert unfound(output, markdown("about 250")) == ["250"]


def test_code_and_formulas_are_sources_and_strings_are_not():
    assert unfound(code("n = 12"), markdown("12 rows, $d = 7$, so 7")) == []
    assert unfound(code("show(ax, 'a hill of 0.8')")) == ["0.8"]
    assert unfound(code("x = f'{y:.2f}'  # 60 in all")) == ["60"]


def test_an_output_does_not_bear_out_its_own_string():
    assert unfound(code("print(f'n = {n} of 90')", "n = 12 of 90")) == ["90"]
    assert unfound(code("print(f'n = {n} of 90', 90)", "n = 12 of 90")) == []


def test_small_whole_numbers_are_exact():
    assert unfound(code("print(x)", "0.62"), markdown("1 of them")) == ["1"]


def test_names_places_and_minutes_are_no_numbers():
    text = (
        "# 04 · GPT-2 in float32\n**Time** about 45 minutes; see sections 3.2.1 and 5, lesson 06."
    )
    assert unfound(markdown(text)) == []


def test_the_references_are_a_source_of_years():
    assert unfound(markdown("In 1964 …"), markdown("## References\n- Watson (1964)")) == []


def test_given_facts_need_a_use():
    text = markdown("65,504 is the largest, 3 the least"), code("n = 3")
    assert unfound(*text, **{"65504": "IEEE 754"}) == []
    assert unused_facts(page(*text), {"65504": "IEEE 754", "3": "seen", "9": "none"}) == ["3", "9"]


@pytest.mark.parametrize(
    ("text", "value"), [("2e-9", 2e-9), ("2 × 10⁻⁹", 2e-9), ("1,000,000", 1e6), (".62", 0.62)]
)
def test_numbers_are_read_as_people_write_them(text, value):
    (number,) = stated(f"it is {text} here")
    assert agrees(number, value)


def test_the_message_says_where_and_what_is_near():
    parts = page(code("print(1)", "0.61"), markdown("first\n\nfound 0.72 of them"))
    (found,) = numbers_without_source(parts, {})
    assert str(found) == (
        "cell 1, line 3: '0.72'; the nearest on the page is 0.61  «found 0.72 of them»"
    )


# ---- how clocks are found


@pytest.mark.parametrize(
    "parts",
    [
        [code("from timeit import repeat"), code("print(min(repeat(f)) > 3)", "True")],
        [code("import time\nt = time.perf_counter()"), code("t > 3", "False")],
        [code("history = train(model)\nprint(history.seconds)", "3")],
        [code("import time\ndef f():\n    return time.time()"), code("print(f())", "3")],
    ],
)
def test_a_compared_cell_with_a_clock_is_found(parts):
    *_, last = page(*parts)
    assert [cell for cell, _ in clocked_cells(page(*parts))] == [last]


def test_a_tagged_cell_and_a_name_used_anew_are_not():
    timed = code("import time\nt = time.time()\nprint(t)", "3", tags=["nbval-ignore-output"])
    assert clocked_cells(page(timed)) == []
    assert clocked_cells(page(timed, code("t = 4"), code("print(t)", "4"))) == []


# ---- what a claim is


def test_a_claim_holds_only_if_it_does_on_every_seed():
    made = claim("x", holds=lambda value, control: value < control)(lambda seed: (seed, 2))
    assert made.run().held == [True, True, False]
    assert not made.run().holds


def test_a_claim_shows_its_spread():
    made = claim("x", holds=lambda value: value > 0, shown=".1f")(lambda seed: seed + 0.5)
    result = made.run()
    assert result.spread(result.values) == "1.5  (0.5 … 2.5)"


def test_a_claim_without_seeds_says_why():
    with pytest.raises(ValueError, match="needs three seeds or a reason"):
        claim("x", holds=bool, seeds=(0,))
    made = claim("x", holds=bool, exact="nothing is drawn")(lambda: 1.0)
    assert made.run().holds


def test_claims_come_in_the_order_of_their_file():
    for lesson in WRITTEN:
        lines = [found.measure.__code__.co_firstlineno for found in claims_of(lesson)]
        assert lines == sorted(lines)
