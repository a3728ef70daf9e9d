"""A verdict's record in words: plain text that reads without colour, and HTML.

A record is `Verdict.record()`, live or out of a saved notebook. Nothing reads these words back.
"""

import html
import re
from collections.abc import Iterator

MARKS = {"not attempted": "○", "not yet": "✗", "correct": "✓"}
COLOURS = {"not attempted": "#777777", "not yet": "#D55E00", "correct": "#009E73"}
STARTS = {
    "fact": "What is wrong",
    "likely": "The likely mistake",
    "nearest": "The nearest known mistake",
}
UNKNOWN = "The result is wrong, and not in a way that this check knows."
_NUMBERS = "margin:0;padding:0;background:none;font-family:monospace;line-height:1.3"

# Kinds of block: a sentence, what explains the sentence above it, numbers or code.
SAY, WHY, NUMBERS = "say", "why", "numbers"


def title(record: dict) -> str:
    """A verdict's first line: "✗ softmax: not yet"."""
    name = f"{record['exercise']}: " if record["exercise"] else ""
    return f"{MARKS.get(record['state'], '–')} {name}{record['state']}"


def blocks(record: dict) -> Iterator[tuple[str, str]]:
    """All that a verdict has to say below its title, as blocks of one kind each."""
    if record["state"] == "correct":
        points, total = record["points"], record["total"]
        tried = f"Verified on {total} inputs: " if total > 1 else ""
        yield SAY, f"{points} of {points} points. {tried}{record['note']}"
        return
    if record["note"]:
        yield SAY, record["note"]
    if record["findings"] or record["case"]:
        yield from _findings(record["findings"])
    if record["case"]:
        yield from _example(record["case"])
    if record["case"] and record["total"] > 1:
        yield SAY, f"{record['right']} of {record['total']} inputs are right."


def _findings(findings: list[dict]) -> Iterator[tuple[str, str]]:
    """Each finding with its reason below it; the first says how sure that is."""
    if not findings:
        yield SAY, UNKNOWN
    for number, found in enumerate(findings):
        start = "And you" if number else f"{STARTS[found['certainty']]}: you"
        yield SAY, f"{start} {found['name']}."
        yield WHY, found["why"]
        if found["line"]:
            yield WHY, found["line"]


def _example(case: dict) -> Iterator[tuple[str, str]]:
    if case["input"]:
        yield SAY, f"Smallest failing input ({case['label']}):"
        yield NUMBERS, case["input"]
    if case["output"]:
        yield SAY, "You returned:"
        yield NUMBERS, case["output"]
    if case["rule"]:
        yield SAY, f"This breaks a rule: {case['rule']}."


def as_text(record: dict) -> str:
    """A verdict as plain text, below its title."""
    indents = {SAY: "", WHY: "  ", NUMBERS: "  "}
    lines = [indents[kind] + line for kind, text in blocks(record) for line in text.splitlines()]
    return "\n".join(lines)


def as_html(record: dict) -> str:
    """The same for a page: a coloured edge, sentences, and numbers set as numbers."""
    colour = COLOURS.get(record["state"], "#333333")
    mark = MARKS.get(record["state"], "–")
    head = f"{mark} {html.escape(record['exercise'])} · {record['state']}"
    told = "".join(
        f'<pre style="{_NUMBERS}">{html.escape(text)}</pre>'
        if kind == NUMBERS
        else f"<div>{prose(text)}</div>"
        for kind, text in blocks(record)
    )
    return (
        f'<div style="border-left:4px solid {colour};padding:.3em .9em;max-width:52em">'
        f'<strong style="color:{colour}">{head}</strong>{told}</div>'
    )


def prose(text: str) -> str:
    """Text as HTML, with `code` set as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))
