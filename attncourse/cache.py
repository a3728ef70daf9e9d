"""Models that are trained once, then read from disk.

A kept model lies under a digest of all that shaped it: the recipe and its arguments, the code of
this package that the recipe reaches, the versions of Python and of the libraries, the kind of
processor. So a model that is read is bit for bit the one that would be trained.
"""

import ast
import hashlib
import inspect
import os
import platform
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache, wraps
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import torch
from filelock import FileLock
from torch import nn

from attncourse.training import History

PACKAGE = Path(__file__).parent
LIBRARIES = ("torch", "numpy", "num2words", "scikit-learn")


class Trained(NamedTuple):
    """A model in evaluation mode, and what happened while it was trained."""

    model: nn.Module
    history: History


Recipe = Callable[..., tuple[nn.Module, Callable[[], History]]]


def trained_once(recipe: Recipe) -> Callable[..., Trained]:
    """Make a function that trains what a recipe describes, once for each set of arguments.

    Args:
        recipe: returns a fresh model and a function that trains it. Its arguments must be plain
            (numbers, strings, tuples), for they are part of the digest.
    """
    signature = inspect.signature(recipe)

    @cache
    def kept(*arguments: tuple) -> Trained:
        return _read_or_train(recipe, dict(arguments))

    @wraps(recipe)
    def once(*args, **kwargs) -> Trained:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return kept(*bound.arguments.items())

    once.forget = kept.cache_clear  # what lies in memory; the disk keeps it
    return once


def folder() -> Path:
    """Where models are kept: ATTNCOURSE_CACHE, or .cache of the course, or one in your home."""
    if chosen := os.environ.get("ATTNCOURSE_CACHE"):
        return Path(chosen)
    root = PACKAGE.parent
    return root / ".cache" if (root / "pyproject.toml").exists() else Path.home() / ".attncourse"


def digest(recipe: Recipe, arguments: dict) -> str:
    """Name everything that shapes a model, in 16 hexadecimal digits."""
    code = [_without_docstrings(path) for path in sorted(_reached(Path(inspect.getfile(recipe))))]
    versions = [version(library) for library in LIBRARIES]
    processor = platform.machine(), torch.backends.cpu.get_cpu_capability()
    shaped_by = (recipe.__qualname__, sorted(arguments.items()), code, versions, processor)
    text = repr((*shaped_by, platform.python_version()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _read_or_train(recipe: Recipe, arguments: dict) -> Trained:
    model, fit = recipe(**arguments)
    path = folder() / f"{recipe.__name__}-{digest(recipe, arguments)}.pt"
    call = f"{recipe.__name__}({', '.join(f'{k}={v!r}' for k, v in arguments.items())})"
    if path.exists():
        return _read(path, model, call)
    with _alone(path) as may_write:
        if path.exists():  # trained by another process in the meantime
            return _read(path, model, call)
        history = fit()
        if may_write:
            unfinished = path.with_suffix(f".{os.getpid()}")
            torch.save({"state": model.state_dict(), "history": asdict(history)}, unfinished)
            unfinished.replace(path)
            _note("trained", call, history.seconds)
    return Trained(model.eval(), history)


def _read(path: Path, model: nn.Module, call: str) -> Trained:
    kept = torch.load(path, weights_only=True)
    model.load_state_dict(kept["state"])
    _note("read", call, 0.0)
    return Trained(model.eval(), History(**kept["history"]))


@contextmanager
def _alone(path: Path) -> Iterator[bool]:
    """Keep other processes from training the same model; False where nothing can be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path.with_suffix(".lock"))
        lock.acquire()
    except OSError:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def _reached(start: Path) -> set[Path]:
    """The file of a module and, if it is ours, those of the package that it imports, and so on."""
    found, waiting = set(), [start]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += [PACKAGE / f"{name}.py" for name in _imports(path)]
    return found


@cache
def _imports(path: Path) -> list[str]:
    """Names of the package's modules that a file imports, with / between a folder and a file."""
    names = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.ImportFrom) and node.module == "attncourse":
            names += [part.name for part in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module.removeprefix("attncourse.").replace(".", "/"))
    return [name for name in names if (PACKAGE / f"{name}.py").exists()]


@cache
def _without_docstrings(path: Path) -> str:
    """What the code of a file does, whatever its words and its layout are."""
    tree = ast.parse(path.read_bytes())
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    for node in ast.walk(tree):
        if isinstance(node, documented) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return ast.dump(tree)


def _note(what: str, call: str, seconds: float) -> None:
    """Add a line to the log, for `report`; where nothing can be written, nobody asks."""
    try:
        with (folder() / "log.tsv").open("a", encoding="utf-8") as log:
            log.write(f"{what}\t{call}\t{seconds:.1f}\n")
    except OSError:
        return


def report() -> str:
    """Say which models were trained since the log was begun, which were read, and how often."""
    path = folder() / "log.tsv"
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    events = [line.split("\t") for line in lines]
    trained = [f"  {call}: {seconds} s" for what, call, seconds in events if what == "trained"]
    reads = Counter(call for what, call, _ in events if what == "read")
    read = [f"  {call}: {times} ×" for call, times in reads.items()]
    where = f"Shared models, kept in {folder()}"
    return "\n".join([where, f"trained: {len(trained)}", *trained, f"read: {len(read)}", *read])


def main(command: str = "report") -> None:
    """`python -m attncourse.cache begin` empties the log; without a word it is shown."""
    if command == "begin":
        (folder() / "log.tsv").unlink(missing_ok=True)
    else:
        print(report())


if __name__ == "__main__":
    main(*sys.argv[1:])
