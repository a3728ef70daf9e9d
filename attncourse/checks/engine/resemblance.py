"""An answer that resembles the right one: transformed, scaled, in part, or borrowed."""

from dataclasses import replace

import numpy as np

from attncourse.checks.engine import turns
from attncourse.checks.engine.compare import close
from attncourse.checks.engine.exercise import Finding
from attncourse.checks.engine.outcome import Seen
from attncourse.checks.engine.trial import arrays_of, facts
from attncourse.checks.engine.verdict import LIKELY


def resemblance(trial, rows) -> list[Finding]:
    """The given outcomes, each turned the same way, are what came."""
    outcomes = [outcome for _, outcome in rows]
    if any(o.raised for o in trial.outcomes) or any(o.raised for o in outcomes):
        return []
    right = [arrays_of(outcome.result) for outcome in outcomes]
    seen = [arrays_of(outcome.result) for outcome in trial.outcomes]
    cases = [case for case, _ in trial.truths]
    parts = {len(arrays) for arrays in (*right, *seen)}
    if len(parts) != 1 or parts == {0}:
        return _swapped_parts(trial, right, seen)
    for part in range(len(right[0])):
        pairs = [(r[part], s[part]) for r, s in zip(right, seen, strict=True)]
        told = _turned(pairs, cases) or _scaled(trial, pairs) or _imprecise(pairs) or _rows(pairs)
        if told and _others_fit(right, seen, part, cases):
            return [_of_part(trial.exercise, part, told), *_rest_of(trial)]
    return _swapped_parts(trial, right, seen)


def _rest_of(trial):
    return facts(trial, trial.kinds & {"changed"})


def _turned(pairs, cases) -> Finding | None:
    for id, name, why, ways in turns.TRANSFORMS:
        for turn in ways:
            if all(_fits(turn, r, s, case) for (r, s), case in zip(pairs, cases, strict=True)):
                return Finding(id, name, why, LIKELY)
    return None


def _fits(turn, right, seen, case):
    value = turns.transformed(turn, right.value)
    if value is None or np.shape(value) != np.shape(seen.value):
        return False
    return close(Seen("array", value, right.dtype), seen, case)


def _scaled(trial, pairs) -> Finding | None:
    sizes = [trial.exercise.sizes_of(case) for case, _ in trial.truths]
    numbers = [tuple(np.asarray(x.value, dtype=float) for x in pair) for pair in pairs]
    told = [i for i, (right, _) in enumerate(numbers) if np.any(right)]
    ratios = [turns.ratio(*numbers[i]) for i in told]
    if name := turns.factor_name(ratios, [sizes[i] for i in told]):
        why = f"Your result is the right one times {name}, on every input."
        return Finding("factor", f"were off by a factor of {name}", why, LIKELY)
    offsets = [turns.offset(*pair) for pair in numbers]
    if None not in offsets and np.ptp(offsets) < 1e-4 * abs(offsets[0]):
        name = f"added {offsets[0]:.4g} to every entry"
        return Finding("offset", name, "The rest is right.", LIKELY)
    return None


def _rows(pairs) -> Finding | None:
    numbers = [tuple(np.asarray(x.value, dtype=float) for x in pair) for pair in pairs]
    if all(turns.row_factors(*pair) for pair in numbers):
        why = "Each row is right up to a factor: look at what you divide it by."
        return Finding("row-factors", "scaled each row by a number of its own", why, LIKELY)
    return None


def _imprecise(pairs) -> Finding | None:
    """Every entry is nearly right: within one per cent of the largest, on every input."""
    for right, seen in pairs:
        if np.shape(right.value) != np.shape(seen.value):
            return None
        r, s = (np.asarray(x.value, dtype=float) for x in (right, seen))
        if not np.isfinite([r, s]).all() or np.abs(s - r).max(initial=0) > 0.01 * np.abs(r).max(
            initial=0
        ):
            return None
    why = (
        "All entries are within 1 %: look for a constant added for safety (an ε), for rounding, or "
        "for half precision."
    )
    return Finding("imprecise", "came close, but not close enough", why, LIKELY)


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
    return replace(told, name=f"{told.name} in `{exercise.returns[part]}`")


def _swapped_parts(trial, right, seen) -> list[Finding]:
    """One part alone, or the parts in another order."""
    names = trial.exercise.returns
    if len(names) < 2:
        return _borrowed(trial, seen)
    cases = [case for case, _ in trial.truths]
    for order in ((1, 0), (0,), (1,)):
        picked = [[r[i] for i in order if i < len(r)] for r in right]
        if all(same_parts(p, s, c) for p, s, c in zip(picked, seen, cases, strict=True)):
            came = ", ".join(names[i] for i in order)
            why = f"Return both, in this order: ({', '.join(names)})."
            return [Finding("parts-swapped", f"returned {came}", why, LIKELY)]
    return _borrowed(trial, seen)


def same_parts(right, seen, case):
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
            why = "Nothing was computed from it."
            return [Finding("argument-returned", f"returned `{name}` as it came", why, LIKELY)]
    if len(values) > 2 and all(_is_same(values[0], value) for value in values[1:]):
        why = "The arguments are never used: an example seems to be written into the code."
        return [Finding("constant", "returned the same result whatever came in", why, LIKELY)]
    return []


def _is_same(given, value):
    if given is None or np.shape(given) != value.shape:
        return False
    return bool(np.array_equal(np.asarray(given, dtype=float), value.astype(float)))
