"""Time our attention beside the same work in plain PyTorch calls; ratios from one run."""

import math
import statistics
import time
from collections.abc import Callable

import torch
import torch.nn.functional as F
from rich.table import Table
from torch import Tensor

from attncourse.attention import scaled_dot_product_attention
from attncourse.masks import causal_mask

B, H, D_K = 8, 8, 64
Row = tuple[int, str, str, float, float, float]


def plain(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
    """Write equation 1 as one would without a package."""
    scores = query @ key.mT / math.sqrt(query.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    weights = torch.softmax(scores, dim=-1)
    return weights @ value, weights


def fused(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> tuple[Tensor]:
    """Ask PyTorch's own kernel, which never makes the weights: the limit."""
    return (F.scaled_dot_product_attention(query, key, value, is_causal=mask is not None),)


def seconds_of(attend: Callable, tensors: list[Tensor], mask: Tensor | None, way: str) -> float:
    """Run once, backward too if asked, and return the seconds."""
    start = time.perf_counter()
    output = attend(*tensors, mask)[0]
    if way == "forward + backward":
        torch.autograd.grad(output.sum(), tensors)
    return time.perf_counter() - start


def medians(
    contestants: list[Callable], tensors: list[Tensor], mask: Tensor | None, way: str, rounds: int
) -> list[float]:
    """Take turns, so that whatever slows the machine slows everyone; return the medians."""
    for attend in contestants:
        seconds_of(attend, tensors, mask, way)
    turns = [[seconds_of(f, tensors, mask, way) for f in contestants] for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*turns, strict=True)]


def rows(rounds: int = 25) -> list[Row]:
    """Return (N, mask, way, plain in ms, ours ÷ plain, fused ÷ plain), one tuple per setting."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    table = [
        row(N, mask, way, max(5, rounds * 256 // N))
        for N in (256, 1024)
        for mask in ("none", "causal")
        for way in ("forward", "forward + backward")
    ]
    torch.set_num_threads(threads)
    return table


def row(N: int, mask: str, way: str, rounds: int) -> Row:
    """Measure one setting."""
    generator = torch.Generator().manual_seed(0)
    shape, backward = (B, H, N, D_K), way == "forward + backward"
    tensors = [torch.randn(shape, generator=generator).requires_grad_(backward) for _ in range(3)]
    contestants = [plain, scaled_dot_product_attention, fused]
    allowed = causal_mask(N) if mask == "causal" else None
    base, ours, limit = medians(contestants, tensors, allowed, way, rounds)
    return N, mask, way, 1000 * base, ours / base, limit / base


def main(console) -> None:
    """Print the table."""
    titles = ("N", "mask", "way", "plain PyTorch, ms", "ours ÷ it", "fused, no weights ÷ it")
    table = Table(*titles, title=f"Attention, batch {B} × {H} heads, d_k {D_K}, one thread")
    for N, mask, way, base, ours, limit in rows():
        table.add_row(str(N), mask, way, f"{base:.1f}", f"{ours:.2f}", f"{limit:.2f}")
    console.print(table)
