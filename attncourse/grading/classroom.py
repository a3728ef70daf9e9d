"""Grade a class: find submissions, hand them to grading processes, keep records, resume."""

import base64
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from attncourse.curriculum import find_lesson
from attncourse.grading.records import course_digest, file_name, key_of, load, write_record
from attncourse.grading.report import write_reports
from attncourse.grading.submissions import Submission, content, find
from attncourse.grading.untrusted.handout import packages as packages_of
from attncourse.grading.untrusted.handout import served
from attncourse.grading.untrusted.limits import GIVE_UP_SECONDS
from attncourse.grading.untrusted.walls import bubblewrap, protection


def grade_and_report(
    submissions: Path,
    out: Path,
    *,
    root: Path,
    lessons: list[str],
    jobs: int,
    require_sandbox: bool = False,
) -> None:
    """The command `attncourse grade`: grade what is new, then write all that people read."""
    if not hasattr(os, "fork"):
        raise ValueError("grading forks a process per submission; Windows cannot: use WSL")
    wrap = bubblewrap()
    if require_sandbox and wrap is None:
        raise ValueError("--require-sandbox: bubblewrap is not installed, or does not work here")
    start = time.monotonic()
    print(f"Answers run with {protection(wrap)}.", flush=True)
    options = {"root": root, "lessons": lessons, "jobs": jobs, "wrap": wrap}
    with _bar() as progress:
        files = grade_class(submissions, out, progress=progress, **options)
    summary = write_reports(all_records(files), out, protection(wrap))
    seconds = time.monotonic() - start
    print(f"{len(summary.totals)} students, {len(files)} notebooks, {seconds:.1f} s.")
    print(f"Read {out / 'class.html'} first; grades are in {out / 'grades.csv'}.")


@contextmanager
def _bar():
    """A progress bar on a terminal, nothing elsewhere."""
    from tqdm import tqdm

    with tqdm(desc="grading", unit=" notebooks", file=sys.stderr, disable=None) as bar:

        def progress(done, total):
            bar.total = total
            bar.update(done - bar.n)

        yield progress


def grade_class(
    submissions: Path,
    out: Path,
    *,
    root: Path,
    lessons: list[str],
    jobs: int,
    wrap: str | None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Path]:
    """Grade all that is not graded yet; returns the records' files, in the order of students."""
    found = find(submissions, lessons, out)
    files = [out / "records" / s.lesson / f"{file_name(s.student)}.json" for s in found]
    course, done = course_digest(), 0
    graded = [find_lesson(name) for name in sorted({s.lesson for s in found} - {""})]
    packages = sorted(
        {name for lesson in graded for name in packages_of(served(root, lesson).modules)}
    )
    todo: queue.SimpleQueue = queue.SimpleQueue()
    finished: queue.SimpleQueue = queue.SimpleQueue()
    for work in zip(found, files, strict=True):
        todo.put(work)
    workers = [
        threading.Thread(
            target=_work, args=(todo, finished, course, Job(root, wrap, packages)), daemon=True
        )
        for _ in range(max(1, min(jobs, len(found))))
    ]
    for worker in workers:
        worker.start()
    while done < len(found):
        failure = finished.get()
        if failure is not None:
            raise failure
        done += 1
        progress(done, len(found))
    return files


def _work(todo, finished, course, job):
    """One thread: takes submissions and drives one grading process, started when needed."""
    try:
        while not todo.empty():
            try:
                submission, file = todo.get_nowait()
            except queue.Empty:
                break
            _grade_one(submission, file, course, job)
            finished.put(None)
    except BaseException as error:  # the main thread raises it
        finished.put(error)
    finally:
        job.close()


def _grade_one(submission: Submission, file: Path, course: str, job: "Job") -> None:
    order = {k: getattr(submission, k) for k in ("student", "lesson", "place", "problem")}
    data = None
    if not submission.problem:
        try:
            data = content(submission)
        except ValueError as error:
            order["problem"] = f"the file {error}"
    identity = json.dumps(order, sort_keys=True).encode()
    order["key"] = key_of(identity + b"\0" + (data or b""), submission.lesson, course)
    stored = load(file)
    if stored is None or stored.get("key") != order["key"]:
        order["data"] = None if data is None else base64.b64encode(data).decode()
        write_record(file, job.ask(order))


class Job:
    """A grading process; one that ends or does not answer is replaced, and costs its submission."""

    def __init__(self, root: Path, wrap: str | None, packages: list[str]):
        self.command = [sys.executable, "-m", "attncourse.grading.process"]
        self.command += [str(root), wrap or "", json.dumps(packages)]
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
