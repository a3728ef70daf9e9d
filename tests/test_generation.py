"""Laws of learning from text and writing it."""

import math

import jaxtyping
import pytest
import torch
import torch.nn.functional as F

from attncourse.generation import generate, keep_likeliest, mask_tokens, next_token_loss

V, MASK = 50, 49


def counter(tokens):
    """A model that is sure: after token t comes t + 1, and t + 2 is half as likely."""
    logits = torch.full((*tokens.shape, V), -20.0)
    logits.scatter_(-1, (tokens[..., None] + 2) % V, math.log(0.5))
    return logits.scatter_(-1, (tokens[..., None] + 1) % V, 0.0)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_next_token_loss_by_hand():
    logits = torch.tensor([[[0.25, 0.75], [0.5, 0.5], [0.9, 0.1]]]).log()
    loss = next_token_loss(logits, torch.tensor([[0, 1, 0]]))
    torch.testing.assert_close(loss, torch.tensor(-(math.log(0.75) + math.log(0.5)) / 2))


def test_equal_logits_cost_the_logarithm_of_the_vocabulary():
    loss = next_token_loss(torch.zeros(2, 5, V), torch.randint(V, (2, 5)))
    torch.testing.assert_close(loss, torch.tensor(math.log(V)))


def test_the_first_token_and_the_last_logits_do_not_count():
    logits, tokens = torch.randn(2, 5, V, requires_grad=True), torch.randint(V, (2, 5))
    other = tokens.clone()
    other[:, 0] = (tokens[:, 0] + 1) % V
    loss = next_token_loss(logits, tokens)
    torch.testing.assert_close(loss, next_token_loss(logits, other))
    assert not torch.autograd.grad(loss, logits)[0][:, -1].any()


def test_loss_does_not_overflow():
    logits = torch.tensor([[[1000.0, -1000.0], [0.0, 0.0]]])
    assert next_token_loss(logits, torch.tensor([[1, 1]])) == 2000


@pytest.fixture
def unchecked():
    """The learner's run, in which only the package's own errors speak about shapes."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.mark.usefixtures("unchecked")
def test_loss_names_the_sizes():
    with pytest.raises(ValueError, match=r"share their batch .* got \(2, 5\) and \(2, 4\)"):
        next_token_loss(torch.zeros(2, 5, V), torch.zeros(2, 4, dtype=torch.long))
    with pytest.raises(ValueError, match="T of at least 2; got 1"):
        next_token_loss(torch.zeros(2, 1, V), torch.zeros(2, 1, dtype=torch.long))


def masked(rate=0.15):
    tokens = torch.randint(MASK, (400, 100), generator=seeded(1))
    return tokens, *mask_tokens(tokens, MASK, V, seeded(), rate=rate)


def test_what_was_not_chosen_stays():
    tokens, corrupted, chosen = masked()
    assert torch.equal(corrupted[~chosen], tokens[~chosen])


@pytest.mark.parametrize("rate", [0.15, 0.4])
def test_the_share_that_is_chosen_is_the_rate(rate):
    assert masked(rate)[2].float().mean().item() == pytest.approx(rate, abs=0.01)


def test_of_the_chosen_8_in_10_are_hidden_and_1_stays():
    tokens, corrupted, chosen = masked()
    hidden = (corrupted == MASK)[chosen].float().mean().item()
    same = (corrupted == tokens)[chosen].float().mean().item()
    assert hidden == pytest.approx(0.8 + 0.1 / V, abs=0.03)
    assert same == pytest.approx(0.1 + 0.1 / V, abs=0.03)


def test_replacements_come_from_the_whole_vocabulary():
    tokens, corrupted, chosen = masked(0.9)
    replaced = corrupted[chosen & (corrupted != MASK) & (corrupted != tokens)]
    assert set(replaced.tolist()) == set(range(MASK))


def test_the_same_generator_hides_the_same_tokens():
    one, two = masked(), masked()
    assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True))


def test_masking_leaves_the_callers_tokens_alone():
    tokens = torch.arange(30).reshape(3, 10)
    mask_tokens(tokens, MASK, V, seeded(), rate=1.0)
    assert torch.equal(tokens, torch.arange(30).reshape(3, 10))


def test_temperature_0_takes_the_likeliest():
    prompt = torch.tensor([[7, 3], [1, 48]])
    written = generate(counter, prompt, 3, temperature=0.0)
    assert written.tolist() == [[7, 3, 4, 5, 6], [1, 48, 49, 0, 1]]


def test_top_1_is_the_same_at_any_temperature():
    prompt = torch.tensor([[7, 3]])
    for temperature in (0.5, 1.0, 5.0):
        written = generate(counter, prompt, 4, temperature, 1, seeded())
        assert torch.equal(written, generate(counter, prompt, 4, temperature=0.0))


def shares(**options):
    prompt = torch.full((4000, 1), 5)
    written = generate(counter, prompt, 1, generator=seeded(), **options)[:, -1]
    return [(written == token).float().mean().item() for token in (6, 7)]


@pytest.mark.parametrize(("temperature", "ratio"), [(1.0, 2.0), (0.5, 4.0), (2.0, 2**0.5)])
def test_temperature_raises_the_odds_to_its_reciprocal(temperature, ratio):
    likely, other = shares(temperature=temperature)
    assert likely / other == pytest.approx(ratio, rel=0.12)


def test_top_k_and_top_p_rule_out_the_rest():
    assert sum(shares(temperature=30.0)) < 0.2
    assert sum(shares(temperature=30.0, top_k=2)) == pytest.approx(1)
    assert sum(shares(top_p=0.9)) == pytest.approx(1)
    assert shares(top_p=0.5) == [1, 0]


def test_top_p_keeps_the_fewest_tokens_that_reach_the_share():
    logits = torch.tensor([0.15, 0.5, 0.05, 0.3]).log()
    for top_p, kept in ((0.49, 1), (0.51, 2), (0.79, 2), (0.81, 3), (1.0, 4)):
        assert keep_likeliest(logits, top_p=top_p).isfinite().sum() == kept
    assert keep_likeliest(logits, top_p=0.6).isfinite().tolist() == [False, True, False, True]


def test_ties_are_cut_to_exactly_k():
    assert keep_likeliest(torch.zeros(2, 5), top_k=3).isfinite().sum(-1).tolist() == [3, 3]


@pytest.mark.parametrize("options", [{"top_k": 0}, {"top_p": 0.0}, {"top_p": 1.5}])
def test_ruling_out_everything_is_refused(options):
    with pytest.raises(ValueError, match="top_k must be at least 1, top_p in"):
        keep_likeliest(torch.zeros(5), **options)


def test_a_model_that_reads_4_tokens_back_is_shown_4():
    seen = []

    def model(tokens):
        seen.append(tokens.shape[-1])
        return F.one_hot(tokens, V).float()

    generate(model, torch.zeros(1, 3, dtype=torch.long), 4, generator=seeded(), context=4)
    assert seen == [3, 4, 4, 4]


def test_a_prompt_without_a_batch_axis_stays_without():
    assert generate(counter, torch.tensor([5]), 2, 1.0, 1, seeded()).tolist() == [5, 6, 7]


def test_generate_names_what_it_needs():
    with pytest.raises(ValueError, match=r"temperature ≥ 0; got 1, 2 and -1\.0"):
        generate(counter, torch.tensor([5]), 2, temperature=-1.0)
