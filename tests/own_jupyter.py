"""The course in a JupyterLab of its own, for tests that drive it in a browser."""

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).parents[1]
PARTS = ("notebooks", "exercises", "solutions", ".jupyter")


def copy_course(folder: Path) -> Path:
    """A course as it is handed out, in a folder of its own."""
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part)
    return folder


@contextmanager
def opened(folder: Path):
    """The address of a JupyterLab that `attncourse lab` starts in a course, with no token."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "attncourse", "lab", "--no-browser"]
    command += [f"--ServerApp.port={port}", "--IdentityProvider.token="]
    home = {"HOME": str(folder), "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings")}
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            command, cwd=folder, env=os.environ | home, stdout=log, stderr=log
        )
        address = f"http://127.0.0.1:{port}"
        try:
            _wait(f"{address}/lab", server, folder / "log")
            yield address
        finally:
            server.terminate()
            server.wait(30)


def _wait(address, server, log):
    for _ in range(240):
        try:
            urlopen(address, timeout=5).close()
            return
        except OSError:
            if server.poll() is not None:
                break
            time.sleep(0.5)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text('utf-8')}")
