"""Laws of pictures as sequences: patches, and the encoder over them."""

import pytest
import torch
from torch import nn

from attncourse.vision.patches import (
    Patches,
    PictureEncoder,
    ViT,
    patchify,
    shuffle_patches,
)


def test_patches_by_hand():
    image = torch.arange(16.0).reshape(1, 4, 4)
    expected = [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]]
    assert patchify(image, 2).tolist() == expected


def test_the_colours_of_a_pixel_stand_side_by_side():
    image = torch.rand(3, 6, 4)
    first = patchify(image, 2)[0]
    assert torch.equal(first[:3], image[:, 0, 0])
    assert torch.equal(first[9:], image[:, 1, 1])


@pytest.mark.parametrize(("shape", "size"), [((1, 6, 4), 5), ((1, 6, 4), 4), ((3, 6, 6), 0)])
def test_a_patch_must_divide_the_picture(shape, size):
    with pytest.raises(ValueError, match=f"size must divide both sides; got {size} for"):
        patchify(torch.zeros(shape), size)


def test_embedding_patches_is_a_convolution_whose_stride_is_its_size():
    patches, images = Patches(4, 3, 8), torch.rand(2, 3, 12, 8)
    convolution = nn.Conv2d(3, 8, 4, stride=4)
    with torch.no_grad():
        kernel = patches.embed.weight.reshape(8, 4, 4, 3).permute(0, 3, 1, 2)
        convolution.weight.copy_(kernel)
        convolution.bias.copy_(patches.embed.bias)
    expected = convolution(images).flatten(2).mT
    assert torch.allclose(patches(images), expected, atol=1e-5)


def test_shuffled_patches_are_the_same_patches_in_another_order():
    images = torch.rand(2, 3, 8, 8)
    before, after = patchify(images, 2), patchify(shuffle_patches(images, 2), 2)
    assert not torch.equal(before, after)
    assert torch.equal(before.sum(-1).sort().values, after.sum(-1).sort().values)
    moved = (before[0, :, None] == after[0]).all(-1)
    assert torch.equal(moved, (before[1, :, None] == after[1]).all(-1))


@pytest.mark.parametrize("patch", [2, 4])
def test_tokens_are_the_patches_and_one_more(patch):
    encoder = PictureEncoder(8, patch, 3, d_model=16)
    tokens, maps = encoder(torch.rand(2, 3, 8, 8))
    N = 1 + (8 // patch) ** 2
    assert tokens.shape == (2, N, 16)
    assert [tuple(weights.shape) for weights in maps] == [(2, 4, N, N)] * 2


def test_without_positions_the_order_of_patches_is_lost():
    torch.manual_seed(0)
    encoder, image = PictureEncoder(4, 2, 1, d_model=16), torch.rand(1, 1, 4, 4)
    turned = image.roll(2, dims=-1)  # columns of patches change places
    assert not torch.allclose(encoder(image)[0][:, 0], encoder(turned)[0][:, 0], atol=1e-4)
    nn.init.zeros_(encoder.positions.table)
    assert torch.allclose(encoder(image)[0][:, 0], encoder(turned)[0][:, 0], atol=1e-5)


def test_a_vit_reads_its_class_token():
    vit, images = ViT(PictureEncoder(8, 2, 1), 10), torch.rand(3, 1, 8, 8)
    expected = vit.name(vit.encoder(images)[0][:, 0])
    assert torch.allclose(vit(images), expected, atol=1e-5)
