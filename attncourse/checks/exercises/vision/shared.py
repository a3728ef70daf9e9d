"""What the exercises on the contrast of pictures and sentences share."""

from attncourse.checks.exercises.inputs import normal


def matched_pairs(seed, n, d, noise=1.0, **options):
    """Vectors of n pictures and their n sentences, of many norms, like their partners."""
    image = normal(seed, n, d, **options)
    return image, 3 * (image + noise * normal(seed + 40, n, d, **options))
