"""`python -m attncourse.authoring.book FILE.pdf [LESSON …]`: the course as a book."""

import sys
from pathlib import Path

from attncourse.authoring.book.build import build_book
from attncourse.curriculum import LESSONS, find_lesson

out, lessons = Path(sys.argv[1]), tuple(map(find_lesson, sys.argv[2:])) or LESSONS
build_book(Path.cwd(), out, lessons)
print(f"The book is {out}, {out.stat().st_size / 1e6:.1f} MB.")
