"""The child's side: runs a student's cells and answers calls; knows no reference and no check.

Its source is sent to a bare interpreter together with `wire`, `limits` and `answer`; nothing else
of the package exists there. One warm process stays clean and forks a child per submission.
"""

import builtins
import contextlib
import ctypes
import gc
import importlib
import linecache
import os
import resource
import shutil
import signal
import socket
import sys
import types
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec

from attncourse.checks import answer as answering
from attncourse.checks.answer import Case, LocalAnswer, Outcome, Seen
from attncourse.checks.limits import TimeLimitError, call_limited
from attncourse.grading import wire

NOBODY = 65534
MEGABYTE = 2**20
REPLY_BYTES = 8 * MEGABYTE  # of one outcome; right ones are a thousand times smaller
PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER = 4, 36


def serve(control: int, *, scratch: str, alone: bool, packages: list[str]) -> None:
    """Stay warm and do what the judge asks: fork a child, or end all that it left behind.

    Args:
        control: descriptor of the socket to the judge; no child inherits it.
        scratch: the folder in which answers may write.
        alone: whether nobody else's processes are in sight, so that all may be killed.
        packages: what else to import before the first child.
    """
    _keep_off()
    _warm(packages)
    judge = socket.socket(fileno=control)
    judge.sendall(b"r")
    forked: list[int] = []
    while True:
        order, fds, _, _ = socket.recv_fds(judge, 1, 2)
        if order == b"f":
            forked.append(_fork(judge, scratch, *fds))
            continue
        _end_all(alone, forked)
        clean = _empty(scratch)
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


def _fork(judge, scratch, reading, writing) -> int:
    pid = os.fork()
    if pid:
        os.close(reading)
        os.close(writing)
        return pid
    judge.close()
    try:
        _confine(wire.receive(reading)["limits"], scratch, (reading, writing))
        _answer(reading, writing)
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
        for pid in _children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _children():
    """Direct children by /proc; orphans are among them, for this process adopts them."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as file:
            return [int(pid) for pid in file.read().split()]
    except OSError:
        return []


def _empty(folder) -> bool:
    """Remove everything in the scratch folder; whether nothing is left."""
    try:
        for entry in list(os.scandir(folder)):
            remove = shutil.rmtree if entry.is_dir(follow_symlinks=False) else os.unlink
            remove(entry.path)
    except (OSError, RecursionError):
        return False
    return True


def _confine(limits: dict, scratch: str, keep: tuple[int, int]):
    """Give up every right that an answer does not need, for good."""
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


def _answer(reading, writing):
    """Run the cells of one submission, then serve calls until the judge hangs up."""
    task, own = wire.receive(reading), os.getpid()
    package = _Served(task["modules"])
    namespace = _namespace(package)
    for index in task["run"]:
        error = _run_cell(task["cells"][index], index, namespace, task["cell_seconds"])
        _only(own)
        wire.send(writing, {"error": error})
    answering.SECONDS_PER_CALL = task["call_seconds"]
    sys.setswitchinterval(1e-4)  # threads that a cell left running should not slow calls down
    while True:
        request = wire.receive(reading)
        if "later" in request:
            package.complete(request["later"])
            continue
        answer = namespace.get(request["exercise"])
        if answer is None:
            wire.send(writing, {"missing": True})
            continue
        outcome = LocalAnswer(answer).run(_case(request["case"], reading, writing))
        _only(own)
        try:
            wire.send(writing, {"outcome": as_data(outcome)}, limit=REPLY_BYTES)
        except wire.WireError:
            large = Seen(f"result of more than {REPLY_BYTES // MEGABYTE} MB")
            wire.send(writing, {"outcome": as_data(Outcome(result=large))})


def _only(own):
    """End a copy of this process that an answer made and forgot; two would talk at once."""
    if os.getpid() != own:
        os._exit(1)


def _case(sent: dict, reading: int, writing: int) -> Case:
    things = {
        "generator": _generator,
        "callable": lambda number: _Remote(number, reading, writing),
    }

    def filled(value):
        if isinstance(value, wire.Handle):
            return things[value.kind](value.value)
        return value

    args = [filled(value) for value in sent["args"]]
    kwargs = {name: filled(value) for name, value in sent["kwargs"].items()}
    case = Case("", *args, gradient=sent["gradient"], build=sent["build"], **kwargs)
    case.state = sent["state"]
    return case


def _generator(state):
    import torch

    generator = torch.Generator()
    generator.set_state(state)
    return generator


class _Remote:
    """A function among the arguments: it stays with the judge, who computes on what is sent."""

    def __init__(self, number, reading, writing):
        self._number, self._reading, self._writing = number, reading, writing

    def __call__(self, *args, **kwargs):
        import torch

        tensors = [a for a in args if isinstance(a, torch.Tensor) and a.requires_grad]
        if kwargs or not tensors or not torch.is_grad_enabled():
            return self._ask("call", args, kwargs, None)
        remote = self

        class Differentiable(torch.autograd.Function):
            @staticmethod
            def forward(context, *args):
                context.args = args
                return remote._ask("call", args, {}, None)

            @staticmethod
            def backward(context, gradient):
                return tuple(remote._ask("gradient", context.args, {}, gradient))

        return Differentiable.apply(*args)

    def _ask(self, what, args, kwargs, gradient):
        asked = {"function": self._number, "args": args, "kwargs": kwargs, "gradient": gradient}
        wire.send(self._writing, {what: asked})
        reply = wire.receive(self._reading)
        if "raised" in reply:
            kind, message = reply["raised"]
            error = getattr(builtins, kind, None)
            known = isinstance(error, type) and issubclass(error, Exception)
            raise (error if known else RuntimeError)(message)
        return reply["value"]


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


def _run_cell(code: str, index: int, namespace: dict, seconds: float) -> str:
    """Run one cell as a notebook would; returns what went wrong, "" for nothing."""
    name = f"<ipython cell {index}>"
    try:
        linecache.cache[name] = len(code), None, code.splitlines(keepends=True), name
        call_limited(seconds, exec, _compiled(code, name), namespace)
    except TimeLimitError:
        return f"stopped after {seconds:g} seconds"
    except BaseException as error:  # whatever a cell raises costs that cell only
        return f"{type(error).__name__}: {error}"[:300]
    return ""


def _compiled(code: str, name: str):
    """A cell's program; what is no Python may be IPython, with magics."""
    try:
        return compile(code, name, "exec")
    except SyntaxError:
        from IPython.core.inputtransformer2 import TransformerManager

        return compile(TransformerManager().transform_cell(code), name, "exec")


def _namespace(package: "_Served") -> dict:
    """The globals in which cells run: no checks, no input, no terminal; given modules by name."""
    _make_package()
    sys.meta_path.insert(0, package)
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

    def complete(self, modules):
        """Take fuller sources, for modules that are imported already, too."""
        self.modules = modules or self.modules
        for name in modules:
            if name in sys.modules:
                self.exec_module(sys.modules[name])
