"""Answers to lesson 05 as learners write them, right and wrong."""

from collections import Counter, defaultdict
from itertools import chain, pairwise

import numpy as np
import torch
from torch.nn import functional as F

from attncourse.text import encode, split_words

# count_pairs --------------------------------------------------------------------------------------


def _pairs_by_index(words):
    pairs = {}
    for word in words:
        for i in range(len(word) - 1):
            key = (word[i], word[i + 1])
            pairs[key] = pairs.get(key, 0) + words[word]
    return pairs


def _pairs_by_defaultdict(words):
    pairs = defaultdict(int)
    for word, count in words.items():
        for left, right in pairwise(word):
            pairs[left, right] += count
    return pairs


def _pairs_by_repetition(words):
    pairs = Counter()
    for word, count in words.items():
        for pair, times in Counter(pairwise(word)).items():
            pairs.update({pair: times * count})
    return dict(pairs)


def _pairs_backwards(words):
    pairs = {}
    for word, count in reversed(list(words.items())):
        for i in range(len(word) - 1, 0, -1):
            pairs.setdefault((word[i - 1], word[i]), 0)
            pairs[word[i - 1], word[i]] += count
    return pairs


def _pairs_in_one_line(words):
    keys = {pair for word in words for pair in pairwise(word)}
    return {
        key: sum(n * list(pairwise(word)).count(key) for word, n in words.items()) for key in keys
    }


def _pairs_with_while(words):
    pairs = Counter()
    for word, count in words.items():
        i = 0
        while i + 1 < len(word):
            pairs[tuple(word[i : i + 2])] += count
            i += 1
    return pairs


def _wrong_plus_one(words):
    pairs = Counter()
    for word in words:
        pairs.update(pairwise(word))
    return pairs


def _wrong_range_too_short(words):
    pairs = {}
    for word, count in words.items():
        for i in range(len(word) - 2):
            pairs[word[i], word[i + 1]] = pairs.get((word[i], word[i + 1]), 0) + count
    return pairs


def _wrong_assigns(words):
    pairs = {}
    for word, count in words.items():
        for pair in pairwise(word):
            pairs[pair] = count
    return pairs


def _wrong_set_of_pairs(words):
    pairs = Counter()
    for word, count in words.items():
        for pair in set(pairwise(word)):
            pairs[pair] += count
    return pairs


def _wrong_string_keys(words):
    pairs = defaultdict(int)
    for word, count in words.items():
        for i in range(len(word) - 1):
            pairs[word[i] + word[i + 1]] += count
    return dict(pairs)


def _wrong_letters_of_tokens(words):
    pairs = defaultdict(int)
    for word, count in words.items():
        letters = "".join(word)
        for i in range(len(letters) - 1):
            pairs[letters[i], letters[i + 1]] += count
    return pairs


def _wrong_one_chain(words):
    chained = list(chain.from_iterable(word for word, n in words.items() for _ in range(n)))
    return Counter(pairwise(chained))


def _wrong_index_error(words):
    pairs = Counter()
    for word, count in words.items():
        for i in range(len(word)):
            pairs[word[i], word[i + 1]] += count
    return pairs


def _wrong_sorted_and_ones(words):
    pairs = Counter()
    for word in words:
        for a, b in pairwise(word):
            pairs[min(a, b), max(a, b)] += 1
    return pairs


def _wrong_return_in_loop(words):
    pairs = Counter()
    for word, count in words.items():
        for pair in pairwise(word):
            pairs[pair] += count
        return pairs


def _wrong_empties_words(words):
    pairs = Counter()
    while words:
        word, count = words.popitem()
        for pair in pairwise(word):
            pairs[pair] += count
    return pairs


# merge_pair ---------------------------------------------------------------------------------------


def _merge_with_while(words, pair):
    merged = {}
    for word, count in words.items():
        new, i = [], 0
        while i < len(word):
            if i < len(word) - 1 and (word[i], word[i + 1]) == pair:
                new.append(pair[0] + pair[1])
                i += 2
            else:
                new.append(word[i])
                i += 1
        merged[tuple(new)] = merged.get(tuple(new), 0) + count
    return merged


def _merge_with_stack(words, pair):
    merged = Counter()
    for word, count in words.items():
        stack, open_left = [], False
        for token in word:
            if open_left and token == pair[1] and stack[-1] == pair[0]:
                stack[-1] += token
                open_left = False
            else:
                stack.append(token)
                open_left = True
        merged[tuple(stack)] += count
    return merged


