"""A name or a fact is told only where every input bears it out."""

import numpy as np
import torch

from attncourse.checks import exercise
from attncourse.checks.engine.answer import LocalAnswer
from attncourse.checks.engine.judge import judge


def told(name, answer):
    """All that a wrong answer hears by name."""
    found = judge(exercise(name), LocalAnswer(answer))
    assert found.state == "not yet"
    return " · ".join(found.mistakes)


# Two names ----------------------------------------------------------------------------------------


def test_a_sign_that_is_there_was_not_forgotten():
    kernel = told("gaussian_kernel", lambda q, k, width: np.exp(-(q @ k.T) / (2 * width**2)))
    assert "minus sign" not in kernel


def test_the_transpose_of_what_is_symmetric_is_no_mistake():
    def jacobian(scores):
        alpha = np.exp(scores - scores.max())
        alpha /= alpha.sum()
        return alpha[:, None] * (np.eye(len(alpha)) - alpha[:, None])

    assert "transpose" not in told("softmax_jacobian", jacobian)


def test_an_error_alone_is_no_evidence_for_what_any_exercise_can_meet():
    def masked(scores, mask=None):
        return scores.softmax(-1) if mask is None else scores.masked_fill(-mask, -9.0).softmax(-1)

    assert "flipped" not in told("masked_softmax", masked)


def test_right_values_alone_agree_with_no_mistake_whose_fault_is_another():
    doubled = told("dot_score", lambda query, key: (2 * query - query.detach()) @ key.mT)
    assert doubled == "let a wrong gradient through"


def test_where_two_slips_meet_the_one_that_shows_alone_is_named():
    def masked(scores, mask=None):
        if mask is not None:
            scores = torch.where(mask, scores, scores / 2)
        return scores.softmax(-2)

    assert told("masked_softmax", masked) == (
        "normalised over the queries, not the keys · did something else wrong where `mask` is given"
    )


def test_what_is_reversed_was_not_returned_as_it_came():
    swapped = told("swap_last_two", lambda x: np.flip(x, axis=(-2, -1)))
    assert swapped == "reversed the last two axes instead of swapping them"


# Which inputs -------------------------------------------------------------------------------------


def test_a_number_of_axes_is_told_only_if_all_inputs_with_it_are_right():
    pooled = told("attention_pool", lambda weights, values: (weights * values).sum(axis=-2))
    assert "exactly" not in pooled


def test_of_two_sizes_that_tell_right_from_wrong_neither_is_named():
    def lookup(query, keys, values):
        for key, value in zip(keys, values, strict=True):
            if key == query:
                return value
        raise KeyError

    assert "N = " not in told("exact_lookup", lookup)


def test_one_kind_of_input_was_overlooked_only_if_nothing_else_goes_wrong():
    def masked(scores, mask=None):
        if mask is None:
            return scores.softmax(-1)
        weights = scores.masked_fill(~mask, -torch.inf).softmax(-1)
        return torch.where(mask.any(-1), weights, 0.0)

    assert "overlooked" not in told("masked_softmax", masked)


def test_a_mask_of_the_wrong_shape_was_not_always_expected():
    def masked(scores, mask=None):
        if mask is None:
            mask = torch.ones(scores.shape[-1], scores.shape[-1], dtype=torch.bool)
        return scores.masked_fill(~mask, -torch.inf).softmax(-1).nan_to_num(0.0)

    assert "got it wrong where `mask` is left out" in told("masked_softmax", masked)


def test_nothing_is_returned_only_where_it_always_is():
    def nearest(query, keys, values):
        for key, value in zip(keys, values, strict=True):
            if ((key - query) ** 2).sum() < 1:
                return value

    assert "returned nothing for some inputs" in told("nearest_lookup", nearest)


# Errors -------------------------------------------------------------------------------------------


def test_a_call_that_lacks_an_argument_is_not_the_learners_signature():
    assert (
        told("swap_last_two", lambda x: np.swapaxes(x, -1)) == "called `swapaxes` without 'axis2'"
    )


def test_a_word_that_a_function_does_not_know_is_not_missing_in_the_learners():
    normalised = told("normalize", lambda weights: weights / weights.sum(axis=-1, keepdim=True))
    assert normalised == "gave `sum` an argument that it does not have: `keepdim`"


def test_a_signature_is_the_learners_where_their_code_never_ran():
    assert "wrote a function that takes 0 arguments" in told("softmax", lambda: None)


def test_a_transpose_is_advised_only_where_it_gives_the_right_result():
    assert "swapped" not in told("bilinear_score", lambda q, key, W: q @ (W * key).mT)


def test_the_place_for_a_result_is_no_inner_size():
    assert "inner" not in told("attention_pool", lambda w, values: np.matmul(w, values, out=values))


# Shapes and numbers -------------------------------------------------------------------------------


def test_an_axis_of_size_1_by_chance_is_no_matter_of_keepdims():
    def first_alone(query, keys, values, width):
        scores = -((query[0] - keys) ** 2).sum(-1) / (2 * width**2)
        weights = np.exp(scores - scores.max())
        return weights @ values / weights.sum()

    found = judge(exercise("nadaraya_watson"), LocalAnswer(first_alone))
    assert "keepdim" not in found.message


def test_zeros_may_have_been_computed():
    found = judge(exercise("softmax"), LocalAnswer(lambda scores, axis=-1: np.zeros_like(scores)))
    assert "nothing was computed" not in found.message


