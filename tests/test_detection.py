"""Laws of a detector: a set of answers, near its reference points, and counted rightly."""

import pytest
import torch

from attncourse.vision import found
from attncourse.vision.detection import Detector, grid
from attncourse.vision.finding import some_scenes
from attncourse.vision.found import Answers
from attncourse.vision.patches import PictureEncoder


def some_detector(**options):
    torch.manual_seed(0)
    return Detector(PictureEncoder(8, 2, 3, d_model=16, n_layers=1), 5, 4, **options).eval()


def perfect(scenes):
    said = scenes.present
    return Answers(said, scenes.digits.clamp(min=0), scenes.boxes, said.float())


def test_every_query_says_a_class_or_nothing_and_a_box():
    logits, boxes, weights = some_detector().with_weights(torch.rand(2, 3, 8, 8))
    assert (logits.shape, boxes.shape) == ((2, 4, 6), (2, 4, 4))
    assert bool(((boxes > 0) & (boxes < 1)).all())
    assert torch.allclose(weights.sum(-1), torch.ones(2, 4, 4), atol=1e-5)


def test_the_order_of_the_queries_does_not_matter():
    detector, images, order = some_detector(), torch.rand(2, 3, 8, 8), [2, 0, 3, 1]
    before = detector(images)
    with torch.no_grad():
        for part in (detector.queries, detector.points):
            part.copy_(part[order].clone())
    for one, other in zip(before, detector(images), strict=True):
        assert torch.allclose(one[:, order], other, atol=1e-5)


def test_a_query_attends_most_to_what_is_near_its_point():
    assert some_detector().bias(4)[0].argmax(-1).tolist() == [0, 1, 2, 3]


def test_without_reference_points_there_is_no_bias():
    assert some_detector(reference=False).bias(16) is None


def test_points_of_a_grid_lie_in_the_middle_of_its_squares():
    expected = [[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]]
    assert grid(4).tolist() == expected
    with pytest.raises(ValueError, match="square number of points; got 5"):
        grid(5)


def test_a_perfect_detector_finds_everything_once():
    scenes = some_scenes(20, "test")
    assert found.score(perfect(scenes), scenes) == (1, 1, 1)


def test_answers_twice_are_found_once_and_suppressed():
    scenes = some_scenes(20, "test")
    twice = Answers(*(torch.cat((part, part), dim=1) for part in perfect(scenes)))
    assert found.score(twice, scenes) == (1, 0.5, 2)
    assert found.score(found.suppress(twice), scenes) == (1, 1, 1)


def test_a_wrong_name_or_a_box_elsewhere_is_not_found():
    scenes = some_scenes(20, "test")
    right = perfect(scenes)
    named = right._replace(digits=(right.digits + 1) % 10)
    moved = right._replace(boxes=(right.boxes + torch.tensor([0.5, 0.5, 0, 0])) % 1)
    assert found.score(named, scenes) == (0, 0, 1)
    assert found.score(moved, scenes).found < 0.2


def test_pieces_of_ink_are_boxed_as_they_were_painted():
    scenes = some_scenes(10, "test", seed=4)
    rival = found.by_components(scenes)
    boxes = rival.boxes[0][rival.said[0]]
    assert all(torch.isclose(boxes, box, atol=1e-5).all(-1).any() for box in scenes.boxes[0])


def test_frames_are_boxes_in_pixels_with_names():
    scenes = some_scenes(1, "test")
    (x, y, wide, high, name), *_ = found.frames(perfect(scenes))[0]
    expected = scenes.boxes[0, 0] * 24
    assert torch.allclose(torch.tensor([x + wide / 2, y + high / 2, wide, high]), expected)
    assert name == found.spoken(perfect(scenes))[0]
