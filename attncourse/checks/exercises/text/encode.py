"""Split a text into tokens by the learned merges, in their order."""

from functools import partial
from itertools import pairwise

from attncourse import text as tokens_of
from attncourse.checks.engine.exercise import Case, Convention, Exercise, Law, Mistake
from attncourse.checks.exercises.text.shared import SONG, merge_word, without_last

_LOW = [("l", "o"), ("lo", "w"), ("e", "r")]


def _cases():
    learned = tokens_of.train_bpe(tokens_of.count_words(SONG), 24)
    return [
        Case("plain", "low", _LOW),
        Case("one merge", "loop", [("o", "p")]),
        Case("several words", "low lower slow", _LOW),
        Case("same word, other merges", "low", [("o", "w")]),
        Case("repeated words", "low low low", _LOW),
        Case("repeated words", "low slow new low slow", _LOW),
        Case("same letters, other tokens", "abc", [("b", "c"), ("a", "b"), ("ab", "c")]),
        Case("order of the merges", "abc", [("b", "c"), ("a", "b")]),
        Case("order of the merges", "abcd cab", [("c", "d"), ("a", "b"), ("ab", "cd"), ("b", "c")]),
        Case("a part that comes too late", "the", [("th", "e"), ("t", "h")]),
        Case("a part that comes too late", "abcd", [("ab", "c"), ("a", "b"), ("c", "d")]),
        Case("pair twice in a word", "banana", [("a", "n"), ("an", "a")]),
        Case("overlapping pairs", "aaaaa", [("a", "a"), ("aa", "a")]),
        Case("merge that does not occur", "lower", [("x", "y"), *_LOW]),
        Case("double space", "a  xx", [(" ", " "), (" ", "x"), ("x", "x")]),
        Case("pair across two words", "ab.b", [("b", "."), ("a", "b"), (".", "b")]),
        Case("no merges", "new", []),
        Case("never seen", "Ω☃ low", _LOW),
        Case("capital letters", "Low LOW low", _LOW),
        Case("real text", "the green owl sat in a boat and " * 3, learned),
        Case("no text", "", _LOW),
    ]


