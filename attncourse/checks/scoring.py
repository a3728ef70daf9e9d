"""Exercises of lesson 03: how well a query fits a key."""

from functools import partial

import torch
from torch.nn.functional import cosine_similarity, normalize

from attncourse import scoring
from attncourse.checks.core import Case, Exercise, Law, Mistake

DOUBLE = torch.float64


def _random(seed, *shape, dtype=DOUBLE, spread=1.0):
    generator = torch.Generator().manual_seed(seed)
    return (spread * torch.randn(shape, generator=generator, dtype=DOUBLE)).to(dtype)


def _pair(seed, *batch, M=5, N=7, d=6, dtype=DOUBLE, spread=1.0):
    query = _random(2 * seed, *batch, M, d, dtype=dtype, spread=spread)
    return query, _random(2 * seed + 1, *batch, N, d, dtype=dtype, spread=spread)


def _pair_cases(seed, *, steep=True):
    """Queries and keys of one width; `steep`: the score of numbers has a gradient."""
    query = torch.tensor([[1.0, 2.0, -1.0, 0.5, 3.0], [0.0, -1.0, 2.0, 1.0, 1.0]], dtype=DOUBLE)
    key = torch.tensor([[2, 0, 1, 4, -1], [1, 1, 0, 2, 0], [-3, 1, 1, 0, 2.0]], dtype=DOUBLE)
    strided = tuple(x.mT.contiguous().mT for x in _pair(seed + 8))
    return [
        Case("plain", query, key),
        Case("one key", *_pair(seed, M=3, N=1)),
        Case("one query", *_pair(seed + 1, M=1)),
        Case("more queries than keys", *_pair(seed + 2, M=7, N=3)),
        Case("M = N", *_pair(seed + 3, M=3, N=3)),
        Case("width 1", *_pair(seed + 4, d=1), gradient=steep),
        Case("one batch axis", *_pair(seed + 5, 2)),
        Case("two batch axes", *_pair(seed + 6, 2, 3)),
        Case("a batch of one", *_pair(seed + 11, 1, M=3, N=6)),
        Case("float32", *_pair(seed + 7, M=3, dtype=torch.float32)),
        Case("not contiguous", *strided),
        Case("long vectors", *_pair(seed + 9, M=3, spread=100.0)),
        Case("short vectors", *_pair(seed + 10, M=3, spread=0.03), rtol=1e-4),
    ]


def _sizes(query, key, *_):
    return {"d_k": key.shape[-1], "M": query.shape[-2], "N": key.shape[-2]}


def _same_rows(result, query, key, *_):
    return result.shape == (*query.shape[:-1], key.shape[-2])


def _first_score(score):
    """A law: the first entry is the score of the first query and the first key."""

    def holds(result, query, key, *parameters):
        alone = score(query[..., :1, :], key[..., :1, :], *parameters)
        return torch.allclose(result[..., :1, :1], alone, rtol=1e-3, atol=1e-5)

    return Law("the first score is that of the first query and the first key", holds)


_SHAPE = Law("there is one row per query and one column per key", _same_rows)

# Mistakes that every score shares -----------------------------------------------------------------


def _arranged(scores, rows):
    """The knob `rows`: what stands where in the finished scores."""
    return scores.mT if rows == "keys" else scores


_KEYS_DOWN = Mistake(
    "put the keys down and the queries across",
    "Your result is transposed. Rows look, columns are looked at: (…, M, N).",
    rows="keys",
)
_SOFTMAX = Mistake(
    "went on to the softmax",
    "A score is what goes into the softmax. Return it as it is: it may be negative and need not "
    "sum to 1.",
    after="softmax",
)


def _mistake_of_t(product):
    return Mistake(
        "used .T on a batch",
        "`.T` reverses all axes, the batch too. Swap only the last two: `.mT`.",
        wrong=product,
    )


def _mistake_of_front(product):
    return Mistake(
        "counted the axes from the front",
        "That fits one number of batch axes only. Count from the end, −2 and −1, and any number "
        "works.",
        wrong=product,
    )


def _mistake_of_two_axes(product):
    return Mistake(
        "wrote it for inputs without batch axes",
        "Any number of axes may stand in front of the last two: write `...` for them in einsum, "
        "`.mT` where you have `.T`, and count axes from the end.",
        wrong=product,
    )


def _mistake_of_half(product):
    return Mistake(
        "computed in half precision",
        "float16 keeps three digits and ends at 65,504. Compute in the dtype that came in.",
        wrong=product,
    )


def _mistake_of_reshape(product):
    return Mistake(
        "reshaped the keys instead of turning them",
        "The shape fits, but a reshape reads the numbers in the old order: rows do not become "
        "columns.",
        wrong=product,
    )


def _reshaped(x):
    return x.reshape(*x.shape[:-2], x.shape[-1], x.shape[-2])


def _first_of_batch(x):
    return x.flatten(0, -3)[0] if x.ndim > 2 else x


def _mistake_of_position(product):
    return Mistake(
        "compared only the query and key of the same position",
        "Every query meets every key: M × N scores, also where M ≠ N.",
        wrong=product,
    )


# dot_score ----------------------------------------------------------------------------------------


def _dot_with(
    query, key, *, divide="nothing", rows="queries", after="nothing", inside="nothing", use="both"
):
    query, key = {"both": (query, key), "query": (query, query), "key": (key, key)}[use]
    d_k = query.shape[-1]
    if inside == "squared":
        scores = query.square() @ key.square().mT
    elif inside == "absolute":
        scores = query.abs() @ key.abs().mT
    else:
        scores = query @ key.mT
    by_query, by_key = query.norm(dim=-1, keepdim=True), key.norm(dim=-1, keepdim=True).mT
    lengths = {"query": by_query, "key": by_key, "lengths": by_query * by_key}
    scores = scores / {"nothing": 1, "√d_k": d_k**0.5, "d_k": d_k, **lengths}[divide]
    return _arranged(scores.softmax(-1) if after == "softmax" else scores, rows)


