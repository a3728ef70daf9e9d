"""From records to what people read: grades.csv, a page per student, and the page of the class."""

import csv
import html
import io
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from pathlib import Path
from statistics import median

from attncourse.checks.verdict import CORRECT, NOT_ATTEMPTED, NOT_YET, Verdict
from attncourse.curriculum import find_lesson
from attncourse.grading.records import NOT_GRADED, file_name, write_text

COLUMNS = ("student", "lesson", "exercise", "points", "out_of", "state", "mistakes", "reason")
STATES = (CORRECT, NOT_YET, NOT_ATTEMPTED, NOT_GRADED)
COLOURS = dict(zip(STATES, ("#009E73", "#D55E00", "#bbbbbb", "#333333"), strict=True))
UNKNOWN = "were wrong in a way that no check knows"
MOST_BARS = 12
MOST_CODE = 20_000  # characters of a cell that a page shows


@dataclass
class ClassSummary:
    """What the page of the class counts; small, however large the class."""

    totals: dict[str, tuple[int, int, list[str]]] = field(default_factory=dict)
    states: dict[tuple[str, str], Counter] = field(default_factory=lambda: defaultdict(Counter))
    mistakes: dict[tuple[str, str, str], list[str]] = field(
        default_factory=lambda: defaultdict(list)
    )
    reasons: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def add(self, student: str, records: list[dict]) -> None:
        """Count one student's records."""
        entries = [(r["lesson"], e) for r in records for e in r["exercises"]]
        points = sum(e["points"] for _, e in entries)
        problems = [r["problem"] for r in records if r["problem"]]
        self.totals[student] = points, sum(e["out_of"] for _, e in entries), problems
        for lesson, entry in entries:
            self.states[lesson, entry["exercise"]][entry["state"]] += 1
            if entry["state"] == NOT_YET:
                for name in entry["mistakes"] or [UNKNOWN]:
                    key = lesson, entry["exercise"], name
                    self.mistakes[key].append(student)
                    self.reasons.setdefault(key, _why(entry["message"], name))

    def misconceptions(self) -> list[tuple[tuple[str, str, str], list[str]]]:
        """Mistakes with who made them, most frequent first."""
        return sorted(self.mistakes.items(), key=lambda item: (-len(item[1]), item[0]))


def write_reports(records: Iterable[dict], out: Path, protection: str) -> ClassSummary:
    """Write everything that people read; `records` come sorted by student."""
    summary, table = ClassSummary(), io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(COLUMNS)
    for student, group in groupby(records, key=lambda r: r["student"]):
        mine = list(group)
        summary.add(student, mine)
        writer.writerows(_rows(student, mine))
        name = file_name(student)
        feedback = [{k: v for k, v in record.items() if k != "key"} for record in mine]
        text = json.dumps(feedback, indent=1, sort_keys=True)
        write_text(out / "feedback" / f"{name}.json", text + "\n")
        write_text(out / "feedback" / f"{name}.html", student_page(student, mine))
    write_text(out / "grades.csv", table.getvalue())
    write_text(out / "class.json", json.dumps(_as_data(summary), indent=1, sort_keys=True) + "\n")
    write_text(out / "class.html", class_page(summary, protection))
    return summary


def _rows(student, records) -> Iterator[list]:
    for record in records:
        for e in record["exercises"]:
            reason = record["problem"] or ("" if e["state"] == CORRECT else _first(e["message"]))
            row = [student, record["lesson"], e["exercise"], e["points"], e["out_of"], e["state"]]
            yield [_no_formula(x) for x in [*row, "; ".join(e["mistakes"]), reason]]
    entries = [e for record in records for e in record["exercises"]]
    points, out_of = sum(e["points"] for e in entries), sum(e["out_of"] for e in entries)
    reasons = "; ".join(f"{r['lesson']}: {r['problem']}" for r in records if r["problem"])
    row = [student, "", "total", points, out_of, "", "", reasons]
    yield [_no_formula(x) for x in row]


def _no_formula(value):
    """Text that a spreadsheet would take for a formula gets an apostrophe in front."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value


def _first(message: str) -> str:
    return message.split("\n")[0]


def _why(message: str, name: str) -> str:
    """The sentence that explains a mistake, as the message has it."""
    lines = message.split("\n")
    for line, after in pairwise(lines):
        if line.endswith(f"you {name}."):
            return after.strip()
    return ""


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
        "misconceptions": [
            {"lesson": key[0], "exercise": key[1], "mistake": key[2], "students": students}
            for key, students in summary.misconceptions()
        ],
    }


# ---- pages


STYLE = """
:root { color-scheme: light }
body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 74rem; margin: 2rem auto;
  padding: 0 1.5rem }
