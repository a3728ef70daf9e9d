"""Laws of the one training loop: it repeats, and it is silent where nobody watches."""

import subprocess
import sys

import pytest
import torch
from torch import nn

from attncourse import progress
from attncourse.progress import somebody_watches
from attncourse.training import History, adamw, rate_at, seeded, train


def line_and_loss(seed=1):
    """A line to fit: y = 3 x₁ − 2 x₂, and the loss on a random batch of it."""
    with seeded(seed):
        model = nn.Linear(2, 1)

    def loss():
        x = torch.randn(32, 2)
        return ((model(x)[:, 0] - (3 * x[:, 0] - 2 * x[:, 1])) ** 2).mean()

    return model, loss


def test_training_finds_a_line():
    model, loss = line_and_loss()
    history = train(model, loss, 300, learning_rate=0.1)
    assert history.losses[-1] < 1e-4 < history.losses[0]
    assert torch.allclose(model.weight, torch.tensor([[3.0, -2.0]]), atol=0.01)


def test_the_same_seed_gives_the_same_losses():
    first, second, other = (train(*line_and_loss(), 20, seed=seed) for seed in (5, 5, 6))
    assert first.losses == second.losses != other.losses


def losses_on(threads):
    torch.set_num_threads(threads)
    with seeded(0):
        model = nn.Sequential(nn.Linear(2, 300), nn.ReLU(), nn.Linear(300, 1))
    x = torch.linspace(-1, 1, 4000).reshape(2000, 2)
    history = train(model, lambda: (model(x) ** 2).mean(), 5)
    assert torch.get_num_threads() == threads
    return history.losses


def test_threads_change_nothing():
    before = torch.get_num_threads()
    assert losses_on(2) == losses_on(1)
    torch.set_num_threads(before)


def test_training_leaves_the_random_stream_alone():
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    train(*line_and_loss(), 4)
    assert torch.equal(torch.rand(2), expected)


def test_evaluating_does_not_change_training():
    plain = train(*line_and_loss(), 10)
    watched = train(*line_and_loss(), 10, evaluate=lambda: torch.rand(()).item(), every=3)
    assert plain.losses == watched.losses
    assert list(watched.evaluated) == [3, 6, 9, 10]


def test_evaluation_has_no_gradient_and_no_dropout():
    model, loss = line_and_loss()
    seen = []

    def evaluate():
        seen.append((model.training, torch.is_grad_enabled()))
        return 0.0

    train(model, loss, 2, evaluate=evaluate, every=1)
    assert seen == [(False, False)] * 2
    assert not model.training


def test_the_rate_rises_during_warmup_and_ends_near_zero():
    rates = [rate_at(step, 100, warmup=10) for step in range(1, 101)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == rates[9] > 0.97
    assert 0 < rates[-1] < 1e-3
    assert rates[9:] == sorted(rates[9:], reverse=True)


def test_without_cosine_the_rate_is_constant():
    assert {rate_at(step, 7, cosine=False) for step in range(1, 8)} == {1.0}


def test_only_matrices_decay():
    model = nn.ModuleDict(
        {"table": nn.Embedding(3, 2), "linear": nn.Linear(2, 2), "norm": nn.LayerNorm(2)}
    )
    decayed, kept = adamw(model, 1e-3, 0.1).param_groups
    assert [id(p) for p in decayed["params"]] == [id(model["linear"].weight)]
    assert (decayed["weight_decay"], kept["weight_decay"]) == (0.1, 0.0)
    assert len(kept["params"]) == 4


def test_an_optimiser_may_be_handed_in_with_rates_of_its_own():
    def two_rates(model, learning_rate, weight_decay):
        groups = [{"params": [model.weight], "lr": 0.0}, {"params": [model.bias]}]
        return torch.optim.SGD(groups, learning_rate)

    model, loss = line_and_loss()
    before = model.weight.clone(), model.bias.clone()
    train(model, loss, 3, optimizer=two_rates)
    assert torch.equal(model.weight, before[0])
    assert not torch.equal(model.bias, before[1])


def test_an_unknown_option_is_refused():
    with pytest.raises(TypeError, match="unexpected keyword argument 'rate'"):
        train(*line_and_loss(), 1, rate=0.1)


def test_clipping_bounds_the_gradient():
    model, loss = line_and_loss()
    train(model, lambda: 1e6 * loss(), 1, clip=0.5)
    length = torch.cat([p.grad.flatten() for p in model.parameters()]).norm()
    assert length <= 0.5 + 1e-6


def test_history_smooths_over_the_last_steps():
    history = History(losses=[4.0, 2.0, 0.0])
    assert history.steps == [1, 2, 3]
    assert history.smooth(2) == [4.0, 3.0, 1.0]


def test_no_step_is_refused():
    with pytest.raises(ValueError, match="training needs at least one step; got 0"):
        train(*line_and_loss(), 0)


def test_a_loss_that_is_not_finite_is_refused():
    model, loss = line_and_loss()
    with pytest.raises(ValueError, match="the loss must stay finite; got nan"):
        train(model, lambda: loss() * torch.nan, 3)


def test_training_is_silent_under_pytest(capfd):
    assert not somebody_watches()
    train(*line_and_loss(), 3)
    assert capfd.readouterr() == ("", "")


def test_training_is_silent_in_a_pipe():
    code = "from tests.test_training import *; train(*line_and_loss(), 3)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, env={"PATH": ""}, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_quiet_silences_a_notebook(monkeypatch):
    monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)
    monkeypatch.delenv("ATTNCOURSE_QUIET", raising=False)
    monkeypatch.setattr(progress, "in_notebook", lambda: True)
    assert somebody_watches()
    monkeypatch.setenv("ATTNCOURSE_QUIET", "1")
    assert not somebody_watches()


def test_a_notebook_line_replaces_itself_and_ends_empty(monkeypatch):
    shown = []

    class Handle:
        def update(self, line, raw):
            shown.append(line["text/plain"])

    def display(line, raw, display_id):
        shown.append(line["text/plain"])
        return Handle()

    monkeypatch.setattr("IPython.display.display", display)
    line = progress._NotebookLine()
    for text in ("\r", "\r 3%", "\r 6%", "\r     \r"):
        line.write(text)
    assert shown == ["3%", "6%", ""]
