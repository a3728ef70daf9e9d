"""The right rule on wrong inputs: arguments swapped, left out, turned, or one taken for all."""

import inspect
from collections.abc import Callable, Iterator
from itertools import combinations

from attncourse.checks.engine.verdict import LIKELY, Finding

Slip = tuple[Finding, Callable]


def askew(reference: Callable, arguments: tuple[str, ...]) -> Iterator[Slip]:
    """Findings, each with the reference as it answers when its inputs are so mistaken."""
    for one, two in combinations(range(len(arguments)), 2):
        names = f"`{arguments[one]}` and `{arguments[two]}`"
        why = "Each is right on its own, but stands where the other belongs."
        yield _finding("swapped", f"swapped {names}", why), _on(reference, _swap(one, two))
    for place, name in enumerate(arguments):
        if (default := _default(reference, name)) is not inspect.Parameter.empty:
            why = "It changes what is right; as it is, it changes nothing."
            left_out = _on(reference, _replaced(place, name, default))
            yield _finding("left-out", f"ignored `{name}`", why), left_out
        for id, said, why, turn in TURNS:
            yield _finding(id, said.format(name), why), _on(reference, _turned(place, turn))


def _default(reference: Callable, name: str):
    call = reference.forward if inspect.isclass(reference) else reference
    return inspect.signature(call).parameters[name].default


def _finding(id, name, why):
    return Finding(id, name, why, LIKELY)


def _on(reference: Callable, change: Callable) -> Callable:
    """The reference, called with other arguments; a module is built as it is and then called so."""
    if not inspect.isclass(reference):
        return lambda *args, **kwargs: _called(reference, *change(args, kwargs))

    class Askew(reference):
        def forward(self, *args, **kwargs):
            return _called(super().forward, *change(args, kwargs))

    return Askew


def _called(function, args, kwargs):
    return function(*args, **kwargs)


def _swap(one: int, two: int) -> Callable:
    def change(args, kwargs):
        args = list(args)
        args[one], args[two] = args[two], args[one]
        return args, kwargs

    return change


def _replaced(place: int, name: str, value) -> Callable:
    def change(args, kwargs):
        kept = {key: thing for key, thing in kwargs.items() if key != name}
        return [value if i == place else x for i, x in enumerate(args)], kept

    return change


def _turned(place: int, turn: Callable) -> Callable:
    def change(args, kwargs):
        turned = [turn(x) if i == place and hasattr(x, "shape") else x for i, x in enumerate(args)]
        return turned, kwargs

    return change


def _first_for_all(axis: int) -> Callable:
    """An array in which every entry along an axis is the first one."""

    def turn(x):
        if x.ndim < 3:
            return x
        return x.take([0], axis).repeat(x.shape[axis], axis) if _is_numpy(x) else _expand(x, axis)

    return turn


def _expand(x, axis):
    return x.narrow(axis, 0, 1).expand(x.shape)


def _is_numpy(x) -> bool:
    return type(x).__module__ == "numpy"


def _flip(axis: int) -> Callable:
    def turn(x):
        if x.ndim < -axis:
            return x
        return x[_back(axis)] if _is_numpy(x) else x.flip(axis)

    return turn


def _back(axis):
    return (..., slice(None, None, -1), *[slice(None)] * (-axis - 1))


def _mistaken_mask(x):
    return ~x if str(x.dtype).endswith("bool") else x


TURNS = (
    (
        "argument-transposed",
        "took the transpose of `{}`",
        "Its last two axes stand the other way round.",
        lambda x: x.swapaxes(-1, -2) if x.ndim > 1 else x,
    ),
    (
        "argument-reversed",
        "read `{}` from its end",
        "Its entries come in the opposite order.",
        _flip(-1),
    ),
    (
        "argument-reversed",
        "read the rows of `{}` from the last to the first",
        "Its rows come in the opposite order.",
        _flip(-2),
    ),
    (
        "first-of-batch",
        "used only the first `{}` of the batch",
        "Each entry of a batch has its own.",
        _first_for_all(0),
    ),
    (
        "first-of-axis",
        "used only the first entry of `{}` along axis 1",
        "Each has its own.",
        _first_for_all(1),
    ),
    (
        "argument-inverted",
        "took `{}` the other way round",
        "True and False are mixed up.",
        _mistaken_mask,
    ),
    ("argument-negated", "flipped the sign of `{}`", "It goes in as it is.", lambda x: -x),
    ("argument-absolute", "dropped the signs of `{}`", "It goes in as it is.", lambda x: abs(x)),
    ("argument-squared", "squared `{}`", "It goes in as it is.", lambda x: x * x),
)
