"""What lesson 14 claims."""

from functools import cache
from itertools import permutations

import torch

from attncourse.vision import drawing, drawn, finding, found
from attncourse.vision.matching import match
from tests.claims import claim

GIVEN = {}


@cache
def _answers(seed, **kind):
    return found.answers(finding.detector(seed=seed, **kind).model, _test())


@cache
def _test():
    return finding.some_scenes(500, "test", seed=1)


def _score(given):
    return found.score(given, _test())


@claim(
    "is not part of the cheapest match",
    holds=lambda greedy, best: greedy > best,
    beside="the cheapest match; the value: the cheapest one with that pair",
    shown=".1f",
    exact="six sums by hand",
)
def the_cheapest_pair():
    cost = torch.tensor([[0.1, 0.2], [0.3, 0.9], [0.8, 0.7]])
    totals = {p: (cost[p[0], 0] + cost[p[1], 1]).item() for p in permutations(range(3), 2)}
    best = tuple(match(cost[None])[0].tolist())
    return min(total for pair, total in totals.items() if pair[0] == 0), totals[best]


@claim(
    "It finds about four digits in five",
    holds=lambda share, rival: 0.7 < share < rival,
    beside="pieces of connected ink",
    shown=".0%",
)
def digits_found(seed):
    return _score(_answers(seed)).found, _score(found.by_components(_test())).found


@claim(
    "after the same number of steps the detector is far behind",
    holds=lambda alone, guided: alone < guided - 0.1,
    beside="with reference points",
    shown=".0%",
)
def without_reference_points(seed):
    return _score(_answers(seed, reference=False)).found, _score(_answers(seed)).found


@claim(
    "seven say",
    holds=lambda answers, digits: abs(answers - digits) < 0.2,
    beside="digits a scene; the value: queries that do not say nothing",
    shown=".2f",
)
def queries_that_say_something(seed):
    said = _answers(seed).said.sum(-1).float().mean().item()
    return said, _test().present.sum(-1).float().mean().item()


@claim(
    "Nearly three, because that is what they were taught",
    holds=lambda several, one: several > 2.5 and 0.9 < one < 1.1,
    beside="with a query of its own for each digit",
    shown=".2f",
)
def answers_a_digit(seed):
    return _score(_answers(seed, several=3)).answers, _score(_answers(seed)).answers


@claim(
    "more of the answers stay wrong",
    holds=lambda suppressed, matched: suppressed < matched - 0.1,
    beside="with the match; the value: right among what is left",
    shown=".0%",
)
def right_after_suppression(seed):
    suppressed = found.suppress(_answers(seed, several=3))
    return _score(suppressed).right, _score(_answers(seed)).right


@cache
def _reading(seed, scale, told=True):
    model = drawing.denoiser(told=told, seed=seed).model
    return drawn.read(drawn.drawn(model, scale, seed=seed))


@claim(
    "Without words (scale 0), about one drawing in ten is right",
    holds=lambda share, told: share < 0.2 < told,
    beside="with the words",
    shown=".0%",
)
def without_words(seed):
    return _reading(seed, 0.0).digit, _reading(seed, 1.0).digit


@claim(
    "The words as they are give about seven in ten",
    holds=lambda told, wrongly: told > 0.6 > 0.25 > wrongly,
    beside="a denoiser that met captions of other pictures",
    shown=".0%",
)
def with_words(seed):
    return _reading(seed, 1.0).digit, _reading(seed, 1.0, told=False).digit


@claim(
    "a scale of 2 nearly all",
    holds=lambda guided, plain: guided > 0.9 and guided > plain + 0.1,
    beside="scale 1",
    shown=".0%",
)
def with_guidance(seed):
    return _reading(seed, 2.0).digit, _reading(seed, 1.0).digit


@claim(
    "At scale 2 the spread is below that of people",
    holds=lambda guided, people: guided < people,
    beside="people who are held out",
    shown=".3f",
)
def the_spread(seed):
    return _reading(seed, 2.0).spread, drawn.real().spread


@claim(
    "The drawings are no copies",
    holds=lambda drawings, people: drawings > people,
    beside="people who are held out; the value: distance at scale 2",
    shown=".2f",
)
def the_nearest_picture(seed):
    return _reading(seed, 2.0).nearest, drawn.real().nearest


@claim(
    "The larger the scale, the further the drawings are",
    holds=lambda far, near: far > near + 0.3,
    beside="scale 3; the value: scale 8",
    shown=".2f",
)
def too_much_guidance(seed):
    return _reading(seed, 8.0).nearest, _reading(seed, 3.0).nearest


@claim(
    "The digit at first, and",
    holds=lambda first, last: first > 1 / 3 > last,
    beside="at the last of four moments; the value: weight of the digit at the first",
    shown=".0%",
)
def the_word_that_is_attended_to(seed):
    captions = [drawing.caption(*kind) for kind in drawn.kinds().tolist()]
    moments = drawn.moments(drawing.denoiser(seed=seed).model, captions)[::6]
    first, *_, last = (torch.stack(m.maps).mean((0, 1, 2, 3))[-1].item() for m in moments)
    return first, last
