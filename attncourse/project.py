"""The final project: a text, a time to learn in, and a number to beat."""

import time
from collections.abc import Callable

import torch
from jaxtyping import Int
from torch import Tensor, nn

from attncourse.corpus import bits_per_character, docstring_corpus, windows
from attncourse.language import GPT
from attncourse.training import adamw, one_thread, seeded

Model = Callable[[Tensor], Tensor]  # tokens (B, T) → logits (B, T, V)
CONTEXT = 64  # tokens that a model is asked to read at most


def fit(seen: Int[Tensor, " N"], vocab_size: int, seconds: float) -> Model:
    """Train lesson 11's GPT until the time is up: where the project begins.

    Args:
        seen: the text to learn from, as token ids.
        seconds: of the processor, all in all; the learning rate falls to 0 with what is left.

    Derived in: lesson 17.
    """
    start = time.process_time()
    model = GPT(vocab_size, CONTEXT, d_model=32, n_heads=2, n_layers=1)
    optimizer, batches = adamw(model, 1e-2, 0.0), windows(seen, CONTEXT // 2, 16)
    while (used := (time.process_time() - start) / seconds) < 1:
        optimizer.param_groups[0]["lr"] = optimizer.param_groups[1]["lr"] = 1e-2 * (1 - used)
        optimizer.zero_grad()
        model.loss(next(batches)).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    return model.eval()


def race(fit: Callable[[Tensor, int, float], Model], seconds: float = 60) -> float:
    """Bits per character on lesson 11's held-out docstrings, after so many seconds of training.

    Raises: ValueError if training took a tenth more than its time.
    """
    corpus = docstring_corpus()
    with seeded(0), one_thread():
        start = time.process_time()
        model = fit(corpus.seen_tokens, len(corpus.tokenizer), seconds)
        if (took := time.process_time() - start) > 1.1 * seconds + 1:
            raise ValueError(f"training may take {seconds:g} seconds; took {took:.1f}")
        with torch.no_grad():
            return bits_per_character(model, corpus, CONTEXT)
