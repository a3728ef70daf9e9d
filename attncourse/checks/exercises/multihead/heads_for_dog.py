"""Design two heads by hand: what did the dog do?"""

import torch

from attncourse.checks.engine.exercise import Case, Exercise, Finding, Law
from attncourse.data import running_example

_SURE = 0.75
_KEYS = torch.tensor(running_example().keys)
_DOG, _SAW, _BARKED = 1, 2, 6


def heads_for_dog():
    """W_q and W_k (2 × 2): head 1 of "dog" finds "barked", head 2 finds "saw"."""
    W_q = torch.tensor([[1.0, 1.0], [0.0, 0.0]])
    return W_q, torch.tensor([[0.0, -1.0], [1.0, -1.0]])


def _rows(result):
    """The dog's weights: one row for each head."""
    W_q, W_k = (torch.as_tensor(matrix, dtype=_KEYS.dtype) for matrix in result)
    return ((_KEYS[_DOG] @ W_q) * (_KEYS @ W_k)).softmax(dim=0).T


def _finds(head, word):
    return lambda result: bool(_rows(result)[head, word] >= _SURE)


def _right_way_round(result):
    rows = _rows(result)
    return not bool(rows[0, _SAW] >= _SURE and rows[1, _BARKED] >= _SURE)


def _two_by_two(result):
    return len(result) == 2 and all(torch.as_tensor(part).shape == (2, 2) for part in result)


EXERCISE = Exercise(
    reference=heads_for_dog,
    points=2,
    cases=lambda: [Case("", exact=False)],
    hints=(
        "Start with the keys. Which combination of (animal, sound) is largest for *barked*? Which "
        "for *saw*? A column of W_k holds such a combination.",
        "*Barked* is (−1, 2), and nobody is louder: the sound alone will do. *Saw* is (−1, −1): no "
        "animal and no sound, so minus the one minus the other.",
        "The dog is (3, 1). Any column of W_q that gives it a positive number will do, and a "
        "larger one makes the weights sharper.",
    ),
    verified="the first head of *dog* gives *barked* at least 75 %, and its second head *saw*",
    mistakes=(),
    laws=(
        Law(
            "W_q and W_k are 2 × 2: a row for each number of an embedding, a column for each head",
            _two_by_two,
        ),
        Law(
            "the first head is for *barked*, the second for *saw*",
            _right_way_round,
            Finding("swapped", "swapped the heads", "Head 1 asks who barked, head 2 who saw."),
        ),
        Law(
            "head 1 of *dog* gives *barked* at least 75 %",
            _finds(0, _BARKED),
            Finding(
                "not-barked",
                "did not bring head 1 of *dog* to *barked*",
                "Compute its seven scores: query number of *dog* times the key number of each "
                "word. The largest must be that of *barked*, by more than 1 or so.",
            ),
        ),
        Law(
            "head 2 of *dog* gives *saw* at least 75 %",
            _finds(1, _SAW),
            Finding(
                "not-saw",
                "did not bring head 2 of *dog* to *saw*",
                "Compute its seven scores: query number of *dog* times the key number of each "
                "word. The largest must be that of *saw*, by more than 1 or so.",
            ),
        ),
    ),
)
