"""What the exercises on text share."""

from itertools import pairwise

SONG = "the owl and the cat went to the sea in a green, green boat; the owl sang, the cat sat"


SEPARATORS = {"text": "\x00", "text with spaces": " "}


def merge_word(word, pair, match, where, token):
    if match in SEPARATORS:
        mark = SEPARATORS[match]
        return tuple(mark.join(word).replace(mark.join(pair), "".join(pair)).split(mark))
    joined = {
        "joined": "".join,
        "reversed": lambda both: both[1] + both[0],
        "spaced": " ".join,
        "nested": tuple,
        "first": lambda both: both[0],
    }[token]
    places = [start for start, both in enumerate(pairwise(word)) if matches(both, pair, match)]
    kept = apart(places, where)
    new = []
    for start, old in enumerate(word):
        if start in kept:
            new.append(joined(word[start : start + 2]))
        elif start - 1 not in kept or where == "second kept":
            new.append(old)
    cut = where == "last lost" and len(word) > 1 and len(word) - 2 not in kept
    return tuple(new[:-1] if cut else new)


def matches(both, pair, match):
    return {
        "pair": both == pair,
        "either order": both in (pair, pair[::-1]),
        "opposite order": both == pair[::-1],
        "letters": "".join(both) == "".join(pair),
        "first token": both[0] == pair[0],
        "second token": both[1] == pair[1],
    }[match]


def apart(places, where):
    """Places that are merged: none overlaps the one before it."""
    if where in ("first", "last") and places:
        return {places[0 if where == "first" else -1]}
    chosen = set()
    for place in reversed(places) if where == "from the right" else places:
        if place - 1 not in chosen and place + 1 not in chosen:
            chosen.add(place)
    return chosen


def without_last(word, pair):
    """A merge whose loop ends before the last token, which is lost where no merge joins it."""
    new, i = (), 0
    while i < len(word) - 1:
        found = word[i : i + 2] == pair
        new += ("".join(pair) if found else word[i],)
        i += 1 + found
    return new
