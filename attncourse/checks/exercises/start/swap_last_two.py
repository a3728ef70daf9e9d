"""Swap the last two axes of an array, however many stand before them."""

import numpy as np

from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake


def swap_last_two(x: np.ndarray) -> np.ndarray:
    """Swap the last two axes: (..., M, N) to (..., N, M).

    Args: x, at least two axes.
    Returns: a view of x.
    Raises: ValueError if there are fewer than two axes.
    Derived in: lesson 00.
    """
    if x.ndim < 2:
        raise ValueError(f"swapping two axes needs two; got shape {x.shape}")
    return np.swapaxes(x, -1, -2)


def _cases():
    rng = np.random.default_rng(0)
    return [
        Case("two axes", np.array([[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]])),
        Case("one row", rng.normal(size=(1, 5))),
        Case("one column", rng.normal(size=(5, 1))),
        Case("as many rows as columns", rng.normal(size=(3, 3))),
        Case("a batch axis", np.array([[[1.0, -2.0]], [[3.0, 4.0]]])),
        Case("a batch of one", rng.normal(size=(1, 3, 5))),
        Case("a batch axis", rng.normal(size=(2, 71, 67))),
        Case("two batch axes", rng.normal(size=(2, 3, 5, 7))),
        Case("two batch axes", rng.normal(size=(3, 2, 1, 5))),
        Case("three batch axes", rng.normal(size=(3, 2, 1, 7, 5))),
        Case("float32", rng.normal(size=(2, 3, 5)).astype("float32")),
        Case("whole numbers", rng.integers(-9, 9, size=(2, 5, 3))),
        Case("not contiguous", rng.normal(size=(5, 6, 7))[::2, :, ::3]),
    ]


def _with(x, *, axes="last two", flip="none", give="array"):
    swapped = {
        "last two": lambda: np.swapaxes(x, -1, -2),
        "all reversed": lambda: x.T,
        "first two": lambda: np.swapaxes(x, 0, 1),
        "first and last": lambda: np.swapaxes(x, 0, -1),
        "1 and 2": lambda: np.swapaxes(x, 1, 2),
        "rolled": lambda: np.moveaxis(x, -1, 0),
        "rolled left": lambda: np.moveaxis(x, 0, -1),
        "reshaped": lambda: x.reshape(*x.shape[:-2], x.shape[-1], x.shape[-2]),
        "none": lambda: x,
        "three axes": lambda: x.transpose(0, 2, 1),
        "four axes": lambda: x.transpose(0, 1, 3, 2),
        "one batch axis": lambda: np.swapaxes(x if x.ndim < 4 else x[0], -1, -2),
    }[axes]()
    turned = {
        "none": lambda: swapped,
        "rows": lambda: swapped[..., ::-1, :],
        "columns": lambda: swapped[..., ::-1],
        "both": lambda: swapped[..., ::-1, ::-1],
    }[flip]()
    return {"array": lambda: turned, "list": turned.tolist, "shape": lambda: turned.shape}[give]()


EXERCISE = Exercise(
    reference=swap_last_two,
    points=1,
    cases=_cases,
    hints=(
        "What should come out for shape (2, 3)? And for (5, 2, 3)?",
        "`x.T` reverses all axes, which is the same only where there are two.",
        "Count axes from the end: −1 is the last one, −2 the one before. That works with any "
        "number of axes in front. Which function of NumPy swaps two axes?",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "reversed-axes",
            "reversed all axes, not only the last two",
            "`.T` turns (B, M, N) into (N, M, B). The batch axes have to stay where they are.",
            axes="all reversed",
        ),
        Mistake(
            "swapped-first-two-axes",
            "swapped the first two axes",
            "Axes 0 and 1 are the last two only where there are two. Count from the end: −1, −2.",
            axes="first two",
        ),
        Mistake(
            "swapped-first-axis-last",
            "swapped the first axis with the last",
            "The axes to swap are the last one, −1, and the one before it, −2.",
            axes="first and last",
        ),
        Mistake(
            "counted-axes-front",
            "counted the axes from the front",
            "Axes 1 and 2 are the last two only where there are three. Count from the end: −1, −2.",
            axes="1 and 2",
        ),
        Mistake(
            "used-pytorch-s-transpose-numpy",
            "used PyTorch's transpose on a NumPy array",
            "NumPy's transpose takes the new order of all axes. What swaps two of them has another "
            "name.",
            lambda x: x.transpose(-2, -1),
        ),
        Mistake(
            "used-pytorch-s-transpose-numpy",
            "used PyTorch's transpose on a NumPy array",
            "NumPy's transpose takes the new order of all axes. What swaps two of them has another "
            "name.",
            lambda x: x.transpose(-1, -2),
        ),
        Mistake(
            "wrote-order-exactly-three-axes",
            "wrote an order for exactly three axes",
            "There may be two axes, or five. Count from the end: −1, −2.",
            axes="three axes",
        ),
        Mistake(
            "wrote-order-exactly-four-axes",
            "wrote an order for exactly four axes",
            "There may be two axes, or five. Count from the end: −1, −2.",
            axes="four axes",
        ),
        Mistake(
            "moved-last-axis-front",
            "moved the last axis to the front",
            "Swapping leaves all other axes in place; moving shifts them.",
            axes="rolled",
        ),
        Mistake(
            "moved-first-axis-end",
            "moved the first axis to the end",
            "Swapping leaves all other axes in place; moving shifts them.",
            axes="rolled left",
        ),
        Mistake(
            "reshaped",
            "reshaped instead of swapping",
            "The shape is right, but a reshape reads the numbers in the old order and fills them "
            "in row by row: rows do not become columns.",
            axes="reshaped",
        ),
        Mistake(
            "returned-x-came",
            "returned x as it came",
            "Nothing was swapped. NumPy's functions return a new array: return that one.",
            axes="none",
            alone=True,
        ),
        Mistake(
            "reversed-instead-of-swapping",
            "reversed the last two axes instead of swapping them",
            "Reversing changes the order along an axis. Swapping makes rows of the columns.",
            lambda x: x[..., ::-1, ::-1],
        ),
        Mistake(
            "kept-only-first-several-batch",
            "kept only the first of several batch axes",
            "Any number of axes may stand in front, and all of them stay.",
            axes="one batch axis",
        ),
        Mistake(
            "reversed-order-rows",
            "reversed the order of the rows",
            "Swapping turns rows into columns; it puts none of them upside down.",
            flip="rows",
        ),
        Mistake(
            "reversed-order-columns",
            "reversed the order of the columns",
            "Yours is a rotation by a quarter turn. Swapping keeps the order in rows and columns.",
            flip="columns",
        ),
        Mistake(
            "reversed-order-rows-columns",
            "reversed the order of rows and columns",
            "Swapping turns rows into columns; it reverses none of them.",
            flip="both",
        ),
        Mistake(
            "returned-list",
            "returned a list",
            "Return the array itself.",
            give="list",
        ),
        Mistake(
            "returned-shape",
            "returned the shape",
            "The shape is right; asked is the array that has it.",
            give="shape",
        ),
    ),
    laws=(
        Law(
            "the last two sizes change places, all others stay",
            lambda result, x: result.shape == (*x.shape[:-2], x.shape[-1], x.shape[-2]),
        ),
        Law(
            "the entry at (i, j) comes to (j, i)",
            lambda result, x: bool((result[..., -1, 0] == x[..., 0, -1]).all()),
        ),
    ),
    sizes=lambda x: {"M": x.shape[-2], "N": x.shape[-1]},
    verified="two to five axes, one row, one column, a batch of one, whole numbers, float32; "
    "all axes in front stay",
)
