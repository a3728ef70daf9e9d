"""Inputs that nobody has seen: an exercise's own, drawn again with numbers that only a class knows.

The seeds of the published inputs are public, and so are their results. An answer that is right
there is asked again on inputs from a secret that is stored with the grades, so that grading twice
gives the same; and it is asked about gradients and changed arguments in a way whose answer is known
only to who computes it.
"""

import contextlib
import copy
import hashlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from attncourse.checks.engine.case import Case, is_float_tensor
from attncourse.checks.engine.compare import aspects
from attncourse.checks.engine.exercise import Exercise, Finding
from attncourse.checks.engine.outcome import Outcome
from attncourse.checks.engine.verdict import NOT_YET, Verdict
from attncourse.grading.records import write_text
from attncourse.grading.remote_answer import Batch, RemoteAnswer
from attncourse.grading.untrusted.forms import fingerprint

PUBLISHED_ONLY = Finding(
    "published-only",
    "gave right results for the published inputs only",
    "On inputs of the same kind with other numbers the results are wrong.",
)
FORGED = Finding(
    "forged",
    "reported gradients or arguments that are not what they are",
    "Asked for twice its gradient, or given an argument that was changed, its process told "
    "something else than what happened.",
)
MOST_SECRET = 5  # inputs of an exercise that are drawn again
FILE = "secret.txt"


def secret_of(out: Path) -> str:
    """The secret of a class, made at its first grading; a file of the teacher's."""
    file = out / FILE
    if not file.exists():
        write_text(file, secrets.token_hex(16) + "\n")
        file.chmod(0o600)
    return file.read_text("utf-8").strip()


class SecretBatch:
    """What an answer that is right so far must be right on, too; the same for a whole class.

    `drawn` are inputs drawn again, `asked` are the questions that show whether a process tells the
    truth about itself.
    """

    def __init__(self, exercise: Exercise, secret: str):
        self.exercise = exercise
        self.drawn = list(_drawn(exercise, secret))
        self.asked = list(_asked(exercise))
        self.batch = Batch(exercise.name, [*self.drawn, *self.asked], stops=False)

    def failed(self, outcomes: list[tuple[Case, Outcome]]) -> tuple[int, int]:
        """How many of the drawn inputs, and of the questions, were not answered rightly."""
        wrong = [
            bool(aspects(truth, outcome, case)) or outcome.changed != truth.changed
            for (case, truth), (_, outcome) in zip(
                [*self.drawn, *self.asked], outcomes, strict=True
            )
        ]
        return sum(wrong[: len(self.drawn)]), sum(wrong[len(self.drawn) :])


def _drawn(exercise: Exercise, secret: str) -> Iterator[tuple[Case, Outcome]]:
    """Cases that a secret changes, values only, each with what the reference makes of it."""
    public = [case for case, _ in exercise.truths]
    with drawing(f"{secret} {exercise.name}"):
        drawn = exercise.drawn()
    others = (other for case, other in zip(public, drawn, strict=True) if not _alike(case, other))
    plain = (case.without_gradient() for case in others if case.exact and not case.seconds)
    for case in islice(plain, MOST_SECRET):
        truth = exercise.right(case)
        if not truth.raised:
            yield case, truth


def _alike(case: Case, other: Case) -> bool:
    """Whether two cases put the same question."""
    ours, theirs = ([*c.args, *c.kwargs.values()] for c in (case, other))
    same = [fingerprint(x) == fingerprint(y) for x, y in zip(ours, theirs, strict=True)]
    return all(same)


@contextlib.contextmanager
def drawing(secret: str) -> Iterator[None]:
    """While it lasts, every seed stands for other numbers, which the secret decides."""
    import numpy as np
    import torch

    def mixed(seed) -> int:
        return int.from_bytes(hashlib.sha256(f"{secret} {seed}".encode()).digest()[:7], "big")

    class Generator(torch.Generator):
        def manual_seed(self, seed):
            super().manual_seed(mixed(seed))
            return self

    default_rng, manual_seed, own = np.random.default_rng, torch.manual_seed, torch.Generator
    np.random.default_rng = lambda seed: default_rng(mixed(seed))
    torch.manual_seed = lambda seed: manual_seed(mixed(seed))
    torch.Generator = Generator
    try:
        yield
    finally:
        np.random.default_rng, torch.manual_seed, torch.Generator = default_rng, manual_seed, own


def confirmed(verdict: Verdict, answer: RemoteAnswer, batch_of: Callable) -> tuple[Verdict, str]:
    """The verdict on an answer that is right on the published inputs, and what is odd about it.

    Args:
        verdict: that it is correct.
        answer: which is asked on.
        batch_of: makes the exercise's `SecretBatch`; given " again", with other numbers.
    """
    first = batch_of("")
    drawn, asked = first.failed(answer.outcomes(first.batch))
    if asked:
        return replace(verdict, state=NOT_YET, findings=(FORGED,), note=""), ""
    if not drawn:
        return verdict, ""
    again = batch_of(" again")  # two draws, so that no chance costs a point
    if again.failed(answer.outcomes(again.batch))[0]:
        return replace(verdict, state=NOT_YET, findings=(PUBLISHED_ONLY,), note=""), ""
    odd = f"was wrong on {drawn} of {len(first.drawn)} inputs drawn for this class, once"
    return verdict, f"its {verdict.exercise} {odd}; its points stand"


# ---- does the process tell the truth?


def _asked(exercise: Exercise) -> Iterator[tuple[Case, Outcome]]:
    """A case with twice its gradient, and a case whose first argument is changed, as both must be.

    Who reports gradients that were not taken, or arguments that were not looked at, is wrong here.
    """
    plain = [(c, t) for c, t in exercise.truths if c.build is None and c.exact and c.use is None]
    plain = [(c, t) for c, t in plain if t.result is not None and not c.seconds]
    wanted = [case for case, truth in plain if case.gradient and truth.gradients]
    touched = [case for case, _ in plain if case.args and is_float_tensor(case.args[0])]
    for cases, use in ((wanted, twice_the_gradient), (touched, touching)):
        if cases:
            case = copy.copy(cases[-1])
            case.use, case.gradient = use, use is twice_the_gradient
            yield case, exercise.right(case)


def twice_the_gradient(answer, *args, **kwargs):
    """The same values with twice their gradient."""
    result = answer(*args, **kwargs)
    single = not isinstance(result, tuple | list)
    parts = [result] if single else result
    parts = [2 * x - x.detach() if getattr(x, "requires_grad", False) else x for x in parts]
    return parts[0] if single else type(result)(parts)


def touching(answer, *args, **kwargs):
    """The answer's result, and a changed argument."""
    result = answer(*args, **kwargs)
    single = not isinstance(result, tuple | list)
    kept = [x.clone() if hasattr(x, "clone") else x for x in ([result] if single else result)]
    args[0].mul_(2).add_(1)
    return kept[0] if single else type(result)(kept)