_dot = Exercise(
    reference=scoring.dot_score,
    points=1,
    cases=lambda: _pair_cases(100),
    hints=(
        "Take one query and one key: multiply entry by entry and add up. Then do it for all M × N "
        "pairs.",
        "A matrix product does rows times columns. The keys are rows, so they must be turned "
        "first.",
        "`key.mT` swaps the last two axes whatever stands before them; then `@` does the rest.",
    ),
    rewrite=_dot_with,
    mistakes=(
        Mistake(
            "divided by √d_k",
            "That is the scaled dot product, lesson 04. Here the plain one is asked for.",
            divide="√d_k",
        ),
        Mistake(
            "averaged where the rule sums",
            "You divided by d_k. A dot product adds up d_k products and divides by nothing.",
            divide="d_k",
        ),
        Mistake(
            "divided by the vectors' lengths",
            "That is cosine similarity, the next exercise. A dot product keeps the lengths.",
            divide="lengths",
        ),
        Mistake(
            "divided by the query's length",
            "A dot product keeps the lengths, of the query and of the key.",
            divide="query",
        ),
        Mistake(
            "divided by the keys' lengths",
            "A dot product keeps the lengths, of the query and of the key.",
            divide="key",
        ),
        _KEYS_DOWN,
        _SOFTMAX,
        Mistake(
            "squared the entries",
            "The signs are gone: opposite vectors must get a negative score.",
            inside="squared",
        ),
        Mistake(
            "dropped the signs",
            "Opposite vectors must get a negative score.",
            inside="absolute",
        ),
        Mistake(
            "compared the queries with themselves",
            "The keys play no part in your result.",
            use="query",
        ),
        Mistake(
            "compared the keys with themselves",
            "The queries play no part in your result.",
            use="key",
        ),
        _mistake_of_t(lambda query, key: query @ key.T),
        _mistake_of_front(lambda query, key: query @ key.transpose(1, 2)),
        _mistake_of_front(lambda query, key: torch.bmm(query, key.permute(0, 2, 1))),
        _mistake_of_position(lambda query, key: (query * key).sum(-1)),
        Mistake(
            "multiplied without turning the keys",
            "Both have d_k as their last axis, and `@` wants it last in one and second to last in "
            "the other.",
            wrong=lambda query, key: query @ key,
        ),
        Mistake(
            "summed over the positions, not over the width",
            "Your result is d_k × d_k. A score sums over the coordinates of one query and one key.",
            wrong=lambda query, key: query.mT @ key,
        ),
        Mistake(
            "forgot to sum",
            "You have M × N × d_k products. A score is their sum over d_k.",
            wrong=lambda query, key: query[..., :, None, :] * key[..., None, :, :],
        ),
        Mistake(
            "compared each element of the batch with every other",
            "The elements of a batch do not know each other. `@` treats batch axes so, inner and "
            "tensordot do not.",
            wrong=lambda query, key: torch.tensordot(query, key, dims=([-1], [-1])),
        ),
        Mistake(
            "summed over the batch too",
            "The elements of a batch do not know each other: each keeps scores of its own.",
            wrong=lambda query, key: torch.einsum("...md,...nd->mn", query, key),
        ),
        _mistake_of_two_axes(lambda query, key: torch.einsum("md,nd->mn", query, key)),
        _mistake_of_half(lambda query, key: (query.half() @ key.half().mT).to(query.dtype)),
        _mistake_of_reshape(lambda query, key: query @ _reshaped(key)),
        Mistake(
            "used only the first keys of the batch",
            "Each element of the batch has keys of its own.",
            wrong=lambda query, key: query @ _first_of_batch(key).mT,
        ),
        Mistake(
            "left out the last coordinate",
            "The sum runs over all d_k coordinates.",
            wrong=lambda query, key: query[..., :-1] @ key[..., :-1].mT,
        ),
    ),
    laws=(
        _SHAPE,
        Law(
            "the first score is the dot product of the first query and the first key",
            lambda result, query, key: torch.allclose(
                result[..., 0, 0], (query[..., 0, :] * key[..., 0, :]).sum(-1), rtol=1e-3
            ),
        ),
    ),
    sizes=_sizes,
    verified="all M × N products and their gradients, M ≠ N, any batch axes, float32 and float64",
)

# cosine_score -------------------------------------------------------------------------------------


def _cosine_with(
    query, key, *, divide="lengths", norm=2, over="width", rows="queries", after="nothing"
):
    axis = {"width": -1, "positions": -2, "everything": None}[over]

    def length(x):
        if axis is None:
            return x.flatten(-2).norm(p=norm, dim=-1)[..., None, None]
        return x.norm(p=norm, dim=axis, keepdim=True)

    if over == "positions":
        scores = (query / length(query)) @ (key / length(key)).mT
        return _arranged(_finished(scores, after), rows)
    by_query, by_key = length(query), length(key).mT
    divisor = {
        "lengths": lambda: by_query * by_key,
        "nothing": lambda: 1.0,
        "√ of the lengths": lambda: (by_query * by_key).sqrt(),
        "squared lengths": lambda: (by_query * by_key).square(),
        "query": lambda: by_query,
        "key": lambda: by_key,
        "key twice": lambda: by_key.square(),
        "sum": lambda: by_query + by_key,
        "largest": lambda: torch.maximum(by_query, by_key).square(),
        "√d_k": lambda: by_query * by_key * query.shape[-1] ** 0.5,
        "d_k": lambda: query.shape[-1],
    }[divide]()
    return _arranged(_finished(query @ key.mT / divisor, after), rows)


