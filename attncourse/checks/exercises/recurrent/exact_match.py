"""Mend a judge that lets half a sentence pass."""

import torch
import torch.nn.functional as F

from attncourse import tasks
from attncourse.checks.engine.exercise import Case, Exercise, Mistake
from attncourse.tasks import EOS, PAD


def given(output, target):
    after = (target == EOS).cumsum(-1) - (target == EOS).int() > 0  # what follows the eos
    shared = min(output.shape[1], target.shape[1])
    same = output[:, :shared] == target[:, :shared]
    return (same | after[:, :shared]).all(-1)


def _cases():
    target = torch.tensor([[5, 6, 7, 2, 0], [8, 2, 0, 0, 0], [3, 4, 5, 6, 2]])
    endless = torch.tensor([[5, 6, 7, 2, 0], [8, 2, 0, 0, 0], [3, 4, 5, 6, 7]])
    endless = F.pad(endless, (66, 0), value=4)  # 71 words
    wrong = endless.clone()
    wrong[0, 67] = 9
    tail = target.clone()
    tail[1, 3:] = 7
    longer = F.pad(tail, (0, 3), value=4)
    longer[0, 3] = 9  # in the place of the eos
    return [
        Case("all right", target, target),
        Case("one wrong word, and a target without an end", wrong, endless),
        Case("words after the eos", tail, target),
        Case("words after the target's eos", target, tail),
        Case("longer output", longer, target),
        Case("output cut short", target[:, :3], target),
        Case("output of one word", target[:, :1], target),
        Case("output that ends early", torch.tensor([[5, 2], [8, 2], [2, 0]]), target),
    ]


def _with(output, target, *, missing="wrong", over="words", ends="needed", fill=-1, at="end"):
    eos = (target == EOS).int()
    free = eos.cumsum(-1) - (0 if ends == "free" else eos) > 0
    free = {"after only": ~free, "counts": free & False, "padding": target == PAD}.get(ends, free)
    longest = target.shape[1] if missing == "wrong" else min(output.shape[1], target.shape[1])
    lacks = max(0, longest - output.shape[1])
    output = F.pad(output, (lacks, 0) if at == "front" else (0, lacks), value=fill)[:, :longest]
    same = (output == target[:, :longest]) | free[:, :longest]
    reduced = {"words": same.all(-1), "any": same.any(-1), "mean": same.float().mean(-1)}
    return reduced[over]


def _tail(output, target):
    longest = max(output.shape[1], target.shape[1])
    output, target = (F.pad(x, (0, longest - x.shape[1])) for x in (output, target))
    return (output == target).all(-1)


def _share(output, target):
    shared = min(output.shape[1], target.shape[1])
    return (output[:, :shared] == target[:, :shared]).float().mean(-1)


def _as_sets(output, target):
    pairs = zip(output.tolist(), target.tolist(), strict=True)
    return torch.tensor([set(one) == set(other) for one, other in pairs])


def _sorted(output, target):
    """Both sides sorted; only then it is asked what follows the eos."""
    eos, lacks = (target == EOS).int(), max(0, target.shape[1] - output.shape[1])
    output = F.pad(output, (0, lacks), value=PAD)[:, : target.shape[1]]
    same = output.sort(-1).values == target.sort(-1).values
    return (same | (eos.cumsum(-1) - eos > 0)).all(-1)


def _after_is_wrong(output, target):
    """Right and before the end at once, at every place: hardly ever."""
    eos, shared = (target == EOS).int(), min(output.shape[1], target.shape[1])
    same = torch.zeros_like(target, dtype=torch.bool)
    same[:, :shared] = output[:, :shared] == target[:, :shared]
    return (same & (eos.cumsum(-1) - eos == 0)).all(-1)


def _last_place(output, target):
    last = min(output.shape[1], target.shape[1]) - 1
    return output[:, last] == target[:, last]


def _same_width(output, target):
    if output.shape != target.shape:
        return torch.zeros(len(output), dtype=torch.bool)
    return _with(output, target)


EXERCISE = Exercise(
    reference=tasks.exact_match,
    points=2,
    cases=_cases,
    hints=(
        "Call it with an output of one word only. Which places does it compare?",
        "A place that is in the target and not in the output is a missing word, unless it comes "
        "after the target's eos.",
        "`F.pad(output, (0, n), value=PAD)` adds n columns, so that both have the same places.",
    ),
    rewrite=_with,
    given=given,
    mistakes=(
        Mistake(
            "as-given",
            "let an output that breaks off pass as right",
            "Only the places that both have are compared. Missing words are wrong words.",
            given,
            {"missing": "ignored"},
        ),
        Mistake(
            "tail-counts",
            "counted what follows the eos",
            "A sentence ends at its eos; what stands behind it was never said.",
            _tail,
            {"ends": "counts"},
            {"ends": "counts", "missing": "ignored"},
        ),
        Mistake(
            "eos-not-needed",
            "accepted any word in the place of the eos",
            "A sentence that does not stop is not the right sentence.",
            ends="free",
        ),
        Mistake(
            "any-word",
            "called a sentence right if any word is",
            "Exact match wants every word right.",
            over="any",
        ),
        Mistake(
            "share-of-words",
            "returned the share of right words",
            "Exact match is True or False for each sentence.",
            _share,
            {"over": "mean"},
            {"over": "mean", "fill": 0},
        ),
        Mistake(
            "filled-with-eos",
            "took missing words for an eos",
            "An output that stops just before its eos has not said that it ends.",
            fill=2,
        ),
        Mistake(
            "padded-in-front",
            "called every output wrong that is shorter than its target",
            "What it lacks counts only up to the eos. Fill it up at its end, not in front.",
            {"at": "front"},
            {"at": "front", "fill": 0},
        ),
        Mistake(
            "only-after-eos",
            "compared only what follows the eos",
            "That is what does not count. Up to the eos, every word does.",
            {"ends": "after only"},
            {"ends": "after only", "fill": 0},
        ),
        Mistake(
            "as-sets",
            "compared which words occur, not where",
            "Word by word: the same word in the same place.",
            _as_sets,
            _sorted,
        ),
        Mistake(
            "last-place-alone",
            "compared the last place alone",
            "Every word up to the eos has to be right.",
            _last_place,
        ),
        Mistake(
            "same-width",
            "called every output wrong that is longer or shorter than its target",
            "How wide the tensors are says nothing: what follows the eos does not count.",
            _same_width,
        ),
        Mistake(
            "padding-for-eos",
            "asked where the padding is, not what follows the eos",
            "Whatever stands behind the target's eos does not count, padding or not.",
            ends="padding",
        ),
        Mistake(
            "after-must-not-be",
            "called what follows the eos wrong",
            "It does not count, so there everything is right: *or*, where you wrote *and*.",
            _after_is_wrong,
        ),
    ),
    verified="outputs as long as the target, longer, cut short, ended early, with words behind the "
    "eos",
)