def _merge_with_deletion(words, pair):
    merged = defaultdict(int)
    for word, count in words.items():
        tokens, i = list(word), 0
        while i < len(tokens) - 1:
            if tokens[i] == pair[0] and tokens[i + 1] == pair[1]:
                tokens[i : i + 2] = ["".join(pair)]
            i += 1
        merged[tuple(tokens)] += count
    return dict(merged)


def _merge_with_iterator(words, pair):
    def spell(word):
        rest = iter(range(len(word)))
        for i in rest:
            if word[i : i + 2] == pair:
                yield word[i] + word[i + 1]
                next(rest)
            else:
                yield word[i]

    merged = {}
    for word in words:
        key = tuple(spell(word))
        merged[key] = merged.setdefault(key, 0) + words[word]
    return merged


def _merge_recursively(words, pair):
    def spell(word):
        if len(word) < 2:
            return word
        if word[:2] == pair:
            return ("".join(pair), *spell(word[2:]))
        return (word[0], *spell(word[1:]))

    merged = Counter()
    for word, count in words.items():
        merged.update({spell(word): count})
    return merged


def _merge_by_marks(words, pair):
    merged = Counter()
    for word, count in words.items():
        text = "\x00" + "\x00\x00".join(word) + "\x00"
        old = f"\x00{pair[0]}\x00\x00{pair[1]}\x00"
        spelled = text.replace(old, f"\x00{pair[0]}{pair[1]}\x00")
        merged[tuple(spelled[1:-1].split("\x00\x00"))] += count
    return merged


def _wrong_replace(words, pair):
    merged = {}
    for word, count in words.items():
        spaced = "|".join(word).replace("|".join(pair), "".join(pair))
        merged[tuple(spaced.split("|"))] = count
    return merged


def _wrong_first_only(words, pair):
    merged = Counter()
    for word, count in words.items():
        word = list(word)
        for i in range(len(word) - 1):
            if (word[i], word[i + 1]) == pair:
                word[i : i + 2] = ["".join(pair)]
                break
        merged[tuple(word)] += count
    return merged


def _wrong_no_skip(words, pair):
    merged = Counter()
    for word, count in words.items():
        new = []
        for i in range(len(word)):
            if word[i : i + 2] == pair:
                new.append("".join(pair))
            else:
                new.append(word[i])
        merged[tuple(new)] += count
    return merged


def _wrong_loses_last(words, pair):
    merged = Counter()
    for word, count in words.items():
        new, i = [], 0
        while i < len(word) - 1:
            if word[i : i + 2] == pair:
                new.append("".join(pair))
                i += 2
            else:
                new.append(word[i])
                i += 1
        merged[tuple(new)] += count
    return merged


def _wrong_overwrites(words, pair):
    return {key: count for w, count in words.items() for key in _merge_with_stack({w: 1}, pair)}


def _wrong_drops_others(words, pair):
    merged = Counter()
    for word, count in words.items():
        if pair in pairwise(word):
            (new,) = _merge_with_while({word: 1}, pair)
            merged[new] += count
    return merged


def _wrong_lists_of_tokens(words, pair):
    return [[*word] for word in _merge_with_while(words, pair)]


def _wrong_in_place(words, pair):
    merged = _merge_with_while(words, pair)
    words.clear()
    words.update(merged)
    return words


def _wrong_none(words, pair):
    merged = _merge_with_while(words, pair)
    words.update(merged)


def _wrong_from_the_right(words, pair):
    merged = Counter()
    for word, count in words.items():
        tokens, i = list(word), len(word) - 2
        while i >= 0:
            if tuple(tokens[i : i + 2]) == pair:
                tokens[i : i + 2] = ["".join(pair)]
                i -= 1
            i -= 1
        merged[tuple(tokens)] += count
    return merged


def _wrong_either_order_first_only(words, pair):
    merged = Counter()
    for word, count in words.items():
        word = list(word)
        for i in range(len(word) - 1):
            if (word[i], word[i + 1]) in (pair, pair[::-1]):
                word[i : i + 2] = [word[i] + word[i + 1]]
                break
        merged[tuple(word)] += count
    return merged


# encode -------------------------------------------------------------------------------------------


def _encode_with_words(text, merges):
    tokens = []
    for word in split_words(text):
        table = {tuple(word): 1}
        for pair in merges:
            table = _merge_with_while(table, pair)
        tokens += next(iter(table))
    return tokens


