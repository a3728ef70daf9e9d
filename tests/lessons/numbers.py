"""Does every number in a lesson's words have a source on the same page?

A number in prose is found when an output, a number in code or a formula gives it, rounded as it is
written: 0.88 is found in 0.8776, 88 % too. After "about", "nearly" and the like it may be a tenth
off. What an output shows only because the cell's own string says so is no source.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tests.lessons.page import Cell, Line, formulas, numbers_in_code, prose, shown, strings

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_POWER = re.compile(r"(?:(\d+(?:\.\d+)?) ?[×·] ?)?10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_NUMBER = re.compile(
    r"(?<![\w.#^])(?<![A-Za-z]-)"  # no part of a name: GPT-2, float32, h_1
    r"(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?:[eE]([-−+]?\d+))?"
    r"(?![\w⁰¹²³⁴⁵⁶⁷⁸⁹]|\.\d)"
)
_LOOSE = re.compile(r"\d+(?:,\d{3})+(?:\.\d+)?|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_POINTER = re.compile(  # "section 3.2.1", "lessons 06 and 08": the number of a place
    r"\b(?:lessons?|sections?|chapters?|figures?|tables?|equations?|footnotes?|exercises?|ch\.|"
    r"fig\.|Python|PyTorch|NumPy|version)\s+\d[\d.]*(?:(?:, | and | or | to |–)\d[\d.]*)*",
    re.I,
)
_ROUGHLY = re.compile(r"(?:about|nearly|almost|around|roughly|near|some|≈|~)\s*$", re.I)
_SHARE = re.compile(r"\s?(?:%|percent|points?\b)")


class Stated(NamedTuple):
    """A number as the prose states it."""

    text: str
    value: float
    digits: int  # after the decimal point, of the value
    share: bool
    rough: bool


class Unfound(NamedTuple):
    """A number without a source, where it stands, and the nearest that the page has."""

    line: Line
    number: Stated
    nearest: float | None

    def __str__(self) -> str:
        near = "" if self.nearest is None else f"; the nearest on the page is {self.nearest:g}"
        context = " ".join(self.line.text.split())[:90]
        return (
            f"cell {self.line.cell}, line {self.line.line}: {self.number.text!r}{near}  «{context}»"
        )


def numbers_without_source(cells: list[Cell], given: Mapping[str, str]) -> list[Unfound]:
    """The numbers in a lesson's words that neither the page nor the given facts account for."""
    known = sources(cells)
    facts = {number.value for text in given for number in stated(text)}
    return [
        Unfound(line, number, min(known, key=lambda x: abs(x - number.value), default=None))
        for line in prose(cells)
        for number in stated(line.text)
        if number.value not in facts and not any(agrees(number, value) for value in known)
    ]


def unused_facts(cells: list[Cell], given: Mapping[str, str]) -> list[str]:
    """Given facts whose number the lesson does not state, or could take from the page."""
    known = sources(cells)
    needed = {
        number.value
        for line in prose(cells)
        for number in stated(line.text)
        if not any(agrees(number, value) for value in known)
    }
    return [text for text in given if not needed & {number.value for number in stated(text)}]


def stated(text: str) -> list[Stated]:
    """The numbers in a line of prose; numbers of places and parts of names are none."""
    text = _POINTER.sub(lambda found: " " * len(found[0]), _POWER.sub(_as_float, text))
    return [_stated(found, text) for found in _NUMBER.finditer(text)]


def agrees(number: Stated, value: float) -> bool:
    """Whether a source's value, rounded as the prose rounds, is the number of the prose."""
    ways = [(number.value, number.digits)]
    if number.share:
        ways.append((number.value / 100, number.digits + 2))
    return any(_rounds_to(*way, value=value, rough=number.rough) for way in ways)


def sources(cells: list[Cell]) -> set[float]:
    """All numbers on the page that nobody wrote down as a result."""
    code = [cell for cell in cells if cell.kind == "code"]
    found = {float(value) for cell in code for value in numbers_in_code(cell.source)}
    found |= _all_numbers(formulas(cells))
    for cell in code:
        literal = _all_numbers(text for _, text in strings(cell.source))
        found |= _all_numbers(shown(cell)) - literal
    return found


def _stated(found: re.Match, text: str) -> Stated:
    mantissa = found[1].replace(",", "")
    power = int((found[2] or "0").replace("−", "-"))
    digits = len(mantissa.partition(".")[2]) - power
    share = bool(_SHARE.match(text, found.end()))
    rough = bool(_ROUGHLY.search(text[: found.start()]))
    return Stated(found[0], float(mantissa) * 10.0**power, digits, share, rough)


def _rounds_to(wanted: float, digits: int, *, value: float, rough: bool) -> bool:
    if rough:
        return abs(value - wanted) <= 0.1 * wanted
    whole_and_small = digits <= 0 and wanted < 10  # 0.6 is not "1"
    slack = 1e-9 if whole_and_small else 0.5 * 10.0**-digits
    return abs(value - wanted) <= slack * (1 + 1e-6)


def _all_numbers(texts: Iterable[str]) -> set[float]:
    joined = _POWER.sub(_as_float, "\n".join(texts))
    return {float(found.replace(",", "")) for found in _LOOSE.findall(joined)}


def _as_float(found: re.Match) -> str:
    """10⁻⁹ as 1e-9, so that one pattern reads all numbers."""
    return f"{found[1] or 1}e{found[2].translate(_SUPERSCRIPTS)}"
