"""What lesson 13 claims."""

from functools import cache

import torch
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from attncourse.interpret import rollout
from attncourse.vision import judging, learning
from attncourse.vision.contrast import contrastive_loss
from attncourse.vision.handwriting import handwriting
from attncourse.vision.patches import patchify
from attncourse.vision.scenes import empty_scenes, pair_scenes, single_scenes
from tests.claims import claim

GIVEN = {
    "1,797": "scikit-learn: load_digits",
    "200": "attncourse.vision.learning: the steps of digit_vit and clip",
    "6,000": "attncourse.vision.learning: the scenes that a captioner learns from",
}


@cache
def _vit(seed, n=1437, shuffled=False):
    model = learning.digit_vit(n, shuffled=shuffled, seed=seed).model
    return judging.share_named(model, handwriting("test"), shuffled=shuffled)


def _other(method, seed, n):
    digits, test = learning.some_digits(n, seed=seed), handwriting("test")
    method.fit(digits.images.flatten(1), digits.labels)
    return method.score(test.images.flatten(1), test.labels)


def _neighbours(seed, n):
    return _other(KNeighborsClassifier(3), seed, n)


def _regression(seed, n):
    return _other(LogisticRegression(max_iter=1000), seed, n)


@claim(
    "With 90 digits the ViT is the worst of the three",
    holds=lambda vit, others: vit < others,
    beside="the worse of the other two",
    shown=".1%",
)
def with_90_digits(seed):
    return _vit(seed, 90), min(_neighbours(seed, 90), _regression(seed, 90))


@claim(
    "it has passed logistic regression",
    holds=lambda vit, regression: vit > regression + 0.01,
    beside="logistic regression",
    shown=".1%",
)
def with_all_digits(seed):
    return _vit(seed), _regression(seed, 1437)


@claim(
    "a method without any training is still ahead",
    holds=lambda vit, neighbours: vit < neighbours,
    beside="3 nearest neighbours",
    shown=".1%",
)
def the_neighbours_stay_ahead(seed):
    return _vit(seed), _neighbours(seed, 1437)


@claim(
    "does not know which patches are neighbours",
    holds=lambda shuffled, plain: abs(shuffled - plain) < 0.03,
    beside="as written",
    shown=".1%",
)
def with_shuffled_patches(seed):
    return _vit(seed, shuffled=True), _vit(seed)


@claim(
    "Patches with ink get hardly more than their share",
    holds=lambda arrives, share: abs(arrives - share) < 0.1,
    beside="the share of patches that have ink",
    shown=".0%",
)
def what_arrives_from_ink(seed):
    images = handwriting("test").images[:, None]
    encoder = learning.digit_vit(seed=seed).model.encoder
    arrived = rollout(encoder(images)[1]).detach()[:, 0, 1:]
    ink = patchify(images, 2).sum(-1) > 0.4
    return ((arrived * ink).sum() / arrived.sum()).item(), ink.float().mean().item()


@claim(
    "At temperature 1 a perfect match among 64 looks hardly better than guessing",
    holds=lambda perfect, guessing: perfect > 0.7 * guessing,
    beside="guessing",
    shown=".2f",
    exact="orthogonal vectors: nothing is drawn",
)
def a_perfect_match():
    pairs = torch.eye(64)
    return contrastive_loss(pairs, pairs, 1.0), torch.tensor(64.0).log()


@cache
def _matched(seed, n):
    """Shares right of digit, colour, place and all three: of met, and of unmet combinations."""
    model, found = learning.clip(n, seed=seed).model, []
    for table in learning.split_combinations(n, seed=seed):
        right = judging.matched(model, single_scenes(1000, table, grid=4, part="test", seed=3))
        found.append([*right.float().mean(0).tolist(), right.all(-1).float().mean().item()])
    return found


@claim(
    "Colour and place come apart from the rest nearly perfectly",
    holds=lambda least: least > 0.9,
    shown=".0%",
)
def colour_and_place(seed):
    return min(_matched(seed, 24)[1][1:3])


@claim(
    "and about once in three where they were not",
    holds=lambda never, met: never < met - 0.3,
    beside="digits of combinations that were met",
    shown=".0%",
)
def digits_of_few_combinations(seed):
    met, never = _matched(seed, 24)
    return never[0], met[0]


def _gap(seed, n):
    met, never = _matched(seed, n)
    return met[3] - never[3]


@claim(
    "The gap shrinks to a few points",
    holds=lambda many, few: many < 0.12 < 0.25 < few,
    beside="with 24 combinations",
    shown=".0%",
)
def the_gap(seed):
    return _gap(seed, 128), _gap(seed, 24)


@claim(
    "on combinations that they have met they are nearly equally good",
    holds=lambda few, many: abs(few - many) < 0.08,
    beside="with 128 combinations; the value: with 24",
    shown=".0%",
)
def on_what_they_have_met(seed):
    return _matched(seed, 24)[0][3], _matched(seed, 128)[0][3]


@claim(
    "a sentence finds its picture",
    holds=lambda least, chance: least > 0.85 > chance,
    beside="guessing, one of 16",
    shown=".0%",
)
def retrieval(seed):
    model, (_, unmet) = learning.clip(seed=seed).model, learning.split_combinations(128, seed=seed)
    return min(judging.retrieved(model, unmet)), 1 / 16


def _written(seed, side, *, other=False):
    model, kinds = learning.captioner(seed=seed).model, learning.split_kinds(seed=seed)[side]
    scenes = pair_scenes(500, kinds, grid=4, part="test", seed=5)
    if other:
        scenes = scenes._replace(images=scenes.images.roll(1, 0))
    return judging.written_right(model, scenes).float().mean().item()


@claim(
    "three sentences in four are right from the first word to the last",
    holds=lambda right, other: right > 0.65 > 0.02 > other,
    beside="shown another scene",
    shown=".0%",
)
def sentences_right(seed):
    return _written(seed, 0), _written(seed, 0, other=True)


@claim(
    "On kinds that it has never met, fewer than one in three are",
    holds=lambda never, met: never < 1 / 3 < met - 0.2,
    beside="kinds that it has met",
    shown=".0%",
)
def sentences_of_other_kinds(seed):
    return _written(seed, 1), _written(seed, 0)


@claim(
    "A word that names a digit attends to that digit, and hardly to the other",
    holds=lambda own, other: own > 0.2 and own > 5 * other,
    beside="on the other digit",
    shown=".0%",
)
def where_words_attend(seed):
    model, kinds = learning.captioner(seed=seed).model, learning.split_kinds(seed=seed)[0]
    scenes = pair_scenes(300, kinds, grid=4, part="test", seed=6)
    on = judging.weight_on_digits(model, scenes)
    return on.diagonal().min().item(), on.fliplr().diagonal().max().item()


def _of_nothing(recipe, seed):
    return judging.write(recipe(seed=seed).model, empty_scenes(1).images)[0][0]


@claim(
    "A sentence, fluent and false",
    holds=lambda before, after: before >= 7 and after == 1,
    beside="after sixty more steps: words about nothing",
    shown=".0f",
)
def of_the_empty_scene(seed):
    recipes = learning.captioner, learning.captioner_of_nothing
    return tuple(len(_of_nothing(recipe, seed)) for recipe in recipes)
