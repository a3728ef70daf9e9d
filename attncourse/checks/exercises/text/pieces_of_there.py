"""Predict what merges make of a word."""

from attncourse.checks.engine.exercise import Case, Exercise, Mistake


def pieces_of_there():
    """The tokens of "there" after the merges e + r, h + e, t + h, th + er, in this order."""
    return ["ther", "e"]


EXERCISE = Exercise(
    reference=pieces_of_there,
    points=1,
    cases=lambda: [Case("")],
    hints=(
        "Begin with t h e r e, and give each merge one turn, in the order of the list.",
        "After the first merge it is t h er e. Does h still stand before e?",
        "The h stands before er, so h + e finds nothing. Two merges are left: does each of them"
        " find its pair?",
    ),
    verified="Each merge in its turn, on whole tokens",
    mistakes=(
        Mistake(
            "inside-a-token",
            "let a merge take a letter out of a token",
            "Once e belongs to er it is no token any more, so h + e finds nothing.",
            ["the", "r", "e"],
            ["th", "e", "r", "e"],
            ["t", "he", "r", "e"],
            ["t", "he", "re"],
            ["the", "re"],
        ),
        Mistake(
            "stopped-early",
            "left out a merge",
            "All four merges get a turn. The last one joins th and er.",
            ["th", "er", "e"],
            ["t", "h", "er", "e"],
        ),
        Mistake(
            "joined-everything",
            "joined what no merge joins",
            "There is no merge of ther and e, nor of er and e.",
            ["there"],
            ["th", "ere"],
            ["t", "h", "ere"],
        ),
        Mistake(
            "letters",
            "left the letters apart",
            "Each merge joins two neighbouring tokens wherever they stand.",
            ["t", "h", "e", "r", "e"],
        ),
        Mistake(
            "one-text",
            "wrote a text where a list of tokens was asked",
            'Write the tokens as a list of strings, such as ["a", "b"].',
            "ther e",
            "there",
        ),
        Mistake(
            "text-in-a-list",
            "put the tokens into one text in a list",
            "Each token is a text of its own in the list.",
            ["ther e"],
            ["ther, e"],
        ),
        Mistake(
            "lost-the-e",
            "lost the last letter",
            "Tokens joined are the word: the last e found no partner, and stays.",
            ["ther"],
            ["th", "er"],
        ),
        Mistake(
            "reversed",
            "turned the order of the tokens round",
            "Tokens stand in the order of the word.",
            ["e", "ther"],
        ),
        Mistake(
            "space-in-front",
            "put a space in front",
            "The word stands alone here: t is its first letter.",
            [" ther", "e"],
        ),
        Mistake(
            "capital",
            "wrote a capital letter",
            "The word is written small, and T is another token than t.",
            ["Ther", "e"],
        ),
        Mistake(
            "all-that-ever-were",
            "listed tokens that were merged later",
            "Asked are the tokens at the end. What was joined is no longer a token of its own.",
            ["er", "th", "ther", "e"],
            ["t", "h", "e", "r", "er", "th", "ther"],
            ["t", "h", "er", "th", "ther", "e"],
        ),
        Mistake(
            "list-in-a-list",
            "put the list into another list",
            "One word was asked: one list of tokens.",
            [["ther", "e"]],
        ),
    ),
)
