"""A text in tokens, split by packages: windows to learn from, bits per character to judge by."""

import math
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from attncourse.splits import split_modules
from attncourse.text import Tokenizer, count_words, train_bpe


class Corpus(NamedTuple):
    """Docstrings to learn from and others to judge by, as text and as tokens."""

    seen: str
    held: str
    tokenizer: Tokenizer
    seen_tokens: Int[Tensor, " N"]
    held_tokens: Int[Tensor, " M"]


@cache
def docstring_corpus(seed: int = 0, *, merges: int = 512, share: float = 1.0) -> Corpus:
    """Read the docstrings of Python's standard library, a tenth of it (whole packages) held out.

    Args:
        seed: of the split; merges: of byte-pair encoding, learned from the seen part alone.
        share: how much of the seen part is learned from: its beginning, in the order of docstrings
            drawn with the seed.
    """
    split = split_modules(seed)
    texts = _shuffled(split.seen, seed) if share < 1 else split.seen
    text, held = "\n\n".join(texts), "\n\n".join(split.held)
    seen = text[: round(share * len(text))]
    tokenizer = Tokenizer(train_bpe(count_words(seen), merges))
    tokens = (torch.tensor(tokenizer.encode(part)) for part in (seen, held))
    return Corpus(seen, held, tokenizer, *tokens)


def windows(tokens: Int[Tensor, " N"], T: int, batch: int) -> Iterator[Int[Tensor, "batch T"]]:
    """Batches of windows, without end: all that stand side by side, in any order, then again.

    Each pass begins at another place, so that the cuts fall elsewhere.
    """
    waiting = torch.zeros(0, dtype=torch.long)
    while True:
        while len(waiting) < batch:
            starts = torch.arange(int(torch.randint(T, ())), len(tokens) - T + 1, T)
            waiting = torch.cat([waiting, starts[torch.randperm(len(starts))]])
        yield tokens[waiting[:batch, None] + torch.arange(T)]
        waiting = waiting[batch:]


@torch.no_grad()
def surprises(
    model: Callable[[Tensor], Tensor], tokens: Int[Tensor, " N"], T: int
) -> Float[Tensor, " N"]:
    """Surprise in bits at each token of a text, read in overlapping windows of T tokens.

    Only the last quarter of a window counts (of the first window all), so that almost every
    prediction can look back three quarters of T. The first token is drawn from all alike.
    """
    step, n = max(1, T // 4), len(tokens)
    rows = max(1, math.ceil((n - 1 - T) / step) + 1)
    filled = F.pad(tokens, (0, (rows - 1) * step + T + 1 - n))  # no token attends to what follows
    found = []
    for some in filled.unfold(0, T + 1, step).split(64):
        logits = model(some[:, :-1])
        found.append(F.cross_entropy(logits.mT, some[:, 1:], reduction="none"))
    nats = torch.cat(found)
    first = nats.new_full((1,), math.log(logits.shape[-1]))
    counted = torch.cat([first, nats[0, : T - step], nats[:, T - step :].flatten()])
    return counted[:n] / math.log(2)


def bits_per_character(model: Callable[[Tensor], Tensor], corpus: Corpus, T: int) -> float:
    """Mean surprise at the held-out text, in bits per character, whatever the tokens are."""
    return surprises(model, corpus.held_tokens, T).sum().item() / len(corpus.held)


def _shuffled(texts: list[str], seed: int) -> list[str]:
    order = torch.randperm(len(texts), generator=torch.Generator().manual_seed(seed))
    return [texts[i] for i in order.tolist()]
