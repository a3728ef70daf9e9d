"""Derive how the loss changes with the table of an embedding."""

import torch
from torch.nn import functional as F

from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import integers, normal


def table_gradient(tokens, gradient, vocab_size):
    """Add to each row of the table the gradients of all places where its token stands."""
    return _with(tokens, gradient, vocab_size)


def _cases():
    def case(label, *shape, below, d_model, seed, dtype=torch.float64):
        tokens = integers(seed, 0, below, *shape)
        return Case(label, tokens, normal(seed, *shape, d_model, dtype=dtype), below + 2)

    ones = torch.ones(3, 2, dtype=torch.float64)
    tens = torch.tensor([[1.0, 10], [2, 20], [3, 30], [4, 40]], dtype=torch.float64)
    cases = [
        Case("every token once", torch.tensor([2, 0, 1]), tens[:3], 3),
        Case("one token", torch.tensor([1]), tens[:1], 3),
        Case("a token that occurs twice", torch.tensor([2, 0, 2]), tens[:3], 4),
        Case("one token in every place", torch.tensor([1, 1, 1]), ones, 2),
        Case("a token that does not occur", torch.tensor([3, 1, 3, 0]), tens, 6),
        case("a long text", 71, below=11, d_model=3, seed=1),
        case("a batch", 2, 5, below=7, d_model=3, seed=2),
        case("a batch of one", 1, 5, below=4, d_model=2, seed=3),
        case("two batch axes", 2, 3, 5, below=6, d_model=4, seed=4),
        case("vectors of one number", 2, 7, below=5, d_model=1, seed=5),
        case("float32", 3, 6, below=5, d_model=2, seed=6, dtype=torch.float32),
    ]
    for one in cases:
        one.gradient = False
    return cases


def _with(tokens, gradient, vocab_size, *, rows="all", size="given", twice="add", turn="rows"):
    flat, each = tokens.reshape(-1), gradient.reshape(-1, gradient.shape[-1])
    if rows == "first of batch" and tokens.ndim > 1:
        flat, each = tokens.flatten(0, -2)[0], gradient.flatten(0, -3)[0]
    size = {"given": vocab_size, "largest": int(flat.max()) + 1, "seen": len(flat.unique())}[size]
    flat = flat.unique(return_inverse=True)[1] if size == len(flat.unique()) else flat
    hits = F.one_hot(flat, size).to(each.dtype)  # places size
    if twice in ("last", "first"):
        hits = hits * _alone(hits, twice)
    table = hits.mT @ each
    if twice == "mean":
        table = table / hits.sum(0).clamp_min(1)[:, None]
    return table.mT if turn == "columns" else table


def _alone(hits, which):
    """1 where a token stands for the first or the last time."""
    hits = hits.flip(0) if which == "last" else hits
    alone = (hits.cumsum(0) == 1) & (hits == 1)
    return (alone.flip(0) if which == "last" else alone).to(hits.dtype)


def _with_batch(tokens, gradient, vocab_size):
    return F.one_hot(tokens, vocab_size).to(gradient.dtype).mT @ gradient


def _counts(tokens, gradient, vocab_size):
    counts = torch.bincount(tokens.flatten(), minlength=vocab_size)
    return counts[:, None].to(gradient.dtype).expand(-1, gradient.shape[-1]).clone()


def _everywhere(tokens, gradient, vocab_size):
    return gradient.flatten(0, -2).sum(0).expand(vocab_size, -1).clone()


def _in_order(tokens, gradient, vocab_size):
    table = gradient.new_zeros(vocab_size, gradient.shape[-1])
    flat = gradient.flatten(0, -2)[:vocab_size]
    table[: len(flat)] = flat
    return table


EXERCISE = Exercise(
    reference=table_gradient,
    points=3,
    cases=_cases,
    hints=(
        "Take the tokens 2, 0, 2 and a table of four rows. Which of the three vectors change if "
        "you change row 2? Which if you change row 1?",
        "Row 2 stands in two vectors. If it moves, both move, and the loss feels both. What does "
        "the chain rule do with two ways from one number to the loss?",
        "`result[tokens] += gradient` looks right, and goes wrong where a token occurs twice: try "
        "it. One-hot vectors turn a lookup into a matrix product. Which product goes the way back?",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "overwrites",
            "let a token that occurs twice keep only one of its gradients",
            "`result[tokens] += gradient` reads all rows first and writes them after, so what is "
            "written last stays. Every place where the token stands adds its gradient.",
            {"twice": "last"},
            {"twice": "first"},
        ),
        Mistake(
            "mean",
            "averaged the gradients of a token that occurs twice",
            "If the row moves, both places move, and the loss feels both: add them up.",
            twice="mean",
        ),
        Mistake(
            "size-of-the-largest",
            "let the largest token decide how many rows there are",
            "The table has `vocab_size` rows. Those that were not looked up get zeros.",
            {"size": "largest"},
            {"size": "seen"},
        ),
        Mistake(
            "first-of-batch",
            "used only the first sequence of the batch",
            "One table serves the whole batch: every sequence adds to it.",
            rows="first of batch",
        ),
        Mistake(
            "one-table-each",
            "made one table for each sequence of the batch",
            "One table serves the whole batch: add over the batch axes, too.",
            _with_batch,
        ),
        Mistake(
            "transposed",
            "returned the transpose",
            "One row per token, as the table has: shape (vocab_size, d_model).",
            turn="columns",
        ),
        Mistake(
            "counted",
            "counted the tokens and left the gradient out",
            "A row gets the gradients of its places, not a 1 for each.",
            _counts,
        ),
        Mistake(
            "everywhere",
            "gave every row the sum of all gradients",
            "A row changes only the vectors in which it stands.",
            _everywhere,
        ),
        Mistake(
            "in-order",
            "put the gradients into the first rows of the table",
            "The gradient of a place belongs to the row of the token that stands there.",
            _in_order,
        ),
        Mistake(
            "looked-up-again",
            "looked up rows of the gradient",
            "A lookup takes rows out of a table. Here the rows go back into it.",
            lambda tokens, gradient, vocab_size: gradient.flatten(0, -2)[
                tokens.flatten() % tokens.numel()
            ],
        ),
    ),
    laws=(
        Law(
            "the table has vocab_size rows of d_model numbers",
            lambda result, tokens, gradient, vocab_size: (
                tuple(result.shape) == (vocab_size, gradient.shape[-1])
            ),
        ),
        Law(
            "a row that was not looked up has the gradient 0",
            lambda result, tokens, gradient, vocab_size: all(
                not result[row].any()
                for row in set(range(vocab_size)) - set(tokens.unique().tolist())
            ),
        ),
        Law(
            "all rows together hold as much as the gradients of all places together",
            lambda result, tokens, gradient, vocab_size: torch.allclose(
                result.sum(0), gradient.flatten(0, -2).sum(0), rtol=1e-3, atol=1e-5
            ),
        ),
    ),
    sizes=lambda tokens, gradient, vocab_size: {
        "T": tokens.shape[-1],
        "d_model": gradient.shape[-1],
        "vocab_size": vocab_size,
    },
    verified="tokens that occur never, once and many times, any batch axes, and the same as "
    "PyTorch's derivative",
)
