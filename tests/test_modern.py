"""Laws of the parts that today's models exchanged."""

import jaxtyping
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from attncourse.attention import masked_softmax
from attncourse.blocks import layer_norm
from attncourse.efficient import sliding_window_mask
from attncourse.masks import causal_mask
from attncourse.modern import (
    SwiGLU,
    delta_rule,
    delta_rule_step,
    qk_norm,
    rms_norm,
    softmax_with_sink,
)
from attncourse.pretrained import repeated_rows
from attncourse.reach import (
    ScaledRotation,
    latent_attention,
    scaled_rope,
    sink_mask,
    unpacked_attention,
    weight_of_the_best,
)
from attncourse.remade import PARTS, RemadeGPT, learn_steeply


def drawn(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.fixture
def unchecked():
    """The learner's run, in which only the package's own errors speak about shapes."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


def test_rms_norm_is_pytorchs():
    x, gain = drawn(2, 3, 6), drawn(6, seed=1)
    torch.testing.assert_close(rms_norm(x, gain, 1e-3), F.rms_norm(x, (6,), gain, 1e-3))


def test_layer_norm_is_rms_norm_of_what_is_centred():
    x, gain = drawn(4, 6), drawn(6, seed=1)
    centred = rms_norm(x - x.mean(-1, keepdim=True), gain, 1e-5)
    torch.testing.assert_close(layer_norm(x, gain, 0 * gain, 1e-5), centred)


@pytest.mark.usefixtures("unchecked")
def test_rms_norm_wants_one_gain_per_entry():
    with pytest.raises(ValueError, match=r"must share d_model; got 4 and \(3,\)"):
        rms_norm(drawn(2, 4), drawn(3))


def test_a_closed_gate_lets_nothing_pass():
    layer = SwiGLU(4, 6)
    torch.nn.init.zeros_(layer.W_gate.weight)
    assert not layer(torch.randn(3, 4)).any()


def test_a_sink_far_below_all_scores_changes_nothing():
    scores = drawn(2, 3, 4, 5)
    weights = softmax_with_sink(scores, torch.full((3,), -torch.inf, dtype=torch.float64))
    torch.testing.assert_close(weights, masked_softmax(scores))


def test_the_sink_is_a_key_without_a_value():
    query, key, value = drawn(2, 4, 8), drawn(2, 5, 8, seed=1), drawn(2, 5, 3, seed=2)
    weights = softmax_with_sink(query @ key.mT / 8**0.5, torch.zeros(2).double())
    padded = (F.pad(x, (0, 0, 0, 1)) for x in (key, value))
    torch.testing.assert_close(weights @ value, F.scaled_dot_product_attention(query, *padded))


def test_who_may_attend_to_nothing_else_gives_zeros():
    mask = causal_mask(3).clone()
    mask[1] = False
    weights = softmax_with_sink(drawn(2, 3, 3), torch.zeros(2).double(), mask)
    assert not weights[:, 1].any()
    assert weights[:, 2].all()


@pytest.mark.usefixtures("unchecked")
def test_each_head_has_a_sink():
    with pytest.raises(ValueError, match=r"share H; got \(2, 3, 3\) and \(3,\)"):
        softmax_with_sink(drawn(2, 3, 3), torch.zeros(3).double())


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 12), st.floats(0.1, 1e3))
def test_after_qk_norm_no_score_exceeds_the_root_of_d_k(d_k, size):
    query, key = qk_norm(size * drawn(5, d_k), drawn(7, d_k, seed=1))
    assert (query @ key.mT).abs().max() / d_k**0.5 <= d_k**0.5 + 1e-6


def test_what_is_stored_is_found_and_what_was_there_is_gone():
    S, key, value = drawn(4, 3), drawn(4, seed=1), drawn(3, seed=2)
    S = delta_rule_step(S, key, value, torch.tensor(1.0).double())
    torch.testing.assert_close(F.normalize(key, dim=0) @ S, value)


def test_an_orthogonal_key_is_not_disturbed():
    S = drawn(2, 3)
    after = delta_rule_step(S, torch.tensor([0.0, 5.0]).double(), drawn(3), torch.tensor(0.7))
    torch.testing.assert_close(after[0], S[0])


def test_the_delta_rule_hides_the_future():
    query, key, value, beta = drawn(5, 4), drawn(5, 4, seed=1), drawn(5, 3, seed=2), drawn(5)
    whole = delta_rule(query, key, value, beta.sigmoid())
    first = delta_rule(query[:3], key[:3], value[:3], beta[:3].sigmoid())
    torch.testing.assert_close(whole[:3], first)


def test_plain_angles_turn_as_lesson_08():
    from attncourse.positions import rotate

    x = torch.randn(2, 6, 8)
    torch.testing.assert_close(ScaledRotation(6, 8, 3.0)(x), rotate(x, torch.arange(6)))


def test_interpolated_positions_look_like_earlier_ones():
    late, early = torch.arange(0, 24, 2), torch.arange(12)
    pressed = scaled_rope(late, 8, 2.0, "interpolated")
    torch.testing.assert_close(pressed, scaled_rope(early, 8, 1.0))


def test_ntk_slows_the_slowest_pair_by_the_factor_and_the_fastest_not_at_all():
    plain, ntk = (scaled_rope(torch.arange(9), 16, 4.0, way) for way in ("plain", "ntk"))
    torch.testing.assert_close(ntk[:, 0], plain[:, 0])
    torch.testing.assert_close(4 * ntk[:, -1], plain[:, -1])


@pytest.mark.usefixtures("unchecked")
def test_a_way_has_a_name():
    with pytest.raises(ValueError, match="known way; got 4 and 'yarn'"):
        scaled_rope(torch.arange(3), 4, 2.0, "yarn")


def test_without_first_tokens_a_sink_mask_is_a_window():
    assert torch.equal(sink_mask(7, 3, 0), sliding_window_mask(7, 3))
    assert sink_mask(7, 3, 2)[-1].tolist() == [True, True, False, False, True, True, True]


def test_the_best_of_equals_has_its_share():
    assert weight_of_the_best(0.0, 8) == pytest.approx(1 / 8)


def test_absorbed_equals_unpacked():
    given = drawn(2, 4, 3, 8), drawn(2, 5, 6, seed=1), drawn(4, 6, 8, seed=2), drawn(4, 6, 3)
    mask = torch.ones(3, 5).tril(2).bool()
    unpacked = unpacked_attention(*given, mask)
    for ours, theirs in zip(latent_attention(*given, mask), unpacked, strict=True):
        torch.testing.assert_close(ours, theirs)


def test_without_parts_it_is_lesson_11s_gpt():
    from attncourse.language import GPT

    theirs = GPT(26, 8, d_model=16, n_heads=2, n_layers=1)
    ours = RemadeGPT(26, 8, d_model=16, n_heads=2, n_layers=1)
    ours.load_state_dict(theirs.state_dict())
    tokens = torch.randint(26, (2, 8))
    torch.testing.assert_close(ours(tokens), theirs(tokens))


def test_every_part_learns():
    model = RemadeGPT(26, 24, PARTS, d_model=16, n_heads=2, n_layers=1)
    torch.nn.init.normal_(model.unembed.weight)
    model.loss(repeated_rows(4)).backward()
    assert all(p.grad is not None for p in model.parameters())


def test_a_part_has_a_name():
    with pytest.raises(ValueError, match=r"parts must be of RMSNorm.*got \['MoE'\]"):
        RemadeGPT(26, 8, ("MoE",))


def test_a_steep_rate_needs_small_scores():
    _, plain = learn_steeply((), 0.3)
    _, normed = learn_steeply(("QK-norm",), 0.3)
    assert normed < 100 < plain
