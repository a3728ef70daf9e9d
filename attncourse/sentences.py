"""Small sentences made by rule, in which one word decides what another one means.

Both sets hold back what a model could know by heart, and are balanced: who ignores the deciding
word is right in exactly half of the sentences that were held back.
"""

from itertools import product
from typing import NamedTuple

import torch
from jaxtyping import Int
from torch import Tensor

from attncourse.text import Vocabulary

LIVING = ("dog", "cat", "horse", "child", "driver", "tourist", "sailor", "farmer")
PLACES = ("street", "river", "bridge", "field", "park", "lake", "tunnel", "yard")
OF_LIVING = ("tired", "hungry", "afraid", "sleepy", "busy", "old", "ill", "proud")
OF_PLACES = ("wide", "narrow", "crowded", "muddy", "icy", "dark", "steep", "long")
_MAIN_CLAUSES = (
    "the {0} did not cross the {1}",
    "the {1} did not please the {0}",
    "the {0} turned back at the {1}",
    "at the {1} the {0} turned back",
)

SEEN = ("saw", "heard", "watched", "met")  # what one animal does to another
TOOLS = ("saw", "hammer", "knife", "drill")
_WORKERS = ("joiner", "builder", "smith", "mason", "roofer", "cooper")
_STUFF = ("planks", "beams", "boards", "logs", "pipes")


class Riddle(NamedTuple):
    """A sentence, the place of the word in question, and the words that are right."""

    words: tuple[str, ...]
    place: int
    answers: tuple[str, ...]


class Numbered(NamedTuple):
    """n riddles as token ids: the sentences, the place of the word in question, the k answers."""

    tokens: Int[Tensor, "n T"]
    place: Int[Tensor, " n"]
    answers: Int[Tensor, "n k"]

    @property
    def answer_place(self) -> Int[Tensor, " n"]:
        """Where in its sentence the first answer stands; 0 if it does not."""
        return (self.tokens == self.answers[:, :1]).int().argmax(dim=-1)


class Riddles(NamedTuple):
    """Riddles to learn from, and riddles held out."""

    seen: list[Riddle]
    held_out: list[Riddle]

    @property
    def vocabulary(self) -> Vocabulary:
        """Every word once, in the order of the sentences."""
        return Vocabulary(word for riddle in self.seen + self.held_out for word in riddle.words)

    def numbered(self) -> tuple[Numbered, Numbered]:
        """Both parts as token ids."""
        encode = self.vocabulary.encode
        return tuple(
            Numbered(
                torch.tensor([encode(riddle.words) for riddle in part]),
                torch.tensor([riddle.place for riddle in part]),
                torch.tensor([encode(riddle.answers) for riddle in part]),
            )
            for part in self
        )


def pronoun_riddles() -> Riddles:
    """What does "it" stand for? "the dog did not cross the street because it was too tired".

    8 living beings × 8 places × 16 adjectives, half of which fit the one, half the other. A quarter
    of all pairs (noun, adjective) is held out, and with them the fourth way of saying it.

    Returns: riddles of 12 words; "it" is word 8, its answer one noun.
    Source: the schema of Levesque, Davis, Morgenstern 2012.
    """
    riddles = Riddles([], [])
    for (i, living), (j, place), k in product(enumerate(LIVING), enumerate(PLACES), range(8)):
        for noun, number, adjective in (living, i, OF_LIVING[k]), (place, j, OF_PLACES[k]):
            new = (number + k) % 4 == 0  # two of each noun's eight adjectives
            for clause in _MAIN_CLAUSES[3:] if new else _MAIN_CLAUSES[:3]:
                words = f"{clause.format(living, place)} because it was too {adjective}".split()
                riddles[new].append(Riddle(tuple(words), 8, (noun,)))
    return riddles


def saw_riddles() -> Riddles:
    """Which other word could stand here? *saw* is what the dog did, and a tool.

    "the dog saw the cat and barked" (heard, watched, met), "the joiner cut planks with the saw"
    (hammer, knife, drill). The other words have one meaning each. In the riddles held out, *saw*
    stands among beings, or workers and planks, beside which it was never seen.

    Returns: riddles of 7 words.
    """
    beings, ends = LIVING[:6], ("barked", "ran", "slept", "laughed")
    riddles = Riddles([], [])
    for (i, a), (j, b), verb, end in product(enumerate(beings), enumerate(beings), SEEN, ends):
        if a != b:
            words = f"the {a} {verb} the {b} and {end}".split()
            _put(riddles, words, SEEN, verb, new=(i < 3, j < 3))
    acts = ("cut", "marked", "split", "fixed")
    for (i, a), (j, b), tool, act in product(enumerate(_WORKERS), enumerate(_STUFF), TOOLS, acts):
        words = f"the {a} {act} {b} with the {tool}".split()
        _put(riddles, words, TOOLS, tool, new=(i < 3, j < 2))
    return riddles


def _put(riddles: Riddles, words: list[str], family: tuple[str, ...], asked: str, new) -> None:
    """Learn from it, hold it out if all about it is new, drop it if only one half is."""
    answers = tuple(word for word in family if word != asked)
    riddle = Riddle(tuple(words), words.index(asked), answers)
    if asked != "saw" or not any(new):
        riddles.seen.append(riddle)
    elif all(new):
        riddles.held_out.append(riddle)
