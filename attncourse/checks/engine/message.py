"""A verdict's record in words: plain text that reads without colour.

A record is `Verdict.record()`, live or out of a saved notebook. Nothing reads these words back.
"""

from collections.abc import Iterator

MARKS = {"not attempted": "○", "not yet": "✗", "correct": "✓"}
STARTS = {
    "fact": "What is wrong",
    "likely": "The likely mistake",
    "convention": "Another convention",
    "nearest": "The nearest known mistake",
}
UNKNOWN = "The result is wrong, and not in a way that this check knows."
PRINTED = "Your answer printed:"
AGAIN = "Run it on this input:"


def title(record: dict) -> str:
    """A verdict's first line: "✗ softmax: not yet"."""
    name = f"{record['exercise']}: " if record["exercise"] else ""
    return f"{MARKS.get(record['state'], '–')} {name}{record['state']}"


def as_text(record: dict) -> str:
    """All that a verdict has to say below its title."""
    return "\n".join(_lines(record))


def _lines(record: dict) -> Iterator[str]:
    yield from record["notices"]
    if record["state"] == "correct":
        yield earned(record)
    elif record["note"]:
        yield record["note"]
    for start, found in started(record):
        yield f"{start} you {found['name']}."
        yield f"  {found['why']}"
        if found["line"]:
            yield f"  {found['line']}"
    if is_unknown(record):
        yield UNKNOWN
    if record["case"]:
        yield from _example(record["case"])
        if rule := broken_rule(record):
            yield rule
    if record["printed"]:
        yield from _printed(record["printed"])
    if record["case"]:
        if how_far := right_inputs(record):
            yield how_far
        if record["again"]:
            yield f"{AGAIN} {record['again']}"
    if record["hints"]:
        yield f'Stuck? hint("{record["exercise"]}") gives the first of {len(record["hints"])}.'


def earned(record: dict) -> str:
    """What a correct answer earned, and what it was tried on."""
    points, total = record["points"], record["total"]
    tried = f"Verified on {total} inputs: " if total > 1 else ""
    return f"{points} of {points} points. {tried}{record['note']}"


def started(record: dict) -> Iterator[tuple[str, dict]]:
    """Each finding with the beginning of its sentence: how sure it is, where that changes."""
    sure = ""
    for found in record["findings"]:
        same = found["certainty"] == sure
        yield "And" if same else f"{STARTS[found['certainty']]}:", found
        sure = found["certainty"]


def is_unknown(record: dict) -> bool:
    """Whether a wrong result was seen, and no name is known for it."""
    return bool(record["case"]) and not record["findings"]


def _example(case: dict) -> Iterator[str]:
    if case["input"]:
        yield f"{case['what']} ({case['label']}):"
        yield from _indented(case["input"])
    if case["output"]:
        yield "You returned:"
        yield from _indented(case["output"])


def _printed(printed: dict) -> Iterator[str]:
    if printed["input"]:
        yield f"On this input ({printed['label']}):"
        yield from _indented(printed["input"])
    yield PRINTED
    yield from (f"  {line}" for line in printed["text"].splitlines())


def _indented(parts: list[dict]) -> Iterator[str]:
    """Values as Python: a comment with kind and shape, then the numbers where they are few."""
    for part in parts:
        about = "; ".join(filter(None, (part["about"], part["fault"])))
        if about:
            name = f"{part['name']}: " if part["name"] else ""
            yield f"  # {name}{about}"
        if not part["large"]:
            yield from (f"  {line}".rstrip() for line in assigned(part).splitlines())


def assigned(part: dict) -> str:
    """The code of a value behind its name, further lines below the first; "" without code."""
    start = f"{part['name']} = " if part["name"] else ""
    first, *others = part["code"].split("\n")
    below = [" " * len(start) + line if line else "" for line in others]
    return "\n".join([start + first, *below]) if first else ""


def broken_rule(record: dict) -> str:
    """The law that the result breaks; "" where a finding has said so."""
    rule = record["case"]["rule"]
    said = any(rule in found["name"] for found in record["findings"])
    return f"This breaks a rule: {rule}." if rule and not said else ""


def right_inputs(record: dict) -> str:
    """How much is right already, or ""."""
    right, total = record["right"], record["total"]
    return f"{right} of {total} inputs are right." if total > 1 else ""
