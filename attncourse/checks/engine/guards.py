"""Guards: the conditions under which something may be said, marked where they stand.

Each answers yes or no, and where it says no, a name is withheld, or a plainer thing is said. A test
switches them off one by one, and shows for each what would then be told falsely.
"""

from collections.abc import Callable

GUARDS: dict[str, tuple[str, bool]] = {}  # its name → its module, and what it says when off


def guard(off: bool) -> Callable[[Callable], Callable]:
    """Mark a function as a guard; `off` is what it would say if it guarded nothing."""

    def mark(function):
        GUARDS[f"{function.__module__.split('.')[-1]}.{function.__name__}"] = (
            f"{function.__module__}.{function.__name__}",
            off,
        )
        return function

    return mark
