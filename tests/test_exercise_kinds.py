"""What an exercise may ask beside *write it*: predict, mend, derive, assemble."""

import inspect

import pytest
import torch

from attncourse.authoring import release
from attncourse.checks.engine.answer import LocalAnswer
from attncourse.checks.engine.exercise import Case, Exercise, Finding, Law, Mistake
from attncourse.checks.engine.judge import judge


def verdict(exercise, answer, source=""):
    return judge(exercise, LocalAnswer(answer, source))


# predict it ---------------------------------------------------------------------------------------


def shape_of_scores():
    return (2, 5, 7)


PREDICT = Exercise(
    reference=shape_of_scores,
    points=1,
    cases=lambda: [Case("")],
    hints=("How many queries?", "How many keys?"),
    mistakes=(
        Mistake("transposed", "put the keys down", "Queries go down, keys across.", (2, 7, 5)),
        Mistake("no-batch", "forgot the batch", "There are two sentences.", (5, 7), lambda: [5, 7]),
    ),
    verified="one score per query and key, in each of the 2 sentences",
)


@pytest.mark.parametrize("told", [(2, 5, 7), [2, 5, 7], (2.0, 5.0, 7.0)])
def test_a_right_prediction_may_be_written_in_several_ways(told):
    found = verdict(PREDICT, lambda: told)
    assert found
    assert found.message.startswith("1 of 1 points. one score per query and key")


@pytest.mark.parametrize(("told", "id"), [((2, 7, 5), "transposed"), ((5, 7), "no-batch")])
def test_a_wrong_prediction_is_named_by_its_value(told, id):
    assert [finding.id for finding in verdict(PREDICT, lambda: told).findings] == [id]


def test_an_unknown_prediction_is_wrong_and_gets_no_name():
    found = verdict(PREDICT, lambda: (2, 5, 8))
    assert found.state == "not yet"
    assert not any(finding.certainty == "likely" for finding in found.findings)


def median_weight():
    return {"scaled": 0.07, "unscaled": 0.0003}


def test_predicted_numbers_are_compared_as_coarsely_as_the_case_says():
    rough = Exercise(median_weight, 1, lambda: [Case("", rtol=0.1)], ("a", "b"), (), "measured")
    assert verdict(rough, lambda: {"unscaled": 3.1e-4, "scaled": 0.071})
    assert not verdict(rough, lambda: {"unscaled": 3.1e-4, "scaled": 0.09})


# mend it ------------------------------------------------------------------------------------------


def row_shares(weights):
    return weights / weights.sum(-1, keepdim=True)


def given(weights):
    total = weights.sum(0)  # the slip
    return weights / total


MEND = Exercise(
    reference=row_shares,
    points=1,
    cases=lambda: [Case("plain", torch.rand(2, 3, generator=torch.Generator().manual_seed(0)))],
    hints=("Which axis?", "The last one."),
    mistakes=(Mistake("as-given", "summed the columns", "Rows are queries.", given),),
    verified="rows sum to 1",
    given=given,
)
UNTOUCHED = """def row_shares(weights):
    '''Each row, divided by its sum.'''
    total = weights.sum(0)
    return weights / total  # nothing changed but comments
"""


def test_code_to_mend_is_not_attempted_while_it_stands_as_given():
    found = verdict(MEND, given, UNTOUCHED)
    assert found.state == "not attempted"
    assert "Find the slip in row_shares" in found.message


def test_another_wrong_text_is_not_yet():
    text = UNTOUCHED.replace("sum(0)", "sum(dim=0)")
    assert verdict(MEND, given, text).mistakes == ("summed the columns",)


def test_the_mended_code_is_correct():
    assert verdict(MEND, row_shares, inspect.getsource(row_shares))


def test_release_hands_out_the_code_to_mend(tmp_path, monkeypatch):
    declared = tmp_path / "softmax.py"
    declared.write_text(inspect.getsource(given))
    monkeypatch.setattr(release, "file_of", lambda name: declared)
    solution = (
        "def softmax(weights):\n"
        '    """Each row, divided by its sum."""\n'
        "    ### BEGIN SOLUTION\n"
        "    return weights / weights.sum(-1, keepdim=True)\n"
        "    ### END SOLUTION\n"
    )
    handed_out = release.take_out(solution, release.given_body("softmax"))
    assert handed_out.splitlines()[2:] == [
        "    total = weights.sum(0)  # the slip",
        "    return weights / total",
    ]


