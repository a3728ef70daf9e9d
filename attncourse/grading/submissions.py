"""Find the notebooks that a class handed in, however they lie, and read them without trust."""

import io
import json
import os
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from attncourse.curriculum import LESSONS
from attncourse.grading.untrusted.limits import (
    MOST_BYTES,
    MOST_CELLS,
    MOST_CODE,
    MOST_FILES,
    MOST_ZIPPED,
)

NO_EXERCISE = "no exercise of any lesson is in the notebook"
NOT_SUBMITTED = re.compile(r"^(\.|__MACOSX$|Thumbs\.db$|desktop\.ini$)")
_NAMES = "|".join(name for lesson in LESSONS for name in lesson.exercises)
_EXERCISE = re.compile(rf"(?:\b(?:def|class) |\bcheck\()({_NAMES})\b")


@dataclass(frozen=True)
class Submission:
    """One notebook, or what is wrong with what lies in its place."""

    student: str
    lesson: str
    place: str  # where it lies, for people: "ada/04_scaled_dot_product.ipynb"
    path: Path | None = None
    members: tuple[str, ...] = ()  # inside a zip, or a zip in a zip
    problem: str = ""


@dataclass(frozen=True)
class _Found:
    parts: tuple[str, ...]  # names from the top of the submissions down
    path: Path
    members: tuple[str, ...] = ()
    problem: str = ""
    when: tuple = ()


def find(root: Path, lessons: list[str], out: Path | None = None) -> list[Submission]:
    """All submissions below a folder or in a zip, one per student and lesson.

    Args:
        root: holds `NAME.ipynb`, `NAME/….ipynb`, `NAME.zip`, or any mixture.
        lessons: names of the lessons to grade; all that are found, if empty.
        out: a folder that is not searched, for grades may go below the submissions.
    """
    found = [entry for entry in _entries(root, out) if not _hidden(entry)]
    if len(found) > MOST_FILES:
        raise ValueError(f"{root} holds more than {MOST_FILES} files")
    if not root.is_dir():
        found = _unwrapped(found)
    chosen: dict[tuple[str, str], list[tuple[tuple, Submission]]] = {}
    students = {}
    for entry in found:
        student, submission = _identify(root, entry, lessons)
        students.setdefault(student, entry)
        if submission:
            rank = (_is_exact(entry, submission.lesson), entry.when, entry.parts)
            chosen.setdefault((student, submission.lesson), []).append((rank, submission))
    known = sorted(lessons or {lesson for _, lesson in chosen if lesson})
    best = {key: max(entries, key=lambda e: e[0])[1] for key, entries in chosen.items()}
    return [s for name in sorted(students) for s in _of_student(name, students[name], known, best)]


def _of_student(student, entry, lessons, best) -> Iterator[Submission]:
    """A student's submission for every lesson; where there is none, a problem says so."""
    place = "/".join(entry.parts)
    for lesson in lessons:
        missing = Submission(student, lesson, place, problem="no notebook of this lesson was found")
        odd = best.get((student, ""))
        yield best.get((student, lesson)) or (odd and _named(odd, lesson, lessons)) or missing
    if not lessons:
        yield best.get((student, "")) or Submission(student, "", place, problem="no notebook")


def _named(odd: Submission, lesson: str, lessons: list[str]) -> Submission:
    """A notebook that does not tell its lesson; where there is only one, it is that."""
    problem = "" if odd.problem == NO_EXERCISE and len(lessons) == 1 else odd.problem
    return Submission(odd.student, lesson, odd.place, odd.path, odd.members, problem)


# ---- what lies there


def _entries(root: Path, out: Path | None) -> Iterator[_Found]:
    if not root.exists():
        raise ValueError(f"{root} does not exist")
    if not root.is_dir():
        yield from _zipped(_Found((), root), root.read_bytes)
        return
    for folder, folders, files in os.walk(root, followlinks=False):
        folders[:] = sorted(f for f in folders if not _same(Path(folder, f), out))
        if not files and not folders and Path(folder) != root:
            yield _Found((*Path(folder).relative_to(root).parts, ""), Path(folder))
        for name in sorted([*files, *(f for f in folders if Path(folder, f).is_symlink())]):
            yield from _file(root, Path(folder, name))


