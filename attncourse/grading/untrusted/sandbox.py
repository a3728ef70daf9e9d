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
        for name in ("time_limit", "outcome", "case", "untouched", "observe")
    ),
    *(f"checks.engine.{name}" for name in ("modules", "poison", "answer")),
    *(f"grading.untrusted.{name}" for name in ("limits", "wire", "forms", "processes")),
    *(f"grading.untrusted.{name}" for name in ("confine", "remote", "child", "warm")),
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
sys.modules["attncourse.grading.untrusted.warm"].serve(int(sys.argv[1]), **boot["options"])
"""


class Sandbox:
    """One warm process. `fork` gives a fresh child for a submission; `clean` ends all it left.

    Args:
        wrap: bubblewrap's path; None for resource limits only.
        packages: names of packages that are imported before anything is forked.
        adopt: take in, and end, what outlives a warm process that an answer killed; only where
            this process has no other children.
    """

    def __init__(self, *, wrap: str | None, packages: tuple[str, ...] = (), adopt: bool = False):
        self.wrap, self._adopt = wrap, adopt and sys.platform == "linux"
        if self._adopt:
            ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
        self._scratch = None if wrap else tempfile.mkdtemp(prefix="attncourse-grade-")
        if self._scratch:
            os.chmod(self._scratch, 0o1777)
        self._control, theirs = socket.socketpair()
        self._process = subprocess.Popen(
            [*walls(wrap, self.scratch), sys.executable, "-I", "-c", _BOOT, str(theirs.fileno())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
            cwd="/" if wrap else self._scratch,
            env=ENVIRONMENT | {"HOME": self.scratch},
        )
        theirs.close()
        self._boot(packages)
        self._expect(b"r", seconds=120)

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
            self._expect(b"k", seconds=15)
        except (OSError, EOFError):
            return False
        return True

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

    def _boot(self, packages):
        root = files("attncourse")
        texts = {
            f"attncourse.{name}": root.joinpath(*name.split(".")[:-1], f"{name.split('.')[-1]}.py")
            for name in SOURCES
        }
        boot = {
            "rooms": ROOMS,
            "sources": {name: path.read_text("utf-8") for name, path in texts.items()},
            "options": {"scratch": self.scratch, "alone": bool(self.wrap), "packages": packages},
        }
        body = json.dumps(boot).encode()
        self._process.stdin.write(b"%d\n" % len(body) + body)
        self._process.stdin.flush()

    def _expect(self, letter, seconds):
        self._control.settimeout(seconds)
        if self._control.recv(1) != letter:
            raise EOFError("the sandbox ended")
