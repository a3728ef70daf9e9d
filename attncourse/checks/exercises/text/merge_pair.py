"""Join one pair of neighbours into one token wherever it stands."""

from itertools import pairwise

from attncourse import text as tokens_of
from attncourse.checks.engine.exercise import Case, Exercise, Law, Mistake
from attncourse.checks.exercises.text.shared import SONG, merge_word, without_last


def _cases():
    low, er = ("l", "o"), ("e", "r")
    return [
        Case("plain", {("l", "o", "w"): 5, ("l", "o", "t"): 2}, low),
        Case("pair at the end", {("n", "e", "w", "e", "r"): 6, ("h", "e", "r"): 2}, er),
        Case("word without the pair", {("c", "a", "t"): 3, ("l", "o"): 4}, low),
        Case("pair twice in a word", {("b", "a", "n", "a", "n", "a"): 5}, ("a", "n")),
        Case("pair in many places", {("l", "o", "l", "o", "s", "l", "o") * 10: 2}, low),
        Case("overlapping pairs", {("a", "a", "a"): 2, tuple("baaab"): 3}, ("a", "a")),
        Case("other order", {("o", "l", "d"): 3, ("l", "o", "l"): 2}, low),
        Case("tokens of several letters", {("lo", "w", "er"): 3, ("s", "lo", "w"): 2}, ("lo", "w")),
        Case("token that ends like the pair", {("ba", "b"): 2, ("a", "bb"): 3}, ("a", "b")),
        Case("same letters, other tokens", {("a", "bc"): 2, ("ab", "c"): 3}, ("ab", "c")),
        Case("apart", {("a", "x", "b"): 2, ("b", "x", "a", "x"): 3}, ("a", "b")),
        Case("one token", {("a",): 7, ("b",): 2, ("ab",): 4}, ("a", "b")),
        Case("full stop", {("a", ".", "b"): 2, ("a", "x", "b"): 3}, ("a", ".")),
        Case("full stop", {(".", "b"): 2, ("x", "b", "."): 3, ("xb", "b"): 1}, (".", "b")),
        Case("words that become the same", {("a", "b", "c"): 2, ("ab", "c"): 3}, ("a", "b")),
        Case("spaces", {(" ", "t", "h", "e"): 11, ("t", "h", "e"): 3}, (" ", "t")),
        Case("real text", tokens_of.count_words(SONG), ("e", "n")),
        Case("no words", {}, low),
    ]


def _with(
    words, pair, *, match="pair", where="all", token="joined", same="add", keep="all", counts="kept"
):
    merged = {}
    for word, count in words.items():
        new = merge_word(word, pair, match, where, token)
        if keep == "changed" and new == word:
            continue
        step = count if counts == "kept" else 1
        merged[new] = step + (merged.get(new, 0) if same == "add" else 0)
    return merged


def _second_kept(words, pair):
    merged = {}
    for word, count in words.items():
        new = tuple("".join(pair) if both == pair else both[0] for both in _twos(word))
        merged[new] = merged.get(new, 0) + count
    return merged


def _twos(word):
    """Each token with its right neighbour, the last one alone."""
    return [word[i : i + 2] for i in range(len(word))]


def _last_lost(words, pair):
    merged = {}
    for word, count in words.items():
        new = without_last(word, pair)
        merged[new] = merged.get(new, 0) + count
    return merged


def _by_letters(words, pair):
    """The letters are walked along, not the tokens."""
    merged = {}
    for word, count in words.items():
        letters, new = "".join(word), []
        while letters:
            first = "".join(pair) if letters.startswith("".join(pair)) else letters[0]
            new.append(first)
            letters = letters.removeprefix(first)
        merged[tuple(new)] = merged.get(tuple(new), 0) + count
    return merged


def _apart_too(words, pair):
    merged = {}
    for word, count in words.items():
        new, (one, two) = list(word), pair
        while one in new and two in new[new.index(one) + 1 :]:
            place = new.index(one)
            del new[new.index(two, place + 1)]
            new[place] = one + two
        merged[tuple(new)] = merged.get(tuple(new), 0) + count
    return merged


def _as_text(words, pair):
    merged = {}
    for word, count in words.items():
        new = "".join(merge_word(word, pair, "pair", "all", "joined"))
        merged[new] = merged.get(new, 0) + count
    return merged


