"""Read the one value whose score is highest."""

import torch

from attncourse import hard
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import normal


def _cases():
    value = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], dtype=torch.float64)
    return [
        Case("one query", torch.tensor([[0.1, 0.9, 0.3]], dtype=torch.float64), value),
        Case("M ≠ N", normal(1, 2, 5), normal(2, 5, 3)),
        Case("more queries than keys", normal(3, 7, 4), normal(4, 4, 2)),
        Case("batch", normal(5, 3, 67, 71), normal(6, 3, 71, 5)),
        Case("two batch axes", normal(7, 2, 3, 4, 5), normal(8, 2, 3, 5, 6)),
        Case("one key", normal(9, 2, 3, 1), normal(10, 2, 1, 4)),
        Case("negative scores", -normal(11, 4, 6).abs() - 0.1, normal(12, 6, 3)),
        Case("large scores", normal(13, 3, 5, spread=400), normal(14, 5, 2)),
        Case("scores close together", normal(15, 5, 7, spread=1e-3), normal(16, 7, 3)),
        Case(
            "ties",
            torch.tensor([[2.0, 5.0, 5.0, 1.0], [3.0, 0.0, 3.0, 3.0]], dtype=torch.float64),
            normal(17, 4, 3),
        ),
        Case(
            "float32",
            normal(18, 2, 3, 5, dtype=torch.float32),
            normal(19, 2, 5, 4, dtype=torch.float32),
        ),
        Case("not contiguous", normal(20, 6, 4).mT, normal(21, 3, 6).mT),
    ]


def _pick(scores, *, best="first", axis="keys"):
    dim = -1 if axis == "keys" else -2
    if best == "smallest":
        index = scores.argmin(dim, keepdim=True)
    elif best == "last":
        index = scores.shape[dim] - 1 - scores.flip(dim).argmax(dim, keepdim=True)
    elif best == "absolute":
        index = scores.abs().argmax(dim, keepdim=True)
    else:
        index = scores.argmax(dim, keepdim=True)
    return torch.zeros_like(scores).scatter(dim, index, 1.0)


def _with(
    scores,
    value,
    *,
    best="first",
    axis="keys",
    weights="one-hot",
    read="value",
    give="both",
    gradient="value",
):
    one = _pick(scores, best=best, axis=axis)
    if best == "soft":
        one = scores.softmax(-1)
    elif best == "tied":
        one = (scores == scores.amax(-1, keepdim=True)).to(scores.dtype)
    elif best == "tied, shared":
        one = (scores == scores.amax(-1, keepdim=True)).to(scores.dtype)
        one = one / one.sum(-1, keepdim=True)
    if gradient == "straight through":
        one = scores.softmax(-1) + (one - scores.softmax(-1)).detach()
    used = {"value": one, "by its score": one * scores, "by its weight": one * scores.softmax(-1)}
    output = used[read] @ (value.detach() if gradient == "none" else value)
    given = {
        "one-hot": one,
        "soft": scores.softmax(-1),
        "scores": scores,
        "best score": one * scores,
        "best weight": one * scores.softmax(-1),
        "index": scores.argmax(-1),
        "bool": one.bool(),
        "int": one.long(),
    }[weights]
    return {"both": (output, given), "swapped": (given, output), "output": output}[give]


def _one_for_all(scores, value):
    """The best of all scores, for every query."""
    best = scores.flatten(-2).argmax(-1) % scores.shape[-1]
    one = torch.nn.functional.one_hot(best, scores.shape[-1]).to(scores.dtype)
    one = one.unsqueeze(-2).expand(scores.shape).contiguous()
    return one @ value, one


def _one_in_all(scores, value):
    """A single 1 in the whole matrix: the other queries get nothing."""
    flat = scores.flatten(-2)
    one = torch.zeros_like(flat).scatter(-1, flat.argmax(-1, keepdim=True), 1.0)
    one = one.unflatten(-1, scores.shape[-2:])
    return one @ value, one


def _half(scores, value):
    one = (scores.softmax(-1) > 0.5).to(scores.dtype)
    return one @ value, one


def _rounded(scores, value):
    one = scores.softmax(-1).round()
    return one @ value, one


def _kept_largest(scores, value):
    """The softmax with 0 wherever it is not the largest; of a tie, all stay."""
    soft = scores.softmax(-1)
    kept = soft * (soft == soft.amax(-1, keepdim=True))
    return kept @ value, kept


def _from_sum(scores, value):
    """The query that is best on average decides."""
    one = _pick(scores.mean(-2, keepdim=True).expand(scores.shape))
    return one @ value, one


def _flat_output(scores, value):
    output, one = hard.argmax_attention(scores, value)
    return output.mean(-2), one


def _largest_entries(scores, value):
    _, one = hard.argmax_attention(scores, value)
    return value.amax(-2, keepdim=True).expand(*scores.shape[:-1], value.shape[-1]) + 0, one


