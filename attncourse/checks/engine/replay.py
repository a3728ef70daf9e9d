"""Running an answer on one input again, as a plain call: nothing is hidden, nothing is limited."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from attncourse.checks.engine.answer import LocalAnswer
from attncourse.checks.engine.case import Case, fresh


def replay(answer, case: Case):
    """What the answer makes of a case, or its exception; it stops at `breakpoint()`."""
    with stopping():
        return LocalAnswer(answer).put_to_work(case, fresh(case.args), fresh(case.kwargs))


@contextmanager
def stopping() -> Iterator[None]:
    """In a kernel, `breakpoint()` waits for JupyterLab's debugger; without that, let pdb answer."""
    hook, debugger = sys.breakpointhook, sys.modules.get("debugpy")
    if debugger is not None and not debugger.is_client_connected():
        sys.breakpointhook = sys.__breakpointhook__
    try:
        yield
    finally:
        sys.breakpointhook = hook