def _finished(scores, after):
    return {
        "nothing": lambda: scores,
        "softmax": lambda: scores.softmax(-1),
        "distance": lambda: 1 - scores,
        "angle": lambda: scores.clamp(-1, 1).arccos(),
        "to 0…1": lambda: (1 + scores) / 2,
        "absolute": lambda: scores.abs(),
        "squared": lambda: scores.square(),
    }[after]()


def _cosine_plus(query, key, *, constant, under_the_root=False):
    def lengthened(x):
        square = x.square().sum(-1, keepdim=True)
        return (square + constant).sqrt() if under_the_root else square.sqrt() + constant

    return (query / lengthened(query)) @ (key / lengthened(key)).mT


def _correlation(query, key):
    query, key = query - query.mean(-1, keepdim=True), key - key.mean(-1, keepdim=True)
    return normalize(query, dim=-1) @ normalize(key, dim=-1).mT


def _no_shorter_than_1(query, key):
    query = query / query.norm(dim=-1, keepdim=True).clamp_min(1)
    return query @ (key / key.norm(dim=-1, keepdim=True).clamp_min(1)).mT


_cosine = Exercise(
    reference=scoring.cosine_score,
    points=1,
    cases=lambda: _pair_cases(200, steep=False),
    hints=(
        "A vector divided by its own length has length 1. What is the dot product of two such "
        "vectors?",
        "Lengths are square roots of sums of squares over the width, the last axis: one number per "
        "query, one per key.",
        "Keep the axis of the sum (`keepdim=True`), divide query and key by their lengths, and use "
        "the dot product.",
    ),
    rewrite=_cosine_with,
    mistakes=(
        Mistake(
            "forgot to divide by the lengths",
            "That is the plain dot product: it grows with the lengths. A cosine lies between −1 "
            "and 1.",
            divide="nothing",
        ),
        Mistake(
            "divided by √(|q| |k|)",
            "One lecture writes it so, and it still grows with the vectors' length: 10 for two "
            "equal vectors of length 10. Divide by |q| |k|.",
            divide="√ of the lengths",
        ),
        Mistake(
            "divided by the squared lengths",
            "The sum of squares is the squared length; its root is still to be taken.",
            divide="squared lengths",
        ),
        Mistake(
            "divided by the query's length only",
            "A long key still scores more than a short one of the same direction.",
            divide="query",
        ),
        Mistake(
            "divided by the keys' lengths only",
            "A long query still scores more than a short one of the same direction.",
            divide="key",
        ),
        Mistake(
            "divided by the sum of the lengths",
            "The lengths multiply: cos = q · k / (|q| |k|).",
            divide="sum",
        ),
        Mistake(
            "divided by the larger length twice",
            "Each vector is divided by a length of its own.",
            divide="largest",
        ),
        Mistake(
            "divided by √d_k as well",
            "After the division by the lengths there is nothing left to scale.",
            divide="√d_k",
        ),
        Mistake(
            "divided by d_k, not by the lengths",
            "The width is the same for all vectors; their lengths differ.",
            divide="d_k",
        ),
        Mistake(
            "added absolute values where squares are due",
            "That is the 1-norm. A cosine needs the length: the root of the sum of squares.",
            norm=1,
        ),
        Mistake(
            "took the largest entry for the length",
            "A cosine needs the length: the root of the sum of squares.",
            norm=float("inf"),
        ),
        Mistake(
            "measured lengths along the wrong axis",
            "You normalised the columns. A vector is a row: its length runs over the last axis.",
            over="positions",
        ),
        Mistake(
            "measured one length for all vectors together",
            "`norm()` without an axis sees one long vector. Each query and key has a length of its "
            "own.",
            over="everything",
        ),
        Mistake(
            "returned 1 − cosine",
            "That is a distance, small where the two fit. A score is large there.",
            after="distance",
        ),
        Mistake(
            "returned the angle",
            "The arc cosine turns the score round: it is 0 for equal directions. Return the "
            "cosine itself.",
            after="angle",
        ),
        Mistake(
            "squeezed the cosine into 0 … 1",
            "A cosine lies between −1 and 1, and opposite directions score −1.",
            after="to 0…1",
        ),
        Mistake("dropped the sign", "Opposite directions score −1, not 1.", after="absolute"),
        Mistake("squared the cosine", "Opposite directions score −1, not 1.", after="squared"),
        _KEYS_DOWN,
        _SOFTMAX,
        _mistake_of_t(
            lambda query, key: normalize(query, dim=-1) @ normalize(key, dim=-1).T,
        ),
        _mistake_of_position(lambda query, key: cosine_similarity(query, key, dim=-1)),
        Mistake(
            "did not turn the keys' lengths",
            "One length per query goes down, (…, M, 1); one per key goes across, (…, 1, N).",
            wrong=lambda query, key: (
                query @ key.mT / (query.norm(dim=-1, keepdim=True) * key.norm(dim=-1, keepdim=True))
            ),
        ),
        Mistake(
            "forgot to keep the axis of the lengths",
            "M lengths do not line up with an M × d_k array. Keep the summed axis with size 1.",
            wrong=lambda query, key: (query / query.norm(dim=-1)) @ (key / key.norm(dim=-1)).mT,
        ),
        Mistake(
            "divided by the keys' lengths twice",
            "One of the two divisions is for the query, by its own length.",
            divide="key twice",
        ),
        Mistake(
            "normalised along axis 1, whatever stands there",
            "Axis 1 is the width only without batch axes; it is what `F.normalize` takes if you "
            "name none. Ask for the last axis.",
            wrong=lambda query, key: normalize(query) @ normalize(key).mT,
        ),
        *(
            Mistake(
                "added a constant to the lengths",
                "Short vectors then get too small a cosine. Divide by the length as it is.",
                wrong=partial(_cosine_plus, constant=constant, under_the_root=root),
            )
            for root in (False, True)
            for constant in (1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5)
        ),
        Mistake(
            "divided by the sum of the entries",
            "A length is the root of the sum of squares; entries of opposite sign must not cancel.",
            wrong=lambda query, key: (
                (query / query.sum(-1, keepdim=True)) @ (key / key.sum(-1, keepdim=True)).mT
            ),
        ),
        Mistake(
            "subtracted the mean first",
            "That is a correlation. A cosine takes the vectors as they are.",
            wrong=_correlation,
        ),
        Mistake(
            "normalised the scores, not the vectors",
            "Each query and each key is divided by a length of its own, before or after the "
            "product.",
            wrong=lambda query, key: normalize(query @ key.mT, dim=-1),
        ),
        _mistake_of_half(
            lambda query, key: (
                normalize(query, dim=-1).half() @ normalize(key, dim=-1).half().mT
            ).to(query.dtype)
        ),
        _mistake_of_two_axes(
            lambda query, key: torch.einsum(
                "md,nd->mn", normalize(query, dim=-1), normalize(key, dim=-1)
            )
        ),
        Mistake(
            "divided only vectors longer than 1",
            "Short vectors must grow to length 1, as long ones must shrink.",
            wrong=_no_shorter_than_1,
        ),
    ),
    laws=(
        _SHAPE,
        Law(
            "a cosine lies between −1 and 1",
            lambda result, query, key: result.abs().max() <= 1 + 1e-5,
        ),
    ),
    sizes=_sizes,
    verified="directions alone count, for vectors long and short; any batch axes, gradients",
)

