"""Laws of the scenes: what is painted is what the digits, colours, boxes and sentences say."""

from itertools import combinations as pairs_of

import pytest
import torch

from attncourse.tasks import EOS
from attncourse.vision.handwriting import handwriting
from attncourse.vision.painting import NOTHING, ink_boxes, paint
from attncourse.vision.scenes import (
    COLOURS,
    combinations,
    empty_scenes,
    hold_out,
    kinds,
    pair_scenes,
    scattered_scenes,
    single_scenes,
)
from attncourse.vision.sentences import LONGEST, WORDS, captions_of, describe, tokenise

MAKERS = [single_scenes, pair_scenes, scattered_scenes]
LEFT, RIGHT, BELOW = (0.2, 0.2, 0.3, 0.3), (0.8, 0.3, 0.3, 0.3), (0.3, 0.9, 0.3, 0.3)


def bright_pixels(scenes, i, j):
    """Where the box of digit j of scene i lies, as a mask of pixels."""
    size = scenes.images.shape[-1]
    x, y, width, height = (scenes.boxes[i, j] * size).round(decimals=1).tolist()
    mask = torch.zeros(size, size, dtype=torch.bool)
    rows = slice(round(y - height / 2), round(y + height / 2))
    mask[rows, round(x - width / 2) : round(x + width / 2)] = True
    return mask


def test_handwriting_is_split_without_overlap():
    train, test = handwriting("train"), handwriting("test")
    assert (len(train.labels), len(test.labels)) == (1437, 360)
    assert train.images.min() == 0
    assert train.images.max() == 1
    assert not (train.images.flatten(1)[:, None] == test.images.flatten(1)).all(-1).any()
    with pytest.raises(ValueError, match="part must be train or test; got 'all'"):
        handwriting("all")


@pytest.mark.parametrize("make", MAKERS)
def test_scenes_repeat_with_the_seed_and_change_with_it_and_with_the_part(make):
    scenes = make(50)
    assert torch.equal(scenes.images, make(50).images)
    assert not torch.equal(scenes.images, make(50, seed=1).images)
    assert not torch.equal(scenes.digits, make(50, part="test").digits)


@pytest.mark.parametrize("make", MAKERS)
def test_all_ink_lies_inside_the_boxes(make):
    scenes = make(100)
    for i, image in enumerate(scenes.images):
        boxed = torch.zeros_like(image[0], dtype=torch.bool)
        for j in scenes.present[i].nonzero().flatten():
            boxed |= bright_pixels(scenes, i, j)
        assert image.sum(0)[~boxed].max() == 0


@pytest.mark.parametrize("make", MAKERS)
def test_boxes_are_tight_and_ink_has_its_colour(make):
    scenes = make(100)
    rgb = torch.tensor(list(COLOURS.values()))
    for i, j in scenes.present.nonzero():
        mask = bright_pixels(scenes, i, j)
        lines = scenes.images[i].sum(0) * mask
        assert lines.amax(0)[mask.any(0)].min() > 0
        assert lines.amax(1)[mask.any(1)].min() > 0
        brightest = scenes.images[i][:, mask].amax(-1)
        expected = rgb[scenes.colours[i, j]]
        assert torch.allclose(brightest / brightest.max(), expected / expected.max(), atol=1e-6)


def test_on_a_grid_every_digit_begins_at_a_line():
    written = handwriting("train").images.flatten(1)
    for image in single_scenes(30, grid=4).images.amax(1):  # all colours have a channel at 1
        crops = image.unfold(0, 8, 4).unfold(1, 8, 4).reshape(-1, 64)
        assert (crops[:, None] == written).all(-1).any()


def test_scattered_digits_do_not_overlap_and_counts_are_kept():
    scenes = scattered_scenes(200, counts=(1, 3))
    assert set(scenes.present.sum(-1).tolist()) == {1, 3}
    for i in range(200):
        found = [bright_pixels(scenes, i, j) for j in scenes.present[i].nonzero().flatten()]
        assert not any((one & other).any() for one, other in pairs_of(found, 2))


def test_nothing_has_no_ink_no_box_and_no_colour():
    scenes = scattered_scenes(100, counts=(2, 3))
    absent = ~scenes.present
    assert absent.any()
    assert (scenes.colours[absent] == NOTHING).all()
    assert (scenes.boxes[absent] == 0).all()
    assert empty_scenes(3).images.sum() == 0


