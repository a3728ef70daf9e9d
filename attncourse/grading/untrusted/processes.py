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


def children() -> list[int]:
    """Direct children of this process, by /proc; none where there is no /proc."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as file:
            return [int(pid) for pid in file.read().split()]
    except OSError:
        return []
