"""Hints, revealed one by one."""

import html
from dataclasses import dataclass

from attncourse.checks.engine.page import prose


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
        items = "".join(f"<li>{prose(text)}</li>" for text in self.shown)
        last = html.escape(str(self).splitlines()[-1])
        page = f"<strong>Hints for {self.exercise}</strong><ol>{items}</ol><em>{last}</em>"
        return {"text/plain": str(self), "text/html": page}
