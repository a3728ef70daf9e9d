"""Held-out text that shares no phrase with what is learned: whole modules, whole scripts.

A docstring has near twins in its own package, a character's name in its own script. Here every
package or script stands on one side only, so that no twin answers for what a model should know.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from attncourse.data import character_names
from attncourse.pinned import docstrings_by_module

SHARE, LARGEST = 0.1, 0.04  # of all the text: what is held out, and the largest group in it


class Split(NamedTuple):
    """Two parts of a data set, and the names of the groups that were held out."""

    seen: list
    held: list
    groups: tuple[str, ...]


def split_modules(seed: int = 0) -> Split:
    """Split the docstrings of Python's standard library by packages, a tenth of the text held out.

    Returns: docstrings to learn from, docstrings to judge by, the packages of the second.
    """
    modules = docstrings_by_module().items()
    pairs = [(_package(module), text) for module, texts in modules for text in texts]
    return split_groups(pairs, len, seed)


def split_scripts(seed: int = 0) -> Split:
    """Split the names of Unicode's characters by their first word, mostly the name of a script.

    Returns: names to learn from, names to judge by, and the first words of the second.
    """
    names = [name for name in character_names() if 2 <= len(name.split()) <= 12]
    return split_groups([(name.split()[0], name) for name in names], lambda name: 1, seed)


def split_groups(
    pairs: Iterable[tuple[str, str]], size: Callable[[str], int], seed: int = 0
) -> Split:
    """Hold out whole groups in a random order, until a tenth of the data is held out.

    Args:
        pairs: (group, text); size: how much a text counts.
        seed: of the order; a group with more than 4 % of the data always stays.
    """
    pairs, sizes = list(pairs), {}
    for group, text in pairs:
        sizes[group] = sizes.get(group, 0) + size(text)
    total, held = sum(sizes.values()), {}
    for group in np.random.default_rng(seed).permutation(sorted(sizes)).tolist():
        if sizes[group] <= LARGEST * total and sum(held.values()) < SHARE * total:
            held[group] = sizes[group]
    sides = ([text for group, text in pairs if (group in held) == side] for side in (False, True))
    return Split(*sides, tuple(sorted(held)))


def _package(module: str) -> str:
    """ "json/decoder" belongs to json, _pydecimal to decimal."""
    return module.split("/")[0].removeprefix("_py").strip("_")
