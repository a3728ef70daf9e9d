"""What the page of a class counts."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from attncourse.checks.engine.verdict import FACT, NOT_YET

UNKNOWN = {
    "id": "unknown",
    "name": "were wrong in a way that no check knows",
    "why": "",
    "certainty": FACT,
}
MOST_CODE = 2000  # characters of an example

Key = tuple[str, str, str]  # lesson, exercise, the finding's id


@dataclass
class ClassSummary:
    """What the page of the class counts; small, however large the class."""

    totals: dict[str, tuple[int, int, list[str]]] = field(default_factory=dict)
    states: dict[tuple[str, str], Counter] = field(default_factory=lambda: defaultdict(Counter))
    mistakes: dict[Key, list[str]] = field(default_factory=lambda: defaultdict(list))
    names: dict[Key, str] = field(default_factory=dict)
    reasons: dict[Key, str] = field(default_factory=dict)
    examples: dict[Key, str] = field(default_factory=dict)
    facts: set[Key] = field(default_factory=set)
    points: dict[str, dict[str, int]] = field(default_factory=dict)  # by student and lesson
    incidents: dict[str, list[str]] = field(default_factory=dict)  # by student
    forms: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)  # as copies.alike
    marks: dict[str, list[str]] = field(default_factory=dict)  # states in the exercises' order

    def add(self, student: str, records: list[dict]) -> None:
        """Count one student's records."""
        entries = [(r["lesson"], e) for r in records for e in r["exercises"]]
        points = sum(e["earned"] for _, e in entries)
        problems = [r["problem"] for r in records if r["problem"]]
        self.points[student] = {
            r["lesson"]: sum(e["earned"] for e in r["exercises"]) for r in records if r["lesson"]
        }
        self.totals[student] = points, sum(e["points"] for _, e in entries), problems
        self.marks[student] = [entry["state"] for _, entry in entries]
        if lines := [f"{r['lesson']}: {line}" for r in records for line in r.get("incidents", ())]:
            self.incidents[student] = lines
        for lesson, entry in entries:
            if entry.get("form"):
                self.forms.setdefault(lesson, {}).setdefault(student, {})
                self.forms[lesson][student][entry["exercise"]] = entry["form"]
            self.states[lesson, entry["exercise"]][entry["state"]] += 1
            if entry["state"] == NOT_YET:
                self._add_mistakes(student, lesson, entry)

    def _add_mistakes(self, student, lesson, entry):
        for finding in entry["findings"] or [UNKNOWN]:
            key = lesson, entry["exercise"], finding["id"]
            self.mistakes[key].append(student)
            self.names.setdefault(key, finding["name"])
            self.reasons.setdefault(key, finding["why"])
            if finding["certainty"] == FACT:
                self.facts.add(key)
            shown = self.examples.get(key)
            if entry["code"] and (shown is None or len(entry["code"]) < len(shown)):
                self.examples[key] = entry["code"][:MOST_CODE]

    def counted(self, *, facts: bool) -> list[tuple[Key, list[str]]]:
        """Misconceptions, or failures that a check sees but cannot explain; with who, by count."""
        chosen = (item for item in self.mistakes.items() if (item[0] in self.facts) == facts)
        return sorted(chosen, key=lambda item: (-len(item[1]), item[0]))
