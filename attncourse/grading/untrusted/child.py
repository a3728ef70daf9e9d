"""In the child: runs a student's cells and answers calls; knows no reference and no check."""

import builtins
import linecache
import os
import sys
import time
import types
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec

from attncourse.checks.engine.answer import LocalAnswer
from attncourse.checks.engine.outcome import Outcome, Seen
from attncourse.checks.engine.time_limit import TimeLimitError, call_limited
from attncourse.grading.untrusted import forms, wire
from attncourse.grading.untrusted.limits import HEADER_BYTES, REPLY_BYTES
from attncourse.grading.untrusted.remote import RemoteFunction, generator

MOMENT = 0.02  # seconds that an outcome may wait for the next
LARGE = 32_768  # bytes of an outcome that does not wait


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
        _answer_all(
            _Reported(function, seconds=task["call_seconds"]), request, things, own, writing
        )


def _answer_all(answer, request, things, own, writing) -> None:
    """Run the cases of a batch; replies go out together, but never later than a moment."""
    cases, replies, since = request["cases"], [], time.monotonic()
    for number, data in enumerate(cases, start=1):
        outcome = answer.run(forms.case_of(data, things))
        _only(own)
        replies.append(_reply(outcome, answer.after))
        raised = outcome.raised if request["stops"] else None
        done = raised and (raised.kind == "time limit" or (raised.stub and number == 1))
        if done and number < len(cases):
            replies.append(wire.pack({"end": True}))
        late = time.monotonic() - since > MOMENT or len(replies[-1]) > LARGE
        if late or done or number == len(cases):
            wire.write(writing, b"".join(replies))
            replies, since = [], time.monotonic()
        if done:
            return


class _Reported(LocalAnswer):
    """An answer, and what its arguments were after the first call."""

    def run(self, case):
        self.after = None
        return super().run(case)

    def _call(self, case, args, kwargs):
        result = super()._call(case, args, kwargs)
        if self.after is None:
            named = {**dict(enumerate(args)), **kwargs}
            self.after = {str(name): forms.fingerprint(value) for name, value in named.items()}
        return result


def _reply(outcome, after) -> bytes:
    """An outcome as a message, or that it is too large for one."""
    limits = {"limit": REPLY_BYTES, "header_limit": HEADER_BYTES}
    try:
        return wire.pack({"outcome": forms.outcome_data(outcome), "after": after}, **limits)
    except wire.WireError:
        large = Seen(f"result of more than {REPLY_BYTES >> 20} MB, or of too many parts")
        return wire.pack({"outcome": forms.outcome_data(Outcome(result=large)), "after": after})


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
