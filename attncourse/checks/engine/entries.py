"""What is wrong with a dictionary of predictions: its names, or which of its values."""

from collections.abc import Iterable

from attncourse.checks.engine.compare import aspects
from attncourse.checks.engine.outcome import Outcome, Seen
from attncourse.checks.engine.trial import Trial
from attncourse.checks.engine.verdict import Finding


def entries(trial: Trial) -> list[Finding]:
    """Entries that are missing or have other names; else those whose value alone is wrong."""
    due, came = trial.truths[0][1].result, trial.outcomes[0].result
    if len(trial.cases) > 1 or None in (due, came) or not due.kind == came.kind == "dict":
        return []
    if due.value.keys() != came.value.keys():
        return [_names(due, came)]
    wrong = [key for key in due.value if _differs(trial, due.value[key], came.value[key])]
    if not wrong or len(wrong) == len(due.value):
        return []
    return [Finding("entries", f"got {_list(wrong)} wrong", "All others are right.")]


def _names(due: Seen, came: Seen) -> Finding:
    missing = [key for key in due.value if key not in came.value]
    extra = [key for key in came.value if key not in due.value]
    why = f"It has {_list(extra)}, which nobody asks for." if extra else "The others are there."
    name = f"left out {_list(missing)}" if missing else f"added {_list(extra)}"
    return Finding("names", name, why if missing else "Give the names of the exercise, no others.")


def _differs(trial: Trial, due: Seen, came: Seen) -> bool:
    return bool(aspects(Outcome(due), Outcome(came), trial.cases[0]))


def _list(keys: Iterable) -> str:
    words = [f"`{key}`" for key in keys]
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
