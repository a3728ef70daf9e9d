"""Of the answers that nobody here had seen, right ones are accepted and wrong ones are not.

Every second right and every fourth wrong one here; `python -m tests.unseen` judges them all.
"""

import pytest

from attncourse.checks import check
from tests.unseen import FILES, answer, collected


def verdict(found, one, name):
    return check(answer(found["setup"], one["source"], name), name)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_right_answers_are_accepted(file):
    found = collected(file)
    for number, one in list(enumerate(found["right"]))[::2]:
        told = verdict(found, one, file.stem)
        assert told, f"right answer {number}:\n{told}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_wrong_answers_are_refused(file):
    found = collected(file)
    for number, one in list(enumerate(found["wrong"]))[::4]:
        told = verdict(found, one, file.stem)
        assert not told, f"wrong answer {number}, {one['truth']}"
        assert "stumbled" not in told.note, str(told)
