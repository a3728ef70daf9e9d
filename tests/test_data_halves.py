"""Halves of digits: the training part alone decides how they are scaled."""

import numpy as np

from attncourse.data import digit_halves


def test_halves_are_those_of_the_images():
    halves = digit_halves()
    assert halves.left.shape == halves.right.shape == (1797, 32)
    pixel = halves.images[:, 3, 2]
    assert np.corrcoef(pixel, halves.left[:, 3 * 4 + 2])[0, 1] > 0.9999


def test_only_the_training_part_is_centred():
    halves = digit_halves(n_train=1200)
    assert np.abs(halves.left[:1200].mean(axis=0)).max() < 1e-5
    assert np.abs(halves.left[1200:].mean(axis=0)).max() > 1e-3


def test_another_seed_gives_another_order():
    assert not np.array_equal(digit_halves(0).images, digit_halves(1).images)
