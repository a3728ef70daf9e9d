"""Exercises of lesson 05: count pairs, merge one, encode a text, look up vectors."""

from collections import Counter
from itertools import combinations, pairwise

import torch
from torch.nn import functional as F

from attncourse import text as tokens_of
from attncourse.checks.core import Case, Exercise, Law, Mistake

_SONG = "the owl and the cat went to the sea in a green, green boat; the owl sang, the cat sat"

# count_pairs --------------------------------------------------------------------------------------


def _count_pairs_cases():
    words = [
        ("plain", {("l", "o", "w"): 5, ("l", "o", "t"): 2}),
        ("one token", {("a",): 4, ("b", "c"): 3}),
        ("overlapping pairs", {("a", "a", "a"): 3}),
        ("both orders", {("a", "b", "a"): 2, ("b", "a"): 7}),
        ("pair twice in a word", {("b", "a", "n", "a", "n", "a"): 5, ("a", "n"): 2}),
        ("tokens of several letters", {("th", "e"): 3, ("th", "a", "t"): 2, ("e", "a", "t"): 4}),
        ("pairs that look alike", {("ab", "c", "d"): 4, ("a", "bc", "d"): 9}),
        ("large counts", {("x", "y", "z", "y"): 1_000_000, ("z", "y", "x"): 3}),
        ("spaces", {(" ", "t", "h", "e"): 11, ("t", "h", "e"): 3, (" ", " "): 2}),
        ("not ASCII", {("é", "t", "é"): 2, (" ", "é", "t"): 1, ("雪",): 4}),
        ("real text", tokens_of.count_words(_SONG)),
        ("no words", {}),
    ]
    return [Case(label, table) for label, table in words]


