"""An answer that is the right one up to numbers: a factor, an offset, a loss of precision."""

from dataclasses import replace

import numpy as np

from attncourse.checks.engine import ratios
from attncourse.checks.engine.compare import close
from attncourse.checks.engine.guards import guard
from attncourse.checks.engine.outcome import Seen
from attncourse.checks.engine.trial import Trial, arrays_of
from attncourse.checks.engine.verdict import CONVENTION, LIKELY, Finding

Pairs = list[tuple[np.ndarray, np.ndarray]]


def resemblance(trial: Trial) -> list[Finding]:
    """What one number, or one order of the parts, tells about a result on every input."""
    if trial.crashed or any(truth.raised or not case.exact for case, truth in trial.truths):
        return []
    right = [arrays_of(truth.result) for _, truth in trial.truths]
    seen = [arrays_of(outcome.result) for outcome in trial.outcomes]
    counts = {len(arrays) for arrays in (*right, *seen)}
    if len(counts) == 1 and 0 not in counts:
        for part in range(counts.pop()):
            pairs = [
                (_numbers(r[part]), _numbers(s[part])) for r, s in zip(right, seen, strict=True)
            ]
            told = _scaled(trial, pairs) or _imprecise(pairs) or _rows(pairs)
            if told and _others_fit(trial, right, seen, part):
                return [_of_part(trial.exercise, part, told)]
    return _swapped_parts(trial, right, seen)


def _numbers(seen: Seen) -> np.ndarray:
    return np.asarray(seen.value, dtype=float)


def _scaled(trial, pairs: Pairs) -> Finding | None:
    sizes = [trial.exercise.sizes_of(case) for case in trial.cases]
    told = [index for index, (right, _) in enumerate(pairs) if np.any(right)]
    factors = [ratios.ratio(*pairs[index]) for index in told]
    if name := ratios.factor_name(factors, [sizes[index] for index in told]):
        why = f"Your result is the right one times {name}, on every input."
        return Finding("factor", f"were off by a factor of {name}", why, LIKELY)
    offsets = [ratios.offset(*pair) for pair in pairs]
    if None not in offsets and np.ptp(offsets) < 1e-4 * abs(offsets[0]):
        name = f"added {offsets[0]:.4g} to every entry"
        return Finding("offset", name, "The rest is right.", LIKELY)
    return None


def _rows(pairs: Pairs) -> Finding | None:
    if all(ratios.row_factors(*pair) for pair in pairs):
        why = "Each row is right up to a factor: look at what you divide it by."
        return Finding("row-factors", "scaled each row by a number of its own", why, LIKELY)
    return None


def _imprecise(pairs: Pairs) -> Finding | None:
    """Every entry is nearly right: within one per cent of the largest, on every input."""
    worst = 0.0
    for right, seen in pairs:
        if right.shape != seen.shape or not np.isfinite([right, seen]).all():
            return None
        largest = np.abs(right).max(initial=0)
        if largest:
            with np.errstate(all="ignore"):  # infinitely far is far enough
                worst = max(worst, np.abs(seen - right).max() / largest)
        elif np.any(seen):
            return None
    if worst > 0.01:
        return None
    if worst < 1e-5:
        why = "Entries are right to six digits or so. Compute in the dtype that came in."
        return Finding("float32-inside", "computed in float32 on the way", why, CONVENTION)
    why = (
        "All entries are within 1 %: look for a constant added for safety (an ε), for rounding, or "
        "for half precision."
    )
    return Finding("imprecise", "came close, but not close enough", why)


@guard(off=True)
def _others_fit(trial, right, seen, part) -> bool:
    return all(
        np.shape(r.value) == np.shape(s.value) and close(r, s, case)
        for rs, ss, case in zip(right, seen, trial.cases, strict=True)
        for index, (r, s) in enumerate(zip(rs, ss, strict=True))
        if index != part
    )


def _of_part(exercise, part, told) -> Finding:
    if part >= len(exercise.returns):
        return told
    return replace(told, name=f"{told.name} in `{exercise.returns[part]}`")


def _swapped_parts(trial, right, seen) -> list[Finding]:
    """One part alone, or the parts in another order."""
    names = trial.exercise.returns
    for order in ((1, 0), (0,), (1,)) if len(names) == 2 else ():
        picked = [[r[i] for i in order if i < len(r)] for r in right]
        if all(map(same_parts, picked, seen, trial.cases)):
            came = ", ".join(names[i] for i in order)
            why = f"Return both, in this order: ({', '.join(names)})."
            return [Finding("parts-swapped", f"returned {came}", why, LIKELY)]
    return []


def same_parts(right, seen, case) -> bool:
    """Whether arrays came as they should, each of them."""
    return len(right) == len(seen) and all(
        np.shape(r.value) == np.shape(s.value) and close(r, s, case)
        for r, s in zip(right, seen, strict=True)
    )