# bilinear_score -----------------------------------------------------------------------------------


def _bilinear_cases():
    def of(seed, *batch, M=5, N=7, d_q=3, d_k=6, dtype=DOUBLE, spread=1.0):
        return (
            _random(3 * seed, *batch, M, d_q, dtype=dtype, spread=spread),
            _random(3 * seed + 1, *batch, N, d_k, dtype=dtype, spread=spread),
            _random(3 * seed + 2, d_q, d_k, dtype=dtype),
        )

    query = torch.tensor([[1.0, 2.0, -1.0], [0.0, -1.0, 3.0]], dtype=DOUBLE)
    key = torch.tensor([[2.0, 1.0, -1.0, 0.0, 3.0]], dtype=DOUBLE)
    W = torch.tensor([[1, 0, 2, 0, 1], [0, 1, 1, -1, 0], [2, -1, 0, 1, -2.0]], dtype=DOUBLE)
    strided = tuple(x.mT.contiguous().mT for x in of(307))
    return [
        Case("one key", query, key, W),
        Case("plain", *of(300)),
        Case("one query", *of(301, M=1)),
        Case("d_q = d_k", *of(302, d_q=6)),
        Case("d_q = d_k", *of(309, M=3, N=3, d_q=5, d_k=5)),
        Case("more queries than keys", *of(303, M=7, N=2)),
        Case("one batch axis", *of(304, 2)),
        Case("two batch axes", *of(305, 2, 3, d_q=5)),
        Case("a batch of one", *of(310, 1, N=6)),
        Case("float32", *of(306, M=3, dtype=torch.float32)),
        Case("not contiguous", *strided),
        Case("long vectors", *of(308, d_q=7, spread=100.0)),
    ]


def _bilinear_with(
    query,
    key,
    W,
    *,
    between="W",
    divide="nothing",
    rows="queries",
    after="nothing",
):
    def both(matrix):
        return query @ matrix @ key.mT

    scores = {
        "W": lambda: both(W),
        "Wᵀ": lambda: both(W.mT),
        "nothing": lambda: query @ key.mT,
        "Wᵀ W": lambda: both(W.mT @ W),
        "W Wᵀ": lambda: both(W @ W.mT),
        "half of both": lambda: both((W + W.mT) / 2),
        "|W|": lambda: both(W.abs()),
        "diagonal": lambda: both(torch.diag(W.diagonal())),
        "softmax of W": lambda: both(W.softmax(-1)),
        "twice": lambda: both(W @ W),
    }[between]()
    root = key.shape[-1] ** 0.5
    divisor = {"nothing": 1, "√d_k": root, "√d_q": query.shape[-1] ** 0.5, "d_k": root**2}[divide]
    scores = scores / divisor
    scores = torch.tanh(scores) if after == "tanh" else scores
    return _arranged(scores.softmax(-1) if after == "softmax" else scores, rows)


def _thick_diagonal(query, key, W):
    """Only w_ii counts, also where W is not square."""
    return query @ (W * torch.eye(*W.shape, dtype=W.dtype)) @ key.mT


