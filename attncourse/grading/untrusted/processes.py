"""The children of a process, and their end."""

import contextlib
import os
import signal

PR_SET_CHILD_SUBREAPER = 36  # of Linux's prctl: orphans become this process's children


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


def children(pid: int | None = None) -> list[int]:
    """Direct children of a process, this one if none is named; none where there is no /proc."""
    pid = os.getpid() if pid is None else pid
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(pid) for pid in file.read().split()]
    except OSError:
        return []


def youngest(pid: int) -> int:
    """The last process in the line of youngest children that begins with `pid`."""
    while True:
        below = children(pid)
        if not below:
            return pid
        pid = below[-1]


def seconds_of(pid: int) -> float | None:
    """Seconds that a process has computed, its threads together; None where nobody tells."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            user, system = file.read().rpartition(")")[2].split()[11:13]
    except (OSError, ValueError):
        return None
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