EXERCISE = Exercise(
    reference=hard.argmax_attention,
    points=1,
    cases=_cases,
    hints=(
        "Take one query: which key has the highest score? Its value is the output.",
        "The weights are a row with a single 1. How do you turn the place of the largest score "
        "into such a row, in the dtype of the scores?",
        "`scores.argmax(-1)` gives the places, `torch.nn.functional.one_hot` the rows; "
        "`.to(scores.dtype)` makes numbers of them, and `weights @ value` reads the values.",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "picked-smallest",
            "picked the lowest score",
            "The best fit has the highest score. A distance would be the other way round.",
            best="smallest",
        ),
        Mistake(
            "softmax-weights",
            "mixed all values, as soft attention does",
            "Here each query reads one value. A row of weights is 1 at one place and 0 elsewhere.",
            best="soft",
        ),
        Mistake(
            "over-queries",
            "picked a query for each key",
            "Rows are queries. Each *row* has its own best key: the last axis is searched.",
            axis="queries",
        ),
        Mistake(
            "last-of-ties",
            "picked the last of several equal scores",
            "Of equal scores the first counts, as in `argmax`.",
            best="last",
        ),
        Mistake(
            "all-of-ties",
            "read every value that shares the highest score",
            "Comparing with the maximum marks all ties, and then values are added up. "
            "A pick is one value.",
            best="tied",
        ),
        Mistake(
            "shared-ties",
            "shared the weight among equal scores",
            "A very low temperature splits a tie; a pick does not. Of equal scores the first "
            "counts.",
            lambda scores, value: _with(scores, value, best="tied, shared"),
            lambda scores, value: (
                (1e6 * scores).softmax(-1) @ value,
                (1e6 * scores).softmax(-1),
            ),
            alone=True,
        ),
        Mistake(
            "absolute-score",
            "picked the score of the largest size, whatever its sign",
            "A score of −5 fits worse than one of 2.",
            best="absolute",
        ),
        Mistake(
            "returned-soft-weights",
            "returned the softmax of the scores as weights",
            "Return the weights that the output was made with: 1 at one place.",
            weights="soft",
        ),
        Mistake(
            "returned-scores",
            "returned the scores in place of the weights",
            "The second part says what share each value has in the output: 1 or 0.",
            weights="scores",
        ),
        Mistake(
            "returned-best-score",
            "returned the highest score where the weight is due",
            "The place is right, the number is not: a weight is a share, and here it is 1.",
            weights="best score",
        ),
        Mistake(
            "returned-best-weight",
            "kept the soft weight of the picked key",
            "Whoever takes all takes 1, not the weight that the softmax would have given.",
            weights="best weight",
        ),
        Mistake(
            "returned-index",
            "returned the place, not a row of weights",
            "`argmax` says *where*. The weights have shape (…, M, N): turn the place into a row.",
            weights="index",
        ),
        Mistake(
            "weights-bool",
            "returned True and False as weights",
            "Weights are numbers here, in the dtype of the scores, so that they can be multiplied.",
            weights="bool",
        ),
        Mistake(
            "weights-int",
            "returned whole numbers as weights",
            "`one_hot` gives int64. Weights have the dtype of the scores.",
            weights="int",
        ),
        Mistake(
            "times-score",
            "multiplied the value by its score",
            "The value is read as it is. The score only decides which one.",
            read="by its score",
        ),
        Mistake(
            "times-weight",
            "multiplied the value by its soft weight",
            "The picked value counts in full, with weight 1.",
            read="by its weight",
        ),
        Mistake(
            "kept-soft-weight",
            "kept the soft weight of the picked key, and read with it",
            "Set all other weights to 0, and the picked one to 1: the row must sum to 1.",
            {"weights": "best weight", "read": "by its weight"},
            _kept_largest,
            alone=True,
        ),
        Mistake(
            "swapped-parts",
            "returned (weights, output)",
            "The order is (output, weights), in the whole course.",
            give="swapped",
        ),
        Mistake(
            "output-alone",
            "returned the output alone",
            "Attention returns (output, weights).",
            give="output",
        ),
        Mistake(
            "one-for-all",
            "let one key win for all queries",
            "Each query has its own row of scores and picks for itself.",
            _one_for_all,
            _from_sum,
        ),
        Mistake(
            "one-in-all",
            "picked once in the whole matrix",
            "Every row picks: each of the M queries reads one value.",
            _one_in_all,
        ),
        Mistake(
            "above-half",
            "picked only where a weight is above one half",
            "The best of many keys often has less than half. It is picked all the same.",
            _half,
            _rounded,
        ),
        Mistake(
            "straight-through",
            "let a gradient through to the scores",
            "That is the next idea, straight-through. The pick itself has no gradient by the "
            "scores.",
            gradient="straight through",
        ),
        Mistake(
            "value-detached",
            "cut the gradient to the value",
            "The value that was read has a gradient; only the choice has none.",
            gradient="none",
        ),
        Mistake(
            "averaged-queries",
            "averaged the outputs of all queries",
            "Every query keeps its own output.",
            _flat_output,
        ),
        Mistake(
            "largest-entries",
            "took the largest entry of all values",
            "One value is read as a whole; the scores say which.",
            _largest_entries,
        ),
    ),
    laws=(
        Law(
            "every row of weights is 1 at one place and 0 elsewhere",
            lambda result, scores, value: bool(
                (result[1].sum(-1) == 1).all() and ((result[1] == 0) | (result[1] == 1)).all()
            ),
        ),
        Law(
            "the 1 is at the highest score",
            lambda result, scores, value: bool((result[1].argmax(-1) == scores.argmax(-1)).all()),
        ),
        Law(
            "the output is weights @ value",
            lambda result, scores, value: torch.allclose(
                result[0].double(), result[1].double() @ value.double()
            ),
        ),
    ),
    sizes=lambda scores, value: {
        "M": scores.shape[-2],
        "N": scores.shape[-1],
        "d_v": value.shape[-1],
    },
    returns=("output", "weights"),
    verified="one value read per query, ties, negative and huge scores, any batch axes, a gradient "
    "by the value and none by the scores",
)
