"""Laws of the sequence tasks: nothing in the test was learned, and every number has its word."""

import pytest
import torch

from attncourse.tasks import (
    BOS,
    EOS,
    PAD,
    SPECIAL,
    dictation,
    exact_match,
    make_task,
    number_task,
    reverse_task,
    say,
    sort_task,
)

TASKS = [number_task, sort_task, reverse_task]


def rows(tokens):
    """Sequences as tuples without their padding, so that sets can compare them."""
    return {tuple(token for token in row if token != PAD) for row in tokens.tolist()}


@pytest.mark.parametrize("task", TASKS)
def test_no_test_sentence_was_learned(task):
    train, test = task().train, task().test
    assert not rows(train.source) & rows(test.source)
    assert len(rows(train.source)) == len(train.source)
    assert len(rows(test.source)) == len(test.source)


def test_no_test_translation_was_learned():
    task = number_task("de")
    assert not rows(task.train.target) & rows(task.test.target)


@pytest.mark.parametrize("task", TASKS)
def test_every_test_word_was_learned(task):
    train, test = task().train, task().test
    assert set(test.source.unique().tolist()) <= set(train.source.unique().tolist())
    assert set(test.target.unique().tolist()) <= set(train.target.unique().tolist())


@pytest.mark.parametrize("task", TASKS)
def test_targets_end_once_and_only_padding_follows(task):
    target = task().train.target
    ends = (target == EOS).int().argmax(-1)
    places = torch.arange(target.shape[1])
    assert ((target == EOS).sum(-1) == 1).all()
    assert ((target == PAD) == (places > ends[:, None])).all()
    assert torch.equal(ends, task().train.lengths)


def test_number_task_reads_as_numbers():
    task = number_task("de")
    train, test = task.train, task.test
    assert (len(train.source), len(test.source)) == (20_000, 2000)
    assert "".join(say(test.target[0], task.target_words)).isalpha()
    assert task.source_words.tokens[:3] == list(SPECIAL)
    assert len(task.source_words) < 40 > len(task.target_words)


def test_sort_task_sorts_and_reverse_task_reverses():
    for task, rule in ((sort_task(), sorted), (reverse_task(), reversed)):
        pair = task.test.take(torch.arange(5))
        for source, target in zip(pair.source, pair.target, strict=True):
            said = say(source, task.source_words)
            assert say(target, task.target_words) == list(rule(said))


def test_batches_are_cut_to_their_longest():
    train = number_task().train
    short = train.lengths.argsort()[:5]
    batch = train.take(short)
    assert batch.target.shape[1] == train.lengths[short].max() + 1 < train.target.shape[1]
    torch.manual_seed(0)
    assert len(train.batch(7).source) == 7


def test_exact_match_looks_no_further_than_the_end():
    target = torch.tensor([[5, 6, EOS, PAD]] * 4)
    output = torch.tensor(
        [[5, 6, EOS, 7, 8], [5, 6, 7, EOS, PAD], [5, EOS, 6, 5, 5], [5, 6, 7, 7, 7]]
    )
    assert exact_match(output, target).tolist() == [True, False, False, False]
    assert exact_match(output[:, :2], target).tolist() == [False] * 4
    assert exact_match(target[:, :3], target).all()


def test_a_dictation_asks_for_what_was_heard():
    source, target = dictation(4, 6)
    assert torch.equal(source, target[:, :-1])
    assert (target[:, -1] == EOS).all()
    assert 3 <= source.min() <= source.max() <= 12


def test_saying_stops_at_the_end():
    task = number_task("de")
    numbers = [BOS, *task.target_words.encode(["fünf", "und", "vierzig"]), EOS, 9, PAD]
    assert say(numbers, task.target_words) == ["fünf", "und", "vierzig"]


def test_a_source_that_occurs_twice_is_refused():
    pair = (("a",), ("b",))
    with pytest.raises(ValueError, match="every source must occur once"):
        make_task([pair, pair], 1)
    with pytest.raises(ValueError, match="n_test must leave pairs on both sides; got 1 of 1"):
        make_task([pair], 1)
