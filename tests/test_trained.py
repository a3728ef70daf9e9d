"""Laws of the shared models: trained once, the same on any number of threads."""

import torch

from attncourse.tasks import number_task
from attncourse.trained import translate, translator, write


def test_a_model_is_trained_once():
    assert translator("dot", width=8, steps=1) is translator("dot", width=8, steps=1)


def trained_on(threads):
    torch.set_num_threads(threads)
    translator.cache_clear()
    model = translator("additive", width=16, steps=3)
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


def test_threads_change_nothing():
    before = torch.get_num_threads()
    assert torch.equal(trained_on(2), trained_on(1))
    torch.set_num_threads(before)


def test_translating_writes_every_test_sentence():
    task, model = number_task("de"), translator("dot", width=8, steps=1)
    tokens, weights, right = translate(model, task)
    assert len(tokens) == len(weights) == len(right) == len(task.test.target)
    assert weights.shape[-1] == task.test.source.shape[1]


def test_writing_gives_one_row_of_weights_per_word():
    task, model = number_task("de"), translator("dot", width=8, steps=1)
    words, weights = write(model, task, ["forty", "five"])
    assert weights.shape == (len(words), 2)
