"""Judges every unseen answer: `python -m tests.unseen`, or with names of exercises."""

import sys

from attncourse.checks import check
from tests.unseen import FILES, answer, collected


def main(names: list[str]) -> None:
    """Print a line for each wrong answer with its truth, then the counts."""
    accepted, rejected, right, wrong = 0, 0, 0, 0
    for file in (file for file in FILES if not names or file.stem in names):
        found = collected(file)
        for number, one in enumerate(found["right"]):
            verdict = check(answer(found["setup"], one["source"], file.stem), file.stem)
            right, accepted = right + 1, accepted + bool(verdict)
            if not verdict:
                print(f"{file.stem}: right answer {number} is refused: {verdict.mistakes}")
        for number, one in enumerate(found["wrong"]):
            verdict = check(answer(found["setup"], one["source"], file.stem), file.stem)
            wrong, rejected = wrong + 1, rejected + (not verdict)
            said = " · ".join(verdict.mistakes) or verdict.state
            print(f"{file.stem} {number}: {one['truth']}\n    {said}")
    print(f"right answers accepted: {accepted} of {right}")
    print(f"wrong answers rejected: {rejected} of {wrong}")


main(sys.argv[1:])
