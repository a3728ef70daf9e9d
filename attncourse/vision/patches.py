"""A picture as a sequence: its patches are the tokens of lesson 10's encoder."""

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from attncourse.attention import Attend, fused_attention, scaled_dot_product_attention
from attncourse.blocks import Block
from attncourse.positions import LearnedPositions
from attncourse.transformer import Maps


def patchify(
    image: Float[Tensor, "*batch C height width"], size: int
) -> Float[Tensor, "*batch N patch"]:
    """Split a picture into square patches, in reading order, each as one vector of its pixels.

    output[r · (width / size) + c] = image[:, r · size + y, c · size + x] for all y, then all x,
    then all colours: the numbers of a pixel stand side by side

    Args:
        image: C colours (1 if grey) of height × width pixels.
        size: pixels along each side of a patch; must divide both sides of the picture.

    Returns: N = (height / size) · (width / size) vectors of size · size · C numbers.
    Source: Dosovitskiy et al. 2021, section 3.1. Derived in: lesson 13.
    """
    height, width = image.shape[-2:]
    if size < 1 or height % size or width % size:
        raise ValueError(f"size must divide both sides; got {size} for {height} × {width}")
    return rearrange(image, "... C (r y) (c x) -> ... (r c) (y x C)", y=size, x=size)


def shuffle_patches(
    images: Float[Tensor, "B C side side"], size: int, *, seed: int = 0
) -> Float[Tensor, "B C side side"]:
    """Let the patches of each picture change places, in all pictures alike."""
    patches = patchify(images, size)
    order = torch.randperm(patches.shape[1], generator=torch.Generator().manual_seed(seed))
    shape = {"r": images.shape[-1] // size, "y": size, "x": size}
    return rearrange(patches[:, order], "B (r c) (y x C) -> B C (r y) (c x)", **shape)


class Patches(nn.Module):
    """One linear map from the pixels of a patch to its token."""

    def __init__(self, size: int, channels: int, d_model: int):
        super().__init__()
        self.size = size
        self.embed = nn.Linear(channels * size**2, d_model)

    def forward(self, images: Float[Tensor, "B C height width"]) -> Float[Tensor, "B N d_model"]:
        """Split and embed."""
        return self.embed(patchify(images, self.size))


class PictureEncoder(nn.Module):
    """A Transformer encoder over patches, with one more token in front: the class token.

    Args:
        size: pixels along each side of a picture.
        patch: pixels along each side of a patch.
        channels: 1 for grey, 3 for colour.

    Source: Dosovitskiy et al. 2021, equations 1 to 4, with pre-norm as there.
    Derived in: lesson 13.
    """

    def __init__(
        self, size: int, patch: int, channels: int, *, d_model: int = 48, n_layers: int = 2
    ):
        super().__init__()
        self.embed, self.d_model = Patches(patch, channels, d_model), d_model
        self.class_token = nn.Parameter(torch.randn(d_model) / d_model**0.5)
        self.positions = LearnedPositions(1 + (size // patch) ** 2, d_model)
        self.blocks = nn.ModuleList(Block(d_model, 4, 2 * d_model) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)

    def forward(
        self,
        images: Float[Tensor, "B C height width"],
        attend: Attend = scaled_dot_product_attention,
    ) -> tuple[Float[Tensor, "B T d_model"], Maps]:
        """Return (T = 1 + N tokens, maps of each layer); token 0 is the class token."""
        patches, maps = self.embed(images), []
        x = torch.cat((self.class_token.expand(len(images), 1, -1), patches), dim=1)
        x = x + self.positions(x.shape[1])
        for block in self.blocks:
            x, weights = block(x, attend=attend)
            maps.append(weights)
        return self.norm(x), tuple(maps)


class ViT(nn.Module):
    """Name what is in a picture, from the class token.

    Source: Dosovitskiy et al. 2021. Derived in: lesson 13.
    """

    def __init__(self, encoder: PictureEncoder, n_classes: int):
        super().__init__()
        self.encoder = encoder
        self.name = nn.Linear(encoder.d_model, n_classes)

    def forward(self, images: Float[Tensor, "B C height width"]) -> Float[Tensor, "B n_classes"]:
        """Return logits, one row per picture; `encoder(images)` has the maps."""
        return self.name(self.encoder(images, fused_attention)[0][:, 0])
