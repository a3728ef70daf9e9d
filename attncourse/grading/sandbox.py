"""A warm process that nobody trusts, and what keeps it in: namespaces where the system has them."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

# What the child knows of this package: how to run an answer, and nothing that is right or wrong.
SOURCES = ("checks/limits", "checks/answer", "grading/wire", "grading/worker")
LIMITS = {
    "memory_mb": 2048,
    "cpu_seconds": 120,
    "file_mb": 16,
    "files": 64,
    "processes": 64,
}
READ_ONLY = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/alternatives")

_BOOT = """
import json, sys, types
size = int(sys.stdin.buffer.readline())
sources = json.loads(sys.stdin.buffer.read(size))
for name in ("attncourse", "attncourse.checks", "attncourse.grading"):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = []
for name, source in sources.items():
    module = sys.modules[name] = types.ModuleType(name)
    module.__file__ = f"<{name}>"
    setattr(sys.modules[name.rpartition(".")[0]], name.rpartition(".")[2], module)
    exec(compile(source, module.__file__, "exec"), module.__dict__)
sys.modules["attncourse.grading.worker"].serve(int(sys.argv[1]), sys.argv[2] == "alone")
"""


def protection() -> str:
    """Say in words what keeps an answer in on this machine."""
    if bubblewrap():
        return "bubblewrap (own namespaces, read-only system, no network) and resource limits"
    return "resource limits only: files can be read and the network is open; install bubblewrap"


def bubblewrap() -> str | None:
    """Path of a bubblewrap that works here, or None."""
    path = shutil.which("bwrap")
    if path is None or not sys.platform.startswith("linux"):
        return None
    trial = [path, "--ro-bind", "/", "/", "--unshare-pid", "--unshare-net", "true"]
    return path if subprocess.run(trial, capture_output=True).returncode == 0 else None


class Sandbox:
    """One warm process. `fork` gives a fresh child for a submission; `clean` ends all it left."""

    def __init__(self, *, wrap: str | None):
        self._scratch = tempfile.mkdtemp(prefix="attncourse-grade-")
        os.chmod(self._scratch, 0o777)
        self.wrap = wrap
        self._control, theirs = socket.socketpair()
        command = [sys.executable, "-I", "-c", _BOOT, str(theirs.fileno())]
        command += ["alone" if wrap else "shared"]
        self._process = subprocess.Popen(
            [*self._walls(), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
            cwd="/" if wrap else self._scratch,
            env={"PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1", "HOME": self.scratch},
        )
        theirs.close()
        self._send_sources()
        self._expect(b"r", seconds=120)

    @property
    def scratch(self) -> str:
        """The one folder in which an answer may write, as the answer sees it."""
        return "/scratch" if self.wrap else self._scratch

    def fork(self) -> tuple[int, int]:
        """Start a child for one submission; returns descriptors to read from and write to it."""
        child_reads, writing = os.pipe()
        reading, child_writes = os.pipe()
        socket.send_fds(self._control, [b"f"], [child_reads, child_writes])
        os.close(child_reads)
        os.close(child_writes)
        return reading, writing

    def clean(self) -> bool:
        """End everything the child left and empty its folder; False when the warm process died."""
        try:
            self._control.sendall(b"k")
            self._expect(b"k", seconds=10)
        except (OSError, EOFError):
            return False
        for entry in os.scandir(self._scratch):
            remove = shutil.rmtree if entry.is_dir(follow_symlinks=False) else os.unlink
            remove(entry.path)
        return True

    def close(self) -> None:
        """End the warm process and everything in its namespaces."""
        self._process.kill()
        self._process.wait()
        self._control.close()
        self._process.stdin.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _send_sources(self):
        names = {source: f"attncourse.{source.replace('/', '.')}" for source in SOURCES}
        package = files("attncourse")
        text = {name: package.joinpath(f"{s}.py").read_text("utf-8") for s, name in names.items()}
        body = json.dumps(text).encode()
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
        walls += ["--die-with-parent", "--new-session", "--proc", "/proc", "--dev", "/dev"]
        for folder in [*READ_ONLY, *_python_folders()]:
            walls += ["--ro-bind-try", folder, folder]
        for hidden in _own_copies():
            walls += ["--tmpfs", hidden]
        return [*walls, "--bind", self._scratch, "/scratch", "--chdir", "/scratch"]


def _python_folders() -> list[str]:
    """Where this Python and its packages lie, but not the course itself."""
    folders = {sys.prefix, sys.base_prefix, *(p for p in sys.path if "site-packages" in p)}
    folders |= {os.path.realpath(folder) for folder in folders}
    return sorted(folders)


def _own_copies() -> list[str]:
    """Installed copies of this package, which hold every reference: an answer must not see them."""
    folders = [Path(p) / "attncourse" for p in sys.path if "site-packages" in p]
    return [str(folder) for folder in folders if folder.is_dir()]
