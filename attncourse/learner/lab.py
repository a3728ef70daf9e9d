"""How JupyterLab is started, so that the course opens as it is meant to be."""

import os
import subprocess
import sys
from pathlib import Path

PANEL = Path(__file__).parent / "labextensions"
ROOT_WARNING = (
    "attncourse: running as root, so notebooks may change anything on this machine; "
    "a user of your own is safer."
)


def start(root: Path, folder: Path, page: str, options: list[str]) -> int:
    """Turn this process into JupyterLab, opened at a page; returns only where that is impossible.

    Args:
        root: the course; its `.jupyter` holds the settings.
        folder: what JupyterLab shows.
        page: "/tree/notebooks/….ipynb", or "" for the map of the course.
        options: go to JupyterLab as they are.
    """
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}"]
    command += [f"--LabApp.extra_labextensions_path={PANEL}", f"--LabApp.default_url=/lab{page}"]
    command += ["--ServerApp.log_level=WARN", "--LabApp.log_level=WARN"]  # its address, and faults
    os.environ.setdefault("JUPYTER_CONFIG_PATH", str(root / ".jupyter"))
    paths = [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    os.environ["PATH"] = os.pathsep.join(paths)  # JupyterLab's terminals find `attncourse`
    return become([*command, *as_root(), *options])


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
