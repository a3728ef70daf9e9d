"""A case and an outcome as messages: both ends of each form."""

import hashlib
import inspect
import math
import textwrap

import numpy as np

from attncourse.checks.engine.case import Case
from attncourse.checks.engine.outcome import Outcome, Raised, Seen
from attncourse.grading.untrusted.limits import MOST_NUMBERS, MOST_RESULTS, MOST_TEXT
from attncourse.grading.untrusted.wire import Handle

# ---- a case, from the judge to the child


def case_data(case: Case, functions: list) -> dict:
    """A case as data; functions among its arguments are kept in `functions`, and numbered."""
    return {
        "args": [_sendable(value, functions) for value in case.args],
        "kwargs": {name: _sendable(v, functions) for name, v in case.kwargs.items()},
        "gradient": case.gradient,
        "build": case.build,
        "training": case.training,
        "before": case.before and [_sendable(value, functions) for value in case.before],
        "state": case.state,
        "seconds": case.seconds,
        "use": None if case.use is None else textwrap.dedent(inspect.getsource(case.use)),
    }


def _sendable(value, functions):
    """An argument for the wire: functions stay here and are called from there."""
    if type(value).__name__ == "Generator" and hasattr(value, "get_state"):
        return Handle("generator", value.get_state())
    if callable(value):
        functions.append(value)
        return Handle("callable", len(functions) - 1)
    return value


def case_of(sent: dict, things: dict) -> Case:
    """The case again; `things` makes something of what is no data, by kind."""

    def filled(value):
        return things[value.kind](value.value) if isinstance(value, Handle) else value

    args = [filled(value) for value in sent["args"]]
    kwargs = {name: filled(value) for name, value in sent["kwargs"].items()}
    case = Case("", *args, build=sent["build"], seconds=sent["seconds"], **kwargs)
    case.training = sent["training"]
    case.before = sent["before"] and tuple(filled(value) for value in sent["before"])
    case.gradient, case.state, case.use = sent["gradient"], sent["state"], _function(sent["use"])
    return case


def _function(text):
    """The one function that a text defines."""
    if text is None:
        return None
    names: dict = {}
    exec(compile(text, "<how the answer is used>", "exec"), names)
    return next(thing for name, thing in reversed(names.items()) if name != "__builtins__")


def fingerprint(value) -> str:
    """A digest of an argument's value, the same on both sides; its place in memory is no part.

    NaN is NaN, and minus zero is zero: what compares as unchanged has the same fingerprint.
    """
    if callable(value) or type(value).__name__ == "Generator":  # drawing moves a generator on
        return ""
    if hasattr(value, "detach"):
        value = value.detach()
        value = (value.float() if str(value.dtype) == "torch.bfloat16" else value).numpy()
    if not isinstance(value, np.ndarray):
        parts = value.items() if isinstance(value, dict) else value
        if isinstance(value, list | tuple | dict) and any(map(_holds_array, parts)):
            return repr([fingerprint(part) for part in parts])
        return hashlib.blake2b(repr(value).encode("utf-8", "replace"), digest_size=8).hexdigest()
    if value.dtype.kind in "fc":
        value = np.array(value + 0.0)
        value[np.isnan(value)] = np.nan
    body = f"{value.dtype}{value.shape}".encode() + value.tobytes()
    return hashlib.blake2b(body, digest_size=8).hexdigest()


def _holds_array(value) -> bool:
    return hasattr(value, "shape") or isinstance(value, list | tuple | dict)


# ---- an outcome, from the child to the judge, who believes only its form


def outcome_data(outcome: Outcome) -> dict:
    """An outcome as plain data, for the wire."""
    gradients = outcome.gradients
    return {
        "result": _seen_data(outcome.result),
        "raised": None if outcome.raised is None else vars(outcome.raised),
        "backward": None if outcome.backward is None else vars(outcome.backward),
        "changed": list(outcome.changed),
        "gradients": None
        if gradients is None
        else {k: _seen_data(g) for k, g in gradients.items()},
    }


def _seen_data(seen):
    if seen is None:
        return None
    if seen.kind in ("list", "tuple"):
        return [seen.kind, [_seen_data(part) for part in seen.value], seen.dtype]
    if seen.kind == "dict":
        pairs = [[key, _seen_data(value)] for key, value in seen.value.items()]
        return [seen.kind, pairs, seen.dtype]
    return [seen.kind, seen.value, seen.dtype]


def outcome_of(sent: object, most: int = MOST_NUMBERS) -> Outcome:
    """The outcome in what was sent; of a result with more than `most` numbers only that.

    Raises:
        ValueError: it has not the form of one.
    """
    try:
        raised, gradients, backward = sent["raised"], sent["gradients"], sent["backward"]
        if large := _too_much(sent["result"], most):
            return Outcome(result=Seen(large))
        if gradients and any(_too_much(g, most) for g in gradients.values()):
            raise ValueError("larger than what they are gradients of")
        return Outcome(
            result=_seen(sent["result"]),
            raised=None if raised is None else _raised(raised),
            changed=tuple(str(name)[:100] for name in sent["changed"][:20]),
            gradients=None
            if gradients is None
            else {str(k): _seen(g) for k, g in gradients.items()},
            backward=None if backward is None else _raised(backward),
        )
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise ValueError(f"no outcome ({type(error).__name__})") from None


def _too_much(sent, most: int) -> str:
    """What a result is that no check should compute with; "" where it may."""
    numbers, parts, waiting = 0, 0, [sent]
    while waiting:
        part = waiting.pop()
        parts += 1
        if part is not None:
            kind, value, _ = part
            if kind in ("list", "tuple", "dict"):
                waiting += [x for _, x in value] if kind == "dict" else value
            elif isinstance(value, np.ndarray):  # an axis without entries still costs
                numbers += math.prod(max(1, size) for size in value.shape)
            elif isinstance(value, str) and len(value) > MOST_TEXT:
                return f"text of more than {MOST_TEXT} characters"
        if parts > MOST_RESULTS:
            return f"result of more than {MOST_RESULTS} parts"
        if numbers > most:
            return f"result of more than {most} numbers"
    return ""


def _raised(sent):
    family = tuple(str(kind)[:100] for kind in sent["family"][:20])
    return Raised(
        str(sent["kind"])[:100],
        str(sent["message"])[:500],
        str(sent["line"])[:300],
        sent["stub"] is True,
        family,
    )


def _seen(sent):
    if sent is None:
        return None
    kind, value, dtype = sent
    if kind in ("list", "tuple"):
        return Seen(kind, tuple(_seen(part) for part in value))
    if kind == "dict":
        return Seen(kind, {key: _seen(part) for key, part in value})
    if kind in ("tensor", "array", "number"):
        if not isinstance(value, np.ndarray):
            raise TypeError("an array is due")
        return Seen(
            kind, value, "bfloat16" if _is_bfloat16(kind, value, dtype) else str(value.dtype)
        )
    return Seen(str(kind)[:100], value if isinstance(value, str) else None)


def _is_bfloat16(kind: str, value: np.ndarray, label: object) -> bool:
    """Whether an array may be what its label says: tolerances are wider for a coarse dtype."""
    if label != "bfloat16" or kind != "tensor" or value.dtype != np.float32:
        return False
    bits = np.ascontiguousarray(value).view(np.uint32)
    return not (bits & 0xFFFF).any()
