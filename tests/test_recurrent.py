"""Laws of the encoder–decoder: what it asks, what it reads, what it is judged by, how it writes."""

from itertools import product

import jaxtyping
import pytest
import torch
from torch.nn.functional import cross_entropy

from attncourse.decoding import beam_decode, greedy_decode
from attncourse.recurrent import (
    SCORES,
    AdditiveScore,
    context_vector,
    loss_gradient,
    sequence_loss,
    shift_right,
)
from attncourse.scoring import dot_score
from attncourse.seq2seq import EncoderDecoder, LateAttention
from attncourse.training import seeded

PAD, BOS, EOS = range(3)
SOURCE = torch.tensor([[5, 3, 4, 6, 3], [4, 3, PAD, PAD, PAD], [6, 6, 5, PAD, PAD]])
TARGET = torch.tensor(
    [[3, 4, 5, 6, 4, EOS], [3, EOS, PAD, PAD, PAD, PAD], [4, 3, 5, EOS, PAD, PAD]]
)
WRITE = {"bos": BOS, "eos": EOS, "longest": 6}


KINDS = {
    **{score: {"score": score} for score in SCORES},
    "one direction": {"bidirectional": False},
    "without attention": {"attention": False},
    "late": {"kind": LateAttention},
    "late, without attention": {"kind": LateAttention, "attention": False, "bidirectional": False},
}
every_kind = pytest.mark.parametrize("options", KINDS.values(), ids=KINDS)


def small_model(seed=0, kind=EncoderDecoder, **options):
    with seeded(seed):
        return kind(7, 7, width=8, **options).eval()


