"""Laws of the shared models: the same on any number of threads, and they write."""

import torch

from attncourse.seq2seq import LateAttention
from attncourse.tasks import number_task
from attncourse.trained import bits_repeated, translate, translator, write


def trained_on(threads, folder, monkeypatch):
    monkeypatch.setenv("ATTNCOURSE_CACHE", str(folder / str(threads)))
    torch.set_num_threads(threads)
    translator.forget()
    model, _ = translator("additive", width=16, steps=3)
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


def test_threads_change_nothing(tmp_path, monkeypatch):
    before = torch.get_num_threads()
    two, one = (trained_on(threads, tmp_path, monkeypatch) for threads in (2, 1))
    assert torch.equal(two, one)
    torch.set_num_threads(before)


def test_translating_writes_every_test_sentence():
    task, (model, _) = number_task("de"), translator("dot", width=8, steps=1)
    tokens, weights, right = translate(model, task)
    assert len(tokens) == len(weights) == len(right) == len(task.test.target)
    assert weights.shape[-1] == task.test.source.shape[1]


def test_writing_gives_one_row_of_weights_per_word():
    task, (model, _) = number_task("de"), translator("dot", width=8, steps=1)
    words, weights = write(model, task, ["forty", "five"])
    assert weights.shape == (len(words), 2)


def test_a_fresh_network_repeats_nothing():
    model = LateAttention(13, 13)
    assert bits_repeated(model, 4) < 1
