"""The page of a student: each check's message, and the cell that it is about beside it."""

import html

from attncourse.checks.engine.page import as_html
from attncourse.checks.engine.verdict import CORRECT
from attncourse.curriculum import find_lesson

MOST_CODE = 20_000  # characters of a cell that a page shows
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
pre.code { background: #f6f7f8; padding: .7rem .9rem; margin: 0; white-space: pre-wrap;
  overflow-wrap: anywhere; tab-size: 4 }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1.5rem; align-items: start;
  margin: 0 0 1.8rem } .pair > * { min-width: 0; overflow-x: auto }
@media (max-width: 60rem) { .pair { grid-template-columns: 1fr } }
.bar { display: flex; height: 1.05rem; min-width: 12rem; background: #eee }
.bar span { display: block } .key span { display: inline-block; margin: 0 .35em 0 1.2em }
.key span:first-child { margin-left: 0 } .key .box { width: .8em; height: .8em }
.marks td:nth-child(n+3), .marks th:nth-child(n+3) { text-align: center; font-size: .95rem }
.marks th:nth-child(n+3) { font: 600 12px ui-monospace, Menlo, Consolas, monospace;
  vertical-align: bottom }
.who { min-width: 12rem; max-width: 32rem } .who p { margin: .3rem 0 }
details summary { cursor: pointer; color: #0b5fa5 } a { color: #0b5fa5 }
.note { border-left: 4px solid #333; padding: .3rem .9rem; background: #f6f7f8 }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def page(title: str, body: str) -> str:
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
    points, out_of = sum(e["earned"] for e in entries), sum(e["points"] for e in entries)
    correct = sum(e["state"] == CORRECT for e in entries)
    parts = [
        f"<h1>{html.escape(student)}</h1>",
        f'<div class="figures"><div><b>{points} of {out_of}</b> points</div>'
        f"<div><b>{correct} of {len(entries)}</b> exercises correct</div></div>",
        *(_lesson_part(record) for record in records),
    ]
    return page(f"Feedback for {student}", "\n".join(parts))


def _lesson_part(record: dict) -> str:
    parts = [f"<h2>{lesson_title(record['lesson'])}</h2>"]
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
    told = as_html(entry)
    points = f"{entry['earned']} of {entry['points']} points"
    code = html.escape(entry["code"][:MOST_CODE]) or "no cell defines it"
    return (
        f"<h3>{html.escape(entry['exercise'])} · {points}</h3>"
        f'<div class="pair"><div>{told}</div><pre class="code">{code}</pre></div>'
    )


def lesson_title(name: str) -> str:
    if not name:
        return "No lesson recognised"
    lesson = find_lesson(name)
    return html.escape(f"Lesson {lesson.number:02d} · {lesson.question}")
