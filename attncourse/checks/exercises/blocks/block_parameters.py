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


def _told(attention=16640, feed_forward=33088, norms=256):
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
    rewrite=_told,
    mistakes=(
        Mistake(
            "no-biases",
            "forgot the biases of the linear maps",
            "`nn.Linear` has one bias for each output.",
            {"attention": 16384, "feed_forward": 32768},
            {"attention": 16384},
            {"feed_forward": 32768},
        ),
        Mistake(
            "no-biases-anywhere",
            "forgot all biases, those of the norms too",
            "`nn.Linear` has one bias for each output, a norm one for each dimension.",
            {"attention": 16384, "feed_forward": 32768, "norms": 128},
        ),
        Mistake(
            "per-head",
            "counted the maps once for each head",
            "The heads share the 64 dimensions: the matrices are split, not repeated.",
            {"attention": 4 * 16640},
            {"attention": 4 * 16384, "feed_forward": 32768},
        ),
        Mistake(
            "without-output",
            "left out W_o",
            "Beside W_q, W_k and W_v there is the map that joins the heads.",
            {"attention": 12480},
        ),
        Mistake(
            "one-head",
            "counted one head alone",
            "Four heads of width 16 share the matrices of 64 × 64: all of them count.",
            {"attention": 4 * (64 * 16 + 16)},
        ),
        Mistake(
            "with-maps",
            "counted the maps of weights as well",
            "Weights are computed from what comes in; they are no parameters.",
            {"attention": 16640 + 4 * 16 * 16},
        ),
        Mistake(
            "one-linear-map",
            "counted one of the two linear maps of the feed-forward layer",
            "It goes from 64 to 256, and back to 64.",
            {"feed_forward": 64 * 256 + 256},
            {"feed_forward": 256 * 64 + 64},
        ),
        Mistake(
            "equal-biases",
            "gave both biases of the feed-forward layer one length",
            "A bias has a number for each output: 256 for the first map, 64 for the second.",
            {"feed_forward": 2 * 64 * 256 + 2 * 256},
            {"feed_forward": 2 * 64 * 256 + 2 * 64},
        ),
        Mistake(
            "half-the-norms",
            "counted half of the norms' numbers",
            "There are two norms, and each has a gain and a bias for every dimension.",
            {"norms": 128},
        ),
        Mistake(
            "gain-alone",
            "counted the gain of one norm alone",
            "There are two norms, and each has a gain and a bias for every dimension.",
            {"norms": 64},
        ),
        Mistake(
            "no-norms",
            "left the norms without parameters",
            "A norm stretches by a gain and shifts by a bias, and learns both.",
            {"norms": 0},
        ),
        Mistake(
            "norms-in-all",
            "counted one gain and one bias for a whole norm",
            "There is one of each for every dimension: 64.",
            {"norms": 4},
            {"norms": 2},
        ),
        Mistake(
            "three-norms",
            "counted three norms",
            "A decoder block has three. This block has one for each of its two sublayers.",
            {"norms": 384},
            {"norms": 192},
        ),
        Mistake(
            "exchanged",
            "exchanged attention and the feed-forward layer",
            "The feed-forward layer is the larger one: 64 × 256 and back.",
            {"attention": 33088, "feed_forward": 16640},
        ),
        Mistake(
            "tensors",
            "counted tensors, not their entries",
            "A matrix of 64 × 64 holds 4096 numbers: `numel()`.",
            {"attention": 8, "feed_forward": 4, "norms": 4},
        ),
    ),
    verified="attention, feed-forward layer and norms, biases included",
)
