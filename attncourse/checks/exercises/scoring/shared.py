"""What the exercises on scoring share."""

import torch

from attncourse.checks.engine.exercise import Case, Law, Mistake
from attncourse.checks.exercises.inputs import DOUBLE, normal


def pair(seed, *batch, M=5, N=7, d=6, dtype=DOUBLE, spread=1.0):
    query = normal(2 * seed, *batch, M, d, dtype=dtype, spread=spread)
    return query, normal(2 * seed + 1, *batch, N, d, dtype=dtype, spread=spread)


def pair_cases(seed, *, steep=True):
    """Queries and keys of one width; `steep`: the score of numbers has a gradient."""
    query = torch.tensor([[1.0, 2.0, -1.0, 0.5, 3.0], [0.0, -1.0, 2.0, 1.0, 1.0]], dtype=DOUBLE)
    key = torch.tensor([[2, 0, 1, 4, -1], [1, 1, 0, 2, 0], [-3, 1, 1, 0, 2.0]], dtype=DOUBLE)
    strided = tuple(x.mT.contiguous().mT for x in pair(seed + 8))
    return [
        Case("plain", query, key),
        Case("one key", *pair(seed, M=3, N=1)),
        Case("one query", *pair(seed + 1, M=1)),
        Case("more queries than keys", *pair(seed + 2, M=7, N=3)),
        Case("M = N", *pair(seed + 3, M=3, N=3)),
        Case("dimension 1", *pair(seed + 4, d=1), gradient=steep),
        Case("one batch axis", *pair(seed + 5, 2, M=67, N=71)),
        Case("two batch axes", *pair(seed + 6, 2, 3)),
        Case("a batch of one", *pair(seed + 11, 1, M=3, N=6)),
        Case("float32", *pair(seed + 7, M=3, dtype=torch.float32)),
        Case("not contiguous", *strided),
        Case("long vectors", *pair(seed + 9, M=3, spread=100.0)),
        Case("short vectors", *pair(seed + 10, M=3, spread=0.03), rtol=1e-4),
    ]


def sizes(query, key, *_):
    return {"d_k": key.shape[-1], "M": query.shape[-2], "N": key.shape[-2]}


def same_rows(result, query, key, *_):
    return result.shape == (*query.shape[:-1], key.shape[-2])


def first_score(score):
    """A law: the first entry is the score of the first query and the first key."""

    def holds(result, query, key, *parameters):
        alone = score(query[..., :1, :], key[..., :1, :], *parameters)
        return torch.allclose(result[..., :1, :1], alone, rtol=1e-3, atol=1e-5)

    return Law("the first score is what the formula gives for the first query and key", holds)


SHAPE = Law("there is one row per query and one column per key", same_rows)


def arranged(scores, rows):
    """The knob `rows`: what stands where in the finished scores."""
    return scores.mT if rows == "keys" else scores


KEYS_DOWN = Mistake(
    "put-keys-down-queries-across",
    "put the keys down and the queries across",
    "Your result is transposed. Rows are queries, columns are keys: (…, M, N).",
    rows="keys",
)


SOFTMAX = Mistake(
    "went-softmax",
    "went on to the softmax",
    "A score is what goes into the softmax. Return it as it is: it may be negative and need not "
    "sum to 1.",
    after="softmax",
)


def mistake_of_t(product):
    return Mistake(
        "used-t-batch",
        "used .T on a batch",
        "`.T` reverses all axes, the batch too. Swap only the last two: `.mT`.",
        product,
    )


def mistake_of_front(product):
    return Mistake(
        "counted-axes-front",
        "counted the axes from the front",
        "That fits one number of batch axes only. Count from the end, −2 and −1, and any number "
        "works.",
        product,
    )


def mistake_of_two_axes(product):
    return Mistake(
        "wrote-inputs-without-batch-axes",
        "wrote it for inputs without batch axes",
        "Any number of axes may stand in front of the last two: write `...` for them in einsum, "
        "`.mT` where you have `.T`, and count axes from the end.",
        product,
    )


def mistake_of_half(product):
    return Mistake(
        "computed-half-precision",
        "computed in half precision",
        "float16 keeps three digits and ends at 65,504. Compute in the dtype that came in.",
        product,
    )


def mistake_of_reshape(product):
    return Mistake(
        "reshaped-keys",
        "reshaped the keys instead of turning them",
        "The shape fits, but a reshape reads the numbers in the old order: rows do not become "
        "columns.",
        product,
    )


def reshaped(x):
    return x.reshape(*x.shape[:-2], x.shape[-1], x.shape[-2])


def mistake_of_position(product):
    return Mistake(
        "compared-only-query-key-same",
        "compared only the query and key of the same position",
        "Every query meets every key: M × N scores, also where M ≠ N.",
        product,
    )
