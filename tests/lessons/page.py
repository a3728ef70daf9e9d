"""A lesson as a reader sees it: what it says in words, and what it can point to.

Prose is what somebody wrote: text, headings, tables, comments, and every string in the code, titles
and alt texts among them. A source is what nobody wrote down as a result: outputs, numbers in code,
formulas. The references at the end are a source of years.
"""

import ast
import io
import json
import re
import tokenize
from pathlib import Path
from typing import NamedTuple

from attncourse.authoring.navigation import TAG
from attncourse.curriculum import LESSONS

ROOT = Path(__file__).parents[2]
IGNORED = "nbval-ignore-output"  # the tag of a cell whose output depends on the machine

_FORMULA = re.compile(r"\$\$.+?\$\$|\$[^$\n]+\$|```.*?```|`[^`\n]+`", re.S)
_NOT_PROSE = re.compile(  # a page's number, minutes, links, tags, the numbering of a list
    r"^# \d+ ·|\*\*Time\*\*(?:[^.]|\.\d)*\.|\]\([^)]*\)|<[^>]+>|^\s*\d+\.(?= )|^\|[-:| ]+\|$", re.M
)
_ALT = re.compile(r"""\balt=(["'])(.*?)\1""", re.S)
_DRAWN = re.compile(r"""\b(?:src|href)=(["']).*?\1""", re.S)  # a picture's own coordinates
_TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]+>", re.S)


class Line(NamedTuple):
    """One line that somebody wrote, and where: the cell counts from 0, the line from 1."""

    cell: int
    line: int
    text: str


class Cell(NamedTuple):
    """A cell of a stored notebook, with its place in it."""

    number: int
    kind: str
    source: str
    outputs: list
    metadata: dict

    @property
    def compared(self) -> bool:
        """Whether nbval compares the output of this cell."""
        return IGNORED not in self.metadata.get("tags", ())


def lesson_path(slug: str) -> Path:
    """Where the lesson of that slug is stored."""
    (lesson,) = (lesson for lesson in LESSONS if lesson.slug == slug)
    return ROOT / "notebooks" / f"{lesson.name}.ipynb"


def read_cells(path: Path) -> list[Cell]:
    """The cells of a stored notebook, in order, without the lines that release puts round them."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    cells = [cell for cell in cells if TAG not in cell["metadata"].get("tags", ())]
    return [
        Cell(n, c["cell_type"], "".join(c["source"]), c.get("outputs", []), c["metadata"])
        for n, c in enumerate(cells)
    ]


def prose(cells: list[Cell]) -> list[Line]:
    """Every line in words, up to the references; formulas and code in the text are left out."""
    lines = []
    for cell in cells:
        if cell.kind == "markdown":
            text = cell.source.partition("## References")[0]
            lines += _lines(cell, _NOT_PROSE.sub(_blank, _FORMULA.sub(_blank, text)))
        else:
            lines += [Line(cell.number, line, text) for line, text in written(cell.source)]
    return lines


def formulas(cells: list[Cell]) -> list[str]:
    """What stands in formulas, in code within the text, and in the references."""
    text = [cell.source for cell in cells if cell.kind == "markdown"]
    references = [part for source in text for part in source.partition("## References")[2:]]
    return [found for source in text for found in _FORMULA.findall(source)] + references


def written(code: str) -> list[tuple[int, str]]:
    """Strings and comments of a code cell, each with its line: what its author put in words."""
    tokens = tokenize.generate_tokens(io.StringIO(code).readline)
    comments = [(t.start[0], t.string) for t in tokens if t.type == tokenize.COMMENT]
    return strings(code) + comments


def strings(code: str) -> list[tuple[int, str]]:
    """The strings of a code cell, each with its line; formats are none."""
    tree = ast.parse(code)
    formats = {id(node.format_spec) for node in ast.walk(tree) if _has_format(node)}
    hidden = {id(part) for node in ast.walk(tree) if id(node) in formats for part in ast.walk(node)}
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in hidden
    ]


def numbers_in_code(code: str) -> list[float]:
    """The numbers that a code cell computes with."""
    constants = (node.value for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant))
    return [value for value in constants if type(value) in (int, float)]


def shown(cell: Cell) -> list[str]:
    """The texts among a cell's outputs: streams, results, tables, and the alt text of pictures."""
    texts = []
    for output in cell.outputs:
        data = output.get("data", {})
        texts += ["".join(output.get("text", "")), "".join(data.get("text/plain", ""))]
        html = _DRAWN.sub("", "".join(data.get("text/html", "")))
        texts += [found[1] for found in _ALT.findall(html)] + [_TAGS.sub(" ", html)]
    return [text for text in texts if text.strip()]


def said(cells: list[Cell]) -> str:
    """All that a reader can read on the page, on one line and without marks, to find a quote."""
    texts = [text for cell in cells for text in [cell.source, *shown(cell)]]
    return plain(" ".join(texts))


def plain(text: str) -> str:
    """Text without the marks of Markdown, of a comment or of a string that goes on."""
    joined = re.sub(r"[\"']\s*\n\s*f?[\"']", "", text)
    return " ".join(re.sub(r"[*`$\\]", "", joined).split())


def _has_format(node: ast.AST) -> bool:
    return isinstance(node, ast.FormattedValue) and node.format_spec is not None


def _blank(found: re.Match) -> str:
    """As many line ends as were taken out, so that lines keep their numbers."""
    return " " + "\n" * found[0].count("\n")


def _lines(cell: Cell, text: str) -> list[Line]:
    return [Line(cell.number, n, line) for n, line in enumerate(text.split("\n"), start=1)]
