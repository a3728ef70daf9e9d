"""From an answer to a verdict."""

import contextlib
import re
import sys
from collections.abc import Iterator

import numpy as np

from attncourse.checks.engine.answer import Answer
from attncourse.checks.engine.compare import is_right
from attncourse.checks.engine.diagnose import diagnose
from attncourse.checks.engine.exercise import Exercise, Finding
from attncourse.checks.engine.guards import guard
from attncourse.checks.engine.laws import as_given, broken_laws
from attncourse.checks.engine.outcome import Outcome
from attncourse.checks.engine.shown import shown_input, shown_result
from attncourse.checks.engine.source import digest, same_code
from attncourse.checks.engine.telling import telling
from attncourse.checks.engine.trial import Trial, arrays_of
from attncourse.checks.engine.verdict import CORRECT, NOT_ATTEMPTED, NOT_YET, Example, Verdict

SMALLEST, SHOWS = "Smallest failing input", "Smallest input that shows it"
FORGETFUL = Finding(
    "forgetful",
    "kept something from an earlier call",
    "The same input gave another result the second time: look for a default argument, "
    "a global or an attribute that the function changes.",
)
RANDOM = Finding(
    "random",
    "returned something else on every call",
    "The same input must give the same result: look for something kept between calls (a default "
    "argument, a global), for random numbers, or for dropout left on.",
)
DEAF = Finding(
    "same-draws",
    "drew the same whatever the generator",
    "Another generator must give other draws: look for a seed that is set inside.",
)
PAST_THE_GENERATOR = Finding(
    "past-the-generator",
    "drew random numbers past the generator",
    "The same generator gave two results: every draw needs `generator=generator`.",
)


def judge(exercise: Exercise, answer: Answer) -> Verdict:
    """Run an answer on every case and say what is right or which mistake was made."""
    with _one_thread(), _same_draws_afterwards():
        return _judged(exercise, answer)


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Small arrays are slower on many threads, and their sums differ from machine to machine."""
    torch = sys.modules.get("torch")
    before = torch.get_num_threads() if torch else 1
    if before > 1:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        if before > 1:
            torch.set_num_threads(before)


@contextlib.contextmanager
def _same_draws_afterwards() -> Iterator[None]:
    """A check builds modules, which draws: the learner's next numbers are not moved by that."""
    torch = sys.modules.get("torch")
    with torch.random.fork_rng(devices=[]) if torch else contextlib.nullcontext():
        yield


def _judged(exercise, answer) -> Verdict:
    outcomes = [] if _untouched(exercise, answer) else _run(exercise, answer)
    if not outcomes or (outcomes[0].raised and outcomes[0].raised.stub):
        return _verdict(exercise, answer, NOT_ATTEMPTED, note=_what_to_do(exercise, outcomes))
    if forgetful := _remembers(exercise, answer, outcomes):
        return _verdict(exercise, answer, NOT_YET, findings=(forgetful,))
    trial = Trial(exercise, answer, outcomes)
    if not trial.failing and _is_deaf(exercise, answer, outcomes):
        return _verdict(exercise, answer, NOT_YET, findings=(DEAF,))
    total = len(outcomes)
    if not trial.failing:
        note = exercise.verified.rstrip(".") + "."
        score = exercise.score and exercise.score(as_given(outcomes[-1].result))
        told = {"right": total, "total": total, "note": note, "score": score}
        return _verdict(exercise, answer, CORRECT, **told)
    right, findings = total - len(trial.failing), tuple(diagnose(trial))
    told = {"findings": findings, "right": right, "total": total, **_example(trial, findings)}
    return _verdict(exercise, answer, NOT_YET, **told)


@guard(off=False)
def _untouched(exercise, answer) -> bool:
    """Whether the code to mend still stands there as it was given."""
    return bool(exercise.given) and same_code(answer.source, exercise.given_source)


def _run(exercise, answer) -> list[Outcome]:
    """Outcomes case by case; a stub or a call out of time ends the run."""
    outcomes = []
    for case, _ in exercise.truths:
        outcomes.append(answer.run(case))
        raised = outcomes[-1].raised
        if raised and (raised.kind == "time limit" or (raised.stub and len(outcomes) == 1)):
            break
    return outcomes


@guard(off=None)
def _remembers(exercise, answer, outcomes) -> Finding | None:
    """An answer gives the same result again, whatever was asked in between."""
    if outcomes[-1].raised and outcomes[-1].raised.kind == "time limit":
        return None
    runs = list(zip(exercise.truths, outcomes, strict=True))
    runs = [run for run in runs if not run[0][0].seconds]  # a long call is made once
    runs = [run for run in runs if not run[1].raised]
    drawn = [run for run in runs[3:] if not run[0][0].exact]
    trained = [run for run in runs[3:] if run[0][0].training]
    for (case, _), before in runs[:3] + drawn[:1] + trained[:1]:
        again = answer.run(case.without_gradient())
        if not is_right(before, again, case.repeated()):
            if not case.exact:
                return PAST_THE_GENERATOR
            return RANDOM if _varies(answer, case, again) else FORGETFUL
    return None


@guard(off=False)
def _varies(answer, case, before) -> bool:
    """Whether a result goes on changing: two draws may be the same by chance, eight hardly."""
    more = (answer.run(case.without_gradient()) for _ in range(8))
    return any(not is_right(before, again, case.repeated()) for again in more)


@guard(off=False)
def _is_deaf(exercise, answer, outcomes) -> bool:
    """Whether another generator gives the very same draws, where there are many."""
    runs = zip(exercise.truths, outcomes, strict=True)
    drawn = [(case, came) for (case, _), came in runs if not case.exact and case.has_generator]
    if not drawn:
        return False
    case, before = max(
        drawn, key=lambda run: sum(np.size(x.value) for x in arrays_of(run[1].result))
    )
    return is_right(before, answer.run(case.with_another_generator()), case.repeated())


def _what_to_do(exercise, outcomes) -> str:
    """How to begin: which stub waits, in words."""
    if not outcomes:
        return f"Find the slip in {exercise.name} and mend it: this is still the code as given."
    raised = outcomes[0].raised
    own = re.search(rf"\b{exercise.name}(\.\w+)?$", raised.message)  # a method, as stubs say it
    if own or f"of {exercise.name}:" in raised.line or not raised.line:
        where = own[0] if own else exercise.name
        return f"Replace `raise NotImplementedError` in {where} with your code."
    return f"Your {exercise.name} calls something that is still to be written: {raised.line}"


def _example(trial: Trial, findings: tuple[Finding, ...]) -> dict:
    """The smallest failing input that shows what is named, what came, the laws that this breaks."""
    exercise, index = trial.exercise, telling(trial, findings)
    (case, truth), outcome = trial.truths[index], trial.outcomes[index]
    broken = broken_laws(case, outcome)
    example = Example(
        what=SMALLEST if index == trial.failing[0] else SHOWS,
        label=case.label,
        input=shown_input(exercise, case),
        output=shown_result(exercise, case, truth, outcome),
        rule=broken[0] if broken else "",
        case=case,
    )
    return {"case": example, "expected_properties": broken}


def _verdict(exercise, answer, state, **told) -> Verdict:
    own = digest(answer.source) if answer.source else ""
    return Verdict(exercise.name, state, exercise.points, digest=own, **told)
