"""What pytest says about a notebook whose checks are right, wrong, waiting, or that is broken."""

import json
import subprocess
import sys
from fnmatch import fnmatchcase

import numpy as np

from attncourse import check
from attncourse.authoring.release import stub, take_out
from tests.notebooks import SETUP, SOLUTION, code, notebook

WRONG = """def softmax(scores, axis=-1):
    powers = np.exp(scores - scores.max(axis=0, keepdims=True))
    return powers / powers.sum(axis=0, keepdims=True)"""
CORRECT_OUTPUT = {
    "data": {"text/plain": "✓ softmax: correct"},
    "execution_count": 3,
    "metadata": {},
    "output_type": "execute_result",
}


def lesson(answer):
    return notebook(code(SETUP), code(answer), code("check(softmax)"))


def run(pytester, content, *options):
    """Run pytest on one notebook and return its result."""
    text = content if isinstance(content, str) else json.dumps(content)
    (pytester.path / "lesson.ipynb").write_text(text, encoding="utf-8")
    options = options or ("--nbval-lax",)
    return pytester.runpytest_inprocess("-rx", "--color=no", *options, "lesson.ipynb")


def title(result):
    """The title of the first failure."""
    return next(line for line in result.outlines if line.startswith("____"))


def said_first(result):
    """The lines below the title of the first failure."""
    return result.outlines[result.outlines.index(title(result)) + 1 :]


def wrong_message():
    namespace = {"np": np}
    exec(WRONG, namespace)
    return check(namespace["softmax"]).message


def test_stub_is_expected_not_attempted(pytester):
    result = run(pytester, stub(lesson(SOLUTION)))
    result.assert_outcomes(passed=2, xfailed=1)
    result.stdout.fnmatch_lines(["*where you stand*", "not attempted*softmax"])
    result.stdout.fnmatch_lines(["XFAIL *Cell 2 - not attempted: softmax"])


def test_wrong_answer_fails_with_the_message_first(pytester):
    result = run(pytester, lesson(WRONG))
    result.assert_outcomes(passed=2, failed=1)
    assert said_first(result)[0] == wrong_message().splitlines()[0]
    assert "Traceback" not in result.stdout.str()


def test_right_answer_passes(pytester):
    result = run(pytester, lesson(SOLUTION))
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["*where you stand*", "correct*softmax"])


def test_wrong_answer_comes_before_differing_outputs(pytester):
    stored = lesson(WRONG)
    stored["cells"][2] |= {"execution_count": 3, "outputs": [CORRECT_OUTPUT]}
    result = run(pytester, stored, "--nbval")
    result.assert_outcomes(passed=2, failed=1)
    assert said_first(result)[0] == wrong_message().splitlines()[0]
    assert any("Cell outputs differ" in line for line in said_first(result))


def test_solution_that_became_a_stub_fails_where_outputs_are_compared(pytester):
    stored = stub(lesson(SOLUTION))
    stored["cells"][2] |= {"execution_count": 3, "outputs": [CORRECT_OUTPUT]}
    run(pytester, stored, "--nbval").assert_outcomes(passed=2, failed=1)


IMPORT = "from attncourse.checks.engine.verdict import Verdict"


def test_lesson_may_show_a_check_that_says_not_yet(pytester):
    verdict = f"{IMPORT}\nVerdict('softmax', 'not yet', note='No.')"
    run(pytester, notebook(code(verdict)), "--nbval").assert_outcomes(failed=1)
    namespace = {}
    exec(verdict.replace("Verdict('", "shown = Verdict('"), namespace)
    data = namespace["shown"]._repr_mimebundle_()
    output = CORRECT_OUTPUT | {"data": data}
    shown = notebook(code(verdict) | {"execution_count": 1, "outputs": [output]})
    run(pytester, shown, "--nbval").assert_outcomes(passed=1)
    run(pytester, shown, "--nbval-lax").assert_outcomes(failed=1)


def test_check_that_passes_on_a_stub_is_caught(pytester):
    verdict = f"{IMPORT}\nVerdict('softmax', 'correct', note='Yes.')"
    result = run(pytester, notebook(code(SETUP), code(take_out(SOLUTION)), code(verdict)))
    result.assert_outcomes(passed=2, failed=1)
    assert said_first(result)[0] == "The check says correct, but this is still the stub."


def without(cell, part):
    return {key: value for key, value in cell.items() if key != part}


BROKEN = {
    "is not JSON: line 1, *": "{ this is no notebook",
    "is JSON, but no notebook: it does not say its nbformat": [1, 2],
    "has notebook format 3; *": {"nbformat": 3, "worksheets": [], "metadata": {}},
    "has no list of cells or no metadata": {"nbformat": 4, "metadata": {}},
    "has a cell (number 1) without outputs": notebook(without(code("1"), "outputs")),
    "asks for the kernel 'fortran'; installed: *": notebook(code("1"))
    | {"metadata": {"kernelspec": {"name": "fortran"}}},
}


def test_each_broken_notebook_fails_with_one_line(pytester):
    for number, content in enumerate(BROKEN.values()):
        text = content if isinstance(content, str) else json.dumps(content)
        (pytester.path / f"{number}.ipynb").write_text(text, encoding="utf-8")
    result = pytester.runpytest_inprocess("--nbval-lax", "--color=no")
    result.assert_outcomes(failed=len(BROKEN))
    expected = [f"{number}.ipynb {line}" for number, line in enumerate(BROKEN)]
    reports = result.outlines[result.outlines.index(title(result)) :]
    for heading, line, pattern in zip(reports[::2], reports[1::2], expected, strict=False):
        assert heading.startswith("____")
        assert fnmatchcase(line, pattern)


def test_without_nbval_notebooks_are_left_alone(pytester):
    result = run(pytester, "{ this is no notebook", "-p", "no:cacheprovider")
    result.assert_outcomes()


def test_old_files_kept_by_reset_are_not_collected(pytester):
    (pytester.path / "lesson.before-reset-1.ipynb").write_text("{", encoding="utf-8")
    result = pytester.runpytest_inprocess("--nbval-lax")
    result.assert_outcomes()


def test_plugin_loads_nothing_heavy():
    code = (
        "import sys, attncourse.authoring.nbval_plugin\n"
        "print(sorted({'numpy', 'torch', 'nbformat', 'nbval'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
