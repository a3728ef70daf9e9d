"""Mend a training loop whose gradients pile up."""

import torch

from attncourse.checks.engine.exercise import Case, Exercise, Mistake


def descend(start, target, rate, steps):
    """Follow the gradient of Σ (x − target)² for some steps; returns where x has come to."""
    return _with(start, target, rate, steps)


def given(start, target, rate, steps):
    """The slip: `backward` adds to x.grad, and nobody empties it."""
    x = start.clone().requires_grad_()
    for _ in range(steps):
        loss = (x - target).square().sum()
        loss.backward()
        with torch.no_grad():
            x -= rate * x.grad
    return x.detach()


def _with(start, target, rate, steps, *, grad="fresh", sign=-1.0, times="steps", loss="sum"):
    x, piled, smallest = start.clone(), torch.zeros_like(start), torch.inf
    rate = rate / max(1, steps) if times == "shared" else rate
    rounds = {"one": min(steps, 1), "one more": steps + 1, "less": steps - 1}
    for _ in range(rounds.get(times, steps)):
        if times == "until it grows" and (x - target).square().sum() > smallest:
            break
        smallest = (x - target).square().sum()
        slope = {"sum": 2 * (x - target), "half": x - target, "no square": (x - target).sign()}
        slope["first"] = 2 * (start - target)
        slope["unit"] = slope["sum"] / slope["sum"].norm()
        slope = slope.get(loss, 2 * (x - target) / max(x.numel(), 1))
        piled = slope if grad == "fresh" else piled + slope
        x = x if grad == "emptied early" else x + sign * rate * piled
        x = 0 * x if grad == "x emptied" else x
    return x


def _cases():
    def case(label, start, target, rate, steps):
        numbers = (torch.tensor(x, dtype=torch.float64) for x in (start, target))
        return Case(label, *numbers, rate, steps, gradient=False, seconds=30)

    return [
        case("one step", [3.0], [1.0], 0.1, 1),
        case("two steps", [3.0], [1.0], 0.1, 2),
        case("five steps", [3.0], [1.0], 0.1, 5),
        case("no step", [3.0], [1.0], 0.1, 0),
        case("two numbers", [3.0, -1.0], [1.0, 4.0], 0.05, 3),
        case("a large step", [0.0, 2.0, 5.0], [1.0, 1.0, 1.0], 0.4, 4),
        case("a step that overshoots", [3.0], [1.0], 1.25, 3),
        case("a start that is the target", [2.0, 7.0], [2.0, 1.0], 0.2, 6),
    ]


EXERCISE = Exercise(
    reference=descend,
    points=2,
    cases=_cases,
    hints=(
        "With one step it is right. Print `x.grad` after each `backward()`. What should it be at "
        "x = 2.6?",
        "`backward()` does not replace what stands in `x.grad`; it adds to it.",
        "What one step leaves behind, the next must not find. Where in the loop do you empty "
        "`x.grad`?",
    ),
    verified="as many steps as asked, none included, each with its own gradient",
    rewrite=_with,
    given=given,
    mistakes=(
        Mistake(
            "piled-up",
            "let the gradients of all steps add up",
            "`backward()` adds to `x.grad`. Empty it before the next `backward()`.",
            grad="piled",
        ),
        Mistake(
            "emptied-early",
            "emptied the gradient before it was used, so nothing moved",
            "First `backward()`, then the step, then empty the gradient.",
            grad="emptied early",
        ),
        Mistake(
            "uphill",
            "went uphill",
            "A step goes against the gradient: subtract.",
            sign=1.0,
        ),
        Mistake(
            "one-step",
            "took one step only",
            "Take as many steps as asked.",
            times="one",
        ),
        Mistake(
            "one-more",
            "took one step too many",
            "`range(steps)` repeats as often as asked.",
            times="one more",
        ),
        Mistake(
            "mean-for-sum",
            "took the mean where the sum was asked",
            "The loss is a sum of squares; a mean divides the gradient by how many there are.",
            loss="mean",
        ),
        Mistake(
            "half-the-slope",
            "forgot the factor 2",
            "The derivative of (x − target)² is 2 (x − target).",
            loss="half",
        ),
        Mistake(
            "no-square",
            "took the absolute difference, not its square",
            "Then every step has the same size, however far the target is.",
            loss="no square",
        ),
        Mistake(
            "shared-rate",
            "divided the learning rate by the number of steps",
            "Smaller steps hide what piles up. Each step has the whole rate, and its own gradient.",
            {"times": "shared"},
            {"times": "shared", "grad": "piled"},
        ),
        Mistake(
            "one-less",
            "took one step too few",
            "`range(steps)` repeats as often as asked; `range(1, steps)` once less.",
            times="less",
        ),
        Mistake(
            "first-gradient",
            "used the first gradient for all steps",
            "x has moved: the next step needs the gradient there.",
            loss="first",
        ),
        Mistake(
            "unit-steps",
            "made every step of the same length",
            "The gradient's length says how steep it is: far away, the steps are long.",
            loss="unit",
        ),
        Mistake(
            "x-emptied",
            "emptied x, not its gradient",
            "What must not pile up is `x.grad`. x is what you are looking for.",
            grad="x emptied",
        ),
        Mistake(
            "until-it-grows",
            "stopped as soon as the loss grew",
            "All steps were asked, with a large rate too.",
            times="until it grows",
        ),
    ),
)