def _with(
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
        "grouped": merges,
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
    words = sorted(words, key=words.index) if order == "grouped" else words
    spelled = []
    for word in words:
        tokens = tuple(word) if start == "letters" else (word,)
        tokens = FROM_LETTERS.get(method, lambda tokens, merges: tokens)(tokens, merges)
        for pair in merges if method not in FROM_LETTERS else ():
            new = merge_word(tokens, pair, "pair", where, "joined")
            if method == "until one is missing" and new == tokens:
                break
            done, tokens = new != tokens, new
            if method == "one merge a word" and done:
                break
        spelled.append(list(tokens))
    return _given(spelled, give)


def _greedy(tokens, merges):
    """The longest known token first, from the left: not what the merges do."""
    known, word, tokens = {"".join(pair) for pair in merges}, "".join(tokens), []
    while word:
        size = next((n for n in range(len(word), 1, -1) if word[:n] in known), 1)
        tokens.append(word[:size])
        word = word[size:]
    return tokens


def _earliest(tokens, merges):
    """The earliest merge that fits, until none does: a merge may have several turns."""
    while fitting := [pair for pair in merges if pair in pairwise(tokens)]:
        tokens = merge_word(tokens, fitting[0], "pair", "all", "joined")
    return tokens


def _again(tokens, merges):
    """All merges in their order, again and again until nothing changes."""
    before = None
    while tokens != before:
        before = tokens
        for pair in merges:
            tokens = merge_word(tokens, pair, "pair", "all", "joined")
    return tokens


def _last_alone(tokens, merges):
    """Every merge starts from the letters: only the last one counts."""
    return merge_word(tokens, merges[-1], "pair", "all", "joined") if merges else tokens


FROM_LETTERS = {
    "longest": _greedy,
    "earliest": _earliest,
    "again": _again,
    "last alone": _last_alone,
}


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


def _last_lost(text, merges):
    """The loop over pairs ends before the last token, which is then gone."""
    given = []
    for word in tokens_of.split_words(text):
        tokens = tuple(word)
        for pair in merges:
            tokens = without_last(tokens, tuple(pair))
        given += tokens
    return given


def _after_every_merge(text, merges):
    given = []
    for word in tokens_of.split_words(text):
        tokens = tuple(word)
        for pair in merges:
            tokens = merge_word(tokens, pair, "pair", "all", "joined")
            given += tokens
    return given


def _in_a_string(text, merges, *, between):
    given = []
    for word in tokens_of.split_words(text):
        spaced = between.join(word)
        for one, two in merges:
            spaced = spaced.replace(one + between + two, one + two)
        given += spaced.split(between)
    return given


EXERCISE = Exercise(
    reference=tokens_of.encode,
    points=2,
    cases=_cases,
    hints=(
        "Do for each word what training did: start with its letters, and replay the merges.",
        "What changes from one merge to the next: the list of merges, or the tokens of the word? "
        "You have already written the step that joins one pair in a word: `merge_pair` takes a "
        "dictionary, which may hold one word.",
        "Two loops are left, one in the other: over words and over merges. Which one is outside? "
        "Look at what comes back, too: one flat list, which joined is the text again.",
    ),
    rewrite=_with,
    mistakes=(
        Mistake(
            "applied-merges-opposite-order",
            "applied the merges in the opposite order",
            "The first merge learned is the first applied: later ones are made of its tokens.",
            order="reversed",
        ),
        Mistake(
            "sorted-merges",
            "sorted the merges",
            "Their order is the order in which they were learned. Keep it.",
            order="alphabet",
        ),
        Mistake(
            "applied-only-first-merge",
            "applied only the first merge",
            "Every merge gets its turn, in order.",
            order="first only",
        ),
        Mistake(
            "left-out-last-merge",
            "left out the last merge",
            "Every merge gets its turn, the last one too.",
            order="without the last",
        ),
        Mistake(
            "took-longest-known-token-left",
            "took the longest known token from the left",
            "That is another tokenizer (WordPiece's way). BPE replays its merges in the order in "
            "which they were learned.",
            method="longest",
        ),
        Convention(
            "earliest-until-none-fits",
            "applied the earliest merge that fits, until none does",
            "So does GPT-2's tokenizer, and on merges learned from text the two hardly ever "
            "differ. Here each merge has one turn, in order.",
            partial(_with, method="earliest"),
        ),
        Mistake(
            "merged-until-nothing-changes",
            "went through the merges again until nothing changed",
            "Each merge has one turn, in order: go through them once.",
            partial(_with, method="again"),
        ),
        Mistake(
            "started-each-merge-from-letters",
            "started from the letters again at every merge",
            "Then only the last merge counts. Each merge goes on with what the one before made.",
            partial(_with, method="last alone"),
        ),
        Mistake(
            "put-equal-words-together",
            "put equal words together",
            "Counting words loses their order. The tokens come in the order of the text.",
            partial(_with, order="grouped"),
        ),
        Mistake(
            "stopped-first-merge-does-occur",
            "stopped at the first merge that does not occur",
            "A merge that finds nothing changes nothing; the next may still fit.",
            method="until one is missing",
        ),
        Mistake(
            "stopped-after-one-merge-word",
            "stopped after one merge in each word",
            "Go on: the next merges join what the first made.",
            method="one merge a word",
        ),
        Mistake(
            "merged-across-two-words",
            "merged across two words",
            "Split the text with `split_words` first, and merge inside each word.",
            split="nothing",
        ),
        Mistake(
            "lost-spaces",
            "lost the spaces",
            "Words keep the space before them, or the text cannot be put together again. "
            "Split with `split_words`.",
            {"split": "white space"},
            lambda text, merges: [
                token for word in text.split() for token in tokens_of.encode(word, merges)
            ],
        ),
        Mistake(
            "lost-spaces",
            "lost the spaces",
            "Words keep the space before them, and “ab.” is two words. Split with `split_words`.",
            split="single spaces",
        ),
        Mistake(
            "merged-only-first-place-word",
            "merged only the first place in each word",
            "“banana” has (a, n) twice: each merge joins every place.",
            where="first",
        ),
        Mistake(
            "merged-right",
            "merged from the right",
            "With “a a a” it matters: a merge goes from left to right.",
            where="from the right",
        ),
        Mistake(
            "kept-second-token-beside-merged",
            "kept the second token beside the merged one",
            "Both tokens are used up by a merge: go on two places.",
            where="second kept",
        ),
        Mistake(
            "did-split-words-into-letters",
            "did not split the words into letters",
            "Each word starts as a tuple of its letters; merges build tokens from them.",
            start="word",
        ),
        Mistake(
            "returned-list-per-word",
            "returned a list per word",
            "The result is one flat list of tokens.",
            give="nested",
        ),
        Mistake(
            "lost-spaces",
            "lost the spaces",
            "A space belongs to its token, or the text cannot be put together again.",
            give="stripped",
        ),
        Mistake(
            "lost-spaces",
            "lost the spaces",
            "A space belongs to its token, and a space alone is a token too.",
            give="visible",
        ),
        Mistake(
            "joined-tokens-one-text",
            "joined the tokens to one text",
            "Return the list of tokens.",
            give="text",
        ),
        Mistake(
            "left-out-tokens-had-come",
            "left out tokens that had come before",
            "A text repeats its tokens. The list has all of them, in their order.",
            give="distinct",
        ),
        Mistake(
            "returned-only-last-word",
            "returned only the last word",
            "Your list starts anew with each word. Collect the tokens of all words.",
            give="last word",
        ),
        Mistake(
            "returned-only-first-word",
            "returned only the first word",
            "Your `return` stands inside the loop. Collect the tokens of all words first.",
            give="first word",
        ),
        Mistake(
            "left-out-letters-merged",
            "left out the letters that were not merged",
            "A letter that no merge joins is a token too.",
            give="merged",
        ),
        Mistake(
            "wrote-capital-letters-small",
            "wrote capital letters small",
            "“Low” and “low” are different tokens; joined, the tokens are the text as it was.",
            case="lower",
        ),
        Mistake(
            "returned-letters-text",
            "returned the letters of the text",
            "The merges were never applied, or their result was thrown away.",
            lambda text, merges: list(text),
        ),
        Mistake(
            "lost-last-token",
            "lost the last token where no merge joins it",
            "It has no right neighbour, but it is part of the word: let the loop run to the end.",
            _last_lost,
        ),
        Mistake(
            "gave-tokens-after-every-merge",
            "handed out the tokens after every merge, not once at the end",
            "The merges change the same tokens one after the other; append them after the loop "
            "over the merges, not in it.",
            _after_every_merge,
        ),
        Mistake(
            "replaced-in-a-string",
            "replaced in a string, where a token's end looks like a token",
            "Between separators, “a|b” also matches the end of “ba|b”. Compare whole tokens, in a "
            "list.",
            *(partial(_in_a_string, between=sign) for sign in "| "),
        ),
    ),
    laws=(
        Law(
            "the tokens, joined, are the text",
            lambda result, text, merges: "".join(map(str, result)) == text,
        ),
    ),
    verified="merges in their order, one turn each, at every place, inside words only, with "
    "spaces, signs that were never seen, no merges and no text; joined, the tokens are the text",
)
