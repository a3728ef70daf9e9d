"""Predict how many parameters a block has, and where they are."""

from attncourse.checks.engine.exercise import Case, Exercise, Mistake


def block_parameters() -> dict[str, int]:
    """Parameters of `Block(d_model=64, n_heads=4, d_ff=256)`, by part."""
    d, d_ff = 64, 256
    return {
        "attention": 4 * (d * d + d),
        "feed-forward": d * d_ff + d_ff + d_ff * d + d,
        "norms": 2 * 2 * d,
    }


def _told(attention, feed_forward, norms=256):
    return {"attention": attention, "feed-forward": feed_forward, "norms": norms}


EXERCISE = Exercise(
    reference=block_parameters,
    points=1,
    cases=lambda: [Case("")],
    hints=(
        "Attention has four linear maps of 64 × 64, and each has a bias.",
        "Does a second head need parameters of its own, or a part of those that are there?",
        "A norm has a gain and a bias, one number of each per dimension; there are two norms.",
    ),
    mistakes=(
        Mistake(
            "no-biases",
            "forgot the biases of the linear maps",
            "`nn.Linear` has one bias for each output.",
            lambda: _told(16384, 32768),
        ),
        Mistake(
            "per-head",
            "counted the maps once for each head",
            "The heads share the 64 dimensions: the matrices are split, not repeated.",
            lambda: _told(4 * 16640, 33088),
            lambda: _told(4 * 16384, 32768),
        ),
        Mistake(
            "without-output",
            "left out W_o",
            "Beside W_q, W_k and W_v there is the map that joins the heads.",
            lambda: _told(12480, 33088),
        ),
        Mistake(
            "one-norm",
            "counted one norm",
            "Each of the two layers has a norm of its own.",
            lambda: _told(16640, 33088, 128),
        ),
        Mistake(
            "gain-alone",
            "forgot the biases of the norms",
            "A norm stretches by a gain and shifts by a bias.",
            lambda: _told(16640, 33088, 64),
        ),
    ),
    verified="attention, feed-forward layer and norms, biases included",
)
