"""A warm process that nobody trusts, and what keeps it in: namespaces where the system has them."""

import contextlib
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

# What the child knows of this package: how to run an answer, and nothing that is right or wrong.
SOURCES = ("checks/limits", "checks/answer", "grading/wire", "grading/worker")
LIMITS = {
    "memory_mb": 2048,  # of address space per process, beyond what the warm process has
    "cpu_seconds": 120,
    "file_mb": 16,
    "folder_mb": 64,
    "files": 64,
    "processes": 16,
    "cell_seconds": 10.0,
    "cells_seconds": 60.0,  # all cells of a notebook together
    "call_seconds": 5.0,
    "exercise_seconds": 20.0,  # all calls of an exercise together
    "submission_seconds": 150.0,  # after which no further child is started
    "grace_seconds": 3.0,  # for a child that should have kept a limit itself
}
READ_ONLY = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/alternatives")
POWERS = ("SETUID", "SETGID", "KILL", "DAC_OVERRIDE", "FOWNER")  # what a warm root process keeps

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1", "VECLIB_MAXIMUM_THREADS": "1"}
PR_SET_CHILD_SUBREAPER = 36

_BOOT = """
import json, sys, types
size = int(sys.stdin.buffer.readline())
boot = json.loads(sys.stdin.buffer.read(size))
for name in ("attncourse", "attncourse.checks", "attncourse.grading"):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = []
for name, source in boot["sources"].items():
    module = sys.modules[name] = types.ModuleType(name)
    module.__file__ = f"<{name}>"
    setattr(sys.modules[name.rpartition(".")[0]], name.rpartition(".")[2], module)
    exec(compile(source, module.__file__, "exec"), module.__dict__)
sys.modules["attncourse.grading.worker"].serve(int(sys.argv[1]), **boot["options"])
"""


def protection(wrap: str | None) -> str:
    """Say in words what keeps an answer in."""
    if wrap:
        return "bubblewrap (own namespaces, read-only system, no network) and resource limits"
    reach = "read or write" if os.geteuid() else "read"  # root's answers run as nobody
    if sys.platform.startswith("linux"):
        return (
            f"resource limits only: what you may {reach}, an answer may {reach}, and the network "
            "is open; install bubblewrap for more"
        )
    return (
        "the limits that this system has: time always, memory and processes in part; what you may "
        f"{reach}, an answer may {reach}, and the network is open. Grade on Linux with bubblewrap"
    )


def bubblewrap() -> str | None:
    """Path of a bubblewrap that works here, or None."""
    path = shutil.which("bwrap")
    if path is None or not sys.platform.startswith("linux"):
        return None
    trial = [path, "--ro-bind", "/", "/", "--unshare-pid", "--unshare-net", "true"]
    return path if subprocess.run(trial, capture_output=True).returncode == 0 else None


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
            [*self._walls(), sys.executable, "-I", "-c", _BOOT, str(theirs.fileno())],
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
        names = {source: f"attncourse.{source.replace('/', '.')}" for source in SOURCES}
        package = files("attncourse")
        text = {name: package.joinpath(f"{s}.py").read_text("utf-8") for s, name in names.items()}
        options = {"scratch": self.scratch, "alone": bool(self.wrap), "packages": packages}
        body = json.dumps({"sources": text, "options": options}).encode()
        self._process.stdin.write(b"%d\n" % len(body) + body)
        self._process.stdin.flush()

    def _expect(self, letter, seconds):
        self._control.settimeout(seconds)
        if self._control.recv(1) != letter:
            raise EOFError("the sandbox ended")

    def _walls(self) -> list[str]:
        """The bubblewrap command in front of Python's, where there is one."""
        if self.wrap is None:
            return []
        walls = [self.wrap, "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
        walls += ["--unshare-cgroup-try", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
        if os.geteuid() == 0:
            walls += [part for power in POWERS for part in ("--cap-add", f"CAP_{power}")]
        shown = [*READ_ONLY, *_python_folders()]
        for parent in sorted({str(p) for folder in shown for p in Path(folder).parents} - {"/"}):
            walls += ["--perms", "0755", "--dir", parent]
        for folder in shown:
            walls += ["--ro-bind-try", folder, folder]
        for hidden in _own_copies(shown):
            walls += ["--tmpfs", hidden, "--remount-ro", hidden]
        walls += ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]
        walls += ["--size", str(LIMITS["folder_mb"] << 20), "--perms", "1777", "--tmpfs"]
        return [*walls, self.scratch, "--remount-ro", "/", "--chdir", self.scratch]


def end_children() -> None:
    """Kill and reap all children of this process, and theirs, which it adopts one by one."""
    while True:
        for pid in children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def children() -> list[int]:
    """Direct children of this process, by /proc."""
    with open(f"/proc/self/task/{os.getpid()}/children") as file:
        return [int(pid) for pid in file.read().split()]


def _python_folders() -> list[str]:
    """Where this Python and its packages lie, but not the course itself."""
    folders = {sys.prefix, sys.base_prefix, *(p for p in sys.path if "site-packages" in p)}
    folders |= {os.path.realpath(folder) for folder in folders}
    return sorted(folders)


def _own_copies(shown: list[str]) -> list[str]:
    """Folders of this course below those that an answer sees: it must not see these."""
    package = Path(str(files("attncourse")))
    beside = [package.parent / name for name in ("notebooks", "solutions", "tests", ".git")]
    installed = [Path(p) / "attncourse" for p in sys.path if "site-packages" in p]
    folders = {str(f.resolve()) for f in [package, *beside, *installed] if f.is_dir()}
    inside = [f for f in folders if any(Path(f).is_relative_to(s) for s in shown)]
    return sorted(inside)