def _same(folder, out):
    return out is not None and folder.resolve() == out.resolve()


def _file(root, path) -> Iterator[_Found]:
    parts = path.relative_to(root).parts
    if path.is_symlink():
        yield _Found(parts, path, problem="is a link to somewhere else, which is not followed")
    elif not path.is_file():
        yield _Found(parts, path, problem="is no ordinary file")
    elif path.suffix.lower() == ".zip":
        top = (*parts[:-1], parts[-1][:-4])
        yield from _zipped(_Found(top, path), path.read_bytes)
    else:
        yield _Found(parts, path, when=(path.stat().st_mtime,))


def _zipped(holder: _Found, data, depth: int = 2) -> Iterator[_Found]:
    """Everything in a zip; a zip in it is opened, too, but none in that."""
    try:
        with zipfile.ZipFile(io.BytesIO(data())) as archive:
            infos = archive.infolist()[: MOST_FILES + 1]
            parents = {parent for info in infos for parent in Path(info.filename).parents}
            for info in infos:
                if not info.is_dir():
                    yield from _member(holder, archive, info, depth)
                elif Path(info.filename) not in parents:  # an empty folder is a student, too
                    yield _Found((*holder.parts, *Path(info.filename).parts, ""), holder.path)
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        text = str(error).split("\n")[0][:100]
        yield _Found(holder.parts or ("",), holder.path, problem=f"cannot be unzipped: {text}")


def _member(holder, archive, info, depth):
    parts = tuple(p for p in re.split(r"[/\\]", info.filename) if p not in ("", ".", ".."))
    members = (*holder.members, info.filename)
    if parts and parts[-1].lower().endswith(".zip") and depth > 1:
        inner = _Found((*holder.parts, *parts[:-1], parts[-1][:-4]), holder.path, members)
        yield from _zipped(inner, lambda: _unzip(archive, info.filename, MOST_ZIPPED), depth - 1)
    elif parts:
        problem = "is locked with a password" if info.flag_bits & 1 else ""
        yield _Found((*holder.parts, *parts), holder.path, members, problem, info.date_time)


