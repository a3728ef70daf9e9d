"""What lesson 12 claims."""

from functools import cache, partial

import torch

from attncourse import hard, trained
from attncourse.vision import pages, reading
from tests.claims import claim
from tests.claims.taught import taught

GIVEN = {"1,500": "reinforce_gets_there_later, below"}
FREE = ("soft", "straight-through", "Gumbel")  # of reinforcement learning


@cache
def _test():
    return pages.make_pages(2000, part="test")


def _right(way, seed, **more):
    return reading.share_right(reading.learn_to_read(way, seed=seed, **more).model, _test())


@claim(
    "Most numbers survive the pick",
    holds=lambda picks, mixes: 0.8 < picks <= mixes + 0.01,
    beside="mixing",
    shown=".1%",
)
def translated_with_one_word_at_a_time(seed):
    task, model = trained.number_task("de"), trained.translator(seed=seed).model
    mixes, score = trained.translate(model, task)[2].float().mean(), model.score
    model.score = hard.AtTemperature(score, 1e-4)
    picks = trained.translate(model, task)[2].float().mean()
    model.score = score
    return picks, mixes


@claim(
    "Hard attention does a tenth of the work",
    holds=lambda share: 0.09 < share < 0.11,
    shown=".3f",
    exact="multiplications are counted",
)
def work():
    reader = pages.PageReader()
    return reader.multiplications(16, 1) / reader.multiplications(16, 16)


@claim(
    "Learned soft, used hard, and nothing is lost",
    holds=lambda picks, mixes: picks > mixes - 0.01,
    beside="mixing all sixteen cells",
    shown=".1%",
)
def soft_reader_that_picks(seed):
    reader = reading.learn_to_read("soft", seed=seed).model
    logits, _ = reader.read_all(_test(), lambda scores: scores.softmax(-1))
    mixes = (logits.argmax(-1) == _test().answer).float().mean().item()
    return reading.share_right(reader, _test()), mixes


@claim(
    "most of them are the wrong ones",
    holds=lambda found, soft: found < 0.5 < soft,
    beside="the soft reader",
    shown=".0%",
)
def right_cells_without_a_gradient(seed):
    found = [reading.learn_to_read(way, seed=seed).model for way in ("argmax", "soft")]
    return tuple(reading.share_found(reader, _test()) for reader in found)


@claim(
    "after 300 steps it is still far behind",
    holds=lambda plain, based: plain < 0.5 < 0.8 < based,
    beside="with a baseline",
    shown=".1%",
)
def reinforce_after_300_steps(seed):
    return _right("REINFORCE", seed), _right("with baseline", seed)


@claim(
    "Given 1,500 steps, it learns, too",
    holds=lambda right: right > 0.5,
    shown=".1%",
)
def reinforce_gets_there_later(seed):
    return _right("REINFORCE", seed, steps=1500)


@cache
def _halfway(seed, steps=50):
    """A reader, a batch, and the exact gradient."""
    reader = reading.learn_to_read("soft", steps=steps, seed=seed).model
    batch = pages.make_pages(64, part="test", seed=9)
    exact = reading.where_gradients(reader, lambda: reading.expected_loss(reader, batch), 1)[0]
    return reader, batch, exact


@cache
def _noise(way, seed, n=100, steps=50, **more):
    reader, batch, exact = _halfway(seed, steps)
    loss = partial(reading.LOSSES.get(way, way), reader, batch, **more)
    return reading.noise_and_bias(reading.where_gradients(reader, loss, n), exact)


@claim(
    "the variance is more than fifty times that with one",
    holds=lambda plain, based: plain > 50 * based,
    beside="with the mean reward of the other draws as baseline",
    shown=".2f",
)
def relative_variance_of_one_draw(seed):
    return _noise("REINFORCE", seed)[0], _noise("with baseline", seed)[0]


@claim(
    "about as large as what noise leaves in an average of 100",
    holds=lambda worst: worst < 1.7,
    shown=".2f",
)
def bias_over_what_noise_leaves(seed):
    found = [_noise(way, seed) for way in ("REINFORCE", "with baseline", "with 4 draws")]
    return max(bias / (variance / 100) ** 0.5 for variance, bias in found)


