"""In the child: runs a student's cells and answers calls; knows no reference and no check."""

import builtins
import linecache
import os
import sys
import types
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec

from attncourse.checks.engine.answer import LocalAnswer
from attncourse.checks.engine.outcome import Outcome, Seen
from attncourse.checks.engine.time_limit import TimeLimitError, call_limited
from attncourse.grading.untrusted import forms, wire
from attncourse.grading.untrusted.limits import REPLY_BYTES
from attncourse.grading.untrusted.remote import RemoteFunction, generator


def answer(reading: int, writing: int) -> None:
    """Run the cells of one submission, then serve calls until the judge hangs up."""
    task, own = wire.receive(reading), os.getpid()
    package = _Served(task["modules"])
    namespace = _namespace(package)
    for index in task["run"]:
        error = _run_cell(task["cells"][index], index, namespace, task["cell_seconds"])
        _only(own)
        wire.send(writing, {"error": error})
    sys.setswitchinterval(1e-4)  # threads that a cell left running should not slow calls down
    while True:
        request = wire.receive(reading)
        if "later" in request:
            package.complete(request["later"])
            continue
        function = namespace.get(request["exercise"])
        if function is None:
            wire.send(writing, {"missing": True})
            continue
        things = {"generator": generator, "callable": lambda n: RemoteFunction(n, reading, writing)}
        case = forms.case_of(request["case"], things)
        outcome = LocalAnswer(function, seconds=task["call_seconds"]).run(case)
        _only(own)
        try:
            wire.send(writing, {"outcome": forms.outcome_data(outcome)}, limit=REPLY_BYTES)
        except wire.WireError:
            large = Seen(f"result of more than {REPLY_BYTES >> 20} MB")
            wire.send(writing, {"outcome": forms.outcome_data(Outcome(result=large))})


def _only(own):
    """End a copy of this process that an answer made and forgot; two would talk at once."""
    if os.getpid() != own:
        os._exit(1)


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
