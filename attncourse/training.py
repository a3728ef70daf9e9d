"""One loop, used by every lesson, with a progress bar and a history to plot.

The loop counts steps, never seconds, and starts from a seed, so that a lesson prints the same
rounded numbers wherever it runs. It works on one thread: then sums are added in one order
on every machine, and models of a lesson's size are too small to gain from more.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor, nn

from attncourse.progress import progress_bar


@dataclass
class History:
    """What happened during training, ready to draw.

    Attributes:
        losses: the training loss of each step.
        evaluated: step → what `evaluate` returned after it.
        seconds: what the training cost, in seconds of the processor.
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


def adamw(
    model: nn.Module,
    learning_rate: float,
    weight_decay: float,
    *,
    betas: tuple[float, float] = (0.9, 0.999),
) -> torch.optim.Optimizer:
    """Make AdamW in its fused form; only the matrices that multiply decay.

    A norm's gain, a bias and a table of embeddings have nothing to gain from being pulled to 0.

    Source: Loshchilov and Hutter 2019; the groups: Karpathy, minGPT (2020).
    """
    tables = {id(part.weight) for part in model.modules() if isinstance(part, nn.Embedding)}
    matrices, rest = [], []
    for parameter in model.parameters():
        decays = parameter.ndim > 1 and id(parameter) not in tables
        (matrices if decays else rest).append(parameter)
    groups = [{"params": matrices}, {"params": rest, "weight_decay": 0.0}]
    groups = [group for group in groups if group["params"]]
    return torch.optim.AdamW(groups, learning_rate, betas, weight_decay=weight_decay, fused=True)


@dataclass(frozen=True)
class Recipe:
    """How the parameters move; `train` takes these by name.

    Attributes:
        learning_rate: the highest; `rate_at` says how it rises during warmup and falls (cosine).
        weight_decay: how fast matrices shrink, as a part of the learning rate.
        clip: longest gradient that is followed, all parameters together; None: any.
        optimizer: makes an optimiser from (model, learning_rate, weight_decay).
    """

    learning_rate: float = 3e-3
    weight_decay: float = 0.01
    warmup: int = 0
    cosine: bool = True
    clip: float | None = 1.0
    optimizer: Callable[[nn.Module, float, float], torch.optim.Optimizer] = adamw


def train(
    model: nn.Module,
    loss: Callable[[], Float[Tensor, ""]],
    steps: int,
    *,
    seed: int = 0,
    evaluate: Callable[[], float] | None = None,
    every: int | None = None,
    **recipe,
) -> History:
    """Lower a loss with AdamW: `steps` times draw a batch, take its gradient, move the parameters.

    Args:
        loss: draws a batch and returns its mean loss; what it draws repeats with `seed`.
        evaluate: a number worth watching, taken after each `every` steps and after the last,
            without gradients and with the model in evaluation mode, in which it also stays.
        recipe: fields of `Recipe`.

    Raises: ValueError if there is no step to take or the loss stops being finite.
    """
    if steps < 1:
        raise ValueError(f"training needs at least one step; got {steps}")
    mover, history, start = _Mover(model, steps, Recipe(**recipe)), History(), time.process_time()
    with seeded(seed), one_thread(), progress_bar(steps) as bar:
        for step in range(1, steps + 1):
            history.losses.append(mover.move(loss, step))
            if evaluate and (step == steps or (every and step % every == 0)):
                history.evaluated[step] = _evaluate(model, evaluate, seed)
            bar.set_postfix_str(f"loss {history.losses[-1]:.3f}", refresh=False)
            bar.update()
    model.eval()
    history.seconds = time.process_time() - start
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


class _Mover:
    """A model, its optimiser, and how the learning rate rises and falls."""

    def __init__(self, model: nn.Module, steps: int, recipe: Recipe):
        self.model, self.steps, self.recipe = model, steps, recipe
        self.optimizer = recipe.optimizer(model, recipe.learning_rate, recipe.weight_decay)
        self.highest = [group["lr"] for group in self.optimizer.param_groups]

    def move(self, loss: Callable[[], Tensor], step: int) -> float:
        """Take one step and return the loss before it."""
        recipe = self.recipe
        rate = rate_at(step, self.steps, warmup=recipe.warmup, cosine=recipe.cosine)
        for group, highest in zip(self.optimizer.param_groups, self.highest, strict=True):
            group["lr"] = highest * rate
        self.model.train()
        self.optimizer.zero_grad()
        error = loss()
        if not torch.isfinite(error):
            raise ValueError(f"the loss must stay finite; got {error.item()}")
        error.backward()
        if recipe.clip is not None:
            nn.utils.clip_grad_norm_(self.model.parameters(), recipe.clip)
        self.optimizer.step()
        return error.item()


def _evaluate(model: nn.Module, evaluate: Callable[[], float], seed: int) -> float:
    # A seed of its own: evaluating must not change what is drawn next.
    with seeded(seed), torch.no_grad():
        model.eval()
        return float(evaluate())
