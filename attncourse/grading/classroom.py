"""Grade a class: find submissions, hand them to grading processes, keep records, resume."""

import base64
import hashlib
import json
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from attncourse.curriculum import find_lesson
from attncourse.grading.changes import Change, changes, told
from attncourse.grading.gradebook import fill, not_handed_in
from attncourse.grading.jobs import Job
from attncourse.grading.notebooks import content
from attncourse.grading.records import course_digest, file_name, key_of, load, write_record
from attncourse.grading.report import published, write_reports
from attncourse.grading.secret import secret_of
from attncourse.grading.submissions import Submission, find
from attncourse.grading.summary import ClassSummary
from attncourse.grading.untrusted.handout import packages as packages_of
from attncourse.grading.untrusted.handout import served
from attncourse.grading.untrusted.sandbox import offered_by
from attncourse.grading.untrusted.walls import advice, bubblewrap, protection

REFUSED = (
    "--require-sandbox: bubblewrap is not installed, or does not work here, and more than one "
    "student's answers would run without it (--unprotected grades all the same)."
)


@dataclass(frozen=True)
class Wishes:
    """What a teacher asks for beside the grading of what is new.

    Attributes:
        only: parts of the names of students; nobody else's submissions are looked at.
        regrade: whether to grade again what has not changed, too.
        roster: a list of the class, to tell who has not handed in.
        fill: exported gradebooks, to be filled in.
    """

    only: tuple[str, ...] = ()
    regrade: bool = False
    roster: Path | None = None
    fill: tuple[Path, ...] = ()

    def mean(self, student: str) -> bool:
        """Whether a student's submission is to be looked at."""
        return not self.only or any(name.casefold() in student.casefold() for name in self.only)


def grade_and_report(
    submissions: Path,
    out: Path,
    *,
    root: Path,
    lessons: list[str],
    jobs: int,
    require_sandbox: bool | None = None,
    wishes: Wishes = Wishes(),
) -> None:
    """The command `attncourse grade`: grade what is new, then write all that people read.

    `require_sandbox`: refuse to grade without bubblewrap; None refuses for more than one student.
    """
    if not hasattr(os, "fork"):
        raise ValueError("grading forks a process per submission; Windows cannot: use WSL")
    _require_own_path(submissions)
    start, wrap = time.monotonic(), bubblewrap()
    guard = protection(wrap, offered_by(wrap))
    print(f"Answers run with {guard}.", flush=True)
    found = find(submissions, lessons, out)
    students = len({submission.student for submission in found})
    if wrap is None and (require_sandbox or (require_sandbox is None and students > 1)):
        raise ValueError(f"{REFUSED} {advice()}")
    course = Course(root, wrap, secret_of(out), guard, wishes.regrade)
    meant = [submission for submission in found if wishes.mean(submission.student)]
    with _bar() as progress:
        changes = grade_class(meant, out, course, jobs=jobs, progress=progress)
    files = record_files(found, out, whole=not wishes.only)
    summary = write_reports(all_records(files), out, guard, published(root, found))
    for line in [*told(changes), *_told_of_books(summary, out, wishes)]:
        print(line)
    seconds = time.monotonic() - start
    print(f"{len(summary.totals)} students, {len(files)} notebooks, {seconds:.1f} s.")
    print(f"Read {out / 'class.html'} first; grades are in {out / 'grades.csv'}.")


def _told_of_books(summary: ClassSummary, out: Path, wishes: Wishes) -> Iterator[str]:
    """Fill the gradebooks that were given, and say who is on no list."""
    if wishes.roster:
        yield from not_handed_in(wishes.roster, sorted(summary.totals))
    for book in wishes.fill:
        yield from fill(book, out, summary.points)


def record_files(found: list[Submission], out: Path, *, whole: bool) -> list[Path]:
    """The records' files in the order of students; those of lessons graded earlier, too.

    `whole`: whether all of `found` must be there; else those that are.
    """
    pairs = [(s.student, s.lesson, _file_of(s, out)) for s in found]
    lessons = {submission.lesson for submission in found}
    for file in sorted((out / "records").glob("*/*.json")):
        earlier = load(file) if file.parent.name not in lessons else None
        if earlier:
            pairs.append((earlier["student"], earlier["lesson"], file))
    return [file for *_, file in sorted(pairs) if whole or file.exists()]


