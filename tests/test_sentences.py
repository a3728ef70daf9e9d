"""Sentences in which one word decides what another one means."""

from collections import Counter

import pytest
import torch

from attncourse.sentences import LIVING, SEEN, TOOLS, pronoun_riddles, saw_riddles


def test_no_pair_that_is_asked_was_learned():
    seen, held_out = ({(r.answers[0], r.words[-1]) for r in part} for part in pronoun_riddles())
    assert not seen & held_out
    assert {noun for noun, _ in held_out} <= {noun for noun, _ in seen}
    assert {adjective for _, adjective in held_out} <= {adjective for _, adjective in seen}


@pytest.mark.parametrize("part", ["seen", "held_out"])
def test_who_always_prefers_the_same_noun_is_right_in_half(part):
    right = Counter()
    for riddle in getattr(pronoun_riddles(), part):
        living = next(word for word in riddle.words if word in LIVING)
        right[living, riddle.answers[0] == living] += 1
    assert all(right[noun, True] == right[noun, False] > 0 for noun in LIVING)


def test_half_of_the_held_out_saws_are_tools():
    tools = [riddle.answers == TOOLS[1:] for riddle in saw_riddles().held_out]
    assert (sum(tools), len(tools)) == (24, 48)
    assert {r.answers for r in saw_riddles().held_out} == {SEEN[1:], TOOLS[1:]}


def test_saw_is_held_out_beside_words_beside_which_it_was_never_seen():
    seen, held_out = (
        {word for r in part if r.words[r.place] == "saw" for word in r.words}
        for part in saw_riddles()
    )
    assert held_out - seen == {
        "dog",
        "cat",
        "horse",
        "joiner",
        "builder",
        "smith",
        "planks",
        "beams",
    }


@pytest.mark.parametrize("riddles", [pronoun_riddles(), saw_riddles()])
def test_ids_say_where_the_word_in_question_stands(riddles):
    for part, numbers in zip(riddles, riddles.numbered(), strict=True):
        words = riddles.vocabulary.encode([r.words[r.place] for r in part])
        assert numbers.tokens[torch.arange(len(part)), numbers.place].tolist() == words


def test_the_first_answer_is_found_in_its_sentence():
    riddles = pronoun_riddles()
    _, numbers = riddles.numbered()
    found = [r.words[i] for r, i in zip(riddles.held_out, numbers.answer_place, strict=True)]
    assert found == [r.answers[0] for r in riddles.held_out]
