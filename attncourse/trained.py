"""Models that lessons share: trained when first asked for, then kept in memory.

Each function fixes the steps and the seed, so it gives the same model in every lesson.
"""

from functools import cache

from attncourse.recurrent import EncoderDecoder, greedy_decode, sequence_loss, shift_right
from attncourse.tasks import BOS, EOS, PAD, Task, exact_match, number_task
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
