"""Models that lessons share: trained when first asked for, then kept in memory.

Each function fixes the steps and the seed, so it gives the same model in every lesson.
"""

from collections.abc import Sequence
from functools import cache

import torch

from attncourse.recurrent import EncoderDecoder, greedy_decode, sequence_loss, shift_right
from attncourse.tasks import BOS, EOS, PAD, Task, exact_match, number_task, say
from attncourse.training import one_thread, seeded, train


@cache
def translator(
    score: str = "additive",
    *,
    language: str = "de",
    width: int = 64,
    steps: int = 220,
    seed: int = 0,
) -> EncoderDecoder:
    """Train lesson 09's encoder–decoder to translate number words, in about 4 s of CPU."""
    task = number_task(language)
    sizes = len(task.source_words), len(task.target_words)
    with seeded(seed):
        model = EncoderDecoder(*sizes, score, width=width)

    def loss():
        pairs = task.train.batch(64)
        logits, _ = model(pairs.source, shift_right(pairs.target, BOS))
        return sequence_loss(logits, pairs.target, PAD)

    train(model, loss, steps, learning_rate=6e-3, seed=seed)
    return model


def translate(model: EncoderDecoder, task: Task):
    """Write the test sentences greedily; returns (tokens, weights, which are right)."""
    longest = task.test.target.shape[1] + 2
    with one_thread():
        tokens, weights = greedy_decode(model, task.test.source, bos=BOS, eos=EOS, longest=longest)
    return tokens, weights, exact_match(tokens, task.test.target)


def write(model: EncoderDecoder, task: Task, sentence: Sequence[str]):
    """Translate one sentence; returns (words, weights M × N, one row per word written)."""
    source = torch.tensor([task.source_words.encode(sentence)])
    with one_thread():
        tokens, weights = greedy_decode(model, source, bos=BOS, eos=EOS, longest=20)
    words = say(tokens[0], task.target_words)
    return words, weights[0, : len(words)]
