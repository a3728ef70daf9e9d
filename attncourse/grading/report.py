"""From records to what people read: grades.csv, a page per student, and the page of the class."""

import csv
import io
import json
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from attncourse.checks.engine.message import UNKNOWN
from attncourse.checks.engine.source import definitions
from attncourse.checks.engine.verdict import CORRECT
from attncourse.grading.class_page import STATES, class_page
from attncourse.grading.copies import alike, form
from attncourse.grading.notebooks import code_cells
from attncourse.grading.records import file_name, write_text
from attncourse.grading.student_page import student_page
from attncourse.grading.summary import ClassSummary

FOR_TEACHERS = ("key", "incidents", "ran_with")  # what a student's feedback leaves out
FORMULA = ("=", "+", "-", "@")  # with which a spreadsheet's formulas begin
COLUMNS = ("student", "lesson", "exercise", "points", "out_of", "state", "mistakes", "reason")


def published(root: Path, found: Iterable) -> dict[str, dict[str, str]]:
    """How the published solutions of the lessons found are built: lesson → exercise → form."""
    told = {}
    for lesson in sorted({submission.lesson for submission in found} - {""}):
        path, known = root / "solutions" / f"{lesson}.ipynb", {}
        for cell in code_cells(path.read_bytes()) if path.is_file() else []:
            known |= {name: form(text) for name, text in definitions(cell).items()}
        told[lesson] = known
    return told


def write_reports(
    records: Iterable[dict], out: Path, protection: str, solutions: dict | None = None
) -> ClassSummary:
    """Write everything that people read; `records` come sorted by student."""
    summary, table, board = ClassSummary(), io.StringIO(), []
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(COLUMNS)
    for student, group in groupby(records, key=lambda r: r["student"]):
        mine = list(group)
        summary.add(student, mine)
        writer.writerows(_rows(student, mine))
        board += _scores(student, mine)
        name = file_name(student)
        own = [{k: v for k, v in record.items() if k not in FOR_TEACHERS} for record in mine]
        text = json.dumps(own, indent=1, sort_keys=True)
        write_text(out / "feedback" / f"{name}.json", text + "\n")
        write_text(out / "feedback" / f"{name}.html", student_page(student, mine))
    kept = {file_name(student) for student in summary.totals}
    for old in (out / "feedback").glob("*.*"):
        if old.stem not in kept:  # a student who is gone
            old.unlink()
    write_text(out / "grades.csv", table.getvalue())
    _write_leaderboard(out / "leaderboard.csv", board)
    write_text(out / "class.json", json.dumps(_as_data(summary), indent=1, sort_keys=True) + "\n")
    copies = alike(summary.forms, solutions or {})
    write_text(out / "class.html", class_page(summary, protection, copies))
    return summary


def _rows(student, records) -> Iterator[list]:
    for record in records:
        for e in record["exercises"]:
            reason = record["problem"] or ("" if e["state"] == CORRECT else _why(e))
            row = [student, record["lesson"], e["exercise"], e["earned"], e["points"], e["state"]]
            names = "; ".join(finding["name"] for finding in e["findings"])
            yield [_no_formula(x) for x in [*row, names, reason]]
    entries = [e for record in records for e in record["exercises"]]
    points, out_of = sum(e["earned"] for e in entries), sum(e["points"] for e in entries)
    reasons = "; ".join(f"{r['lesson']}: {r['problem']}" for r in records if r["problem"])
    row = [student, "", "total", points, out_of, "", "", reasons]
    yield [_no_formula(x) for x in row]


def _scores(student, records) -> list[tuple]:
    """(exercise, score, student) where an exercise measures how good a correct answer is."""
    entries = (e for record in records for e in record["exercises"])
    return [(e["exercise"], e["score"], _no_formula(student)) for e in entries if "score" in e]


def _write_leaderboard(path: Path, board: list[tuple]) -> None:
    """The lowest score first; no file where nothing was measured."""
    if not board:
        path.unlink(missing_ok=True)
        return
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(("exercise", "score", "student"))
    writer.writerows((name, f"{score:.4f}", student) for name, score, student in sorted(board))
    write_text(path, table.getvalue())


def _no_formula(value):
    """Text that a spreadsheet would take for a formula gets an apostrophe in front."""
    if not isinstance(value, str):
        return value
    plain = unicodedata.normalize("NFKC", value).lstrip()  # a full-width ＝ is a formula, too
    return f"'{value}" if plain[:1] in FORMULA or ";=" in value else value


def _why(entry: dict) -> str:
    """In one line why an answer earned nothing: the first finding, or what else there is to say."""
    for finding in entry["findings"]:
        return f"You {finding['name']}. {' '.join(finding['why'].split())}"
    return entry["note"] or UNKNOWN


def _as_data(summary: ClassSummary) -> dict:
    return {
        "students": {
            name: {"points": points, "out_of": out_of, "problems": problems}
            for name, (points, out_of, problems) in summary.totals.items()
        },
        "exercises": [
            {"lesson": lesson, "exercise": name, **{s: states[s] for s in STATES}}
            for (lesson, name), states in summary.states.items()
        ],
        "incidents": summary.incidents,
        "misconceptions": [
            {
                "lesson": key[0],
                "exercise": key[1],
                "id": key[2],
                "mistake": summary.names[key],
                "students": students,
            }
            for key, students in [*summary.counted(facts=False), *summary.counted(facts=True)]
        ],
    }
