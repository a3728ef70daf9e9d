"""What is wrong besides values, as findings: an error, a shape, a dtype, a changed argument, …"""

import numpy as np

from attncourse.checks.engine.describe import argument_names, kind_of
from attncourse.checks.engine.gradient_facts import gradient
from attncourse.checks.engine.guards import guard
from attncourse.checks.engine.outcome import Seen
from attncourse.checks.engine.trial import Trial
from attncourse.checks.engine.verdict import Finding

ORDER = ("raised", "none", "type", "parts", "shape", "dtype", "changed", "gradient")


def facts(trial: Trial, kinds: set[str]) -> list[Finding]:
    """What is wrong besides values, in the order in which it matters; errors are told elsewhere.

    A wrong gradient is no news where values are wrong, unless none arrives at all.
    """
    found = []
    for aspect in ORDER:
        indices = [i for i in trial.failing if aspect in trial.wrong[i] and i not in trial.crashed]
        if aspect in kinds and indices:
            truth, outcome = trial.truths[indices[0]][1], trial.outcomes[indices[0]]
            if aspect in OVER_ALL:
                found.append(OVER_ALL[aspect](trial, indices))
            elif aspect != "gradient" or not trial.misvalued or not outcome.gradients:
                found.append(FACTS[aspect](trial.exercise, truth, outcome))
    return found


def _raised(exercise, truth, outcome):
    why = f"Raise {truth.raised.kind} here, as the exercise says."
    return Finding("accepted", "accepted an input that must be refused", why)


def _none(trial, indices):
    exercise, outcome = trial.exercise, trial.outcomes[indices[0]]
    if outcome.result.kind == "none":
        if len(indices) == len(trial.returned):
            why = "The function ends without `return` (or returns None)."
            return Finding("nothing", "returned nothing", why)
        label = trial.cases[indices[0]].label
        why = f"So with “{label}”. Every way through the function must end in a `return`."
        return Finding("nothing-for-some", "returned nothing for some inputs", why)
    part = next(i for i, x in enumerate(outcome.result.value) if x.kind == "none")
    name = exercise.returns[part] if part < len(exercise.returns) else f"part {part + 1}"
    return Finding("none-part", f"returned None for `{name}`", "Both parts are asked for.")


def _type(exercise, truth, outcome):
    where, right, came = _other_type(truth.result, outcome.result)
    due = "a PyTorch tensor" if right.kind == "tensor" else kind_of(right)
    name = f"returned {kind_of(came)}{where}, not {due}"
    return Finding("type", name, f"Return {due}{where}.")


def _other_type(truth: Seen, seen: Seen, where: str = "") -> tuple[str, Seen, Seen] | None:
    """The first part of a result that is of another type, after where it stands."""
    for place, due, came in _parts_beside(truth, seen):
        if found := _other_type(due, came, place):
            return found
    return None if _type_fits(truth, seen) else (where, truth, seen)


def _type_fits(truth: Seen, seen: Seen) -> bool:
    if truth.is_array:
        return seen.is_array and (truth.kind == "tensor") == (seen.kind == "tensor")
    return truth.kind == seen.kind or {truth.kind, seen.kind} == {"tuple", "list"}


def _parts_beside(truth: Seen, seen: Seen) -> list[tuple[str, Seen, Seen]]:
    """The parts of a result, with what came in their place."""
    if truth.kind == seen.kind == "dict":
        return [(f" for {key!r}", t, seen.value[key]) for key, t in truth.value.items()]
    if not {truth.kind, seen.kind} <= {"tuple", "list"}:
        return []
    pairs = zip(truth.value, seen.value, strict=False)
    return [(f" as part {place}", t, s) for place, (t, s) in enumerate(pairs, 1)]


def _parts(exercise, truth, outcome):
    if truth.result.kind == "dict":
        return _part_of_dict(truth.result, outcome.result)
    names = ", ".join(exercise.returns) or f"{len(truth.result.value)} parts"
    name = f"returned {kind_of(outcome.result)} where ({names}) is due"
    return Finding("parts", name, f"Return a tuple: ({names}).")