EXERCISE = Exercise(
    reference=tokens_of.merge_pair,
    points=2,
    cases=_cases,
    hints=(
        "Write the job for one word first: walk along its tokens and build a new tuple.",
        "At each place ask whether this token and the next are the pair. If so, append the joined "
        "token and go on *two* places, otherwise append the token and go on one: a `while` loop.",
        "Mind the last token, which has no right neighbour: a slice never runs over the end. "
        "And mind two words that have become the same: neither count may be lost.",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "merged-only-first-place-word",
            "merged only the first place in each word",
            "“banana” has (a, n) twice: go on to the end of the word.",
            where="first",
        ),
        Mistake(
            "merged-only-last-place-word",
            "merged only the last place in each word",
            "“banana” has (a, n) twice: merge every place.",
            where="last",
        ),
        Mistake(
            "merged-right",
            "merged from the right",
            "With “a a a” it matters: from left to right the first two join, and one is left over.",
            where="from the right",
        ),
        Mistake(
            "kept-second-token-beside-merged",
            "kept the second token beside the merged one",
            "After a merge go on two places: both tokens are used up.",
            {"where": "second kept"},
            _second_kept,
        ),
        Mistake(
            "lost-last-token",
            "lost the last token",
            "A last token that is not merged has no right neighbour, but stays in the word.",
            {"where": "last lost"},
            _last_lost,
        ),
        Mistake(
            "searched-joined-text",
            "searched in the joined text",
            "“ba b” contains the text “a b”, but its tokens are ba and b. Compare whole tokens.",
            match="text",
        ),
        Mistake(
            "searched-joined-text",
            "searched in the joined text",
            "“ba b” contains the text “a b”, but its tokens are ba and b; and a space can be a "
            "token too. Compare whole tokens.",
            match="text with spaces",
        ),
        Mistake(
            "compared-letters",
            "compared letters instead of tokens",
            "(a, bc) spells the same as (ab, c), and is another pair. Compare both tokens.",
            match="letters",
        ),
        Mistake(
            "merged-pair-either-order",
            "merged the pair in either order",
            "(l, o) is not (o, l): left token first.",
            match="either order",
        ),
        Mistake(
            "looked-pair-opposite-order",
            "looked for the pair in the opposite order",
            "(l, o) is not (o, l): the left token of the pair comes first in the word, too.",
            match="opposite order",
        ),
        Mistake(
            "looked-first-token-only",
            "looked at the first token only",
            "The next token must fit as well.",
            match="first token",
        ),
        Mistake(
            "looked-second-token-only",
            "looked at the second token only",
            "The token before it must fit as well.",
            match="second token",
        ),
        Mistake(
            "joined-two-tokens-wrong-order",
            "joined the two tokens in the wrong order",
            "Left token first, so that the word still reads the same.",
            token="reversed",
        ),
        Mistake(
            "put-space-into-merged-token",
            "put a space into the merged token",
            "The merged token is the two texts, one directly after the other.",
            token="spaced",
        ),
        Mistake(
            "nested-pair-tuple",
            "nested the pair as a tuple",
            "The merged token is one string, like every token.",
            token="nested",
        ),
        Mistake(
            "replaced-pair-first-token",
            "replaced the pair by its first token",
            "The second token's letters are gone. The merged token holds both.",
            token="first",
        ),
        Mistake(
            "overwrote-count-word-became-same",
            "overwrote the count of a word that became the same",
            "Two words can become the same by merging: then their counts add up.",
            same="overwrite",
        ),
        Mistake(
            "dropped-words-without-pair",
            "dropped the words without the pair",
            "They stay as they are, with their counts.",
            keep="changed",
        ),
        Mistake(
            "lost-counts",
            "lost the counts",
            "A merge changes how words are spelled, not how often they occur.",
            counts="ones",
        ),
        Mistake(
            "returned-only-first-word",
            "returned only the first word",
            "The `return` stands inside the loop. Go through all words first.",
            lambda words, pair: next(
                (tokens_of.merge_pair({word: n}, pair) for word, n in words.items()), None
            ),
        ),
        Mistake(
            "returned-words-they-came",
            "returned the words as they came",
            "A tuple cannot be changed: build a new one, and put it into a new dictionary.",
            lambda words, pair: dict(words),
        ),
        Mistake(
            "returned-only-words",
            "returned only the words, without their counts",
            "Return a dictionary again, word → count, so that the next step can go on with it.",
            lambda words, pair: list(tokens_of.merge_pair(words, pair)),
        ),
        Mistake(
            "joined-tokens-word-one-string",
            "joined the tokens of a word to one string",
            "The key stays a tuple of tokens, or the next step has nothing to count.",
            lambda words, pair: {
                "".join(word): count for word, count in tokens_of.merge_pair(words, pair).items()
            },
        ),
        Mistake(
            "joined-tokens-word-one-string",
            "joined the tokens of a word to one string",
            "The key stays a tuple of tokens, not a text with spaces in it.",
            lambda words, pair: {
                " ".join(word): count for word, count in tokens_of.merge_pair(words, pair).items()
            },
        ),
        Mistake(
            "joined-words-as-keys",
            "made strings of the words, not tuples of tokens",
            "Joined, nobody can tell any more where a token ends: use `tuple(…)` as the key.",
            _as_text,
        ),
        Mistake(
            "by-letters",
            "walked along the letters, not along the tokens",
            "A word is a tuple of tokens; those that were joined before stay whole.",
            _by_letters,
        ),
        Mistake(
            "apart-too",
            "joined tokens that are not neighbours",
            "A pair stands side by side: nothing may lie between its two tokens.",
            _apart_too,
        ),
    ),
    laws=(
        Law(
            "the letters of every word stay the same",
            lambda result, words, pair: (
                {"".join(word) for word in result} == {"".join(word) for word in words}
            ),
        ),
        Law(
            "no word is lost or counted twice",
            lambda result, words, pair: (
                sum(int(count) for count in result.values()) == sum(words.values())
            ),
        ),
        Law(
            "the pair is nowhere left",
            lambda result, words, pair: all(
                pair not in pairwise(word) for word in result if isinstance(word, tuple)
            ),
        ),
    ),
    verified="every place in every word, from left to right, whole tokens only, words without the "
    "pair, words of one token, and words that become the same",
)