_bilinear = Exercise(
    reference=scoring.bilinear_score,
    points=1,
    cases=_bilinear_cases,
    hints=(
        "W translates: it turns a query of width d_q into a vector of width d_k, which can meet "
        "the keys.",
        "First query times W, of shape (…, M, d_k); then it is a dot product again.",
        "Three factors, two `@`, and the keys turned by `.mT`. Shapes: (M, d_q) (d_q, d_k) (d_k, "
        "N).",
    ),
    rewrite=_bilinear_with,
    mistakes=(
        Mistake(
            "turned W round",
            "W is d_q × d_k: its rows meet the query and its columns the key. Turned, it only fits "
            "where d_q = d_k, and is wrong there.",
            between="Wᵀ",
        ),
        Mistake(
            "left W out",
            "Without W this is the dot product, which only fits where d_q = d_k.",
            between="nothing",
        ),
        Mistake(
            "applied W on both sides",
            "Q W (K W)ᵀ holds W twice. One W between query and key is asked for.",
            between="W Wᵀ",
        ),
        Mistake(
            "applied W on both sides",
            "Your W stands there twice. One W between query and key is asked for.",
            between="Wᵀ W",
        ),
        Mistake("applied W twice", "One W between query and key is asked for.", between="twice"),
        Mistake(
            "made W symmetric",
            "W need not be symmetric: what a query asks for and what a key offers are different.",
            between="half of both",
        ),
        Mistake("dropped the signs of W", "Entries of W may be negative.", between="|W|"),
        Mistake(
            "used only the diagonal of W",
            "An entry off the diagonal lets one coordinate of the query meet another of the key.",
            between="diagonal",
        ),
        Mistake(
            "put W through a softmax",
            "W is used as it is; scores are normalised later, and over the keys.",
            between="softmax of W",
        ),
        Mistake(
            "divided by √d_k",
            "Luong's score has no scale: W can learn one.",
            divide="√d_k",
        ),
        Mistake("divided by √d_q", "Luong's score has no scale: W can learn one.", divide="√d_q"),
        Mistake("divided by d_k", "Luong's score has no scale: W can learn one.", divide="d_k"),
        Mistake(
            "added a tanh",
            "That belongs to the additive score. This one is linear in the query and in the key.",
            after="tanh",
        ),
        _KEYS_DOWN,
        _SOFTMAX,
        _mistake_of_t(lambda query, key, W: query @ W @ key.T),
        _mistake_of_front(lambda query, key, W: query @ W @ key.transpose(1, 2)),
        _mistake_of_front(lambda query, key, W: torch.bmm(query @ W, key.permute(0, 2, 1))),
        _mistake_of_position(lambda query, key, W: ((query @ W) * key).sum(-1)),
        Mistake(
            "forgot to turn the keys",
            "The keys' width d_k must meet W's columns: swap their last two axes.",
            wrong=lambda query, key, W: query @ W @ key,
        ),
        Mistake(
            "used only the diagonal of W",
            "An entry off the diagonal lets one coordinate of the query meet another of the key.",
            wrong=_thick_diagonal,
        ),
        Mistake(
            "applied W more than once",
            "One W between query and key is asked for.",
            wrong=lambda query, key, W: query @ W @ W.mT @ W @ key.mT,
        ),
        Mistake(
            "divided W by its norm",
            "W is used as it is: its size is learned too.",
            wrong=lambda query, key, W: query @ (W / W.norm()) @ key.mT,
        ),
        Mistake(
            "added the query's sum to the score",
            "The score is the product of query, W and key, and nothing else.",
            wrong=lambda query, key, W: query @ W @ key.mT + query.sum(-1, keepdim=True),
        ),
        Mistake(
            "answered only the first query",
            "Every query gets a row of its own.",
            wrong=lambda query, key, W: query[..., :1, :] @ W @ key.mT,
        ),
        _mistake_of_reshape(lambda query, key, W: query @ W @ _reshaped(key)),
        _mistake_of_half(
            lambda query, key, W: (query.half() @ W.half() @ key.half().mT).to(query.dtype)
        ),
        _mistake_of_two_axes(lambda query, key, W: torch.einsum("mi,ij,nj->mn", query, W, key)),
    ),
    laws=(
        _SHAPE,
        _first_score(scoring.bilinear_score),
    ),
    sizes=lambda query, key, W: {
        "d_k": key.shape[-1],
        "d_q": query.shape[-1],
        "M": query.shape[-2],
        "N": key.shape[-2],
    },
    verified="d_q ≠ d_k and d_q = d_k, M ≠ N, any batch axes, gradients of query, key and W",
)

# additive_score -----------------------------------------------------------------------------------


def _additive_cases():
    def of(seed, *batch, M=5, N=7, d_q=3, d_k=6, hidden=10, dtype=DOUBLE, spread=1.0):
        return (
            _random(5 * seed, *batch, M, d_q, dtype=dtype, spread=spread),
            _random(5 * seed + 1, *batch, N, d_k, dtype=dtype, spread=spread),
            _random(5 * seed + 2, d_q, hidden, dtype=dtype),
            _random(5 * seed + 3, d_k, hidden, dtype=dtype),
            _random(5 * seed + 4, hidden, dtype=dtype),
        )

    strided = tuple(x.mT.contiguous().mT if x.ndim > 1 else x for x in of(408))
    return [
        Case("one key", *of(400, M=2, N=1, d_q=3, d_k=2, hidden=5)),
        Case("plain", *of(401)),
        Case("one query", *of(402, M=1)),
        Case("M = N", *of(403, M=3, N=3, d_q=5)),
        Case("d_q = d_k", *of(404, d_q=6)),
        Case("hidden width 1", *of(405, hidden=1)),
        Case("hidden = d_q = d_k", *of(411, M=3, N=2, d_q=5, d_k=5, hidden=5)),
        Case("more queries than keys", *of(410, M=7, N=2)),
        Case("one batch axis", *of(406, 2)),
        Case("two batch axes", *of(407, 2, 3)),
        Case("float32", *of(409, M=3, dtype=torch.float32)),
        Case("not contiguous", *strided),
        Case("long vectors", *of(412, spread=30.0)),
        Case("very long vectors", *of(413, M=3, spread=900.0)),
    ]


