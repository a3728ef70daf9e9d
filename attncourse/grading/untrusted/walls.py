"""The walls around a warm process: bubblewrap's command, and what a system offers in words."""

import os
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

from attncourse.grading.untrusted.limits import LIMITS

READ_ONLY = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/alternatives")
POWERS = ("SETUID", "SETGID", "KILL", "DAC_OVERRIDE", "FOWNER")  # what a warm root process keeps


def protection(wrap: str | None) -> str:
    """Say in words what keeps an answer in."""
    if wrap:
        return "bubblewrap (own namespaces, read-only system, no network) and resource limits"
    reach = "read or write" if os.geteuid() else "read"  # root's answers run as nobody
    if sys.platform.startswith("linux"):
        return (
            f"resource limits only: what you may {reach}, an answer may {reach}, and the network "
            "is open; install bubblewrap for more"
        )
    return (
        "the limits that this system has: time always, memory and processes in part; what you may "
        f"{reach}, an answer may {reach}, and the network is open. Grade on Linux with bubblewrap"
    )


def bubblewrap() -> str | None:
    """Path of a bubblewrap that works here, or None."""
    path = shutil.which("bwrap")
    if path is None or not sys.platform.startswith("linux"):
        return None
    trial = [path, "--ro-bind", "/", "/", "--unshare-pid", "--unshare-net", "true"]
    return path if subprocess.run(trial, capture_output=True).returncode == 0 else None


def walls(wrap: str | None, scratch: str) -> list[str]:
    """The bubblewrap command in front of Python's, where there is one; `scratch` may be written."""
    if wrap is None:
        return []
    command = [wrap, "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    command += ["--unshare-cgroup-try", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    if os.geteuid() == 0:
        command += [part for power in POWERS for part in ("--cap-add", f"CAP_{power}")]
    shown = [*READ_ONLY, *_python_folders()]
    for parent in sorted({str(p) for folder in shown for p in Path(folder).parents} - {"/"}):
        command += ["--perms", "0755", "--dir", parent]
    for folder in shown:
        command += ["--ro-bind-try", folder, folder]
    for hidden in _own_copies(shown):
        command += ["--tmpfs", hidden, "--remount-ro", hidden]
    command += ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]
    command += ["--size", str(LIMITS["folder_mb"] << 20), "--perms", "1777", "--tmpfs"]
    return [*command, scratch, "--remount-ro", "/", "--chdir", scratch]


def _python_folders() -> list[str]:
    """Where this Python and its packages lie, but not the course itself."""
    folders = {sys.prefix, sys.base_prefix, *(p for p in sys.path if "site-packages" in p)}
    folders |= {os.path.realpath(folder) for folder in folders}
    return sorted(folders)


def _own_copies(shown: list[str]) -> list[str]:
    """Folders of this course below those that an answer sees: it must not see these."""
    package = Path(str(files("attncourse")))
    beside = [package.parent / name for name in ("notebooks", "solutions", "tests", ".git")]
    installed = [Path(p) / "attncourse" for p in sys.path if "site-packages" in p]
    folders = {str(f.resolve()) for f in [package, *beside, *installed] if f.is_dir()}
    inside = [f for f in folders if any(Path(f).is_relative_to(s) for s in shown)]
    return sorted(inside)
