"""Alt text: what a picture says, put together from sentences."""

from collections.abc import Iterable, Sequence

import numpy as np

from attncourse.figures.lettering import number


def say(title: str, *sentences: str) -> str:
    """Join a title and sentences; what is empty is left out, each ends with a mark."""
    parts = [part.strip() for part in (title, *sentences) if part.strip()]
    return " ".join(part if part[-1] in ".?!" else f"{part}." for part in parts)


def listed(names: Iterable[str], values: Iterable[float], digits: int = 2) -> str:
    """dog 0.68, cat 0.17, saw forbidden."""
    pairs = zip(names, values, strict=True)
    return ", ".join(f"{name} {_value(value, digits)}" for name, value in pairs)


def vector(values: Sequence[float]) -> str:
    """(3.07, −1)."""
    return f"({', '.join(number(value) for value in values)})"


def rows(matrix: np.ndarray) -> str:
    """1, 2; 3, 4."""
    return "; ".join(", ".join(_value(value) for value in row) for row in np.atleast_2d(matrix))


def _value(value: float, digits: int = 2) -> str:
    return number(value, digits) if np.isfinite(value) else "forbidden"
