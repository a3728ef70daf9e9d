"""The models of lesson 13: trained when first asked for, with fixed steps and a seed, then kept."""

import copy

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from attncourse.cache import trained_once
from attncourse.muon import Muon
from attncourse.recurrent import sequence_loss, shift_right
from attncourse.tasks import BOS, PAD
from attncourse.training import seeded, train
from attncourse.vision.captions import CaptionDecoder, Captioner
from attncourse.vision.contrast import CLIP, SentenceEncoder, contrastive_loss
from attncourse.vision.handwriting import DIGITS, Handwriting, handwriting
from attncourse.vision.patches import PictureEncoder, ViT, shuffle_patches
from attncourse.vision.scenes import (
    SIZE,
    combinations,
    hold_out,
    kinds,
    pair_scenes,
    scenes_of,
)
from attncourse.vision.sentences import LONGEST, WORDS, captions_of, tokenise

GRID = 4  # pixels along each side of a patch; digits begin where patches begin


def muon(model: nn.Module, learning_rate: float, weight_decay: float) -> Muon:
    """Lesson 11's optimiser for the matrices inside blocks; AdamW moves the rest."""
    named = {p: "blocks." in name and p.ndim == 2 for name, p in model.named_parameters()}
    inside, rest = ([p for p, taken in named.items() if taken == side] for side in (True, False))
    return Muon(inside, rest, learning_rate, weight_decay)


RECIPE = {"learning_rate": 0.02, "weight_decay": 0.05, "warmup": 40, "optimizer": muon}


@trained_once
def digit_vit(n: int = 1437, *, shuffled: bool = False, steps: int = 200, seed: int = 0):
    """A ViT that names digits, in about 4 s of CPU.

    Args: n, how many digits it learns from; shuffled, whether their patches change places.
    """
    digits = some_digits(n, seed=seed)
    with seeded(seed):
        model = ViT(PictureEncoder(8, 2, 1), len(DIGITS))

    def loss():
        rows = torch.randint(n, (64,))
        images = digits.images[rows, None]
        images = shuffle_patches(images, 2) if shuffled else images
        return F.cross_entropy(model(images), digits.labels[rows])

    return model, lambda: train(model, loss, steps, seed=seed, **RECIPE)


def some_digits(n: int, *, seed: int = 0) -> Handwriting:
    """Draw n of the digits that may be learned from."""
    digits = handwriting("train")
    order = torch.randperm(len(digits.labels), generator=torch.Generator().manual_seed(seed))
    return Handwriting(*(part[order[:n]] for part in digits))


@trained_once
def clip(n_seen: int = 128, *, steps: int = 200, seed: int = 0):
    """Two towers for scenes of one digit, in about 6 s of CPU.

    Args: n_seen, how many of the 160 combinations it meets.
    """
    seen, _ = split_combinations(n_seen, seed=seed)
    sentences = tokenise(captions_of(seen))
    with seeded(seed):
        pictures = PictureEncoder(SIZE, GRID, 3, n_layers=1)
        model = CLIP(pictures, SentenceEncoder(len(WORDS), 32), 32)

    def loss():
        rows = torch.randperm(n_seen)[:64]  # no sentence twice in a batch
        embedded = model.embed_pictures(scenes_of(seen[rows], grid=GRID).images)
        return contrastive_loss(embedded, model.embed_sentences(sentences[rows]), 0.03)

    return model, lambda: train(model, loss, steps, seed=seed, **RECIPE)


def split_combinations(
    n_seen: int, *, seed: int = 0
) -> tuple[Int[Tensor, "n_seen 3"], Int[Tensor, "n_held 3"]]:
    """The combinations of digit, colour and place that `clip` meets, and those it never meets."""
    return hold_out(combinations(), len(combinations()) - n_seen, seed=seed)


@trained_once
def captioner(*, steps: int = 300, seed: int = 0):
    """Describes scenes of two digits, in about 11 s of CPU."""
    with seeded(seed):
        encoder = PictureEncoder(SIZE, GRID, 3, n_layers=1)
        model = Captioner(encoder, CaptionDecoder(len(WORDS), LONGEST, encoder.d_model))
    loss = describing(model, seed=seed)
    return model, lambda: train(model, loss, steps, seed=seed, **RECIPE)


@trained_once
def captioner_of_nothing(*, steps: int = 60, seed: int = 0):
    """The same captioner after 60 more steps, in which one scene of four is empty."""
    model = copy.deepcopy(captioner(seed=seed).model)
    loss = describing(model, empty=0.25, seed=seed)
    recipe = RECIPE | {"learning_rate": 0.01, "warmup": 10}
    return model, lambda: train(model, loss, steps, seed=seed, **recipe)


def describing(model: Captioner, *, empty: float = 0.0, seed: int = 0):
    """The loss of a captioner on scenes of the kinds that it may meet, some of them empty."""
    scenes = pair_scenes(6000, split_kinds(seed=seed)[0], grid=GRID, seed=seed)
    tokens, nothing = tokenise(scenes.captions), tokenise(["nothing"])

    def loss() -> Float[Tensor, ""]:
        rows, dark = torch.randint(len(tokens), (64,)), torch.rand(64) < empty
        images = scenes.images[rows] * ~dark[:, None, None, None]
        target = tokens[rows].where(~dark[:, None], nothing)
        return sequence_loss(model(images, shift_right(target, BOS)), target, PAD)

    return loss


def split_kinds(*, seed: int = 0) -> tuple[Int[Tensor, "32 2"], Int[Tensor, "8 2"]]:
    """The kinds, digits in a colour, that `captioner` meets, and the eight it never meets."""
    return hold_out(kinds(), 8, seed=seed)
