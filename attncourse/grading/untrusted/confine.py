"""In the child, first of all: give up every right that an answer does not need, for good."""

import contextlib
import os
import resource

NOBODY = 65534
MEGABYTE = 2**20


def confine(limits: dict, scratch: str, keep: tuple[int, int]) -> None:
    """Leave the terminal, the files and the rights of the warm process; accept the limits."""
    os.setsid()
    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(quiet, stream)
    for first, last in zip((3, *sorted(k + 1 for k in keep)), (*sorted(keep), 4096), strict=True):
        os.closerange(first, last)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")  # when memory runs out, the kernel ends this process first
    for name, most in (
        ("RLIMIT_AS", _address_space() + limits["memory_mb"] * MEGABYTE),
        ("RLIMIT_CPU", limits["cpu_seconds"]),
        ("RLIMIT_FSIZE", limits["file_mb"] * MEGABYTE),
        ("RLIMIT_NOFILE", limits["files"]),
        ("RLIMIT_NPROC", _threads_of_user() + limits["processes"]),
        ("RLIMIT_CORE", 0),
    ):
        if hasattr(resource, name):
            _, hard = resource.getrlimit(getattr(resource, name))
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)
            with contextlib.suppress(ValueError, OSError):  # macOS refuses some
                resource.setrlimit(getattr(resource, name), (most, most))
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    os.chdir(scratch)


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
