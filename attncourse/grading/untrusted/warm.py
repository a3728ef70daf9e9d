"""In the warm process: stay clean, fork a child per submission, end all that it leaves behind.

Its source is sent to a bare interpreter, with what a child needs; nothing else of the package
exists there.
"""

import contextlib
import ctypes
import gc
import importlib
import os
import resource
import shutil
import signal
import socket
import sys

from attncourse.grading.untrusted import child, wire
from attncourse.grading.untrusted.apart import World
from attncourse.grading.untrusted.confine import APART, become_nobody, confine, offered
from attncourse.grading.untrusted.processes import PR_SET_CHILD_SUBREAPER, children

PR_SET_DUMPABLE = 4


def serve(
    *, control: int, scratch: str, alone: bool, packages: list[str], without: int = 0
) -> None:
    """Stay warm and do what the judge asks: fork a child, or end all that it left behind.

    Args:
        control: descriptor of the socket to the judge; no child inherits it.
        scratch: the folder in which answers may write.
        alone: whether nobody else's processes are in sight, so that all may be killed.
        packages: what else to import before the first child.
        without: walls to leave out, for tests of the others.
    """
    _warm(packages)
    _empty(scratch)  # of what the imports left there
    judge = socket.socket(fileno=control)
    walls, fork = offered(scratch) & ~without, os.fork
    if walls & APART:
        become_nobody()
        fork = World().fork
    _keep_off()
    judge.sendall(bytes((walls,)))
    _obey(judge, scratch, walls, fork, alone or bool(walls & APART))


def _obey(judge, scratch, walls, fork, alone) -> None:
    """Do what the judge asks until it hangs up."""
    sound, forked = _state(), []
    while True:
        order, fds, _, _ = socket.recv_fds(judge, 1, 2)
        if order == b"f":
            forked.append(_fork(fork, judge, scratch, walls, *fds))
            continue
        _end_all(alone, forked)
        clean = _empty(scratch) and _state() == sound
        if order != b"k":
            return
        judge.sendall(b"k" if clean else b"d")


def _keep_off():
    """No child may look into this process; orphans of a child become this process's children."""
    if sys.platform == "linux":
        system = ctypes.CDLL(None)
        system.prctl(PR_SET_DUMPABLE, 0)
        system.prctl(PR_SET_CHILD_SUBREAPER, 1)


def _warm(packages):
    """Import what answers need before anything is forked."""
    import matplotlib
    import numpy
    import torch
    from IPython.core import inputtransformer2

    matplotlib.use("Agg")
    for package in packages:
        with contextlib.suppress(ImportError):
            importlib.import_module(package)
    torch.set_num_threads(1)
    torch.ones(2, requires_grad=True).sum().backward()
    numpy.ones(2) @ numpy.ones(2)
    inputtransformer2.TransformerManager().transform_cell("1\n")
    gc.collect()
    gc.freeze()


def _state() -> tuple:
    """What a child might have changed of this process, and must not have."""
    kinds = [name for name in dir(resource) if name.startswith("RLIMIT_")]
    limits = [resource.getrlimit(getattr(resource, name)) for name in kinds]
    return limits, os.getpriority(os.PRIO_PROCESS, 0), os.getcwd()


def _fork(fork, judge, scratch, walls, reading, writing) -> int:
    pid = fork()
    if pid:
        os.close(reading)
        os.close(writing)
        return pid
    judge.close()
    try:
        confine(wire.receive(reading)["limits"], scratch, walls, (reading, writing))
        child.answer(reading, writing)
    except BaseException:  # nothing of a child may reach the warm process
        os._exit(1)
    os._exit(0)


def _end_all(alone, forked):
    """Kill every process that a child left, however it hid, and reap it."""
    while forked:  # each leads a process group, which is all that some systems tell
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(forked[-1], signal.SIGKILL)
            os.killpg(forked[-1], signal.SIGKILL)
        forked.pop()
    while True:
        if alone:
            with contextlib.suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)
        for pid in children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _empty(folder) -> bool:
    """Remove everything in the scratch folder; whether nothing is left."""
    try:
        for entry in list(os.scandir(folder)):
            remove = shutil.rmtree if entry.is_dir(follow_symlinks=False) else os.unlink
            remove(entry.path)
    except (OSError, RecursionError):
        return False
    return True
