"""Scenes: coloured handwritten digits on a dark square, with a box and a sentence for each scene.

A scene is composed, so everything about it is known: which digits, in which colours, and where.
A *kind* is a digit in a colour; a *combination* is a kind at a place. Holding some of them back
asks whether a model has learned the parts or only the wholes.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from attncourse.vision.handwriting import DIGITS, SIDE
from attncourse.vision.painting import NOTHING, choose_pictures, ink_boxes, paint
from attncourse.vision.sentences import COLOURS, PLACES, describe

SIZE = 24  # pixels along each side of a scene


class Scenes(NamedTuple):
    """n scenes of up to k digits each.

    Attributes:
        images: red, green and blue from 0 to 1.
        digits, colours: which digit; which of `COLOURS`. `NOTHING` fills up scenes with fewer.
        boxes: centre x, centre y, width, height of each digit's ink, in sides of the scene.
    """

    images: Float[Tensor, "n 3 size size"]
    digits: Int[Tensor, "n k"]
    colours: Int[Tensor, "n k"]
    boxes: Float[Tensor, "n k 4"]

    @property
    def present(self) -> Bool[Tensor, "n k"]:
        """Where there is a digit, and not `NOTHING`."""
        return self.digits != NOTHING

    @property
    def captions(self) -> list[str]:
        """Describe each scene in one sentence, see `describe`."""
        rows = zip(self.digits.tolist(), self.colours.tolist(), self.boxes.tolist(), strict=True)
        return [describe(*row) for row in rows]

    @property
    def combinations(self) -> Int[Tensor, "n 3"]:
        """Digit, colour and place of the first digit of each scene."""
        right, below = (self.boxes[:, 0, :2] > 0.5).long().unbind(-1)
        return torch.stack((self.digits[:, 0], self.colours[:, 0], 2 * below + right), dim=-1)

    def take(self, rows: Int[Tensor, " size"] | Bool[Tensor, " n"] | slice) -> "Scenes":
        """These scenes alone."""
        return Scenes(*(part[rows] for part in self))

    def batch(self, size: int) -> "Scenes":
        """Draw `size` scenes at random."""
        return self.take(torch.randint(len(self.images), (size,)))


def kinds() -> Int[Tensor, "n 2"]:
    """List every (digit, colour)."""
    return torch.cartesian_prod(torch.arange(len(DIGITS)), torch.arange(len(COLOURS)))


def combinations() -> Int[Tensor, "n 3"]:
    """List every (digit, colour, place)."""
    return torch.cartesian_prod(*map(torch.arange, (len(DIGITS), len(COLOURS), len(PLACES))))


def hold_out(
    table: Int[Tensor, "n columns"], n_held: int, *, seed: int = 0
) -> tuple[Int[Tensor, "n_seen columns"], Int[Tensor, "n_held columns"]]:
    """Split kinds or combinations into seen and held out; each part is still seen somewhere.

    Raises: ValueError if that cannot be done (it gives up after 1000 draws).
    """
    generator = torch.Generator().manual_seed(seed)
    for _ in range(1000):
        held, seen = table[torch.randperm(len(table), generator=generator)].tensor_split([n_held])
        if all(
            set(seen[:, i].tolist()) == set(table[:, i].tolist()) for i in range(table.shape[1])
        ):
            return seen, held
    raise ValueError(f"the seen ones must contain every part; got {n_held} of {len(table)} held")


def single_scenes(
    n: int,
    table: Int[Tensor, "c 3"] | None = None,
    *,
    grid: int = 1,
    part: str = "train",
    seed: int = 0,
) -> Scenes:
    """Place one digit in one quarter of each scene, by combinations drawn from `table`.

    Args:
        table: (digit, colour, place) to draw from; all if None.
        grid: each digit begins at a multiple of so many pixels.
        part: whose handwriting: "train" or "test".
    """
    generator = _generator(part, seed)
    drawn = _draw(combinations() if table is None else table, (n,), generator)
    return scenes_of(drawn, grid=grid, part=part, generator=generator)


def scenes_of(
    rows: Int[Tensor, "n 3"],
    *,
    grid: int = 1,
    part: str = "train",
    generator: torch.Generator | None = None,
) -> Scenes:
    """Make one scene of each (digit, colour, place), handwriting and exact place drawn anew."""
    digits, colours, places = rows[:, None].unbind(-1)
    corners = _within(torch.stack((places // 2, places % 2), dim=-1), grid, generator)
    return _compose(digits, colours, corners, SIZE, part, generator)


def pair_scenes(
    n: int,
    table: Int[Tensor, "c 2"] | None = None,
    *,
    grid: int = 1,
    part: str = "train",
    seed: int = 0,
) -> Scenes:
    """Place two digits above or beside each other, of kinds drawn from `table`.

    Args:
        table: (digit, colour) to draw from; all if None.
        grid: each digit begins at a multiple of so many pixels.
        part: whose handwriting: "train" or "test".
    """
    generator = _generator(part, seed)
    digits, colours = _draw(kinds() if table is None else table, (n, 2), generator).unbind(-1)
    axis, shared = torch.randint(2, (2, n), generator=generator)  # 0: above, 1: beside
    quarters = shared[:, None, None].repeat(1, 2, 2)  # n k (row, column)
    quarters[torch.arange(n), :, axis] = torch.tensor([0, 1])
    corners = _within(quarters, grid, generator)
    return _compose(digits, colours, corners, SIZE, part, generator)


def scattered_scenes(
    n: int,
    counts: Sequence[int] = (2, 3),
    *,
    size: int = 32,
    grid: int = 1,
    part: str = "train",
    seed: int = 0,
) -> Scenes:
    """Place several digits anywhere, no picture over another; how many is drawn from `counts`.

    Args:
        size: pixels along each side of a scene.
        grid: each digit begins at a multiple of so many pixels.
        part: whose handwriting: "train" or "test".

    Raises: ValueError if the scene is too small for that many.
    """
    k = max(counts)
    if k > size**2 // (2 * SIDE) ** 2:
        raise ValueError(f"every digit needs {2 * SIDE} × {2 * SIDE} pixels; got {k} for {size}")
    generator = _generator(part, seed)
    digits, colours = _draw(kinds(), (n, k), generator).unbind(-1)
    number = _draw(torch.tensor(counts), (n, 1), generator)
    digits = digits.where(torch.arange(k) < number, NOTHING)
    corners = _apart((n, k), size, grid, generator)
    return _compose(digits, colours, corners, size, part, generator)


def empty_scenes(n: int, size: int = SIZE) -> Scenes:
    """Leave n scenes dark, with nothing in them."""
    nothing = torch.full((n, 1), NOTHING)
    return Scenes(torch.zeros(n, 3, size, size), nothing, nothing, torch.zeros(n, 1, 4))


def _generator(part: str, seed: int) -> torch.Generator:
    # Training and test scenes of one seed must differ in more than the handwriting.
    return torch.Generator().manual_seed(2 * seed + (part == "test"))


def _draw(table: Tensor, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    return table[torch.randint(len(table), shape, generator=generator)]


def _within(quarters: Tensor, grid: int, generator: torch.Generator | None) -> Int[Tensor, "n k 2"]:
    """Put a picture's corner somewhere in its quarter of the scene."""
    half = SIZE // 2
    room = (half - SIDE) // grid + 1
    return half * quarters + grid * torch.randint(room, quarters.shape, generator=generator)


def _apart(
    shape: tuple[int, int], size: int, grid: int, generator: torch.Generator
) -> Int[Tensor, "n k 2"]:
    """Draw corners anywhere, and draw a scene again while two of its pictures overlap."""
    corners = torch.full((*shape, 2), 0)
    again, room = torch.ones(shape[0], dtype=torch.bool), (size - SIDE) // grid + 1
    while again.any():
        drawn = torch.randint(room, (int(again.sum()), shape[1], 2), generator=generator)
        corners[again] = grid * drawn
        near = ((corners[:, :, None] - corners[:, None]).abs() < SIDE).all(-1)  # n k k
        again = near.triu(diagonal=1).flatten(1).any(-1)
    return corners


def _compose(
    digits: Tensor,
    colours: Tensor,
    corners: Tensor,
    size: int,
    part: str,
    generator: torch.Generator | None,
) -> Scenes:
    pictures = choose_pictures(digits, part, generator)
    images = paint(pictures, torch.tensor(list(COLOURS.values()))[colours], corners, size)
    colours = colours.where(digits != NOTHING, NOTHING)
    return Scenes(images, digits, colours, ink_boxes(pictures, corners, size))
