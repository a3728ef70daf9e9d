"""What a code cell left behind, as Markdown: printed text, or a drawing with its alt text."""

import base64
import html
import re
from collections.abc import Iterator
from pathlib import Path

IMAGE = re.compile(r"<img\b[^>]*?src=\"data:image/svg\+xml;base64,([^\"]+)\"[^>]*>")
ALT = re.compile(r"\balt=\"([^\"]*)\"")
WIDTH = re.compile(r"<svg\b[^>]*?\bwidth=['\"](\d+)")
FAMILY = re.compile(r"font-family=\"[^\"]*\"")
GUESS = re.compile(r"\AYour guess: .*\n?")
LETTERS = 'font-family="Source Sans Pro"'  # the book brings its own letters to every machine


def outputs(cell: dict, name: str, folder: Path) -> str:
    """A cell's outputs as Markdown.

    Args:
        cell: a code cell, as it is stored.
        name: the beginning of its drawings' file names.
        folder: where drawings are written.
    """
    shown = enumerate(cell.get("outputs", ()))
    return "\n\n".join(part for n, o in shown for part in _one(o, f"{name}-{n}", folder))


def _one(output: dict, name: str, folder: Path) -> Iterator[str]:
    data = output.get("data", {})
    found = IMAGE.search("".join(data.get("text/html", "")))
    if found:
        yield _drawing(found, folder / f"{name}.svg")
    elif text := GUESS.sub("", "".join(output.get("text", data.get("text/plain", "")))).rstrip():
        yield f"````output\n{text}\n````"


def _drawing(found: re.Match, path: Path) -> str:
    """Write a drawing in the book's letters; gives the call that shows it."""
    svg = FAMILY.sub(LETTERS, base64.b64decode(found[1]).decode("utf-8"))
    path.write_text(svg, "utf-8")
    alt = html.unescape(ALT.search(found[0])[1]).replace("\\", "\\\\").replace('"', '\\"')
    width = int(WIDTH.search(svg)[1]) * 0.75  # CSS pixels to points
    return f'```{{=typst}}\n#drawing("{path.name}", {width}pt, "{alt}")\n```'
