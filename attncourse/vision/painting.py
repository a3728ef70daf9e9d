"""Painting digits on a dark square: pixels and the boxes around the ink."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from attncourse.vision.handwriting import SIDE, handwriting

NOTHING = -1  # in place of a digit, where a scene has fewer than others


def choose_pictures(
    digits: Int[Tensor, "n k"], part: str, generator: torch.Generator | None = None
) -> Float[Tensor, "n k 8 8"]:
    """Draw a handwritten picture of each digit; `NOTHING` has no ink.

    Args:
        part: whose handwriting: "train" or "test".
    """
    images, labels = handwriting(part)
    pictures = torch.zeros(*digits.shape, SIDE, SIDE)
    for digit in labels.unique():
        wanted, written = digits == digit, images[labels == digit]
        drawn = torch.randint(len(written), (int(wanted.sum()),), generator=generator)
        pictures[wanted] = written[drawn]
    return pictures


def paint(
    pictures: Float[Tensor, "n k 8 8"],
    colours: Float[Tensor, "n k 3"],
    corners: Int[Tensor, "n k 2"],
    size: int,
) -> Float[Tensor, "n 3 {size} {size}"]:
    """Lay k pictures on each dark square; where two overlap, the brighter wins.

    Args:
        colours: red, green and blue of the ink, from 0 to 1.
        corners: row and column of each picture's top left pixel.
        size: pixels along each side of the square.
    """
    n, k = pictures.shape[:2]
    images = torch.zeros(n, size, size, 3)
    scene, step = torch.arange(n)[:, None, None], torch.arange(SIDE)
    for j in range(k):
        down, right = (corners[:, j, None] + step[:, None]).unbind(-1)  # n 8 each
        at = scene, down[:, :, None], right[:, None, :]
        images[at] = images[at].maximum(pictures[:, j, ..., None] * colours[:, j, None, None])
    return images.movedim(-1, 1).contiguous()


def ink_boxes(
    pictures: Float[Tensor, "n k 8 8"], corners: Int[Tensor, "n k 2"], size: int
) -> Float[Tensor, "n k 4"]:
    """Box the ink of each picture: centre x, centre y, width, height, in sides of the square.

    A picture without ink has the box 0, 0, 0, 0.
    """
    top, height = _extent(pictures.amax(-1) > 0)
    left, width = _extent(pictures.amax(-2) > 0)
    y, x = corners[..., 0] + top + height / 2, corners[..., 1] + left + width / 2
    boxes = torch.stack((x, y, width, height), dim=-1) / size
    return boxes.where(width[..., None] > 0, 0.0)


def _extent(inked: Tensor) -> tuple[Tensor, Tensor]:
    """First inked line of 8, and how many there are from it to the last."""
    lines = inked.byte()
    first, last = lines.argmax(-1), SIDE - 1 - lines.flip(-1).argmax(-1)
    return first, (last - first + 1) * inked.any(-1)
