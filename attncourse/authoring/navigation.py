"""One line at the top and the end of every notebook: where it stands in the course.

Release writes it from `curriculum.py`; writing it again changes nothing.
"""

import re

from attncourse.authoring.notebook import source
from attncourse.curriculum import LESSONS, Lesson, find_lesson

TAG = "navigation"  # of the cells with the line: they say nothing about the lesson's subject
MARKER = re.compile(r"<!-- navigation: (\w+) -->")
MAP = "../README.md#the-course"
KINDS = ("notebooks", "exercises", "solutions")
AFTER = (
    "**This is the last lesson.** What comes after: open the code of a model that you use, and "
    "name every part of it. Then take one claim of its paper, build the part in a few lines, and "
    "measure it beside the control that isolates it, over several seeds, as these lessons did."
)


def navigate(notebook: dict, lesson: Lesson, folder: str) -> dict:
    """The notebook with its line at the top and at the end, instead of any that it had.

    Args:
        folder: where it lies: "notebooks", "exercises" or "solutions".
    """
    own = [cell for cell in notebook["cells"] if not MARKER.match(source(cell))]
    top, end = line(lesson, folder), line(lesson, folder)
    if lesson.number == LESSONS[-1].number:
        end = f"{end}\n\n{AFTER}"
    return notebook | {"cells": [_cell(top, TAG), *own, _cell(end, f"{TAG}-2")]}


def renavigate(notebook: dict, folder: str) -> dict:
    """The notebook with its lines as they are in another folder; without lines, as it is."""
    found = next(filter(None, (MARKER.match(source(cell)) for cell in notebook["cells"])), None)
    return navigate(notebook, find_lesson(found[1]), folder) if found else notebook


def line(lesson: Lesson, folder: str) -> str:
    """Previous · lesson · exercises · solution · next · map, with this notebook's own name bold."""
    numbers = [other.number for other in LESSONS]
    place = numbers.index(lesson.number)
    before, after = LESSONS[:place][-1:], LESSONS[place + 1 :][:1]
    parts = [
        *(_link(f"← {other.number:02d}", other, folder) for other in before),
        *(_own(lesson, kind, folder) for kind in KINDS),
        *(_link(f"{other.number:02d} →", other, folder) for other in after),
        f"[map]({MAP})",
    ]
    return f"<!-- navigation: {lesson.name} -->\n" + " · ".join(parts)


def _own(lesson, kind, folder):
    """One of a lesson's three notebooks: a link, or in bold where one is in it."""
    name = f"lesson {lesson.number:02d}" if kind == "notebooks" else kind
    return f"**{name}**" if kind == folder else f"[{name}](../{kind}/{lesson.name}.ipynb)"


def _link(text, lesson, folder):
    """A link to another lesson that tells its question."""
    place = "" if folder == "notebooks" else "../notebooks/"
    return f'[{text}]({place}{lesson.name}.ipynb "{lesson.question}")'


def _cell(text, name):
    lines = text.splitlines(keepends=True)
    return {"cell_type": "markdown", "id": name, "metadata": {"tags": [TAG]}, "source": lines}
