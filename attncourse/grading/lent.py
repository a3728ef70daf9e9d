"""Functions among a case's arguments stay with the judge, who computes on what a child sends."""

import math

from attncourse.grading.link import ChildLostError
from attncourse.grading.untrusted.limits import ELEMENTS, MOST_ASKED


class Lent:
    """The functions lent for one exercise, by number; each knows how much it may be given."""

    def __init__(self, functions: list, sizes: list[int]):
        self.functions, self.sizes, self.asked = functions, sizes, 0

    def computed(self, reply: dict) -> dict:
        """What a function gives for tensors that the child chose, bounded before it is called.

        Raises:
            ChildLostError: too much was asked.
        """
        self.asked += 1
        if self.asked > MOST_ASKED:
            raise ChildLostError(f"it called a function it was given {MOST_ASKED} times")
        try:
            asked = reply.get("call") or reply["gradient"]
            number, args, kwargs = asked["function"], asked["args"], asked["kwargs"]
            if elements([*args, *kwargs.values()]) > ELEMENTS + 4 * self.sizes[number]:
                raise ChildLostError("it gave a function far more numbers than there are")
            function = self.functions[number]
            if "call" in reply:
                return {"value": _value(function, args, kwargs)}
            return {"value": _gradients(function, args, asked["gradient"])}
        except ChildLostError:
            raise
        except Exception as error:  # a function given nonsense raises there as it would at home
            return {"raised": [type(error).__name__, str(error)[:300]]}


def _value(function, args, kwargs):
    import torch

    with torch.no_grad():
        return function(*args, **kwargs)


def _gradients(function, args, gradient) -> list:
    import torch

    leaves = [a.requires_grad_(a.is_floating_point()) for a in args]
    wanted = [leaf for leaf in leaves if leaf.requires_grad]
    result = function(*leaves)
    found = iter([None] * len(wanted))
    if result.requires_grad:
        found = iter(torch.autograd.grad(result, wanted, gradient, allow_unused=True))
    return [next(found) if leaf.requires_grad else None for leaf in leaves]


def elements(value) -> int:
    """How many numbers a value holds; an axis without entries counts as one, for it still costs."""
    if hasattr(value, "shape"):
        return math.prod(max(1, size) for size in value.shape)
    if isinstance(value, dict):
        return elements([*value.keys(), *value.values()])
    if isinstance(value, list | tuple):
        return sum(map(elements, value))
    return 1
