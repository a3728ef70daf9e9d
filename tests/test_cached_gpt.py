"""Laws of a GPT that reads on: the same logits and tokens as without a cache."""

import pytest
import torch

from attncourse.cached_gpt import empty_caches, read_on, write
from attncourse.generation import generate
from attncourse.language import GPT
from attncourse.training import seeded


@pytest.fixture(scope="module")
def model():
    with seeded(0):
        gpt = GPT(20, 16, d_model=16, n_heads=4, n_layers=2)
        torch.nn.init.normal_(gpt.unembed.weight)  # at first, all tokens are alike
    return gpt.eval()


@pytest.mark.parametrize("chunks", [[12], [1] * 12, [5, 1, 6]])
def test_reading_on_equals_reading_at_once(model, chunks):
    tokens = torch.arange(12)[None] % 7
    caches, found = empty_caches(model), []
    for part in tokens.split(chunks, dim=-1):
        logits, caches = read_on(model, part, caches)
        found.append(logits)
    torch.testing.assert_close(torch.cat(found, dim=1), model(tokens).detach())
    assert {cache.seen for cache in caches} == {12}


def test_the_same_tokens_are_written(model):
    prompt = [3, 1, 4]
    expected = generate(model, torch.tensor([prompt]), 12, temperature=0.0)
    assert write(model, prompt, 12) == expected[0].tolist()


def test_a_window_bounds_what_is_kept(model):
    _, caches = read_on(model, torch.arange(9)[None], empty_caches(model), window=4)
    assert {cache.keys.shape[-2] for cache in caches} == {4}
    assert {cache.seen for cache in caches} == {9}
