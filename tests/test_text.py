"""Laws of tokens: BPE by hand and fast agree, every text comes back, a lookup is a product."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from attncourse.data import docstrings
from attncourse.text import (
    Tokenizer,
    Vocabulary,
    best_pair,
    count_pairs,
    count_words,
    decode,
    embed,
    encode,
    merge_pair,
    split_words,
    train_bpe,
)

# Few letters, so that pairs repeat, overlap and tie.
small_texts = st.text(alphabet="ab .\n", max_size=40)
tables = st.dictionaries(st.text("abc", min_size=1, max_size=6).map(tuple), st.integers(1, 9))


def learn_slowly(words, n_merges):
    """BPE as the lesson does it by hand: count everything again after every merge."""
    merges = []
    while len(merges) < n_merges and (pairs := count_pairs(words)):
        merges.append(best_pair(pairs))
        words = merge_pair(words, merges[-1])
    return merges, words


@given(st.text())
def test_words_joined_are_the_text(text):
    assert "".join(split_words(text)) == text


def test_a_word_takes_the_space_before_it():
    assert split_words("It's  an old\n  cat.") == [
        "It",
        "'",
        "s",
        " ",
        " an",
        " old",
        "\n ",
        " cat",
        ".",
    ]


def test_pairs_count_as_often_as_their_words():
    words = {("l", "o", "w"): 5, ("l", "o", "t"): 2, ("w",): 9}
    assert count_pairs(words) == {("l", "o"): 7, ("o", "w"): 5, ("o", "t"): 2}


def test_pairs_overlap():
    assert count_pairs({("a", "a", "a"): 3}) == {("a", "a"): 6}


@given(tables)
def test_every_word_has_one_pair_less_than_tokens(words):
    expected = sum(count * (len(word) - 1) for word, count in words.items())
    assert count_pairs(words).total() == expected


def test_equally_frequent_pairs_are_taken_in_alphabetical_order():
    assert best_pair({("b", "a"): 3, ("a", "z"): 3, ("a", "a"): 2}) == ("a", "z")


def test_a_merge_goes_from_left_to_right():
    assert merge_pair({("a", "a", "a"): 2}, ("a", "a")) == {("aa", "a"): 2}


def test_words_that_become_the_same_add_their_counts():
    assert merge_pair({("a", "b"): 2, ("ab",): 3}, ("a", "b")) == {("ab",): 5}


@given(tables, st.tuples(st.sampled_from("abc"), st.sampled_from("abc")))
def test_a_merge_keeps_the_letters_and_the_counts(words, pair):
    before = dict(words)
    merged = merge_pair(words, pair)
    assert words == before
    assert pair not in count_pairs(merged)
    letters = {"".join(word) for word in merged}
    assert letters == {"".join(word) for word in words}
    assert sum(merged.values()) == sum(words.values())


@given(tables, st.integers(0, 12))
def test_fast_training_learns_what_slow_training_learns(words, n_merges):
    assert train_bpe(words, n_merges) == learn_slowly(words, n_merges)[0]


@given(small_texts)
def test_encoding_replays_the_training(text):
    merges, words = learn_slowly(count_words(text), 20)
    assert {tuple(encode(word, merges)) for word in split_words(text)} == set(words)


@given(st.text(), small_texts, st.integers(0, 30))
def test_every_text_comes_back_from_its_tokens(text, seen, n_merges):
    merges = train_bpe(count_words(seen + text[:10]), n_merges)
    assert decode(encode(text, merges)) == text


@given(st.text(), small_texts, st.integers(0, 30))
def test_every_text_comes_back_from_its_numbers(text, seen, n_merges):
    tokenizer = Tokenizer(train_bpe(count_words(seen + text[:10]), n_merges))
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_merges_never_reach_across_words():
    assert encode("ab b", [("b", " "), ("b", "b"), ("a", "b")]) == ["ab", " ", "b"]


def test_merges_are_applied_in_their_order():
    assert encode("abc", [("b", "c"), ("a", "b")]) == ["a", "bc"]
    assert encode("abc", [("a", "b"), ("b", "c"), ("ab", "c")]) == ["abc"]


def test_the_number_of_tokens_never_grows_with_merges():
    text = "low lower lowest, new newer newest"
    merges = train_bpe(count_words(text), 30)
    lengths = [len(encode(text, merges[:n])) for n in range(len(merges) + 1)]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] == len(text)


def test_a_character_never_seen_becomes_its_bytes():
    tokenizer = Tokenizer([("a", "b")])
    assert len(tokenizer) == 257
    assert tokenizer.encode("abé") == [256, 0xC3, 0xA9]
    assert tokenizer.decode([256, 0xC3]) == "ab�"


def test_training_stops_when_no_pair_is_left():
    assert train_bpe({("a", "b"): 1}, 99) == [("a", "b")]


def test_a_vocabulary_numbers_in_order_of_appearance():
    vocabulary = Vocabulary(["the", "cat", "the"], unknown="<unk>")
    assert vocabulary.tokens == ["<unk>", "the", "cat"]
    assert vocabulary.encode(["cat", "dog"]) == [2, 0]
    assert vocabulary.decode([1, 0]) == ["the", "<unk>"]
    assert "cat" in vocabulary
    assert "dog" not in vocabulary


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("batch", [(), (2,), (2, 3)])
def test_embedding_is_one_hot_times_matrix(batch, dtype):
    table = torch.randn(7, 4, dtype=dtype)
    tokens = torch.randint(7, (*batch, 5))
    product = F.one_hot(tokens, 7).to(dtype) @ table
    torch.testing.assert_close(embed(tokens, table), product)
    torch.testing.assert_close(embed(tokens, table), F.embedding(tokens, table))


def test_the_gradient_reaches_only_rows_looked_up():
    table = torch.randn(7, 4, requires_grad=True)
    embed(torch.tensor([2, 5, 2]), table).sum().backward()
    assert table.grad[:, 0].tolist() == [0, 0, 2, 0, 0, 1, 0]


def test_bad_input_gets_one_line():
    with pytest.raises(ValueError, match=r"tokens must lie in 0 … 6; got -1 … 7"):
        embed(torch.tensor([7, -1]), torch.zeros(7, 4))
    with pytest.raises(ValueError, match="the best of no pairs is undefined; got 0 pairs"):
        best_pair({})
    with pytest.raises(ValueError, match="n_merges must not be negative; got -1"):
        train_bpe({}, -1)
    with pytest.raises(ValueError, match="every token must be in the vocabulary; got 'dog'"):
        Vocabulary(["cat"]).encode(["dog"])


def test_docstrings_are_real_text_without_repetitions():
    texts = docstrings()
    assert len(texts) == len(set(texts)) > 2000
    assert sum(map(len, texts)) > 500_000
