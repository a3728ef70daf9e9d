"""A progress bar for whoever watches, and nothing for whoever does not."""

import os
import sys

from tqdm import tqdm


def progress_bar(steps: int) -> tqdm:
    """A bar that leaves nothing behind, and that is not drawn at all where nobody watches."""
    hidden = not somebody_watches()
    screen = _NotebookLine() if in_notebook() and not hidden else sys.stderr
    width = 72 if in_notebook() else None
    # Short trainings end before the bar would appear.
    return tqdm(total=steps, disable=hidden, leave=False, delay=0.5, file=screen, ncols=width)


def somebody_watches() -> bool:
    """True in a notebook or terminal; False under pytest, nbval and release, and in a pipe."""
    if os.environ.get("ATTNCOURSE_QUIET") or "PYTEST_CURRENT_TEST" in os.environ:
        return False
    return in_notebook() or sys.stderr.isatty()


def in_notebook() -> bool:
    """True where a Jupyter kernel runs this code."""
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    return hasattr(get_ipython(), "kernel")


class _NotebookLine:
    """A file of one line, in its own output of the cell; each text replaces the one before."""

    def __init__(self):
        self.shown = None

    def write(self, text: str) -> None:
        from IPython.display import display

        line = {"text/plain": text.strip()}
        if self.shown is not None:
            self.shown.update(line, raw=True)
        elif line["text/plain"]:
            self.shown = display(line, raw=True, display_id=True)

    def flush(self) -> None:
        """Nothing waits: every line is shown as it is written."""
