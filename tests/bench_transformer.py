"""Time our GPT block beside PyTorch's layer, and a Transformer on its way to sorting."""

import statistics
import time
from collections.abc import Callable

import torch
from rich.table import Table
from torch import nn

from attncourse.blocks import Block
from attncourse.masks import causal_mask
from attncourse.recurrent import sequence_loss, shift_right
from attncourse.tasks import BOS, PAD, exact_match, sort_task
from attncourse.training import seeded, train
from attncourse.transformer import Transformer

SIZES = ((16, 64, 96, 4), (16, 128, 128, 4), (8, 128, 256, 8))  # B, T, d_model, heads
Row = tuple[int, int, int, str, float, float]


def rows(rounds: int = 15) -> list[Row]:
    """Return (B, T, d_model, way, our tokens per second, PyTorch's), one tuple per setting."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    ways = ("forward", "forward + backward")
    table = [row(*sizes, way, rounds) for sizes in SIZES for way in ways]
    torch.set_num_threads(threads)
    return table


def row(B: int, T: int, d_model: int, n_heads: int, way: str, rounds: int) -> Row:
    """Let both take turns on the same vectors, so that whatever slows one slows the other."""
    options = dict(dropout=0.0, norm_first=True, batch_first=True)
    theirs = nn.TransformerEncoderLayer(d_model, n_heads, 4 * d_model, **options)
    ours, mask = Block.from_torch(theirs), causal_mask(T)
    x = torch.randn(B, T, d_model, generator=torch.Generator().manual_seed(0))
    contestants = (
        lambda: ours(x, mask)[0],
        lambda: theirs(x, src_mask=~mask, is_causal=True),
    )
    turns = [[seconds_of(run, way) for run in contestants] for _ in range(rounds + 2)][2:]
    speeds = (B * T / statistics.median(column) for column in zip(*turns, strict=True))
    return B, T, d_model, way, *speeds


def seconds_of(run: Callable, way: str) -> float:
    """Run once, backward too if asked, and return the seconds."""
    start = time.perf_counter()
    with torch.set_grad_enabled(way != "forward"):
        output = run()
        if way != "forward":
            output.square().sum().backward()
    return time.perf_counter() - start


def seconds_to_sort(every: int = 25, most: int = 400) -> tuple[int, float, float]:
    """Train on minGPT's task, 6 digits of 3 kinds, until every held-out row is sorted.

    Returns: (steps, seconds of CPU, share of the held-out rows that is right).
    """
    task = sort_task(length=6, digits=3)
    with seeded(0):
        model = Transformer(len(task.source_words), len(task.target_words))
    start, seen = time.process_time(), []

    def loss():
        source, target = task.train.batch(64)
        return sequence_loss(model(source, shift_right(target, BOS)), target, PAD)

    def right():
        source, target = task.test
        hits = exact_match(model.write(source, target.shape[1]), target).float().mean().item()
        seen.append((hits, time.process_time() - start))
        return hits

    train(model, loss, most, warmup=50, evaluate=right, every=every)
    turn = next((i for i, (hits, _) in enumerate(seen) if hits == 1), len(seen) - 1)
    return every * (turn + 1), seen[turn][1], seen[turn][0]


def main(console) -> None:
    """Print both tables."""
    titles = ("B", "T", "d_model", "way", "ours, tokens/s", "PyTorch's", "time ratio")
    table = Table(*titles, title="GPT block beside nn.TransformerEncoderLayer, one thread")
    for B, T, d_model, way, ours, theirs in rows():
        speeds = (f"{ours:,.0f}", f"{theirs:,.0f}", f"{theirs / ours:.2f}")
        table.add_row(str(B), str(T), str(d_model), way, *speeds)
    console.print(table)
    steps, seconds, share = seconds_to_sort()
    console.print(f"Sorting 6 digits of 3: {share:.0%} of new rows, {steps} steps, {seconds:.1f} s")


if __name__ == "__main__":
    from rich.console import Console

    main(Console(width=110))
