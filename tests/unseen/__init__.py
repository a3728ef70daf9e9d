"""Answers written from the task texts alone, before any check had seen them.

Three collections, each by another writer, who had seen no check. One file per exercise: `setup`
is what its notebook imports; each of `right` has a `source`; each of `wrong` also the `truth` about
its mistake, and whether a teacher could name it (`nameable`) from what it returns alone.
`python -m tests.unseen` judges all and prints what every verdict names.
"""

import linecache
import tomllib
from itertools import count
from pathlib import Path

FOLDER = Path(__file__).parent
FILES = sorted(FOLDER.glob("*/*.toml"))
_number = count()


def collected(file: Path) -> dict:
    """The answers in a file."""
    return tomllib.loads(file.read_text(encoding="utf-8"))


def answer(setup: str, source: str, name: str):
    """What a source defines under an exercise's name, with lines that a message can quote."""
    text = f"{setup}\n\n{source}"
    file = f"<ipython-unseen-{next(_number)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    space = {"__name__": "__main__"}
    exec(compile(text, file, "exec"), space)
    return space[name]
