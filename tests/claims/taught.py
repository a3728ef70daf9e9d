"""The code that stands on a lesson's page, so that its claims measure just that."""

import contextlib
import io
from functools import cache
from types import SimpleNamespace

from tests.lessons.page import lesson_path, read_cells


@cache
def taught(slug: str, *names: str) -> SimpleNamespace:
    """Run a lesson's cells, in order, until all these names are defined; gives all that then are.

    Raises: ValueError if the lesson does not define them.
    """
    space: dict = {"__name__": f"the lesson {slug}"}
    for cell in read_cells(lesson_path(slug)):
        if cell.kind == "code":
            code = compile(cell.source, f"{slug}, cell {cell.number}", "exec")
            with contextlib.redirect_stdout(io.StringIO()):
                exec(code, space)
        if all(name in space for name in names):
            return SimpleNamespace(**space)
    missing = [name for name in names if name not in space]
    raise ValueError(f"a claim needs what its lesson defines; {slug} has no {', '.join(missing)}")
