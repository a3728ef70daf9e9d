"""Guards: the conditions under which something may be said, marked where they stand.

Where a guard says no, a name is withheld, or a plainer thing is said. A test switches them off, one
by one, and shows for each what would then be told falsely.
"""

from collections.abc import Callable

GUARDS: dict[str, tuple[Callable, object]] = {}  # module.function → itself, and its answer when off


def guard(off: object) -> Callable[[Callable], Callable]:
    """Mark a function as a guard; `off` is what it would say if it guarded nothing."""

    def mark(function):
        GUARDS[f"{function.__module__.rsplit('.', 1)[-1]}.{function.__name__}"] = function, off
        return function

    return mark
