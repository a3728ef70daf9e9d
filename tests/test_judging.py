"""Laws of judging: an oracle gets everything right, and ink is found where it was painted."""

import torch
from torch import nn

from attncourse.tasks import BOS
from attncourse.vision import judging, learning
from attncourse.vision.handwriting import handwriting
from attncourse.vision.patches import patchify
from attncourse.vision.scenes import combinations, pair_scenes, single_scenes
from attncourse.vision.sentences import LONGEST, WORDS, captions_of, tokenise


class Oracle(nn.Module):
    """Knows the right answer to each question that it will be asked."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def forward(self, *asked):
        return self.answer

    def write(self, images, n, *, bos):
        assert (n, bos) == (LONGEST, BOS)
        maps = torch.full((len(images), 4, LONGEST, judging.SIDE**2), 1 / judging.SIDE**2)
        return self.answer[: len(images)], (maps,)


def test_an_oracle_names_every_digit():
    test = handwriting("test")
    oracle = Oracle(nn.functional.one_hot(test.labels).float())
    assert judging.share_named(oracle, test) == 1
    assert judging.share_named(oracle, test, shuffled=True) == 1


def test_an_oracle_matches_every_part():
    scenes = single_scenes(20)
    captions = captions_of(combinations())
    scores = [[float(theirs == ours) for theirs in captions] for ours in scenes.captions]
    assert judging.matched(Oracle(torch.tensor(scores)), scenes).all()


def test_an_oracle_finds_every_partner():
    assert judging.retrieved(Oracle(torch.eye(5)), combinations(), 5, draws=2) == (1, 1)
    turned = Oracle(torch.eye(5).roll(1, 0))
    assert judging.retrieved(turned, combinations(), 5, draws=2) == (0, 0)


def test_an_oracle_writes_every_sentence():
    scenes = pair_scenes(6)
    oracle = Oracle(tokenise(scenes.captions))
    words, grids = judging.write(oracle, scenes.images)
    assert [" ".join(row) for row in words] == scenes.captions
    assert grids.shape == (6, LONGEST, judging.SIDE, judging.SIDE)
    assert judging.written_right(oracle, scenes).all()
    wrong = oracle.answer.clone()
    wrong[2, 1] = WORDS.encode(["nothing"])[0]
    assert judging.written_right(Oracle(wrong), scenes).tolist() == [i != 2 for i in range(6)]


def test_patches_with_ink_are_those_of_the_two_digits():
    scenes = pair_scenes(50, grid=4)
    ink = judging.inked(scenes).amax(1).flatten(1)
    painted = patchify(scenes.images, learning.GRID).sum(-1) > 0
    assert (ink.bool() >= painted).all()
    assert ink.sum(-1).max() <= 8  # two digits of 2 × 2 patches


def test_even_weights_lie_on_a_digit_by_its_size():
    scenes = pair_scenes(12, grid=4)
    on = judging.weight_on_digits(Oracle(tokenise(scenes.captions)), scenes)
    expected = judging.inked(scenes).mean(dim=(0, 2, 3)).expand(2, 2)
    assert torch.allclose(on, expected, atol=1e-5)


def test_held_out_kinds_and_combinations_are_never_learned_from():
    for split in (learning.split_kinds, lambda: learning.split_combinations(24)):
        met, never_met = ({tuple(row) for row in side.tolist()} for side in split())
        assert not met & never_met
    scenes = pair_scenes(300, learning.split_kinds()[1])
    drawn = torch.stack((scenes.digits, scenes.colours), dim=-1).flatten(0, 1)
    held = {tuple(row) for row in learning.split_kinds()[1].tolist()}
    assert {tuple(row) for row in drawn.tolist()} == held


def test_some_digits_are_those_to_learn_from_and_repeat():
    one, again, other = (learning.some_digits(30, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(one.images, again.images)
    assert not torch.equal(one.images, other.images)
    written = handwriting("train").images
    assert (one.images[:, None] == written).flatten(2).all(-1).any(1).all()


def test_a_few_steps_lower_the_losses():
    for recipe in (learning.digit_vit, learning.clip, learning.captioner):
        _, fit = recipe.__wrapped__(steps=12)
        losses = fit().losses
        assert sum(losses[-3:]) < sum(losses[:3])
