"""Which mistake was made: known wrong answers run on the same inputs until one agrees."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from attncourse.checks import generic
from attncourse.checks.answer import Outcome, Seen
from attncourse.checks.compare import RTOL, agree, aspects, close
from attncourse.checks.core import Candidate, Exercise
from attncourse.checks.laws import broken_law
from attncourse.checks.wording import explain_aspect

SURE, LIKELY, NEAREST = "What is wrong", "The likely mistake", "The nearest known mistake"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: `name` ends the sentence "you …", `why` explains it."""

    name: str
    why: str


class Trial:
    """An answer's outcomes on every case of an exercise, beside the right ones."""

    def __init__(self, exercise: Exercise, outcomes: list[Outcome]):
        self.exercise, self.outcomes = exercise, outcomes
        self.truths = exercise.truths[: len(outcomes)]

    @cached_property
    def wrong(self) -> list[tuple[str, ...]]:
        """Per case, the aspects in which the answer is wrong."""
        rows = zip(self.truths, self.outcomes, strict=True)
        return [aspects(truth, outcome, case) for (case, truth), outcome in rows]

    @property
    def failing(self) -> list[int]:
        """Indices of the cases that the answer gets wrong, smallest first."""
        return [index for index, found in enumerate(self.wrong) if found]

    @cached_property
    def kinds(self) -> set[str]:
        """All aspects that are wrong somewhere."""
        return {aspect for found in self.wrong for aspect in found}

    def right_rows(self) -> list[tuple[object, Outcome]]:
        """The right outcomes in the form in which candidates give theirs."""
        return [(case, truth) for case, truth in self.truths]


def diagnose(trial: Trial) -> tuple[str, list[Finding]]:
    """Name what is wrong, most specific first, after how sure that is.

    A known mistake, then a transformed result, then two mistakes at once, then what the failing
    inputs share, then the known mistake that agrees on most of them.
    """
    searches = (
        lambda: _known(trial, trial.exercise.singles),
        lambda: _only_aspects(trial),
        lambda: _transformed(trial, trial.right_rows()),
        lambda: _known(trial, trial.exercise.pairs),
        lambda: _known_and_transformed(trial),
        lambda: _shared_label(trial),
    )
    for search in searches:
        if found := search():
            return LIKELY, found
    nearest, rest = _nearest(trial), _aspect_findings(trial, trial.kinds)
    return (NEAREST if nearest else SURE), [*nearest, *rest] or _broken(trial)


def _known(trial, candidates) -> list[Finding]:
    """Known mistakes with which the answer agrees on every input, and what else is wrong."""
    best = None
    for candidate in candidates:
        rest = _left_over(trial, candidate)
        if rest is not None and (best is None or len(rest) < len(best[1])):
            best = candidate, rest
        if rest == set():
            break
    if best is None:
        return []
    candidate, rest = best
    return [Finding(m.name, m.why) for m in candidate.mistakes] + _aspect_findings(trial, rest)


def _left_over(trial, candidate: Candidate) -> set[str] | None:
    """Aspects that a candidate leaves unexplained; None if it does not explain the values."""
    for index in _failing_first(trial):
        case, _ = trial.truths[index]
        outcome = candidate.values(index, case)
        if not agree(outcome, trial.outcomes[index], case, values_only=True):
            return None
    rest = set()
    for index in trial.failing:
        case, _ = trial.truths[index]
        left = aspects(candidate.outcome(index, case), trial.outcomes[index], case)
        rest |= set(left) & set(trial.wrong[index])
    values_wrong = trial.kinds - {"dtype", "gradient", "changed"}
    return rest if values_wrong or not rest else None


def _failing_first(trial) -> Iterator[int]:
    yield from trial.failing
    yield from (index for index, found in enumerate(trial.wrong) if not found)


def _only_aspects(trial) -> list[Finding]:
    """Right values everywhere, but something else is wrong; or one thing is, on every input."""
    if trial.kinds <= {"dtype", "gradient", "changed"}:
        return _aspect_findings(trial, trial.kinds)
    if len(trial.kinds) == 1 and trial.kinds <= {"none", "type", "parts"}:
        return _aspect_findings(trial, trial.kinds)
    return []


def _aspect_findings(trial, kinds) -> list[Finding]:
    order = ("raised", "none", "type", "parts", "shape", "dtype", "changed", "gradient")
    found = []
    for aspect in order:
        if aspect in kinds:
            index = next((i for i in trial.failing if aspect in trial.wrong[i]), trial.failing[0])
            case, truth = trial.truths[index]
            told = explain_aspect(aspect, trial.exercise, case, truth, trial.outcomes[index])
            found.append(Finding(*told))
    return found