def _drawn(seed, draws, baseline):
    return _noise(reading.drawn_loss, seed, 50, draws=draws, baseline=baseline)[0]


@claim(
    "Each doubling halves the variance",
    holds=lambda without, based: 1.7 < without < 2.4 and 1.7 < based < 2.4,
    beside="with a baseline",
    shown=".2f",
)
def factor_of_each_doubling(seed):
    kinds = torch.zeros_like, reading.others_mean
    return tuple((_drawn(seed, 1, b) / _drawn(seed, 16, b)) ** 0.25 for b in kinds)


@claim(
    "still higher than that of *one* draw with a baseline",
    holds=lambda sixteen, one: sixteen > 2 * one,
    beside="one draw with a baseline; the value: 16 draws without",
    shown=".2f",
)
def sixteen_draws_against_a_baseline(seed):
    return _drawn(seed, 16, torch.zeros_like), _drawn(seed, 1, reading.others_mean)


def _gumbel(seed, t):
    soften = partial(hard.gumbel_softmax, temperature=t)
    return _noise(reading.mixed_loss, seed, weigh=soften)


@claim(
    "So the bias falls",
    holds=lambda cold, hot: cold < hot / 2,
    beside="temperature 3; the value: 0.3",
    shown=".2f",
)
def bias_of_gumbel(seed):
    return _gumbel(seed, 0.3)[1], _gumbel(seed, 3.0)[1]


@claim(
    "and the variance grows",
    holds=lambda cold, hot: cold > 100 * hot,
    beside="temperature 3; the value: 0.1",
    shown=".3f",
)
def variance_of_gumbel(seed):
    return _gumbel(seed, 0.1)[0], _gumbel(seed, 3.0)[0]


@claim(
    "Straight-through draws nothing, so it has a bias and no variance",
    holds=lambda bias, variance: bias > 0.05 and variance < 1e-9,
    beside="its variance",
    shown=".2f",
)
def straight_through_halfway(seed):
    variance, bias = _noise("straight-through", seed, 2)
    return bias, variance


@claim(
    "the variance without a baseline is many times smaller",
    holds=lambda later, before: later < before / 5,
    beside="50 steps earlier",
    shown=".2f",
)
def fifty_steps_later(seed):
    return _noise("REINFORCE", seed, steps=100)[0], _noise("REINFORCE", seed)[0]


@claim(
    "the bias of straight-through has gone up to about 1",
    holds=lambda later, before: later > 0.8 and before < 0.3,
    beside="50 steps earlier",
    shown=".2f",
)
def fifty_steps_later_straight_through_has_vanished(seed):
    ways = (_noise("straight-through", seed, 2, steps=steps)[1] for steps in (100, 50))
    return tuple(ways)


@claim(
    "Three ways without reinforcement learning pick as well as the best that have it",
    holds=lambda free, reinforced: free > reinforced - 0.02,
    beside="the better of the two with a baseline; the value: the worst of the three",
    shown=".1%",
)
def right_without_reinforcement_learning(seed):
    reinforced = max(_right(way, seed) for way in ("with baseline", "with 4 draws"))
    return min(_right(way, seed) for way in FREE), reinforced


def _cells_read(way, each, seed):
    shares = reading.learn_to_read(way, seed=seed).history.evaluated
    return 64 * each * next(step for step, share in shares.items() if share > 0.8)


@claim(
    "Counted in *readings*, it is the cheapest of all",
    holds=lambda reinforced, free: reinforced < free / 2,
    beside="the cheapest of the three without",
    shown=",.0f",
)
def cells_read_until_80_percent(seed):
    return _cells_read("with baseline", 1, seed), min(_cells_read(way, 16, seed) for way in FREE)


@claim(
    "nearly half of the learners are sure of a cell that is not the best",
    holds=lambda plain, based: 0.4 < plain < 0.55 and based == 0,
    beside="with a baseline",
    shown=".1%",
)
def learners_with_a_bonus(seed):
    learn = taught("hard_attention", "learn_from_draws").learn_from_draws
    both = (learn(bonus=10, with_baseline=based, seed=seed) for based in (False, True))
    return tuple(1 - (alpha[:, 2] > 0.5).float().mean().item() for alpha in both)