_BENDS = {
    "tanh": torch.tanh,
    "nothing": lambda x: x,
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "exp": torch.exp,
    "softmax": lambda x: x.softmax(-1),
    "gelu": torch.nn.functional.gelu,
    "hardtanh": torch.nn.functional.hardtanh,
    "cubic": lambda x: x - x**3 / 3,
    "exponentials": lambda x: (x.exp() - (-x).exp()) / (x.exp() + (-x).exp()),
}
_JOINS = {
    "add": torch.add,
    "subtract": torch.sub,
    "multiply": torch.mul,
    "query only": lambda q, k: q + 0 * k,
    "key only": lambda q, k: k + 0 * q,
    "average": lambda q, k: (q + k) / 2,
}


def _additive_with(
    query,
    key,
    W_q,
    W_k,
    w_v,
    *,
    bend="tanh",
    join="add",
    bent="sum",
    read="w_v",
    rows="queries",
    after="nothing",
    swap=False,
    divide=False,
):
    W_q, W_k = (W_k, W_q) if swap else (W_q, W_k)
    q, k = (query @ W_q).unsqueeze(-2), (key @ W_k).unsqueeze(-3)
    if bent == "each":
        hidden = _JOINS[join](_BENDS[bend](q), _BENDS[bend](k))
    elif bent == "last":
        hidden = _JOINS[join](q, k)
    elif bent == "inside":
        hidden = _BENDS[bend](_JOINS[join](q, k) * w_v)
    else:
        hidden = _BENDS[bend](_JOINS[join](q, k))
    if bent == "inside" or read == "sum":
        scores = hidden.sum(-1)
    elif read == "mean":
        scores = hidden.mean(-1)
    else:
        scores = hidden @ {"w_v": w_v, "|w_v|": w_v.abs(), "softmax": w_v.softmax(0)}[read]
    scores = _BENDS[bend](scores) if bent == "last" else scores
    scores = scores / len(w_v) ** 0.5 if divide else scores
    return _arranged(scores.softmax(-1) if after == "softmax" else scores, rows)


def _squeezed(query, key, W_q, W_k, w_v):
    hidden = torch.tanh((query @ W_q).unsqueeze(2) + (key @ W_k).unsqueeze(1))
    return hidden @ w_v


def _bend_mistake(name, why, bend):
    return Mistake(name, why, bend=bend)


