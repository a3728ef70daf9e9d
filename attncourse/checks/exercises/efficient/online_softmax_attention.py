"""Attend exactly, seeing a block of keys at a time."""

import torch

from attncourse import efficient
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import DOUBLE, normal


def in_blocks(answer, query, key, value, block):
    """Call an answer and stop it as soon as it makes half of a whole map at once."""
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils._pytree import tree_leaves

    M, N = query.shape[-2], key.shape[-2]

    class Watch(TorchDispatchMode):
        def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
            made = operation(*args, **(kwargs or {}))
            sizes = [leaf.numel() for leaf in tree_leaves(made) if hasattr(leaf, "numel")]
            if max(sizes, default=0) > M * N // 2:
                raise MemoryError(f"{max(sizes)} numbers at once, where a block has {M * block}")
            return made

    with Watch():
        return answer(query, key, value, block)


def _triple(seed, *batch, M=5, N=7, d_k=6, d_v=3, dtype=DOUBLE, spread=1.0):
    return (
        normal(3 * seed, *batch, M, d_k, dtype=dtype, spread=spread),
        normal(3 * seed + 1, *batch, N, d_k, dtype=dtype, spread=spread),
        normal(3 * seed + 2, *batch, N, d_v, dtype=dtype),
    )


def _far_below(seed):
    """Scores around −1500: exp of any of them is 0."""
    query, key, value = _triple(seed, M=3, N=6)
    return 50 * query.abs() + 30, -20 * key.abs() - 10, value


def _cases():
    strided = tuple(x.mT.contiguous().mT for x in _triple(9))
    long = _triple(12, M=48, N=64, d_k=4)
    return [
        Case("four keys in two blocks", *_triple(1, M=1, N=4, d_k=1, d_v=1), 2),
        Case("two blocks", *_triple(2, M=3, N=6), 3),
        Case("one block holds all", *_triple(3, M=3, N=4), 4),
        Case("blocks of one key", *_triple(4, M=2, N=5), 1),
        Case("the last block is shorter", *_triple(5), 3),
        Case("a block larger than N", *_triple(6, M=4, N=3), 8),
        Case("one key", *_triple(7, M=2, N=1), 2),
        Case("two batch axes", *_triple(8, 2, 3), 4),
        Case("not contiguous", *strided, 2),
        Case("large scores", *_triple(10, spread=20.0), 2, rtol=1e-4),
        Case("scores far below 0", *_far_below(13), 2, rtol=1e-4),
        Case("float32", *_triple(11, 2, dtype=torch.float32), 3),
        Case("64 keys in blocks of 8, memory watched", *long, 8, use=in_blocks),
    ]


_SHRINK = {  # what was summed so far, with the sum and with the output
    "both": (1, 1),
    "neither": (0, 0),
    "sum only": (1, 0),
    "output only": (0, 1),
    "the wrong way": (-1, -1),
}


def _with(query, key, value, block, *, divide=0.5, last="kept", **knobs):
    N = key.shape[-2]
    if last == "dropped" and block < N:
        N -= N % block
    parts = ((key[..., i : i + block, :], value[..., i : i + block, :]) for i in range(0, N, block))
    if last == "first only":
        parts = [next(parts)]
    scored = [(query @ keys.mT / query.shape[-1] ** divide, values) for keys, values in parts]
    return _folded(scored, **knobs)


def _folded(scored, *, shrink="both", top="running", divided="at the end", told="log sum"):
    first, values = scored[0]
    start = {"running": -torch.inf, "none": 0.0, "from 0": 0.0, "block": -torch.inf}[top]
    highest = torch.full_like(first[..., :1], start)
    total, output = torch.zeros_like(highest), 0 * first[..., :1] * values[..., :1, :]
    by_sum, by_output = _SHRINK[shrink]
    for scores, values in scored:
        new = highest
        if top in ("running", "from 0"):
            new = torch.maximum(highest, scores.amax(-1, keepdim=True))
        parts, before = (scores - new).exp(), highest - new
        total = (by_sum * before).exp() * total if by_sum else total
        total = total + parts.sum(-1, keepdim=True)
        kept = (by_output * before).exp() * output if by_output else output
        output = kept + parts @ values / (total if divided == "in the loop" else 1)
        highest = new
    return _told(output, highest, total, divided, told)


def _told(output, highest, total, divided, told):
    output = output / total if divided == "at the end" else output
    logs = {
        "log sum": highest + total.log(),
        "without the maximum": total.log(),
        "maximum": highest,
        "sum": total,
        "minus": total.log() - highest,
        "real sum": highest.exp() * total,
    }[told]
    return output, logs.squeeze(-1)


def _blocks_averaged(query, key, value, block):
    """A softmax for each block, and the mean of what comes out."""
    outputs, logs = [], []
    for keys, values in zip(key.split(block, -2), value.split(block, -2), strict=True):
        scores = query @ keys.mT / query.shape[-1] ** 0.5
        outputs.append(scores.softmax(-1) @ values)
        logs.append(scores.logsumexp(-1))
    return torch.stack(outputs).mean(0), torch.stack(logs).logsumexp(0)


