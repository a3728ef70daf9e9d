"""Laws of the pages: one answer each, and reading one cell is as good as reading all, if picked."""

import torch

from attncourse.attention import masked_softmax
from attncourse.hard import argmax_attention
from attncourse.training import seeded
from attncourse.vision.handwriting import handwriting
from attncourse.vision.pages import PageReader, make_pages
from attncourse.vision.sentences import COLOURS


def one_hot(scores):
    return argmax_attention(scores, torch.zeros(16, 1))[1]


def reader():
    with seeded(0):
        return PageReader()


def test_the_colour_of_the_question_occurs_once_and_at_the_place():
    pages = make_pages(300)
    asked = pages.colours == pages.question[:, None]
    assert (asked.sum(-1) == 1).all()
    assert torch.equal(asked.int().argmax(-1), pages.place)
    assert set(pages.question.tolist()) == set(range(len(COLOURS)))


def test_the_answer_is_the_digit_at_the_place():
    pages, (images, labels) = make_pages(50, part="test"), handwriting("test")
    for strokes, place, answer in zip(pages.strokes, pages.place, pages.answer, strict=True):
        same = (images.flatten(1) == strokes[place]).all(-1)
        assert labels[same][0] == answer


def test_pages_repeat_with_the_seed():
    assert torch.equal(make_pages(5).strokes, make_pages(5).strokes)
    assert not torch.equal(make_pages(5).strokes, make_pages(5, part="test").strokes)


def test_a_picture_shows_the_cells_in_reading_order():
    pages = make_pages(3, 9)
    images = pages.images
    assert images.shape == (3, 3, 24, 24)
    cell = images[0, :, 8:16, 16:24].amax(0)  # second row, third column: cell 5
    brightest = max(torch.tensor(list(COLOURS.values()))[pages.colours[0, 5]])
    torch.testing.assert_close(cell.flatten(), pages.strokes[0, 5] * brightest)


def test_a_glance_has_no_strokes():
    pages = make_pages(4)
    other = pages._replace(strokes=pages.strokes.flip(-1))
    assert torch.equal(pages.glance, other.glance)
    assert torch.equal(reader().scores(pages), reader().scores(other))


def test_picking_before_or_after_reading_is_the_same():
    pages, model = make_pages(20), reader()
    one, weights = model.read_one(pages, argmax_attention)
    every, same = model.read_all(pages, one_hot)
    torch.testing.assert_close(one, every)
    assert torch.equal(weights, same)
    assert weights.shape == (20, 1, 16)


def test_averaging_before_or_after_reading_is_not():
    pages, model = make_pages(20), reader()
    mixed, weights = model.read_all(pages, masked_softmax)
    blurred = (weights @ pages.strokes)[:, 0]
    assert not torch.allclose(mixed, model.name(model.value(blurred)))
