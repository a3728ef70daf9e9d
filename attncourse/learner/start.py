"""A course of one's own from the installed package: no checkout, no network."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from attncourse.learner.places import PACKED


def start(folder: Path) -> Iterator[str]:
    """Put the course into a new folder; yields what to do next.

    Args:
        folder: where it goes; must not exist, or be empty.

    Raises:
        ValueError: the folder holds something, or this installation is a checkout.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"a new course needs a new or empty folder; {folder} is not empty")
    if not PACKED.is_dir():
        raise ValueError(f"attncourse runs from a checkout: the course is in {PACKED.parents[1]}")
    shutil.copytree(PACKED, folder, dirs_exist_ok=True)
    yield f"The course is in {folder}. Go on with:"
    yield f"  cd {folder}"
    yield "  attncourse lab"
