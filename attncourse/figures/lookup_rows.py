"""From a text to its matrix: each token, its id, and the row of the table that the id picks."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from attncourse.figures import given
from attncourse.figures.canvas import Canvas
from attncourse.figures.ink import BLUE, MUTED, TEXT, TINT
from attncourse.figures.lettering import number, width
from attncourse.figures.picture import MARGIN, WIDTH, Picture, picture
from attncourse.figures.saying import say, vector
from attncourse.figures.scale import Scale

HIGH, STEP = 30, 26  # of a box; room for an arrow between two, in pixels


def lookup_rows(
    tokens: Sequence[str],
    ids: Sequence[int],
    X: ArrayLike,
    *,
    text: str = "",
    title: str = "",
    alt: str | None = None,
) -> Picture:
    """Draw how a text becomes a matrix: text → tokens → token ids → rows of the table, which are X.

    Args:
        tokens, ids: T of each.
        X: T × d, the row of the table for each id; only the first numbers where there are many.
        text: the whole text, written above.
    """
    X = given.array(X, 2, "X")
    given.names(ids, len(X), "row of X")
    strip = _Strip([str(token) for token in tokens], given.names(ids, len(tokens), "token"), X)
    strip.draw(text)
    rows = [f"{t} → {i} → {vector(x[:4])}" for t, i, x in zip(tokens, ids, X, strict=True)]
    said = say(title, f"{text or 'A text'}: {len(X)} tokens, their ids and rows", *rows)
    return picture(strip.sheet, *strip.size, title=title, alt=said if alt is None else alt)


class _Strip:
    """One column for each token; what a line shows is named at the left."""

    def __init__(self, tokens: Sequence[str], ids: Sequence[str], X: np.ndarray):
        self.tokens, self.ids, self.sheet = tokens, ids, Canvas()
        self.X, self.more = X[:, :4], X.shape[1] > 4
        self.left = width("row of the table", bold=True) + 18
        self.wide = min((WIDTH - 2 * MARGIN - self.left) / len(tokens), 84.0)
        self.size = [self.left + self.wide * len(tokens), 0.0]

    def draw(self, text: str) -> None:
        """Line below line, with arrows between."""
        if text:
            self._name("text")
            self.sheet.text(self.left + 3, HIGH / 2, text, size=15)
            self.size[1] += HIGH + STEP
        for name, row in (("tokens", self.tokens), ("token ids", self.ids)):
            self._boxes(name, row, boxed=name == "tokens")
        self._rows()

    def _name(self, name: str, high: float = HIGH) -> None:
        place = self.left - 12, self.size[1] + high / 2
        self.sheet.text(*place, name, anchor="end", bold=True)

    def _boxes(self, name: str, row: Sequence[str], *, boxed: bool) -> None:
        """One line of words or numbers, each with an arrow to what it becomes."""
        self._name(name)
        y = self.size[1]
        for j, said in enumerate(row):
            x, middle = self.left + j * self.wide, self.left + (j + 0.5) * self.wide
            if boxed:
                self.sheet.frame(x + 2, y, self.wide - 4, HIGH, stroke=BLUE, fill=TINT)
            shown, colour = said.replace(" ", "␣"), TEXT[BLUE] if boxed else None
            style = {"colour": colour} if colour else {}
            self.sheet.text(middle, y + HIGH / 2, shown, anchor="middle", **style)
            self.sheet.arrow([(middle, y + HIGH + 2), (middle, y + HIGH + STEP - 3)], head=6)
        self.size[1] += HIGH + STEP

    def _rows(self) -> None:
        """The rows of the table, standing on end."""
        scale, y = Scale([self.X], signed=True), self.size[1]
        high = 26.0 * self.X.shape[1]
        self._name("row of the table", high)
        for (j, c), value in np.ndenumerate(self.X):
            place = self.left + j * self.wide + 2, y + 26 * c, self.wide - 4, 26
            self.sheet.rect(*place, **scale.shade(0.6 * value))
            middle = place[0] + place[2] / 2, place[1] + 13
            self.sheet.text(*middle, number(value), size=12, anchor="middle")
        for j in range(len(self.X)):
            edge = self.left + j * self.wide + 2, y, self.wide - 4, high
            self.sheet.frame(*edge, fill="none")
        if self.more:
            self.sheet.text(self.left + 3, y + high + 9, "and so on", size=12, colour=MUTED)
        self.size[1] += high + 16 * self.more
