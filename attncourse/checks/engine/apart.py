"""Where two slips meet: inputs that leave an argument out show one of them alone."""

from collections.abc import Iterator

from attncourse.checks.engine.candidate import Candidate
from attncourse.checks.engine.compare import same_values
from attncourse.checks.engine.features import argument
from attncourse.checks.engine.needed import is_denied
from attncourse.checks.engine.trial import Trial
from attncourse.checks.engine.verdict import Finding

FEWEST = 3  # wrong inputs that a mistake must explain, with the argument left out


def apart(trial: Trial) -> list[Finding]:
    """The mistake that explains every input without some argument, and that more is wrong with it.

    Nothing is said of the inputs that have the argument, but that they go wrong in another way too.
    """
    for name, plain in _left_out(trial):
        for candidate in trial.exercise.singles:
            if _explains(trial, candidate, plain) and not is_denied(trial, candidate):
                also = f"did something else wrong where `{name}` is given"
                why = "What is said above explains the inputs without it, and not those with it."
                return [*candidate.findings, Finding("wrong-with-argument", also, why)]
    return []


def _left_out(trial: Trial) -> Iterator[tuple[str, list[int]]]:
    """Each argument that some wrong inputs leave out and other wrong ones do not."""
    for name in trial.exercise.arguments:
        without = [
            i for i, c in enumerate(trial.cases) if argument(trial.exercise, c, name) is None
        ]
        wrong = set(without) & set(trial.misvalued)
        if len(wrong) >= FEWEST and set(trial.misvalued) - wrong:
            yield name, without


def _explains(trial: Trial, candidate: Candidate, indices: list[int]) -> bool:
    """Whether the answer is on all these inputs what the candidate is there, right or wrong."""
    return all(
        index not in trial.crashed
        and same_values(
            candidate.values(index, *trial.truths[index]), trial.outcomes[index], trial.cases[index]
        )
        for index in indices
    )
