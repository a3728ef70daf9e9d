"""Why a call failed: what the inputs share on which it does, or what the error's sizes tell."""

import re
from collections.abc import Callable
from itertools import permutations

from attncourse.checks.engine.compare import same_values
from attncourse.checks.engine.describe import article
from attncourse.checks.engine.features import LEFT_OUT, shared
from attncourse.checks.engine.guards import guard
from attncourse.checks.engine.observe import observe
from attncourse.checks.engine.outcome import Outcome, Raised
from attncourse.checks.engine.trial import Trial
from attncourse.checks.engine.verdict import Finding

KINDS = ("one-kind-of-input",)  # features that say where, and not what
MOST = 2  # kinds of error that a verdict tells
PRODUCTS = ("no-transpose", "inner-sizes")


def crashes(trial: Trial, *, named: bool = False) -> list[Finding]:
    """Each kind of error with its reason, its whole message and the learner's line.

    Where the mistake has a name already, one error is told, and no second reason for it.
    """
    raised = trial.outcomes[min(trial.crashed)].raised if trial.crashed else None
    if named and raised and raised.kind not in OWN:
        return [
            Finding("raised", f"raised {article(raised.kind)}", _words(raised), line=raised.line)
        ]
    if _feature(trial, trial.crashed):
        return [_crash(trial, sorted(trial.crashed))]
    kinds: dict[tuple[str, str], list[int]] = {}
    for index in sorted(trial.crashed):
        raised = trial.outcomes[index].raised
        kinds.setdefault((raised.kind, re.sub(r"\d+", "#", raised.message)), []).append(index)
    told = [_crash(trial, indices) for indices in kinds.values()]
    return list({_same(finding): finding for finding in reversed(told)}.values())[::-1][:MOST]


def _same(finding: Finding) -> str:
    """What two findings share that tell one thing: a product has other words in a batch."""
    return finding.line or finding.name if finding.id in PRODUCTS else finding.name


def _crash(trial: Trial, indices: list[int]) -> Finding:
    """One kind of error, on the inputs on which it comes."""
    truth, raised = trial.truths[indices[0]][1], trial.outcomes[indices[0]].raised
    why = _words(raised)
    if truth.raised:
        name = f"raised {article(raised.kind)} where {article(truth.raised.kind)} is due"
        return Finding("other-error", name, why, line=raised.line)
    if raised.kind in OWN:
        id, name, why = OWN[raised.kind]
        return Finding(id, name, why.format(raised.message), line=raised.line)
    if trial.cases[indices[0]].use and not raised.line:  # raised by what uses the answer
        return Finding("unusable", "handed over what the check could not use", why)
    common = _feature(trial, set(indices))
    id, name = _cause(trial, indices[0])
    if common and (id == "raised" or common.id not in KINDS):  # an error's words tell more
        id, name = common.id, common.name
    if id == LEFT_OUT and "None" in raised.message:
        id, name = (
            "always-expected",
            name.replace("got it wrong where", "always expected").removesuffix(" is left out"),
        )
    return Finding(id, name, why, line=raised.line)


def _feature(trial: Trial, indices: set[int]) -> Finding | None:
    """What these inputs have in common, and those that are right have not."""
    bad = trial.without_right_values
    good, plainly = set(range(len(trial.outcomes))) - bad, bad == indices
    odd = "dtype" in trial.kinds
    found = shared(trial.exercise, trial.cases, indices, good, plainly=plainly, wrong_dtype=odd)
    return found if plainly or (found and found.id == LEFT_OUT) else None


def _words(raised: Raised) -> str:
    return f"{raised.kind}: {raised.message}" if raised.message else raised.kind


OWN = {  # errors of the check itself
    "time limit": ("too-long", "took too long", "Stopped: {}. Look for a loop that cannot end."),
    "ParameterError": ("parameters", "gave the module other parameters", "Of its parameters: {}."),
}


def _cause(trial: Trial, index: int) -> tuple[str, str]:
    """What an error's own words tell; its type, where they tell nothing more."""
    raised = trial.outcomes[index].raised
    for pattern, own, called in SIGNATURES:
        if match := re.search(pattern, raised.message):  # without a line, their code never ran
            told = called if raised.line else own
            called_one = match[1].removesuffix(".__init__").strip("_")
            return "call" if raised.line else "signature", told.format(called_one, match[2])
    for pattern, explain in CAUSES:
        if match := re.search(pattern, raised.message):
            id, name = explain(*match.groups())
            return (
                (id, name)
                if explain is not _product
                else _product_of(trial, index, *match.groups())
            )
    return "raised", f"raised {article(raised.kind)}"


SIGNATURES = (  # the error; what it says of the learner's own function; of one that they call
    (
        r"([\w.<>]+)\(\) missing \d+ required (?:positional|keyword-only) arguments?: (.*)",
        "wrote a function that asks for more: {1}",
        "called `{0}` without {1}",
    ),
    (
        r"([\w.<>]+)\(\) got an unexpected keyword argument '(\w+)'",
        "left `{1}` out of the function's arguments",
        "gave `{0}` an argument that it does not have: `{1}`",
    ),
    (
        r"([\w.<>]+)\(\) takes (?:from \d+ to )?(\d+) positional arguments? but \d+",
        "wrote a function that takes {1} arguments; it is given more",
        "gave `{0}` too many arguments",
    ),
)


