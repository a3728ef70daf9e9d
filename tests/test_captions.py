"""Laws of captions: a word knows the words before it and the whole picture, and nothing later."""

import torch

from attncourse.vision.captions import CaptionDecoder, Captioner
from attncourse.vision.patches import PictureEncoder

WORDS, LONGEST = 11, 5


def some_captioner():
    torch.manual_seed(0)
    encoder = PictureEncoder(8, 4, 3, d_model=16)
    return Captioner(encoder, CaptionDecoder(WORDS, LONGEST, 16, n_layers=2)).eval()


def test_later_words_change_no_row_before_them():
    decoder, memory = some_captioner().decoder, torch.randn(2, 4, 16)
    tokens = torch.randint(WORDS, (2, LONGEST))
    changed = tokens.clone()
    changed[:, -1] = (tokens[:, -1] + 1) % WORDS
    one, other = decoder(tokens, memory), decoder(changed, memory)
    assert torch.allclose(one[:, :-1], other[:, :-1], atol=1e-5)
    assert not torch.allclose(one[:, -1], other[:, -1], atol=1e-3)


def test_every_word_sees_every_patch():
    decoder, memory = some_captioner().decoder, torch.randn(1, 4, 16, requires_grad=True)
    decoder(torch.tensor([[3]]), memory).square().sum().backward()
    assert (memory.grad.abs().sum(-1) > 0).all()


def test_the_memory_leaves_out_the_class_token():
    model, images = some_captioner(), torch.rand(2, 3, 8, 8)
    expected = model.encoder(images)[0][:, 1:]
    assert torch.allclose(model.see(images), expected, atol=1e-5)


def test_maps_are_those_of_the_words_as_they_were_chosen():
    model, images = some_captioner(), torch.rand(2, 3, 8, 8)
    tokens, maps = model.write(images, LONGEST, bos=1)
    assert [tuple(weights.shape) for weights in maps] == [(2, 4, LONGEST, 4)] * 2
    assert torch.allclose(maps[0].sum(-1), torch.ones(2, 4, LONGEST), atol=1e-5)
    first, _ = model.decoder.with_weights(torch.ones(2, 1, dtype=torch.long), model.see(images))
    assert torch.equal(tokens[:, 0], first[:, 0].argmax(-1))


def test_each_written_word_is_the_likeliest_after_those_before_it():
    model, images = some_captioner(), torch.rand(3, 3, 8, 8)
    tokens, _ = model.write(images, LONGEST, bos=1)
    read = torch.cat((torch.ones(3, 1, dtype=torch.long), tokens[:, :-1]), dim=1)
    assert torch.equal(model(images, read).argmax(-1), tokens)