def test_a_scene_too_small_for_its_digits_is_refused():
    with pytest.raises(ValueError, match="every digit needs 16 × 16 pixels; got 5 for 32"):
        scattered_scenes(1, counts=(5,))


def test_digits_come_from_the_part_asked_for():
    scenes, written = pair_scenes(20, part="test"), handwriting("test").images.flatten(1)
    for i in range(20):
        mask = bright_pixels(scenes, i, 0)
        ink = scenes.images[i].amax(0)[mask]
        strengths = [max(COLOURS[name]) for name in COLOURS]
        scale = strengths[scenes.colours[i, 0]]
        rows = [image[image > 0].sum() for image in written]
        assert min(abs(ink.sum() / scale - row) for row in rows) < 1e-3


def test_sentences_name_place_or_relation():
    assert describe([], [], []) == "nothing"
    assert describe([3], [0], [RIGHT]) == "a red three at the top right"
    assert describe([3, 7], [0, 2], [LEFT, RIGHT]) == "a red three left of a blue seven"
    assert describe([7, 3], [2, 0], [BELOW, LEFT]) == "a red three above a blue seven"
    assert (
        describe([3, NOTHING], [1, NOTHING], [BELOW, LEFT]) == "a yellow three at the bottom left"
    )
    with pytest.raises(ValueError, match="a sentence has room for two digits; got 3"):
        describe([1, 2, 3], [0, 0, 0], [LEFT, RIGHT, BELOW])


def test_captions_agree_with_what_was_drawn_from():
    scenes = single_scenes(40, torch.tensor([[3, 0, 1]]))
    assert set(scenes.captions) == {"a red three at the top right"}
    scenes = pair_scenes(200, torch.tensor([[7, 2]]))
    either = {f"a blue seven {relation} a blue seven" for relation in ("above", "left of")}
    assert set(scenes.captions) == either


def test_the_caption_of_a_combination_is_that_of_its_scenes():
    scenes = single_scenes(200)
    assert captions_of(scenes.combinations) == scenes.captions


def test_sentences_end_and_are_padded():
    tokens = tokenise(["nothing", "a red three left of a blue seven"])
    assert tokens.shape == (2, LONGEST)
    assert WORDS.decode(tokens[0].tolist()) == ["nothing", "<eos>", *["<pad>"] * 7]
    assert tokens[1, -1] == EOS


def test_all_kinds_and_combinations_occur():
    assert len(kinds()) == 40
    assert len(combinations()) == 160
    assert len(set(single_scenes(4000).captions)) == 160


def test_holding_out_separates_and_keeps_every_part():
    seen, held = hold_out(combinations(), 120)
    both = {tuple(row) for row in seen.tolist()} | {tuple(row) for row in held.tolist()}
    assert (len(seen), len(held), len(both)) == (40, 120, 160)
    assert [len(seen[:, i].unique()) for i in range(3)] == [10, 4, 4]
    assert not torch.equal(held, hold_out(combinations(), 120, seed=1)[1])
    with pytest.raises(ValueError, match="the seen ones must contain every part; got 39 of 40"):
        hold_out(kinds(), 39)


def test_taking_and_drawing_keep_a_scene_together():
    scenes = single_scenes(30)
    torch.manual_seed(0)
    for chosen in (scenes.take(torch.tensor([4])), scenes.batch(3)):
        row = (scenes.images == chosen.images[0]).flatten(1).all(1).nonzero()[0, 0]
        assert torch.equal(chosen.boxes[0], scenes.boxes[row])
        assert chosen.captions[0] == scenes.captions[row]


def test_where_pictures_overlap_the_brighter_wins():
    pictures = torch.stack((torch.full((8, 8), 0.5), torch.full((8, 8), 1.0)))[None]
    image = paint(pictures, torch.ones(1, 2, 3), torch.tensor([[[0, 0], [4, 4]]]), 16)
    assert image[0, 0, 2, 2] == 0.5
    assert image[0, 0, 6, 6] == 1
    assert image[0, :, 13, 13].sum() == 0


def test_a_box_by_hand():
    pictures = torch.zeros(1, 1, 8, 8)
    pictures[0, 0, 2:4, 5] = 1.0
    box = ink_boxes(pictures, torch.tensor([[[8, 0]]]), 16)
    assert box.tolist() == [[[5.5 / 16, 11 / 16, 1 / 16, 2 / 16]]]
