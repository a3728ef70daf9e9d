"""What lies in a folder or a zip of submissions, however much of it: names first, nothing opened.

Nobody's files cost more than a fixed share of work, so that no folder and no zip holds up a class.
"""

import io
import os
import re
import struct
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from attncourse.grading.untrusted.limits import (
    MOST_ARCHIVE,
    MOST_FILES,
    MOST_IN_CLASS,
    MOST_ZIPPED,
    MOST_ZIPS,
)

HIDDEN = re.compile(r"^(\.|__MACOSX$|Thumbs\.db$|desktop\.ini$)")
# What systems and editors leave beside submissions; nobody hands it in.
NOBODY = re.compile(
    r"^(\._.*|\.DS_Store|\.git|\.ipynb_checkpoints|\.idea|\.vscode|\.Trash.*|__MACOSX"
    r"|Thumbs\.db|desktop\.ini)$"
)
ZIP_ERRORS = (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, ValueError, EOFError)


@dataclass(frozen=True)
class Found:
    """One file, or what stands in its place: a folder (its last part is ""), or a problem."""

    parts: tuple[str, ...]  # names from the top of the submissions down
    path: Path
    members: tuple[str, ...] = ()  # inside a zip, or a zip in a zip
    problem: str = ""
    when: float = 0.0

    @property
    def is_hidden(self) -> bool:
        """Whether its name, or a folder's below the student's own, is one that systems hide."""
        return any(HIDDEN.match(part) for part in self.parts[1:] or self.parts)


def entries(root: Path, out: Path | None) -> Iterator[Found]:
    """Everything below a folder or in a zip; `out` is not searched."""
    if not root.exists():
        raise ValueError(f"{root} does not exist")
    if not root.is_dir():
        yield from _zipped(Found((), root), root.read_bytes, MOST_IN_CLASS, zips=MOST_IN_CLASS)
        return
    for name in sorted(os.listdir(root)):
        top = Path(root, name)
        if NOBODY.match(name) or _same(top, out):
            continue
        if top.is_dir() and not top.is_symlink():
            yield Found((name, ""), top)
            yield from _folder(root, top, out)
        else:
            yield from _file(root, top, MOST_ZIPS)


def _same(folder: Path, out: Path | None) -> bool:
    return out is not None and folder.resolve() == out.resolve()


def _folder(root: Path, top: Path, out: Path | None) -> Iterator[Found]:
    """What lies below a student's folder; of more than MOST_FILES names, the first ones."""
    zips = MOST_ZIPS
    for path in islice(_below(top, out), MOST_FILES):
        is_zip = path.suffix.lower() == ".zip"
        zips -= is_zip
        if zips >= 0 or not is_zip:
            yield from _file(root, path, MOST_ZIPS)


def _below(top: Path, out: Path | None) -> Iterator[Path]:
    for folder, folders, files in os.walk(top, followlinks=False):
        folders[:] = sorted(name for name in folders if not _same(Path(folder, name), out))
        links = [name for name in folders if Path(folder, name).is_symlink()]
        yield from (Path(folder, name) for name in sorted([*files, *links]))


def _file(root: Path, path: Path, zips: int) -> Iterator[Found]:
    parts = path.relative_to(root).parts
    if path.is_symlink():
        yield Found(parts, path, problem="is a link to somewhere else, which is not followed")
    elif not path.is_file():
        yield Found(parts, path, problem="is no ordinary file")
    elif path.suffix.lower() == ".zip" and path.stat().st_size > MOST_ARCHIVE:
        yield Found(parts, path, problem=f"holds more than {MOST_ARCHIVE >> 20} MB")
    elif path.suffix.lower() == ".zip":
        top = (*parts[:-1], parts[-1][:-4])
        yield from _zipped(Found(top, path), path.read_bytes, MOST_FILES, zips=zips)
    else:
        yield Found(parts, path, when=path.stat().st_mtime)


# ---- zips


def _zipped(holder: Found, data, most: int, *, zips: int) -> Iterator[Found]:
    """Everything in a zip; as many zips in it as `zips` says are opened, too, but none in those."""
    if holder.parts:
        yield Found((*holder.parts, ""), holder.path)
    try:
        with opened(data(), most) as archive:
            for info in archive.infolist():
                parts = _parts(info.filename)
                if info.is_dir() and parts:
                    yield Found((*holder.parts, *parts, ""), holder.path)
                elif _is_zip(parts) and zips:
                    zips -= 1
                    yield from _inner(holder, archive, info)
                elif parts:
                    yield _member(holder, info)
    except ZIP_ERRORS as error:
        problem = f"cannot be unzipped: {one_line(error)}"
        yield Found(holder.parts or ("",), holder.path, problem=problem)


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part for part in re.split(r"[/\\]", name) if part not in ("", ".", ".."))


def _is_zip(parts) -> bool:
    return bool(parts) and parts[-1].lower().endswith(".zip")


def _inner(holder, archive, info) -> Iterator[Found]:
    *folders, name = _parts(info.filename)
    members = (*holder.members, info.filename)
    inner = Found((*holder.parts, *folders, name[:-4]), holder.path, members)
    yield from _zipped(
        inner, lambda: unzip(archive, info.filename, MOST_ZIPPED), MOST_FILES, zips=0
    )


def _member(holder, info) -> Found:
    problem = "is locked with a password" if info.flag_bits & 1 else ""
    members, when = (*holder.members, info.filename), 0.0
    with suppress(ValueError, OverflowError):
        when = time.mktime((*info.date_time, 0, 0, -1))
    return Found((*holder.parts, *_parts(info.filename)), holder.path, members, problem, when)


def opened(data: bytes, most: int = MOST_IN_CLASS) -> zipfile.ZipFile:
    """A zip in memory; a ValueError where it lists more than `most` files, before any is read."""
    listed = _listed(data)
    if listed > most:
        raise ValueError(f"it lists {listed} files, more than {most}")
    return zipfile.ZipFile(io.BytesIO(data))


def _listed(data: bytes) -> int:
    """How many files the directory at a zip's end can list: its entries begin with a signature."""
    end = data.rfind(b"PK\x05\x06")
    if end < 0 or end + 16 > len(data):
        return 0
    (size,) = struct.unpack_from("<I", data, end + 12)
    if data[max(0, end - 76) : end].startswith(b"PK\x06\x06"):  # a large zip's own record
        (size,) = struct.unpack_from("<Q", data, end - 76 + 40)
    return data.count(b"PK\x01\x02", max(0, end - 76 - size), end)


def unzip(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """One member, if it holds no more than `most` bytes."""
    with archive.open(name) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(f"holds more than {most >> 20} MB")
    return data


def one_line(error: BaseException) -> str:
    """What an error says, short enough for a table."""
    return str(error).split("\n")[0][:100]


def unwrapped(found: list[Found]) -> list[Found]:
    """Without the one folder that a zip of a class often has around everybody's."""
    tops = {entry.parts[0] for entry in found if not NOBODY.match(entry.parts[0])}
    inside = [e for e in found if e.parts[0] in tops and e.parts[1:] not in ((), ("",))]
    deeper = all(len(e.parts) > 1 for e in found if e.parts[0] in tops)
    if len(tops) == 1 and deeper and len({entry.parts[1] for entry in inside}) > 1:
        return [Found(e.parts[1:], e.path, e.members, e.problem, e.when) for e in inside]
    return found
