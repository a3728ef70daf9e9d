"""A stored figure is compared by what it says, not by its pixels."""

import json
from html import escape

import pytest

from attncourse.figures import bars
from tests.notebooks import code, notebook

CELL = "from attncourse.figures import bars\n\nbars({'a': 0.25}, xlabel='share')"


def stored(html, text):
    """A notebook whose only cell was run somewhere else."""
    cell = code(CELL) | {"execution_count": 1}
    data = {"text/html": html, "text/plain": text}
    cell["outputs"] = [
        {"data": data, "execution_count": 1, "metadata": {}, "output_type": "execute_result"}
    ]
    return json.dumps(notebook(cell))


@pytest.mark.parametrize(("value", "outcome"), [(0.25, "passed"), (0.75, "failed")])
def test_other_pixels_pass_and_other_values_fail(pytester, value, outcome):
    picture = bars({"a": value}, xlabel="share")
    html = picture.html.replace("base64,", "base64,AA").replace('width="720"', 'width="719"')
    assert html != picture.html
    (pytester.path / "lesson.ipynb").write_text(stored(html, picture.alt), encoding="utf-8")
    result = pytester.runpytest_inprocess("--nbval", "lesson.ipynb")
    result.assert_outcomes(**{outcome: 1})
    assert escape(picture.alt) in html