_additive = Exercise(
    reference=scoring.additive_score,
    points=2,
    cases=_additive_cases,
    hints=(
        "Take one query and one key: two projections to the hidden width, their sum, tanh, and one "
        "dot product with w_v.",
        "For all pairs at once give the projected queries an axis for the keys, (…, M, 1, hidden), "
        "and the keys one for the queries, (…, 1, N, hidden).",
        "`unsqueeze(-2)` and `unsqueeze(-3)` make these axes from the end, so any batch axes fit; "
        "`@ w_v` removes the hidden one.",
    ),
    rewrite=_additive_with,
    mistakes=(
        _bend_mistake(
            "left out the tanh",
            "Without it the score is a number for the query plus a number for the key: every query "
            "would rank the keys alike.",
            "nothing",
        ),
        _bend_mistake(
            "used ReLU, not tanh", "Bahdanau's score bends with tanh: odd and bounded.", "relu"
        ),
        _bend_mistake(
            "used a sigmoid, not tanh",
            "A sigmoid lies between 0 and 1. tanh lies between −1 and 1, and is 0 at 0.",
            "sigmoid",
        ),
        _bend_mistake("used exp, not tanh", "exp is not bounded. tanh is.", "exp"),
        _bend_mistake(
            "used a softmax, not tanh", "Normalising comes later, and over the keys.", "softmax"
        ),
        _bend_mistake("used GELU, not tanh", "Bahdanau's score bends with tanh.", "gelu"),
        _bend_mistake(
            "let the exponentials in tanh overflow",
            "For long vectors e^x is ∞, and ∞ / ∞ is NaN. `torch.tanh` stays within −1 and 1.",
            "exponentials",
        ),
        _bend_mistake(
            "clamped instead of bending", "tanh is smooth: it bends well before ±1.", "hardtanh"
        ),
        _bend_mistake(
            "stopped the series of tanh early",
            "x − x³/3 resembles tanh only near 0, and runs away elsewhere.",
            "cubic",
        ),
        Mistake(
            "bent query and key before adding them",
            "tanh(q) + tanh(k) is again one number for the query plus one for the key. Add first, "
            "then bend.",
            bent="each",
        ),
        Mistake(
            "bent the finished score",
            "tanh acts on the hidden vector, before w_v reads it.",
            bent="last",
        ),
        Mistake(
            "multiplied by w_v inside the tanh",
            "First tanh, then w_v: it weighs the hidden units that tanh made.",
            bent="inside",
        ),
        Mistake(
            "multiplied query and key",
            "The score is called additive: add the two.",
            join="multiply",
        ),
        Mistake("subtracted the key", "Add the two projections.", join="subtract"),
        Mistake(
            "averaged the projections", "Add the two projections and halve nothing.", join="average"
        ),
        Mistake("left the keys out", "Each score depends on a query and a key.", join="query only"),
        Mistake(
            "left the queries out", "Each score depends on a query and a key.", join="key only"
        ),
        Mistake(
            "summed the hidden units without w_v",
            "w_v says how much each hidden unit counts. Take the dot product with it.",
            read="sum",
        ),
        Mistake(
            "averaged the hidden units without w_v",
            "w_v says how much each hidden unit counts. Take the dot product with it.",
            read="mean",
        ),
        Mistake("dropped the signs of w_v", "Entries of w_v may be negative.", read="|w_v|"),
        Mistake("put w_v through a softmax", "w_v is used as it is.", read="softmax"),
        Mistake(
            "swapped W_q and W_k",
            "W_q belongs to the query and W_k to the key. Where d_q = d_k the shapes do not tell.",
            swap=True,
        ),
        Mistake(
            "divided by √ of the hidden width",
            "tanh keeps each unit within −1 … 1, and w_v can learn a scale: there is none here.",
            divide=True,
        ),
        _KEYS_DOWN,
        _SOFTMAX,
        _mistake_of_position(
            lambda query, key, W_q, W_k, w_v: torch.tanh(query @ W_q + key @ W_k) @ w_v
        ),
        _mistake_of_front(_squeezed),
        Mistake(
            "gave query and key the same new axis",
            "Queries need an axis for the keys, (…, M, 1, hidden), and keys one for the queries, "
            "(…, 1, N, hidden).",
            wrong=lambda query, key, W_q, W_k, w_v: (
                torch.tanh((query @ W_q).unsqueeze(-2) + (key @ W_k).unsqueeze(-2)) @ w_v
            ),
        ),
        Mistake(
            "left W_q and W_k out",
            "Query and key are projected to the hidden width first, each by its own matrix.",
            wrong=lambda query, key, W_q, W_k, w_v: (
                torch.tanh(query.unsqueeze(-2) + key.unsqueeze(-3)) @ w_v
            ),
        ),
        Mistake(
            "forgot w_v",
            "You have one hidden vector for each pair. w_v reads one number off it.",
            wrong=lambda query, key, W_q, W_k, w_v: torch.tanh(
                (query @ W_q).unsqueeze(-2) + (key @ W_k).unsqueeze(-3)
            ),
        ),
        _mistake_of_two_axes(
            lambda query, key, W_q, W_k, w_v: (
                torch.tanh((query @ W_q).unsqueeze(1) + (key @ W_k).unsqueeze(0)) @ w_v
            )
        ),
        Mistake(
            "multiplied by the transposes of W_q and W_k",
            "W_q is d_q × hidden: it stands right of the query as it is, and W_k right of the key.",
            wrong=lambda query, key, W_q, W_k, w_v: (
                torch.tanh((query @ W_q.mT).unsqueeze(-2) + (key @ W_k.mT).unsqueeze(-3)) @ w_v
            ),
        ),
        Mistake(
            "took the dot product of the projections",
            "That is a bilinear score. Here the projections are added, bent, and read by w_v.",
            wrong=lambda query, key, W_q, W_k, w_v: (query @ W_q) @ (key @ W_k).mT,
        ),
        _mistake_of_half(
            lambda query, key, W_q, W_k, w_v: (
                torch.tanh((query @ W_q).unsqueeze(-2) + (key @ W_k).unsqueeze(-3)).half()
                @ w_v.half()
            ).to(query.dtype)
        ),
    ),
    laws=(
        _SHAPE,
        Law(
            "no score exceeds Σ|w_v|",
            lambda result, query, key, W_q, W_k, w_v: result.abs().max() <= w_v.abs().sum() * 1.001,
        ),
        _first_score(scoring.additive_score),
    ),
    sizes=lambda query, key, W_q, W_k, w_v: {
        "hidden": len(w_v),
        "M": query.shape[-2],
        "N": key.shape[-2],
    },
    verified="d_q ≠ d_k, M ≠ N, any batch axes, vectors of any length, gradients of query, key "
    "and all parameters",
)

# distance_score -----------------------------------------------------------------------------------


def _distance_with(
    query,
    key,
    *,
    factor=2,
    squares="both",
    root="none",
    sign=1,
    over="width",
    divide="nothing",
    rows="queries",
    after="nothing",
):
    axis = -1 if over == "width" else -2
    q, k = query.square().sum(axis), key.square().sum(axis)
    if root == "squares":
        q, k = q.sqrt(), k.sqrt()
    q = 0 * q if squares in ("key", "none") else q
    k = 0 * k if squares in ("query", "none") else k
    squared = q.unsqueeze(-1) - factor * (query @ key.mT) + k.unsqueeze(-2)
    squared = squared.clamp_min(0).sqrt() if root == "result" else squared
    squared = squared / {"nothing": 1, "d_k": query.shape[-1], "2": 2}[divide]
    squared = torch.exp(-squared) if after == "exp" else squared
    squared = (-squared).softmax(-1) if after == "softmax" else squared
    return _arranged(sign * squared, rows)


