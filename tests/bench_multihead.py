"""Time our MultiHeadAttention beside PyTorch's, with the same weights; ratios from one run."""

import statistics
import time
from collections.abc import Callable

import torch
from rich.table import Table
from torch import Tensor, nn

from attncourse.masks import causal_mask
from attncourse.multihead import MultiHeadAttention

B, H, D_K = 8, 8, 64
FORWARD, BOTH = "forward", "forward + backward"
Row = tuple[int, str, str, float, float, float]


def contestants(N: int, mask: str, way: str) -> list[Callable[[], float]]:
    """PyTorch's module as it is built, ours, and PyTorch's in evaluation mode: a fast path."""
    torch.manual_seed(0)
    theirs = nn.MultiheadAttention(H * D_K, H, batch_first=True).requires_grad_(way == BOTH)
    ours = MultiHeadAttention.from_torch(theirs).requires_grad_(way == BOTH)
    x = torch.randn(B, N, H * D_K, requires_grad=way == BOTH)
    allowed = causal_mask(N) if mask == "causal" else None
    hidden = None if allowed is None else ~allowed

    def attend_theirs() -> Tensor:
        return theirs.train()(x, x, x, attn_mask=hidden, average_attn_weights=False)[0]

    def attend_ours() -> Tensor:
        return ours(x, x, x, allowed)[0]

    def attend_fast() -> Tensor:
        return theirs.eval()(x, x, x, attn_mask=hidden, average_attn_weights=False)[0]

    trained = [(attend_theirs, theirs), (attend_ours, ours), (attend_fast, theirs)]
    return [lambda f=f, m=m: seconds_of(f, (x, *m.parameters()), way) for f, m in trained]


def seconds_of(attend: Callable[[], Tensor], leaves: tuple[Tensor, ...], way: str) -> float:
    """CPU time of one run, backward to all leaves if asked: other programs do not count."""
    start = time.process_time()
    output = attend()
    if way == BOTH:
        torch.autograd.grad(output.sum(), leaves)
    return time.process_time() - start


def row(N: int, mask: str, way: str, rounds: int) -> Row:
    """Measure one setting; the three take turns, after one run that does not count."""
    runs = contestants(N, mask, way)
    turns = [[run() for run in runs] for _ in range(rounds + 1)][1:]
    base, ours, fast = (statistics.median(column) for column in zip(*turns, strict=True))
    return N, mask, way, 1000 * base, ours / base, fast / base


def rows(rounds: int = 15) -> list[Row]:
    """Return (N, mask, way, theirs in ms, ours ÷ theirs, fast path ÷ theirs) per setting."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    table = [
        row(N, mask, way, max(3, rounds * 256 // N))
        for N in (256, 1024)
        for mask in ("none", "causal")
        for way in (FORWARD, BOTH)
    ]
    torch.set_num_threads(threads)
    return table


def main(console) -> None:
    """Print the table."""
    titles = ("N", "mask", "way", "nn.MultiheadAttention, ms", "ours ÷ it", "its fast path ÷ it")
    table = Table(*titles, title=f"MultiHeadAttention, batch {B}, {H} heads × {D_K}, one thread")
    for N, mask, way, base, ours, fast in rows():
        table.add_row(str(N), mask, way, f"{base:.1f}", f"{ours:.2f}", f"{fast:.2f}")
    console.print(table)