def _transformed(trial, rows) -> list[Finding]:
    """The given outcomes, each turned the same way, are what came."""
    outcomes = [outcome for _, outcome in rows]
    if any(o.raised for o in trial.outcomes) or any(o is None or o.raised for o in outcomes):
        return []
    right = [_arrays(outcome.result) for outcome in outcomes]
    seen = [_arrays(outcome.result) for outcome in trial.outcomes]
    if not right[0] or any(len(r) != len(s) for r, s in zip(right, seen, strict=True)):
        return _swapped_parts(trial, right, seen)
    cases = [case for case, _ in trial.truths]
    for part in range(len(right[0])):
        pairs = [(r[part], s[part]) for r, s in zip(right, seen, strict=True)]
        told = _turned(pairs, cases) or _scaled(trial, pairs)
        if told and _others_fit(right, seen, part, cases):
            return [_of_part(trial.exercise, part, told), *_rest_of(trial)]
    return _swapped_parts(trial, right, seen)


def _rest_of(trial):
    return _aspect_findings(trial, trial.kinds & {"changed"})


def _turned(pairs, cases) -> Finding | None:
    for name, why, turns in generic.TRANSFORMS:
        for turn in turns:
            if all(_fits(turn, r, s, case) for (r, s), case in zip(pairs, cases, strict=True)):
                return Finding(name, why)
    return None


def _fits(turn, right, seen, case):
    value = generic.transformed(turn, right.value)
    if value is None or np.shape(value) != np.shape(seen.value):
        return False
    return close(Seen("array", value, right.dtype), seen, case)


def _scaled(trial, pairs) -> Finding | None:
    sizes = [trial.exercise.sizes_of(case) for case, _ in trial.truths]
    numbers = [tuple(np.asarray(x.value, dtype=float) for x in pair) for pair in pairs]
    told = [i for i, (right, _) in enumerate(numbers) if np.any(right)]
    ratios = [generic.ratio(*numbers[i]) for i in told]
    if name := generic.factor_name(ratios, [sizes[i] for i in told]):
        return Finding(
            f"were off by a factor of {name}",
            f"Your result is the right one times {name}, on every input.",
        )
    if all(generic.row_factors(*pair) for pair in numbers):
        return Finding(
            "scaled each row by a number of its own",
            "Each row is right up to a factor: look at what you divide it by.",
        )
    offsets = [generic.offset(*pair) for pair in numbers]
    if None not in offsets and np.ptp(offsets) < 1e-4 * abs(offsets[0]):
        return Finding(f"added {offsets[0]:.4g} to every entry", "The rest is right.")
    return None


def _others_fit(right, seen, part, cases):
    return all(
        np.shape(r.value) == np.shape(s.value) and close(r, s, case)
        for rs, ss, case in zip(right, seen, cases, strict=True)
        for index, (r, s) in enumerate(zip(rs, ss, strict=True))
        if index != part
    )


def _of_part(exercise, part, told):
    if not exercise.returns:
        return told
    return Finding(f"{told.name} in `{exercise.returns[part]}`", told.why)


def _swapped_parts(trial, right, seen) -> list[Finding]:
    """One part alone, or the parts in another order."""
    names = trial.exercise.returns
    if len(names) < 2:
        return _borrowed(trial, seen)
    cases = [case for case, _ in trial.truths]
    for order in ((1, 0), (0,), (1,)):
        picked = [[r[i] for i in order] for r in right]
        if all(_same_parts(p, s, c) for p, s, c in zip(picked, seen, cases, strict=True)):
            came = ", ".join(names[i] for i in order)
            why = f"Return both, in this order: ({', '.join(names)})."
            return [Finding(f"returned {came}", why)]
    return _borrowed(trial, seen)


def _same_parts(right, seen, case):
    return len(right) == len(seen) and all(
        np.shape(r.value) == np.shape(s.value) and close(r, s, case)
        for r, s in zip(right, seen, strict=True)
    )


