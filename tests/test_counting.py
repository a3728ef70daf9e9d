"""Laws of counting: probabilities that sum to 1, and formulas that agree with counting by hand."""

from collections import Counter

import numpy as np
import pytest

from attncourse.counting import BlankFiller, KneserNey

TEXT = "the cat sat on the mat and the rat sat on the cat; that is that. " * 3 + "a bat, a hat!"


@pytest.mark.parametrize("context", ["", "t", "the ", "the cat sat", "zzzz", "ön the", " a hat!"])
@pytest.mark.parametrize("order", [1, 2, 5, 9])
def test_probabilities_sum_to_1(context, order):
    model = KneserNey(TEXT, order)
    unseen = model.probabilities(context + "é")[-1, -1]
    assert sum(model.after(context).values()) + unseen == pytest.approx(1)


def test_nothing_is_impossible():
    assert KneserNey(TEXT, 6).probabilities("qüx\n the").min() > 0


def by_hand(text, held, order):
    """Kneser–Ney with dictionaries and one fixed discount of each kind: slow, and plain."""
    alphabet = len(set(text)) + 1

    def grams(n):
        return Counter(text[i : i + n] for i in range(len(text) - n + 1))

    def continuations(n):
        return Counter(gram[1:] for gram in grams(n + 1))

    def p(x, h, n, longest):
        if n == 0:
            return 1 / alphabet
        counts = grams(n) if longest else continuations(n)
        n_of = Counter(counts.values())
        takes = [0, 0.5, 1.0, 1.5]
        if all(n_of[k] for k in (1, 2, 3, 4)):
            y = n_of[1] / (n_of[1] + 2 * n_of[2])
            takes = [0] + [k - (k + 1) * y * n_of[k + 1] / n_of[k] for k in (1, 2, 3)]
        followed = {gram: c for gram, c in counts.items() if gram[:-1] == h}
        lower = p(x, h[1:], n - 1, False)
        if not followed:
            return lower
        taken = {gram: takes[min(c, 3)] for gram, c in followed.items()}
        own = followed.get(h + x, 0) - taken.get(h + x, 0)
        return (own + sum(taken.values()) * lower) / sum(followed.values())

    return [p(held[i], held[i - order + 1 : i], order, True) for i in range(order - 1, len(held))]


@pytest.mark.parametrize("order", [1, 2, 3])
def test_arrays_count_as_dictionaries_do(order):
    held = "the bat sat on a hat"
    fast = KneserNey(TEXT, 3).probabilities(held)[order - 1, order - 1 :]
    assert fast == pytest.approx(by_hand(TEXT, held, order))


def test_a_shorter_context_counts_in_how_many_places():
    """Francisco is frequent, but only after San: the unigram of Kneser and Ney knows better."""
    text = "sf" * 50 + "ae be ce de "
    unigram = (
        KneserNey(text, 2).probabilities("éf")[1, 1],
        KneserNey(text, 2).probabilities("ée")[1, 1],
    )
    assert unigram[0] < unigram[1]
    assert text.count("f") > text.count("e")


def test_each_length_is_the_model_of_that_order():
    held = "that cat sat"
    assert KneserNey(TEXT, 6).bits(held)[3] == pytest.approx(KneserNey(TEXT, 4).bits(held)[3])


@pytest.mark.parametrize("order", [0, 5])
def test_the_order_must_fit_the_text(order):
    with pytest.raises(ValueError, match=r"order must lie in 1 … 4; got"):
        KneserNey("abcde", order)


SENTENCES = [[1, 2, 3], [1, 2, 3], [1, 4, 3], [5, 2, 6], [7, 8, 9, 2, 6]]


def test_back_off_takes_the_widest_window_that_was_seen():
    filler = BlankFiller(SENTENCES, 10)
    assert filler.back_off([1, 0, 3], 1) == 2  # seen as it is, twice with 2
    assert filler.back_off([7, 0, 6], 1) == 8  # only the left neighbour was seen
    assert filler.back_off([0, 0], 0) == 1  # only that it begins a sentence


def test_mixtures_sum_to_1_and_prefer_what_was_seen():
    p = BlankFiller(SENTENCES, 10).mixture([1, 0, 3], 1)
    assert p.sum() == pytest.approx(1)
    assert p.argmax() == 2
    assert np.argsort(p)[-2] == 4


def test_a_mixture_by_hand():
    """Token 1 stands alone twice, token 2 once: (2 + 2/3) / 5 and (1 + 2/3) / 5."""
    p = BlankFiller([[1], [1], [2]], 3, windows=((0, 0),)).mixture([0], 0)
    assert p == pytest.approx([2 / 15, 8 / 15, 5 / 15])
