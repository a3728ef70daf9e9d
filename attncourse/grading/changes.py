"""Who gains and who loses when a submission is graded again."""

from collections.abc import Iterator
from typing import NamedTuple

MOST_TOLD = 20


class Change(NamedTuple):
    """An exercise of a student that earned something else before."""

    student: str
    lesson: str
    exercise: str
    before: int
    after: int


def changes(stored: dict | None, record: dict) -> list[Change]:
    """What a new record gives or takes, beside the one that was there."""
    before = {e["exercise"]: e["earned"] for e in (stored or {}).get("exercises", ())}
    who = record["student"], record["lesson"]
    return [
        Change(*who, e["exercise"], before[e["exercise"]], e["earned"])
        for e in record["exercises"]
        if before.get(e["exercise"], e["earned"]) != e["earned"]
    ]


def told(found: list[Change]) -> Iterator[str]:
    """The changes in lines, with their count first."""
    if not found:
        return
    gained = sum(change.after > change.before for change in found)
    yield f"Changed since the last grading: {gained} gained, {len(found) - gained} lost."
    for change in found[:MOST_TOLD]:
        earned = f"{change.before} → {change.after}"
        yield f"  {change.student}, {change.lesson}, {change.exercise}: {earned}"
    if len(found) > MOST_TOLD:
        yield f"  and {len(found) - MOST_TOLD} more"