def _unzip(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    with archive.open(name) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(f"holds more than {most >> 20} MB")
    return data


def _hidden(entry: _Found) -> bool:
    return any(NOT_SUBMITTED.match(part) for part in entry.parts)


def _unwrapped(found):
    """Without the one folder that a zip of a class often has around everybody's."""
    tops = {entry.parts[0] for entry in found}
    deeper = all(len(entry.parts) > 1 for entry in found)
    if len(tops) == 1 and deeper and len({entry.parts[1] for entry in found}) > 1:
        return [_Found(e.parts[1:], e.path, e.members, e.problem, e.when) for e in found]
    return found


# ---- whose it is, and which lesson's


def _identify(root, entry, lessons) -> tuple[str, Submission | None]:
    """The student, and the submission if the entry is a notebook or stands in place of one."""
    *folders, name = entry.parts
    stem = name[:-6] if name.lower().endswith(".ipynb") else name
    is_notebook = name.lower().endswith(".ipynb")
    lesson = _by_name(stem)
    student = folders[0] if folders else _without_lesson(stem, lesson) or root.resolve().stem
    place, problem = "/".join(entry.parts), entry.problem
    if problem:
        return student, Submission(student, lesson, place, problem=problem)
    if not is_notebook:
        return student, None
    blank = Submission(student, lesson, place, entry.path, entry.members)
    if not lesson:
        lesson = _by_content(blank) or (lessons[0] if len(lessons) == 1 else "")
        problem = "" if lesson else _why_unknown(blank)
    if lessons and lesson not in lessons:
        return student, None
    return student, Submission(student, lesson, place, entry.path, entry.members, problem)


def _by_name(stem: str) -> str:
    low = stem.lower()
    for lesson in LESSONS:
        if lesson.name in low:
            return lesson.name
    return ""


def _without_lesson(stem: str, lesson: str) -> str:
    return re.sub(re.escape(lesson), "", stem, flags=re.I).strip(" _-.") if lesson else stem


def _by_content(submission: Submission) -> str:
    """The lesson with most exercises in the notebook; "" where there are none."""
    try:
        names = set(_EXERCISE.findall(content(submission).decode("utf-8", "replace")))
    except ValueError:
        return ""
    lesson = max(LESSONS, key=lambda x: (len(names & set(x.exercises)), -x.number))
    return lesson.name if names & set(lesson.exercises) else ""


def _why_unknown(submission: Submission) -> str:
    try:
        code_cells(content(submission))
    except ValueError as error:
        return f"the notebook {error}"
    return NO_EXERCISE


def _is_exact(entry: _Found, lesson: str) -> bool:
    return entry.parts[-1].lower() == f"{lesson}.ipynb"


# ---- what is in it


def content(submission: Submission) -> bytes:
    """A submission's bytes; a ValueError says in words why there are none."""
    try:
        if not submission.members:
            with open(submission.path, "rb") as file:
                data = file.read(MOST_BYTES + 1)
            if len(data) > MOST_BYTES:
                raise ValueError(f"holds more than {MOST_BYTES >> 20} MB")
            return data
        *outer, last = submission.members
        with zipfile.ZipFile(submission.path) as archive:
            if not outer:
                return _unzip(archive, last, MOST_BYTES)
            with zipfile.ZipFile(io.BytesIO(_unzip(archive, outer[0], MOST_ZIPPED))) as inner:
                return _unzip(inner, last, MOST_BYTES)
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None
    except (zipfile.BadZipFile, KeyError, RuntimeError, NotImplementedError, EOFError) as error:
        raise ValueError(f"cannot be unzipped: {str(error)[:100]}") from None


def code_cells(data: bytes) -> list[str]:
    """The code cells of a notebook in any format version, however damaged; in order.

    Raises:
        ValueError: one line that says why the file cannot be graded.
    """
    if not data.strip():
        raise ValueError("is empty")
    try:
        notebook = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError("is not text in UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: line {error.lineno}, {error.msg}") from None
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    except ValueError:
        raise ValueError("holds a number with too many digits") from None
    cells = [_code(cell) for cell in _all_cells(notebook)]
    cells = [cell for cell in cells if cell is not None]
    if len(cells) > MOST_CELLS or sum(map(len, cells)) > MOST_CODE:
        raise ValueError(f"has more than {MOST_CELLS} code cells or {MOST_CODE >> 20} MB of code")
    return cells


def _all_cells(notebook: object) -> list:
    """Cells of formats 3 and 4; format 3 kept them in worksheets."""
    if not isinstance(notebook, dict):
        raise ValueError("is JSON, but no notebook")
    cells = notebook.get("cells")
    if cells is None and isinstance(notebook.get("worksheets"), list):
        sheets = [sheet for sheet in notebook["worksheets"] if isinstance(sheet, dict)]
        lists = [sheet.get("cells") for sheet in sheets]
        cells = [cell for cells in lists if isinstance(cells, list) for cell in cells]
    if not isinstance(cells, list):
        raise ValueError("is JSON, but no notebook: it has no list of cells")
    return cells


def _code(cell: object) -> str | None:
    """A cell's code; None where it is no code cell or its text is no text."""
    if not isinstance(cell, dict) or cell.get("cell_type") != "code":
        return None
    text = cell.get("source", cell.get("input"))
    if isinstance(text, list) and all(isinstance(line, str) for line in text):
        text = "".join(text)
    return text if isinstance(text, str) else None
