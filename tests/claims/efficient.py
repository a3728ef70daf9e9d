"""What lesson 15 claims."""

from functools import cache

import torch

from attncourse import pretrained
from attncourse.approximations import alike, cheaper, error, noise, trained
from attncourse.attention import scaled_dot_product_attention
from attncourse.cached_gpt import empty_caches, read_on
from attncourse.corpus import docstring_corpus
from attncourse.efficient import online_softmax_attention, sliding_window_mask
from attncourse.language import GPT
from attncourse.memory import peak_bytes
from tests.claims import claim

MEAN = "mean of all values"


def _mebibytes(attend, N):
    shapes = torch.empty(3, N, 64, device="meta")
    return peak_bytes(lambda: attend(*shapes)) / 2**20


def _in_blocks(query, key, value):
    return online_softmax_attention(query, key, value, block=1024)


@cache
def _layers(seed):
    """What the quarter-trained GPT of a seed asks in each layer, on 64 held-out passages."""
    corpus = docstring_corpus(share=1 / 4)
    sizes = {"steps": 175, "d_model": 128, "n_heads": 4}
    model = pretrained.gpt(share=1 / 4, seed=seed, **sizes).model
    return trained(model, corpus.held_tokens[: 64 * 64].reshape(64, 64))


@claim(
    "16² = 256 times as much",
    holds=lambda times, inputs: 240 < times <= 256 and inputs == 16,
    beside="queries, keys and values",
    exact="bytes are counted",
)
def the_map_grows_with_the_square():
    long, short = (_mebibytes(scaled_dot_product_attention, N) for N in (16384, 1024))
    return long / short, 16384 / 1024


@claim(
    "In blocks the memory grows with N, not with N²",
    holds=lambda blocks, whole: blocks < 20 < whole,
    beside="the whole map",
    exact="bytes are counted; 16 times as many tokens",
)
def blocks_grow_with_the_length():
    ways = (_in_blocks, scaled_dot_product_attention)
    return tuple(_mebibytes(way, 16384) / _mebibytes(way, 1024) for way in ways)


@claim(
    "first without changing the result",
    holds=lambda off, fused: off < 2e-6 and fused < 2e-6,
    beside="PyTorch's own",
    shown=".1e",
)
def blocks_are_exact(seed):
    drawn = torch.randn(3, 1000, 64, generator=torch.Generator().manual_seed(seed))
    exact, _ = scaled_dot_product_attention(*drawn)
    fused = torch.nn.functional.scaled_dot_product_attention(*drawn)
    return (_in_blocks(*drawn)[0] - exact).abs().max(), (fused - exact).abs().max()


@claim(
    "its share is (1/4)³ after three",
    holds=lambda share, even: abs(share - even) < 1e-6,
    beside="(1/4)³",
    shown=".4f",
    exact="nothing is drawn",
)
def little_arrives_from_afar():
    empty = torch.zeros(16, 1)
    _, layer = scaled_dot_product_attention(empty, empty, empty, sliding_window_mask(16, 4))
    return torch.linalg.matrix_power(layer, 3)[-1, 6], 0.25**3


@claim(
    "the window and Performer do worse than the mean",
    holds=lambda better, mean: better > mean + 0.3,
    beside="the mean of all values",
    shown=".2f",
)
def noise_cannot_be_cut(seed):
    asked, ways = noise(seed=seed), cheaper(seed=seed)
    found = {name: error(way, asked) for name, way in ways.items()}
    return min(found["window"], found["Performer"]), found[MEAN]


@claim(
    "Linformer with its sixteen means is almost exact",
    holds=lambda off, mean: off < 0.02 < mean,
    beside="the mean of all values",
    shown=".3f",
)
def neighbours_can_be_pooled(seed):
    asked, ways = alike(seed=seed), cheaper(seed=seed)
    return error(ways["Linformer, means"], asked), error(ways[MEAN], asked)


@claim(
    "there a window of 16 nearly halves the error of the mean",
    holds=lambda window, mean: window < 0.75 * mean,
    beside="the mean of all values",
    shown=".2f",
)
def late_heads_are_local(seed):
    asked, ways = _layers(seed)[-1], cheaper()
    return error(ways["window"], asked), error(ways[MEAN], asked)


@claim(
    "Performer with 64 features is hardly better than the mean in any layer",
    holds=lambda least: least > -0.05,
    shown=".2f",
)
def random_features_do_not_fit_a_trained_model(seed):
    """The least that Performer is worse by than the mean, over the layers."""
    ways = cheaper(seed=seed)
    return min(error(ways["Performer"], a) - error(ways[MEAN], a) for a in _layers(seed))


@claim(
    "keys and values of earlier tokens do not change when a token is added",
    holds=lambda off, changed: off < 1e-4 < changed,
    beside="with positions from 0",
    shown=".1e",
)
def a_cache_changes_nothing(seed):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model, tokens = GPT(50, 32, d_model=32, n_heads=4, n_layers=2), torch.arange(20)[None]
        torch.nn.init.normal_(model.unembed.weight)
    off = []
    for spoil in (lambda cache: cache, lambda cache: cache._replace(seen=0)):
        caches = empty_caches(model)
        for token in tokens[0]:
            caches = tuple(spoil(cache) for cache in caches)
            logits, caches = read_on(model, token[None, None], caches)
        off.append((logits[0, -1] - model(tokens)[0, -1]).abs().max().item())
    return tuple(off)
