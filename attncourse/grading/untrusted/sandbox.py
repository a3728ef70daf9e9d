"""The judge's end of a warm process that nobody trusts: start it, fork in it, end it."""

import contextlib
import ctypes
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from importlib.resources import files

from attncourse.grading.untrusted.processes import PR_SET_CHILD_SUBREAPER, end_children
from attncourse.grading.untrusted.walls import walls

# What the child knows of this package: how to run an answer, and nothing that is right or wrong.
SOURCES = (
    *(
        f"checks.engine.{name}"
        for name in ("time_limit", "outcome", "guards", "case", "untouched", "observe")
    ),
    *(f"checks.engine.{name}" for name in ("modules", "poison", "answer")),
    *(f"grading.untrusted.{name}" for name in ("limits", "wire", "forms", "processes")),
    *(f"grading.untrusted.{name}" for name in ("apart", "calls", "confine")),
    *(f"grading.untrusted.{name}" for name in ("remote", "child", "warm")),
)
ROOMS = ["attncourse"]
ROOMS += [f"attncourse.{room}" for room in ("checks", "checks.engine")]
ROOMS += [f"attncourse.{room}" for room in ("grading", "grading.untrusted")]
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1", "VECLIB_MAXIMUM_THREADS": "1"}

_BOOT = """
import json, sys, types
size = int(sys.stdin.buffer.readline())
boot = json.loads(sys.stdin.buffer.read(size))
for name in boot["rooms"]:
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = []
for name, source in boot["sources"].items():
    module = sys.modules[name] = types.ModuleType(name)
    module.__file__ = f"<{name}>"
    setattr(sys.modules[name.rpartition(".")[0]], name.rpartition(".")[2], module)
    exec(compile(source, module.__file__, "exec"), module.__dict__)
module, name = boot["entry"]
print(getattr(sys.modules["attncourse.grading.untrusted." + module], name)(**boot["options"]))
"""
PROBE = ("apart", "calls", "confine")


def offered_by(wrap: str | None) -> int:
    """Which of `confine.APART` and `confine.CALLS` a submission gets on this system."""
    with tempfile.TemporaryDirectory(prefix="attncourse-probe-") as folder:
        os.chmod(folder, 0o1777)
        scratch = "/scratch" if wrap else folder
        boot = _boot(PROBE, ("confine", "offered"), {"scratch": scratch})
        done = subprocess.run(
            [*walls(wrap, scratch), sys.executable, "-I", "-c", _BOOT],
            input=boot,
            capture_output=True,
            cwd="/",
            env=ENVIRONMENT | {"HOME": scratch},
        )
    return int(done.stdout or 0)


def _boot(names: tuple[str, ...], entry: tuple[str, str], options: dict) -> bytes:
    """What a bare interpreter is sent: sources, and the function that it begins with."""
    names = [n if "." in n else f"grading.untrusted.{n}" for n in names]
    root = files("attncourse")
    paths = {n: root.joinpath(*n.split(".")[:-1], f"{n.split('.')[-1]}.py") for n in names}
    texts = {f"attncourse.{name}": path.read_text("utf-8") for name, path in paths.items()}
    boot = {"rooms": ROOMS, "sources": texts, "entry": entry, "options": options}
    body = json.dumps(boot).encode()
    return b"%d\n" % len(body) + body


class Sandbox:
    """One warm process. `fork` gives a fresh child for a submission; `clean` ends all it left.

    Args:
        wrap: bubblewrap's path; None for resource limits only.
        packages: names of packages that are imported before anything is forked.
        adopt: take in, and end, what outlives a warm process that an answer killed; only where
            this process has no other children.
        without: walls to leave out, for tests of the others.

    `walls` says which of `confine.APART` and `confine.CALLS` every child has.
    """

    def __init__(
        self,
        *,
        wrap: str | None,
        packages: tuple[str, ...] = (),
        adopt: bool = False,
        without: int = 0,
    ):
        self.wrap = wrap
        self._adopt = adopt and sys.platform == "linux"
        if self._adopt:
            ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
        self._scratch = None if wrap else tempfile.mkdtemp(prefix="attncourse-grade-")
        if self._scratch:
            os.chmod(self._scratch, 0o1777)
        self._control, theirs = socket.socketpair()
        number = theirs.fileno()
        self._process = subprocess.Popen(
            [*walls(wrap, self.scratch), sys.executable, "-I", "-c", _BOOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[number],
            start_new_session=True,
            cwd="/" if wrap else self._scratch,
            env=ENVIRONMENT | {"HOME": self.scratch},
        )
        theirs.close()
        options = {"scratch": self.scratch, "alone": bool(self.wrap), "packages": packages}
        options |= {"control": number, "without": without}
        self._process.stdin.write(_boot(SOURCES, ("warm", "serve"), options))
        self._process.stdin.flush()
        self.walls = self._answer(seconds=120)[0]

    @property
    def pid(self) -> int:
        """The number of the outermost process."""
        return self._process.pid

    @property
    def scratch(self) -> str:
        """The one folder in which an answer may write, as the answer sees it."""
        return self._scratch or "/scratch"

    def fork(self) -> tuple[int, int]:
        """Start a child for one submission; returns descriptors to read from and write to it."""
        child_reads, writing = os.pipe()
        reading, child_writes = os.pipe()
        try:
            socket.send_fds(self._control, [b"f"], [child_reads, child_writes])
        finally:
            os.close(child_reads)
            os.close(child_writes)
        return reading, writing

    def clean(self) -> bool:
        """End everything the child left and empty its folder; False when this cannot be done."""
        try:
            self._control.sendall(b"k")
            return self._answer(seconds=15) == b"k"
        except (OSError, EOFError):
            return False

    def close(self) -> None:
        """End the warm process and everything in its namespaces."""
        self._control.close()  # without walls, the warm process ends what it started and itself
        if not self.wrap:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=10)
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        if self._adopt:
            end_children()
        if self._scratch:
            shutil.rmtree(self._scratch, ignore_errors=True)

    def _answer(self, seconds) -> bytes:
        self._control.settimeout(seconds)
        answer = self._control.recv(1)
        if not answer:
            raise EOFError("the sandbox ended")
        return answer
