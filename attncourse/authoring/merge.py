"""A newer notebook around what a learner wrote in an older one, cell by cell.

Cells are known by their ids, exercises' by their grade_id. What the learner never touched becomes
what the course says now; what they wrote or added stays, and stays where it was.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field

from attncourse.authoring.notebook import source

ADDED = "yours"  # tag of cells that the course does not have, or has no longer
MARK = """\
> **The task of `{name}` has changed.** Your answer below is kept as you wrote it: read the task
> again, and run the check. This is what the course hands out now:

```python
{stub}
```"""


@dataclass
class Merged:
    """The notebook that came out, and what was done, in words.

    Attributes:
        kept: whether anything of the learner's was found.
    """

    notebook: dict
    told: list[str] = field(default_factory=list)
    kept: bool = False


def merge(own: dict, base: dict, new: dict) -> Merged:
    """A learner's notebook brought up to date.

    Args:
        own: as the learner left it.
        base: as the course handed it out to them.
        new: as the course is now.
    """
    mine, old, now = by_key(own), by_key(base), by_key(new)
    changed = set(_changed_tasks(old, now))
    merged = Merged(new)
    cells = {}
    for key in now:
        cells[key] = list(_renewed(key, (mine, old, now), changed, merged))
    for anchor, cell in _additions((mine, old, now), changed, merged):
        cells.setdefault(anchor, []).append(cell)
    start = cells.pop(None, [])
    merged.notebook = new | {"cells": _unique([*start, *(c for key in cells for c in cells[key])])}
    return merged


def by_key(notebook: dict) -> dict[str, dict]:
    """Cells by grade_id, or by their own id where they have none or it is taken."""
    found: dict[str, dict] = {}
    for number, cell in enumerate(notebook["cells"]):
        own = cell.get("id", f"cell-{number}")
        names = (_grade(cell).get("grade_id"), own, f"{own}-{number}")
        found[next(name for name in names if name and name not in found)] = cell
    return found


def _grade(cell):
    return cell["metadata"].get("nbgrader", {})


def _changed_tasks(old: dict, now: dict) -> Iterator[str]:
    """Exercises whose task or stub reads differently from before."""
    for key, cell in now.items():
        if _grade(cell).get("solution") and key in old:
            for part in (key, f"task-{key}"):
                if part in old and part in now and source(old[part]) != source(now[part]):
                    yield key


def _renewed(key: str, versions: tuple, changed: set, merged: Merged) -> Iterator[dict]:
    """What stands in the place of one of the course's cells: it, or the learner's, or both."""
    mine, old, now = (version.get(key) for version in versions)
    if mine is None or source(mine) == source(now):
        exercise = key.removeprefix("check-")
        yield now if mine is None or exercise in changed else _with_outputs(now, mine)
    elif not _touched(mine, old):
        yield now
    elif _grade(now).get("solution"):
        merged.kept = True
        if key in changed:
            merged.told.append(f"the task of {key} changed: your answer is kept and marked")
            yield _note(MARK.format(name=key, stub=source(now)), f"changed-{key}")
        yield _with_outputs(now, mine) | {"source": mine["source"]}
    elif old is not None and source(old) == source(now) and not _grade(now):
        merged.kept = True
        yield mine
    else:
        merged.kept = True
        merged.told.append("a cell that you had changed is new: yours stands below it")
        yield now
        yield _own(mine)


def _touched(mine: dict, old: dict | None) -> bool:
    return old is None or source(mine) != source(old)


def _with_outputs(now: dict, mine: dict) -> dict:
    """The course's cell with the learner's outputs."""
    kept = {part: mine[part] for part in ("outputs", "execution_count") if part in mine}
    return now | (kept if now["cell_type"] == mine["cell_type"] == "code" else {})


def _additions(versions: tuple, changed: set, merged: Merged) -> Iterator[tuple]:
    """Cells that are the learner's alone, each with the key of the cell that it stood after."""
    (mine, old, now), anchor = versions, None
    for key, cell in mine.items():
        if key in now:
            anchor = key
        elif cell.get("id", "").removeprefix("changed-") in changed:
            continue  # an earlier update's mark, in whose place there is a newer one
        elif _touched(cell, old.get(key)):
            merged.kept = True
            if key in old and _grade(cell).get("solution"):
                merged.told.append(f"{key} is no exercise of this lesson any more: yours is kept")
            yield anchor, _own(cell)


def _own(cell: dict) -> dict:
    """A cell as the learner's: no part of an exercise."""
    cell = copy.deepcopy(cell)
    cell["metadata"].pop("nbgrader", None)
    tags = [tag for tag in cell["metadata"].get("tags", []) if tag != ADDED]
    cell["metadata"]["tags"] = [*tags, ADDED]
    return cell


def _note(text, name):
    lines = text.splitlines(keepends=True)
    return {"cell_type": "markdown", "id": name, "metadata": {"tags": [ADDED]}, "source": lines}


def _unique(cells: list[dict]) -> list[dict]:
    """The cells with ids that differ, as the format demands."""
    taken, unique = set(), []
    for cell in cells:
        stem = cell.get("id", "cell")
        names = (stem if n == 0 else f"{stem}-yours-{n}" for n in range(len(cells) + 1))
        name = next(name for name in names if name not in taken)
        taken.add(name)
        unique.append(cell | {"id": name})
    return unique
