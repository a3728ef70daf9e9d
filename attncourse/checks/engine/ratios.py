"""One number by which a result differs from the right one: a factor, an offset, one per row."""

import numpy as np

POWERS = {
    0.5: "√{}",
    -0.5: "1/√{}",
    1.0: "{}",
    -1.0: "1/{}",
    2.0: "{}²",
    -2.0: "1/{}²",
    0.25: "{}^(1/4)",
    -0.25: "{}^(−1/4)",
}


def ratio(right: np.ndarray, seen: np.ndarray) -> float | None:
    """The one number by which all entries differ, or None."""
    large = np.abs(right) > 1e-6 * np.abs(right).max(initial=0.0)
    if right.shape != seen.shape or not large.any() or not np.isfinite(seen).all():
        return None
    with np.errstate(all="ignore"):
        ratios = seen[large] / right[large]
    if not np.isfinite(ratios).all() or not np.allclose(seen[~large], 0, atol=1e-4):
        return None
    return float(ratios[0]) if np.ptp(ratios) <= 2e-4 * abs(ratios[0]) else None


def factor_name(ratios: list[float | None], sizes: list[dict[str, int]]) -> str | None:
    """Say the factor by name ("√d_k", "1/N", "2"), if one explains every case."""
    if not ratios or None in ratios or np.allclose(ratios, 1.0, rtol=2e-4):
        return None
    if np.ptp(ratios) <= 2e-4 * abs(ratios[0]) and len(ratios) > 1:
        return f"{ratios[0]:.4g}"
    for name in sizes[0]:
        known = np.array([float(size.get(name, np.nan)) for size in sizes])
        for power, pattern in POWERS.items():
            for sign, mark in ((1.0, ""), (-1.0, "−")):
                if np.allclose(ratios, sign * known**power, rtol=2e-4):
                    return mark + pattern.format(name)
    return None


def row_factors(right: np.ndarray, seen: np.ndarray) -> bool:
    """Whether every row is the right one times a number of its own, not the same for all."""
    if right.shape != seen.shape or right.ndim < 1 or right.shape[-1] < 2:
        return False
    if not np.isfinite(seen).all():
        return False
    top = np.abs(right).argmax(-1)[..., None]
    with np.errstate(all="ignore"):
        scale = np.take_along_axis(seen, top, -1) / np.take_along_axis(right, top, -1)
        scaled = right * scale
    if not np.isfinite(scaled).all() or not np.all(scale):
        return False
    return bool(np.allclose(scaled, seen, rtol=2e-4, atol=1e-7))


def offset(right: np.ndarray, seen: np.ndarray) -> float | None:
    """The one number that was added to every entry, or None."""
    if right.shape != seen.shape or right.size < 2 or not np.isfinite([right, seen]).all():
        return None
    difference = seen - right
    spread = 1e-5 * max(1.0, np.abs(right).max())
    constant = np.ptp(difference) <= spread < abs(difference.flat[0])
    return float(difference.flat[0]) if constant else None