_distance = Exercise(
    reference=scoring.distance_score,
    points=2,
    cases=lambda: _pair_cases(500),
    hints=(
        "For numbers, (q − k)² = q² − 2 q k + k². For vectors it is the same, with dot products.",
        "q · k is the matrix product you know. q · q is one number per query, k · k one per key.",
        "The queries' squares need shape (…, M, 1) and the keys' (…, 1, N), so that they add to "
        "M × N products.",
    ),
    rewrite=_distance_with,
    mistakes=(
        Mistake(
            "forgot the 2",
            "(q − k)² = q² − 2 q k + k²: the mixed product comes twice, as q k and as k q.",
            factor=1,
        ),
        Mistake(
            "added the product where it is subtracted",
            "That is |q + k|². A large dot product means near, so it makes the distance small.",
            factor=-2,
        ),
        Mistake(
            "left the product out",
            "|q|² + |k|² does not know in which direction the two point.",
            factor=0,
        ),
        Mistake(
            "multiplied the product by 4", "(q − k)² = q² − 2 q k + k²: the factor is 2.", factor=4
        ),
        Mistake(
            "left out the keys' squares",
            "Long keys are far away too: |k|² belongs to the sum.",
            squares="query",
        ),
        Mistake(
            "left out the queries' squares",
            "|q|² is the same for a whole row, so a softmax would not notice; the distance does.",
            squares="key",
        ),
        Mistake(
            "left out both squares",
            "−2 q · k alone is no distance: it is negative where two vectors agree.",
            squares="none",
        ),
        Mistake(
            "took a square root",
            "The squared distance is asked for: it needs no root.",
            root="result",
        ),
        Mistake(
            "took lengths where squared lengths are due",
            "|q|² is q · q: a sum of squares, without the root.",
            root="squares",
        ),
        Mistake(
            "returned the negative distance",
            "As a score that makes sense, but the squared distance itself is asked for: never "
            "below 0.",
            sign=-1,
        ),
        Mistake(
            "summed along the wrong axis",
            "Each query and each key has a squared length of its own: sum over the last axis.",
            over="positions",
        ),
        Mistake(
            "averaged over the width", "Distances add up coordinates; divide nothing.", divide="d_k"
        ),
        Mistake(
            "halved the distance",
            "The ½ belongs to the Gaussian's exponent. Here the squared distance is asked for.",
            divide="2",
        ),
        Mistake(
            "returned the Gaussian kernel",
            "The squared distance is what goes into exp(−…). Return it as it is.",
            after="exp",
        ),
        Mistake(
            "went on to the softmax", "The squared distance itself is asked for.", after="softmax"
        ),
        _KEYS_DOWN,
        _mistake_of_t(
            lambda query, key: (
                query.square().sum(-1)[..., :, None]
                - 2 * query @ key.T
                + key.square().sum(-1)[..., None, :]
            )
        ),
        _mistake_of_position(lambda query, key: (query - key).square().sum(-1)),
        Mistake(
            "swapped the axes of the squares",
            "The queries' squares go down, one per row: (…, M, 1). The keys' go across: (…, 1, N).",
            wrong=lambda query, key: (
                query.square().sum(-1)[..., None, :]
                - 2 * query @ key.mT
                + key.square().sum(-1)[..., :, None]
            ),
        ),
        Mistake(
            "lost the axis of the squares",
            "M squares line up with the N columns of the product. Keep the summed axis with size "
            "1.",
            wrong=lambda query, key: (
                query.square().sum(-1) - 2 * query @ key.mT + key.square().sum(-1)
            ),
        ),
        Mistake(
            "did not turn the keys' squares",
            "One square per query goes down, (…, M, 1); one per key goes across, (…, 1, N).",
            wrong=lambda query, key: (
                query.square().sum(-1, keepdim=True)
                - 2 * query @ key.mT
                + key.square().sum(-1, keepdim=True)
            ),
        ),
        Mistake(
            "compared the lengths only",
            "Two vectors of one length may point apart. Subtract the vectors, not their lengths.",
            wrong=lambda query, key: (
                query.norm(dim=-1)[..., :, None] - key.norm(dim=-1)[..., None, :]
            ).square(),
        ),
        Mistake(
            "added absolute differences",
            "That is the city-block distance. Square the differences.",
            wrong=lambda query, key: (query[..., :, None, :] - key[..., None, :, :]).abs().sum(-1),
        ),
        _mistake_of_two_axes(
            lambda query, key: (query.unsqueeze(1) - key.unsqueeze(0)).square().sum(-1)
        ),
        _mistake_of_two_axes(
            lambda query, key: (
                query.square().sum(-1, keepdim=True)
                - 2 * query @ key.mT
                + key.square().sum(-1).unsqueeze(0)
            )
        ),
        Mistake(
            "squared the sum of the differences",
            "Differences of opposite sign cancel. Square each difference, then add up.",
            wrong=lambda query, key: (query.unsqueeze(-2) - key.unsqueeze(-3)).sum(-1).square(),
        ),
        Mistake(
            "measured the distance between directions",
            "That is 2 − 2 cos. The lengths of query and key count too.",
            wrong=lambda query, key: 2 - 2 * normalize(query, dim=-1) @ normalize(key, dim=-1).mT,
        ),
        Mistake(
            "squared the squared lengths again",
            "|q|² is q · q, a sum of squares; it is not squared once more.",
            wrong=lambda query, key: (
                query.square().sum(-1, keepdim=True).square()
                - 2 * query @ key.mT
                + key.square().sum(-1).square().unsqueeze(-2)
            ),
        ),
        Mistake(
            "added up the squares of all vectors together",
            "Each query and each key has a squared length of its own: sum over the last axis only.",
            wrong=lambda query, key: query.square().sum() - 2 * query @ key.mT + key.square().sum(),
        ),
        Mistake(
            "dropped the sign of the product",
            "A negative q · k means far apart: minus 2 q · k then makes the distance larger.",
            wrong=lambda query, key: (
                query.square().sum(-1, keepdim=True)
                - 2 * (query @ key.mT).abs()
                + key.square().sum(-1).unsqueeze(-2)
            ),
        ),
        _mistake_of_half(
            lambda query, key: (
                (query.half().unsqueeze(-2) - key.half().unsqueeze(-3))
                .square()
                .sum(-1)
                .to(query.dtype)
            )
        ),
    ),
    laws=(
        _SHAPE,
        Law(
            "no squared distance is negative",
            lambda result, query, key: result.min() >= -1e-4 * result.abs().max(),
        ),
    ),
    sizes=_sizes,
    verified="|q − k|² for all M × N pairs, gradients, long and short vectors, any batch axes",
)

EXERCISES = (_dot, _cosine, _bilinear, _additive, _distance)