def test_an_argument_that_is_read_was_used():
    def nearest(query, keys, values):
        return values[np.argsort((keys - query) ** 2)[0]]

    assert "never used" not in told("nearest_lookup", nearest)


def test_of_a_wrong_part_in_a_dict_it_is_the_part_that_is_told():
    right = exercise("cross_attention_shapes").reference()
    assert told("cross_attention_shapes", lambda: right | {"learned": "94"}) == (
        "returned text for 'learned', not one number"
    )
    in_a_row = told("cross_attention_shapes", lambda: tuple(right.values()))
    assert in_a_row == "returned a tuple of 6, not a dict"


def test_one_product_that_does_not_fit_is_told_once():
    def attention(query, key, value, mask=None):
        return query @ key

    found = judge(exercise("scaled_dot_product_attention"), LocalAnswer(attention))
    assert len(found.findings) == 1, found.mistakes


# The input that is shown --------------------------------------------------------------------------


def test_the_input_shown_shows_what_is_named():
    def attention(query, key, value, mask=None):
        weights = torch.softmax(query @ key.mT / value.shape[-1] ** 0.5, dim=-1)
        return weights @ value, weights

    def late(query, key, value, mask=None):
        weights = attention(query, key, value)[1] * (1 if mask is None else mask)
        return weights @ value, weights

    shown = judge(exercise("scaled_dot_product_attention"), LocalAnswer(attention)).case
    assert shown.args[2].shape[-1] > 1, "with d_v = 1, √d_v is 1"
    assert len(judge(exercise("scaled_dot_product_attention"), LocalAnswer(late)).case.args) == 4


# Predictions and draws ----------------------------------------------------------------------------


def test_a_name_that_is_missing_in_a_dict_is_told_and_so_is_the_one_wrong_value():
    right = exercise("cross_attention_shapes").reference()
    renamed = {"queries" if key == "query" else key: value for key, value in right.items()}
    assert told("cross_attention_shapes", lambda: renamed) == "left out `query`"
    odd = right | {"learned": 12345}
    assert told("cross_attention_shapes", lambda: odd) == "got `learned` wrong"


def test_what_the_check_could_not_use_is_not_the_learners_error():
    read = exercise("factor_bilinear").reference
    named = told("factor_bilinear", lambda W, d_k: (str(read(W, d_k)), 1))
    assert named == "handed over what the check could not use"


def test_a_seed_that_is_set_inside_is_found():
    reference = exercise("mask_tokens").reference

    def hidden(tokens, mask_id, vocab_size, generator=None):
        return reference(tokens, mask_id, vocab_size, torch.Generator().manual_seed(0))

    assert told("mask_tokens", hidden) == "drew the same whatever the generator"


def test_a_layer_made_anew_at_every_call_is_random():
    class Fresh(exercise("MultiHeadAttention").reference):
        def forward(self, query, key, value, mask=None):
            new = torch.nn.Linear(query.shape[-1], query.shape[-1])
            return super().forward(new(query), key, value, mask)

    assert told("MultiHeadAttention", Fresh) == "returned something else on every call"


def test_float32_is_not_blamed_where_a_mask_met_a_matrix():
    class Misplaced(exercise("Block").reference):
        def forward(self, x, mask=None):
            n = self.norm_1(x)
            return x + self.attention(n, n, mask)[0], None

    assert "float32" not in told("Block", Misplaced)


def test_a_row_of_true_alone_is_no_copy_of_its_first_entry():
    def filled(lengths, N):
        return ((lengths > 0)[:, None] | (torch.arange(N) > 70))[:, None]

    assert "first entry" not in told("padding_mask", filled)


def test_the_nearest_other_value_depends_on_the_keys():
    def nearest(keys, values, bandwidth):
        squared = ((keys[:, None] - keys) ** 2).sum(-1)
        np.fill_diagonal(squared, np.inf)
        return values[squared.argmin(axis=1)]

    assert "`keys`" not in told("leave_one_out", nearest)


# What a number may come from ----------------------------------------------------------------------


def test_what_cancels_up_to_rounding_was_not_rounded():
    def summed(logits, target, pad):
        wanted = torch.nn.functional.one_hot(target, logits.shape[-1])
        both = (logits.softmax(-1) - wanted) * (target != pad)[..., None]
        return both.sum(-1, keepdim=True).expand_as(logits)

    assert told("loss_gradient", summed) == "returned 0.0 everywhere"


def test_the_width_of_a_vocabulary_that_equals_the_words_is_no_typed_size():
    def by_vocabulary(logits, target, pad):
        wanted = torch.nn.functional.one_hot(target, logits.shape[-1])
        both = (logits.softmax(-1) - wanted) * (target != pad)[..., None]
        return both / logits.shape[-1]

    assert "only" not in told("loss_gradient", by_vocabulary)


def test_a_small_number_under_the_fraction_is_no_float32():
    def with_a_small_number(weights, hidden):
        kept = weights * ~hidden
        return kept / (kept.sum(axis=-1, keepdims=True) + 1e-6)

    assert "small number" in told("without_hidden", with_a_small_number)


def test_three_right_inputs_of_one_size_are_no_chance():
    def of_three(scores):
        alpha = np.exp(scores - scores.max())
        alpha /= alpha.sum()
        return np.array([[alpha[i] * ((i == j) - alpha[j]) for j in range(3)] for i in range(3)])

    assert "wrote it for N = 3 only" in told("softmax_jacobian", of_three)
