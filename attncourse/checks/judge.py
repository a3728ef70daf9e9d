"""From an answer to a verdict."""

import re

from attncourse.checks.answer import Answer, Outcome
from attncourse.checks.compare import agree
from attncourse.checks.core import Exercise
from attncourse.checks.diagnose import SURE, diagnose
from attncourse.checks.laws import broken_law
from attncourse.checks.trial import Finding, Trial
from attncourse.checks.verdict import CORRECT, NOT_ATTEMPTED, NOT_YET, Verdict
from attncourse.checks.wording import describe_input, describe_result

FORGETFUL = Finding(
    "kept something from an earlier call",
    "The same input gave another result the second time: look for a default argument, "
    "a global or an attribute that the function changes.",
)
RANDOM = Finding(
    "returned something else on every call",
    "The same input must give the same result: look for something kept between calls (a default "
    "argument, a global), for random numbers, or for dropout left on.",
)
PAST_THE_GENERATOR = Finding(
    "drew random numbers past the generator",
    "The same generator gave two results: every draw needs `generator=generator`.",
)


def judge(exercise: Exercise, answer: Answer) -> Verdict:
    """Run an answer on every case and say what is right or which mistake was made."""
    outcomes = _run(exercise, answer)
    first = outcomes[0].raised
    if first and first.stub:
        return _not_attempted(exercise, first)
    if forgetful := _remembers(exercise, answer, outcomes):
        return _verdict(exercise, NOT_YET, _headline(SURE, [forgetful]), [forgetful])
    trial = Trial(exercise, outcomes)
    if trial.failing:
        return _not_yet(trial, *diagnose(trial))
    message = f"{exercise.points} of {exercise.points} points. Verified on {len(outcomes)} inputs: "
    return _verdict(exercise, CORRECT, message + exercise.verified.rstrip(".") + ".")


def _run(exercise, answer) -> list[Outcome]:
    """Outcomes case by case; a stub or a call out of time ends the run."""
    outcomes = []
    for case, _ in exercise.truths:
        outcomes.append(answer.run(case))
        raised = outcomes[-1].raised
        if raised and (raised.kind == "time limit" or (raised.stub and len(outcomes) == 1)):
            break
    return outcomes


def _remembers(exercise, answer, outcomes) -> Finding | None:
    """An answer gives the same result again, whatever was asked in between."""
    if outcomes[-1].raised and outcomes[-1].raised.kind == "time limit":
        return None
    runs = list(zip(exercise.truths, outcomes, strict=True))
    drawn = [run for run in runs[3:] if not run[0][0].exact]
    for (case, _), before in runs[:3] + drawn[:1]:
        again = answer.run(case.without_gradient())
        # An exception may come from asking for gradients, which is not asked here.
        if not before.raised and not agree(before, again, case.repeated(), values_only=True):
            third = answer.run(case.without_gradient())
            if not agree(again, third, case.repeated(), values_only=True) and case.exact:
                return RANDOM
            return FORGETFUL if case.exact else PAST_THE_GENERATOR
    return None


def _not_attempted(exercise, raised) -> Verdict:
    own = re.search(rf"\b{exercise.name}(\.\w+)?$", raised.message)  # a method, as stubs say it
    if own or f"of {exercise.name}:" in raised.line or not raised.line:
        where = own[0] if own else exercise.name
        text = f"Replace `raise NotImplementedError` in {where} with your code."
    else:
        text = f"Your {exercise.name} calls something that is still to be written: {raised.line}"
    return _verdict(exercise, NOT_ATTEMPTED, text)


def _not_yet(trial: Trial, how_sure: str, findings: list[Finding]) -> Verdict:
    exercise, index = trial.exercise, trial.failing[0]
    case, outcome = trial.truths[index][0], trial.outcomes[index]
    lines = [_headline(how_sure, findings)]
    lines += [f"Smallest failing input ({case.label}):", _indent(describe_input(exercise, case))]
    if outcome.result is not None:
        lines += ["You returned:", _indent(describe_result(exercise, outcome.result))]
    if law := broken_law(exercise, case, outcome):
        lines.append(f"This breaks a rule: {law.name}.")
    total = len(trial.outcomes)
    lines.append(f"{total - len(trial.failing)} of {total} inputs are right.")
    return _verdict(exercise, NOT_YET, "\n".join(lines), findings)


def _headline(how_sure, findings) -> str:
    if not findings:
        return "The result is wrong, and not in a way that this check knows."
    starts = [f"{how_sure}: you", *["And you"] * len(findings)]
    told = [f"{start} {f.name}.\n  {f.why}" for start, f in zip(starts, findings, strict=False)]
    return "\n".join(told)


def _verdict(exercise, state, message, findings=()):
    names = tuple(finding.name for finding in findings)
    return Verdict(exercise.name, state, message, names, exercise.points)


def _indent(text):
    return "\n".join(f"  {line}" for line in text.splitlines())
