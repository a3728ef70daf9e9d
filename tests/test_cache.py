"""Laws of kept models: what is read is what was trained, and nobody trains the same twice."""

import subprocess
import sys

import pytest
import torch
from torch import nn

from attncourse import cache
from attncourse.cache import digest, report, trained_once
from attncourse.training import seeded, train


@pytest.fixture(autouse=True)
def new_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ATTNCOURSE_CACHE", str(tmp_path))
    line.forget()
    return tmp_path


@trained_once
def line(width: int = 2, *, seed: int = 0):
    with seeded(seed):
        model = nn.Sequential(nn.Linear(width, 3), nn.Dropout(0.5))

    def loss():
        return (model(torch.randn(8, width)) - 1).square().mean()

    return model, lambda: train(model, loss, 5, seed=seed, evaluate=lambda: 1 / 3, every=2)


def bits(model):
    return [parameter.detach().numpy().tobytes() for parameter in model.parameters()]


def test_a_model_is_trained_once():
    assert line() is line(2) is line(width=2, seed=0)
    assert line(seed=1) is not line()


def test_a_model_that_is_read_is_bit_for_bit_the_trained_one():
    trained = line(3)
    line.forget()
    read = line(3)
    assert read is not trained
    assert bits(read.model) == bits(trained.model)
    assert read.history == trained.history
    assert not read.model.training


def test_reading_leaves_the_random_stream_alone():
    line()
    line.forget()
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    line()
    assert torch.equal(torch.rand(2), expected)


def test_the_report_says_what_was_trained_and_what_was_read():
    assert "trained: 0" in report()
    for _ in range(3):
        line.forget()
        line()
    assert "trained: 1\n  line(width=2, seed=0): 0." in report()
    assert "read: 1\n  line(width=2, seed=0): 2 ×" in report()
    cache.main("begin")
    assert "trained: 0\nread: 0" in report()


def test_where_nothing_can_be_written_a_model_is_trained(new_folder, monkeypatch):
    (new_folder / "a file").touch()
    monkeypatch.setenv("ATTNCOURSE_CACHE", str(new_folder / "a file" / "folder"))
    assert len(line().history.losses) == 5


def test_two_processes_do_not_train_the_same_model(new_folder):
    code = "from tests.test_cache import line; line(5)"
    command = [sys.executable, "-c", code]
    for process in [subprocess.Popen(command) for _ in range(2)]:
        assert process.wait() == 0
    assert "trained: 1\n" in report()
    assert "read: 1\n" in report()


def test_the_digest_knows_arguments_versions_and_code(monkeypatch):
    recipe = line.__wrapped__
    first = digest(recipe, {"width": 2})
    assert digest(recipe, {"width": 3}) != first
    with monkeypatch.context() as patch:
        patch.setattr(cache, "version", lambda library: "0")
        assert digest(recipe, {"width": 2}) != first
    with monkeypatch.context() as patch:
        patch.setattr(cache, "_without_docstrings", lambda path: path.name)
        assert digest(recipe, {"width": 2}) != first
    assert digest(recipe, {"width": 2}) == first


def test_words_and_layout_of_the_code_do_not_count(tmp_path):
    files = [tmp_path / name for name in ("a.py", "b.py", "c.py")]
    for file, (words, value) in zip(files, (("One.", 1), ("Two.", 1), ("One.", 2)), strict=True):
        comment = "" if words == "One." else "    # why\n"
        file.write_text(
            f'"""{words}"""\ndef f():\n    """{words}"""\n{comment}    return {value}\n'
        )
    same, reworded, changed = map(cache._without_docstrings, files)
    assert same == reworded != changed


def test_the_code_that_a_model_reaches_is_found_through_its_imports():
    reached = {path.name for path in cache._reached(cache.PACKAGE / "trained.py")}
    assert {"trained.py", "seq2seq.py", "attention.py", "tasks.py", "data.py"} <= reached
    assert not reached & {"blocks.py", "cli.py"}
    reached = {path.name for path in cache._reached(cache.PACKAGE / "vision" / "learning.py")}
    assert {"patches.py", "contrast.py", "captions.py", "blocks.py"} <= reached
