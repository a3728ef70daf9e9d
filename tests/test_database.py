"""Lookups: exact, nearest, top-k and soft, and how they are limits of one another."""

from inspect import unwrap

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attncourse import database
from attncourse.database import (
    attend,
    exact_lookup,
    nearest_lookup,
    soft_lookup,
    soft_weights,
)

KEYS = np.array([[0.0, 0.0], [3.0, 4.0], [6.0, 0.0]])
VALUES = np.array([[1.0, 10.0, 5.0], [2.0, 20.0, 0.0], [4.0, 40.0, 8.0]])
NAMES = np.array(["origin", "north", "east"])


@st.composite
def tables(draw):
    """A random query and table: (query, keys, values)."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    N, d_k, d_v = draw(st.tuples(st.integers(1, 9), st.integers(1, 5), st.integers(1, 4)))
    return rng.normal(size=d_k), rng.normal(size=(N, d_k)), rng.normal(size=(N, d_v))


def test_exact_lookup_by_hand():
    assert exact_lookup(np.array([3.0, 4.0]), KEYS, NAMES) == "north"
    np.testing.assert_array_equal(exact_lookup(KEYS[2], KEYS, VALUES), VALUES[2])


def test_a_missing_key_has_no_valid_answer():
    with pytest.raises(KeyError, match=r"no valid answer: \[3\.0, 5\.0\] is none of the 3 keys"):
        exact_lookup(np.array([3.0, 5.0]), KEYS, VALUES)


def test_of_equal_keys_the_first_answers():
    doubled = np.concatenate([KEYS, KEYS])
    values = np.arange(6.0)[:, None]
    assert exact_lookup(KEYS[1], doubled, values) == nearest_lookup(KEYS[1], doubled, values) == 1


def test_nearest_by_hand():
    query = np.array([4.0, 3.0])
    np.testing.assert_array_equal(database.squared_distances(query, KEYS), [25, 2, 13])
    assert nearest_lookup(query, KEYS, NAMES) == "north"


def test_soft_weights_by_hand():
    weights = soft_weights(np.array([0.0]), np.array([[0.0], [1.0]]), temperature=1.0)
    np.testing.assert_allclose(weights, [np.e / (np.e + 1), 1 / (np.e + 1)])


def test_attention_by_hand():
    query, keys = np.array([[1.0, 1.0], [0.0, 0.0]]), np.array([[2.0, 0.0], [1.0, 1.0]])
    values = np.array([[10.0], [20.0]])
    np.testing.assert_allclose(attend(query, keys, values), [[15], [15]])
    sure = attend(np.array([[3.0, 0.0]]), keys, values)
    np.testing.assert_allclose(sure, [[(10 * np.e**3 + 20) / (np.e**3 + 1)]])


@given(tables())
def test_one_hot_values_give_the_weights_and_each_query_answers_alone(table):
    query, keys, values = table
    weights = attend(np.stack([query, 2 * query]), keys, np.eye(len(keys)))
    np.testing.assert_allclose(weights.sum(axis=1), [1, 1])
    np.testing.assert_allclose(weights[:1] @ values, attend(query[None], keys, values))


def test_attention_with_scores_in_the_thousands_is_a_lookup():
    output = attend(1e6 * KEYS[1:], KEYS, VALUES)
    np.testing.assert_array_equal(output, VALUES[[1, 2]])


@given(tables())
def test_a_key_of_the_table_finds_its_own_value(table):
    _, keys, values = table
    for key, value in zip(keys, values, strict=True):
        np.testing.assert_array_equal(exact_lookup(key, keys, values), value)


@given(tables(), st.floats(1e-6, 1e6))
def test_soft_weights_share_out_one(table, temperature):
    query, keys, _ = table
    weights = soft_weights(query, keys, temperature)
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(), 1)


@given(tables())
def test_a_small_temperature_gives_the_nearest_value_and_a_large_one_the_mean(table):
    mean = table[-1].mean(axis=0)
    np.testing.assert_allclose(soft_lookup(*table, 1e-12), nearest_lookup(*table), atol=1e-6)
    np.testing.assert_allclose(soft_lookup(*table, 1e12), mean, atol=1e-9)


@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_the_entries_changes_no_answer(table, random):
    query, keys, values = table
    order = random.sample(range(len(keys)), len(keys))
    shuffled = query, keys[order], values[order]
    np.testing.assert_allclose(soft_lookup(*shuffled), soft_lookup(*table))
    np.testing.assert_array_equal(nearest_lookup(*shuffled), nearest_lookup(*table))


def test_a_query_far_from_everything_still_gets_finite_weights():
    weights = soft_weights(np.array([1e6, -1e6]), KEYS, temperature=1e-3)
    assert weights.tolist() == [0, 0, 1]


def test_float32_stays_float32():
    table = [array.astype(np.float32) for array in (KEYS[0] + 1, KEYS, VALUES)]
    assert soft_lookup(*table).dtype == nearest_lookup(*table).dtype == np.float32


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: unwrap(exact_lookup)(KEYS, KEYS, NAMES), r"got \(3, 2\) and \(3, 2\)"),
        (
            lambda: unwrap(nearest_lookup)(np.ones(4), KEYS, NAMES),
            r"\(N, d_k\); got \(4,\) and \(3, 2\)",
        ),
        (lambda: unwrap(soft_lookup)(np.ones(2), KEYS, VALUES[:2]), "must share N; got 3 and 2"),
        (lambda: nearest_lookup(np.ones(2), KEYS[:0], NAMES[:0]), "at least one entry; got 0"),
        (lambda: unwrap(attend)(KEYS[0], KEYS, VALUES), r"shape \(M, d_k\), M from 1; got \(2,\)"),
        (lambda: soft_lookup(np.ones(2), KEYS, VALUES, 0.0), "must be positive; got 0.0"),
    ],
)
def test_errors_say_the_rule_and_the_sizes(wrong, message):
    # Unwrapped: the learner's run has no shape checks in front of ours.
    with pytest.raises(ValueError, match=message):
        wrong()
