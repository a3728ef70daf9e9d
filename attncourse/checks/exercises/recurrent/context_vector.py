"""Ask a memory with the decoder's state, padding hidden."""

import math
from functools import partial

import torch
import torch.nn.functional as F

from attncourse import recurrent
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.inputs import DOUBLE, normal
from attncourse.checks.exercises.recurrent.shared import real
from attncourse.scoring import dot_score


def _distance(query, key):
    """A score that knows which is which: the query is stretched before it is compared."""
    return -torch.cdist(2 * query, key)


def _narrow(query, key):
    """A score for a memory wider than the state: the state's entries meet the first of the key."""
    return query @ key[..., : query.shape[-1]].mT + key.sum(-1).unsqueeze(-2)


def _cases():
    by_hand = torch.tensor([[1.0, 0.0], [0.0, 2.0], [9.0, 9.0]], dtype=DOUBLE)
    gap = torch.tensor([[1, 0, 1, 1, 0], [0, 1, 1, 0, 1], [1, 1, 0, 0, 0]]).bool()
    state = torch.tensor([0.0, 0.5], dtype=DOUBLE)
    return [
        Case("no batch axis", state, by_hand, real(2, 3), dot_score),
        Case(
            "nothing is padding",
            normal(1, 2, 3),
            normal(2, 2, 5, 3),
            real([5, 5], 5),
            dot_score,
        ),
        Case("padding", normal(3, 2, 6), normal(4, 2, 7, 6), real([7, 4], 7), dot_score),
        Case("padding", normal(5, 3, 6), normal(6, 3, 71, 6), real([2, 67, 1], 71), dot_score),
        Case("one sentence", normal(7, 1, 6), normal(8, 1, 5, 6), real([3], 5), dot_score),
        Case("one word", normal(9, 3, 6), normal(10, 3, 1, 6), real([1, 1, 1], 1), dot_score),
        Case("gaps in the mask", normal(11, 3, 6), normal(12, 3, 5, 6), gap, dot_score),
        Case(
            "two batch axes",
            normal(13, 2, 3, 6),
            normal(14, 2, 3, 5, 6),
            gap.expand(2, 3, 5),
            dot_score,
        ),
        Case("another score", normal(15, 2, 6), normal(16, 2, 7, 6), real([7, 4], 7), _distance),
        Case(
            "memory wider than the state",
            normal(17, 2, 4),
            normal(18, 2, 5, 9),
            real([3, 5], 5),
            _narrow,
        ),
        Case(
            "large scores",
            normal(19, 3, 6, spread=30),
            normal(20, 3, 7, 6, spread=30),
            real([7, 4, 2], 7),
            dot_score,
            rtol=1e-4,
        ),
        Case(
            "very negative scores",
            -50 * normal(23, 2, 6).abs(),
            30 * normal(24, 2, 5, 6).abs(),
            real([2, 4], 5),
            dot_score,
            rtol=1e-4,
        ),
        Case(
            "float32",
            normal(21, 2, 6, dtype=torch.float32),
            normal(22, 2, 5, 6, dtype=torch.float32),
            real([4, 2], 5),
            dot_score,
        ),
    ]


_AXES = {"words": -1, "batch": 0}


def _with(
    state,
    memory,
    mask,
    score,
    *,
    hidden="padding",
    when="before",
    over="words",
    hide=-math.inf,
    asks="state",
    average="memory",
    scale="none",
    roles="right",
    give="context",
):
    query, key = state.unsqueeze(-2), memory
    if roles == "swapped":
        scores = score(key, query).squeeze(-1)  # *batch N
    else:
        scores = (dot_score if asks == "dot" else score)(query, key).squeeze(-2)
    if scale == "width":
        scores = scores / math.sqrt(memory.shape[-1])
    if scale == "state":
        scores = scores / math.sqrt(state.shape[-1])
    seen = {"padding": mask, "words": ~mask, "nothing": torch.ones_like(mask)}[hidden]
    if when == "before":
        scores = torch.where(seen, scores, torch.full_like(scores, hide))
    elif when == "multiplied":
        scores = scores * seen
    elif when == "added":
        scores = scores + seen
    weights = torch.softmax(scores, _AXES[over])
    if when.startswith("after"):
        weights = weights * seen
    if when == "multiplied, and after":
        scores = scores * seen
        weights = torch.softmax(scores, _AXES[over]) * seen
    if when == "after, normalised again":
        weights = weights / weights.sum(-1, keepdim=True)
    if average == "words":
        return memory.mean(-2), weights
    return (weights.unsqueeze(-2) @ memory).squeeze(-2), weights


