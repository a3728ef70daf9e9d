"""Numbers written short into a page, and alike on every machine."""

import base64

import numpy as np

FINE = 2000  # up to so many weights are written to 1/4095, more to 1/255


def weights(values: np.ndarray) -> str:
    """Weights from 0 to 1, one after the other, as letters (base 64): 12 or 8 bits each."""
    flat = np.clip(np.ravel(values), 0, 1)
    if flat.size > FINE:
        return base64.b64encode(np.round(flat * 255).astype(np.uint8).tobytes()).decode()
    steps = np.round(np.append(flat, 0.0 * flat[: flat.size % 2]) * 4095).astype(int)
    first, second = steps[0::2], steps[1::2]
    bytes_ = np.stack([first >> 4, (first & 15) << 4 | second >> 8, second & 255], axis=1)
    return base64.b64encode(bytes_.astype(np.uint8).tobytes()).decode()


def rounded(values: np.ndarray, digits: int = 3) -> list:
    """Numbers as nested lists, with so many significant digits."""
    if np.ndim(values):
        return [rounded(value, digits) for value in values]
    short = float(f"{float(values):.{digits}g}")
    return int(short) if short.is_integer() and abs(short) < 1e6 else short
