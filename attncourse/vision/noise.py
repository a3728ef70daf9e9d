"""Noise: added to a picture, taken away again, and guided by words."""

import math

from jaxtyping import Float
from torch import Tensor


def add_noise(
    image: Float[Tensor, "*batch C side side"],
    noise: Float[Tensor, "*batch C side side"],
    t: Float[Tensor, "*batch"],
) -> Float[Tensor, "*batch C side side"]:
    """Turn a picture into noise by a quarter of a circle: at t = 0 the picture, at 1 the noise.

    x_t = cos(πt/2) · image + sin(πt/2) · noise: if both have variance 1, so has every x_t

    Source: Ho, Jain and Abbeel 2020, equation 4; the angle: Nichol and Dhariwal 2021, section 3.2.
    Derived in: lesson 14.
    """
    picture, noisy = _shares(t, image)
    return picture * image + noisy * noise


def clean(
    noisy: Float[Tensor, "*batch C side side"],
    noise: Float[Tensor, "*batch C side side"],
    t: Float[Tensor, "*batch"],
) -> Float[Tensor, "*batch C side side"]:
    """Take predicted noise away: the picture that x_t would hold if the prediction were right.

    image = (x_t − sin(πt/2) · noise) / cos(πt/2), kept between −1 and 1, as ink is

    Derived in: lesson 14.
    """
    picture, share = _shares(t, noisy)
    return ((noisy - share * noise) / picture).clamp(-1, 1)


def guided_noise(
    conditional: Float[Tensor, "*shape"], unconditional: Float[Tensor, "*shape"], scale: float
) -> Float[Tensor, "*shape"]:
    """Go further in the direction in which the words change the prediction.

    output = unconditional + scale · (conditional − unconditional)

    Args:
        conditional: noise predicted with the words.
        unconditional: noise predicted without them.
        scale: 0 ignores the words, 1 takes them as they are, more than 1 exaggerates.

    Source: Ho and Salimans 2022, equation 6, where w = scale − 1. Derived in: lesson 14.
    """
    return unconditional + scale * (conditional - unconditional)


def guided_gaussian(
    mean: Float[Tensor, "*shape"],
    variance: Float[Tensor, "*shape"],
    mean_all: Float[Tensor, "*shape"],
    variance_all: Float[Tensor, "*shape"],
    scale: float,
) -> tuple[Float[Tensor, "*shape"], Float[Tensor, "*shape"]]:
    """Mean and variance of what guidance aims at, if pictures are Gaussian numbers.

    p(x) ∝ N(x; mean, variance)^scale · N(x; mean_all, variance_all)^(1 − scale)

    Args:
        mean, variance: of the pictures that fit the words.
        mean_all, variance_all: of all pictures.

    Raises: ValueError if the precision, 1/variance, of the product is not positive.
    Source: Ho and Salimans 2022, section 3.2 (the product). Derived in: lesson 14's exercises.
    """
    precision = scale / variance + (1 - scale) / variance_all
    if not (precision > 0).all():
        raise ValueError(f"the precision must be positive; got {precision.min().item():.3g}")
    pulled = scale * mean / variance + (1 - scale) * mean_all / variance_all
    return pulled / precision, 1 / precision


def _shares(t: Tensor, like: Tensor) -> tuple[Tensor, Tensor]:
    """How much of the picture and how much noise there is at time t."""
    angle = t.view(*t.shape, *[1] * (like.ndim - t.ndim)) * math.pi / 2
    return angle.cos(), angle.sin()
