"""What lesson 13's models get right on what they have never met."""

import torch
from einops import rearrange
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from attncourse.tasks import BOS, exact_match, say
from attncourse.training import one_thread
from attncourse.vision.handwriting import DIGITS, Handwriting
from attncourse.vision.learning import GRID
from attncourse.vision.patches import shuffle_patches
from attncourse.vision.scenes import SIZE, Scenes, combinations, scenes_of
from attncourse.vision.sentences import LONGEST, WORDS, captions_of, tokenise

SIDE = SIZE // GRID  # patches along each side of a scene


@torch.no_grad()
def share_named(model: nn.Module, digits: Handwriting, *, shuffled: bool = False) -> float:
    """Share of digits that a `ViT` names rightly."""
    images = digits.images[:, None]
    images = shuffle_patches(images, 2) if shuffled else images
    with one_thread():
        named = model(images).argmax(-1)
    return (named == digits.labels).float().mean().item()


@torch.no_grad()
def matched(model: nn.Module, scenes: Scenes) -> Bool[Tensor, "n 3"]:
    """Of the sentence of all 160 that a `CLIP` finds nearest: are digit, colour, place right?"""
    table = combinations()
    with one_thread():
        best = model(scenes.images, tokenise(captions_of(table))).argmax(-1)
    return table[best] == scenes.combinations


@torch.no_grad()
def retrieved(
    model: nn.Module, table: Int[Tensor, "c 3"], n: int = 16, *, draws: int = 60
) -> tuple[float, float]:
    """Share of pictures that find their own sentence among n, and of sentences their picture.

    Args:
        table: the combinations to draw n different ones from, `draws` times.
    """
    draw, right = torch.Generator().manual_seed(0), torch.arange(n)
    found = torch.zeros(2)
    for _ in range(draws):
        rows = table[torch.randperm(len(table), generator=draw)[:n]]
        images = scenes_of(rows, grid=GRID, part="test", generator=draw).images
        with one_thread():
            scores = model(images, tokenise(captions_of(rows)))
        found += torch.stack([(scores.argmax(axis) == right).float().mean() for axis in (1, 0)])
    by_picture, by_sentence = (found / draws).tolist()
    return by_picture, by_sentence


def write(
    model: nn.Module, images: Float[Tensor, "n 3 size size"]
) -> tuple[list[list[str]], Float[Tensor, "n T rows columns"]]:
    """Let a `Captioner` write. Returns (words, map of each word: the mean of the heads)."""
    with one_thread():
        tokens, maps = model.write(images, LONGEST, bos=BOS)
    grids = rearrange(maps[-1].mean(1), "n T (r c) -> n T r c", r=SIDE)
    return [say(row, WORDS) for row in tokens], grids


def written_right(model: nn.Module, scenes: Scenes) -> Bool[Tensor, " n"]:
    """Which scenes a `Captioner` describes word for word."""
    with one_thread():
        tokens, _ = model.write(scenes.images, LONGEST, bos=BOS)
    return exact_match(tokens, tokenise(scenes.captions))


def weight_on_digits(model: nn.Module, scenes: Scenes) -> Float[Tensor, "2 2"]:
    """Mean weight of the word of the first and of the second digit on the ink of each of the two.

    Counted over scenes whose sentence is right.
    """
    right = written_right(model, scenes)
    scenes = scenes.take(right)
    words, grids = write(model, scenes.images)
    ink = inked(scenes)  # n 2 rows columns
    found = torch.zeros(2, 2)
    for i, sentence in enumerate(words):
        naming = [t for t, word in enumerate(sentence) if word in DIGITS]
        found += torch.einsum("t r c, k r c -> t k", grids[i, naming], ink[i])
    return found / len(words)


def inked(scenes: Scenes) -> Float[Tensor, "n k rows columns"]:
    """1 where a patch has ink of digit k, by its box, else 0."""
    low, high = (scenes.boxes[..., :2] + sign * scenes.boxes[..., 2:] / 2 for sign in (-1, 1))
    start, rounding = torch.arange(SIDE) / SIDE, 1e-4
    x, y = (
        (start + 1 / SIDE > low[..., [i]] + rounding) & (start < high[..., [i]] - rounding)
        for i in (0, 1)
    )
    return (y[..., :, None] & x[..., None, :]).float()
