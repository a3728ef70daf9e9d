"""One loop, used by every lesson, with a progress bar and a history to plot.

The loop counts steps, never seconds, and starts from a seed, so that a lesson prints the same
rounded numbers wherever it runs. It works on one thread: then sums are added in one order
on every machine, and models of a lesson's size are too small to gain from more.
"""

import math
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor, nn
from tqdm import tqdm


@dataclass
class History:
    """What happened during training, ready to draw.

    Attributes:
        losses: the training loss of each step.
        evaluated: step → what `evaluate` returned after it.
        seconds: how long the training took, by the wall clock.
    """

    losses: list[float] = field(default_factory=list)
    evaluated: dict[int, float] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def steps(self) -> list[int]:
        """Number of each step, from 1: the x axis of `losses`."""
        return list(range(1, len(self.losses) + 1))

    def smooth(self, window: int = 20) -> list[float]:
        """Average each loss with those of the steps just before it, `window` in all."""
        recent = (self.losses[max(0, step - window) : step] for step in self.steps)
        return [sum(losses) / len(losses) for losses in recent]


def train(
    model: nn.Module,
    loss: Callable[[], Float[Tensor, ""]],
    steps: int,
    *,
    learning_rate: float = 3e-3,
    weight_decay: float = 0.01,
    warmup: int = 0,
    cosine: bool = True,
    clip: float | None = 1.0,
    seed: int = 0,
    evaluate: Callable[[], float] | None = None,
    every: int | None = None,
) -> History:
    """Lower a loss with AdamW: `steps` times draw a batch, take its gradient, move the parameters.

    Args:
        loss: draws a batch and returns its mean loss; what it draws repeats with `seed`.
        warmup, cosine: how the learning rate rises at first and falls at the end, see `rate_at`.
        clip: longest gradient that is followed, all parameters together; None: any.
        evaluate: a number worth watching, taken after each `every` steps and after the last,
            without gradients and with the model in evaluation mode, in which it also stays.

    Raises: ValueError if there is no step to take or the loss stops being finite.
    """
    if steps < 1:
        raise ValueError(f"training needs at least one step; got {steps}")
    history, start = History(), time.perf_counter()
    optimizer = torch.optim.AdamW(model.parameters(), learning_rate, weight_decay=weight_decay)
    with seeded(seed), one_thread(), progress_bar(steps) as bar:
        for step in range(1, steps + 1):
            for group in optimizer.param_groups:
                group["lr"] = learning_rate * rate_at(step, steps, warmup=warmup, cosine=cosine)
            history.losses.append(_move(model.train(), loss, optimizer, clip))
            if evaluate and (step == steps or (every and step % every == 0)):
                history.evaluated[step] = _look(model, evaluate, seed)
            bar.set_postfix_str(f"loss {history.losses[-1]:.3f}", refresh=False)
            bar.update()
    model.eval()
    history.seconds = time.perf_counter() - start
    return history


def rate_at(step: int, steps: int, *, warmup: int = 0, cosine: bool = True) -> float:
    """Learning rate of a step from 1 to `steps`, as a part of the highest one.

    min(1, step/warmup) · (1 + cos(π (step − 1)/steps))/2, the second factor only if `cosine`

    Source: Loshchilov and Hutter 2017, equation 5, without restarts.
    """
    rise = min(1.0, step / warmup) if warmup else 1.0
    return rise * (1 + math.cos(math.pi * (step - 1) / steps)) / 2 if cosine else rise


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Repeat what PyTorch draws inside the block; the random numbers outside go on unchanged."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread inside the block, so that sums are added in one order everywhere."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def progress_bar(steps: int) -> tqdm:
    """A bar that leaves nothing behind, and that is not drawn at all where nobody watches."""
    hidden = not somebody_watches()
    screen = _NotebookLine() if in_notebook() and not hidden else sys.stderr
    width = 72 if in_notebook() else None
    # Short trainings end before the bar would appear.
    return tqdm(total=steps, disable=hidden, leave=False, delay=0.5, file=screen, ncols=width)


def somebody_watches() -> bool:
    """True in a notebook or terminal; False under pytest, nbval and release, and in a pipe."""
    if os.environ.get("ATTNCOURSE_QUIET") or "PYTEST_CURRENT_TEST" in os.environ:
        return False
    return in_notebook() or sys.stderr.isatty()


def in_notebook() -> bool:
    """True where a Jupyter kernel runs this code."""
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    return hasattr(get_ipython(), "kernel")


class _NotebookLine:
    """A file of one line, in its own output of the cell; each text replaces the one before."""

    def __init__(self):
        self.shown = None

    def write(self, text: str) -> None:
        from IPython.display import display

        line = {"text/plain": text.strip()}
        if self.shown is not None:
            self.shown.update(line, raw=True)
        elif line["text/plain"]:
            self.shown = display(line, raw=True, display_id=True)

    def flush(self) -> None:
        """Nothing waits: every line is shown as it is written."""


def _move(model: nn.Module, loss: Callable, optimizer: torch.optim.Optimizer, clip: float | None):
    optimizer.zero_grad()
    error = loss()
    if not torch.isfinite(error):
        raise ValueError(f"the loss must stay finite; got {error.item()}")
    error.backward()
    if clip is not None:
        nn.utils.clip_grad_norm_(model.parameters(), clip)
    optimizer.step()
    return error.item()


def _look(model: nn.Module, evaluate: Callable[[], float], seed: int) -> float:
    # A seed of its own: looking must not change what is drawn next.
    with seeded(seed), torch.no_grad():
        model.eval()
        return float(evaluate())
