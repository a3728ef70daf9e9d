"""Grading processes as their leader sees them: an order goes in, a record comes out."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

from attncourse.grading.untrusted.limits import GIVE_UP_SECONDS


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