def _blocks_summed(query, key, value, block):
    """A softmax for each block, all added up."""
    output, logs = _blocks_averaged(query, key, value, block)
    return output * -(-key.shape[-2] // block), logs


def _whole_map(query, key, value, block):
    """Right numbers, from all scores at once."""
    scores = query @ key.mT / query.shape[-1] ** 0.5
    return scores.softmax(-1) @ value, scores.logsumexp(-1)


def _log_sums_fit(result, query, key, value, block):
    scores = query @ key.mT / query.shape[-1] ** 0.5
    sums = (scores - result[1].unsqueeze(-1)).exp().sum(-1)
    return torch.allclose(sums, torch.ones_like(sums), rtol=1e-3)


EXERCISE = Exercise(
    reference=efficient.online_softmax_attention,
    points=3,
    cases=_cases,
    hints=(
        "Keep three things per query while you read the blocks: the largest score so far, the sum "
        "of exp(score − largest), and the sum of exp(score − largest) · value.",
        "A larger score in a new block makes both sums too large: multiply them by "
        "exp(old largest − new largest), then add what the block brings.",
        "Start with −∞ and two zeros. After the last block divide the second sum by the first, "
        "and return the largest score plus the logarithm of the first.",
        "`key.split(block, dim=-2)` gives the blocks, the last one shorter where it must be.",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "not-shrunk",
            "did not shrink the sums when a larger score came",
            "What was summed under a smaller maximum has to be multiplied by "
            "exp(old maximum − new maximum).",
            shrink="neither",
        ),
        Mistake(
            "output-not-shrunk",
            "shrank the sum of exponentials, but not the output",
            "Both were made under the old maximum, so both have to shrink.",
            shrink="sum only",
        ),
        Mistake(
            "sum-not-shrunk",
            "shrank the output, but not the sum of exponentials",
            "Both were made under the old maximum, so both have to shrink.",
            shrink="output only",
        ),
        Mistake(
            "shrunk-the-wrong-way",
            "let the sums grow where they should shrink",
            "The factor is exp(old − new), at most 1.",
            shrink="the wrong way",
        ),
        Mistake(
            "blocks-averaged",
            "averaged a softmax for each block",
            "Every block would count the same. A block with large scores must count more: one sum "
            "over all blocks, divided once.",
            _blocks_averaged,
        ),
        Mistake(
            "blocks-summed",
            "added up a softmax for each block",
            "Then the weights of a query sum to the number of blocks. Divide once, at the end, by "
            "the sum over all blocks.",
            _blocks_summed,
        ),
        Mistake(
            "divided-in-the-loop",
            "divided by a sum that was not complete",
            "Inside the loop only some blocks have been summed. Divide after the last one.",
            divided="in the loop",
        ),
        Mistake(
            "never-divided",
            "never divided by the sum",
            "Σ exp(score) · value is not an average yet.",
            divided="never",
        ),
        Mistake(
            "no-maximum",
            "let exp overflow",
            "exp(1000) is ∞. Subtract the largest score seen so far.",
            top="none",
        ),
        Mistake(
            "began-at-0",
            "began with 0 for the largest score",
            "If all scores lie far below 0, every exponential is 0, and 0 / 0 follows. Begin with "
            "−∞.",
            top="from 0",
        ),
        Mistake(
            "whole-map",
            "made the whole map of scores at once",
            "The numbers are right. But no more than M × block scores may exist at a time: score "
            "each block inside the loop.",
            _whole_map,
        ),
        Mistake(
            "last-block-dropped",
            "dropped the last block where it is shorter",
            "N need not be a multiple of the block.",
            last="dropped",
        ),
        Mistake(
            "first-block-only",
            "read the first block only",
            "A `return` inside the loop ends it.",
            last="first only",
        ),
        Mistake(
            "no-scale",
            "forgot to divide by √d_k",
            "The scores are lesson 04's: q · k / √d_k.",
            divide=0,
        ),
        Mistake("d_k-scale", "divided by d_k instead of √d_k", "Lesson 04: √d_k.", divide=1),
        Mistake(
            "log-without-maximum",
            "left the maximum out of the log sums",
            "The sum was made of exp(score − maximum): its logarithm lacks the maximum.",
            {"told": "minus"},
            told="without the maximum",
        ),
        Mistake(
            "maximum-for-log-sum",
            "returned the largest score where the log sum is due",
            "It is the largest score plus the logarithm of the sum.",
            told="maximum",
        ),
        Mistake(
            "no-log",
            "returned the sum, not its logarithm",
            "The sum itself overflows where scores are large: maximum + ln(sum).",
            {"told": "real sum"},
            told="sum",
        ),
    ),
    laws=(
        Law("exp(score − log sum) are weights: those of a query sum to 1", _log_sums_fit),
        Law(
            "the output lies between the smallest and the largest value",
            lambda result, query, key, value, block: bool(
                (result[0] <= value.amax(-2, keepdim=True) + 1e-4).all()
                and (result[0] >= value.amin(-2, keepdim=True) - 1e-4).all()
            ),
        ),
    ),
    sizes=lambda query, key, value, block: {
        "d_k": query.shape[-1],
        "d_v": value.shape[-1],
        "M": query.shape[-2],
        "N": key.shape[-2],
        "block": block,
    },
    returns=("output", "log_sums"),
    verified="output, log sums and all gradients; blocks of 1, of N, larger than N and with a "
    "rest; scores of ±1500; never more than half of the map at once",
)
