"""Answers to lesson 00 as learners write them: right ones, however written, and wrong ones."""

import einops
import numpy as np


def by_loops(x):
    output = np.empty((*x.shape[:-2], x.shape[-1], x.shape[-2]), dtype=x.dtype)
    for i in range(x.shape[-2]):
        for j in range(x.shape[-1]):
            output[..., j, i] = x[..., i, j]
    return output


def by_order(x):
    return x.transpose([*range(x.ndim - 2), x.ndim - 1, x.ndim - 2])


def by_stack(x):
    return np.stack([x[..., j] for j in range(x.shape[-1])], axis=-2)


def by_recursion(x):
    return x.T if x.ndim == 2 else np.array([by_recursion(part) for part in x])


def plus_on_the_original(x):
    x += 0.0 if x.dtype.kind == "f" else 0
    x[...] = x[..., ::-1]
    return np.swapaxes(x, -1, -2)[..., ::-1, :]


# without_hidden -----------------------------------------------------------------------------------


def _without_by_loops(weights, hidden):
    result = np.zeros_like(weights)
    for place in np.ndindex(weights.shape[:-1]):
        allowed = ~hidden[place]
        result[place][allowed] = weights[place][allowed] / weights[place][allowed].sum()
    return result


def _without_by_copy(weights, hidden):
    kept = weights.copy()
    kept[hidden] = 0
    return kept / kept.sum(-1)[..., None]


def _without_in_place(weights, hidden):
    weights[hidden] = 0
    return weights / weights.sum(axis=-1, keepdims=True)


def _without_by_masked_array(weights, hidden):
    kept = np.ma.array(weights, mask=hidden)
    return (kept / kept.sum(axis=-1, keepdims=True)).filled(0)


def _without_and_then_over_keys(weights, hidden):
    kept = np.where(hidden, 0, weights)
    return kept / kept.sum(axis=-2, keepdims=True)


RIGHT = {
    "shape_of_weights": [
        lambda: (2, 5, 3),
        lambda: [2, 5, 3],
        lambda: np.ones((2, 5, 3)).shape,
        lambda: (2.0, 5.0, 3.0),
        lambda: (np.ones((2, 5, 4)) @ np.ones((2, 4, 3))).shape,
    ],
    "without_hidden": [
        _without_by_loops,
        _without_by_copy,
        _without_by_masked_array,
        lambda weights, hidden: (
            np.where(hidden, 0, weights) / np.where(hidden, 0, weights).sum(-1, keepdims=True)
        ),
        lambda weights, hidden: (
            weights * (1 - hidden) / np.einsum("...n,...n->...", weights, 1.0 - hidden)[..., None]
        ),
        lambda w, hidden: (w * ~hidden).T.__truediv__((w * ~hidden).T.sum(0)).T,
    ],
    "swap_last_two": [
        lambda x: np.swapaxes(x, -1, -2),
        lambda x: np.moveaxis(x, -1, -2),
        lambda x: np.einsum("...ij->...ji", x),
        lambda x: np.matrix_transpose(x),
        lambda x: x.mT,
        lambda x: x.swapaxes(-2, -1).copy(),
        lambda x: einops.rearrange(x, "... i j -> ... j i"),
        by_loops,
        by_order,
        by_stack,
        by_recursion,
    ],
}

WRONG = {
    "shape_of_weights": [
        (lambda: (2, 3, 5), "put the keys down"),
        (lambda: (5, 3), "forgot the batch"),
        (lambda: [2, 5, 4], "kept the dimension"),
        (lambda: (2, 5, 6), ""),
    ],
    "without_hidden": [
        (lambda w, hidden: w * hidden / (w * hidden).sum(-1, keepdims=True), "kept the hidden"),
        (lambda w, hidden: np.where(hidden, 0, w), "did not normalise"),
        (lambda w, hidden: w / w.sum(-1, keepdims=True), "removed nothing"),
        (_without_and_then_over_keys, "normalised the columns"),
        (_without_in_place, "changed the argument"),
    ],
    "swap_last_two": [
        (lambda x: np.transpose(x), "reversed all axes"),
        (lambda x: np.einsum("ij...->ji...", x), "swapped the first two axes"),
        (lambda x: np.moveaxis(x, 1, 0), "swapped the first two axes"),
        (lambda x: np.transpose(x, (0, 2, 1)), "exactly three axes"),
        (lambda x: einops.rearrange(x, "b i j -> b j i"), "exactly 3 axes"),
        (lambda x: np.reshape(x, x.swapaxes(-1, -2).shape), "reshaped"),
        (lambda x: np.resize(x, x.swapaxes(-1, -2).shape), "reshaped"),
        (lambda x: np.rot90(x, axes=(-2, -1)), "reversed the order"),
        (lambda x: np.rot90(x, k=-1, axes=(-2, -1)), "reversed the order"),
        (lambda x: np.swapaxes(x, -1, -2)[..., ::-1, ::-1], "reversed the order of rows and col"),
        (lambda x: np.roll(np.swapaxes(x, -1, -2), 1, axis=-1), "off by one"),
        (lambda x: -np.swapaxes(x, -1, -2), "flipped the sign"),
        (lambda x: x, "as it came"),
        (lambda x: np.swapaxes(x, -1, -2).shape, "returned the shape"),
        (lambda x: np.swapaxes(x, -1, -2).tolist(), "returned a list"),
        (lambda x: print(np.swapaxes(x, -1, -2)), "returned nothing"),
        (lambda x: np.swapaxes(x, -1, -2).astype(np.float32), "float32"),
        (lambda x: np.swapaxes(x, -1, -2)[None], "returned shape (1, 3, 2), not (3, 2)"),
        (lambda x: np.swapaxes(x, -1, -2).squeeze(), "returned shape (5,), not (5, 1)"),
        (lambda x: x.T[::-1], "reversed"),
        (plus_on_the_original, "changed the argument"),
    ],
}
