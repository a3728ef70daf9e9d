"""The child's side: runs a student's cells and answers calls; knows no reference and no check.

Its source is sent to a bare interpreter together with `wire`, `limits` and `answer`; nothing else
of the package exists there. One warm process stays clean and forks a child per submission.
"""

import builtins
import contextlib
import gc
import os
import resource
import signal
import socket
import sys
import types
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec

from attncourse.checks.answer import Case, LocalAnswer, Outcome
from attncourse.checks.limits import TimeLimitError, call_limited
from attncourse.grading import wire

NOBODY = 65534
MEGABYTE = 2**20


def serve(control: int, alone: bool) -> None:
    """Stay warm and do what the judge asks: fork a child, or end all that it left behind.

    Args:
        control: descriptor of the socket to the judge; no child inherits it.
        alone: whether nobody else's processes are in sight, so that all may be killed.
    """
    _warm()
    judge = socket.socket(fileno=control)
    judge.sendall(b"r")
    while True:
        order, fds, _, _ = socket.recv_fds(judge, 1, 2)
        if order == b"f":
            _fork(judge, *fds)
        elif order == b"k":
            _end_all(alone)
            judge.sendall(b"k")
        else:
            _end_all(alone)
            return


def _warm():
    """Import what answers need before anything is forked."""
    import matplotlib
    import numpy
    import torch
    from IPython.core import inputtransformer2

    matplotlib.use("Agg")
    torch.set_num_threads(1)
    torch.ones(2, requires_grad=True).sum().backward()
    numpy.ones(2) @ numpy.ones(2)
    inputtransformer2.TransformerManager().transform_cell("1\n")
    gc.collect()
    gc.freeze()


def _fork(judge, reading, writing):
    pid = os.fork()
    if pid:
        os.close(reading)
        os.close(writing)
        return
    judge.close()
    try:
        _confine(wire.receive(reading)["limits"])
        _answer(reading, writing)
    except BaseException:  # nothing of a child may reach the warm process
        os._exit(1)
    os._exit(0)


def _end_all(alone):
    """Kill every process that a child left, however it hid, and reap it."""
    if alone:
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)
    for pid in _descendants():
        os.kill(pid, signal.SIGKILL)
    try:
        while True:
            os.waitpid(-1, 0)
    except ChildProcessError:
        pass


def _descendants():
    """Direct children by /proc; orphans are among them, for this process adopts them."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as file:
            return [int(pid) for pid in file.read().split()]
    except OSError:
        return []


def _confine(limits: dict):
    """Give up every right that an answer does not need, for good."""
    os.setsid()
    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(quiet, stream)
    used = _address_space()
    for name, most in (
        ("RLIMIT_AS", used + limits["memory_mb"] * MEGABYTE),
        ("RLIMIT_CPU", limits["cpu_seconds"]),
        ("RLIMIT_FSIZE", limits["file_mb"] * MEGABYTE),
        ("RLIMIT_NOFILE", limits["files"]),
        ("RLIMIT_NPROC", limits["processes"]),
        ("RLIMIT_CORE", 0),
    ):
        if hasattr(resource, name):
            _, hard = resource.getrlimit(getattr(resource, name))
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(getattr(resource, name), (most, most))
    if limits["scratch"]:
        os.chdir(limits["scratch"])
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)


def _address_space() -> int:
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def _answer(reading, writing):
    """Run the cells of one submission, then serve calls until the judge hangs up."""
    task = wire.receive(reading)
    namespace = _namespace(task["modules"])
    for index in task["run"]:
        wire.send(writing, {"cell": index})
        wire.send(writing, {"error": _run_cell(task["cells"][index], namespace, task["seconds"])})
    while True:
        request = wire.receive(reading)
        answer = namespace.get(request["exercise"])
        if answer is None:
            wire.send(writing, {"missing": True})
            continue
        case = _case(request["case"])
        wire.send(writing, {"outcome": as_data(LocalAnswer(answer).run(case))})


def _case(sent: dict) -> Case:
    case = Case(
        sent["label"],
        *sent["args"],
        gradient=sent["gradient"],
        build=sent["build"],
        **sent["kwargs"],
    )
    case.state = sent["state"]
    return case


def as_data(outcome: Outcome) -> dict:
    """An outcome as plain data, for the wire."""
    gradients = outcome.gradients
    return {
        "result": _seen_data(outcome.result),
        "raised": None if outcome.raised is None else vars(outcome.raised),
        "changed": list(outcome.changed),
        "gradients": None
        if gradients is None
        else {k: _seen_data(g) for k, g in gradients.items()},
    }


def _seen_data(seen):
    if seen is None:
        return None
    if seen.kind in ("list", "tuple"):
        return [seen.kind, [_seen_data(part) for part in seen.value], seen.dtype]
    if seen.kind == "dict":
        pairs = [[key, _seen_data(value)] for key, value in seen.value.items()]
        return [seen.kind, pairs, seen.dtype]
    return [seen.kind, seen.value, seen.dtype]


# ---- the student's notebook


def _run_cell(code: str, namespace: dict, seconds: float) -> str:
    """Run one cell as a notebook would; returns what went wrong, "" for nothing."""
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        program = compile(TransformerManager().transform_cell(code), "<ipython cell>", "exec")
        call_limited(seconds, exec, program, namespace)
    except TimeLimitError:
        return f"stopped after {seconds:g} seconds"
    except BaseException as error:  # whatever a cell raises costs that cell only
        return f"{type(error).__name__}: {error}"[:300]
    return ""


def _namespace(modules: dict[str, str]) -> dict:
    """The globals in which cells run: no checks, no input, no terminal; given modules by name."""
    _make_package()
    sys.meta_path.insert(0, _Served(modules))
    shell = types.SimpleNamespace(
        run_line_magic=lambda *_, **__: None,
        run_cell_magic=lambda name, line, body: exec(body, namespace) if name in PLAIN else None,
        system=lambda *_: None,
        getoutput=lambda *_: [],
    )
    namespace = {
        "__name__": "__main__",
        "__builtins__": builtins,
        "display": lambda *_, **__: None,
        "get_ipython": lambda: shell,
    }
    builtins.input = _no_input
    return namespace


PLAIN = ("time", "timeit", "capture", "prun")


def _no_input(*_):
    raise EOFError("nobody is there to answer input() while grading")


def _make_package():
    """`from attncourse import check, hint` works; a check says nothing and is false."""
    package = types.ModuleType("attncourse")
    package.__path__ = []
    package.check = lambda *_, **__: False
    package.hint = lambda *_, **__: None
    for name in [name for name in sys.modules if name.partition(".")[0] == "attncourse"]:
        del sys.modules[name]
    sys.modules["attncourse"] = package


class _Served(MetaPathFinder, Loader):
    """Imports the package modules that the judge sent, and no others."""

    def __init__(self, modules):
        self.modules = modules

    def find_spec(self, name, path=None, target=None):
        return ModuleSpec(name, self) if name in self.modules else None

    def exec_module(self, module):
        exec(compile(self.modules[module.__name__], module.__name__, "exec"), module.__dict__)
