"""Models that lessons share: trained when first asked for, then kept on disk and in memory.

Each function fixes the steps and the seed, so it gives the same model in every lesson.
"""

import math
from collections.abc import Sequence

import torch

from attncourse.cache import trained_once
from attncourse.decoding import greedy_decode
from attncourse.recurrent import sequence_loss, shift_right
from attncourse.seq2seq import EncoderDecoder, LateAttention
from attncourse.tasks import BOS, EOS, PAD, Task, dictation, exact_match, number_task, say
from attncourse.training import one_thread, seeded, train


@trained_once
def translator(
    score: str = "additive",
    *,
    attention: bool = True,
    bidirectional: bool = True,
    language: str = "de",
    width: int = 64,
    steps: int = 220,
    seed: int = 0,
):
    """Lesson 09's encoder–decoder for number words, in about 6 s of CPU."""
    task = number_task(language)
    sizes = len(task.source_words), len(task.target_words)
    options = {"width": width, "attention": attention, "bidirectional": bidirectional}
    with seeded(seed):
        model = EncoderDecoder(*sizes, score, **options)

    def loss():
        pairs = task.train.batch(64)
        logits, _ = model(pairs.source, shift_right(pairs.target, BOS))
        return sequence_loss(logits, pairs.target, PAD)

    return model, lambda: train(model, loss, steps, learning_rate=6e-3, seed=seed)


@trained_once
def repeater(
    *,
    attention: bool = True,
    width: int = 32,
    longest: int = 16,
    steps: int = 1000,
    seed: int = 0,
):
    """Hears 1 to `longest` random digits and repeats them, in about 15 s of CPU."""
    with seeded(seed):
        model = LateAttention(13, 13, "general", width=width, attention=attention)

    def loss():
        pairs = dictation(64, int(torch.randint(1, longest + 1, ())))
        logits, _ = model(pairs.source, shift_right(pairs.target, BOS))
        return sequence_loss(logits, pairs.target, PAD)

    options = {"evaluate": lambda: bits_repeated(model, longest), "every": steps // 10}
    return model, lambda: train(model, loss, steps, learning_rate=1e-2, seed=seed, **options)


@torch.no_grad()
def bits_repeated(model: EncoderDecoder, length: int, *, size: int = 500) -> float:
    """How much of a row of random digits reaches the output: what it holds, less what surprises."""
    with one_thread(), seeded(length):
        source, target = dictation(size, length)
        logits, _ = model(source, shift_right(target, BOS))
        surprise = sequence_loss(logits[:, :-1], target[:, :-1], PAD) / math.log(2)
    return length * (math.log2(10) - surprise.item())


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
