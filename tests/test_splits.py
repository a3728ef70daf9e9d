"""Laws of splits: groups stand on one side, and nothing is lost."""

import pytest

from attncourse.splits import split_groups, split_modules, split_scripts

PAIRS = [(group, f"{group}{i}") for group in "abcdefghijklmnopqrstuvwxyz" for i in range(4)]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_group_stands_on_one_side(seed):
    split = split_groups(PAIRS, len, seed)
    assert {text[0] for text in split.seen}.isdisjoint(split.groups)
    assert {text[0] for text in split.held} == set(split.groups)
    assert sorted(split.seen + split.held) == sorted(text for _, text in PAIRS)


def test_a_tenth_is_held_out_and_no_large_group():
    pairs = [("large", "text")] * 20 + PAIRS
    for seed in range(9):
        split = split_groups(pairs, lambda text: 1, seed)
        assert "large" not in split.groups
        assert len(split.held) == pytest.approx(0.1 * len(pairs), abs=4)


def test_the_seed_decides():
    assert split_groups(PAIRS, len, 1) == split_groups(PAIRS, len, 1)
    assert split_groups(PAIRS, len, 1).groups != split_groups(PAIRS, len, 2).groups


def test_packages_are_held_out_whole():
    split = split_modules(0)
    assert set(split.seen).isdisjoint(split.held)
    assert sum(map(len, split.held)) == pytest.approx(90_000, rel=0.2)


def test_scripts_are_held_out_whole():
    split = split_scripts(0)
    assert {name.split()[0] for name in split.seen}.isdisjoint(split.groups)
    assert len(split.held) == pytest.approx(2700, rel=0.1)
