"""From numbers to colours: shades of one blue from 0, or of purple and orange around 0."""

from collections.abc import Iterable

import numpy as np

from attncourse.figures.canvas import Canvas
from attncourse.figures.ink import FAINT, MUTED, NEGATIVE, POSITIVE, WEIGHT
from attncourse.figures.lettering import number


class Scale:
    """One scale for all panels of a picture.

    Args:
        tables: the numbers that are not forbidden, of each panel.
        signed: colour around 0 instead of from 0.
        limit: number of the strongest shade; default 1, or the largest size when signed.
        label: name of the numbers.
    """

    def __init__(
        self, tables: Iterable[np.ndarray], *, signed: bool = False, limit=None, label: str = ""
    ):
        found = np.concatenate([np.ravel(table) for table in tables])
        low, high = (float(found.min()), float(found.max())) if found.size else (0.0, 0.0)
        self.signed, self.label = signed, label or ("score" if signed else "weight")
        self.limit = float(limit or (max(-low, high) or 1.0 if signed else 1.0))
        if not signed and (low < -1e-6 or high > self.limit * (1 + 1e-6)):
            rule = f"weights must lie in 0…{number(self.limit)} unless signed"
            raise ValueError(f"{rule}; got {number(low)}…{number(high)}")

    @property
    def ends(self) -> tuple[float, float]:
        """Numbers at the low and at the high end."""
        return (-self.limit if self.signed else 0.0, self.limit)

    @property
    def colours(self) -> tuple[str, str]:
        """Strongest shade above and below 0."""
        return (POSITIVE, NEGATIVE) if self.signed else (WEIGHT, WEIGHT)

    def strength(self, values) -> np.ndarray:
        """Shade of each number, from 0 (nothing) to ±1 (the strongest)."""
        return np.clip(np.nan_to_num(values) / self.limit, -1, 1)

    def shade(self, value: float) -> dict[str, str]:
        """Fill of a cell."""
        strength = float(self.strength(value))
        colour = self.colours[strength < 0]
        return {"fill": colour, "fill_opacity": f"{abs(strength):.2f}".replace("0.", ".")}

    def draw_bar(self, sheet: Canvas, x: float, y: float, height: float) -> None:
        """Draw the scale, its low end below."""
        low, high = self.ends
        sheet.draw("linearGradient", self._stops, id=self._name, x1=0, x2=0, y1=0, y2=1)
        sheet.rect(x, y, 12, height, fill=f"url(#{self._name})", stroke=FAINT)
        for value in (low, (low + high) / 2, high):
            at = y + 5 + (height - 10) * (1 - (value - low) / (high - low))
            sheet.text(x + 18, at, number(value), size=12, colour=MUTED)
        style = {"size": 12, "colour": MUTED, "anchor": "middle", "turn": -90}
        sheet.text(x - 9, y + height / 2, self.label, **style)

    @property
    def _name(self) -> str:
        return "signed" if self.signed else "weights"

    @property
    def _stops(self) -> str:
        """Shades from the high end to the low end."""
        above, below = self.colours
        ends = [(0, above, 1), (1, above, 0)]
        if self.signed:
            ends = [(0, above, 1), (0.5, above, 0), (0.5, below, 0), (1, below, 1)]
        return "".join(
            f"<stop offset='{at}' stop-color='{colour}' stop-opacity='{strength}'/>"
            for at, colour, strength in ends
        )
