"""Grade a class: find submissions, hand them to grading processes, keep records, resume."""

import base64
import hashlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from attncourse.curriculum import find_lesson
from attncourse.grading.notebooks import content
from attncourse.grading.records import course_digest, file_name, key_of, load, write_record
from attncourse.grading.report import published, write_reports
from attncourse.grading.secret import secret_of
from attncourse.grading.submissions import Submission, find
from attncourse.grading.untrusted.handout import packages as packages_of
from attncourse.grading.untrusted.handout import served
from attncourse.grading.untrusted.limits import GIVE_UP_SECONDS
from attncourse.grading.untrusted.sandbox import offered_by
from attncourse.grading.untrusted.walls import advice, bubblewrap, protection

REFUSED = (
    "--require-sandbox: bubblewrap is not installed, or does not work here, and more than one "
    "student's answers would run without it (--unprotected grades all the same)."
)


def grade_and_report(
    submissions: Path,
    out: Path,
    *,
    root: Path,
    lessons: list[str],
    jobs: int,
    require_sandbox: bool | None = None,
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
    course = Course(root, wrap, secret_of(out), guard)
    with _bar() as progress:
        files = grade_class(found, out, course, jobs=jobs, progress=progress)
    summary = write_reports(all_records(files), out, guard, published(root, found))
    seconds = time.monotonic() - start
    print(f"{len(summary.totals)} students, {len(files)} notebooks, {seconds:.1f} s.")
    print(f"Read {out / 'class.html'} first; grades are in {out / 'grades.csv'}.")


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
    """

    root: Path
    wrap: str | None
    secret: str
    guard: str

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
) -> list[Path]:
    """Grade all that is not graded yet; returns the records' files, in the order of students."""
    files = [out / "records" / s.lesson / f"{file_name(s.student)}.json" for s in found]
    graded = [find_lesson(name) for name in sorted({s.lesson for s in found} - {""})]
    packages = sorted(
        {name for lesson in graded for name in packages_of(served(course.root, lesson).modules)}
    )
    todo: queue.SimpleQueue = queue.SimpleQueue()
    finished: queue.SimpleQueue = queue.SimpleQueue()
    for work in zip(found, files, strict=True):
        todo.put(work)
    key, done = course.digest, 0
    for _ in range(max(1, min(jobs, len(found)))):
        job = Job(course.root, course.wrap, packages)
        work = todo, finished, course, key, job
        threading.Thread(target=_work, args=work, daemon=True).start()
    while done < len(found):
        failure = finished.get()
        if failure is not None:
            raise failure
        done += 1
        progress(done, len(found))
    return files


def _work(todo, finished, course, key, job):
    """One thread: takes submissions and drives one grading process, started when needed."""
    try:
        while not todo.empty():
            try:
                submission, file = todo.get_nowait()
            except queue.Empty:
                break
            _grade_one(submission, file, course, key, job)
            finished.put(None)
    except BaseException as error:  # the main thread raises it
        finished.put(error)
    finally:
        job.close()


def _grade_one(submission: Submission, file: Path, course: Course, key: str, job: "Job") -> None:
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
    if stored is None or stored.get("key") != order["key"]:
        order |= {"secret": course.secret, "ran_with": course.guard}
        order["data"] = None if data is None else base64.b64encode(data).decode()
        write_record(file, job.ask(order))


class Job:
    """A grading process; one that ends or does not answer is replaced, and costs its submission."""

    def __init__(self, root: Path, wrap: str | None, packages: list[str]):
        self.command = [sys.executable, "-I", "-m", "attncourse.grading.process"]
        self.command += [str(root.resolve()), wrap or "", json.dumps(packages)]
        self._process: subprocess.Popen | None = None

    def ask(self, order: dict) -> dict:
        """Have a submission graded."""
        try:
            return self._ask(order)
        except (OSError, ValueError):
            self.close()
            problem = "grading it ended the grader itself; please look at it by hand"
            return self._ask(order | {"data": None, "problem": problem})

    def close(self) -> None:
        """End the process."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process.stdin.close()
            self._process.stdout.close()
            self._process = None

    def _ask(self, order):
        if self._process is None:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd="/",  # nothing lies there that a student handed in
                env=os.environ | {"OMP_NUM_THREADS": "1"},
            )
        process = self._process
        process.stdin.write(json.dumps(order).encode() + b"\n")
        process.stdin.flush()
        late = threading.Timer(GIVE_UP_SECONDS, process.kill)
        late.start()
        try:
            return json.loads(process.stdout.readline())
        finally:
            late.cancel()


def all_records(files: list[Path]) -> Iterator[dict]:
    """The records one by one, so that a class of any size needs little memory."""
    for file in files:
        content = load(file)
        if content is None:
            raise ValueError(f"{file} is missing or damaged; grade again")
        yield content
