"""Recompute the claims of all lessons, or of those named, and print lesson · claim · value · holds.

`make claims` runs this before a release; it ends with 1 if a claim does not hold.
"""

import sys
import textwrap

from attncourse.curriculum import LESSONS, find_lesson
from tests.claims.record import Result, claims_of, has_file

COLUMNS = ("", "claim", "value  (least … largest)", "beside it", "holds")
WIDTHS = (3, 58, 30, 42, 14)


def main(names: list[str]) -> int:
    """Run and print; returns how many claims do not hold."""
    lessons = [find_lesson(name) for name in names] or LESSONS
    print(_row(COLUMNS))
    failed = total = 0
    for lesson in lessons:
        if not has_file(lesson):
            print(_row((f"{lesson.number:02d}", "no claims written down yet", "", "", "")))
            continue
        for claim in claims_of(lesson):
            result = claim.run()
            print(_row(_cells(lesson.number, result)), flush=True)
            failed, total = failed + (not result.holds), total + 1
    print(f"\n{total - failed} of {total} claims hold")
    return failed


def _cells(number: int, result: Result) -> tuple[str, ...]:
    claim = result.claim
    control = result.spread(result.controls)
    beside = "" if control == "–" else f"{claim.beside}: {control}"
    held = f"{sum(result.held)} of {len(result.held)} seeds"
    verdict = ("yes" if result.holds else "NO") + ("" if claim.exact else f", {held}")
    return f"{number:02d}", claim.words, result.spread(result.values), beside, verdict


def _row(cells: tuple[str, ...]) -> str:
    columns = [
        textwrap.wrap(text, width) or [""] for text, width in zip(cells, WIDTHS, strict=True)
    ]
    height = max(map(len, columns))
    lines = ([*column, *[""] * (height - len(column))] for column in columns)
    return "\n".join(
        " ".join(text.ljust(width) for text, width in zip(parts, WIDTHS, strict=True)).rstrip()
        for parts in zip(*lines, strict=True)
    )


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
