"""Count neighbouring tokens in a counted list of words."""

from collections import Counter
from itertools import combinations, pairwise

from attncourse import text as tokens_of
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.text.shared import SONG


def _cases():
    words = [
        ("plain", {("l", "o", "w"): 5, ("l", "o", "t"): 2}),
        ("one token", {("a",): 4, ("b", "c"): 3}),
        ("overlapping pairs", {("a", "a", "a"): 3}),
        ("both orders", {("a", "b", "a"): 2, ("b", "a") * 35: 7}),
        ("pair twice in a word", {("b", "a", "n", "a", "n", "a"): 5, ("a", "n"): 2}),
        ("tokens of several letters", {("th", "e"): 3, ("th", "a", "t"): 2, ("e", "a", "t"): 4}),
        ("pairs that look alike", {("ab", "c", "d"): 4, ("a", "bc", "d"): 9}),
        ("large counts", {("x", "y", "z", "y"): 1_000_000, ("z", "y", "x"): 3}),
        ("spaces", {(" ", "t", "h", "e"): 11, ("t", "h", "e"): 3, (" ", " "): 2}),
        ("not ASCII", {("é", "t", "é"): 2, (" ", "é", "t"): 1, ("雪",): 4}),
        ("real text", tokens_of.count_words(SONG)),
        ("no words", {}),
    ]
    return [Case(label, table) for label, table in words]


def _with(
    words,
    *,
    which="neighbours",
    counts="words",
    total="sum",
    key="pair",
    give="counts",
    of="all words",
):
    pairs = {}
    if of == "first word" and not words:
        return None
    for word, count in list(words.items())[: 1 if of == "first word" else None]:
        found = _pairs_of(word, which)
        if counts == "once per word":
            found = dict.fromkeys(found)
        for pair in found:
            step = count if counts != "ones" else 1
            before = pairs.get(pair, 0)
            pairs[pair] = {"sum": before + step, "last": step, "largest": max(before, step)}[total]
    pairs = _rekeyed(pairs, key)
    if give == "shares":
        return {pair: count / sum(pairs.values()) for pair, count in pairs.items()}
    if give == "repeated":
        return {pair: count for pair, count in pairs.items() if count > 1}
    return pairs


def _pairs_of(word, which):
    letters = tuple("".join(word))
    return list(
        {
            "neighbours": lambda: pairwise(word),
            "letters": lambda: pairwise(letters),
            "without the last": lambda: pairwise(word[:-1]),
            "without the first": lambda: pairwise(word[1:]),
            "every second": lambda: zip(word[::2], word[1::2], strict=False),
            "any two": lambda: combinations(word, 2),
            "one apart": lambda: zip(word, word[2:], strict=False),
            "around": lambda: zip(word, word[1:] + word[:1], strict=True),
            "first only": lambda: [word[:2]] if len(word) > 1 else [],
            "last only": lambda: [word[-2:]] if len(word) > 1 else [],
            "no overlap": lambda: _without_overlap(word),
            "different": lambda: (pair for pair in pairwise(word) if pair[0] != pair[1]),
            "singles": lambda: word,
        }[which]()
    )


def _without_overlap(word):
    found, end = [], {}
    for start, pair in enumerate(pairwise(word)):
        if end.get(pair, 0) <= start:
            found.append(pair)
            end[pair] = start + 2
    return found


def _rekeyed(pairs, key):
    turn = {
        "pair": lambda pair: pair,
        "joined": "".join,
        "spaced": " ".join,
        "sorted": lambda pair: tuple(sorted(pair)),
        "reversed": lambda pair: pair[::-1],
    }[key]
    found = Counter()
    for pair, count in pairs.items():
        found[turn(pair)] += count
    return dict(found)


def _across_words(words):
    stream = [token for word, count in words.items() for token in word * count][:100_000]
    return dict(Counter(pairwise(stream)))


def _chained(words):
    """All words, each as often as it occurs, as one stream."""
    pairs, before = Counter(), ()
    for word, count in words.items():
        for pair in pairwise(word):
            pairs[pair] += count
        pairs.update({(word[-1], word[0]): count - 1})
        pairs.update(zip(before, word[:1], strict=False))
        before = word[-1:]
    return dict(+pairs)


def _with_zeros(words):
    tokens = {token for word in words for token in word}
    return {(one, two): 0 for one in tokens for two in tokens} | _with(words)


def _equal_once(words):
    """Equal neighbours are stepped over."""
    counts = Counter()
    for word, count in words.items():
        place = 0
        while place < len(word) - 1:
            counts[word[place], word[place + 1]] += count
            place += 2 if word[place] == word[place + 1] else 1
    return counts


def _all_possible(words):
    tokens = {token for word in words for token in word}
    return {(one, two): 0 for one in tokens for two in tokens} | _with(words)


