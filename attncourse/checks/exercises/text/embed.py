"""Look up a vector for each token id."""

import torch
from torch.nn import functional as F

from attncourse import text as tokens_of
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake


def _cases():
    generator = torch.Generator().manual_seed(54)

    def table(vocabulary, width, dtype=torch.float64):
        return torch.randn(vocabulary, width, generator=generator, dtype=torch.float64).to(dtype)

    def tokens(*shape, below):
        return torch.randint(below, shape, generator=generator)

    wide = table(10, 7).mT
    return [
        Case("plain", torch.tensor([2, 0, 1]), table(5, 2)),
        Case("one token", torch.tensor([3]), table(6, 5)),
        Case("repeated tokens", torch.tensor([4, 1, 4, 4]), table(5, 3)),
        Case("first and last row", torch.tensor([0, 6, 0]), table(7, 2)),
        Case("no batch axis", tokens(5, below=11), table(11, 3)),
        Case("one batch axis", tokens(2, 71, below=67), table(67, 3)),
        Case("two batch axes", tokens(2, 3, 5, below=13), table(13, 7)),
        Case("batch of one", tokens(1, 5, below=7), table(7, 3)),
        Case("vectors wider than the vocabulary", tokens(2, 7, below=3), table(3, 11)),
        Case("large values", tokens(5, below=6), 1e4 * table(6, 3)),
        Case("float32", tokens(2, 5, below=7), table(7, 3, torch.float32)),
        Case("not contiguous", tokens(5, below=7), wide),
    ]


def _with(
    tokens, table, *, rows="rows", first=0, scale="none", over="none", order="kept", dtype=None
):
    table = table.mT if rows == "columns" else table
    table = table.to(dtype) if dtype else table
    if scale == "unit":
        table = F.normalize(table, dim=-1)
    if order == "sorted":
        tokens = tokens.sort(-1).values
    vectors = table[tokens - first]
    vectors = vectors * vectors.shape[-1] ** {"√d_model": 0.5, "1/√d_model": -0.5}.get(scale, 0)
    if over == "flat":
        return vectors.reshape(-1, vectors.shape[-1])
    if over == "transposed":
        return vectors.mT
    if over == "first":
        return vectors.reshape(-1, *vectors.shape[-2:])[0]
    return {
        "none": lambda: vectors,
        "sum": lambda: vectors.sum(-2),
        "mean": lambda: vectors.mean(-2),
        "width": lambda: vectors.sum(-1),
    }[over]()


EXERCISE = Exercise(
    reference=tokens_of.embed,
    points=1,
    cases=_cases,
    hints=(
        "The database of lesson 01 again, with numbers as keys: which row belongs to token 3?",
        "PyTorch takes a whole tensor of numbers between the brackets: what comes back has the "
        "shape of the numbers, and one axis more for the row.",
        "No loop and no reshape is needed for a batch: index the first axis of the table with all "
        "tokens at once.",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "looked-up-columns",
            "looked up columns, not rows",
            "The table has one row per token: V rows, each d_model wide.",
            {"rows": "columns"},
            lambda tokens, table: table[:, tokens],
        ),
        Mistake(
            "counted-tokens-1",
            "counted tokens from 1",
            "Token 0 owns row 0. Yours reads the row before.",
            first=1,
        ),
        Mistake(
            "counted-one-row-too-far",
            "counted one row too far",
            "Token 0 owns row 0. Yours reads the row after.",
            first=-1,
        ),
        Mistake(
            "multiplied-vectors-root-d-model",
            "multiplied the vectors by √d_model",
            "The Transformer's authors do so; here a lookup gives the row as it stands in the "
            "table.",
            scale="√d_model",
        ),
        Mistake(
            "divided-vectors-root-d-model",
            "divided the vectors by √d_model",
            "A lookup gives the row as it stands in the table.",
            scale="1/√d_model",
        ),
        Mistake(
            "normalised-vectors-length-1",
            "normalised the vectors to length 1",
            "A lookup gives the row as it stands in the table.",
            scale="unit",
        ),
        Mistake(
            "added-up-vectors-tokens",
            "added up the vectors of all tokens",
            "Each token keeps a vector of its own, so that attention can tell them apart.",
            over="sum",
        ),
        Mistake(
            "averaged-vectors-tokens",
            "averaged the vectors of all tokens",
            "Each token keeps a vector of its own, so that attention can tell them apart.",
            over="mean",
        ),
        Mistake(
            "summed-over-width-vectors",
            "summed over the dimension of the vectors",
            "Keep the last axis: the vector of a token has d_model entries.",
            over="width",
        ),
        Mistake(
            "flattened-batch",
            "flattened the batch",
            "The result has the shape of the tokens, and d_model after it.",
            over="flat",
        ),
        Mistake(
            "put-d-model-before-tokens",
            "put d_model before the tokens",
            "The vector stands on the last axis: shape (*batch, T, d_model).",
            over="transposed",
        ),
        Mistake(
            "returned-only-first-batch",
            "returned only the first of the batch",
            "Every sequence of the batch gets its vectors.",
            over="first",
        ),
        Mistake(
            "sorted-tokens",
            "sorted the tokens",
            "Their order is the order of the text.",
            order="sorted",
        ),
        Mistake(
            "dropped-repeated-tokens",
            "dropped repeated tokens",
            "A token that occurs twice gets its vector twice, each at its place.",
            lambda tokens, table: table[tokens.unique()],
        ),
        Mistake(
            "let-one-hot-guess-size",
            "let one_hot guess the size of the vocabulary",
            "Without V it takes the largest token plus 1, and the product does not fit the table.",
            lambda tokens, table: F.one_hot(tokens).to(table.dtype) @ table,
        ),
        Mistake(
            "returned-one-hot-vectors",
            "returned the one-hot vectors",
            "They still have to meet the table: each picks one of its rows.",
            lambda tokens, table: F.one_hot(tokens, len(table)).to(table.dtype),
        ),
        Mistake(
            "returned-first-rows-table",
            "returned the first rows of the table",
            "Take the row whose number is the token, not the row of the token's place.",
            lambda tokens, table: table[: tokens.shape[-1]],
        ),
        Mistake(
            "returned-whole-table",
            "returned the whole table",
            "The tokens say which rows to take, and in which order.",
            lambda tokens, table: table,
        ),
        Mistake(
            "multiplied-token-s-number-table",
            "multiplied the token's number with the table",
            "A token's number is a name, not a quantity: token 4 is not twice token 2.",
            lambda tokens, table: tokens[..., None].to(table.dtype) * table[0],
        ),
        Mistake(
            "hard-coded-float32",
            "hard-coded float32",
            "The vectors keep the dtype of the table.",
            dtype=torch.float32,
        ),
    ),
    laws=(
        Law(
            "equal tokens get equal vectors",
            lambda result, tokens, table: all(
                bool((result[tokens == token] == result[tokens == token][0]).all())
                for token in tokens.unique()
            ),
        ),
        Law(
            "every vector is a row of the table",
            lambda result, tokens, table: bool(
                (result.reshape(-1, 1, table.shape[1]) == table).all(-1).any(-1).all()
            ),
        ),
    ),
    sizes=lambda tokens, table: {
        "T": tokens.shape[-1],
        "V": table.shape[0],
        "d_model": table.shape[1],
    },
    verified="row by row the same as the table, in any number of batch axes, repeated tokens, "
    "float32 and float64, and the gradient reaches the table",
)
