"""Predict what a model keeps for a long text."""

from attncourse.checks.engine.exercise import Case, Convention, Exercise, Mistake

_TOKENS = 32 * 1024


def cache_numbers():
    """32 layers, 32 heads of 128, of which 8 have keys and values; 32,768 tokens in 16 bits."""
    return _numbers()


def _numbers(
    *, layers=32, heads=8, all_heads=32, width=128, sides=2, size=2, unit=1024**3, window=4096
):
    one = layers * width * sides * size / unit
    return {
        "grouped": heads * one * _TOKENS,
        "one set per head": all_heads * one * _TOKENS,
        "grouped, window of 4,096": heads * one * window,
    }


EXERCISE = Exercise(
    reference=cache_numbers,
    points=1,
    cases=lambda: [Case("", rtol=1e-2)],
    hints=(
        "For one token, one layer and one set of keys and values: 128 numbers for the key, 128 for "
        "the value.",
        "Queries are not kept. So count the 8 sets, not the 32 heads that ask.",
        "With a window nothing older than 4,096 tokens is kept, however long the text is.",
        "A GiB is 1024³ bytes. 2 · 32 · 8 · 128 numbers of 2 bytes are 128 KiB for each token.",
    ),
    verified="4 GiB for 32,768 tokens, 16 GiB with one set per head, ½ GiB with a window",
    rewrite=_numbers,
    mistakes=(
        Mistake(
            "half",
            "left out a factor of 2: the values, or the second byte of each number",
            "Each kept token has a key and a value, and 16 bits are 2 bytes.",
            sides=1,
        ),
        Mistake(
            "queries-counted",
            "counted the queries, too",
            "A query is used once, when its token comes. Only keys and values are asked again.",
            sides=3,
        ),
        Mistake(
            "all-heads",
            "counted 32 sets for the grouped model",
            "32 heads ask, and four of them share one set of keys and values: 8 sets are kept.",
            heads=32,
        ),
        Mistake(
            "one-layer",
            "counted one layer",
            "Every layer has keys and values of its own.",
            layers=1,
        ),
        Mistake(
            "four-bytes",
            "counted 4 bytes for a number",
            "16 bits are 2 bytes.",
            size=4,
        ),
        Mistake(
            "bits",
            "counted bits",
            "8 bits are a byte.",
            size=16,
        ),
        Mistake(
            "full-width",
            "gave every set the full width of 4,096",
            "The heads divide the model's width among themselves: 4,096 / 32 = 128.",
            width=4096,
        ),
        Mistake(
            "window-ignored",
            "let the window change nothing",
            "Keys and values that no later token attends to can be forgotten: 4,096 are kept.",
            window=_TOKENS,
        ),
        Convention(
            "decimal",
            "counted a billion bytes for a GiB",
            "That is a GB. A GiB is 1024³ bytes.",
            unit=1e9,
        ),
        Mistake("bytes", "returned bytes", "Return GiB: divide by 1024³.", unit=1),
        Mistake("mebibytes", "returned MiB", "Return GiB: divide by 1024³.", unit=1024**2),
    ),
)