# derive it ----------------------------------------------------------------------------------------


def slope_of_tanh(x):
    return 1 - torch.tanh(x) ** 2


DERIVE = Exercise(
    reference=slope_of_tanh,
    points=1,
    cases=lambda: [Case("from −2 to 2", torch.linspace(-2, 2, 9, dtype=torch.float64))],
    hints=("tanh is sinh / cosh.", "1 − tanh²"),
    mistakes=(Mistake("no-square", "forgot the square", "1 − tanh²", lambda x: 1 - x.tanh()),),
    verified="nine points",
)


def test_a_derivation_is_right_however_it_is_written():
    assert verdict(DERIVE, lambda x: x.cosh() ** -2)
    assert verdict(DERIVE, lambda x: 1 - x.tanh()).mistakes == ("forgot the square",)


# assemble it --------------------------------------------------------------------------------------


def train(answer, x, unseen):
    """Fit the model to predict each number from those before it; what it says of unseen rows."""
    import torch

    torch.manual_seed(0)
    model = answer().double()
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(100):
        optimiser.zero_grad()
        loss = ((model(x)[:, :-1] - x[:, 1:]) ** 2).mean()
        loss.backward()
        optimiser.step()
    changed = unseen.clone()
    changed[:, -1] += 1
    with torch.no_grad():
        return {"told": model(unseen), "told of another future": model(changed)}


def _ramps(seed, rows):
    start = torch.rand(rows, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return start + torch.arange(6) / 6


class Step(torch.nn.Module):
    """Says the next number from the present one."""

    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(1, 1)

    def forward(self, x):
        return self.linear(x[..., None]).squeeze(-1)


def _past_stays(told, x, unseen):
    return torch.equal(told["told"][:, :-1], told["told of another future"][:, :-1])


def _is_close(told, x, unseen):
    return ((told["told"][:, :-1] - unseen[:, 1:]) ** 2).mean() < 0.01


ASSEMBLE = Exercise(
    reference=Step,
    points=3,
    cases=lambda: [
        Case("unseen rows", _ramps(1, 8), _ramps(2, 4), use=train, seconds=20, exact=False)
    ],
    hints=("Look at the present.", "One line."),
    mistakes=(),
    laws=(
        Law(
            "the past does not change with the future",
            _past_stays,
            Finding("leak", "let the future leak", "What comes later may not be known."),
        ),
        Law("the error on unseen rows is below 0.01", _is_close),
    ),
    verified="error on unseen rows",
)


class Leaking(Step):
    def forward(self, x):
        return torch.cat([x[:, 1:], x[:, :1]], -1) * self.linear.weight[0]


class Deaf(Step):
    def forward(self, x):
        return self.linear(x[..., None] * 0).squeeze(-1)


def test_a_model_is_trained_and_judged_by_what_it_says_of_unseen_data():
    assert verdict(ASSEMBLE, Step)


def test_a_broken_law_names_what_its_failure_proves():
    found = verdict(ASSEMBLE, Leaking)
    assert [(finding.id, finding.certainty) for finding in found.findings] == [("leak", "fact")]


def test_a_law_without_a_name_says_itself():
    assert "the error on unseen rows is below 0.01" in verdict(ASSEMBLE, Deaf).message


@pytest.mark.parametrize("odd", [lambda: None, dict, lambda: torch.nn.Flatten(0)])
def test_what_cannot_be_measured_is_wrong(odd):
    assert verdict(ASSEMBLE, odd).state == "not yet"


def test_a_case_has_its_own_time():
    slow = Exercise(
        reference=shape_of_scores,
        points=1,
        cases=lambda: [Case("slow", seconds=0.2)],
        hints=("a", "b"),
        mistakes=(),
        verified="",
    )

    def sleeps():
        while True:
            pass

    assert verdict(slow, sleeps).mistakes == ("took too long",)
