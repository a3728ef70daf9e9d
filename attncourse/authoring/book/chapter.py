"""One lesson with its exercises as Markdown, and what of it belongs to the end of the book."""

import re
from pathlib import Path
from typing import NamedTuple

from attncourse.authoring.book.folds import Folds, hints
from attncourse.authoring.book.pictures import outputs
from attncourse.authoring.navigation import TAG
from attncourse.authoring.notebook import read, source
from attncourse.curriculum import Lesson

LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)(?: \"[^\"]*\")?\)")
NOTEBOOK = re.compile(r"(?:\.\./)?(notebooks/|exercises/|solutions/)?(\d\d)_\w+\.ipynb")
MARKS = re.compile(r"^ *### (?:BEGIN|END) SOLUTION\n?", re.M)
NOTE = re.compile(r"<!--.*?-->\s*", re.S)
HEADING = re.compile(r"^(#+) ", re.M)  # only in text: code has comments
ON_SCREEN = re.compile(r"^guess\(.*\)\n|^\*Double-click .*\*$", re.M)  # paper cannot be typed on


class Chapter(NamedTuple):
    """What the book shows of a lesson, all in Markdown."""

    lesson: str
    answers: str
    solutions: str


def chapter(root: Path, lesson: Lesson, folder: Path) -> Chapter:
    """A lesson's part of the book; its drawings are written to `folder`."""
    folds = Folds(lesson.number)
    pages = [_lesson(_cells(root, "notebooks", lesson), lesson, folds, folder)]
    pages.append(_exercises(_cells(root, "exercises", lesson), lesson))
    name = f"## Lesson {lesson.number:02d} {{.unlisted}}"
    answers = "\n\n".join([name, *folds.texts]) if folds.texts else ""
    solved = _solutions(_cells(root, "solutions", lesson), lesson)
    return Chapter("\n\n".join(pages), answers, solved)


def _cells(root: Path, kind: str, lesson: Lesson) -> list[dict]:
    cells = read(root / kind / f"{lesson.name}.ipynb")["cells"]
    return [cell for cell in cells if TAG not in cell["metadata"].get("tags", ())]


def _lesson(cells: list[dict], lesson: Lesson, folds: Folds, folder: Path) -> str:
    """The lesson's own cells. What a prediction's cell prints goes to the answers, too."""
    parts = []
    for number, cell in enumerate(cells):
        if cell["cell_type"] == "markdown":
            parts.append(folds.unfold(page_text(cell)))
            continue
        shown = outputs(cell, f"{lesson.number:02d}-{number}", folder)
        hidden = cell["metadata"].get("jupyter", {}).get("outputs_hidden")
        parts += [code(cell), folds.put("What it gives", shown) if hidden else shown]
    return anchored("\n\n".join(parts), f"lesson-{lesson.number:02d}")


def _exercises(cells: list[dict], lesson: Lesson) -> str:
    """The tasks and the code to start from, one level below the lesson."""
    shown = [c for c in cells if not c["id"].startswith(("check-", "hints-"))]
    first, *rest = (page_text(c) if c["cell_type"] == "markdown" else code(c) for c in shown)
    intro = first.split("\n", 1)[1]  # without the notebook's own title
    text = "\n\n".join([deeper(part) if part.startswith("#") else part for part in rest])
    return anchored(f"## Exercises\n{intro}\n\n{text}", f"exercises-{lesson.number:02d}")


def _solutions(cells: list[dict], lesson: Lesson) -> str:
    """Hints and code of each exercise, and the model answers of open questions."""
    by_id = {cell["id"]: cell for cell in cells}
    parts = [f"## Lesson {lesson.number:02d} {{.unlisted #solutions-{lesson.number:02d}}}"]
    for name in lesson.exercises:
        parts.append(f"### `{name}`")
        parts += [hints(page_text(by_id[key])) for key in [f"hints-{name}"] if key in by_id]
        parts.append(code(by_id[name]))
    parts += [page_text(c) for c in cells if source(c).startswith("<!-- model answer")]
    return "\n\n".join(parts)


def page_text(cell: dict) -> str:
    """A cell of text whose links lead to other places of the book, or nowhere."""
    return LINK.sub(_link, NOTE.sub("", ON_SCREEN.sub("", source(cell))))


def code(cell: dict) -> str:
    """A cell of code as Markdown."""
    text = MARKS.sub("", ON_SCREEN.sub("", source(cell))).strip("\n")
    return f"```python\n{text}\n```"


def deeper(text: str) -> str:
    """Text whose headings stand one level deeper."""
    return HEADING.sub(r"#\1 ", text)


def anchored(text: str, name: str) -> str:
    """Text with a name for its first heading."""
    first, rest = text.split("\n", 1)
    return f"{first} {{#{name}}}\n{rest}"


def _link(found: re.Match) -> str:
    text, target = found[1], found[2]
    if place := NOTEBOOK.match(target):
        kind = {"exercises/": "exercises", "solutions/": "solutions"}.get(place[1], "lesson")
        return f"[{text}](#{kind}-{place[2]})"
    return found[0] if target.startswith(("http", "#")) else text
