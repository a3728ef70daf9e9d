"""What the inputs that go wrong have in common, and no other input has."""

from collections.abc import Iterator

from attncourse.checks.engine.exercise import Case, Exercise, Finding

PLAIN = "plain"  # the label of a case that has nothing special
LEFT_OUT = "left-out-argument"


def shared(
    exercise: Exercise,
    cases: list[Case],
    bad: set[int],
    good: set[int],
    *,
    plainly: bool = True,
    wrong_dtype: bool = False,
) -> Finding | None:
    """The one feature that all `bad` cases have and all `good`, right ones lack, as a finding.

    Not `plainly`, where other inputs fail in another way: then only a missing argument is told.
    With a `wrong_dtype` anywhere, no dtype of the inputs is told: the answer has one of its own.
    """
    failed, fine = ([cases[index] for index in sorted(some)] for some in (bad, good))
    if not fine or not failed:
        return None
    right = f"{len(fine)} input" if len(fine) == 1 else f"{len(fine)} inputs"
    searches = (_missing, _precision, _axes, _labels, _sizes) if plainly else (_missing,)
    for search in (one for one in searches if one is not _precision or not wrong_dtype):
        if found := search(exercise, failed, fine):
            return Finding(*found, f"Right on {right}; wrong only where this is otherwise.")
    return None


def _missing(exercise, failed, good):
    """An argument that may be left out."""
    for name in exercise.arguments:
        without, given = (
            [argument(exercise, c, name) is None for c in cs] for cs in (failed, good)
        )
        if all(without) and not any(given):
            return LEFT_OUT, f"got it wrong where `{name}` is left out"
        if not any(without) and all(given):
            return "never-expected", f"handled only calls without `{name}`"
    return None


def argument(exercise, case, name):
    """What a case passes for an argument; None where it leaves it out."""
    if name in case.kwargs:
        return case.kwargs[name]
    place = exercise.arguments.index(name)
    return case.args[place] if place < len(case.args) else None


def _precision(exercise, failed, good):
    """A dtype; told only where one is left."""
    bad, fine = ({_dtype(case) for case in cases} for cases in (failed, good))
    if bad & fine or len(fine) > 1 or None in fine:
        return None
    return "one-dtype", f"wrote it for {fine.pop()} only"


def _axes(exercise, failed, good):
    """How many axes the first array has."""
    bad, fine = ({_ndim(case) for case in cases} for cases in (failed, good))
    if bad & fine or None in bad | fine or len(fine) > 1 or len(good) < 2:
        return None
    count = fine.pop()
    return "axes", f"wrote it for exactly {count} {'axis' if count == 1 else 'axes'}"


def _labels(exercise, failed, good):
    bad, fine = ({case.label for case in cases} for cases in (failed, good))
    if bad & fine or PLAIN in bad or len(bad) > min(3, len(fine)):
        return None
    if len(good) < max(3, len(failed)):
        return None
    labels = sorted(bad)
    named = " and ".join([", ".join(labels[:-1]), labels[-1]] if labels[1:] else labels)
    return "one-kind-of-input", f"overlooked one kind of input: {named}"


def _sizes(exercise, failed, good):
    """The only size that is too large, or not the one for which it was written."""
    apart: dict[tuple, str] = {}  # what tells bad from fine → its name
    for name in exercise.sizes_of(good[0]):
        bad, fine = (
            tuple(exercise.sizes_of(c).get(name) for c in cases) for cases in (failed, good)
        )
        if None not in bad + fine and not set(bad) & set(fine):
            apart.setdefault((bad, fine), name)
    if len(apart) != 1:  # none, or one of several: which one, nobody can tell
        return None
    ((bad, fine), name), *_ = apart.items()
    # Two right inputs may share a size by chance, and a size of 1 is right by itself.
    if len(set(fine)) == 1 < fine[0] and len(fine) > 2:
        return "one-size", f"wrote it for {name} = {fine[0]} only"
    if min(bad) > max(fine) and len(set(fine)) > 2:
        return "up-to-a-size", f"wrote it for {name} up to {max(fine)} at most"
    return None


def _arrays(case: Case) -> Iterator:
    return (x for x in (*case.args, *case.kwargs.values()) if hasattr(x, "shape"))


def _dtype(case):
    return next((str(x.dtype).removeprefix("torch.") for x in _arrays(case)), None)


def _ndim(case):
    return next((len(x.shape) for x in _arrays(case)), None)
