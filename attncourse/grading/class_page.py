"""The page of the class: what it got wrong, where it stands, and who needs a look."""

import html
from collections import Counter
from statistics import median

from attncourse.checks.engine.page import prose
from attncourse.checks.engine.verdict import CORRECT, NOT_ATTEMPTED, NOT_YET
from attncourse.grading.look_page import copies_part, incidents_part, link
from attncourse.grading.records import NOT_GRADED
from attncourse.grading.student_page import lesson_title, page
from attncourse.grading.summary import ClassSummary

STATES = (CORRECT, NOT_YET, NOT_ATTEMPTED, NOT_GRADED)
COLOURS = dict(zip(STATES, ("#009E73", "#D55E00", "#767676", "#333333"), strict=True))
MARKS = dict(zip(STATES, "✓✗○–", strict=True))
MOST_BARS = 12
MOST_MARKS = 14  # exercises that the table of students shows one by one


def class_page(summary: ClassSummary, protection: str, copies: list[tuple] = ()) -> str:
    """The class at a glance: what it got wrong, where it stands, who needs a look."""
    lessons = list(dict.fromkeys(lesson for lesson, _ in summary.states if lesson))
    title = lesson_title(lessons[0]) if len(lessons) == 1 else f"{len(lessons)} lessons"
    parts = [
        f"<h1>The class on {title}</h1>" if lessons else "<h1>The class</h1>",
        _figures(summary),
        _misconceptions_part(summary),
        _exercises_part(summary),
        _points_part(summary),
        _problems_part(summary),
        incidents_part(summary.incidents),
        copies_part(copies),
        _students_part(summary),
        f'<p class="quiet">Answers were run with {html.escape(protection)}.</p>',
    ]
    return page("The class", "\n".join(parts))


def _figures(summary) -> str:
    graded = [(p, o) for p, o, problems in summary.totals.values() if o and not problems]
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
    found, failed = summary.counted(facts=False), summary.counted(facts=True)
    parts = ["<h2>Misconceptions of the class</h2>"]
    if found:
        parts += [_chart(summary, found), _mistakes_table(summary, found)]
    else:
        parts.append("<p>No answer shows a mistake that a check knows.</p>")
    if failed:
        parts.append("<h2>What else was wrong</h2>")
        parts.append(_mistakes_table(summary, failed))
    return "".join(parts)


def _mistakes_table(summary, found) -> str:
    rows = "".join(_mistake_row(summary, key, who) for key, who in found)
    return (
        '<table><tr><th class="number">students</th><th>they …</th><th>in</th>'
        f"<th>what to say about it</th><th>who, and the shortest example</th></tr>{rows}</table>"
    )


def _mistake_row(summary, key, who) -> str:
    name, exercise = summary.names[key], key[1]
    links = ", ".join(link(student) for student in who)
    example = html.escape(summary.examples.get(key, ""))
    return (
        f'<tr><td class="number"><b>{len(who)}</b></td><td>{prose(name)}</td>'
        f"<td><code>{html.escape(exercise)}</code></td><td>{prose(summary.reasons[key])}</td>"
        f'<td class="who"><details><summary>show</summary><p>{links}</p>'
        f'<pre class="code">{example}</pre></details></td></tr>'
    )


def _chart(summary, found) -> str:
    """Bars, longest first; the title says what they show."""
    shown, most = found[:MOST_BARS], len(found[0][1])
    students = len(summary.totals)
    height, left, width = 30 * len(shown) + 8, 470, 560
    bars = []
    for number, (key, who) in enumerate(shown):
        name, exercise = summary.names[key], key[1]
        y, length = 30 * number + 4, width * len(who) / most
        label = name if len(name) < 44 else f"{name[:42]}…"
        label += f" · {exercise[:22]}"
        bars.append(
            f'<text x="{left - 10}" y="{y + 16}" text-anchor="end">{html.escape(label)}</text>'
            f'<rect x="{left}" y="{y}" width="{length:.1f}" height="22" fill="#0072B2"/>'
            f'<text x="{left + length + 8:.1f}" y="{y + 16}">{len(who)}</text>'
        )
    key, who = found[0]
    most_often = f"{len(who)} of {students} students {summary.names[key]} ({key[1]})"
    title = f"Most often: {most_often}"
    return (
        f'<h3>{html.escape(title)}</h3><svg role="img" aria-label="{html.escape(title)}" '
        f'viewBox="0 0 1120 {height}" font-size="14" fill="#222" width="100%">'
        f"{''.join(bars)}</svg>"
    )


def _exercises_part(summary) -> str:
    key = "".join(f'<span class="box" style="background:{COLOURS[s]}"></span>{s}' for s in STATES)
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
    graded = [(p, o) for p, o, problems in summary.totals.values() if o and not problems]
    bins = Counter(min(9, 10 * points // out_of) for points, out_of in graded)
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
        f"<tr><td>{link(student)}</td><td>{html.escape('; '.join(problems))}</td></tr>"
        for student, (_, _, problems) in summary.totals.items()
        if problems
    ]
    if not rows:
        return ""
    return f"<h2>Please look at these yourself</h2><table>{''.join(rows)}</table>"


def _students_part(summary) -> str:
    exercises = [name for _, name in summary.states]
    one_by_one = len(exercises) <= MOST_MARKS
    heads = "".join(f"<th>{html.escape(n)}</th>" for n in exercises) if one_by_one else "<th></th>"
    rows = []
    for student, (points, out_of, problems) in summary.totals.items():
        share = 100 * points / out_of if out_of else 0
        bar = f'<div class="bar"><span style="width:{share:.1f}%;background:#009E73"></span></div>'
        marks = _marks(summary.marks[student], exercises) if one_by_one else f"<td>{bar}</td>"
        rows.append(
            f'<tr><td>{link(student)}</td><td class="number">{points} of {out_of}</td>{marks}'
            f"<td>{html.escape('; '.join(problems))}</td></tr>"
        )
    return (
        f'<h2>Students</h2><p class="key">{_key()}</p><table class="marks"><tr><th>student</th>'
        f'<th class="number">points</th>{heads}<th></th></tr>{"".join(rows)}</table>'
    )


def _marks(states, exercises) -> str:
    """A mark per exercise; none where a student has no entry for it."""
    states = [*states, *[NOT_GRADED] * (len(exercises) - len(states))]
    cells = (f'<td style="color:{COLOURS[s]}" title="{s}">{MARKS[s]}</td>' for s in states)
    return "".join(cells)


def _key() -> str:
    return "".join(f'<span style="color:{COLOURS[s]}">{MARKS[s]}</span> {s}' for s in STATES)
