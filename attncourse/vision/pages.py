"""Pages of sixteen handwritten digits, and a question that only one of them answers.

Each page asks for a colour, and one digit has it. A glance sees where the colours are, but no
strokes; reading a cell shows its strokes, but costs. So the answer depends on where one reads.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from attncourse.scoring import scaled_dot_score
from attncourse.vision.handwriting import DIGITS, SIDE
from attncourse.vision.painting import choose_pictures, paint
from attncourse.vision.sentences import COLOURS

_RGB = torch.tensor(list(COLOURS.values()))
Attend = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]  # (scores, value) → (output, weights)


class Pages(NamedTuple):
    """n pages of N cells.

    Attributes:
        strokes: the ink of each cell, without its colour.
        colours: which of `COLOURS` each cell has.
        question: which of `COLOURS` is asked for; it occurs in one cell.
        place: that cell. answer: the digit in it.
    """

    strokes: Float[Tensor, "n N 64"]
    colours: Int[Tensor, "n N"]
    question: Int[Tensor, " n"]
    place: Int[Tensor, " n"]
    answer: Int[Tensor, " n"]

    @property
    def glance(self) -> Float[Tensor, "n N 3"]:
        """The colour of each cell's brightest pixel, without its strokes."""
        return self.strokes.amax(-1, keepdim=True) * _RGB[self.colours]

    @property
    def images(self) -> Float[Tensor, "n 3 size size"]:
        """The pages as pictures."""
        n, N = self.colours.shape
        side = round(N**0.5)
        grid = torch.cartesian_prod(torch.arange(side), torch.arange(side)) * SIDE
        cells = self.strokes.unflatten(-1, (SIDE, SIDE))
        return paint(cells, _RGB[self.colours], grid.expand(n, N, 2), side * SIDE)

    def take(self, rows: Int[Tensor, " size"] | slice) -> "Pages":
        """These pages alone."""
        return Pages(*(part[rows] for part in self))

    def batch(self, size: int) -> "Pages":
        """Draw `size` pages at random."""
        return self.take(torch.randint(len(self.answer), (size,)))


def make_pages(n: int, N: int = 16, *, part: str = "train", seed: int = 0) -> Pages:
    """Fill n pages with N digits each; one has the colour of the question, the others do not.

    Args:
        part: whose handwriting: "train" or "test".
    """
    generator = torch.Generator().manual_seed(2 * seed + (part == "test"))
    digits, other = (
        torch.randint(k, (n, N), generator=generator) for k in (len(DIGITS), len(COLOURS) - 1)
    )
    question, place = (torch.randint(k, (n,), generator=generator) for k in (len(COLOURS), N))
    colours = (question[:, None] + 1 + other) % len(COLOURS)
    every = torch.arange(n)
    colours[every, place] = question
    strokes = choose_pictures(digits, part, generator).flatten(2)
    return Pages(strokes, colours, question, place, digits[every, place])


class PageReader(nn.Module):
    """Glance at a page, choose where to read, read, and name the digit.

    The question makes the query, the glance makes a key for each cell, and what the reader makes of
    a cell's strokes is its value.

    Args:
        d_k, d_v: widths of query and keys, and of the values.

    Derived in: lesson 12.
    """

    def __init__(self, d_k: int = 16, d_v: int = 64):
        super().__init__()
        self.query = nn.Parameter(torch.randn(len(COLOURS), d_k))
        self.key = nn.Sequential(nn.Linear(3, 32), nn.ReLU(), nn.Linear(32, d_k))
        layers = nn.Linear(SIDE**2, 128), nn.ReLU(), nn.Linear(128, d_v), nn.ReLU()
        self.value = nn.Sequential(*layers)
        self.name = nn.Linear(d_v, len(DIGITS))

    def scores(self, pages: Pages) -> Float[Tensor, "n 1 N"]:
        """How well each cell's colour fits the question; no cell is read for this."""
        return scaled_dot_score(self.query[pages.question, None], self.key(pages.glance))

    def multiplications(self, N: int, cells: int) -> int:
        """How many it takes to choose among N cells and to read some of them, for one page."""
        key, value = (
            sum(weight.numel() for weight in part.parameters() if weight.ndim == 2)
            for part in (self.key, self.value)
        )
        return N * (key + self.query.shape[1]) + cells * value

    def read_all(
        self, pages: Pages, weigh: Callable[[Tensor], Tensor]
    ) -> tuple[Float[Tensor, "n 10"], Float[Tensor, "n 1 N"]]:
        """Read all N cells, then mix what they say. Returns (logits, weights).

        Args:
            weigh: makes the weights from the scores.
        """
        weights = weigh(self.scores(pages))
        output = weights @ self.value(pages.strokes)
        return self.name(output[:, 0]), weights

    def read_one(
        self, pages: Pages, pick: Attend
    ) -> tuple[Float[Tensor, "n 10"], Float[Tensor, "n 1 N"]]:
        """Pick one cell, then read that one alone. Returns (logits, weights).

        Args:
            pick: `argmax_attention` or `sample_attention`; what it picks here is raw strokes.
        """
        strokes, weights = pick(self.scores(pages), pages.strokes)
        return self.name(self.value(strokes[:, 0])), weights