def _encode_by_rank(text, merges):
    ranks = {pair: rank for rank, pair in enumerate(merges)}
    tokens = []
    for word in split_words(text):
        parts = list(word)
        while len(parts) > 1:
            pair = min(pairwise(parts), key=lambda both: ranks.get(both, len(ranks)))
            if pair not in ranks:
                break
            parts = list(next(iter(_merge_with_stack({tuple(parts): 1}, pair))))
        tokens.extend(parts)
    return tokens


def _encode_merge_by_merge(text, merges):
    words = [tuple(word) for word in split_words(text)]
    for pair in merges:
        words = [next(iter(_merge_recursively({word: 1}, pair))) for word in words]
    return tuple(token for word in words for token in word)


def _encode_with_deletion(text, merges):
    tokens = []
    for word in split_words(text):
        parts = list(word)
        for left, right in merges:
            i = 0
            while i < len(parts) - 1:
                if parts[i] == left and parts[i + 1] == right:
                    parts[i] += parts.pop(i + 1)
                i += 1
        tokens.extend(parts)
    return tokens


def _encode_remembering(text, merges):
    spelled = {}
    for word in split_words(text):
        if word not in spelled:
            spelled[word] = _encode_with_deletion(word, merges)
    return [token for word in split_words(text) for token in spelled[word]]


def _encode_by_marks(text, merges):
    tokens = []
    for word in split_words(text):
        table = {tuple(word): 1}
        for pair in merges:
            table = _merge_by_marks(table, pair)
        (parts,) = table
        tokens.extend(parts)
    return tokens


def _encode_until_nothing_changes(text, merges):
    before = None
    words = [tuple(word) for word in split_words(text)]
    while words != before:
        before = words
        for pair in merges:
            words = [next(iter(_merge_recursively({word: 1}, pair))) for word in words]
    return [token for word in words for token in word]


def _encode_each_from_letters(text, merges):
    tokens = []
    for word in split_words(text):
        parts = {tuple(word): 1}
        for pair in merges:
            parts = _merge_with_while({tuple(word): 1}, pair)
        tokens.extend(*parts)
    return tokens


def _encode_of_counted_words(text, merges):
    words = Counter(tuple(word) for word in split_words(text))
    for pair in merges:
        words = _merge_with_while(words, pair)
    return [token for word, count in words.items() for token in word * count]


def _wrong_whole_text(text, merges):
    parts = list(text)
    for left, right in merges:
        i = 0
        while i < len(parts) - 1:
            if parts[i] == left and parts[i + 1] == right:
                parts[i] += parts.pop(i + 1)
            i += 1
    return parts


def _wrong_split(text, merges):
    return [token for word in text.split() for token in _encode_with_deletion(word, merges)]


def _wrong_reversed(text, merges):
    return _encode_with_deletion(text, list(merges)[::-1])


def _wrong_append(text, merges):
    return [_encode_with_deletion(word, merges) for word in split_words(text)]


def _wrong_returns_early(text, merges):
    for word in split_words(text):
        return _encode_with_deletion(word, merges)
    return []


def _wrong_longest_match(text, merges):
    known = {left + right for left, right in merges}
    tokens = []
    for word in split_words(text):
        i = 0
        while i < len(word):
            j = len(word)
            while j > i + 1 and word[i:j] not in known:
                j -= 1
            tokens.append(word[i:j])
            i = j
    return tokens


def _wrong_replaces_text(text, merges):
    return " ".join(_encode_with_deletion(text, merges))


def _wrong_breaks(text, merges):
    tokens = []
    for word in split_words(text):
        parts = list(word)
        for pair in merges:
            if pair not in list(pairwise(parts)):
                break
            parts = list(next(iter(_merge_with_while({tuple(parts): 1}, pair))))
        tokens += parts
    return tokens


def _wrong_words_stay_whole(text, merges):
    return [token for word in split_words(text) for token in [word]]


def _wrong_reversed_and_split(text, merges):
    return [token for word in text.split() for token in _wrong_reversed(word, merges)]


# table_gradient -----------------------------------------------------------------------------------


def _gradient_by_loop(tokens, gradient, vocab_size):
    result = torch.zeros(vocab_size, gradient.shape[-1], dtype=gradient.dtype)
    for token, row in zip(tokens.flatten().tolist(), gradient.flatten(0, -2), strict=True):
        result[token] += row
    return result


