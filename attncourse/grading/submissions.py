"""Find the notebooks that a class handed in, however they lie: whose they are, of what lesson."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from attncourse.curriculum import LESSONS
from attncourse.grading.archives import NOBODY, Found, entries, unwrapped
from attncourse.grading.notebooks import code_cells, content
from attncourse.grading.untrusted.limits import (
    MOST_NAME,
    MOST_NOTEBOOKS,
    MOST_PLACE,
    MOST_SEARCHED,
)

NO_EXERCISE = "no exercise of any lesson is in the notebook"
MISSING = "no notebook of this lesson was found"
SMALL = 2**20  # bytes of a notebook that is read to say what is wrong with it
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


@dataclass
class _Student:
    """What is known of a student while files are sorted, and how much more may be read."""

    place: str
    chosen: dict[str, list] = field(default_factory=dict)  # lesson → ranked submissions
    hidden: str = ""  # a file whose name begins with a dot
    notebooks: int = 0
    left: int = MOST_SEARCHED  # bytes that may still be read to find lessons


def find(root: Path, lessons: list[str], out: Path | None = None) -> list[Submission]:
    """All submissions below a folder or in a zip, one per student and lesson, the newest.

    Args:
        root: holds `NAME.ipynb`, `NAME/….ipynb`, `NAME.zip`, or any mixture.
        lessons: names of the lessons to grade; all that are found, if empty.
        out: a folder that is not searched, for grades may go below the submissions.
    """
    found = list(entries(root, out))
    if not root.is_dir():
        found = unwrapped(found)
    students: dict[str, _Student] = {}
    for entry in found:
        if not NOBODY.match(entry.parts[0]):
            _add(students, root, entry, lessons)
    named = {lesson for student in students.values() for lesson in student.chosen}
    known = sorted(lessons or named - {""})
    return [s for name in sorted(students) for s in _of_student(name, students[name], known)]


def _of_student(name: str, student: _Student, lessons: list[str]) -> Iterator[Submission]:
    """A student's submission for every lesson; where there is none, a problem says so."""
    best = {lesson: max(ranked, key=lambda e: e[0])[1] for lesson, ranked in student.chosen.items()}
    hidden = f" (hidden files are not read: {student.hidden})" if student.hidden else ""
    missing = MISSING if lessons else "no notebook"
    for lesson in lessons or [""]:
        odd = best.get("") and _named(best[""], lesson, lessons)
        absent = Submission(name, lesson, student.place, problem=missing + hidden)
        yield best.get(lesson) or odd or absent


def _named(odd: Submission, lesson: str, lessons: list[str]) -> Submission:
    """A notebook that does not tell its lesson; where there is only one, it is that."""
    problem = "" if odd.problem == NO_EXERCISE and len(lessons) == 1 else odd.problem
    return Submission(odd.student, lesson, odd.place, odd.path, odd.members, problem)


def _add(students: dict[str, _Student], root: Path, entry: Found, lessons: list[str]) -> None:
    """Sort one file: whose it is, and of which lesson it is an attempt, if of any."""
    *folders, name = entry.parts
    is_notebook = name.lower().endswith(".ipynb")
    stem = name[:-6] if is_notebook else name
    lesson = _by_name(stem)
    who = _told(folders[0] if folders else _without_lesson(stem, lesson) or root.resolve().stem)
    place = "/".join(entry.parts)[:MOST_PLACE]
    student = students.setdefault(who, _Student(place))
    if entry.is_hidden:
        student.hidden = student.hidden or name
        return
    student.notebooks += is_notebook
    if not (entry.problem or is_notebook) or student.notebooks > MOST_NOTEBOOKS:
        return
    submission = Submission(who, lesson, place, entry.path, entry.members, entry.problem)
    if not lesson and not entry.problem:
        submission = _by_content(student, submission, lessons)
    if not lessons or submission.lesson in (*lessons, ""):
        ranked = student.chosen.setdefault(submission.lesson, [])
        ranked.append((_rank(entry, submission), submission))


def _told(name: str) -> str:
    """A name short enough for a table, and still nobody else's."""
    if len(name) <= MOST_NAME:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{name[: MOST_NAME - 40]}… {digest[:32]}"


def _rank(entry: Found, submission: Submission) -> tuple:
    """The newest is the last attempt, whatever its name; files of a minute came together."""
    exact = entry.parts[-1].lower() == f"{submission.lesson}.ipynb"
    return not submission.problem, int(entry.when // 60), exact, entry.when, entry.parts


def _by_name(stem: str) -> str:
    low = stem.lower()
    return next((lesson.name for lesson in LESSONS if lesson.name in low), "")


def _without_lesson(stem: str, lesson: str) -> str:
    return re.sub(re.escape(lesson), "", stem, flags=re.I).strip(" _-.") if lesson else stem


def _by_content(student: _Student, blank: Submission, lessons: list[str]) -> Submission:
    """The submission with the lesson that has most exercises in it, or with what is wrong."""
    named = dict(vars(blank)) | {"lesson": lessons[0] if len(lessons) == 1 else ""}
    if student.left <= 0:
        return Submission(**named | {"problem": "too much was handed in to look for its lesson"})
    try:
        data = content(blank.path, blank.members)
    except ValueError as error:
        return Submission(**named | {"problem": f"the notebook {error}"})
    student.left -= len(data)
    names = set(_EXERCISE.findall(data.decode("utf-8", "replace")))
    lesson = max(LESSONS, key=lambda x: (len(names & set(x.exercises)), -x.number))
    if names & set(lesson.exercises):
        return Submission(**named | {"lesson": lesson.name})
    return Submission(**named | {"problem": "" if named["lesson"] else _why_unknown(data)})


def _why_unknown(data: bytes) -> str:
    try:
        if len(data) < SMALL:
            code_cells(data)
    except ValueError as error:
        return f"the notebook {error}"
    return NO_EXERCISE