def _file_of(submission: Submission, out: Path) -> Path:
    return out / "records" / submission.lesson / f"{file_name(submission.student)}.json"


def _require_own_path(submissions: Path) -> None:
    """Python must import nothing that was handed in; raises ValueError where it would."""
    top = submissions.resolve()
    for entry in sys.path:
        folder = Path(entry or ".").resolve()
        if folder.exists() and folder.is_relative_to(top):
            raise ValueError(
                f"Python would import from {folder}, which was handed in; start `attncourse` "
                "elsewhere, without PYTHONPATH, and not as `python -m attncourse`"
            )


@contextmanager
def _bar():
    """A progress bar on a terminal, nothing elsewhere."""
    from tqdm import tqdm

    with tqdm(desc="grading", unit=" notebooks", file=sys.stderr, disable=None) as bar:

        def progress(done, total):
            bar.total = total
            bar.update(done - bar.n)

        yield progress


@dataclass(frozen=True)
class Course:
    """What is the same for all submissions of a class.

    Attributes:
        root: the course's folder.
        wrap: bubblewrap's path, if it is there.
        secret: decides the inputs that nobody has seen.
        guard: what answers run with, in words; every record keeps it.
        regrade: whether to grade again what has not changed, too.
    """

    root: Path
    wrap: str | None
    secret: str
    guard: str
    regrade: bool = False

    @property
    def digest(self) -> str:
        """What a record depends on, besides the notebook."""
        return hashlib.sha256(f"{course_digest()} {self.secret} {self.guard}".encode()).hexdigest()


def grade_class(
    found: list[Submission],
    out: Path,
    course: Course,
    *,
    jobs: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Change]:
    """Grade all that is not graded yet; returns what changed for those graded before."""
    files = [_file_of(submission, out) for submission in found]
    graded = [find_lesson(name) for name in sorted({s.lesson for s in found} - {""})]
    packages = sorted(
        {name for lesson in graded for name in packages_of(served(course.root, lesson).modules)}
    )
    todo: queue.SimpleQueue = queue.SimpleQueue()
    finished: queue.SimpleQueue = queue.SimpleQueue()
    for work in zip(found, files, strict=True):
        todo.put(work)
    key, done, changed = course.digest, 0, []
    for _ in range(max(1, min(jobs, len(found)))):
        job = Job(course.root, course.wrap, packages)
        work = todo, finished, course, key, job
        threading.Thread(target=_work, args=work, daemon=True).start()
    while done < len(found):
        result = finished.get()
        if isinstance(result, BaseException):
            raise result
        changed += result
        done += 1
        progress(done, len(found))
    return sorted(changed)


def _work(todo, finished, course, key, job):
    """One thread: takes submissions and drives one grading process, started when needed."""
    try:
        while not todo.empty():
            try:
                submission, file = todo.get_nowait()
            except queue.Empty:
                break
            finished.put(_grade_one(submission, file, course, key, job))
    except BaseException as error:  # the main thread raises it
        finished.put(error)
    finally:
        job.close()


def _grade_one(
    submission: Submission, file: Path, course: Course, key: str, job: Job
) -> list[Change]:
    order = {k: getattr(submission, k) for k in ("student", "lesson", "place", "problem")}
    data = None
    if not submission.problem:
        try:
            data = content(submission.path, submission.members)
        except ValueError as error:
            order["problem"] = f"the file {error}"
    identity = json.dumps(order, sort_keys=True).encode()
    order["key"] = key_of(identity + b"\0" + (data or b""), submission.lesson, key)
    stored = load(file)
    if stored and stored.get("key") == order["key"] and not course.regrade:
        return []
    order |= {"secret": course.secret, "ran_with": course.guard}
    order["data"] = None if data is None else base64.b64encode(data).decode()
    record = job.ask(order)
    write_record(file, record)
    return changes(stored, record)


def all_records(files: list[Path]) -> Iterator[dict]:
    """The records one by one, so that a class of any size needs little memory."""
    for file in files:
        content = load(file)
        if content is None:
            raise ValueError(f"{file} is missing or damaged; grade again")
        yield content
