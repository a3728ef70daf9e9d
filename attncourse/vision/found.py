"""What a detector finds in new scenes, and a rival that does not learn where to look."""

from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from scipy.ndimage import find_objects, label
from torch import Tensor, nn

from attncourse.training import one_thread
from attncourse.vision.handwriting import DIGITS, SIDE, handwriting
from attncourse.vision.matching import overlap
from attncourse.vision.scenes import SIZE, Scenes

ENOUGH = 0.5  # overlap of a box that counts as found
PIECES = 9  # at most, in one scene


class Answers(NamedTuple):
    """What M queries say about each of n scenes; `said` is False where a query says "nothing"."""

    said: Bool[Tensor, "n M"]
    digits: Int[Tensor, "n M"]
    boxes: Float[Tensor, "n M 4"]
    sure: Float[Tensor, "n M"]


@torch.no_grad()
def answers(model: nn.Module, scenes: Scenes) -> Answers:
    """Ask a detector."""
    with one_thread():
        logits, boxes = model(scenes.images)
    p = logits.softmax(-1)
    sure, digits = p[..., :-1].max(-1)
    return Answers(p.argmax(-1) < p.shape[-1] - 1, digits, boxes, sure)


def frames(given: Answers) -> list[list[tuple]]:
    """For each scene its boxes as figures draw them: left, top, width, height in pixels, name."""
    corners = torch.cat((given.boxes[..., :2] - given.boxes[..., 2:] / 2, given.boxes[..., 2:]), -1)
    rows = zip(given.said, SIZE * corners, given.digits, strict=True)
    return [
        [
            (*box.tolist(), DIGITS[digit])
            for box, digit in zip(boxes[said], digits[said], strict=True)
        ]
        for said, boxes, digits in rows
    ]


def spoken(given: Answers) -> list[str]:
    """What each query says about the first scene."""
    both = zip(given.said[0], given.digits[0], strict=True)
    return [DIGITS[digit] if said else "nothing" for said, digit in both]


def suppress(given: Answers) -> Answers:
    """Keep the surest of answers that overlap by more than half (non-maximum suppression)."""
    said = given.said.clone()
    near = overlap(given.boxes, given.boxes) > ENOUGH
    for scene, order in enumerate(given.sure.argsort(dim=-1, descending=True)):
        for i in order[given.said[scene, order]]:
            if said[scene, i]:
                said[scene] &= ~near[scene, i]
                said[scene, i] = True
    return given._replace(said=said)


class Score(NamedTuple):
    """Shares of the digits that are found and of the answers that are right; answers per digit."""

    found: float
    right: float
    answers: float


def score(given: Answers, scenes: Scenes) -> Score:
    """Count: an answer is right if its digit is, its box overlaps, and nobody was there before."""
    near = (overlap(given.boxes, scenes.boxes) > ENOUGH) & scenes.present[:, None]  # n M K
    near &= given.said[..., None]
    fits = near & (given.digits[..., None] == scenes.digits[:, None])
    hits = sum(_hits(*row) for row in zip(fits, given.sure, strict=True))
    n_objects, n_said = scenes.present.sum().item(), given.said.sum().item()
    return Score(hits / n_objects, hits / max(n_said, 1), near.sum().item() / n_objects)


def _hits(fits: Bool[Tensor, "M K"], sure: Float[Tensor, " M"]) -> int:
    """Objects of one scene that are found; the surest answers come first."""
    left = torch.ones(fits.shape[1], dtype=torch.bool)
    for fit in fits[sure.argsort(descending=True)]:
        if (fit & left).any():
            left[(fit & left).nonzero()[0]] = False
    return int((~left).sum())


def by_components(scenes: Scenes) -> Answers:
    """The rival: each piece of connected ink is a digit, named by its 3 nearest neighbours."""
    shape = len(scenes.images), PIECES
    said, digits = torch.zeros(shape, dtype=torch.bool), torch.zeros(shape, dtype=torch.long)
    boxes = torch.zeros(*shape, 4)
    for scene, image in enumerate(scenes.images.amax(1).numpy()):
        pieces = find_objects(label(image > 0, np.ones((3, 3)))[0])[:PIECES]
        for i, (down, right) in enumerate(pieces):
            said[scene, i] = True
            boxes[scene, i] = _box(down, right)
            digits[scene, i] = int(_neighbours().predict(_centred(image[down, right])[None])[0])
    return Answers(said, digits, boxes, said.float())


def _box(down: slice, right: slice) -> Float[Tensor, "4"]:
    """Centre x, centre y, width, height, in sides of the scene."""
    (x, wide), (y, high) = (((s.start + s.stop) / 2, s.stop - s.start) for s in (right, down))
    return torch.tensor([x, y, wide, high]) / SIZE


def _centred(ink: np.ndarray) -> np.ndarray:
    """Ink in the middle of 8 × 8 pixels, the brightest at 1, as one row."""
    page, ink = np.zeros((SIDE, SIDE)), ink[:SIDE, :SIDE]
    top, left = ((SIDE - size) // 2 for size in ink.shape)
    page[top : top + ink.shape[0], left : left + ink.shape[1]] = ink / ink.max()
    return page.ravel()


@cache
def _neighbours():
    from sklearn.neighbors import KNeighborsClassifier

    images, labels = handwriting("train")
    pieces = [image[find_objects((image > 0).astype(int))[0]] for image in images.numpy()]
    rows = np.array([_centred(piece) for piece in pieces])
    return KNeighborsClassifier(3).fit(rows, labels.numpy())
