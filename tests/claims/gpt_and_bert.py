"""What lesson 11 claims."""

import re
from functools import cache

import torch

from attncourse import pretrained
from attncourse.blanks import by_counting, by_model, shares
from attncourse.corpus import bits_per_character, docstring_corpus
from attncourse.counting import KneserNey
from attncourse.data import docstrings
from attncourse.generation import generate
from attncourse.language import BERT
from attncourse.names import LONGEST, PAD, character_name_rows, few_labels
from attncourse.training import one_thread, seeded
from tests.claims import claim

GIVEN = {
    "512": "attncourse.corpus.docstring_corpus: the merges that it learns",
    "3.11": "attncourse.pinned: the first Python whose docstrings were compared",
    "3.14": "attncourse.pinned: the last Python whose docstrings were compared",
    "0.125": "one of eight classes",
}


@cache
def _counted(split, share=1.0):
    corpus = docstring_corpus(split, share=share)
    return KneserNey(corpus.seen, 10).bits(corpus.held)


@cache
def _gpt_bits(split, share=1.0, steps=700):
    model = pretrained.gpt(split, share=share, steps=steps).model
    with one_thread():
        corpus = docstring_corpus(split, share=share)
        return bits_per_character(model, corpus, pretrained.CONTEXT)


@claim(
    "Not up to 10",
    holds=lambda gain: gain > -0.001,
    shown=".4f",
)
def each_longer_context_helps(seed):
    bits = _counted(seed)
    return (bits[:-1] - bits[1:]).min()


@claim(
    "Much better, and it has learned nothing more",
    holds=lambda leaky, whole: leaky < whole - 0.3,
    beside="whole packages held out",
    shown=".2f",
)
def every_tenth_docstring_leaks(seed):
    texts = docstrings()
    sides = ([t for i, t in enumerate(texts) if (i % 10 == seed) == side] for side in (0, 1))
    seen, held = ("\n\n".join(side) for side in sides)
    return KneserNey(seen, 10).bits(held)[-1], _counted(seed)[-1]


@claim(
    "counting is far ahead",
    holds=lambda gpt, counted: gpt > counted + 0.3,
    beside="the best n-gram of up to 10 characters",
    shown=".2f",
)
def on_a_sixteenth_of_the_text(seed):
    return _gpt_bits(seed, 1 / 16, 44), _counted(seed, 1 / 16).min()


@claim(
    "the best rule for counting tie",
    holds=lambda gpt, counted: abs(gpt - counted) < 0.05,
    beside="the best n-gram of up to 10 characters, on the same split",
    shown=".3f",
)
def on_three_splits(seed):
    return _gpt_bits(seed), _counted(seed).min()


@claim(
    "with other packages held out, the GPT is ahead by as little",
    holds=lambda gpt, counted: counted - 0.05 < gpt < counted,
    beside="the best n-gram of up to 10 characters, on the same split",
    shown=".3f",
    exact="one other split is enough for it to be ahead on one",
)
def on_another_split_of_the_packages():
    return _gpt_bits(1), _counted(1).min()


def _invented(seed, temperature, top_p=None):
    corpus, model = docstring_corpus(), pretrained.gpt().model
    known = set(re.findall("[A-Za-z]+", corpus.seen))
    prompts = torch.tensor([corpus.tokenizer.encode("Return True if the")] * 8)
    draw = torch.Generator().manual_seed(seed)
    options = {"top_p": top_p, "context": pretrained.CONTEXT}
    rows = generate(model, prompts, 60, temperature, None, draw, **options).tolist()
    texts = [re.findall("[A-Za-z]+", corpus.tokenizer.decode(row))[:-1] for row in rows]
    found = [word for text in texts for word in text]
    return sum(word not in known for word in found) / len(found)


@claim(
    "The hotter it gets, the more often it draws from the long tail",
    holds=lambda hot, warm: hot > warm + 0.05,
    beside="temperature 1.0; the value: 1.5",
    shown=".0%",
)
def words_that_nobody_wrote(seed):
    return _invented(seed, 1.5), _invented(seed, 1.0)


@claim(
    "Top-p cuts the tail off",
    holds=lambda cut, whole: cut < whole,
    beside="without top-p",
    shown=".0%",
)
def words_under_top_p(seed):
    return _invented(seed, 1.0, 0.9), _invented(seed, 1.0)


def _filled(split, sees):
    return shares(by_model(pretrained.bert(split, sees=sees).model, split, sees=sees), split).mean()


@claim(
    "On two other splits the difference is smaller, and once it points the other way",
    holds=lambda least, most: least < 0 < most,
    beside="the largest of three splits; the value: the least",
    shown=".0%",
    exact="a statement about three splits, each of which is measured",
)
def neighbours_less_name():
    gains = [_filled(split, "neighbours") - _filled(split, "name") for split in range(3)]
    return min(gains), max(gains)


@claim(
    "on another split of the scripts it is false",
    holds=lambda name, counted: name < counted,
    beside="back-off, on the same split",
    shown=".0%",
    exact="one split is enough for it to be false on one",
)
def on_another_split():
    return _filled(1, "name"), shares(by_counting(1)["back-off"], 1).mean()


def _untrained(split):
    with seeded(split):
        words = character_name_rows(split).words
        model = BERT(len(words), LONGEST, pad=PAD, activation=pretrained.squared_relu)
    pretrained.begin_with_nothing(model)
    return model


@claim(
    "In all three draws the pre-trained one recognises more",
    holds=lambda trained, untrained: trained > untrained,
    beside="from scratch",
    shown=".2f",
)
def five_names_a_class(seed):
    labels = few_labels(seed=seed)
    starts = pretrained.bert().model, _untrained(0)
    return tuple(pretrained.fine_tune(start, labels, steps=40) for start in starts)
