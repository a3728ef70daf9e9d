"""Numbers written short into a page, and alike on every machine."""

import numpy as np

_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_FINE = 8192  # up to so many weights get two letters each (steps of 1/4095), more get one (1/63)


def weights(values: np.ndarray) -> str:
    """Weights from 0 to 1, one after the other, as letters."""
    flat = np.clip(np.ravel(values), 0, 1)
    wide = 2 if flat.size <= _FINE else 1
    steps = np.round(flat * (64**wide - 1)).astype(int)
    letters = np.array(list(_DIGITS))
    digits = [letters[steps // 64**place % 64] for place in reversed(range(wide))]
    return "".join(map("".join, zip(*digits, strict=True)))


def rounded(values: np.ndarray, digits: int = 3) -> list:
    """Numbers as nested lists, with so many significant digits."""
    if np.ndim(values):
        return [rounded(value, digits) for value in values]
    short = float(f"{float(values):.{digits}g}")
    return int(short) if short.is_integer() and abs(short) < 1e6 else short