def _gradient_by_index_add(tokens, gradient, vocab_size):
    result = gradient.new_zeros(vocab_size, gradient.shape[-1])
    return result.index_add(0, tokens.reshape(-1), gradient.reshape(-1, gradient.shape[-1]))


def _gradient_by_scatter(tokens, gradient, vocab_size):
    rows = gradient.flatten(0, -2)
    places = tokens.flatten()[:, None].expand_as(rows)
    return torch.zeros(vocab_size, rows.shape[1], dtype=rows.dtype).scatter_add(0, places, rows)


def _gradient_by_comparison(tokens, gradient, vocab_size):
    hits = torch.arange(vocab_size)[:, None] == tokens.flatten()
    return hits.to(gradient.dtype) @ gradient.flatten(0, -2)


def _gradient_by_accumulating(tokens, gradient, vocab_size):
    result = gradient.new_zeros(vocab_size, gradient.shape[-1])
    return result.index_put((tokens,), gradient, accumulate=True)


def _gradient_by_backward(tokens, gradient, vocab_size):
    table = gradient.new_zeros(vocab_size, gradient.shape[-1]).requires_grad_()
    F.embedding(tokens, table).backward(gradient)
    return table.grad


def _gradient_row_by_row(tokens, gradient, vocab_size):
    return torch.stack([gradient[tokens == row].sum(0) for row in range(vocab_size)])


def _wrong_overwrites_rows(tokens, gradient, vocab_size):
    result = torch.zeros(vocab_size, gradient.shape[-1], dtype=gradient.dtype)
    for token, row in zip(tokens.flatten().tolist(), gradient.flatten(0, -2), strict=True):
        result[token] = row
    return result


def _wrong_averages(tokens, gradient, vocab_size):
    counts = torch.bincount(tokens.flatten(), minlength=vocab_size).clamp(min=1)
    return _gradient_by_loop(tokens, gradient, vocab_size) / counts[:, None]


def _wrong_guesses_the_size(tokens, gradient, vocab_size):
    return F.one_hot(tokens.flatten()).to(gradient.dtype).T @ gradient.flatten(0, -2)


def _wrong_one_table_each(tokens, gradient, vocab_size):
    return F.one_hot(tokens, vocab_size).to(gradient.dtype).transpose(-1, -2) @ gradient


def _wrong_counts(tokens, gradient, vocab_size):
    return _gradient_by_loop(tokens, torch.ones_like(gradient), vocab_size)


def _wrong_looks_up(tokens, gradient, vocab_size):
    return gradient[tokens]


# bits_per_character -------------------------------------------------------------------------------


def _bits_by_loop(probabilities, tokens):
    total = torch.zeros((), dtype=probabilities.dtype)
    for probability in probabilities:
        total = total - torch.log2(probability)
    return total / sum(len(token) for token in tokens)


def _bits_by_product(probabilities, tokens):
    return -probabilities.prod().log2() / len("".join(tokens))


def _bits_from_nats(probabilities, tokens):
    return -probabilities.log().sum() / torch.tensor(2.0).double().log() / len("".join(tokens))


def _bits_from_mean(probabilities, tokens):
    return -probabilities.log2().mean() * len(tokens) / len("".join(tokens))


def _bits_in_numpy(probabilities, tokens):
    return torch.tensor(-np.log2(probabilities.numpy()).sum() / len("".join(tokens)))


RIGHT = {
    "pieces_of_there": [
        lambda: ["ther", "e"],
        lambda: ("ther", "e"),
        lambda: list(("ther", "e")),
        lambda: ["th" + "er", "e"],
        lambda: encode("there", [("e", "r"), ("h", "e"), ("t", "h"), ("th", "er")]),
    ],
    "bits_per_character": [
        _bits_by_loop,
        _bits_by_product,
        _bits_from_nats,
        _bits_from_mean,
        _bits_in_numpy,
    ],
    "count_pairs": [
        _pairs_by_index,
        _pairs_by_defaultdict,
        _pairs_by_repetition,
        _pairs_backwards,
        _pairs_in_one_line,
        _pairs_with_while,
    ],
    "merge_pair": [
        _merge_with_while,
        _merge_with_stack,
        _merge_with_deletion,
        _merge_with_iterator,
        _merge_recursively,
        _merge_by_marks,
    ],
    "encode": [
        _encode_with_words,
        _encode_merge_by_merge,
        _encode_with_deletion,
        _encode_remembering,
        _encode_by_marks,
    ],
    "table_gradient": [
        _gradient_by_loop,
        _gradient_by_index_add,
        _gradient_by_scatter,
        _gradient_by_comparison,
        _gradient_by_accumulating,
        _gradient_by_backward,
        _gradient_row_by_row,
    ],
}

