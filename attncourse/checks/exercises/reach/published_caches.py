"""Predict what published models keep for a long text."""

from attncourse.checks.engine.exercise import Case, Convention, Exercise, Mistake

_TOKENS = 32 * 1024


def published_caches():
    """GiB for 32,768 tokens in 16 bits: Gemma 3 1B, gpt-oss 20B, DeepSeek-V3."""
    return _numbers()


def _numbers(
    *, tokens=_TOKENS, size=2, sides=2, shared=True, windows=True, both="kept", swap=False,
    rotated=64, latent_sides=1, unit=1024**3, layers="all",
):  # fmt: skip
    def kept(whole, near, window, sets, width):
        if swap:
            whole, near = near, whole
        if layers == "one":
            whole, near = 1, 0
        if both == "global only":
            near = 0
        long = window if windows else tokens
        return (whole * tokens + near * long) * sides * sets * width * size / unit

    latents = (1 if layers == "one" else 61) * (512 + rotated) * latent_sides
    return {
        "Gemma 3 1B": kept(4, 22, 512, 1 if shared else 4, 256),
        "gpt-oss 20B": kept(12, 12, 128, 8 if shared else 64, 64),
        "DeepSeek-V3": latents * tokens * size / unit,
    }


EXERCISE = Exercise(
    reference=published_caches,
    points=2,
    cases=lambda: [Case("", rtol=1e-2)],
    hints=(
        "Lesson 15: a key and a value, for each layer, each set and each token.",
        "A layer with a window of 512 keeps 512 tokens, however long the text is. Every sixth of "
        "26 layers is global: layers 6, 12, 18 and 24.",
        "DeepSeek-V3 keeps no keys and no values: 512 + 64 numbers for each token and layer, once.",
        "A number of 16 bits has 2 bytes; a GiB is 1024³ bytes.",
    ),
    verified="0.14 GiB for Gemma 3 1B, 0.75 GiB for gpt-oss 20B, 2.15 GiB for DeepSeek-V3: the "
    "largest of the three models by far keeps about three times what gpt-oss does",
    rewrite=_numbers,
    mistakes=(
        Mistake(
            "no-windows",
            "let all layers keep the whole text",
            "A layer with a window forgets what has left it.",
            windows=False,
        ),
        Mistake(
            "windows-nothing",
            "left the layers with windows out",
            "They keep their window.",
            both="global only",
        ),
        Mistake(
            "exchanged",
            "exchanged windows and global layers",
            "In Gemma 3 only every sixth layer is global.",
            swap=True,
        ),
        Mistake(
            "all-heads",
            "counted a set of keys and values for every head",
            "Heads share (lesson 15): 4 heads share one set in Gemma 3 1B, 8 in gpt-oss.",
            shared=False,
        ),
        Mistake(
            "half",
            "left out the values",
            "Each kept token has a key and a value.",
            sides=1,
        ),
        Mistake(
            "latent-twice",
            "counted the latents twice, for keys and values",
            "One latent gives both. That is the point of it.",
            latent_sides=2,
        ),
        Mistake(
            "no-rotated",
            "left out the 64 rotated numbers",
            "Positions are kept beside the latent: 512 + 64.",
            rotated=0,
        ),
        Mistake("one-layer", "counted one layer", "Every layer keeps its own.", layers="one"),
        Mistake("one-byte", "counted 1 byte for a number", "16 bits are 2 bytes.", size=1),
        Mistake("four-bytes", "counted 4 bytes for a number", "16 bits are 2 bytes.", size=4),
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