EXERCISE = Exercise(
    reference=tokens_of.count_pairs,
    points=1,
    cases=_cases,
    hints=(
        "Two loops: over the words with their counts, and over the neighbours in one word.",
        "A word of n tokens has n − 1 pairs of neighbours: tokens 0 and 1, 1 and 2, and so on. "
        "`zip` of the word with itself, one place later, walks along them.",
        "How often does a word that occurs five times add to each of its pairs? A "
        "`collections.Counter` starts every pair at 0.",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "counted-word-once",
            "counted each word once, whatever its count",
            "A pair in a word that occurs five times occurs five times: add the word's count.",
            counts="ones",
        ),
        Mistake(
            "counted-first-word-only",
            "counted the first word only",
            "Your `return` stands inside the loop, so it ends with the first word.",
            of="first word",
        ),
        Mistake(
            "counted-pair-only-once-per",
            "counted a pair only once per word",
            "“banana” has the pair (a, n) twice. Every place counts.",
            counts="once per word",
        ),
        Mistake(
            "overwrote-count-earlier-word",
            "overwrote the count of an earlier word",
            "The same pair stands in several words. Add to what is there already.",
            total="last",
        ),
        Mistake(
            "kept-largest-count",
            "kept the largest count instead of the sum",
            "The same pair stands in several words: their counts add up.",
            total="largest",
        ),
        Mistake(
            "left-out-last-pair-word",
            "left out the last pair of a word",
            "A word of n tokens has n − 1 pairs; your loop ends one too early.",
            which="without the last",
        ),
        Mistake(
            "left-out-first-pair-word",
            "left out the first pair of a word",
            "Tokens 0 and 1 are a pair too: start at 0.",
            which="without the first",
        ),
        Mistake(
            "jumped-two-tokens-time",
            "jumped two tokens at a time",
            "A token is in two pairs: with the one before it and with the one after it.",
            which="every second",
        ),
        Mistake(
            "paired-tokens-neighbours",
            "paired tokens that are not neighbours",
            "Only adjacent tokens can be merged: 0 and 1, 1 and 2, and so on.",
            which="any two",
        ),
        Mistake(
            "left-token-out-between-two",
            "left a token out between the two",
            "Only adjacent tokens can be merged: 0 and 1, not 0 and 2.",
            which="one apart",
        ),
        Mistake(
            "paired-last-token-first",
            "paired the last token with the first",
            "A word is a line, not a ring: the last token has no right neighbour.",
            which="around",
        ),
        Mistake(
            "looked-first-two-tokens-word",
            "looked at the first two tokens of a word only",
            "Walk along the whole word: each token but the last starts a pair.",
            which="first only",
        ),
        Mistake(
            "looked-last-two-tokens-word",
            "looked at the last two tokens of a word only",
            "Walk along the whole word: each token but the last starts a pair.",
            which="last only",
        ),
        Mistake(
            "skipped-pairs-overlap",
            "skipped pairs that overlap",
            "“a a a” has the pair (a, a) twice, at 0 and at 1. Counting does not use tokens up.",
            which="no overlap",
        ),
        Mistake(
            "left-out-pairs-two-equal",
            "left out pairs of two equal tokens",
            "(a, a) is a pair like any other.",
            which="different",
        ),
        Mistake(
            "split-tokens-into-letters-again",
            "split the tokens into letters again",
            "A token such as “th” stays one: the words come split into their tokens.",
            which="letters",
        ),
        Mistake(
            "counted-single-tokens",
            "counted single tokens, not pairs",
            "Asked is how often two tokens are adjacent.",
            which="singles",
        ),
        Mistake(
            "paired-tokens-across-two-words",
            "paired tokens across two words",
            "The last token of a word and the first of the next are no pair: merges stay inside "
            "words.",
            _across_words,
            _chained,
        ),
        Mistake(
            "joined-pair-one-string",
            "joined the pair to one string",
            "(ab, c) and (a, bc) would become the same. The key is the tuple of the two tokens.",
            key="joined",
        ),
        Mistake(
            "joined-pair-one-string",
            "joined the pair to one string",
            "The key is the tuple of the two tokens, not a text with a space in it.",
            key="spaced",
        ),
        Mistake(
            "ignored-order-two-tokens",
            "ignored the order of the two tokens",
            "(a, b) and (b, a) are different pairs: “no” is not “on”.",
            key="sorted",
        ),
        Mistake(
            "swapped-two-tokens-pair",
            "swapped the two tokens of each pair",
            "The left token comes first.",
            key="reversed",
        ),
        Mistake(
            "returned-shares",
            "returned shares instead of counts",
            "Do not divide by the total: counts are whole numbers.",
            give="shares",
        ),
        Mistake(
            "dropped-pairs-occur-only-once",
            "dropped pairs that occur only once",
            "Count them all; which pair to merge is decided later.",
            give="repeated",
        ),
        Mistake(
            "returned-list",
            "returned a list, not a dictionary",
            "Return the dictionary itself: pair → count.",
            lambda words: list(tokens_of.count_pairs(words).items()),
        ),
        Mistake(
            "returned-most-frequent-pairs-only",
            "returned the most frequent pairs only",
            "Count them all; which pair to merge is decided later.",
            lambda words: tokens_of.count_pairs(words).most_common(1),
        ),
        Mistake(
            "returned-best-pair",
            "returned the best pair instead of all counts",
            "Count them all; which pair to merge is decided later.",
            lambda words: max(tokens_of.count_pairs(words).items(), key=lambda x: x[1])[0],
        ),
        Mistake(
            "listed-pairs-that-never-occur",
            "listed pairs that never occur",
            "Count what stands side by side: a pair that stands nowhere has no entry.",
            _with_zeros,
        ),
        Mistake(
            "equal-once",
            "stepped over the second of two equal tokens",
            "aaa has two pairs (a, a): every neighbour counts, overlapping or not.",
            _equal_once,
        ),
        Mistake(
            "all-possible",
            "listed pairs that never occur",
            "A pair with the count 0 is not in the table: begin with an empty one.",
            _all_possible,
        ),
    ),
    laws=(
        Law(
            "a word of n tokens has n − 1 pairs, each as often as the word",
            lambda result, words: (
                sum(int(count) for count in result.values())
                == sum(count * (len(word) - 1) for word, count in words.items())
            ),
        ),
    ),
    verified="every pair of neighbours counts as often as its word, overlapping pairs, repeated "
    "pairs, both orders, tokens of several letters, and words of one token",
)
