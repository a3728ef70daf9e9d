"""In the child, first of all: give up every right that an answer does not need, for good."""

import contextlib
import os
import resource

from attncourse.grading.untrusted.apart import World, settle
from attncourse.grading.untrusted.calls import filter_calls

NOBODY = 65534
MEGABYTE = 2**20
APART, CALLS = 1, 2  # the walls that not every system has, as bits


def confine(limits: dict, scratch: str, walls: int, keep: tuple[int, ...] = ()) -> None:
    """Leave the files and the rights of the warm process; accept the limits.

    Args:
        limits: as in `limits.LIMITS`.
        scratch: the one folder that may be written.
        walls: which of APART and CALLS to raise; an OSError says that the system refuses one.
        keep: file descriptors that stay open.
    """
    _leave(keep)
    own_threads = 0 if walls & APART else _threads_of_user()
    for name, most in (
        ("RLIMIT_AS", _address_space() + limits["memory_mb"] * MEGABYTE),
        ("RLIMIT_CPU", limits["cpu_seconds"]),
        ("RLIMIT_FSIZE", limits["file_mb"] * MEGABYTE),
        ("RLIMIT_NOFILE", limits["files"]),
        ("RLIMIT_NPROC", own_threads + limits["threads"]),
        ("RLIMIT_CORE", 0),
    ):
        _limit(name, most)
    become_nobody()
    if walls & APART:
        settle(scratch, limits["folder_mb"], limits["folder_files"])
    os.chdir(scratch)
    if walls & CALLS:
        filter_calls()


def become_nobody() -> None:
    """Root's processes give up being root."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)


def offered(scratch: str) -> int:
    """Which of APART and CALLS this system offers: a child tries each."""
    return sum(wall for wall in (APART, CALLS) if _works(wall, scratch))


def _works(wall: int, scratch: str) -> bool:
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        with contextlib.suppress(BaseException):
            if wall & APART:
                become_nobody()
                grandchild = World().fork()
                if grandchild:
                    os.waitpid(grandchild, 0)
                    os._exit(0)
            confine(TRIAL, scratch, wall, (writing,))
            os.write(writing, b"y")
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with open(reading, "rb") as answer:
        return answer.read() == b"y"


TRIAL = {"memory_mb": 64, "cpu_seconds": 9, "file_mb": 1, "folder_mb": 1, "folder_files": 9}
TRIAL |= {"files": 64, "threads": 4}


def _leave(keep: tuple[int, ...]) -> None:
    """Leave the terminal and all open files, and be the first to go when memory runs out."""
    os.setsid()
    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(quiet, stream)
    for first, last in zip((3, *sorted(k + 1 for k in keep)), (*sorted(keep), 4096), strict=True):
        os.closerange(first, last)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")


def _limit(name: str, most: int) -> None:
    """Set a limit that cannot be raised again; never above the one that is there."""
    kind = getattr(resource, name, None)
    if kind is None:
        return
    _, hard = resource.getrlimit(kind)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    with contextlib.suppress(ValueError, OSError):  # macOS refuses some
        resource.setrlimit(kind, (most, most))


def _address_space() -> int:
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 16 * 1024 * MEGABYTE  # PyTorch reserves much that it never uses


def _threads_of_user() -> int:
    """How many threads count against this user's limit already; root's child becomes nobody."""
    user = NOBODY if os.geteuid() == 0 else os.getuid()
    count = 0
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():
        with contextlib.suppress(OSError):
            if name.isdecimal() and os.stat(f"/proc/{name}").st_uid == user:
                count += len(os.listdir(f"/proc/{name}/task"))
    return count
