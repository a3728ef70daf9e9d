"""A verdict's record as HTML: what is wrong as a headline, why, and the evidence below it.

Styles stand in the elements and nothing needs a script, so that a saved notebook looks the same
where JupyterLab does not trust it. Text keeps the page's own colour, light or dark; white stands
on colour in the badge alone; wrong entries lie on a tint that both themes can carry.
"""

import html
import re
from collections.abc import Iterator

from attncourse.checks.engine.message import (
    AGAIN,
    MARKS,
    PRINTED,
    UNKNOWN,
    assigned,
    broken_rule,
    earned,
    is_unknown,
    right_inputs,
    started,
)

BADGES = {"not attempted": "#57606a", "not yet": "#b04e00", "correct": "#00734f"}
EDGES = {"not attempted": "#808890", "not yet": "#d55e00", "correct": "#009e73"}
OTHER = "#57606a"

FRAME = "border-left:4px solid {};padding:2px 0 2px 14px;max-width:60em;line-height:1.5"
BADGE = "color:#ffffff;font-weight:bold;padding:1px 8px;border-radius:4px;white-space:nowrap"
HEADLINE = "font-size:110%;margin-top:6px"
INSIDE = "margin-left:24px"
EVIDENCE = "margin-top:6px"
KEPT = "white-space:nowrap"
CODE = "margin:0 0 0 24px;padding:0;font-family:monospace;line-height:1.35;overflow-x:auto"
WRONG = "background-color:rgba(213,94,0,0.3);font-weight:bold"
NOTICE = "margin-top:6px;padding:2px 8px;background-color:rgba(230,159,0,0.2)"
FOLD = "cursor:pointer"


def as_html(record: dict) -> str:
    """A verdict for a page."""
    state = record["state"]
    badge = f"{BADGE};background-color:{BADGES.get(state, OTHER)}"
    head = _element("span", f"{MARKS.get(state, '–')} {state}", badge)
    name = f" <strong>{html.escape(record['exercise'])}</strong>"
    told = "".join(_told(record))
    frame = FRAME.format(EDGES.get(state, OTHER))
    return f'<div style="{frame}"><div>{head}{name}</div>{told}</div>'


def _told(record: dict) -> Iterator[str]:
    for notice in record["notices"]:
        yield _element("div", f"⚠ <strong>{prose(notice)}</strong>", NOTICE)
    if record["state"] == "correct":
        yield _say(earned(record))
    elif record["note"]:
        yield _say(record["note"])
    for start, found in started(record):
        yield _finding(start, found)
    if is_unknown(record):
        yield _element("div", f"<strong>{UNKNOWN}</strong>", HEADLINE)
    if record["case"]:
        yield from _example(record["case"])
        yield _say(broken_rule(record))
    if record["printed"]:
        yield from _printed(record["printed"])
    if record["case"]:
        yield _say(right_inputs(record))
    if record["again"]:
        yield _say(f"{AGAIN} `{record['again']}`")
    yield _hints(record["hints"], 1)


def _finding(start: str, found: dict) -> str:
    """The name as a headline, why below it, and the learner's own line as code."""
    name = f"<strong>you {prose(found['name'])}.</strong>"
    parts = [_element("div", f"{start} {name}", HEADLINE)]
    parts.append(_element("div", prose(found["why"]), INSIDE))
    if found["line"]:
        where, _, line = found["line"].partition(": ")
        parts += [_element("div", html.escape(where), INSIDE), _code(html.escape(line))]
    return "".join(parts)


def _example(case: dict) -> Iterator[str]:
    if case["input"]:
        yield _say(f"{case['what']} ({case['label']}):")
        yield from map(_value, case["input"])
    if case["output"]:
        yield _say("You returned:")
        yield from map(_value, case["output"])


def _printed(printed: dict) -> Iterator[str]:
    if printed["input"]:
        yield _say(f"On this input ({printed['label']}):")
        yield from map(_value, printed["input"])
    yield _say(PRINTED)
    yield _code(html.escape(printed["text"]))


def _value(part: dict) -> str:
    """Kind and shape, then numbers; a large array opens by a click."""
    name = f"<code>{html.escape(part['name'])}</code>: " if part["name"] else ""
    about = ", ".join(filter(None, (_unbroken(part["about"]), html.escape(part["fault"]))))
    shown = _code(_shaded(part)) if part["code"] else ""
    if not about:
        return shown
    if shown and part["large"]:
        summary = _element("summary", f"{name}{about}", FOLD)
        return f'<details style="{INSIDE}">{summary}{shown}</details>'
    return _element("div", f"{name}{about}", INSIDE) + shown


def _unbroken(about: str) -> str:
    """Kind, shape and dtype in pieces that no line end cuts."""
    kind, of, rest = about.partition(" of shape ")
    shape, _, dtype = rest.rpartition(", ")
    if not of:
        return html.escape(about)
    pieces = f"{kind} of shape", shape, dtype
    kept = [_element("span", html.escape(piece), KEPT) for piece in pieces]
    return f"{kept[0]} {kept[1]}, {kept[2]}"


def _shaded(part: dict) -> str:
    """The code of a value with its wrong entries on a tint."""
    code, wrong = assigned(part), set(part["wrong"])
    first, last = code.find("["), code.rfind("]")
    if not wrong or first < 0:
        return html.escape(code)
    # Of what stands in brackets, every second piece is an entry.
    pieces = [html.escape(piece) for piece in re.split(r"([^\[\],\s]+)", code[first:last])]
    for number in wrong:
        pieces[2 * number + 1] = _element("span", pieces[2 * number + 1], WRONG)
    return html.escape(code[:first]) + "".join(pieces) + html.escape(code[last:])


def _hints(hints: list[str], number: int) -> str:
    """Hints one inside the other: each opens the way to the next."""
    if number > len(hints):
        return ""
    summary = _element("summary", f"Hint {number} of {len(hints)}", FOLD)
    text = _element("div", prose(hints[number - 1]), INSIDE)
    return f'<details style="{EVIDENCE}">{summary}{text}{_hints(hints, number + 1)}</details>'


def _say(text: str) -> str:
    return _element("div", prose(text), EVIDENCE) if text else ""


def _code(shown: str) -> str:
    return _element("pre", shown, CODE)


def _element(tag: str, inside: str, style: str) -> str:
    return f'<{tag} style="{style}">{inside}</{tag}>'


def prose(text: str) -> str:
    """Text as HTML, with `code` set as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))
