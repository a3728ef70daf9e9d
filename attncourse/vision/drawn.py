"""What a denoiser draws, read by a judge who never saw it being drawn."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from attncourse.training import one_thread
from attncourse.vision.diffusion import Denoiser, Moment, draw
from attncourse.vision.drawing import NO_WORD, STROKES, caption, is_bold, tokenise
from attncourse.vision.handwriting import DIGITS, Handwriting, handwriting

EACH = 10  # drawings of each caption


class Reading(NamedTuple):
    """Shares of drawings that show the digit and the stroke they should, and how they differ.

    `spread` is the standard deviation of a pixel among drawings of one caption, `nearest` the mean
    distance to the nearest picture that was learned from.
    """

    digit: float
    stroke: float
    spread: float
    nearest: float


def kinds() -> Int[Tensor, "20 2"]:
    """List every (digit, stroke)."""
    return torch.cartesian_prod(torch.arange(len(DIGITS)), torch.arange(len(STROKES)))


def moments(
    model: Denoiser, sentences: Sequence[str], scale: float = 1.0, *, seed: int = 0
) -> list[Moment]:
    """Draw what each sentence says, and keep every step."""
    with one_thread():
        words = tokenise(list(sentences))
        return list(draw(model, words, scale, nothing=NO_WORD, seed=seed))


def pictures(
    model: Denoiser, sentences: Sequence[str], scale: float = 1.0, *, seed: int = 0
) -> Float[Tensor, "n 8 8"]:
    """Draw what each sentence says, with ink from 0 to 1."""
    return (moments(model, sentences, scale, seed=seed)[-1].guess[:, 0] + 1) / 2


def drawn(model: Denoiser, scale: float, *, seed: int = 0) -> Float[Tensor, "200 8 8"]:
    """Draw each caption ten times, all 20 in the order of `kinds`."""
    sentences = [caption(*kind) for kind in kinds().tolist() for _ in range(EACH)]
    return pictures(model, sentences, scale, seed=seed)


def read(images: Float[Tensor, "200 8 8"]) -> Reading:
    """Let the judge read drawings as `drawn` gives them."""
    digit, bold = kinds().repeat_interleave(EACH, dim=0).T
    named = torch.tensor(judge().predict(images.flatten(1).numpy()))
    right = (named == digit), is_bold(images, digit) == bold.bool()
    shares = [share.float().mean().item() for share in right]
    return Reading(*shares, spread(images, 2 * digit + bold), nearest(images))


def spread(images: Float[Tensor, "n 8 8"], kind: Int[Tensor, " n"]) -> float:
    """Standard deviation of a pixel among pictures of one kind, the mean of pixels and kinds."""
    found = [images[kind == one].std(0).mean() for one in kind.unique()]
    return torch.stack(found).mean().item()


def nearest(images: Float[Tensor, "n 8 8"]) -> float:
    """Mean distance from each picture to the nearest that was learned from."""
    learned = handwriting("train").images
    return torch.cdist(images.flatten(1), learned.flatten(1)).amin(1).mean().item()


def real() -> Reading:
    """The same numbers of pictures by people who are held out."""
    images, digits = handwriting("test")
    bold = is_bold(images, digits)
    right = judge().score(images.flatten(1), digits)
    return Reading(right, 1.0, spread(images, 2 * digits + bold.long()), nearest(images))


@cache
def judge():
    """Fit 3 nearest neighbours to the pictures that may be learned from."""
    from sklearn.neighbors import KNeighborsClassifier

    digits: Handwriting = handwriting("train")
    return KNeighborsClassifier(3).fit(digits.images.flatten(1).numpy(), digits.labels.numpy())
