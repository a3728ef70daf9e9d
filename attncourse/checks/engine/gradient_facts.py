"""What is wrong with the gradient of a result whose values are right, as findings."""

import numpy as np

from attncourse.checks.engine.describe import argument_names
from attncourse.checks.engine.exercise import Exercise
from attncourse.checks.engine.outcome import Outcome, Raised
from attncourse.checks.engine.verdict import Finding


def gradient(exercise: Exercise, truth: Outcome, outcome: Outcome) -> Finding:
    """The first fault of a gradient: an error, none at all, one argument's, NaN, wrong numbers."""
    if outcome.backward:
        return _backward(outcome.backward)
    if outcome.gradients is None:
        why = (
            "Nothing can be learned through this result: look for detach(), .data, .item(), "
            "no_grad() or a detour through NumPy."
        )
        return Finding("no-gradient", "cut the gradient", why)
    due = {key: g for key, g in truth.gradients.items() if g is not None}
    cut = [key for key in due if outcome.gradients.get(key) is None]
    if cut:
        why = (
            "No gradient arrives there: look for detach(), .data, torch.tensor(…) or a copy "
            "through NumPy."
        )
        return Finding("cut-gradient", f"cut the gradient to {argument_names(exercise, cut)}", why)
    return _wrong_gradient(exercise, due, outcome)


def _backward(raised: Raised) -> Finding:
    """Differentiating ended in an error, which is quoted."""
    why = f"{raised.kind}: {raised.message}"
    if "inplace operation" in raised.message or "in-place" in raised.message:
        return Finding("in-place", "changed a tensor in place that the gradient still needs", why)
    return Finding("backward", "made a result that cannot be differentiated", why)


def _wrong_gradient(exercise, due, outcome) -> Finding:
    spoiled = [key for key in due if np.isnan(outcome.gradients[key].value).any()]
    if spoiled:
        name = f"sent a gradient of NaN to {argument_names(exercise, spoiled)}"
        why = (
            "The values are right, but replacing a NaN or an infinity afterwards does not mend "
            "its gradient: keep it from arising."
        )
        return Finding("nan-gradient", name, why)
    why = (
        "The values are right, but part of the gradient is held back: look for detach(), .data, "
        "no_grad() or an option that stops it."
    )
    return Finding("wrong-gradient", "let a wrong gradient through", why)
