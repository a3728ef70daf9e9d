"""Laws of weighted averages: where outputs can lie, what softmax keeps, how kernels end."""

import inspect

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from attncourse import pooling
from attncourse.data import diabetes

KERNELS = (
    pooling.gaussian_kernel,
    pooling.boxcar_kernel,
    pooling.triangular_kernel,
    pooling.epanechnikov_kernel,
)
SCORES = arrays(np.float64, array_shapes(min_dims=1, max_dims=4), elements=st.floats(-1e3, 1e3))
rng = np.random.default_rng(0)


def points(*shape):
    return rng.normal(size=shape)


def convex(*shape):
    return rng.dirichlet(np.ones(shape[-1]), size=shape[:-1])


@given(arrays(np.float64, (3, 7), elements=st.floats(1e-6, 1e6)))
def test_normalized_rows_sum_to_one_and_keep_proportions(weights):
    shares = pooling.normalize(weights)
    np.testing.assert_allclose(shares.sum(axis=-1), 1)
    np.testing.assert_allclose(shares * weights[:, :1], weights * shares[:, :1])


def test_normalize_leaves_a_row_of_zeros_at_zero():
    weights = np.array([[0.0, 0, 0], [1, 3, 0]])
    np.testing.assert_array_equal(pooling.normalize(weights), [[0, 0, 0], [0.25, 0.75, 0]])


def test_normalizing_twice_changes_nothing():
    shares = pooling.normalize(np.abs(points(2, 3, 5)))
    np.testing.assert_allclose(pooling.normalize(shares), shares)


@given(SCORES, st.data())
def test_softmax_is_positive_and_sums_to_one_along_any_axis(scores, data):
    axis = data.draw(st.integers(-scores.ndim, scores.ndim - 1))
    weights = pooling.softmax(scores, axis)
    assert np.all(weights >= 0)
    np.testing.assert_allclose(weights.sum(axis=axis), 1)


@given(SCORES)
def test_softmax_equals_pytorch(scores):
    expected = torch.softmax(torch.from_numpy(scores), dim=-1)
    np.testing.assert_allclose(pooling.softmax(scores), expected, atol=1e-12)


@given(arrays(np.float64, (3, 7), elements=st.floats(-50, 50)), st.floats(-1e3, 1e3))
def test_softmax_sees_only_differences(scores, constant):
    shifted = pooling.softmax(scores + constant)
    np.testing.assert_allclose(shifted, pooling.softmax(scores), atol=1e-9)


def test_softmax_keeps_rows_apart_that_no_common_shift_could():
    scores = np.array([[1000.0, 999.0], [-1000.0, -1001.0]])
    weights = pooling.softmax(scores)
    np.testing.assert_allclose(weights[0], weights[1])
    np.testing.assert_allclose(weights[0], 1 / (1 + np.exp([-1, 1])))


def test_convex_weights_stay_inside_the_hull():
    values, directions = points(7, 5), points(5, 500)
    shadows = values @ directions
    output = pooling.attention_pool(convex(30, 7), values) @ directions
    assert np.all(output <= shadows.max(axis=0) + 1e-12)
    assert np.all(output >= shadows.min(axis=0) - 1e-12)


def test_non_negative_weights_stay_inside_the_cone():
    values, directions = points(7, 3) + 1, points(3, 500)
    in_front = (values @ directions).min(axis=0) >= 0
    output = pooling.attention_pool(10 * rng.exponential(size=(30, 7)), values) @ directions
    assert in_front.any()
    assert np.all(output[:, in_front] >= 0)


def test_one_hot_weights_look_up_and_equal_weights_average():
    values, index = points(7, 3), rng.integers(7, size=5)
    np.testing.assert_array_equal(pooling.attention_pool(np.eye(7)[index], values), values[index])
    equal = pooling.attention_pool(np.full((1, 7), 1 / 7), values)
    np.testing.assert_allclose(equal[0], values.mean(axis=0))


def test_pooling_forgets_the_order_of_keys():
    weights, values, order = convex(5, 7), points(7, 3), rng.permutation(7)
    shuffled = pooling.attention_pool(weights[:, order], values[order])
    np.testing.assert_allclose(shuffled, pooling.attention_pool(weights, values))


def test_pooling_treats_each_batch_entry_alone():
    weights, values = convex(2, 3, 5, 7), points(2, 3, 7, 11)
    output = pooling.attention_pool(weights, values)
    np.testing.assert_allclose(output[1, 2], pooling.attention_pool(weights[1, 2], values[1, 2]))


@pytest.mark.parametrize("kernel", KERNELS)
def test_kernels_are_one_on_a_key_and_fall_with_distance(kernel):
    distance = np.linspace(0, 3, 31)[:, None]
    nearness = kernel(distance, np.zeros((1, 1)), 1.3)[:, 0]
    assert nearness[0] == 1
    assert np.all(np.diff(nearness) <= 0)
    assert np.all(nearness >= 0)


@pytest.mark.parametrize("kernel", KERNELS)
def test_kernels_measure_distance_in_widths(kernel):
    query, keys = points(5, 3), points(7, 3)
    np.testing.assert_allclose(kernel(query, keys, 1.5), kernel(4 * query, 4 * keys, 6.0))


