"""What the exercises on masks share."""

import torch

from attncourse.checks.engine.exercise import Mistake


def as_form(allowed, form):
    if form in ("float", "int"):
        return allowed.to(torch.get_default_dtype() if form == "float" else torch.int64)
    return torch.zeros(allowed.shape).masked_fill(~allowed, float(form))


FORMS = (
    Mistake(
        "returned-0-1-false-true",
        "returned 0 and 1 for False and True",
        "A mask is bool here. Numbers would be added, multiplied or inverted bit by bit later on; "
        "True and False can only mean may attend or may not.",
        form="float",
    ),
    Mistake(
        "returned-0-1-false-true",
        "returned 0 and 1 for False and True",
        "A mask is bool here: ~mask turns it round, and where() accepts it. With integers, ~1 is "
        "−2.",
        form="int",
    ),
    Mistake(
        "returned-0",
        "returned 0 and −∞, to be added to the scores",
        "Some libraries add masks. This course asks for bool, True = may attend; masked_softmax "
        "turns it into −∞ later.",
        form="-inf",
    ),
    Mistake(
        "returned-0-1e9",
        "returned 0 and −1e9, to be added to the scores",
        "Some texts add masks. This course asks for bool, True = may attend, and never needs a "
        "huge constant.",
        form="-1e9",
    ),
)
