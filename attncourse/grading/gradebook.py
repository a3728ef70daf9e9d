"""Points into the school's own gradebook: the table that was exported, with one column filled."""

import re
from pathlib import Path

from attncourse.curriculum import find_lesson
from attncourse.grading.records import write_text
from attncourse.grading.roster import Sheet, joined


def fill(path: Path, out: Path, points: dict[str, dict[str, int]]) -> list[str]:
    """Write a copy of an exported gradebook with points filled in; says what was done.

    Args:
        path: what Canvas or Moodle exported. Of Canvas, the columns are filled whose names hold a
            lesson's name or number (`Lesson 03`, `03_scoring`); of Moodle, the column `Grade`.
        out: where grades lie; the copy goes there under the same name.
        points: by student and lesson.

    Raises:
        ValueError: no column of the table is for points of a lesson that was graded.
    """
    sheet = Sheet.read(path)
    lessons = sorted({lesson for own in points.values() for lesson in own})
    columns = {lesson: _column(sheet, lesson, len(lessons) == 1) for lesson in lessons}
    columns = {lesson: column for lesson, column in columns.items() if column is not None}
    if not columns:
        heads = ", ".join(sheet.rows[0])
        raise ValueError(f"{path.name} has no column for {', '.join(lessons)}; it has {heads}")
    rows, unknown = joined(sheet, sorted(points))
    for number, student in rows.items():
        for lesson, column in columns.items():
            if lesson in points[student]:
                sheet.rows[number][column] = str(points[student][lesson])
    write_text(out / path.name, sheet.text())
    told = [f"{out / path.name}: {len(rows)} students in {', '.join(columns)}."]
    return told + [f"Not in {path.name}: {', '.join(unknown)}."] * bool(unknown)


def _column(sheet: Sheet, lesson: str, single: bool) -> int | None:
    """The column for a lesson's points; Moodle's export has one column, of one assignment."""
    number, slug = find_lesson(lesson).number, find_lesson(lesson).slug
    known = re.compile(rf"\b({lesson}|{slug}|lesson 0?{number})\b", re.I)
    for index, head in enumerate(sheet.rows[0]):
        if known.search(head):
            return index
    return sheet.column("grade") if single else None


def not_handed_in(path: Path, students: list[str]) -> list[str]:
    """What a roster tells: who has not handed in, and whose submissions are in no row of it."""
    sheet = Sheet.read(path)
    rows, unknown = joined(sheet, students)
    absent = [row for number, row in enumerate(sheet.rows) if number and number not in rows]
    names = [" ".join(cell for cell in row[:2] if cell) for row in absent if any(row)]
    told = [f"Not handed in ({len(names)}): {'; '.join(names)}."] if names else []
    return told + [f"Not on the roster: {', '.join(unknown)}."] * bool(unknown)