def _count_pairs_with(
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


_count_pairs = Exercise(
    reference=tokens_of.count_pairs,
    points=1,
    cases=_count_pairs_cases,
    hints=(
        "Two loops: over the words with their counts, and over the neighbours in one word.",
        "A word of n tokens has n − 1 pairs of neighbours: tokens 0 and 1, 1 and 2, and so on. "
        "`zip` of the word with itself, one place later, walks along them.",
        "Each time the pair stands in a word, add the word's count, not 1. "
        "A `collections.Counter` starts every pair at 0.",
    ),
    rewrite=_count_pairs_with,
    mistakes=(
        Mistake(
            "counted each word once, whatever its count",
            "A pair in a word that occurs five times occurs five times: add the word's count.",
            counts="ones",
        ),
        Mistake(
            "counted the first word only",
            "Your `return` stands inside the loop, so it ends with the first word.",
            of="first word",
        ),
        Mistake(
            "counted a pair only once per word",
            "“banana” has the pair (a, n) twice. Every place counts.",
            counts="once per word",
        ),
        Mistake(
            "overwrote the count of an earlier word",
            "The same pair stands in several words. Add to what is there already.",
            total="last",
        ),
        Mistake(
            "kept the largest count instead of the sum",
            "The same pair stands in several words: their counts add up.",
            total="largest",
        ),
        Mistake(
            "left out the last pair of a word",
            "A word of n tokens has n − 1 pairs; your loop ends one too early.",
            which="without the last",
        ),
        Mistake(
            "left out the first pair of a word",
            "Tokens 0 and 1 are a pair too: start at 0.",
            which="without the first",
        ),
        Mistake(
            "jumped two tokens at a time",
            "A token is in two pairs: with the one before it and with the one after it.",
            which="every second",
        ),
        Mistake(
            "paired tokens that are not neighbours",
            "Only tokens side by side can be merged: 0 and 1, 1 and 2, and so on.",
            which="any two",
        ),
        Mistake(
            "left a token out between the two",
            "Only tokens side by side can be merged: 0 and 1, not 0 and 2.",
            which="one apart",
        ),
        Mistake(
            "paired the last token with the first",
            "A word is a line, not a ring: the last token has no right neighbour.",
            which="around",
        ),
        Mistake(
            "looked at the first two tokens of a word only",
            "Walk along the whole word: each token but the last starts a pair.",
            which="first only",
        ),
        Mistake(
            "looked at the last two tokens of a word only",
            "Walk along the whole word: each token but the last starts a pair.",
            which="last only",
        ),
        Mistake(
            "skipped pairs that overlap",
            "“a a a” has the pair (a, a) twice, at 0 and at 1. Counting does not use tokens up.",
            which="no overlap",
        ),
        Mistake(
            "left out pairs of two equal tokens",
            "(a, a) is a pair like any other.",
            which="different",
        ),
        Mistake(
            "split the tokens into letters again",
            "A token such as “th” stays one: the words come split into their tokens.",
            which="letters",
        ),
        Mistake(
            "counted single tokens, not pairs",
            "Asked is how often two tokens stand side by side.",
            which="singles",
        ),
        Mistake(
            "paired tokens across two words",
            "The last token of a word and the first of the next are no pair: merges stay inside "
            "words.",
            wrong=_across_words,
        ),
        Mistake(
            "joined the pair to one string",
            "(ab, c) and (a, bc) would become the same. The key is the tuple of the two tokens.",
            key="joined",
        ),
        Mistake(
            "joined the pair to one string",
            "The key is the tuple of the two tokens, not a text with a space in it.",
            key="spaced",
        ),
        Mistake(
            "ignored the order of the two tokens",
            "(a, b) and (b, a) are different pairs: “no” is not “on”.",
            key="sorted",
        ),
        Mistake(
            "swapped the two tokens of each pair",
            "The left token comes first.",
            key="reversed",
        ),
        Mistake(
            "returned shares instead of counts",
            "Do not divide by the total: counts are whole numbers.",
            give="shares",
        ),
        Mistake(
            "dropped pairs that occur only once",
            "Count them all; which pair to merge is decided later.",
            give="repeated",
        ),
        Mistake(
            "returned a list, not a dictionary",
            "Return the dictionary itself: pair → count.",
            wrong=lambda words: list(tokens_of.count_pairs(words).items()),
        ),
        Mistake(
            "returned the most frequent pairs only",
            "Count them all; which pair to merge is decided later.",
            wrong=lambda words: tokens_of.count_pairs(words).most_common(1),
        ),
        Mistake(
            "returned the best pair instead of all counts",
            "Count them all; which pair to merge is decided later.",
            wrong=lambda words: max(tokens_of.count_pairs(words).items(), key=lambda x: x[1])[0],
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

# merge_pair ---------------------------------------------------------------------------------------


def _merge_pair_cases():
    low, er = ("l", "o"), ("e", "r")
    return [
        Case("plain", {("l", "o", "w"): 5, ("l", "o", "t"): 2}, low),
        Case("pair at the end", {("n", "e", "w", "e", "r"): 6, ("h", "e", "r"): 2}, er),
        Case("word without the pair", {("c", "a", "t"): 3, ("l", "o"): 4}, low),
        Case("pair twice in a word", {("b", "a", "n", "a", "n", "a"): 5}, ("a", "n")),
        Case("pair in many places", {("l", "o", "l", "o", "s", "l", "o"): 2}, low),
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
        Case("real text", tokens_of.count_words(_SONG), ("e", "n")),
        Case("no words", {}, low),
    ]


SEPARATORS = {"text": "\x00", "text with spaces": " "}


def _merge_pair_with(
    words, pair, *, match="pair", where="all", token="joined", same="add", keep="all", counts="kept"
):
    merged = {}
    for word, count in words.items():
        new = _merged(word, pair, match, where, token)
        if keep == "changed" and new == word:
            continue
        step = count if counts == "kept" else 1
        merged[new] = step + (merged.get(new, 0) if same == "add" else 0)
    return merged


def _merged(word, pair, match, where, token):
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
    places = [start for start, both in enumerate(pairwise(word)) if _matches(both, pair, match)]
    chosen = _chosen(places, where)
    new = []
    for start, old in enumerate(word):
        if start in chosen:
            new.append(joined(word[start : start + 2]))
        elif start - 1 not in chosen or where == "second kept":
            new.append(old)
    cut = where == "last lost" and len(word) > 1 and len(word) - 2 not in chosen
    return tuple(new[:-1] if cut else new)


def _matches(both, pair, match):
    return {
        "pair": both == pair,
        "either order": both in (pair, pair[::-1]),
        "opposite order": both == pair[::-1],
        "letters": "".join(both) == "".join(pair),
        "first token": both[0] == pair[0],
        "second token": both[1] == pair[1],
    }[match]


def _chosen(places, where):
    """Places that are merged: none overlaps the one before it."""
    if where in ("first", "last") and places:
        return {places[0 if where == "first" else -1]}
    chosen = set()
    for place in reversed(places) if where == "from the right" else places:
        if place - 1 not in chosen and place + 1 not in chosen:
            chosen.add(place)
    return chosen


_merge_pair = Exercise(
    reference=tokens_of.merge_pair,
    points=2,
    cases=_merge_pair_cases,
    hints=(
        "Write the job for one word first: walk along its tokens and build a new tuple.",
        "At each place ask whether this token and the next are the pair. If so, append the joined "
        "token and go on *two* places, otherwise append the token and go on one: a `while` loop.",
        "Mind the last token, which has no right neighbour: a slice `word[i : i + 2]` never runs "
        "over the end. For the counts, add to `merged.get(new_word, 0)`.",
    ),
    rewrite=_merge_pair_with,
    mistakes=(
        Mistake(
            "merged only the first place in each word",
            "“banana” has (a, n) twice: go on to the end of the word.",
            where="first",
        ),
        Mistake(
            "merged only the last place in each word",
            "“banana” has (a, n) twice: merge every place.",
            where="last",
        ),
        Mistake(
            "merged from the right",
            "With “a a a” it matters: from left to right the first two join, and one is left over.",
            where="from the right",
        ),
        Mistake(
            "kept the second token beside the merged one",
            "After a merge go on two places: both tokens are used up.",
            where="second kept",
        ),
        Mistake(
            "lost the last token",
            "A last token that is not merged has no right neighbour, but stays in the word.",
            where="last lost",
        ),
        Mistake(
            "searched in the joined text",
            "“ba b” contains the text “a b”, but its tokens are ba and b. Compare whole tokens.",
            match="text",
        ),
        Mistake(
            "searched in the joined text",
            "“ba b” contains the text “a b”, but its tokens are ba and b; and a space can be a "
            "token too. Compare whole tokens.",
            match="text with spaces",
        ),
        Mistake(
            "compared letters instead of tokens",
            "(a, bc) spells the same as (ab, c), and is another pair. Compare both tokens.",
            match="letters",
        ),
        Mistake(
            "merged the pair in either order",
            "(l, o) is not (o, l): left token first.",
            match="either order",
        ),
        Mistake(
            "looked for the pair in the opposite order",
            "(l, o) is not (o, l): the left token of the pair comes first in the word, too.",
            match="opposite order",
        ),
        Mistake(
            "looked at the first token only",
            "The next token must fit as well.",
            match="first token",
        ),
        Mistake(
            "looked at the second token only",
            "The token before it must fit as well.",
            match="second token",
        ),
        Mistake(
            "joined the two tokens in the wrong order",
            "Left token first, so that the word still reads the same.",
            token="reversed",
        ),
        Mistake(
            "put a space into the merged token",
            "The merged token is the two texts, one directly after the other.",
            token="spaced",
        ),
        Mistake(
            "nested the pair as a tuple",
            "The merged token is one string, like every token.",
            token="nested",
        ),
        Mistake(
            "replaced the pair by its first token",
            "The second token's letters are gone. The merged token holds both.",
            token="first",
        ),
        Mistake(
            "overwrote the count of a word that became the same",
            "Two words can become the same by merging: then their counts add up.",
            same="overwrite",
        ),
        Mistake(
            "dropped the words without the pair",
            "They stay as they are, with their counts.",
            keep="changed",
        ),
        Mistake(
            "lost the counts",
            "A merge changes how words are spelled, not how often they occur.",
            counts="ones",
        ),
        Mistake(
            "returned the words as they came",
            "A tuple cannot be changed: build a new one, and put it into a new dictionary.",
            wrong=lambda words, pair: dict(words),
        ),
        Mistake(
            "returned only the words, without their counts",
            "Return a dictionary again, word → count, so that the next step can go on with it.",
            wrong=lambda words, pair: list(tokens_of.merge_pair(words, pair)),
        ),
        Mistake(
            "joined the tokens of a word to one string",
            "The key stays a tuple of tokens, or the next step has nothing to count.",
            wrong=lambda words, pair: {
                "".join(word): count for word, count in tokens_of.merge_pair(words, pair).items()
            },
        ),
        Mistake(
            "joined the tokens of a word to one string",
            "The key stays a tuple of tokens, not a text with spaces in it.",
            wrong=lambda words, pair: {
                " ".join(word): count for word, count in tokens_of.merge_pair(words, pair).items()
            },
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
            lambda result, words, pair: all(pair not in pairwise(word) for word in result),
        ),
    ),
    verified="every place in every word, from left to right, whole tokens only, words without the "
    "pair, words of one token, and words that become the same",
)

# encode -------------------------------------------------------------------------------------------

_LOW = [("l", "o"), ("lo", "w"), ("e", "r")]


def _encode_cases():
    learned = tokens_of.train_bpe(tokens_of.count_words(_SONG), 24)
    return [
        Case("plain", "low", _LOW),
        Case("one merge", "loop", [("o", "p")]),
        Case("several words", "low lower slow", _LOW),
        Case("same word, other merges", "low", [("o", "w")]),
        Case("repeated words", "low low low", _LOW),
        Case("same letters, other tokens", "abc", [("b", "c"), ("a", "b"), ("ab", "c")]),
        Case("order of the merges", "abc", [("b", "c"), ("a", "b")]),
        Case("order of the merges", "abcd cab", [("c", "d"), ("a", "b"), ("ab", "cd"), ("b", "c")]),
        Case("pair twice in a word", "banana", [("a", "n"), ("an", "a")]),
        Case("overlapping pairs", "aaaaa", [("a", "a"), ("aa", "a")]),
        Case("merge that does not occur", "lower", [("x", "y"), *_LOW]),
        Case("double space", "a  xx", [(" ", " "), (" ", "x"), ("x", "x")]),
        Case("pair across two words", "ab.b", [("b", "."), ("a", "b"), (".", "b")]),
        Case("no merges", "new", []),
        Case("never seen", "Ω☃ low", _LOW),
        Case("capital letters", "Low LOW low", _LOW),
        Case("real text", "the green owl sat in a boat", learned),
        Case("no text", "", _LOW),
    ]


def _encode_with(
    text,
    merges,
    *,
    order="learned",
    split="words",
    where="all",
    method="merges",
    start="letters",
    give="tokens",
    case="kept",
):
    merges = {
        "learned": merges,
        "reversed": merges[::-1],
        "alphabet": sorted(merges),
        "first only": merges[:1],
        "without the last": merges[:-1],
    }[order]
    text = text.lower() if case == "lower" else text
    words = {
        "words": tokens_of.split_words,
        "nothing": lambda text: [text] if text else [],
        "white space": str.split,
        "single spaces": lambda text: text.split(" "),
    }[split](text)
    spelled = []
    for word in words:
        tokens = tuple(word) if start == "letters" else (word,)
        tokens = _greedy(word, merges) if method == "longest" else tokens
        for pair in merges if method != "longest" else ():
            new = _merged(tokens, pair, "pair", where, "joined")
            if method == "until one is missing" and new == tokens:
                break
            done, tokens = new != tokens, new
            if method == "one merge a word" and done:
                break
        spelled.append(list(tokens))
    return _given(spelled, give)


def _greedy(word, merges):
    """The longest known token first, from the left: not what the merges do."""
    known, tokens = {"".join(pair) for pair in merges}, []
    while word:
        size = next((n for n in range(len(word), 1, -1) if word[:n] in known), 1)
        tokens.append(word[:size])
        word = word[size:]
    return tokens


def _given(spelled, give):
    flat = [token for tokens in spelled for token in tokens]
    return {
        "tokens": flat,
        "nested": spelled,
        "stripped": [token.strip() for token in flat],
        "visible": [token.strip() for token in flat if token.strip()],
        "text": " ".join(flat),
        "distinct": list(dict.fromkeys(flat)),
        "last word": spelled[-1] if spelled else [],
        "first word": spelled[0] if spelled else [],
        "merged": [token for token in flat if len(token) > 1],
    }[give]


_encode = Exercise(
    reference=tokens_of.encode,
    points=2,
    cases=_encode_cases,
    hints=(
        "Do for each word what training did: start with its letters, and replay the merges.",
        "Three loops: over `split_words(text)`, over the merges in their order, and along the "
        "tokens of the word. The last one you wrote in `merge_pair`: call it with a dictionary of "
        "one word, or take its loop.",
        "Collect with `extend`, not `append`: the result is one flat list, and joined it is the "
        "text again.",
    ),
    rewrite=_encode_with,
    mistakes=(
        Mistake(
            "applied the merges in the opposite order",
            "The first merge learned is the first applied: later ones are made of its tokens.",
            order="reversed",
        ),
        Mistake(
            "sorted the merges",
            "Their order is the order in which they were learned. Keep it.",
            order="alphabet",
        ),
        Mistake(
            "applied only the first merge",
            "Every merge gets its turn, in order.",
            order="first only",
        ),
        Mistake(
            "left out the last merge",
            "Every merge gets its turn, the last one too.",
            order="without the last",
        ),
        Mistake(
            "took the longest known token from the left",
            "That is another tokenizer (WordPiece's way). BPE replays its merges in the order in "
            "which they were learned.",
            method="longest",
        ),
        Mistake(
            "stopped at the first merge that does not occur",
            "A merge that finds nothing changes nothing; the next may still fit.",
            method="until one is missing",
        ),
        Mistake(
            "stopped after one merge in each word",
            "Go on: the next merges join what the first made.",
            method="one merge a word",
        ),
        Mistake(
            "merged across two words",
            "Split the text with `split_words` first, and merge inside each word.",
            split="nothing",
        ),
        Mistake(
            "lost the spaces",
            "Words keep the space before them, or the text cannot be put together again. "
            "Split with `split_words`.",
            split="white space",
        ),
        Mistake(
            "lost the spaces",
            "Words keep the space before them, and “ab.” is two words. Split with `split_words`.",
            split="single spaces",
        ),
        Mistake(
            "merged only the first place in each word",
            "“banana” has (a, n) twice: each merge joins every place.",
            where="first",
        ),
        Mistake(
            "merged from the right",
            "With “a a a” it matters: a merge goes from left to right.",
            where="from the right",
        ),
        Mistake(
            "kept the second token beside the merged one",
            "Both tokens are used up by a merge: go on two places.",
            where="second kept",
        ),
        Mistake(
            "did not split the words into letters",
            "Each word starts as a tuple of its letters; merges build tokens from them.",
            start="word",
        ),
        Mistake(
            "returned a list per word",
            "The result is one flat list of tokens.",
            give="nested",
        ),
        Mistake(
            "lost the spaces",
            "A space belongs to its token, or the text cannot be put together again.",
            give="stripped",
        ),
        Mistake(
            "lost the spaces",
            "A space belongs to its token, and a space alone is a token too.",
            give="visible",
        ),
        Mistake(
            "joined the tokens to one text",
            "Return the list of tokens.",
            give="text",
        ),
        Mistake(
            "left out tokens that had come before",
            "A text repeats its tokens. The list has all of them, in their order.",
            give="distinct",
        ),
        Mistake(
            "returned only the last word",
            "Your list starts anew with each word. Collect the tokens of all words.",
            give="last word",
        ),
        Mistake(
            "returned only the first word",
            "Your `return` stands inside the loop. Collect the tokens of all words first.",
            give="first word",
        ),
        Mistake(
            "left out the letters that were not merged",
            "A letter that no merge joins is a token too.",
            give="merged",
        ),
        Mistake(
            "wrote capital letters small",
            "“Low” and “low” are different tokens; joined, the tokens are the text as it was.",
            case="lower",
        ),
        Mistake(
            "returned the letters of the text",
            "The merges were never applied, or their result was thrown away.",
            wrong=lambda text, merges: list(text),
        ),
    ),
    laws=(
        Law(
            "the tokens, joined, are the text",
            lambda result, text, merges: "".join(map(str, result)) == text,
        ),
    ),
    verified="merges in their order and at every place, inside words only, with spaces, signs that "
    "were never seen, no merges and no text; joined, the tokens are the text",
)

# embed --------------------------------------------------------------------------------------------


def _embed_cases():
    generator = torch.Generator().manual_seed(54)

    def table(vocabulary, width, dtype=torch.float64):
        return torch.randn(vocabulary, width, generator=generator, dtype=torch.float64).to(dtype)

    def tokens(*shape, below):
        return torch.randint(below, shape, generator=generator)

    wide = table(10, 7).mT
    return [
        Case("plain", torch.tensor([2, 0, 1]), table(5, 2)),
        Case("one token", torch.tensor([3]), table(6, 5)),
        Case("repeated tokens", torch.tensor([4, 1, 4, 4]), table(5, 3)),
        Case("first and last row", torch.tensor([0, 6, 0]), table(7, 2)),
        Case("no batch axis", tokens(5, below=11), table(11, 3)),
        Case("one batch axis", tokens(2, 5, below=7), table(7, 3)),
        Case("two batch axes", tokens(2, 3, 5, below=13), table(13, 7)),
        Case("batch of one", tokens(1, 5, below=7), table(7, 3)),
        Case("vectors wider than the vocabulary", tokens(2, 7, below=3), table(3, 11)),
        Case("large values", tokens(5, below=6), 1e4 * table(6, 3)),
        Case("float32", tokens(2, 5, below=7), table(7, 3, torch.float32)),
        Case("not contiguous", tokens(5, below=7), wide),
    ]


def _embed_with(
    tokens, table, *, rows="rows", first=0, scale="none", over="none", order="kept", dtype=None
):
    table = table.mT if rows == "columns" else table
    table = table.to(dtype) if dtype else table
    if scale == "unit":
        table = F.normalize(table, dim=-1)
    if order == "sorted":
        tokens = tokens.sort(-1).values
    vectors = table[tokens - first]
    vectors = vectors * vectors.shape[-1] ** {"√d_model": 0.5, "1/√d_model": -0.5}.get(scale, 0)
    if over == "flat":
        return vectors.reshape(-1, vectors.shape[-1])
    if over == "transposed":
        return vectors.mT
    if over == "first":
        return vectors.reshape(-1, *vectors.shape[-2:])[0]
    return {
        "none": lambda: vectors,
        "sum": lambda: vectors.sum(-2),
        "mean": lambda: vectors.mean(-2),
        "width": lambda: vectors.sum(-1),
    }[over]()


_embed = Exercise(
    reference=tokens_of.embed,
    points=1,
    cases=_embed_cases,
    hints=(
        "The database of lesson 01 again, with numbers as keys: which row belongs to token 3?",
        "PyTorch takes a whole tensor of numbers between the brackets: what comes back has the "
        "shape of the numbers, and one axis more for the row.",
        "No loop and no reshape is needed for a batch: index the first axis of the table with all "
        "tokens at once.",
    ),
    rewrite=_embed_with,
    mistakes=(
        Mistake(
            "looked up columns, not rows",
            "The table has one row per token: V rows, each d_model wide.",
            rows="columns",
        ),
        Mistake(
            "counted tokens from 1",
            "Token 0 owns row 0. Yours reads the row before.",
            first=1,
        ),
        Mistake(
            "counted one row too far",
            "Token 0 owns row 0. Yours reads the row after.",
            first=-1,
        ),
        Mistake(
            "multiplied the vectors by √d_model",
            "The Transformer's authors do so; here a lookup gives the row as it stands in the "
            "table.",
            scale="√d_model",
        ),
        Mistake(
            "divided the vectors by √d_model",
            "A lookup gives the row as it stands in the table.",
            scale="1/√d_model",
        ),
        Mistake(
            "normalised the vectors to length 1",
            "A lookup gives the row as it stands in the table.",
            scale="unit",
        ),
        Mistake(
            "added up the vectors of all tokens",
            "Each token keeps a vector of its own, so that attention can tell them apart.",
            over="sum",
        ),
        Mistake(
            "averaged the vectors of all tokens",
            "Each token keeps a vector of its own, so that attention can tell them apart.",
            over="mean",
        ),
        Mistake(
            "summed over the width of the vectors",
            "Keep the last axis: the vector of a token has d_model entries.",
            over="width",
        ),
        Mistake(
            "flattened the batch",
            "The result has the shape of the tokens, and d_model after it.",
            over="flat",
        ),
        Mistake(
            "put d_model before the tokens",
            "The vector stands on the last axis: shape (*batch, T, d_model).",
            over="transposed",
        ),
        Mistake(
            "returned only the first of the batch",
            "Every sequence of the batch gets its vectors.",
            over="first",
        ),
        Mistake(
            "sorted the tokens",
            "Their order is the order of the text.",
            order="sorted",
        ),
        Mistake(
            "dropped repeated tokens",
            "A token that occurs twice gets its vector twice, each at its place.",
            wrong=lambda tokens, table: table[tokens.unique()],
        ),
        Mistake(
            "let one_hot guess the size of the vocabulary",
            "Without V it takes the largest token plus 1, and the product does not fit the table.",
            wrong=lambda tokens, table: F.one_hot(tokens).to(table.dtype) @ table,
        ),
        Mistake(
            "returned the one-hot vectors",
            "They still have to meet the table: each picks one of its rows.",
            wrong=lambda tokens, table: F.one_hot(tokens, len(table)).to(table.dtype),
        ),
        Mistake(
            "returned the first rows of the table",
            "Take the row whose number is the token, not the row of the token's place.",
            wrong=lambda tokens, table: table[: tokens.shape[-1]],
        ),
        Mistake(
            "returned the whole table",
            "The tokens say which rows to take, and in which order.",
            wrong=lambda tokens, table: table,
        ),
        Mistake(
            "multiplied the token's number with the table",
            "A token's number is a name, not a quantity: token 4 is not twice token 2.",
            wrong=lambda tokens, table: tokens[..., None].to(table.dtype) * table[0],
        ),
        Mistake(
            "hard-coded float32",
            "The vectors keep the dtype of the table.",
            dtype=torch.float32,
        ),
    ),
    laws=(
        Law(
            "equal tokens get equal vectors",
            lambda result, tokens, table: all(
                bool((result[tokens == token] == result[tokens == token][0]).all())
                for token in tokens.unique()
            ),
        ),
        Law(
            "every vector is a row of the table",
            lambda result, tokens, table: bool(
                (result.reshape(-1, 1, table.shape[1]) == table).all(-1).any(-1).all()
            ),
        ),
    ),
    sizes=lambda tokens, table: {
        "T": tokens.shape[-1],
        "V": table.shape[0],
        "d_model": table.shape[1],
    },
    verified="row by row the same as the table, in any number of batch axes, repeated tokens, "
    "float32 and float64, and the gradient reaches the table",
)

EXERCISES = (_count_pairs, _merge_pair, _encode, _embed)
