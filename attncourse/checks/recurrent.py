"""Exercises of lesson 09: what the decoder asks, what it reads, what it is judged by."""

import math
from functools import partial

import torch
import torch.nn.functional as F

from attncourse import recurrent
from attncourse.checks.core import Case, Exercise, Law, Mistake
from attncourse.scoring import dot_score

DOUBLE = torch.float64


def _random(seed, *shape, dtype=DOUBLE, spread=1.0):
    generator = torch.Generator().manual_seed(seed)
    return (spread * torch.randn(shape, generator=generator, dtype=DOUBLE)).to(dtype)


def _integers(seed, low, high, *shape):
    return torch.randint(low, high, shape, generator=torch.Generator().manual_seed(seed))


# context_vector -----------------------------------------------------------------------------------


def _real(lengths, N):
    """True for the first words of each sentence, False for its padding."""
    return torch.arange(N) < torch.tensor(lengths)[..., None]


def _distance(query, key):
    """A score that knows which is which: the query is stretched before it is compared."""
    return -torch.cdist(2 * query, key)


def _narrow(query, key):
    """A score for a memory wider than the state: the state's entries meet the first of the key."""
    return query @ key[..., : query.shape[-1]].mT + key.sum(-1).unsqueeze(-2)


def _context_cases():
    by_hand = torch.tensor([[1.0, 0.0], [0.0, 2.0], [9.0, 9.0]], dtype=DOUBLE)
    gap = torch.tensor([[1, 0, 1, 1, 0], [0, 1, 1, 0, 1], [1, 1, 0, 0, 0]]).bool()
    state = torch.tensor([0.0, 0.5], dtype=DOUBLE)
    return [
        Case("no batch axis", state, by_hand, _real(2, 3), dot_score),
        Case(
            "nothing is padding", _random(1, 2, 3), _random(2, 2, 5, 3), _real([5, 5], 5), dot_score
        ),
        Case("padding", _random(3, 2, 6), _random(4, 2, 7, 6), _real([7, 4], 7), dot_score),
        Case("padding", _random(5, 3, 6), _random(6, 3, 5, 6), _real([2, 5, 1], 5), dot_score),
        Case("one sentence", _random(7, 1, 6), _random(8, 1, 5, 6), _real([3], 5), dot_score),
        Case("one word", _random(9, 3, 6), _random(10, 3, 1, 6), _real([1, 1, 1], 1), dot_score),
        Case("gaps in the mask", _random(11, 3, 6), _random(12, 3, 5, 6), gap, dot_score),
        Case(
            "two batch axes",
            _random(13, 2, 3, 6),
            _random(14, 2, 3, 5, 6),
            gap.expand(2, 3, 5),
            dot_score,
        ),
        Case("another score", _random(15, 2, 6), _random(16, 2, 7, 6), _real([7, 4], 7), _distance),
        Case(
            "memory wider than the state",
            _random(17, 2, 4),
            _random(18, 2, 5, 9),
            _real([3, 5], 5),
            _narrow,
        ),
        Case(
            "large scores",
            _random(19, 3, 6, spread=30),
            _random(20, 3, 7, 6, spread=30),
            _real([7, 4, 2], 7),
            dot_score,
            rtol=1e-4,
        ),
        Case(
            "very negative scores",
            -50 * _random(23, 2, 6).abs(),
            30 * _random(24, 2, 5, 6).abs(),
            _real([2, 4], 5),
            dot_score,
            rtol=1e-4,
        ),
        Case(
            "float32",
            _random(21, 2, 6, dtype=torch.float32),
            _random(22, 2, 5, 6, dtype=torch.float32),
            _real([4, 2], 5),
            dot_score,
        ),
    ]


_AXES = {"words": -1, "batch": 0}


