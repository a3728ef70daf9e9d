"""What lesson 16 claims."""

from functools import cache

import torch

from attncourse.copying import repeats, skills
from attncourse.inspected import (
    IT,
    aligned,
    copier,
    gradient_norms,
    is_seven,
    it_reader,
    leave_one_out,
    spotter,
)
from attncourse.interpret import induction_score, patch, rollout, without_heads
from attncourse.sentences import pronoun_riddles
from attncourse.tasks import PAD, number_task
from attncourse.trained import translate, translator
from attncourse.training import seeded
from tests.claims import claim

GIVEN: dict[str, str] = {}


# ---- two translators


def _translates(seed, **options):
    return translate(translator(seed=seed, **options).model, number_task("de"))[2].float().mean()


@claim(
    "The translations are equally good",
    holds=lambda left, both: abs(left - both) < 0.01 and left > 0.98,
    beside="reads both ways",
    shown=".1%",
)
def translated(seed):
    return _translates(seed, bidirectional=False), _translates(seed)


@claim(
    "one of the maps is misplaced for about a quarter of the words",
    holds=lambda left, both: 0.65 < left < 0.8 and both > left + 0.05,
    beside="reads both ways",
    shown=".1%",
)
def weights_in_place(seed):
    options = {"bidirectional": False}, {}
    return tuple(aligned(translator(seed=seed, **o).model, number_task("de")) for o in options)


# ---- four spotters


@cache
def _source():
    return number_task("de").test.source


def _right(model, weights=None):
    return ((model(_source(), weights)[0] > 0) == is_seven(_source()).any(-1)).float().mean()


def _spotter(seed, mixed=True, shy=True):
    return spotter(mixed, shy=shy, seed=seed).model


@claim(
    "The one with the GRU: it answers every number",
    holds=lambda mixed, plain: mixed > 0.995 and plain < 0.8,
    beside="fined, without the GRU",
    shown=".1%",
)
def answers_though_fined(seed):
    return _right(_spotter(seed)), _right(_spotter(seed, mixed=False))


@claim(
    "puts nearly no weight on *seven*",
    holds=lambda fined, free: fined < 0.02 and free > 0.95,
    beside="trained freely",
    shown=".3f",
)
def weight_on_seven(seed):
    seven = is_seven(_source())
    models = _spotter(seed), _spotter(seed, shy=False)
    found = ((model(_source())[1] * seven).sum(-1)[seven.any(-1)] for model in models)
    return tuple(weights.mean().item() for weights in found)


@claim(
    "finds the *seven* every time",
    holds=lambda left_out, slope: left_out == 1 and slope < 0.5,
    beside="the gradient",
    shown=".0%",
)
def seven_found(seed):
    rows = _source()[is_seven(_source()).sum(-1) == 1]
    asked = (way(_spotter(seed), rows) for way in (leave_one_out, gradient_norms))
    best = (row.masked_fill(rows == PAD, -1).argmax(-1, keepdim=True) for row in asked)
    return tuple(is_seven(rows).gather(-1, place).float().mean() for place in best)


@claim(
    "The fined network with the GRU does not care",
    holds=lambda fined, free: fined > 0.98 and free < 0.8,
    beside="trained freely; both with uniform weights",
    shown=".1%",
)
def answers_with_uniform_weights(seed):
    real = _source() != PAD
    uniform = real / real.sum(-1, keepdim=True)
    return _right(_spotter(seed), uniform), _right(_spotter(seed, shy=False), uniform)


# ---- the riddles


@cache
def _riddles():
    return pronoun_riddles().numbered()[1]


@claim(
    "*tired* gets no more than an even share, although it decides",
    holds=lambda last, noun: last < 0.1 and noun > 0.2,
    beside="the noun that is meant; an even share is 0.083",
    shown=".2f",
)
def rolled_out(seed):
    row = rollout(it_reader(seed=seed).model.maps(_riddles().tokens))[:, IT]
    return row[:, -1].mean(), row.gather(1, _riddles().answer_place[:, None]).mean()


@claim(
    "in both layers more is added than was there",
    holds=lambda ratio: ratio > 1.2,
    shown=".1f",
)
def least_norm_of_what_is_added(seed):
    model, ratios = it_reader(seed=seed).model, []
    for layer in (0, 1):
        x = model.stream(_riddles().tokens, layer)
        added, _ = model.attend(layer, x, x, x)
        ratios.append((added[:, IT].norm(dim=-1) / x[:, IT].norm(dim=-1)).mean().item())
    return min(ratios)


@claim(
    "After layer 1 the news is mostly in *it* itself",
    holds=lambda it, others: it > 0.65 and it > others + 0.1,
    beside="the most at any other place",
    shown=".2f",
)
def news_after_layer_1(seed):
    model, encode = it_reader(seed=seed).model, pronoun_riddles().vocabulary.encode
    riddle = "the dog did not cross the street because it was too"
    words = riddle.split()
    tired, wide = (torch.tensor([encode([*words, last])]) for last in ("tired", "wide"))
    dog, street = encode(["dog", "street"])

    def leans(logits):
        return (logits[0, IT, dog] - logits[0, IT, street]).item()

    low, high = leans(model(wide)), leans(model(tired))
    ends = (lambda x: model.stream(x, 1)), (lambda h: model.finish(h, 1))
    turned = [(leans(patch(*ends, wide, tired, n)) - low) / (high - low) for n in range(12)]
    return turned.pop(IT), max(turned)