h1 { font-size: 1.7rem; margin-bottom: .2rem } h2 { font-size: 1.25rem; margin-top: 2.5rem }
h3 { font-size: 1rem; margin: 1.5rem 0 .4rem }
.quiet { color: #666 } .figures { display: flex; gap: 2.5rem; flex-wrap: wrap; margin: 1.2rem 0 }
.figures b { display: block; font-size: 1.6rem; line-height: 1.2 }
table { border-collapse: collapse; width: 100% }
th { text-align: left; font-weight: 600; border-bottom: 2px solid #ddd;
  padding: .3rem .8rem .3rem 0 }
td { border-bottom: 1px solid #eee; padding: .4rem .8rem .4rem 0; vertical-align: top }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
pre, code { font: 13.5px/1.45 ui-monospace, Menlo, Consolas, monospace }
pre.code { background: #f6f7f8; padding: .7rem .9rem; margin: 0; overflow-x: auto; tab-size: 4 }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1.5rem; align-items: start;
  margin: 0 0 1.8rem } .pair > * { min-width: 0; overflow-x: auto }
@media (max-width: 60rem) { .pair { grid-template-columns: 1fr } }
.bar { display: flex; height: 1.05rem; min-width: 12rem; background: #eee }
.bar span { display: block } .key span { display: inline-block; width: .8em; height: .8em;
  margin: 0 .35em 0 1.2em }
details summary { cursor: pointer; color: #0b5fa5 } a { color: #0b5fa5 }
.note { border-left: 4px solid #333; padding: .3rem .9rem; background: #f6f7f8 }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style></head>\n"
        f"<body>\n{body}\n</body></html>\n"
    )


def student_page(student: str, records: list[dict]) -> str:
    """One student's feedback: each check's message, the cell that it is about beside it."""
    entries = [e for record in records for e in record["exercises"]]
    points, out_of = sum(e["points"] for e in entries), sum(e["out_of"] for e in entries)
    correct = sum(e["state"] == CORRECT for e in entries)
    parts = [
        f"<h1>{html.escape(student)}</h1>",
        f'<div class="figures"><div><b>{points} of {out_of}</b> points</div>'
        f"<div><b>{correct} of {len(entries)}</b> exercises correct</div></div>",
        *(_lesson_part(record) for record in records),
    ]
    return _page(f"Feedback for {student}", "\n".join(parts))


def _lesson_part(record: dict) -> str:
    parts = [f"<h2>{_lesson_title(record['lesson'])}</h2>"]
    parts.append(f'<p class="quiet">{html.escape(record["place"])}</p>')
    if record["problem"]:
        parts.append(f'<p class="note">Not graded: {html.escape(record["problem"])}.</p>')
    else:
        parts += [_exercise_part(entry) for entry in record["exercises"]]
    if record["troubles"]:
        parts.append("<h3>Cells that did not run to their end</h3><table>")
        for trouble in record["troubles"]:
            parts.append(
                f"<tr><td>code cell {trouble['cell']}</td>"
                f"<td><code>{html.escape(trouble['code'])}</code></td>"
                f"<td>{html.escape(trouble['error'])}</td></tr>"
            )
        parts.append("</table>")
    return "\n".join(parts)


def _exercise_part(entry: dict) -> str:
    verdict = Verdict(entry["exercise"], entry["state"], entry["message"])
    told = verdict._repr_mimebundle_()["text/html"]
    points = f"{entry['points']} of {entry['out_of']} points"
    code = html.escape(entry["code"][:MOST_CODE]) or "no cell defines it"
    return (
        f"<h3>{html.escape(entry['exercise'])} · {points}</h3>"
        f'<div class="pair"><div>{told}</div><pre class="code">{code}</pre></div>'
    )


def _lesson_title(name: str) -> str:
    if not name:
        return "No lesson recognised"
    lesson = find_lesson(name)
    return html.escape(f"Lesson {lesson.number:02d} · {lesson.question}")


def class_page(summary: ClassSummary, protection: str) -> str:
    """The class at a glance: what it got wrong, where it stands, who needs a look."""
    lessons = list(dict.fromkeys(lesson for lesson, _ in summary.states if lesson))
    title = _lesson_title(lessons[0]) if len(lessons) == 1 else f"{len(lessons)} lessons"
    parts = [
        f"<h1>The class on {title}</h1>" if lessons else "<h1>The class</h1>",
        _figures(summary),
        _misconceptions_part(summary),
        _exercises_part(summary),
        _points_part(summary),
        _problems_part(summary),
        _students_part(summary),
        f'<p class="quiet">Answers were run with {html.escape(protection)}.</p>',
    ]
    return _page("The class", "\n".join(parts))


def _figures(summary) -> str:
    graded = [(p, o) for p, o, problems in summary.totals.values() if o]
    shares = [100 * points / out_of for points, out_of in graded] or [0]
    full = sum(points == out_of for points, out_of in graded)
    problems = sum(bool(problems) for _, _, problems in summary.totals.values())
    figures = (
        (len(summary.totals), "students"),
        (f"{median(shares):.0f} %", "of the points, in the median"),
        (full, "have everything right"),
        (problems, "could not be graded in full" if problems else "without a grade"),
    )
    cells = "".join(f"<div><b>{number}</b> {text}</div>" for number, text in figures)
    return f'<div class="figures">{cells}</div>'


def _misconceptions_part(summary) -> str:
    found = summary.misconceptions()
    if not found:
        return "<h2>What the class got wrong</h2><p>Nothing that a check could name.</p>"
    rows = "".join(_misconception_row(summary, key, who) for key, who in found)
    return (
        f"<h2>What the class got wrong</h2>{_chart(found, len(summary.totals))}"
        '<table><tr><th class="number">students</th><th>they …</th><th>in</th>'
        f"<th>what to say about it</th><th>who</th></tr>{rows}</table>"
    )


def _misconception_row(summary, key, who) -> str:
    _, exercise, name = key
    links = ", ".join(_link(student) for student in who)
    return (
        f'<tr><td class="number">{len(who)}</td><td>{html.escape(name)}</td>'
        f"<td><code>{html.escape(exercise)}</code></td>"
        f"<td>{html.escape(summary.reasons[key])}</td>"
        f"<td><details><summary>show</summary>{links}</details></td></tr>"
    )


def _chart(found, students: int) -> str:
    """Bars, longest first; the title says what they show."""
    shown, most = found[:MOST_BARS], len(found[0][1])
    height, left, width = 30 * len(shown) + 8, 470, 560
    bars = []
    for number, ((_, exercise, name), who) in enumerate(shown):
        y, length = 30 * number + 4, width * len(who) / most
        label = f"{name} ({exercise})"
        label = label if len(label) < 62 else f"{label[:60]}…"
        bars.append(
            f'<text x="{left - 10}" y="{y + 16}" text-anchor="end">{html.escape(label)}</text>'
            f'<rect x="{left}" y="{y}" width="{length:.1f}" height="22" fill="#0072B2"/>'
            f'<text x="{left + length + 8:.1f}" y="{y + 16}">{len(who)}</text>'
        )
    (_, exercise, name), who = found[0]
    title = f"Most often: {len(who)} of {students} {name} ({exercise})"
    return (
        f'<h3>{html.escape(title)}</h3><svg role="img" aria-label="{html.escape(title)}" '
        f'viewBox="0 0 1120 {height}" font-size="14" fill="#222" width="100%">'
        f"{''.join(bars)}</svg>"
    )


def _exercises_part(summary) -> str:
    key = "".join(f'<span style="background:{COLOURS[s]}"></span>{s}' for s in STATES)
    rows = []
    for (lesson, name), states in summary.states.items():
        total = sum(states.values())
        bar = "".join(
            f'<span style="width:{100 * states[s] / total:.2f}%;background:{COLOURS[s]}"></span>'
            for s in STATES
        )
        counts = "".join(f'<td class="number">{states[s]}</td>' for s in STATES)
        rows.append(
            f"<tr><td>{html.escape(lesson[:2])}</td><td><code>{html.escape(name)}</code></td>"
            f'<td><div class="bar">{bar}</div></td>{counts}</tr>'
        )
    heads = "".join(f'<th class="number">{s}</th>' for s in STATES)
    return (
        f'<h2>Where the class stands</h2><p class="key">{key}</p>'
        f"<table><tr><th>lesson</th><th>exercise</th><th></th>{heads}</tr>{''.join(rows)}</table>"
    )


def _points_part(summary) -> str:
    """How many students reached which share of the points."""
    bins = Counter(min(9, 10 * p // o) for p, o, _ in summary.totals.values() if o)
    if not bins:
        return ""
    most, bars = max(bins.values()), []
    for number in range(10):
        height = 140 * bins[number] / most
        x = 20 + 100 * number
        bars.append(
            f'<rect x="{x}" y="{165 - height:.1f}" width="92" height="{height:.1f}" '
            f'fill="#56B4E9"/><text x="{x + 46}" y="{160 - height:.1f}" text-anchor="middle">'
            f'{bins[number] or ""}</text><text x="{x + 46}" y="185" text-anchor="middle" '
            f'fill="#666">{10 * number}–{10 * number + 10} %</text>'
        )
    return (
        '<h2>Students by share of the points</h2><svg role="img" aria-label="histogram" '
        f'viewBox="0 0 1040 195" font-size="14" width="100%">{"".join(bars)}</svg>'
    )


def _problems_part(summary) -> str:
    rows = [
        f"<tr><td>{_link(student)}</td><td>{html.escape('; '.join(problems))}</td></tr>"
        for student, (_, _, problems) in summary.totals.items()
        if problems
    ]
    if not rows:
        return ""
    return f"<h2>Please look at these yourself</h2><table>{''.join(rows)}</table>"


def _students_part(summary) -> str:
    rows = []
    for student, (points, out_of, problems) in summary.totals.items():
        share = 100 * points / out_of if out_of else 0
        bar = f'<div class="bar"><span style="width:{share:.1f}%;background:#009E73"></span></div>'
        rows.append(
            f'<tr><td>{_link(student)}</td><td class="number">{points} of {out_of}</td>'
            f"<td>{bar}</td><td>{html.escape('; '.join(problems))}</td></tr>"
        )
    return (
        '<h2>Students</h2><table><tr><th>student</th><th class="number">points</th><th></th>'
        f"<th></th></tr>{''.join(rows)}</table>"
    )


def _link(student: str) -> str:
    return f'<a href="feedback/{file_name(student)}.html">{html.escape(student)}</a>'