def _context_with(
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
    if when == "after, shared out again":
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


def _least_fitting(state, memory, mask, score):
    return recurrent.context_vector(state, memory, mask, lambda *asked: -score(*asked))


_context_vector = Exercise(
    reference=recurrent.context_vector,
    points=3,
    cases=_context_cases,
    hints=(
        "Three lines: score the state against every word, turn the scores into weights, average "
        "the memory with them.",
        "A score compares M queries with N keys, so it wants a query axis: (…, 1, d_state). "
        "The mask needs that axis too. Take it away again at the end.",
        "`masked_softmax` of lesson 04 does the weights, padding included. The average is a "
        "product of weights (…, 1, N) and memory (…, N, d_memory).",
    ),
    rewrite=_context_with,
    mistakes=(
        Mistake(
            "looked at the padding too",
            "The mask is never used, so words that nobody wrote get weight. Hide them before "
            "the softmax.",
            hidden="nothing",
        ),
        Mistake(
            "read the mask the other way round",
            "In this course True = may look: True is a real word, False is padding.",
            hidden="words",
        ),
        Mistake(
            "read the mask the other way round",
            "In this course True = may look: True is a real word, False is padding.",
            wrong=lambda state, memory, mask, score: recurrent.context_vector(
                state, memory, ~mask, score
            ),
        ),
        Mistake(
            "hid the padding after the softmax",
            "Padding already took its share, so the rest sums to less than 1. Hide before the "
            "softmax.",
            when="after",
        ),
        Mistake(
            "hid the padding after the softmax, and shared out again what was left",
            "Where padding scores far above the real words, nothing is left to share out. Hide "
            "before the softmax.",
            when="after, shared out again",
        ),
        Mistake(
            "hid the padding after the softmax",
            "Padding already took its share, so the rest sums to less than 1. Hide before the "
            "softmax.",
            when="multiplied, and after",
        ),
        Mistake(
            "added the mask to the scores",
            "True adds 1, False adds 0: padding is hardly hindered. It must not take part at all.",
            when="added",
        ),
        Mistake(
            "gave the padding a score of 0",
            "A score of 0 is no small score: exp(0) = 1. What must a score be to get the weight 0?",
            when="multiplied",
        ),
        *(
            Mistake(
                "hid the padding with a score that is not small enough",
                f"A real word may score below {score}. Only −∞ is below everything.",
                hide=float(score),
            )
            for score in (-10, -100, -1000)
        ),
        Mistake(
            "normalised over the batch, not the words",
            "Each sentence shares out its own 1 among its own words: the last axis.",
            over="batch",
        ),
        Mistake(
            "averaged the memory without the weights",
            "Every word counts alike in your context, padding too. Weight each by its share.",
            average="words",
        ),
        Mistake(
            "used the dot product, whatever score was given",
            "`score` is an argument: call it. The same function must serve every score.",
            asks="dot",
        ),
        Mistake(
            "used the dot product, whatever score was given",
            "`score` is an argument: call it. The same function must serve every score.",
            wrong=_own_product,
        ),
        Mistake(
            "divided the scores by √d",
            "That is lesson 04's scale. Here the score alone decides; take its numbers as they "
            "are.",
            scale="width",
        ),
        Mistake(
            "swapped the score's arguments",
            "The state asks: it is the query and comes first. The memory holds the keys.",
            roles="swapped",
        ),
        Mistake(
            "gave the score a state without its query axis",
            "A score wants (…, M, d) queries. One state is one query: M = 1.",
            wrong=_state_without_query_axis,
        ),
        Mistake(
            "kept the query axis",
            "One state asks one question: context is (…, d_memory) and weights are (…, N), without "
            "an axis of size 1.",
            wrong=_query_axis_kept,
        ),
        Mistake(
            "weighted every real word alike",
            "That is the mean of the memory. The state must have a say: score it against each "
            "word.",
            wrong=_mean_of_words,
        ),
        Mistake(
            "took only the best word",
            "That is hard attention, of lesson 12. Here every real word adds its share.",
            wrong=_best_word,
        ),
        Mistake(
            "took the last real word",
            "That is the fixed vector, the bottleneck itself. Score every word and average.",
            wrong=_last_word,
        ),
        Mistake(
            "used the scores as weights",
            "Scores have any sign and any sum. The softmax between them and the average is "
            "missing.",
            wrong=_scores_for_weights,
        ),
        Mistake(
            "returned the scores in place of the weights",
            "The context is right. The second part is what it was averaged with, after the "
            "softmax.",
            wrong=_scores_returned,
        ),
        *(
            Mistake(
                "took exponentials of large scores",
                "exp(1000) is infinite, exp(−1000) is 0, and neither can be shared out. "
                "`torch.softmax` shifts the scores first.",
                wrong=partial(_plain_exponentials, hide=hide),
            )
            for hide in (torch.mul, lambda powers, mask: powers.masked_fill(~mask, 0))
        ),
        Mistake(
            "summed over the width, not over the words",
            "Each word gave one number. The context is as wide as the memory: sum over N.",
            wrong=_summed_over_width,
        ),
        Mistake(
            "added the state to the context",
            "The context is made of the memory alone. What the decoder does with both comes later.",
            wrong=_added_to_state,
        ),
        Mistake(
            "used a sigmoid in place of the softmax",
            "Each weight lies between 0 and 1, but together they are not 1: words must compete.",
            wrong=_sigmoid,
        ),
        Mistake(
            "set the padding's memory to 0 and left its scores alone",
            "A memory of zeros still scores 0 and takes its share. Hide the scores, before the "
            "softmax.",
            wrong=_memory_hidden,
        ),
        Mistake(
            "preferred the words that fit least",
            "Your scores have the wrong sign: the better the fit, the larger the weight.",
            wrong=_least_fitting,
        ),
        Mistake(
            "joined the context to the state",
            "The decoder does that later. Return the context alone, as wide as the memory.",
            wrong=_joined_to_state,
        ),
        Mistake(
            "multiplied the average by the number of words",
            "The weights already sum to 1: the context is an average, not a sum.",
            wrong=_sum_of_words,
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

# shift_right --------------------------------------------------------------------------------------


def _shift_cases():
    return [
        Case("one sentence", torch.tensor([7, 8, 9]), 1),
        Case("one token", torch.tensor([5]), 1),
        Case("plain", torch.tensor([[7, 8, 9, 2], [6, 2, 0, 0]]), 1),
        Case("plain", _integers(1, 3, 20, 3, 5), 1),
        Case("another bos", _integers(2, 3, 20, 2, 7), 25),
        Case("another bos", _integers(3, 1, 20, 3, 4), 0),
        Case("one token each", _integers(4, 3, 20, 3, 1), 2),
        Case("two batch axes", _integers(5, 3, 20, 2, 3, 5), 1),
        Case("int32", _integers(6, 3, 20, 2, 5).to(torch.int32), 1, exact=False),
        Case("not contiguous", _integers(7, 3, 20, 5, 3).mT, 1),
        Case("bos among the tokens", torch.tensor([[4, 1, 4, 1, 5]]), 1),
    ]


def _shift_with(tokens, bos, *, way="right", by=1, fill="bos", length="same", axis="time"):
    axis = {"time": -1, "batch": 0}[axis]
    moved = tokens if axis == -1 else tokens.movedim(0, -1)
    new = torch.full_like(moved[..., :1], {"bos": bos, "zero": 0}.get(fill, 0))
    if fill == "same":
        new = moved[..., :1] if way == "right" else moved[..., -1:]
    elif fill == "wrap":
        new = moved[..., -1:] if way == "right" else moved[..., :1]
    new = new.expand(*new.shape[:-1], by)
    parts = [new, moved] if way == "right" else [moved, new]
    if way in ("right", "left") and length == "same":
        parts = [new, moved[..., :-by]] if way == "right" else [moved[..., by:], new]
    shifted = torch.cat(parts, -1)
    shifted = shifted[..., : moved.shape[-1]] if length == "same" and way == "right" else shifted
    return shifted if axis == -1 else shifted.movedim(-1, 0)


def _first_overwritten(tokens, bos):
    return torch.cat([torch.full_like(tokens[..., :1], bos), tokens[..., 1:]], -1)


def _last_overwritten(tokens, bos):
    return torch.cat([tokens[..., :-1], torch.full_like(tokens[..., :1], bos)], -1)


def _filled_with_bos(tokens, bos):
    return torch.full_like(tokens, bos)


def _bos_once(tokens, bos):
    shifted = tokens.roll(1, -1)
    shifted.view(-1)[0] = bos
    return shifted


def _rolled_flat(tokens, bos):
    shifted = tokens.flatten().roll(1)
    shifted[0] = bos
    return shifted.view_as(tokens)


def _added_one(tokens, bos):
    return tokens + 1


def _row_of_bos(tokens, bos):
    return torch.cat([torch.full_like(tokens[:1], bos), tokens], 0)


def _row_of_bos_shifted(tokens, bos):
    return torch.cat([torch.full_like(tokens[:1], bos), tokens[:-1]], 0)


def _wrapped_with_bos_last(tokens, bos):
    shifted = tokens.roll(1, -1)
    shifted[..., -1] = bos
    return shifted


def _reversed(tokens, bos):
    return tokens.flip(-1)


def _for_one_sentence(tokens, bos):
    return torch.cat([torch.full_like(tokens[:1], bos).flatten()[:1], tokens[:-1]])


def _without_bos(tokens, bos):
    return tokens[..., :-1]


_shift_right = Exercise(
    reference=recurrent.shift_right,
    points=1,
    cases=_shift_cases,
    hints=(
        "Before the first word the decoder has read only `bos`; before the second, `bos` and the "
        "first word. Which target word does it never read?",
        "Put one `bos` in front of every sentence and drop the last token: the length stays.",
        "Tokens run along the last axis. Make a new tensor; the target itself is still needed for "
        "the loss.",
    ),
    rewrite=_shift_with,
    mistakes=(
        Mistake(
            "shifted left, not right",
            "Your decoder reads the word that comes next, which is the very answer. It may read "
            "only the word before.",
            way="left",
        ),
        Mistake(
            "kept the last token, so the result is one longer",
            "Inputs and target must line up: one input for each word to be written. Drop the last.",
            length="longer",
        ),
        Mistake(
            "let the last token wrap around to the front",
            "`roll` brings back at the front what falls off at the end: the decoder would know "
            "how the sentence ends. There belongs `bos`.",
            fill="wrap",
        ),
        Mistake(
            "put 0 in front, not bos",
            "`bos` is an argument, and need not be 0: zero is padding here.",
            fill="zero",
        ),
        Mistake(
            "left the first token where it was",
            "The first place still holds the first word of the answer. Before it nothing has been "
            "read but `bos`.",
            fill="same",
        ),
        Mistake(
            "shifted by two",
            "The word just before is the most useful one, and it is missing. One place is enough.",
            by=2,
        ),
        Mistake(
            "shifted along the batch, not along the words",
            "Each sentence came out as the one before it. Words run along the last axis.",
            axis="batch",
        ),
        Mistake(
            "replaced the first word instead of moving it",
            "Every other word still stands at its own place, where the decoder must guess it. "
            "All words move by one.",
            wrong=_first_overwritten,
        ),
        Mistake(
            "put bos at the end",
            "`bos` begins the sentence. The words move right and the last one falls off.",
            wrong=_last_overwritten,
        ),
        Mistake(
            "put bos at the end",
            "`bos` begins the sentence. The words move right and the last one falls off.",
            wrong=_wrapped_with_bos_last,
        ),
        Mistake(
            "reversed the sentence",
            "The order stays; every word moves one place to the right.",
            wrong=_reversed,
        ),
        Mistake(
            "wrote it for one sentence alone",
            "With a batch, the first axis counts sentences. Index the last axis: `[..., :-1]`.",
            wrong=_for_one_sentence,
        ),
        Mistake(
            "dropped the last token and put nothing in front",
            "The result is one too short. `bos` goes before the first word.",
            wrong=_without_bos,
        ),
        Mistake(
            "overwrote each word before it was copied",
            "Going from left to right in place, every word becomes the first. Copy first, or "
            "build a new tensor.",
            wrong=_filled_with_bos,
        ),
        Mistake(
            "put bos before the first sentence only",
            "Every sentence of the batch begins with `bos`, not only the first.",
            wrong=_bos_once,
        ),
        Mistake(
            "moved the words across sentences",
            "The last word of one sentence became the first of the next. Shift each row for "
            "itself.",
            wrong=_rolled_flat,
        ),
        Mistake(
            "added 1 to the tokens",
            "A shift moves tokens to other places; it does not turn them into other tokens.",
            wrong=_added_one,
        ),
        Mistake(
            "turned the tokens into int64",
            "The tokens keep their dtype: what comes as int32 goes as int32.",
            wrong=lambda tokens, bos: recurrent.shift_right(tokens, bos).long(),
        ),
        Mistake(
            "added a sentence of bos",
            "You joined along the first axis, which counts sentences. Words run along the last.",
            wrong=_row_of_bos,
        ),
        Mistake(
            "shifted along the batch, not along the words",
            "Each sentence came out as the one before it. Words run along the last axis.",
            wrong=_row_of_bos_shifted,
        ),
    ),
    laws=(
        Law("the length stays", lambda result, tokens, bos: result.shape == tokens.shape),
        Law("the dtype stays", lambda result, tokens, bos: result.dtype == tokens.dtype),
        Law(
            "every sentence begins with bos",
            lambda result, tokens, bos: bool((result[..., 0] == bos).all()),
        ),
        Law(
            "every place holds the token that stood one place before",
            lambda result, tokens, bos: torch.equal(result[..., 1:], tokens[..., :-1]),
        ),
    ),
    verified="one sentence, batches and two batch axes, sentences of one token, any bos, int32, "
    "and the target stays as it is",
)

# sequence_loss ------------------------------------------------------------------------------------


def _target(seed, lengths, M, V, pad):
    """Sentences of these lengths without `pad` inside, padded to M."""
    tokens = _integers(seed, 0, V - 1, len(lengths), M)
    tokens = tokens + (tokens >= pad)  # every token but pad
    return torch.where(_real(lengths, M), tokens, pad)


def _loss_cases():
    logits = torch.tensor([[2.0, 0.0, 1.0], [0.0, 1.0, -1.0]], dtype=DOUBLE)
    steep = _random(13, 2, 5, 7, spread=300)
    many = _target(11, [5, 2, 4, 1, 3, 5], 5, 7, 0).view(2, 3, 5)
    apart = torch.tensor([[3, 0, 4, 0, 0], [0, 0, 5, 1, 2]])
    return [
        Case("one sentence", logits, torch.tensor([1, 2]), 0),
        Case("nothing is padding", _random(1, 2, 3, 5), _target(2, [3, 3], 3, 5, 0), 0),
        Case("padding", _random(3, 2, 5, 7), _target(4, [5, 2], 5, 7, 0), 0),
        Case("padding", _random(5, 3, 7, 5), _target(6, [1, 7, 3], 7, 5, 0), 0),
        Case("padding apart", _random(16, 2, 5, 7), apart, 0),
        Case("another pad", _random(7, 3, 5, 7), _target(8, [5, 1, 3], 5, 7, 4), 4),
        Case("another pad", _random(9, 2, 7, 5), _target(9, [7, 4], 7, 5, 2), 2),
        Case(
            "a sentence of padding alone", _random(12, 3, 5, 7), _target(12, [4, 0, 2], 5, 7, 0), 0
        ),
        Case("two batch axes", _random(10, 2, 3, 5, 7), many, 0),
        Case("large logits", steep, _target(14, [5, 3], 5, 7, 0), 0, rtol=1e-4),
        Case(
            "float32", _random(15, 3, 5, 7, dtype=torch.float32), _target(15, [5, 3, 2], 5, 7, 0), 0
        ),
        Case("not contiguous", _random(17, 2, 7, 5).mT, _target(17, [3, 5], 5, 7, 0), 0),
    ]


def _loss_with(
    logits, target, pad, *, turn="log softmax", over="vocabulary", counts="words", average="words",
    unit="nats", place="same",
):  # fmt: skip
    if place == "next":
        logits, target = logits[..., :-1, :], target[..., 1:]
    elif place == "before":
        logits, target = logits[..., 1:, :], target[..., :-1]
    axis = {"vocabulary": -1, "time": -2, "batch": 0}[over]
    logs = {
        "log softmax": lambda: torch.log_softmax(logits, axis),
        "softmax, then log softmax": lambda: torch.log_softmax(torch.softmax(logits, axis), axis),
        "softmax": lambda: torch.softmax(logits, axis),
        "softmax, then log": lambda: torch.softmax(logits, axis).log(),
        "nothing": lambda: logits,
    }[turn]()
    surprise = -logs.gather(-1, target.unsqueeze(-1)).squeeze(-1)
    surprise = surprise / math.log({"nats": math.e, "bits": 2, "tens": 10}[unit])
    ignored = {"words": pad, "not 0": 0, "not 1": 1}.get(counts, -100)
    real = target == pad if counts == "padding" else target != ignored
    surprise = surprise.masked_fill(~real, 0)
    if average.startswith("sentences"):
        least = 1 if average == "sentences" else 0
        return (surprise.sum(-1) / real.sum(-1).clamp_min(least)).mean()
    total = {
        "words": real.sum().clamp_min(1),
        "places": target.numel(),
        "batch": max(1, target[..., 0].numel()),
        "nothing": 1,
    }[average]
    return surprise.sum() / total


def _by_token(logits, target, pad):
    return F.cross_entropy(
        logits.flatten(0, -2), target.flatten(), ignore_index=pad, reduction="none"
    )


def _classes_last(logits, target, pad):
    return F.cross_entropy(logits, target, ignore_index=pad)


def _classes_by_view(logits, target, pad):
    mixed = logits.reshape(*target.shape[:-1], logits.shape[-1], target.shape[-1])
    return F.cross_entropy(mixed.flatten(0, -3), target.flatten(0, -2), ignore_index=pad)


def _whole_vocabulary(logits, target, pad):
    return -torch.log_softmax(logits, -1).mean()


def _logits_to_zero(logits, target, pad):
    logits = logits * (target != pad).unsqueeze(-1)
    return F.cross_entropy(logits.flatten(0, -2), target.flatten())


def _log_with_floor(logits, target, pad, *, floor):
    chosen = torch.softmax(logits, -1).gather(-1, target.unsqueeze(-1)).squeeze(-1)
    return -(chosen + floor)[target != pad].log().mean()


def _error_rate(logits, target, pad):
    real = target != pad
    return ((logits.argmax(-1) != target) & real).sum() / real.sum()


def _squared(logits, target, pad):
    real = target != pad
    wanted = F.one_hot(target, logits.shape[-1])
    return ((torch.softmax(logits, -1) - wanted) ** 2).sum(-1)[real].mean()


def _pad_by_argmax(logits, target, pad):
    surprise = -torch.log_softmax(logits, -1).gather(-1, target.unsqueeze(-1)).squeeze(-1)
    real = logits.argmax(-1) != pad
    return surprise[real].mean()


def _pad_logit_hidden(logits, target, pad):
    hidden = torch.arange(logits.shape[-1]) == pad
    logits = logits.masked_fill(hidden, -1e4)
    return recurrent.sequence_loss(logits, target, pad)


_sequence_loss = Exercise(
    reference=recurrent.sequence_loss,
    points=2,
    cases=_loss_cases,
    hints=(
        "The surprise at a word is −ln of the probability that the model gave to it. Average it "
        "over the words that are really there.",
        "`log_softmax` over the vocabulary, the last axis, then pick each target's entry. "
        "`F.cross_entropy` does both in one step, from logits.",
        "Places where target = pad add nothing to the sum, and they do not count in what you "
        "divide by. All sentences share one sum and one count.",
    ),
    rewrite=_loss_with,
    mistakes=(
        Mistake(
            "counted the padding",
            "Predicting padding is no achievement: a model that only learned to pad would look "
            "good. Leave those places out of the sum and out of the count.",
            counts="everything",
        ),
        Mistake(
            "divided by all places, padding included",
            "The sum is right, the count is not: the same words in a longer batch would cost "
            "less. Divide by the number of real words.",
            average="places",
        ),
        Mistake(
            "averaged each sentence first",
            "Then a word in a short sentence counts more than one in a long sentence. "
            "Every real word counts once.",
            average="sentences",
        ),
        Mistake(
            "averaged each sentence first",
            "A sentence of padding alone is 0/0 then, and short sentences count too much. "
            "Every real word counts once.",
            average="sentences, 0/0",
        ),
        Mistake(
            "summed instead of averaging",
            "The loss grows with the size of the batch. Divide by the number of real words.",
            average="nothing",
        ),
        Mistake(
            "divided by the number of sentences",
            "The loss grows with the length of sentences. Divide by the number of real words.",
            average="batch",
        ),
        Mistake(
            "applied the softmax before the cross-entropy, which does it again",
            "`F.cross_entropy` takes logits. Probabilities between 0 and 1, sent through a second "
            "softmax, are nearly equal.",
            turn="softmax, then log softmax",
        ),
        Mistake(
            "forgot the logarithm",
            "You averaged probabilities. Surprise is −ln p: rare words cost much.",
            turn="softmax",
        ),
        Mistake(
            "forgot the softmax",
            "Logits are no log-probabilities: the other words' scores must count too. "
            "`nll_loss` wants log-softmax first.",
            turn="nothing",
        ),
        Mistake(
            "took exponentials and logarithm one after the other",
            "exp(1000) is infinite, exp(−1000) is 0, and ln 0 is −∞. Log and softmax in one step, "
            "or logsumexp, stay finite.",
            turn="softmax, then log",
        ),
        Mistake(
            "normalised over the places, not over the vocabulary",
            "At each place the V tokens compete: the last axis.",
            over="time",
        ),
        Mistake(
            "normalised over the batch, not over the vocabulary",
            "At each place the V tokens compete: the last axis.",
            over="batch",
        ),
        Mistake(
            "kept only the padding",
            "Your mask is the other way round: the real words are where target ≠ pad.",
            counts="padding",
        ),
        Mistake(
            "ignored token 0, whatever pad is",
            "`pad` is an argument. Another vocabulary pads with another number.",
            counts="not 0",
        ),
        Mistake(
            "ignored token 1, whatever pad is",
            "`pad` is an argument. Another vocabulary pads with another number.",
            counts="not 1",
        ),
        Mistake(
            "measured in bits",
            "The rule asks for the natural logarithm: nats, not bits.",
            unit="bits",
        ),
        Mistake(
            "took logarithms to base 10",
            "The rule asks for the natural logarithm, `torch.log`.",
            unit="tens",
        ),
        Mistake(
            "compared each place with the next target",
            "The inputs were shifted already: row t of the logits answers for target t.",
            place="next",
        ),
        Mistake(
            "compared each place with the target before",
            "The inputs were shifted already: row t of the logits answers for target t.",
            place="before",
        ),
        Mistake(
            "averaged over the vocabulary, not at the target",
            "Only the token that should stand there counts. Pick its entry at each place.",
            wrong=_whole_vocabulary,
        ),
        Mistake(
            "set the padding's logits to 0",
            "Logits of 0 are a guess like any other, and cost ln V. Leave those places out of "
            "the sum and of the count.",
            wrong=_logits_to_zero,
        ),
        *(
            Mistake(
                "took exponentials and logarithm one after the other",
                "A small constant under the logarithm hides the problem: large surprises are cut "
                "off. Take log and softmax in one step.",
                wrong=partial(_log_with_floor, floor=floor),
            )
            for floor in (1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12)
        ),
        Mistake(
            "returned one loss per word",
            "Training follows one number: the mean over all real words.",
            wrong=_by_token,
        ),
        Mistake(
            "left the vocabulary on the last axis",
            "`F.cross_entropy` expects the classes on axis 1. Flatten batch and places into one "
            "axis, or move the last axis.",
            wrong=_classes_last,
        ),
        Mistake(
            "moved the vocabulary by reshaping",
            "Reshaping keeps the order of the numbers and mixes places with tokens. Flatten the "
            "axes before the last, or transpose.",
            wrong=_classes_by_view,
        ),
        Mistake(
            "counted wrong words",
            "The share of wrong words has no gradient to follow. Use the surprise.",
            wrong=_error_rate,
        ),
        Mistake(
            "measured squared errors",
            "The rule is the surprise −ln p at the target, not a squared distance.",
            wrong=_squared,
        ),
        Mistake(
            "looked for padding in the prediction",
            "What is padding is said by the target, not by the model.",
            wrong=_pad_by_argmax,
        ),
        Mistake(
            "took the pad token out of the vocabulary",
            "The model may score every token. Padding is a matter of places: leave out those "
            "where target = pad.",
            wrong=_pad_logit_hidden,
        ),
    ),
    laws=(
        Law("the loss is one number", lambda result, *_: result.ndim == 0),
        Law("a mean surprise is never negative", lambda result, *_: bool(result >= 0)),
    ),
    sizes=lambda logits, target, pad: {
        "T": target.shape[-1],
        "V": logits.shape[-1],
        "B": target[..., 0].numel(),
        "n": int((target != pad).sum()),
    },
    verified="value and gradient, with any pad, sentences of padding alone, padding between words, "
    "one sentence and two batch axes, logits up to ±1000, float32 and float64",
)

EXERCISES = (_context_vector, _shift_right, _sequence_loss)
