"""Laws of the comparison: what is exact has no error, and the data are what they are said to be."""

import torch

from attncourse.approximations import alike, cheaper, error, noise, trained
from attncourse.attention import scaled_dot_product_attention
from attncourse.language import GPT
from attncourse.training import seeded


def test_what_sees_everything_has_no_error():
    asked = noise(16, 8, size=3)
    ways = cheaper(8, budget=16)
    assert error(ways["window"], asked) < 1e-6
    assert error(ways["Linformer, means"], asked) < 1e-6
    assert 0 < error(ways["mean of all values"], asked) < 1


def test_means_are_of_neighbours():
    asked = noise(8, 4, size=1)
    pooled = torch.stack([part.mean(-2) for part in asked.key.split(2, dim=-2)], dim=-2)
    values = torch.stack([part.mean(-2) for part in asked.value.split(2, dim=-2)], dim=-2)
    expected, _ = scaled_dot_product_attention(asked.query, pooled, values)
    torch.testing.assert_close(cheaper(4, budget=4)["Linformer, means"](*asked), expected)


def test_neighbours_are_alike_and_as_large_as_noise():
    _, key, _ = alike(64, 32, size=50, reach=4.0)
    assert abs(key.var().item() - 1) < 0.1
    assert (key[:, 1:] * key[:, :-1]).mean() > 0.9
    assert (key[:, :32] * key[:, 32:]).mean().abs() < 0.1


def test_trained_queries_are_those_that_the_model_uses():
    with seeded(0):
        model = GPT(20, 16, d_model=16, n_heads=4, n_layers=2).eval()
    tokens = torch.arange(12).reshape(2, 6)
    maps = model.with_weights(tokens)[1]
    for asked, expected in zip(trained(model, tokens), maps, strict=True):
        _, weights = scaled_dot_product_attention(*asked)
        torch.testing.assert_close(weights, expected[:, :, -1:])
