"""Say loudly what could not be tested on this machine: `python -m tests.untested [--strict]`."""

import shutil
import sys

from tests.browser import CHROMIUM
from tests.updates import has_history

NEEDS = (
    (CHROMIUM, "JupyterLab, views, verdicts and figures in a browser", "apt-get install chromium"),
    (shutil.which("bwrap"), "grading in a sandbox", "apt-get install bubblewrap"),
    (has_history(), "updates over the course's own history", "git fetch --unshallow"),
)


def untested() -> list[str]:
    """One line for each thing that has no test on this machine, with its cure."""
    return [f"NOT TESTED: {what} ({cure})" for found, what, cure in NEEDS if not found]


if __name__ == "__main__":
    lines = untested()
    if lines:
        edge = "!" * max(map(len, lines))
        print(edge, *lines, edge, sep="\n")
    sys.exit("--strict" in sys.argv and any("apt-get" in line for line in lines))
