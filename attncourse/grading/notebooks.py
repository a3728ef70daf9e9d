"""What is in a submission: its bytes, and the code cells of a notebook, read without trust."""

import json
import zipfile
from functools import lru_cache
from pathlib import Path

from attncourse.grading.archives import one_line, opened, unzip
from attncourse.grading.untrusted.limits import (
    MOST_BYTES,
    MOST_CELLS,
    MOST_CODE,
    MOST_PARTS,
    MOST_ZIPPED,
)


def content(path: Path, members: tuple[str, ...] = ()) -> bytes:
    """A file's bytes, in a zip if `members` say so.

    Raises:
        ValueError: says in words why there are none.
    """
    try:
        if not members:
            with open(path, "rb") as file:
                data = file.read(MOST_BYTES + 1)
            if len(data) > MOST_BYTES:
                raise ValueError(f"holds more than {MOST_BYTES >> 20} MB")
            return data
        archive = _archive(path, path.stat().st_mtime_ns, members[:-1])
        return unzip(archive, members[-1], MOST_BYTES)
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None
    except (zipfile.BadZipFile, KeyError, RuntimeError, NotImplementedError, EOFError) as error:
        raise ValueError(f"cannot be unzipped: {one_line(error)}") from None


@lru_cache(maxsize=2)
def _archive(path: Path, _changed: int, outer: tuple[str, ...]) -> zipfile.ZipFile:
    """A zip with its directory read, kept for the next of its files."""
    if not outer:
        return zipfile.ZipFile(path)
    return opened(unzip(_archive(path, _changed, ()), outer[0], MOST_ZIPPED))


def code_cells(data: bytes) -> list[str]:
    """The code cells of a notebook in any format version, however damaged; in order.

    Raises:
        ValueError: one line that says why the file cannot be graded.
    """
    if not data.strip():
        raise ValueError("is empty")
    if sum(map(data.count, (b"[", b"{", b","))) > MOST_PARTS:  # each costs memory when read
        raise ValueError(f"has more than {MOST_PARTS} parts")
    cells = [_code(cell) for cell in _all_cells(_json(data))]
    cells = [cell for cell in cells if cell is not None]
    if len(cells) > MOST_CELLS or sum(map(len, cells)) > MOST_CODE:
        raise ValueError(f"has more than {MOST_CELLS} code cells or {MOST_CODE >> 10} kB of code")
    return cells


def _json(data: bytes):
    try:
        return json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError("is not text in UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: line {error.lineno}, {error.msg}") from None
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    except ValueError:
        raise ValueError("holds a number with too many digits") from None


def _all_cells(notebook: object) -> list:
    """Cells of formats 3 and 4; format 3 kept them in worksheets."""
    if not isinstance(notebook, dict):
        raise ValueError("is JSON, but no notebook")
    cells = notebook.get("cells")
    if cells is None and isinstance(notebook.get("worksheets"), list):
        sheets = [sheet for sheet in notebook["worksheets"] if isinstance(sheet, dict)]
        lists = [sheet.get("cells") for sheet in sheets]
        cells = [cell for cells in lists if isinstance(cells, list) for cell in cells]
    if not isinstance(cells, list):
        raise ValueError("is JSON, but no notebook: it has no list of cells")
    return cells


def _code(cell: object) -> str | None:
    """A cell's code; None where it is no code cell or its text is no text."""
    if not isinstance(cell, dict) or cell.get("cell_type") != "code":
        return None
    text = cell.get("source", cell.get("input"))
    if isinstance(text, list) and all(isinstance(line, str) for line in text):
        text = "".join(text)
    return text if isinstance(text, str) else None
