"""Laws of Muon."""

import pytest
import torch

from attncourse.language import GPT
from attncourse.muon import muon, orthogonalise
from attncourse.training import train


@pytest.mark.parametrize("shape", [(6, 6), (4, 9), (9, 4), (3, 5, 8)])
def test_singular_values_come_near_1_and_directions_stay(shape):
    x = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    found = orthogonalise(x)
    sizes = torch.linalg.svdvals(found)
    assert sizes.min() > 0.3
    assert sizes.max() < 1.4
    U, _, V = torch.linalg.svd(x, full_matrices=False)
    turned = U.mT @ found @ V.mT
    torch.testing.assert_close(turned, torch.diag_embed(sizes_of(turned)), atol=1e-3, rtol=0)


def sizes_of(diagonal):
    return diagonal.diagonal(dim1=-2, dim2=-1)


def test_a_model_learns_one_text_by_heart():
    torch.manual_seed(0)
    model, tokens = GPT(9, 8, d_model=16, n_heads=2), torch.tensor([[3, 1, 4, 1, 5, 2, 6, 8]])
    options = {"learning_rate": 0.02, "weight_decay": 0.0, "optimizer": muon}
    history = train(model, lambda: model.loss(tokens), 120, **options)
    assert history.losses[0] == pytest.approx(2.197, abs=0.01)  # ln 9: all tokens alike
    assert history.losses[-1] < 0.2