@pytest.mark.parametrize("kernel", KERNELS[1:])
def test_bounded_kernels_end_at_the_width(kernel):
    edge = np.array([[0.99], [1.01]]) * 2.5
    nearness = kernel(edge, np.zeros((1, 1)), 2.5)[:, 0]
    assert nearness[0] > 0
    assert nearness[1] == 0


def test_gaussian_kernel_by_hand():
    query, keys = np.array([[0.0, 0.0]]), np.array([[3.0, 4.0], [0.0, 2.0]])
    expected = [[np.exp(-25 / 8), np.exp(-4 / 8)]]
    np.testing.assert_allclose(pooling.gaussian_kernel(query, keys, 2.0), expected)


def test_nadaraya_watson_is_gaussian_kernel_regression():
    query, keys, values = points(2, 5, 3), points(2, 7, 3), points(2, 7, 4)
    by_kernel = pooling.kernel_regression(query, keys, values, 0.9)
    np.testing.assert_allclose(pooling.nadaraya_watson(query, keys, values, 0.9), by_kernel)


def test_width_slides_from_lookup_to_mean():
    keys, values = points(7, 2), points(7, 3)
    query = keys[[2, 5]] + 1e-3
    lookup = pooling.nadaraya_watson(query, keys, values, 1e-2)
    np.testing.assert_allclose(lookup, values[[2, 5]], atol=1e-6)
    mean = pooling.nadaraya_watson(query, keys, values, 1e4)
    np.testing.assert_allclose(mean, np.tile(values.mean(axis=0), (2, 1)), atol=1e-6)


def test_a_far_query_gets_the_nearest_value_not_nan():
    keys, values = np.array([[0.0], [1.0]]), np.array([[4.0], [9.0]])
    far = pooling.nadaraya_watson(np.array([[1e3], [-1e3]]), keys, values, 0.5)
    np.testing.assert_allclose(far, [[9], [4]])
    nowhere = pooling.kernel_regression(np.array([[1e3]]), keys, values, 0.5)
    np.testing.assert_array_equal(nowhere, [[0]])


@given(arrays(np.float64, 5, elements=st.floats(-1e3, 1e3)))
def test_jacobian_rows_and_columns_sum_to_zero(scores):
    jacobian = pooling.softmax_jacobian(scores)
    np.testing.assert_allclose(jacobian, jacobian.T)
    np.testing.assert_allclose(jacobian.sum(axis=0), 0, atol=1e-12)


def test_jacobian_equals_autograd_for_every_row_of_a_batch():
    scores = 3 * points(4, 5)
    for row, jacobian in zip(scores, pooling.softmax_jacobian(scores), strict=True):
        expected = torch.autograd.functional.jacobian(torch.nn.Softmax(-1), torch.tensor(row))
        np.testing.assert_allclose(jacobian, expected, atol=1e-12)


def test_softmax_gradient_fades_when_scores_lie_apart():
    apart = pooling.softmax_jacobian(np.array([20.0, 0.0]))
    assert apart[0, 0] == pytest.approx(2e-9, rel=0.1)
    assert pooling.softmax_jacobian(np.array([20, 0], dtype=np.float32))[0, 0] == 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_result_keeps_the_dtype(dtype):
    query, keys, values = (points(*s).astype(dtype) for s in ((5, 3), (7, 3), (7, 2)))
    results = [kernel(query, keys, 1.5) for kernel in KERNELS]
    results += [pooling.nadaraya_watson(query, keys, values, 1.5), pooling.softmax_jacobian(query)]
    results += [pooling.normalize(results[0]), pooling.attention_pool(results[0], values)]
    assert {result.dtype for result in results} == {np.dtype(dtype)}


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (pooling.normalize, (np.array([1, -0.5]),), "non-negative; the smallest is -0.5"),
        (pooling.attention_pool, (np.ones((2, 5)), np.ones((7, 3))), "share N; got 5 and 7"),
        (pooling.squared_distance, (np.ones((2, 3)), np.ones((5, 4))), "share d; got 3 and 4"),
        (pooling.gaussian_kernel, (np.ones((2, 3)), np.ones((5, 3)), 0.0), "positive; got 0"),
        (pooling.boxcar_kernel, (np.ones((2, 3)), np.ones((5, 3)), -1.0), "positive; got -1"),
    ],
)
def test_errors_say_the_rule_and_the_sizes(function, arguments, message):
    with pytest.raises(ValueError, match=message) as caught:
        inspect.unwrap(function)(*arguments)  # past the shape checks of the test run
    assert "\n" not in str(caught.value)


def test_diabetes_parts_share_no_patient_and_cover_all():
    parts = diabetes()
    assert [len(part.features) for part in parts] == [262, 90, 90]
    rows = {tuple(row) for part in parts for row in part.features}
    assert len(rows) == 442


def test_diabetes_is_standardized_by_the_first_part_only():
    seen, choose, _ = diabetes("bmi", "bp", standardize=True)
    np.testing.assert_allclose(seen.features.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(seen.features.std(axis=0), 1)
    assert abs(choose.features.mean()) > 1e-3
    assert seen.progression.shape == (262, 1)
