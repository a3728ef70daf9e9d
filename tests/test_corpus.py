"""Laws of texts in tokens: what is counted, and once; windows; blanks."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from attncourse.blanks import mean_and_error
from attncourse.corpus import surprises, windows
from attncourse.language import GPT
from attncourse.names import BLANK, LONGEST, PAD, FewLabels, by_naive_bayes, one_blank_each
from attncourse.pretrained import repeated_rows, untrained_bert

T, V = 16, 30


@pytest.fixture
def model():
    torch.manual_seed(0)
    model = GPT(V, T, d_model=16, n_heads=2)
    torch.nn.init.normal_(model.unembed.weight)
    return model.eval()


@pytest.mark.parametrize("n", [2, T, T + 1, T + 2, 50, 65])
def test_every_token_is_judged_once(model, n):
    assert len(surprises(model, torch.randint(V, (n,)), T)) == n


def test_the_first_window_counts_as_a_whole_and_then_the_last_quarter_of_each(model):
    tokens = torch.randint(V, (40,))
    found = surprises(model, tokens, T) * math.log(2)
    assert found[0] == pytest.approx(math.log(V), rel=1e-5)
    first = F.cross_entropy(model(tokens[None, :T])[0], tokens[1 : T + 1], reduction="none")
    torch.testing.assert_close(found[1 : T + 1], first)
    last = F.cross_entropy(model(tokens[None, 20:36])[0], tokens[21:37], reduction="none")
    torch.testing.assert_close(found[33:37], last[-4:])


def test_an_ignorant_model_needs_the_logarithm_of_the_vocabulary():
    bits = surprises(GPT(V, T, d_model=16, n_heads=2), torch.randint(V, (40,)), T)
    torch.testing.assert_close(bits, torch.full((40,), math.log2(V)))


def test_windows_stand_side_by_side_and_are_all_dealt_out():
    tokens = torch.arange(10 * T)
    batches = windows(tokens, T, 3)
    starts = torch.cat([next(batches)[:, 0] for _ in range(3)])
    assert len(starts.unique()) == len(starts)
    assert len((starts % T).unique()) == 1


def named(*rows):
    """Rows of word ids, filled up to the length of a name."""
    return torch.tensor([[*row, *[PAD] * (LONGEST - len(row))] for row in rows])


NAMES = named([7, 8, 9], [5], [0, 0])


def test_one_known_word_is_hidden_in_each_name_that_has_one():
    rows, place, word = one_blank_each(NAMES)
    assert (rows == BLANK).sum(-1).tolist() == [1, 1]
    assert torch.equal(rows.scatter(-1, place[:, None], word[:, None]), NAMES[:2])


def test_only_the_commonest_words_are_hidden():
    rows, _, word = one_blank_each(NAMES, commonest=3)
    assert word.tolist() == [7, 5]
    assert len(rows) == 2


def test_naive_bayes_knows_a_word_by_its_presence_and_by_its_absence():
    few, many = named([7, 9], [8, 9], [9]), named([7], [8, 5], [9, 5])
    labels = torch.tensor([0, 1, 2])
    assert by_naive_bayes(FewLabels(("a", "b", "c"), few, labels, many, labels), 10) == 1.0


def test_a_model_that_reads_left_to_right_knows_nothing_of_later_words():
    rows, changed = named([7, 8, 9]), named([7, 8, 5])
    for reads, knows in (("left to right", False), ("both ways", True)):
        model = untrained_bert(reads=reads)
        torch.nn.init.normal_(model.blocks[0].attention.W_o.weight)
        before, after = (model.encode(x)[0][0, :2] for x in (rows, changed))
        assert torch.equal(before, after) != knows


def test_a_repeated_row_is_its_first_half_twice():
    rows = repeated_rows(3)
    assert torch.equal(rows[:, :12], rows[:, 12:])


def test_a_mean_and_its_standard_error():
    assert mean_and_error(np.array([1.0, 3.0])) == (2.0, pytest.approx(1.0))
