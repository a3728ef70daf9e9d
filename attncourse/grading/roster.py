"""Whose submission is whose: names as a course platform writes them, joined to a list of students.

A platform's folder is called `Ada Lovelace_40000_assignsubmission_file` (Moodle) or
`lovelaceada_LATE_501_90017` (Canvas); a list of students says `Lovelace, Ada`, 501, or an e-mail.
"""

import csv
import io
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

IDS = ("id", "user id", "sis user id", "sis login id", "identifier", "id number", "username")
NAMES = ("student", "name", "full name", "first name", "last name", "surname", "email address")
NAMES += ("email", "student name")


@dataclass
class Sheet:
    """A table of a school as it was exported: its rows, and how it was written.

    Attributes:
        rows: all cells, the head first.
        mark: the mark of byte order in front, or "".
        ending: what ends a line.
        delimiter: what stands between cells.
    """

    rows: list[list[str]]
    mark: str
    ending: str
    delimiter: str

    @classmethod
    def read(cls, path: Path) -> "Sheet":
        """Read a table; a ValueError says what is wrong with it."""
        try:
            text = path.read_bytes().decode("utf-8")
        except OSError as error:
            raise ValueError(f"{path} cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise ValueError(f"{path} is not text in UTF-8") from None
        mark = "\ufeff" if text.startswith("\ufeff") else ""
        text = text.removeprefix(mark)
        head = text.split("\n", 1)[0]
        delimiter = max(",;\t", key=head.count)
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        if len(rows) < 2:
            raise ValueError(f"{path} holds no students")
        return cls(rows, mark, "\r\n" if "\r\n" in text else "\n", delimiter)

    def text(self) -> str:
        """The table as it was written, with its cells as they are now."""
        file = io.StringIO()
        csv.writer(file, delimiter=self.delimiter, lineterminator=self.ending).writerows(self.rows)
        return self.mark + file.getvalue()

    def column(self, *names: str) -> int | None:
        """The first column with one of these names, whatever their case."""
        low = [cell.strip().lower() for cell in self.rows[0]]
        return next((low.index(name) for name in names if name in low), None)

    def who(self, row: list[str]) -> tuple[set[str], set[str]]:
        """The words of a student's name, and what else names the student alone."""
        words: set[str] = set()
        alone: set[str] = set()
        for head, cell in zip(self.rows[0], row, strict=False):
            kind = head.strip().lower()
            if kind in IDS:
                alone |= {cell.strip().lower().removeprefix("participant ")}
            elif kind.startswith("email") and "@" in cell:
                alone |= {cell.strip().lower(), cell.partition("@")[0].strip().lower()}
            elif kind in NAMES:
                words |= tokens(cell)
        return words, alone - {""}


def tokens(text: str) -> set[str]:
    """The words of a name, without marks on letters, and without what platforms add."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return set(re.findall(r"[^\W_]+", plain)) - {"assignsubmission", "file", "late", "onlinetext"}


def joined(sheet: Sheet, students: list[str]) -> tuple[dict[int, str], list[str]]:
    """Rows of a list with the student whose submission it is, and students who are in no row.

    A row is joined where exactly one student fits it, and that student fits no other row as well:
    first by what names somebody alone, then by all words of the name.
    """
    rows = {number: sheet.who(row) for number, row in enumerate(sheet.rows) if number}
    parts = {student: tokens(student) | {student.strip().lower()} for student in students}
    found: dict[int, str] = {}
    for fits in (_by_id, _by_name):
        free = [student for student in students if student not in found.values()]
        pairs = [
            (number, student)
            for number, who in rows.items()
            for student in free
            if number not in found and fits(who, parts[student])
        ]
        for number, student in pairs:
            if sum(n == number for n, _ in pairs) == sum(s == student for _, s in pairs) == 1:
                found[number] = student
    return found, [student for student in students if student not in found.values()]


def _by_id(who, parts) -> bool:
    return bool(who[1] & parts)


def _by_name(who, parts) -> bool:
    words = who[0]
    return bool(words) and (words <= parts or any(_run_together(words, part) for part in parts))


def _run_together(words: set[str], part: str) -> bool:
    """Whether a part is all words of a name without spaces, in any order, as Canvas writes it."""
    rest = part
    for word in sorted(words, key=len, reverse=True):
        if word not in rest:
            return False
        rest = rest.replace(word, "", 1)
    return not rest
