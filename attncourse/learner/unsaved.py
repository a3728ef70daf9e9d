"""Which notebooks have changes in JupyterLab that are not on disk, for `attncourse status`."""

import json
import os
from pathlib import Path

from attncourse.learner.places import KEPT, desk

NAME = "unsaved.json"


def remember(root: Path, paths: list[str]) -> None:
    """Store what JupyterLab says, with the server that says it; nothing where no copy is."""
    folder = desk(root) / KEPT
    if folder.is_dir():
        text = json.dumps({"server": os.getpid(), "paths": sorted(paths)})
        (folder / NAME).write_text(text, encoding="utf-8")


def unsaved(root: Path) -> list[str]:
    """Notebooks with changes that are not saved, while their server runs."""
    try:
        told = json.loads((desk(root) / KEPT / NAME).read_text("utf-8"))
    except (OSError, ValueError):
        return []
    return told["paths"] if _runs(told["server"]) else []


def _runs(process: int) -> bool:
    if os.name != "posix":
        return True  # on Windows, asking would end it
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
