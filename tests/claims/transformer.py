"""What lesson 10 claims."""

from functools import cache

import torch

from attncourse.ablations import sorter
from attncourse.cost import layers, measure
from attncourse.recurrent import sequence_loss, shift_right
from attncourse.tasks import BOS, PAD, exact_match, number_task
from attncourse.trained import translate, translator
from attncourse.training import seeded, train
from attncourse.transformer import Transformer
from tests.claims import claim

GIVEN = {
    "20,000": "pairs to learn from in attncourse.tasks.number_task; lesson 09 counts them",
    "1000": "new rows that attncourse.ablations.sorter judges by",
    "0.003": "learning rate in attncourse.ablations.sorter",
}


class Leaky(Transformer):
    """Sees the future while it learns."""

    def target_mask(self, target):
        return torch.ones(target.shape[1], target.shape[1], dtype=torch.bool)


@cache
def _fitted(steps, seed, kind=Transformer):
    """A model, its last training loss, and the same parameters under the mask of use."""
    task = number_task("de")
    sizes = len(task.source_words), len(task.target_words)
    with seeded(seed):
        model, used = kind(*sizes), Transformer(*sizes)

    def loss():
        source, target = task.train.batch(64)
        return sequence_loss(model(source, shift_right(target, BOS)), target, PAD)

    history = train(model, loss, steps, warmup=50, seed=seed)
    used.load_state_dict(model.state_dict())
    return model, history.smooth()[-1], used.eval()


def _held_out(model):
    source, target = number_task("de").test.take(torch.arange(500))
    with torch.no_grad():
        return sequence_loss(model(source, shift_right(target, BOS)), target, PAD).item()


@claim(
    "gets about as many right as lesson 09's network with attention",
    holds=lambda ours, recurrent: abs(ours - recurrent) < 0.03,
    beside="the recurrent network",
    shown=".1%",
)
def exact_match_of_both(seed):
    task = number_task("de")
    source, target = task.test
    ours = exact_match(_fitted(200, seed)[0].write(source, target.shape[1]), target)
    return ours.float().mean(), translate(translator(seed=seed).model, task)[2].float().mean()


@claim(
    "below the width an attention layer is cheaper than a GRU, above it more expensive",
    holds=lambda below, above: below < 1 < above,
    beside="at T = 65",
    shown=".3f",
    exact="multiplications are counted",
)
def attention_and_gru_cross_at_the_width():
    made = layers(width=64)
    ratios = (
        measure(made["self-attention"], T).multiplied / measure(made["recurrent"], T).multiplied
        for T in (63, 65)
    )
    return tuple(ratios)


@claim(
    "a whole block multiplies more than a GRU at every length",
    holds=lambda least: least > 1,
    shown=".2f",
    exact="multiplications are counted; the formulas say (12 d + 2 T) / 6 d",
)
def a_block_is_never_cheaper_than_a_gru():
    made = layers(width=64)
    return min(
        measure(made["Transformer block"], T).multiplied / measure(made["recurrent"], T).multiplied
        for T in (1, 4, 16, 64, 256)
    )


def _sorted(without="", **options):
    return sorter(without, **options).history.evaluated[200]


@claim(
    "Without attention no token learns of another",
    holds=lambda without, whole: without < 0.01 and whole > 0.9,
    beside="nothing missing",
    shown=".1%",
)
def without_attention(seed):
    return _sorted("attention", seed=seed), _sorted(seed=seed)


@claim(
    "Without the residual connection a layer gets nothing of the input but what the layers"
    " before it have passed on",
    holds=lambda without, whole: without < 0.01 and whole > 0.9,
    beside="nothing missing",
    shown=".1%",
)
def without_residual(seed):
    return _sorted("residual", seed=seed), _sorted(seed=seed)


@claim(
    "Without the feed-forward layer it learns, but less well",
    holds=lambda without, whole: 0.2 < without < whole - 0.05,
    beside="nothing missing",
    shown=".1%",
)
def without_feed_forward(seed):
    return _sorted("feed-forward", seed=seed), _sorted(seed=seed)


@claim(
    "Without the norm it does nearly as well as the whole",
    holds=lambda without, whole: without > whole - 0.1,
    beside="nothing missing",
    shown=".1%",
)
def without_norm(seed):
    return _sorted("norm", seed=seed), _sorted(seed=seed)


@claim(
    "Without the norm, nothing is learned at the large rate",
    holds=lambda without, whole: without < 0.05 and whole > 0.8,
    beside="with the norm",
    shown=".1%",
)
def without_norm_at_a_large_rate(seed):
    options = {"learning_rate": 0.1, "seed": seed}
    return _sorted("norm", **options), _sorted(**options)


@claim(
    "without it, it sorts nothing",
    holds=lambda without, with_it: without < 0.05 and with_it > 0.9,
    beside="with warm-up",
    shown=".1%",
)
def post_norm_needs_the_warm_up(seed):
    options = {"pre_norm": False, "learning_rate": 0.03, "seed": seed}
    return _sorted(**options, warmup=0), _sorted(**options)


@claim(
    "while a pre-norm stack gets through",
    holds=lambda pre_norm: pre_norm > 0.8,
    shown=".1%",
)
def pre_norm_does_without(seed):
    return _sorted(learning_rate=0.03, warmup=0, seed=seed)


@claim(
    "At the small rate a post-norm stack needs none",
    holds=lambda post_norm: post_norm > 0.9,
    shown=".1%",
)
def post_norm_does_without_at_the_small_rate(seed):
    return _sorted(pre_norm=False, warmup=0, seed=seed)


@claim(
    "after so few steps it is even a little worse",
    holds=lambda leaking, honest: leaking > honest,
    beside="an honest model",
    shown=".2f",
)
def training_loss_does_not_betray_the_leak(seed):
    return _fitted(100, seed, Leaky)[1], _fitted(100, seed)[1]


@claim(
    "and the loss on new numbers is the same",
    holds=lambda held, trained: abs(held - trained) < 0.15,
    beside="its training loss",
    shown=".2f",
)
def held_out_loss_as_trained_hides_the_leak(seed):
    model, loss, _ = _fitted(100, seed, Leaky)
    return _held_out(model), loss


@claim(
    "The held-out loss as the model is used, with the mask, does",
    holds=lambda leaking, honest: leaking > 2 * honest,
    beside="an honest model",
    shown=".2f",
)
def held_out_loss_as_used_shows_the_leak(seed):
    return _held_out(_fitted(100, seed, Leaky)[2]), _held_out(_fitted(100, seed)[2])
