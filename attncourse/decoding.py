"""Writing a sentence with an encoder–decoder: the likeliest word each time, or the best of several.

A model is whatever can be asked for one word after another, as those of `seq2seq` can.
"""

from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float, Int
from torch import Tensor


@runtime_checkable
class Writer(Protocol):
    """What can be asked for one word after another, `pad` where a sentence has ended."""

    pad: int

    def encode(self, source: Tensor) -> tuple:
        """Return (memory, first state)."""

    def step(self, token: Tensor, state: Tensor, memory) -> tuple[Tensor, Tensor, Tensor]:
        """Return (logits, new state, weights)."""


@torch.no_grad()
def greedy_decode(
    model: Writer, source: Int[Tensor, "B N"], *, bos: int, eos: int, longest: int
) -> tuple[Int[Tensor, "B M"], Float[Tensor, "B M K"]]:
    """Write the likeliest word each time, until every sentence has ended or is `longest`.

    Args: bos, eos: the tokens that begin and end a target.
    Returns: (tokens, weights); what follows a sentence's eos is padding.
    Derived in: lesson 09.
    """
    memory, state = model.encode(source)
    token = torch.full((len(source),), bos)
    ended = torch.zeros(len(source), dtype=torch.bool)
    steps = []
    while len(steps) < longest and not ended.all():
        logits, state, weights = model.step(token, state, memory)
        token = logits.argmax(-1).masked_fill(ended, model.pad)
        steps.append((token, weights))
        ended = ended | (token == eos)
    tokens, weights = zip(*steps, strict=True)
    return torch.stack(tokens, dim=-1), torch.stack(weights, dim=-2)


@torch.no_grad()
def beam_decode(
    model: Writer,
    source: Int[Tensor, "1 N"],
    *,
    bos: int,
    eos: int,
    longest: int,
    beams: int = 4,
) -> tuple[Int[Tensor, " M"], float]:
    """Keep the `beams` likeliest beginnings, extend each by every word, keep the best again.

    Args: source, one sentence; beams, 1 is greedy.
    Returns: (the best sentence found, the logarithm of its probability).
    Source: Sutskever et al. 2014, section 3.2. Derived in: lesson 09.
    """
    memory, state = model.encode(source)
    tokens, total = torch.tensor([[bos]]), torch.zeros(1)
    for _ in range(longest):
        ended = tokens[:, -1] == eos
        if ended[total.argmax()]:  # longer sentences can only become less likely
            break
        logits, state, _ = model.step(tokens[:, -1], state, memory)
        grown = total.unsqueeze(-1) + _extend(logits.log_softmax(-1), ended, eos)
        total, place = grown.flatten().topk(min(beams, grown.numel()))
        parent, token = place // logits.shape[-1], place % logits.shape[-1]
        tokens = torch.cat([tokens[parent], token.unsqueeze(-1)], dim=-1)
        state, memory = state[parent], memory.of(parent)
    best = total.argmax()
    return tokens[best, 1:], total[best].item()


def _extend(log_probability: Tensor, ended: Tensor, eos: int) -> Tensor:
    """An ended sentence goes on in one way, at no cost: it repeats its eos."""
    only_eos = torch.full_like(log_probability[0], -torch.inf)
    only_eos[eos] = 0.0
    return torch.where(ended.unsqueeze(-1), only_eos, log_probability)
