"""Inputs that are the same on every machine, made once for all exercises."""

import torch

DOUBLE = torch.float64


def normal(seed, *shape, dtype=DOUBLE, spread=1.0):
    """Normal numbers by seed; drawn in float64, so that every dtype rounds the same numbers."""
    generator = torch.Generator().manual_seed(seed)
    return (spread * torch.randn(shape, generator=generator, dtype=DOUBLE)).to(dtype)


def by_shape(*shape, seed=0, dtype=DOUBLE):
    """Normal numbers whose seed comes from the shape: `seed` keeps two of one shape apart."""
    return normal(sum(shape) + seed, *shape, dtype=dtype)


def integers(seed, low, high, *shape):
    """Whole numbers from `low` to `high − 1`."""
    return torch.randint(low, high, shape, generator=torch.Generator().manual_seed(seed))


def some_mask(seed, *shape):
    """A mask that hides about a third of the keys, but never a whole row or nothing of it."""
    generator = torch.Generator().manual_seed(seed)
    order = torch.rand(shape, generator=generator).argsort(-1)
    return order >= max(1, shape[-1] // 3)


def blind_row(mask):
    """The same mask, with one query that may attend to nothing."""
    mask = mask.clone()
    mask[..., 1, :] = False
    return mask
