"""Predict widths, parameters and maps of a layer with several heads."""

from attncourse.checks.engine.exercise import Case, Exercise, Mistake

_WIDE = 4 * 512 * 512 + 4 * 512  # four matrices and their biases


def multi_head_numbers():
    """nn.MultiheadAttention(512, 8) reads 4 sentences of 100 tokens."""
    return _numbers()


def _numbers(d_k=64, parameters=_WIDE, weights=(4, 8, 100, 100), parameters_of_16_heads=_WIDE):
    told = {"d_k": d_k, "parameters": parameters, "weights": weights}
    return told | {"parameters of 16 heads": parameters_of_16_heads}


EXERCISE = Exercise(
    reference=multi_head_numbers,
    points=1,
    cases=lambda: [Case("")],
    hints=(
        "The heads divide the width of 512 among themselves.",
        "Four matrices of 512 × 512 (W_q, W_k, W_v, W_o), each with a bias of 512.",
        "Every head of every sentence has a map of its own: 100 queries by 100 keys.",
    ),
    verified="d_k = 64; 1,050,624 parameters, with 8 heads or with 16; 4 × 8 maps of 100 × 100",
    rewrite=_numbers,
    mistakes=(
        Mistake(
            "full-width-heads",
            "gave every head the full width",
            "Eight heads of 512 would cost eight times as much. They share it: 512 / 8.",
            {"d_k": 512},
            {"d_k": 512, "parameters": 8 * _WIDE},
            {"parameters": 3 * 8 * (512 * 512 + 512) + 512 * 8 * 512 + 512},
        ),
        Mistake(
            "more-heads-more-parameters",
            "let more heads have more parameters",
            "16 heads are 32 wide each: the four matrices stay 512 × 512.",
            {"parameters_of_16_heads": 2 * _WIDE},
        ),
        Mistake(
            "fewer-parameters",
            "let more heads have fewer parameters",
            "Each head is narrower, but there are more of them: the matrices stay 512 × 512.",
            {"parameters_of_16_heads": _WIDE // 2},
        ),
        Mistake(
            "no-biases",
            "forgot the biases",
            "Each of the four linear layers has a bias of 512.",
            {"parameters": 4 * 512 * 512, "parameters_of_16_heads": 4 * 512 * 512},
            {"parameters": 4 * 512 * 512},
        ),
        Mistake(
            "no-W_o",
            "forgot W_o",
            "After the heads are joined, one more matrix mixes what they found.",
            {"parameters": 3 * _WIDE // 4, "parameters_of_16_heads": 3 * _WIDE // 4},
            {"parameters": 3 * _WIDE // 4},
            {"parameters": 3 * 512 * 512, "parameters_of_16_heads": 3 * 512 * 512},
        ),
        Mistake(
            "one-map",
            "counted one map for all heads",
            "Each head attends on its own. (PyTorch's module hides that: it averages the maps, "
            "unless it is told not to.)",
            {"weights": (4, 100, 100)},
        ),
        Mistake(
            "no-batch",
            "forgot the batch",
            "Each of the 4 sentences has its own maps.",
            {"weights": (8, 100, 100)},
        ),
        Mistake(
            "heads-in-front",
            "put the heads before the batch",
            "Split vectors are B × H × T × d_k, and so the maps are B × H × T × T.",
            {"weights": (8, 4, 100, 100)},
        ),
        Mistake(
            "full-matrices-per-head",
            "gave every head matrices of the full width",
            "The heads share one W_q, W_k and W_v of 512 × 512; each has 64 columns of them.",
            {
                "parameters": 8 * 3 * 512 * 513 + 512 * 513,
                "parameters_of_16_heads": 16 * 3 * 512 * 513 + 512 * 513,
            },
            {"parameters": 8 * _WIDE, "parameters_of_16_heads": 16 * _WIDE},
        ),
        Mistake(
            "outputs-for-maps",
            "gave the shape of the heads' outputs for that of the weights",
            "A map has a column for each key: 100 of them.",
            {"weights": (4, 8, 100, 64)},
        ),
        Mistake(
            "heads-for-width",
            "took the number of heads for the width of a head",
            "8 heads share 512 numbers.",
            {"d_k": 8},
        ),
        Mistake(
            "one-bias",
            "counted one bias for all four matrices",
            "Each of the four linear layers has a bias of 512.",
            {"parameters": _WIDE - 3 * 512, "parameters_of_16_heads": _WIDE - 3 * 512},
        ),
        Mistake(
            "one-head-alone",
            "counted the parameters of one head alone",
            "All 8 heads together, and W_o.",
            {"parameters": 3 * 512 * 64, "parameters_of_16_heads": 3 * 512 * 32},
            {"parameters": 3 * 513 * 64, "parameters_of_16_heads": 3 * 513 * 32},
        ),
        Mistake(
            "batch-second",
            "took the 100 tokens for the batch",
            "PyTorch's module does so unless it is told `batch_first=True`.",
            {"weights": (100, 4, 4)},
            {"weights": (100, 8, 4, 4)},
        ),
    ),
)
