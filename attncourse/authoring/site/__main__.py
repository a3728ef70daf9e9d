"""`python -m attncourse.authoring.site FOLDER [LESSON …]`: the course as a website."""

import sys
from pathlib import Path

from attncourse.authoring.site.build import build_site
from attncourse.curriculum import LESSONS, find_lesson

out, lessons = Path(sys.argv[1]), tuple(map(find_lesson, sys.argv[2:])) or LESSONS
if warnings := build_site(Path.cwd(), out, lessons):
    sys.exit(f"Sphinx gave {warnings} warnings: see above.")
print(f"The site is in {out}: open {out / 'index.html'}.")
