"""Laws of the stacks: encoder–decoder, GPT, BERT."""

import pytest
import torch

from attncourse.language import BERT, GPT
from attncourse.tasks import BOS, EOS, exact_match
from attncourse.training import seeded, train
from attncourse.transformer import Transformer

SOURCE = torch.tensor([[3, 4, 5, 6, 7], [8, 4, 3, 0, 0]])  # the second has 3 words and padding
TARGET = torch.tensor([[1, 5, 6, 7], [1, 3, 4, 9]])


def translator(**options):
    with seeded(3):
        return Transformer(11, 10, d_model=12, n_heads=3, **options).double()


def language_model(kind, **options):
    """A small model that already has an opinion: a fresh one finds all tokens alike."""
    with seeded(3):
        model = kind(13, 9, d_model=12, n_heads=3, **options)
        torch.nn.init.normal_(model.unembed.weight)
    return model.double()


@pytest.mark.parametrize("pre_norm", [True, False])
def test_a_translator_scores_the_target_words_at_every_position(pre_norm):
    logits = translator(pre_norm=pre_norm)(SOURCE, TARGET)
    assert logits.shape == (2, 4, 10)
    assert logits.isfinite().all()


def test_a_score_does_not_depend_on_later_words_of_the_target():
    model, later = translator(), TARGET.clone()
    later[:, 2:] = torch.tensor([2, 8])
    before, after = model(SOURCE, TARGET), model(SOURCE, later)
    torch.testing.assert_close(before[:, :2], after[:, :2])
    assert not torch.allclose(before[:, 2:], after[:, 2:])


def test_every_score_depends_on_every_word_of_the_source():
    model = translator()
    for place in range(5):
        changed = SOURCE.clone()
        changed[0, place] = 9
        assert not torch.allclose(model(changed, TARGET)[0, 0], model(SOURCE, TARGET)[0, 0])


def test_padding_the_source_changes_nothing():
    model = translator()
    longer = torch.nn.functional.pad(SOURCE, (0, 3))
    torch.testing.assert_close(model(longer, TARGET), model(SOURCE, TARGET))


def test_maps_come_per_layer_and_kind_and_stay_away_from_the_forbidden():
    _, maps = translator(n_layers=2).with_weights(SOURCE, TARGET)
    assert [len(kind) for kind in maps] == [2, 2, 2]
    assert maps.source[0].shape == (2, 3, 5, 5)
    assert maps.target[1].shape == (2, 3, 4, 4)
    assert maps.cross[1].shape == (2, 3, 4, 5)
    assert not maps.cross[1][1, :, :, 3:].any()
    assert not maps.target[0].triu(1).any()


def test_writing_takes_the_likeliest_word_again_and_again():
    model = translator()
    written = model.write(SOURCE, 6)
    so_far = torch.full((2, 1), BOS)
    for _ in range(6):
        best = model(SOURCE, so_far)[:, -1].argmax(-1)
        so_far = torch.cat([so_far, best[:, None]], dim=1)
    assert torch.equal(written, so_far[:, 1:])


def test_a_translator_learns_one_sentence_by_heart():
    model = translator().float()
    source, target = SOURCE[:1], torch.tensor([[5, 9, 4, EOS]])
    shown = torch.cat([torch.tensor([[BOS]]), target[:, :-1]], dim=1)
    loss = torch.nn.functional.cross_entropy
    train(model, lambda: loss(model(source, shown).mT, target), 40, learning_rate=1e-2)
    assert exact_match(model.write(source, 6), target).all()


def test_gpt_reads_back_only():
    model, tokens = language_model(GPT), torch.tensor([[5, 3, 8, 1, 12]])
    changed = tokens.clone()
    changed[0, 3:] = 7
    torch.testing.assert_close(model(tokens)[:, :3], model(changed)[:, :3])
    assert not torch.allclose(model(tokens)[:, 3:], model(changed)[:, 3:])


def test_bert_reads_both_ways_but_no_padding():
    model, tokens = language_model(BERT), torch.tensor([[5, 3, 8, 1, 12]])
    changed = tokens.clone()
    changed[0, 4] = 7
    assert not torch.allclose(model(tokens)[:, 0], model(changed)[:, 0])
    padded = torch.nn.functional.pad(tokens, (0, 3))
    torch.testing.assert_close(model(padded)[:, :5], model(tokens))


def test_gpt_and_bert_have_the_same_parameters():
    gpt, bert = language_model(GPT), language_model(BERT)
    shapes = [{n: p.shape for n, p in model.named_parameters()} for model in (gpt, bert)]
    assert shapes[0] == shapes[1]


def test_with_the_same_weights_only_the_last_token_sees_the_same():
    gpt, bert = language_model(GPT, n_layers=1), language_model(BERT, n_layers=1)
    bert.load_state_dict(gpt.state_dict())
    tokens = torch.tensor([[5, 3, 8, 1, 12]])
    torch.testing.assert_close(gpt(tokens)[:, -1], bert(tokens)[:, -1])
    assert not torch.allclose(gpt(tokens)[:, 0], bert(tokens)[:, 0])


def test_a_text_longer_than_the_positions_is_refused():
    with pytest.raises(ValueError, match="T must be at most T_max; got 10 and 9"):
        language_model(GPT)(torch.zeros(1, 10, dtype=torch.long))


def test_a_token_outside_the_vocabulary_is_refused():
    with pytest.raises(ValueError, match=r"tokens must lie in 0 … 12; got 13 … 13"):
        language_model(GPT)(torch.full((1, 4), 13))
