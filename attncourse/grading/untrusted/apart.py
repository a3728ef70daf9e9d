"""Namespaces of a child's own: nobody else's processes, shared memory or files are in its world.

Every child gets them, not only the sandbox around all: so nothing that serves the next submission
has a number in it by which a child could reach it, and the kernel ends all that it leaves behind.

The warm process moves into a world of its own first, where it may make others: then one fork is
enough for each child.
"""

import ctypes
import os
import signal

NEWNS, NEWIPC, NEWUSER, NEWPID = 0x00020000, 0x08000000, 0x10000000, 0x20000000
NOSUID_NODEV = 2 | 4
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_CAP_AMBIENT = 1, 4, 24, 47
CLEAR_ALL = 4
CAPABILITIES = 64  # more than any kernel has
CAPABILITY_VERSION = 0x20080522
OWN = 1000  # user and group, as a process in its own world sees itself


class World:
    """A world for the warm process: it goes on as the first process there, and may make others.

    Raises:
        OSError: the system refuses.
    """

    def __init__(self):
        _unshare(NEWUSER | NEWPID)
        inner = os.fork()
        if inner:  # stays outside, and ends when the inner one does
            os.waitpid(inner, 0)
            os._exit(0)
        _system().prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        self._home = os.open("/proc/self/ns/pid", os.O_RDONLY)

    def fork(self) -> int:
        """As `os.fork`; the new process is the first in yet another world."""
        _do("unshare", NEWPID)
        child = os.fork()
        if child:
            _do("setns", self._home, NEWPID)
        return child


def settle(scratch: str, megabytes: int, files: int) -> None:
    """In a new world: memory, files and powers of its own, the last of which are then given up.

    `scratch` becomes an empty folder in memory, bounded, which is gone when the child is.
    """
    _unshare(NEWUSER | NEWIPC | NEWNS)
    options = f"size={megabytes}m,nr_inodes={files},mode=0700"
    where, kind = os.fsencode(scratch), b"tmpfs"
    _do("mount", kind, where, kind, NOSUID_NODEV, options.encode())
    system = _system()
    system.prctl(PR_CAP_AMBIENT, CLEAR_ALL, 0, 0, 0)
    for capability in range(CAPABILITIES):
        system.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    _do("capset", (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0), (ctypes.c_uint32 * 6)())


def _unshare(kinds: int) -> None:
    """Leave namespaces for new ones, and keep a name in the new one of users."""
    user, group = os.geteuid(), os.getegid()
    _system().prctl(PR_SET_DUMPABLE, 1)  # or its own files in /proc were not its own
    _do("unshare", kinds)
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{OWN} {user} 1"),
        ("gid_map", f"{OWN} {group} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def _system():
    return ctypes.CDLL(None, use_errno=True)


def _do(name: str, *args) -> None:
    if getattr(_system(), name)(*args) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
