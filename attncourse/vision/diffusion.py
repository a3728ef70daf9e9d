"""Drawing by taking noise away, a little at a time, with words that say what to draw."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import torch
from einops import rearrange
from jaxtyping import Float, Int
from torch import Tensor, nn

from attncourse.attention import Attend, fused_attention, scaled_dot_product_attention
from attncourse.blocks import DecoderBlock
from attncourse.positions import LearnedPositions
from attncourse.text import embed
from attncourse.transformer import Maps
from attncourse.vision.noise import add_noise, clean, guided_noise
from attncourse.vision.patches import patchify

FIRST = 0.98  # drawing begins just before t = 1, where nothing of a picture is left to find


class Denoiser(nn.Module):
    """Predict the noise in a picture: patches attend to each other, and to the words.

    Args:
        vocab_size: number of words.
        size, patch: pixels along each side of the picture, and of a patch.

    Source: Peebles and Xie 2023 (patches), with the cross-attention of Rombach et al. 2022,
        section 3.3. Derived in: lesson 14.
    """

    def __init__(
        self,
        vocab_size: int,
        *,
        size: int = 8,
        patch: int = 2,
        d_model: int = 48,
        n_layers: int = 2,
    ):
        super().__init__()
        self.patch, self.rows = patch, size // patch
        self.embed = nn.Linear(patch**2, d_model)
        self.positions = LearnedPositions(self.rows**2, d_model)
        self.time = nn.Sequential(nn.Linear(32, d_model), nn.SiLU(), nn.Linear(d_model, d_model))
        self.words = nn.Parameter(2 * torch.randn(vocab_size, d_model) / d_model**0.5)
        blocks = (DecoderBlock(d_model, 4, 2 * d_model) for _ in range(n_layers))
        self.blocks = nn.ModuleList(blocks)
        self.norm, self.noise = nn.LayerNorm(d_model), nn.Linear(d_model, patch**2)
        nn.init.zeros_(self.noise.weight)

    def forward(
        self,
        noisy: Float[Tensor, "B 1 size size"],
        t: Float[Tensor, " B"],
        words: Int[Tensor, "B T"],
    ) -> Float[Tensor, "B 1 size size"]:
        """Return the predicted noise."""
        return self.with_weights(noisy, t, words, fused_attention)[0]

    def with_weights(
        self,
        noisy: Float[Tensor, "B 1 size size"],
        t: Float[Tensor, " B"],
        words: Int[Tensor, "B T"],
        attend: Attend = scaled_dot_product_attention,
    ) -> tuple[Float[Tensor, "B 1 size size"], Maps]:
        """Return (noise, maps of each layer: a row for each patch, a column for each word)."""
        x = self.embed(patchify(noisy, self.patch)) + self.positions(self.rows**2)
        x, memory, maps = x + self.time(hands(t))[:, None], embed(words, self.words), []
        for block in self.blocks:
            x, _, weights = block(x, memory, attend=attend)
            maps.append(weights)
        shape = {"r": self.rows, "y": self.patch, "x": self.patch}
        noise = self.noise(self.norm(x))
        return rearrange(noise, "B (r c) (y x) -> B 1 (r y) (c x)", **shape), tuple(maps)


class Moment(NamedTuple):
    """One step of drawing: the picture in its noise, what it would be by now, and the maps."""

    t: float
    noisy: Float[Tensor, "n 1 size size"]
    guess: Float[Tensor, "n 1 size size"]
    maps: Maps


@torch.no_grad()
def draw(
    denoiser: Denoiser,
    words: Int[Tensor, "n T"],
    scale: float = 1.0,
    *,
    nothing: int,
    steps: int = 20,
    seed: int = 0,
) -> Iterator[Moment]:
    """Draw n pictures from pure noise; the last moment's guess is the drawing.

    Args:
        words: what to draw, a row of token ids for each picture.
        scale: of the guidance, see `guided_noise`.
        nothing: the token id that stands for "no words".
        seed: of the noise to begin with; the rest repeats.

    Source: Song, Meng and Ermon 2021, equation 12 with σ = 0 (DDIM). Derived in: lesson 14.
    """
    side = denoiser.rows * denoiser.patch
    noise = torch.Generator().manual_seed(seed)
    noisy = torch.randn(len(words), 1, side, side, generator=noise)
    silence = torch.full_like(words, nothing)
    times = torch.linspace(FIRST, 0, steps + 1)[:, None].expand(-1, len(words))
    for t, sooner in pairwise(times):
        conditional, maps = denoiser.with_weights(noisy, t, words)
        predicted = guided_noise(conditional, denoiser(noisy, t, silence), scale)
        guess = clean(noisy, predicted, t)
        yield Moment(t[0].item(), noisy, guess, maps)
        noisy = add_noise(guess, predicted, sooner)


def hands(t: Float[Tensor, " B"], d: int = 32) -> Float[Tensor, "B {d}"]:
    """Write a time as hands of clocks, from fast to slow, as lesson 08 wrote positions."""
    angles = 100 * t[:, None] * torch.exp(-torch.arange(d // 2) / 2)
    return torch.cat((angles.sin(), angles.cos()), dim=-1)