def _own_product(state, memory, mask, score):
    return recurrent.context_vector(state, memory, mask, lambda query, key: query @ key.mT)


def _mean_of_words(state, memory, mask, score):
    weights = mask.to(memory.dtype) / mask.sum(-1, keepdim=True)
    return (weights.unsqueeze(-2) @ memory).squeeze(-2), weights


def _best_word(state, memory, mask, score):
    scores = score(state.unsqueeze(-2), memory).squeeze(-2).masked_fill(~mask, -math.inf)
    weights = F.one_hot(scores.argmax(-1), scores.shape[-1]).to(memory.dtype)
    return (weights.unsqueeze(-2) @ memory).squeeze(-2), weights


def _last_word(state, memory, mask, score):
    weights = F.one_hot(mask.sum(-1) - 1, mask.shape[-1]).to(memory.dtype)
    return (weights.unsqueeze(-2) @ memory).squeeze(-2), weights


def _scores_for_weights(state, memory, mask, score):
    scores = score(state.unsqueeze(-2), memory).squeeze(-2).masked_fill(~mask, 0)
    return (scores.unsqueeze(-2) @ memory).squeeze(-2), scores


def _query_axis_kept(state, memory, mask, score):
    context, weights = recurrent.context_vector(state, memory, mask, score)
    return context.unsqueeze(-2), weights.unsqueeze(-2)


def _state_without_query_axis(state, memory, mask, score):
    weights = torch.softmax(score(state, memory).masked_fill(~mask, -math.inf), -1)
    return (weights.unsqueeze(-2) @ memory).squeeze(-2), weights


def _joined_to_state(state, memory, mask, score):
    context, weights = recurrent.context_vector(state, memory, mask, score)
    return torch.cat([state, context], -1), weights


def _sum_of_words(state, memory, mask, score):
    context, weights = recurrent.context_vector(state, memory, mask, score)
    return context * mask.sum(-1, keepdim=True), weights


def _scores_returned(state, memory, mask, score):
    context, _ = recurrent.context_vector(state, memory, mask, score)
    return context, score(state.unsqueeze(-2), memory).squeeze(-2).masked_fill(~mask, -math.inf)


def _plain_exponentials(state, memory, mask, score, *, hide=torch.mul):
    powers = hide(score(state.unsqueeze(-2), memory).squeeze(-2).exp(), mask)
    weights = powers / powers.sum(-1, keepdim=True)
    return (weights.unsqueeze(-2) @ memory).squeeze(-2), weights


def _summed_over_width(state, memory, mask, score):
    _, weights = recurrent.context_vector(state, memory, mask, score)
    return (weights.unsqueeze(-1) * memory).sum(-1), weights


def _added_to_state(state, memory, mask, score):
    context, weights = recurrent.context_vector(state, memory, mask, score)
    return state + context, weights


def _sigmoid(state, memory, mask, score):
    weights = torch.sigmoid(score(state.unsqueeze(-2), memory).squeeze(-2)) * mask
    return (weights.unsqueeze(-2) @ memory).squeeze(-2), weights


def _memory_hidden(state, memory, mask, score):
    memory = memory * mask.unsqueeze(-1)
    return recurrent.context_vector(state, memory, torch.ones_like(mask), score)


def _memory_hidden_from_score(state, memory, mask, score):
    _, weights = _memory_hidden(state, memory, mask, score)
    return (weights.unsqueeze(-2) @ memory).squeeze(-2), weights


def _least_fitting(state, memory, mask, score):
    return recurrent.context_vector(state, memory, mask, lambda *asked: -score(*asked))


def _over_the_one_query(state, memory, mask, score, *, when="after"):
    scores = score(state.unsqueeze(-2), memory)
    seen = mask.unsqueeze(-2)
    if when == "before":
        scores = scores.masked_fill(~seen, -math.inf)
    weights = scores.softmax(-2) * (seen if when == "after" else 1)
    return (weights @ memory).squeeze(-2), weights.squeeze(-2)


