"""Laws of learning where to read: what the losses estimate, and what their noise is."""

from functools import partial

import pytest
import torch

from attncourse.training import seeded
from attncourse.vision.pages import PageReader, make_pages
from attncourse.vision.reading import (
    LOSSES,
    drawn_loss,
    expected_loss,
    learn_to_read,
    noise_and_bias,
    others_mean,
    picked_loss,
    share_found,
    share_right,
    told_loss,
    where_gradients,
)

PAGES = make_pages(8, 4)
READER = PageReader()


def sure_reader():
    """A reader whose errors differ much from cell to cell: where to read then matters."""
    reader = PageReader()
    with torch.no_grad():
        reader.name.weight *= 10
    return reader


@pytest.mark.parametrize(
    "how",
    [
        {"baseline": others_mean},
        {"baseline": lambda reward: torch.full_like(reward, -2.0)},
        {"baseline": others_mean, "bonus": 3.0},
    ],
)
def test_draws_estimate_the_gradient_of_the_expected_loss(how):
    with seeded(0):
        reader = sure_reader()
    exact = where_gradients(reader, partial(expected_loss, reader, PAGES), 1)[0]
    drawn = where_gradients(reader, partial(drawn_loss, reader, PAGES, draws=64, **how), 200)
    noise, bias = noise_and_bias(drawn, exact)
    furthest = 4 * (noise / len(drawn)) ** 0.5
    assert bias < furthest < 0.4  # so a missing factor of two would be seen


def drawn_on_average(n, **how):
    return where_gradients(READER, partial(drawn_loss, READER, PAGES, **how), n)


def test_a_bonus_for_every_draw_adds_noise_unless_a_baseline_takes_it_away():
    exact = where_gradients(READER, partial(expected_loss, READER, PAGES), 1)[0]
    plain, bonus = (noise_and_bias(drawn_on_average(300, bonus=b), exact)[0] for b in (0.0, 10.0))
    cured = noise_and_bias(drawn_on_average(300, bonus=10.0, baseline=others_mean), exact)[0]
    assert bonus > 10 * plain > 10 * cured


def test_an_argmax_gives_the_scores_no_gradient():
    parameters = [READER.query, *READER.key.parameters()]
    grads = torch.autograd.grad(picked_loss(READER, PAGES), parameters, allow_unused=True)
    assert grads == (None,) * len(parameters)


def test_the_told_reader_reads_the_place():
    other = PAGES._replace(strokes=PAGES.strokes.clone())
    hidden = torch.arange(4) != PAGES.place[:, None]
    other.strokes[hidden] = 0
    assert torch.equal(told_loss(READER, PAGES), told_loss(READER, other))


def test_noise_and_bias_by_hand():
    drawn, exact = torch.tensor([[1.0, 0.0], [3.0, 0.0]]), torch.tensor([0.0, 2.0])
    noise, bias = noise_and_bias(drawn, exact)
    assert noise == pytest.approx(2 / 4)
    assert bias == pytest.approx(2**0.5)
    assert noise_and_bias(drawn[:1], exact)[0] == 0


def test_others_mean_by_hand():
    assert others_mean(torch.tensor([[1.0], [2.0], [6.0]])).tolist() == [[4.0], [3.5], [1.5]]


@pytest.mark.parametrize("name", LOSSES)
def test_every_way_of_learning_runs_and_is_watched(name):
    reader, history = learn_to_read(name, steps=2, N=4, every=1)
    assert list(history.evaluated) == [1, 2]
    pages = make_pages(50, 4, part="test")
    assert 0 <= share_right(reader, pages) <= 1
    assert 0 <= share_found(reader, pages) <= 1
