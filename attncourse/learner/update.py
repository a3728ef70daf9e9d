"""A newer course, with Git or from a zip, around what its learner wrote."""

import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from attncourse.learner.desk import set_out
from attncourse.learner.places import MY, PACKED
from attncourse.learner.reset import keep

SIGN = "attncourse/curriculum.py"  # lies in every copy of the course
NEVER = {MY, ".venv", ".git"}  # folders that no newer course may touch
GONE = re.compile(r"attncourse/.*\.py|(notebooks|exercises|solutions)/\d\d_\w+\.ipynb")


def update(root: Path, newer: Path | None) -> Iterator[str]:
    """Bring the course and the learner's copy up to date; yields what happened.

    Args:
        newer: a zip or a folder with the newer course; None asks Git, or takes the course that
            the installed package carries.

    Raises:
        ValueError: there is nothing newer to be had, and why.
    """
    yield from set_out(root)  # what was written in the course's own files is safe from here on
    wanted = _requirements(root)
    if newer is not None:
        yield unpack(root, newer)
    elif (root / ".git").exists():
        yield from pull(root)
    elif PACKED.is_dir():
        yield unpack(root, PACKED)
    else:
        raise ValueError(
            "this course did not come with Git: download its zip, then attncourse update FILE.zip"
        )
    command = [sys.executable, "-m", "attncourse", "update", "--copy"]  # the newer code
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, encoding="utf-8")
    yield (done.stdout + done.stderr).rstrip()
    yield "Notebooks that are open in JupyterLab: close them and open them again."
    if _requirements(root) != wanted:
        yield "requirements.txt is new: `make lab` installs what it asks for."


def _requirements(root):
    path = root / "requirements.txt"
    return path.read_bytes() if path.exists() else b""


# ---- with Git


def pull(root: Path) -> Iterator[str]:
    """`git pull`, after changes to the course's own notebooks have been put aside in my/."""
    for name in git(root, "diff", "--name-only", "HEAD", "--", "*.ipynb").splitlines():
        copy = root / MY / name
        if (root / name).exists() and copy.parent.is_dir():
            put_aside = keep(root / name, "before-update")
            put_aside = put_aside.rename(_free(copy.with_name(put_aside.name)))
            git(root, "checkout", "--", name)
            yield f"{name} was changed: that is kept in {put_aside.relative_to(root).as_posix()}"
    before = git(root, "rev-parse", "HEAD")
    git(root, "pull", "--ff-only", "--quiet")
    count = git(root, "rev-list", "--count", f"{before.strip()}..HEAD").strip()
    yield f"Git brought {count} new commit(s)." if int(count) else "Git has nothing newer."


def _free(path: Path) -> Path:
    """The path, or with a number that nothing has yet."""
    names = [path, *(path.with_name(f"{path.stem}-{n}{path.suffix}") for n in range(2, 100))]
    return next(name for name in names if not name.exists())


def git(root: Path, *words: str) -> str:
    """What Git prints; a ValueError with its last line where it fails."""
    command = ["git", "-c", "core.quotePath=false", *words]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise ValueError(f"git {words[0]} failed: {' '.join(last)}")
    return done.stdout


# ---- without Git


def unpack(root: Path, newer: Path) -> str:
    """Put the files of a newer course over this one's, and say how many."""
    if not newer.exists():
        raise ValueError(f"{newer} does not exist")
    files = dict(_zipped(newer) if newer.is_file() else _lying(newer))
    if SIGN not in files and newer != PACKED:
        raise ValueError(f"{newer} holds no course: {SIGN} is not in it")
    for name, data in files.items():
        path = root / name
        if not path.exists() or path.read_bytes() != data:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    for path in list(_gone(root, files)):
        path.unlink()
    return f"{len(files)} files of the newer course are in place."


def _gone(root: Path, files: dict) -> Iterator[Path]:
    """Modules and lessons that the newer course has no longer."""
    for folder in ("attncourse", "notebooks", "exercises", "solutions"):
        for path in (root / folder).rglob("*"):
            name = path.relative_to(root).as_posix()
            if path.is_file() and GONE.fullmatch(name) and name not in files:
                yield path


def _zipped(path: Path) -> Iterator[tuple[str, bytes]]:
    """The course's files in a zip, without the folder that a download has around them."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    except zipfile.BadZipFile:
        raise ValueError(f"{path} is no zip") from None
    names = [info.filename for info in archive.infolist() if not info.is_dir()]
    top = next((name.removesuffix(SIGN) for name in names if name.endswith(SIGN)), "")
    for name in names:
        inner = name.removeprefix(top)
        if name.startswith(top) and _may_come(inner):
            yield inner, archive.read(name)


def _lying(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and _may_come(name):
            yield name, path.read_bytes()


def _may_come(name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    inside = parts and not name.startswith("/") and ".." not in parts and ":" not in parts[0]
    return bool(inside) and parts[0] not in NEVER
