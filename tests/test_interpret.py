"""Instruments measure what they say, and leave the model as it was."""

import math

import pytest
import torch

from attncourse.attention_only import AttentionOnly
from attncourse.copying import N_OPENERS, SYLLABLES, repeats, skills
from attncourse.inspected import Spotter, gradient_norms, leave_one_out
from attncourse.interpret import (
    ablate_head,
    attention_entropy,
    induction_score,
    norm_weighted,
    patch,
    removal_effect,
    rollout,
    without_heads,
)
from attncourse.multihead import MultiHeadAttention
from attncourse.training import seeded


@pytest.fixture
def model():
    with seeded(0):
        return AttentionOnly(9, d_model=8, n_heads=2).eval()


@pytest.fixture
def tokens():
    return torch.randint(9, (3, 6), generator=torch.Generator().manual_seed(0))


def random_maps(*shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(1)).softmax(-1)


# ---- entropy, rollout


def test_entropy_lies_between_one_key_and_all_alike():
    assert attention_entropy(torch.eye(4)).tolist() == [0] * 4
    even = torch.full((2, 5), 0.2)
    torch.testing.assert_close(attention_entropy(even), torch.full((2,), math.log(5)))


def test_entropy_is_that_of_pytorch():
    weights = random_maps(2, 3, 4, 5)
    theirs = torch.distributions.Categorical(weights).entropy()
    torch.testing.assert_close(attention_entropy(weights), theirs)


def test_rollout_is_a_distribution_and_keeps_the_future_out():
    maps = [random_maps(2, 3, 5, 5).tril() for _ in range(3)]
    maps = [weights / weights.sum(-1, keepdim=True) for weights in maps]
    rolled = rollout(maps)
    torch.testing.assert_close(rolled.sum(-1), torch.ones(2, 5))
    assert not rolled.triu(1).any()


def test_rollout_of_one_layer_is_half_itself_half_the_map():
    weights = random_maps(2, 4, 4)
    torch.testing.assert_close(rollout([weights]), (torch.eye(4) + weights.mean(0)) / 2)


# ---- ablations


def test_a_silenced_head_says_the_same_in_every_sequence():
    outputs = torch.randn(4, 3, 5, 2)
    silenced = ablate_head(outputs, 1)
    assert torch.equal(silenced[0, 1], silenced[3, 1])
    assert torch.equal(silenced[:, [0, 2]], outputs[:, [0, 2]])


def test_without_heads_changes_a_layer_only_inside_the_block(model, tokens):
    before = model(tokens)
    with without_heads(model.layers[0], [1]):
        assert not torch.allclose(model(tokens), before)
    assert torch.equal(model(tokens), before)


def test_without_all_heads_a_layer_says_the_same_in_every_sequence(model, tokens):
    x = model.stream(tokens, 0)
    with without_heads(model.layers[0], [0, 1]):
        output, _ = model.attend(0, x, x, x)
    torch.testing.assert_close(output[0], output[2])


def test_removing_nothing_has_no_effect_and_units_are_nats():
    logits, tokens = torch.randn(3, 4, 5), torch.zeros(3, 4, dtype=torch.long)
    assert removal_effect(logits, logits, tokens) == 0
    sure = torch.tensor([[1000.0, 0.0]])
    effect = removal_effect(sure, torch.zeros(1, 2), torch.tensor([0]))
    torch.testing.assert_close(effect, torch.tensor(math.log(2)))


# ---- induction


def test_a_perfect_induction_head_scores_1():
    tokens = torch.tensor([4, 7, 5, 4, 7, 5])
    weights = torch.eye(6)
    weights[3:] = torch.eye(6)[[1, 2, 3]]  # what followed 4, 7, 5 last time
    assert tokens[[1, 2, 3]].tolist() == [7, 5, 4]
    assert induction_score(weights, 3) == 1