def _borrowed(trial, seen) -> list[Finding]:
    """An argument handed back, or one result for all inputs."""
    if any(len(arrays) != 1 for arrays in seen):
        return []
    values = [np.asarray(arrays[0].value) for arrays in seen]
    for position, name in enumerate(trial.exercise.arguments):
        given = [
            case.args[position] if position < len(case.args) else None for case, _ in trial.truths
        ]
        if all(_is_same(g, v) for g, v in zip(given, values, strict=True)):
            return [Finding(f"returned `{name}` as it came", "Nothing was computed from it.")]
    if len(values) > 2 and all(_is_same(values[0], value) for value in values[1:]):
        return [
            Finding(
                "returned the same result whatever came in",
                "The arguments are never used: an example seems to be written into the code.",
            )
        ]
    return []


def _is_same(given, value):
    if given is None or np.shape(given) != value.shape:
        return False
    return bool(np.array_equal(np.asarray(given, dtype=float), value.astype(float)))


def _known_and_transformed(trial) -> list[Finding]:
    for candidate in trial.exercise.singles:
        rows = [(case, candidate.values(i, case)) for i, (case, _) in enumerate(trial.truths)]
        if found := _transformed(trial, rows):
            return [Finding(m.name, m.why) for m in candidate.mistakes] + found
    return []


def _shared_label(trial) -> list[Finding]:
    """The answer is right but for inputs of one or two kinds."""
    bad = {trial.truths[index][0].label for index in trial.failing}
    good = {case.label for i, (case, _) in enumerate(trial.truths) if not trial.wrong[i]}
    if bad & good or not good or len(bad) > max(1, len(good)):
        return []
    kinds = _aspect_findings(trial, trial.kinds & {"raised", "shape", "none", "type"})
    labels = sorted(bad)
    named = " and ".join([", ".join(labels[:-1]), labels[-1]] if labels[1:] else labels)
    why = f"Right on {len(trial.wrong) - len(trial.failing)} inputs; wrong only on these."
    return [Finding(f"overlooked one kind of input: {named}", why), *kinds]


def _nearest(trial) -> list[Finding]:
    """The known mistake that agrees on most failing results, if on half of them at least.

    Two answers that raise have the mistake in common only where the message is the same.
    """
    best, most = None, max(1.0, len(trial.failing) / 2)
    for candidate in (*trial.exercise.singles, *trial.exercise.pairs):
        if any(_agrees_on(trial, candidate, index) for index in trial.failing[:3]):
            hits = sum(_agrees_on(trial, candidate, index) for index in trial.failing)
            if hits > most or (best is None and hits == most):
                best, most = candidate, hits
    return [Finding(m.name, m.why) for m in best.mistakes] if best else []


def _agrees_on(trial, candidate, index) -> bool:
    case, _ = trial.truths[index]
    theirs, ours = candidate.values(index, case), trial.outcomes[index]
    if theirs.raised and ours.raised:
        return (theirs.raised.kind, theirs.raised.message) == (
            ours.raised.kind,
            ours.raised.message,
        )
    return agree(theirs, ours, case, values_only=True)


def _broken(trial) -> list[Finding]:
    """Where nothing is known: the part that is wrong, or the rule that the smallest result breaks."""
    index = trial.failing[0]
    outcome = trial.outcomes[index]
    if any(not np.isfinite(x.value).all() for x in _arrays(outcome.result) if x.dtype in RTOL):
        return [Finding("produced NaN or infinity", "Something overflows or is divided by zero.")]
    if law := broken_law(trial.exercise, trial.truths[index][0], outcome):
        why = "Look for the line that should ensure it."
        return [Finding(f"broke a rule: {law.name}", why)]
    return _wrong_part(trial)


def _wrong_part(trial) -> list[Finding]:
    """The one part of the result that is wrong, where the others are right on every input."""
    names = trial.exercise.returns
    rows = [
        [_same_parts([right], [seen], case) for right, seen in zip(truth, came, strict=False)]
        for (case, truth), came in (
            ((case, _arrays(truth.result)), _arrays(outcome.result))
            for (case, truth), outcome in zip(trial.truths, trial.outcomes, strict=True)
            if not outcome.raised and not truth.raised
        )
    ]
    if len(names) < 2 or any(len(row) != len(names) for row in rows):
        return []
    wrong = [
        name for name, fits in zip(names, zip(*rows, strict=True), strict=True) if not all(fits)
    ]
    if len(wrong) != 1:
        return []
    others = ", ".join(f"`{name}`" for name in names if name not in wrong)
    return [Finding(f"got {others} right, but not `{wrong[0]}`", "Look at what comes after it.")]


def _arrays(seen: Seen) -> list[Seen]:
    if seen.is_array:
        return [seen]
    if seen.kind in ("tuple", "list"):
        return [part for part in seen.value if part.is_array]
    return []
