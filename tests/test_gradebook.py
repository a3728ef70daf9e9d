"""Points reach the school's own tables: the right rows, and nothing else in them changes."""

import csv
import io

import pytest

from attncourse.grading.changes import changes, told
from attncourse.grading.gradebook import fill, not_handed_in
from attncourse.grading.roster import Sheet, joined

CANVAS = """\ufeffStudent,ID,SIS User ID,Login,Section,Lesson 03 (4711),Lesson 04 (4712),Final
    Points Possible,,,,,12,12,(read only)
"Lovelace, Ada",501,s1,ada@x.edu,A,,7,1
"Marsh, Bob",502,s2,bob,A,3,,1
"Chen, Wei",503,s3,wei,A,,,1
"""
MOODLE = """Identifier,Full name,Email address,Status,Grade,Maximum Grade
Participant 40000,Ada Lovelace,ada@x.edu,Submitted,,12.00
Participant 40001,"Zoë ""Z"" Berg",zoe@x.edu,Submitted,,12.00
Participant 40002,Wei Chen,wei@x.edu,No submission,,12.00
"""
LESSON = "03_scoring"


def rows(path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))


def test_canvas_gets_one_column_and_keeps_the_rest(tmp_path):
    (tmp_path / "canvas.csv").write_bytes(CANVAS.replace("\n", "\r\n").encode())
    points = {"lovelaceada_LATE_501_90017": {LESSON: 9}, "marshbob_502_90018": {LESSON: 5}}
    lines = fill(tmp_path / "canvas.csv", tmp_path / "out", points)
    before, after = rows(tmp_path / "canvas.csv"), rows(tmp_path / "out" / "canvas.csv")
    changed = {
        (i, j): new
        for i, row in enumerate(after)
        for j, new in enumerate(row)
        if new != before[i][j]
    }
    assert changed == {(2, 5): "9", (3, 5): "5"}
    assert (tmp_path / "out" / "canvas.csv").read_bytes().startswith("\ufeffStudent".encode())
    assert (tmp_path / "out" / "canvas.csv").read_bytes().count(b"\r\n") == 5
    assert lines == [f"{tmp_path / 'out' / 'canvas.csv'}: 2 students in {LESSON}."]


def test_moodle_gets_its_grade_by_participant_and_by_name(tmp_path):
    (tmp_path / "moodle.csv").write_text(MOODLE, "utf-8")
    points = {"Somebody Else_40000_assignsubmission_file": {LESSON: 9}, "Zoe Z Berg": {LESSON: 5}}
    fill(tmp_path / "moodle.csv", tmp_path / "out", points | {"stranger": {LESSON: 1}})
    assert [row[4] for row in rows(tmp_path / "out" / "moodle.csv")] == ["Grade", "9", "5", ""]


def test_two_of_one_name_are_left_to_the_teacher(tmp_path):
    (tmp_path / "list.csv").write_text("name\nAda Lovelace\nAda Lovelace\nBob Marsh\n")
    sheet = Sheet.read(tmp_path / "list.csv")
    assert joined(sheet, ["Ada Lovelace", "bob marsh"]) == ({3: "bob marsh"}, ["Ada Lovelace"])


def test_a_roster_tells_who_is_missing_and_who_is_unknown(tmp_path):
    (tmp_path / "list.csv").write_text("Last name;First name;ID\nLovelace;Ada;7\nMarsh;Bob;8\n")
    lines = not_handed_in(tmp_path / "list.csv", ["Ada Lovelace_7_file", "eve"])
    assert lines == ["Not handed in (1): Marsh Bob.", "Not on the roster: eve."]


@pytest.mark.parametrize(
    ("text", "problem"),
    [(b"\xff\xfe", "is not text in UTF-8"), (b"name\n", "holds no students")],
)
def test_what_is_no_table_is_told(text, problem, tmp_path):
    (tmp_path / "list.csv").write_bytes(text)
    with pytest.raises(ValueError, match=problem):
        Sheet.read(tmp_path / "list.csv")


def test_a_table_without_a_column_for_the_lesson_is_told(tmp_path):
    (tmp_path / "canvas.csv").write_text(CANVAS)
    with pytest.raises(ValueError, match="has no column for 05_tokens"):
        fill(tmp_path / "canvas.csv", tmp_path, {"Ada Lovelace": {"05_tokens": 1}})


def test_who_gains_and_who_loses_is_told():
    def graded(**earned):
        entries = [{"exercise": name, "earned": points} for name, points in earned.items()]
        return {"student": "ada", "lesson": LESSON, "exercises": entries}

    found = changes(graded(dot_score=0, lift=3, descend=1), graded(dot_score=1, lift=0, descend=1))
    assert list(told(found)) == [
        "Changed since the last grading: 1 gained, 1 lost.",
        f"  ada, {LESSON}, dot_score: 0 → 1",
        f"  ada, {LESSON}, lift: 3 → 0",
    ]
    assert changes(None, graded(dot_score=1)) == []