WRONG = {
    "pieces_of_there": [
        (lambda: ["the", "r", "e"], "take a letter out of a token"),
        (lambda: ["th", "er", "e"], "left out a merge"),
        (lambda: "ther e", "wrote a text"),
        (lambda: ["there"], "joined what no merge joins"),
    ],
    "bits_per_character": [
        (lambda p, tokens: -p.log2().mean(), "averaged over tokens"),
        (lambda p, tokens: -p.log().sum() / len("".join(tokens)), "nats"),
        (lambda p, tokens: p.log2().sum() / len("".join(tokens)), "minus sign"),
        (lambda p, tokens: -p.log2().sum(), "did not divide"),
    ],
    "count_pairs": [
        (_wrong_plus_one, "counted each word once"),
        (_wrong_range_too_short, "left out the last pair"),
        (_wrong_assigns, "overwrote"),
        (_wrong_set_of_pairs, "only once per word"),
        (_wrong_string_keys, "joined the pair"),
        (_wrong_letters_of_tokens, "letters again"),
        (_wrong_one_chain, "across two words"),
        (_wrong_index_error, "raised an IndexError"),
        (_wrong_sorted_and_ones, "counted each word once"),
        (_wrong_sorted_and_ones, "ignored the order"),
        (_wrong_return_in_loop, "first word"),
        (_wrong_empties_words, "changed the argument `words`"),
        (lambda words: max(_pairs_by_index(words), key=_pairs_by_index(words).get), "best pair"),
        (lambda words: sorted(_pairs_by_index(words)), "a list"),
    ],
    "merge_pair": [
        (_wrong_replace, "searched in the joined text"),
        (_wrong_first_only, "only the first place"),
        (_wrong_no_skip, "kept the second token"),
        (_wrong_loses_last, "lost the last token"),
        (_wrong_overwrites, "overwrote the count"),
        (_wrong_drops_others, "dropped the words without"),
        (_wrong_lists_of_tokens, "without their counts"),
        (_wrong_in_place, "changed the argument `words`"),
        (_wrong_none, "returned nothing"),
        (_wrong_from_the_right, "merged from the right"),
        (_wrong_either_order_first_only, "either order"),
        (_wrong_either_order_first_only, "only the first place"),
        (lambda words, pair: words, "as they came"),
        (lambda words, pair: _merge_with_while(words, pair[::-1]), "order"),
    ],
    "encode": [
        (_encode_by_rank, "earliest merge that fits"),
        (_encode_until_nothing_changes, "until nothing changed"),
        (_encode_each_from_letters, "from the letters again"),
        (_encode_of_counted_words, "equal words together"),
        (_wrong_whole_text, "merged across two words"),
        (_wrong_split, "lost the spaces"),
        (_wrong_reversed, "opposite order"),
        (_wrong_append, "a list per word"),
        (_wrong_returns_early, "only the first word"),
        (_wrong_longest_match, "longest known token"),
        (_wrong_replaces_text, "joined the tokens to one text"),
        (_wrong_breaks, "stopped at the first merge"),
        (_wrong_words_stay_whole, "did not split the words into letters"),
        (_wrong_reversed_and_split, "opposite order"),
        (_wrong_reversed_and_split, "lost the spaces"),
        (lambda text, merges: list(text), "letters of the text"),
        (lambda text, merges: _encode_by_rank(text.lower(), merges), "wrote capital letters small"),
        (lambda text, merges: _encode_by_rank(text, merges[:1]), "only the first merge"),
    ],
    "table_gradient": [
        (_wrong_overwrites_rows, "keep only one of its gradients"),
        (_wrong_averages, "averaged the gradients"),
        (_wrong_guesses_the_size, "the largest token"),
        (_wrong_one_table_each, "one table for each sequence"),
        (_wrong_counts, "left the gradient out"),
        (_wrong_looks_up, ""),
        (lambda *args: _gradient_by_loop(*args).T, "transpose"),
        (lambda t, g, n: _gradient_by_loop(t, g, n).abs(), ""),
    ],
}