def _undivided(state, memory, mask, score):
    scores = score(state.unsqueeze(-2), memory).squeeze(-2)
    weights = scores.masked_fill(~mask, -math.inf).exp()
    return (weights.unsqueeze(-2) @ memory).squeeze(-2), weights


EXERCISE = Exercise(
    reference=recurrent.context_vector,
    points=3,
    cases=_cases,
    hints=(
        "Three lines: score the state against every word, turn the scores into weights, average "
        "the memory with them.",
        "A score compares M queries with N keys, so it wants a query axis: (…, 1, d_state). "
        "The mask needs that axis too. Take it away again at the end.",
        "`masked_softmax` of lesson 04 does the weights, padding included. The average is a "
        "product of weights (…, 1, N) and memory (…, N, d_memory).",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "looked-padding-too",
            "looked at the padding too",
            "The mask is never used, so words that nobody wrote get weight. Hide them before "
            "the softmax.",
            hidden="nothing",
        ),
        Mistake(
            "read-mask-other-way-round",
            "read the mask the other way round",
            "In this course True = may attend: True is a real word, False is padding.",
            {"hidden": "words"},
            {"hidden": "words", "hide": -1e9},
        ),
        Mistake(
            "read-mask-other-way-round",
            "read the mask the other way round",
            "In this course True = may attend: True is a real word, False is padding.",
            lambda state, memory, mask, score: recurrent.context_vector(
                state, memory, ~mask, score
            ),
        ),
        Mistake(
            "hid-padding-after-softmax",
            "hid the padding after the softmax",
            "Padding already took its share, so the rest sums to less than 1. Hide before the "
            "softmax.",
            when="after",
        ),
        Mistake(
            "hid-padding-after-softmax-normalised-again",
            "hid the padding after the softmax, and normalised again what was left",
            "Where padding scores far above the real words, nothing is left to normalise. Hide "
            "before the softmax.",
            when="after, normalised again",
        ),
        Mistake(
            "hid-padding-after-softmax",
            "hid the padding after the softmax",
            "Padding already took its share, so the rest sums to less than 1. Hide before the "
            "softmax.",
            when="multiplied, and after",
        ),
        Mistake(
            "added-mask-scores",
            "added the mask to the scores",
            "True adds 1, False adds 0: padding is hardly hindered. It must not take part at all.",
            when="added",
        ),
        Mistake(
            "gave-padding-score-0",
            "gave the padding a score of 0",
            "A score of 0 is no small score: exp(0) = 1. What must a score be to get the weight 0?",
            {"when": "multiplied"},
            _memory_hidden_from_score,
        ),
        Mistake(
            "hid-padding-score-small-enough",
            "hid the padding with a score that is not small enough",
            "A real word may score below any number. Only −∞ is below everything.",
            *({"hide": score} for score in (-10.0, -100.0, -1000.0)),
        ),
        Mistake(
            "normalised-over-batch",
            "normalised over the batch, not the words",
            "Each sentence shares out its own 1 among its own words: the last axis.",
            over="batch",
        ),
        Mistake(
            "averaged-memory-without-weights",
            "averaged the memory without the weights",
            "Every word counts alike in your context, padding too. Weight each by its share.",
            average="words",
        ),
        Mistake(
            "used-dot-product",
            "used the dot product, whatever score was given",
            "`score` is an argument: call it. The same function must serve every score.",
            asks="dot",
        ),
        Mistake(
            "used-dot-product",
            "used the dot product, whatever score was given",
            "`score` is an argument: call it. The same function must serve every score.",
            _own_product,
        ),
        Mistake(
            "divided-scores-root-d",
            "divided the scores by √d",
            "That is lesson 04's scale. Here the score alone decides; take its numbers as they "
            "are.",
            {"scale": "width"},
            {"scale": "state"},
        ),
        Mistake(
            "swapped-score-s-arguments",
            "swapped the score's arguments",
            "The state asks: it is the query and comes first. The memory holds the keys.",
            roles="swapped",
        ),
        Mistake(
            "gave-score-state-without-query",
            "gave the score a state without its query axis",
            "A score wants (…, M, d) queries. One state is one query: M = 1.",
            _state_without_query_axis,
        ),
        Mistake(
            "kept-query-axis",
            "kept the query axis",
            "One state asks one question: context is (…, d_memory) and weights are (…, N), without "
            "an axis of size 1.",
            _query_axis_kept,
        ),
        Mistake(
            "weighted-real-word-alike",
            "weighted every real word alike",
            "That is the mean of the memory. The state must have a say: score it against each "
            "word.",
            _mean_of_words,
        ),
        Mistake(
            "took-only-best-word",
            "took only the best word",
            "That is hard attention, of lesson 12. Here every real word adds its share.",
            _best_word,
        ),
        Mistake(
            "took-last-real-word",
            "took the last real word",
            "That is the fixed vector, the bottleneck itself. Score every word and average.",
            _last_word,
        ),
        Mistake(
            "used-scores-weights",
            "used the scores as weights",
            "Scores have any sign and any sum. The softmax between them and the average is "
            "missing.",
            _scores_for_weights,
        ),
        Mistake(
            "returned-scores-place-weights",
            "returned the scores in place of the weights",
            "The context is right. The second part is what it was averaged with, after the "
            "softmax.",
            _scores_returned,
        ),
        Mistake(
            "took-exponentials-large-scores",
            "took exponentials of large scores",
            "exp(1000) is infinite, exp(−1000) is 0, and neither can be normalised. "
            "`torch.softmax` shifts the scores first.",
            *(
                partial(_plain_exponentials, hide=hide)
                for hide in (torch.mul, lambda powers, mask: powers.masked_fill(~mask, 0))
            ),
        ),
        Mistake(
            "summed-over-width",
            "summed over the width, not over the words",
            "Each word gave one number. The context is as wide as the memory: sum over N.",
            _summed_over_width,
        ),
        Mistake(
            "added-state-context",
            "added the state to the context",
            "The context is made of the memory alone. What the decoder does with both comes later.",
            _added_to_state,
        ),
        Mistake(
            "used-sigmoid-place-softmax",
            "used a sigmoid in place of the softmax",
            "Each weight lies between 0 and 1, but together they are not 1: words must compete.",
            _sigmoid,
        ),
        Mistake(
            "set-padding-s-memory-0",
            "set the padding's memory to 0 and left its scores alone",
            "A memory of zeros still scores 0 and takes its share. Hide the scores, before the "
            "softmax.",
            _memory_hidden,
        ),
        Mistake(
            "preferred-words-fit-least",
            "preferred the words that fit least",
            "Your scores have the wrong sign: the better the fit, the larger the weight.",
            _least_fitting,
        ),
        Mistake(
            "joined-context-state",
            "joined the context to the state",
            "The decoder does that later. Return the context alone, as wide as the memory.",
            _joined_to_state,
        ),
        Mistake(
            "multiplied-average-number-words",
            "multiplied the average by the number of words",
            "The weights already sum to 1: the context is an average, not a sum.",
            _sum_of_words,
        ),
        Mistake(
            "over-the-one-query",
            "normalised over the one query, so that every weight is 1",
            "The words share the 1: normalise over the last axis.",
            _over_the_one_query,
            partial(_over_the_one_query, when="before"),
            partial(_over_the_one_query, when="never"),
        ),
        Mistake(
            "undivided",
            "left the division by the sum out",
            "exp alone is no share: divide by the sum over the real words, as softmax does.",
            _undivided,
        ),
    ),
    laws=(
        Law(
            "the weights of a sentence sum to 1",
            lambda result, *_: bool(((result[1].sum(-1) - 1).abs() < 1e-4).all()),
        ),
        Law(
            "padding has weight 0",
            lambda result, state, memory, mask, score: bool((result[1][~mask] == 0).all()),
        ),
        Law(
            "the context lies between the smallest and the largest state of the memory",
            lambda result, state, memory, mask, score: bool(
                (result[0] <= memory.amax(-2) + 1e-5).all()
                and (result[0] >= memory.amin(-2) - 1e-5).all()
            ),
        ),
    ),
    sizes=lambda state, memory, mask, score: {"N": memory.shape[-2], "d": state.shape[-1]},
    returns=("context", "weights"),
    verified="context, weights and their gradients, for one sentence or many, with padding at the "
    "end or between, three scores of which one tells query from key, and a memory wider than the "
    "state",
)
