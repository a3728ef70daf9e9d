"""Colours and type of every picture: named here once, readable on paper and on a dark screen.

Pictures are drawn dark on white. On a dark page the browser turns lightness round and keeps the
hues (`DARK_FILTER`), so that one drawing serves both; contrast is at least 4.5 : 1 on each.
"""

FONT = "Helvetica, Arial, 'Liberation Sans', sans-serif"  # all of the same widths
PAPER, INK, MUTED, FAINT = "#ffffff", "#1f2328", "#57606a", "#d0d7de"
TINT = "#eaf3fb"  # the ground of what a lesson is about
VEIL, HATCH = "#f3f4f6", "#b6bdc5"  # ground and lines of a forbidden cell

# Okabe and Ito (2008): colours that colour-blind readers tell apart; yellow is too pale for white.
BLUE, VERMILION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
ORANGE, SKY, BLACK = "#E69F00", "#56B4E9", "#000000"
COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK)
DASHES = ("", "7 3", "7 3 2 3", "2 3", "12 4", "7 3 2 3 2 3", "1 2")

# The same hues, dark enough to be read as text.
TEXT = {
    BLUE: "#0068A3",
    VERMILION: "#B04E00",
    GREEN: "#00734F",
    PURPLE: "#9C4A79",
    ORANGE: "#8A5F00",
    SKY: "#1F6F9F",
    BLACK: INK,
}

WEIGHT = "#08519c"  # of 1; a weight is this strong, from nothing at 0
POSITIVE, NEGATIVE = "#542788", "#b35806"  # the ends of PuOr

# One colour for each word of the running example, in all pictures.
WORDS = {
    "dog": TEXT[BLUE],
    "saw": TEXT[PURPLE],
    "cat": TEXT[VERMILION],
    "barked": TEXT[GREEN],
    "ran": TEXT[ORANGE],
}

DARK_FILTER = "invert(.933) hue-rotate(180deg)"  # white becomes the #111 of JupyterLab's dark theme


def on_shade(strength: float, colour: str = WEIGHT) -> dict[str, str | float]:
    """Style of a number on a cell of this strength: black, or white with an edge of the colour.

    Between, neither black nor white alone can be read on paper and in the dark.
    """
    if abs(strength) < 0.5:
        return {"colour": BLACK}
    edge = {"stroke": colour, "stroke_width": 3, "stroke_linejoin": "round"}
    return {"colour": PAPER, "paint_order": "stroke", **edge}


def word_colour(word: object) -> str:
    """The colour of a word of the running example; of any other word, that of plain text."""
    return WORDS.get(str(word), INK)
