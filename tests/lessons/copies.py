"""Functions that a lesson defines and that would answer an exercise, once renamed.

Copying is no practice: where a lesson shows one case, the exercise asks for another.
"""

import ast
import inspect
import time
from collections.abc import Callable, Iterator

from attncourse.checks import exercise
from attncourse.checks.engine.answer import LocalAnswer
from attncourse.checks.engine.case import Case
from attncourse.checks.engine.compare import is_right
from attncourse.curriculum import LESSONS
from tests.lessons.page import Cell


def copied_answers(cells: list[Cell]) -> Iterator[str]:
    """Every function or class of a lesson that passes the check of some exercise, and which."""
    names = [name for lesson in LESSONS for name in lesson.exercises]
    for own_name, answer in definitions(cells).items():
        for name in names:
            if _takes_as_many(answer, exercise(name).reference) and _is_right(answer, name):
                yield f"{own_name} answers {name}"


def definitions(cells: list[Cell]) -> dict[str, Callable]:
    """What a lesson defines, ready to be called; nothing else of the lesson is run."""
    space: dict = {}
    own = {}
    for cell in cells:
        statements = ast.parse(cell.source).body if cell.kind == "code" else []
        for statement in filter(_is_cheap, statements):
            _run(statement, space)
            for name in _defined(statement) & space.keys():
                own[name] = space[name]
    return own


def _is_cheap(statement: ast.stmt) -> bool:
    """Imports, definitions, and assignments that call nothing."""
    if isinstance(statement, ast.Assign):
        outside = statement.value.body if isinstance(statement.value, ast.Lambda) else None
        calls = (n for n in ast.walk(statement.value) if isinstance(n, ast.Call))
        return outside is not None or not any(calls)
    return isinstance(statement, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef)


def _defined(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Lambda):
        return {target.id for target in statement.targets if isinstance(target, ast.Name)}
    return set()


def _run(statement: ast.stmt, space: dict) -> None:
    try:
        exec(compile(ast.Module([statement], []), "<lesson>", "exec"), space)
    except NameError:  # needs what the lesson computes, so it cannot stand alone as an answer
        return


def _is_right(answer: Callable, name: str) -> bool:
    """Whether an answer is right on every input; the first wrong one ends the search."""
    reference = exercise(name).reference
    return all(
        is_right(truth, LocalAnswer(answer, seconds=_patience(reference, case)).run(case), case)
        for case, truth in exercise(name).truths
    )


def _patience(reference: Callable, case: Case) -> float:
    """Ten times as long as the reference takes: what trains for seconds is no answer."""
    if case.seconds:  # the case says so itself
        return case.seconds
    start = time.process_time()
    LocalAnswer(reference).run(case)
    return 0.1 + 10 * (time.process_time() - start)


def _takes_as_many(answer: Callable, reference: Callable) -> bool:
    """Whether the two can be called with the same arguments by place."""
    if inspect.isclass(answer) != inspect.isclass(reference):
        return False
    most, fewest = _arity(reference)
    own_most, own_fewest = _arity(answer)
    return own_fewest <= most and own_most >= fewest


def _arity(function: Callable) -> tuple[int, int]:
    """Most and fewest arguments by place."""
    kinds = inspect.signature(function).parameters.values()
    placed = [p for p in kinds if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return len(placed), sum(p.default is p.empty for p in placed)
