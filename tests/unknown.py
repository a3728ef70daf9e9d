"""Answers that nobody declared: the right results, moved at random."""

import numpy as np

from attncourse.checks import exercise
from attncourse.checks.engine.answer import LocalAnswer
from attncourse.checks.engine.outcome import Outcome, Seen


class Perturbed:
    """The right results, each moved a little at random: no known mistake does that."""

    source = ""

    def __init__(self, name, seed):
        self.name, self.seed = name, seed
        self.reference = LocalAnswer(exercise(name).reference)

    def run(self, case):
        outcome = self.reference.run(case)
        if outcome.result is None:
            return outcome
        rng = np.random.default_rng(self.seed)
        return Outcome(_moved(outcome.result, rng), gradients=outcome.gradients)


def _moved(seen, rng):
    if seen.is_array and str(seen.dtype).startswith("float"):
        value = np.asarray(seen.value)
        noise = rng.normal(size=value.shape) * (0.3 * seen.largest + 0.1)
        return Seen(seen.kind, (value + noise).astype(value.dtype), seen.dtype)
    if seen.kind in ("tuple", "list"):
        return Seen(seen.kind, tuple(_moved(part, rng) for part in seen.value))
    return seen
