"""How JupyterLab is started, so that the course opens as it is meant to be."""

import os
import subprocess
import sys
from pathlib import Path

ROOT_WARNING = (
    "attncourse: running as root, so notebooks may change anything on this machine; "
    "a user of your own is safer."
)


def start(root: Path, page: str, options: list[str]) -> int:
    """Turn this process into JupyterLab, opened at a page; returns only where that is impossible.

    Args:
        page: of the course, as a path below its root.
        options: go to JupyterLab as they are.
    """
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={root}"]
    command += [f"--LabApp.default_url=/lab/tree/{page}", *as_root(), *options]
    os.environ.setdefault("JUPYTER_CONFIG_PATH", str(root / ".jupyter"))  # asks for no news
    paths = [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    os.environ["PATH"] = os.pathsep.join(paths)  # JupyterLab's terminals find `attncourse`
    return become(command)


def as_root() -> list[str]:
    """What Jupyter wants to be told by root, after a warning in one line; else nothing."""
    if getattr(os, "geteuid", lambda: 1)() != 0:
        return []
    print(ROOT_WARNING, file=sys.stderr, flush=True)
    return ["--allow-root"]


def become(command: list[str]) -> int:
    """Let another program take this process over, so that Ctrl-C and kill reach it."""
    if os.name == "posix":
        os.execv(command[0], command)
    return subprocess.call(command)  # Windows cannot
