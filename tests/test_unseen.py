"""Of the answers that nobody here had seen, right ones are accepted and wrong ones are not.

A fixed sample, spread over all exercises: every eighth right and every sixteenth wrong answer,
none of those that a check trains; `python -m tests.unseen` judges them all.
"""

import pytest

from attncourse.checks import check
from tests.unseen import FILES, answer, collected

TRAINED = ("Transformer", "GPT")
SAMPLED = [file for file in FILES if file.stem not in TRAINED]


def verdict(found, one, name):
    return check(answer(found["setup"], one["source"], name), name)


@pytest.mark.parametrize("file", SAMPLED, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_right_answers_are_accepted(file):
    found = collected(file)
    for number, one in list(enumerate(found["right"]))[::8]:
        told = verdict(found, one, file.stem)
        assert told, f"right answer {number}:\n{told}"


@pytest.mark.parametrize("file", SAMPLED, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_wrong_answers_are_refused(file):
    found = collected(file)
    nameable = [pair for pair in enumerate(found["wrong"]) if pair[1]["nameable"]]
    for number, one in nameable[::16]:
        told = verdict(found, one, file.stem)
        assert not told, f"wrong answer {number}, {one['truth']}"
        assert "stumbled" not in told.note, str(told)
