"""Parts of the class's page that ask a person to look: incidents, and answers built alike."""

import html

from attncourse.grading.records import file_name

MOST_ROWS = 200
MOST_NAMES = 20  # students of a group that are named


def link(student: str) -> str:
    """A student's name, leading to the student's page."""
    return f'<a href="feedback/{file_name(student)}.html">{html.escape(student)}</a>'


def incidents_part(incidents: dict[str, list[str]]) -> str:
    """What submissions did, or only name, that no exercise needs."""
    if not incidents:
        return ""
    rows = [
        f"<tr><td>{link(student)}</td><td>{'<br>'.join(map(html.escape, lines))}</td></tr>"
        for student, lines in list(incidents.items())[:MOST_ROWS]
    ]
    note = (
        "What submissions did, or only name, that no exercise needs. Most of it is an accident or "
        "curiosity; nobody lost a point for being listed here."
    )
    return f'<h2>Incidents</h2><p class="quiet">{note}</p><table>{"".join(rows)}</table>'


def copies_part(copies: list[tuple]) -> str:
    """Students whose long answers to a lesson are all built alike."""
    rows = []
    for lesson, exercises, students, published in copies[:MOST_ROWS]:
        names = ", ".join(link(student) for student in students[:MOST_NAMES])
        more = f" and {len(students) - MOST_NAMES} more" if len(students) > MOST_NAMES else ""
        also = " <b>and the published solution</b>" if published else ""
        told = html.escape(f"{lesson}: {', '.join(exercises)}")
        rows.append(f"<tr><td>{names}{more}{also}</td><td>{told}</td></tr>")
    if not rows:
        return ""
    note = (
        "Their answers are the same but for names, comments and white space; short answers are "
        "not counted. This proves nothing: read both, and ask."
    )
    head = "<h2>Answers built alike</h2>"
    return f'{head}<p class="quiet">{note}</p><table>{"".join(rows)}</table>'
