"""Laws of two towers: who belongs together is near, in both directions."""

import pytest
import torch

from attncourse.vision.contrast import (
    CLIP,
    SentenceEncoder,
    caption_probabilities,
    contrast_gradient,
    contrastive_loss,
    similarity,
)
from attncourse.vision.patches import PictureEncoder


def some(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_contrast_by_hand():
    image = torch.tensor([[2.0, 0.0], [0.0, 5.0]])
    text = torch.tensor([[1.0, 0.0], [0.0, 1.0]])  # cosines 1 and 0
    expected = torch.tensor([1.0, 0.0]).div(0.5).logsumexp(0) - 2
    assert torch.allclose(contrastive_loss(image, text, 0.5), expected)


def test_pictures_and_sentences_may_change_sides():
    image, text = some(5, 3), some(5, 3, seed=1)
    assert torch.allclose(contrastive_loss(image, text), contrastive_loss(text, image))


def test_the_norm_of_a_vector_does_not_count():
    image, text = some(5, 3), some(5, 3, seed=1)
    longer = image * torch.rand(5, 1).add(0.5)
    assert torch.allclose(contrastive_loss(longer, 7 * text), contrastive_loss(image, text))
    assert torch.allclose(similarity(longer, 7 * text), similarity(image, text), atol=1e-6)


def test_every_picture_needs_a_sentence():
    with pytest.raises(ValueError, match="every picture needs one sentence; got 4 and 3"):
        contrastive_loss(some(4, 2), some(3, 2))


def test_the_gradient_of_the_contrast_is_autograds():
    scores = some(5, 5).double().requires_grad_()
    right = torch.arange(5)
    ask = torch.nn.functional.cross_entropy
    loss = (ask(scores, right) + ask(scores.mT, right)) / 2
    (expected,) = torch.autograd.grad(loss, scores)
    assert torch.allclose(contrast_gradient(scores.detach()), expected)


def test_the_captions_of_each_picture_compete():
    found = caption_probabilities(some(3, 4), some(6, 4, seed=1))
    assert torch.allclose(found.sum(-1), torch.ones(3))
    alone = caption_probabilities(some(3, 4)[:1], some(6, 4, seed=1))
    assert torch.allclose(found[:1], alone, atol=1e-6)


def test_a_sentence_is_more_than_its_words():
    tokens, turned = torch.tensor([[3, 4, 5]]), torch.tensor([[5, 4, 3]])
    encoder = SentenceEncoder(9, 8)
    assert not torch.allclose(encoder(tokens), encoder(turned), atol=1e-3)


def test_clip_compares_every_picture_with_every_sentence():
    model = CLIP(PictureEncoder(8, 4, 3), SentenceEncoder(9, 8), 8)
    images, tokens = torch.rand(2, 3, 8, 8), torch.randint(9, (5, 4))
    found = model(images, tokens)
    expected = similarity(model.embed_pictures(images), model.embed_sentences(tokens))
    assert found.shape == (2, 5)
    assert torch.equal(found, expected)
