"""How a verdict shows what it found: printed values are Python, shading, folds, replay."""

import re

import numpy as np
import pytest
import torch

from attncourse import check, hint
from attncourse.checks import exercise, session
from attncourse.checks.engine.case import Case
from attncourse.checks.engine.observe import observe
from attncourse.checks.engine.outcome import Outcome
from attncourse.checks.engine.page import WRONG, as_html
from attncourse.checks.engine.shown import show, shown_result
from attncourse.multihead import MultiHeadAttention as RightMultiHead


def softmax(scores, axis=-1):
    """The last entry of each row doubled before it is normalised."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    powers[..., -1] *= 2
    return powers / powers.sum(axis=axis, keepdims=True)


class MultiHeadAttention(RightMultiHead):
    """All values as if they were positive."""

    def forward(self, query, key, value, mask=None):
        output, weights = super().forward(query, key, value, mask)
        return output.abs(), weights


PRINTED = [
    np.array([1000.0, 998.5, -997.0]),
    np.array([[0.0, np.inf], [-np.inf, np.nan]]),
    np.array([1e-9, 0.5, 1e6]),
    np.arange(24).reshape(2, 3, 4),
    np.arange(30.0),
    np.ones((2, 3), np.float32),
    np.empty((0, 3)),
    np.array([[True], [False]]),
    torch.tensor(2.5),
    torch.tensor([[1.0, -torch.inf]], dtype=torch.float64),
    torch.ones(2, 2, dtype=torch.float16),
    torch.ones(3, dtype=torch.bfloat16),
    torch.arange(4),
    [1, (2.5, "dog"), {"a": np.ones(2)}, None],
]


@pytest.mark.parametrize("value", PRINTED, ids=str)
def test_what_is_printed_is_python(value):
    again = eval(show(value).code, {"np": np, "torch": torch})
    assert type(again) is type(value)
    if hasattr(value, "shape"):
        assert again.shape == value.shape
        assert again.dtype == value.dtype
        one, other = (observe(x).value.astype(float) for x in (again, value))
        np.testing.assert_allclose(one, other, rtol=1e-4)
    else:
        assert repr(again) == repr(value)


def test_what_is_no_data_is_told_by_its_kind():
    assert show(torch.Generator(), "generator").about == "a Generator"
    assert show(lambda x: x).code == ""


def test_of_a_very_large_array_only_the_shape_is_shown():
    shown = show(np.ones((40, 40)), "scores")
    assert (shown.about, shown.code) == ("array of shape (40, 40), float64", "")


def result(right, came):
    """What is shown of a result, beside the right one."""
    outcomes = (Outcome(observe(np.array(x))) for x in (right, came))
    return shown_result(exercise("softmax"), Case("plain"), *outcomes)[0]


def test_wrong_entries_are_counted_row_by_row_and_told_in_words():
    assert result([[1.0, 2], [3, 4]], [[1.0, 9], [3, 4]]).wrong == (1,)
    assert result([[1.0, 2], [3, 4]], [[1.0, 9], [3, 4]]).fault == "1 of 4 entries, in row 0"
    assert result([[1.0, 2], [3, 4]], [[1.0, 2], [5, 6]]).fault == "wrong: row 1"
    assert result([1.0, 2.0, 3.0], [0.0, 2.0, 0.0]).fault == "wrong: entries 0 and 2"
    assert result([1.0, 2.0], [0.0, 0.0]) == result([3.0, 2.0], [0.0, 0.0])
    assert result([1.0, 2.0], [0.0, 0.0]).fault == "every entry is wrong"
    assert result([1.0, 2.0], [1.0, 2.0]).fault == ""
    assert result([1.0, 2.0], [1.0]).wrong == ()


def test_of_true_and_false_whole_rows_are_marked_so_that_no_answer_is_told():
    shown = result([[True, False], [True, True]], [[True, True], [True, True]])
    assert (shown.wrong, shown.fault) == ((0, 1), "wrong: row 0")
    shown = result([[True, False], [False, True]], [[True, True], [True, True]])
    assert shown.fault == "every row is wrong"  # not every entry: two are right


def test_shading_marks_the_wrong_entries_and_no_other():
    found = check(softmax).record()
    found["case"]["output"] = [show(np.array([[0.1, 0.2], [0.3, 0.4]])).__dict__ | {"wrong": [2]}]
    assert re.findall(rf'<span style="{re.escape(WRONG)}">([^<]*)</span>', as_html(found)) == [
        "0.3"
    ]


def test_no_piece_of_a_value_reaches_a_page_as_html():
    found = check(softmax).record()
    part = {"name": "<i>", "about": "<b> of shape <i>, <u>", "code": "<b>[<i>, <u>]"}
    part |= {"wrong": [1], "fault": "<b>", "large": False}
    for told in ([part], [part | {"wrong": [], "large": True}], [part | {"about": "<b>"}]):
        found["case"]["output"] = told
        assert not re.search("<[bu]>|<i>", as_html(found))


def test_large_arrays_are_folded_on_a_page_and_told_by_shape_in_text():
    verdict = check(MultiHeadAttention)
    shown = as_html(verdict.record())
    assert "<code>query</code>: " in shown[shown.index("<summary") :]
    assert "# query: tensor of shape (3, 5, 6), float64\n" in verdict.message
    assert "query = " not in verdict.message


def test_hints_open_one_inside_the_other():
    hints = exercise("softmax").hints
    shown = check(softmax)._repr_mimebundle_()["text/html"]
    assert shown.count("<summary") == len(hints)
    assert shown.endswith("</details>" * len(hints) + "</div>")


def test_hints_set_code_as_code():
    assert "`" not in hint("softmax")._repr_mimebundle_()["text/html"]


def test_an_answer_runs_again_on_the_case_with_the_line_that_is_printed():
    verdict = check(softmax)
    assert verdict.again == "softmax(*check(softmax).case)"
    namespace = {"check": check, "softmax": softmax}
    np.testing.assert_array_equal(eval(verdict.again, namespace), softmax(*verdict.case.args))


def test_the_laws_that_a_result_breaks_are_at_hand():
    broken = check(lambda scores, axis=-1: scores - 100.0, "softmax").expected_properties
    assert "the weights sum to 1 along the axis" in broken
    assert check(softmax).expected_properties == ()


def test_a_class_runs_again_with_the_parameters_of_the_check():
    verdict = check(MultiHeadAttention)
    again = "check(MultiHeadAttention).case.replay(MultiHeadAttention)"
    assert again in verdict.message
    output, _ = verdict.case.replay(MultiHeadAttention)
    assert verdict.case.output[0].about == f"tensor of shape {tuple(output.shape)}, float64"


def test_the_case_survives_an_answer_that_changes_its_argument():
    case = check(softmax).case
    case.args[0][:] = 0.0
    assert case.args[0].any()


def test_an_answer_by_another_name_runs_again_by_that_name():
    mine = softmax
    verdict = check(mine, "softmax")
    assert verdict.again in ("softmax(*check(softmax).case)", "mine(*check(mine).case)")
    assert check(lambda scores, axis=-1: scores, "softmax").again == ""


def test_a_cell_that_waits_for_a_correct_answer_says_so(monkeypatch, capsys):
    assert not check(softmax)
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(session, "notebook_shell", lambda: object())
    assert not check(softmax)
    assert capsys.readouterr().out == (
        "○ This cell waits for a correct softmax: its check says not yet.\n"
    )


def test_a_rule_is_told_once():
    def causal_mask(T):
        return torch.ones(T, T, dtype=torch.bool).tril() | (torch.arange(T) == 2)

    rule = "the first query sees only itself"
    assert check(causal_mask).message.count(rule) == 1
