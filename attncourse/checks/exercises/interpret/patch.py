"""Run one input with another's activation at one place."""

import torch

from attncourse import interpret
from attncourse.checks.engine.exercise import Case, Exercise, Mistake
from attncourse.checks.exercises.inputs import normal


def _mixes(x):
    """A beginning in which places hear of each other."""
    return torch.tanh(x) + x.mean(-2, keepdim=True)


def _rests(h):
    """An end in which places hear of those before them."""
    return torch.sin(h.cumsum(-2)) + h


def _widens(x):
    return torch.cat([x, x.flip(-2) ** 2], -1)


def _reads_last(h):
    return h.cumsum(-2)[..., -1, :].tanh()


def _leaves(x):
    return x


def _cases():
    def pair(seed, *shape):
        return normal(seed, *shape), normal(seed + 1, *shape)

    return [
        Case("three places", _mixes, _rests, *pair(1, 3, 2), 1),
        Case("the first place", _mixes, _rests, *pair(3, 4, 3), 0),
        Case("the last place", _mixes, _rests, *pair(5, 5, 2), 4),
        Case("a batch", _mixes, _rests, *pair(7, 2, 4, 3), 2),
        Case("as many sequences, places and numbers", _mixes, _rests, *pair(9, 3, 3, 3), 1),
        Case("the beginning changes the width", _widens, _rests, *pair(11, 2, 4, 3), 3),
        Case("the end keeps one place", _mixes, _reads_last, *pair(13, 2, 4, 3), 2),
        Case("the beginning changes nothing", _leaves, _rests, *pair(15, 2, 4, 3), 1),
        Case("one place in all", _mixes, _rests, *pair(17, 1, 3), 0),
    ]


def _with(
    before,
    after,
    x,
    other,
    place,
    *,
    roles="right",
    axis="places",
    which="one",
    how="exchanged",
):
    if roles == "swapped":
        x, other = other, x
    own, lent = before(x), before(other)
    dim = {"places": -2, "numbers": -1, "sequences": 0}[axis]
    number = torch.arange(own.shape[dim])
    chosen = {
        "one": number == place,
        "from here on": number >= place,
        "up to here": number <= place,
        "all": number >= 0,
        "one later": number == place + 1,
        "one earlier": number == place - 1,
    }[which]
    shape = [1] * own.ndim
    shape[dim] = -1
    new = {"exchanged": lent, "added": own + lent, "averaged": (own + lent) / 2}
    new |= {"zeroed": torch.zeros_like(own), "difference": lent - own}
    return after(torch.where(chosen.view(shape), new[how], own))


def _at_input(before, after, x, other, place):
    lent = torch.arange(x.shape[-2]) == place
    return after(before(torch.where(lent[:, None], other, x)))


def _at_output(before, after, x, other, place):
    own, lent = after(before(x)), after(before(other))
    if own.ndim < x.ndim:  # the end keeps no places
        return lent
    number = torch.arange(own.shape[-2]) == place
    return torch.where(number[:, None], lent, own)


def _nothing_lent(before, after, x, other, place):
    return after(before(x))


def _without_end(before, after, x, other, place):
    lent = torch.arange(before(x).shape[-2]) == place
    return torch.where(lent[:, None], before(other), before(x))


def _raw_input_lent(before, after, x, other, place):
    own = before(x)
    if own.shape != other.shape:
        raise ValueError("the input is not as wide as the activation")
    lent = torch.arange(own.shape[-2]) == place
    return after(torch.where(lent[:, None], other, own))


def _alone(before, after, x, other, place):
    return after(before(other)[..., place : place + 1, :])


def _detached(before, after, x, other, place):
    return interpret.patch(lambda y: before(y).detach(), after, x, other, place)


EXERCISE = Exercise(
    reference=interpret.patch,
    points=3,
    cases=_cases,
    hints=(
        "Three runs: both inputs up to where you look, then one of them to the end.",
        "`before(x)` and `before(other)` are both (…, T, d). Copy the first, and write into the "
        "copy what the second has at `place`.",
        "`patched = before(x).clone()`, then `patched[..., place, :] = …`, then `after(patched)`. "
        "Without `clone` you may write into x itself, if `before` changes nothing.",
    ),
    verified="first, last and middle places, batches, ends of every kind; x and other stay as they "
    "were; gradients of both",
    rewrite=_with,
    sizes=lambda before, after, x, other, place: {"T": x.shape[-2], "d": x.shape[-1]},
    mistakes=(
        Mistake(
            "swapped",
            "ran `other`, with an activation of x",
            "x is the input that runs; `other` lends one vector.",
            roles="swapped",
        ),
        Mistake(
            "whole-run",
            "exchanged all places",
            "Then you have simply run `other`. One place, the rest is x's.",
            which="all",
        ),
        Mistake(
            "nothing-lent",
            "ran x as it is",
            "The vector of `other` never gets in.",
            _nothing_lent,
        ),
        Mistake(
            "from-here-on",
            "exchanged all places from here on",
            "One place only: index it, do not slice to the end.",
            which="from here on",
        ),
        Mistake(
            "up-to-here",
            "exchanged all places up to here",
            "One place only.",
            which="up to here",
        ),
        Mistake(
            "one-off",
            "exchanged a neighbour's place",
            "Places are counted from 0.",
            {"which": "one later"},
            {"which": "one earlier"},
        ),
        Mistake(
            "at-input",
            "exchanged the input, not the activation",
            "`before` then sees a mixed input, and its other places have heard of it. Run both "
            "inputs through `before` first.",
            _at_input,
        ),
        Mistake(
            "at-output",
            "exchanged the output",
            "After the end it is too late: nothing can react to the patch any more.",
            _at_output,
        ),
        Mistake(
            "raw-input-lent",
            "lent the input of `other`, not its activation",
            "`other` has to pass through `before`, too.",
            _raw_input_lent,
        ),
        Mistake(
            "added",
            "added the activation",
            "Exchanged, not added: what x had there goes.",
            how="added",
        ),
        Mistake(
            "averaged",
            "averaged the two activations",
            "Exchanged whole: what x had there goes.",
            how="averaged",
        ),
        Mistake(
            "difference",
            "put the difference of the activations there",
            "What `other` has at this place is put there, whole.",
            how="difference",
        ),
        Mistake(
            "zeroed",
            "put zeros there",
            "That is an ablation. A patch puts there what `other` has.",
            how="zeroed",
        ),
        Mistake(
            "one-number-of-each",
            "exchanged one number of every vector",
            "The last axis holds the d numbers; places are the axis before it.",
            axis="numbers",
        ),
        Mistake(
            "whole-sequence",
            "exchanged a whole sequence of the batch",
            "The first axis counts sequences; places are the axis before the last.",
            axis="sequences",
        ),
        Mistake(
            "without-end",
            "did not run the rest of the model",
            "The exchanged vectors still have to pass `after`: what changes there is the answer.",
            _without_end,
        ),
    ),
)
