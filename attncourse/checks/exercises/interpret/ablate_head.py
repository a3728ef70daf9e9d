"""Let one head say the same in every sequence."""

import torch

from attncourse import interpret
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import DOUBLE, normal


def _cases():
    by_hand = torch.tensor([[[[1.0, 2.0]], [[5.0, 6.0]]], [[[3.0, 0.0]], [[7.0, 8.0]]]])
    return [
        Case("two sequences, two heads, one token", by_hand.to(DOUBLE), 0),
        Case("the last of three heads", normal(1, 2, 3, 4, 5), 2),
        Case("the first head", normal(2, 5, 4, 3, 2), 0),
        Case("a head in the middle", normal(3, 4, 3, 6, 2), 1),
        Case("one head in all", normal(4, 3, 1, 4, 2), 0),
        Case("as many sequences, heads and tokens", normal(5, 3, 3, 3, 3), 1),
        Case("one sequence", normal(6, 1, 2, 3, 4), 1),
        Case("float32", normal(7, 4, 2, 3, 2, dtype=torch.float32), 1),
    ]


def _with(outputs, head, *, axis="heads", by="batch", rest="kept", scale="none"):
    at = [slice(None)] * 4
    at[{"heads": 1, "tokens": 2, "batch": 0}[axis]] = slice(head, head + 1)
    part = outputs[tuple(at)]
    dims = {"batch": 0, "tokens": 2, "batch and tokens": (0, 2), "numbers": 3, "all": (0, 2, 3)}
    if by in dims:
        said = part.mean(dims[by], keepdim=True)
    elif by == "heads":
        said = outputs.mean(1, keepdim=True)
    else:
        said = torch.zeros_like(part)
    result = outputs.clone()
    if rest == "silenced":
        mean = outputs.mean(0, keepdim=True).expand_as(outputs)
        result = mean.clone()
        said = part
    result[tuple(at)] = said.expand_as(part)
    H = outputs.shape[1]
    return result * H / max(1, H - 1) if scale == "up" else result


def _dropped(outputs, head):
    return torch.cat([outputs[:, :head], outputs[:, head + 1 :]], 1)


def _detached(outputs, head):
    result = outputs.clone()
    result[:, head] = outputs[:, head].mean(0).detach()
    return result


def _shuffled(outputs, head):
    result = outputs.clone()
    result[:, head] = outputs[:, head].roll(1, 0)
    return result


def _others_stay(result, outputs, head):
    others = [h for h in range(outputs.shape[1]) if h != head]
    return result.shape == outputs.shape and torch.equal(result[:, others], outputs[:, others])


def _same_everywhere(result, outputs, head):
    return torch.allclose(result[:, head], result[:1, head], atol=1e-5)


EXERCISE = Exercise(
    reference=interpret.ablate_head,
    points=2,
    cases=_cases,
    hints=(
        "What does a head say if it must say the same in every sequence? At each place, the mean "
        "of what it says there.",
        "`outputs[:, head]` is B × T × d_head. The mean over its first axis is T × d_head.",
        "Make a copy with `outputs.clone()` and write into the copy: the caller still needs the "
        "outputs as they were.",
    ),
    verified="any head, one or many sequences; the other heads and the argument stay as they were; "
    "gradients",
    rewrite=_with,
    laws=(
        Law("the other heads stay as they were", _others_stay),
        Law("the head says the same in every sequence", _same_everywhere),
    ),
    sizes=lambda outputs, head: {
        "B": outputs.shape[0],
        "H": outputs.shape[1],
        "T": outputs.shape[2],
        "d_head": outputs.shape[3],
    },
    mistakes=(
        Mistake(
            "zero",
            "put zeros in place of the head",
            "The layers above never met a head that is silent. A head that always says its mean "
            "stays within what they know.",
            by="zero",
        ),
        Mistake(
            "mean-over-tokens",
            "took the mean over the tokens",
            "Each place keeps a mean of its own: average over the sequences, the first axis.",
            by="tokens",
        ),
        Mistake(
            "mean-over-both",
            "took one mean for all tokens",
            "Each place keeps a mean of its own: average over the sequences alone.",
            by="batch and tokens",
        ),
        Mistake(
            "mean-over-numbers",
            "took the mean over the head's d_head numbers",
            "The mean of vectors is a vector: average over the sequences.",
            by="numbers",
        ),
        Mistake(
            "one-number",
            "took one mean for the whole head",
            "Each place and each of the d_head numbers keeps a mean of its own.",
            by="all",
        ),
        Mistake(
            "mean-over-heads",
            "took the mean over the heads",
            "Then the other heads speak in its place. Average the head's own outputs.",
            by="heads",
        ),
        Mistake(
            "silenced-token",
            "silenced a token instead of a head",
            "The axes are (B, H, T, d_head): heads are the second.",
            axis="tokens",
        ),
        Mistake(
            "kept-only-this",
            "silenced all heads but this one",
            "The one that is named goes, the others stay.",
            rest="silenced",
        ),
        Mistake(
            "scaled-others",
            "scaled the others up",
            "Dropout does that while a model learns. Here everything else must stay as it was.",
            scale="up",
        ),
        Mistake(
            "dropped",
            "took the head out of the tensor",
            "W_o expects all H heads. The shape stays; only what the head says changes.",
            _dropped,
        ),
        Mistake(
            "shuffled",
            "gave each sequence the head's output of another",
            "That is another good ablation (resampling). Here the mean is wanted.",
            _shuffled,
        ),
    ),
)
