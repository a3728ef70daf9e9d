"""The walls around a warm process: bubblewrap's command, and what a system offers in words."""

import os
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

from attncourse.grading.untrusted.confine import APART, CALLS
from attncourse.grading.untrusted.limits import LIMITS

READ_ONLY = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/alternatives")
POWERS = ("SETUID", "SETGID", "KILL", "DAC_OVERRIDE", "FOWNER")  # what a warm root process keeps


UBUNTU = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
PROFILE = """abi <abi/4.0>,
profile bwrap /usr/bin/bwrap flags=(unconfined) { userns, }"""


def protection(wrap: str | None, walls: int) -> str:
    """Say in words what keeps an answer in, and what is open.

    Args:
        wrap: bubblewrap's path, if it is there.
        walls: which of APART and CALLS every submission gets.
    """
    parts = ["bubblewrap (read-only system, no network)"] if wrap else []
    parts += ["a world of its own for every submission"] if walls & APART else []
    parts += ["a filter on system calls"] if walls & CALLS else []
    told = ", ".join([*parts, "resource limits"])
    left = still_open(wrap, walls)
    return f"{told}. Still open: {'; '.join(left)}" if left else told


def still_open(wrap: str | None, walls: int) -> list[str]:
    """What an answer may do that it should not, where a wall is missing."""
    reach = "read or write" if os.geteuid() else "read"  # root's answers run as nobody
    left = [] if wrap else [f"what you may {reach}, an answer may {reach}"]
    if not (wrap or walls & CALLS):
        left.append("the network")
    if not walls:
        left.append("an answer may harm the process that serves the next submission")
    if not sys.platform.startswith("linux"):
        left.append("limits on memory and processes hold in part only")
    return left


def advice() -> str:
    """How to get bubblewrap on this system."""
    if not sys.platform.startswith("linux"):
        return "Grade on Linux, or in WSL or a virtual machine."
    if shutil.which("bwrap") is None:
        return "Install bubblewrap, for instance with `apt install bubblewrap`."
    if UBUNTU.is_file() and UBUNTU.read_text().strip() == "1":
        return (
            "This Ubuntu forbids what bubblewrap needs. To allow it for bubblewrap alone, write\n"
            f"{PROFILE}\nto /etc/apparmor.d/bwrap and run `sudo systemctl reload apparmor`."
        )
    return "bubblewrap is installed, but may not make namespaces here (a container, or a sysctl)."


def bubblewrap() -> str | None:
    """Path of a bubblewrap that works here, or None."""
    places = (p for p in os.environ.get("PATH", os.defpath).split(os.pathsep) if os.path.isabs(p))
    path = shutil.which("bwrap", path=os.pathsep.join(places))  # never the folder one stands in
    if path is None or not sys.platform.startswith("linux"):
        return None
    trial = [path, "--ro-bind", "/", "/", "--unshare-pid", "--unshare-net", "true"]
    done = subprocess.run(trial, capture_output=True, cwd="/")
    return path if done.returncode == 0 else None


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
