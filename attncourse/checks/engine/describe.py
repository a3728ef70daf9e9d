"""Names of arguments and kinds of values, in words."""

from attncourse.checks.engine.outcome import Seen


def argument_name(exercise, key: str) -> str:
    """An argument's name from its position ("0" → "scores"); other keys are names already."""
    if key.isdecimal() and int(key) < len(exercise.arguments):
        return exercise.arguments[int(key)]
    return key


def argument_names(exercise, keys) -> str:
    """Arguments by their positions, in words: "`scores`, `mask`"."""
    return ", ".join(f"`{argument_name(exercise, key)}`" for key in keys)


def kind_of(seen: Seen) -> str:
    """What a value is, in words: "a NumPy array", "a list of 3", "one number"."""
    known = {"array": "a NumPy array", "tensor": "a PyTorch tensor", "none": "None", "text": "text"}
    if seen.kind in known:
        return known[seen.kind]
    if seen.kind in ("tuple", "list"):
        return f"a {seen.kind} of {len(seen.value)}"
    return "one number" if seen.kind == "number" else article(seen.kind)


def article(word: str) -> str:
    """The word after its indefinite article."""
    return f"{'an' if word[:1].lower() in 'aeiou' else 'a'} {word}"
