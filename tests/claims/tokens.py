"""What lesson 05 claims."""

from functools import cache
from itertools import combinations

import torch
from torch.nn import functional as F

from attncourse import data, text
from attncourse.attention import scaled_dot_product_attention
from attncourse.training import seeded, train
from tests.claims import claim

GIVEN = {
    "255": "the largest number that eight bits can write",
    "14%": "unknown_words below: the least of ten tenths, 13.9%",
}

KINDS = {
    "modal verbs": (" can", " will", " may", " should", " must"),
    "prepositions": (" of", " in", " for", " to", " from", " with"),
    "nouns": (" class", " object", " string", " file", " value", " name"),
}


@cache
def _parts(tenth):
    """What is seen, and what is hidden: every tenth docstring, beginning with the given one."""
    documents = data.docstrings()
    seen = [document for place, document in enumerate(documents) if place % 10 != tenth]
    return "\n".join(seen), "\n".join(documents[tenth::10])


@cache
def _merges(tenth):
    return text.train_bpe(text.count_words(_parts(tenth)[0]), 2048)


def _unknown(seen, hidden):
    known, words = ({w.strip() for w in text.split_words(part)} for part in (seen, hidden))
    return len(words - known) / len(words)


@claim(
    "hide another, and it is between 14% and 18%",
    holds=lambda tenth, modules: 0.135 < tenth < 0.185 and modules > tenth,
    beside="every tenth module hidden whole",
    shown=".1%",
    seeds=range(10),
)
def unknown_words(tenth):
    modules = list(data.docstrings_by_module().values())
    hidden = [text for place, texts in enumerate(modules) if place % 10 == tenth for text in texts]
    seen = [text for place, texts in enumerate(modules) if place % 10 != tenth for text in texts]
    return _unknown(*_parts(tenth)), _unknown("\n".join(seen), "\n".join(hidden))


@claim(
    "more than four times as many characters as words",
    holds=lambda times: times > 4,
    shown=".2f",
    seeds=range(10),
)
def characters_per_word(tenth):
    hidden = _parts(tenth)[1]
    return len(hidden) / len(text.split_words(hidden))


@claim(
    "With 512 merges a sequence is less than half as long as in characters",
    holds=lambda subwords, words: words < subwords < 0.5,
    beside="words per character",
    shown=".2f",
)
def tokens_per_character(tenth):
    hidden = _parts(tenth)[1]
    tokens = text.encode(hidden, _merges(tenth)[:512])
    return len(tokens) / len(hidden), len(text.split_words(hidden)) / len(hidden)


@claim(
    "Words would make shorter sequences still",
    holds=lambda subwords, words: words < subwords,
    beside="words per character",
    shown=".2f",
)
def tokens_of_all_merges(tenth):
    hidden = _parts(tenth)[1]
    tokens = text.encode(hidden, _merges(tenth))
    return len(tokens) / len(hidden), len(text.split_words(hidden)) / len(hidden)


@cache
def _pieces():
    return text.Tokenizer(_merges(0)[:512])


@cache
def _streams():
    return [torch.tensor(_pieces().encode(part)) for part in _parts(0)]


def _loss(model, tokens, places):
    before, after = model
    return F.cross_entropy(text.embed(tokens[places], before) @ after.mT, tokens[places + 1])


@cache
def _trained(seed):
    with seeded(seed):
        model = torch.nn.ParameterList([0.3 * torch.randn(len(_pieces()), 32) for _ in range(2)])
    stream = _streams()[0]

    def batch():
        return _loss(model, stream, torch.randint(len(stream) - 1, (256,)))

    train(model, batch, 800, learning_rate=0.03, seed=seed)
    return model


def _bits(probabilities):
    return -probabilities.log2().mean().item()


@cache
def _counted():
    """Bits per hidden token: counts of tokens alone, and of pairs at the least good mixture."""
    stream, judged = _streams()
    V = len(_pieces())
    single = torch.bincount(stream, minlength=V) + 1.0
    single /= single.sum()
    pairs = torch.zeros(V, V).index_put_(
        (stream[:-1], stream[1:]), torch.tensor(1.0), accumulate=True
    )
    found = []
    for mixed in (10, 30, 100):
        after = (pairs + mixed * single) / (pairs.sum(-1, keepdim=True) + mixed)
        found.append(_bits(after[judged[:-1], judged[1:]]))
    return _bits(single[judged]), max(found)


@claim(
    "Knowing one token saves more than two bits",
    holds=lambda pairs, single: single - pairs > 2,
    beside="counts of tokens",
    shown=".2f",
    exact="a fixed text, counted",
)
def bits_of_pairs():
    single, pairs = _counted()
    return pairs, single


@claim(
    "after this short training they beat the trained tables in all three runs",
    holds=lambda trained, pairs: pairs < trained,
    beside="counts of pairs",
    shown=".2f",
    seeds=range(3, 6),  # the lesson itself shows 0 to 2
)
def bits_of_trained_tables(seed):
    judged = _streams()[1]
    nats = _loss(_trained(seed), judged, torch.arange(len(judged) - 1))
    return nats.item() / torch.tensor(2.0).log().item(), _counted()[1]


def _cosine(model, one, other):
    rows = F.normalize(model[0].detach(), dim=-1)
    ids = [torch.tensor([_pieces().encode(word) for word in kind])[:, 0] for kind in (one, other)]
    pairs = rows[ids[0]] @ rows[ids[1]].mT
    return pairs[pairs < 0.999].mean().item()


@claim(
    "In all three trainings each of them is longer than every pale one",
    holds=lambda within, across: within > across,
    beside="most similar two kinds",
    shown=".2f",
    seeds=range(3, 9),
)
def words_of_one_kind(seed):
    model, kinds = _trained(seed), list(KINDS.values())
    within = min(_cosine(model, kind, kind) for kind in kinds)
    return within, max(_cosine(model, *two) for two in combinations(kinds, 2))


@claim(
    "most of the row's weight goes elsewhere",
    holds=lambda own, other: own < 0.5 and own >= other - 1e-6,
    beside="largest weight on another token",
    shown=".2f",
)
def weight_on_itself(seed):
    ids = torch.tensor(_pieces().encode(" the class is the object of the string"))
    X = text.embed(ids, _trained(seed)[0].detach())
    _, weights = scaled_dot_product_attention(X, X, X)
    return weights.diagonal().max(), weights.fill_diagonal_(0).max()


@claim(
    "Greek takes almost two tokens for every letter",
    holds=lambda greek, english: 1.7 < greek < 2 and english < 0.6,
    beside="English",
    shown=".2f",
    exact="fixed merges and two sentences",
)
def tokens_abroad():
    greek, english = "Καλημέρα, τι κάνεις σήμερα;", "Good morning, how are you today?"
    return tuple(len(_pieces().encode(said)) / len(said) for said in (greek, english))
