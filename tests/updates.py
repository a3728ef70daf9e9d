"""`attncourse update`, tried on this repository's own history: `python -m tests.updates`.

Each pair is an exercise notebook at two commits that changed it. A learner has answered
all of it with the solutions of that day, added a cell, and rewritten the last piece of text.
"""

import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from attncourse.authoring.merge import Merged, merge
from attncourse.authoring.notebook import source

ROOT = Path(__file__).parents[1]
ADDED = "mine = 'a cell of my own'"
WRITTEN = "What I think about the open question."


class Pair(NamedTuple):
    """One notebook at two times, and what was its solution at the first."""

    name: str
    commit: str
    old: dict
    solution: dict
    new: dict


def git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=True)
    return done.stdout.decode("utf-8")


def has_history() -> bool:
    """Whether this is a Git checkout with more than its last commit."""
    done = subprocess.run(["git", "rev-list", "--count", "HEAD"], cwd=ROOT, capture_output=True)
    return done.returncode == 0 and int(done.stdout) > 1


def pairs(most: int | None = None) -> Iterator[Pair]:
    """Every two states of an exercise notebook, newest first; at most so many of each notebook."""
    for name in sorted(set(git("log", "--format=", "--name-only", "--", "exercises").split())):
        if name.endswith(".ipynb") and ".before-" not in name:
            commits = git("log", "--format=%h", "--", name).split()
            for after, before in list(combinations(commits, 2))[:most]:
                found = [_at(before, name), _at(before, _solution(name)), _at(after, name)]
                if all(found):
                    yield Pair(name, after, *found)


def _solution(name):
    return name.replace("exercises/", "solutions/")


def _at(commit, name):
    """A notebook at a commit; None where it was not there, or is no notebook with ids."""
    done = subprocess.run(["git", "show", f"{commit}:{name}"], cwd=ROOT, capture_output=True)
    return json.loads(done.stdout) if done.returncode == 0 else None


def learned(old: dict, solution: dict) -> tuple[dict, list[str]]:
    """The old notebook as a learner leaves it, and everything that they wrote in it."""
    solved = {cell["id"]: cell for cell in solution["cells"]}
    own, written = copy.deepcopy(old), [ADDED, WRITTEN]
    for cell in own["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution") and cell["id"] in solved:
            cell["source"] = source(solved[cell["id"]])
            written.append(cell["source"])
    texts = [c for c in own["cells"] if c["cell_type"] == "markdown" and not c["metadata"]]
    texts[-1]["source"] = WRITTEN
    added = {"cell_type": "code", "id": "0f1e2d3c", "metadata": {}, "outputs": []}
    own["cells"].insert(4, added | {"execution_count": None, "source": ADDED})
    return own, written


def faults(pair: Pair) -> list[str]:
    """What an update from the first to the second loses or spoils; nothing, one hopes."""
    import nbformat

    own, written = learned(pair.old, pair.solution)
    merged = merge(own, pair.old, pair.new)
    cells = merged.notebook["cells"]
    nbformat.validate(nbformat.from_dict(merged.notebook))
    there = [source(cell) for cell in cells]
    lost = [f"lost: {text[:60]!r}" for text in written if there.count(text) != 1]
    ids = {cell["id"] for cell in cells}
    missing = [cell["id"] for cell in pair.new["cells"] if cell["id"] not in ids]
    again = merge(merged.notebook, pair.new, pair.new).notebook["cells"]
    stable = [source(cell) for cell in again] == there
    return [*lost, *(f"missing: {name}" for name in missing), *([] if stable else ["not stable"])]


def marked(merged: Merged) -> int:
    """How many answers are marked because their task changed."""
    return sum(line.startswith("the task of") for line in merged.told)


def main() -> int:
    """Try all pairs and say how it went."""
    tried, wrong, marks = 0, 0, 0
    for pair in pairs():
        found = faults(pair)
        own, _ = learned(pair.old, pair.solution)
        tried, wrong = tried + 1, wrong + bool(found)
        marks += marked(merge(own, pair.old, pair.new))
        for fault in found:
            print(f"{pair.name} {pair.commit}: {fault}")
    print(f"{tried} updates tried, {wrong} with faults, {marks} answers marked")
    return wrong


if __name__ == "__main__":
    sys.exit(bool(main()))