def _product(*sizes: str):
    a, b, c, d = sizes
    name = f"multiplied {a} × {b} by {c} × {d}, and the inner sizes, {b} and {c}, differ"
    return "inner-sizes", name


def _product_of(trial: Trial, index: int, *sizes: str):
    """Two matrices that do not fit: a transpose is advised only where it gives the right result."""
    a, b, c, d = map(int, sizes)
    case, truth = trial.truths[index]
    arrays = [x for x in case.args if len(getattr(x, "shape", ())) > 1]
    told = f"multiplied {a} × {b} by {c} × {d}"
    for one, two in permutations(arrays, 2):
        if (*one.shape[-2:], *two.shape[-2:]) != (a, b, c, d) or not truth.result.is_array:
            continue
        if b == d and _gives(one @ two.swapaxes(-1, -2), truth, case):
            return "no-transpose", f"{told}: the second needs its last two axes swapped"
        if a == c and _gives(one.swapaxes(-1, -2) @ two, truth, case):
            return "no-transpose", f"{told}: the first needs its last two axes swapped"
    return _product(*sizes)


@guard(off=True)
def _gives(result, truth, case) -> bool:
    return same_values(truth, Outcome(observe(result)), case)


def _inner(*sizes: str):
    return "inner-sizes", f"multiplied arrays whose inner sizes, {sizes[1]} and {sizes[0]}, differ"


def _batched(*sizes: str):
    due, came = (tuple(map(int, pair)) for pair in (sizes[:2], sizes[2:]))
    if due[0] == came[0]:
        return "inner-sizes", f"multiplied arrays whose inner sizes, {due[1]} and {came[1]}, differ"
    return "batch-sizes", f"multiplied batches of different size, {due[0]} and {came[0]}"


def _broadcast(one: str, other: str):
    """Shapes that do not meet: would an axis of size 1, kept, make them fit?"""
    shapes = [tuple(int(n) for n in re.findall(r"\d+", text)) for text in (one, other)]
    long, short = sorted(shapes, key=len, reverse=True)
    told = f"combined shapes {_shape(shapes[0])} and {_shape(shapes[1])}, which do not fit"
    if len(long) == len(short) + 1 and long[:-1] == short:
        return "no-keepdims", f"{told}: keep the axis that was reduced"
    return "broadcast", told


def _shape(sizes):
    return f"({', '.join(map(str, sizes))}{',' if len(sizes) == 1 else ''})"


def _said(id: str, name: str) -> Callable:
    """A cause whose words hold what the pattern found."""
    return lambda *found: (id, name.format(*found))


N = r"(\d+)"
CAUSES: tuple[tuple[str, Callable], ...] = (
    (rf"mat1 and mat2 shapes cannot be multiplied \({N}x{N} and {N}x{N}\)", _product),
    (rf"batch2 tensor to be: \[{N}, {N}\] but got: \[{N}, {N}\]", _batched),
    (
        rf"matmul: Input operand .* in its core dimension 0.*size {N} is different from {N}",
        _inner,
    ),
    (r"could not be broadcast together with shapes \(([\d, ]*)\) \(([\d, ]*)\)", _broadcast),
    (
        rf"size of tensor a \({N}\) must match the size of tensor b \({N}\) .* dimension {N}",
        _said("broadcast", "combined sizes {0} and {1}, which do not fit, along axis {2}"),
    ),
    (
        r"same dtype, but got: (\w+) (?:!=|and) (\w+)|Found dtype (\w+) but expected (\w+)",
        lambda a, b, c, d: ("dtypes", f"mixed {a or c} with {b or d}"),
    ),
    (
        r"name '(\w+)' is not defined|variable '(\w+)' where",
        lambda a, b: ("undefined", f"used `{a or b}` before giving it a value"),
    ),
    (
        r"truth value of an array|Boolean value of Tensor with more than one value",
        _said("truth-of-array", "asked whether a whole array is true; `.all()` or `.any()` tells"),
    ),
    (
        r"[Dd]imension out of range.*but got (-?\d+)|axis (-?\d+) is out of bounds",
        lambda a, b: ("no-such-axis", f"used axis {a or b}, which some inputs do not have"),
    ),
    (
        r"boolean index did not match|shape of the mask .* does not match",
        _said("mask-shape", "chose with True and False of another shape"),
    ),
    (
        r"view size is not compatible",
        _said("view", "used view where the entries do not lie in that order; reshape copies them"),
    ),
    (
        r"'NoneType' object|NoneType'?$|not NoneType",
        _said("none-used", "used None as if it held something"),
    ),
    (
        r"Can't call numpy\(\) on Tensor that requires grad",
        _said("left-torch", "left PyTorch for NumPy, where no gradient gets through"),
    ),
    (
        r"leaf Variable that requires grad|modified by an inplace operation",
        _said("in-place", "changed a tensor in place that the gradient still needs"),
    ),
)
