"""Finding objects: queries that are learned, each with a point of the picture where it begins."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from attncourse.attention import Attend, fused_attention, scaled_dot_product_attention
from attncourse.blocks import FeedForward
from attncourse.multihead import MultiHeadAttention
from attncourse.vision.patches import PictureEncoder


class ObjectBlock(nn.Module):
    """Queries attend to each other, then to the patches, then each is transformed alone.

    A decoder block without a mask (a set has no order), whose cross-attention takes a bias.
    """

    def __init__(self, d_model: int, n_heads: int):
        super().__init__()
        self.attention = MultiHeadAttention(d_model, n_heads)
        self.cross_attention = MultiHeadAttention(d_model, n_heads)
        self.feed_forward = FeedForward(d_model, 2 * d_model)
        self.norm_1, self.norm_2, self.norm_3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(
        self,
        x: Float[Tensor, "B M d_model"],
        memory: Float[Tensor, "B N d_model"],
        bias: Float[Tensor, "H M N"] | None = None,
        attend: Attend = scaled_dot_product_attention,
    ) -> tuple[Float[Tensor, "B M d_model"], Float[Tensor, "B H M N"] | None]:
        """Return (output, weights over the memory)."""
        normal = self.norm_1(x)
        x = x + self.attention(normal, normal, normal, attend=attend)[0]
        how = {"bias": bias, "attend": attend}
        found, weights = self.cross_attention(self.norm_2(x), memory, memory, **how)
        x = x + found
        return x + self.feed_forward(self.norm_3(x)), weights


class Detector(nn.Module):
    """Let M queries find the objects of a picture: each says what it found, or nothing, and where.

    With reference points, query i begins at a point r_i: its scores for patches at p_j get a bias
    −|r_i − p_j|² / 2σ², σ learned for each head, and its box is counted from r_i.

    Args:
        encoder: of the picture, N patches.
        n_classes: without "nothing", which becomes the last.
        n_queries: M, a square number: the points begin as a grid.
        reference: whether there are reference points.

    Source: Carion et al. 2020; the points: Zhu et al. 2021, the bias: Gao et al. 2021.
    Derived in: lesson 14.
    """

    def __init__(
        self, encoder: PictureEncoder, n_classes: int, n_queries: int = 9, *, reference: bool = True
    ):
        super().__init__()
        d_model, n_heads = encoder.d_model, 4
        self.encoder = encoder
        self.queries = nn.Parameter(torch.randn(n_queries, d_model) / d_model**0.5)
        self.points = nn.Parameter(grid(n_queries).logit()) if reference else None
        self.nearness = nn.Parameter(torch.full((n_heads, 1, 1), 3.0)) if reference else None
        self.blocks = nn.ModuleList([ObjectBlock(d_model, n_heads)])
        self.norm = nn.LayerNorm(d_model)
        self.name, self.box = nn.Linear(d_model, n_classes + 1), nn.Linear(d_model, 4)

    def forward(
        self, images: Float[Tensor, "B C height width"]
    ) -> tuple[Float[Tensor, "B M classes"], Float[Tensor, "B M 4"]]:
        """Return (logits, boxes as centre x, centre y, width, height in sides of the picture)."""
        return self.with_weights(images, fused_attention)[:2]

    def with_weights(
        self,
        images: Float[Tensor, "B C height width"],
        attend: Attend = scaled_dot_product_attention,
    ) -> tuple[Tensor, Tensor, Float[Tensor, "B H M N"] | None]:
        """Return (logits, boxes, weights of each query over the patches)."""
        memory = self.encoder(images, fused_attention)[0][:, 1:]
        x = self.queries.expand(len(images), -1, -1)
        for block in self.blocks:
            x, weights = block(x, memory, self.bias(memory.shape[1]), attend)
        x = self.norm(x)
        start = 0 if self.points is None else F.pad(self.points, (0, 2))
        return self.name(x), (self.box(x) + start).sigmoid(), weights

    def bias(self, N: int) -> Float[Tensor, "H M N"] | None:
        """What the distances from the reference points add to the scores."""
        if self.points is None:
            return None
        away = torch.cdist(self.points.sigmoid(), grid(N)).square()
        return -self.nearness.exp() * away


def grid(n: int) -> Float[Tensor, "n 2"]:
    """Lay n points over the unit square, in rows: the middle of each of n equal squares.

    Raises: ValueError if n is no square number.
    """
    side = round(n**0.5)
    if side * side != n:
        raise ValueError(f"a grid needs a square number of points; got {n}")
    middle = (torch.arange(side) + 0.5) / side
    return torch.cartesian_prod(middle, middle).flip(-1)
