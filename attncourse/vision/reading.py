"""Teaching a `PageReader` where to read: one loss for each way, and one loop for all of them."""

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from attncourse.attention import masked_softmax
from attncourse.cache import trained_once
from attncourse.hard import (
    argmax_attention,
    gumbel_softmax,
    leave_one_out_baseline,
    log_probability,
    reinforce_loss,
    sample_attention,
    straight_through,
)
from attncourse.training import History, seeded, train
from attncourse.vision.pages import Attend, PageReader, Pages, make_pages

Loss = Callable[[PageReader, Pages], Tensor]


def mixed_loss(
    reader: PageReader, pages: Pages, weigh: Callable[[Tensor], Tensor] = masked_softmax
) -> Float[Tensor, ""]:
    """Read every cell, mix, and compare with the answer; soft unless `weigh` says otherwise."""
    return F.cross_entropy(reader.read_all(pages, weigh)[0], pages.answer)


def picked_loss(reader: PageReader, pages: Pages) -> Float[Tensor, ""]:
    """Read the cell with the highest score alone: the reader learns, the scores cannot."""
    return F.cross_entropy(reader.read_one(pages, argmax_attention)[0], pages.answer)


def told_loss(reader: PageReader, pages: Pages) -> Float[Tensor, ""]:
    """Read the right cell, as if somebody pointed at it: what the reader could do at best."""
    return F.cross_entropy(reader.read_one(pages, pick_told(pages))[0], pages.answer)


def drawn_loss(
    reader: PageReader,
    pages: Pages,
    *,
    draws: int = 1,
    baseline: Callable[[Tensor], Tensor] = torch.zeros_like,
    bonus: float = 0.0,
) -> Float[Tensor, ""]:
    """Draw cells, read those alone, and reward each draw by how well it answered (REINFORCE).

    reward = log-probability of the right digit + bonus

    Args:
        draws: K, for each page.
        baseline: makes n × K baselines from n × K rewards.
        bonus: the same for every draw, right or wrong.
    """
    again = pages.take(torch.arange(len(pages.answer)).repeat_interleave(draws))
    logits, weights = reader.read_one(again, sample_attention)
    error = F.cross_entropy(logits, again.answer, reduction="none")
    log_prob = log_probability(reader.scores(again), weights)
    reward = (bonus - error.detach()).unflatten(0, (-1, draws))
    return error.mean() + reinforce_loss(log_prob.view_as(reward), reward, baseline(reward))


def expected_loss(reader: PageReader, pages: Pages) -> Float[Tensor, ""]:
    """Read every cell alone and average the N errors by the probabilities of drawing them.

    This is what `drawn_loss` estimates; with N cells it can be had exactly, for N readings.
    """
    N = pages.strokes.shape[1]
    logits = reader.name(reader.value(pages.strokes)).flatten(0, 1)
    answers = pages.answer.repeat_interleave(N)
    errors = F.cross_entropy(logits, answers, reduction="none").view(-1, N)
    return (reader.scores(pages)[:, 0].softmax(-1) * errors).sum(-1).mean()


def others_mean(reward: Float[Tensor, "n K"]) -> Float[Tensor, "n K"]:
    """Baseline of a draw: the mean reward of all other draws in the batch."""
    return leave_one_out_baseline(reward.flatten()).view_as(reward)


LOSSES: dict[str, Loss] = {
    "told where": told_loss,
    "soft": mixed_loss,
    "argmax": picked_loss,
    "straight-through": partial(
        mixed_loss, weigh=lambda scores: straight_through(scores.softmax(-1))
    ),
    "Gumbel": partial(mixed_loss, weigh=gumbel_softmax),
    "REINFORCE": drawn_loss,
    "with bonus": partial(drawn_loss, bonus=10.0),
    "with baseline": partial(drawn_loss, baseline=others_mean),
    "with 4 draws": partial(drawn_loss, draws=4, baseline=leave_one_out_baseline),
    "exact": expected_loss,
}


@trained_once
def learn_to_read(
    way: str, *, steps: int = 300, seed: int = 0, N: int = 16, every: int | None = 25
):
    """Train a fresh reader with one of `LOSSES`, in about 3 s of CPU; watch `share_right`."""
    with seeded(seed):
        reader = PageReader()

    def learn() -> History:
        pages, test = make_pages(4000, N, seed=seed), make_pages(1000, N, part="test")
        pick = pick_told(test) if way == "told where" else argmax_attention
        return train(
            reader,
            lambda: LOSSES[way](reader, pages.batch(64)),
            steps,
            learning_rate=4e-3,
            clip=None,  # so that noise shows
            cosine=False,
            seed=seed,
            evaluate=lambda: share_right(reader, test, pick),
            every=every,
        )

    return reader, learn


def pick_told(pages: Pages) -> Attend:
    """Pick the right cell of each of these pages, whatever the scores."""
    pointer = F.one_hot(pages.place, pages.strokes.shape[1]).float()[:, None]
    return lambda scores, value: argmax_attention(pointer, value)


@torch.no_grad()
def share_right(reader: PageReader, pages: Pages, pick: Attend = argmax_attention) -> float:
    """Share of pages answered right by reading one cell: the one with the highest score."""
    logits, _ = reader.read_one(pages, pick)
    return (logits.argmax(-1) == pages.answer).float().mean().item()


@torch.no_grad()
def share_found(reader: PageReader, pages: Pages) -> float:
    """Share of pages on which the right cell has the highest score."""
    return (reader.scores(pages)[:, 0].argmax(-1) == pages.place).float().mean().item()


def where_gradients(
    reader: PageReader, loss: Callable[[], Tensor], n: int, *, seed: int = 0
) -> Float[Tensor, "n P"]:
    """Take the gradient of a loss n times, by the P parameters that say where to read."""
    parameters = [reader.query, *reader.key.parameters()]
    with seeded(seed):
        drawn = [torch.autograd.grad(loss(), parameters) for _ in range(n)]
    return torch.stack([torch.cat([part.flatten() for part in parts]) for parts in drawn])


def noise_and_bias(drawn: Float[Tensor, "n P"], exact: Float[Tensor, " P"]) -> tuple[float, float]:
    """Relative variance and relative bias of drawn gradients.

    mean ‖g − ḡ‖² / ‖exact‖²  and  ‖ḡ − exact‖ / ‖exact‖, where ḡ is their mean
    """
    mean, size = drawn.mean(0), exact.norm()
    variance = drawn.var(0).sum() / size**2 if len(drawn) > 1 else torch.tensor(0.0)
    return variance.item(), ((mean - exact).norm() / size).item()
