"""Asks the answer once more, with one thing changed: what it does then is a fact."""

import ast
import re
import textwrap
from collections.abc import Callable
from functools import partial

import numpy as np

from attncourse.checks.engine.case import Case, is_float_tensor
from attncourse.checks.engine.compare import is_right
from attncourse.checks.engine.guards import guard
from attncourse.checks.engine.trial import Trial
from attncourse.checks.engine.verdict import Finding

TIMES = 3  # inputs on which an argument must make no difference, at least
MOST = 8  # inputs that are tried: the largest, where no size is 1 by chance


def ignored(trial: Trial) -> list[Finding]:
    """Arguments that make no difference to the answer, although they do to the right one."""
    if trial.crashed:
        return []
    return [
        _unused(name, name in _names_read(trial.answer.source))
        for place, name in enumerate(trial.exercise.arguments)
        if _makes_no_difference(trial, place)
    ]


def _unused(name: str, read: bool) -> Finding:
    why = f"Whatever `{name}` is, the result is the same."
    said = f"lost what `{name}` says on the way" if read else f"never used `{name}`"
    return Finding("unused", said, why)


def _names_read(source: str) -> set[str]:
    """The names whose values a text uses; none where it is no code."""
    try:
        nodes = ast.walk(ast.parse(textwrap.dedent(source)))
    except SyntaxError:
        return set()
    return {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


@guard(off=True)
def _makes_no_difference(trial, place) -> bool:
    tried = 0
    for index in reversed(trial.returned):
        case, truth = trial.truths[index]
        changed = _with_other_numbers(case, place)
        if changed is None or truth.raised or is_right(truth, trial.exercise.right(changed), case):
            continue  # the right answer does not depend on it here
        if not is_right(trial.outcomes[index], trial.answer.run(changed), case):
            return False
        tried += 1
        if tried == MOST:
            break
    return tried >= TIMES


def _with_other_numbers(case: Case, place: int) -> Case | None:
    """The case with one array's numbers changed; None where there is none, or draws differ."""
    if not case.exact or case.seconds or place >= len(case.args):
        return None
    other = _other(case.args[place])
    if other is None:
        return None
    return case.with_arguments(*case.args[:place], other, *case.args[place + 1 :])


def _other(x):
    """Another array of the same shape and dtype; its entries stand in another order, too."""
    if not hasattr(x, "shape") or not hasattr(x, "dtype"):
        return None
    if str(x.dtype).endswith("bool"):
        return ~x
    floating = is_float_tensor(x) or (isinstance(x, np.ndarray) and x.dtype.kind == "f")
    wave = x.cos if hasattr(x, "cos") else partial(np.cos, x)
    return 0.5 - 1.5 * x + wave() if floating else None


def _mixes(message: str) -> bool:
    """Whether an error says that float32 and float64 met."""
    return all(re.search(rf"\b{name}\b", message, re.I) for name in ("float", "double"))


def in_float32(trial: Trial, diagnose: Callable[[Trial], list[Finding]]) -> list[Finding]:
    """An answer that mixes dtypes is asked again in float32; what is wrong there is told, too."""
    if trial.returned or not any(_mixes(trial.outcomes[i].raised.message) for i in trial.crashed):
        return []
    exercise = trial.exercise.in_float32
    again = Trial(exercise, trial.answer, [trial.answer.run(case) for case, _ in exercise.truths])
    if len(again.crashed) > len(again.outcomes) // 2:
        return []
    why = "A fresh tensor is float32 unless you say otherwise: give it the input's dtype."
    only = Finding("one-dtype", "wrote it for float32 only", why)
    return [only, *(diagnose(again) if again.misvalued else [])]
