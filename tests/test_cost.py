"""Costs of layers, counted, beside the formulas of the literature."""

import pytest

from attncourse.cost import layers, measure

WIDTH = 64


@pytest.mark.parametrize("T", [16, 100])
def test_multiplications_are_those_of_the_formulas(T):
    made = {name: measure(layer, T).multiplied for name, layer in layers(WIDTH).items()}
    assert made["recurrent"] == 6 * T * WIDTH**2
    assert made["convolution"] == 5 * T * WIDTH**2
    assert made["self-attention"] == 4 * T * WIDTH**2 + 2 * T**2 * WIDTH
    assert made["Transformer block"] == 12 * T * WIDTH**2 + 2 * T**2 * WIDTH


def test_attention_multiplies_as_much_as_a_gru_when_t_is_the_width():
    made = {name: measure(layer, WIDTH).multiplied for name, layer in layers(WIDTH).items()}
    assert made["self-attention"] == made["recurrent"]


def test_only_attention_keeps_more_than_in_proportion_to_the_length():
    for name, layer in layers(WIDTH).items():
        growth = measure(layer, 1024).kept / measure(layer, 256).kept
        assert growth > 5 if name in ("self-attention", "Transformer block") else growth == 4


def test_only_attention_gets_across_in_one_step():
    rows = {name: measure(layer, 9).row for name, layer in layers(WIDTH).items()}
    assert rows == {"self-attention": 1, "recurrent": 8, "convolution": 4, "Transformer block": 1}
