"""What a check answers: a state, a message, and the record that a saved notebook keeps."""

import html
import re
from dataclasses import asdict, dataclass

MIME = "application/vnd.attncourse.verdict+json"
NOT_ATTEMPTED, NOT_YET, CORRECT = "not attempted", "not yet", "correct"

_LOOK = {NOT_ATTEMPTED: ("○", "#777777"), NOT_YET: ("✗", "#D55E00"), CORRECT: ("✓", "#009E73")}
_NUMBERS = "margin:0;padding:0;background:none;font-family:monospace;line-height:1.3"


@dataclass(frozen=True)
class Verdict:
    """The result of a check, true only when the answer is correct.

    Attributes:
        exercise: the exercise's id, or "" when none could be told.
        state: "not attempted", "not yet" or "correct".
        message: plain text that reads without colour.
        mistakes: names of the mistakes found, each ending the sentence "you …".
        points: what a correct answer earns.
    """

    exercise: str
    state: str
    message: str
    mistakes: tuple[str, ...] = ()
    points: int = 0

    def __bool__(self) -> bool:
        return self.state == CORRECT

    def __str__(self) -> str:
        title = f"{self.exercise}: {self.state}" if self.exercise else self.state
        return f"{_LOOK[self.state][0]} {title}\n{self.message}"

    __repr__ = __str__

    def _repr_mimebundle_(self, **_):
        """Text, HTML and data: what JupyterLab shows, and what `attncourse status` reads."""
        record = {**asdict(self), "mistakes": list(self.mistakes)}
        return {"text/plain": str(self), "text/html": self._html(), MIME: record}

    def _html(self):
        mark, colour = _LOOK[self.state]
        title = f"{mark} {html.escape(self.exercise)} · {self.state}"
        return (
            f'<div style="border-left:4px solid {colour};padding:.3em .9em;max-width:52em">'
            f'<strong style="color:{colour}">{title}</strong>{_page(self.message)}</div>'
        )


def _page(message: str) -> str:
    """A message as HTML: sentences, and numbers under a line that announces them with a colon."""
    blocks, numbers = [], False
    for line in message.splitlines():
        if not line.startswith(" "):
            numbers = line.endswith(":")
        if numbers and line.startswith(" "):
            blocks.append(f'<pre style="{_NUMBERS}">{html.escape(line)}</pre>')
        else:
            text = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(line.strip()))
            blocks.append(f"<div>{text}</div>")
    return "".join(blocks)


@dataclass(frozen=True)
class Hint:
    """The hints revealed so far, mildest first."""

    exercise: str
    shown: tuple[str, ...]
    total: int

    def __str__(self) -> str:
        lines = [f"Hint {i} of {self.total}: {text}" for i, text in enumerate(self.shown, 1)]
        more = self.total > len(self.shown)
        last = "Call hint again for the next one." if more else "That was the last hint."
        return "\n".join([*lines, last])

    __repr__ = __str__

    def _repr_mimebundle_(self, **_):
        """Text and HTML."""
        items = "".join(f"<li>{html.escape(text)}</li>" for text in self.shown)
        last = html.escape(str(self).splitlines()[-1])
        page = f"<strong>Hints for {self.exercise}</strong><ol>{items}</ol><em>{last}</em>"
        return {"text/plain": str(self), "text/html": page}
