"""Running an answer on one input again, as a plain call: nothing is hidden, nothing is limited."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from attncourse.checks.engine.case import Case, fresh
from attncourse.checks.engine.modules import built


def replay(answer, case: Case):
    """What the answer makes of a case, or its exception; it stops at `breakpoint()`."""
    with stopping():
        return _call(answer, case, fresh(case.args), fresh(case.kwargs))


def _call(answer, case, args, kwargs):
    if case.use is not None:
        return case.use(answer, *args, **kwargs)
    call = answer if case.build is None else built(answer, case)
    if case.before is not None:
        call(*fresh(case.before))
    return call(*args, **kwargs)


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