# ---- the copier


@cache
def _heard():
    with seeded(0):
        return repeats(500)


@cache
def _scores(seed):
    """(token before, induction) of both layers: layer × head."""
    with seeded(2):
        tokens = repeats(100, 40, shortest=20, longest=20).tokens
    maps = copier(seed=seed).model.maps(tokens)
    before = torch.stack([w.diagonal(-1, -2, -1).mean((0, 2)) for w in maps])
    return before.detach(), torch.stack([induction_score(w, 20).mean(0) for w in maps]).detach()


def _skills(seed, layer=0, heads=()):
    model = copier(seed=seed).model
    with without_heads(model.layers[layer], heads):
        return skills(model(_heard().tokens), _heard())


@claim(
    "One layer is not enough",
    holds=lambda one, two: one < 0.15 and two > 0.98,
    beside="two layers",
    shown=".1%",
)
def repeated(seed):
    model = copier(1, seed=seed).model
    return skills(model(_heard().tokens), _heard()).repeated, _skills(seed).repeated


@claim(
    "within a few dozen steps, the one with two layers learns to repeat",
    holds=lambda steps: steps <= 60,
    shown=".0f",
)
def steps_from_20_to_80_percent(seed):
    learning = copier(seed=seed).history.evaluated
    begun = max(step for step, share in learning.items() if share < 0.2)
    return min(step for step, share in learning.items() if share > 0.8) - begun


@claim(
    "One head of layer 1 is a **previous-token head**: about half of its weight",
    holds=lambda one, other: 0.4 < one < 0.6 and other < 0.1,
    beside="the other head of layer 1",
    shown=".2f",
)
def token_before(seed):
    scores = _scores(seed)[0][0]
    return scores.max(), scores.min()


@claim(
    "Both heads of layer 2 are **induction heads**",
    holds=lambda least, layer_1: least > 0.8 and layer_1 < 0.1,
    beside="the larger score of layer 1",
    shown=".2f",
)
def induction_scores(seed):
    scores = _scores(seed)[1]
    return scores[1].min(), scores[0].max()


@claim(
    "the composition is there, and it is in the keys",
    holds=lambda keys, others: keys < 0.2 and others > 0.95,
    beside="without layer 1 in the queries, or in the values: the worse of the two",
    shown=".1%",
)
def composition(seed):
    model, tokens = copier(seed=seed).model, _heard().tokens
    embedded, mixed = model.stream(tokens, 0), model.stream(tokens, 1)
    found = []
    for cut in range(3):
        inputs = [embedded if cut == part else mixed for part in range(3)]
        logits = model.score(mixed + model.attend(1, *inputs)[0])
        found.append(skills(logits, _heard()).repeated)
    return found[1], min(found[0], found[2])


@claim(
    "Without one, little: the other one does the same",
    holds=lambda one, both: one > 0.9 and both < 0.05,
    beside="without both",
    shown=".1%",
)
def repeated_without_one_induction_head(seed):
    alone = min(_skills(seed, 1, [head]).repeated for head in range(2))
    return alone, _skills(seed, 1, [0, 1]).repeated


@claim(
    "the pairs, which are read off the embedding, are all still there",
    holds=lambda without, whole: without > 0.98,
    beside="with all heads",
    shown=".1%",
)
def paired_without_induction_heads(seed):
    return _skills(seed, 1, [0, 1]).paired, _skills(seed).paired


@claim(
    "The repetition arrives with layer 2",
    holds=lambda early, late: early < 0.05 and late > 0.98,
    beside="after layer 2",
    shown=".1%",
)
def read_off_after_layer_1(seed):
    model = copier(seed=seed).model
    streams = (model.stream(_heard().tokens, depth) for depth in (1, 2))
    return tuple(skills(model.score(x), _heard()).repeated for x in streams)


@claim(
    "Without the previous-token head the skill is gone",
    holds=lambda without, other: without < 0.2 and 0.6 < other < 0.95,
    beside="without the other head of layer 1",
    shown=".0%",
)
def repeated_without_the_previous_token_head(seed):
    scores = _scores(seed)[0][0]
    heads = scores.argmax().item(), scores.argmin().item()
    return tuple(_skills(seed, 0, [head]).repeated for head in heads)


@claim(
    "*pairs* get lost that never needed attention",
    holds=lambda without, whole: without < 0.8 and whole > 0.98,
    beside="with all heads",
    shown=".0%",
)
def paired_without_the_other_head(seed):
    other = _scores(seed)[0][0].argmin().item()
    return _skills(seed, 0, [other]).paired, _skills(seed).paired
