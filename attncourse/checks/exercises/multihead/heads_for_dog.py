"""Design two heads by hand: what did the dog do?"""

import torch

from attncourse.checks.engine.exercise import Case, Exercise, Finding, Law
from attncourse.data import running_example

_SURE = 0.75
_KEYS = torch.tensor(running_example().keys)
_DOG, _SAW, _BARKED = 1, 2, 6
_WORDS = running_example().words


def heads_for_dog():
    """W_q and W_k (2 × 2): head 1 of "dog" finds "barked", head 2 finds "saw"."""
    W_q = torch.tensor([[1.0, 1.0], [0.0, 0.0]])
    return W_q, torch.tensor([[0.0, -1.0], [1.0, -1.0]])


def _rows(result):
    """The dog's weights: one row for each head."""
    W_q, W_k = (torch.as_tensor(matrix, dtype=_KEYS.dtype) for matrix in result)
    return ((_KEYS[_DOG] @ W_q) * (_KEYS @ W_k)).softmax(dim=0).mT


def _finds(head, word):
    return lambda result: bool(_rows(result)[head, word] >= _SURE)


def _solves(W_q, W_k):
    rows = _rows((W_q, W_k))
    return bool(rows[0, _BARKED] >= _SURE and rows[1, _SAW] >= _SURE)


def _is_mended_by(change):
    """A law that is broken where the matrices are wrong, and right once they are changed so."""

    def holds(result):
        parts = [torch.as_tensor(part, dtype=_KEYS.dtype) for part in result]
        return _solves(*parts) or not _solves(*change(*parts))

    return holds


def _asks(result):
    return bool((_KEYS[_DOG] @ torch.as_tensor(result[0], dtype=_KEYS.dtype)).all())


def _does_not_prefer(head, word):
    def holds(result):
        row = _rows(result)[head]
        return bool((row >= row[word]).sum() != 1)

    return holds


def _elsewhere(head, right):
    """One law for each other word that a head may prefer."""
    return tuple(
        Law(
            f"head {head + 1} of *dog* does not prefer *{word}*",
            _does_not_prefer(head, place),
            Finding(
                f"head-{head + 1}-to-{word}",
                f"brought head {head + 1} of *dog* to *{word}*, not to *{_WORDS[right]}*",
                "Compute its seven scores: query number of *dog* times the key number of each "
                "word. The largest wins.",
            ),
        )
        for place, word in enumerate(_WORDS)
        if place != right and word not in ("the", "and")
    )


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
            "the matrices come in their order",
            _is_mended_by(lambda W_q, W_k: (W_k, W_q)),
            Finding("matrices-swapped", "returned W_k first", "First W_q, then W_k."),
        ),
        Law(
            "a column belongs to a head",
            _is_mended_by(lambda W_q, W_k: (W_q, W_k.mT)),
            Finding(
                "rows-for-heads",
                "gave each head a row of W_k, not a column",
                "key @ W_k: the columns of W_k are the heads.",
            ),
        ),
        Law(
            "no sign is turned",
            _is_mended_by(lambda W_q, W_k: (-W_q, W_k)),
            Finding(
                "sign",
                "turned a sign round, so that the least fitting word wins",
                "Where the dog's number is negative, the largest key gets the smallest score.",
            ),
        ),
        Law(
            "all weights are numbers",
            lambda result: bool(_rows(result).isfinite().all()),
            Finding("not-finite", "made weights that are no numbers", "0 · ∞ is NaN."),
        ),
        Law(
            "the dog asks something in both heads",
            _asks,
            Finding(
                "no-query",
                "let the dog ask nothing: its query is 0 in a head",
                "Then all scores are 0, and every word gets the same weight.",
            ),
        ),
        *_elsewhere(0, _BARKED),
        Law(
            "head 1 of *dog* gives *barked* at least 75 %",
            _finds(0, _BARKED),
            Finding(
                "not-barked",
                "did not give *barked* 75 % of head 1 of *dog*",
                "Compute its seven scores: query number of *dog* times the key number of each "
                "word. The largest must be that of *barked*, by more than 1 or so.",
            ),
        ),
        *_elsewhere(1, _SAW),
        Law(
            "head 2 of *dog* gives *saw* at least 75 %",
            _finds(1, _SAW),
            Finding(
                "not-saw",
                "did not give *saw* 75 % of head 2 of *dog*",
                "Compute its seven scores: query number of *dog* times the key number of each "
                "word. The largest must be that of *saw*, by more than 1 or so.",
            ),
        ),
    ),
)
