"""Text in a picture: how wide it is, where it breaks, and which letters stand lower.

`d_k` and `d_{model}` are set with a subscript; names of code such as `n_heads` stay as they are.
"""

import re
from html import escape

_SUBSCRIPT = re.compile(
    r"(?<![A-Za-z0-9_])([A-Za-zα-ω])_(\{[^}]+\}|model|ff|[a-z]{1,2})(?![A-Za-z0-9_])"
)
# Advance widths of Helvetica, in thousandths of the size; what is not listed is 560 wide.
_WIDTHS = {
    " !,./:;I[\\]ft": 278,
    "'ijl|": 225,
    "()-r`{}": 334,
    "ckJsvxyz": 500,
    "FTZ": 611,
    "+<=>~×÷−·": 584,
    "ABEKPSVXY&": 667,
    "CDHNRUw": 722,
    "GOQ": 778,
    "Mm%": 840,
    "W": 944,
    "@→←↑↓…√∞Σ": 1000,
}
_WIDTH_OF = {letter: width for letters, width in _WIDTHS.items() for letter in letters}


def width(text: str, size: float = 13, *, bold: bool = False) -> float:
    """Estimate the width of a text in pixels."""
    plain = _SUBSCRIPT.sub(lambda found: found[1] + found[2].strip("{}")[: len(found[2])], text)
    letters = sum(_WIDTH_OF.get(letter, 560) for letter in plain)
    return letters * size / 1000 * (1.07 if bold else 1)


def wrap(text: str, limit: float, size: float = 13, *, bold: bool = False) -> list[str]:
    """Break a text into lines no wider than `limit`; a word that is too long stays whole."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and width(longer, size, bold=bold) > limit:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def markup(text: str, size: float) -> str:
    """Turn a text into the inside of an SVG text element."""
    drop = f"{size * 0.25:.1f}"
    parts, end = [], 0
    for found in _SUBSCRIPT.finditer(text):
        low = escape(found[2].strip("{}"), quote=False)
        parts.append(escape(text[end : found.start()], quote=False) + found[1])
        parts.append(f"<tspan dy='{drop}' font-size='{size * 0.75:.3g}'>{low}</tspan>")
        parts.append(f"<tspan dy='-{drop}'>\u200b</tspan>")
        end = found.end()
    return "".join(parts) + escape(text[end:], quote=False)


def number(value: float, digits: int = 2) -> str:
    """Write a number short and with a true minus sign: 0.56, −1, 1200, 3e−09."""
    if value == 0 or (0.5 * 10**-digits <= abs(value) < 10_000):
        text = f"{value:.{digits}f}".rstrip("0").rstrip(".") if digits else f"{value:.0f}"
    else:
        text = f"{value:.2g}"
    return "0" if text in {"-0", ""} else text.replace("-", "−")
