"""The words of the course, from one table: `glossary.toml`, beside this file.

`python -m attncourse.glossary` writes notebooks/glossary.md anew.
"""

import tomllib
from pathlib import Path
from typing import NamedTuple

from attncourse.curriculum import LESSONS

TABLE = Path(__file__).with_name("glossary.toml")
PAGE = Path(__file__).parents[1] / "notebooks" / "glossary.md"
HEAD = """# Glossary

The words of this course in alphabetical order, each with the lesson that introduces it and with
what papers call it where that differs.

| term | in one sentence | lesson | in papers |
|---|---|---|---|
"""


class Term(NamedTuple):
    """A word of the course; `papers` is empty where papers use the same word."""

    name: str
    lesson: int
    means: str
    papers: str = ""


def terms() -> list[Term]:
    """All terms in alphabetical order; a ValueError names one that is not complete."""
    found = []
    for name, entry in tomllib.loads(TABLE.read_text("utf-8")).items():
        if not {"lesson", "means"} <= entry.keys() <= set(Term._fields):
            raise ValueError(f"a term has lesson, means and perhaps papers; {name} has {[*entry]}")
        found.append(Term(name, **entry))
    return sorted(found, key=lambda term: term.name.lower())


def page() -> str:
    """The glossary as a page of Markdown, with a link to each lesson."""
    files = {lesson.number: f"[{lesson.number:02d}]({lesson.name}.ipynb)" for lesson in LESSONS}
    cells = ((f"**{t.name}**", t.means, files[t.lesson], t.papers) for t in terms())
    return HEAD + "".join(f"| {' | '.join(row)} |\n" for row in cells)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8", newline="\n")