def _part_of_dict(truth: Seen, seen: Seen) -> Finding:
    key, due = next(
        (key, part)
        for key, part in truth.value.items()
        if part.kind in ("tuple", "list") and len(part.value) != _length(seen.value[key])
    )
    due = f"a {due.kind} of {len(due.value)}"
    name = f"returned {kind_of(seen.value[key])} for `{key}`, where {due} is due"
    return Finding("parts", name, f"Give {due}.")


def _length(seen: Seen) -> int | None:
    return len(seen.value) if seen.kind in ("tuple", "list") else None


def _shape(trial, indices):
    """The first wrong shape, with what all of them show."""
    told = [_one_shape(trial.exercise, trial.truths[i][1], trial.outcomes[i]) for i in indices]
    hints = {hint for *_, hint in told}
    name, due, came, hint = told[0]
    if len(hints) > 1 or (hint == SIZE_1 and not _size_1_is_proved(trial, told)):
        hint = ANY_SHAPE
    of = f" for `{name}`" if name else ""
    return Finding("shape", f"returned shape {came}{of}, not {due}", hint)


@guard(off=True)
def _size_1_is_proved(trial, told) -> bool:
    """Where sizes are 1 by chance, an axis of another kind looks the same."""
    if all(len(came) > len(due) for _, due, came, _ in told):
        return any(1 not in due for _, due, came, _ in told)
    dues = [trial.truths[i][1].result for i in trial.returned if "shape" not in trial.wrong[i]]
    return any(due.is_array and 1 not in np.shape(due.value) for due in dues)


def _one_shape(exercise, truth, outcome):
    pairs = _array_pairs(truth.result, outcome.result)
    name, due, came = next(
        (part, t.value.shape, s.value.shape)
        for part, (t, s) in zip((*exercise.returns, *[""] * 9), pairs, strict=False)
        if np.shape(t.value) != np.shape(s.value)
    )
    return name, due, came, _shape_hint(due, came)


SIZE_1 = "They differ only in axes of size 1: look at keepdim, squeeze and None in an index."
ANY_SHAPE = "Write the shape of each step beside it, and find the first that surprises you."


def _shape_hint(due, came):
    """What the two shapes have in common; no more than that can be told from them."""
    if sorted(due) == sorted(came) and len(due) > 1:
        return "These are the right sizes in another order."
    if tuple(n for n in came if n != 1) == tuple(n for n in due if n != 1):
        return SIZE_1
    if np.prod(due) == np.prod(came):
        return "As many entries, arranged in another way."
    if len(came) < len(due) and _is_inside(came, due):
        return "An axis is gone that should stay."
    if len(came) > len(due) and _is_inside(due, came):
        return "An axis is left that should be summed over, or was added."
    return ANY_SHAPE


def _is_inside(short, long):
    rest = iter(long)
    return all(size in rest for size in short)


def _dtype(exercise, truth, outcome):
    pairs = _array_pairs(truth.result, outcome.result)
    due, came = next((t.dtype, s.dtype) for t, s in pairs if t.dtype != s.dtype)
    why = "The result keeps the inputs' dtype: look for a hard-coded dtype or a fresh array."
    why = "Return True and False, not numbers." if due == "bool" else why
    return Finding("dtype", f"returned {came} where {due} is due", why)


def _changed(exercise, truth, outcome):
    name = f"changed the argument {argument_names(exercise, outcome.changed)} in place"
    why = "The caller's data must be the same afterwards: work on a copy, no `+=` or `x[...] =`."
    return Finding("changed", name, why)


OVER_ALL = {"none": _none, "shape": _shape}
FACTS = {
    "raised": _raised,
    "type": _type,
    "parts": _parts,
    "dtype": _dtype,
    "changed": _changed,
    "gradient": gradient,
}


def _array_pairs(truth: Seen, seen: Seen) -> list[tuple[Seen, Seen]]:
    """The arrays in a result beside those that came in their place."""
    if truth.is_array:
        return [(truth, seen)] if seen.is_array else []
    return [
        pair
        for t, s in zip(_parts_of(truth), _parts_of(seen), strict=False)
        for pair in _array_pairs(t, s)
    ]


def _parts_of(seen):
    if seen.kind == "dict":
        return [seen.value[key] for key in sorted(seen.value, key=repr)]
    return seen.value if seen.kind in ("tuple", "list") else []