def random(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


# context_vector


def test_context_by_hand():
    memory = torch.tensor([[1.0, 0.0], [0.0, 2.0], [9.0, 9.0]])
    state = torch.tensor([0.0, 0.5])  # scores 0, 1, and padding
    context, weights = context_vector(state, memory, torch.tensor([True, True, False]), dot_score)
    share = torch.sigmoid(torch.tensor(1.0))
    assert torch.allclose(weights, torch.tensor([1 - share, share, 0]))
    assert torch.allclose(context, torch.tensor([1 - share, 2 * share]))


def test_padding_is_never_seen():
    state, memory, mask = random(3, 8), random(3, 5, 8, seed=1), SOURCE != PAD
    context, weights = context_vector(state, memory, mask, dot_score)
    changed = memory.masked_fill(~mask.unsqueeze(-1), 77.0)
    assert torch.equal(context_vector(state, changed, mask, dot_score)[0], context)
    assert (weights[~mask] == 0).all()
    assert torch.allclose(weights.sum(-1), torch.ones(3, dtype=torch.float64))


def test_context_is_the_same_for_each_sentence_alone():
    state, memory, mask = random(3, 8), random(3, 5, 8, seed=1), SOURCE != PAD
    context, _ = context_vector(state, memory, mask, dot_score)
    alone = [context_vector(*one, dot_score)[0] for one in zip(state, memory, mask, strict=True)]
    assert torch.allclose(context, torch.stack(alone))


def test_memory_may_be_wider_than_the_state():
    def score(query, key):
        return query.sum(-1, keepdim=True) + key.sum(-1).unsqueeze(-2)

    context, weights = context_vector(random(2, 3), random(2, 4, 9), torch.ones(2, 4).bool(), score)
    assert context.shape == (2, 9)
    assert weights.shape == (2, 4)


# shift_right and sequence_loss


def test_shift_right_shows_the_word_before():
    assert shift_right(torch.tensor([7, 8, 9, EOS]), BOS).tolist() == [BOS, 7, 8, 9]
    batch = shift_right(TARGET, BOS)
    assert (batch[:, 0] == BOS).all()
    assert torch.equal(batch[:, 1:], TARGET[:, :-1])


def test_shift_right_leaves_the_target_alone():
    target = TARGET.clone()
    shift_right(target, BOS)[0] = 0
    assert torch.equal(target, TARGET)


def test_loss_is_the_mean_over_real_words():
    logits = random(3, 6, 7)
    surprises = [
        -torch.log_softmax(logits[b, t], -1)[TARGET[b, t]]
        for b, t in product(range(3), range(6))
        if TARGET[b, t] != PAD
    ]
    assert torch.isclose(sequence_loss(logits, TARGET, PAD), torch.stack(surprises).mean())
    expected = cross_entropy(logits.mT, TARGET, ignore_index=PAD)
    assert torch.isclose(sequence_loss(logits, TARGET, PAD), expected)


def test_more_padding_changes_no_loss():
    logits = random(3, 9, 7)
    longer = torch.nn.functional.pad(TARGET, (0, 3), value=PAD)
    expected = sequence_loss(logits[:, :6], TARGET, PAD)
    assert torch.isclose(sequence_loss(logits, longer, PAD), expected)


def test_padding_gets_no_gradient():
    logits = random(3, 6, 7).requires_grad_()
    sequence_loss(logits, TARGET, PAD).backward()
    assert (logits.grad[TARGET == PAD] == 0).all()
    assert (logits.grad[TARGET != PAD] != 0).all()


def test_nothing_but_padding_costs_nothing():
    logits = random(2, 4, 7).requires_grad_()
    loss = sequence_loss(logits, torch.zeros(2, 4).long(), PAD)
    loss.backward()
    assert loss == 0
    assert torch.equal(logits.grad, torch.zeros(2, 4, 7, dtype=torch.float64))


@pytest.fixture
def learners_run():
    """Without the test run's own check of shapes, which would speak first."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.mark.usefixtures("learners_run")
def test_loss_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match=r"batch axes and T; got \(3, 5\) and \(3, 6\)"):
        sequence_loss(random(3, 5, 7), TARGET, PAD)


# the model


@every_kind
def test_weights_of_the_real_words_sum_to_one(options):
    model = small_model(**options)
    logits, weights = model(SOURCE, shift_right(TARGET, BOS))
    assert logits.shape == (3, 6, 7)
    assert torch.allclose(weights.sum(-1), torch.ones(3, 6))
    if model.attention:
        assert (weights.masked_select((SOURCE == PAD).unsqueeze(1)) == 0).all()


@every_kind
def test_a_sentence_is_read_alike_alone_and_in_a_batch(options):
    model, inputs = small_model(**options), shift_right(TARGET, BOS)
    together = model(SOURCE, inputs)[0][1]
    alone = model(SOURCE[1:2, :2], inputs[1:2])[0][0]
    assert torch.allclose(together, alone, atol=1e-6)


@every_kind
def test_a_word_is_not_told_by_the_words_after_it(options):
    model, inputs = small_model(**options), shift_right(TARGET, BOS)
    changed = inputs.clone()
    changed[:, 3:] = 6
    before, after = model(SOURCE, inputs)[0], model(SOURCE, changed)[0]
    assert torch.allclose(before[:, :3], after[:, :3])
    assert not torch.allclose(before[:, 3:], after[:, 3:])


@every_kind
def test_steps_give_what_teacher_forcing_gives(options):
    model, inputs = small_model(**options), shift_right(TARGET, BOS)
    memory, state = model.encode(SOURCE)
    logits, weights = model(SOURCE, inputs)
    for place, token in enumerate(inputs.unbind(-1)):
        scored, state, attended = model.step(token, state, memory)
        assert torch.allclose(scored, logits[:, place], atol=1e-6)
        assert torch.allclose(attended, weights[:, place], atol=1e-6)


def test_without_attention_the_memory_is_one_vector_with_all_the_weight():
    model = small_model(attention=False)
    memory, _ = model.encode(SOURCE)
    assert memory.states.shape == (3, 1, 8)
    _, weights = model(SOURCE, shift_right(TARGET, BOS))
    assert torch.equal(weights, torch.ones(3, 6, 1))


def test_attention_costs_no_parameter():
    sizes = [
        sum(p.numel() for p in small_model(score="dot", attention=attention).parameters())
        for attention in (True, False)
    ]
    assert sizes[0] == sizes[1]


@pytest.mark.parametrize("bidirectional", [True, False])
def test_only_a_bidirectional_memory_knows_the_words_to_come(bidirectional):
    model, changed = small_model(bidirectional=bidirectional), SOURCE.clone()
    changed[0, 4] = 6
    before, after = (model.encode(source)[0].states[0, :4] for source in (SOURCE, changed))
    assert torch.allclose(before, after) != bidirectional


def test_two_directions_need_an_even_width():
    with pytest.raises(ValueError, match="two directions need an even width; got 7"):
        EncoderDecoder(7, 7, width=7)


def test_the_scores_differ_in_their_own_parameters_alone():
    names = {
        score: {name for name, _ in small_model(score=score).named_parameters()} for score in SCORES
    }
    assert names["general"] - names["dot"] == {"score.W"}
    assert names["additive"] - names["dot"] == {"score.W_q", "score.W_k", "score.w_v"}


def test_every_parameter_is_reached():
    model = small_model()
    logits, _ = model(SOURCE, shift_right(TARGET, BOS))
    sequence_loss(logits, TARGET, PAD).backward()
    assert all(p.grad.abs().sum() > 0 for p in model.parameters())


def test_an_unknown_score_is_refused():
    with pytest.raises(ValueError, match="score must be one of dot, general, additive; got"):
        EncoderDecoder(7, 7, "cosine")


# decoding


def log_probability(model, source, tokens):
    logits, _ = model(source, shift_right(tokens, BOS))
    return logits.log_softmax(-1).gather(-1, tokens.unsqueeze(-1)).sum().item()


@every_kind
def test_greedy_takes_the_likeliest_word_each_time(options):
    model = small_model(**options)
    tokens, weights = greedy_decode(model, SOURCE, **WRITE)
    logits, taught = model(SOURCE, shift_right(tokens, BOS))
    open_yet = (tokens == EOS).cumsum(-1) - (tokens == EOS).long() == 0
    assert torch.equal(logits.argmax(-1)[open_yet], tokens[open_yet])
    assert (tokens[~open_yet] == PAD).all()
    assert torch.allclose(weights, taught, atol=1e-6)


def test_one_beam_is_greedy():
    for seed in range(5):
        model = small_model(seed=seed)
        greedy, _ = greedy_decode(model, SOURCE[:1], **WRITE)
        beam, total = beam_decode(model, SOURCE[:1], beams=1, **WRITE)
        assert torch.equal(beam, greedy[0])
        assert total == pytest.approx(log_probability(model, SOURCE[:1], greedy), abs=1e-5)


def test_enough_beams_find_the_best_of_all_sentences():
    model, source = small_model(seed=3), SOURCE[:1]
    sentences = [
        torch.tensor([[*start, end]])
        for length in range(3)
        for start in product([t for t in range(7) if t != EOS], repeat=length)
        for end in (range(7) if length == 2 else [EOS])
    ]
    best = max(log_probability(model, source, tokens) for tokens in sentences)
    _, found = beam_decode(model, source, bos=BOS, eos=EOS, longest=3, beams=7**3)
    assert found == pytest.approx(best, abs=1e-5)


def test_additive_score_is_that_of_lesson_03():
    score = AdditiveScore(4)
    query, key = torch.randn(2, 1, 4), torch.randn(2, 5, 4)
    hidden = torch.tanh(query @ score.W_q + key @ score.W_k)
    assert torch.allclose(score(query, key), (hidden @ score.w_v).unsqueeze(1), atol=1e-6)


def test_the_loss_gradient_is_what_autograd_finds():
    logits = random(3, 5, 7).requires_grad_()
    target = torch.tensor([[3, 4, 2, 0, 0], [6, 2, 0, 0, 0], [5, 1, 3, 4, 2]])
    (found,) = torch.autograd.grad(sequence_loss(logits, target, 0), logits)
    torch.testing.assert_close(loss_gradient(logits, target, 0), found)
