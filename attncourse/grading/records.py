"""What grading one submission leaves behind: a small file that says all, and makes it resumable."""

import ast
import hashlib
import json
import os
import re
import sys
from functools import lru_cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from attncourse.checks.engine.source import definition
from attncourse.checks.engine.verdict import Verdict
from attncourse.grading.copies import form
from attncourse.grading.incidents import incidents
from attncourse.grading.untrusted.limits import SHOWN_CODE, SHOWN_PARTS, SHOWN_TEXT

NOT_GRADED = "not graded"


def record(order: dict, exercises, cells=(), graded=None) -> dict:
    """The record of one submission: an entry per exercise, whatever happened."""
    problem = order.get("problem", "")
    entries = [_entry(e, problem, cells, graded) for e in exercises]
    troubles = graded.troubles if graded else {}
    kept = {
        "key": order["key"],
        "student": order["student"],
        "lesson": order["lesson"],
        "place": order["place"],
        "problem": problem,
        "exercises": entries,
        "troubles": [
            {"cell": index + 1, "error": error, "code": _short(cells[index])}
            for index, error in sorted(troubles.items())
        ],
        "incidents": incidents(cells, graded) if graded else [],
        "ran_with": order.get("ran_with", ""),
    }
    return shortened(kept)


def shortened(value, most: int = SHOWN_TEXT):
    """The same with every text and list at a length that a page can show, whoever wrote it."""
    if isinstance(value, str):
        return value if len(value) <= most else f"{value[:most]} …"
    if isinstance(value, list | tuple):
        return [shortened(item) for item in value[:SHOWN_PARTS]]
    if isinstance(value, dict):
        return {
            str(key)[:SHOWN_PARTS]: shortened(item, SHOWN_CODE if key == "code" else SHOWN_TEXT)
            for key, item in value.items()
        }
    return value


def _entry(exercise, problem, cells, graded) -> dict:
    """The verdict's record, what it earned, and the cell that it is about."""
    if graded is None:
        note = f"Not graded: {problem}."
        ungraded = Verdict(exercise.name, NOT_GRADED, exercise.points, note=note)
        return ungraded.record() | {"earned": 0, "code": "", "form": ""}
    verdict, cell = graded.verdicts[exercise.name], defining(cells, exercise.name)
    code = "" if cell is None else cells[cell]
    earned = exercise.points if verdict else 0
    built = form(definition(code, exercise.name))
    score = {} if verdict.score is None else {"score": verdict.score}
    return verdict.record() | {"earned": earned, "code": code, "form": built} | score


def defining(cells, name: str) -> int | None:
    """Number of the last cell that gives `name` a meaning at its top level."""
    for index in reversed(range(len(cells))):
        if name in _bound(cells[index]):
            return index
    return None


@lru_cache(maxsize=256)
def _bound(code: str) -> set[str]:
    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set(re.findall(r"^(?:def |class |)(\w+)(?=\s*[(:=])", code, re.M))
    names = {node.name for node in body if hasattr(node, "name")}
    nodes = [n for node in body if isinstance(node, ast.Assign) for n in node.targets]
    return names | {node.id for node in nodes if isinstance(node, ast.Name)}


def _short(code: str) -> str:
    first = next((line for line in code.splitlines() if line.strip()), "")
    return first[:80]


# ---- files


def key_of(data: bytes, lesson: str, course: str) -> str:
    """What a record depends on: the notebook's bytes, the lesson, the course with its checks."""
    return hashlib.sha256(b"\0".join([data, lesson.encode(), course.encode()])).hexdigest()


def course_digest() -> str:
    """A digest of the package's sources and of the versions that compute with them."""
    digest = hashlib.sha256(f"{sys.version} {version('numpy')} {version('torch')}".encode())
    for path in sorted(Path(str(files("attncourse"))).rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def file_name(student: str) -> str:
    """A file name for any student's name, the same on every system, never another student's.

    Whatever the name, it ends in a digest: a name that reads like another's file name gets its own.
    """
    plain = re.sub(r"[^a-z0-9]+", "-", student.lower()).strip("-")[:24] or "student"
    digest = hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{plain}-{digest[:32]}"


def load(path: Path) -> dict | None:
    """A record, or None where there is none that is whole."""
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None


def write_text(path: Path, text: str) -> None:
    """Write a file as a whole or not at all, even when the process is killed in between."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    temporary.write_bytes(text.encode("utf-8", "backslashreplace"))
    os.replace(temporary, path)


def write_record(path: Path, content: dict) -> None:
    """Store a record."""
    write_text(path, json.dumps(content, indent=1, ensure_ascii=True, sort_keys=True) + "\n")