@pytest.mark.parametrize("period", [0, 6])
def test_a_period_must_leave_something_to_repeat(period):
    with pytest.raises(ValueError, match=f"period must lie in 1 … 5; got {period}"):
        induction_score(torch.eye(6), period)


def test_repeats_repeat_and_openers_are_followed_by_their_own():
    heard = repeats(50)
    for row, period in zip(heard.tokens, heard.period, strict=True):
        assert torch.equal(row[period:], row[:-period])
        assert len(row[:period].unique()) == period
    before, after = heard.tokens[:, :-1], heard.tokens[:, 1:]
    assert (after == before + len(SYLLABLES) - N_OPENERS)[heard.paired].all()
    assert not (heard.repeated & heard.paired).any()


def test_skills_count_what_could_be_known():
    heard = repeats(20)
    knows_all = torch.nn.functional.one_hot(heard.tokens.roll(-1, 1), len(SYLLABLES)).float()
    assert skills(knows_all, heard) == (1, 1)
    assert skills(-knows_all, heard) == (0, 0)


# ---- patching, streams


def test_patching_an_input_with_itself_changes_nothing(model, tokens):
    one, other = tokens[:1], tokens[1:2]
    ends = (lambda t: model.stream(t, 1), lambda h: model.finish(h, 1))
    torch.testing.assert_close(patch(*ends, one, one, 2), model(one))
    assert not torch.allclose(patch(*ends, one, other, 2), model(one))


def test_patching_the_last_stream_changes_its_own_place_only(model, tokens):
    ends = (lambda t: model.stream(t, 2), lambda h: model.finish(h, 2))
    patched = patch(*ends, tokens[:1], tokens[1:2], 2)
    torch.testing.assert_close(patched[:, 2], model(tokens[1:2])[:, 2])
    torch.testing.assert_close(patched[:, :2], model(tokens[:1])[:, :2])


def test_streams_and_maps_are_those_of_the_model(model, tokens):
    x = model.stream(tokens, 1)
    torch.testing.assert_close(model.finish(x, 1), model(tokens))
    torch.testing.assert_close(model.maps(tokens)[1], model.attend(1, x, x, x)[1])
    torch.testing.assert_close(model.score(model.stream(tokens, 2)), model(tokens))


def test_a_causal_model_does_not_see_the_future(model, tokens):
    changed = tokens.clone()
    changed[:, 4:] = (changed[:, 4:] + 1) % 9
    torch.testing.assert_close(model(changed)[:, :4], model(tokens)[:, :4])


def test_norm_weighted_parts_add_up_to_the_layer_at_most():
    with seeded(0):
        layer, x = MultiHeadAttention(8, 2), torch.randn(2, 5, 8)
    output, weights = layer(x, x, x)
    sent = norm_weighted(layer, x, weights)
    assert sent.shape == weights.shape
    whole = (output - layer.W_o.bias).norm(dim=-1)
    assert (sent.sum((1, 3)) >= whole - 1e-5).all()  # vectors are never longer than their parts


# ---- words taken out


def test_taking_a_word_out_is_measured_for_each_word():
    with seeded(0):
        model = Spotter(9, mixed=True)
    source = torch.tensor([[3, 4, 5, 0], [4, 5, 6, 7]])
    moved, slope = leave_one_out(model, source), gradient_norms(model, source)
    assert moved.shape == slope.shape == source.shape
    assert slope[0, 3] < slope[0, 0]  # padding: only the GRU passes it
    without = model(torch.tensor([[4, 6, 7]]))[0] - model(source[1:])[0]
    torch.testing.assert_close(moved[1, 1], without[0].abs().detach())


def test_other_weights_can_take_the_place_of_a_models_own():
    with seeded(0):
        model = Spotter(9, mixed=False)
    source = torch.tensor([[3, 4, 5, 0]])
    one = torch.tensor([[0.0, 1.0, 0.0, 0.0]])
    logits, weights = model(source, one)
    assert torch.equal(weights, one)
    torch.testing.assert_close(logits, model.write(model.read(source)[:, 1]).squeeze(-1))
