"""Laws of drawing: noise can be taken away again, and words are obeyed by the scale."""

import pytest
import torch

from attncourse.vision import drawing, drawn
from attncourse.vision.diffusion import Denoiser, draw
from attncourse.vision.handwriting import handwriting
from attncourse.vision.noise import add_noise, clean, guided_gaussian, guided_noise


def some(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def some_denoiser():
    torch.manual_seed(0)
    model = Denoiser(6, d_model=16, n_layers=2).eval()
    torch.nn.init.normal_(model.noise.weight, std=0.1)
    return model


def test_at_both_ends_there_is_only_the_picture_or_only_the_noise():
    image, noise = some(2, 1, 4, 4), some(2, 1, 4, 4, seed=1)
    noisy = add_noise(image, noise, torch.tensor([0.0, 1.0]))
    assert torch.allclose(noisy[0], image[0])
    assert torch.allclose(noisy[1], noise[1], atol=1e-6)


def test_noise_that_is_known_can_be_taken_away():
    image, noise, t = some(3, 1, 4, 4).clamp(-1, 1), some(3, 1, 4, 4, seed=1), torch.rand(3)
    assert torch.allclose(clean(add_noise(image, noise, t), noise, t), image, atol=1e-4)


def test_variance_stays_where_picture_and_noise_have_it():
    noisy = add_noise(some(50_000, 1, 2, 2), some(50_000, 1, 2, 2, seed=1), torch.rand(50_000))
    assert noisy.var().item() == pytest.approx(1, abs=0.02)


def test_guidance_begins_without_words_and_passes_the_words_at_one():
    with_words, without = some(5), some(5, seed=1)
    assert torch.allclose(guided_noise(with_words, without, 0.0), without)
    assert torch.allclose(guided_noise(with_words, without, 1.0), with_words)
    beyond = guided_noise(with_words, without, 3.0) - with_words
    assert torch.allclose(beyond, 2 * (with_words - without), atol=1e-6)


def test_guided_gaussian_is_the_product_of_powers():
    x, given = torch.linspace(-1, 2, 7), [torch.tensor(n) for n in (1.0, 0.5, 0.2, 1.5)]

    def log_density(x, mean, variance):
        return torch.distributions.Normal(mean, variance.sqrt()).log_prob(x)

    expected = 2.5 * log_density(x, *given[:2]) - 1.5 * log_density(x, *given[2:])
    apart = log_density(x, *guided_gaussian(*given, 2.5)) - expected
    assert torch.allclose(apart, apart[:1], atol=1e-4)


def test_a_density_that_grows_without_end_is_refused():
    mean, wide, narrow = torch.tensor(0.0), torch.tensor(2.0), torch.tensor(1.0)
    with pytest.raises(ValueError, match="the precision must be positive; got -0"):
        guided_gaussian(mean, wide, mean, narrow, 3.0)


def test_each_patch_attends_to_the_words():
    noise, maps = some_denoiser().with_weights(
        some(2, 1, 8, 8), torch.rand(2), torch.ones(2, 3).long()
    )
    assert noise.shape == (2, 1, 8, 8)
    assert [tuple(weights.shape) for weights in maps] == [(2, 4, 16, 3)] * 2


def test_at_scale_zero_the_words_change_nothing():
    one, other = torch.tensor([[3, 4, 5]]), torch.tensor([[4, 4, 4]])

    def last(words, scale):
        return [*draw(some_denoiser(), words, scale, nothing=0, steps=4)][-1].guess

    assert torch.allclose(last(one, 0.0), last(other, 0.0), atol=1e-5)
    assert not torch.allclose(last(one, 1.0), last(other, 1.0), atol=1e-3)


def test_drawing_goes_from_noise_to_a_guess_step_by_step():
    moments = [*draw(some_denoiser(), torch.ones(1, 3).long(), nothing=0, steps=5)]
    assert [round(m.t, 3) for m in moments] == [0.98, 0.784, 0.588, 0.392, 0.196]
    assert all(m.guess.abs().max() <= 1 for m in moments)


def test_half_of_the_pictures_are_bold():
    assert drawing.is_bold(*handwriting("train")).float().mean().item() == pytest.approx(
        0.5, abs=0.03
    )


def test_captions_are_three_known_words():
    assert drawing.caption(3, 1) == "a bold three"
    assert drawing.WORDS.decode(drawing.tokenise(["a light nine"])[0].tolist()) == [
        "a",
        "light",
        "nine",
    ]


def test_the_judge_reads_real_pictures():
    images, digits = handwriting("train")
    kinds = 2 * digits + drawing.is_bold(images, digits)
    rows = torch.cat([(kinds == kind).nonzero()[:10, 0] for kind in range(20)])
    reading = drawn.read(images[rows])
    assert reading.digit > 0.98
    assert reading.stroke == 1
    assert reading.nearest == pytest.approx(0, abs=0.01)
    assert drawn.real().digit > 0.95
